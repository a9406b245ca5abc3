"""The board: a notice's indicators over the units of its edition, and the rows behind every number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action, demand, refuse
from qiaojie.measures import disputes, services, townships
from qiaojie.measures import queries as measures
from qiaojie.measures.engine import parts
from qiaojie.measures.facts import counts_persons
from qiaojie.measures.models import Dispute, ValuePart
from qiaojie.measures.queries import Measurement, Value
from qiaojie.notices import rulings
from qiaojie.notices.rulings import KnownRuling
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.people.queries import canonical_of
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.reports import onepage
from qiaojie.web.components import addressed
from qiaojie.web.components.cells import cell
from qiaojie.web.components.progress import BANDS, Band, Progress, progress
from qiaojie.web.components.tiles import lay
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import attachment
from ..shared.listing import counted, listing
from .division import opened
from .money import spent
from .summary import indicator_standings
from .townships import opened_by, own_place, places

ELSEWHERE_TO = 500
"""People counted elsewhere whose units are named; where there are more, those of the first are."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the board and where it leads ('' where there is nothing behind it)."""

    indicator: Indicator
    progress: Progress
    address: str

    @property
    def html(self) -> SafeString:
        """The cell as a table has it."""
        return cell(self.progress, self.address)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row of the board."""

    name: str
    region_id: int | None
    cells: tuple[Cell, ...]


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """The notices that set indicators, each with its board, those in force first."""
    demand(request.viewer, Action.COUNT, "boards")
    current, others = params.divided(params.counting(request.viewer))
    return render(request, "web/desk/boards/boards.html", {"notices": current, "others": others})


@require_safe
def board(request: DeskRequest, notice: str) -> HttpResponse:
    """Units × indicators as of a day, with the same indicator as a tile grid."""
    held = addressed.notice_of(notice)
    if not held.indicators:
        raise Http404(notice)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    asked = request.GET.get("region", "")
    region = params.region_of(request, asked, f"board/{notice}") if asked else None
    found = measures.measure(held, on, request.viewer, region)
    chosen = _chosen(request, held)
    behind_at = {one.code: reverse("behind", args=[held.code, one.code]) for one in found.indicators}
    lines = [
        BoardRow(
            "".join(unit.name.split()), unit.region_id, _cells(found, unit.values, behind_at, unit.region_id)
        )
        for unit in found.units
    ]
    total = BoardRow(_("合计"), None, _cells(found, found.total, behind_at))
    # One unit's own board is read down its indicators, beside the total.
    own = lines[0] if len(lines) == 1 else None
    view = found.view
    place = held.indicators.index(chosen)
    said: dict[str, list[KnownRuling]] = {}
    for ruling in rulings.rulings(held):
        said.setdefault(ruling.indicator, []).append(ruling)
    tiles = lay(view, _root_name(view.root_id), [_tile(line, place) for line in lines])
    now = indicator_standings(found, found.units[0] if own else None)
    context = {
        "notice": held,
        "on": on,
        "region": region,
        "measurement": found,
        "chosen": chosen,
        "total": total,
        "own": own,
        "now": now,
        "cells": list(zip(now.lines, (own or total).cells, total.cells, strict=True)),
        "money": [spent(held, on, one, own.region_id if own else None) for one in now.money],
        "formats": onepage.FORMATS,
        "may_renew": now.year_before and services.may_renew(view, request.viewer),
        "shown": urlencode({"on": on.isoformat(), **({"region": asked} if region else {})}),
        "printed_at": timezone.localtime(),
        "said": said,
        "lines": lines,
        "tiles": tiles,
        "bands": [(band.value, label) for band, label in BANDS.items()],
        "counts": _counts(total),
        "places": places(found, params.region_in(held, own.region_id), request.viewer)
        if own and own.region_id
        else None,
        "own_place": own_place(found, request.viewer.region, request.viewer) if not lines else None,
        "outside": [(held.indicator(code), number) for code, number in found.outside.items()],
    }
    return render(request, "web/desk/boards/board.html", context)


@require_safe
def behind(request: DeskRequest, notice: str, indicator: str) -> HttpResponse:
    """The rows that make up a number of the board: approved, pending, or counted by another unit."""
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    part = _part(known, request.GET.get("part", ""))
    place, rest = _place(request, held)
    unit = place and params.region_in(held, regions.edition(held.edition).unit_of[place.pk])
    unit = unit or params.unit_of(request, held)
    division = opened(
        request.GET,
        held,
        known,
        unit,
        on,
        measures.behind(held, indicator, unit.pk if unit else None, on, part),
    )
    ledger, rows = division.ledger, division.rows
    if place is not None:
        rows = townships.narrowed(held, regions.edition(held.edition), ledger, rows, place, rest=rest)
    page = ledgers.page(
        ledger, request.viewer, within=rows, after=params.number_of(request.GET.get("after", ""))
    )
    counters: dict[int, str] = {}
    disputed: set[int] = set()
    if part is ValuePart.ELSEWHERE:
        people = [row.person_id for row in page.rows if row.person_id is not None]
        counters = _names(measures.elsewhere(held, indicator, people, on))
        disputed = _disputed(request, held, known, people)
    value = _value(request, held, known, on, unit, place, rest=rest)
    context = {
        "notice": held,
        "indicator": known,
        "on": on,
        "unit": unit,
        "place": place,
        "rest": rest,
        "part": part,
        "division": division,
        "parts": [(one.value, one.label, _in_part(value, one)) for one in parts(known)],
        "progress": progress(value, known.unit),
        "holders": _holders(held, known, unit, on) if value.elsewhere and counts_persons(known) else [],
        "rulings": rulings.rulings(held, known.code),
        "listing": listing(ledger, page, counters),
        "disputed": disputed,
        "may_dispute": part is ValuePart.ELSEWHERE and unit is not None and request.viewer.may(Action.ENTER),
        "may_approve": part is ValuePart.PENDING
        and not division.uncounted
        and ledger.approved
        and request.viewer.may(Action.APPROVE),
        "may_give": part is ValuePart.APPROVED
        and not division.uncounted
        and counts_persons(known)
        and request.viewer.may(Action.APPROVE),
        "counted": counted(ledger, request.viewer, rows),
        "crumbs": [
            (_("任务进度"), reverse("boards")),
            (held.title, f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}"),
        ],
    }
    return render(request, "web/desk/boards/behind.html", context)


def _part(indicator: Indicator, text: str) -> ValuePart:
    known = parts(indicator)
    if text and text not in known:
        raise Http404(text[:40])
    return ValuePart(text) if text else known[0]


def _place(request: DeskRequest, notice: Notice) -> tuple[Region | None, bool]:
    """The township or village to which the page is narrowed; or (True) a region of which it shows what lies in none of those
    beneath. Whoever may not look there is refused."""
    rest = params.number_of(request.GET.get("rest", ""))
    key = rest or params.number_of(request.GET.get("place", ""))
    place = params.region_in(notice, key) if key is not None else None
    if place is not None:
        subject = f"board/{notice.code}"
        params.demand_region(request, place, subject)
        if not opened_by(None if rest else place.pk, request.viewer):
            refuse(request.viewer, Action.SEE, f"{subject}?place={place.key}")
    return place, rest is not None


def _value(
    request: DeskRequest,
    notice: Notice,
    indicator: Indicator,
    on: date,
    unit: Region | None,
    place: Region | None,
    *,
    rest: bool,
) -> Value:
    """What the number is that the page stands behind."""
    found = measures.measure(notice, on, request.viewer)
    if place is not None:
        return townships.value_in(found, indicator, place, rest=rest)
    values = next((row.values for row in found.units if unit and row.region_id == unit.pk), found.total)
    return values[indicator.code]


def _in_part(value: Value, part: ValuePart) -> int | None:
    """How much of a value lies in one of its parts."""
    if part is ValuePart.MISSED:
        return (value.cohort or 0) - (value.approved or 0)
    return {
        ValuePart.APPROVED: value.approved,
        ValuePart.REACHED: value.approved,
        ValuePart.PENDING: value.pending,
        ValuePart.WAITING: value.waiting,
        ValuePart.ELSEWHERE: value.elsewhere,
    }[part]


def _disputed(request: DeskRequest, notice: Notice, indicator: Indicator, people: list[int]) -> set[int]:
    """Those of whom it has been said already that they are somebody else's, and who wait for the answer."""
    kept = canonical_of(people)
    known = {*kept, *kept.values()}
    open_ones = disputes.visible(request.viewer).filter(
        notice=notice.code, indicator=indicator.code, answer=Dispute.Answer.OPEN, person__in=known
    )
    said = set(open_ones.values_list("person_id", flat=True))
    return {record for record, person in kept.items() if said & {record, person}}


def _holders(notice: Notice, indicator: Indicator, unit: Region | None, on: date) -> list[tuple[str, int]]:
    """Which units count those whom this one does not, and how many each, the most first."""
    ledger, rows = measures.behind(notice, indicator.code, unit.pk if unit else None, on, ValuePart.ELSEWHERE)
    people = rows.order_by().values_list(f"{ledger.person}_id", flat=True).distinct()[:ELSEWHERE_TO]
    return Counter(
        _names(measures.elsewhere(notice, indicator.code, list(people), on)).values()
    ).most_common()


def _names(found: dict[int, int]) -> dict[int, str]:
    """Person's key → name of the unit that counts her."""
    names = dict(Region.objects.filter(pk__in=set(found.values())).values_list("pk", "short_name"))
    return {person: names.get(unit, "") for person, unit in found.items()}


def _root_name(root_id: int) -> str:
    return Region.objects.values_list("short_name", flat=True).get(pk=root_id)


def _chosen(request: DeskRequest, notice: Notice) -> Indicator:
    """The indicator of the tile grid: the one asked for, else the first that is measured."""
    code = request.GET.get("indicator", "")
    for one in notice.indicators:
        if one.code == code:
            return one
    return next((one for one in notice.indicators if one.measured), notice.indicators[0])


def _cells(
    found: Measurement, values: Mapping[str, Value], behind_at: Mapping[str, str], unit: int | None = None
) -> tuple[Cell, ...]:
    """The cells of a line. ``behind_at``: where the rows behind each indicator are shown, made once for all lines."""
    cells = []
    asked = f"?on={found.on.isoformat()}" + (f"&unit={unit}" if unit is not None else "")
    for indicator in found.indicators:
        drawn = progress(values[indicator.code], indicator.unit)
        address = f"{behind_at[indicator.code]}{asked}{_opening(drawn.value)}" if drawn.opens else ""
        cells.append(Cell(indicator, drawn, address))
    return tuple(cells)


def _opening(value: Value) -> str:
    """Which part a number opens first: what is approved, else what waits, else what others count."""
    if value.approved:
        return ""
    return f"&part={ValuePart.PENDING.value if value.pending else ValuePart.ELSEWHERE.value}"


def _tile(line: BoardRow, place: int) -> tuple[int, Progress, str]:
    one = line.cells[place]
    return line.region_id or 0, one.progress, one.address


@require_POST
def renew(request: DeskRequest, notice: str) -> HttpResponse:
    """Count last year again, as its records are now."""
    held = addressed.notice_of(notice)
    number = services.renew_year_before(held, request.viewer)
    messages.success(request, _("去年的数已按现在的记录重新计算：%d 项指标。") % number)
    on = params.day_of(request.POST.get("on", ""), params.default_day(held))
    return redirect(f"{reverse('board', args=[held.code])}?{urlencode({'on': on.isoformat()})}")


@require_safe
def page(request: DeskRequest, notice: str, format: str) -> HttpResponse:
    """The board on one sheet of paper, as a file: of the viewer's own unit, or of all together."""
    held = addressed.notice_of(notice)
    if not held.indicators or format not in onepage.FORMATS:
        raise Http404(format)
    on = params.day_of(request.GET.get("on", ""), params.default_day(held))
    asked = request.GET.get("region", "")
    region = params.region_of(request, asked, f"board/{notice}") if asked else None
    found = measures.measure(held, on, request.viewer, region)
    content = onepage.write(found, format, request.viewer)
    return attachment(onepage.name(found, format), content)


def _counts(total: BoardRow) -> dict[str, int]:
    """How many indicators are how far, over the whole edition. Values of different units are never added up."""
    measured = [cell.progress for cell in total.cells if cell.progress.measured]
    return {
        "all": len(total.cells),
        "measured": len(measured),
        "done": sum(drawn.band is Band.DONE for drawn in measured),
        "under": sum(drawn.band in (Band.NEAR, Band.MID, Band.LOW) for drawn in measured),
        "waiting": sum(bool(drawn.value.pending) for drawn in measured),
        "unmeasured": len(total.cells) - len(measured),
    }
