"""Names of things: which spellings are one, which are nearly another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.titles import core, figures, nearly, title_key, variants

ONE = [
    ("竹编（一）班", "竹编(一)班", "竹编（ 一 ）班", "竹编﹙一﹚班", "竹编【1】班", "竹编〔１〕班",
     "竹编一班", "竹编第一班", "竹编 第01 班"),
    ("编织第一期", "编织第1期", "编织一期", "编织（第１期）", "编织·第一期", "编织—1期"),
    ("ＡＢＣ手工坊", "abc手工坊", "ABC 手工坊", "A.B.C手工坊"),
    ("二〇二三年编织班", "2023年编织班", "2023 年编织班"),
    ("第十二期", "12期", "第12期", "第Ⅻ期"),
    ("编织Ⅱ班", "编织②班", "编织㈡班", "编织（二）班"),
]  # fmt: skip
APART = [
    ("一班", "二班"), ("第1期", "第2期"), ("2022年编织班", "2023年编织班"), ("2023-1期", "20231期"), ("竹编班", "草编班"),
    ("第十期", "第一期"), ("竹编班", "竹编"),
]  # fmt: skip
NEAR = [
    ("竹编班", "竹编培训班"), ("编织班", "编制班"), ("手工编织班", "手工编只班"), ("红叶编织社", "红叶编社"),
    ("手工编织", "手工织编"), ("重庆市涪陵区2023年第1期串珠班", "第1期串珠班"), ("涪陵竹编班", "竹编班"),
]  # fmt: skip
FAR = [
    ("一班", "二班"), ("初级编织班", "高级编织班"), ("甲班", "乙班"), ("竹编班", "草编班"), ("A班", "B班"),
    ("编织1期", "编织2期"),    ("新手编织班", "老手编织班"), ("培训班", "班"), ("编织班", "编织初班"), ("串珠班", "刺绣班"),
]  # fmt: skip
PLACE = ("涪陵区", "涪陵")


def of(name: str) -> str:
    return core(title_key(name), PLACE, 2023)


@pytest.mark.parametrize("names", ONE)
def test_spellings_of_one_name_are_one(names: tuple[str, ...]) -> None:
    assert len({title_key(name) for name in names}) == 1


@pytest.mark.parametrize("pair", APART)
def test_what_differs_in_more_than_spelling_stays_apart(pair: tuple[str, str]) -> None:
    one, other = pair
    assert title_key(one) != title_key(other)


@pytest.mark.parametrize("pair", NEAR)
def test_a_slip_is_near(pair: tuple[str, str]) -> None:
    one, other = map(of, pair)
    assert nearly(one, other) and nearly(other, one)


@pytest.mark.parametrize("pair", FAR)
def test_what_tells_things_apart_on_purpose_is_not_near(pair: tuple[str, str]) -> None:
    one, other = map(of, pair)
    assert not nearly(one, other) and not nearly(other, one)


NAMES = st.text("竹编织绣（）() 一二1班期Aa-·第", min_size=0, max_size=9)


@given(NAMES, NAMES)
def test_what_is_near_is_found_by_what_is_left_of_it(one: str, other: str) -> None:
    a, b = title_key(one), title_key(other)
    assert nearly(a, b) == nearly(b, a)
    if nearly(a, b):
        assert set(variants(a)) & set(variants(b)) and figures(a) == figures(b)


@given(NAMES)
def test_a_key_says_itself_again(name: str) -> None:
    assert title_key(title_key(name)) == title_key(name)
    assert title_key(f" {name} ") == title_key(name)
