"""Rows of a matrix: the units of a notice's edition with their targets, values or ratios by indicator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.percentages import NONE
from qiaojie.measures import queries as measures
from qiaojie.measures.queries import Measurement, Value
from qiaojie.notices import queries as notices
from qiaojie.notices import rulings
from qiaojie.notices.matrix import REGION_FIELD, Show, field
from qiaojie.regions import queries as regions
from qiaojie.tables.grid import Mark

from .sources import FormRequest, Row

NO_RATIO = Mark(NONE)
"""What stands for a ratio over a target of 0, or over none."""

Number = Callable[[int | None, str], str]


def rows(
    asked: FormRequest, show: Show, number: Number | None
) -> tuple[list[Row], dict[str, Any], Callable[[int, str], str | None] | None]:
    """The rows in the notice's order, what stands in 合计, and the addresses behind the numbers.

    合计 adds up the rows that are shown, each indicator in its own unit; the whole edition's is the notice's own. What
    is not measured stays empty; a ratio over no target is —.
    """
    found = _measured(asked)
    every = len(found.units) == len(regions.edition(found.notice.edition).units)
    totals = found.total if every else {i.code: _sum(found, i.code) for i in found.indicators}
    lines: list[Row] = [{REGION_FIELD: unit.name, **_cells(found, unit.values, show)} for unit in found.units]
    addresses = _addresses(found, every, number) if number else None
    return lines, _cells(found, totals, show), addresses


def units(asked: FormRequest) -> list[Row]:
    """The rows of the empty form: the units, nothing else."""
    return [{REGION_FIELD: unit.name} for unit in _measured(asked).units]


def notes(asked: FormRequest, show: Show) -> list[str]:
    """Which indicators are not measured, so that nobody takes an empty column for zero."""
    if show is Show.TARGET:
        return []
    found = []
    missing = [i.name for i in notices.notice(asked.table.notice).indicators if not i.measured]
    if missing:
        found.append(_("注：%s尚未计量，空白不表示零。") % "、".join(missing))
    return [*found, *_doubts(asked)]


def _doubts(asked: FormRequest) -> list[str]:
    """How many of the persons in the form's rows may be counted twice, by indicator: nobody has said yet."""
    found = _measured(asked)
    numbers = [(i.name, sum(unit.values[i.code].doubtful for unit in found.units)) for i in found.indicators]
    said = [
        _("%(name)s %(number)d 人") % {"name": name, "number": number} for name, number in numbers if number
    ]
    if not said:
        return []
    return [_("注：其中可能与另一份登记是同一人、待核对的：%s。认定以前都计入。") % "、".join(said)]


def said(asked: FormRequest) -> list[str]:
    """What superiors ruled on the indicators of the form (口径答疑), for whoever reads it on paper."""
    notice = notices.notice(asked.table.notice)
    return rulings.lines(notice, [one.code for one in notice.indicators])


def _measured(asked: FormRequest) -> Measurement:
    notice = notices.notice(asked.table.notice)
    return measures.measure(notice, min(asked.on, asked.until), asked.viewer, asked.region)


def _cells(found: Measurement, values: Mapping[str, Value], show: Show) -> dict[str, Any]:
    return {
        field(indicator.code, part, show): _cell(values[indicator.code], part)
        for indicator in found.indicators
        for part in show.parts
    }


def _cell(value: Value, part: Show) -> Any:
    if part is Show.TARGET:
        return value.target
    if part is Show.APPROVED:
        return value.approved
    if value.approved is None:
        return None
    return NO_RATIO if value.done is None else value.done / 100


def _sum(found: Measurement, code: str) -> Value:
    values = [unit.values[code] for unit in found.units]
    done = [value.approved for value in values if value.approved is not None]
    cohorts = [value.cohort for value in values if value.cohort is not None]
    targets = [value.target for value in values if value.target is not None]
    # Percentages are never added up: of a ratio both its numbers are, and the area's own target holds.
    target = found.total[code].target if cohorts else sum(targets) if targets else None
    return Value(target, sum(done) if done else None, cohort=sum(cohorts) if cohorts else None)


def _addresses(found: Measurement, every: bool, number: Number) -> Callable[[int, str], str | None]:
    """Every number of a measured indicator opens to the rows that count towards it."""
    measured = {i.code for i in found.indicators if i.measured}
    keys = [unit.region_id for unit in found.units]

    def address(index: int, name: str) -> str | None:
        code = name.partition(".")[0]
        if code not in measured or (index < 0 and not every):
            return None
        return number(None if index < 0 else keys[index], code) or None

    return address
