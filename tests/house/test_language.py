"""Every sentence that the interface says passes through translation."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.template.base import Lexer, TokenType

from scripts.messages import KEYWORDS, collect
from tests.house.source import PACKAGE, files, modules, named

CHINESE = re.compile(r"[\u3400-\u9fff]")

READS_CHINESE = {
    "lib": "dates, amounts and numbers as forms write them, in words",
    "regions": "divisions are named in Chinese, and their names are taken apart",
    "sheets": "finds the header of a form by its words",
    "tables": "writes forms, which are Chinese whatever the language of the screen",
    "demo": "made-up people and classes",
    "bench": "made-up people, classes and bases",
}
"""Rooms in which a single Chinese word may be data -> why. A sentence never is."""

NAMES = re.compile("巧姐|中文")
"""What is the same in every language: the product's name, and what the language calls itself."""

WORD = re.compile(r"[^，。；：！？“”]{1,8}")


def _untranslated(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            # A sentence about the code: a docstring, of a module or of the line above it.
            case ast.Expr(value=ast.Constant() as text):
                passed.add(text)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in KEYWORDS:
                passed.update(argument for argument in node.args if isinstance(argument, ast.Constant))
            # Units and other fixed words that a type lists.
            case ast.Subscript(value=ast.Name(id="Literal")):
                passed.update(ast.walk(node))
            # Words that are read from files, and patterns of them, stand in constants.
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if (
                name.isupper()
            ):
                passed.update(ast.walk(node))
    return [
        f"{named(path)}:{node.lineno}: {node.value!r:.60}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in passed
        and CHINESE.search(node.value)
        and not (path.relative_to(PACKAGE).parts[0] in READS_CHINESE and WORD.fullmatch(node.value))
    ]


def test_no_sentence_of_the_code_bypasses_translation() -> None:
    assert not [line for path in modules() for line in _untranslated(path)]


def test_no_sentence_of_a_template_bypasses_translation() -> None:
    wrong = []
    for path in files(".html", ".txt", ".svg", under="qiaojie"):
        inside = ""
        for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
            word = token.contents.split(maxsplit=1)[0] if token.token_type is TokenType.BLOCK else ""
            if inside:
                inside = "" if word == inside else inside
            elif word in {"blocktranslate", "blocktrans", "comment"}:
                inside = f"end{word}"
            elif token.token_type is TokenType.COMMENT or word in {"translate", "trans"}:
                continue
            elif CHINESE.search(NAMES.sub("", re.sub(r"""_\((["']).*?\1\)""", "", token.contents))):
                wrong.append(f"{named(path)}:{token.lineno}: {token.contents.strip()[:60]}")
    assert not wrong


def test_no_script_speaks() -> None:
    """What a script shows comes from the page, where it is translated."""
    wrong = []
    for path in files(".js", under="qiaojie"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if CHINESE.search(code):
            wrong.append(named(path))
    assert not wrong


RENAMED = {
    "撤下": "作废",
    "归口单位": "统计归属",
    "归口争议": "统计归属争议",
    "归口移交": "统计归属划转",
    "交接包": "工作交接清单",
    "放行": "允许写入",
}
"""Words that no office says -> what offices say. 归口 is the line that manages a matter, never the county that counts."""


def test_offices_own_words_stand_wherever_somebody_reads() -> None:
    read = [*modules(), *files(".html", ".po", ".md", ".toml")]
    wrong = [
        f"{named(path)}: {word} → {instead}"
        for path in read
        for word, instead in RENAMED.items()
        if word in path.read_text(encoding="utf-8")
    ]
    assert not wrong


SYNTAX = re.compile(r"person:编号|\[分子, 分母\]|）:名称")
"""What somebody types into a file or a command, as it is typed."""


def _texts(declared: Any) -> Iterator[str]:
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, dict | list):
        for one in declared.values() if isinstance(declared, dict) else declared:
            yield from _texts(one)


def test_sentences_are_polite_and_punctuated_as_chinese_is() -> None:
    """您, never 你; brackets, commas and colons beside Chinese are full-width; no 年 behind a year that brings its own."""
    wrong = re.compile(r"你|年年|[\u3400-\u9fff][(,:;?!]|[):;?!][\u3400-\u9fff]")
    texts = [message.id if isinstance(message.id, str) else message.id[0] for message in collect()]
    for declared in sorted(PACKAGE.parent.glob("notices/*/notice.toml")):
        texts += _texts(tomllib.loads(declared.read_text(encoding="utf-8")))
    assert not [text for text in texts if wrong.search(SYNTAX.sub("", text))]
