"""What is true of a person on a day, as expressions that any ledger about persons can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dialects import DayNumber

from .models import Certificate, HouseholdMember, Person, Sex, Status, Tie

WORKING_AGE: Mapping[int, Mapping[Sex, tuple[int, int]]] = {
    # From 2025 the retirement age rises by months; until the federation says how it counts them, the bounds stay.
    1978: {Sex.FEMALE: (16, 54), Sex.MALE: (16, 59)},
}
"""From a year on, the youngest and the oldest year of age, both inclusive, by sex; the latest year that has begun holds."""


def valid_on(day: OuterRef | F | object) -> Q:
    """Condition on certificates: valid on ``day``. A lapsed, cancelled or replaced one is not; unknown dates are."""
    return (
        (Q(issued_on__isnull=True) | Q(issued_on__lte=day))
        & (Q(expires_on__isnull=True) | Q(expires_on__gte=day))
        & (Q(ended_on__isnull=True) | Q(ended_on__gt=day))
    )


def canonical(person: str = "person") -> Combinable:
    """The id under which a fact's person counts: of two records found to be one woman, the one kept."""
    return Coalesce(F(f"{person}__canonical_id"), F(f"{person}_id"), output_field=BigIntegerField())


def _records(person: str) -> tuple[Q, Q, Q]:
    """Conditions on evidence (certificates, statuses): of the fact's own record, of the one it was found to be, of others
    found to be the same woman. One after the other, since no index answers "the one or the other"; who was never found to
    be another costs nothing more where her own record answers."""
    same = Coalesce(OuterRef(f"{person}__canonical_id"), OuterRef(f"{person}_id"))
    return (
        Q(person=OuterRef(f"{person}_id")),
        Q(person=OuterRef(f"{person}__canonical_id")),
        Q(person__canonical=same),
    )


def _certificates(person: str, day: str) -> list[QuerySet[Certificate]]:
    """Certificates valid on the day, the one issued last first (said so that every database orders them alike): under
    the fact's own record, then under others of the same woman."""
    order = (F("issued_on").desc(nulls_last=True), "-pk")
    valid = valid_on(OuterRef(day))
    return [Certificate.objects.filter(valid, record).order_by(*order) for record in _records(person)]


def _first(person: str, day: str, column: str) -> Combinable:
    return Coalesce(*(Subquery(found.values(column)[:1]) for found in _certificates(person, day)))


def _any(found: Iterable[QuerySet[Any]]) -> Combinable:
    """Whether one of these finds something."""
    met = reduce(or_, (Q(Exists(one)) for one in found))
    return Case(When(met, then=Value(True)), default=Value(False), output_field=BooleanField())


def disabled_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """Whether the fact's person held a valid disability certificate on the fact's day."""
    return _any(_certificates(person, day))


def county_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The county (or zone) whose federation issued the certificate valid on the fact's day: it answers for her."""
    return _first(person, day, "county_id")


def category_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The category of disability on the fact's day (code 1–7)."""
    return _first(person, day, "category")


def certificate_on(person: str = "person", day: str = "happened_on") -> Combinable:
    """The number of the certificate valid on the fact's day."""
    return _first(person, day, "number")


def certificate_now() -> Subquery:
    """Of a person: the number of the certificate that has not ended."""
    found = Certificate.objects.filter(person=OuterRef("pk"), ended_on__isnull=True)
    return Subquery(found.order_by(F("issued_on").desc(nulls_last=True), "-pk").values("number")[:1])


def of_working_age(person: str = "person", day: str = "happened_on") -> Combinable:
    """Whether the fact's person was of working age on the fact's day: women 16–54, men 16–59 (``WORKING_AGE``).

    Unknown sex or birth date: not. Source: the federation's definitions used by the 2023 notice.
    """
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
    """The household that the fact's person belonged to on the fact's day, under her own record or else under the one she
    was found to be; null where none is recorded."""
    held = HouseholdMember.objects.filter(
        Q(begins__isnull=True) | Q(begins__lte=OuterRef(day)),
        Q(ends__isnull=True) | Q(ends__gt=OuterRef(day)),
    ).order_by("-pk")
    own, kept = (
        Subquery(held.filter(person=OuterRef(path)).values("household_id")[:1], BigIntegerField())
        for path in (f"{person}_id", f"{person}__canonical_id")
    )
    return Coalesce(own, kept, output_field=BigIntegerField())


def status_on(scheme: str, person: str = "person", day: str = "happened_on") -> Combinable:
    """Whether a status of the scheme (``registered_poor`` 建档立卡 …) held for the person on the fact's day."""
    held = Status.objects.filter(
        Q(begins__isnull=True) | Q(begins__lte=OuterRef(day)),
        Q(ends__isnull=True) | Q(ends__gt=OuterRef(day)),
        scheme=scheme,
    )
    return _any(held.filter(record) for record in _records(person))


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


def visible(viewer: Viewer) -> QuerySet[Person]:
    """The persons this viewer may see; merged duplicates are left out."""
    return Person.objects.filter(known_to(viewer), canonical__isnull=True)
