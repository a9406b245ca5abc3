"""What an address asks for: dates, regions, notices. Unreadable input is Unusable, foreign regions are refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from qiaojie.accounts.addresses import client_address
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Action, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import Unit
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.web.components import purposes, units
from qiaojie.web.requests import DeskRequest


def day_of(text: str, otherwise: date) -> date:
    """A date parameter. Raises Unusable ``date_unreadable``."""
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        message = _("“%s”不是日期，请写成 2023-11-30 这样的形式。") % text[:40]
        raise Unusable("date_unreadable", message) from wrong


def number_of(text: str) -> int | None:
    """A key in a parameter; None where there is none. Raises Http404 for anything else."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404(text[:40])
    return int(text)


def region_of(request: DeskRequest, text: str, subject: str) -> Region | None:
    """The region that a parameter names (name, code or path); the viewer's own where it is empty.

    A region elsewhere is refused and the attempt is logged. Raises Unusable as ``regions.find`` does.
    """
    if not text:
        return request.viewer.region
    region = regions.find(text)
    demand_region(request, region, subject)
    return region


def demand_region(request: DeskRequest, region: Region, subject: str) -> None:
    """Raise Refused, and log the attempt, unless the viewer may look at the region."""
    if not request.viewer.covers(region.pk):
        refuse(request.viewer, Action.SEE, f"{subject}?region={region.key}")


def default_day(notice: Notice) -> date:
    """The day a board shows when none is asked for: today, or the last day of a notice whose time is over."""
    return min(date.today(), notice.span.ends)


def indicator_of(notice: Notice, code: str) -> Indicator:
    """The indicator named in an address; 404 where there is none."""
    for known in notice.indicators:
        if known.code == code:
            return known
    raise Http404(code)


def demanded_number(text: str) -> int:
    """A key that a form must carry; 404 for anything else."""
    found = number_of(text)
    if found is None:
        raise Http404("key")
    return found


def unit_of(request: DeskRequest, notice: Notice) -> Region | None:
    """The unit that the address names by its key; whoever may not look there is refused, as anywhere."""
    key = number_of(request.GET.get("unit", ""))
    if key is None:
        return None
    region = Region.objects.filter(pk=key).first()
    if region is None or region.pk not in regions.edition(notice.edition).unit_ids:
        raise Http404(str(key))
    demand_region(request, region, f"board/{notice.code}")
    return region


def region_in(notice: Notice, key: int) -> Region:
    """A region beneath a notice's map, a unit or what lies in one, by its key; 404 for any other."""
    view = regions.edition(notice.edition)
    region = Region.objects.filter(pk=key).first()
    if region is None or region.pk == view.root_id or region.pk not in view.unit_of:
        raise Http404(str(key))
    return region


def counties_of(request: DeskRequest, notice: Notice, unit: Region | None) -> list[int]:
    """The regions whose facts stand under the unit, or under any unit that the viewer may look at."""
    return units.counties_of(request.viewer, notice, unit)


def field_of(ledger: Ledger, name: str) -> Field:
    """The field named in an address; 404 where there is none."""
    try:
        return ledger.field(name)
    except KeyError as unknown:
        raise Http404(name) from unknown


def concerning(viewer: UserViewer) -> list[Notice]:
    """The notices whose map lies around, at or beneath the viewer's region, the latest first."""
    return units.concerning(viewer, notices.every())


def counting(viewer: UserViewer) -> list[Notice]:
    """Those with indicators of which the viewer's region has a row, or holds all rows: a county has none on the board
    of provinces. A township's row is its county's."""
    own = viewer.region
    return [
        notice
        for notice, root in units.mapped(notices.every())
        if own is not None and notice.indicators and (own.holds(root) or _row_of(notice, own))
    ]


def divided(found: Iterable[Notice]) -> tuple[list[Notice], list[Notice]]:
    """Of these notices those that are in force today, and the others, each in the order given; one query."""
    current = {one.code for one in notices.in_force(timezone.localdate())}
    held = list(found)
    return [one for one in held if one.code in current], [one for one in held if one.code not in current]


def units_of(request: DeskRequest, notice: Notice) -> list[Unit]:
    """The units of a notice's map that the viewer may look at, in their order."""
    view = regions.edition(notice.edition)
    shown = Region.objects.filter(request.viewer.scope(""), pk__in=view.unit_ids)
    known = set(shown.values_list("pk", flat=True))
    return [unit for unit in view.units if unit.region_id in known]


def _row_of(notice: Notice, own: Region) -> bool:
    view = regions.edition(notice.edition)
    row = view.unit_of.get(own.pk)
    if row is None or row == own.pk or own.level <= Level.COUNTY:
        return row == own.pk
    return any(unit.region_id == row and unit.kind != RegionKind.PROVINCE for unit in view.units)


def own_address(request: HttpRequest, address: str, otherwise: str) -> str:
    """The address if it is one of ours: nobody is sent elsewhere by a forged link."""
    own = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    # A word without a slash would be taken for the name of a page.
    return address if own and "/" in address else otherwise


def purpose_of(request: HttpRequest) -> str:
    """For what somebody looks at personal data or takes it out, as ``purpose.html`` gives it and the log keeps it; '' for
    none. Raises Unusable ``purpose_missing`` where another than those offered was chosen and not said."""
    return purposes.read(request.POST)


def address_of(request: HttpRequest) -> str:
    """Where the request comes from."""
    return client_address(request.META, settings.QIAOJIE_PROXIES)
