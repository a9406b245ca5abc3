"""What a cell of a file holds, as far as a viewer may see it."""

from __future__ import annotations

from qiaojie.ledgers import sight
from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.viewer import Sight, Viewer
from qiaojie.lib import masks
from qiaojie.lib.cells import number_of, text_of
from qiaojie.lib.identity import normalise
from qiaojie.lib.numbers import shorten
from qiaojie.lib.values import Cell

from ..vocabulary.outcome import hide_numbers as hide

_FILLED = 500
"""Characters that a box is filled with at most: a longer text would come back cut off."""


def masked(field: Field | None, raw: Cell, viewer: Viewer) -> str:
    """What a cell holds: of personal data no more than the mask leaves."""
    if raw is None or raw == "":
        return ""
    if field is None or sight.handed_in(field, viewer) is Sight.WHOLE:
        return hide(shorten(raw))
    number = number_of(raw)
    if number is not None:
        return f"{number:.2E}"
    covered = field.value_kind.mask(normalise(raw) if field.kind != "name" else text_of(raw))
    return covered or masks.HIDDEN


def filled(field: Field, raw: Cell, viewer: Viewer) -> str:
    """What a box to mend the cell holds at first: its text; nothing where the viewer does not see all of it."""
    text = text_of(raw) if raw is not None else ""
    whole = sight.handed_in(field, viewer) is Sight.WHOLE and hide(text) == text and len(text) <= _FILLED
    return text if whole else ""
