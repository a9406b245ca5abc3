"""Times taken side by side, and the line of the table that they make."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one way of doing something, run several times."""

    seconds: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median: a machine that others use too is slow at times, and never too fast."""
        return median(self.seconds)

    @property
    def spread(self) -> float:
        """How far the slowest and the quickest lie apart, in parts of the median."""
        return (max(self.seconds) - min(self.seconds)) / self.middle if self.middle else 0.0


def nothing() -> None:
    """The preparation of what needs none."""


def timed(run: Callable[[], object], rounds: int = ROUNDS, before: Callable[[], object] = nothing) -> Times:
    """Run something several times, with a preparation that is not timed."""
    seconds = []
    for _ in range(rounds):
        before()
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return Times(tuple(seconds))


def alternated(
    peer: Callable[[], object],
    ours: Callable[[], object],
    rounds: int = ROUNDS,
    before: Callable[[], object] = nothing,
) -> tuple[Times, Times]:
    """The peer, ours, the peer, ours …: what else the machine is doing falls on both. ``before`` prepares ours."""
    theirs: list[float] = []
    own: list[float] = []
    for _ in range(rounds):
        theirs += timed(peer, 1).seconds
        own += timed(ours, 1, before).seconds
    return Times(tuple(theirs)), Times(tuple(own))


@dataclass(frozen=True, slots=True)
class BenchLine:
    """One comparison. ``limit`` is what ours is held against (a peer's seconds, or seconds as such), ``bound`` how many
    times it ours may take; None where no bound is set."""

    name: str
    size: str
    ours: float
    limit: float
    bound: float | None
    spread: float = 0.0
    note: str = ""
    unit: str = "s"
    """Of ``ours`` and ``limit``."""

    @property
    def ratio(self) -> float:
        """Ours in parts of the limit."""
        return self.ours / self.limit

    @property
    def over(self) -> bool:
        """Whether it takes more than it may."""
        return self.bound is not None and self.ratio > self.bound

    def text(self, database: str) -> str:
        """The line as the table prints it."""
        held = "" if self.bound is None else ("OVER" if self.over else "ok")
        bound = "" if self.bound is None else f"{self.bound:.3g}"
        ours, limit = (
            seconds(value) if self.unit == "s" else f"{value:.0f} {self.unit}"
            for value in (self.ours, self.limit)
        )
        return (
            f"{self.name:<44} {database:<10} {self.size:<11} {ours:>9} {limit:>9} "
            f"{self.ratio:>7.3f} {bound:>6} {held:<4} ±{self.spread / 2:>4.0%}  {self.note}"
        ).rstrip()

    def plain(self) -> dict[str, Any]:
        """The line as JSON takes it."""
        return asdict(self)


HEAD = f"{'what':<44} {'database':<10} {'size':<11} {'ours':>9} {'limit':>9} {'ratio':>7} {'bound':>6}"


def against(
    name: str, size: str, times: tuple[Times, Times], bound: float | None, note: str = ""
) -> BenchLine:
    """The line of a peer's and our own times."""
    theirs, own = times
    spread = max(theirs.spread, own.spread)
    return BenchLine(name, size, own.middle, theirs.middle, bound, spread, note)


def seconds(value: float) -> str:
    """A time in the unit that suits it."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"
