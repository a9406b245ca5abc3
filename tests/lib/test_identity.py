from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib import identity
from qiaojie.lib.cells import Cell, Parsed
from qiaojie.lib.findings import Level
from qiaojie.lib.identity import (
    CertificateNumber,
    IdNumber,
    check_digit,
    read_certificate,
    read_id,
)
from tests.lib.cells import cells

TODAY = date(2026, 11, 1)


def codes(parsed: Parsed) -> list[str]:
    return [finding.code for finding in parsed.findings]


@st.composite
def numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2020, 12, 31)))
    first17 = f"500000{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first17 + check_digit(first17)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard(number: str) -> None:
    parsed = read_id(number, today=TODAY)
    assert str(parsed.value) == number
    assert not parsed.findings
    assert check_digit(number[:17]) == number[17]


def test_what_a_number_says() -> None:
    assert read_id("11010519491231002X").value == IdNumber(
        "11010519491231002X", date(1949, 12, 31), "2", "110105"
    )
    assert read_id("440524188001010014").value.sex == identity.MALE


@given(numbers())
def test_check_digit_agrees_with_the_formula(number: str) -> None:
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17]))
    last = 10 if number[17] == "X" else int(number[17])
    assert (total + last) % 11 == 1


@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong == number:
        return
    parsed = read_id(wrong, today=TODAY)
    assert parsed.value is None
    assert codes(parsed)[0] in ("id_checksum", "id_date", "id_lost")


@given(numbers(), st.integers(0, 16))
def test_two_swapped_neighbours_are_always_found(number: str, place: int) -> None:
    left, right = number[place], number[place + 1]
    if left == right:
        return
    wrong = number[:place] + right + left + number[place + 2 :]
    parsed = read_id(wrong, today=TODAY)
    assert parsed.value is None


@given(numbers(), st.data())
def test_how_it_is_written_does_not_matter(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 18))
    gap = data.draw(st.sampled_from([" ", "\xa0", "\u3000", "\n", "\u200b", "-", "  "]))
    written = number[:place] + gap + number[place:]
    if data.draw(st.booleans()):
        written = written.translate({c: c - ord("0") + ord("０") for c in range(ord("0"), ord("9") + 1)})
    written = written.replace("X", data.draw(st.sampled_from(["X", "x", "Ｘ", "ｘ", "×"])))
    written = data.draw(st.sampled_from(["", "'", "’", "＇"])) + written
    assert str(read_id(written, today=TODAY).value) == number


@given(st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 995))
def test_fifteen_digits_become_eighteen(born: date, sequence: int) -> None:
    old = f"500000{born:%y%m%d}{sequence:03d}"
    for cell in (old, int(old)):
        parsed = read_id(cell, today=TODAY)
        assert parsed.value.birth_date == born
        assert parsed.value.upgraded_from_15
        assert parsed.value.sex == ("1" if sequence % 2 else "2")
        assert codes(parsed) == ["id_upgraded"]
        again = read_id(parsed.value.number, today=TODAY)
        assert again.value.number == parsed.value.number
        assert not again.findings


@pytest.mark.parametrize("sequence", ["996", "997", "998", "999"])
def test_the_century_of_the_very_old_is_not_certain(sequence: str) -> None:
    parsed = read_id("500000050313" + sequence, today=TODAY)
    assert codes(parsed) == ["id_upgraded", "id_centenarian"]
    assert parsed.findings[1].level is Level.WARNING


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (500000198603136682, "id_lost"),
        (5.00000197511099e17, "id_lost"),
        ("5.00E+17", "id_lost"),
        ("5.00000197511099E+17", "id_lost"),
        (" 5e17", "id_lost"),
        ("500000197511099000", "id_lost"),
        ("50000019860313668", "id_length"),
        ("5000001986031366822", "id_length"),
        ("李桂", "id_length"),
        ("同上", "id_chars"),
        ("50000O198603136682", "id_chars"),
        ("X00000198603136682", "id_chars"),
        ("٥٠٠٠٠٠١٩٨٦٠٣١٣٦٦٨٢", "id_chars"),
        ("500000198602306682", "id_date"),
        ("500000198613136682", "id_date"),
        ("500000000003136682", "id_date"),
        ("500000203001016687", "id_date"),
        ("500000198603136683", "id_checksum"),
    ],
)
def test_what_is_wrong_is_named(cell: str | float, code: str) -> None:
    parsed = read_id(cell, today=TODAY)
    assert parsed.value is None
    assert codes(parsed) == [code]
    assert parsed.findings[0].level is Level.ERROR


def test_a_wrong_number_is_not_told_how_it_ought_to_end() -> None:
    """Whoever reads the sentence beside a mask would know what the mask hides."""
    said = read_id("500000198603136683").findings[0].message
    assert not re.search(r"\d{1,2}(?!位)|X", said.replace("第18位", "").replace("前17位", "")), said


@pytest.mark.parametrize("prefix", ["99", "10", "24", "55", "80"])
def test_an_unknown_province_is_only_a_hint(prefix: str) -> None:
    first17 = prefix + "010119491231002"
    parsed = read_id(first17 + check_digit(first17))
    if prefix == "99":  # foreigners' permanent residence cards begin with 9
        assert not parsed.findings
    else:
        assert parsed.findings[0].level is Level.HINT
        assert codes(parsed) == ["id_address"]
    assert parsed.value is not None


@pytest.mark.parametrize("prefix", ["500000", "510202", "512221", "500381", "513521"])
def test_abolished_address_codes_stay_good(prefix: str) -> None:
    first17 = prefix + "19740102004"
    assert not read_id(first17 + check_digit(first17)).findings


@pytest.mark.parametrize("cell", [None, "", "  ", "/", "无", "—", "N/A", "\u200b"])
def test_an_empty_cell_says_nothing(cell: str | None) -> None:
    for parsed in (read_id(cell), read_certificate(cell)):
        assert parsed.value is None
        assert not parsed.findings


@given(
    numbers(), st.integers(1, 7), st.integers(1, 4), st.sampled_from(["", "B1", "b1", "B02", "B12", " B 1"])
)
def test_certificates(number: str, category: int, grade: int, suffix: str) -> None:
    parsed = read_certificate(f"{number}{category}{grade}{suffix}", today=TODAY)
    certificate = parsed.value
    assert isinstance(certificate, CertificateNumber)
    assert (certificate.id_number.number, certificate.category, certificate.grade) == (
        number,
        category,
        grade,
    )
    assert certificate.suffix in ("", "B1", "B2", "B12")
    assert read_certificate(str(certificate), today=TODAY).value == certificate
    assert identity.agree(certificate.id_number, certificate) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (50000019860313668213, "certificate_lost"),
        (5.00000198603137e19, "certificate_lost"),
        ("5.00E+19", "certificate_lost"),
        ("500000198603136682", "certificate_length"),
        ("5000001986031366821", "certificate_length"),
        ("500000198603136682131", "certificate_length"),
        ("50000019860313668213C1", "certificate_chars"),
        ("50000019860313668213B", "certificate_chars"),
        ("50000019860313668213B123", "certificate_chars"),
        ("5000001986031366821X", "certificate_chars"),
        ("同上", "certificate_chars"),
        ("50000019860313668313", "certificate_checksum"),
        ("50000019860231668213", "certificate_date"),
        ("50000019860313668203", "certificate_category"),
        ("50000019860313668283", "certificate_category"),
        ("50000019860313668210", "certificate_grade"),
        ("50000019860313668215", "certificate_grade"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named(cell: str | float, code: str) -> None:
    parsed = read_certificate(cell, today=TODAY)
    assert parsed.value is None
    assert codes(parsed) == [code]


def test_the_two_numbers_of_one_person_are_compared() -> None:
    mine = read_id("500000198603136682").value
    certificate = read_certificate("50000020010702848X14").value
    finding = identity.agree(mine, certificate)
    assert finding is not None
    assert finding.code == "certificate_differs"
    assert finding.level is Level.WARNING
    assert "第7、8、" in finding.message


@pytest.mark.parametrize(
    ("sex", "differs"), [("女", False), ("2", False), ("男", True), ("1", True), ("", False), ("9", False)]
)
def test_sex_is_compared(sex: str, differs: bool) -> None:
    finding = identity.sex_differs(sex, read_id("500000198603136682").value)
    assert (finding is not None) == differs
    if finding is not None:
        assert (finding.code, finding.level) == ("sex_differs", Level.WARNING)
        assert "男" in finding.message and "女" in finding.message


@given(cells)
def test_nothing_raises(cell: Cell) -> None:
    for parsed in (read_id(cell), read_certificate(cell)):
        assert parsed.value is None or all(f.level is not Level.ERROR for f in parsed.findings)


@pytest.mark.parametrize("first17", ["", "1" * 16, "1" * 18, "1" * 16 + "X", "１" * 17])
def test_check_digit_wants_17_digits(first17: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        check_digit(first17)


def test_category_names() -> None:
    named = "".join(str(identity.CATEGORIES[number]) for number in range(1, 8))
    assert named == "视力听力言语肢体智力精神多重"
    assert [str(identity.GRADES[number]) for number in range(1, 5)] == ["一级", "二级", "三级", "四级"]


def test_a_date_cell_is_no_number() -> None:
    assert codes(read_id(datetime(2020, 1, 1))) != []
