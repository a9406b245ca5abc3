"""The one row generator: a form and typed rows become cells, and every writer draws these same cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from qiaojie.lib.practice import notice
from qiaojie.lib.text import split_unit
from qiaojie.lib.values import kind

from .form import Align, Caption, Column, Form, Leaf
from .look import capacity

TICK = "√"

Link = Callable[[int, str], str | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in a cell in place of a value and prints as it is: — for a ratio over nothing, a masked number."""

    text: str


_SUMMED = frozenset({"integer", "money"})
_NUMERIC = frozenset({"integer", "money", "percent", "ordinal"})
NUMBERS = frozenset({"id_number", "certificate", "phone", "credit_code", "bank_account"})
"""Kinds of numbers that name something and count nothing: texts, in one line and never rounded."""
AS_IS = NUMBERS | {"text", "name", "address", "region"}
"""Kinds whose texts are printed as they are."""
_REPEATED = frozenset({"choice", "yes_no", "date", "month", "date_span", "integer", "percent"})
_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(%)?$")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNIT_TAIL = re.compile(r"\s*([（(][^（）()]*[）)])$")

# Half-width characters that a column of this kind wants when it is still empty.
_WIDTHS = {
    "ordinal": 5,
    "name": 8,
    "integer": 8,
    "money": 11,
    "percent": 8,
    "date": 12,
    "month": 10,
    "date_span": 17,
    "id_number": 20,
    "certificate": 22,
    "credit_code": 20,
    "bank_account": 22,
    "phone": 13,
    "yes_no": 8,
    "region": 10,
    "choice": 10,
}
# To what width columns of these kinds may be pressed; their text then takes more lines.
_WRAPPED = {"text": 10, "date_span": 13, "region": 8, "choice": 8}
_TICK_WIDTH, _TEXT_WIDTH, _WIDEST, _WIDEST_HEADING = 7, 14, 34, 16
_MEASURED_ROWS = 2000
"""Rows whose texts decide the widths of columns; those of a longer list are alike."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells a printed sheet from every other: its number as people read and type it, the digits that a code holds, and
    what else is said beside it (补打 with the day)."""

    number: str
    digits: str
    said: str = ""


@dataclass(frozen=True)
class Filled:
    """A form with what is to stand in it. Rows map field -> typed value (a field's kind prints it).

    ``captions`` map the fields of captions and signatures to values. ``totals`` overrides sums of 合计 (for
    values that must not be added up); ``links`` gives a number's address on screen by row and field, row -1
    being 合计. ``blank`` draws the form's empty lines instead of rows.
    """

    form: Form
    captions: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()
    links: Link | None = None
    totals: Mapping[str, Any] | None = None
    blank: bool = False
    mark: str = ""
    """Who took the file out and when: at the foot of every page."""
    stamp: Stamp | None = None
    """The number of the sheet: at the head of every page."""


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """A cell of the header: row and column count from the header's first cell."""

    text: str
    row: int
    col: int
    rowspan: int
    colspan: int
    leaf: bool
    diagonal: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class BodyCell:
    """A cell under the header: what is printed, the same as a number where it is one, and how a number looks."""

    text: str
    value: str | int | float = ""
    number_format: str = ""
    align: Align = "center"
    link: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether ``value`` is a number to be stored as such."""
        return not isinstance(self.value, str)


_EMPTY, _TICKED = BodyCell(""), BodyCell(TICK, TICK)


@dataclass(frozen=True, slots=True)
class LinePart:
    """A part of a caption or signature line."""

    text: str
    align: Align


@dataclass(frozen=True, slots=True)
class Grid:
    """Everything a writer draws. ``total_row`` is the index of 合计 in ``body``; ``widths`` are half-width chars."""

    form: Form
    title: str
    statutory: tuple[str, ...]
    """What stands above all else at the right: that the place is made up, where it is, then the marks of a survey form."""
    captions: tuple[tuple[LinePart, ...], ...]
    header: tuple[HeaderCell, ...]
    header_rows: int
    body: tuple[tuple[BodyCell, ...], ...]
    total_row: int | None
    row_header: int
    notes: tuple[str, ...]
    signatures: tuple[tuple[LinePart, ...], ...]
    widths: tuple[float, ...]
    blank: bool = False
    """Whether it is handed out to be filled in."""
    mark: str = ""
    text: tuple[str, ...] = ()
    stamp: Stamp | None = None

    @property
    def columns(self) -> int:
        """How many leaf columns there are."""
        return len(self.form.leaves)


def printable(text: str) -> str:
    """The text without control characters and lone surrogates, which no file format may hold."""
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


@lru_cache(maxsize=8192)
def text_width(text: str) -> int:
    """How wide the longest line of a text is, in half-width characters."""
    if text.isascii() and "\n" not in text:
        return len(text)
    return max(
        (
            sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line)
            for line in text.split("\n")
        ),
        default=0,
    )


def build(filled: Filled) -> Grid:
    """The cells of a filled form."""
    form = filled.form
    header = tuple(_header(form)) if form.headed else ()
    drawing = _Drawing(filled)
    given = [{}] * form.blank_rows if filled.blank else filled.rows
    rows = [drawing.row(number, row) for number, row in enumerate(given)]
    total_row = None
    if form.total:
        total_row = 0 if form.total == "first" else len(rows)
        rows.insert(total_row, total_cells(filled))
    widths = _widths(form, rows[:_MEASURED_ROWS])
    aligned = [_align(leaf, [row[leaf.index] for row in rows[:_MEASURED_ROWS]]) for leaf in form.leaves]
    body = tuple(
        tuple(
            cell
            if cell.align == align
            else BodyCell(cell.text, cell.value, cell.number_format, align, cell.link)
            for cell, align in zip(row, aligned, strict=True)
        )
        for row in rows
    )
    return Grid(
        form=form,
        title=printable(form.title),
        statutory=(
            *filter(None, (notice(),)),
            *(printable(f"{label}：{text}") for label, text in form.statutory),
        ),
        captions=() if form.bare else _lines(form.captions, filled.captions, spread=True),
        header=header,
        header_rows=form.depth if form.headed else 0,
        body=body,
        total_row=total_row,
        row_header=_row_header(form),
        notes=() if form.bare else tuple(map(printable, form.notes)),
        signatures=() if form.bare else _lines(form.signatures, filled.captions, spread=False),
        widths=widths,
        blank=filled.blank,
        mark=printable(filled.mark),
        text=tuple(map(printable, form.text)),
        stamp=filled.stamp,
    )


def offered(column: Column) -> tuple[str, ...]:
    """What may be chosen in a cell of a column, as it is printed; nothing where anything may be typed."""
    if column.tick is not None:
        return (TICK,)
    if column.kind == "yes_no":
        yes_no = kind("yes_no")
        return yes_no.print(True), yes_no.print(False)
    return tuple(
        str(label)
        for code, label in (column.choices or {}).items()
        if column.offered is None or code in column.offered
    )


def _header(form: Form) -> list[HeaderCell]:
    cells: list[HeaderCell] = []

    def place(columns: tuple[Column, ...], row: int, col: int) -> int:
        for column in columns:
            at = col
            if column.columns:
                col = place(column.columns, row + 1, col)
                cells.append(HeaderCell(printable(column.label), row, at, 1, col - at, False))
            else:
                col += 1
                text = _label(column.label)
                cells.append(HeaderCell(text, row, at, form.depth - row, 1, True, column.diagonal))
        return col

    place(form.columns, 0, 0)
    return sorted(cells, key=lambda cell: (cell.row, cell.col))


def _label(text: str) -> str:
    """The heading as drawn: a unit in brackets goes to a line of its own when the heading is long."""
    text = printable(text)
    tail = _UNIT_TAIL.search(text)
    if tail and "\n" not in text and text_width(text) > 10 and split_unit(tail[1])[1]:
        return f"{text[: tail.start()]}\n{tail[1]}"
    return text


class _Drawing:
    """Turns rows into cells; what repeats down a column (a date, a choice) is printed once."""

    def __init__(self, filled: Filled) -> None:
        self.leaves, self.links = filled.form.leaves, filled.links
        self.printed: dict[tuple[int, Any], BodyCell] = {}

    def row(self, number: int, row: Mapping[str, Any]) -> tuple[BodyCell, ...]:
        """The cells of a row."""
        return tuple([self.cell(leaf, number, row) for leaf in self.leaves])

    def cell(self, leaf: Leaf, number: int, row: Mapping[str, Any]) -> BodyCell:
        """The cell of one column in a row."""
        column = leaf.column
        if column.field is None:
            return _EMPTY if column.by_hand else BodyCell(str(number + 1), number + 1, "0")
        value = row.get(column.field) if not column.applies or column.open_to(row) else None
        if column.tick is not None:
            return _TICKED if value == column.tick else _EMPTY
        if value is None and column.kind == "ordinal":
            value = number + 1
        if self.links is not None:
            return _cell(leaf, value, self.links(number, column.field))
        if column.kind not in _REPEATED:
            return _cell(leaf, value, None)
        key = (leaf.index, value)
        found = self.printed.get(key)
        if found is None:
            found = self.printed[key] = _cell(leaf, value, None)
        return found


def _cell(leaf: Leaf, value: Any, link: str | None) -> BodyCell:
    column = leaf.column
    if value is None:
        return _EMPTY
    if value.__class__ is str and column.kind in AS_IS:
        text = printable(value)
        return BodyCell(text, text, link=link)
    if isinstance(value, Mark):
        return BodyCell(printable(value.text), printable(value.text), link=link)
    text = printable(kind(column.kind).print(value, leaf.unit, column.choices))
    if column.kind in _NUMERIC and (number := _NUMBER.match(text)):
        places, percent = number[1] or "", number[2]
        look = (
            ("#,##0" if "," in text else "0") + ("." + "0" * len(places) if places else "") + (percent or "")
        )
        plain = text.rstrip("%").replace(",", "")
        if percent:
            # Divided as decimals: 66.7 % is kept as 0.667, not as 0.6670000000000001.
            return BodyCell(text, float(Decimal(plain) / 100), look, link=link)
        return BodyCell(text, float(plain) if places else int(plain), look, link=link)
    return BodyCell(text, text, link=link)


def total_cells(filled: Filled) -> tuple[BodyCell, ...]:
    """合计: the sum of each column that is declared to have one, each in its own unit."""
    cells = []
    for leaf in filled.form.leaves:
        name, column = leaf.column.field, leaf.column
        if leaf.index == 0:
            cells.append(BodyCell(printable(filled.form.total_label), printable(filled.form.total_label)))
            continue
        value = None
        if name is not None and filled.totals is not None and name in filled.totals:
            value = filled.totals[name]
        elif name is not None and column.total and column.kind in _SUMMED:
            values = [
                row[name]
                for row in filled.rows
                if isinstance(row.get(name), int) and (not column.applies or column.open_to(row))
            ]
            value = sum(values) if values else None
        link = filled.links(-1, name) if filled.links and name is not None and value is not None else None
        cells.append(_cell(leaf, value, link) if value is not None else _EMPTY)
    return tuple(cells)


def _lines(
    parts: tuple[Caption, ...], values: Mapping[str, Any], *, spread: bool
) -> tuple[tuple[LinePart, ...], ...]:
    """Lines of parts: the first at the left edge, the last at the right, the others between.

    A part whose blank is still to be filled in by hand, and every signature, begins at the left of its share.
    """
    lines: dict[int, list[tuple[Caption, str]]] = {}
    for part in parts:
        said = kind(part.kind).print(values.get(part.field), "", part.choices) if part.field else ""
        lines.setdefault(part.line, []).append((part, said))
    drawn = []
    for number in sorted(lines):
        line = lines[number]
        aligned = []
        for place, (part, said) in enumerate(line):
            edge: Align = "left" if place == 0 else "right" if place == len(line) - 1 else "center"
            open_blank = part.field is not None and not said
            align = part.align or (edge if spread and not open_blank else "left")
            aligned.append(LinePart(printable(part.label + said), align))
        drawn.append(tuple(aligned))
    return tuple(drawn)


def _widths(form: Form, rows: Sequence[Sequence[BodyCell]]) -> tuple[float, ...]:
    """Half-width characters of each column; columns of long text give way, and wrap, so that the page holds all."""
    wished, least = [], []
    for leaf in form.leaves:
        column = leaf.column
        if column.width is not None:
            wished.append(column.width)
            least.append(column.width)
            continue
        base = _TICK_WIDTH if column.tick is not None else _WIDTHS.get(column.kind, _TEXT_WIDTH)
        whole = text_width(_label(column.label)) if form.headed else 0
        heading = whole if whole <= 8 else max(8, -(-whole // 2) + 1)
        content = min(max(map(_need, {row[leaf.index].text for row in rows}), default=0), _WIDEST)
        wished.append(max(base, min(whole, _WIDEST_HEADING), heading, content) + 2)
        least.append(min(wished[-1], max(_WRAPPED.get(column.kind, content), heading, _TICK_WIDTH - 2) + 2))
    room = capacity(form)
    cap = max(wished, default=0)
    while sum(wished) > room and cap > min(least, default=0):
        # The widest give way first.
        cap -= 0.5
        wished = [max(min(wide, cap), low) for wide, low in zip(wished, least, strict=True)]
    return tuple(wished)


def _need(text: str) -> float:
    """The room that a text wants: digits of most faces are wider than half a Chinese character."""
    return text_width(text) * (1.15 if text.isascii() else 1)


def _align(leaf: Leaf, cells: list[BodyCell]) -> Align:
    """As declared; else money to the right, long text to the left, everything else in the middle."""
    column = leaf.column
    if column.align:
        return column.align
    if column.kind == "money":
        return "right"
    if column.kind == "text" and any(text_width(cell.text) > 24 for cell in cells):
        return "left"
    return "center"


def _row_header(form: Form) -> int:
    """The column that names its row for a screen reader: the first name or region, else the first that is no number."""
    for wanted in (("name", "region"), ("text", "date_span", "date", "choice")):
        for leaf in form.leaves:
            if leaf.column.kind in wanted and leaf.column.tick is None:
                return leaf.index
    return 0
