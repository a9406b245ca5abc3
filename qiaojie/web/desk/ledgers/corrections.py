"""Corrections that are open: rows sent back, questions nobody answered, disputes; by unit, the oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.intake.public import open_questions
from qiaojie.ledgers.returned import Returned, returned
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.measures import disputes
from qiaojie.web.requests import DeskRequest


@dataclass(frozen=True, slots=True)
class Correction:
    """What a unit has open of one kind: how many, and since when the oldest; ``address`` opens to them ('': to nothing)."""

    unit: str
    what: str
    number: int
    since: datetime
    address: str

    @property
    def days(self) -> int:
        """Its age."""
        return (timezone.now() - self.since).days


def corrections(request: DeskRequest, acts: Iterable[Returned]) -> list[Correction]:
    """What is open in the viewer's regions, the oldest first; ``acts`` are those of sending rows back."""
    viewer = request.viewer
    demand(viewer, Action.COUNT, "corrections")
    page = reverse("corrections")
    by_unit: dict[str, list[tuple[int, datetime]]] = {}
    for act in sorted(acts, key=lambda one: one.at):
        for unit, number in act.units:
            by_unit.setdefault(unit, []).append((number, act.at))
    answers = reverse("waiting") if viewer.may(Action.ENTER) else ""
    found = [
        *(
            Correction(unit, _("退回后没有改"), sum(number for number, _at in of), of[0][1], f"{page}#rows")
            for unit, of in by_unit.items()
        ),
        *(
            Correction(unit, _("等认定是谁"), n, at, answers)
            for unit, n, at in open_questions.by_unit(viewer)
        ),
        *(
            Correction(unit, _("统计归属争议没有答复"), n, at, reverse("disputes"))
            for unit, n, at in disputes.unanswered(viewer)
        ),
    ]
    return sorted(found, key=lambda one: one.since)


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All of it, and what was sent back with its reasons."""
    demand(request.viewer, Action.COUNT, "corrections")
    acts = sorted(returned(request.viewer, None), key=lambda one: one.at)
    found = corrections(request, acts)
    request.viewer.note(Action.SEE, "corrections", rows=sum(one.number for one in acts))
    return render(request, "web/desk/ledgers/corrections.html", {"corrections": found, "acts": acts})
