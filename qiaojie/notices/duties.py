"""Duties (报送任务) by day and unit: what is due, who sent it, who is late. What was sent goes by paper or mail; that it was
sent is registered here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Region
from qiaojie.regions.queries import edition

from .models import Filing
from .schema import Duty, Notice

LONGEST = 100
"""Characters that say how something was sent."""


@dataclass(frozen=True, slots=True)
class Due:
    """A duty on one of its days."""

    notice: Notice
    duty: Duty
    on: date

    @property
    def key(self) -> tuple[str, str, date]:
        """What tells it from others."""
        return self.notice.code, self.duty.code, self.on

    @property
    def subject(self) -> str:
        """What the access log calls it."""
        return f"duty/{self.notice.code}/{self.duty.code}/{self.on}"


@dataclass(frozen=True, slots=True)
class DutyStatus:
    """How a unit stands to what is due: sent (``filing``), or so many days late (negative: days left)."""

    due: Due
    region_id: int
    unit: str
    late: int
    filing: Filing | None

    @property
    def overdue(self) -> bool:
        """Whether its day has passed and nothing was sent."""
        return self.filing is None and self.late > 0

    @property
    def left(self) -> int:
        """Days that are left."""
        return max(0, -self.late)


def dues(notice: Notice) -> list[Due]:
    """Everything that is due under a notice in the years that it covers, by day."""
    years = range(notice.span.begins.year, notice.span.ends.year + 1)
    found = [
        Due(notice, duty, date.fromisoformat(f"{year}-{day}"))
        for year in years
        for duty in notice.duties
        for day in duty.due
    ]
    return sorted(found, key=lambda one: (one.on, one.duty.code))


def due(notice: Notice, code: str, on: date) -> Due | None:
    """One of them; None where nothing of that name is due on the day."""
    return next((one for one in dues(notice) if one.duty.code == code and one.on == on), None)


def unit_statuses(
    notices: Iterable[Notice], viewer: Viewer, today: date, lines: frozenset[str] | None = None
) -> list[DutyStatus]:
    """How the units that the viewer may look at stand to everything that is due, by day and in the order of the units.

    ``lines`` narrows to what the offices of some lines have to send. Two queries and one an edition. Raises Refused.
    """
    demand(viewer, Action.COUNT, "duties")
    known = [
        one
        for notice in notices
        for one in dues(notice)
        if lines is None or lines.intersection(one.duty.by.lines)
    ]
    maps = {code: edition(code).units for code in {one.notice.edition for one in known}}
    every = {unit.region_id for units in maps.values() for unit in units}
    shown = set(Region.objects.filter(viewer.scope(""), pk__in=every).values_list("pk", flat=True))
    sent = {
        (one.notice, one.duty, one.due, one.region_id): one
        for one in Filing.objects.filter(region__in=shown, revoked_at__isnull=True)
    }
    return [
        DutyStatus(
            one, unit.region_id, unit.name, (today - one.on).days, sent.get((*one.key, unit.region_id))
        )
        for one in sorted(known, key=lambda one: one.on)
        for unit in maps[one.notice.edition]
        if unit.region_id in shown
    ]


def register(one: Due, region_ids: Sequence[int], sent_on: date, how: str, viewer: Viewer) -> int:
    """Register that units have sent what was due; how many had not been registered before.

    Raises Unusable ``nothing_chosen``, ``not_a_unit``, ``sent_in_future``; Refused outside the viewer's regions.
    """
    permit = permitted(viewer, Action.ENTER, one.subject, registry=False)
    if not region_ids:
        raise Unusable("nothing_chosen", _("请先勾选单位。"))
    if sent_on > timezone.localdate():
        raise Unusable("sent_in_future", _("报送日期不能晚于今天。"))
    wanted = set(region_ids)
    open_to = set(Region.objects.filter(viewer.scope(""), pk__in=wanted).values_list("pk", flat=True))
    permit.refuse_unless(wanted <= open_to)
    if wanted - set(edition(one.notice.edition).unit_ids):
        raise Unusable("not_a_unit", _("通知没有列出这个单位。"))
    said = how.strip()[:LONGEST]
    with permit.because(said) as change:
        notice, duty, day = one.key
        there = Filing.objects.select_for_update().filter(
            notice=notice, duty=duty, due=day, revoked_at__isnull=True
        )
        new = wanted - set(there.values_list("region_id", flat=True))
        Filing.objects.bulk_create(
            Filing(
                notice=notice,
                duty=duty,
                due=day,
                region_id=region,
                sent_on=sent_on,
                how=said,
                by=viewer.name,
            )
            for region in sorted(new)
        )
        change.note(rows=len(new))
    return len(new)


def revoke(pk: int, viewer: Viewer) -> Filing:
    """Take back what was registered by mistake; the line stays. Raises Refused for another's region."""
    demand(viewer, Action.ENTER, f"filing/{pk}")
    found = Filing.objects.filter(viewer.scope("region"), pk=pk, revoked_at__isnull=True).first()
    if found is None:
        refuse(viewer, Action.ENTER, f"filing/{pk}")
    found.revoked_at, found.revoked_by = timezone.now(), viewer.name
    found.save(update_fields=["revoked_at", "revoked_by"])
    viewer.note(Action.ENTER, f"filing/{pk}/revoke", rows=1)
    return found
