"""What is true of a person on a day, as expressions that any ledger about persons can use."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from qiaojie.ledgers.viewer import Viewer

from .models import Certificate, Person, Sex, Tie


def valid_on(day: OuterRef | F | object) -> Q:
    """Condition on certificates: valid on ``day``. A lapsed, cancelled or replaced one is not; unknown dates are."""
    return (
        (Q(issued_on__isnull=True) | Q(issued_on__lte=day))
        & (Q(expires_on__isnull=True) | Q(expires_on__gte=day))
        & (Q(ended_on__isnull=True) | Q(ended_on__gt=day))
    )


def canonical(person: str = "person") -> Combinable:
    """The id under which a fact's person counts: of two records found to be one woman, the one kept."""
    return Coalesce(F(f"{person}__canonical_id"), F(f"{person}_id"))


def _certificates(person: str, day: str) -> QuerySet[Certificate]:
    """Certificates valid on the day, the one issued last first (said so that every database orders them alike)."""
    found = Certificate.objects.filter(valid_on(OuterRef(day)), person=OuterRef(f"{person}_id"))
    return found.order_by(F("issued_on").desc(nulls_last=True), "-pk")


def disabled_on(person: str = "person", day: str = "happened_on") -> Exists:
    """Whether the fact's person held a valid disability certificate on the fact's day."""
    return Exists(_certificates(person, day))


def county_on(person: str = "person", day: str = "happened_on") -> Subquery:
    """The county (or zone) whose federation issued the certificate valid on the fact's day: it answers for her."""
    return Subquery(_certificates(person, day).values("county_id")[:1])


def category_on(person: str = "person", day: str = "happened_on") -> Subquery:
    """The category of disability on the fact's day (code 1–7)."""
    return Subquery(_certificates(person, day).values("category")[:1])


def certificate_on(person: str = "person", day: str = "happened_on") -> Subquery:
    """The number of the certificate valid on the fact's day."""
    return Subquery(_certificates(person, day).values("number")[:1])


def certificate_now() -> Subquery:
    """Of a person: the number of the certificate that has not ended."""
    found = Certificate.objects.filter(person=OuterRef("pk"), ended_on__isnull=True)
    return Subquery(found.order_by(F("issued_on").desc(nulls_last=True), "-pk").values("number")[:1])


def female(person: str = "person") -> Q:
    """Condition: the fact's person is a woman."""
    return Q(**{f"{person}__sex": Sex.FEMALE})


def known_to(viewer: Viewer) -> Q:
    """Condition on persons: some county in the viewer's regions has to do with her."""
    return Q(Exists(Tie.objects.filter(viewer.scope("region"), person=OuterRef("pk"))))


def visible(viewer: Viewer) -> QuerySet[Person]:
    """The persons this viewer may see; merged duplicates are left out."""
    return Person.objects.filter(known_to(viewer), canonical__isnull=True)
