"""差一步: who would count as soon as one thing is mended, and which thing.

For every condition of a definition that somebody can mend (the ledger's field says what is lacking), the approved facts
that meet all others but not this one, of whoever is not counted or pending already. Rows that only wait for approval
are a step of their own: what also lacks something else is two steps away, and on no list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    IntegerField,
    Model,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.conditions import data
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.statements import OneOf
from qiaojie.lib.dialects import absent, among
from qiaojie.lib.findings import Unusable
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.people.models import Certificate, Person
from qiaojie.people.queries import canonical, county_on, evidence, merged_persons
from qiaojie.regions.models import Region

from . import engine
from .facts import (
    Registers,
    Rested,
    as_keys,
    counted_day,
    during,
    key_of,
    meeting,
    near_keys,
    registers,
    rested,
    standing,
    unit_of,
)
from .models import Counted, Measure, ValuePart

APPROVAL = "state"
"""The step that every fact must take."""


FEW = 12
"""Counties for which their own facts are looked up by indexes; for more, all facts of the period are read in their order. Chosen:
one unit with those that it came from is at most seven, and of a hundred and more that make a province nearly all is read."""


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
    """The steps that some fact lacks, up to ``on``, in these counties (all if None): a query for what waits, one for each
    source, and one more for an indicator that is a side of a split."""
    return every_step(notice, [indicator], on, counties)[indicator.code]


def every_step(
    notice: Notice, indicators: Sequence[Indicator], on: date, counties: list[int] | None = None
) -> dict[str, list[NearMissStep]]:
    """The same of several indicators, by their codes; what waits is one query for all. Each source is read once, whatever
    number of things may be lacking: the cost grows with the facts of the notice's period."""
    codes = [one.code for one in indicators]
    waiting = Counted.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on),
        measure__notice=notice.code,
        measure__indicator__in=codes,
        part=ValuePart.PENDING,
        day__lte=on,
    )
    if counties is not None:
        waiting = waiting.filter(unit_id__in=counties)
    numbers = dict(waiting.order_by().values_list("measure__indicator").annotate(Count("key")))
    found: dict[str, list[NearMissStep]] = {
        code: [NearMissStep(APPROVAL, _("待审核"), numbers[code])] if code in numbers else []
        for code in codes
    }
    now = registers()
    for alike in engine.alike(indicators):
        for rest in _sources(notice, alike[0]):
            keys: dict[tuple[int, str], set[int]] = defaultdict(set)
            for miss in _misses(notice, alike, rest, _mendable(rest), on, counties, now):
                for place in miss.places:
                    keys[place, miss.step].add(miss.key)
            for place, indicator in enumerate(alike):
                found[indicator.code] += [
                    NearMissStep(
                        declared.name, str(declared.lack), len(keys[place, declared.name]), rest.place
                    )
                    for declared in _mendable(rest)
                    if keys[place, declared.name]
                ]
    return found


def behind(
    notice: Notice,
    indicator: Indicator,
    step: str,
    on: date,
    counties: list[int] | None = None,
    source: int | None = None,
) -> tuple[Ledger, QuerySet[Model]]:
    """The ledger and the facts of a step, each with its key ``k`` (unscoped: to be shown through the ledger's page, which
    scopes); of the first source that has the step, if none is named. Which they are is asked once, here: what is then asked
    of them (a page, by townships) costs no more than they are many.

    Raises Unusable ``step_unknown``.
    """
    for rest in _sources(notice, indicator):
        for declared in _mendable(rest):
            if declared.name == step and source in {None, rest.place}:
                found = _misses(notice, [indicator], rest, [declared], on, counties, registers())
                held = ledgers.facts(rest.ledger).filter(pk__in=among([miss.pk for miss in found]))
                with evidence(confirmed=True, day=counted_day(rest.ledger, notice.span)):
                    if counted_day(rest.ledger, notice.span):
                        held = during(held, rest.ledger, notice.span)
                    return rest.ledger, held.annotate(k=key_of(indicator, rest.ledger))
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
    own = data.own(rest.source.where)
    return sorted(
        (declared for declared in rest.ledger.fields if declared.lack and declared.name in own),
        key=lambda declared: list(own).index(declared.name),
    )


@dataclass(frozen=True, slots=True)
class _Miss:
    """A fact that would count if one thing were mended: its key, what is counted once by it, the field that lacks, and which of
    some indicators that differ only in their splits would count it."""

    pk: int
    key: int
    step: str
    places: tuple[int, ...]


def _misses(
    notice: Notice,
    alike: Sequence[Indicator],
    rest: Rested,
    wanted: Sequence[Field],
    on: date,
    counties: list[int] | None,
    now: Registers,
) -> list[_Miss]:
    """The approved facts of a source that meet all its conditions but one of those on ``wanted`` fields, and would count if
    they met that; what is not confirmed helps nobody: whom it would let count waits for approval already.

    The facts of the period are read once for indicators that differ only in their splits. Who counts is left out before
    anything is worked out of other tables: what costs is asked only of the few who are left.
    """
    if not wanted:
        return []
    ledger, found = rest.ledger, list[_Miss]()
    with evidence(confirmed=True, day=counted_day(ledger, notice.span)):
        near = _filed_near(rest, counties) if counties is not None and len(counties) <= FEW else Q()
        # Nearly everybody has one record: nothing else is looked for where that is so.
        several = Q(**{f"{ledger.person}__in": merged_persons()}) if ledger.person and now.merged else Q()
        for which, merged in [(~several, False), (several, True)] if several else [(Q(), False)]:
            with evidence(merged=merged):
                facts = _lacking(notice, alike, rest, wanted, on, now, which, near)
                if counties is not None:
                    facts = facts.annotate(u=unit_of(rest)).filter(u__in=counties)
                marks = [f"side{place}" for place in range(len(alike))]
                found += [
                    _Miss(pk, key, step, tuple(place for place, side in enumerate(sides) if side))
                    for pk, key, step, *sides in facts.order_by().values_list("pk", "k", "step", *marks)
                    if key is not None
                ]
        if len(alike) > 1:
            found = _uncounted_places(notice, alike, on, found)
        return _but_first(notice, alike, rest, on, found)


def _filed_near(rest: Rested, counties: list[int]) -> Q:
    """A condition that indexes answer and that no fact fails for which one of these counties answers: they filed it, or the
    person has a certificate of theirs, or is registered there. Of whoever has several records all facts are left in."""
    ledger = rest.ledger
    facts = ledger.model._default_manager.order_by()
    filed = facts.filter(**{f"{ledger.filed_by}__in": counties}).values("pk")
    unit = ledger.units.get(rest.source.answered_by)
    if unit is None:
        return Q(pk__in=filed)
    if unit is not county_on or ledger.person is None:
        return Q()
    inside = Region.objects.order_by().filter(
        Q(pk__in=counties) | Q(parent__in=counties) | Q(parent__parent__in=counties)
    )
    everybody = Person.objects.order_by()
    hers = [
        Certificate.objects.order_by().filter(county__in=counties).values("person_id"),
        everybody.filter(hukou__in=inside.values("pk")).values("pk"),
        everybody.filter(canonical__isnull=False).values("pk"),
        everybody.filter(canonical__isnull=False).values("canonical_id"),
    ]
    others = [facts.filter(**{f"{ledger.person}__in": one}).values("pk") for one in hers]
    return Q(pk__in=filed.union(*others))


def _uncounted_places(
    notice: Notice, alike: Sequence[Indicator], on: date, found: list[_Miss]
) -> list[_Miss]:
    """Of each fact the indicators only for which nobody who counts bears its key; a query for each indicator, by the keys."""
    keys = sorted({miss.key for miss in found})
    held = [
        set(_held(notice, one, on).filter(OneOf(F("key"), keys)).values_list("key", flat=True))
        for one in alike
    ]
    return [
        replace(miss, places=tuple(place for place in miss.places if miss.key not in held[place]))
        for miss in found
    ]


def _but_first(
    notice: Notice, alike: Sequence[Indicator], rest: Rested, on: date, found: list[_Miss]
) -> list[_Miss]:
    """Without those whom a split does not move: who counts already counts on the side of her first fact, and mending another
    changes nothing. One query, where there is a split and somebody is found."""
    split = {place for place, one in enumerate(alike) if one.split and rest.place == 0}
    asked = {miss.key for miss in found if split.intersection(miss.places)}
    if not asked:
        return found
    near = near_keys(alike[0], rest, as_keys(sorted(asked)))
    firsts = _approved(notice, alike[0], rest, rest.source.where, on).filter(near)
    held = set(firsts.order_by().values_list("k", flat=True))
    return [
        miss
        if miss.key not in held
        else replace(miss, places=tuple(place for place in miss.places if place not in split))
        for miss in found
    ]


def _lacking(
    notice: Notice,
    alike: Sequence[Indicator],
    rest: Rested,
    wanted: Sequence[Field],
    on: date,
    now: Registers,
    which: Q,
    near: Q,
) -> QuerySet[Model]:
    """Those facts with ``k``, ``step`` and, for each indicator, ``side…``: whether its split takes the fact. Nobody who counts
    for one of those that take it bears the key, if there is one such; of several, not for all of them."""
    ledger, own = rest.ledger, rest.source.where
    mendable = [declared.name for declared in _mendable(rest)]
    kept = {declared.name for declared in ledger.fields if declared.expression is None}
    plain = {n: own[n] for n in own if n not in mendable and n in kept}
    worked_out = {n: own[n] for n in own if n not in mendable and n not in plain}
    facts = meeting(rest, plain, notice.span).annotate(k=key_of(alike[0], ledger))
    facts = facts.filter(_standing_but_for(ledger, wanted), which & near, **_until(notice, ledger, on))
    facts = facts.filter(_mended(ledger, own, wanted))
    if ledger.person and now.unconfirmed:
        unseen = Person.objects.order_by().filter(confirmed=False).values("pk")
        facts = facts.exclude(**{f"{ledger.person}__in": unseen})
    sides: list[Q] = []
    for indicator in alike:
        annotations, taken = ledgers.condition(ledger, indicator.split if rest.place == 0 else {})
        facts = facts.annotate(**annotations)
        sides.append(taken or Q(pk__isnull=False))
    apart = [absent(_held(notice, one, on), "key", "k", few=bool(near)) for one in alike]
    facts = facts.filter(reduce(or_, (side & away for side, away in zip(sides, apart, strict=True))))
    annotations, met = ledgers.condition(ledger, worked_out)
    facts = facts.annotate(**annotations).filter(met)
    annotations, step = _step_of(ledger, own, mendable, wanted)
    facts = facts.annotate(**annotations).annotate(step=step).filter(step__isnull=False)
    found: QuerySet[Model] = facts.annotate(
        **{
            f"side{place}": Case(When(side, then=Value(1)), default=Value(0), output_field=IntegerField())
            for place, side in enumerate(sides)
        }
    )
    return found


def _mended(ledger: Ledger, where: ledgers.Where, wanted: Sequence[Field]) -> Q:
    """A condition on stored columns alone that no fact fails of which one of ``wanted`` lacks: it spares the rest."""
    found: list[Q] = []
    for declared in wanted:
        stored = {
            other.name: where[other.name]
            for other in ledger.fields
            if other.lack and other.expression is None and other.name in where and other.name != declared.name
        }
        _none, met = ledgers.condition(ledger, stored)
        found.append(met & _still(declared))
    return reduce(or_, found) if all(found) else Q()


def _still(declared: Field) -> Q:
    """Condition: what a field says can still be mended."""
    return Q(**{f"{declared.column}__in": declared.lack_only}) if declared.lack_only else Q()


def _step_of(
    ledger: Ledger, where: ledgers.Where, mendable: Sequence[str], wanted: Sequence[Field]
) -> tuple[dict[str, Any], Case]:
    """Annotations, and the name of the one field that a fact lacks; null where it lacks none, or several.

    A condition on something unknown is neither met nor unmet; here it is lacking: so only what is met is asked.
    """
    annotations: dict[str, Any] = {}
    met: dict[str, Q] = {}
    # What is stored is asked before what is worked out.
    for name in sorted(mendable, key=lambda one: ledger.field(one).expression is not None):
        more, met[name] = ledgers.condition(ledger, {name: where[name]})
        annotations |= more
    everything = reduce(and_, met.values(), Q())
    whens = [When(everything, then=Value(None, output_field=CharField()))]
    for declared in wanted:
        others = reduce(and_, (one for name, one in met.items() if name != declared.name), Q())
        standing_so = standing(ledger, besides=declared.column)
        others &= _still(declared) & (standing_so if standing_so != standing(ledger) else Q())
        whens.append(When(others or Q(pk__isnull=False), then=Value(declared.name, output_field=CharField())))
    return annotations, Case(*whens, default=Value(None), output_field=CharField())


def _standing_but_for(ledger: Ledger, wanted: Sequence[Field]) -> Q:
    """Condition: what a fact refers to is approved, but for what one of ``wanted`` fields may say of it."""
    found = Q()
    for place, declared in enumerate(wanted):
        own = standing(ledger, besides=declared.column)
        found = own if place == 0 else found if own == found else found | own
    return found


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
    return found.filter(absent(_held(notice, indicator, on), "key", "k"))


def _approved(
    notice: Notice,
    indicator: Indicator,
    rest: Rested,
    where: ledgers.Where,
    on: date,
) -> QuerySet[Model]:
    """Approved facts that count in the notice's period up to ``on`` and meet ``where``, each with the key ``k`` it counts
    under."""
    ledger = rest.ledger
    found: QuerySet[Model] = (
        meeting(rest, where, notice.span)
        .filter(standing(ledger) & _seen(ledger), **_until(notice, ledger, on))
        .annotate(k=key_of(indicator, ledger))
    )
    return found


def _until(notice: Notice, ledger: Ledger, on: date) -> dict[str, date]:
    """Condition: a fact counts on a day or before."""
    return {f"{counted_day(ledger, notice.span) or ledger.date}__lte": on}


def _seen(ledger: Ledger) -> Q:
    """Condition: an approver has confirmed what the register says of the fact's person."""
    return Q(**{f"{ledger.person}__confirmed": True}) if ledger.person else Q()


def _held(notice: Notice, indicator: Indicator, on: date) -> QuerySet[Counted]:
    """What is kept of whoever counts, approved or pending, on a day."""
    # The measure's own key: a join would be asked again for every fact.
    measure = Measure.objects.filter(notice=notice.code, indicator=indicator.code).values_list(
        "pk", flat=True
    )
    return Counted.objects.order_by().filter(
        Q(until__isnull=True) | Q(until__gt=on),
        measure=Subquery(measure[:1]),
        part__in=[ValuePart.APPROVED, ValuePart.PENDING],
        day__lte=on,
    )
