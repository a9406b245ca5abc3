from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from qiaojie.lib.findings import Level as Weight
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import EditionUnit, Region, RegionKind
from qiaojie.regions.queries import (
    Matcher,
    ancestors,
    counties_of,
    find,
    path_name,
    successors,
    under,
    with_path,
)
from qiaojie.regions.services import LoadReport

IN_2023 = date(2023, 11, 30)
IN_2026 = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("500240", "500240"),
        ("500102106", "500102106"),
        ("500102000000", "500102"),
        ("石柱土家族自治县", "500240"),
        ("石柱县", "500240"),
        ("忠  县", "500233"),
        ("重庆市涪陵区", "500102"),
        ("重庆涪陵江东街道", "500102005"),
        ("重庆市 / 涪陵区 / 江东街道", "500102005"),
        ("吉林省长春市朝阳区", "220104"),
        ("北京市朝阳区", "110105"),
        ("重庆市", "500000"),
        ("涪陵", "500102"),
        ("吉林", "220000"),
        ("吉林市", "220200"),
        ("全国", "nation"),
        ("兵团", "650000:新疆生产建设兵团"),
        ("黑龙江垦区", "230000:黑龙江垦区"),
        ("500110", "500110"),
        ("两江新区", "500157"),
        ("万盛区", "500110:万盛区"),
    ],
)
def test_names_codes_and_paths(tree: LoadReport, text: str, key: str) -> None:
    assert find(text).key == key


@pytest.mark.parametrize(
    ("text", "on", "key"),
    [
        ("江北区", IN_2023, "500105:江北区"),
        ("两江新区", IN_2023, "500000:两江新区"),
        ("两江新区", IN_2026, "500157"),
        ("统景镇", IN_2023, "500112:统景镇"),
        ("统景镇", IN_2026, "500109124"),
        ("500110", date(2005, 6, 1), "500110:万盛区"),
        ("500110", IN_2023, "500110"),
        ("大足县", date(2010, 12, 31), "500225:大足县"),
        ("大足", IN_2023, "500111"),
    ],
)
def test_the_day_decides(chongqing: Region, text: str, on: date, key: str) -> None:
    assert find(text, within=chongqing, on=on).key == key


def test_a_name_borne_twice_is_refused_with_both_paths(tree: LoadReport) -> None:
    with pytest.raises(Unusable) as refused:
        find("朝阳区")
    assert refused.value.code == "region_ambiguous"
    assert "北京市朝阳区" in refused.value.message
    assert "吉林省长春市朝阳区" in refused.value.message


def test_an_ended_district_is_not_silently_another_citys(tree: LoadReport, chongqing: Region) -> None:
    with pytest.raises(Unusable) as refused:
        find("江北区")
    assert refused.value.code == "region_ambiguous"
    assert "浙江省宁波市江北区" in refused.value.message
    assert "重庆市江北区（至2025年11月）" in refused.value.message
    assert find("江北区", within=chongqing).key == "500105:江北区"


def test_long_lists_are_cut_and_counted(tree: LoadReport) -> None:
    with pytest.raises(Unusable, match="等82处"):
        find("城关镇")


def test_unknown_names_come_with_guesses(tree: LoadReport, chongqing: Region) -> None:
    with pytest.raises(Unusable) as refused:
        find("涪凌区江东街道")
    assert refused.value.code == "region_unknown"
    assert "重庆市涪陵区江东街道" in refused.value.message
    with pytest.raises(Unusable, match="重庆市涪陵区江东街道"):
        find("江动街道", within=find("涪陵区"))


@pytest.mark.parametrize("text", ["", "  ", "999999", "火星基地", "x", "涪" * 5000])
def test_nothing_to_guess(tree: LoadReport, text: str) -> None:
    with pytest.raises(Unusable) as refused:
        find(text)
    assert refused.value.code == "region_unknown"


def test_gone_by_then(chongqing: Region) -> None:
    with pytest.raises(Unusable) as refused:
        find("江北区", within=chongqing, on=IN_2026)
    assert refused.value.code == "region_unknown"
    assert "1997—2025-11" in refused.value.message


def test_within_narrows(tree: LoadReport) -> None:
    assert path_name(find("马武镇", within=find("石柱县"))) == "重庆市石柱土家族自治县马武镇"
    with pytest.raises(Unusable):
        find("涪陵区", within=find("石柱县"))


def test_finding_is_one_query(tree: LoadReport, django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(1):
        assert path_name(find("重庆市涪陵区江东街道")) == "重庆市涪陵区江东街道"


def test_beneath_is_one_range(chongqing: Region, django_assert_num_queries: Callable[[int], Any]) -> None:
    fuling = find("涪陵区", within=chongqing)
    beneath = set(Region.objects.filter(under(fuling, "")))
    assert beneath == {fuling, *Region.objects.filter(parent=fuling)}
    with django_assert_num_queries(1):
        assert EditionUnit.objects.filter(under(fuling), edition__code="chongqing-2023").count() == 1


def test_counties(chongqing: Region) -> None:
    assert len(counties_of(chongqing, IN_2023)) == 38
    assert len(counties_of(chongqing, IN_2023, zones=True)) == 41
    assert len(counties_of(chongqing, IN_2026)) == len(counties_of(chongqing)) == 37
    assert len(counties_of(chongqing, zones=True)) == 39
    assert [county.code for county in counties_of(chongqing, IN_2023)][:3] == ["500101", "500102", "500103"]


def test_ancestors(tree: LoadReport, django_assert_num_queries: Callable[[int], Any]) -> None:
    town = Region.objects.get(code="220104001")
    with django_assert_num_queries(1):
        above = ancestors(town)
    assert [region.short_name for region in above] == ["全国", "吉林", "长春市", "朝阳区"]


def test_lists_with_paths_are_one_query(
    tree: LoadReport, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        towns = list(with_path(Region.objects.filter(parent__code="500102")))
        assert all(path_name(town).startswith("重庆市涪陵区") for town in towns)


def test_successors_of_a_divided_district(chongqing: Region) -> None:
    steps = successors(find("渝北区", within=chongqing))
    assert [(step.after.name, step.kind, step.certain) for step in steps] == [
        ("两江新区", "split", True),
        ("北碚区", "part", True),
    ]
    assert "统景镇" in steps[1].part


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("江东街道", "500102005"),
        ("涪陵区江东街道", "500102005"),
        ("重庆市涪陵区江东街道", "500102005"),
        ("江东", "500102005"),
        ("石柱县马武镇", "500240106"),
        ("涪陵区", "500102"),
        ("500240106", "500240106"),
        ("统景镇", "500109124"),
    ],
)
def test_matching_in_bulk(chongqing: Region, text: str, key: str) -> None:
    match = Matcher(chongqing).match(text)
    assert match.region is not None and match.region.key == key
    assert match.finding is None


def test_matching_costs_no_query(
    chongqing: Region, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(4):
        matcher = Matcher(chongqing)
    with django_assert_max_num_queries(0):
        for text in ("江东街道", "马武镇", "没有这个镇", "江北区", "忠 县", ""):
            matcher.match(text)


def test_matching_says_what_is_wrong(chongqing: Region) -> None:
    matcher = Matcher(chongqing)
    twice = matcher.match("马武镇")
    assert twice.region is None and twice.finding is not None
    assert (twice.finding.code, twice.finding.level) == ("region_ambiguous", Weight.ERROR)
    assert "涪陵区马武镇" in twice.finding.message and "石柱土家族自治县马武镇" in twice.finding.message
    typo = matcher.match("江动街道")
    assert typo.finding is not None and typo.finding.code == "region_unknown"
    assert "重庆市涪陵区江东街道" in typo.finding.message
    assert matcher.match(" ").region is None and matcher.match(" ").finding is None


def test_matching_on_a_day(chongqing: Region) -> None:
    then, now = Matcher(chongqing, IN_2023), Matcher(chongqing, IN_2026)
    assert (before := then.match("渝北区统景镇").region) is not None and before.key == "500112:统景镇"
    assert (after := now.match("北碚区统景镇").region) is not None and after.key == "500109124"
    gone = now.match("渝北区统景镇")
    assert gone.region is None and gone.finding is not None and gone.finding.code == "region_unknown"


@pytest.mark.parametrize(
    ("within", "text", "key"),
    [
        ("渝北区", "人和街道", "500157"),
        ("渝北区", "渝北区人和街道", "500157"),
        ("两江新区", "两江新区人和街道", "500157"),
        ("两江新区", "水土街道", "500109"),
        ("万盛经开区", "万东镇", "500110"),
    ],
)
def test_todays_towns_of_an_ended_county_or_a_zone_come_with_a_hint(
    chongqing: Region, within: str, text: str, key: str
) -> None:
    home = find(within, within=chongqing, on=IN_2023)
    match = Matcher(home, IN_2023).match(text)
    assert match.region is not None and match.region.parent is not None
    assert match.region.parent.key == key
    assert match.finding is not None
    assert (match.finding.code, match.finding.level) == ("region_beside", Weight.HINT)


def test_a_towns_own_history_needs_no_hint(chongqing: Region) -> None:
    match = Matcher(find("渝北区", within=chongqing), IN_2023).match("统景镇")
    assert match.region is not None and match.region.key == "500112:统景镇"
    assert match.finding is None


def test_kinds_of_zone_do_not_count_as_counties(chongqing: Region) -> None:
    assert {county.kind for county in counties_of(chongqing)} == {RegionKind.COUNTY}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("统景镇印盒村三组", "统景镇"),
        ("重庆市渝北区统景镇印盒村", "统景镇"),
        ("渝北区 统景镇 12 号", "统景镇"),
        ("印盒村三组", None),
        ("统景", "统景镇"),
    ],
)
def test_an_address_names_its_township(chongqing: Region, text: str, found: str | None) -> None:
    match = Matcher(find("渝北区", within=chongqing), IN_2023).match(text)
    assert (match.region and match.region.name) == found
    if found and text != "统景":
        assert match.finding is not None
        assert (match.finding.code, match.finding.level) == ("region_finer", Weight.HINT)
