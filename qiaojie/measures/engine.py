"""From an indicator's definition to who counts: one statement over the facts, the same on both databases.

What is counted once (a person, a household, a base) counts for the unit of its first approved fact, by the day of the
event and then by entry, unless it was given over to another unit; pending facts count as pending until then; facts
under other units are told apart as counted elsewhere. A preferred fact (a business of her own) stands behind her number
from its day on, without moving her day or her unit. Events and amounts count as themselves; a person's event in a class
counts once for both. The day is that of the event, so that "as of" a date means what had happened by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator

from . import facts
from .models import Part

VERSION = 3
"""Counted up when the way of counting changes, so that kept totals of older code are not believed."""

RULE = set("count ledger where answered_by split prefer of also reached within_months".split())
"""What of an indicator says how it is counted."""

COLUMNS = ("part", "unit_id", "key", "source", "fact_id", "day", "until", "number")

_EACH = """
SELECT CASE WHEN a = 1 THEN 'approved' ELSE 'pending' END, u, k, s, pk, d, {no_day}, n FROM base
"""

# Of every key the first approved fact stands first, or the first one that waits. No table is joined to itself: how
# many rows a part will have cannot be guessed before it is worked out, and a wrong guess costs minutes.
_SEEN = """,
seen AS (
  SELECT s, pk, k, u, d, a, x,
    ROW_NUMBER() OVER firsts AS place,
    FIRST_VALUE(CASE WHEN a = 1 THEN d END) OVER firsts AS since,
    FIRST_VALUE(CASE WHEN a = 1 AND x = 1 THEN {given} END) OVER firsts AS home{chosen}
  FROM base {hand_over}
  WINDOW firsts AS (PARTITION BY k ORDER BY a DESC, d, s, pk){window}
)
"""

_APPROVED = """
SELECT 'approved', home, k, s, pk, d, {no_day}, 1 FROM seen WHERE place = 1 AND home IS NOT NULL
"""

_CHOSEN = """,
    ROW_NUMBER() OVER likes AS liked,
    FIRST_VALUE(CASE WHEN a = 1 AND p = 1 THEN d END) OVER likes AS better"""

_LIKES = ", likes AS (PARTITION BY k ORDER BY a DESC, p DESC, d, s, pk)"

# Until the preferred fact's day the first one stands behind the number, then the preferred one: the sum stays.
_APPROVED_LIKED = """
SELECT 'approved', home, k, s, pk, d, CASE WHEN liked > 1 THEN better END, 1
FROM seen WHERE place = 1 AND home IS NOT NULL AND (liked = 1 OR better > d)
UNION ALL
SELECT 'approved', home, k, s, pk, d, {no_day}, 1 FROM seen WHERE liked = 1 AND place > 1 AND home IS NOT NULL
"""

_OTHERS = """
UNION ALL
SELECT 'pending', u, k, s, pk, d, since, 1
FROM (SELECT seen.*, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, s, pk) AS nth FROM seen WHERE a = 0) w
WHERE nth = 1 AND x = 1 AND (since IS NULL OR d < since)
UNION ALL
SELECT 'elsewhere', u, k, s, pk, CASE WHEN d > since THEN d ELSE since END, {no_day}, 1
FROM (SELECT seen.*, ROW_NUMBER() OVER (PARTITION BY k, u ORDER BY d, s, pk) AS nth FROM seen WHERE u <> home) e
WHERE nth = 1
"""

# An approved figure holds until the next approved one; one that waits, until any later one.
_TYPED = """
SELECT CASE WHEN a = 1 THEN 'approved' ELSE 'pending' END, u, k, s, pk, d,
  CASE WHEN a = 1 THEN next_approved ELSE next_any END, n
FROM (
  SELECT b.*, LEAD(d) OVER (PARTITION BY k, a ORDER BY d, pk) AS next_approved,
    LEAD(d) OVER (PARTITION BY k ORDER BY d, pk) AS next_any
  FROM base b
) t
"""

# A cohort is everybody's first approved fact of the first source; what she reached is her earliest approved fact of
# the second one from that day until the deadline. Without a deadline both are said of the same fact.
_RATIO = """,
cohort AS (
  SELECT s, pk, k, u, d, place, since, {due} AS due FROM (
    SELECT s, pk, k, u, d, ROW_NUMBER() OVER firsts AS place,
      FIRST_VALUE(CASE WHEN s = 0 THEN d END) OVER firsts AS since
    FROM base WHERE a = 1 WINDOW firsts AS (PARTITION BY k ORDER BY s, d, pk)
  ) r
),
outcome AS (
  SELECT pk, k, u, d, place, due,
    MIN(CASE WHEN s = 1 AND d BETWEEN since AND due THEN d END) OVER (PARTITION BY k) AS got
  FROM cohort WHERE since IS NOT NULL
)
SELECT 'reached', u, k, 0, pk, got, {no_day}, 1 FROM outcome WHERE place = 1 AND got IS NOT NULL
UNION ALL
SELECT 'waiting', u, k, 0, pk, d, COALESCE(got, {after}), 1
FROM outcome WHERE place = 1 AND (got IS NULL OR got > d)
UNION ALL
SELECT 'missed', u, k, 0, pk, {after}, {no_day}, 1 FROM outcome WHERE place = 1 AND got IS NULL
"""

_SAME_FACT = """
SELECT CASE WHEN got = 1 THEN 'reached' ELSE 'missed' END, u, k, 0, pk, d, {no_day}, 1
FROM (SELECT b.*, MAX(s) OVER (PARTITION BY pk) AS got FROM base b WHERE a = 1) t WHERE s = 0
"""


def fingerprint(indicator: Indicator, period: Period) -> str:
    """What a kept total was counted by: changes when the definition, the period or the way of counting does."""
    text = json.dumps([VERSION, _rule(indicator), period.code], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _rule(indicator: Indicator) -> dict[str, Any]:
    return indicator.model_dump(mode="json", include=RULE)


def alike(indicators: Iterable[Indicator]) -> list[list[Indicator]]:
    """Groups of indicators that rest on the same lines: they differ in nothing but which of these they split off."""
    groups: dict[str, list[Indicator]] = {}
    for indicator in indicators:
        rule = _rule(indicator)
        del rule["split"]
        # A typed figure belongs to the indicator it was typed for.
        own = indicator.code if indicator.count == "typed" else ""
        groups.setdefault(json.dumps([own, rule], sort_keys=True), []).append(indicator)
    return list(groups.values())


def counted_sql(
    notice: str, indicator: Indicator, period: Period, keys: Sequence[int] | None = None
) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` for everything the indicator counts (or only these keys), and its parameters."""
    lines, params = lines_sql(notice, [indicator], period, keys)
    return folded_sql(notice, indicator, f"({lines}) lines", "x0", params)


def lines_sql(
    notice: str, alike: Sequence[Indicator], period: Period, keys: Sequence[int] | None = None
) -> tuple[str, list[Any]]:
    """A statement that yields the facts that such indicators rest on, from all their sources, and its parameters."""
    parts: list[str] = []
    params: list[Any] = []
    columns = (*facts.LINE, *facts.splits_of(alike))
    for rest in facts.rested(notice, alike[0]):
        later = alike[0].reached is not None and rest.place > 0
        sql, own = facts.lines(alike, rest, None if later else period, keys).query.sql_with_params()
        parts.append(sql)
        params += own
    united = " UNION ALL ".join(f"SELECT * FROM ({sql}) q{n}" for n, sql in enumerate(parts))  # noqa: S608  (our own)
    return f"WITH lines ({', '.join(columns)}) AS ({united}) SELECT * FROM lines", params  # noqa: S608


def folded_sql(
    notice: str, indicator: Indicator, lines: str, split: str, params: Sequence[Any] = ()
) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` from lines that lie in a table (or a statement with ``params``): the column
    ``split`` says which of them the indicator splits off."""
    body, more = _body(notice, indicator)
    base = f"SELECT {', '.join(facts.LINE)}, {split} AS x FROM {lines}"  # noqa: S608
    return f"WITH base AS ({base}){body}", [*params, *more]


def _body(notice: str, indicator: Indicator) -> tuple[str, list[Any]]:
    words = _WORDS[connection.vendor]
    if indicator.count == "sum" or (indicator.count == "events" and not _joins(notice, indicator)):
        return _EACH.format(**words), []
    if indicator.count == "typed":
        return _TYPED, []
    if indicator.count == "ratio":
        if indicator.within_months is None:
            return _SAME_FACT.format(**words), []
        due = words["due"].format(months=indicator.within_months, more=indicator.within_months + 1)
        return _RATIO.format(**{**words, "due": due}), []
    given, join, more = "u", "", []
    if facts.counts_persons(indicator):
        given = "COALESCE(h.unit_id, u)"
        join = "LEFT JOIN measures_handover h ON h.notice = %s AND h.indicator = %s AND h.person_id = k"
        more = [notice, indicator.code]
    approved, chosen, window = _APPROVED, "", ""
    if indicator.prefer:
        approved, chosen, window = _APPROVED_LIKED, _CHOSEN, _LIKES
    text = _SEEN + approved + _OTHERS
    return text.format(given=given, hand_over=join, chosen=chosen, window=window, **words), list(more)


def _joins(notice: str, indicator: Indicator) -> bool:
    return any(facts.joined(indicator, rest.ledger) is not None for rest in facts.rested(notice, indicator))


# The deadline is the same day of the month so many months later, or that month's last day.
_WORDS = {
    "postgresql": {
        "no_day": "CAST(NULL AS date)",
        "due": "CAST(since + INTERVAL '{months} months' AS date)",
        "after": "due + 1",
    },
    "sqlite": {
        "no_day": "NULL",
        "due": "MIN(date(since, '+{months} months'), date(since, 'start of month', '+{more} months', '-1 day'))",
        "after": "date(due, '+1 day')",
    },
}


def parts(indicator: Indicator) -> tuple[Part, ...]:
    """The parts that a value of this indicator has."""
    if indicator.count == "ratio":
        return (Part.REACHED, Part.WAITING, Part.MISSED)
    if indicator.count in {"events", "sum", "typed"}:
        return (Part.APPROVED, Part.PENDING)
    return (Part.APPROVED, Part.PENDING, Part.ELSEWHERE)
