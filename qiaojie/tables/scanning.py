"""Going down a sheet below a header: which rows are data, which are sums, and which are neither."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter

from qiaojie.lib.text import clean, dittos_among, header_key
from qiaojie.lib.values import Cell, Context, kind

from .form import Form
from .headers import Header, key_and_unit, vocabulary
from .leftovers import LONGEST, MAY_SAY, NUMBER_HEADS, Leftover, why_not
from .lines import (
    CaptionValue,
    SheetLike,
    is_mark,
    is_note,
    is_signature,
    is_total,
    line_keys,
    said_in,
)
from .stated_once import StatedOnce, told

_FREE = frozenset({"text", "name", "address", "region"})
"""Kinds that take almost any text: they do not tell a heading from a value."""

_OWN = frozenset({"id_number", "certificate"})
"""Kinds of which no two people have the same."""

_OPEN_END = re.compile(r"[-—–~～至到－]$")
"""What a span of days ends in whose second day stands in the row below."""

_LONGEST_HEADING = 20
"""Characters of a text that may head a column of another table below; a longer text is a remark."""

_LONGEST_DITTO = 8
"""Characters of a cell that may say "as above" (同上, 〃, 与上一行相同); a longer text only contains the words."""

_LOOKED_THROUGH = 4_096
"""Rows whose cells are looked through at once for those that say something of their row: each text once, however often it stands
there."""

_BLANKISH = frozenset("/\\-—–―_*.。、?无暂没略空未nN#(（ 　")
"""What a mark for "nothing" begins with."""

_NONE: frozenset[int] = frozenset()


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
    """Goes down the sheet below a header once and parts data from everything else.

    It stops where another table begins: the same header under other captions (``end`` is the row where that table's
    lines begin), or the header of another form (``foreign`` too).
    """

    def __init__(
        self,
        form: Form,
        sheet: SheetLike,
        header: Header,
        said: Mapping[str, CaptionValue],
        once: Mapping[str, StatedOnce] | None = None,
        above: Sequence[Cell] = (),
    ) -> None:
        self.form, self.sheet, self.header, self.said = form, sheet, header, said
        self.once = once or {}
        self.above_told = told(form, above, self.once)
        self.other_group: int | None = None
        self.end: int | None = None
        self.foreign = False
        self.data: list[DataRow] = []
        self.totals: list[DataRow] = []
        self.left: list[Leftover] = []
        self.lines: list[int] = []
        self.notes: set[int] = set()
        self.cols = [binding.col - sheet.first_col for binding in header.bindings]
        self.spans = [
            place
            for place, binding in enumerate(header.bindings)
            if binding.leaf.column.kind == "date_span" or (binding.span and not binding.last)
        ]
        self.words = self.header_words()
        self.vocabulary = vocabulary(form)
        self.own = line_keys(form)
        self.down, self.wide = self.merges()
        self.above: list[Cell] = [None] * len(self.cols)
        self.width = max((len(cells) for cells in sheet.rows[:1]), default=0)
        within = len(self.cols) > 1 and min(self.cols) >= 0 and max(self.cols) < self.width
        self.pick = itemgetter(*self.cols) if within else None
        self.as_above: set[Cell] = set()
        self.telling: set[Cell] = set()
        self.numbering, self.naming = self.places("ordinal"), self.places("name")
        bound = set(self.cols)
        self.numbering |= {
            head.col - sheet.first_col
            for head in header.heads
            if header_key(head.text) in NUMBER_HEADS and head.col - sheet.first_col not in bound
        }
        self.tail = False
        self.since: list[int] = []
        self.last_filled = header.bottom
        self.scan()

    def header_words(self) -> frozenset[Cell]:
        first, last = (row - self.sheet.first_row for row in (self.header.top, self.header.bottom))
        rows = self.sheet.rows[first : last + 1]
        return frozenset(cell for row in rows for cell in row if isinstance(cell, str) and cell.strip())

    def places(self, wanted: str) -> set[int]:
        """Where in a row the cells of a kind stand."""
        return {
            col
            for binding, col in zip(self.header.bindings, self.cols, strict=True)
            if binding.leaf.column.kind == wanted
        }

    def merges(self) -> tuple[dict[tuple[int, int], tuple[int, int]], dict[int, int]]:
        """Cells covered by a merge from above -> its first cell; rows -> how wide the merge in its first cell is."""
        down: dict[tuple[int, int], tuple[int, int]] = {}
        wide: dict[int, int] = {}
        for block in self.sheet.merged:
            if block.top <= self.header.bottom:
                continue
            for row in range(
                block.top + 1, min(block.bottom, self.sheet.first_row + len(self.sheet.rows)) + 1
            ):
                down[row, block.left] = (block.top, block.left)
            if block.right > block.left:
                wide[block.top] = max(wide.get(block.top, 0), block.right - block.left + 1)
        return down, wide

    def scan(self) -> None:
        first = self.header.bottom + 1 - self.sheet.first_row
        for index in range(first, len(self.sheet.rows)):
            cells = self.sheet.rows[index]
            if (index - first) % _LOOKED_THROUGH == 0:
                self.look_through(self.sheet.rows[index : index + _LOOKED_THROUGH])
            filled = _first_filled(cells)
            if not filled or (index == first and _is_numbering(cells, len(self.cols))):
                continue
            if not self.goes_on(self.sheet.first_row + index, cells, filled):
                return

    def goes_on(self, row: int, cells: Sequence[Cell], filled: Sequence[Cell]) -> bool:
        """Sort a row in; whether it still is of this table."""
        if not self.words.isdisjoint(cells) and self.repeats_header(cells):
            if self.other_layout(cells) or self.names_other() or self.other_group is not None:
                self.stop(row if self.other_group is None else self.other_group)
                return False
            self.tail = False
            return True
        why = why_not(cells, self.numbering, self.naming) if self.may_be_none(cells) else None
        if self.once and (says := self.tells(filled, cells)):
            if self.other_group is None and says - self.above_told:
                self.other_group = row
            self.lines.append(row)
        elif why is not None and not self.form_line(filled[0]):
            self.left.append(Leftover(row, why))
        elif self.is_line(row, cells, filled):
            self.lines.append(row)
            self.since.append(row)
        elif self.other_group is not None or self.heads_other(row, cells):
            # Where another group has begun, what was stated above does not hold for its rows.
            self.foreign = True
            self.stop(row if self.other_group is None else self.other_group)
            return False
        else:
            self.take(row, cells, filled)
        self.last_filled = row
        return True

    def tells(self, filled: Sequence[Cell], cells: Sequence[Cell]) -> frozenset[str]:
        """What a row tells of that which holds for all rows, if it is a title or a caption and no data."""
        head = filled[0]
        if not isinstance(head, str) or _many(cells):
            return frozenset()
        if told(self.form, [head], self.once) or key_and_unit(head.strip(" ：:"))[0] in self.vocabulary:
            return told(self.form, cells, self.once)
        return frozenset()

    def names_other(self) -> bool:
        """Whether the captions since the last data say something else than those above the header."""
        if not self.since:
            return False
        now, _others = said_in(self.sheet, self.since, self.form)
        return any(
            text and self.said[name].text and header_key(text) != header_key(self.said[name].text)
            for name, said in now.items()
            if name in self.said and (text := said.text)
        )

    def heads_other(self, row: int, cells: Sequence[Cell]) -> bool:
        """Whether the row is the header of another form: after a gap, short texts only, where values would be typed."""
        alone = self.data[-1].cells if self.data and self.data[-1].row == self.last_filled else ()
        titled = alone.count(None) + alone.count("") == len(alone) - 1
        if not (self.since or titled or row > self.last_filled + 1):
            return False
        said = [cell for cell in cells if cell is not None and cell != "" and not _is_space(cell)]
        if len(said) < 3 or not all(isinstance(cell, str) and len(cell) <= _LONGEST_HEADING for cell in said):
            return False
        judged = wrong = 0
        for binding, col in zip(self.header.bindings, self.cols, strict=True):
            column = binding.leaf.column
            cell = cells[col] if 0 <= col < len(cells) else None
            if (
                column.kind in _FREE
                or column.tick is not None
                or not isinstance(cell, str)
                or not cell.strip()
            ):
                continue
            judged += 1
            read = kind("date_span" if binding.span else column.kind).parse(
                cell, Context(unit=binding.unit, choices=column.choices or {})
            )
            wrong += read.value is None and bool(read.findings)
        if wrong < 2 or wrong < judged or any(is_total(cell, self.form.total_label) for cell in said):
            return False
        if titled:
            self.since.insert(0, self.data.pop().row)
        return True

    def stop(self, row: int) -> None:
        """Another table begins: the lines since the last data are its own."""
        if row == self.other_group:
            self.end = row
            self.lines = [line for line in self.lines if line < row]
            return
        below = [line for line in self.since if line not in self.notes and not self.signed(line)]
        self.end = below[0] if below else row
        self.lines = [line for line in self.lines if line < self.end]

    def signed(self, row: int) -> bool:
        """Whether a row is a signature line: it closes a table and opens none."""
        filled = _first_filled(self.sheet.rows[row - self.sheet.first_row])
        return bool(filled) and is_signature(filled[0])

    def repeats_header(self, cells: Sequence[Cell]) -> bool:
        """A header row printed again, on a later page or of another version: at least two of its texts, and hardly anything
        but words of the form."""
        said = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
        again = sum(1 for cell in said if cell in self.words)
        if again < min(2, len(self.cols)):
            return False
        known = sum(1 for cell in said if cell in self.words or key_and_unit(cell)[0] in self.vocabulary)
        return known * 10 >= len(said) * 6

    def other_layout(self, cells: Sequence[Cell]) -> bool:
        """Whether a repeated header has its columns elsewhere, or columns of the form that the first one lacks: another
        version of the form, whose rows must not be read by this header."""
        first, last = (row - self.sheet.first_row for row in (self.header.top, self.header.bottom))
        above = self.sheet.rows[first : last + 1]
        for col, cell in enumerate(cells):
            if not isinstance(cell, str) or not cell.strip():
                continue
            if cell in self.words:
                if not any(col < len(row) and row[col] == cell for row in above):
                    return True
            elif key_and_unit(cell)[0] in self.vocabulary:
                return True
        return False

    def is_line(self, row: int, cells: Sequence[Cell], filled: Sequence[Cell]) -> bool:
        """Whether the row is a title, caption, note or signature line and no data."""
        head = filled[0]
        if not isinstance(head, str):
            return False
        if is_note(head):
            self.tail = True
            self.notes.add(row)
            return True
        if is_signature(head) or (len(filled) == 1 and is_mark(head)):
            self.tail = True
            return True
        if self.form_line(head):
            return True
        alone = len(filled) == 1
        if alone and len(self.cols) > 2 and not is_total(head, self.form.total_label):
            # A text of its own over most columns, a paragraph of a document, or more lines of a note.
            return self.wide.get(row, 0) * 2 > len(self.cols) or len(cells) == 1 or self.tail
        return False

    def form_line(self, head: Cell) -> bool:
        """Whether a cell is one of the form's own lines, filled in or not."""
        key = header_key(head).rstrip(":") if isinstance(head, str) else ""
        return key in self.own or any(key.startswith(own + ":") for own in self.own)

    def look_through(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Find which texts of these rows say "as above", and which may say that their row is no data."""
        cells = set(chain.from_iterable(rows))
        self.as_above = dittos_among(cells, _LONGEST_DITTO)
        said = MAY_SAY.search
        self.telling = {
            cell for cell in cells if isinstance(cell, str) and len(cell) <= LONGEST and said(cell)
        }

    def may_be_none(self, cells: Sequence[Cell]) -> bool:
        """Whether anything in a row may say that it is no data: a text that does, or that hardly anything stands there."""
        if not self.telling.isdisjoint(cells):
            return True
        for place, cell in enumerate(cells):
            if cell is None or cell == "" or place in self.numbering:
                continue
            if not isinstance(cell, str) or cell[0] not in _BLANKISH:
                return False
        return True

    def sums(self, filled: Sequence[Cell]) -> bool:
        """Whether the first filled cells of a row head a row of sums."""
        for cell in filled:  # noqa: SIM110  (asked of every row: a generator would cost more than the answer)
            if is_total(cell, self.form.total_label):
                return True
        return False

    def take(self, row: int, cells: Sequence[Cell], filled: Sequence[Cell]) -> None:
        raw: list[Cell]
        if self.pick is not None and len(cells) == self.width:
            raw = list(self.pick(cells))
        else:
            raw = [cells[col] if 0 <= col < len(cells) else None for col in self.cols]
        total = self.sums(filled) and not self.numbered(raw)
        if not total and _says_nothing(raw):
            return
        if self.spans and self.data and not total and self.continues(row, raw):
            return
        covered: set[int] = set()
        dittos: set[int] = set()
        for place, cell in enumerate(raw) if self.down or not self.as_above.isdisjoint(raw) else ():
            if self.down and (cell is None or cell == "") and not total:
                start = self.down.get((row, self.header.bindings[place].col))
                if start is not None:
                    raw[place] = self.above[place]
                    covered.add(place)
            elif cell in self.as_above:
                if self.above[place] not in (None, ""):
                    raw[place] = self.above[place]
                dittos.add(place)
        if covered or dittos:
            self.keep_own(cells, raw, covered | dittos)
        self.since = []
        found = DataRow(row, tuple(raw), frozenset(covered) or _NONE, frozenset(dittos) or _NONE)
        if total:
            self.totals.append(found)
        else:
            self.data.append(found)
            self.above = raw

    def numbered(self, raw: Sequence[Cell]) -> bool:
        """Whether a row has somebody's own number: then she is a person, whatever her name looks like."""
        return any(
            binding.leaf.column.kind in _OWN
            and isinstance(cell, str)
            and kind(binding.leaf.column.kind).parse(cell, Context()).value is not None
            for binding, cell in zip(self.header.bindings, raw, strict=True)
        )

    def keep_own(self, cells: Sequence[Cell], raw: list[Cell], taken: set[int]) -> None:
        """Give back what stands in cells that took an identity number from above although the name is another's."""
        kinds = [binding.leaf.column.kind for binding in self.header.bindings]
        own = [place for place in taken if kinds[place] in _OWN]
        named = [place for place, kind_ in enumerate(kinds) if kind_ == "name" and place not in taken]
        if own and any(raw[place] not in (None, "", self.above[place]) for place in named):
            for place in own:
                raw[place] = cells[self.cols[place]] if self.cols[place] < len(cells) else None

    def continues(self, row: int, raw: list[Cell]) -> bool:
        """Whether the row only has the last day of a span whose first stands in the row above; then it is added there."""
        last = self.data[-1]
        bindings = self.header.bindings
        for place in self.spans:
            above, below = last.cells[place], raw[place]
            if not (isinstance(above, str) and isinstance(below, str) and _OPEN_END.search(above.rstrip())):
                continue
            same = {at for at, one in enumerate(bindings) if one.col == bindings[place].col}
            rest = [cell for at, cell in enumerate(raw) if at not in same]
            if last.row == row - 1 and all(cell in (None, "") or _is_space(cell) for cell in rest):
                self.above = [above + below if at in same else cell for at, cell in enumerate(last.cells)]
                self.data[-1] = replace(last, cells=tuple(self.above))
                return True
        return False


def _is_space(cell: Cell) -> bool:
    return cell.__class__ is str and not cell.strip()


def _first_filled(cells: Sequence[Cell]) -> list[Cell]:
    """The first two cells of a row that hold something: enough to tell what the row is."""
    filled: list[Cell] = []
    for cell in cells:
        if cell is not None and cell != "" and not _is_space(cell):
            filled.append(cell)
            if len(filled) == 2:
                break
    return filled


def _many(cells: Sequence[Cell]) -> bool:
    """Whether more stands in a row than a title and a caption or two."""
    return sum(1 for cell in cells if cell is not None and cell != "" and not _is_space(cell)) > 3


def _says_nothing(cells: Sequence[Cell]) -> bool:
    for cell in cells:  # noqa: SIM110  (asked of every row: a generator would cost more than the answer)
        if cell is not None and cell != "" and not _is_space(cell):
            return False
    return True


def _is_numbering(cells: Sequence[Cell], columns: int) -> bool:
    """A line under the header that numbers the columns: 甲 乙 1 2 3 …"""
    texts = [text for cell in cells if (text := clean(cell))]
    if len(texts) < max(4, columns - 1):
        return False
    while texts and texts[0] in ("甲", "乙", "丙", "丁", "栏次", "—", "-"):
        texts.pop(0)
    numbers = [int(text) for text in texts if re.fullmatch(r"[0-9]{1,2}", text)]
    return len(numbers) == len(texts) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
