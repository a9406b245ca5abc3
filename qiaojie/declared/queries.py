"""What is declared, what of it is prepared, what waits, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.db import DatabaseError
from django.utils import timezone

from qiaojie.folders.faults import Fault
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Label

from . import checking, loading, merging, naming, running, tables
from .kept import Kept
from .loading import LedgerFolder

Wait = Literal["new", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ledger whose folder says something else than what was last prepared: it is ``new``, ``changed`` or ``gone``. ``usable``:
    nothing is wrong that keeps it from being prepared."""

    code: str
    label: str
    what: Wait
    usable: bool


def faults(folders: Iterable[LedgerFolder] | None = None) -> list[Fault]:
    """Everything that is wrong in the folders, also against what was last prepared, and what whoever changes a ledger should
    know (of level hint: what goes out of use, how many rows lack what is required from now on)."""
    held = loading.every() if folders is None else list(folders)
    current = running.current()
    found = checking.faults(held, current)
    for folder in held:
        before = current.get(folder.declared.code) if folder.declared is not None else None
        if folder.declared is None or before is None:
            continue
        found += merging.faults(before, folder.declared, folder.file)
        model = naming.model_of(before.code)
        if _differs(folder, before):
            number = _rows(model)
            found += merging.advice(before, folder.declared, folder.file, number)
            found += _lacking(before, folder, model)
    return found


def folders(more: Iterable[Path] = ()) -> list[LedgerFolder]:
    """All folders there are, and ``more`` of them that do not lie where the installation looks (each a ledger's, or one that
    holds such)."""
    held = loading.every()
    known = {one.path.resolve() for one in held}
    for path in more:
        inside = [path] if (path / loading.FILE).exists() or not path.is_dir() else loading.inside(path)
        held += [loading.read(one) for one in inside if one.resolve() not in known]
    return loading.told_twice(held)


def sources() -> dict[str, str]:
    """The declared ledgers by which this process runs → their folders, '' where they are gone."""
    return {code: one.source for code, one in running.current().items()}


def _lacking(before: Kept, folder: LedgerFolder, model: type) -> list[Fault]:
    declared = folder.declared
    assert declared is not None
    found = []
    for field in declared.fields:
        known = before.declared.field(field.was or field.code)
        if field.required and (known is None or not known.required):
            column = before.columns.get(field.was or field.code, "") if known is not None else ""
            number = _rows(model, column if column and declared.day != field.code else "")
            if number:
                found.append(merging.lacking(field, folder.file, number))
    return found


def _rows(model: type, column: str = "") -> int:
    try:
        return tables.rows(model, column)
    except DatabaseError:
        # Nothing is prepared yet that could be counted.
        return 0


def _differs(folder: LedgerFolder, before: Kept) -> bool:
    declared = folder.declared
    assert declared is not None
    return merging.merged(before, declared, folder.name, timezone.localdate()) != before


def waiting() -> list[Waiting]:
    """Ledgers that preparing would make, change or leave, by code."""
    folders = loading.every()
    wrong = {one.file for one in faults(folders) if checking.unusable([one])}
    current = running.current()
    found: list[Waiting] = []
    named: set[str] = set()
    for folder in folders:
        if folder.declared is None:
            continue
        code = folder.declared.code
        named.add(code)
        before = current.get(code)
        if before is None or _differs(folder, before):
            what: Wait = "new" if before is None else "changed"
            found.append(Waiting(code, folder.declared.label, what, folder.file not in wrong))
    broken = {one.name for one in folders if one.declared is None}
    for code, held in current.items():
        if code not in named and held.source and held.source not in broken:
            found.append(Waiting(code, held.declared.label, "gone", True))
    return sorted(found, key=lambda one: one.code)


def unprepared(code: str) -> bool:
    """Whether a ledger of that code is declared in a folder and not prepared."""
    return any(one.code == code and one.what == "new" for one in waiting())


@dataclass(frozen=True, slots=True)
class LedgerOrigin:
    """Where a ledger comes from and how it stands: ``shipped`` with the programme, ``in_force``, ``waiting`` to be so,
    ``changed`` in its folder, ``gone`` from the folders. ``rows`` are all its rows, of whichever office."""

    code: str
    label: Label
    standing: Literal["shipped", "in_force", "waiting", "changed", "gone"]
    folder: str = ""
    rows: int = 0
    usable: bool = True

    @property
    def declared(self) -> bool:
        """Whether it is declared as data."""
        return self.standing != "shipped"


def origins() -> list[LedgerOrigin]:
    """All ledgers, those that wait for their first preparation among them, by code; a count for each that is declared as data."""
    waits = {one.code: one for one in waiting()}
    current = running.current()
    found: list[LedgerOrigin] = []
    for one in declaration.every():
        held, waited = current.get(one.code), waits.pop(one.code, None)
        if held is None:
            found.append(LedgerOrigin(one.code, one.label, "shipped"))
            continue
        rows = _rows(naming.model_of(one.code))
        usable = waited is None or waited.usable
        if waited is not None and waited.what == "changed":
            found.append(LedgerOrigin(one.code, one.label, "changed", held.source, rows, usable))
        elif not held.source or waited is not None:
            found.append(LedgerOrigin(one.code, one.label, "gone", held.source, rows, usable))
        else:
            found.append(LedgerOrigin(one.code, one.label, "in_force", held.source, rows))
    found += [LedgerOrigin(code, one.label, "waiting", usable=one.usable) for code, one in waits.items()]
    return sorted(found, key=lambda one: one.code)
