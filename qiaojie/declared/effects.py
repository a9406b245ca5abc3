"""What putting declarations in force will do: tables made, columns added, what goes out of use, what rows lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import DatabaseError
from django.db.models import Model
from django.utils import timezone

from qiaojie.folders.faults import Fault

from . import checking, loading, merging, naming, queries, running, tables
from .drafting import HeldDraft, among_folders
from .kept import Kept
from .loading import LedgerFolder
from .queries import Wait
from .schema import DeclaredField, DeclaredLedger


@dataclass(frozen=True, slots=True)
class ConcernedRows:
    """A field (or a choice of one), and how many rows it concerns."""

    label: str
    code: str
    rows: int
    of: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one ledger: it is ``new``, ``changed``, ``gone`` from the folders, or stays as it is because of ``errors``.

    ``fields`` are those of a new one, ``added`` columns of one that is there, ``renamed`` fields with what they were called,
    ``retired`` with the rows in which they stand, ``lacking`` with the rows that lack what is required from now on, ``ended``
    choices with the rows that say so. ``rows`` are all rows.
    """

    code: str
    label: str
    what: Wait
    file: str
    rows: int = 0
    fields: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    retired: tuple[ConcernedRows, ...] = ()
    lacking: tuple[ConcernedRows, ...] = ()
    ended: tuple[ConcernedRows, ...] = ()
    errors: tuple[Fault, ...] = field(default=())

    @property
    def usable(self) -> bool:
        """Whether it will be done."""
        return not self.errors

    @property
    def words_only(self) -> bool:
        """Whether no table and no value is concerned: names, notes, order."""
        told = (self.added, self.renamed, self.retired, self.lacking, self.ended)
        return self.what == "changed" and not any(told)


def effects(draft: HeldDraft | None = None) -> list[Effect]:
    """What preparing would do now, ``draft`` written among the folders first; the draft's ledger first, others by code."""
    folders = loading.every()
    if draft is not None:
        folders = loading.told_twice([*among_folders(draft.folder, folders), draft.folder])
    found = list(_effects(folders))
    first = draft.folder.file if draft is not None else ""
    return sorted(found, key=lambda one: (one.file != first, one.code))


def _effects(folders: list[LedgerFolder]) -> Iterator[Effect]:
    faults = queries.faults(folders)
    current = running.current()
    named: set[str] = set()
    for folder in folders:
        errors = tuple(
            dict.fromkeys(one for one in faults if one.file == folder.file and checking.unusable([one]))
        )
        declared = folder.declared
        if declared is None:
            yield Effect(folder.path.name, folder.name, "changed", folder.file, errors=errors)
            continue
        named.add(declared.code)
        before = current.get(declared.code)
        if before is None:
            labels = tuple(one.label for one in declared.fields if not one.retired)
            yield Effect(declared.code, declared.label, "new", folder.file, fields=labels, errors=errors)
        elif merging.merged(before, declared, folder.name, timezone.localdate()) != before:
            yield _changed(before, declared, folder, errors)
    unread = {one.name for one in folders if one.declared is None}
    for code, held in current.items():
        if code not in named and held.source and held.source not in unread:
            number = _rows(naming.model_of(code))
            yield Effect(code, held.declared.label, "gone", f"{held.source}/{loading.FILE}", rows=number)


def _changed(
    before: Kept, declared: DeclaredLedger, folder: LedgerFolder, errors: tuple[Fault, ...]
) -> Effect:
    model = naming.model_of(declared.code)
    number = _rows(model)
    after = merging.merged(before, declared, folder.name, timezone.localdate())
    new = set(after.columns.values()) - set(before.columns.values())
    return Effect(
        declared.code,
        declared.label,
        "changed",
        folder.file,
        number,
        added=tuple(one.label for one in after.declared.fields if after.columns[one.code] in new),
        renamed=tuple(_renamed(before, declared)),
        retired=tuple(
            ConcernedRows(one.label, one.code, number - _lacking(before, one, model, number))
            for one in _retired(before, declared)
        ),
        lacking=tuple(_lack(before, declared, model, number)),
        ended=tuple(_ended(before, declared, model)),
        errors=errors,
    )


def _renamed(before: Kept, declared: DeclaredLedger) -> Iterator[tuple[str, str]]:
    for one in declared.fields:
        known = before.declared.field(one.was) if one.was else None
        if known is not None and known.label != one.label and before.declared.field(one.code) is None:
            yield known.label, one.label


def _retired(before: Kept, declared: DeclaredLedger) -> Iterable[DeclaredField]:
    stopped = [one for one in declared.fields if one.retired]
    known = [before.declared.field(one.was or one.code) for one in stopped]
    return [
        *merging.dropped(before, declared),
        *(one for one in known if one is not None and not one.retired),
    ]


def _lack(before: Kept, declared: DeclaredLedger, model: type[Model], number: int) -> Iterator[ConcernedRows]:
    for one in declared.fields:
        known = before.declared.field(one.was or one.code)
        if one.required and not one.retired and (known is None or not known.required):
            rows = number if known is None else _lacking(before, known, model, number)
            yield ConcernedRows(one.label, one.code, rows)


def _ended(before: Kept, declared: DeclaredLedger, model: type[Model]) -> Iterator[ConcernedRows]:
    for one in declared.fields:
        known = before.declared.field(one.was or one.code)
        codes = {choice.code for choice in one.choices}
        for choice in known.choices if known is not None and one.choices else ():
            if choice.code not in codes and not choice.removed:
                column = naming.column_of(before, known.code) if known is not None else ""
                rows = _rows(model, **{column: choice.code})
                yield ConcernedRows(choice.label, choice.code, rows, one.label)


def _lacking(before: Kept, field: DeclaredField, model: type[Model], number: int) -> int:
    """How many rows have no value in a field; all of them where it has no column yet."""
    column = naming.column_of(before, field.code)
    try:
        return tables.rows(model, column)
    except DatabaseError:
        return number


def _rows(model: type[Model], **values: str) -> int:
    try:
        return int(model._default_manager.filter(**values).count())
    except DatabaseError:
        # Its table is still to be made: nothing can be counted.
        return 0
