"""A column read at once gives what its cells give one by one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.columns import at_once, read_column, sound_numbers
from qiaojie.lib.identity import check_digit, read_id
from qiaojie.lib.text import _BLANKS, _DITTOS
from qiaojie.lib.values import KINDS, Context, Parsed

CONTEXT = Context(2023, "元", {"1": "男", "2": "女"})
WORDS = [
    *sorted(_BLANKS | _DITTOS),
    "#REF!",
    "#N/A",
    "约50人",
    "男",
    "1女",
    "是",
    "√",
    "2023.3.5",
    "13800002207",
]


def number(day: int, sequence: int, prefix: str) -> str:
    first17 = f"{prefix}{date(1840, 1, 1) + timedelta(days=day):%Y%m%d}{sequence:03d}"
    return first17 + check_digit(first17)


numbers = st.builds(
    number,
    st.integers(0, 75_000),
    st.integers(0, 999),
    st.sampled_from(["500000", "110101", "000000", "930000"]),
)
damaged = st.builds(
    lambda text, at, sign: text[: at % 18] + sign + text[at % 18 + 1 :],
    numbers,
    st.integers(0, 17),
    st.sampled_from("0123456789Xx×１ -b"),
)
certificates = st.builds(
    lambda text, tail: text + tail,
    numbers | damaged,
    st.sampled_from(["42", "11", "74B1", "44B02", "43B12", "91", "1", "48", "42b1"]),
)
texts = (
    st.sampled_from(WORDS)
    | numbers
    | damaged
    | certificates
    | st.text(max_size=12)
    | st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=14)
    | st.text("和平村组0123456789abcABC（）、，。- 　＃①", max_size=70)
    | st.from_regex(r"1[2-9]\d{9,10}", fullmatch=True)
    | st.from_regex(r"(1[789]|2[012])[0-9]{2}([年./\-][0-9]{1,2}[月./\-][0-9]{1,2}日?)", fullmatch=True)
)
cells = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-10, 10**18)
    | st.floats(allow_nan=False)
    | st.dates(date(1900, 1, 1), date(2100, 1, 1))
    | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
)


@given(st.sampled_from(sorted(KINDS)), st.lists(texts | st.none(), max_size=8) | st.lists(cells, max_size=8))
def test_a_column_is_what_its_cells_are(code: str, column: list[Any]) -> None:
    kind = KINDS[code]
    one_by_one = [kind.parse(cell, CONTEXT) for cell in column]
    read = read_column(kind, column, CONTEXT)
    assert read.values == [parsed.value for parsed in one_by_one]
    assert [type(value) for value in read.values] == [type(parsed.value) for parsed in one_by_one]
    assert read.odd == {place for place, parsed in enumerate(one_by_one) if parsed.findings}


@given(st.sampled_from(sorted(KINDS)), texts)
def test_what_is_told_at_once_is_what_is_parsed(code: str, text: str) -> None:
    for value in at_once(code, [text]).values():
        assert KINDS[code].parse(text, CONTEXT) == Parsed(value)


@given(st.lists(numbers | damaged | texts, max_size=8))
def test_sound_numbers_are_those_of_which_nothing_is_to_be_said(column: list[str]) -> None:
    sound = sound_numbers(column)
    for text in column:
        parsed = read_id(text)
        assert (text in sound) == (
            parsed.value is not None and str(parsed.value) == text and not parsed.findings
        )
