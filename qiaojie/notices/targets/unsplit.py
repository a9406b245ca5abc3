"""Targets that wait for whoever holds them: not yet split over those beneath, or changed since they were."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qiaojie.regions.queries import edition

from .. import queries
from ..models import TargetVersion
from ..schema import Indicator, Notice
from .figures import Origin


@dataclass(frozen=True, slots=True)
class ToSplit:
    """An indicator of which a region holds ``held``; ``given`` is what it gave those beneath it (None: nothing yet)."""

    notice: Notice
    indicator: Indicator
    held: int
    given: int | None


def to_split(notices: Iterable[Notice], region_id: int, today: date) -> list[ToSplit]:
    """What a region has to split, or to split anew; of notices whose time is over only what it had begun to.

    One query, and up to five a notice that comes into question.
    """
    begun = set(
        TargetVersion.objects.filter(origin=Origin.SPLIT, region=region_id).values_list("notice", flat=True)
    )
    found: list[ToSplit] = []
    for notice in notices:
        current = notice.span.begins <= today <= notice.span.ends
        if notice.code not in begun and not current:
            continue
        given = queries.targets_below(notice, region_id) if notice.code in begun else {}
        held = queries.held(notice, region_id)
        splittable = current and bool(queries.children(notice, region_id))
        issued = region_id == edition(notice.edition).root_id
        for indicator in notice.indicators:
            number, split = held.get(indicator.code), given.get(indicator.code)
            if number and split is not None and split.difference:
                found.append(ToSplit(notice, indicator, number, split.added))
            elif number and split is None and splittable and not issued and indicator.unit != "%":
                found.append(ToSplit(notice, indicator, number, None))
    return found
