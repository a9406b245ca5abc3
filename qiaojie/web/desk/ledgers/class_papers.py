"""The papers of a class on its page: ticked by before, during and after, printed together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.papers import queries, services
from qiaojie.papers.queries import PaperState
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass
from qiaojie.web.requests import DeskRequest

from ..shared import downloads, params

PURPOSE = "制作名册"
"""The purpose that stands in the box: what papers with names are made for."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A paper as a line to tick."""

    state: PaperState
    ticked: bool

    @property
    def of_days(self) -> bool:
        """Whether there is a sheet for each day or month."""
        return self.state.paper.each in ("session", "month")


@dataclass(frozen=True, slots=True)
class ClassPapersForm:
    """The form by which papers of a class are printed: groups of lines, days, what was typed and what was wrong with it.

    ``hand_in`` is where photographed sheets are handed in ('' where the viewer enters nothing).
    """

    address: str
    groups: tuple[tuple[str, tuple[PaperLine, ...]], ...]
    formats: tuple[tuple[str, str], ...]
    format: str
    first: str
    last: str
    purpose: str
    hand_in: str
    fault: Unusable | None = None

    def late(self) -> dict[str, int]:
        """How many sheets were printed when their occasion was over, by the kind of document that they are."""
        found: Counter[str] = Counter()
        for _name, lines in self.groups:
            for line in lines:
                found[line.state.paper.kind] += line.state.late
        return dict(found)


def form(
    held: TrainingClass, viewer: UserViewer, asked: Any = None, fault: Unusable | None = None
) -> ClassPapersForm | None:
    """What the page of a class shows of its papers, for whoever may take them out; None for others. One query.

    ``asked`` is what was posted, where it did not do (``fault``).
    """
    if not viewer.may(Action.EXPORT):
        return None
    chosen: Container[str] | None = asked.getlist("paper") if asked is not None else None
    told = asked or {}
    names = {"before": _("开班前"), "during": _("上课时"), "after": _("结业后")}
    groups = tuple(
        (names[when], tuple(_line(state, chosen) for state in states))
        for when, states in queries.states(held, timezone.localdate()).items()
    )
    formats = (("pdf", _("PDF（直接打印）")), ("docx", "Word"), ("xlsx", "Excel"))
    return ClassPapersForm(
        reverse("class-papers", args=[held.pk]),
        groups,
        formats,
        told.get("format", "pdf"),
        told.get("first") or held.begins.isoformat(),
        told.get("last") or held.ends.isoformat(),
        told.get("purpose", PURPOSE),
        f"{reverse('sheets')}?class={held.pk}" if viewer.may(Action.ENTER) else "",
        fault,
    )


def _line(state: PaperState, chosen: Container[str] | None) -> PaperLine:
    return PaperLine(state, state.due if chosen is None else state.paper.code in chosen)


@require_http_methods(["GET", "HEAD", "POST"])
def papers(request: DeskRequest, pk: int) -> HttpResponse:
    """Papers of a class to tick, and those ticked as a file. What did not do comes back with all that was ticked and typed."""
    viewer, asked, fault = request.viewer, None, None
    if request.method == "POST":
        asked = request.POST
        try:
            purpose = params.purpose_of(request)
            made = services.print_papers(
                pk,
                asked.getlist("paper")[:40],
                asked.get("format", ""),
                viewer,
                purpose,
                first=_day(asked.get("first", "")),
                last=_day(asked.get("last", "")),
            )
            subject = f"papers/{pk}"
            return downloads.send(viewer, made.name, made.content, subject, purpose)
        except Unusable as unusable:
            fault = unusable
    held = ledgers.one(CLASSES, viewer, pk)
    assert isinstance(held, TrainingClass)
    context = {
        "held": held,
        "class_papers": form(held, viewer, asked, fault),
        "crumbs": [
            (_("台账"), reverse("ledgers")),
            (CLASSES.label, reverse("ledger", args=["classes"])),
            (held.title, reverse("class", args=[pk])),
        ],
    }
    return render(request, "web/desk/ledgers/class_papers.html", context, status=422 if fault else 200)


def _day(text: str) -> date | None:
    return params.day_of(text, timezone.localdate()) if text else None
