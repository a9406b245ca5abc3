"""What a page keeps when a step with ticked rows is refused: the ticks, the reason that was written, and what was wrong where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ticks:
    """What was sent with a step: rows, changes beside rows and whole groups that were ticked, and the reason; ``every``: all rows
    that the filters leave were meant."""

    rows: tuple[int, ...] = ()
    changes: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    purpose: str = ""
    every: bool = False


@dataclass(frozen=True, slots=True)
class RefusedStep:
    """A step that was refused: its word, why, what was sent with it, and which rows (by key) it is about."""

    word: str
    code: str
    message: str
    ticks: Ticks
    rows: Mapping[int, str] = field(default_factory=dict)

    @property
    def at_reason(self) -> bool:
        """Whether the reason is what was lacking."""
        return self.code == "reason_missing"
