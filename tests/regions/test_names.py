from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.regions.models import Level, Region
from qiaojie.regions.naming import forms, path, plain, short_name, spells, statistical


@pytest.mark.parametrize(
    ("name", "level", "short"),
    [
        ("石柱土家族自治县", 3, "石柱县"),
        ("秀山土家族苗族自治县", 3, "秀山县"),
        ("互助土族自治县", 3, "互助县"),
        ("东乡族自治县", 3, "东乡县"),
        ("鄂伦春自治旗", 3, "鄂伦春旗"),
        ("莫力达瓦达斡尔族自治旗", 3, "莫力达瓦旗"),
        ("积石山保安族东乡族撒拉族自治县", 3, "积石山县"),
        ("隆林各族自治县", 3, "隆林县"),
        ("延边朝鲜族自治州", 2, "延边州"),
        ("伊犁哈萨克自治州", 2, "伊犁州"),
        ("内蒙古自治区", 1, "内蒙古"),
        ("广西壮族自治区", 1, "广西"),
        ("新疆维吾尔自治区", 1, "新疆"),
        ("香港特别行政区", 1, "香港"),
        ("重庆市", 1, "重庆"),
        ("涪陵区", 3, "涪陵区"),
        ("大兴安岭地区", 2, "大兴安岭地区"),
    ],
)
def test_short_names(name: str, level: int, short: str) -> None:
    assert short_name(name, level) == short


def _region(name: str, level: int, parent: Region | None = None) -> Region:
    return Region(name=name, short_name=short_name(name, level), level=level, parent=parent)


NATION = _region("中华人民共和国", Level.NATION)
JILIN = _region("吉林省", Level.PROVINCE, NATION)
CHANGCHUN = _region("长春市", Level.PREFECTURE, JILIN)
CHAOYANG = _region("朝阳区", Level.COUNTY, CHANGCHUN)


@pytest.mark.parametrize(
    "text", ["朝阳区", "长春市朝阳区", "吉林省长春市朝阳区", "吉林省朝阳区", "吉林长春朝阳区", "长春朝阳"]
)
def test_a_path_may_leave_out_levels_and_suffixes(text: str) -> None:
    assert spells(text, CHAOYANG)


@pytest.mark.parametrize(
    "text", ["", "区", "阳区", "北京市朝阳区", "朝阳区长春市", "长春市吉林省朝阳区", "长朝阳区"]
)
def test_what_does_not_spell_it(text: str) -> None:
    assert not spells(text, CHAOYANG)


def test_the_path_leaves_out_the_nation() -> None:
    assert path(CHAOYANG) == "吉林省长春市朝阳区"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("忠  县", "忠县"),
        ("忠　县", "忠县"),
        ("重庆市/涪陵区", "重庆市涪陵区"),
        (" 重庆市 — 涪陵区\n", "重庆市涪陵区"),
        ("５００１１０", "500110"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text())
def test_plain_never_fails_and_leaves_no_space(text: str) -> None:
    assert not any(character.isspace() for character in plain(text))


@given(st.lists(st.sampled_from([" ", "\u3000", "\u00a0", "\u200b", "/", "-", ""]), min_size=3, max_size=3))
def test_what_only_separates_does_not_matter(between: list[str]) -> None:
    spaced = "".join(sum(zip("涪陵区", between, strict=True), ()))
    assert plain(spaced) == "涪陵区"


@given(st.text(max_size=12))
def test_any_text_can_be_compared(text: str) -> None:
    assert spells(text, CHAOYANG) in (True, False)


def test_forms_of_the_nation_are_whole() -> None:
    assert list(forms(NATION)) == ["中华人民共和国"]


def test_codes_of_twelve_digits() -> None:
    assert statistical("500102000000") == "500102"
    assert statistical("500102106000") == "500102106"
    assert statistical("500102106201") == "500102106201"
    assert statistical("500102") == "500102"
