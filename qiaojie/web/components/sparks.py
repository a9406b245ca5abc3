"""A small line of a number that grows month by month: this year over last year, with the target's height."""

from __future__ import annotations

from dataclasses import dataclass

from qiaojie.measures.days import Trend

WIDTH, HEIGHT = 96, 28


@dataclass(frozen=True, slots=True)
class Spark:
    """Points of SVG polylines (``before`` is '' where last year is not counted), and where the line stands today."""

    now: str
    before: str
    aim: int | None
    x: int
    y: int


def spark(trend: Trend, target: int | None, months: int) -> Spark:
    """A line over so many months of a notice's time, as high as the largest of its numbers and the target."""
    reached = [month.reached for month in trend.months]
    past = [month.before for month in trend.months if month.before is not None]
    highest = max([*reached, *past, target or 0, 1])
    now = _points(reached, highest, months)
    return Spark(
        now=_drawn(now),
        before=_drawn(_points(past, highest, months)) if len(past) == len(reached) else "",
        aim=HEIGHT - target * HEIGHT // highest if target else None,
        x=now[-1][0],
        y=now[-1][1],
    )


def _points(numbers: list[int], highest: int, months: int) -> list[tuple[int, int]]:
    """Nothing on the first day, then where each month ended."""
    ends = enumerate(numbers, start=1)
    height = [(place * WIDTH // max(months, 1), HEIGHT - max(n, 0) * HEIGHT // highest) for place, n in ends]
    return [(0, HEIGHT), *height]


def _drawn(points: list[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
