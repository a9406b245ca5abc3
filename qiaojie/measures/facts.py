"""The facts that an indicator rests on, each as one line: what is counted once, for which unit, on which day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    Case,
    ExpressionWrapper,
    F,
    IntegerField,
    Model,
    Q,
    QuerySet,
    SmallIntegerField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Ledger, LedgerPart
from qiaojie.ledgers.models import State
from qiaojie.ledgers.rows import chunks
from qiaojie.lib.dialects import among
from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator, Source
from qiaojie.people.models import Certificate, HouseholdMember, Person, Status
from qiaojie.people.queries import canonical, household_on

from .ledger import TYPED

LINE: Final[Mapping[str, str]] = {
    "source": "s",
    "fact_id": "pk",
    "key": "k",
    "unit_id": "u",
    "day": "d",
    "approved": "a",
    "preferred": "p",
    "number": "n",
}
"""The columns of a line (approved and preferred are 1 or 0), and what ``lines`` calls them: a query may call nothing as its
model does. After them, for each of some indicators that are alike but for their splits, whether the fact meets it (1 or 0)."""

FEW, AT_ONCE = 900, 30_000
"""So many keys are listed as they are, and so many go into one statement."""

PAIR = 1 << 32
"""A person in something (a class) has the key ``thing × PAIR + person``; keys of persons are smaller."""


@dataclass(frozen=True, slots=True)
class Rested:
    """One of the sources an indicator rests on, with its place among them and its ledger."""

    place: int
    source: Source
    ledger: Ledger


def rested(notice: str, indicator: Indicator) -> tuple[Rested, ...]:
    """All sources of an indicator of a notice."""
    if indicator.count == "typed":
        where = {"notice": notice, "indicator": indicator.code}
        return (Rested(0, Source(ledger=TYPED.code, where=where), TYPED),)
    return tuple(Rested(n, s, declaration.get(s.ledger)) for n, s in enumerate(indicator.sources))


def counts_persons(indicator: Indicator) -> bool:
    """Whether what is counted once is a person."""
    return indicator.count in {"persons", "union", "ratio"}


def joined(indicator: Indicator, ledger: Ledger) -> LedgerPart | None:
    """What the events of a ledger join a person to, where its rows are told apart by these two alone: completing a class
    is one event of a person and that class, however often she was entered, under whichever of her records. None where
    an event is the row itself."""
    if indicator.count != "events" or ledger.person is None:
        return None
    pair = set(ledger.key) - {ledger.person}
    things = [part for part in ledger.parts.values() if {part.attribute} == pair]
    return things[0] if things and ledger.person in ledger.key else None


def key_of(indicator: Indicator, ledger: Ledger) -> Combinable:
    """What is counted once: the event itself (a person's in a class: once for both), the person (of records found to
    be one woman, the one kept), her household (her own where none is known), the base …"""
    if counts_persons(indicator) and ledger.person is not None:
        return canonical(ledger.person)
    if (thing := joined(indicator, ledger)) is not None and ledger.person is not None:
        base = Cast(F(f"{thing.attribute}_id"), BigIntegerField()) * Value(PAIR, BigIntegerField())
        return ExpressionWrapper(base + canonical(ledger.person), BigIntegerField())
    if indicator.count == "households" and ledger.person is not None:
        alone = Value(-1) * canonical(ledger.person)
        return Coalesce(household_on(ledger.person, ledger.date), alone, output_field=BigIntegerField())
    if indicator.count == "things" and indicator.of is not None:
        return Cast(F(f"{ledger.parts[indicator.of].attribute}_id"), BigIntegerField())
    if indicator.count == "typed":
        return Cast(F(f"{ledger.filed_by}_id"), BigIntegerField())
    return Cast(F("pk"), BigIntegerField())


def unit_of(rest: Rested) -> Combinable:
    """Which region answers: as the source says (the one that issued her certificate, the one that pays …), or the one
    that filed the fact where that is not known."""
    filed = F(f"{rest.ledger.filed_by}_id")
    if rest.source.answered_by in rest.ledger.units:
        return Coalesce(rest.ledger.units[rest.source.answered_by](), filed, output_field=BigIntegerField())
    return Cast(filed, BigIntegerField())


def lines(
    alike: Sequence[Indicator], rest: Rested, period: Period | None, keys: Sequence[int] | None = None
) -> QuerySet[Model, Any]:
    """The facts of one source that meet its conditions, in the columns of ``LINE`` and ``splits_of``; only those of
    ``keys`` if given. The indicators differ in nothing but their splits.

    Without a period, of any time: what a cohort reaches may lie after it.
    """
    indicator, ledger = alike[0], rest.ledger
    facts = queries.facts(ledger, rest.source.where).annotate(k=key_of(indicator, ledger))
    if period is not None:
        facts = facts.filter(**{f"{ledger.date}__gte": period.begins, f"{ledger.date}__lte": period.ends})
    if keys is not None:
        facts = facts.filter(_near_keys(indicator, rest, keys), k__in=keys)
    one, none = (Value(number, output_field=IntegerField()) for number in (1, 0))
    marks: dict[str, Combinable] = {}
    for name, wanted, otherwise in [
        ("p", indicator.prefer, none),
        *((name, split.split, one) for name, split in zip(splits_of(alike), alike, strict=True)),
    ]:
        if wanted and rest.place == 0:
            annotations, met = queries.condition(ledger, wanted)
            facts = facts.annotate(**annotations)
            marks[name] = Case(When(met, then=one), default=none, output_field=IntegerField())
        else:
            marks[name] = otherwise
    amount: Combinable = Value(1, output_field=BigIntegerField())
    if indicator.count == "sum" and indicator.of is not None:
        amount = Coalesce(ledger.field(indicator.of).value(), Value(0), output_field=BigIntegerField())
    elif indicator.count == "typed":
        amount = Cast(F("number"), BigIntegerField())
    rows: QuerySet[Model, Any] = (
        facts.order_by()
        .annotate(
            s=Value(rest.place, output_field=SmallIntegerField()),
            u=unit_of(rest),
            d=F(ledger.date),
            a=Case(When(state=State.APPROVED, then=one), default=none, output_field=IntegerField()),
            n=amount,
            **marks,
        )
        .values_list(*LINE.values(), *splits_of(alike))
    )
    return rows


def splits_of(alike: Sequence[Indicator]) -> list[str]:
    """The columns that say which facts meet whose split."""
    return [f"split{place}" for place in range(len(alike))]


def widened(touched: Mapping[str, Iterable[int]]) -> Mapping[str, Iterable[int]]:
    """What a change touched, and every other record of the women it is about: evidence under one of them (a certificate,
    a hand-over) counts for the facts of all. One query where nobody was found to be another."""
    merged = dict(Person.objects.filter(canonical__isnull=False).values_list("pk", "canonical_id"))
    if not merged:
        return touched
    label = Person._meta.label
    involved = {*merged, *merged.values()}
    about = involved & set(touched.get(label, ()))
    for model in (Certificate, Status):
        ids = set(touched.get(model._meta.label, ()))
        if ids:
            held = model._default_manager.filter(person__in=Person.objects.filter(pk__in=involved))
            about |= {person for pk, person in held.values_list("pk", "person_id") if pk in ids}
    kept = {merged.get(one, one) for one in about}
    same = kept | {one for one, into in merged.items() if into in kept}
    return {**touched, label: {*touched.get(label, ()), *same}}


def touched_keys(indicator: Indicator, rest: Rested, label: str, ids: Iterable[int], enough: int) -> set[int]:
    """The keys of facts of a source that rest on these rows of the model ``label``: the facts themselves, or what they
    refer to. Where there are more than ``enough``, some of them."""
    ledger, ordered = rest.ledger, sorted(ids)
    # A person's own id is a key even where no fact leads to it any more: she may just have been found to be another.
    person = ledger.parts.get(ledger.person or "") if counts_persons(indicator) else None
    keys = set(ordered) if person and declaration.get(person.ledger).model_label == label else set()
    thing = joined(indicator, ledger)
    for path in _paths(ledger, label):
        for part in chunks(ordered, AT_ONCE):
            if len(keys) > enough:
                return keys
            wanted = part if len(part) <= FEW else among(part)
            found = ledger.model._default_manager.filter(**{f"{path}__in": wanted}).annotate(
                k=key_of(indicator, ledger)
            )
            keys.update(found.values_list("k", flat=True))
            if thing is not None and ledger.person is not None:
                # Under her own record too: that is where the event stood before it was found to be another's.
                pairs = found.values_list(f"{thing.attribute}_id", f"{ledger.person}_id")
                keys.update(of * PAIR + person for of, person in pairs)
            if indicator.count == "households" and ledger.person is not None:
                people = list(found.values_list(f"{ledger.person}_id", flat=True))
                # She alone, and every household she was ever of: where she counted before something changed.
                homes = HouseholdMember.objects.filter(person__in=among(people))
                keys.update((-one for one in people), homes.values_list("household_id", flat=True))
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


def _near_keys(indicator: Indicator, rest: Rested, keys: Sequence[int]) -> Q:
    """A condition that an index can answer and that no fact of these keys fails."""
    ledger = rest.ledger
    if counts_persons(indicator) and ledger.person is not None:
        return _hers(ledger.person, keys)
    if (thing := joined(indicator, ledger)) is not None and ledger.person is not None:
        things = {key // PAIR for key in keys}
        return Q(**{f"{thing.attribute}__in": things}) & _hers(ledger.person, {key % PAIR for key in keys})
    if indicator.count == "households" and ledger.person is not None:
        households = [key for key in keys if key > 0]
        members = HouseholdMember.objects.filter(household__in=households).values("person")
        return _hers(ledger.person, members, [-key for key in keys if key < 0])
    if indicator.count == "things" and indicator.of is not None:
        return Q(**{f"{ledger.parts[indicator.of].attribute}__in": keys})
    if indicator.count == "typed":
        return Q(**{f"{ledger.filed_by}__in": keys})
    return Q(pk__in=keys)


def _hers(person: str, *groups: Iterable[int] | QuerySet[Any, Any]) -> Q:
    """Facts of these persons' own records or of records found to be theirs: in one list, since no index answers "the
    one or the other"."""
    everybody = Person.objects.order_by()
    records = [
        everybody.filter(**{f"{column}__in": keys}).values("pk")
        for keys in groups
        for column in ("pk", "canonical")
    ]
    return Q(**{f"{person}__in": records[0].union(*records[1:])})
