"""Reading all rows once, beside what the last digest kept of them: a block at a time, so memory does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Protocol

from django.apps import apps
from django.db import connections, router, transaction
from django.db.models import Model

from qiaojie.ledgers.models import Change, Witness
from qiaojie.ledgers.tracing import rowmarks
from qiaojie.ledgers.tracing.blinds import BlindChecker
from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.dialects import is_server

from . import blocks
from .explaining import Explainer, NewLines, Spans, Unexplained
from .models import Difference, Digest, HashBlock

Kind = Difference.Kind

FIRST: Final = (Change, Witness)
"""Models that are read first: their new lines explain all others."""

MOST: Final = 200
"""Differing rows of one model that are named; beyond it they are counted."""

Progress = Callable[[str, int, int], None]


class Spool(Protocol):
    """Where a scan puts the blocks that are to be kept anew, and those that are not there any more."""

    def keep(self, label: str, first: int, packed: bytes) -> None:
        """A block that is new, or says something new."""

    def drop(self, key: int) -> None:
        """The row of a block that has no rows any more."""


@dataclass(frozen=True, slots=True)
class UnexplainedRow:
    """A row that nothing explains."""

    model: type[Model]
    pk: int | None
    kind: Kind
    columns: tuple[str, ...] = ()


@dataclass
class Scan:
    """What came of reading all rows: of each model what a digest says of it, and what differs without an explanation.

    ``counted`` is how many such rows there are by model, named or not; ``explained`` how many changed with one; ``upgraded`` how
    many an upgrade changed; ``weak`` are models whose older columns are gone, so that rows were compared by what is left. Of one
    model not more than ``most`` are named (None: all).
    """

    tables: dict[str, blocks.TableSum] = field(default_factory=dict)
    found: list[UnexplainedRow] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)
    explained: int = 0
    upgraded: dict[str, int] = field(default_factory=dict)
    weak: list[str] = field(default_factory=list)
    most: int | None = MOST

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return sum(one.rows for one in self.tables.values())

    def note(self, model: type[Model], pk: int | None, fault: Unexplained) -> None:
        """Keep a row that nothing explains."""
        label = model._meta.label
        self.counted[label] = self.counted.get(label, 0) + 1
        if self.most is None or self.counted[label] <= self.most:
            self.found.append(UnexplainedRow(model, pk, fault.kind, fault.columns))


def covered() -> list[type[Model]]:
    """All models that digests cover: first those whose lines explain the others, then by name."""
    known = [model for model in apps.get_models(include_auto_created=True) if rowmarks.is_covered(model)]
    return sorted(known, key=lambda model: (model not in FIRST, model is not Change, model._meta.label))


@contextmanager
def snapshot() -> Iterator[None]:
    """Read as of one moment, however long it takes, and hold nobody up."""
    database = connections[router.db_for_read(Digest)]
    if database.in_atomic_block:
        yield
    elif is_server(database):
        with transaction.atomic(using=database.alias):
            with database.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django's own would take the write lock of the file.
        with database.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with database.cursor() as cursor:
                cursor.execute("ROLLBACK")


class Scanner:
    """Reads all rows beside the last digest. ``accepting``: differences that nothing explains are taken into the new blocks too;
    of models in ``upgraded`` they count as an upgrade's, but for rows that were ``suspects`` before it (model → keys).
    ``models``: only these are read, ``FIRST`` before the others; ``most``: see ``Scan``."""

    def __init__(
        self,
        last: Digest | None,
        spool: Spool | None,
        progress: Progress,
        *,
        accepting: bool = False,
        upgraded: frozenset[str] = frozenset(),
        suspects: Mapping[str, Collection[int]] = MappingProxyType({}),
        models: Sequence[type[Model]] | None = None,
        most: int | None = MOST,
    ) -> None:
        self.last = last
        self.spool = spool
        self.progress = progress
        self.accepting = accepting
        self.upgraded = upgraded
        self.suspects = suspects
        self.models = models
        self.scan = Scan(most=most)
        self._lines = NewLines(Spans(), Spans())
        self._before = dict(last.tables) if last is not None else {}
        self._total = sum(said[0] for said in self._before.values())

    def run(self) -> Scan:
        """Read everything."""
        done = 0
        for model in covered() if self.models is None else self.models:
            self.progress(model._meta.label, done, max(done, self._total))
            _Table(self, model).run()
            done += self.scan.tables[model._meta.label].rows
        if self.models is None:
            self._vanished()
        self.progress("", done, done)
        return self.scan

    def _vanished(self) -> None:
        """Blocks of models that there are no longer: an upgrade took them away."""
        gone = HashBlock.objects.exclude(model__in=list(self.scan.tables))
        if self.spool is not None:
            for key in gone.values_list("pk", flat=True):
                self.spool.drop(key)

    def columns_before(self, label: str) -> list[str] | None:
        """The columns by which the last digest hashed a model; None where it did not know it."""
        said = self._before.get(label)
        return None if said is None else list(said[1])

    def sum_before(self, label: str) -> str:
        """The sum of a model's blocks in the last digest; that of none where it did not know it."""
        said = self._before.get(label)
        return str(blocks.TableSum().said()[2] if said is None else said[2])

    @property
    def lines(self) -> NewLines:
        """Lines that the last digest has not seen; complete once ``FIRST`` have been read."""
        return self._lines


class _Table:
    """One model: its rows as they are beside its blocks."""

    def __init__(self, scanner: Scanner, model: type[Model]) -> None:
        self.scanner = scanner
        self.scan = scanner.scan
        self.model = model
        self.label = model._meta.label
        self.hasher = rowmarks.Hasher(model)
        self.compared, self.weak = self._comparable()
        self.same_columns = self.compared.columns == self.hasher.columns and not self.weak
        self.explainer = Explainer(
            model, scanner.lines, self.compared, None if self.same_columns else self.hasher
        )
        self.blinds = BlindChecker(model)
        self.held = blocks.TableSum(self.hasher.columns)
        self.kept = blocks.TableSum()
        self.told = self.explainer.touched() if scanner.last is not None else set()
        if self.weak:
            self.scan.weak.append(self.label)

    def _comparable(self) -> tuple[rowmarks.Hasher, bool]:
        """By which columns rows are compared with what was kept, and whether columns that were hashed are gone."""
        before = self.scanner.columns_before(self.label)
        if before is None:
            return self.hasher, False
        known = {item.attname for item in self.model._meta.concrete_fields}
        left = [column for column in before if column in known]
        return rowmarks.Hasher(self.model, left), left != before

    def run(self) -> None:
        """Go through the blocks that there are, and the rows that lie in none."""
        self.scan.tables[self.label] = self.held
        kept = HashBlock.objects.filter(model=self.label).order_by("first").iterator(chunk_size=8)
        told = sorted(self.told)
        waiting, place = next(kept, None), self._next_row(0)
        while starts := [
            *([waiting.first] if waiting else []),
            *([place] if place is not None else []),
            *told[:1],
        ]:
            start = min(starts)
            block = waiting if waiting is not None and waiting.first == start else None
            self._block(start, block)
            if block is not None:
                waiting = next(kept, None)
            if place == start:
                place = self._next_row(start + blocks.SPAN)
            if told[:1] == [start]:
                del told[0]
        if self.kept.said()[2] != self.scanner.sum_before(self.label):
            self.scan.note(self.model, None, Unexplained(Kind.DIGEST))

    def _next_row(self, least: int) -> int | None:
        """The start of the next block with rows."""
        held = self.model._base_manager.filter(pk__gte=least).order_by("pk").values_list("pk", flat=True)
        found = held.first()
        return None if found is None else found - found % blocks.SPAN

    def _block(self, first: int, block: HashBlock | None) -> None:
        was, old = self._opened(first, block)
        now, unread = self._read(self.compared, first)
        for pk, columns in self.blinds.wrong(first, first + blocks.SPAN - 1).items():
            self.scan.note(self.model, pk, Unexplained(Kind.BLIND, columns))
        loose: list[int] = []
        if self.scanner.last is not None:
            loose = self._compare(first, was, now, unread)
        if self.same_columns:
            becomes = now
        else:
            becomes, unread = self._read(self.hasher, first)
            self._stay_loose(was, becomes, loose)
        self._keep(first, block, old, becomes, was if self.same_columns else {})

    def _opened(self, first: int, block: HashBlock | None) -> tuple[dict[int, bytes], bytes]:
        """What was kept of a block's rows, and its bytes as they were summed up."""
        if block is None:
            return {}, b""
        try:
            packed = blocks.unseal(block)
            hashed = blocks.unpack(self.label, first, packed)
        except (Tampered, ValueError):
            return {}, b""
        self.kept.add(packed, len(hashed.rows))
        return self._cut(hashed), packed

    def _cut(self, hashed: blocks.Hashed) -> dict[int, bytes]:
        """The hashes as the compared columns have them: where columns are gone, the tags of what is left."""
        if not self.weak:
            return dict(hashed.rows)
        places = [
            rowmarks.HASH_BYTES + rowmarks.TAG_BYTES * at
            for at, column in enumerate(hashed.columns)
            if column in self.compared.columns
        ]
        nothing = bytes(rowmarks.HASH_BYTES)
        return {
            pk: nothing + b"".join(told[at : at + rowmarks.TAG_BYTES] for at in places)
            for pk, told in hashed.rows.items()
        }

    def _read(self, hasher: rowmarks.Hasher, first: int) -> tuple[dict[int, bytes], dict[int, list[str]]]:
        unread: dict[int, list[str]] = {}
        told = rowmarks.read(
            hasher,
            first=first,
            last=first + blocks.SPAN - 1,
            unread=lambda pk, names: unread.update({pk: names}),
        )
        if self.weak and hasher is self.compared:
            nothing = bytes(rowmarks.HASH_BYTES)
            return {pk: nothing + each[rowmarks.HASH_BYTES :] for pk, each in told}, unread
        return dict(told), unread

    def _compare(
        self, first: int, was: dict[int, bytes], now: dict[int, bytes], unread: dict[int, list[str]]
    ) -> list[int]:
        """Note what nothing explains, and keep it as it was; the keys of it."""
        for pk, names in unread.items():
            self.scan.note(self.model, pk, Unexplained(Kind.UNREADABLE, tuple(names)))
        if was == now and first not in self.told:
            return []
        differing = {pk for pk in was.keys() | now.keys() if was.get(pk) != now.get(pk)}
        if first in self.told:
            # A row that is as it was though a line says that it was changed is as wrong as one that differs without a line.
            differing |= self.explainer.told(first, first + blocks.SPAN - 1)
        differing -= unread.keys()
        if self.model is Change:
            self.scanner.lines.changes.add(sorted(pk for pk in differing if pk not in was))
        elif self.model is Witness:
            self.scanner.lines.witnesses.add(sorted(pk for pk in differing if pk not in was))
        faults = self.explainer.unexplained(was, now, sorted(differing)) if differing else {}
        self.scan.explained += len(differing) - len(faults)
        if faults and self.label in self.scanner.upgraded:
            suspects = self.scanner.suspects.get(self.label, ())
            left = {pk: fault for pk, fault in faults.items() if pk in suspects}
            self.scan.upgraded[self.label] = self.scan.upgraded.get(self.label, 0) + len(faults) - len(left)
            faults = left
        for pk, fault in sorted(faults.items()):
            self.scan.note(self.model, pk, fault)
        loose = [*faults, *unread]
        self._stand_fast(was, now, loose)
        return loose

    def _stay_loose(self, was: dict[int, bytes], becomes: dict[int, bytes], keys: Iterable[int]) -> None:
        """Where other columns are hashed from now on, what a row was cannot be kept: it gets a hash that no row has, and is found
        again every night until somebody answers for it."""
        if self.scanner.accepting:
            return
        for pk in keys:
            if pk not in was:
                becomes.pop(pk, None)
                continue
            told = becomes.get(pk, bytes(self.hasher.size))
            becomes[pk] = (
                bytes(255 - byte for byte in told[: rowmarks.HASH_BYTES]) + told[rowmarks.HASH_BYTES :]
            )

    def _stand_fast(self, was: dict[int, bytes], now: dict[int, bytes], keys: Iterable[int]) -> None:
        """What nothing explains is kept as it was, so that it is found again every night."""
        if self.scanner.accepting:
            return
        for pk in keys:
            if pk in was:
                now[pk] = was[pk]
            else:
                now.pop(pk, None)

    def _keep(
        self, first: int, block: HashBlock | None, old: bytes, rows: dict[int, bytes], was: dict[int, bytes]
    ) -> None:
        if not rows:
            if block is not None and self.scanner.spool is not None:
                self.scanner.spool.drop(block.pk)
            return
        if block is not None and old and rows == was and keyring().is_current(bytes(block.content)):
            packed = old
        else:
            packed = blocks.pack(self.label, first, self.hasher.columns, sorted(rows.items()))
            if self.scanner.spool is not None:
                self.scanner.spool.keep(self.label, first, packed)
        self.held.add(packed, len(rows))
