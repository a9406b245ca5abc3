"""What was reached day by day: the line behind a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date

from django.db import connection

from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator, Notice

from . import engine
from .models import Measure, Part, Tally
from .queries import fen_per_unit


def reached_by_day(
    notice: Notice, indicator: Indicator, span: Period, counties: Collection[int], *, kept: bool = True
) -> dict[date, int]:
    """What each day added in these counties (or took off, where somebody counts no longer); money in fen.

    From kept totals, in two queries; ``kept`` False, or totals of another definition: counted on the spot over ``span``.
    """
    found: dict[date, int] = defaultdict(int)
    done = (Part.APPROVED, Part.REACHED)
    mark = engine.fingerprint(indicator, notice.span)
    measure = Measure.objects.filter(notice=notice.code, indicator=indicator.code, definition=mark).first()
    if kept and measure is not None:
        days = Tally.objects.filter(measure=measure, part__in=done).order_by()
        for unit, day, number in days.values_list("unit_id", "day", "number"):
            if unit in counties:
                found[day] += number
        return found
    sql, params = engine.counted_sql(notice.code, indicator, span)
    columns = ", ".join(engine.COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH t ({columns}) AS ({sql}) SELECT unit_id, day, until, SUM(number) FROM t "  # noqa: S608
            "WHERE part IN (%s, %s) GROUP BY unit_id, day, until",
            [*params, *(part.value for part in done)],
        )
        for unit, day, until, number in cursor.fetchall():
            if unit in counties:
                found[_day(day)] += int(number)
                if until is not None:
                    found[_day(until)] -= int(number)
    return found


def _day(found: date | str) -> date:
    """A day as the database gives it outside the ORM."""
    return date.fromisoformat(found) if isinstance(found, str) else found


def rounded_to(indicator: Indicator) -> Callable[[int], int]:
    """From what is kept of an indicator to its unit: amounts of money are rounded half up, the rest stays."""
    per = fen_per_unit(indicator) if indicator.count == "sum" else 1
    return lambda number: (number * 2 + per) // (2 * per)
