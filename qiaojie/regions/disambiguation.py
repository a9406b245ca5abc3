"""Choosing the one region that a text means, out of those that bear the name."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .models import Region, Succession
from .naming import dated, path

_TAIL = 6
"""How many characters of a text are compared when a name is suggested: the last ones, for what stands before is mostly right."""

FEW = 1500
"""How many regions are few enough to compare a text with each of them (some 10 µs apiece)."""

_ALIKE = 0.6
"""From which share of common characters (0–1) a name is worth suggesting: of three characters one may be wrong, of two none."""

_SHOWN = 6
"""How many possible meanings a message lists."""


class Lineage:
    """What came after what, over any number of steps; reads all successions in one query."""

    def __init__(self) -> None:
        self._after: dict[int, list[tuple[int, int, int]]] = {}
        steps = Succession.objects.order_by().values_list("before", "after", "after__first", "after__last")
        for before, after, first, last in steps:
            self._after.setdefault(before, []).append((after, first, last))

    def leads(self, region: Region, others: Collection[Region]) -> bool:
        """Whether one of the other regions is, or lies in, something that came after the region."""
        seen: set[int] = set()
        ahead = [region.pk]
        while ahead:
            for after, first, last in self._after.get(ahead.pop(), ()):
                if after in seen:
                    continue
                seen.add(after)
                ahead.append(after)
                if any(first <= other.first <= last for other in others if other.pk != region.pk):
                    return True
        return False


def choose(
    text: str,
    candidates: Collection[Region],
    on: date | None,
    lineage: Callable[[], Lineage],
    near: Collection[str] = (),
) -> Region:
    """The one candidate that is meant; parents must have been selected with the candidates.

    With ``on``, only what existed on that day counts. Without, an ended region gives way to another candidate that
    came out of it (忠县 of 1990 to 忠县 of today; 涪陵市 of 1996 to 涪陵区, which lies in what 涪陵市 became part of).

    Raises Unusable: ``region_unknown`` (with the ``near`` names, or with what had the name on another day) and
    ``region_ambiguous`` (with every full path).
    """
    if not candidates:
        raise Unusable("region_unknown", unknown(text, near))
    left = [region for region in candidates if on is None or region.alive(on)]
    if not left and on is not None:
        raise Unusable("region_unknown", _not_then(text, candidates, on))
    if on is None and len(left) > 1:
        known = lineage()
        left = [region for region in left if region.ends is None or not known.leads(region, left)]
    if len(left) != 1:
        raise Unusable("region_ambiguous", ambiguous(text, left))
    return left[0]


def unknown(text: str, near: Collection[str]) -> str:
    """The sentence for a name that nothing bears."""
    guesses = "、".join(near)
    if guesses:
        return _("没有找到区域“%(text)s”。是否是：%(near)s？") % {"text": text, "near": guesses}
    return _("没有找到区域“%(text)s”，请写区划代码或全称，例如“重庆市涪陵区”。") % {"text": text}


def ambiguous(text: str, regions: Collection[Region]) -> str:
    """The sentence for a name that several regions bear, with their paths."""
    paths = sorted(dated(region) for region in regions)
    shown = "、".join(paths[:_SHOWN])
    if len(paths) > _SHOWN:
        shown = _("%(shown)s等%(count)d处") % {"shown": shown, "count": len(paths)}
    return _("“%(text)s”不止一处：%(paths)s。请连同上级一起写。") % {"text": text, "paths": shown}


def _not_then(text: str, regions: Collection[Region], on: date) -> str:
    paths = "、".join(sorted(_span(region) for region in regions)[:_SHOWN])
    return _("“%(text)s”在%(on)s不存在：%(paths)s。") % {"text": text, "on": on.isoformat(), "paths": paths}


def _span(region: Region) -> str:
    def known(bound: date | None) -> str:
        if bound is None:
            return ""
        if not region.dates_uncertain:
            return bound.isoformat()
        return f"{bound:%Y-%m}" if bound.month > 1 else f"{bound:%Y}"

    return f"{path(region)}（{known(region.begins)}—{known(region.ends)}）"


def pairs(text: str) -> set[str]:
    """The neighbouring characters at the end of a text, where the name of the region itself stands."""
    if text.isdigit():
        return set()
    tail = text[-_TAIL:]
    return {tail[at : at + 2] for at in range(len(tail) - 1)} - {"街道", "自治"}


def nearest(text: str, regions: Collection[Region]) -> list[str]:
    """The paths written most like the text, best first.

    Of more than ``FEW`` regions only those that share two characters with the end of the text are compared.
    """
    shared = pairs(text)
    scored: dict[str, float] = {}
    for region in regions:
        if len(regions) <= FEW or any(pair in region.name for pair in shared):
            name = SequenceMatcher(None, text[-len(region.name) :], region.name).ratio()
            if name >= _ALIKE:
                whole = path(region)
                scored[whole] = name + SequenceMatcher(None, text, whole).ratio()
    return sorted(scored, key=lambda whole: -scored[whole])[:3]
