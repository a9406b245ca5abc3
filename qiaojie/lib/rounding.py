"""Half up (四舍五入): how money and ratios are rounded everywhere, in Python and by either database."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, ExpressionWrapper, Value
from django.db.models.functions import Cast, NullIf


def half_up(number: int, by: int) -> int:
    """``number ÷ by`` (above 0), rounded half up to a whole one: 5 ÷ 2 is 3. Exact, however large the numbers are."""
    return (number * 2 + by) // (by * 2)


def half_up_of(number: Any, by: Any) -> ExpressionWrapper[Any]:
    """The same of two expressions, neither of them below 0, in a query; null where ``by`` is 0 or either is null.

    Whole numbers throughout, which both databases divide alike: SQLite has no exact fractions to round.
    """
    two = Value(2, BigIntegerField())
    given, parts = Cast(number, BigIntegerField()), Cast(by, BigIntegerField())
    share = (two * given + parts) / (two * NullIf(parts, Value(0, BigIntegerField())))
    return ExpressionWrapper(share, BigIntegerField())
