"""The days of the present: all of them follow from the day on which the demo is loaded."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from qiaojie.lib.periods import Period

LOOK_BACK: Final = 60
"""Days of work done that every demo shows: a notice of a year that has just begun goes back into the one before."""

LOOK_AHEAD: Final = 30
"""Days of work planned: a notice of a year that is about to end goes on into the next one."""

LONGEST: Final = 150
"""Days back within which everything lies: who looks at a list of this year sees what is recent."""

LEAP: Final = 2028
"""A year in which February has 29 days, for days that come back every year."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days as seen from the day of loading."""

    today: date

    @property
    def period(self) -> Period:
        """The whole year or years that the notice covers."""
        first, last = self.back(LOOK_BACK).year, self.on(LOOK_AHEAD).year
        return Period(date(first, 1, 1), date(last, 12, 31))

    @property
    def years(self) -> str:
        """How a title names the period: 2026, 2026—2027."""
        first, last = self.period.begins.year, self.period.ends.year
        return f"{first}" if first == last else f"{first}—{last}"

    @property
    def code(self) -> str:
        """The code of the notice."""
        return f"demo-{self.today.year}"

    @property
    def span(self) -> int:
        """Days between the oldest of what was done and today; ``LOOK_BACK`` at least."""
        return min(LONGEST, (self.today - self.period.begins).days)

    def on(self, days: int) -> date:
        """So many days from today."""
        return self.today + timedelta(days=days)

    def back(self, days: int) -> date:
        """So many days before today."""
        return self.on(-days)

    def ago(self, share: float) -> date:
        """A day that lies a share (0 to 1) of ``span`` before today."""
        return self.back(round(self.span * share))

    def months(self, most: int) -> list[date]:
        """The first days of the latest whole months within the span, the oldest first."""
        found: list[date] = []
        first = self.today.replace(day=1)
        while len(found) < most:
            first = (first - timedelta(days=1)).replace(day=1)
            if first < self.period.begins:
                break
            found.append(first)
        return found[::-1]


def every_month(day: int) -> list[str]:
    """A day of each month as ``MM-DD``, or the month's last."""
    return [f"{month:02d}-{min(day, monthrange(LEAP, month)[1]):02d}" for month in range(1, 13)]
