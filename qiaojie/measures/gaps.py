"""The widest gaps: which indicators lie farthest behind their targets. Of indicators, never of units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qiaojie.notices.schema import Indicator

from .queries import Value

FIRST = 3
"""Gaps that a leader is told of first."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An indicator that has not reached its target. ``missing`` is how many, in its unit (of a share, how many per cent,
    rounded up); ``pending`` of these only wait for approval."""

    indicator: Indicator
    value: Value
    missing: int
    pending: int

    @property
    def left(self) -> int:
        """What is missing even when all that waits is approved."""
        return self.missing - self.pending


def missing(value: Value) -> int | None:
    """How much of the target is missing, in the indicator's unit (of a ratio in per cent, rounded up); None without a
    target or a measure."""
    if not value.target or value.approved is None:
        return None
    if value.cohort is None:
        return max(value.target - value.approved, 0)
    if not value.cohort:
        return None
    return max(-((value.approved * 100 - value.target * value.cohort) // value.cohort), 0)


def widest(
    indicators: Iterable[Indicator], values: Mapping[str, Value], number: int = FIRST
) -> tuple[Gap, ...]:
    """The indicators farthest from their targets by the share that is done, the farthest first; of equal shares, in the
    notice's order. Those that are reached, without a target or not measured are none."""
    found = [
        Gap(one, value, short, min(value.pending or 0, short))
        for one in indicators
        if (value := values[one.code]).ratio is not None and (short := missing(value))
    ]
    return tuple(sorted(found, key=lambda gap: gap.value.ratio or 0)[:number])
