"""Sheets that are no list of rows, laid out as one before any table is sought in them.

A declared step: each layout has a name, a way to tell it from the first rows of a sheet, and a way to lay it out. Where each
cell stands in the file stays known. What is recognised and cannot be laid out with certainty is refused by its name: nothing is
read by halves.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.text import clean
from qiaojie.lib.values import Cell
from qiaojie.sheets.book import Book, Sheet, UnfoldedSheet
from qiaojie.tables.form import Form, Leaf
from qiaojie.tables.headers import key_and_unit, names

from ..vocabulary.outcome import Issue
from .list_grid import LENGTHS, TOP, ListGrid, Place, Uncertain, Words, filled, line_of
from .person_cards import unfold_cards

UNFOLDED = "layout_unfolded"
"""The finding that tells in which layout a sheet was read."""

_LEAST = 2
"""So many columns that a table knows make a header, or a card, of what stands beside the name."""

_MONTH = re.compile(
    r"((?:(?:19|20)\d{2}年?[./-]?)?(?:1[0-2]|0?[1-9])月)(?:份)?(?:收入额?|工资|报酬|金额)?(?:[（(]元[）)])?"
)
"""A month over a column, with or without its year, and what it brought."""

_LOOKED_AT = 20
"""Filled cells that tell whether a number is written one digit a cell."""


@dataclass(frozen=True, slots=True)
class LayoutKind:
    """A layout: what it is called in a sentence, and what lays it out (None where a sheet is not laid out so)."""

    code: str
    called: str | Promise
    unfold: Callable[[Sheet, Words], UnfoldedSheet | None]
    cure: str | Promise


def unfolded(book: Book, forms: Iterable[Form]) -> tuple[Book, list[Issue]]:
    """The book with each sheet of another layout laid out as a list, and what is to be said of that.

    Raises Unusable ``layout_unread`` for a layout that is recognised and not certain.
    """
    words = _words(forms)
    sheets: list[Sheet] = []
    said: list[Issue] = []
    for sheet in book.sheets:
        found = None if sheet.hidden else _unfolded(book, sheet, words)
        sheets.append(found[1] if found else sheet)
        if found:
            cell = sheet.address(sheet.first_row, sheet.first_col)
            message = _("这张工作表是%(layout)s，已按一人一行读入；指出的格都是文件里原来的格。")
            text = message % {"layout": found[0].called}
            said.append(Issue(sheet.name, cell, UNFOLDED, Level.HINT, text))
    return replace(book, sheets=tuple(sheets)), said


def _unfolded(book: Book, sheet: Sheet, words: Words) -> tuple[LayoutKind, UnfoldedSheet] | None:
    for layout in LAYOUTS:
        try:
            found = layout.unfold(sheet, words)
        except Uncertain as why:
            text = _("“%(file)s”的工作表“%(sheet)s”像是%(layout)s，%(why)s，没有读入。%(cure)s")
            told = {"file": book.name, "sheet": sheet.name, "layout": layout.called}
            raise Unusable("layout_unread", text % {**told, "why": why, "cure": layout.cure}) from why
        if found is not None:
            return layout, found
    return None


def _words(forms: Iterable[Form]) -> Words:
    leaves: dict[str, Leaf] = {}
    for form in forms:
        for key, leaf in names(form).items():
            if leaf is not None and leaf.column.field:
                leaves.setdefault(key, leaf)
    return Words(leaves)


# --- two lists side by side ---


def _side_by_side(sheet: Sheet, words: Words) -> UnfoldedSheet | None:
    """The same header twice or more in one row: the lists below each other, from left to right."""
    for index, cells in enumerate(sheet.rows[:TOP]):
        starts = [col for col, cell in enumerate(cells) if words.is_name(cell)]
        if len(starts) < _LEAST or len({key_and_unit(cells[col])[0] for col in starts}) > 1:
            continue
        if sum(words.leaf(cell) is not None for cell in cells) < _LEAST * len(starts):
            continue
        parts = _parts(cells, starts)
        if parts is None:
            raise Uncertain(_("左右两边的栏目不一样"))
        grid = ListGrid(sheet)
        grid.keep(range(index))
        grid.add(line_of(sheet, index, parts[0]))
        for cols in parts:
            for below in range(index + 1, len(sheet.rows)):
                line = line_of(sheet, below, cols)
                if any(clean(cell) for cell, _at in line):
                    grid.add(line)
        return grid.unfolded
    return None


def _parts(cells: Sequence[Cell], starts: Sequence[int]) -> list[range] | None:
    """The columns of each list of a header with a name at each of ``starts``; None where they are not the same."""
    step = starts[1] - starts[0]
    if any(b - a != step for a, b in itertools.pairwise(starts)):
        return None
    keys = [key_and_unit(cell)[0] for cell in cells]
    before = 0
    # What stands before the name (序号) begins the list too.
    while (
        before < min(step - 1, starts[0])
        and keys[starts[0] - before - 1]
        and keys[starts[0] - before - 1] == keys[starts[1] - before - 1]
    ):
        before += 1
    parts = [range(start - before, min(start - before + step, len(keys))) for start in starts]
    heads = [[keys[col] for col in cols] for cols in parts]
    heads = [head[: max((at + 1 for at, key in enumerate(head) if key), default=0)] for head in heads]
    covered = {col for cols in parts for col in cols}
    if any(head != heads[0] for head in heads) or any(
        keys[col] for col in range(len(keys)) if col not in covered
    ):
        return None
    return parts


# --- months as columns ---


def _months(sheet: Sheet, words: Words) -> UnfoldedSheet | None:
    """What each month brought in a column of its own: a row for each month that holds something."""
    month, amount = _month_leaves(words)
    if month is None or amount is None:
        return None
    for index, cells in enumerate(sheet.rows[:TOP]):
        months = [
            col for col, cell in enumerate(cells) if isinstance(cell, str) and _MONTH.fullmatch(clean(cell))
        ]
        head = _headed(sheet, index)
        if len(months) < _LEAST or not any(words.is_name(cell) for cell, _at in head):
            continue
        if any(words.leaf(cell) in (month, amount) for cell, _at in head):
            raise Uncertain(_("又有月份栏，又有按月分的栏"))
        others = [col for col in range(len(cells)) if col not in months]
        at = (sheet.first_row + index, sheet.first_col + months[0])
        grid = ListGrid(sheet)
        grid.keep(range(index if head == line_of(sheet, index) else index - 1))
        grid.add([*(head[col] for col in others), (month.label, at), (amount.label, at)])
        for below in range(index + 1, len(sheet.rows)):
            _each_month(grid, below, others, months, index)
        return grid.unfolded
    return None


def _headed(sheet: Sheet, index: int) -> list[tuple[Cell, Place]]:
    """A header row's cells; where one is empty, the one above it."""
    here = line_of(sheet, index)
    over = line_of(sheet, index - 1, range(len(here))) if index else here
    return [own if clean(own[0]) else above for own, above in zip(here, over, strict=True)]


def _each_month(
    grid: ListGrid, index: int, others: Sequence[int], months: Sequence[int], header: int
) -> None:
    """A row for each month of a row that holds something; what is no row of anybody stays as it stands."""
    sheet = grid.sheet
    if len(filled(sheet.rows[index])) < _LEAST:
        grid.keep([index])
        return
    own = line_of(sheet, index, others)
    heads = line_of(sheet, header, months)
    for (month, above), value in zip(heads, line_of(sheet, index, months), strict=True):
        if clean(value[0]):
            said = _MONTH.fullmatch(clean(month))
            grid.add([*own, (said[1] if said else month, above), value])


def _month_leaves(words: Words) -> tuple[Leaf | None, Leaf | None]:
    leaves = list(words.leaves.values())
    month = next((leaf for leaf in leaves if (leaf.column.field or "").rpartition(".")[2] == "month"), None)
    amount = next((leaf for leaf in leaves if leaf.column.kind == "money" and leaf.column.required), None)
    return month, amount


# --- one digit in each cell ---


def _digits(sheet: Sheet, words: Words) -> UnfoldedSheet | None:
    """A number written one digit a cell under one heading: each number in one cell again."""
    for index, cells in enumerate(sheet.rows[:TOP]):
        if not any(words.is_name(cell) for cell in cells):
            continue
        wide = [
            run for col, cell in enumerate(cells) if (run := _run(sheet, words, index, col, cell)) is not None
        ]
        if not wide:
            return None
        skipped = {col for run in wide for col in run[1:]}
        most = max(map(len, sheet.rows))
        kept = [col for col in range(most) if col not in skipped]
        runs = {run[0]: run for run in wide}
        grid = ListGrid(sheet)
        for at in range(len(sheet.rows)):
            line = line_of(sheet, at, kept)
            if at > index:
                line = [
                    (_joined(sheet.rows[at], runs[col]) if col in runs else cell, place)
                    for col, (cell, place) in zip(kept, line, strict=True)
                ]
            grid.add(line)
        return grid.unfolded
    return None


def _run(sheet: Sheet, words: Words, index: int, col: int, cell: Cell) -> range | None:
    """The columns under a heading that hold one number, digit by digit."""
    leaf = words.leaf(cell)
    length = LENGTHS.get(leaf.column.kind) if leaf is not None else None
    head = sheet.rows[index]
    if length is None or any(map(clean, head[col + 1 : col + length])):
        return None
    cols = range(col, col + length)
    rows = (
        [clean(cell) for cell in cells[col : col + length]]
        for cells in sheet.rows[index + 1 : index + 1 + TOP]
    )
    filled = [said for said in rows if sum(map(bool, said)) > 1][:_LOOKED_AT]
    return cols if filled and all(len(one) <= 1 for said in filled for one in said) else None


def _joined(cells: Sequence[Cell], cols: range) -> str:
    return "".join(clean(cells[col]) for col in cols if col < len(cells))


LAYOUTS = (
    LayoutKind(
        "side_by_side",
        gettext_lazy("左右并排的几份名单"),
        _side_by_side,
        gettext_lazy("请把右边的名单移到左边名单的下面，只留一行表头，再导入。"),
    ),
    LayoutKind(
        "digits",
        gettext_lazy("号码一格一位的名单"),
        _digits,
        gettext_lazy("请把号码写在一格里，再导入。"),
    ),
    LayoutKind(
        "months",
        gettext_lazy("一个月一栏的收入表"),
        _months,
        gettext_lazy("请改成一人一月一行，写明月份和金额，再导入。"),
    ),
    LayoutKind(
        "cards",
        gettext_lazy("一人一列或一人一张的登记表"),
        unfold_cards,
        gettext_lazy("请改成一人一行的名单：第一行是栏名，往下每人一行，再导入。"),
    ),
)
"""The layouts, in the order in which they are tried."""
