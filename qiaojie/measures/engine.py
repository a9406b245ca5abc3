"""From an indicator's definition to who counts: one statement over the ledger's facts, the same on both databases.

A person counts once, for the unit of her first approved fact (by the day of the event, then by entry); pending facts
count as pending until then; facts of hers under other units are told apart as counted elsewhere. An event counts as
itself. The day is that of the event, so that "as of" a date means what had happened by then.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, F, IntegerField, Model, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator
from qiaojie.people.queries import canonical

VERSION = 1
"""Counted up when the way of counting changes, so that kept totals of older code are not believed."""

COLUMNS = ("part", "unit_id", "key", "fact_id", "day", "until")

_EVENTS = """
SELECT CASE WHEN a = 1 THEN 'approved' ELSE 'pending' END, u, k, pk, d, {no_day} FROM base
"""

_PERSONS = """
SELECT 'approved', u, k, pk, d, {no_day} FROM firsts
UNION ALL
SELECT 'pending', w.u, w.k, w.pk, w.d, f.d
FROM waiting w LEFT JOIN firsts f ON f.k = w.k
WHERE f.k IS NULL OR w.d < f.d
UNION ALL
SELECT 'elsewhere', e.u, e.k, e.pk, CASE WHEN e.d > e.fd THEN e.d ELSE e.fd END, {no_day}
FROM (
  SELECT b.u, b.k, b.pk, b.d, f.d AS fd, ROW_NUMBER() OVER (PARTITION BY b.k, b.u ORDER BY b.d, b.pk) AS n
  FROM base b JOIN firsts f ON f.k = b.k
  WHERE b.u <> f.u
) e
WHERE e.n = 1
"""

_FIRSTS = """,
firsts AS (
  SELECT pk, k, u, d FROM (
    SELECT pk, k, u, d, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, pk) AS n FROM base WHERE a = 1
  ) r WHERE n = 1
),
waiting AS (
  SELECT pk, k, u, d FROM (
    SELECT pk, k, u, d, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d, pk) AS n FROM base WHERE a = 0
  ) r WHERE n = 1
)
"""


def fingerprint(indicator: Indicator, period: Period) -> str:
    """What a kept total was counted by: changes when the definition, the period or the way of counting does."""
    text = json.dumps(
        [VERSION, indicator.count, indicator.ledger, indicator.where, indicator.answered_by, period.code],
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(indicator: Indicator, ledger: Ledger) -> Combinable:
    """What is counted once: the event itself, or the person (of records found to be one woman, the one kept)."""
    if indicator.count == "events" or ledger.person is None:
        return F("pk")
    return canonical(ledger.person)


def unit_of(indicator: Indicator, ledger: Ledger) -> Combinable:
    """Which region answers: as the indicator says (the one that issued her certificate, the one that pays), or the one
    that filed the fact where that is not known."""
    filed = F(f"{ledger.filed_by}_id")
    if indicator.answered_by in ledger.units:
        return Coalesce(ledger.units[indicator.answered_by](), filed, output_field=BigIntegerField())
    return filed


def base(indicator: Indicator, period: Period, only: Q | None = None) -> QuerySet[Model, Any]:
    """The facts that meet the definition, as (fact, key, unit, day, approved 1/0)."""
    ledger = declaration.get(indicator.ledger or "")
    span = {f"{ledger.date}__gte": period.begins, f"{ledger.date}__lte": period.ends}
    facts = queries.facts(ledger, indicator.where).filter(**span)
    if only is not None:
        facts = facts.filter(only)
    rows: QuerySet[Model, Any] = (
        facts.order_by()
        .annotate(
            k=key_of(indicator, ledger),
            u=unit_of(indicator, ledger),
            d=F(ledger.date),
            a=Case(When(state=State.APPROVED, then=Value(1)), default=Value(0), output_field=IntegerField()),
        )
        .values_list("pk", "k", "u", "d", "a")
    )
    return rows


def counted_sql(indicator: Indicator, period: Period, only: Q | None = None) -> tuple[str, Sequence[Any]]:
    """A statement that yields ``COLUMNS`` for everything the indicator counts, and its parameters."""
    sql, params = base(indicator, period, only).query.sql_with_params()
    no_day = "CAST(NULL AS date)" if connection.vendor == "postgresql" else "NULL"
    events = indicator.count == "events"
    head = f"WITH base (pk, k, u, d, a) AS ({sql}){'' if events else _FIRSTS}"
    return head + (_EVENTS if events else _PERSONS).format(no_day=no_day), params


def touched_keys(indicator: Indicator, ledger: Ledger, label: str, ids: Iterable[int]) -> set[int]:
    """The keys of facts that rest on these rows of a model: the facts themselves, or what they refer to."""
    paths = list(_paths(ledger, label))
    ordered = sorted(ids)
    # A person's own id is a key even where no fact leads to it any more: she may just have been found to be another.
    person = ledger.parts.get(ledger.person or "")
    keys: set[int] = (
        set(ordered)
        if person is not None
        and indicator.count != "events"
        and declaration.get(person.ledger).model_label == label
        else set()
    )
    for path in paths:
        for start in range(0, len(ordered), 900):
            part = ordered[start : start + 900]
            found = ledger.model._default_manager.filter(**{f"{path}__in": part}).annotate(
                k=key_of(indicator, ledger)
            )
            keys.update(found.values_list("k", flat=True))
    return keys


def _paths(ledger: Ledger, label: str) -> Iterable[str]:
    """Ways from a fact to rows of the model ``label``: itself, its parts, and what hangs on its parts."""
    if ledger.model._meta.label == label:
        yield "pk"
    for part in ledger.parts.values():
        target = declaration.get(part.ledger).model
        if target._meta.label == label:
            yield part.attribute
        for relation in target._meta.related_objects:
            if relation.related_model._meta.label == label and relation.related_model is not ledger.model:
                yield f"{part.attribute}__{relation.name}"


def only_keys(indicator: Indicator, ledger: Ledger, keys: Sequence[int]) -> Q:
    """Condition on facts: those of these keys."""
    if indicator.count == "events" or ledger.person is None:
        return Q(pk__in=keys)
    return Q(**{f"{ledger.person}__in": keys}) | Q(**{f"{ledger.person}__canonical__in": keys})
