"""Cells mended in a plan: what is read in their place. The file itself stays as it came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qiaojie.lib.values import Cell

MENDED = "cell_mended"
"""The finding that tells of a mended cell."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A cell that is read otherwise than it was handed in. ``row`` is the key of its row (that of a sheet's row 0 for what stands
    above all rows), ``field`` what its column is read as, ``text`` what is read instead, ``was`` what was handed in; ``by`` and
    ``at`` (ISO, with its zone) say whose mend it is."""

    row: int
    field: str
    text: str
    was: Cell
    by: str
    at: str

    @property
    def place(self) -> tuple[int, str]:
        """What tells it apart in a file."""
        return self.row, self.field


def said(mends: Iterable[Mend]) -> list[tuple[int, str, str]]:
    """What mends make a file say, whoever made them."""
    return sorted((mend.row, mend.field, mend.text) for mend in mends)
