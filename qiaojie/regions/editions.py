"""Editions: the units that one notice lists, and under which of them a region of any time is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .cache import keep
from .models import Edition, Level, Region, Succession, SuccessionKind

_STRENGTH = {str(kind): place for place, kind in enumerate(SuccessionKind.values)}


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of an edition. ``label`` is as printed (``忠  县``), ``name`` without the spaces that only align."""

    region_id: int
    key: str
    code: str
    kind: str
    order: int
    label: str
    name: str
    tile: tuple[int, int] | None
    """Column and row of the unit's square; None where the edition is only a list."""


@dataclass(frozen=True, slots=True)
class EditionView:
    """An edition read whole: its units in order, and the unit under which every region of its area is shown."""

    code: str
    label: str
    note: str
    on: date
    layout: str
    root_id: int
    units: tuple[Unit, ...]
    unit_of: Mapping[int, int]
    """Region id → region id of the unit: for units, for what lies beneath them, and for regions of other times."""
    approximate: frozenset[int]
    """Regions shown under a unit that is only the main of several, or that is not known for certain."""
    filing: tuple[int, ...]
    """Those of ``unit_of`` that file facts: counties and what stands above them, never townships. A short list."""

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """The units' region ids in order."""
        return tuple(unit.region_id for unit in self.units)


def edition(code: str) -> EditionView:
    """The edition of that code, kept in the process until the tree changes.

    A region that is no unit is shown under the unit above it. One that had ended by the edition's day is followed
    to what came after it, one that had not yet begun back to what it came from; where that was divided, to the main
    body, and marked approximate. A region that lost a piece but lives on stays what it is. A region that leads to no
    unit is not in the mapping.

    Raises Unusable ``edition_unknown``.
    """
    return keep(("edition", code), lambda: _read(code))


def unit_of(view: EditionView | str) -> dict[int, int]:
    """Region id → unit's region id of an edition, as a dict of the caller's own; townships included."""
    held = edition(view) if isinstance(view, str) else view
    return dict(held.unit_of)


def _read(code: str) -> EditionView:
    held = Edition.objects.select_related("root").filter(code=code).first()
    if held is None:
        known = "、".join(Edition.objects.values_list("code", flat=True))
        message = _("没有区域版本“%(code)s”。现有：%(known)s。") % {"code": code, "known": known}
        raise Unusable("edition_unknown", message)
    units = tuple(
        Unit(
            region_id=row.region_id,
            key=row.region.key,
            code=row.region.code,
            kind=row.region.kind,
            order=row.order,
            label=row.label,
            name="".join(row.label.split()),
            tile=(row.tile_column, row.tile_row)
            if row.tile_column is not None and row.tile_row is not None
            else None,
        )
        for row in held.units.select_related("region").order_by("order")
    )
    walk = _Walk(held, {unit.region_id for unit in units})
    mapping, approximate = walk.all()
    return EditionView(
        code=held.code,
        label=held.label,
        note=held.note,
        on=held.on,
        layout=held.layout,
        root_id=held.root_id,
        units=units,
        unit_of=mapping,
        approximate=approximate,
        filing=tuple(pk for pk in mapping if pk in walk.units or walk.nodes[pk].level <= Level.COUNTY),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    to: int
    certain: bool
    on: date | None


@dataclass(frozen=True, slots=True)
class _Node:
    parent: int | None
    begins: date | None
    ends: date | None
    level: int


class _Walk:
    """From every region that may belong to an edition to its unit: up the tree, and along successions in time."""

    def __init__(self, held: Edition, units: set[int]) -> None:
        self.on = held.on
        self.units = units
        steps = list(
            Succession.objects.order_by().values_list("before_id", "after_id", "kind", "certain", "on")
        )
        # The main step comes first: the strongest, and among equals the latest.
        steps.sort(key=lambda step: step[4] or date.min, reverse=True)
        steps.sort(key=lambda step: _STRENGTH[step[2]])
        self.forward: dict[int, list[_Step]] = {}
        self.backward: dict[int, list[_Step]] = {}
        for before, after, _kind, certain, on in steps:
            self.forward.setdefault(before, []).append(_Step(after, certain, on))
            self.backward.setdefault(after, []).append(_Step(before, certain, on))
        area = Q(first__gte=held.root.first, first__lte=held.root.last)
        linked = Q(pk__in=units) | Q(pk__in=list(self.forward))
        rows = Region.objects.order_by().filter(area | linked)
        self.nodes = {
            pk: _Node(parent, begins, ends, level)
            for pk, parent, begins, ends, level in rows.values_list(
                "pk", "parent_id", "begins", "ends", "level"
            )
        }
        self.found: dict[int, tuple[int | None, bool]] = {}

    def all(self) -> tuple[dict[int, int], frozenset[int]]:
        """The unit of every region that has one, and which of these are only approximate."""
        mapping: dict[int, int] = {}
        approximate: set[int] = set()
        for pk in self.nodes:
            unit, sure = self.find(pk)
            if unit is not None:
                mapping[pk] = unit
                if not sure:
                    approximate.add(pk)
        return mapping, frozenset(approximate)

    def find(self, pk: int | None) -> tuple[int | None, bool]:
        """The unit of a region (None where nothing leads to one), and whether it could be no other."""
        if pk is None or pk in self.units:
            return pk, True
        if pk not in self.found:
            self.found[pk] = (None, False)  # A circle in the data leads nowhere.
            self.found[pk] = self.along(pk)
        return self.found[pk]

    def along(self, pk: int) -> tuple[int | None, bool]:
        """One step on from a region: in time if it did not exist on the edition's day, else to what is above it."""
        node = self.nodes.get(pk)
        if node is None:
            return None, True
        steps: list[_Step] = []
        if node.ends is not None and node.ends <= self.on:
            steps = self.forward.get(pk, [])
        elif node.begins is not None and node.begins > self.on:
            steps = self.backward.get(pk, [])
        if not steps:
            return self.find(node.parent)
        unit, sure = self.find(steps[0].to)
        # Pieces that went elsewhere on the same day make it uncertain, unless they come to the same unit.
        for other in steps[1:]:
            if other.on == steps[0].on:
                sure = sure and self.find(other.to)[0] == unit
        if not steps[0].certain:
            sure = sure and self.find(node.parent)[0] == unit
        return unit, sure
