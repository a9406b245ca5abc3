"""The order of units by one indicator: unseen until a leader of the whole area releases it, and taken back as openly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.lib.percentages import percentage
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions

from .models import Ranking
from .queries import units_of


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a unit stands; units of exactly one share stand at one place. ``share`` is in per cent as it is shown."""

    place: int
    unit: str
    approved: int
    target: int
    share: Decimal | None


def released(notice: Notice, indicator: Indicator, viewer: Viewer) -> Ranking | None:
    """The order that was released last and not taken back."""
    demand(viewer, Action.COUNT, f"ranking/{notice.code}/{indicator.code}")
    found = Ranking.objects.filter(notice=notice.code, indicator=indicator.code, revoked_at__isnull=True)
    return found.order_by("-pk").first()


def all_released(notice: Notice, viewer: Viewer) -> set[str]:
    """The indicators whose order stands released; one query. Raises Refused."""
    demand(viewer, Action.COUNT, f"ranking/{notice.code}")
    found = Ranking.objects.filter(notice=notice.code, revoked_at__isnull=True)
    return set(found.values_list("indicator", flat=True))


def places(ranking: Ranking) -> list[Rank]:
    """The units in their order, as the numbers stood when it was released."""
    return [_rank(*line) for line in ranking.lines]


def _rank(place: int, unit: str, approved: int, target: int, share: str | int) -> Rank:
    """A line as it was kept. The first ones kept shares cut to whole numbers: those are worked out again."""
    shown = Decimal(share) if isinstance(share, str) else percentage(approved, target)
    return Rank(place, unit, approved, target, shown)


def may_release(notice: Notice, viewer: Viewer) -> bool:
    """Whether the viewer leads the whole area that the notice is for."""
    return viewer.may(Action.RELEASE) and viewer.covers(regions.edition(notice.edition).root_id)


def release(notice: Notice, indicator: Indicator, on: date, viewer: Viewer, reason: str) -> Ranking:
    """Make the order of a day public. Raises Refused, Unusable ``reason_missing``, ``nothing_to_rank``."""
    subject = _demand(notice, indicator, viewer)
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明公布排名的理由。"))
    found = _ordered(notice, indicator, on)
    if not found:
        raise Unusable("nothing_to_rank", _("“%s”没有分解到单位的任务，排不出先后。") % indicator.label)
    made = Ranking.objects.create(
        notice=notice.code,
        indicator=indicator.code,
        on=on,
        lines=[[one.place, one.unit, one.approved, one.target, str(one.share)] for one in found],
        reason=reason.strip()[:200],
        by=viewer.name,
    )
    viewer.note(Action.RELEASE, subject, rows=len(found), purpose=reason)
    return made


def revoke(notice: Notice, indicator: Indicator, viewer: Viewer) -> int:
    """Take every released order of an indicator back; how many there were. Raises Refused."""
    subject = _demand(notice, indicator, viewer)
    open_ones = Ranking.objects.filter(notice=notice.code, indicator=indicator.code, revoked_at__isnull=True)
    gone = open_ones.update(revoked_at=timezone.now(), revoked_by=viewer.name)
    viewer.note(Action.RELEASE, f"{subject}/revoke", rows=gone)
    return gone


def _demand(notice: Notice, indicator: Indicator, viewer: Viewer) -> str:
    subject = f"ranking/{notice.code}/{indicator.code}"
    demand(viewer, Action.RELEASE, subject)
    if not may_release(notice, viewer):
        refuse(viewer, Action.RELEASE, subject)
    return subject


def _ordered(notice: Notice, indicator: Indicator, on: date) -> list[Rank]:
    """Units with a target by the share of it that is approved; those without a target are in no order."""
    lines = [
        (ratio, value, unit.name)
        for unit in units_of(notice, on)
        if (ratio := (value := unit.values[indicator.code]).ratio) is not None
    ]
    lines.sort(key=lambda line: (-line[0], line[2]))
    place = 0
    found: list[Rank] = []
    for number, (ratio, value, name) in enumerate(lines, 1):
        if number == 1 or ratio != lines[number - 2][0]:
            place = number
        found.append(Rank(place, name, value.approved or 0, value.target or 0, value.done))
    return found
