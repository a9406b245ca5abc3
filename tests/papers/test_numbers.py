"""A sheet's number says itself when a digit is wrong, and is found in the name of a file."""

from __future__ import annotations

import random

import pytest

from qiaojie.papers import numbers

pytestmark = pytest.mark.later


def test_a_number_is_read_however_it_is_typed() -> None:
    whole = numbers.digits(1234)
    shown = numbers.printed(1234)
    assert shown == f"001234-{whole[-1]}"
    full_width = shown.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789-"})
    for typed in (shown, whole, f" {shown} ", shown.replace("-", " "), shown.replace("-", "－"), full_width):
        assert numbers.read(typed) == 1234, typed


def test_every_wrong_digit_and_every_exchange_of_neighbours_is_found() -> None:
    chance = random.Random(13)
    for key in (1, 1234, *(chance.randrange(1, 10**6) for _at in range(200))):
        whole = numbers.digits(key)
        for at, digit in enumerate(whole):
            for other in set("0123456789") - {digit}:
                assert numbers.read(whole[:at] + other + whole[at + 1 :]) is None
        for at in range(len(whole) - 1):
            if whole[at] != whole[at + 1]:
                turned = whole[:at] + whole[at + 1] + whole[at] + whole[at + 2 :]
                assert numbers.read(turned) is None


def test_a_number_that_has_grown_stays_one() -> None:
    assert numbers.read(numbers.printed(12_345_678)) == 12_345_678
    assert numbers.read("12345") is None and numbers.read("") is None and numbers.read("abc") is None


def test_numbers_are_found_in_names_of_files_and_days_are_none() -> None:
    own, other = numbers.printed(1234), numbers.digits(77)
    assert numbers.in_name(f"签到 {own}.jpg") == [1234]
    assert numbers.in_name(f"IMG_20230605_{other}.jpg") == [77]
    assert numbers.in_name(f"{own} 和 {other} {own}.pdf") == [1234, 77]
    assert numbers.in_name("IMG_20230605_101530.jpg") == []
    assert numbers.in_name("微信图片_20230605101530123.jpg") == []


@pytest.mark.parametrize("key", [1, 12, 345, 98_765])
def test_the_zeros_at_the_front_may_be_left_out(key: int) -> None:
    number, _stroke, check = numbers.printed(key).partition("-")
    assert numbers.read(f"{int(number)}-{check}") == key
    assert numbers.read(f"{int(number)}-{(int(check) + 1) % 10}") is None
