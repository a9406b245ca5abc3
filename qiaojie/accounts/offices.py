"""Who answers for each of the three leading lines in a region on a day: its own office, or the one that stands in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.regions.models import Region

from .models import OFFICES, Agency, StandIn, WorkLine
from .viewers import UserViewer


@dataclass(frozen=True, slots=True)
class Office:
    """A line in a region on a day. ``agency`` is None where nobody answers; ``called`` is its name of that day;
    ``reason`` is '' for the line's own office and says why where another one stands in."""

    line: WorkLine
    agency: int | None = None
    called: str = ""
    reason: str = ""

    @property
    def stands_in(self) -> bool:
        """Whether another line's office answers."""
        return bool(self.reason)


def offices(
    region_ids: Iterable[int], on: date, lines: Iterable[WorkLine] = OFFICES
) -> dict[int, tuple[Office, ...]]:
    """Who answers for the lines in each region on a day, in the order of ``lines``; four queries however many regions."""
    regions, wanted = list(region_ids), list(lines)
    own: dict[tuple[int, str], Office] = {}
    for one in Agency.objects.filter(region__in=regions, line__in=wanted).prefetch_related("names"):
        if called := one.called(on):
            own.setdefault((one.region_id, one.line), Office(WorkLine(one.line), one.pk, called))
    instead = StandIn.objects.filter(_holding(on), region__in=regions, line__in=wanted)
    for held in instead.select_related("agency").prefetch_related("agency__names"):
        office = Office(WorkLine(held.line), held.agency_id, held.agency.called(on), held.reason)
        own.setdefault((held.region_id, held.line), office)
    return {region: tuple(own.get((region, line), Office(line)) for line in wanted) for region in regions}


@dataclass(frozen=True, slots=True)
class Gap:
    """A region that lacks an office of some lines, and who answers for them."""

    region: Region
    offices: tuple[Office, ...]


def gaps(viewer: Viewer, on: date) -> list[Gap]:
    """Regions of the viewer with an office of one line and none of another, in the order of the tree. Raises Refused."""
    demand(viewer, Action.ADMINISTER, "agencies")
    known = Agency.objects.filter(viewer.scope("region"), line__in=OFFICES)
    found = offices(set(known.values_list("region_id", flat=True)), on)
    short = {pk: tuple(one for one in of if one.agency is None or one.stands_in) for pk, of in found.items()}
    lacking = Region.objects.filter(pk__in=[pk for pk, of in short.items() if of]).order_by("first")
    return [Gap(region, short[region.pk]) for region in lacking]


def own_lines(viewer: UserViewer) -> frozenset[str] | None:
    """The lines for which an account's office answers today; None for an agency outside the three lines."""
    agency = viewer.user.agency
    if agency is None or agency.line not in OFFICES:
        return None
    instead = StandIn.objects.filter(_holding(timezone.localdate()), agency=agency).values_list(
        "line", flat=True
    )
    return frozenset({agency.line, *instead})


def _holding(on: date) -> Q:
    """Condition: it holds on a day."""
    return (Q(ends__isnull=True) | Q(ends__gte=on)) & Q(begins__lte=on)
