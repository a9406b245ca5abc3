"""A county's (or township's) split targets as a board shows them: every line with its picture, and where its number opens."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from qiaojie.ledgers import sight
from qiaojie.ledgers.viewer import Viewer
from qiaojie.measures import townships
from qiaojie.measures.models import ValuePart
from qiaojie.measures.queries import Measurement, Value
from qiaojie.measures.townships import Below, PlaceLine
from qiaojie.notices.schema import Indicator
from qiaojie.regions.models import Level, Region
from qiaojie.web.components.cells import cell
from qiaojie.web.components.progress import Band, Progress, progress

WORST = 3
"""Townships that home names of each indicator: those farthest behind."""


@dataclass(frozen=True, slots=True)
class PlaceProgress:
    """A township (or village; name '' for what lies in none) with its number, and where that and what waits is opened."""

    name: str
    progress: Progress
    address: str
    pending_at: str

    @property
    def html(self) -> SafeString:
        """The cell with its picture."""
        return cell(self.progress, self.address if self.progress.opens else "")


@dataclass(frozen=True, slots=True)
class SplitIndicator:
    """An indicator that was split: the whole, the line of each place, and what the split adds up to."""

    indicator: Indicator
    total: Progress
    lines: tuple[PlaceProgress, ...]
    given: int

    @property
    def reached(self) -> int:
        """How many places have reached their target."""
        return sum(one.progress.band is Band.DONE for one in self.lines)

    @property
    def aimed(self) -> int:
        """How many places have a target."""
        return sum(one.progress.target is not None for one in self.lines)

    @property
    def worst(self) -> tuple[PlaceProgress, ...]:
        """The places farthest behind, the farthest first; of equal shares in the tree's order."""
        short = [one for one in self.lines if one.progress.share is not None and one.progress.share < 100]
        return tuple(sorted(short, key=lambda one: one.progress.value.ratio or 0)[:WORST])


@dataclass(frozen=True, slots=True)
class Places:
    """What a region split, indicator by indicator; ``villages`` where its lines are villages."""

    region: Region
    indicators: tuple[SplitIndicator, ...]
    villages: bool


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A township as it stands by its county's split, with its villages where it split further (None: it did not)."""

    region: Region
    lines: tuple[tuple[Indicator, PlaceProgress], ...]
    villages: Places | None


def opened_by(place: int | None, viewer: Viewer) -> bool:
    """Whether somebody may open the rows behind a place's number (None: behind what lies in none). Whoever sees of a woman no
    closer place than her county sees the numbers of townships, small ones too, and not whom they count; of one's own place all
    is known anyway."""
    return sight.sees_places(viewer) or (place is not None and place == viewer.region_id)


def places(found: Measurement, region: Region | None, viewer: Viewer) -> Places | None:
    """What a county or township split; None where it split nothing. Queries as ``townships.below``."""
    held = townships.below(found, region) if region is not None else None
    return None if held is None else _places(found, held, viewer)


def own_place(found: Measurement, region: Region | None, viewer: Viewer) -> OwnPlace | None:
    """A township's own line and villages; None for whoever is none, or was given nothing by a split."""
    if region is None or region.level != Level.TOWNSHIP:
        return None
    line = townships.line(found, region)
    if line is None:
        return None
    lines = tuple(
        (one, _line(found, one, line, line.values[one.code], region, viewer))
        for one in found.indicators
        if one.code in line.values
    )
    return OwnPlace(region, lines, places(found, region, viewer))


def _places(found: Measurement, held: Below, viewer: Viewer) -> Places:
    split = tuple(
        SplitIndicator(
            one,
            progress(held.total[one.code], one.unit),
            tuple(_line(found, one, line, line.values[one.code], held.region, viewer) for line in held.lines),
            held.sums[one.code],
        )
        for one in held.indicators
    )
    return Places(held.region, split, held.villages)


def _line(
    found: Measurement, indicator: Indicator, line: PlaceLine, value: Value, parent: Region, viewer: Viewer
) -> PlaceProgress:
    if not opened_by(line.region_id, viewer):
        return PlaceProgress(line.name, progress(value, indicator.unit), "", "")
    asked = {"on": found.on.isoformat()}
    asked |= {"rest": str(parent.pk)} if line.region_id is None else {"place": str(line.region_id)}
    address = reverse("behind", args=[found.notice.code, indicator.code])
    waits = {**asked, "part": ValuePart.PENDING.value}
    opened = asked if value.approved else waits
    return PlaceProgress(
        line.name,
        progress(value, indicator.unit),
        f"{address}?{urlencode(opened)}",
        f"{address}?{urlencode(waits)}" if value.pending else "",
    )
