"""What an address names: notices and ledgers by their codes."""

from __future__ import annotations

from django.http import Http404

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice


def notice_of(code: str) -> Notice:
    """The notice of that code; 404 where there is none. A faulty one is Unusable with its first fault."""
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
