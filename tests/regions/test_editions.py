from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Edition, Region, Succession
from qiaojie.regions.queries import EditionView, edition, under, unit_of
from qiaojie.regions.services import LoadReport

HEAD_2023 = (
    "万州区 黔江区 涪陵区 渝中区 大渡口区 江北区 沙坪坝区 九龙坡区 南岸区 北碚区 渝北区 巴南区 长寿区".split()
)
TAIL_2023 = "石柱县 秀山县 酉阳县 彭水县 两江新区 重庆高新区 万盛经开区".split()


def _pk(key: str) -> int:
    return Region.objects.get(key=key).pk


def _shown(view: EditionView, key: str) -> tuple[str, bool]:
    """The key of the unit under which a region is shown, and whether that is approximate."""
    pk = _pk(key)
    return Region.objects.get(pk=view.unit_of[pk]).key, pk in view.approximate


def test_2023_has_38_divisions_and_3_zones_in_the_order_of_the_table(tree: LoadReport) -> None:
    view = edition("chongqing-2023")
    names = [unit.name for unit in view.units]
    assert len(names) == 41
    assert names[:13] == HEAD_2023
    assert names[-7:] == TAIL_2023
    assert sum(unit.code != "" for unit in view.units) == 38
    assert [unit.name for unit in view.units if unit.kind == "zone"] == TAIL_2023[-3:]
    assert {unit.name: unit.label for unit in view.units}["忠县"] == "忠  县"
    assert len({unit.tile for unit in view.units}) == 41
    assert {unit.name: unit.tile for unit in view.units}["城口县"] == (7, 0)


def test_2026_has_37_divisions_and_2_zones(tree: LoadReport) -> None:
    view = edition("chongqing-2026")
    keys = {unit.key for unit in view.units}
    assert len(view.units) == 39
    assert sum(unit.code != "" for unit in view.units) == 37
    assert "500157" in keys
    assert not keys & {"500105:江北区", "500112:渝北区", "500000:两江新区"}
    assert len({unit.tile for unit in view.units}) == 39


@pytest.mark.parametrize(
    ("code", "count", "last"),
    [
        ("national-2017", 33, "黑龙江垦区"),
        ("jilin-2018", 10, "长白山开发区"),
        ("chongqing-bases-2020", 14, "彭水县"),
    ],
)
def test_the_other_editions(tree: LoadReport, code: str, count: int, last: str) -> None:
    view = edition(code)
    assert len(view.units) == count
    assert view.units[-1].name == last
    assert set(view.unit_ids) <= set(view.unit_of)


def test_guessed_lists_say_so(tree: LoadReport) -> None:
    assert "未核" in edition("chongqing-bases-2020").note


@pytest.mark.parametrize(
    ("code", "key", "unit", "approximate"),
    [
        # What ended is followed forward.
        ("chongqing-2026", "500105:江北区", "500157", False),
        ("chongqing-2026", "500112:渝北区", "500157", True),
        ("chongqing-2026", "500000:两江新区", "500157", True),
        ("chongqing-2026", "500109", "500109", False),
        ("chongqing-2026", "500112:统景镇", "500109", False),
        ("chongqing-2026", "500109:水土街道", "500157", False),
        ("chongqing-2026", "500110:万盛区", "500110", False),
        ("chongqing-2026", "500000:万盛经开区", "500000:万盛经开区", False),
        # What had not begun is followed back.
        ("chongqing-2023", "500157", "500000:两江新区", True),
        ("chongqing-2023", "500109124", "500112:渝北区", False),
        ("chongqing-2023", "500157005", "500109", False),
        ("chongqing-2023", "500157001", "500000:两江新区", True),
        # What was there is itself, and townships go with their county.
        ("chongqing-2023", "500105:江北区", "500105:江北区", False),
        ("chongqing-2023", "500102005", "500102", False),
        # Old codes of identity numbers lead to today's counties, over several steps.
        ("chongqing-2023", "512325:石柱县", "500240", False),
        ("chongqing-2023", "511203:天城区", "500101", False),
        ("chongqing-2023", "510222:巴县", "500113", True),
        ("chongqing-2026", "510211:江北区", "500157", False),
        # Within the nation nothing of this is uncertain: all of it is in Chongqing.
        ("national-2017", "500157", "500000", False),
        ("national-2017", "500112:渝北区", "500000", False),
        ("national-2017", "500102005", "500000", False),
        ("national-2017", "650000:新疆生产建设兵团", "650000:新疆生产建设兵团", False),
        # 公主岭市 was 四平市's until 2020.
        ("jilin-2018", "220184", "220300", True),
        ("jilin-2018", "220381:公主岭市", "220300", False),
        ("jilin-2018", "220104", "220100", False),
    ],
)
def test_where_a_region_is_shown(tree: LoadReport, code: str, key: str, unit: str, approximate: bool) -> None:
    assert _shown(edition(code), key) == (unit, approximate)


def test_everything_in_chongqing_has_a_unit(tree: LoadReport) -> None:
    everything = set(
        Region.objects.filter(under(Region.objects.get(key="500000"), "")).values_list("pk", flat=True)
    )
    everything.remove(_pk("500000"))
    for code in ("chongqing-2023", "chongqing-2026"):
        assert everything <= set(unit_of(code))


def test_regions_that_are_in_no_unit_are_left_out(tree: LoadReport) -> None:
    mapping = unit_of("chongqing-bases-2020")
    assert _pk("500103") not in mapping
    assert _pk("220100") not in unit_of("chongqing-2023")
    assert set(mapping.values()) == set(edition("chongqing-bases-2020").unit_ids)


def test_the_mapping_is_the_callers_own(tree: LoadReport) -> None:
    unit_of("chongqing-2023").clear()
    assert len(unit_of(edition("chongqing-2023"))) > 1000


def test_an_edition_is_read_in_a_few_queries_and_then_kept(
    tree: LoadReport, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    Edition.objects.get(code="chongqing-2023").save()
    with django_assert_max_num_queries(5):
        first = edition("chongqing-2023")
    with django_assert_max_num_queries(1):
        assert edition("chongqing-2023") is first


def test_a_kept_edition_follows_a_change(tree: LoadReport) -> None:
    assert _shown(edition("chongqing-2026"), "500112:渝北区")[0] == "500157"
    step = Succession.objects.get(before__key="500112:渝北区", after__key="500157")
    step.delete()
    assert _shown(edition("chongqing-2026"), "500112:渝北区")[0] == "500109"


def test_a_circle_of_successions_leads_nowhere(tree: LoadReport) -> None:
    Succession.objects.create(
        before=Region.objects.get(key="500225:大足县"),
        after=Region.objects.get(key="510230:大足县"),
        kind="renamed",
    )
    assert _pk("510230:大足县") not in edition("chongqing-2023").unit_of


def test_an_unknown_edition_names_the_known_ones(tree: LoadReport) -> None:
    with pytest.raises(Unusable) as refused:
        edition("chongqing-1999")
    assert refused.value.code == "edition_unknown"
    assert "chongqing-2023" in refused.value.message
