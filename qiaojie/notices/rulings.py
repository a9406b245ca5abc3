"""What superiors said of a definition (口径答疑): those that came with the notice's folder and those entered since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .models import Ruling as Entered
from .schema import Notice


@dataclass(frozen=True, slots=True)
class KnownRuling:
    """One ruling. ``key`` is None where it lies in the notice's folder; ``superseded_by`` is the key of the one that took
    its place: it is still printed, marked so."""

    indicator: str
    on: date
    office: str
    text: str
    question: str = ""
    asked_by: str = ""
    key: int | None = None
    superseded_by: int | None = None
    by: str = ""
    at: datetime | None = None


def rulings(notice: Notice, indicator: str | None = None) -> tuple[KnownRuling, ...]:
    """The rulings on one indicator, or on all of the notice's, oldest first; one query."""
    found = [KnownRuling(one.indicator, one.on, one.by, one.text) for one in notice.rulings]
    entered = Entered.objects.filter(notice=notice.code).order_by("on", "pk")
    for one in entered.select_related("superseded_by"):
        later = getattr(one, "superseded_by", None)
        found.append(
            KnownRuling(
                one.indicator,
                one.on,
                one.office,
                one.text,
                one.question,
                one.asked_by,
                one.pk,
                later.pk if later is not None else None,
                one.by,
                one.at,
            )
        )
    wanted = [one for one in found if indicator is None or one.indicator == indicator]
    return tuple(sorted(wanted, key=lambda one: one.on))
