"""A file of a list is read strictly: what is wrong is said with file, line and column, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from qiaojie.codes import folders
from qiaojie.codes.reading import read

ALL = "code\tlabel\talso\tparent\tfrom\tuntil\tstandard\tenglish\tnote"
Write = Callable[..., Path]


def _faults(path: Path) -> list[tuple[int, str, str]]:
    """Line, column and code of each fault of the list that a file is of."""
    found = folders.read_all([path.parent])[path.stem].faults
    assert all(fault.text.startswith("codes/") for fault in found)
    return [(fault.line, fault.column, fault.code) for fault in found]


def test_a_word_says_all_that_its_line_says(write: Write) -> None:
    path = write(
        "looms",
        "loom\t织机\t织布机、木织机\t\t2020-01-01\t2025-12-31\t3-04\tLoom\t县里的叫法",
        head="# label: 织机\n# english: Looms\n# standard: GB/T 1\n# source: 通知",
        columns=ALL,
    )
    held = folders.read_all([path.parent])["looms"]
    assert (held.label, held.english, held.standard, held.faults) == ("织机", "Looms", "GB/T 1", ())
    (word,) = held.words
    assert (word.code, word.label, word.english, word.also) == (
        "loom",
        "织机",
        "Loom",
        ("织布机", "木织机"),
    )
    assert (word.begins, word.ends) == (date(2020, 1, 1), date(2025, 12, 31))
    assert [word.holds(date(year, 12, 31)) for year in (2019, 2020, 2025, 2026)] == [False, True, True, False]


def test_lines_of_a_windows_editor_are_read(write: Write) -> None:
    path = write("looms", "loom\t织机", "wheel\t纺车")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert [line.word.label for line in read(path).lines] == ["织机", "纺车"]
    assert _faults(path) == []


@pytest.mark.parametrize(
    ("columns", "row", "fault"),
    [
        (ALL, "Loom\t织机", (3, "code", "code_form")),
        (ALL, "ｌｏｏｍ\t织机", (3, "code", "code_form")),
        (ALL, "loom\t", (3, "label", "label_missing")),
        (ALL, "loom\t" + "织" * 61, (3, "label", "label_long")),
        (ALL, "loom\t织机\t" + "织" * 61, (3, "also", "label_long")),
        (ALL, "loom\t织机\t\t\t2020.1.1", (3, "from", "date_form")),
        (ALL, "loom\t织机\t\t\t2020-02-30", (3, "from", "date_form")),
        (ALL, "loom\t织机\t\t\t２０２０-01-01", (3, "from", "date_form")),
        (ALL, "loom\t织机\t\t\t2026-01-01\t2025-12-31", (3, "until", "order_of_days")),
        (ALL, "loom\t织机\t\tframe", (3, "parent", "parent_unknown")),
        (ALL, "loom\t“织机”", (3, "label", "quoted")),
        (ALL, "“loom”\t织机", (3, "code", "quoted")),
        (ALL, 'loom\t"织机"', (3, "label", "quoted")),
        (ALL, "loom 织机", (3, "", "blanks_for_tabs")),
        (ALL, "loom,织机", (3, "", "blanks_for_tabs")),
        ("code\tlabel", "loom\t织机\t多出", (3, "", "cells_too_many")),
        ("code label", "loom\t织机", (2, "", "blanks_for_tabs")),
        ("code,label", "loom\t织机", (2, "", "blanks_for_tabs")),
        ("code\tname", "loom\t织机", (2, "name", "column_unknown")),
        ("code\tlabel\tlabel", "loom\t织机\t织机", (2, "label", "column_twice")),
        ("code\talso", "loom\t织机", (2, "", "columns_missing")),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_place(
    write: Write, columns: str, row: str, fault: tuple[int, str, str]
) -> None:
    assert fault in _faults(write("looms", row, columns=columns))


def test_quotes_within_a_label_are_its_own(write: Write) -> None:
    assert _faults(write("looms", "aid\t“德法相伴 助盲提升”培训", "help\t“巧手”工作室、“巧手”")) == []


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("# english: Looms", (1, "", "head_missing")),
        ("# label: 织机\n# label: 纺车", (2, "", "head_twice")),
        ("# label: 织机\n# colour: red", (2, "", "head_unknown")),
        ("# label: 织机\n# 织机的表", (2, "", "head_unknown")),
    ],
)
def test_the_head_says_what_the_list_is_called(write: Write, head: str, fault: tuple[int, str, str]) -> None:
    assert fault in _faults(write("looms", "loom\t织机", head=head))


def test_a_code_and_a_word_stand_once(write: Write) -> None:
    path = write(
        "looms",
        "loom\t织机",
        "loom\t木机",
        "wheel\t纺车\t织　机",
        "hoop\t绷子\t纺车",
        columns="code\tlabel\talso",
    )
    assert _faults(path) == [
        (4, "code", "code_twice"),
        (5, "also", "label_twice"),
        (6, "also", "label_twice"),
    ]


def test_parents_in_a_circle_are_named_once(write: Write) -> None:
    rows = ["a\t甲\tb", "b\t乙\tc", "c\t丙\ta", "d\t丁\ta", "e\t戊\te"]
    faults = _faults(write("looms", *rows, columns="code\tlabel\tparent"))
    assert faults == [(3, "parent", "parent_circular"), (7, "parent", "parent_circular")]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_byte_order_mark_is_named(write: Write, mark: bytes) -> None:
    path = write("looms", "loom\t织机")
    path.write_bytes(mark + path.read_bytes())
    assert "byte_order_mark" in {code for _line, _column, code in _faults(path)}


def test_another_encoding_is_named_with_its_line(write: Write) -> None:
    path = write("looms", "loom\t织机")
    path.write_bytes("# label: 织机\n".encode() + "code\tlabel\nloom\t织机\n".encode("gb18030"))
    assert (3, "", "not_utf8") in _faults(path)


def test_a_file_of_another_name_kind_or_size_is_no_list(write: Write, folder: Path) -> None:
    path = write("looms", "loom\t织机")
    path.rename(folder / "手工.tsv")
    assert (0, "", "file_name") in _faults(folder / "手工.tsv")
    write("long", "loom\t" + "织" * 400_000)
    assert (0, "", "file_too_large") in _faults(folder / "long.tsv")
    (folder / "empty.tsv").write_text("", encoding="utf-8")
    assert (0, "", "columns_missing") in _faults(folder / "empty.tsv")


def test_an_installation_adds_to_a_shipped_list(write: Write) -> None:
    write("crafts", "hemp_weaving\t麻编\tweaving", head="", columns="code\tlabel\tparent")
    held = folders.read_all()["crafts"]
    assert held.faults == () and held.label == "手工艺门类"
    assert {word.code for word in held.words} >= {"weaving", "bamboo", "hemp_weaving"}


def test_what_an_installation_adds_must_not_be_there_already(write: Write) -> None:
    write("crafts", "bamboo\t篾编", "reed\t竹编", head="")
    found = {(fault.column, fault.code) for fault in folders.read_all()["crafts"].faults}
    assert found == {("code", "code_twice"), ("label", "label_twice")}


def test_shipped_lists_are_without_fault_and_have_english_words() -> None:
    found = folders.read_all([settings.CODE_DIRS[0]])
    assert found.keys() >= {"base_kinds", "crafts", "ethnicities", "lines", "marriages", "units"}
    assert [fault.text for held in found.values() for fault in held.faults] == []
    assert [
        (held.code, word.code) for held in found.values() for word in held.words if not word.english
    ] == []
    assert [held.code for held in found.values() if not held.english] == []
    assert len(found["ethnicities"].words) == 56
