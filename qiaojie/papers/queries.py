"""Reading what was printed: when each paper last was, which are due, and the sheet that has a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, Max, OuterRef, Q

from qiaojie.documents.models import Document, DocumentKind
from qiaojie.ledgers import joining, queries
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Action, Viewer, note_refused
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass

from . import declaring
from .declaring import Paper, When
from .models import HandedBack, Printing

AHEAD: Final = timedelta(days=7)
"""So long before its first day a class should have the sheets on which it signs: a weekend lies in between."""

_UNPLANNED: Final = frozenset({DocumentKind.HEAD_COUNT, DocumentKind.EXAM})
"""Papers of the days of a class that are not wanted on all of them: nobody plans a surprise visit, an exam has its own day."""

AFTER: Final = timedelta(days=183)
"""So long after its last day the papers of afterwards are due: the follow-up asks after three and after six months."""


@dataclass(frozen=True, slots=True)
class PaperState:
    """A paper of a class: when it was last printed (None: never), how many of its sheets were, how many of these when their
    occasion was over (补打), how many have come back, and whether it is due."""

    paper: Paper
    printed_at: datetime | None
    printed: int
    late: int
    back: int
    due: bool


def states(held: TrainingClass, today: date) -> dict[When, list[PaperState]]:
    """The papers of a class by when they are wanted, in order; one query. Whoever asks has found the class to be the viewer's."""
    standing = HandedBack.objects.filter(printing=OuterRef("pk")).exclude(document__state=State.WITHDRAWN)
    sheets = Printing.objects.filter(training_class__in=joining.together(CLASSES, held.pk)).order_by()
    counts = (
        sheets.annotate(back=Exists(standing))
        .values("paper")
        .annotate(
            last=Max("printed_at"),
            sheets=Count("pk"),
            after_all=Count("pk", filter=Q(late=True)),
            returned=Count("pk", filter=Q(back=True)),
        )
    )
    known: dict[str, dict[str, Any]] = {one["paper"]: dict(one) for one in counts}
    made: dict[When, list[PaperState]] = {"before": [], "during": [], "after": []}
    for paper in declaring.every():
        one = known.get(paper.code, {})
        due = not one and _due(paper, held, today)
        made[paper.when].append(
            PaperState(
                paper,
                one.get("last"),
                one.get("sheets", 0),
                one.get("after_all", 0),
                one.get("returned", 0),
                due,
            )
        )
    return made


def _due(paper: Paper, held: TrainingClass, today: date) -> bool:
    """Whether a paper that was never printed is wanted now: one of the days before the class until it begins; one of its days,
    from a week before until it ends (a surprise visit is nobody's to plan); one of afterwards, for half a year."""
    if paper.when == "before":
        return today < held.begins
    if paper.when == "during":
        return (
            held.begins - AHEAD <= today <= held.ends
            and paper.kind not in _UNPLANNED
            and paper.each != "month"
        )
    return held.ends < today <= held.ends + AFTER


def numbered(key: int, viewer: Viewer) -> Printing | None:
    """The printed sheet with this key, of a class that the viewer may see, whatever it is called by now; None where there is
    none, and where it is another's (logged): the two are not told apart."""
    found = Printing.objects.filter(pk=key).select_related("training_class").first()
    if found is None:
        return None
    if not queries.rows(CLASSES, viewer).filter(pk=found.training_class_id).exists():
        note_refused(viewer, Action.SEE, f"sheets/{key}")
        return None
    return found


def documents(key: int) -> list[Document]:
    """The documents as which a sheet has come back, without withdrawn ones; whoever asks has found the sheet to be theirs."""
    found = Document.objects.filter(printed_sheet__printing=key).exclude(state=State.WITHDRAWN)
    return list(found.order_by("entered_at"))
