from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.cells import Cell, Context, Label
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Level
from qiaojie.lib.values import KINDS, kind
from tests.lib.cells import cells

FUNDS: dict[str, Label] = {"city": gettext_lazy("市级资金"), "county": "区县资金", "own": "自筹资金"}
CATEGORIES = {"1": "视力", "2": "听力"}
codes = st.sampled_from(sorted(KINDS))
contexts = st.builds(
    Context,
    year=st.none() | st.integers(1950, 2100),
    unit=st.sampled_from(["", "元", "万元", "%", "人"]),
    choices=st.sampled_from([{}, FUNDS, CATEGORIES]),
)


def codes_of(code: str, cell: Cell, context: Context | None = None) -> list[str]:
    return [f.code for f in kind(code).parse(cell, context or Context()).findings]


@given(codes, cells, contexts)
def test_parsing_never_raises(code: str, cell: Cell, context: Context) -> None:
    parsed = kind(code).parse(cell, context)
    for finding in parsed.findings:
        assert finding.message
        assert finding.code.isascii()
        assert finding.code == finding.code.lower()
    if any(finding.level is Level.ERROR for finding in parsed.findings):
        assert parsed.value is None


@given(codes, cells, contexts)
def test_what_is_printed_is_read_back(code: str, cell: Cell, context: Context) -> None:
    each = kind(code)
    value = each.parse(cell, context).value
    if value is None:
        return
    printed = each.print(value, context.unit, context.choices)
    again = each.parse(printed, context)
    assert again.value == value
    assert each.print(again.value, context.unit, context.choices) == printed
    assert isinstance(each.mask(value), str)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_nothing_is_printed_for_nothing(code: str) -> None:
    each = kind(code)
    assert each.print(None) == each.mask(None) == ""
    assert each.parse(None, Context()) == each.parse("", Context()) == each.parse("——", Context())
    assert each.parse(None, Context()).value is None
    assert each.parse("同上", Context()).value is None
    assert each.code == code


@pytest.mark.parametrize(
    ("code", "cell", "value"),
    [
        ("text", " 竹编\n班 ", "竹编 班"),
        ("text", 20.0, "20"),
        ("text", "无", None),
        ("name", "李  桂", "李桂"),
        ("region", "忠  县", "忠县"),
        ("integer", "45人", 45),
        ("ordinal", "（3）", 3),
        ("ordinal", "1.", 1),
        ("ordinal", "一、", 1),
        ("ordinal", 7.0, 7),
        ("ordinal", "第5", 5),
        ("ordinal", "备注", None),
        ("money", "3万", 3000000),
        ("percent", "70%", Decimal("0.7")),
        ("percent", 0.7, Decimal("0.7")),
        ("percent", 70, Decimal("0.7")),
        ("percent", "７０％", Decimal("0.7")),
        ("percent", "百分之七十", Decimal("0.7")),
        ("percent", 1, Decimal(1)),
        ("percent", "140%", Decimal("1.4")),
        ("percent", 1.125, Decimal("1.125")),
        ("percent", 5, Decimal("0.05")),
        ("percent", "0.5%", Decimal("0.005")),
        ("percent", "5‰", Decimal("0.005")),
        ("date", "2023.5.8", date(2023, 5, 8)),
        ("date_span", "2023.5.8—5.26", DateSpan(date(2023, 5, 8), date(2023, 5, 26))),
        ("id_number", "500000860313668", "500000198603136682"),
        ("certificate", "50000020010702848x14b1", "50000020010702848X14B1"),
        ("phone", "138-0000-2207", "13800002207"),
        ("phone", 13800002207, "13800002207"),
        ("phone", "+86 13800002207", "13800002207"),
        ("phone", "８６13800002207", "13800002207"),
        ("phone", "（023）68880000", "023-68880000"),
        ("phone", "02368880000", "023-68880000"),
        ("phone", "0838—6888000", "0838-6888000"),
        ("phone", "电话：13800002207", "13800002207"),
        ("phone", "68880000", "68880000"),
        ("yes_no", "√", True),
        ("yes_no", "是", True),
        ("yes_no", 1, True),
        ("yes_no", "有", True),
        ("yes_no", "Y", True),
        ("yes_no", "✔", True),
        ("yes_no", "无", False),
        ("yes_no", "否", False),
        ("yes_no", 0, False),
        ("yes_no", "×", False),
        ("yes_no", False, False),
        ("yes_no", "/", None),
    ],
)
def test_what_is_read(code: str, cell: Cell, value: Any) -> None:
    parsed = kind(code).parse(cell, Context())
    assert parsed.value == value
    assert parsed.usable


@pytest.mark.parametrize(
    ("code", "cell", "finding"),
    [
        ("name", "王1琴", "name_chars"),
        ("name", "王?", "name_chars"),
        ("name", "王\ue000", "name_chars"),
        ("ordinal", "甲", "ordinal_unreadable"),
        ("phone", "1380000220", "phone_length"),
        ("phone", "12000002207", "phone_length"),
        ("phone", "1.38E+10", "phone_lost"),
        ("phone", 1380000220713800, "phone_lost"),
        ("phone", 2368880000, "phone_lost"),
        ("phone", "13800002207/13900001111", "phone_several"),
        ("phone", "没有电话", "phone_chars"),
        ("phone", True, "phone_chars"),
        ("phone", "68880000", "phone_without_area"),
        ("yes_no", "大概", "yes_no_unreadable"),
        ("yes_no", 2, "yes_no_unreadable"),
        ("percent", "七成", "percent_unreadable"),
        ("percent", "-5%", "number_negative"),
        ("percent", 10**9, "number_too_large"),
        ("percent", "约70%", "number_approximate"),
        ("text", "#REF!", "cell_error"),
        ("integer", "#DIV/0!", "cell_error"),
        ("date", "########", "cell_error"),
        ("text", "〃", "ditto_alone"),
        ("money", -1, "money_negative"),
        ("id_number", 500000198603136682, "id_lost"),
        ("certificate", "5.00E+19", "certificate_lost"),
    ],
)
def test_what_is_said(code: str, cell: Cell, finding: str) -> None:
    assert codes_of(code, cell) == [finding]


def test_a_share_below_one_under_a_percent_header_is_questioned() -> None:
    assert codes_of("percent", "0.7", Context(unit="%")) == ["percent_doubtful"]
    assert codes_of("percent", 0.7, Context(unit="%")) == []
    assert codes_of("percent", 1.125) == codes_of("percent", 5) == ["percent_doubtful"]
    assert codes_of("percent", 70) == codes_of("percent", "5") == []
    assert codes_of("percent", "0.7%", Context(unit="%")) == []


@pytest.mark.parametrize("cell", ["市级资金", "city", " 市级 资金", "CITY"])
def test_choices_by_code_and_label(cell: str) -> None:
    assert kind("choice").parse(cell, Context(choices=FUNDS)).value == "city"


@pytest.mark.parametrize("cell", [1, 1.0, "1", "视力", "1视力", "1.视力", "1-视力", "１、视力"])
def test_choices_by_code_and_label_together(cell: Cell) -> None:
    assert kind("choice").parse(cell, Context(choices=CATEGORIES)).value == "1"


def test_an_unknown_choice_lists_what_is_allowed() -> None:
    parsed = kind("choice").parse("中央资金", Context(choices=FUNDS))
    assert [f.code for f in parsed.findings] == ["choice_unknown"]
    assert "市级资金、区县资金、自筹资金" in parsed.findings[0].message


def test_a_choice_may_be_named_like_a_blank() -> None:
    assert kind("choice").parse("无", Context(choices={"none": "无", "some": "有"})).value == "none"
    assert kind("choice").parse("无", Context(choices=FUNDS)).value is None
    assert not codes_of("choice", "无", Context(choices=FUNDS))


@pytest.mark.parametrize(
    ("code", "value", "unit", "printed"),
    [
        ("money", 3040000, "元", "30400"),
        ("money", 1600000, "万元", "1.6"),
        ("money", 1600000, "", "16000"),
        ("integer", 45, "人", "45"),
        ("percent", Decimal("0.7"), "", "70%"),
        ("percent", Decimal("0.3333"), "%", "33.33%"),
        ("date", date(2023, 5, 8), "", "2023年5月8日"),
        ("date_span", DateSpan(date(2019, 3, 11), date(2019, 3, 22)), "", "2019年3月11日—3月22日"),
        ("yes_no", False, "", "否"),
        ("yes_no", True, "", "是"),
    ],
)
def test_what_is_printed(code: str, value: Any, unit: str, printed: str) -> None:
    assert kind(code).print(value, unit) == printed


def test_choices_print_their_label() -> None:
    assert kind("choice").print("city", choices=FUNDS) == "市级资金"
    assert kind("choice").print("gone", choices=FUNDS) == "gone"


@pytest.mark.parametrize(
    ("code", "value", "masked"),
    [
        ("id_number", "500000198603136682", "500***************"),
        ("certificate", "50000019860313668213", "500*****************"),
        ("phone", "13800002207", "138****2207"),
        ("name", "李桂", "李*"),
        ("text", "沙子镇某村", "***"),
        ("integer", 45, "***"),
        ("choice", "1", "***"),
        ("date", date(1986, 3, 13), "1986年"),
        ("date", "1986.3.13", "***"),
        ("address", "沙子镇某村2组", "沙子镇***"),
        ("region", "江东街道", "***"),
    ],
)
def test_masks(code: str, value: Any, masked: str) -> None:
    assert kind(code).mask(value) == masked


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(
        KeyError, match=r"no value kind colour; there are: address, bank_account, certificate, choice"
    ):
        kind("colour")


@pytest.mark.parametrize(
    "cell",
    [
        "13800001234", "+86 138 0000 1234", "86-13800001234", "138-0000-1234", "１３８００００１２３４", "0086 13800001234",
        "手机：13800001234",
        "tel:13800001234", "13800001234（女儿）", "女儿13800001234", "本人 13800001234", "13800001234本人", "13800001234,",
        "'13800001234",
        "13800001234 (同微信)", 13800001234, 13800001234.0,
    ],
)  # fmt: skip
def test_a_mobile_number_as_people_write_it(cell: Cell) -> None:
    parsed = kind("phone").parse(cell, Context())
    assert (parsed.value, parsed.findings) == ("13800001234", ())


@pytest.mark.parametrize(
    "cell",
    ["13800001234/13900001234", "13800001234 13900001234", "13800001234、13900001234", "13800001234\n13900001234",
     "13800001234；023-68880000", "138 0000 1234或139 0000 1234", "13800001234（家）13900001234（儿子）"],
)  # fmt: skip
def test_of_several_telephones_the_first_is_taken_and_said(cell: Cell) -> None:
    parsed = kind("phone").parse(cell, Context())
    assert parsed.value == "13800001234"
    assert [(f.code, f.level) for f in parsed.findings] == [("phone_several", Level.WARNING)]


def test_an_extension_is_not_kept_and_said() -> None:
    parsed = kind("phone").parse("023—6888 0000转8001", Context())
    assert parsed.value == "023-68880000"
    assert [finding.code for finding in parsed.findings] == ["phone_extension"]


NUMBER = "50000019790616028X"


@pytest.mark.parametrize(
    "cell",
    [
        NUMBER.lower(), f" {NUMBER}", f"'{NUMBER}", f"身份证号：{NUMBER}", f"身份证{NUMBER}", f"身份证号码 {NUMBER}",
        f"ID:{NUMBER}",
        "500000 19790616 028X", "５０００００１９７９０６１６０２８Ｘ", f"{NUMBER}（身份证）", f"{NUMBER}。",
        f"（{NUMBER}）", f"{NUMBER}，",
        f"No.{NUMBER}", f"公民身份号码{NUMBER}", f"\u200b{NUMBER}", f"{NUMBER[:-1]}×", f'"{NUMBER}"',
    ],
)  # fmt: skip
def test_an_identity_number_as_people_write_it(cell: Cell) -> None:
    parsed = kind("id_number").parse(cell, Context())
    assert (parsed.value, parsed.findings) == (NUMBER, ())


def test_a_wrong_check_character_is_never_mended() -> None:
    for wrong in (f"{NUMBER[:-1]}1", f"身份证号：{NUMBER[:-1]}1", f"（{NUMBER[:-1]}1）"):
        parsed = kind("id_number").parse(wrong, Context())
        assert parsed.value is None
        assert [finding.code for finding in parsed.findings] == ["id_checksum"]
