"""A number that grows month by month, drawn as steps: this year, and last year behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 24
"""User units of one month."""
HEIGHT = 100
"""User units of the whole drawing."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Two lines (points of SVG polylines; ``before`` is '' without a year to hold against), and the target's height."""

    width: int
    now: str
    before: str
    target: int | None


def steps(now: Sequence[int], before: Sequence[int | None], target: int | None) -> Steps:
    """Steps as high as the largest of the numbers and the target."""
    old = [number for number in before if number is not None]
    highest = max([*now, *old, target or 0, 1])
    return Steps(
        width=max(len(now), 1) * WIDTH,
        now=_points(now, highest),
        before=_points(old, highest) if len(old) == len(before) else "",
        target=HEIGHT - target * HEIGHT // highest if target else None,
    )


def _points(numbers: Sequence[int], highest: int) -> str:
    points = []
    for place, number in enumerate(numbers):
        y = HEIGHT - max(number, 0) * HEIGHT // highest
        points += [f"{place * WIDTH},{y}", f"{(place + 1) * WIDTH},{y}"]
    return " ".join(points)
