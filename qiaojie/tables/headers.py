"""Finding a form's header in a sheet and telling which sheet column is which leaf.

A header may stand anywhere, in one or more rows, merged or not, with columns added, left out, moved or renamed. A sheet
column is known by the chain of its header texts (its path) or by its lowest text where only one leaf is called so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from qiaojie.lib.text import split_unit
from qiaojie.lib.values import Cell

from .form import Form, Leaf
from .lines import RangeLike, SheetLike

FIRST_ROWS = 1000
"""A header is sought in so many rows first, and in the rest of the sheet only if it is not there."""

_LONGEST_HEADER = 80
_MOST_CANDIDATES = 12
_SIGNS = str.maketrans("", "", "*※#:/\\|_-—'\"“”\n")
_MARKS = ("(必填)", "(选填)", "(必填项)", "[必填]", "(必须填写)")


@lru_cache(maxsize=8192)
def _key_of(text: str) -> tuple[str, str]:
    key, unit = split_unit(text)
    for mark in _MARKS:
        key = key.replace(mark, "")
    return key.translate(_SIGNS), unit


def key_and_unit(cell: Cell) -> tuple[str, str]:
    """What a header cell is compared by, and the unit in its brackets."""
    if isinstance(cell, str):
        return _key_of(cell) if len(cell) <= _LONGEST_HEADER else ("", "")
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(int(cell)) if cell == cell // 1 and abs(cell) < 1e9 else "", ""
    return "", ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A sheet column (0-based, of the sheet) that stands for a leaf; ``unit`` is what its numbers are in.

    ``group`` is set where one column of words stands for a whole group of tick columns.
    """

    col: int
    leaf: Leaf
    unit: str
    header_unit: str = ""
    group: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A header block that was found: sheet rows ``top`` to ``bottom``, and what its columns stand for."""

    top: int
    bottom: int
    bindings: tuple[Binding, ...]
    extra: tuple[tuple[int, str], ...]
    recall: float
    """Share of the form's bound leaves that the block has."""
    precision: float
    """Share of the block's columns that the form knows."""


@dataclass
class _Words:
    """The form's vocabulary of keys."""

    paths: dict[str, Leaf] = field(default_factory=dict)
    names: dict[str, Leaf | None] = field(default_factory=dict)
    groups: dict[str, Leaf] = field(default_factory=dict)
    every: set[str] = field(default_factory=set)

    def name(self, key: str, leaf: Leaf) -> None:
        if key:
            self.names[key] = None if self.names.get(key, leaf) is not leaf else leaf
            self.every.add(key)


def _words(form: Form) -> _Words:
    words = _Words()
    for leaf in form.leaves:
        keys = [key_and_unit(label)[0] for label in leaf.path]
        words.paths["".join(key for key, _same in groupby(keys))] = leaf
        words.every.update(key for key in keys if key)
        if leaf.path[-1]:
            words.name(keys[-1], leaf)
        for other in leaf.column.headers:
            words.name(key_and_unit(other)[0], leaf)
        if leaf.column.diagonal:
            over, under = (key_and_unit(text)[0] for text in leaf.column.diagonal)
            for key in (over + under, under + over, over, under):
                words.name(key, leaf)
        if leaf.column.tick is not None and len(keys) > 1:
            words.groups.setdefault(keys[-2], leaf)
    words.every.update(words.paths)
    return words


def find_header(sheet: SheetLike, form: Form, start: int) -> Header | None:
    """The best header block at or below sheet row ``start``, or None if nothing there resembles the form's."""
    words = _words(form)
    bindable = [leaf for leaf in form.leaves if leaf.column.field]
    begin = max(start - sheet.first_row, 0)
    middle = min(begin + FIRST_ROWS, len(sheet.rows))
    for span in (range(begin, middle), range(middle, len(sheet.rows))):
        best: Header | None = None
        for top, height in _candidates(sheet, words, span, form.depth, len(bindable)):
            block = _Block(sheet, top, height)
            header = block.read(words, len(bindable))
            if header and (best is None or _merit(header) > _merit(best)):
                best = header
        if best is not None:
            return best
    return None


def _merit(header: Header) -> tuple[float, int, float, int]:
    direct = sum(1 for binding in header.bindings if not binding.group)
    return round(header.recall, 6), direct, header.precision, header.top - header.bottom


def _candidates(
    sheet: SheetLike, words: _Words, span: range, depth: int, leaves: int
) -> Iterator[tuple[int, int]]:
    """Blocks (row of the list, height) worth reading: around the rows that hold most of the form's words."""
    least = min(2, leaves)
    hits = []
    for index in span:
        count = sum(
            1 for cell in sheet.rows[index] if isinstance(cell, str) and key_and_unit(cell)[0] in words.every
        )
        if count >= least:
            hits.append((-count, index))
    seen = set()
    for _count, index in sorted(hits)[:_MOST_CANDIDATES]:
        for top in range(max(span.start, index - depth + 1), index + 1):
            for height in range(1, max(depth, 3) + 1):
                if top + height <= len(sheet.rows) and index < top + height and (top, height) not in seen:
                    seen.add((top, height))
                    yield top, height


class _Block:
    """Some rows of a sheet taken as a header."""

    def __init__(self, sheet: SheetLike, index: int, height: int) -> None:
        self.sheet, self.index, self.height = sheet, index, height
        self.top = sheet.first_row + index
        self.merged = [
            block for block in sheet.merged if block.top < self.top + height and block.bottom >= self.top
        ]
        self.lines = [list(sheet.rows[index + offset]) for offset in range(height)]
        self.width = max(map(len, self.lines), default=0)
        for line in self.lines:
            line.extend([""] * (self.width - len(line)))
        for block in self.merged:
            self.spread(block)
        self.inherit()

    def spread(self, block: RangeLike) -> None:
        """A merged block says the same in each of its cells."""
        row, col = block.top - self.top, block.left - self.sheet.first_col
        if row < 0 or not 0 <= col < self.width:
            return
        said = self.lines[row][col]
        for line in self.lines[row : block.bottom - self.top + 1]:
            for place in range(col, min(block.right - self.sheet.first_col + 1, self.width)):
                line[place] = said

    def inherit(self) -> None:
        """Without merging: an empty cell over a filled one belongs to the heading on its left."""
        for row in range(self.height - 1):
            for col in range(1, self.width):
                below = any(key_and_unit(line[col])[0] for line in self.lines[row + 1 :])
                if below and not key_and_unit(self.lines[row][col])[0]:
                    self.lines[row][col] = self.lines[row][col - 1]

    def read(self, words: _Words, bindable: int) -> Header | None:
        found: list[tuple[int, int, Leaf, bool, str]] = []
        heads: list[tuple[int, str]] = []
        for col in range(self.width):
            keys, unit = self.path(col)
            if not keys:
                continue
            heads.append((col, "".join(keys)))
            rank, leaf, group = _leaf_of(keys, words)
            if leaf is not None:
                found.append((-rank, col, leaf, group, unit))
        taken: dict[int, Binding] = {}
        bound: set[tuple[str | None, str | None]] = set()
        for _rank, col, leaf, group, unit in sorted(found, key=lambda each: each[:2]):
            mark = (leaf.column.field, None if group else leaf.column.tick)
            if leaf.column.field is None or mark not in bound:
                bound.add(mark)
                at = col + self.sheet.first_col
                taken[col] = Binding(at, leaf, unit or leaf.unit, unit, group)
        bindings = tuple(
            binding for _col, binding in sorted(taken.items()) if binding.leaf.column.field is not None
        )
        if len(bindings) < min(2, bindable):
            return None
        extra = tuple((col + self.sheet.first_col, text) for col, text in heads if col not in taken)
        weight = sum(self.weight(binding, words) for binding in bindings)
        bottom = max(
            [
                self.top + self.height - 1,
                *(
                    block.bottom
                    for block in self.merged
                    if block.top >= self.top and block.bottom > block.top
                ),
            ]
        )
        return Header(
            self.top, bottom, bindings, extra, min(1.0, weight / bindable), len(taken) / max(len(heads), 1)
        )

    def weight(self, binding: Binding, words: _Words) -> int:
        if not binding.group:
            return 1
        return sum(1 for leaf in words.paths.values() if leaf.column.field == binding.leaf.column.field)

    def path(self, col: int) -> tuple[list[str], str]:
        """The different keys of a column from the top, and the lowest unit among them."""
        keys: list[str] = []
        unit = ""
        for line in self.lines:
            key, said = key_and_unit(line[col])
            unit = said or unit
            if key and (not keys or keys[-1] != key):
                keys.append(key)
        return keys, unit


def _leaf_of(keys: Sequence[str], words: _Words) -> tuple[int, Leaf | None, bool]:
    """The leaf that a chain of header keys means, with how sure it is (3 the whole chain, 1 its end alone)."""
    whole = "".join(keys)
    if whole in words.paths:
        return 3, words.paths[whole], False
    named = words.names.get(whole)
    if named is not None:
        return 2, named, False
    for begin in range(1, len(keys)):
        tail = "".join(keys[begin:])
        if len(keys) - begin > 1 and tail in words.paths:
            return 2, words.paths[tail], False
    named = words.names.get(keys[-1])
    if named is not None:
        return 1, named, False
    if keys[-1] in words.groups:
        return 1, words.groups[keys[-1]], True
    return 0, None, False
