"""Sheets that are no list of rows, laid out as one before any table is sought in them.

A declared step: each layout has a name, a way to tell it from the first rows of a sheet, and a way to lay it out. Where each
cell stands in the file stays known. What is recognised and cannot be laid out with certainty is refused by its name: nothing is
read by halves.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.text import clean
from qiaojie.lib.values import Cell
from qiaojie.sheets.book import Book, Sheet, UnfoldedSheet
from qiaojie.tables.form import Form, Leaf
from qiaojie.tables.headers import key_and_unit, names
from qiaojie.tables.lines import is_note, is_signature

from ..vocabulary.outcome import Issue

UNFOLDED = "layout_unfolded"
"""The finding that tells in which layout a sheet was read."""

TOP = 40
"""Rows of a sheet that tell its layout: a header stands among them, or the first card does."""

_LEAST = 2
"""So many columns that a table knows make a header, or a card, of what stands beside the name."""

_MONTH = re.compile(
    r"((?:(?:19|20)\d{2}年?[./-]?)?(?:1[0-2]|0?[1-9])月)(?:份)?(?:收入额?|工资|报酬|金额)?(?:[（(]元[）)])?"
)
"""A month over a column, with or without its year, and what it brought."""

_LOOKED_AT = 20
"""Filled cells that tell whether a number is written one digit a cell."""

Place = tuple[int, int]


class Uncertain(Exception):
    """The layout is recognised, and cannot be laid out with certainty; why, in words."""


@dataclass(frozen=True)
class Words:
    """What the columns of some forms are called: by key, the leaf."""

    leaves: Mapping[str, Leaf]

    def leaf(self, cell: Cell) -> Leaf | None:
        """The leaf that a text names."""
        return self.leaves.get(key_and_unit(cell)[0]) if isinstance(cell, str) and cell else None

    def is_name(self, cell: Cell) -> bool:
        """Whether a text heads the column of names."""
        leaf = self.leaf(cell)
        return leaf is not None and leaf.column.kind == "name"


@dataclass(frozen=True, slots=True)
class LayoutKind:
    """A layout: what it is called in a sentence, and what lays it out (None where a sheet is not laid out so)."""

    code: str
    called: str | Promise
    unfold: Callable[[Sheet, Words], UnfoldedSheet | None]
    cure: str | Promise


@dataclass
class _Grid:
    """A list in the making: rows of cells, each with its place in the file."""

    sheet: Sheet
    rows: list[list[Cell]] = field(default_factory=list)
    places: dict[Place, Place] = field(default_factory=dict)

    def add(self, cells: Iterable[tuple[Cell, Place]]) -> None:
        """Add a row of cells with their places (sheet rows and columns)."""
        row = len(self.rows)
        line = list(cells)
        self.rows.append([cell for cell, _at in line])
        self.places.update(((row, col), at) for col, (_cell, at) in enumerate(line))

    def keep(self, indexes: Iterable[int]) -> None:
        """Add rows of the sheet as they stand."""
        for index in indexes:
            self.add(_line(self.sheet, index))

    @property
    def unfolded(self) -> UnfoldedSheet:
        """The list as a sheet."""
        sheet = self.sheet
        return UnfoldedSheet(sheet.name, self.rows, (), sheet.hidden, places=self.places)


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


def _line(sheet: Sheet, index: int, cols: Sequence[int] | None = None) -> list[tuple[Cell, Place]]:
    """Cells of a row (by its index in the sheet's list) with their places; of these columns (indexes), else of all."""
    cells = sheet.rows[index]
    wanted = range(len(cells)) if cols is None else cols
    row = sheet.first_row + index
    return [(cells[col] if col < len(cells) else "", (row, sheet.first_col + col)) for col in wanted]


def _filled(cells: Sequence[Cell]) -> list[int]:
    return [col for col, cell in enumerate(cells) if cell is not None and clean(cell) != ""]


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
        grid = _Grid(sheet)
        grid.keep(range(index))
        grid.add(_line(sheet, index, parts[0]))
        for cols in parts:
            for below in range(index + 1, len(sheet.rows)):
                line = _line(sheet, below, cols)
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


# --- one person in a column, or on a card ---


@dataclass(frozen=True, slots=True)
class _Pair:
    """A label and the columns up to the next one."""

    col: int
    until: int


def _pairs(cells: Sequence[Cell], words: Words) -> list[_Pair]:
    """The labels of a row that is made of labels and what is filled in beside them."""
    labels: list[int] = []
    answered = True
    for col in _filled(cells):
        # What no table knows is a label too, where the label before it has its value already.
        if words.leaf(cells[col]) is not None or answered:
            labels.append(col)
            answered = False
        else:
            answered = True
    ends = [*labels[1:], len(cells)]
    return [_Pair(col, until) for col, until in zip(labels, ends, strict=False)]


def _cards(sheet: Sheet, words: Words) -> UnfoldedSheet | None:
    """Label and value beside each other: a person on each card, or in each column beside the labels."""
    found = _first_card(sheet, words)
    if found is None:
        return None
    first, col = found
    cells = sheet.rows[first]
    if sum(words.is_name(cell) for cell in cells) > 1:
        raise Uncertain(_("一行里并排着几个人的表"))
    at = [index for index, line in enumerate(sheet.rows) if col < len(line) and words.is_name(line[col])]
    if len(at) == 1 and _in_columns(sheet, words, at[0], col):
        return _transposed(sheet, at[0], col)
    return _from_cards(sheet, words, at)


def _in_columns(sheet: Sheet, words: Words, first: int, col: int) -> bool:
    """Whether the labels stand in one column, and beside each of them what several people say."""
    beside = []
    for cells in sheet.rows[first:]:
        known = [place for place in _filled(cells) if words.leaf(cells[place]) is not None]
        if known and known != [col]:
            return False
        if known:
            leaf = words.leaf(cells[col])
            own = leaf is not None and leaf.column.kind in _LENGTHS
            beside.append((own, len(_filled(cells[col + 1 :]))))
    told = [number for own, number in beside if own] or [number for _own, number in beside]
    return max(told, default=0) > 1


def _first_card(sheet: Sheet, words: Words) -> Place | None:
    """Where the first card has its label of the name: another label stands below it, and none right beside it."""
    rows = sheet.rows[:TOP]
    for index, cells in enumerate(rows):
        for col, cell in enumerate(cells):
            if not words.is_name(cell):
                continue
            beside = next((one for one in cells[col + 1 :] if one is not None and clean(one)), "")
            below = next((line for line in rows[index + 1 :] if _filled(line)), [])
            under = below[col] if col < len(below) else ""
            if words.leaf(beside) is None and words.leaf(under) is not None:
                return index, col
            return None
    return None


def _transposed(sheet: Sheet, first: int, col: int) -> UnfoldedSheet:
    """Each column beside the labels is a person. The labels go up and down from the name as far as they reach."""
    begin = first
    while begin > 0 and _labelled(sheet.rows[begin - 1], col):
        begin -= 1
    end = first
    while end + 1 < len(sheet.rows) and _labelled(sheet.rows[end + 1], col):
        end += 1
    lines = [index for index in range(begin, end + 1) if _filled(sheet.rows[index])]
    width = max(len(sheet.rows[index]) for index in lines)
    grid = _Grid(sheet)
    grid.keep(range(begin))
    grid.add(_line(sheet, index, [col])[0] for index in lines)
    spread = _spread(sheet)
    for person in range(col + 1, width):
        cells = [_line(sheet, index, [person])[0] for index in lines]
        if any(clean(cell) for cell, _at in cells):
            grid.add(spread(cell, at) for cell, at in cells)
    grid.keep(range(end + 1, len(sheet.rows)))
    return grid.unfolded


def _labelled(cells: Sequence[Cell], col: int) -> bool:
    label = cells[col] if col < len(cells) else ""
    return (
        isinstance(label, str)
        and bool(key_and_unit(label)[0])
        and not is_signature(label)
        and not is_note(label)
        and len(_filled(cells)) > 1
    )


def _spread(sheet: Sheet) -> Callable[[Cell, Place], tuple[Cell, Place]]:
    """A merged block says the same of everybody whose cells it covers."""
    wide = [block for block in sheet.merged if block.right > block.left]

    def said(cell: Cell, at: Place) -> tuple[Cell, Place]:
        if cell is not None and cell != "":
            return cell, at
        for block in wide:
            if block.top <= at[0] <= block.bottom and block.left <= at[1] <= block.right:
                line = sheet.rows[block.top - sheet.first_row]
                place = block.left - sheet.first_col
                return (line[place] if place < len(line) else ""), (block.top, block.left)
        return cell, at

    return said


def _from_cards(sheet: Sheet, words: Words, at: Sequence[int]) -> UnfoldedSheet:
    """Each card is a person; its labels are the columns, in the order in which they first come."""
    above = 0
    # Labels above the name belong to the card where each of them has them.
    while at[0] - above > 0 and _same_above(sheet, words, at, above + 1):
        above += 1
    ends = [*(start - above for start in at[1:]), len(sheet.rows)]
    heads: dict[str, int] = {}
    cards: list[dict[int, tuple[Cell, Place]]] = []
    labels: list[tuple[Cell, Place]] = []
    rest: list[int] = []
    for start, end in zip(at, ends, strict=True):
        card: dict[int, tuple[Cell, Place]] = {}
        for index in range(start - above, end):
            cells = sheet.rows[index]
            filled = _filled(cells)
            if not filled:
                continue
            if is_signature(cells[filled[0]]) or is_note(cells[filled[0]]):
                rest.append(index)
                continue
            for pair in _pairs(cells, words):
                key = key_and_unit(cells[pair.col])[0]
                if key not in heads:
                    heads[key] = len(heads)
                    labels.append(_line(sheet, index, [pair.col])[0])
                value = next((one for one in filled if pair.col < one < pair.until), pair.col + 1)
                if heads[key] not in card:
                    card[heads[key]] = _line(sheet, index, [value])[0]
        cards.append(card)
    grid = _Grid(sheet)
    grid.keep(range(at[0] - above))
    grid.add(labels)
    for start, card in zip(at, cards, strict=True):
        lost = ("", (sheet.first_row + start, sheet.first_col))
        grid.add([card.get(place, lost) for place in range(len(heads))])
    grid.keep(rest)
    return grid.unfolded


def _same_above(sheet: Sheet, words: Words, at: Sequence[int], above: int) -> bool:
    if len(at) < 2 or at[0] - above < 0 or any(b - a <= above for a, b in itertools.pairwise(at)):
        return False
    found = [
        tuple(
            key_and_unit(sheet.rows[start - above][one.col])[0]
            for one in _pairs(sheet.rows[start - above], words)
        )
        for start in at
    ]
    return bool(found[0]) and len(set(found)) == 1


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
        grid = _Grid(sheet)
        grid.keep(range(index if head == _line(sheet, index) else index - 1))
        grid.add([*(head[col] for col in others), (month.label, at), (amount.label, at)])
        for below in range(index + 1, len(sheet.rows)):
            _each_month(grid, below, others, months, index)
        return grid.unfolded
    return None


def _headed(sheet: Sheet, index: int) -> list[tuple[Cell, Place]]:
    """A header row's cells; where one is empty, the one above it."""
    here = _line(sheet, index)
    over = _line(sheet, index - 1, range(len(here))) if index else here
    return [own if clean(own[0]) else above for own, above in zip(here, over, strict=True)]


def _each_month(grid: _Grid, index: int, others: Sequence[int], months: Sequence[int], header: int) -> None:
    """A row for each month of a row that holds something; what is no row of anybody stays as it stands."""
    sheet = grid.sheet
    if len(_filled(sheet.rows[index])) < _LEAST:
        grid.keep([index])
        return
    own = _line(sheet, index, others)
    heads = _line(sheet, header, months)
    for (month, above), value in zip(heads, _line(sheet, index, months), strict=True):
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
        grid = _Grid(sheet)
        for at in range(len(sheet.rows)):
            line = _line(sheet, at, kept)
            if at > index:
                line = [
                    (_joined(sheet.rows[at], runs[col]) if col in runs else cell, place)
                    for col, (cell, place) in zip(kept, line, strict=True)
                ]
            grid.add(line)
        return grid.unfolded
    return None


_LENGTHS = {"id_number": 18, "phone": 11, "certificate": 20}
"""Characters of the numbers that papers have a box for each of."""


def _run(sheet: Sheet, words: Words, index: int, col: int, cell: Cell) -> range | None:
    """The columns under a heading that hold one number, digit by digit."""
    leaf = words.leaf(cell)
    length = _LENGTHS.get(leaf.column.kind) if leaf is not None else None
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
        _cards,
        gettext_lazy("请改成一人一行的名单：第一行是栏名，往下每人一行，再导入。"),
    ),
)
"""The layouts, in the order in which they are tried."""
