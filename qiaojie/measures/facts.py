"""The facts that an indicator rests on, each as one line: what is counted once, for which unit, on which day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
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
from django.db.models.lookups import GreaterThan

from qiaojie.ledgers import approving, declaration, joining, queries
from qiaojie.ledgers.conditions import data
from qiaojie.ledgers.declaration import Ledger, LedgerPart
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.statements import OneOf
from qiaojie.lib.dialects import among
from qiaojie.lib.periods import Period
from qiaojie.notices.schema import Indicator, Source
from qiaojie.people.models import HouseholdMember, Person
from qiaojie.people.queries import (
    EVIDENCE,
    UNKNOWN,
    canonical,
    certificate_county_on,
    county_on,
    disabled_on,
    evidence,
    household_on,
    merged_persons,
    unconfirmed_persons,
)

from .ledger import TYPED

LINE: Final[Mapping[str, str]] = {
    "source": "s",
    "fact_id": "pk",
    "key": "k",
    "filed": "f",
    "answers": "c",
    "day": "d",
    "standing": "a",
    "preferred": "p",
    "number": "n",
}
"""The columns of a line (standing and preferred are 1 or 0), and what ``lines`` calls them: a query may call nothing as its
model does. ``answers`` is a region, or ``UNKNOWN``, or ``ASKED``. After them, for each of some indicators that are alike but
for their splits, whether the fact meets it (1 or 0)."""

AT_ONCE = 30_000
"""So many keys go into one statement."""

DISABLED: Final = "person.disabled"
"""The condition that a person holds a valid certificate."""

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
        # A total of a whole year before the system is no figure of any day: it is counted nowhere.
        where = {"notice": notice, "indicator": indicator.code, "year": {"known": False}}
        return (Rested(0, Source(ledger=TYPED.code, where=where), TYPED),)
    return tuple(Rested(n, s, declaration.get(s.ledger)) for n, s in enumerate(indicator.sources))


def once(ledger: Ledger) -> Combinable:
    """What tells one row of a ledger from the next when rows are counted: its key, or of what joins a person to a thing
    (``pairing``) the two of them; of two rows that are one thing, the one kept."""
    thing = pairing(ledger)
    if thing is None or ledger.person is None:
        return Cast(F("pk"), BigIntegerField())
    base = joining.kept(thing) * Value(PAIR, BigIntegerField())
    return ExpressionWrapper(base + canonical(ledger.person), BigIntegerField())


def counts_persons(indicator: Indicator) -> bool:
    """Whether what is counted once is a person."""
    return indicator.count in {"persons", "union", "ratio"}


def joined(indicator: Indicator, ledger: Ledger) -> LedgerPart | None:
    """What the events of an indicator join a person to; None where an event is the row itself."""
    return pairing(ledger) if indicator.count == "events" else None


def pairing(ledger: Ledger) -> LedgerPart | None:
    """What a ledger's rows join a person to, where they are told apart by these two alone: completing a class is one event
    of a person and that class, however often she was entered, under whichever of her records. None where a row is itself."""
    if ledger.person is None:
        return None
    pair = set(ledger.key) - {ledger.person}
    things = [part for part in ledger.parts.values() if {part.attribute} == pair]
    return things[0] if things and ledger.person in ledger.key else None


def key_of(indicator: Indicator, ledger: Ledger) -> Combinable:
    """What is counted once: the event itself (a person's in a class: once for both), the person (of records found to
    be one woman, the one kept), her household (her own where none is known), the base (of two found to be one, the one kept) …"""
    if counts_persons(indicator) and ledger.person is not None:
        return canonical(ledger.person)
    if joined(indicator, ledger) is not None:
        return once(ledger)
    if indicator.count == "households" and ledger.person is not None:
        alone = Value(-1) * canonical(ledger.person)
        return Coalesce(household_on(ledger.person, ledger.date), alone, output_field=BigIntegerField())
    if indicator.count == "things" and indicator.of is not None:
        return joining.kept(ledger.parts[indicator.of])
    if indicator.count == "typed":
        return Cast(F(f"{ledger.filed_by}_id"), BigIntegerField())
    return Cast(F("pk"), BigIntegerField())


@dataclass(frozen=True, slots=True)
class Registers:
    """What of the registers of persons makes counting take more than one look at a fact: whether anybody was found to be
    somebody else (``merged``), and whether any evidence waits for an approver (``unconfirmed``)."""

    merged: bool
    unconfirmed: bool


def registers() -> Registers:
    """How the registers stand now: one query that reads no more than four rows."""
    models: tuple[type[Model], ...] = (Person, *EVIDENCE)
    asked: list[QuerySet[Any, Any]] = [Person.objects.filter(canonical__isnull=False)]
    asked += [model._default_manager.filter(confirmed=False) for model in models]
    sqls: list[str] = []
    params: list[Any] = []
    for queryset in asked:
        sql, own = queryset.order_by().values("pk").query.sql_with_params()
        sqls.append(f"EXISTS({sql})")
        params += own
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sqls)}", params)
        merged, *unconfirmed = cursor.fetchone()
    return Registers(bool(merged), any(unconfirmed))


def answers(rest: Rested) -> Combinable:
    """Which region answers: as the source says (the one that issued her certificate, the one that pays …), or the one
    that filed the fact. ``UNKNOWN`` where the source's is not known, ``ASKED`` where somebody has to say which."""
    if rest.source.answered_by in rest.ledger.units:
        if held_by_certificate(rest):
            return certificate_county_on()
        found = rest.ledger.units[rest.source.answered_by]()
        return Coalesce(found, Value(UNKNOWN), output_field=BigIntegerField())
    return Cast(F(f"{rest.ledger.filed_by}_id"), BigIntegerField())


def held_by_certificate(rest: Rested) -> bool:
    """Whether a source asks for a valid certificate, and for whose it is: then it is looked for once, and ``answers`` is
    null where there is none."""
    unit = rest.ledger.units.get(rest.source.answered_by)
    return (
        unit is county_on
        and rest.source.where.get(DISABLED) is True
        and rest.ledger.field(DISABLED).expression is disabled_on
    )


def certain(notice: str, indicator: Indicator) -> bool:
    """Whether some line of an indicator counts only where ``answers`` is not null."""
    return any(held_by_certificate(rest) for rest in rested(notice, indicator))


def unit_of(rest: Rested) -> Combinable:
    """The region that answers, or the one that filed the fact where none is known; also of a fact that waits for somebody
    to say which."""
    filed = F(f"{rest.ledger.filed_by}_id")
    if rest.source.answered_by not in rest.ledger.units:
        return Cast(filed, BigIntegerField())
    found = answers(rest)
    known = When(GreaterThan(found, UNKNOWN), then=found)
    return Case(known, default=Cast(filed, BigIntegerField()), output_field=BigIntegerField())


BEFORE = "counted_before"
"""The column of rows that counted when what they refer to was not asked for."""


def standing(ledger: Ledger, path: str = "", besides: str = "") -> Q:
    """Condition: a row is approved, and so are the rows of other ledgers that it refers to, if any (the class of an
    enrolment, the base that helped, the list that proves a job), unless it counted before that was asked
    (``counted_before``); but for the one whose state is the column ``besides``."""
    wanted, rests = Q(), Q()
    if ledger.approved and f"{path}state" != besides:
        wanted = Q(**{f"{path}state": State.APPROVED})
    for part in ledger.parts.values():
        other = declaration.get(part.ledger)
        if other.approved:
            own = standing(other, f"{path}{part.attribute}__", besides)
            rests &= own | Q(**{f"{path}{part.attribute}__isnull": True}) if ledger.optional(part) else own
    if rests and any(field.name == BEFORE for field in ledger.model._meta.get_fields()):
        rests |= Q(**{f"{path}{BEFORE}": True})
    return wanted & rests


def waiting(ledger: Ledger) -> Q:
    """Condition: a row waits to be approved, or is and refers to one that waits."""
    return Q(state__in=PENDING) | (Q(state=State.APPROVED) & ~standing(ledger))


COUNTS_ON = "counts_on"
"""The day on which a fact of a ledger whose rows last counts in a period: its own, or the period's first."""


def during(facts: QuerySet[Model, Any], ledger: Ledger, period: Period) -> QuerySet[Model, Any]:
    """Of facts those that count in a period, each with the day ``COUNTS_ON`` where the ledger's rows last."""
    began = {f"{ledger.date}__gte": period.begins, f"{ledger.date}__lte": period.ends}
    if not ledger.lasts:
        plain: QuerySet[Model, Any] = facts.filter(**began)
        return plain
    earlier = {f"{ledger.date}__lt": period.begins}
    goes_on = Q(**{f"{ledger.lasts}__isnull": True}) | Q(**{f"{ledger.lasts}__gte": period.begins})
    day = Case(When(**earlier, then=Value(period.begins)), default=F(ledger.date), output_field=DateField())
    found: QuerySet[Model, Any] = facts.annotate(**{COUNTS_ON: day})
    return found.filter(Q(**began) | (Q(**earlier) & goes_on))


def counted_day(ledger: Ledger, period: Period | None) -> str | None:
    """The annotation that is the day of a ledger's facts in a period; None where that is the ledger's own."""
    return COUNTS_ON if ledger.lasts and period is not None else None


def meeting(rest: Rested, where: queries.Where, period: Period | None) -> QuerySet[Model, Any]:
    """The facts of a source's ledger that count in a period (at any time, if None) and meet conditions. To be asked for
    while ``people.queries.evidence`` is told ``counted_day``."""
    ledger = rest.ledger
    found: QuerySet[Model, Any] = queries.facts(
        ledger, {name: wanted for name, wanted in where.items() if name == "state"}
    )
    if period is not None:
        found = during(found, ledger, period)
    annotations, met = queries.condition(ledger, where)
    meets: QuerySet[Model, Any] = found.annotate(**annotations).filter(met)
    return meets


def lines(
    alike: Sequence[Indicator],
    rest: Rested,
    period: Period | None,
    now: Registers,
    keys: Keys | None = None,
) -> list[QuerySet[Model, Any]]:
    """The facts of one source that meet its conditions, in the columns of ``LINE`` and ``splits_of``; only those of
    ``keys`` if given. The indicators differ in nothing but their splits. Every fact is in one of the queries, once.

    Without a period, of any time: what a cohort reaches may lie after it.
    """
    ledger = rest.ledger
    approved = standing(ledger) & approving.added_standing(ledger, data.names(rest.source.where))
    if ledger.person is None or not ledger.approved:
        return [_lines(alike, rest, period, keys, approved=approved)]
    found = []
    plain, hers = Q(), Q(**{f"{ledger.person}__in": unconfirmed_persons()})
    if now.unconfirmed:
        plain = ~(approved & hers)
    if now.merged and keys is None:
        # Nearly everybody has one record: nothing else is looked for where that is so.
        several = Q(**{f"{ledger.person}__in": merged_persons()})
        with evidence(merged=False):
            found.append(_lines(alike, rest, period, keys, plain & ~several, approved=approved))
        found.append(_lines(alike, rest, period, keys, plain & several, approved=approved))
    else:
        with evidence(merged=now.merged):
            found.append(_lines(alike, rest, period, keys, plain, approved=approved))
    if now.unconfirmed:
        # By what is confirmed it counts; what meets the conditions only by what is not yet, waits for that.
        seen = approved & hers & Q(**{f"{ledger.person}__confirmed": True})
        with evidence(merged=now.merged):
            with evidence(confirmed=True):
                sure = _lines(alike, rest, period, keys, seen, approved=approved)
                counted = _narrowed(alike[0], rest, period, keys, whole=True).filter(seen)
            waiting = ~Q(pk__in=counted.order_by().values("pk"))
            found += [sure, _lines(alike, rest, period, keys, approved & hers & waiting, approved=None)]
    return found


def _narrowed(
    indicator: Indicator, rest: Rested, period: Period | None, keys: Keys | None, *, whole: bool
) -> QuerySet[Model, Any]:
    """The facts of a source that meet its conditions; but for the certificate that ``answers`` looks for, unless ``whole``."""
    where = {
        name: wanted
        for name, wanted in rest.source.where.items()
        if whole or name != DISABLED or not held_by_certificate(rest)
    }
    with evidence(day=counted_day(rest.ledger, period)):
        found = meeting(rest, where, period)
        if keys is None:
            return found
        found = found.filter(near_keys(indicator, rest, keys)).annotate(k=key_of(indicator, rest.ledger))
        narrowed: QuerySet[Model, Any] = found.filter(OneOf(F("k"), keys["keys"]))
        return narrowed


def _lines(
    alike: Sequence[Indicator],
    rest: Rested,
    period: Period | None,
    keys: Keys | None,
    which: Q | None = None,
    *,
    approved: Q | None,
) -> QuerySet[Model, Any]:
    """Lines of the facts that meet a condition besides; ``approved`` says which of them stand, None: none."""
    indicator, ledger = alike[0], rest.ledger
    with evidence(day=counted_day(ledger, period)):
        facts = _narrowed(indicator, rest, period, keys, whole=False)
        if keys is None:
            facts = facts.annotate(k=key_of(indicator, ledger))
        facts = facts.filter(which or Q())
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
        # Of rows that nobody approves each stands as it is.
        unasked = one if approved is not None and not ledger.approved else none
        stands = (
            Case(When(approved, then=one), default=none, output_field=IntegerField()) if approved else unasked
        )
        rows: QuerySet[Model, Any] = (
            facts.order_by()
            .annotate(
                s=Value(rest.place, output_field=SmallIntegerField()),
                f=Cast(F(f"{ledger.filed_by}_id"), BigIntegerField()),
                c=answers(rest),
                d=F(counted_day(ledger, period) or ledger.date),
                a=stands,
                n=_amount(indicator, ledger),
                **marks,
            )
            .values_list(*LINE.values(), *splits_of(alike))
        )
    return rows


def _amount(indicator: Indicator, ledger: Ledger) -> Combinable:
    """What a fact adds: 1, or what is summed."""
    if indicator.count == "sum" and indicator.of is not None:
        return Coalesce(ledger.field(indicator.of).value(), Value(0), output_field=BigIntegerField())
    if indicator.count == "typed":
        return Cast(F("number"), BigIntegerField())
    return Value(1, output_field=BigIntegerField())


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
    for model in EVIDENCE:
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
            wanted = among(part)
            found = ledger.model._default_manager.filter(**{f"{path}__in": wanted}).annotate(
                k=key_of(indicator, ledger)
            )
            keys.update(found.values_list("k", flat=True))
            if thing is not None and ledger.person is not None:
                # Under her own record too: that is where the event stood before it was found to be another's.
                pairs = found.values_list(joining.kept(thing), f"{ledger.person}_id")
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


Keys = Mapping[str, Any]
"""Keys as conditions take them, by what they are of: lists, or the places at which a kept statement is given them."""

KEYS: Final = ("keys", "things", "persons", "alone", "households")
"""What there is in ``Keys``."""


def as_keys(keys: Sequence[int]) -> dict[str, list[int]]:
    """Keys taken apart: as they are; of pairs of a thing and a person the two; of households and of people of none."""
    return {
        "keys": list(keys),
        "things": sorted({key // PAIR for key in keys}),
        "persons": sorted({key % PAIR for key in keys}),
        "alone": [-key for key in keys if key < 0],
        "households": [key for key in keys if key > 0],
    }


def near_keys(indicator: Indicator, rest: Rested, keys: Keys) -> Any:
    """A condition that an index can answer and that no fact of these keys fails."""
    ledger = rest.ledger
    if counts_persons(indicator) and ledger.person is not None:
        return _hers(ledger.person, keys["keys"])
    if (thing := joined(indicator, ledger)) is not None and ledger.person is not None:
        return joining.referring(thing, keys["things"]) & _hers(ledger.person, keys["persons"])
    if indicator.count == "households" and ledger.person is not None:
        members = HouseholdMember.objects.filter(OneOf(F("household_id"), keys["households"]))
        return _hers(ledger.person, members.values("person"), keys["alone"])
    if indicator.count == "things" and indicator.of is not None:
        return joining.referring(ledger.parts[indicator.of], keys["keys"])
    if indicator.count == "typed":
        return OneOf(F(f"{ledger.filed_by}_id"), keys["keys"])
    return OneOf(F("pk"), keys["keys"])


def _hers(person: str, *groups: Any) -> Q:
    """Facts of these persons' own records or of records found to be theirs: in one list, since no index answers "the
    one or the other"."""
    everybody = Person.objects.order_by()

    def found(column: str, keys: Any) -> QuerySet[Any, Any]:
        if isinstance(keys, QuerySet):
            return everybody.filter(**{f"{column}__in": keys})
        return everybody.filter(OneOf(F(column), keys))

    records = [found(column, keys).values("pk") for keys in groups for column in ("pk", "canonical_id")]
    return Q(**{f"{person}__in": records[0].union(*records[1:])})
