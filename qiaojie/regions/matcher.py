"""Naming regions in bulk: one area read once, then any number of texts without a query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Level, Unusable

from .disambiguation import Lineage, choose, nearest
from .models import Level as Rank
from .models import Overlap, Region, RegionKind, SuccessionKind
from .naming import endings, forms, path, plain, spells, statistical

FINER = "region_finer"
"""The hint that only the township of an address is a region."""

_LONGEST_PATH = 40
"""Characters of a path from the province down to a township."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a text names, and what is to be said of it: an error if there is no region, a hint if it lies beside or if
    the text goes on below the township (an address)."""

    region: Region | None
    finding: Finding | None = None


class Matcher:
    """Resolves many names and paths within one region: 江东街道, 马武镇, 涪陵区江东街道.

    For a county that has ended, and for a zone (which has no townships of its own), the townships of its main
    successor and of the counties that it overlaps are known too, with the hint ``region_beside``: today's tree does
    not say which of them were its own. Each different text is resolved once. At most four queries when made, none
    after that; keep it for one run, not longer.
    """

    def __init__(self, within: Region, on: date | None = None) -> None:
        self.within = within
        self.on = on
        self._lineage = Lineage()
        beside = _beside(within)
        wanted = Q()
        for root in [within, *beside]:
            wanted |= Q(first__gte=root.first, first__lte=root.last)
            wanted |= Q(first__lt=root.first, last__gte=root.last)
        regions = {region.pk: region for region in Region.objects.filter(wanted).order_by("first")}
        for region in regions.values():
            if region.parent_id is not None:
                region.parent = regions[region.parent_id]
        own = [region for region in regions.values() if within.holds(region)]
        others = [
            region
            for region in regions.values()
            if not within.holds(region) and any(root.holds(region) for root in beside)
        ]
        self._own = _Index(own)
        self._others = _Index(others)
        self._all = [*own, *others]
        self._home = regions[within.pk]
        self._known: dict[str, Match] = {}

    def match(self, text: str) -> Match:
        """The region that the text names within the area; ``Match(None)`` for an empty text. Never raises."""
        held = self._known.get(text)
        if held is None:
            held = self._known[text] = self._match(text)
        return held

    def _match(self, text: str) -> Match:
        wanted = plain(text)
        if not wanted:
            return Match(None)
        candidates = self._own.named(wanted)
        if not candidates and (holder := self._own.holder(wanted)) is not None:
            hint = _("“%(text)s”已按%(region)s登记，其余的字记入住址。")
            words = {"text": text.strip(), "region": path(holder)}
            return Match(holder, Finding(FINER, hint % words, Level.HINT))
        strangers = [] if candidates else self._others.named(wanted, self._home)
        near = () if candidates or strangers else nearest(wanted, self._all)
        try:
            region = choose(text.strip(), candidates or strangers, self.on, lambda: self._lineage, near)
        except Unusable as problem:
            return Match(None, Finding(problem.code, problem.message))
        if candidates:
            return Match(region)
        hint = _("“%(text)s”在区划表中是%(path)s，不能确定是否归%(within)s。")
        message = hint % {"text": text.strip(), "path": path(region), "within": self.within.short_name}
        return Match(region, Finding("region_beside", message, Level.HINT))


class _Index:
    """Regions by code and by every form of their names; forms with the suffix left off only as a second choice."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self.exact: dict[str, list[Region]] = {}
        self.loose: dict[str, list[Region]] = {}
        for region in regions:
            if region.code:
                self.exact.setdefault(region.code, []).append(region)
            for form in forms(region):
                index = self.exact if form in (region.name, region.short_name) else self.loose
                index.setdefault(form, []).append(region)

    def named(self, wanted: str, home: Region | None = None) -> list[Region]:
        """The regions that the text names; their path may be written with ``home`` in place of what is above them."""
        if wanted.isdigit():
            return self.exact.get(statistical(wanted), [])
        for index in (self.exact, self.loose):
            found: dict[int, Region] = {}
            for ending in endings(wanted):
                start = wanted.removesuffix(ending)
                for region in index.get(ending, ()):
                    if spells(wanted, region) or (home is not None and spells(start, home)):
                        found[region.pk] = region
            if found:
                return list(found.values())
        return []

    def holder(self, wanted: str) -> Region | None:
        """The township that an address begins with, its name written in full: 马武镇 of 涪陵区马武镇石朝门村三组."""
        for end in range(min(len(wanted) - 1, _LONGEST_PATH), 1, -1):
            start = wanted[:end]
            found = {
                region.pk: region
                for ending in endings(start)
                for region in self.exact.get(ending, ())
                if region.level >= Rank.TOWNSHIP and spells(start, region)
            }
            if found:
                return next(iter(found.values())) if len(found) == 1 else None
        return None


def _beside(within: Region) -> list[Region]:
    """Regions whose townships may have been this one's: the main successor, and what a zone overlaps."""
    beside: list[Region] = []
    if within.ends is not None:
        steps = within.successions.exclude(kind=SuccessionKind.PART).select_related("after").order_by("on")
        beside += [step.after for step in steps][-1:]
    if within.kind == RegionKind.ZONE:
        beside += [lap.region for lap in Overlap.objects.filter(zone=within).select_related("region")]
    return beside
