"""What holds for all rows of a file: told where it is taken from, put where a row is silent, said by who hands the file in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Level, Unusable
from qiaojie.lib.numbers import shorten
from qiaojie.lib.values import Cell, Context, Label, Parsed, kind
from qiaojie.notices.forms import TableDef
from qiaojie.sheets.book import Sheet
from qiaojie.tables.bindings import SpanEnd, says_span, spans
from qiaojie.tables.columns import Columns
from qiaojie.tables.form import Leaf
from qiaojie.tables.headers import key_and_unit, names
from qiaojie.tables.stated_once import LONGEST, StatedOnce, Where, sayable

from ..vocabulary.outcome import Issue
from .boxes import Box, boxes, offers

STATED = "stated_for_all"
"""The finding that tells what was taken for all rows, and from where."""


@dataclass(frozen=True, slots=True)
class Sayable:
    """What may be said of all rows of a table: as a box to be filled in, with what is said so far. ``lacking``: every row must
    have it, and the sheet has no column for it. ``stated`` is what the file itself says of all rows."""

    box: Box
    text: str
    lacking: bool
    stated: str = ""

    @property
    def choices(self) -> tuple[tuple[str, Label], ...]:
        """What may be chosen; empty where it is typed."""
        return offers(self.box)


def told(sheet: Sheet, parsed: Parsed, one: StatedOnce) -> Iterator[Issue]:
    """What is to be said of something that holds for all rows: where it was taken from, and what is wrong with it."""
    name = one.leaf.column.field or ""
    words = {"column": one.leaf.label, "text": shorten(one.text), "cell": one.address}
    text = {
        Where.CELL: _("“%(column)s”取自%(cell)s的“%(text)s”，没有另填的行都照此读入。"),
        Where.SHEET: _("“%(column)s”取自工作表名“%(text)s”，没有另填的行都照此读入。"),
        Where.FILE: _("“%(column)s”取自文件名“%(text)s”，没有另填的行都照此读入。"),
        Where.SAID: _("“%(column)s”按导入时写明的“%(text)s”读入，表里另填的行除外。"),
    }[one.where]
    yield Issue(sheet.name, one.address, STATED, Level.HINT, text % words, field=name, raw=one.text)
    for finding in parsed.findings:
        yield Issue(
            sheet.name, one.address, finding.code, finding.level, finding.message, field=name, raw=one.text
        )


def fill(read: Columns, said: Mapping[str, tuple[Any, str, Cell]]) -> None:
    """Give the rows that leave a column blank what holds for all of them."""
    for name, (value, _cell, _raw) in said.items():
        for held in (read.values, read.claims):
            if name in held and value is not None:
                held[name] = [value if own is None else own for own in held[name]]


def asked(pairs: Sequence[str], table: TableDef) -> dict[str, str]:
    """What ``栏名=内容`` pairs say of all rows, by field. A column is named by its label, another name of it or its field, both
    days of a span by 培训时间 or the like.

    Raises Unusable ``say_unreadable``, ``say_unknown`` (with what may be said), and as ``checked``.
    """
    form = table.form
    known = {leaf.column.field or "": leaf for leaf in sayable(form)}
    called = names(form)
    found: dict[str, str] = {}
    for pair in pairs:
        label, sign, text = (part.strip() for part in pair.partition("="))
        if not sign or not label or not text:
            raise Unusable("say_unreadable", _("“%s”应写成“栏名=内容”，例如“培训班名称=竹编班”。") % pair)
        key = key_and_unit(label)[0]
        leaf = known.get(label) or called.get(key)
        if leaf is not None and leaf.column.field in known:
            found[leaf.column.field or ""] = text
        elif leaf is None and says_span(key) and len(pairs_of := spans(form)) == 1:
            found |= {one.column.field or "": text for one in pairs_of[0]}
        else:
            message = _("表“%(table)s”没有可以整张表写一个值的栏目“%(label)s”。可以写的有：%(known)s。")
            words = {"table": table.called, "label": label}
            labels = "、".join(one.label for one in known.values())
            raise Unusable("say_unknown", message % {**words, "known": labels})
    return checked(found, table)


def checked(said: Mapping[str, str], table: TableDef, year: int | None = None) -> dict[str, str]:
    """What is said of all rows without what says nothing, if each can be read as a cell of its column.

    Raises Unusable ``say_unreadable`` with the field and what is wrong, ``say_unknown``.
    """
    known = {leaf.column.field or "": leaf for leaf in sayable(table.form)}
    filled_in = {box.name: box for box in boxes(table)}
    found = {}
    for name, given in said.items():
        leaf = known.get(name)
        text = given.strip()
        if name in filled_in:
            text = filled_in[name].said(text)
        if not text:
            continue
        if leaf is None:
            raise Unusable("say_unknown", _("“%s”不能整张表写一个值。") % name)
        wrong = next(iter(_faults(leaf, text, year)), None)
        if len(text) > LONGEST * 2 or wrong is not None:
            words = {"column": leaf.label, "what": wrong.message if wrong else _("最多写 120 个字。")}
            message = _("“整张表都是”里的“%(column)s”：%(what)s")
            raise Unusable("say_unreadable", message % words, field=f"s.{name}")
        found[name] = text
    return found


def offered(
    table: TableDef, said: Mapping[str, str], bound: Sequence[str], stated: Mapping[str, str]
) -> list[Sayable]:
    """What may be said of all rows of a file whose columns fill the fields ``bound`` and which itself says ``stated`` of all
    rows: what it lacks first."""
    known = {leaf.column.field or "": leaf for leaf in sayable(table.form)}
    found = [
        Sayable(
            box,
            said.get(box.name, ""),
            known[box.name].column.required and box.name not in bound and box.name not in stated,
            stated.get(box.name, ""),
        )
        for box in boxes(table)
        if box.name in known
    ]
    return sorted(found, key=lambda one: not one.lacking)


def _faults(leaf: Leaf, text: str, year: int | None) -> list[Finding]:
    """Why a text cannot be what the column holds; a span of days may stand for either of its ends."""
    column = leaf.column
    around = Context(year, leaf.unit, column.choices or {}, column.also)
    read = kind(column.kind).parse(text, around)
    if any(finding.code == "date_is_span" for finding in read.findings):
        read = SpanEnd(last=False).parse(text, around)
    # Without the report's year a day may lack its own: the file's title may name it.
    return [
        finding
        for finding in read.findings
        if finding.level is Level.ERROR and finding.code != "date_without_year"
    ]
