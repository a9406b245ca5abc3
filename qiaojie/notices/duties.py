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
from qiaojie.regions.queries import edition, find

from . import queries
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
class Owner:
    """Who owes a duty: a unit, or an ``agency`` that is no region's, in the notice's whole area. ``lines`` are those whose
    offices are there and asked."""

    region_id: int
    name: str
    lines: tuple[str, ...]
    agency: str = ""

    @property
    def key(self) -> str:
        """What tells it from others, in addresses and forms."""
        return f"{self.region_id}:{self.agency}" if self.agency else str(self.region_id)


@dataclass(frozen=True, slots=True)
class DutyStatus:
    """How somebody who owes it stands to what is due: sent (``filing``), or so many days late (negative: days left).

    ``owed`` is False where the notice is not in force on the day: nobody here has to send it, and nobody is late.
    """

    due: Due
    owner: Owner
    late: int
    filing: Filing | None
    owed: bool = True

    @property
    def region_id(self) -> int:
        """The unit's region; an agency's, the notice's whole area."""
        return self.owner.region_id

    @property
    def unit(self) -> str:
        """The name of the unit or agency."""
        return self.owner.name

    @property
    def overdue(self) -> bool:
        """Whether it is owed, its day has passed and nothing was sent."""
        return self.owed and self.filing is None and self.late > 0

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


def owners(notice: Notice, duty: Duty) -> tuple[Owner, ...]:
    """Who owes a duty: the units that the notice names, in the order of its edition, then regions and agencies besides.

    Raises Unusable ``region_unknown`` and others of ``regions.find`` where a region besides is not found.
    """
    view, owed = edition(notice.edition), duty.owed_by
    root = Region.objects.get(pk=view.root_id) if owed.also else None
    besides = [find(name, root, view.on) for name in owed.also]
    every = [(unit.region_id, unit.name) for unit in view.units if unit.name not in owed.without]
    every += [(region.pk, region.short_name) for region in besides]
    lines = {
        name: tuple(line for line in duty.by.lines if line not in gone) for name, gone in owed.lacking.items()
    }
    return (
        *(Owner(region, name, lines.get(name, duty.by.lines)) for region, name in every),
        *(Owner(view.root_id, name, duty.by.lines, name) for name in owed.agencies),
    )


def due(notice: Notice, code: str, on: date) -> Due | None:
    """One of them; None where nothing of that name is due on the day."""
    return next((one for one in dues(notice) if one.duty.code == code and one.on == on), None)


def unit_statuses(
    notices: Iterable[Notice], viewer: Viewer, today: date, lines: frozenset[str] | None = None
) -> list[DutyStatus]:
    """How the units (and agencies) that owe it and that the viewer may look at stand to everything that is due, by day and
    in the order of the units.

    ``lines`` narrows to what the offices of some lines have to send. Three queries and one an edition. Raises Refused.
    """
    demand(viewer, Action.COUNT, "duties")
    switched = queries.switches()
    known = [one for notice in notices for one in dues(notice)]
    owed = {(one.notice.code, one.duty.code): owners(one.notice, one.duty) for one in known}
    every = {owner.region_id for found in owed.values() for owner in found}
    shown = set(Region.objects.filter(viewer.scope(""), pk__in=every).values_list("pk", flat=True))
    sent = {
        (one.notice, one.duty, one.due, one.region_id, one.agency): one
        for one in Filing.objects.filter(region__in=shown, revoked_at__isnull=True)
    }
    return [
        DutyStatus(
            one,
            owner,
            (today - one.on).days,
            sent.get((*one.key, owner.region_id, owner.agency)),
            one.notice.code in switched and switched[one.notice.code].holds(one.on),
        )
        for one in sorted(known, key=lambda one: one.on)
        for owner in owed[one.notice.code, one.duty.code]
        if owner.region_id in shown and (lines is None or lines.intersection(owner.lines))
    ]


def register(one: Due, keys: Sequence[str], sent_on: date, how: str, viewer: Viewer) -> int:
    """Register that units or agencies (by ``Owner.key``) have sent what was due; how many had not been registered before.

    Raises Unusable ``nothing_chosen``, ``not_a_unit``, ``sent_in_future``; Refused outside the viewer's regions.
    """
    permit = permitted(viewer, Action.ENTER, one.subject, registry=False)
    if not keys:
        raise Unusable("nothing_chosen", _("请先勾选单位。"))
    if sent_on > timezone.localdate():
        raise Unusable("sent_in_future", _("报送日期不能晚于今天。"))
    owed = {owner.key: (owner.region_id, owner.agency) for owner in owners(one.notice, one.duty)}
    if not owed.keys() >= set(keys):
        raise Unusable("not_a_unit", _("通知没有要求这个单位报送。"))
    wanted = {owed[key] for key in keys}
    regions = {region for region, _agency in wanted}
    open_to = set(Region.objects.filter(viewer.scope(""), pk__in=regions).values_list("pk", flat=True))
    permit.refuse_unless(regions <= open_to)
    said = how.strip()[:LONGEST]
    with permit.because(said) as change:
        notice, duty, day = one.key
        there = Filing.objects.select_for_update().filter(
            notice=notice, duty=duty, due=day, revoked_at__isnull=True
        )
        new = wanted - set(there.values_list("region_id", "agency"))
        Filing.objects.bulk_create(
            Filing(
                notice=notice,
                duty=duty,
                due=day,
                region_id=region,
                agency=agency,
                sent_on=sent_on,
                how=said,
                by=viewer.name,
            )
            for region, agency in sorted(new)
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
