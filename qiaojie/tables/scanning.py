"""Going down a sheet below a header: which rows are data, which are sums, and which are neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qiaojie.lib.text import clean, header_key, is_ditto
from qiaojie.lib.values import Cell

from .form import Form
from .headers import Header
from .lines import SheetLike, is_note, is_signature, is_total, line_keys


@dataclass(frozen=True, slots=True)
class DataRow:
    """One row of data: its sheet row (0-based) and its raw cells in the order of the match's bindings.

    Merged cells are filled down and ditto marks resolved; ``filled`` and ``dittos`` name the bindings (by index)
    where that happened.
    """

    row: int
    cells: tuple[Cell, ...]
    filled: frozenset[int] = frozenset()
    dittos: frozenset[int] = frozenset()


class Scan:
    """Goes down the sheet below a header once and parts data from everything else."""

    def __init__(self, form: Form, sheet: SheetLike, header: Header) -> None:
        self.form, self.sheet, self.header = form, sheet, header
        self.data: list[DataRow] = []
        self.totals: list[DataRow] = []
        self.lines: list[int] = []
        self.notes: set[int] = set()
        self.cols = [binding.col - sheet.first_col for binding in header.bindings]
        self.words = self.header_words()
        self.own = line_keys(form)
        self.down, self.wide = self.merges()
        self.above: list[Cell] = [None] * len(self.cols)
        self.tail = False
        self.scan()

    def header_words(self) -> frozenset[Cell]:
        first, last = (row - self.sheet.first_row for row in (self.header.top, self.header.bottom))
        rows = self.sheet.rows[first : last + 1]
        return frozenset(cell for row in rows for cell in row if isinstance(cell, str) and cell.strip())

    def merges(self) -> tuple[dict[tuple[int, int], tuple[int, int]], dict[int, int]]:
        """Cells covered by a merge from above -> its first cell; rows -> how wide the merge in its first cell is."""
        down: dict[tuple[int, int], tuple[int, int]] = {}
        wide: dict[int, int] = {}
        for block in self.sheet.merged:
            if block.top <= self.header.bottom:
                continue
            for row in range(block.top + 1, min(block.bottom, self.sheet.first_row + len(self.sheet.rows)) + 1):
                down[row, block.left] = (block.top, block.left)
            if block.right > block.left:
                wide[block.top] = max(wide.get(block.top, 0), block.right - block.left + 1)
        return down, wide

    def scan(self) -> None:
        first = self.header.bottom + 1 - self.sheet.first_row
        for index in range(first, len(self.sheet.rows)):
            cells = self.sheet.rows[index]
            filled = _first_filled(cells)
            if not filled:
                continue
            row = self.sheet.first_row + index
            if not self.words.isdisjoint(cells) and self.repeats_header(cells):
                self.tail = False
                continue
            if index == first and _is_numbering(cells, len(self.cols)):
                continue
            if self.is_line(row, cells, filled):
                self.lines.append(row)
                continue
            self.take(row, cells, filled)

    def repeats_header(self, cells: Sequence[Cell]) -> bool:
        """A header row printed again on a later page: at least two of its texts, and hardly anything else."""
        said = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        again = sum(1 for cell in said if cell in self.words)
        return again >= min(2, len(self.cols)) and again * 10 >= len(said) * 6

    def is_line(self, row: int, cells: Sequence[Cell], filled: Sequence[Cell]) -> bool:
        """Whether the row is a title, caption, note or signature line and no data."""
        head = filled[0]
        if not isinstance(head, str):
            return False
        if is_note(head):
            self.tail = True
            self.notes.add(row)
            return True
        if is_signature(head):
            self.tail = True
            return True
        key = header_key(head).rstrip(":")
        if key in self.own or any(key.startswith(own + ":") for own in self.own):
            return True
        alone = len(filled) == 1
        if alone and len(self.cols) > 2 and not is_total(head, self.form.total_label):
            # A text of its own over most columns, a paragraph of a document, or more lines of a note.
            return self.wide.get(row, 0) * 2 > len(self.cols) or len(cells) == 1 or self.tail
        return False

    def take(self, row: int, cells: Sequence[Cell], filled: Sequence[Cell]) -> None:
        raw: list[Cell] = [cells[col] if 0 <= col < len(cells) else None for col in self.cols]
        total = any(is_total(cell, self.form.total_label) for cell in filled)
        if not total and all(cell is None or cell == "" or _is_space(cell) for cell in raw):
            return
        covered, dittos = set(), set()
        for place, cell in enumerate(raw):
            if self.down and (cell is None or cell == "") and not total:
                start = self.down.get((row, self.header.bindings[place].col))
                if start is not None:
                    raw[place] = self.above[place]
                    covered.add(place)
            elif isinstance(cell, str) and len(cell) < 8 and _says_as_above(cell):
                if self.above[place] not in (None, ""):
                    raw[place] = self.above[place]
                dittos.add(place)
        found = DataRow(row, tuple(raw), frozenset(covered), frozenset(dittos))
        if total:
            self.totals.append(found)
        else:
            self.data.append(found)
            self.above = raw


def _is_space(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.strip()


def _first_filled(cells: Sequence[Cell]) -> list[Cell]:
    """The first two cells of a row that hold something: enough to tell what the row is."""
    filled: list[Cell] = []
    for cell in cells:
        if cell is not None and cell != "" and not _is_space(cell):
            filled.append(cell)
            if len(filled) == 2:
                break
    return filled


@lru_cache(maxsize=8192)
def _says_as_above(text: str) -> bool:
    return is_ditto(text)


def _is_numbering(cells: Sequence[Cell], columns: int) -> bool:
    """A line under the header that numbers the columns: 甲 乙 1 2 3 …"""
    texts = [text for cell in cells if (text := clean(cell))]
    if len(texts) < max(4, columns - 1):
        return False
    while texts and texts[0] in ("甲", "乙", "丙", "丁", "栏次", "—", "-"):
        texts.pop(0)
    numbers = [int(text) for text in texts if re.fullmatch(r"[0-9]{1,2}", text)]
    return len(numbers) == len(texts) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
