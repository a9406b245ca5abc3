"""What a column of the database can hold: SQLite takes anything, PostgreSQL refuses a whole file for one cell."""

from __future__ import annotations

from typing import Any

from django.db.models import Field as Column
from django.utils.translation import gettext as _

from qiaojie.ledgers import rows
from qiaojie.lib.findings import Finding
from qiaojie.lib.money import LARGEST
from qiaojie.lib.text import name_key
from qiaojie.notices.shape import Piece

_LARGEST = {
    "SmallIntegerField": 2**15 - 1,
    "PositiveSmallIntegerField": 2**15 - 1,
    "IntegerField": 2**31 - 1,
    "PositiveIntegerField": 2**31 - 1,
    "BigIntegerField": 2**63 - 1,
    "PositiveBigIntegerField": 2**63 - 1,
}
"""The largest number of each kind of column."""

NUMBERS = frozenset(kind for kind, most in _LARGEST.items() if most < LARGEST)
"""Kinds of columns that hold numbers of which a cell may say a larger one."""

_LONGEST_FORM = 18
"""So many characters the compared form of one character has at most (NFKC of U+FDFA)."""

_KEY_OF_NAME = "name_key"
"""The column beside a person's name by which spellings of it are compared: its text may be the longer one."""


def column_of(piece: Piece, name: str) -> Column[Any, Any] | None:
    """The column of a ledger that a piece of a row is kept in; None for what a table only says."""
    return rows.column(piece.model, name) if name in piece.columns else None


def fits(kept: Column[Any, Any], value: Any) -> bool:
    """Whether a column can hold a value."""
    if isinstance(value, str):
        most = kept.max_length
        if most is None:
            return True
        if len(value) * _LONGEST_FORM <= most:
            return True
        return len(value) <= most and (not _has_key(kept) or len(name_key(value)) <= most)
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= _LARGEST.get(kept.get_internal_type(), abs(value))
    return True


def _has_key(kept: Column[Any, Any]) -> bool:
    return kept.name == "name" and any(
        other.name == _KEY_OF_NAME for other in kept.model._meta.concrete_fields
    )


def misfit(kept: Column[Any, Any], value: Any, label: str) -> Finding | None:
    """``text_too_long``, ``number_too_large`` where a column, which people call ``label``, cannot hold a value."""
    if fits(kept, value):
        return None
    if isinstance(value, str):
        message = _("“%(field)s”最多 %(most)d 个字，这里有 %(number)d 个。")
        number = max(len(value), len(name_key(value)) if _has_key(kept) else 0)
        return Finding(
            "text_too_long", message % {"field": label, "most": kept.max_length or 0, "number": number}
        )
    message = _("“%(field)s”最大是 %(most)d，填的数太大，可能填错了列，请核对。")
    return Finding("number_too_large", message % {"field": label, "most": _LARGEST[kept.get_internal_type()]})
