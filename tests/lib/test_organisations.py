"""Codes of organisations and numbers of bank accounts: what is read, what is said of a slip, what a mask leaves."""

from __future__ import annotations

import pytest

from qiaojie.lib.identity import CREDIT_CHARACTERS, credit_check
from qiaojie.lib.values import Context, kind


def read(code: str, cell: object) -> tuple[object, list[str]]:
    parsed = kind(code).parse(cell, Context())  # type: ignore[arg-type]
    return parsed.value, [one.code for one in parsed.findings]


def test_a_published_credit_code_is_taken() -> None:
    """The example of GB 32100-2015."""
    assert credit_check("91350100M000100Y4") == "3"
    assert read("credit_code", "91350100m000100y43") == ("91350100M000100Y43", [])
    assert read("credit_code", "统一社会信用代码：91350100M000100Y43") == ("91350100M000100Y43", [])
    assert read("credit_code", " 9135 0100 M000 100Y 43 ") == ("91350100M000100Y43", [])
    assert read("credit_code", "/") == (None, [])


def test_every_single_slip_in_a_credit_code_is_found() -> None:
    code = "91350100M000100Y43"
    for at, held in enumerate(code):
        for other in CREDIT_CHARACTERS:
            if other != held:
                assert read("credit_code", code[:at] + other + code[at + 1 :]) == (None, ["credit_checksum"])


@pytest.mark.parametrize(
    ("cell", "finding"),
    [
        ("91350100M000100Y4", "credit_length"),
        ("500102000012345", "credit_length"),
        ("91350100MO00100Y43", "credit_chars"),
        ("9.135E+17", "credit_lost"),
        (913501000001000043.0, "credit_lost"),
    ],
)
def test_what_is_no_credit_code_says_why(cell: object, finding: str) -> None:
    assert read("credit_code", cell) == (None, [finding])


def test_an_account_is_its_digits() -> None:
    assert read("bank_account", "6228 4804 0256 4890 018") == ("6228480402564890018", [])
    assert read("bank_account", "卡号：６２２８４８０４０２５６４８９００１８") == ("6228480402564890018", [])
    # An old passbook has no check digit.
    assert read("bank_account", "31050136360009001") == ("31050136360009001", [])
    assert read("bank_account", "无") == (None, [])


@pytest.mark.parametrize(
    ("cell", "finding"),
    [
        (6228480402564890018, "account_lost"),
        (6.2284804025648e18, "account_lost"),
        ("6.22848E+18", "account_lost"),
        ("农行6228480402564890018", "account_chars"),
        ("62284804", "account_length"),
        ("6" * 31, "account_length"),
    ],
)
def test_what_is_no_account_says_why_and_never_repeats_it(cell: object, finding: str) -> None:
    parsed = kind("bank_account").parse(cell, Context())  # type: ignore[arg-type]
    assert parsed.value is None
    assert [one.code for one in parsed.findings] == [finding]
    assert not any(digits in parsed.findings[0].message for digits in ("6228", "62284804"))


def test_a_card_with_a_slip_is_kept_with_a_warning() -> None:
    value, findings = read("bank_account", "6228480402564890019")
    assert (value, findings) == ("6228480402564890019", ["account_checksum"])


def test_a_mask_leaves_the_last_four() -> None:
    assert kind("bank_account").mask("6228480402564890018") == "****0018"
    assert kind("bank_account").mask("") == ""
