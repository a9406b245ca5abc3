"""What is true of a person on a day, as expressions that any ledger about persons can use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    Field,
    IntegerField,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dialects import DayNumber
from qiaojie.regions.models import Level, Region

from .models import Certificate, HouseholdMember, Person, Sex, Status, Tie

WORKING_AGE: Mapping[int, Mapping[Sex, tuple[int, int]]] = {
    # From 2025 the retirement age rises by months; until the federation says how it counts them, the bounds stay.
    1978: {Sex.FEMALE: (16, 54), Sex.MALE: (16, 59)},
}
"""From a year on, the youngest and the oldest year of age, both inclusive, by sex; the latest year that has begun holds."""

EVIDENCE: Final[tuple[type[Model], ...]] = (Certificate, Status, HouseholdMember)
"""What is evidence about a person, a row at a time; a fact counts as approved only by what of it is confirmed."""

UNKNOWN, ASKED = 0, -1
"""In place of a region: nobody wrote down which one it is, and whoever filed the fact answers; somebody has to say which."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Which evidence about a person is looked at, and as of which day."""

    confirmed: bool = False
    merged: bool = True
    day: str | None = None


_ALL = _Evidence()
_evidence: ContextVar[_Evidence] = ContextVar("evidence", default=_ALL)


@contextmanager
def evidence(
    *, confirmed: bool | None = None, merged: bool | None = None, day: str | None = None
) -> Iterator[None]:
    """While a query is built: what the expressions of this module look at. What is not named stays as it was.

    ``confirmed``: only what an approver has confirmed. ``merged`` False: of persons who were found to be nobody else, and
    nobody else to be them, their own records are all there is; the query asks about such persons alone. ``day``: the
    annotation of the query that stands for the day of the fact.
    """
    before = _evidence.get()
    token = _evidence.set(
        _Evidence(
            before.confirmed if confirmed is None else confirmed,
            before.merged if merged is None else merged,
            before.day if day is None else day,
        )
    )
    try:
        yield
    finally:
        _evidence.reset(token)


def valid_on(day: OuterRef | F | object) -> Q:
    """Condition on certificates: valid on ``day``, the last day of each span counted in. A lapsed, cancelled or replaced
    one is not; unknown dates are."""
    return (
        (Q(issued_on__isnull=True) | Q(issued_on__lte=day))
        & (Q(expires_on__isnull=True) | Q(expires_on__gte=day))
        & (Q(ended_on__isnull=True) | Q(ended_on__gte=day))
    )


def held_on(day: OuterRef | F | object) -> Q:
    """Condition on spells (a status, belonging to a household): they held on ``day``. 止 is the last day on which they did."""
    return (Q(begins__isnull=True) | Q(begins__lte=day)) & (Q(ends__isnull=True) | Q(ends__gte=day))


def canonical(person: str = "person") -> Combinable:
    """The id under which a fact's person counts: of two records found to be one woman, the one kept."""
    own = F(f"{person}_id")
    if not _evidence.get().merged:
        return Cast(own, BigIntegerField())
    return Coalesce(F(f"{person}__canonical_id"), own, output_field=BigIntegerField())


def canonical_of(persons: Iterable[int]) -> dict[int, int]:
    """For records of persons the one under which each counts: itself, or the one it was found to be; one query."""
    keys = list(persons)
    into = dict(Person.objects.filter(pk__in=keys, canonical__isnull=False).values_list("pk", "canonical_id"))
    return {key: into.get(key) or key for key in keys}


def records_of(persons: Iterable[int]) -> dict[int, int]:
    """All records of these persons, those that were found to be them counted in: record → the person asked for; one query."""
    asked = list(persons)
    same = Person.objects.filter(canonical_id__in=asked).values_list("pk", "canonical_id")
    return {**{key: key for key in asked}, **{pk: into for pk, into in same if into is not None}}


def merged_persons() -> QuerySet[Any, Any]:
    """Keys of persons who were found to be others, and of those whom they were found to be."""
    into = Person.objects.order_by().filter(canonical__isnull=False)
    return into.values("pk").union(into.values("canonical_id"))


def unconfirmed_persons() -> QuerySet[Any, Any]:
    """Keys of persons about whom something is not confirmed (what the register says of herself, a certificate, a status, a
    household), under any of their records."""
    everybody = Person.objects.order_by()

    def waiting() -> QuerySet[Any, Any]:
        held = (
            model._default_manager.order_by().filter(confirmed=False).values("person") for model in EVIDENCE
        )
        return everybody.filter(confirmed=False).values("pk").union(*held)

    into = everybody.filter(pk__in=waiting(), canonical__isnull=False).values("canonical")
    others = [
        everybody.filter(pk__in=into).values("pk"),
        everybody.filter(canonical__in=waiting()).values("pk"),
        everybody.filter(canonical__in=into).values("pk"),
    ]
    return everybody.filter(pk__in=waiting()).values("pk").union(*others)


def _kept(found: QuerySet[Any], person: str) -> tuple[QuerySet[Any], QuerySet[Any] | None]:
    """Of rows about persons those of the fact's own record, and those of all records of the same woman (None where
    there are no others); only what is confirmed, where nothing else is looked at."""
    now = _evidence.get()
    if now.confirmed:
        found = found.filter(confirmed=True)
    own = found.filter(person=OuterRef(f"{person}_id"))
    if not now.merged:
        return own, None
    same = Coalesce(OuterRef(OuterRef(f"{person}__canonical_id")), OuterRef(OuterRef(f"{person}_id")))
    records = Person.objects.order_by().filter(Q(pk=same) | Q(canonical=same))
    return own, found.filter(person__in=records.values("pk"))


def _several(person: str) -> Q:
    """Condition: there are several records of the fact's person."""
    others = Person.objects.filter(canonical=OuterRef(f"{person}_id"))
    return Q(**{f"{person}__canonical__isnull": False}) | Q(Exists(others))


def _day(day: str) -> str:
    return _evidence.get().day or day


def _first(
    found: QuerySet[Any], person: str, column: Any, field: Field[Any, Any] | None = None
) -> Combinable:
    """The first of rows about the fact's person, whichever of her records it lies under. Who has one record only is asked
    about that alone: no index answers "the one or the other"."""
    own, every = _kept(found, person)
    alone: Combinable = Subquery(own.values(column)[:1], output_field=field)
    if every is None:
        return alone
    return Case(
        When(_several(person), then=Subquery(every.values(column)[:1], output_field=field)), default=alone
    )


def _any(found: QuerySet[Any], person: str) -> Combinable:
    """Whether there is one of these rows about the fact's person, under any of her records."""
    own, every = _kept(found, person)
    met = Q(Exists(own))
    if every is not None:
        met |= _several(person) & Q(Exists(every))
    return Case(When(met, then=Value(True)), default=Value(False), output_field=BooleanField())


def _certificates(day: str) -> QuerySet[Certificate]:
    """Certificates valid on the day, the one issued last first (said so that every database orders them alike)."""
    valid = Certificate.objects.filter(valid_on(OuterRef(_day(day))))
    return valid.order_by(F("issued_on").desc(nulls_last=True), "-pk")


def disabled_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """Whether the fact's person held a valid disability certificate on the fact's day."""
    return _any(_certificates(day), person)


def county_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The county (or zone) that answers for the fact's person: whose federation issued the certificate valid on the fact's
    day, of several the one issued last, whichever of her records it lies under.

    ``UNKNOWN`` where nobody wrote down whose it is, ``ASKED`` where somebody has to say so before she counts for anyone;
    where no certificate was valid that day, the county of her household registration, or null.
    """
    return Coalesce(certificate_county_on(person, day), _hukou_county(person), output_field=BigIntegerField())


def certificate_county_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """``county_on`` of whoever held a valid certificate that day; null of whoever did not."""
    valid = _certificates(day).annotate(
        answers=Coalesce(
            F("county_id"),
            Case(When(county_asked=True, then=Value(ASKED)), default=Value(UNKNOWN)),
            output_field=BigIntegerField(),
        )
    )
    return _first(valid, person, "answers", BigIntegerField())


def _hukou_county(person: str) -> Combinable:
    """The county or zone of the household registration of the fact's person (of records found to be one woman, of the one
    kept); null where it is not known so closely. Asked for by itself: hardly any fact needs it."""
    path = f"{person}__canonical_id" if _evidence.get().merged else f"{person}_id"
    kept = Coalesce(OuterRef(path), OuterRef(f"{person}_id"))
    registered = Person.objects.filter(pk=kept).order_by()
    county = Case(
        When(hukou__level=Level.COUNTY, then=F("hukou_id")),
        When(hukou__parent__level=Level.COUNTY, then=F("hukou__parent_id")),
        When(hukou__parent__parent__level=Level.COUNTY, then=F("hukou__parent__parent_id")),
        output_field=BigIntegerField(),
    )
    return Subquery(registered.annotate(county=county).values("county")[:1], output_field=BigIntegerField())


def issuer_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The name of the county whose federation issued the certificate valid on the fact's day."""
    return _first(_certificates(day), person, "county__short_name")


def category_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The category of disability on the fact's day (code 1–7)."""
    return _first(_certificates(day), person, "category")


def grade_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The grade of disability on the fact's day (code 1–4)."""
    return _first(_certificates(day), person, "grade")


def _stated(person: str, column: str) -> Combinable:
    """What the register says of the fact's person ('' for a row of the register itself): the record that is kept goes before the
    fact's own."""
    path = f"{person}__" if person else ""
    return Coalesce(F(f"{path}canonical__{column}"), F(f"{path}{column}"))


def years_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The full years of age of the fact's person on the fact's day; null where her birth date is not known."""
    lived = DayNumber(F(_day(day))) - DayNumber(_stated(person, "birth_date"))
    return ExpressionWrapper(lived / Value(10_000), IntegerField())


def township_of(person: str = "person") -> Combinable:
    """The key of the township of the household registration of the fact's person; null where it is not known so closely."""
    return _stated_above(person, Level.TOWNSHIP)


def home_county(person: str = "person") -> Combinable:
    """The key of the county of the household registration of the fact's person; null where it is not known so closely."""
    return _stated_above(person, Level.COUNTY)


def _stated_above(person: str, level: Level) -> Combinable:
    """The key of the region of a level in which the household registration lies, at most two levels above it."""
    found = []
    path = f"{person}__" if person else ""
    for record in (f"{path}canonical__", path):
        for above in ("hukou", "hukou__parent", "hukou__parent__parent"):
            found.append(When(**{f"{record}{above}__level": level}, then=F(f"{record}{above}_id")))
    return Case(*found, output_field=BigIntegerField())


def county_named(region: str) -> Combinable:
    """The name of the county of a region (by the path to it); of one that lies above the counties its own name."""
    known = [When(**{f"{region}__level__lte": Level.COUNTY}, then=F(f"{region}__short_name"))]
    for above in (f"{region}__parent", f"{region}__parent__parent"):
        known.append(When(**{f"{above}__level": Level.COUNTY}, then=F(f"{above}__short_name")))
    return Case(*known, output_field=CharField())


def certificate_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The number of the certificate valid on the fact's day."""
    return _first(_certificates(day), person, "number")


def certificate_now(column: str = "number", person: str = "pk") -> Subquery:
    """Of a person (by the path to her key): the number (or another column) of the certificate that has not ended."""
    found = Certificate.objects.filter(person=OuterRef(person), ended_on__isnull=True)
    return Subquery(found.order_by(F("issued_on").desc(nulls_last=True), "-pk").values(column)[:1])


def of_working_age(person: str = "person", day: str = "happened_on") -> Combinable:
    """Whether the fact's person was of working age on the fact's day: women 16–54, men 16–59 (``WORKING_AGE``).

    Unknown sex or birth date: not. Source: the federation's definitions used by the 2023 notice.
    """
    day = _day(day)
    lived = DayNumber(F(day)) - DayNumber(F(f"{person}__birth_date"))
    return Case(
        *(
            When(
                Q(
                    **{
                        f"{day}__gte": date(year, 1, 1),
                        f"{person}__sex": sex,
                        f"{person}__birth_date__isnull": False,
                    }
                ),
                then=Case(
                    When(
                        Q(GreaterThanOrEqual(lived, youngest * 10_000))
                        & Q(LessThan(lived, (oldest + 1) * 10_000)),
                        then=Value(True),
                    ),
                    default=Value(False),
                ),
            )
            for year, ages in sorted(WORKING_AGE.items(), reverse=True)
            for sex, (youngest, oldest) in ages.items()
        ),
        default=Value(False),
        output_field=BooleanField(),
    )


def household_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The household that the fact's person belonged to on the fact's day, under any of her records (the one written down
    last); null where none is recorded."""
    held = HouseholdMember.objects.filter(held_on(OuterRef(_day(day)))).order_by("-pk")
    return _first(held, person, "household_id", BigIntegerField())


def status_on(scheme: str, person: str = "person", day: str = "happened_on") -> Combinable:
    """Whether a status of the scheme (``registered_poor`` 建档立卡 …) held for the person on the fact's day."""
    return _any(Status.objects.filter(held_on(OuterRef(_day(day))), scheme=scheme).order_by(), person)


def numberless(person: str = "person") -> Combinable:
    """Whether no identity number is known of the fact's person, nor of the one she was found to be."""
    kept = Q(**{f"{person}__canonical__isnull": True}) | Q(**{f"{person}__canonical__id_hash__isnull": True})
    unknown = Q(**{f"{person}__id_hash__isnull": True}) & kept
    return Case(When(unknown, then=Value(True)), default=Value(False), output_field=BooleanField())


def female(person: str = "person") -> Q:
    """Condition: the fact's person is a woman."""
    return Q(**{f"{person}__sex": Sex.FEMALE})


def known_to(viewer: Viewer, person: str = "pk") -> Q:
    """Condition: some county in the viewer's regions has to do with the person (``person`` is the path to her key).

    To somebody outside the offices she is known by what their own agency entered about her.
    """
    if viewer.outside:
        own = Q(pk__in=[])
        for ledger in declaration.every():
            if ledger.approved and ledger.person:
                facts = ledger.model._default_manager.filter(ledger.visible(viewer))
                own |= Q(Exists(facts.filter(**{f"{ledger.person}_id": OuterRef(person)})))
        return own
    return Q(Exists(Tie.objects.filter(viewer.scope("region"), person=OuterRef(person))))


def at_home_in(region: Region, person: str = "person") -> Q:
    """Condition: the fact's person is registered in the region; where no household registration is known, that a county there
    has to do with her."""
    inside = {f"{person}__hukou__first__gte": region.first, f"{person}__hukou__last__lte": region.last}
    ties = Tie.objects.filter(
        region__first__gte=region.first, region__last__lte=region.last, person=OuterRef(f"{person}_id")
    )
    return Q(**inside) | (Q(**{f"{person}__hukou__isnull": True}) & Q(Exists(ties)))


def visible(viewer: Viewer) -> QuerySet[Person]:
    """The persons this viewer may see; merged duplicates are left out."""
    return Person.objects.filter(known_to(viewer), canonical__isnull=True)
