"""Declared ledgers are prepared, drafted and put in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import connections, router
from django.utils import timezone

from qiaojie.accounts import rights
from qiaojie.folders.faults import Fault

from . import checking, loading, merging, naming, queries, running, tables
from .kept import Kept
from .loading import LedgerFolder
from .models import PreparedLedger


@dataclass(slots=True)
class Preparation:
    """What preparing did: ledgers whose tables were ``made`` or ``widened`` (code → new columns), those that are as they were but
    say something else (``changed``), whose folders are gone (``left``), and what is wrong (``faults``)."""

    made: list[str] = field(default_factory=list)
    widened: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def altered(self) -> bool:
        """Whether tables are not what they were."""
        return bool(self.made or self.widened)

    @property
    def done(self) -> bool:
        """Whether anything was done."""
        return self.altered or bool(self.changed or self.left)


def prepare(by: str = "system") -> Preparation:
    """Bring tables to what the folders declare and run by that. What has faults is left as it was last prepared.

    Nothing is dropped: fields and ledgers that are gone from the folders stay readable.
    """
    running.take_up()
    done = Preparation()
    folders = loading.every()
    done.faults = queries.faults(folders)
    before = running.current()
    wanted = {one.declared.code: (one, one.declared) for one in _usable(folders, done.faults) if one.declared}
    kept: dict[str, Kept] = {}
    for code, (folder, declared) in wanted.items():
        kept[code] = merging.merged(before.get(code), declared, folder.name, timezone.localdate())
    broken = {one.declared.code for one in folders if one.declared is not None} - kept.keys()
    for code, held in before.items():
        if code not in kept:
            kept[code] = held if code in broken or _unreadable(held, folders) else merging.left(held)
    _bring(kept, done, by)
    if done.done:
        running.touch()
    return done


def _usable(folders: Iterable[LedgerFolder], found: Iterable[Fault]) -> list[LedgerFolder]:
    """Folders of which nothing is wrong that keeps them from being prepared."""
    wrong = {one.file for one in found if checking.unusable([one])}
    return [one for one in folders if one.file not in wrong]


def _unreadable(held: Kept, folders: Iterable[LedgerFolder]) -> bool:
    """Whether the folder that a ledger came from is there, but cannot be read at all."""
    return any(one.name == held.source and one.declared is None for one in folders)


def _bring(kept: dict[str, Kept], done: Preparation, by: str) -> None:
    running.build(kept.values())
    held = {row.code: row for row in PreparedLedger.objects.all()}
    built = running.current()
    for code in [one.code for one in running.in_order(list(kept.values()))]:
        if code not in built:
            continue
        one = kept[code]
        brought = tables.bring(naming.model_of(code))
        if brought.made:
            done.made.append(code)
        elif brought:
            done.widened[code] = brought.columns
        _remember(one, held.get(code), done, by)
    if done.made:
        connection = connections[router.db_for_write(PreparedLedger)]
        # A server's new table is its owner's alone; whoever served before serves it too.
        for role in rights.serving(connection):
            rights.grant(connection, role)


def _remember(one: Kept, row: PreparedLedger | None, done: Preparation, by: str) -> None:
    content, columns = one.plain(), dict(one.columns)
    if row is not None and (row.content, row.columns, row.source) == (content, columns, one.source):
        return
    if row is None:
        row = PreparedLedger(code=one.code, number=0)
    elif not one.source and row.source:
        done.left.append(one.code)
    elif one.code not in done.widened:
        done.changed.append(one.code)
    row.label, row.content, row.columns, row.source = one.declared.label, content, columns, one.source
    row.number += 1
    row.prepared_by = by
    row.save()


def shipped() -> list[Kept]:
    """The declarations of all folders as they would be prepared in a new installation: for tests and for checks without a
    database. Those with faults are left out."""
    folders = loading.every()
    found = checking.faults(folders, running.current())
    return [
        merging.merged(None, one.declared, one.name, date.min)
        for one in _usable(folders, found)
        if one.declared is not None
    ]
