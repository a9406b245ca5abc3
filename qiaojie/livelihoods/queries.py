"""What was true of somebody's work on a day."""

from __future__ import annotations

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from qiaojie.ledgers.models import State
from qiaojie.lib.dialects import LastYearsEnd, NewYear

from .models import Employment


def employed_before() -> Combinable:
    """Whether the person of an employment already worked on 31 December before the year in which it began.

    Approved spells only, under any of her records. A spell that ended on that very day still held on it.
    """
    held = Employment.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=LastYearsEnd(OuterRef("begins"))),
        state=State.APPROVED,
        begins__lt=NewYear(OuterRef("begins")),
    )
    kept = OuterRef("person__canonical_id")
    # One condition for each way to a record of hers: each finds its rows by an index, and hardly anybody has two.
    return ExpressionWrapper(
        Exists(held.filter(person=OuterRef("person_id")))
        | (Q(person__canonical__isnull=False) & Exists(held.filter(person=kept)))
        | Exists(held.filter(person__canonical=Coalesce(kept, OuterRef("person_id")))),
        BooleanField(),
    )
