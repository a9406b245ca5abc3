"""The demo's counties split their targets, aim higher, and have typed what they did before the system."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.measures import townships, year_totals
from qiaojie.measures.queries import measure
from qiaojie.notices.queries import notice
from qiaojie.regions.models import Region

pytestmark = [pytest.mark.django_db, pytest.mark.later, pytest.mark.usefixtures("stories")]

LATE = date(2023, 11, 30)
CODE = "vocational_training"


def test_fengdu_shows_its_townships_and_aims_higher() -> None:
    held = notice("chongqing-work-2023")
    found = measure(held, LATE, SystemViewer())
    county = Region.objects.get(key="500230")
    value = next(row.values[CODE] for row in found.units if row.region_id == county.pk)
    assert (value.target, value.local, value.approved) == (141, 150, 133)
    below = townships.below(found, county)
    assert below is not None
    assert sum(line.values[CODE].approved or 0 for line in below.lines) == 133
    assert sum(line.values[CODE].target or 0 for line in below.lines) == below.sums[CODE] == 141
    assert sum(bool(line.values[CODE].approved) for line in below.lines) > 10


def test_years_before_were_typed_and_are_used() -> None:
    held = notice("chongqing-work-2023")
    view = year_totals.map_of(held)
    total = year_totals.year_before(held, held.indicators, view.unit_ids, view)[CODE]
    assert {one.name for one in total.sources} == {"丰都县", "石柱县", "涪陵区"}
    county = Region.objects.get(key="500230")
    years = year_totals.by_year(held, held.indicator(CODE), [county.pk], view)
    assert [(one.year, one.number) for one in years] == [(2022, 128), (2021, 117)]
