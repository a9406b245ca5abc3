"""What holds now after every decision about targets, how it came about, and what parents gave their children."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.regions.editions import EditionView
from qiaojie.regions.models import Region, RegionKind

from ..models import Target, TargetVersion
from ..schema import Notice
from .figures import Origin, Targets, UnitTargets
from .splitting import Basis, Method

Line = tuple[int, str, str, int, int]
"""A decided figure: version, indicator, origin, region, value."""


@dataclass(frozen=True, slots=True)
class Child:
    """A region that a parent can give targets to."""

    region_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a parent gave its children for one indicator, by its newest split, in the children's order.

    ``total`` is the parent's figure now that the parts added up to when they were given: what it holds, or (``basis``) what it
    was issued. ``difference`` is not 0 when that has changed since, and asks for a new split.
    """

    values: Mapping[int, int]
    weights: Mapping[int, int]
    total: int | None
    number: int
    method: Method
    reason: str
    by: str
    at: datetime
    basis: Basis = Basis.HELD

    @property
    def added(self) -> int:
        """The sum of the parts."""
        return sum(self.values.values())

    @property
    def difference(self) -> int | None:
        """The sum of the parts less what the parent holds; None where the parent holds nothing."""
        return None if self.total is None else self.added - self.total


@dataclass(frozen=True, slots=True)
class TargetStep:
    """One version of one region's target. Number 0 is the notice itself: its table, or its text for the whole area.

    ``value`` is None where the notice gave nothing, or where a later split left the region out. ``current`` marks the
    issued figure that holds, and the local addition that holds over it.
    """

    origin: Origin
    number: int
    value: int | None
    by: str
    day: date | None
    reason: str = ""
    document: str = ""
    giver: str = ""
    method: Method | None = None
    basis: Basis | None = None
    weight: int | None = None
    at: datetime | None = None
    current: bool = False

    @property
    def title(self) -> str:
        """``任务表``, ``调整第2版``: how the version is called."""
        if self.number == 0:
            return str(self.origin.label)
        return _("%(kind)s第%(number)d版") % {"kind": self.origin.label, "number": self.number}


def decided(notice: str, root_id: int) -> list[Line]:
    """All decisions about the area as a whole and its units, oldest first: one query."""
    own = Q(version__origin__in=[Origin.ADJUSTED, Origin.LOCAL])
    found = Target.objects.filter(
        own | Q(version__origin=Origin.SPLIT, version__region=root_id), version__notice=notice
    ).order_by("version_id", "pk")
    return list(
        found.values_list("version_id", "version__indicator", "version__origin", "region_id", "value")
    )


def applied(issued: Targets, root_id: int, lines: Iterable[Line]) -> Targets:
    """The notice's own targets with the decisions since, each over what stood before it.

    A total that rests on the table moves with a unit that is adjusted; one set for the whole area, or taken from the
    notice's text, stays. A split of the total moves nothing: its parts add up to it.
    """
    decided_since = list(lines)
    # Where nothing was decided, thousands of units stay as they were issued.
    units = {unit.region_id: _Figures(unit) for unit in issued.units} if decided_since else {}
    total, origins = dict(issued.total), dict(issued.origins)
    moving = {code for code, origin in origins.items() if origin in {Origin.TABLE, Origin.SUM}}
    moving -= issued.percentages
    replaced = 0
    for version, code, origin, region, value in decided_since:
        if code not in total:
            continue
        if origin == Origin.SPLIT and version != replaced:
            replaced = version
            for unit in units.values():
                unit.issue(code, None, Origin.SPLIT)
        if region == root_id:
            total[code], origins[code] = value, Origin.ADJUSTED
            moving.discard(code)
        elif region in units and origin == Origin.LOCAL:
            units[region].local[code] = value
        elif region in units:
            if origin == Origin.ADJUSTED and code in moving:
                total[code] = (total[code] or 0) + value - (units[region].figures[code] or 0)
                origins[code] = Origin.ADJUSTED
            units[region].issue(code, value, Origin(origin))
    held = tuple(unit.held() for unit in units.values()) if decided_since else issued.units
    given = replace(issued, units=held, total=total, origins=origins)
    for code in total:
        if total[code] is None and (added := given.added(code)) is not None:
            total[code], origins[code] = added, Origin.SUM
    return given


class _Figures:
    """One unit's figures while decisions are laid over them."""

    def __init__(self, unit: UnitTargets) -> None:
        self.unit = unit
        self.figures = dict(unit.figures)
        self.origins = dict(unit.origins)
        self.local: dict[str, int] = {}

    def issue(self, code: str, value: int | None, origin: Origin) -> None:
        self.figures[code] = value
        if value is None:
            self.origins.pop(code, None)
        else:
            self.origins[code] = origin

    def held(self) -> UnitTargets:
        own = {code: value for code, value in self.local.items() if outdoes(value, self.figures.get(code))}
        return replace(self.unit, figures=self.figures, origins=self.origins, local=own)


def outdoes(local: int, issued: int | None) -> bool:
    """Whether a local addition still adds to what was issued."""
    return issued is None or local > issued


def children(view: EditionView, region_id: int) -> tuple[Child, ...]:
    """Whom a region can give targets to: the units, for the edition's whole area; else what lay directly beneath it on
    the edition's day, and for a zone without divisions of its own the townships of the divisions that it overlaps.

    Empty for a region outside the edition.
    """
    if region_id == view.root_id:
        return tuple(Child(unit.region_id, unit.code, unit.name) for unit in view.units)
    if region_id not in view.unit_of:
        return ()
    below = _alive(Region.objects.filter(parent=region_id), view)
    if not below:
        overlapped = Region.objects.filter(parent__overlapped__zone=region_id, kind=RegionKind.TOWNSHIP)
        below = _alive(overlapped.distinct(), view)
    return tuple(Child(region.pk, region.code, region.name) for region in below)


def _alive(found: QuerySet[Region], view: EditionView) -> list[Region]:
    return [region for region in found.order_by("first", "pk") if region.alive(view.on)]


def held(given: Targets, notice: str, root_id: int, region_id: int) -> dict[str, int | None]:
    """What a region works towards, by indicator: the whole area, a unit (with its local additions), or what the newest
    split of its parent gave it. One query for what lies beneath a unit."""
    if region_id == root_id:
        return dict(given.total)
    for unit in given.units:
        if unit.region_id == region_id:
            return {code: unit.held(code) for code in unit.figures}
    newest = TargetVersion.objects.filter(
        notice=notice,
        indicator=OuterRef("version__indicator"),
        origin=Origin.SPLIT,
        region=OuterRef("version__region"),
    ).order_by("-number")
    found = (
        Target.objects.filter(region=region_id, version__notice=notice, version__origin=Origin.SPLIT)
        .annotate(newest=Subquery(newest.values("pk")[:1]))
        .filter(version=F("newest"))
        .order_by("version_id")
    )
    return {**dict.fromkeys(given.total), **dict(found.values_list("version__indicator", "value"))}


def issued_to(given: Targets, region_id: int, holds: Mapping[str, int | None]) -> Mapping[str, int | None]:
    """What a region was issued, by indicator: of a unit without what it set itself; of any other all that it ``holds``."""
    return next((unit.figures for unit in given.units if unit.region_id == region_id), holds)


def below(
    notice: str, region_id: int, parent: Mapping[str, int | None], issued: Mapping[str, int | None]
) -> dict[str, Distribution]:
    """The newest split of a parent for every indicator that it split; two queries. ``parent`` is what it holds, ``issued`` what
    it was given."""
    newest: dict[int, TargetVersion] = {}
    splits = TargetVersion.objects.filter(notice=notice, origin=Origin.SPLIT, region=region_id)
    for version in {one.indicator: one for one in splits.order_by("number")}.values():
        newest[version.pk] = version
    values: dict[int, dict[int, int]] = {pk: {} for pk in newest}
    weights: dict[int, dict[int, int]] = {pk: {} for pk in newest}
    for target in Target.objects.filter(version__in=newest).order_by("pk"):
        values[target.version_id][target.region_id] = target.value
        if target.weight is not None:
            weights[target.version_id][target.region_id] = target.weight
    return {
        version.indicator: Distribution(
            values[pk],
            weights[pk],
            (issued if version.basis == Basis.ISSUED else parent).get(version.indicator),
            version.number,
            Method(version.method),
            version.reason,
            version.by,
            version.at,
            Basis(version.basis or Basis.HELD),
        )
        for pk, version in newest.items()
    }


def history(
    notice: Notice, issued: Targets, root_id: int, code: str, region_id: int
) -> tuple[TargetStep, ...]:
    """Every version of one region's target, oldest first; one query.

    Begins with the notice itself for its whole area and for its units.
    """
    steps = _issued(notice, issued, root_id, code, region_id)
    splits = TargetVersion.objects.filter(notice=notice.code, indicator=code, origin=Origin.SPLIT)
    # A parent that once gave the region something left it out of a later split: that is a step too.
    given = Q(origin=Origin.SPLIT, region__in=splits.filter(targets__region=region_id).values("region"))
    if any(unit.region_id == region_id for unit in issued.units):
        given |= Q(origin=Origin.SPLIT, region=root_id)
    versions = (
        TargetVersion.objects.filter(notice=notice.code, indicator=code)
        .annotate(own=FilteredRelation("targets", condition=Q(targets__region=region_id)))
        .filter(Q(own__isnull=False) | given)
        .annotate(value=F("own__value"), weight=F("own__weight"), giver=F("region__name"))
        .order_by("pk")
    )
    for version in versions:
        steps.append(
            TargetStep(
                origin=Origin(version.origin),
                number=version.number,
                value=version.value,
                by=version.by,
                day=timezone.localdate(version.at),
                reason=version.reason,
                document=version.document,
                giver=version.giver,
                method=Method(version.method) if version.method else None,
                basis=Basis(version.basis) if version.basis else None,
                weight=version.weight,
                at=version.at,
            )
        )
    return _marked(steps)


def _issued(notice: Notice, issued: Targets, root_id: int, code: str, region_id: int) -> list[TargetStep]:
    """Version 0: what the notice itself gave."""
    unit = next((unit for unit in issued.units if unit.region_id == region_id), None)
    if region_id == root_id:
        value, origin = issued.total[code], issued.origins.get(code, Origin.TEXT)
    elif unit is not None:
        value, origin = unit.figures[code], Origin.TABLE
    else:
        return []
    by = "、".join(notice.issuers)
    return [TargetStep(origin, 0, value, by, notice.issued_on, document=notice.number)]


def _marked(steps: list[TargetStep]) -> tuple[TargetStep, ...]:
    """The steps with those marked that hold: the last issued one, and the last local addition while it adds."""
    issued = [place for place, step in enumerate(steps) if step.origin != Origin.LOCAL]
    local = [place for place, step in enumerate(steps) if step.origin == Origin.LOCAL]
    last = steps[issued[-1]].value if issued else None
    holding = set(issued[-1:]) if last is not None else set()
    if local and outdoes(steps[local[-1]].value or 0, last):
        holding.add(local[-1])
    return tuple(replace(step, current=place in holding) for place, step in enumerate(steps))
