"""State changes of facts: permission → change → journal, in one function each."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from . import journal, queries, signals
from .declaration import Ledger
from .models import PENDING, State
from .viewer import Action, Viewer, demand


def approve(ledger: Ledger, ids: Iterable[int], viewer: Viewer, *, purpose: str = "") -> int:
    """Approve pending rows; the number approved. Rows that the viewer may not see or that are not pending are left.

    Raises Refused when the role may not approve.
    """
    demand(viewer, Action.APPROVE, ledger.code)
    with transaction.atomic():
        journal.lock_registry()
        wanted = list(ids)
        pending: dict[int, str] = {}
        for start in range(0, len(wanted), 900):
            pending.update(
                queries.rows(ledger, viewer)
                .filter(pk__in=wanted[start : start + 900], state__in=PENDING)
                .values_list("pk", "state")
            )
        now = timezone.now()
        keys = sorted(pending)
        after = {"state": State.APPROVED, "approved_at": now, "approved_by": viewer.name}
        for start in range(0, len(keys), 900):
            ledger.model._default_manager.filter(pk__in=keys[start : start + 900]).update(**after)
        before = {"approved_at": None, "approved_by": ""}
        journal.updated(
            ledger.model,
            ((pk, {"state": pending[pk], **before}, after) for pk in keys),
            actor=viewer.name,
            batch=None,
            purpose=purpose,
        )
        signals.rows_changed.send(sender=ledger.model, touched={ledger.model._meta.label: set(keys)})
    viewer.note(Action.APPROVE, ledger.code, rows=len(keys), purpose=purpose)
    return len(keys)
