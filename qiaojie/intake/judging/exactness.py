"""Which of two codes of one thing says less than the other: a county less than its township, 初中 less than 初中毕业.

Lists of other systems and old forms are often coarser than what is kept. What says less is true of what says more, so it
is no difference, changes nothing and asks nobody.
"""

from __future__ import annotations

from typing import Any

from qiaojie.notices.shape import Piece
from qiaojie.regions.models import Region

from .cell_changes import silent


class Exactness:
    """Compares codes of regions, and of classifications whose tens stand for all their units. One query for each region
    that a file names where something finer is kept, however many rows do."""

    def __init__(self) -> None:
        self._inside: dict[int, frozenset[int]] = {}

    def says_less(self, piece: Piece, column: str, before: Any, value: Any) -> bool:
        """Whether ``value`` is true of ``before`` and says less."""
        if value == before or before in (None, ""):
            return False
        if silent(piece, column, value):
            return True
        declared = piece.declared(column)
        if declared is not None and declared.kind == "region":
            return before in self._within(value)
        if declared is not None and declared.kind == "certificate":
            # Most lists leave out how often a certificate was issued again.
            return str(before).startswith(str(value))
        # The nines are no class: 其他学历 is not what 未上过学 is a kind of.
        tens = f"{str(before)[:1]}0"
        return piece.is_person and column == "education" and value == tens and tens != "90"

    def _within(self, region: int) -> frozenset[int]:
        found = self._inside.get(region)
        if found is None:
            bounds = Region.objects.filter(pk=region).values_list("first", "last").first()
            keys = (
                Region.objects.filter(first__gte=bounds[0], last__lte=bounds[1])
                .exclude(pk=region)
                .values_list("pk", flat=True)
                if bounds is not None
                else ()
            )
            found = self._inside[region] = frozenset(keys)
        return found
