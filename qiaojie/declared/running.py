"""By which declarations a process runs: those last prepared, taken up when it starts and whenever others have been prepared."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from qiaojie.ledgers import declaration, statements
from qiaojie.ledgers.tracing import witnessing
from qiaojie.storage import faults

from . import added_fields, kept, ledger, modelling, naming
from .kept import Kept
from .models import PreparedLedger

STAMP: Final = "ledgers-prepared"
"""A file of the home that is touched whenever ledgers were prepared: by it other processes learn of it."""

_log = logging.getLogger(__name__)
_lock = threading.RLock()
_built: dict[str, Kept] = {}
_seen: int | None = None


def take_up() -> None:
    """Run by what the database says was last prepared. Where there is no table of it yet, by nothing: it will be prepared.

    Raises what is wrong with the database.
    """
    global _seen
    stamp = _stamp()
    try:
        rows = list(PreparedLedger.objects.order_by("code"))
    except DatabaseError as fault:
        if not faults.is_unmade(fault):
            raise
        rows = []
    if rows:
        # Where nothing was ever prepared, nothing is known better than what this process has built.
        build(kept.of(row) for row in rows)
    # Last: where the database did not answer, the next request asks again.
    _seen = stamp


def refresh() -> None:
    """Take up what another process has prepared since: one look at a file, unless something has."""
    if _stamp() != _seen:
        take_up()


def touch() -> None:
    """Let other processes know that ledgers have been prepared; this one knows."""
    global _seen
    path = Path(settings.HOME) / STAMP
    path.touch()
    _seen = _stamp()


def _stamp() -> int | None:
    try:
        return (Path(settings.HOME) / STAMP).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def current() -> Mapping[str, Kept]:
    """The declarations by which this process runs, by code."""
    return dict(_built)


def build(wanted: Iterable[Kept]) -> None:
    """Run by these declarations: models and ledgers of those that are new or changed are built, others forgotten.

    What is built already and the same stays: rows that somebody holds stay of their class.
    """
    with _lock:
        ordered = in_order(list(wanted))
        codes = {one.code for one in ordered}
        for code in [code for code in _built if code not in codes]:
            _forget(code)
        anew: set[str] = set()
        for one in ordered:
            about = {naming.ledger_about(subject.what) for subject in one.declared.subjects}
            if _built.get(one.code) == one and not about & anew:
                continue
            anew.add(one.code)
            _take(one)
        if anew:
            statements.forget()


def _take(one: Kept) -> None:
    _withdraw(one.code)
    model = modelling.model(one)
    witnessing.journalled(model._meta.label)
    built = declaration.replace_declared(ledger.ledger(one))
    if one.declared.extends:
        host = declaration.get(one.declared.extends)
        declaration.add_fields(host, added_fields.word(one), one.code, added_fields.of(one, built))
    _built[one.code] = one


def _withdraw(code: str) -> None:
    """Take back what a ledger added to another, before it is built anew."""
    held = _built.get(code)
    if held is not None and held.declared.extends:
        declaration.add_fields(declaration.get(held.declared.extends), "", code, ())


def _forget(code: str) -> None:
    _withdraw(code)
    _built.pop(code, None)
    declaration.forget(code)
    modelling.forget(naming.model_name(code))
    statements.forget()


def in_order(wanted: list[Kept]) -> list[Kept]:
    """Declarations such that each comes after those that its rows refer to, else by code. What leads round in a circle or to
    nothing that is known is left out (and told by the check)."""
    known = {one.code for one in declaration.every()} - set(_built)
    waiting = sorted(wanted, key=lambda one: one.code)
    found: list[Kept] = []
    while waiting:
        ready = [one for one in waiting if _refers_to(one) <= known]
        if not ready:
            _log.warning("declared ledgers left out: %s", ", ".join(one.code for one in waiting))
            break
        found += ready
        known |= {one.code for one in ready}
        waiting = [one for one in waiting if one not in ready]
    return found


def _refers_to(one: Kept) -> set[str]:
    about = {
        naming.ledger_about(subject.what)
        for subject in one.declared.subjects
        if subject.what != naming.REGION
    }
    return about | ({one.declared.extends} if one.declared.extends else set())
