"""From a file ``<list>.tsv`` to typed words: every fault at once, each with its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from .faults import CodeFault
from .words import LONGEST_CODE, LONGEST_LABEL, CodeWord

COLUMNS: Final = ("code", "label", "also", "parent", "from", "until", "standard", "english", "note")
NEEDED: Final = ("code", "label")
HEADS: Final = ("label", "english", "standard", "source", "note")
"""What the lines at the head of a file may say of the list: ``# label: 手工艺门类``."""

LARGEST: Final = 1_000_000
"""Bytes of a file: the longest national list of codes has a tenth of it. What is larger is something else."""

SEPARATOR: Final = "、"
"""What stands between other spellings."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CODE: Final = re.compile(rf"[a-z0-9][a-z0-9_]{{0,{LONGEST_CODE - 1}}}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HEAD: Final = re.compile(r"#\s*([a-z]+)\s*[:：]\s*(.*)")
_QUOTES: Final = "\"'“”‘’「」『』＂＇"
_BLANKS: Final = re.compile(r"[ \u3000]{2,}|,|，")


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A word as a file has it, with where it stands."""

    file: str
    number: int
    word: CodeWord


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file as read: what its head says, the words of its usable lines, what is wrong with all others."""

    code: str
    file: str
    head: Mapping[str, str]
    lines: tuple[CodeLine, ...]
    faults: tuple[CodeFault, ...]


def read(path: Path) -> CodeFile:
    """Read a file. Faults ``file_name``, ``file_unreadable``, ``file_too_large``, ``byte_order_mark``, ``not_utf8``,
    ``head_unknown``, ``head_twice``, ``columns_missing``, ``column_unknown``, ``column_twice``, ``blanks_for_tabs``,
    ``cells_too_many``, ``quoted``, ``code_form``, ``label_missing``, ``label_long``, ``date_form``, ``order_of_days``."""
    file = f"{path.parent.name}/{path.name}"
    faults: list[CodeFault] = []
    if not _NAME.fullmatch(path.stem):
        text = _("文件名“%s”写法不对：代码表的代号只用小写字母、数字和下划线，以字母开头。")
        faults.append(CodeFault(file, 0, "", "file_name", text % path.stem))
    content = _text(path, file, faults)
    if content is None:
        return CodeFile(path.stem, file, {}, (), tuple(faults))
    reader = _Reader(file, content)
    lines = tuple(reader.lines())
    return CodeFile(path.stem, file, reader.head, lines, (*faults, *reader.faults))


def _text(path: Path, file: str, faults: list[CodeFault]) -> str | None:
    try:
        if path.stat().st_size > LARGEST:
            message = _("文件超过1MB，不像一张代码表，请核对放的是不是这个文件。")
            faults.append(CodeFault(file, 0, "", "file_too_large", message))
            return None
        raw = path.read_bytes()
    except OSError:
        message = _("文件打不开，请检查它是不是还在、能不能读。")
        faults.append(CodeFault(file, 0, "", "file_unreadable", message))
        return None
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        message = _("文件开头有 BOM 标记，请另存为“UTF-8”（不带 BOM）。")
        faults.append(CodeFault(file, 1, "", "byte_order_mark", message))
        raw = raw.removeprefix(b"\xef\xbb\xbf")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as broken:
        line = raw[: broken.start].count(b"\n") + 1
        faults.append(CodeFault(file, line, "", "not_utf8", _("不是 UTF-8 编码，请用 UTF-8 保存。")))
        return None


class _Reader:
    """One file, line by line."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.head: dict[str, str] = {}
        self.faults: list[CodeFault] = []
        self.columns: list[str] | None = None
        # Only these end a line: a page break within a label would be a line of its own to others.
        self.text = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def fault(self, line: int, column: str, code: str, message: str) -> None:
        self.faults.append(CodeFault(self.file, line, column, code, message))

    def lines(self) -> Iterator[CodeLine]:
        for number, line in enumerate(self.text, start=1):
            if not line.strip():
                continue
            if self.columns is None and line.startswith("#"):
                self._head(number, line)
            elif self.columns is None:
                self.columns = self._columns(number, line)
            elif self.columns and (word := self._word(number, line)) is not None:
                yield CodeLine(self.file, number, word)
        if self.columns is None:
            message = _("没有列名行。第一行写列名，用制表符（Tab）隔开，至少要有 code 和 label。")
            self.fault(0, "", "columns_missing", message)

    def _head(self, number: int, line: str) -> None:
        found = _HEAD.fullmatch(line.strip())
        if found is None or found[1] not in HEADS:
            text = _("开头的说明写成“# label: 名称”这样，可用的有：%s。")
            self.fault(number, "", "head_unknown", text % "、".join(HEADS))
        elif found[1] in self.head:
            self.fault(number, "", "head_twice", _("“%s”写了两次，请留一行。") % found[1])
        else:
            self.head[found[1]] = found[2].strip()

    def _columns(self, number: int, line: str) -> list[str]:
        """The names of the columns; none where rows cannot be read by them."""
        names = [name.strip() for name in line.split("\t")]
        if (len(names) == 1 and _BLANKS.search(line.strip())) or " " in names[0]:
            self.fault(number, "", "blanks_for_tabs", _("列之间要用制表符（Tab）隔开，不能用空格或逗号。"))
            return []
        usable = True
        for name in names:
            if name not in COLUMNS:
                text = _("没有“%(name)s”这一列，可用的列有：%(known)s。")
                self.fault(number, name, "column_unknown", text % {"name": name, "known": "、".join(COLUMNS)})
                usable = False
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            self.fault(number, name, "column_twice", _("“%s”一列写了两次，请留一列。") % name)
            usable = False
        missing = [name for name in NEEDED if name not in names]
        if missing:
            self.fault(number, "", "columns_missing", _("缺少这几列：%s。") % "、".join(missing))
            usable = False
        return names if usable else []

    def _word(self, number: int, line: str) -> CodeWord | None:
        assert self.columns is not None
        cells = [cell.strip(" \u3000") for cell in line.split("\t")]
        if len(cells) == 1 and len(self.columns) > 1:
            self.fault(number, "", "blanks_for_tabs", _("列之间要用制表符（Tab）隔开，不能用空格或逗号。"))
            return None
        if any(cells[len(self.columns) :]):
            text = _("这一行有%(cells)d格，列名只有%(columns)d列，请检查多出的制表符。")
            counted = {"cells": len(cells), "columns": len(self.columns)}
            self.fault(number, "", "cells_too_many", text % counted)
            return None
        said = {**dict.fromkeys(COLUMNS, ""), **dict(zip(self.columns, cells, strict=False))}
        before = len(self.faults)
        for column, cell in said.items():
            self._unquoted(number, column, cell)
        self._codes(number, said)
        self._labels(number, said)
        begins, ends = (self._day(number, column, said[column]) for column in ("from", "until"))
        if begins is not None and ends is not None and ends < begins:
            text = _("止于%(until)s，早于起始的%(from)s，请改正。")
            self.fault(number, "until", "order_of_days", text % {"until": ends, "from": begins})
        if len(self.faults) > before:
            return None
        return CodeWord(
            said["code"],
            said["label"],
            said["english"],
            _spellings(said["also"]),
            said["parent"],
            begins,
            ends,
            said["standard"],
            said["note"],
        )

    def _unquoted(self, number: int, column: str, cell: str) -> None:
        """Quotes within a label are its own (“德法相伴”培训); around a whole cell, or in a code, a spreadsheet has left them."""
        if not cell:
            return
        around = len(cell) > 1 and cell[0] in _QUOTES and cell[-1] in _QUOTES
        if (around and not any(sign in _QUOTES for sign in cell[1:-1])) or (
            column in ("code", "parent", "from", "until") and any(sign in _QUOTES for sign in cell)
        ):
            self.fault(number, column, "quoted", _("%s 多了引号，请去掉，只留里面的内容。") % cell)

    def _codes(self, number: int, said: Mapping[str, str]) -> None:
        for column in ("code", "parent"):
            cell = said[column]
            if (column == "code" or cell) and not _CODE.fullmatch(cell):
                text = _("“%(code)s”写法不对：代码只用小写字母、数字和下划线，最多%(most)d个字符。")
                self.fault(number, column, "code_form", text % {"code": cell, "most": LONGEST_CODE})

    def _labels(self, number: int, said: Mapping[str, str]) -> None:
        if not said["label"]:
            self.fault(number, "label", "label_missing", _("没有写名称。"))
        for column, cell in (
            ("label", said["label"]),
            *(("also", each) for each in _spellings(said["also"])),
        ):
            if len(cell) > LONGEST_LABEL:
                text = _("“%(label)s…”超过%(most)d个字，请缩短。")
                self.fault(number, column, "label_long", text % {"label": cell[:20], "most": LONGEST_LABEL})

    def _day(self, number: int, column: str, cell: str) -> date | None:
        if not cell:
            return None
        if _DAY.fullmatch(cell):
            try:
                return date.fromisoformat(cell)
            except ValueError:
                pass
        self.fault(number, column, "date_form", _("“%s”不是日期，请写成 2025-12-31 这样。") % cell)
        return None


def _spellings(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split(SEPARATOR) if part.strip()))
