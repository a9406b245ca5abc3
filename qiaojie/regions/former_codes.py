"""Codes of divisions that had ended by 1997, and those that came after them: identity numbers keep them for life."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from . import cache
from .models import Region, Succession

LAST = date(1997, 12, 31)
"""Divisions that had ended by then gave codes of before 1997; of those dates only the year is known."""


def successors() -> Mapping[str, frozenset[str]]:
    """By a code of before 1997: every code (six digits) that came after it, in one step or several. Two queries, then kept."""
    return cache.keep("former codes", _successors)


def related(one: str, other: str) -> bool:
    """Whether one of two codes stood before 1997 and the other came after it."""
    after = successors()
    return other in after.get(one, ()) or one in after.get(other, ())


def _successors() -> Mapping[str, frozenset[str]]:
    codes = dict(Region.objects.exclude(code="").values_list("pk", "code"))
    former = Region.objects.filter(ends__lte=LAST).exclude(code="").values_list("pk", flat=True)
    steps: dict[int, set[int]] = defaultdict(set)
    for before, after in Succession.objects.values_list("before_id", "after_id"):
        steps[before].add(after)
    found: dict[str, set[str]] = defaultdict(set)
    for first in former:
        met, ahead = {first}, [first]
        while ahead:
            new = steps[ahead.pop()] - met
            met |= new
            ahead += new
        found[codes[first]] |= {codes[pk] for pk in met if pk in codes} - {codes[first]}
    return {code: frozenset(after) for code, after in found.items()}
