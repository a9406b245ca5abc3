"""From an indicator's definition to who counts: one statement over the facts, the same on both databases.

What is counted once (a person, a household, a base) counts for the unit of its first approved fact, by the day of the
event and then by entry, unless it was given over to another unit; pending facts count as pending until then; facts
under other units are told apart as counted elsewhere. A fact of a unit that the notice's map does not have is never first
while there is another: it stands outside the notice. A preferred fact (a business of her own) stands behind her number
from its day on, without moving her day or her unit. Events and amounts count as themselves; a person's event in a class
counts once for both. The day is that of the event, so that "as of" a date means what had happened by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import reading
from qiaojie.ledgers.conditions.tree import IsOneOf, leaves
from qiaojie.ledgers.statements import Given
from qiaojie.lib import dialects
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.people.queries import ASKED, UNKNOWN
from qiaojie.regions import queries as regions

from . import facts
from .models import ValuePart

VERSION = 5
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
    "SELECT {line} FROM lines",
    """
SELECT CASE WHEN approved = 1 THEN 'approved' ELSE 'pending' END AS part, unit_id, key, source, fact_id, day,
  {no_day} AS until, number
FROM {gathered}
""",
)

# Of every key the first approved fact stands first, or the first one that waits; facts of units that the notice's map has
# (``mapped``) before others. ``since`` and ``home`` are day and unit of the approved one, ``held`` whether it is mapped,
# ``{met}`` says whether it meets the split. Most keys have one fact: only the others are sorted.
_PLACED = """,
several AS (SELECT key FROM lines GROUP BY key HAVING COUNT(*) > 1)
SELECT {line}, 1 AS mapped, 1 AS place, CASE WHEN approved = 1 THEN day END AS since,
  CASE WHEN approved = 1 THEN unit_id END AS home, 1 AS held{alone}
FROM lines WHERE NOT EXISTS (SELECT 1 FROM several WHERE several.key = lines.key)
UNION ALL
SELECT {line}, mapped, ROW_NUMBER() OVER firsts AS place,
  FIRST_VALUE(CASE WHEN approved = 1 THEN day END) OVER firsts AS since,
  FIRST_VALUE(CASE WHEN approved = 1 THEN unit_id END) OVER firsts AS home,
  FIRST_VALUE(mapped) OVER firsts AS held{among}
FROM (SELECT {line}, {mapped} AS mapped FROM lines WHERE EXISTS (SELECT 1 FROM several WHERE several.key = lines.key)) lines
WINDOW firsts AS (PARTITION BY key ORDER BY approved DESC, mapped DESC, day, source, fact_id),
  likes AS (PARTITION BY key ORDER BY approved DESC, preferred DESC, day, source, fact_id)
"""

_APPROVED = """
SELECT 'approved' AS part, {given} AS unit_id, key, source, fact_id, day, {no_day} AS until, 1 AS number
FROM {gathered} {hand_over} WHERE place = 1 AND {met} = 1
"""

# Until the preferred fact's day the first one stands behind the number, then the preferred one: the sum stays.
_APPROVED_LIKED = """
SELECT 'approved' AS part, {given} AS unit_id, key, source, fact_id, day,
  CASE WHEN liked > 1 THEN better END AS until, 1 AS number
FROM {gathered} {hand_over} WHERE place = 1 AND {met} = 1 AND (liked = 1 OR better > day)
UNION ALL
SELECT 'approved' AS part, {given} AS unit_id, key, source, fact_id, day, {no_day} AS until, 1 AS number
FROM {gathered} {hand_over} WHERE liked = 1 AND place > 1 AND {met} = 1
"""

_OTHERS = """
UNION ALL
SELECT 'pending' AS part, unit_id, key, source, fact_id, day, CASE WHEN mapped > held THEN {no_day} ELSE since END AS until,
  1 AS number
FROM (
  SELECT unit_id, key, source, fact_id, day, mapped, held, since, {split} AS meets,
    ROW_NUMBER() OVER (PARTITION BY key ORDER BY mapped DESC, day, source, fact_id) AS nth
  FROM {gathered} WHERE approved = 0
) w
WHERE nth = 1 AND meets = 1 AND (since IS NULL OR day < since OR mapped > held)
UNION ALL
SELECT 'elsewhere' AS part, unit_id, key, source, fact_id, CASE WHEN day > since THEN day ELSE since END AS day,
  {no_day} AS until, 1 AS number
FROM (
  SELECT g.unit_id, g.key, g.source, g.fact_id, g.day, g.since,
    ROW_NUMBER() OVER (PARTITION BY g.key, g.unit_id ORDER BY g.day, g.source, g.fact_id) AS nth
  FROM {gathered} g {hand_over} WHERE {met} = 1 AND g.unit_id <> {given} AND g.mapped <= g.held
) e
WHERE nth = 1
"""

_ONCE = _Way(_PLACED, _APPROVED + _OTHERS)
_ONCE_LIKED = _Way(_PLACED, _APPROVED_LIKED + _OTHERS)

# An approved figure holds until the next approved one; one that waits, until any later one.
_TYPED = _Way(
    """
SELECT {line}, LEAD(day) OVER (PARTITION BY key, approved ORDER BY day, fact_id) AS next_approved,
  LEAD(day) OVER (PARTITION BY key ORDER BY day, fact_id) AS next_any
FROM lines
""",
    """
SELECT CASE WHEN approved = 1 THEN 'approved' ELSE 'pending' END AS part, unit_id, key, source, fact_id, day,
  CASE WHEN approved = 1 THEN next_approved ELSE next_any END AS until, number
FROM {gathered}
""",
)

# A cohort is everybody's first approved fact of the first source; what she reached is her earliest approved fact of
# the second one from that day until the deadline. Without a deadline both are said of the same fact.
_RATIO = _Way(
    """
SELECT fact_id, key, unit_id, day, place, due,
  MIN(CASE WHEN source = 1 AND day BETWEEN since AND due THEN day END) OVER (PARTITION BY key) AS got
FROM (
  SELECT source, fact_id, key, unit_id, day, place, since, {due} AS due FROM (
    SELECT source, fact_id, key, unit_id, day, ROW_NUMBER() OVER firsts AS place,
      FIRST_VALUE(CASE WHEN source = 0 THEN day END) OVER firsts AS since
    FROM lines WHERE approved = 1 WINDOW firsts AS (PARTITION BY key ORDER BY source, {mapped} DESC, day, fact_id)
  ) f
) c
WHERE since IS NOT NULL
""",
    """
SELECT 'reached' AS part, unit_id, key, 0 AS source, fact_id, got AS day, {no_day} AS until, 1 AS number
FROM {gathered} WHERE place = 1 AND got IS NOT NULL
UNION ALL
SELECT 'waiting' AS part, unit_id, key, 0 AS source, fact_id, day, COALESCE(got, {after}) AS until, 1 AS number
FROM {gathered} WHERE place = 1 AND (got IS NULL OR got > day)
UNION ALL
SELECT 'missed' AS part, unit_id, key, 0 AS source, fact_id, {after} AS day, {no_day} AS until, 1 AS number
FROM {gathered} WHERE place = 1 AND got IS NULL
""",
)

_SAME_FACT = _Way(
    "SELECT {line}, MAX(source) OVER (PARTITION BY fact_id) AS got FROM lines WHERE approved = 1",
    """
SELECT CASE WHEN got = 1 THEN 'reached' ELSE 'missed' END AS part, unit_id, key, 0 AS source, fact_id, day,
  {no_day} AS until, 1 AS number
FROM {gathered} WHERE source = 0
""",
)


@dataclass(frozen=True, slots=True)
class Map:
    """The map of a notice as counting takes it: which units that file facts it has. ``units`` is empty where the notice's
    edition is not known: then no unit goes before another."""

    units: tuple[int, ...]

    @property
    def mark(self) -> str:
        """Tells maps apart."""
        return hashlib.sha256(repr(self.units).encode()).hexdigest()


def map_of(notice: Notice) -> Map:
    """The map of a notice, as the tree of regions is now: one query."""
    try:
        return Map(regions.edition(notice.edition).filing)
    except Unusable:
        return Map(())


def fingerprint(indicator: Indicator, period: Period, units: Map) -> str:
    """What a kept total was counted by: changes when the definition, the period, the map or the way of counting does."""
    text = json.dumps(
        [VERSION, _rule(indicator), period.code, units.mark, *_under(indicator)], sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()


def marks(notice: Notice, indicators: Iterable[Indicator], period: Period | None = None) -> dict[str, str]:
    """The fingerprints of indicators over the notice's time (or another), by their codes."""
    units = map_of(notice)
    return {one.code: fingerprint(one, period or notice.span, units) for one in indicators}


def _rule(indicator: Indicator) -> dict[str, Any]:
    return indicator.model_dump(mode="json", include=RULE)


def _under(indicator: Indicator) -> list[Any]:
    """The codes that stand under those which an indicator asks for, in lists of codes: when one is added, what was counted
    before is not believed. Nothing where no list of codes is asked for."""
    if indicator.ledger is None:
        return []
    asked = [(source.ledger, source.where) for source in indicator.sources]
    asked += [(indicator.ledger, where) for where in (indicator.split, indicator.prefer)]
    return [
        [leaf.term.name, *leaf.under]
        for code, where in asked
        for leaf in leaves(reading.typed(declaration.get(code), where))
        if isinstance(leaf, IsOneOf) and leaf.under
    ]


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


@dataclass(frozen=True, slots=True)
class Now:
    """What a statement hangs on besides the definition: asked for once, where many indicators are counted."""

    registers: facts.Registers
    units: Map

    @classmethod
    def of(cls, notice: Notice) -> Now:
        """How things are for a notice: two queries."""
        return cls(facts.registers(), map_of(notice))


def counted_sql(
    notice: Notice,
    indicator: Indicator,
    period: Period,
    keys: Sequence[int] | None = None,
    now: Now | None = None,
) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` for everything the indicator counts (or only these keys), and its parameters."""
    gathered, params = gathered_sql(notice, [indicator], period, keys, now)
    parts, more = parts_sql(notice, indicator, "gathered", 0)
    return f"WITH gathered AS ({gathered}) {parts}", [*params, *more]


def gathered_sql(
    notice: Notice,
    alike: Sequence[Indicator],
    period: Period,
    keys: Sequence[int] | None = None,
    now: Now | None = None,
) -> tuple[str, list[Any]]:
    """A statement that yields what such indicators are counted from, and its parameters: the facts of all their sources
    with what is worked out of them once for all."""
    now = now or Now.of(notice)
    name = (
        notice.code,
        period.code,
        json.dumps([[_rule(one), _under(one)] for one in alike], sort_keys=True),
        alike[0].code if alike[0].count == "typed" else "",
        now.registers,
        bool(now.units.units),
        keys is not None,
    )
    held = _texts.get(name)
    if held is None:
        if len(_texts) >= MOST:
            _texts.clear()
        held = _texts[name] = _gathered_text(notice, alike, period, now, narrowed=keys is not None)
    sql, places = held
    known = facts.as_keys(keys or ())
    given = [dialects.as_list(connection, known[word]) for word in facts.KEYS]
    given.append(dialects.as_list(connection, now.units.units))
    return sql, [given[item.place] if isinstance(item, Given) else item for item in places]


MOST = 500
"""Texts of statements that a process keeps."""

_texts: dict[Hashable, tuple[str, list[Any]]] = {}
"""Texts of statements and their parameters, or the places at which these are given: making one anew costs more than a
change to a few people does."""


def _gathered_text(
    notice: Notice, alike: Sequence[Indicator], period: Period, now: Now, *, narrowed: bool
) -> tuple[str, list[Any]]:
    """``gathered_sql`` with places for keys and for the map's units."""
    given = {word: Given(place) for place, word in enumerate(facts.KEYS)} if narrowed else None
    statements: list[str] = []
    params: list[Any] = []
    indicator, splits = alike[0], facts.splits_of(alike)
    named = ", ".join([*(f"{short} AS {column}" for column, short in facts.LINE.items()), *splits])
    asking = False
    for rest in facts.rested(notice.code, indicator):
        later = indicator.reached is not None and rest.place > 0
        asking |= rest.source.answered_by in rest.ledger.units
        for found in facts.lines(alike, rest, None if later else period, now.registers, given):
            sql, own = found.query.sql_with_params()
            statements.append(f"SELECT {named} FROM ({sql}) q{len(statements)}")  # noqa: S608  (our own)
            params += own
    alone = "".join(f", CASE WHEN approved = 1 THEN {each} END AS {_met(each)}" for each in splits)
    among = "".join(
        f", FIRST_VALUE(CASE WHEN approved = 1 THEN {each} END) OVER firsts AS {_met(each)}"
        for each in splits
    )
    if indicator.prefer:
        better = "FIRST_VALUE(CASE WHEN approved = 1 AND preferred = 1 THEN day END) OVER likes"
        alone += ", 1 AS liked, day AS better"
        among += f", ROW_NUMBER() OVER likes AS liked, {better} AS better"
    line = ", ".join(f"lines.{column}" for column in [*_LINE, *splits])
    mapped = "1"
    gather = _way(notice.code, indicator).gather
    if now.units.units and "{mapped}" in gather:
        mapped = f"CASE WHEN {dialects.one_of(connection, 'unit_id')} THEN 1 ELSE 0 END"
        params.append(Given(len(facts.KEYS)))
    text = gather.format(line=line, alone=alone, among=among, mapped=mapped, **_words(indicator))
    # Who answers is worked out of evidence, and asked for twice: it is worked out once.
    certain = " WHERE answers IS NOT NULL" if facts.certain(notice.code, indicator) else ""
    own_lines = f"SELECT {', '.join([*_LINE.values(), *splits])} FROM raw{certain}"  # noqa: S608  (our own)
    raw = "MATERIALIZED" if asking else "NOT MATERIALIZED"
    head = f"WITH raw AS {raw} ({' UNION ALL '.join(statements)}), lines AS NOT MATERIALIZED ({own_lines})"
    return f"{head} {text}", params


_LINE = {
    "source": "source",
    "fact_id": "fact_id",
    "key": "key",
    "unit_id": f"CASE WHEN answers > {UNKNOWN} THEN answers ELSE filed END AS unit_id",
    "day": "day",
    "approved": f"CASE WHEN answers = {ASKED} THEN 0 ELSE standing END AS approved",
    "preferred": "preferred",
    "number": "number",
}
"""The columns of a line as they are counted, worked out of those that the facts give."""


def parts_sql(notice: Notice, indicator: Indicator, gathered: str, place: int) -> tuple[str, list[Any]]:
    """A statement that yields ``COLUMNS`` from what ``gathered_sql`` yielded (a table of that name), and its parameters.

    ``place`` is the indicator's place among those that it was gathered for.
    """
    given, hand_over, own = "home", "", []
    if facts.counts_persons(indicator):
        given = "COALESCE(h.unit_id, home)"
        hand_over = f"LEFT JOIN ({_GIVEN}) h ON h.person_id = key"
        own = [notice.code, indicator.code]
    text = _way(notice.code, indicator).parts
    split = facts.splits_of([indicator] * (place + 1))[place]
    words = {**_words(indicator), "gathered": gathered, "given": given, "hand_over": hand_over}
    return text.format(split=split, met=_met(split), **words), own * text.count("{hand_over}")


def _met(split: str) -> str:
    """The column that says whether the fact by which a key counts meets the split."""
    return split.replace("split", "met")


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
    return {
        "no_day": dialects.no_day(),
        "due": dialects.months_later("since", indicator.within_months or 0),
        "after": dialects.day_after("due"),
    }


def parts(indicator: Indicator) -> tuple[ValuePart, ...]:
    """The parts that a value of this indicator has."""
    if indicator.count == "ratio":
        return (ValuePart.REACHED, ValuePart.WAITING, ValuePart.MISSED)
    if indicator.count in {"events", "sum", "typed"}:
        return (ValuePart.APPROVED, ValuePart.PENDING)
    return (ValuePart.APPROVED, ValuePart.PENDING, ValuePart.ELSEWHERE)
