"""A tile grid: one square a unit, roughly where it lies; drawn as SVG, never a map outline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiaojie.lib.percentages import printed
from qiaojie.regions.editions import EditionView

from .progress import Progress

STEP = 46
"""User units from one square to the next."""

SIDE = 43
"""User units of a side: what is left is the gap."""

ABOVE = "省市区县"
"""What the names of regions above the units end in."""
RANKS = "区县市州盟"
"""What the names of units end in."""
NEW = "新"
"""The end of a zone's name that says nothing (高新, 两江新)."""
ACROSS = 8
"""Columns where an edition has no places of its own: units then stand in their order."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One square: its place in the drawing (user units), what stands on it, where it leads."""

    x: int
    y: int
    label: str
    name: str
    progress: Progress
    address: str

    @property
    def share(self) -> str:
        """What stands beneath its name: how much is done, or the bare number where there is no task."""
        drawn = self.progress
        if drawn.share is None and drawn.measured and drawn.value.approved:
            return str(drawn.value.approved)
        return printed(drawn.share)

    @property
    def html(self) -> SafeString:
        """The square with its name, its share, and the same in words; a link where there are rows behind it."""
        drawn = self.progress
        said = escape(f"{self.name}{_('，')}{drawn.words}")
        small = ' class="small"' if len(self.label) > 2 else ""
        at = f'x="{self.x}" y="{self.y}"'
        tag, more = ("a", f' href="{escape(self.address)}"') if self.address else ("g", ' role="img"')
        return SafeString(
            f'<{tag}{more} class="{drawn.band}" aria-label="{said}"><title>{said}</title>'
            f'<rect {at} width="{SIDE}" height="{SIDE}" rx="5"/>'
            f'<text {at} dx="21.5" dy="18.5"{small} aria-hidden="true">{escape(self.label)}</text>'
            f'<text class="share" {at} dx="21.5" dy="35.5" aria-hidden="true">{self.share}</text></{tag}>'
        )


@dataclass(frozen=True, slots=True)
class Tiles:
    """The whole drawing."""

    width: int
    height: int
    tiles: tuple[Tile, ...]


def short(name: str, root: str) -> str:
    """At most three characters of a unit's name: 涪陵区 → 涪陵, 沙坪坝区 → 沙坪坝, 重庆高新区 → 高新, 忠县 → 忠县."""
    stem = root.rstrip(ABOVE)
    if len(stem) >= 2 and name.startswith(stem) and len(name) - len(stem) >= 2:
        name = name[len(stem) :]
    if len(name) > 2 and name[-1] in RANKS:
        name = name[:-1]
    if len(name) > 3 or (len(name) == 3 and name[-1] == NEW):
        name = name[:2]
    return name


def lay(view: EditionView, root: str, found: Iterable[tuple[int, Progress, str]]) -> Tiles:
    """Tiles for the units given as (region id, progress, address); units without a place fill rows in their order."""
    shown = {region_id: (progress, address) for region_id, progress, address in found}
    placed = all(unit.tile is not None for unit in view.units)
    tiles: list[Tile] = []
    for order, unit in enumerate(view.units):
        if unit.region_id not in shown:
            continue
        at = unit.tile if placed and unit.tile is not None else (order % ACROSS, order // ACROSS)
        progress, address = shown[unit.region_id]
        tiles.append(Tile(at[0] * STEP, at[1] * STEP, short(unit.name, root), unit.name, progress, address))
    left = min((tile.x for tile in tiles), default=0)
    top = min((tile.y for tile in tiles), default=0)
    moved = tuple(Tile(t.x - left, t.y - top, t.label, t.name, t.progress, t.address) for t in tiles)
    width = max((tile.x for tile in moved), default=0) + SIDE
    height = max((tile.y for tile in moved), default=0) + SIDE
    return Tiles(max(width, 6 * STEP), height, moved)
