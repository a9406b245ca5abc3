"""The guide's example works as printed, and the guide names every key and every finding."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from pydantic import BaseModel

import qiaojie.notices
from qiaojie.notices import schema
from qiaojie.notices.checking import check

GUIDE = (Path(settings.BASE_DIR) / "docs" / "add-a-notice.md").read_text(encoding="utf-8")
FINDINGS = GUIDE + (Path(settings.BASE_DIR) / "docs" / "add-a-system.md").read_text(encoding="utf-8")
SOURCES = sorted(Path(qiaojie.notices.__file__).parent.glob("*.py"))


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("tree")
def test_the_example_has_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "chongqing-embroidery-2021"
    folder.mkdir()
    (folder / "notice.toml").write_text(_block("toml"), encoding="utf-8")
    (folder / "targets.tsv").write_text(_block("tsv"), encoding="utf-8")
    (folder / "README.md").write_text("# Embroidery\n", encoding="utf-8")
    assert check([tmp_path]) == []


def test_every_key_is_explained() -> None:
    declared = {
        name
        for thing in vars(schema).values()
        if isinstance(thing, type) and issubclass(thing, BaseModel)
        for name in thing.model_fields
    }
    reference = GUIDE.partition("## All keys")[2]
    assert {
        name for name in declared if f"`{name}" not in reference and f"[[{name}]]" not in reference
    } == set()


def test_every_finding_is_explained() -> None:
    said: set[str] = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Fault"), args=[_, _, ast.Constant(value=str(code)), *_]):
                    said.add(code)
                case ast.Call(
                    func=ast.Name(id="PydanticCustomError"), args=[ast.Constant(value=str(code)), *_]
                ):
                    said.add(code)
    assert said >= {"total_differs", "toml_broken", "region_missing", "criterion_form"}
    assert {code for code in said if f"`{code}`" not in FINDINGS} == set()
