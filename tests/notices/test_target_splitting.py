"""Dividing a target: the parts always add up, nobody is off by more than one, equal numbers fall in order."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib.findings import Unusable
from qiaojie.notices.targets.splitting import Method, by_weight, split

totals = st.integers(0, 10**9)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=60).map(lambda many: dict(enumerate(many)))
some = weights.filter(lambda held: sum(held.values()) > 0)


@given(totals, some)
def test_the_parts_add_up_and_are_within_one_of_their_exact_share(total: int, held: dict[int, int]) -> None:
    parts = by_weight(total, held)
    assert sum(parts.values()) == total
    assert list(parts) == list(held)
    whole = sum(held.values())
    for child, part in parts.items():
        assert abs(part - Fraction(total * held[child], whole)) < 1
        assert held[child] or part == 0


@given(totals, some)
def test_who_weighs_more_never_gets_less_and_equals_fall_in_order(total: int, held: dict[int, int]) -> None:
    parts = by_weight(total, held)
    for one in held:
        for other in held:
            if held[one] > held[other] or (held[one] == held[other] and one < other):
                assert parts[one] >= parts[other]


@given(totals, some, st.integers(0, 50))
def test_nobody_gets_less_than_the_minimum(total: int, held: dict[int, int], minimum: int) -> None:
    if minimum * len(held) > total:
        with pytest.raises(Unusable) as too_large:
            by_weight(total, held, minimum)
        assert too_large.value.code == "minimum_too_large"
        return
    parts = by_weight(total, held, minimum)
    assert sum(parts.values()) == total
    assert min(parts.values()) >= minimum
    if min(by_weight(total, held).values()) >= minimum:
        assert parts == by_weight(total, held)


@given(totals, weights)
def test_equal_shares_differ_by_one_at_most(total: int, held: dict[int, int]) -> None:
    parts = split(total, held, Method.EQUAL)
    assert sum(parts.values()) == total
    assert max(parts.values()) - min(parts.values()) <= 1
    assert sorted(parts.values(), reverse=True) == list(parts.values())


@given(some, st.integers(1, 9))
def test_by_hand_takes_the_sum_and_nothing_else(held: dict[int, int], off: int) -> None:
    total = sum(held.values())
    assert split(total, held, Method.HAND) == held
    with pytest.raises(Unusable) as wrong:
        split(total + off, held, Method.HAND)
    assert wrong.value.code == "split_sum_differs"
    for number in (total, total + off, -off):
        assert str(number) in wrong.value.message


def test_the_largest_remainder_by_a_hand_counted_example() -> None:
    # 7 over 50 : 30 : 21 is 3.47, 2.08, 1.46: the one left over goes to the first.
    assert by_weight(7, {1: 50, 2: 30, 3: 21}) == {1: 4, 2: 2, 3: 1}
    assert split(141, {1: 0, 2: 300, 3: 100}, Method.NEED) == {1: 0, 2: 106, 3: 35}
    # The third is lifted to 5; the other 95 stay in proportion.
    assert split(100, {1: 300, 2: 80, 3: 4}, Method.LAST_YEAR, 5) == {1: 75, 2: 20, 3: 5}


@pytest.mark.parametrize(
    ("total", "numbers", "method", "minimum", "code"),
    [
        (5, {}, Method.EQUAL, 0, "no_children"),
        (5, {1: 3, 2: -1}, Method.NEED, 0, "target_negative"),
        (5, {1: 6, 2: -1}, Method.HAND, 0, "target_negative"),
        (-5, {1: 1}, Method.EQUAL, 0, "target_negative"),
        (5, {1: 0, 2: 0}, Method.LAST_YEAR, 0, "weights_all_zero"),
        (5, {1: 5, 2: 0}, Method.HAND, 1, "below_minimum"),
        (5, {1: 5, 2: 5}, Method.EQUAL, 3, "minimum_too_large"),
    ],
)
def test_what_cannot_be_divided_says_why(
    total: int, numbers: dict[int, int], method: Method, minimum: int, code: str
) -> None:
    with pytest.raises(Unusable) as wrong:
        split(total, numbers, method, minimum)
    assert wrong.value.code == code


def test_nothing_is_divided_into_nothing() -> None:
    assert split(0, {1: 0, 2: 0}, Method.NEED) == {1: 0, 2: 0}
