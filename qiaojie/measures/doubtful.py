"""How many of the persons that an indicator counts may be somebody whom it counts already (其中2人待核对).

Two records of which nobody has said whether they are one woman count as two until then. A person is in doubt here where the
other one is counted for the same indicator, for whichever unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from qiaojie.lib.dialects import named
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions.editions import EditionView

from . import engine
from .facts import counts_persons
from .models import ValuePart

Doubtful = dict[str, dict[int, int]]
"""Code of an indicator → region that counts → how many of its persons are in doubt."""

# What is in doubt is little: who counts is looked up by its key, from the pairs. SQLite keeps the order of CROSS JOINs, and
# without statistics would else read all who count for each of them.
_SQL = """WITH pairs AS (
  SELECT COALESCE(p.canonical_id, p.id) AS one, COALESCE(q.canonical_id, q.id) AS other
  FROM people_doubt d JOIN people_person p ON p.id = d.one JOIN people_person q ON q.id = d.other
  WHERE d.answer <> 'different' AND COALESCE(p.canonical_id, p.id) <> COALESCE(q.canonical_id, q.id)
), sides AS (SELECT one, other FROM pairs UNION SELECT other, one FROM pairs)
SELECT m.indicator, m.definition, c.unit_id, COUNT(DISTINCT c.key) AS number
FROM measures_measure m CROSS JOIN sides s CROSS JOIN measures_counted c CROSS JOIN measures_counted e
WHERE c.measure_id = m.id AND c.key = s.one AND e.measure_id = m.id AND e.key = s.other
  AND m.notice = %s AND NOT m.before AND c.part = %s AND c.day <= %s AND (c.until IS NULL OR c.until > %s)
  AND e.part = %s AND e.day <= %s AND (e.until IS NULL OR e.until > %s)
GROUP BY m.indicator, m.definition, c.unit_id
"""


class _Number(NamedTuple):
    """How many persons of one unit are in doubt."""

    indicator: str
    definition: str
    unit_id: int
    number: int


def doubtful(notice: Notice, indicators: Iterable[Indicator], on: date) -> Doubtful:
    """Of the approved part of each indicator that counts persons, how many are in doubt as of ``on``: one query for all.

    An indicator whose kept totals are of another definition has none said of it.
    """
    persons = [one for one in indicators if one.count in ("persons", "union") and counts_persons(one)]
    if not persons:
        return {}
    marks = engine.marks(notice, persons)
    counted: list[Any] = [ValuePart.APPROVED.value, on, on]
    found: Doubtful = {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [notice.code, *counted, *counted])
        for row in named(cursor, _Number):
            if marks.get(row.indicator) == row.definition:
                found.setdefault(row.indicator, {})[row.unit_id] = int(row.number)
    return found


def doubtful_of_units(notice: Notice, on: date, view: EditionView) -> list[tuple[int, str, int]]:
    """The same by the units of a map: (unit's region, code of the indicator, how many)."""
    shown = {place.region_id for place in view.units}
    found: Counter[tuple[int, str]] = Counter()
    for code, of_counties in doubtful(notice, notice.indicators, on).items():
        for county, number in of_counties.items():
            unit = view.unit_of.get(county)
            if unit is not None and unit in shown:
                found[unit, code] += number
    return [(unit, code, number) for (unit, code), number in found.items()]
