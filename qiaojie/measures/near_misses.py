"""差一步: who would count as soon as one thing is mended, and which thing.

For every condition of a definition that somebody can mend (the ledger's field says what is lacking), the approved facts
that meet all others but not this one, of whoever is not counted or pending already. Rows that only wait for approval
are a step of their own: what also lacks something else is two steps away, and on no list.
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
from qiaojie.people.queries import canonical, evidence

from .facts import Rested, counted_day, key_of, meeting, rested, standing, unit_of
from .models import Counted, ValuePart

APPROVAL = "state"
"""The step that every fact must take."""


@dataclass(frozen=True, slots=True)
class NearMissStep:
    """One thing to mend: the field's name, what is lacking in words, how many would count (people, bases, events), and
    the place of the ledger among the indicator's sources."""

    name: str
    label: str
    number: int
    source: int = 0


@dataclass(frozen=True, slots=True)
class TownshipCount:
    """How many of a step live in one township (or are the county's own, where no home is known)."""

    name: str
    number: int


def steps(
    notice: Notice, indicator: Indicator, on: date, counties: list[int] | None = None
) -> list[NearMissStep]:
    """The steps that some fact lacks, up to ``on``, in these counties (all if None); a query for each condition."""
    found: list[NearMissStep] = []
    waiting = Counted.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on),
        measure__notice=notice.code,
        measure__indicator=indicator.code,
        part=ValuePart.PENDING,
        day__lte=on,
    )
    if counties is not None:
        waiting = waiting.filter(unit_id__in=counties)
    if number := waiting.count():
        found.append(NearMissStep(APPROVAL, _("待审核"), number))
    for rest in _sources(notice, indicator):
        for declared in _mendable(rest):
            lacking = _lacking(notice, indicator, rest, declared, on, counties)
            if number := lacking.values("k").distinct().count():
                found.append(NearMissStep(declared.name, str(declared.lack), number, rest.place))
    return found


def behind(
    notice: Notice,
    indicator: Indicator,
    step: str,
    on: date,
    counties: list[int] | None = None,
    source: int | None = None,
) -> tuple[Ledger, QuerySet[Model]]:
    """The ledger and the facts of a step (unscoped: to be shown through the ledger's page, which scopes); of the first
    source that has the step, if none is named.

    Raises Unusable ``step_unknown``.
    """
    for rest in _sources(notice, indicator):
        for declared in _mendable(rest):
            if declared.name == step and source in {None, rest.place}:
                return rest.ledger, _lacking(notice, indicator, rest, declared, on, counties)
    raise Unusable("step_unknown", _("指标“%(label)s”没有这一步。") % {"label": indicator.label})


def townships(ledger: Ledger, queryset: QuerySet[Model]) -> list[TownshipCount]:
    """The people of a step by the township they live in, the largest first."""
    if ledger.person is None:
        return []
    homes = (
        queryset.order_by()
        .values(name=F(f"{ledger.person}__home__name"))
        .annotate(number=Count(canonical(ledger.person), distinct=True))
    )
    return [
        TownshipCount(row["name"] or _("居住地不详"), row["number"])
        for row in homes.order_by("-number", "name")
    ]


def _sources(notice: Notice, indicator: Indicator) -> tuple[Rested, ...]:
    """What one can mend: a count's own facts. What a cohort reached is not mended by papers; nor is a typed figure."""
    if indicator.count in {None, "ratio", "typed"}:
        return ()
    return rested(notice.code, indicator)


def _mendable(rest: Rested) -> list[Field]:
    return [declared for declared in map(rest.ledger.field, rest.source.where) if declared.lack]


def _lacking(
    notice: Notice, indicator: Indicator, rest: Rested, declared: Field, on: date, counties: list[int] | None
) -> QuerySet[Model]:
    """Approved facts of a source that meet all conditions but the one on a field, and would count if they met that; what
    is not confirmed helps nobody: whom it would let count waits for approval already."""
    ledger = rest.ledger
    others = {name: wanted for name, wanted in rest.source.where.items() if name != declared.name}
    with evidence(confirmed=True, day=counted_day(ledger, notice.span)):
        annotations, met = ledgers.condition(ledger, {declared.name: rest.source.where[declared.name]})
        queryset = (
            _approved(notice, indicator, rest, others, on, besides=declared.column)
            .annotate(**annotations, u=unit_of(rest))
            # A condition on something unknown is neither met nor unmet; here it is lacking.
            .annotate(
                met=Case(When(met, then=Value(True)), default=Value(False), output_field=BooleanField())
            )
            .filter(met=False)
        )
        if declared.lack_only:
            queryset = queryset.filter(**{f"{declared.column}__in": declared.lack_only})
        return _uncounted(notice, indicator, rest, queryset, on, counties)


def beside(
    notice: Notice, indicator: Indicator, on: date, counties: list[int] | None = None
) -> tuple[Ledger, QuerySet[Model]]:
    """The ledger and the approved facts (unscoped) of whoever would count if ``beside`` stood in the place of the conditions on
    its fields, up to ``on``, each with its key ``k``; of whoever is not counted or pending already. None without ``beside``."""
    rest = rested(notice.code, indicator)[0]
    where = {**rest.source.where, **indicator.beside}
    with evidence(confirmed=True, day=counted_day(rest.ledger, notice.span)):
        found = _approved(notice, indicator, rest, where, on).annotate(u=unit_of(rest))
        found = _uncounted(notice, indicator, rest, found, on, counties)
    return rest.ledger, found if indicator.beside else found.none()


def _uncounted(
    notice: Notice,
    indicator: Indicator,
    rest: Rested,
    found: QuerySet[Model],
    on: date,
    counties: list[int] | None,
) -> QuerySet[Model]:
    """Of facts (with ``k`` and ``u``) those that counties answer for, of whoever is not counted or pending."""
    if counties is not None:
        found = found.filter(u__in=counties)
    if indicator.split and rest.place == 0:
        annotations, wanted = ledgers.condition(rest.ledger, indicator.split)
        firsts = _approved(notice, indicator, rest, rest.source.where, on).values("k")
        # Who counts already counts on the side of her first fact; mending another does not move her.
        found = found.annotate(**annotations).filter(wanted).exclude(k__in=firsts)
    return found.exclude(_counted(notice, indicator, on))


def _approved(
    notice: Notice,
    indicator: Indicator,
    rest: Rested,
    where: ledgers.Where,
    on: date,
    besides: str = "",
) -> QuerySet[Model]:
    """Approved facts that count in the notice's period up to ``on`` and meet ``where``, each with the key ``k`` it counts
    under; ``besides`` is a column that need not say that what a fact refers to is approved."""
    ledger = rest.ledger
    day = counted_day(ledger, notice.span) or ledger.date
    found: QuerySet[Model] = (
        meeting(rest, where, notice.span)
        .filter(standing(ledger, besides=besides) & _seen(ledger), **{f"{day}__lte": on})
        .annotate(k=key_of(indicator, ledger))
    )
    return found


def _seen(ledger: Ledger) -> Q:
    """Condition: an approver has confirmed what the register says of the fact's person."""
    return Q(**{f"{ledger.person}__confirmed": True}) if ledger.person else Q()


def _counted(notice: Notice, indicator: Indicator, on: date) -> Any:
    held = Counted.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on),
        measure__notice=notice.code,
        measure__indicator=indicator.code,
        part__in=[ValuePart.APPROVED, ValuePart.PENDING],
        day__lte=on,
        key=OuterRef("k"),
    )
    return Exists(held)
