"""Review: what waits for an approver's word in a ledger, unit by unit, by class or batch, as one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.ledgers import journal, proposals, review
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.queries import Where
from qiaojie.ledgers.review import ReviewGroup, UnitRows, WaitingUnit
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.measures import approval_effects
from qiaojie.measures.approval_effects import Effects
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Level
from qiaojie.regions.queries import under
from qiaojie.web.components import addressed, filters
from qiaojie.web.components.proposed import ChangesOfBatch, drawn
from qiaojie.web.requests import DeskRequest

from ...shared import params
from .columns import columns
from .groups import Drawing, by_group
from .refusals import RefusedStep, Ticks

UNIT, OPEN, ONLY, FROM = "unit", "open", "noted", "from"
"""Parameters of the address beside those of the filters: the unit, the group that is opened by itself, whether only its rows to
be noticed are shown, the first group shown."""

GROUPS = 40
"""Groups of a page."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A unit at the left: what it is called, how much waits in it, and the address that shows it."""

    name: str
    number: int
    address: str
    current: bool


@dataclass(frozen=True, slots=True)
class InUnit:
    """What waits in the unit that the address asks for, or in that where something waits longest."""

    unit: WaitingUnit
    rows: UnitRows
    changes: tuple[ChangesOfBatch, ...]

    def keys(self, group: str) -> tuple[list[int], list[int]]:
        """The rows and the changes of a group, by its key. Raises Unusable ``group_gone``."""
        for one in self.rows.groups:
            if one.key == group:
                return list(one.keys), []
        changes = by_group(self.changes).get(group)
        if changes is None:
            raise Unusable("group_gone", _("这一组已经没有等您审核的记录，可能已由别人办理。"))
        return [], changes


@require_safe
def page(request: DeskRequest, code: str) -> HttpResponse:
    """The rows and changes of a ledger that wait for this viewer's approval, in one unit, by class or batch."""
    held = _demanded(request, code)
    return drawn_page(request, held)


def _demanded(request: DeskRequest, code: str) -> Ledger:
    held = addressed.ledger_of(code)
    demand(request.viewer, Action.APPROVE, held.code)
    if not held.approved:
        raise Http404(code)
    return held


def drawn_page(request: DeskRequest, held: Ledger, refused: RefusedStep | None = None) -> HttpResponse:
    """The page, as it stood when a step was refused (status 422) where one was."""
    viewer = request.viewer
    wanted = filters.read(held, request.GET, viewer)
    units = review.units(held, viewer, wanted.where)
    here = reverse("review", args=[held.code])
    inside = in_unit(request, held, wanted.where, units)
    opened = request.GET.get(OPEN, "")
    ticks = refused.ticks if refused else Ticks()
    first = params.number_of(request.GET.get(FROM, "")) or 0
    context = {
        "ledger": held,
        "page_path": here if refused else "",
        "here": here,
        "folders": _folders(held, units, inside, request.GET),
        "total": sum(one.number + one.changes for one in units),
        "unit": inside.unit if inside else None,
        "filtering": wanted,
        "controls": [one for one in wanted.controls if one.field.name not in ("state", "one_hand")],
        "chips": filters.chips(wanted, request.GET, states=False),
        "query": _kept(request.GET),
        "refused": refused,
        "ticks": ticks,
        "seen": journal.mark(held.model),
        "opened": opened,
        "crumbs": [(_("台账"), reverse("ledgers")), (held.label, reverse("ledger", args=[held.code]))],
    }
    if inside is not None:
        current = notices.in_force(timezone.localdate())
        shown = columns(held, viewer, current)
        groups = inside.rows.groups
        if opened:
            groups = tuple(one for one in groups if one.key == opened) or groups
        some = groups[first : first + GROUPS]
        last = first + GROUPS >= len(groups)
        faults = refused.rows if refused else {}
        effects = _effects(held, current, inside.unit, some)
        table = Drawing(held, viewer, shown, ticks, faults, effects, opened, ONLY in request.GET)
        context |= {
            "columns": shown,
            "width": len(shown.shown) + 3 + shown.age,
            "groups": table.groups(some, inside.changes if last and not opened else ()),
            "next": None if last else first + GROUPS,
            "others": inside.rows.others,
            "more": inside.rows.more,
        }
    return render(request, "web/desk/ledgers/review.html", context, status=422 if refused else 200)


def _effects(
    held: Ledger, current: Iterable[Notice], unit: WaitingUnit, found: Sequence[ReviewGroup]
) -> Effects:
    """What approving the groups of the page does to the figures of the unit."""
    region = unit.region.pk if unit.region is not None else None
    return approval_effects.effects(
        current,
        held,
        {one.key: one.keys for one in found},
        {one.key for one in found if one.final},
        region,
        timezone.localdate(),
    )


def in_unit(request: DeskRequest, held: Ledger, where: Where, units: list[WaitingUnit]) -> InUnit | None:
    """What waits in the unit that the address names; without one, in that where something waits longest. None where nothing
    waits there."""
    viewer = request.viewer
    asked = params.number_of(request.GET.get(UNIT, ""))
    if asked is None:
        chosen = min(units, key=lambda one: one.since, default=None)
    else:
        chosen = next((one for one in units if one.key == asked), None)
    if chosen is None:
        return None
    office = chosen.region
    if office is None:
        return InUnit(chosen, UnitRows((), 0, False), _changes(request, held, Q(region__isnull=True)))
    rows = review.unit_rows(held, viewer, where, office)
    county = viewer.level is not None and viewer.level >= Level.COUNTY
    within = Q(region=office) if county else under(office, "region")
    return InUnit(chosen, rows, _changes(request, held, within) if chosen.changes else ())


def sent_groups(request: DeskRequest, held: Ledger) -> InUnit | None:
    """``in_unit`` for a step: what waits now in the unit of the address."""
    wanted = filters.read(held, request.GET, request.viewer)
    units = review.units(held, request.viewer, wanted.where)
    return in_unit(request, held, wanted.where, units)


def _changes(request: DeskRequest, held: Ledger, within: Q) -> tuple[ChangesOfBatch, ...]:
    found = proposals.to_review(held, request.viewer, within)
    return tuple(drawn(held, found, request.viewer))


def _folders(held: Ledger, units: list[WaitingUnit], inside: InUnit | None, given: QueryDict) -> list[Folder]:
    here = reverse("review", args=[held.code])
    kept = [
        (name, text)
        for name, texts in given.lists()
        for text in texts
        if name not in (UNIT, OPEN, ONLY, FROM)
    ]
    made = []
    for one in units:
        address = f"{here}?{urlencode([*kept, (UNIT, one.key)])}"
        name = one.region.short_name if one.region is not None else _("未注明单位")
        current = inside is not None and inside.unit.key == one.key
        made.append(Folder(name, one.number + one.changes, address, current))
    return made


def _kept(given: QueryDict) -> str:
    """The parameters of the address, for the buttons of the page."""
    return given.urlencode()
