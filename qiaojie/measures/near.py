"""差一步: who would count as soon as one thing is mended, and which thing.

For every condition of a definition that somebody can mend (the ledger's field says what is lacking), the facts that
meet all others but not this one, of whoever is not counted or pending already. Rows that only wait for approval are a
step of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, Model, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.findings import Unusable
from qiaojie.notices.schema import Indicator, Notice

from .facts import Rested, key_of, rested, unit_of
from .models import Counted, Part

APPROVAL = "state"
"""The step that every fact must take."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to mend: the field's name, what is lacking in words, how many would count (people, bases, events)."""

    name: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Place:
    """How many of a step live in one township (or are the county's own, where no home is known)."""

    name: str
    number: int


def steps(notice: Notice, indicator: Indicator, on: date, counties: list[int] | None = None) -> list[Step]:
    """The steps that some fact lacks, up to ``on``, in these counties (all if None); a query for each condition."""
    found: list[Step] = []
    waiting = Counted.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on),
        measure__notice=notice.code,
        measure__indicator=indicator.code,
        part=Part.PENDING,
        day__lte=on,
    )
    if counties is not None:
        waiting = waiting.filter(unit_id__in=counties)
    if number := waiting.count():
        found.append(Step(APPROVAL, _("待审核"), number))
    for rest in _sources(notice, indicator):
        for declared in _mendable(rest, indicator):
            lacking = _lacking(notice, indicator, rest, declared, on, counties)
            if number := lacking.values("k").distinct().count():
                found.append(Step(declared.name, str(declared.lack), number))
    return found


def behind(
    notice: Notice, indicator: Indicator, step: str, on: date, counties: list[int] | None = None
) -> tuple[Ledger, QuerySet[Model]]:
    """The ledger and the facts of a step (unscoped: to be shown through the ledger's page, which scopes).

    Raises Unusable ``step_unknown``.
    """
    for rest in _sources(notice, indicator):
        for declared in _mendable(rest, indicator):
            if declared.name == step:
                return rest.ledger, _lacking(notice, indicator, rest, declared, on, counties)
    raise Unusable("step_unknown", _("指标“%(label)s”没有这一步。") % {"label": indicator.label})


def townships(ledger: Ledger, queryset: QuerySet[Model]) -> list[Place]:
    """The people of a step by the township they live in, the largest first."""
    if ledger.person is None:
        return []
    homes = (
        queryset.order_by()
        .values(name=F(f"{ledger.person}__home__name"))
        .annotate(number=Count(f"{ledger.person}_id", distinct=True))
    )
    return [Place(row["name"] or _("居住地不详"), row["number"]) for row in homes.order_by("-number", "name")]


def _sources(notice: Notice, indicator: Indicator) -> tuple[Rested, ...]:
    """What one can mend: a count's own facts. What a cohort reached is not mended by papers; nor is a typed figure."""
    if indicator.count in {None, "ratio", "typed"}:
        return ()
    return rested(notice.code, indicator)


def _mendable(rest: Rested, indicator: Indicator) -> list[Field]:
    names = [*rest.source.where, *(indicator.split if rest.place == 0 else {})]
    return [declared for declared in map(rest.ledger.field, names) if declared.lack]


def _lacking(
    notice: Notice, indicator: Indicator, rest: Rested, declared: Field, on: date, counties: list[int] | None
) -> QuerySet[Model]:
    ledger = rest.ledger
    others = {name: wanted for name, wanted in rest.source.where.items() if name != declared.name}
    annotations, met = ledgers.condition(ledger, {declared.name: rest.source.where[declared.name]})
    span = notice.span
    queryset = (
        ledgers.facts(ledger, others)
        .filter(**{f"{ledger.date}__gte": span.begins, f"{ledger.date}__lte": min(span.ends, on)})
        .annotate(**annotations, k=key_of(indicator, ledger), u=unit_of(rest))
        # A condition on something unknown is neither met nor unmet; here it is lacking.
        .annotate(met=Case(When(met, then=Value(True)), default=Value(False), output_field=BooleanField()))
        .filter(met=False)
    )
    if declared.lack_only:
        queryset = queryset.filter(**{f"{declared.column}__in": declared.lack_only})
    if counties is not None:
        queryset = queryset.filter(u__in=counties)
    uncounted: QuerySet[Model] = queryset.exclude(_counted(notice, indicator))
    return uncounted


def _counted(notice: Notice, indicator: Indicator) -> Any:
    held = Counted.objects.filter(
        measure__notice=notice.code,
        measure__indicator=indicator.code,
        part__in=[Part.APPROVED, Part.PENDING],
        key=OuterRef("k"),
    )
    return Exists(held)
