"""What was true of somebody's work on a day."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateField, Exists, ExpressionWrapper, OuterRef, Q, Value
from django.db.models.functions import Cast, TruncYear

from qiaojie.ledgers.models import State

from .models import Employment


def employed_before() -> Exists:
    """Whether the person of an employment already worked on 31 December before the year in which it began.

    Approved spells only. A spell that ended on that very day still held on it.
    """
    begun = ExpressionWrapper(OuterRef("begins"), output_field=DateField())
    new_year = Cast(TruncYear(begun), DateField())
    last_day = ExpressionWrapper(new_year - Value(timedelta(days=1)), output_field=DateField())
    held = Employment.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=last_day),
        person=OuterRef("person_id"),
        state=State.APPROVED,
        begins__lt=new_year,
    )
    return Exists(held)
