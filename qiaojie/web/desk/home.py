"""Today: what waits for whoever signed in, and how far the notices have come."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from qiaojie.accounts.models import Grant
from qiaojie.accounts.queries import grants
from qiaojie.intake import queries as intake
from qiaojie.intake import waiting as questions
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.returned import returned
from qiaojie.ledgers.viewer import Action
from qiaojie.measures import disputes
from qiaojie.measures import queries as measures
from qiaojie.measures.models import Dispute
from qiaojie.notices.schema import Indicator, Notice

from ..components.progress import Progress, progress
from ..requests import DeskRequest
from . import asking

WORST = 3
"""Gaps that a leader is told of first."""
RECENT = 6
"""Uploads that the page lists."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of a ledger that wait for approval, and where they stand."""

    ledger: Ledger
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One measured indicator, for the viewer's own unit or (above the units) for all of them."""

    notice: Notice
    indicator: Indicator
    progress: Progress
    address: str


@require_safe
def home(request: DeskRequest) -> HttpResponse:
    """Today's figures for the role; who administers accounts sees no business data."""
    viewer = request.viewer
    if not viewer.may(Action.SEE):
        asked = grants(viewer).filter(answer=Grant.Answer.OPEN).count() if viewer.may(Action.GRANT) else 0
        return render(request, "web/desk/home_administrator.html", {"grants": asked})
    boards = asking.counting(viewer) if viewer.may(Action.COUNT) else []
    measured = next((notice for notice in boards if any(one.measured for one in notice.indicators)), None)
    place, standings = _standings(request, measured) if measured is not None else ("", [])
    enters = viewer.may(Action.ENTER)
    context = {
        "waiting": _waiting(request),
        # Who leads does not answer, but sees what waits for an answer.
        "disputed": _disputed(request) if viewer.may(Action.COUNT) else 0,
        "returned": returned(viewer) if enters else [],
        "unanswered": questions.number(viewer) if enters else 0,
        "gaps": _gaps(standings) if not enters else [],
        "may_enter": enters,
        "may_approve": viewer.may(Action.APPROVE),
        "uploads": intake.uploads(viewer, size=RECENT) if enters else [],
        "place": place,
        "standings": standings,
        "measured": measured,
        "boards": [notice for notice in boards if notice is not measured],
    }
    return render(request, "web/desk/home.html", context)


def _gaps(standings: list[Standing]) -> list[Standing]:
    """The indicators farthest from their targets, the farthest first."""
    short = [one for one in standings if one.progress.share is not None and one.progress.share < 100]
    return sorted(short, key=lambda one: one.progress.value.ratio or 0)[:WORST]


def _waiting(request: DeskRequest) -> list[Waiting]:
    found = []
    for ledger in declaration.every():
        if ledger.approved:
            number = queries.rows(ledger, request.viewer, {"state": State.DRAFT}).count()
            if number:
                drafts = urlencode({"state": State.DRAFT.value})
                # Who approves goes where the differences stand beside the rows.
                address = (
                    reverse("review", args=[ledger.code])
                    if request.viewer.may(Action.APPROVE)
                    else f"{reverse('ledger', args=[ledger.code])}?{drafts}"
                )
                found.append(Waiting(ledger, number, address))
    return found


def _disputed(request: DeskRequest) -> int:
    """Disputes that the viewer's units must answer."""
    own = request.viewer.scope("holder")
    return disputes.visible(request.viewer).filter(own, answer=Dispute.Answer.OPEN).count()


def _standings(request: DeskRequest, notice: Notice) -> tuple[str, list[Standing]]:
    """The name of the viewer's own unit ('' above the units), and its indicators."""
    on = asking.default_day(notice)
    found = measures.measure(notice, on, request.viewer)
    own = found.units[0] if len(found.units) == 1 else None
    values = own.values if own is not None else found.total
    address = f"{reverse('board', args=[notice.code])}?{urlencode({'on': on.isoformat()})}"
    standings = [
        Standing(
            notice,
            indicator,
            progress(values[indicator.code], indicator.unit),
            f"{address}&{urlencode({'indicator': indicator.code})}",
        )
        for indicator in found.indicators
        if indicator.measured
    ]
    return (own.name if own is not None else ""), standings
