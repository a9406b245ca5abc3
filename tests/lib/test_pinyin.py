"""Names as they are typed: initials, spelling, and everything between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib import pinyin

NAMES = st.text(st.sampled_from("陈王秀英李单吕女绿曾覃安西先娜丽𠮷·艾买提"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("陈秀英", "cxy"), ("陈秀英", "chenxiuying"), ("陈秀英", "Chen Xiu"), ("陈秀英", "chenx"),
        ("单桂兰", "shanguilan"), ("曾玉", "zy"), ("吕梅", "lvmei"), ("吕梅", "lumei"),
        ("吕梅", "lümei"), ("西安娜", "xi'anna"), ("西安娜", "xianna"), ("先娜", "xianna"), ("买买提·艾力", "mmt"),
    ],
)  # fmt: skip
def test_found_as_typed(name: str, typed: str) -> None:
    letters = pinyin.typed(typed)
    begun = pinyin.initials(name)
    assert pinyin.begins_with(name, letters)
    assert any(begun.startswith(one) for one in pinyin.possible_initials(letters))


@given(NAMES, st.integers(1, 30))
def test_every_beginning_of_a_spelling_finds_the_name(name: str, size: int) -> None:
    letters = pinyin.typed(pinyin.spelling(name)[:size])
    if letters and len(letters) <= 12:
        assert pinyin.begins_with(name, letters)
        assert any(pinyin.initials(name).startswith(one) for one in pinyin.possible_initials(letters))


@given(st.text(max_size=60))
def test_anything_can_be_typed(text: str) -> None:
    letters = pinyin.typed(text)
    if letters:
        assert 1 <= len(pinyin.possible_initials(letters)) <= 40
    assert len(pinyin.initials(text)) <= pinyin.LENGTH
