"""What is printed is read back the same, however it was typed; and what a spreadsheet destroyed is never made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell, Context
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Level
from qiaojie.lib.identity import CHECK_CHARACTERS, WEIGHTS, check_digit
from qiaojie.lib.names import LIKELY_ODD, is_note
from qiaojie.lib.values import kind

DAYS = st.dates(date(1930, 1, 1), date(2026, 1, 1))
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.characters(
    min_codepoint=0x20000, max_codepoint=0x2A6DF
)
FUNDS = {"municipal": "市级资金", "county": "区县资金", "own": "自筹资金"}
KINDS_OF_WOMEN = {"unlifted": "未脱贫妇女", "poor": "贫困妇女", "left_behind": "留守妇女"}
PEOPLES = {"tujia": "土家族", "miao": "苗族", "han": "汉族"}


@st.composite
def id_numbers(draw: st.DrawFn) -> str:
    sequence = draw(st.integers(0, 999))
    first17 = f"500000{draw(DAYS):%Y%m%d}{sequence:03d}"
    return first17 + check_digit(first17)


@st.composite
def certificates(draw: st.DrawFn) -> str:
    number, category, grade = draw(id_numbers()), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    return f"{number}{category}{grade}{draw(st.sampled_from(['', 'B1', 'B2', 'B12']))}"


@st.composite
def spans(draw: st.DrawFn) -> DateSpan:
    one, two = sorted((draw(DAYS), draw(DAYS)))
    return DateSpan(one, draw(st.sampled_from([one, two, None])))


CHOICES = {"funds": FUNDS, "women": KINDS_OF_WOMEN, "peoples": PEOPLES}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(0, 10**9 - 1),
    "ordinal": st.integers(0, 10**6),
    "money": st.integers(0, 10**15 - 1),
    "percent": st.decimals(0, 1, places=4),
    "date": DAYS,
    "month": DAYS.map(lambda day: day.replace(day=1)),
    "date_span": spans(),
    "id_number": id_numbers(),
    "certificate": certificates(),
    "phone": st.from_regex(r"1[3-9][0-9]{9}|023-[2-8][0-9]{7}|0431-[2-8][0-9]{6}", fullmatch=True).filter(str.isascii),
    # Of four characters with a space between two and two nobody can tell whether they are two names.
    "name": (st.text(HAN, min_size=2, max_size=3) | st.tuples(*[st.text(HAN, min_size=2, max_size=3)] * 2).map("·".join)).filter(
        lambda name: not (LIKELY_ODD.search(name) or is_note(name))
    ),
    "region": st.sampled_from(["忠县", "石柱土家族自治县", "马武镇", "重庆市涪陵区江东街道"]),
    "yes_no": st.booleans(),
    "choice": st.sampled_from(sorted(FUNDS)),
}  # fmt: skip

SPACES = (" ", "\u3000", "\xa0", "\u2009", "\u200b", "\ufeff", "\u202c", "\n", "\t", "\r\n")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
MARKED = frozenset({"integer", "money", "date", "month", "date_span", "id_number", "certificate", "phone"})
"""Kinds that may have an apostrophe before them: what a spreadsheet would take for a number or a day."""


@st.composite
def noisy(draw: st.DrawFn, text: str, code: str) -> str:
    """The text with spaces of every kind, in full width, behind an apostrophe."""
    if draw(st.booleans()):
        text = text.translate(WIDE)
    for _time in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(SPACES)) + text[at:]
    if code in MARKED and draw(st.booleans()):
        text = draw(st.sampled_from("'’‘`")) + text
    return text


@pytest.mark.parametrize("code", sorted(VALUES))
@given(st.data())
def test_noise_changes_nothing(code: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[code])
    each, context = kind(code), Context(unit=data.draw(st.sampled_from(["元", "万元"])), choices=FUNDS)
    printed = each.print(value, context.unit, context.choices)
    assert each.parse(printed, context).value == value
    typed = data.draw(noisy(printed, code))
    parsed = each.parse(typed, context)
    assert parsed.value == value, typed


@given(st.integers(10**15, 10**21), st.sampled_from(["id_number", "certificate", "phone"]), st.booleans())
def test_a_number_held_as_a_number_is_never_a_value(number: int, code: str, whole: bool) -> None:
    cell: Cell = number if whole else float(number)
    for lost in (cell, f"{float(number):.5E}", f"{float(number):.14E}".replace("E+", "e")):
        parsed = kind(code).parse(lost, Context())
        assert parsed.value is None
        assert any(finding.level is Level.ERROR for finding in parsed.findings)


@given(id_numbers())
def test_a_rounded_number_is_a_value_only_if_nothing_was_lost(number: str) -> None:
    """As text nobody can tell 000 that a spreadsheet put there from 000 that is so but by the check character."""
    rounded = number[:15] + "000"
    parsed = kind("id_number").parse(rounded, Context())
    total = sum(int(digit) * weight for digit, weight in zip(rounded[:17], WEIGHTS, strict=True))
    if CHECK_CHARACTERS[total % 11] == "0":
        assert parsed.value == rounded
    else:
        assert parsed.value is None
        assert [finding.code for finding in parsed.findings] == ["id_lost"]


@given(st.integers(0, 10**12), st.sampled_from(["元", "千元", "万元"]), st.sampled_from(["元", "万元"]))
def test_an_amount_with_its_unit_means_the_same_in_every_column(fen: int, unit: str, column: str) -> None:
    written = kind("money").print(fen, unit) + unit
    parsed = kind("money").parse(written, Context(unit=column))
    assert parsed.value == fen
    assert {finding.code for finding in parsed.findings} <= {"money_own_unit"}


@given(
    spans(),
    st.sampled_from(["—", "-", "–", "~", "至", "到", "——", "－", " - ", "～"]),
    st.sampled_from(["{0}年{1}月{2}日", "{0}.{1}.{2}", "{0}/{1}/{2}"]),
)
def test_spans_in_every_shape(span: DateSpan, dash: str, shape: str) -> None:
    first, last = (
        shape.format(day.year, day.month, day.day) if day is not None else "今"
        for day in (span.begins, span.ends)
    )
    assert kind("date_span").parse(first + dash + last, Context()).value == span


@pytest.mark.parametrize(
    ("choices", "cell", "code", "hint"),
    [
        (PEOPLES, "土家", "tujia", False),
        (PEOPLES, "土家族", "tujia", False),
        (PEOPLES, "土 家", "tujia", False),
        (PEOPLES, "回族", None, False),
        ({"1": "男", "2": "女"}, "女性", "2", False),
        (KINDS_OF_WOMEN, "留守", "left_behind", True),
        (KINDS_OF_WOMEN, "妇女", None, False),
        (KINDS_OF_WOMEN, "贫困", "poor", True),
        (FUNDS, "市级", "municipal", True),
        (FUNDS, "资金", None, False),
        (FUNDS, "市", None, False),
    ],
)  # fmt: skip
def test_choices_by_less_than_their_whole_label(
    choices: dict[str, str], cell: str, code: str | None, hint: bool
) -> None:
    parsed = kind("choice").parse(cell, Context(choices=choices))
    assert parsed.value == code
    assert ([finding.code for finding in parsed.findings] == ["choice_near"]) == hint


@pytest.mark.parametrize("cell", ["√", "✓", "✔", "☑", "是", "有", "1", 1, 1.0, True, "Y", "对"])
def test_ticks(cell: Cell) -> None:
    assert kind("yes_no").parse(cell, Context()).value is True


@pytest.mark.parametrize("cell", ["70%", "７０％", "70 %", 0.7, "0.7", 70, "百分之七十", "700‰"])
def test_percent(cell: Cell) -> None:
    assert kind("percent").parse(cell, Context()).value == Decimal("0.7")
