"""What an address names: notices and ledgers by their codes."""

from __future__ import annotations

from django.http import Http404

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice


def notice_of(code: str) -> Notice:
    """The notice of that code; 404 where none is. A faulty one is Unusable with its first fault."""
    held = tables_of(code)
    if not held.orders:
        raise Http404(code)
    return held


def tables_of(code: str) -> Notice:
    """Whatever has tables under that code: a notice, an outside system, the registry itself; 404 where nothing has."""
    try:
        return notices.notice(code)
    except Unusable as fault:
        if fault.code == "notice_unknown":
            raise Http404(code) from fault
        raise


def ledger_of(code: str) -> Ledger:
    """The ledger of that code; 404 where there is none."""
    try:
        return declaration.get(code)
    except KeyError as unknown:
        raise Http404(code) from unknown
