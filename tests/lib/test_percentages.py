"""Percentages: half up to one place, and no line is reached by rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.percentages import STEP, percentage, printed

NUMBERS = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (2, 3, "66.7%"),
        (1, 3, "33.3%"),
        (1, 8, "12.5%"),
        (1, 16, "6.3%"),
        (1, 2000, "0.1%"),
        (1, 2001, "0%"),
        (7, 10, "70%"),
        (249, 250, "99.6%"),
        (1999, 2000, "99.9%"),
        (99_999, 100_000, "99.9%"),
        (5, 5, "100%"),
        (9, 8, "112.5%"),
        (0, 5, "0%"),
        (3, 0, "—"),
        (3, None, "—"),
    ],
)
def test_a_percentage_as_everybody_prints_it(part: int, whole: int | None, shown: str) -> None:
    assert printed(percentage(part, whole)) == shown


def test_a_share_that_misses_its_aim_does_not_show_it() -> None:
    assert printed(percentage(6_999, 10_000, 70)) == "69.9%"
    assert printed(percentage(6_999, 10_000)) == "70%"
    assert printed(percentage(7_000, 10_000, 70)) == "70%"


@given(NUMBERS, st.integers(1, 10**6), st.none() | st.integers(1, 150))
def test_what_is_shown_is_half_up_and_on_the_side_of_each_line_that_is_true(
    part: int, whole: int, aim: int | None
) -> None:
    shown = percentage(part, whole, aim)
    assert shown is not None
    half_up = (Decimal(part) * 100 / whole).quantize(STEP, ROUND_HALF_UP)
    for line in {100, aim or 100}:
        assert (shown >= line) is (part * 100 >= line * whole)
    assert shown in {half_up, half_up - STEP}
    if shown != half_up:
        assert any(half_up == line for line in (100, aim))
