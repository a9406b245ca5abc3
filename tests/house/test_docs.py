"""What the documents say is there is there, and what is there they say."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from itertools import takewhile
from pathlib import Path

import pytest

from qiaojie.cli.main import parser
from qiaojie.codes.choices import InCode
from qiaojie.declared import running
from qiaojie.ledgers import declaration
from qiaojie.notices import queries as notices
from tests.house.source import PACKAGE, ROOT, files, heights, named

DOCS = ROOT / "docs"
TWINS = ("README.md", "README.zh-CN.md")
LARGEST_PICTURE = 400_000


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def test_links_lead_somewhere() -> None:
    broken = []
    for path in files(".md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", _without_code(path.read_text(encoding="utf-8"))):
            if not (path.parent / target.partition("#")[0]).exists():
                broken.append(f"{named(path)}: {target}")
    assert not broken


def test_files_that_documents_name_are_there() -> None:
    missing = []
    for path in files(".md", under="docs") + [ROOT / name for name in TWINS]:
        # A walk-through also names what it makes.
        made = set(re.findall(r"^`([\w/.]+)`$", path.read_text(encoding="utf-8"), re.MULTILINE))
        for name in re.findall(
            r"`((?:qiaojie|tests|docs|notices|scripts)/[\w/.-]*)`", path.read_text(encoding="utf-8")
        ):
            if not (ROOT / name).exists() and name not in made and not name.startswith("tests/visits/"):
                missing.append(f"{named(path)}: {name}")
    assert not missing


def test_the_two_front_pages_are_twins() -> None:
    first, second = map(_text, TWINS)
    for pattern in (
        r"^#+ ",
        r"^\| ",
        r"!\[[^\]]*\]\(([^)]+)\)",
        r"^    (make \w+)",
        r"^    (qiaojie [a-z]+)",
    ):
        assert re.findall(pattern, first, re.MULTILINE) == re.findall(pattern, second, re.MULTILINE)


def test_pictures_are_pictures_and_small() -> None:
    pictures = list(DOCS.glob("images/*"))
    assert pictures
    for path in pictures:
        assert path.read_bytes().startswith(b"\x89PNG"), named(path)
        assert path.stat().st_size < LARGEST_PICTURE, named(path)


@pytest.mark.parametrize("name", TWINS)
def test_the_front_page_names_every_command_and_every_document(name: str) -> None:
    (commands,) = (
        action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    assert not [command for command in commands if not re.search(rf"qiaojie.*\b{command}\b", _text(name))]
    assert not [path.name for path in DOCS.glob("*.md") if f"docs/{path.name}" not in _text(name)]


def test_every_setting_is_documented_and_no_other() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in files(".py", under="qiaojie/config"))
    read = set(re.findall(r"(?:os\.environ|_given)\b[^\"')]*[(\[]\s*\"(\w+)\"", source))
    assert "QIAOJIE_HOME" in read
    assert set(re.findall(r"^\| `(\w+)` \|", _text("docs/settings.md"), re.MULTILINE)) == read


def test_the_map_shows_every_room_and_every_ledger() -> None:
    house = _text("docs/house.md")
    picture = "\n".join(takewhile(lambda line: not line.startswith("## "), house.splitlines()))
    assert not [room for room in heights() if not re.search(rf"\b{room}\b", picture)]
    shipped = {ledger.code for ledger in declaration.every()} - running.current().keys()
    assert not [code for code in shipped if f"| `{code}` |" not in house]


def test_the_glossary_has_every_field_choice_and_indicator() -> None:
    glossary = _text("docs/glossary.md")
    wanted: set[tuple[str, str]] = set()
    # Ledgers that are declared as data have their English beside their Chinese, in the declaration.
    for ledger in [one for one in declaration.every() if one.code not in running.current()]:
        wanted.add((ledger.code, str(ledger.label)))
        own = [
            one for one in ledger.fields if one.name.partition(".")[0] not in declaration.added(ledger.code)
        ]
        for field in own:
            wanted.add((field.name.rpartition(".")[2], str(field.label)))
            # Not what notices name; a list of data gives its own words in English.
            if isinstance(field.choices, dict | InCode):
                wanted |= {(code, str(label)) for code, label in field.choices.items()}
    for notice in notices.every():
        wanted |= {(indicator.code, indicator.label) for indicator in notice.indicators}
    missing = [
        f"{label} {code}"
        for code, label in sorted(wanted)
        if label not in glossary or (code and f"`{code}`" not in glossary)
    ]
    assert not missing


def test_the_guide_to_a_new_ledger_explains_every_key() -> None:
    guide = _text("docs/program-a-ledger.md")
    keys = [key.name for declared in (declaration.Ledger, declaration.Field) for key in fields(declared)]
    assert not [key for key in keys if f"`{key}`" not in guide]


@pytest.mark.once
def test_the_guide_to_a_new_ledger_can_be_followed(tmp_path: Path) -> None:
    """Done in a copy, as printed: files, two lines, the migration, the test; then imports and style."""
    guide = _text("docs/program-a-ledger.md")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "qiaojie", ignore=ignored)
    (tmp_path / "tests").mkdir()
    for path in (ROOT / "pyproject.toml", *(ROOT / "tests").glob("*.py")):
        shutil.copy(path, tmp_path / path.relative_to(ROOT))
    for name, body in re.findall(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(body, encoding="utf-8")
    for name, body in re.findall(
        r"^Append to `([\w/.]+)`:\n\n```\w+\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL
    ):
        with (tmp_path / name).open("a", encoding="utf-8") as kept:
            kept.write(f"\n\n{body}")
    for room in ("visits", "support"):
        (tmp_path / "tests" / room / "__init__.py").touch()

    def put(name: str, before: str, after: str) -> None:
        assert f"    {after}" in guide
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert before in text
        (tmp_path / name).write_text(text.replace(before, after), encoding="utf-8")

    put(
        "pyproject.toml",
        '"training | livelihoods | support",',
        '"training | livelihoods | support | visits",',
    )
    put("qiaojie/config/settings.py", '"qiaojie.support",', '"qiaojie.support",\n    "qiaojie.visits",')

    # A process of its own: neither the database nor the workers of this run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment |= {
        "PYTHONPATH": str(tmp_path),
        "QIAOJIE_HOME": str(tmp_path / "var"),
        "QIAOJIE_DATABASE": "sqlite://",
    }

    def run(program: str, *arguments: str) -> None:
        command = [str(Path(sys.executable).with_name(program)), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    run("django-admin", "makemigrations", "visits", "support", "--settings", "qiaojie.config.settings")
    run("pytest", "tests", "-p", "no:cacheprovider")
    run("lint-imports", "--no-cache")
    made = ("qiaojie/visits", "qiaojie/support", "tests/visits", "tests/support")
    run("ruff", "check", "--no-cache", *made)
    run("ruff", "format", "--no-cache", "--check", *made)
