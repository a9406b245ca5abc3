from __future__ import annotations

from datetime import date

import pytest
from django.db.models import F

from qiaojie.regions import source
from qiaojie.regions.models import (
    Edition,
    EditionUnit,
    Level,
    Overlap,
    Region,
    RegionKind,
    Succession,
    TreeState,
)
from qiaojie.regions.services import LoadReport, load, renumber


def test_the_ministrys_list_comes_in_whole(tree: LoadReport) -> None:
    listed = Region.objects.filter(key=F("code"))
    assert {level: listed.filter(level=level).count() for level in (1, 2, 3, 4)} == {
        1: 33,
        2: 333,
        3: 2845,
        4: 38723,
    }
    assert tree.as_of == date(2025, 12, 31)
    assert tree.created == Region.objects.count()
    assert not Region.objects.filter(name__contains="台湾").exists()


def test_loading_says_how_long_it_took(tree: LoadReport) -> None:
    assert tree.seconds > 0


def test_loading_again_changes_nothing(tree: LoadReport) -> None:
    before = list(Region.objects.values_list("pk", "key", "first", "last"))
    stamp = TreeState.objects.get().stamp
    again = load()
    assert (again.created, again.updated, again.related, again.unlisted) == (0, 0, 0, 0)
    assert again.unchanged == len(before)
    assert list(Region.objects.values_list("pk", "key", "first", "last")) == before
    assert TreeState.objects.get().stamp == stamp


def test_loading_again_mends_what_was_altered_and_keeps_ids(tree: LoadReport) -> None:
    town = Region.objects.get(code="500102106")
    Region.objects.filter(pk=town.pk).update(name="马武乡", parent=Region.objects.get(key="500101"))
    Succession.objects.filter(before__key="500105:江北区").update(kind="renamed")
    EditionUnit.objects.filter(edition__code="chongqing-2023", order=1).delete()
    report = load()
    assert report.updated == 1
    assert report.related == 1 + 41
    mended = Region.objects.get(code="500102106")
    assert (mended.pk, mended.name, mended.parent) == (town.pk, "马武镇", Region.objects.get(key="500102"))
    assert Succession.objects.get(before__key="500105:江北区").kind == "merged"


def test_a_region_of_the_deployers_own_is_kept(tree: LoadReport) -> None:
    county = Region.objects.get(code="500240")
    own = Region.objects.create(
        key="500240:工业园区",
        name="工业园区",
        short_name="工业园区",
        level=4,
        kind=RegionKind.ZONE,
        parent=county,
    )
    renumber()
    report = load()
    assert (report.unlisted, report.created, report.updated) == (1, 0, 0)
    own.refresh_from_db()
    county.refresh_from_db()
    assert county.holds(own)
    assert own.first == county.last


def test_intervals_are_the_tree(tree: LoadReport) -> None:
    rows = list(Region.objects.order_by("first").values_list("pk", "parent_id", "first", "last"))
    assert [row[2] for row in rows] == list(range(1, len(rows) + 1))
    bounds = {pk: (first, last) for pk, _, first, last in rows}
    sizes = dict.fromkeys(bounds, 1)
    end_of_last_child: dict[int, int] = {}
    for _, parent, first, last in rows:
        if parent is None:
            continue
        above = bounds[parent]
        assert above[0] < first <= last <= above[1]
        # In order of their numbers, a sister starts right where the one before her ended.
        assert first == end_of_last_child.get(parent, above[0]) + 1
        end_of_last_child[parent] = last
    for pk, parent, _, _ in reversed(rows):
        if parent is not None:
            sizes[parent] += sizes[pk]
    assert all(last - first + 1 == sizes[pk] for pk, (first, last) in bounds.items())


def test_levels_grow_downward_and_codes_nest(tree: LoadReport) -> None:
    assert Region.objects.filter(parent__isnull=True).get().level == Level.NATION
    assert not Region.objects.exclude(parent=None).filter(level__lte=F("parent__level")).exists()


def test_codes_were_used_again(tree: LoadReport) -> None:
    holders = Region.objects.filter(code="500110").order_by("begins")
    assert [region.name for region in holders] == ["万盛区", "綦江区"]
    assert holders[0].ends == holders[1].begins == date(2011, 1, 1)
    assert all(region.dates_uncertain for region in holders)


def test_the_change_of_november_2025_is_marked_as_known_only_to_the_month(tree: LoadReport) -> None:
    ended = Region.objects.filter(parent__code="500000", ends=date(2025, 11, 1))
    assert sorted(region.name for region in ended) == ["两江新区", "江北区", "渝北区"]
    new = Region.objects.get(code="500157")
    assert new.begins == date(2025, 11, 1)
    assert new.dates_uncertain and all(region.dates_uncertain for region in ended)


def test_towns_that_changed_county_stand_in_both_at_their_time(tree: LoadReport) -> None:
    moved = Succession.objects.filter(before__level=Level.TOWNSHIP)
    assert set(moved.values_list("before__parent__name", "after__parent__name")) == {
        ("渝北区", "北碚区"),
        ("北碚区", "两江新区"),
    }
    assert moved.count() == 10
    assert all(step.before.ends == step.after.begins and step.before.code == "" for step in moved)


def test_regions_without_a_code(tree: LoadReport) -> None:
    kinds = dict(Region.objects.filter(code="", level__in=(1, 2, 3)).values_list("name", "kind"))
    assert kinds == {
        "两江新区": "zone",
        "重庆高新区": "zone",
        "万盛经开区": "zone",
        "长白山开发区": "zone",
        "新疆生产建设兵团": "corps",
        "黑龙江垦区": "reclamation",
    }
    assert not Overlap.objects.filter(certain=True).exists()
    under = Overlap.objects.filter(zone__key="500000:两江新区").values_list("region__name", flat=True)
    assert sorted(under) == ["北碚区", "江北区", "渝北区"]


def test_successions_join_in_time(tree: LoadReport) -> None:
    for step in Succession.objects.select_related("before", "after"):
        assert step.on is not None
        if step.kind != "part":
            assert step.before.ends == step.on, step
        assert step.after.begins is None or step.after.begins <= step.on, step
        assert step.before.begins is None or step.before.begins < step.on, step


def test_every_ended_region_says_what_came_after_it(tree: LoadReport) -> None:
    orphans = Region.objects.filter(ends__isnull=False, successions__isnull=True)
    assert [region.key for region in orphans] == []


def test_edition_rows_are_whole(tree: LoadReport) -> None:
    for edition in Edition.objects.all():
        orders = list(edition.units.values_list("order", flat=True))
        assert orders == list(range(1, len(orders) + 1))
        tiles = edition.units.filter(tile_column__isnull=False).count()
        assert tiles == (len(orders) if edition.layout == "tiles" else 0)
        assert all(unit.region.alive(edition.on) for unit in edition.units.select_related("region"))


@pytest.mark.parametrize(
    ("text", "first", "vague"),
    [
        ("", None, False),
        ("2011", date(2011, 1, 1), True),
        ("2025-11", date(2025, 11, 1), True),
        ("2023-03-07", date(2023, 3, 7), False),
    ],
)
def test_days_of_the_tables(text: str, first: date | None, vague: bool) -> None:
    assert source.day(text) == (first, vague)


def test_other_days_are_refused() -> None:
    with pytest.raises(ValueError, match="2011年"):
        source.day("2011年")
