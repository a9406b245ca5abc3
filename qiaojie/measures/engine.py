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
from collections.abc import Sequence
from typing import Any

from django.db import connection

from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator

from .facts import LINE, counts_persons, joined, lines, rested

VERSION = 3
"""Counted up when the way of counting changes, so that kept totals of older code are not believed."""

COLUMNS = ("part", "unit_id", "key", "source", "fact_id", "day", "until", "number")

_EACH = """
SELECT CASE WHEN a = 1 THEN 'approved' ELSE 'pending' END, u, k, s, pk, d, {no_day}, n FROM base
"""

_FIRSTS = """,
firsts AS (
  SELECT r.s, r.pk, r.k, {given} AS u, r.d, r.x FROM (
    SELECT s, pk, k, u, d, x, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, s, pk) AS place FROM base WHERE a = 1
  ) r {hand_over} WHERE r.place = 1
),
waiting AS (
  SELECT s, pk, k, u, d, x FROM (
    SELECT s, pk, k, u, d, x, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, s, pk) AS place FROM base WHERE a = 0
  ) r WHERE place = 1
)
"""

_APPROVED = "SELECT 'approved', u, k, s, pk, d, {no_day}, 1 FROM firsts WHERE x = 1"

_LIKED = """,
liked AS (
  SELECT s, pk, k, d FROM (
    SELECT s, pk, k, d, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, s, pk) AS place FROM base WHERE a = 1 AND p = 1
  ) r WHERE place = 1
)
"""

# Until the preferred fact's day the first one stands behind the number, then the preferred one: the sum stays.
_APPROVED_LIKED = """
SELECT 'approved', f.u, f.k, f.s, f.pk, f.d, l.d, 1
FROM firsts f LEFT JOIN liked l ON l.k = f.k AND (l.s <> f.s OR l.pk <> f.pk)
WHERE f.x = 1 AND (l.k IS NULL OR l.d > f.d)
UNION ALL
SELECT 'approved', f.u, l.k, l.s, l.pk, l.d, {no_day}, 1
FROM liked l JOIN firsts f ON f.k = l.k AND (l.s <> f.s OR l.pk <> f.pk)
WHERE f.x = 1
"""

_ONCE = """
UNION ALL
SELECT 'pending', w.u, w.k, w.s, w.pk, w.d, f.d, 1
FROM waiting w LEFT JOIN firsts f ON f.k = w.k
WHERE w.x = 1 AND (f.k IS NULL OR w.d < f.d)
UNION ALL
SELECT 'elsewhere', e.u, e.k, e.s, e.pk, CASE WHEN e.d > e.fd THEN e.d ELSE e.fd END, {no_day}, 1
FROM (
  SELECT b.u, b.k, b.s, b.pk, b.d, f.d AS fd, ROW_NUMBER() OVER (PARTITION BY b.k, b.u ORDER BY b.d, b.s, b.pk) AS place
  FROM base b JOIN firsts f ON f.k = b.k
  WHERE b.u <> f.u AND f.x = 1
) e
WHERE e.place = 1
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
  SELECT pk, k, u, d, {due} AS due FROM (
    SELECT pk, k, u, d, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, pk) AS place FROM base WHERE a = 1 AND s = 0
  ) r WHERE place = 1
),
outcome AS (
  SELECT c.pk, c.k, c.u, c.d, c.due,
    (SELECT MIN(b.d) FROM base b WHERE b.s = 1 AND b.a = 1 AND b.k = c.k AND b.d >= c.d AND b.d <= c.due) AS got
  FROM cohort c
)
SELECT 'reached', u, k, 0, pk, got, {no_day}, 1 FROM outcome WHERE got IS NOT NULL
UNION ALL
SELECT 'waiting', u, k, 0, pk, d, COALESCE(got, {after}), 1 FROM outcome WHERE got IS NULL OR got > d
UNION ALL
SELECT 'missed', u, k, 0, pk, {after}, {no_day}, 1 FROM outcome WHERE got IS NULL
"""

_SAME_FACT = """,
outcome AS (
  SELECT c.pk, c.k, c.u, c.d, EXISTS (SELECT 1 FROM base b WHERE b.s = 1 AND b.a = 1 AND b.pk = c.pk) AS got
  FROM base c WHERE c.s = 0 AND c.a = 1
)
SELECT CASE WHEN got THEN 'reached' ELSE 'missed' END, u, k, 0, pk, d, {no_day}, 1 FROM outcome
"""


def fingerprint(indicator: Indicator, period: Period) -> str:
    """What a kept total was counted by: changes when the definition, the period or the way of counting does."""
    counted = indicator.model_dump(
        mode="json",
        include={
            "count",
            "ledger",
            "where",
            "answered_by",
            "split",
            "prefer",
            "of",
            "also",
            "reached",
            "within_months",
        },
    )
    text = json.dumps([VERSION, counted, period.code], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def counted_sql(
    notice: str, indicator: Indicator, period: Period, keys: Sequence[int] | None = None
) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` for everything the indicator counts (or only these keys), and its parameters."""
    parts: list[str] = []
    params: list[Any] = []
    for rest in rested(notice, indicator):
        later = indicator.reached is not None and rest.place > 0
        sql, own = lines(indicator, rest, None if later else period, keys).query.sql_with_params()
        parts.append(sql)
        params += own
    united = " UNION ALL ".join(f"SELECT * FROM ({sql}) q{n}" for n, sql in enumerate(parts))  # noqa: S608  (our own)
    head = f"WITH base ({', '.join(LINE)}) AS ({united})"
    body, more = _body(notice, indicator)
    return head + body, [*params, *more]


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
    given, join, more = "r.u", "", []
    if counts_persons(indicator):
        given = "COALESCE(h.unit_id, r.u)"
        join = "LEFT JOIN measures_handover h ON h.notice = %s AND h.indicator = %s AND h.person_id = r.k"
        more = [notice, indicator.code]
    chosen = _LIKED + _APPROVED_LIKED if indicator.prefer else _APPROVED
    return (_FIRSTS + chosen + _ONCE).format(given=given, hand_over=join, **words), list(more)


def _joins(notice: str, indicator: Indicator) -> bool:
    return any(joined(indicator, rest.ledger) is not None for rest in rested(notice, indicator))


# The deadline is the same day of the month so many months later, or that month's last day.
_WORDS = {
    "postgresql": {
        "no_day": "CAST(NULL AS date)",
        "due": "CAST(d + INTERVAL '{months} months' AS date)",
        "after": "due + 1",
    },
    "sqlite": {
        "no_day": "NULL",
        "due": "MIN(date(d, '+{months} months'), date(d, 'start of month', '+{more} months', '-1 day'))",
        "after": "date(due, '+1 day')",
    },
}
