"""Finding a form's header in a sheet and telling which sheet column is which leaf.

A header may stand anywhere, in one or more rows, merged or not, with columns added, left out, moved or renamed. A sheet
column is known by what somebody chose for it, by the chain of its header texts (its path), by its lowest text where only
one leaf is called so, or by a text so near a leaf's that nothing else can be meant (``near_headers``).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import groupby, pairwise

from qiaojie.lib.text import clean, split_unit
from qiaojie.lib.values import Cell

from . import near_headers, question_headers
from .bindings import Binding, Head, Target, span_bindings, span_meant, spans, targets
from .form import MAX_DEPTH, Form, Leaf
from .lines import RangeLike, SheetLike

Chosen = Mapping[str, str]
"""What somebody chose columns to be read as: the key of a head -> the name of a target, '' for not read at all."""

_NEAR_ROWS = 40
"""Rows that are looked at before all others."""

FIRST_ROWS = 1000
"""A header is sought in so many rows first, and in the rest of the sheet only if it is not there."""

_LONGEST_HEADER = 80
"""Characters of a text that may head a column; the longest of our forms has 40, and offices add remarks in brackets."""

_MOST_CANDIDATES = 12
"""Rows that look most like the header and are matched in full: matching costs, and the true one is always among the first."""

_NEAR_WEIGHT = 0.9
"""What a column counts whose header only comes near: with all else alike, a header that says the very words wins."""

_SIGNS = str.maketrans("", "", "*※#:/\\|_-—'\"“”\n")
_DAY = re.compile(r"\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]")
_STROKE = re.compile(r"\s*(?:\n|\\|/|\s{2,})\s*")


@lru_cache(maxsize=8192)
def _key_of(text: str) -> tuple[str, str]:
    key, unit = split_unit(text)
    return question_headers.asked(key.strip("*※")).translate(_SIGNS), unit


def key_and_unit(cell: Cell) -> tuple[str, str]:
    """What a header cell is compared by, and the unit in its brackets."""
    if isinstance(cell, str):
        return _key_of(cell) if len(cell) <= _LONGEST_HEADER else ("", "")
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(int(cell)) if cell == cell // 1 and abs(cell) < 1e9 else "", ""
    return "", ""


@dataclass(frozen=True)
class Header:
    """A header block that was found: sheet rows ``top`` to ``bottom``, and what its columns stand for."""

    top: int
    bottom: int
    bindings: tuple[Binding, ...]
    heads: tuple[Head, ...]
    unread: tuple[Head, ...]
    """The heads that the form does not know, or that were chosen not to be read."""
    rivals: tuple[tuple[Head, Leaf], ...]
    """Heads that say the same as one that was preferred to them, with the leaf."""
    recall: float
    """Share of the form's bound leaves that the block has; of a loose form, of those that no row can do without."""
    precision: float
    """Share of the block's columns that the form knows."""
    chosen: bool = False
    """Whether somebody has said what one of its columns is read as."""

    @cached_property
    def fingerprint(self) -> str:
        """What two headers of the same texts have in common, whatever the order of their columns."""
        return fingerprint(self.heads)


@dataclass
class _Words:
    """The form's vocabulary of keys. ``order`` says which of a leaf's names comes first, ``chosen`` what somebody
    chose: a leaf and whether it stands for its whole group, or None."""

    paths: dict[str, Leaf] = field(default_factory=dict)
    names: dict[str, Leaf | None] = field(default_factory=dict)
    groups: dict[str, Leaf] = field(default_factory=dict)
    every: set[str] = field(default_factory=set)
    order: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, Target | None] = field(default_factory=dict)
    pairs: Sequence[tuple[Leaf, Leaf]] = ()
    lent: dict[str, Leaf] = field(default_factory=dict)
    """Further names, which tell nothing of which form it is."""
    added: frozenset[int] = frozenset()
    """Leaves that the form only accepts: that they are there tells nothing of which form it is."""

    def name(self, key: str, leaf: Leaf) -> None:
        if key:
            self.names[key] = None if self.names.get(key, leaf) is not leaf else leaf
            self.every.add(key)
            self.order.setdefault(key, len(self.order))

    def knows(self, key: str) -> bool:
        """Whether a cell says something that may stand in the header."""
        return key in self.every or (bool(key) and any(key in head for head in self.chosen))


def vocabulary(form: Form) -> frozenset[str]:
    """The keys of all that may stand in the form's header."""
    return frozenset(_words(form).every)


def names(form: Form) -> Mapping[str, Leaf | None]:
    """The form's leaves by the keys of what their columns are called; None where several are called so."""
    words = _words(form)
    return {**words.lent, **words.names}


def _words(form: Form, chosen: Chosen | None = None) -> _Words:
    words = _Words()
    if chosen:
        known = targets(form)
        # What the form does not know any more is as if nobody had chosen it.
        words.chosen = {head: known.get(name) for head, name in chosen.items() if not name or name in known}
    for leaf in form.asked:
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
    for leaf in form.readable:
        also = (leaf.label, *leaf.column.headers) if leaf.column.lent else ()
        for text in (*also, *leaf.column.called):
            # What another column is called of right stays its own.
            key = key_and_unit(text)[0]
            if key and key not in words.every:
                words.lent.setdefault(key, leaf)
    words.pairs = spans(form)
    words.added = frozenset(range(len(form.leaves), len(form.readable)))
    words.every.update(words.paths)
    return words


def fingerprint(heads: Sequence[Head]) -> str:
    """One word for the texts of a header, in any order."""
    return hashlib.sha256("\n".join(sorted(head.key for head in heads)).encode()).hexdigest()


def heads_at(sheet: SheetLike, top: int, bottom: int) -> tuple[Head, ...]:
    """The headings that sheet rows ``top`` to ``bottom`` give, taken as a header."""
    first = top - sheet.first_row
    if first < 0 or bottom < top or first + bottom - top >= len(sheet.rows):
        return ()
    return tuple(head for head, _keys, _unit in _Block(sheet, first, bottom - top + 1).heads())


def find_header(
    sheet: SheetLike, form: Form, start: int, stop: int | None = None, chosen: Chosen | None = None
) -> Header | None:
    """The best header block at or below sheet row ``start`` (and above ``stop``), or None if nothing there resembles the
    form's."""
    words = _words(form, chosen)
    bindable = [leaf for leaf in form.leaves if leaf.column.field]
    needed = frozenset(leaf.index for leaf in bindable if leaf.column.required) if form.loose else frozenset()
    begin = max(start - sheet.first_row, 0)
    end = len(sheet.rows) if stop is None else min(stop - sheet.first_row, len(sheet.rows))
    near, middle = (min(begin + rows, end) for rows in (_NEAR_ROWS, FIRST_ROWS))
    spans = (range(begin, near), range(begin, middle), range(max(begin, middle - MAX_DEPTH), end))
    for number, span in enumerate(spans):
        best: Header | None = None
        for top, height in _candidates(sheet, words, span, form.depth, len(bindable)):
            block = _Block(sheet, top, height)
            header = block.read(words, len(bindable), needed)
            if header and (best is None or _merit(header) > _merit(best)):
                best = header
        # Where most headers stand only a whole one is taken at once: of those further down one may say more.
        if best is not None and (number or best.recall == 1):
            return best
    return None


def _merit(header: Header) -> tuple[float, int, float, int]:
    direct = sum(1 for binding in header.bindings if not binding.group)
    return round(header.recall, 6), direct, header.precision, header.top - header.bottom


def _candidates(
    sheet: SheetLike, words: _Words, span: range, depth: int, leaves: int
) -> Iterator[tuple[int, int]]:
    """Blocks (row of the list, height) worth reading: around the rows that hold most of the form's words, without a row
    that says something else."""
    least = min(2, leaves)
    counts: dict[int, int] = {}

    def known(index: int) -> int:
        if index not in counts:
            cells = sheet.rows[index]
            counts[index] = sum(
                1 for cell in cells if isinstance(cell, str) and words.knows(key_and_unit(cell)[0])
            )
        return counts[index]

    hits = [(-known(index), index) for index in span if known(index) >= least]
    seen = set()
    for _count, index in sorted(hits)[:_MOST_CANDIDATES]:
        for top in range(max(span.start, index - depth + 1), index + 1):
            for height in range(1, max(depth, 3) + 1):
                rows = range(top, top + height)
                if rows.stop > span.stop or index not in rows or (top, height) in seen:
                    continue
                seen.add((top, height))
                if all(known(row) or _is_empty(sheet.rows[row]) for row in rows) and not any(
                    _is_answered(sheet.rows[row], words) for row in rows
                ):
                    yield top, height


def _is_answered(cells: Sequence[Cell], words: _Words) -> bool:
    """Whether a row says what its own words ask for (培训班名称： 竹编班 开班日期： 2023-06-01): a caption, and no header."""
    filled = [cell for cell in cells if cell not in (None, "")]
    answered = 0
    for label, value in pairwise(filled):
        if isinstance(label, str) and words.knows(key_and_unit(label)[0]):
            colon = label.rstrip().endswith((":", "：")) and not (
                isinstance(value, str) and value.rstrip().endswith((":", "："))
            )
            answered += colon or (not isinstance(value, str) or bool(_DAY.search(value)))
    return answered > 0 and answered * 3 >= len(filled)


def _is_empty(cells: Sequence[Cell]) -> bool:
    return all(cell is None or cell == "" for cell in cells)


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

    def heads(self) -> list[tuple[Head, list[str], str]]:
        """The columns that say something: head, keys from the top, unit."""
        met: Counter[str] = Counter()
        found = []
        for col in range(self.width):
            keys, unit = self.path(col)
            if keys:
                whole = "".join(keys)
                met[whole] += 1
                said = dict.fromkeys(text for line in self.lines if (text := clean(line[col])))
                key = whole if met[whole] == 1 else f"{whole}#{met[whole]}"
                found.append((Head(col + self.sheet.first_col, key, " ".join(said)), keys, unit))
        return found

    def read(self, words: _Words, bindable: int, needed: frozenset[int]) -> Header | None:
        heads = self.heads()
        wanted, wide, fixed = self.wanted(heads, words)
        taken: dict[int, Binding] = {binding.col: binding for binding in wide}
        bound: set[tuple[str | None, str | None]] = {(binding.leaf.column.field, None) for binding in wide}
        rivals = []
        # Of two that say the same the one that the form names first is read, whatever their order in the sheet.
        for _rank, _order, head, binding in sorted(wanted, key=lambda each: (*each[:2], each[2].key)):
            leaf = binding.leaf
            mark = (leaf.column.field, None if binding.group else leaf.column.tick)
            if leaf.column.field is None or mark not in bound:
                bound.add(mark)
                taken[head.col] = binding
            else:
                rivals.append((head, leaf))
        if taken:
            rest = [each for each in heads if each[0].col not in taken and each[0].key not in fixed]
            for binding in self.spans(words, rest, bound):
                wide.append(binding)
                taken[binding.col] = binding
                bound.add((binding.leaf.column.field, None))
            rest = [each for each in rest if each[0].col not in taken]
            for binding in self.answers(words, rest, bound):
                taken[binding.col] = binding
                bound.add((binding.leaf.column.field, binding.leaf.column.tick))
            rest = [each for each in rest if each[0].col not in taken]
            taken.update(self.near(words, rest, bound))
        every = {(each.col, each.leaf.index): each for each in (*taken.values(), *wide)}
        bindings = tuple(
            replace(binding, unit=binding.header_unit or binding.leaf.unit)
            for binding in sorted(every.values(), key=lambda each: (each.col, each.leaf.index))
            if binding.leaf.column.field is not None
        )
        if len(bindings) < min(2, bindable):
            return None
        counted = [binding for binding in bindings if not needed or binding.leaf.index in needed]
        weight = sum(self.weight(binding, words) for binding in counted)
        return Header(
            top=self.top,
            bottom=self.bottom,
            bindings=bindings,
            heads=tuple(head for head, _keys, _unit in heads),
            unread=tuple(head for head, _keys, _unit in heads if head.col not in taken),
            rivals=tuple((head, leaf) for head, leaf in rivals if head.col not in taken),
            recall=min(1.0, weight / (len(needed) or bindable)),
            precision=sum(not each.leaf.column.lent for each in taken.values()) / max(len(heads), 1),
            chosen=bool(fixed),
        )

    @property
    def bottom(self) -> int:
        """The last row of the block, with what is merged into rows below it."""
        merged = (block.bottom for block in self.merged if block.top >= self.top and block.bottom > block.top)
        return max([self.top + self.height - 1, *merged])

    def wanted(
        self, heads: Sequence[tuple[Head, list[str], str]], words: _Words
    ) -> tuple[list[tuple[int, int, Head, Binding]], list[Binding], set[str]]:
        """What each column would stand for, with how sure that is and which of the leaf's names it bears; the columns of spans
        that somebody chose; the keys of all heads that somebody chose something for."""
        fixed = set()
        found = []
        wide: list[Binding] = []
        for head, keys, unit in heads:
            said = next((key for key in (head.key, keys[-1]) if key in words.chosen), None)
            if said is not None:
                fixed.add(head.key)
                target = words.chosen[said]
                if target is not None and target.last is None:
                    found.append((-4, 0, head, Binding(head.col, target.leaf, "", unit, target.group)))
                elif target is not None and target.last is not None:
                    wide += span_bindings(head.col, target.leaf, target.last)
                continue
            rank, leaf, group = _leaf_of(keys, words)
            if leaf is None and head is heads[0][0]:
                rank, leaf = 1, self.corner(head.col - self.sheet.first_col, words)
            if leaf is not None:
                order = words.order.get(keys[-1], 0)
                found.append((-rank, order, head, Binding(head.col, leaf, "", unit, group)))
        return found, wide, fixed

    def spans(
        self,
        words: _Words,
        rest: Sequence[tuple[Head, list[str], str]],
        bound: Collection[tuple[str | None, str | None]],
    ) -> Iterator[Binding]:
        """Columns that hold the first and the last day of something for which no column of its own stands."""
        free = [pair for pair in words.pairs if not any((leaf.column.field, None) in bound for leaf in pair)]
        for head, keys, _unit in rest:
            if free and (pair := span_meant(keys[-1], free, self.below(head.col))) is not None:
                free.remove(pair)
                yield from span_bindings(head.col, *pair)

    def answers(
        self,
        words: _Words,
        rest: Sequence[tuple[Head, list[str], str]],
        bound: Collection[tuple[str | None, str | None]],
    ) -> Iterator[Binding]:
        """Columns that have one answer of a question each, at least two of them: they are ticked."""
        for name, leaf in {**words.lent, **words.names}.items():
            column = leaf.column if leaf is not None else None
            if leaf is None or column is None or column.tick is not None or (column.field, None) in bound:
                continue
            codes = {key_and_unit(str(label))[0]: code for code, label in (column.choices or {}).items()}
            if column.kind == "choice" and codes:
                said = [(head, codes.get(question_headers.option(head.key, name))) for head, _k, _u in rest]
                met = {code: head for head, code in said if code}
                if len(met) > 1:
                    for code, head in met.items():
                        yield Binding(head.col, replace(leaf, column=replace(column, tick=code)), "")
                    return

    def below(self, col: int) -> Iterator[Cell]:
        """The cells of a sheet column below the block."""
        place = col - self.sheet.first_col
        for cells in self.sheet.rows[self.index + self.height : self.index + self.height + FIRST_ROWS]:
            if place < len(cells):
                yield cells[place]

    def corner(self, col: int, words: _Words) -> Leaf | None:
        """Of a diagonal corner (a word over the stroke, one under it) the leaf that one of its words alone means."""
        for line in self.lines:
            text = line[col]
            if isinstance(text, str):
                parts = [key_and_unit(part)[0] for part in _STROKE.split(text.strip())]
                meant = [leaf for part in parts if (leaf := words.names.get(part)) is not None]
                if len(parts) > 1 and len(meant) == 1:
                    return meant[0]
        return None

    def near(
        self,
        words: _Words,
        rest: Sequence[tuple[Head, list[str], str]],
        bound: Collection[tuple[str | None, str | None]],
    ) -> Iterator[tuple[int, Binding]]:
        """Columns whose text comes near that of a leaf which no column stands for yet; never two for one leaf."""
        free: dict[str, Leaf] = {
            name: leaf
            for name, leaf in words.names.items()
            if leaf is not None
            and leaf.column.field
            and (leaf.column.field, leaf.column.tick) not in bound
            and (leaf.column.field, None) not in bound
        }
        found: dict[int, list[tuple[Head, Leaf, str]]] = {}
        for head, keys, unit in rest:
            meant = near_headers.meant(keys[-1], free)
            if meant is not None:
                found.setdefault(meant.index, []).append((head, meant, unit))
        for each in found.values():
            if len(each) == 1:
                head, leaf, unit = each[0]
                yield head.col, Binding(head.col, leaf, "", unit, near=True)

    def weight(self, binding: Binding, words: _Words) -> float:
        if binding.leaf.index in words.added:
            return 0
        if not binding.group:
            return _NEAR_WEIGHT if binding.near else 1
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
    lent = words.lent.get(whole) or words.lent.get(keys[-1])
    return 0, lent, False
