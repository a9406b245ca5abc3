"""Notices with their targets, board figures, the rows behind a figure, what keeps others from counting, and regions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404
from django.utils.translation import gettext_noop as N_
from ninja import Query, Router
from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticCustomError

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action, demand, refuse
from qiaojie.measures import near_misses, year_totals
from qiaojie.measures import queries as measures
from qiaojie.measures.engine import parts
from qiaojie.measures.models import ValuePart
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import EditionView
from qiaojie.regions.models import Region

from ..components import addressed
from ..components.units import counties_of
from . import params, values
from .door import ApiRequest
from .ledgers import MOST, PageOut

router = Router(tags=[N_("通知和进度")])

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
Unit = Annotated[str, Query(description=N_("单位的代码或名称，不写为全部"))]


def _as_written(given: object) -> object:
    """A day as people write it. The library would take a bare number for seconds since 1970. Raises PydanticCustomError."""
    if isinstance(given, str) and not _DAY.fullmatch(given):
        raise PydanticCustomError("date_parsing", "a day is written 2023-11-30")
    return given


Day = Annotated[date | None, Query(description=N_("截至哪天")), BeforeValidator(_as_written)]


class RegionOut(BaseModel):
    """A region; ``code`` is '' where it has none (zones)."""

    key: str
    code: str
    name: str


class IndicatorOut(BaseModel):
    """What a notice counts, and how it defines it."""

    code: str
    label: str
    unit: str
    definition: str
    measured: bool


class TargetOut(BaseModel):
    """What a unit works towards, by indicator; ``local`` is the higher figure that it set itself."""

    unit: RegionOut
    figures: dict[str, int | None]
    local: dict[str, int | None]


class NoticeOut(BaseModel):
    """A notice in short."""

    code: str
    title: str
    number: str
    edition: str
    begins: date
    ends: date


class NoticeWhole(NoticeOut):
    """A notice: its indicators, the targets of the whole area, and of the units that the account may look at."""

    indicators: list[IndicatorOut]
    total: dict[str, int | None]
    units: list[TargetOut]


class Figure(BaseModel):
    """One value in the indicator's unit; null is "not known". ``elsewhere`` are people whom another unit counts.

    ``local`` is the higher figure that the unit set itself beside the order (自加), ``local_share`` how much of that is done,
    in per cent. ``doubtful`` are those of the approved persons who may be another one that is counted too. Of a ratio
    ``approved`` are those who reached it, out of ``cohort``, ``share`` in per cent, ``waiting`` not yet due.
    """

    target: int | None
    approved: int | None
    pending: int | None
    elsewhere: int | None
    local: int | None
    local_share: float | None
    cohort: int | None
    waiting: int | None
    share: float | None
    doubtful: int


class UnitOut(BaseModel):
    """A unit with its figures by indicator."""

    unit: RegionOut
    figures: dict[str, Figure]


class TypedTotalOut(BaseModel):
    """A total of the whole year before that somebody typed, since nothing of that unit and year was ever counted: never part of
    this year's figures. ``evidence`` says where it comes from."""

    unit: RegionOut
    indicator: str
    year: int
    number: int
    evidence: str
    by: str
    at: datetime


class BoardOut(BaseModel):
    """A notice measured on a day. ``total`` is over all units, shown or not; ``outside`` was filed by units that are not on
    the notice's map."""

    notice: str
    as_of: date
    indicators: list[IndicatorOut]
    total: dict[str, Figure]
    units: list[UnitOut]
    outside: dict[str, int]
    typed_before: list[TypedTotalOut]


class GapOut(BaseModel):
    """One thing to mend (``field``), and how many would count as soon as it is."""

    field: str
    label: str
    number: int


class EditionOut(BaseModel):
    """The units that notices list, in their order; ``under`` are regions right beneath the one that was asked for."""

    code: str
    label: str
    as_of: date
    root: RegionOut
    units: list[RegionOut]
    under: list[RegionOut]


@router.get(
    "/notices",
    response=list[NoticeOut],
    summary=N_("通知"),
    description=N_("全部通知。"),
)
def index(request: ApiRequest) -> Any:
    """All notices."""
    _demand_either(request, "notices")
    return [NoticeOut(**_short(held)) for held in notices.every()]


@router.get(
    "/notices/{notice}",
    response=NoticeWhole,
    summary=N_("通知的指标和任务数"),
    description=N_("指标的口径，全域和范围内各单位的任务数。"),
)
def one(request: ApiRequest, notice: str) -> Any:
    """How indicators are defined, what the area and its units work towards."""
    viewer = request.viewer
    _demand_either(request, f"notice/{notice}")
    held = addressed.notice_of(notice)
    view = regions.edition(held.edition)
    targets = notices.targets(held, view)
    codes = [one.code for one in _open(held, request)]
    named = _named(view)
    found: set[int] = set()
    if viewer.may(Action.COUNT):
        open_to = Region.objects.filter(viewer.scope(""), pk__in=view.unit_ids)
        found = set(open_to.values_list("pk", flat=True))
    return NoticeWhole(
        **_short(held),
        indicators=[_indicator(one) for one in _open(held, request)],
        total={code: targets.total.get(code) for code in codes},
        units=[
            TargetOut(
                unit=named[one.region_id],
                figures={code: one.figures.get(code) for code in codes},
                local={code: figure for code, figure in one.local.items() if code in codes},
            )
            for one in targets.units
            if one.region_id in found
        ],
    )


@router.get(
    "/notices/{notice}/board",
    response=BoardOut,
    summary=N_("任务进度"),
    description=N_("各单位各指标的任务数、已审核、待审核、别处已计。"),
)
def board(request: ApiRequest, notice: str, on: Day = None, unit: Unit = "") -> Any:
    """Target, approved, pending and counted elsewhere, per unit and indicator."""
    viewer = request.viewer
    held = addressed.notice_of(notice)
    region = params.region_of(unit, f"board/{notice}", viewer) if unit else None
    found = measures.measure(held, params.day_of(on, held), viewer, region)
    codes = [one.code for one in _open(held, request)]
    named = _named(regions.edition(held.edition))
    viewer.note(Action.COUNT, f"board/{notice}", rows=len(found.units))
    return BoardOut(
        notice=held.code,
        as_of=found.on,
        indicators=[_indicator(one) for one in _open(held, request)],
        total=_figures(found.total, codes),
        units=[
            UnitOut(unit=named[row.region_id], figures=_figures(row.values, codes)) for row in found.units
        ],
        outside={code: number for code, number in found.outside.items() if code in codes},
        typed_before=_typed_before(found, codes, named),
    )


@router.get(
    "/notices/{notice}/indicators/{indicator}/rows",
    response=PageOut,
    summary=N_("一个数背后的记录"),
    description=N_("密钥看得到的那些；``count`` 为空，因为其余的只计数。"),
)
def behind(
    request: ApiRequest,
    notice: str,
    indicator: str,
    part: Annotated[str, Query(description=N_("approved、pending、elsewhere 等"))] = "",
    on: Day = None,
    unit: Unit = "",
    size: Annotated[int, Query(ge=1, le=MOST)] = 50,
    after: Annotated[int | None, Query(ge=1)] = None,
) -> Any:
    """Those that the account sees; the others are only counted."""
    viewer = request.viewer
    demand(viewer, Action.COUNT, f"board/{notice}/{indicator}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator, viewer)
    named = parts(known)
    if part and part not in named:
        raise Http404(part)
    where = params.unit_of(unit, held, viewer)
    which = ValuePart(part) if part else named[0]
    day = params.day_of(on, held)
    ledger, found = measures.behind(held, indicator, where.pk if where else None, day, which)
    page = ledgers.page(params.opened(ledger, viewer), viewer, within=found, after=after, size=size)
    return PageOut(
        ledger=ledger.code,
        as_of=day,
        count=None,
        rows=[values.row(row, page.fields) for row in page.rows],
        following=page.following,
    )


@router.get(
    "/notices/{notice}/indicators/{indicator}/gaps",
    response=list[GapOut],
    summary=N_("差一步就能计入的"),
    description=N_("只差一样就能计入的，各差什么、有多少。"),
)
def gaps(request: ApiRequest, notice: str, indicator: str, on: Day = None, unit: Unit = "") -> Any:
    """Who would count as soon as one thing is mended: what, and how many."""
    viewer = request.viewer
    demand(viewer, Action.COUNT, f"near/{notice}/{indicator}")
    held = addressed.notice_of(notice)
    known = params.indicator_of(held, indicator, viewer)
    where = params.unit_of(unit, held, viewer)
    found = near_misses.steps(held, known, params.day_of(on, held), counties_of(viewer, held, where))
    viewer.note(Action.COUNT, f"near/{notice}/{indicator}", rows=len(found))
    return [GapOut(field=step.name, label=str(step.label), number=step.number) for step in found]


@router.get(
    "/editions/{edition}",
    response=EditionOut,
    summary=N_("一张地图的单位"),
    description=N_("通知用的区域版本，和某个区域的下级。"),
)
def edition(request: ApiRequest, edition: str, under: Unit = "") -> Any:
    """The regions of a notice's map; what lies right beneath one of them."""
    _demand_either(request, f"edition/{edition}")
    view = regions.edition(edition)
    named = _named(view)
    beneath: Iterable[Region] = ()
    if under:
        beneath = Region.objects.filter(parent=regions.find(under), ends__isnull=True).order_by("first")
    return EditionOut(
        code=view.code,
        label=view.label,
        as_of=view.on,
        root=_region(Region.objects.get(pk=view.root_id)),
        units=list(named.values()),
        under=[_region(one) for one in beneath],
    )


def _demand_either(request: ApiRequest, subject: str) -> None:
    """Whoever may see rows or figures may read what they are measured by. Raises Refused."""
    viewer = request.viewer
    if not (viewer.may(Action.SEE) or viewer.may(Action.COUNT)):
        refuse(viewer, Action.SEE, subject)
    viewer.note(Action.SEE, subject)


def _short(held: Notice) -> dict[str, Any]:
    return {
        "code": held.code,
        "title": held.title,
        "number": held.number,
        "edition": held.edition,
        "begins": held.span.begins,
        "ends": held.span.ends,
    }


def _open(held: Notice, request: ApiRequest) -> list[Indicator]:
    """The indicators that count nothing but ledgers which the key opens."""
    return [one for one in held.indicators if params.counted_openly(one, request.viewer)]


def _indicator(one: Indicator) -> IndicatorOut:
    return IndicatorOut(
        code=one.code, label=one.label, unit=one.unit, definition=one.definition, measured=one.measured
    )


def _named(view: EditionView) -> dict[int, RegionOut]:
    return {unit.region_id: RegionOut(key=unit.key, code=unit.code, name=unit.name) for unit in view.units}


def _region(held: Region) -> RegionOut:
    return RegionOut(key=held.key, code=held.code, name=held.name)


def _typed_before(
    found: measures.Measurement, codes: Iterable[str], named: Mapping[int, RegionOut]
) -> list[TypedTotalOut]:
    units = [row.region_id for row in found.units]
    asked = [found.notice.indicator(code) for code in codes]
    totals = year_totals.year_before(found.notice, asked, units, found.view)
    return [
        TypedTotalOut(
            unit=named[one.unit],
            indicator=code,
            year=one.year,
            number=one.number,
            evidence=one.evidence,
            by=one.by,
            at=one.at,
        )
        for code, total in totals.items()
        for one in total.sources
    ]


def _figures(found: Mapping[str, measures.Value], codes: Iterable[str]) -> dict[str, Figure]:
    return {code: _figure(found[code]) for code in codes}


def _figure(value: measures.Value) -> Figure:
    share = value.share
    return Figure(
        target=value.target,
        approved=value.approved,
        pending=value.pending,
        elsewhere=value.elsewhere,
        local=value.local,
        local_share=None if value.local_done is None else float(value.local_done),
        cohort=value.cohort,
        waiting=value.waiting,
        share=None if share is None else float(share),
        doubtful=value.doubtful,
    )
