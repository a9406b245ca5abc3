"""How many people are concerned in each child of a region: what a target may be split in proportion to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, DateField, Q, Value

from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import data
from qiaojie.ledgers.queries import condition
from qiaojie.people.models import Certificate
from qiaojie.people.queries import canonical, valid_on
from qiaojie.regions.editions import EditionView
from qiaojie.regions.models import Region
from qiaojie.regions.queries import under

from ..schema import Indicator
from .target_versions import Child

HELD = "person.disabled"
"""The condition that everybody counted here meets already."""


@dataclass(frozen=True, slots=True)
class Need:
    """People by child, in the children's order. ``unplaced`` are those of the parent who live in none of them, or of whom
    that is not known."""

    weights: dict[int, int]
    unplaced: int


def need(indicator: Indicator, view: EditionView, region_id: int, offered: Iterable[Child], on: date) -> Need:
    """People alive with a certificate valid on the day, and what else the indicator asks of a person, by child.

    Among the units of the whole area: by the county that issued the certificate (it answers for her). Beneath a unit:
    by where she lives, of those for whom the unit answers. Two records found to be one woman are one.
    """
    held = (
        Certificate.objects.filter(valid_on(on), Q(person__died_on__isnull=True) | Q(person__died_on__gt=on))
        # The conditions on a person are those of the day of a fact; here of the day asked for.
        .annotate(happened_on=Value(on, output_field=DateField()))
    )
    annotations, wanted = _asked(indicator)
    held = held.annotate(**annotations).filter(wanted)
    people = Count(canonical(), distinct=True)
    weights = {child.region_id: 0 for child in offered}
    unplaced = 0
    if region_id == view.root_id:
        for county, number in held.values_list("county").annotate(n=people).order_by():
            unit = view.unit_of.get(county)
            if unit in weights:
                weights[unit] += number
            elif county is None:
                unplaced += number
        return Need(weights, unplaced)
    places = sorted(Region.objects.filter(pk__in=weights).values_list("first", "last", "pk"))
    starts = [first for first, _last, _pk in places]
    regions = Region.objects.in_bulk([region_id, view.unit_of[region_id]])
    parent, answering = regions[region_id], regions[view.unit_of[region_id]]
    answered = held.filter(under(answering, "county"))
    for home, number in answered.values_list("person__home__first").annotate(n=people).order_by():
        place = bisect_right(starts, home) - 1 if home is not None else -1
        if place >= 0 and home <= places[place][1]:
            weights[places[place][2]] += number
        elif home is None or parent == answering or parent.first <= home <= parent.last:
            unplaced += number
    return Need(weights, unplaced)


def _asked(indicator: Indicator) -> tuple[dict[str, object], Q]:
    """What the indicator asks of the person herself, as conditions on rows with a ``person`` and a day."""
    if indicator.ledger is None or declaration.get(indicator.ledger).person != "person":
        return {}, Q()
    where = data.only(indicator.where, lambda name: name.startswith("person.") and name != HELD)
    return condition(declaration.get(indicator.ledger), where)
