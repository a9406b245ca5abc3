"""Records that may be of one woman: shown on her page, put together, and parted again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qiaojie.intake.public import open_questions as asked
from qiaojie.ledgers import queries
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.values import Label
from qiaojie.people import likeness, merging
from qiaojie.people.ledger import PERSONS
from qiaojie.people.models import Person
from qiaojie.web.desk.shared import params
from qiaojie.web.requests import DeskRequest

SUSPECTS = 5
"""So many records like a person's are listed on her page."""


@require_POST
def merge(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a record together with another of the same woman; the one with an identity number is kept."""
    other = params.demanded_number(request.POST.get("other", ""))
    keep = params.demanded_number(request.POST.get("keep", ""))
    gone = pk if keep == other else other
    merging.merge(gone, keep if keep in (pk, other) else pk, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已合并，两条登记的记录都保留；弄错了可以撤销。"))
    return redirect("person", pk=keep)


@require_POST
def unmerge(request: DeskRequest, pk: int) -> HttpResponse:
    """Part a record from the one that it was put together with."""
    merging.unmerge(pk, request.viewer)
    messages.success(request, _("已撤销合并，恢复为两条登记。"))
    return redirect("person", pk=pk)


@dataclass(frozen=True, slots=True)
class Suspect:
    """Another record that may be of the same woman, as the viewer may see both; ``keep`` is the one that would stay."""

    person: int
    keep: int
    lines: tuple[tuple[Label, Shown, Shown], ...]
    reasons: tuple[Label, ...]
    weighed: tuple[likeness.Weighed, ...]
    total: float
    version: str


def of_person(pk: int, merged: Sequence[int], viewer: Viewer) -> dict[str, Any]:
    """What a person's page shows of records like hers, and of those ``merged`` into hers."""
    alike = likeness.suspects(pk, viewer).alike[:SUSPECTS]
    keys = [pk, *(one.person for one in alike), *merged]
    rows = queries.rows(PERSONS, viewer).filter(pk__in=keys) if len(keys) > 1 else None
    shown = queries.shown(PERSONS, viewer, rows, asked.FIELDS) if rows is not None else ()
    cells = {row.pk: row.cells for row in shown}
    numbered: set[int] = set()
    if alike:
        known = Person.objects.filter(pk__in=keys, id_hash__isnull=False)
        numbered.update(known.values_list("pk", flat=True))
    return {
        "suspects": [
            Suspect(
                one.person,
                min((pk, one.person), key=lambda key: (key not in numbered, key)),
                tuple((f.label, cells[pk][f.name], cells[one.person][f.name]) for f in asked.FIELDS),
                one.reasons,
                *((one.score.weighed, one.score.total, one.score.version) if one.score else ((), 0.0, "")),
            )
            for one in alike
        ]
        if cells
        else [],
        "merged": [(key, cells[key]) for key in merged if key in cells],
        "may_merge": viewer.may(Action.APPROVE),
        "person_id": pk,
    }
