"""Forms of one person each: a card below a card, a column beside a column, or a sheet for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from qiaojie.lib.text import clean
from qiaojie.lib.values import Cell
from qiaojie.sheets.book import Sheet, UnfoldedSheet
from qiaojie.tables.headers import key_and_unit
from qiaojie.tables.lines import is_note, is_signature

from .list_grid import LENGTHS, TOP, ListGrid, Place, Uncertain, Words, filled, line_of


@dataclass(frozen=True, slots=True)
class _Pair:
    """A label and the columns up to the next one."""

    col: int
    until: int


def _pairs(cells: Sequence[Cell], words: Words) -> list[_Pair]:
    """The labels of a row that is made of labels and what is filled in beside them."""
    labels: list[int] = []
    answered = True
    for col in filled(cells):
        # What no table knows is a label too, where the label before it has its value already.
        if words.leaf(cells[col]) is not None or answered:
            labels.append(col)
            answered = False
        else:
            answered = True
    ends = [*labels[1:], len(cells)]
    return [_Pair(col, until) for col, until in zip(labels, ends, strict=False)]


def unfold_cards(sheet: Sheet, words: Words) -> UnfoldedSheet | None:
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
        known = [place for place in filled(cells) if words.leaf(cells[place]) is not None]
        if known and known != [col]:
            return False
        if known:
            leaf = words.leaf(cells[col])
            own = leaf is not None and leaf.column.kind in LENGTHS
            beside.append((own, len(filled(cells[col + 1 :]))))
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
            below = next((line for line in rows[index + 1 :] if filled(line)), [])
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
    lines = [index for index in range(begin, end + 1) if filled(sheet.rows[index])]
    width = max(len(sheet.rows[index]) for index in lines)
    grid = ListGrid(sheet)
    grid.keep(range(begin))
    grid.add(line_of(sheet, index, [col])[0] for index in lines)
    spread = _spread(sheet)
    for person in range(col + 1, width):
        cells = [line_of(sheet, index, [person])[0] for index in lines]
        if any(clean(cell) for cell, _at in cells):
            grid.add(spread(cell, at) for cell, at in cells)
    grid.keep(range(end + 1, len(sheet.rows)))
    return grid.unfolded


_HERS = frozenset({"联系电话", "电话", "手机号", "联系方式", "备注", "联系人电话", "负责人", "联系人"})
"""Labels that also stand in the lines which people sign: beside a value of each person they are hers."""


def _labelled(cells: Sequence[Cell], col: int) -> bool:
    label = cells[col] if col < len(cells) else ""
    return (
        isinstance(label, str)
        and bool(key_and_unit(label)[0])
        and (not is_signature(label) or key_and_unit(label)[0] in _HERS)
        and (not is_note(label) or key_and_unit(label)[0] in _HERS)
        and len(filled(cells)) > 1
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
            held = filled(cells)
            if not held:
                continue
            if is_signature(cells[held[0]]) or is_note(cells[held[0]]):
                rest.append(index)
                continue
            for pair in _pairs(cells, words):
                key = key_and_unit(cells[pair.col])[0]
                if key not in heads:
                    heads[key] = len(heads)
                    labels.append(line_of(sheet, index, [pair.col])[0])
                value = next((one for one in held if pair.col < one < pair.until), pair.col + 1)
                if heads[key] not in card:
                    card[heads[key]] = line_of(sheet, index, [value])[0]
        cards.append(card)
    grid = ListGrid(sheet)
    grid.keep(range(at[0] - above))
    grid.add(labels)
    for start, card in zip(at, cards, strict=True):
        lost = ("", (sheet.first_row + start, sheet.first_col))
        grid.add([card.get(place, lost) for place in range(len(heads))])
    grid.keep(rest)
    return grid.unfolded


def _same_above(sheet: Sheet, words: Words, at: Sequence[int], above: int) -> bool:
    if len(at) < 2 or at[0] - above < 0 or any(b - a <= above for a, b in pairwise(at)):
        return False
    found = [
        tuple(
            key_and_unit(sheet.rows[start - above][one.col])[0]
            for one in _pairs(sheet.rows[start - above], words)
        )
        for start in at
    ]
    return bool(found[0]) and len(set(found)) == 1
