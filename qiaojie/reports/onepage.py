"""A board on one sheet (一页纸): how every indicator of a notice stands, as a file. It names nobody.

A leader's paper: one line an indicator, in the notice's order; units stand in no order of their results.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.measures import days, gaps, year_totals
from qiaojie.measures.queries import Measurement, UnitRow
from qiaojie.measures.year_totals import YearTotal
from qiaojie.notices import rulings
from qiaojie.regions.models import Region
from qiaojie.tables.form import Caption, Column, Form
from qiaojie.tables.grid import Filled, Mark
from qiaojie.tables.writing import write as write_file

from . import money, pace

FORMATS = ("pdf", "docx", "xlsx")
SOURCES = 12
"""Typed totals whose sources the paper names: more would push its lines off the sheet; the board names all."""
_MORE = "等，另有%d个见系统"
_NONE = Mark("—")
_UNMEASURED = Mark("尚未计量")
_TITLE = "%s任务进度"
_FILE = "%s%s一页纸%s.%s"
_COUNTED = "（%s计）"
_NO_NUMBER = "无"
_CAPTIONS = (
    Caption("单位：", "area"),
    Caption("文号：", "number"),
    Caption("截至：", "on", "date", align="right"),
)
_COLUMNS = (
    Column("指标", "indicator", align="left", width=30),
    Column("计量单位", "unit", width=8),
    Column("任务数", "target", "integer"),
    Column("已审核", "approved", "integer"),
    Column("待审核", "pending", "integer"),
    Column("完成比例", "share", "percent"),
    Column("还差", "missing", "integer"),
    Column("按开班计划应到", "due", "integer"),
    Column("去年同日", "before", "integer"),
    Column("费用（元）", columns=(Column("已审核", "spent", "money"), Column("待审核", "waiting", "money"))),
    Column("每名结业学员费用（元）", "each", "money"),
)
"""Files are Chinese in every interface."""
_YEAR = Column("去年全年（※含填报数）", "year", align="right")
"""Stands only where totals of the year before were typed."""
_TYPED = "※ 填报数：系统没有那一年的记录，由人填写，不计入今年的数。%s。"
_SOURCE = "%s%s%s※（依据%s，%s，%s）"
_NOTES = (
    "只计审核通过的记录；待审核的不在已审核之中。应到按各班计划人数和计划结业日期计算，任务中没有排进班的部分在通知期满时才应完成；没有开班计划可比的不填。",
    "去年同日按同一口径计算%s；没有计算过的不填。费用只计本通知所列指标的台账中填明的金额，不同种类不相加。",
)


def name(found: Measurement, format: str) -> str:
    """What the file is called: unit, notice, day."""
    number = found.notice.number or found.notice.code
    return _FILE % (_area(found), number, f"{found.on:%Y%m%d}", format)


def write(found: Measurement, format: str, viewer: Viewer) -> bytes:
    """The sheet of the one unit measured, or of all together where there are more; logged as an export.

    Whoever may see the board may take it along: it has sums only. Raises Refused where the role may not, Unusable
    ``format_unknown``, ``pdf_no_face``.
    """
    subject = f"board/{found.notice.code}.{format}"
    demand(viewer, Action.COUNT, subject)
    notice = found.notice
    trends = _trends(found)
    earlier = _earlier(found)
    counted = min((one.counted_at for one in trends.values() if one.counted_at), default=None)
    on_day = _COUNTED % f"{timezone.localtime(counted):%Y-%m-%d}" if counted else ""
    form = Form(
        "one-page",
        _TITLE % notice.title,
        _columns(earlier),
        captions=_CAPTIONS,
        notes=(
            _NOTES[0],
            _NOTES[1] % on_day,
            *_sources(found, earlier),
            *rulings.lines(notice, [one.code for one in found.indicators]),
        ),
        orientation="landscape",
    )
    captions = {"area": _area(found), "number": notice.number or _NO_NUMBER, "on": found.on}
    rows = _rows(found, trends, earlier)
    content = write_file(Filled(form, captions, rows, mark=watermark(viewer)), format)
    viewer.note(Action.EXPORT, subject, rows=len(rows))
    return content


def _own(found: Measurement) -> UnitRow | None:
    return found.units[0] if len(found.units) == 1 else None


def _area(found: Measurement) -> str:
    own = _own(found)
    if own is not None:
        return "".join(own.name.split())
    root = found.view.root_id
    return Region.objects.values_list("short_name", flat=True).get(pk=root)


def _trends(found: Measurement) -> dict[str, days.Trend]:
    own, view = _own(found), found.view
    counties = [pk for pk in view.filing if own is None or view.unit_of[pk] == own.region_id]
    return days.trends(found.notice, found.indicators, found.on, counties)


def _earlier(found: Measurement) -> Mapping[str, YearTotal]:
    """Totals of the year before of which some were typed."""
    own, view = _own(found), found.view
    units = [own.region_id] if own is not None else view.unit_ids
    return year_totals.year_before(found.notice, found.indicators, units, view)


def _columns(earlier: Mapping[str, YearTotal]) -> tuple[Column, ...]:
    """The columns, with that of the whole year before where it is known from what was typed."""
    if not earlier:
        return _COLUMNS
    after = next(n for n, one in enumerate(_COLUMNS) if one.field == "before") + 1
    return (*_COLUMNS[:after], _YEAR, *_COLUMNS[after:])


def _sources(found: Measurement, earlier: Mapping[str, YearTotal]) -> list[str]:
    """A note on where typed totals come from; nothing where there are none."""
    told = [
        _SOURCE
        % (
            one.name,
            found.notice.indicator(code).name,
            f"{one.number:,}",
            one.evidence,
            one.by,
            f"{one.at:%Y-%m-%d}",
        )
        for code, total in earlier.items()
        for one in total.sources
    ]
    if len(told) > SOURCES:
        told = [*told[:SOURCES], _MORE % (len(told) - SOURCES)]
    return [_TYPED % "；".join(told)] if told else []


def _rows(
    found: Measurement, trends: Mapping[str, days.Trend], earlier: Mapping[str, YearTotal]
) -> list[dict[str, Any]]:
    own = _own(found)
    unit_id = own.region_id if own is not None else None
    values = own.values if own is not None else found.total
    paces = pace.overall(found, unit_id, exact=True)
    spent = money.costs(found)
    rows = []
    for one in found.indicators:
        value, due, total = values[one.code], paces.get(one.code), earlier.get(one.code)
        trend = year_totals.without_before(trends.get(one.code), total)
        cost = next((cost for kind in spent if (cost := kind.cost_of(one.code, unit_id))), None)
        rows.append(
            {
                "indicator": one.label,
                "unit": one.unit,
                "target": value.target or _NONE,
                "approved": _UNMEASURED if value.approved is None else value.approved,
                "pending": value.pending,
                "share": _NONE if value.done is None else value.done / 100,
                "missing": gaps.missing(value),
                "due": due.due if due is not None else None,
                "before": trend.before if trend is not None else None,
                "year": Mark(f"{total.number:,}{year_totals.MARK}") if total is not None else None,
                "spent": cost.approved if cost is not None else None,
                "waiting": cost.pending if cost is not None else None,
                "each": due.cost_each if due is not None else None,
            }
        )
    return rows
