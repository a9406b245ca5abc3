"""Whether what the product wrote itself leads from what a row said last night to what it says now.

Of a journalled row the lines since then are walked back from today: each must say what stands there, and what stood there before
must in the end have the hash that was kept (of a row that is new: the hash that it was made with). Of any other row the witnesses
must lead, each from where the one before it ended, from the hash that was kept (of a row that is new: from no row) to what stands
there now. Lines that are not genuine explain nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Model

from qiaojie.ledgers import journal, rows
from qiaojie.ledgers.models import Change, Witness
from qiaojie.ledgers.tracing import rowmarks, witnessing
from qiaojie.lib.crypto import Tampered

from .blocks import SPAN
from .models import Difference

Kind = Difference.Kind

_NOTHING: Final = bytes(rowmarks.HASH_BYTES)


class Spans:
    """Keys as runs of neighbours: whether one is among them costs a search, and a million of them little memory."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def add(self, keys: Iterable[int]) -> None:
        """Take in keys that are higher than all before, in their order."""
        for key in keys:
            if self._lasts and key == self._lasts[-1] + 1:
                self._lasts[-1] = key
            else:
                self._firsts.append(key)
                self._lasts.append(key)

    def __contains__(self, key: int) -> bool:
        place = bisect_right(self._firsts, key) - 1
        return place >= 0 and key <= self._lasts[place]

    @property
    def first(self) -> int:
        """The lowest of them; a key that none has where there is none."""
        return self._firsts[0] if self._firsts else 1 << 62


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Why nothing explains a row: how it differs, and in which columns as far as that is known."""

    kind: Kind
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewLines:
    """Lines of the journal and witnesses that no digest has seen yet, by their keys."""

    changes: Spans
    witnesses: Spans


class Explainer:
    """Explains the differing rows of one model. ``was`` and ``now`` are keys → hashes with tags by the hasher's columns;
    ``other`` hashes by the columns that there are now, where they are not the same."""

    def __init__(
        self, model: type[Model], lines: NewLines, hasher: rowmarks.Hasher, other: rowmarks.Hasher | None
    ) -> None:
        self.model = model
        self.lines = lines
        self.hasher = hasher
        self._ways = [hasher] if other is None else [hasher, other]

    def touched(self) -> set[int]:
        """The keys (as block starts of ``SPAN``) near which lines since the last digest tell of rows of this model."""
        if self.model is Change or self.model is Witness:
            return set()
        found = {pk - pk % SPAN for pk in self._told()}
        for first, last in self._makers.spans():
            found.update(range(first - first % SPAN, last + 1, SPAN))
        return found

    def told(self, first: int, last: int) -> set[int]:
        """The keys between two, both inclusive, of which lines since the last digest tell: whether or not the rows differ."""
        found = set(self._told(object_id__gte=first, object_id__lte=last))
        for start, end in self._makers.spans():
            found.update(range(max(start, first), min(end, last) + 1))
        return found

    def _told(self, **between: int) -> Iterator[int]:
        for model, new in ((Change, self.lines.changes), (Witness, self.lines.witnesses)):
            held = model._default_manager.filter(model=self.model._meta.label, pk__gte=new.first, **between)
            if model is Change:
                held = held.exclude(act=Change.Act.CREATE)  # type: ignore[misc]
            for pk, key in held.values_list("object_id", "pk").iterator():
                if key in new:
                    yield pk

    def unexplained(
        self, was: Mapping[int, bytes], now: Mapping[int, bytes], keys: Collection[int]
    ) -> dict[int, Unexplained]:
        """Those of the differing rows that nothing explains."""
        if self.model is Change or self.model is Witness:
            return self._lines_themselves(was, now, keys)
        if witnessing.is_journalled(self.model):
            return self._by_journal(was, now, keys)
        left = self._by_witnesses(was, now, keys)
        # Some of them are written in bulk by some acts, which journal them.
        also = self._by_journal(was, now, sorted(left)) if left else {}
        return {pk: fault for pk, fault in left.items() if pk in also}

    # --- lines of journal and witnesses: added with a mark, and never touched -----------------------------------------

    def _lines_themselves(
        self, was: Mapping[int, bytes], now: Mapping[int, bytes], keys: Collection[int]
    ) -> dict[int, Unexplained]:
        found: dict[int, Unexplained] = {}
        added = [pk for pk in keys if pk not in was]
        genuine = journal.is_genuine if self.model is Change else witnessing.is_genuine
        for line in self.model._base_manager.filter(pk__gte=min(added), pk__lte=max(added)) if added else ():
            if line.pk in now and line.pk not in was and not _holds(genuine, line):
                found[line.pk] = Unexplained(Kind.FORGED)
        for pk in keys:
            if pk in was:
                found[pk] = self._plainly(was, now, pk)
        return found

    # --- rows that one at a time are witnessed --------------------------------------------------------------------------

    def _by_witnesses(
        self, was: Mapping[int, bytes], now: Mapping[int, bytes], keys: Collection[int]
    ) -> dict[int, Unexplained]:
        lines: dict[int, list[Witness]] = defaultdict(list)
        for part in rows.chunks(keys):
            held = Witness.objects.filter(
                model=self.model._meta.label, object_id__in=part, pk__gte=self.lines.witnesses.first
            )
            for line in held.order_by("pk"):
                if line.pk in self.lines.witnesses:
                    lines[line.object_id].append(line)
        found: dict[int, Unexplained] = {}
        values = self._values([pk for pk in keys if pk in now])
        for pk in keys:
            told = lines.get(pk, [])
            if not all(_holds(witnessing.is_genuine, line) for line in told):
                found[pk] = Unexplained(Kind.FORGED)
            elif not told or not self._leads(pk, was.get(pk), told, values.get(pk)):
                found[pk] = self._plainly(was, now, pk)
        return found

    def _leads(
        self, pk: int, kept: bytes | None, lines: Sequence[Witness], values: Mapping[str, Any] | None
    ) -> bool:
        """Whether the lines lead, each from where the one before it ended, from what was kept of a row to what it is now."""
        steps = [witnessing.step(line) for line in lines]
        stands: bytes | None = None if kept is None else kept[: rowmarks.HASH_BYTES]
        for at, (start, end) in enumerate(steps):
            if start is not None and not (self._began(pk, stands, start) if at == 0 else start == stands):
                return False
            stands = end
        if values is None or stands == witnessing.NOTHING:
            return values is None and stands == witnessing.NOTHING
        return any(stands == way.of_values(pk, values)[: rowmarks.HASH_BYTES] for way in self._ways)

    def _began(self, pk: int, kept: bytes | None, start: bytes) -> bool:
        """Whether the first line since the last digest begins at what was kept of the row, or where it was made."""
        if kept is None:
            # What is written in bulk by an act is journalled as made.
            return start == witnessing.NOTHING or start == self._makers.get(pk)
        # Where columns went, the whole hash of what was kept cannot be had: from there on the lines still hang together.
        return kept in (_NOTHING, start)

    # --- rows whose changes are journalled ------------------------------------------------------------------------------

    def _by_journal(
        self, was: Mapping[int, bytes], now: Mapping[int, bytes], keys: Collection[int]
    ) -> dict[int, Unexplained]:
        lines: dict[int, list[Change]] = defaultdict(list)
        for part in rows.chunks(keys):
            held = Change.objects.filter(
                model=self.model._meta.label, object_id__in=part, pk__gte=self.lines.changes.first
            ).exclude(act=Change.Act.CREATE)
            for line in held.order_by("-pk"):
                if line.pk in self.lines.changes:
                    lines[line.object_id].append(line)
        values = self._values([pk for pk in keys if pk in now])
        found: dict[int, Unexplained] = {}
        for pk in keys:
            fault = self._walk(pk, was, now, values.get(pk), lines.get(pk, ()))
            if fault is not None:
                found[pk] = fault
        return found

    def _walk(
        self,
        pk: int,
        was: Mapping[int, bytes],
        now: Mapping[int, bytes],
        values: dict[str, Any] | None,
        lines: Sequence[Change],
    ) -> Unexplained | None:
        """Take the lines back, newest first; None where that leads to what was kept of the row."""
        for line in lines:
            if not _holds(journal.is_genuine, line):
                return Unexplained(Kind.FORGED)
            before, after = (self._named(side) for side in journal.both_sides(self.model, line))
            if line.act == Change.Act.DELETE:
                if values is not None:
                    return self._plainly(was, now, pk)
                values = before
            elif values is None:
                return self._plainly(was, now, pk)
            else:
                wrong = self._contradicted(values, after)
                if wrong:
                    return Unexplained(Kind.CHANGED, wrong)
                values = {**values, **before}
        if values is None:
            return self._plainly(was, now, pk)
        told = self.hasher.of_values(pk, values)
        if pk in was:
            if _same(told, was[pk]):
                return None
            kind = Kind.CHANGED if pk in now else Kind.REMOVED
            return Unexplained(kind, tuple(self.hasher.differing(told, was[pk])))
        return self._made_so(pk, values)

    def _made_so(self, pk: int, values: Mapping[str, Any]) -> Unexplained | None:
        """None where a line says that the row was made, and as these values say."""
        hashes = self._makers.get(pk)
        if hashes is None:
            return Unexplained(Kind.ADDED)
        if any(hashes == way.of_values(pk, values)[: rowmarks.HASH_BYTES] for way in self._ways):
            return None
        return Unexplained(Kind.CHANGED)

    @cached_property
    def _makers(self) -> _Makers:
        return _Makers(self.model, self.lines.changes)

    def _contradicted(self, values: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
        """The columns of which a line says that they were set to something else than stands there."""
        covered = set(self.hasher.columns)
        return tuple(
            column
            for column, value in after.items()
            if column in covered
            and _text(self.model, column, value) != _text(self.model, column, values[column])
        )

    def _named(self, side: Mapping[str, Any]) -> dict[str, Any]:
        return {rows.column(self.model, name).attname: value for name, value in side.items()}

    # --- shared -----------------------------------------------------------------------------------------------------------

    def _plainly(self, was: Mapping[int, bytes], now: Mapping[int, bytes], pk: int) -> Unexplained:
        if pk not in now:
            return Unexplained(Kind.REMOVED)
        if pk not in was:
            return Unexplained(Kind.ADDED)
        return Unexplained(Kind.CHANGED, tuple(self.hasher.differing(was[pk], now[pk])))

    def _values(self, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Rows as they are, by key."""
        columns = sorted({"pk", *(column for way in self._ways for column in way.columns)})
        held = (
            row
            for part in rows.chunks(keys)
            for row in self.model._base_manager.filter(pk__in=part).values(*columns)
        )
        return {row["pk"]: row for row in held}


class _Makers:
    """Lines since the last digest that say that rows were made; each is opened once, when one of its rows is asked for."""

    def __init__(self, model: type[Model], new: Spans) -> None:
        held = Change.objects.filter(model=model._meta.label, act=Change.Act.CREATE, pk__gte=new.first)
        self._spans = sorted(
            (first, last, pk)
            for first, last, pk in held.values_list("object_id", "last_id", "pk")
            if pk in new
        )
        self._firsts = [first for first, _last, _pk in self._spans]
        self._open: tuple[int, Change | None] = (0, None)

    def spans(self) -> list[tuple[int, int]]:
        """The keys of rows that were made, as runs."""
        return [(first, last) for first, last, _key in self._spans]

    def get(self, pk: int) -> bytes | None:
        """The hash that a row was made with; None where no genuine line says that it was made."""
        place = bisect_right(self._firsts, pk) - 1
        if place < 0 or pk > self._spans[place][1]:
            return None
        first, _last, key = self._spans[place]
        if self._open[0] != key:
            made = Change.objects.get(pk=key)
            self._open = (key, made if _holds(journal.is_genuine, made) else None)
        line = self._open[1]
        if line is None or line.made is None:
            return None
        at = (pk - first) * rowmarks.HASH_BYTES
        return bytes(line.made)[at : at + rowmarks.HASH_BYTES] or None


def _same(told: bytes, kept: bytes) -> bool:
    """Whether a row says what was kept of it; where columns went, only the tags of those that are left were."""
    if kept.startswith(_NOTHING):
        return told[rowmarks.HASH_BYTES :] == kept[rowmarks.HASH_BYTES :]
    return told == kept


def _text(model: type[Model], column: str, value: Any) -> str:
    return rowmarks.texter(model, column)(value)


def _holds(genuine: Any, line: Any) -> bool:
    try:
        return bool(genuine(line))
    except Tampered:
        return False
