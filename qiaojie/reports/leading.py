"""A leader's sheet: where a notice stands, what would close its widest gaps, and by how much that differs from a month ago.

Of indicators and units, never of people. Every figure is the board's own: nothing is counted here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dates import months_after
from qiaojie.measures import near_misses, queries
from qiaojie.measures.gaps import Gap, missing, widest
from qiaojie.measures.near_misses import APPROVAL, NearMissStep
from qiaojie.measures.queries import Measurement, UnitRow, Value
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions.models import Region
from qiaojie.training.ledger import CLASSES

from . import money
from .money import MoneyKind, Planned, Recorded

NEAR = 80
"""Per cent from which an indicator is near its target."""
LOWEST = 5
"""Units that are named as the lowest."""
BEHIND = 3
"""Units that are named of a gap."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 7
"""Letters of the check value: that two of 30 to the power of 7 agree by chance is not to be feared, and it can be read out."""


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit with how much of its target is missing for which nothing is on its way."""

    name: str
    region_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Closing:
    """A gap and what would close it: what waits for approval, what lacks one thing (``steps``), and what has no source yet
    (``left``), with the units in which most of that is missing. The three add up to what is missing. ``before`` is what was
    approved on the same day a month ago (None: the notice had not begun)."""

    gap: Gap
    near: int
    steps: tuple[NearMissStep, ...]
    behind: tuple[Behind, ...]
    before: int | None

    @property
    def left(self) -> int:
        """What is missing when everything that waits is approved and everything that lacks one thing has got it."""
        return self.gap.left - self.near

    @property
    def widths(self) -> tuple[Decimal, Decimal, Decimal]:
        """Approved, waiting, and one thing short, in per cent of the target, for a bar."""
        value = self.gap.value
        whole = (value.approved or 0) + self.gap.missing
        if value.cohort is not None:
            return min(value.done or Decimal(0), Decimal(100)), Decimal(0), Decimal(0)
        parts = (value.approved or 0, self.gap.pending, self.near)
        approved, waiting, near = (Decimal(part * 1000 // whole) / 10 for part in parts)
        return approved, waiting, near


@dataclass(frozen=True, slots=True)
class LeaderSheet:
    """All of it. ``own`` is the one unit that it is of, None above the units; ``values`` are its or all together's."""

    found: Measurement
    own: UnitRow | None
    area: str
    values: Mapping[str, Value]
    closings: tuple[Closing, ...]
    money: tuple[Recorded, ...]
    planned: Planned
    check: str

    @property
    def unit_id(self) -> int | None:
        """The region of the one unit."""
        return self.own.region_id if self.own is not None else None

    @property
    def aimed(self) -> tuple[Indicator, ...]:
        """The indicators with a target and a measure: those of which it can be said how far they are."""
        return tuple(one for one in self.found.indicators if self.values[one.code].done is not None)

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many of these are reached, how many are near, how many are below."""
        shares = [self.values[one.code].done or Decimal(0) for one in self.aimed]
        reached = sum(share >= 100 for share in shares)
        near = sum(NEAR <= share < 100 for share in shares)
        return reached, near, len(shares) - reached - near

    @property
    def slowest(self) -> Indicator | None:
        """The indicator farthest behind; of equal ones the first. None where all are reached."""
        return self.closings[0].gap.indicator if self.closings else None

    @property
    def weightiest(self) -> Closing | None:
        """Of the widest gaps the one in which most is missing: what the sheet shows by unit. None where there is none."""
        return max(self.closings, key=lambda one: one.gap.missing, default=None)

    @property
    def named(self) -> tuple[Indicator, ...]:
        """The indicators that the sheet names: those whose definitions stand beneath it."""
        return tuple(one.gap.indicator for one in self.closings)

    def budget(self, kind: MoneyKind) -> dict[str, int]:
        """What is planned of a kind of money (fen), by source; nothing where no budgets are of it."""
        return money.planned_of(self.planned, self.unit_id) if kind.ledger is CLASSES else {}

    def lowest(self, indicator: Indicator) -> list[tuple[UnitRow, Decimal]]:
        """The units farthest behind in an indicator that have not reached it, the farthest first, with what is done."""
        rows = [(unit, unit.values[indicator.code]) for unit in self.found.units]
        short = [(unit, value) for unit, value in rows if value.done is not None and value.done < 100]
        short.sort(key=lambda pair: pair[1].ratio or Fraction(0))
        return [(unit, value.done or Decimal(0)) for unit, value in short[:LOWEST]]


def sheet(notice: Notice, on: date, viewer: Viewer, region: Region | None = None) -> LeaderSheet:
    """The sheet of the viewer's unit, or of all together: two measurements, the near misses of the widest gaps, and a query for
    each ledger of money. Raises Refused where the role may not see the board or the region."""
    found = queries.measure(notice, on, viewer, region)
    own = found.units[0] if len(found.units) == 1 else None
    values = own.values if own is not None else found.total
    view = found.view
    counties = [pk for pk in view.filing if view.unit_of[pk] == own.region_id] if own is not None else None
    past = months_after(on, -1)
    earlier: Mapping[str, Value] = {}
    if past >= notice.span.begins:
        then = queries.measure(notice, past, viewer, region)
        earlier = then.units[0].values if own is not None and then.units else then.total
    closings = tuple(
        _closing(found, gap, on, counties, earlier, alone=own is not None)
        for gap in widest(found.indicators, values)
    )
    area = "".join((own.name if own is not None else _root(view.root_id)).split())
    return LeaderSheet(
        found,
        own,
        area,
        values,
        closings,
        tuple(money.costs(found)),
        money.planned(found),
        _check(area, found, values),
    )


def _closing(
    found: Measurement,
    gap: Gap,
    on: date,
    counties: list[int] | None,
    earlier: Mapping[str, Value],
    *,
    alone: bool,
) -> Closing:
    steps = tuple(
        one for one in near_misses.steps(found.notice, gap.indicator, on, counties) if one.name != APPROVAL
    )
    # Who lacks one thing in two ledgers is on two lists, and counts once: never more than is missing.
    near = min(sum(one.number for one in steps), gap.left)
    before = earlier[gap.indicator.code].approved if gap.indicator.code in earlier else None
    behind = () if alone or gap.value.cohort is not None else _behind(found, gap.indicator)
    return Closing(gap, near, steps, behind, before)


def _behind(found: Measurement, indicator: Indicator) -> tuple[Behind, ...]:
    """The units in which most is missing that does not wait for approval, the most first."""
    lines = []
    for unit in found.units:
        value = unit.values[indicator.code]
        short = missing(value) or 0
        left = short - min(value.pending or 0, short)
        if left:
            lines.append(Behind("".join(unit.name.split()), unit.region_id, left))
    return tuple(sorted(lines, key=lambda one: -one.number)[:BEHIND])


def _root(root_id: int) -> str:
    return Region.objects.values_list("name", flat=True).get(pk=root_id)


def _check(area: str, found: Measurement, values: Mapping[str, Value]) -> str:
    """A short value of everything that is counted on the sheet: a printed sheet with the same one has the same figures."""
    said = [found.notice.code, found.on.isoformat(), area]
    for code, value in sorted(values.items()):
        said.append(f"{code}:{value.target}:{value.approved}:{value.pending}:{value.cohort}")
    number = int.from_bytes(hashlib.sha256("|".join(said).encode()).digest()[:8], "big")
    letters = []
    for _place in range(_LETTERS):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)
