"""Files of data read strictly: every fault at once, with its key, and what a slip of the pen was meant to be."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from qiaojie.folders import declaring
from qiaojie.folders.declaring import Declared
from qiaojie.folders.faults import Fault
from qiaojie.folders.nearest import meant, nearest


class Part(Declared):
    code: str
    kind: Literal["date", "text"] = "text"


class Whole(Declared):
    title: str
    parts: list[Part] = []


def faults(text: str) -> list[Fault]:
    found: list[Fault] = []
    raw = declaring.toml_text(text, "whole.toml", found)
    if raw is not None:
        assert (declaring.validated(Whole, raw, "whole.toml", found, "docs/guide.md") is None) == bool(found)
    return found


@pytest.mark.parametrize(
    ("text", "code", "key", "words"),
    [
        ('title = "甲"\nparts = [{ code = "a", kind = "dat" }]', "value_unknown", "parts.a.kind", "date"),
        ('title = "甲"\nparts = [{ cod = "a" }]', "key_unknown", "parts.0.cod", "code"),
        ("parts = []", "key_missing", "title", "缺少"),
        ("title = 3", "value_type", "title", "docs/guide.md"),
        ("title = “甲”", "toml_broken", "", "“"),
        ("title ＝ 3", "toml_broken", "", "＝"),
        ("title = [", "toml_broken", "", "末尾"),
    ],
)
def test_a_fault_says_where_and_what_was_meant(text: str, code: str, key: str, words: str) -> None:
    found = {(fault.code, fault.key): fault for fault in faults(text)}
    assert words in found[code, key].message


def test_all_faults_are_said_at_once() -> None:
    assert len(faults('parts = [{ code = 1 }, { kind = "x" }]')) == 4


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    found: list[Fault] = []
    assert declaring.toml(tmp_path / "none.toml", "none.toml", found) is None
    (tmp_path / "wide.toml").write_bytes("title = '甲'".encode("gb18030"))
    assert declaring.toml(tmp_path / "wide.toml", "wide.toml", found) is None
    assert [fault.code for fault in found] == ["file_missing", "toml_broken"]
    (tmp_path / "marked.toml").write_text("\ufefftitle = '甲'", encoding="utf-8")
    assert declaring.toml(tmp_path / "marked.toml", "marked.toml", found) == {"title": "甲"}


def test_the_nearest_word() -> None:
    assert nearest("requierd", ["required", "title"]) == "required"
    assert nearest("x", ["required"]) == "" and meant("x", []) == ""
    assert "required" in meant("requird", ["required"])
