"""How much of a whole a part is, in per cent: one figure has one percentage, wherever it is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from .cells import plain

STEP: Final = Decimal("0.1")
"""Percentages have one place behind the point: 2 of 3 are 66.7 %."""
NONE: Final = "—"
"""What stands for the percentage of a whole that is 0 or not known."""
_WHOLE: Final = Decimal(100)


def percentage(part: int, whole: int | None, aim: int | None = None) -> Decimal | None:
    """``part`` ÷ ``whole`` in per cent, rounded half up to ``STEP``; None where the whole is 0, less, or not known.

    Rounding reaches nothing that was not reached: what lies short of 100 %, or of ``aim`` per cent, stays a step below it
    (1,999 of 2,000 are 99.9 %). So the printed figure alone says which side of a line it is on.
    """
    if not whole or whole < 0:
        return None
    found = (Decimal(part) * 100 / whole).quantize(STEP, ROUND_HALF_UP)
    for line in (_WHOLE, Decimal(aim) if aim is not None else _WHOLE):
        if found >= line and part * 100 < line * whole:
            found = line - STEP
    return found


def printed(share: Decimal | None) -> str:
    """66.7%, 100% (no zero behind the point), — for None."""
    return NONE if share is None else f"{plain(share)}%"
