"""The guide's example works as printed, and the guide names every column and every finding."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

import qiaojie.codes
from qiaojie.cli.main import main
from qiaojie.codes import folders, preparing, reading
from qiaojie.codes.choices import choices

GUIDE = (Path(settings.BASE_DIR) / "docs" / "add-a-code-list.md").read_text(encoding="utf-8")
OWN, ADDED = re.findall(r"^```tsv\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_example_is_put_in_force_as_printed(
    db: None, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "looms.tsv").write_text(OWN, encoding="utf-8")
    (folder / "crafts.tsv").write_text(ADDED, encoding="utf-8")
    assert [fault.text for read in folders.read_all().values() for fault in read.faults] == []
    assert preparing.prepare().said == ()
    looms = choices("looms")
    assert list(looms.on(date(2026, 1, 1)).values()) == ["织机", "织带机", "纺车"]
    assert looms["wooden_loom"] == "木织机" and looms.also["老式织机"] == "wooden_loom"
    assert looms.under("loom") == {"loom", "wooden_loom", "band_loom"}
    assert "hemp_weaving" in choices("crafts").under("weaving")
    monkeypatch.setattr("qiaojie.cli.serving.ensure_prepared", lambda: None)
    assert main(["codes", "show", "looms", "--on", "2026-01-01"]) == 0
    assert "木织机" not in capsys.readouterr().out
    assert main(["codes", "show", "wheels"]) == 2
    assert "looms" in capsys.readouterr().err
    assert main(["codes", "check"]) == 0
    assert main(["codes", "list", "--json"]) == 0
    assert '"looms"' in capsys.readouterr().out


def test_every_column_head_and_finding_is_explained() -> None:
    said: set[str] = set()
    for source in Path(qiaojie.codes.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="CodeFault"), args=[_, _, _, ast.Constant(value=str(code)), *_]
                ):
                    said.add(code)
                case ast.Call(
                    func=ast.Attribute(attr="fault"), args=[_, _, ast.Constant(value=str(code)), *_]
                ):
                    said.add(code)
    assert said >= {"label_twice", "date_form", "head_missing", "not_utf8"}
    assert {code for code in said if f"`{code}`" not in GUIDE} == set()
    assert [name for name in reading.COLUMNS if f"`{name}`" not in GUIDE] == []
    assert [name for name in reading.HEADS if f"`# {name}:`" not in GUIDE] == []
