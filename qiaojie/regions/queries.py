"""Finding regions, and conditions on them."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from . import naming
from .disambiguation import FEW, Lineage, choose, nearest, pairs
from .editions import EditionView, edition, unit_of
from .matcher import FINER, Match, Matcher
from .models import Level, Region, RegionKind, Succession

__all__ = [
    "FINER",
    "EditionView",
    "Match",
    "Matcher",
    "ancestors",
    "counties_of",
    "edition",
    "find",
    "path_name",
    "successors",
    "under",
    "unit_of",
    "with_path",
]


def find(text: str, within: Region | None = None, on: date | None = None) -> Region:
    """The region that a code, a name or a path names: ``500240``, ``石柱县``, ``忠  县``, ``吉林省长春市朝阳区``.

    ``within`` narrows to a region and what lies beneath it; ``on`` to what existed on that day. Without a day an
    ended region counts too, unless what came after it bears the name as well.

    Raises Unusable ``region_unknown`` (with suggestions) or ``region_ambiguous`` (with the full paths).
    """
    wanted = naming.plain(text)
    scope = with_path(Region.objects.all())
    if within is not None:
        scope = scope.filter(under(within, ""))
    candidates = _candidates(wanted, scope)
    near = () if candidates else nearest(wanted, _alike(wanted, scope, within))
    return choose(text.strip(), candidates, on, Lineage, near)


def under(region: Region, path: str = "region") -> Q:
    """The condition that the region at ``path`` (a model's foreign key; '' for Region itself) is this or beneath it.

    One range on the numbers of the tree, whatever the depth.
    """
    prefix = f"{path}__" if path else ""
    return Q(**{f"{prefix}first__gte": region.first, f"{prefix}first__lte": region.last})


def with_path(regions: QuerySet[Region]) -> QuerySet[Region]:
    """The same regions with everything above them, in one query: for lists that print paths."""
    return regions.select_related("parent__parent__parent__parent")


def path_name(region: Region) -> str:
    """``重庆市涪陵区江东街道``. No query for regions read by ``with_path``, ``find`` or a Matcher; else one per step."""
    return naming.path(region)


def ancestors(region: Region) -> list[Region]:
    """What lies above the region, the nation first; one query."""
    above = with_path(Region.objects.all()).get(pk=region.pk)
    return list(naming.chain(above))[::-1]


def counties_of(region: Region, on: date | None = None, zones: bool = False) -> list[Region]:
    """The county-level divisions in a region on a day (today's by default), in order; with ``zones``, those too."""
    kinds = [RegionKind.COUNTY, RegionKind.ZONE] if zones else [RegionKind.COUNTY]
    found = Region.objects.filter(under(region, ""), _alive(on), level=Level.COUNTY, kind__in=kinds)
    return list(found.order_by("first"))


def successors(region: Region) -> list[Succession]:
    """What became of the region, the main body first; empty while it lives on undivided."""
    return list(region.successions.select_related("after").order_by("on", "pk"))


def _alive(on: date | None) -> Q:
    if on is None:
        return Q(ends__isnull=True)
    return (Q(begins__isnull=True) | Q(begins__lte=on)) & (Q(ends__isnull=True) | Q(ends__gt=on))


def _candidates(wanted: str, scope: QuerySet[Region]) -> list[Region]:
    if not wanted:
        return []
    if wanted.isdigit() and wanted.isascii():
        return list(scope.filter(code=naming.statistical(wanted)))
    ends = naming.endings(wanted)
    exact = [region for region in scope.filter(_named(ends)) if naming.spells(wanted, region)]
    if exact:
        return exact
    loose = [end + suffix for end in ends for suffix in naming.SUFFIXES]
    return [region for region in scope.filter(_named(loose)) if naming.spells(wanted, region)]


def _named(names: list[str]) -> Q:
    return Q(name__in=names) | Q(short_name__in=names)


def _alike(wanted: str, scope: QuerySet[Region], within: Region | None) -> list[Region]:
    """Regions worth comparing with a name that nothing bears."""
    if within is not None and within.last - within.first < FEW:
        return list(scope)
    alike = Q()
    for pair in pairs(wanted):
        alike |= Q(name__contains=pair)
    return list(scope.filter(alike).order_by("level", "first")[:FEW]) if alike else []
