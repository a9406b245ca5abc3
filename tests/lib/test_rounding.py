"""Half up, the same in Python and in either database."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db.models import BigIntegerField, Value
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiaojie.ledgers.models import RegistryVersion
from qiaojie.lib.rounding import half_up, half_up_of

LARGE = 10**15
"""Amounts in fen are below this."""


def by_hand(number: int, by: int) -> int:
    """As one rounds on paper."""
    return int((Decimal(number) / Decimal(by)).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("number", "by", "whole"),
    [(5, 2, 3), (7, 2, 4), (1, 3, 0), (2, 3, 1), (0, 9, 0), (18_878_045, 10, 1_887_805)],
)
def test_a_half_goes_up(number: int, by: int, whole: int) -> None:
    assert half_up(number, by) == whole


@given(st.integers(0, LARGE), st.integers(1, 10**6))
def test_python_rounds_as_one_does_on_paper(number: int, by: int) -> None:
    assert half_up(number, by) == by_hand(number, by)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, LARGE), st.integers(1, 10**6))
def test_the_database_rounds_as_python_does(number: int, by: int) -> None:
    RegistryVersion.objects.get_or_create(pk=1)
    given_, parts = Value(number, BigIntegerField()), Value(by, BigIntegerField())
    rows = RegistryVersion.objects.annotate(
        share=half_up_of(given_, parts), none=half_up_of(given_, Value(0))
    )
    assert rows.values_list("share", "none").first() == (half_up(number, by), None)
