"""The page on conditions is true: its examples have no fault, and it names every word and every fault."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from django.conf import settings

from qiaojie.ledgers import conditions, declaration
from qiaojie.ledgers.conditions import data, reading, saying

DOCS = Path(settings.BASE_DIR) / "docs"
PAGE = (DOCS / "conditions.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "add-a-notice.md").read_text(encoding="utf-8")


def test_the_examples_have_no_fault_and_can_be_said() -> None:
    blocks = [
        tomllib.loads(text) for text in re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    ]
    tables = [("enrolments", blocks[0]["where"]), ("employments", blocks[1]["where"])]
    tables += [(check["ledger"], check["must"]) for check in blocks[2]["checks"]]
    assert len(tables) == len(blocks) == 3
    for code, where in tables:
        ledger = declaration.get(code)
        node, faults = reading.read(ledger, where)
        assert not faults
        assert saying.required(node, ledger)
        assert not data.misshapen(where)


def test_every_line_of_the_table_has_no_fault() -> None:
    lines = re.findall(
        r"^\| (`.*?`)(?:, `\w+`)? \| ", PAGE.partition("## What a field must be")[2], re.MULTILINE
    )
    assert len(lines) >= 12
    for line in lines:
        where = tomllib.loads(line.strip("`"))
        fitting = [one for one in declaration.every() if not reading.read(one, where)[1]]
        assert fitting, line


def test_every_word_and_fault_is_named() -> None:
    for word in (*data.WORDS, *data.GROUPS):
        assert re.search(rf"\b{word}\b", PAGE), word
    said = set()
    for path in Path(conditions.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="say"), args=[_, ast.Constant(value=str(code)), *_]):
                    said.add(code)
    assert said >= {"money_unit_missing", "condition_form", "field_sealed"}
    assert {code for code in said if f"`{code}`" not in GUIDE} == set()
