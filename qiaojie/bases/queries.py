"""Where a base belongs."""

from __future__ import annotations

from django.db.models import BigIntegerField, Case, F, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from qiaojie.regions.models import Level


def county_of_base(base: str = "base") -> Combinable:
    """The county where the base of a fact lies; of a base whose place is not known, the one whose office entered it."""
    place = Case(
        When(**{f"{base}__place__level": Level.TOWNSHIP}, then=F(f"{base}__place__parent_id")),
        default=F(f"{base}__place_id"),
        output_field=BigIntegerField(),
    )
    return Coalesce(place, F(f"{base}__filed_by_id"), output_field=BigIntegerField())
