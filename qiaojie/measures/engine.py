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
from dataclasses import dataclass
from typing import Any

from django.db import connection

from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator

from . import facts
from .models import ValuePart

VERSION = 4
"""Counted up when the way of counting changes, so that kept totals of older code are not believed."""

RULE = set("count ledger where answered_by split prefer of also reached within_months".split())
"""What of an indicator says how it is counted."""

COLUMNS = ("part", "unit_id", "key", "source", "fact_id", "day", "until", "number")


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of counting: what is worked out of the lines once, and the parts that are read from that.

    No table is joined to itself: how many rows a part will have cannot be guessed before it is worked out, and a
    database that guesses wrong takes minutes.
    """

    gather: str
    parts: str


_EACH = _Way(
    "SELECT * FROM lines",
    "SELECT CASE WHEN a = 1 THEN 'approved' ELSE 'pending' END, u, k, s, pk, d, {no_day}, n FROM {gathered}",
)

# Of every key the first approved fact stands first, or the first one that waits. ``since`` and ``home`` are day and unit
# of the approved one, ``y`` says whether it meets the split. Most keys have one fact: only the others are sorted.
_PLACED = """,
several AS (SELECT k FROM lines GROUP BY k HAVING COUNT(*) > 1)
SELECT lines.*, 1 AS place, CASE WHEN a = 1 THEN d END AS since, CASE WHEN a = 1 THEN u END AS home{alone}
FROM lines WHERE NOT EXISTS (SELECT 1 FROM several WHERE several.k = lines.k)
UNION ALL
SELECT lines.*, ROW_NUMBER() OVER firsts, FIRST_VALUE(CASE WHEN a = 1 THEN d END) OVER firsts,
  FIRST_VALUE(CASE WHEN a = 1 THEN u END) OVER firsts{among}
FROM lines WHERE EXISTS (SELECT 1 FROM several WHERE several.k = lines.k)
WINDOW firsts AS (PARTITION BY k ORDER BY a DESC, d, s, pk),
  likes AS (PARTITION BY k ORDER BY a DESC, p DESC, d, s, pk)
"""

_APPROVED = """
SELECT 'approved', {given}, k, s, pk, d, {no_day}, 1 FROM {gathered} {hand_over} WHERE place = 1 AND {y} = 1
"""

# Until the preferred fact's day the first one stands behind the number, then the preferred one: the sum stays.
_APPROVED_LIKED = """
SELECT 'approved', {given}, k, s, pk, d, CASE WHEN liked > 1 THEN better END, 1
FROM {gathered} {hand_over} WHERE place = 1 AND {y} = 1 AND (liked = 1 OR better > d)
UNION ALL
SELECT 'approved', {given}, k, s, pk, d, {no_day}, 1
FROM {gathered} {hand_over} WHERE liked = 1 AND place > 1 AND {y} = 1
"""

_OTHERS = """
UNION ALL
SELECT 'pending', u, k, s, pk, d, since, 1
FROM (SELECT g.*, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, s, pk) AS nth FROM {gathered} g WHERE a = 0) w
WHERE nth = 1 AND {x} = 1 AND (since IS NULL OR d < since)
UNION ALL
SELECT 'elsewhere', u, k, s, pk, CASE WHEN d > since THEN d ELSE since END, {no_day}, 1
FROM (
  SELECT g.*, ROW_NUMBER() OVER (PARTITION BY k, u ORDER BY d, s, pk) AS nth
  FROM {gathered} g {hand_over} WHERE {y} = 1 AND u <> {given}
) e
WHERE nth = 1
"""

_ONCE = _Way(_PLACED, _APPROVED + _OTHERS)
_ONCE_LIKED = _Way(_PLACED, _APPROVED_LIKED + _OTHERS)

# An approved figure holds until the next approved one; one that waits, until any later one.
_TYPED = _Way(
    """
SELECT lines.*, LEAD(d) OVER (PARTITION BY k, a ORDER BY d, pk) AS next_approved,
  LEAD(d) OVER (PARTITION BY k ORDER BY d, pk) AS next_any
FROM lines
""",
    """
SELECT CASE WHEN a = 1 THEN 'approved' ELSE 'pending' END, u, k, s, pk, d,
  CASE WHEN a = 1 THEN next_approved ELSE next_any END, n
FROM {gathered}
""",
)

# A cohort is everybody's first approved fact of the first source; what she reached is her earliest approved fact of
# the second one from that day until the deadline. Without a deadline both are said of the same fact.
_RATIO = _Way(
    """
SELECT pk, k, u, d, place, due, MIN(CASE WHEN s = 1 AND d BETWEEN since AND due THEN d END) OVER (PARTITION BY k) AS got
FROM (
  SELECT f.*, {due} AS due FROM (
    SELECT lines.*, ROW_NUMBER() OVER firsts AS place, FIRST_VALUE(CASE WHEN s = 0 THEN d END) OVER firsts AS since
    FROM lines WHERE a = 1 WINDOW firsts AS (PARTITION BY k ORDER BY s, d, pk)
  ) f
) c
WHERE since IS NOT NULL
""",
    """
SELECT 'reached', u, k, 0, pk, got, {no_day}, 1 FROM {gathered} WHERE place = 1 AND got IS NOT NULL
UNION ALL
SELECT 'waiting', u, k, 0, pk, d, COALESCE(got, {after}), 1
FROM {gathered} WHERE place = 1 AND (got IS NULL OR got > d)
UNION ALL
SELECT 'missed', u, k, 0, pk, {after}, {no_day}, 1 FROM {gathered} WHERE place = 1 AND got IS NULL
""",
)

_SAME_FACT = _Way(
    "SELECT lines.*, MAX(s) OVER (PARTITION BY pk) AS got FROM lines WHERE a = 1",
    """
SELECT CASE WHEN got = 1 THEN 'reached' ELSE 'missed' END, u, k, 0, pk, d, {no_day}, 1 FROM {gathered} WHERE s = 0
""",
)


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


# To whom each was given over: whoever was given over under a record found to be another's counts under that one, whose
# own hand-over goes first.
_GIVEN = """
SELECT person_id, unit_id FROM (
  SELECT COALESCE(p.canonical_id, p.id) AS person_id, g.unit_id, ROW_NUMBER() OVER (
    PARTITION BY COALESCE(p.canonical_id, p.id) ORDER BY CASE WHEN p.canonical_id IS NULL THEN 0 ELSE 1 END, g.id DESC
  ) AS nth
  FROM measures_handover g JOIN people_person p ON p.id = g.person_id WHERE g.notice = %s AND g.indicator = %s
) o WHERE nth = 1
"""


def counted_sql(
    notice: str, indicator: Indicator, period: Period, keys: Sequence[int] | None = None
) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` for everything the indicator counts (or only these keys), and its parameters."""
    gathered, params = gathered_sql(notice, [indicator], period, keys)
    parts, more = parts_sql(notice, indicator, "gathered", 0)
    return f"WITH gathered AS ({gathered}) {parts}", [*params, *more]


def gathered_sql(
    notice: str, alike: Sequence[Indicator], period: Period, keys: Sequence[int] | None = None
) -> tuple[str, list[Any]]:
    """A statement that yields what such indicators are counted from, and its parameters: the facts of all their sources
    with what is worked out of them once for all."""
    statements: list[str] = []
    params: list[Any] = []
    indicator, splits = alike[0], facts.splits_of(alike)
    for rest in facts.rested(notice, indicator):
        later = indicator.reached is not None and rest.place > 0
        sql, own = facts.lines(alike, rest, None if later else period, keys).query.sql_with_params()
        statements.append(f"SELECT * FROM ({sql}) q{rest.place}")  # noqa: S608  (our own)
        params += own
    alone = "".join(f", CASE WHEN a = 1 THEN {x} END AS {_met(x)}" for x in splits)
    among = "".join(f", FIRST_VALUE(CASE WHEN a = 1 THEN {x} END) OVER firsts" for x in splits)
    if indicator.prefer:
        alone += ", 1 AS liked, d AS better"
        among += ", ROW_NUMBER() OVER likes, FIRST_VALUE(CASE WHEN a = 1 AND p = 1 THEN d END) OVER likes"
    lines = f"WITH lines ({', '.join([*facts.LINE, *splits])}) AS ({' UNION ALL '.join(statements)}) "
    gather = _way(notice, indicator).gather
    return lines + gather.format(alone=alone, among=among, **_words(indicator)), params


def parts_sql(notice: str, indicator: Indicator, gathered: str, place: int) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` from what ``gathered_sql`` yielded (a table of that name), and its parameters.

    ``place`` is the indicator's place among those that it was gathered for.
    """
    given, hand_over, own = "home", "", []
    if facts.counts_persons(indicator):
        given = "COALESCE(h.unit_id, home)"
        hand_over = f"LEFT JOIN ({_GIVEN}) h ON h.person_id = k"
        own = [notice, indicator.code]
    text = _way(notice, indicator).parts
    x = facts.splits_of([indicator] * (place + 1))[place]
    words = {**_words(indicator), "gathered": gathered, "given": given, "hand_over": hand_over}
    return text.format(x=x, y=_met(x), **words), own * text.count("{hand_over}")


def _met(split: str) -> str:
    """The column that says whether the fact by which a key counts meets the split."""
    return split.replace("x", "y")


def _way(notice: str, indicator: Indicator) -> _Way:
    if indicator.count == "sum" or (indicator.count == "events" and not _joins(notice, indicator)):
        return _EACH
    if indicator.count == "typed":
        return _TYPED
    if indicator.count == "ratio":
        return _SAME_FACT if indicator.within_months is None else _RATIO
    return _ONCE_LIKED if indicator.prefer else _ONCE


def _joins(notice: str, indicator: Indicator) -> bool:
    return any(facts.joined(indicator, rest.ledger) is not None for rest in facts.rested(notice, indicator))


def _words(indicator: Indicator) -> dict[str, str]:
    months = indicator.within_months or 0
    return {
        name: word.format(months=months, more=months + 1) for name, word in _WORDS[connection.vendor].items()
    }


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


def parts(indicator: Indicator) -> tuple[ValuePart, ...]:
    """The parts that a value of this indicator has."""
    if indicator.count == "ratio":
        return (ValuePart.REACHED, ValuePart.WAITING, ValuePart.MISSED)
    if indicator.count in {"events", "sum", "typed"}:
        return (ValuePart.APPROVED, ValuePart.PENDING)
    return (ValuePart.APPROVED, ValuePart.PENDING, ValuePart.ELSEWHERE)
