"""What a form holds before anybody types: what it is about, an earlier row as the pattern, what stays of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qiaojie.ledgers import queries
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dates import DateSpan
from qiaojie.notices.forms import TableDef
from qiaojie.notices.shape import KeptField, Piece
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region

from .boxes import Box, boxes

Texts = dict[str, str]

_OF_ONE_ROW = frozenset({"money", "certificate", "id_number"})
"""Kinds of values that are hardly the same in the next row."""


@dataclass(frozen=True, slots=True)
class About:
    """Rows of other ledgers that everything entered is about, by word (``person``, ``class``): what the closed boxes say,
    and what a page calls them. ``region`` is the unit whose rows they are, where they are filed by one."""

    closed: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    region: Region | None = None

    @property
    def person(self) -> int | None:
        """The person who was chosen."""
        return self.keys.get("person")


def about(table: TableDef, keys: Mapping[str, int], viewer: Viewer) -> About:
    """The form as it is about certain rows of the ledgers that the table's rows refer to (their keys by word).

    Of a person every box but her name is closed and left empty: who she is, is known. Words that the table does not have
    are left out. Raises Refused for a row that the viewer may not see.
    """
    closed: Texts = {}
    known: dict[str, int] = {}
    titles: dict[str, str] = {}
    region: Region | None = None
    for piece in table.shape.parts:
        word = piece.word
        if word not in keys:
            continue
        row = queries.one(piece.ledger, viewer, keys[word])
        known[word], titles[word] = keys[word], _title(piece, row)
        if piece.is_person:
            name = piece.own_target.get("name")
            closed |= {target.name: "" for target in piece.targets}
            if name is not None:
                closed[name.name] = titles[word]
        else:
            closed |= {target.name: "" for target in piece.targets} | dict(_texts(piece, row))
            region = getattr(row, piece.ledger.filed_by, None) if piece.ledger.filed_by else region
    return About(closed, known, titles, region)


def words(table: TableDef) -> tuple[str, ...]:
    """The words by which rows that a form may be about are named in addresses."""
    return tuple(piece.word for piece in table.shape.parts)


def like(table: TableDef, pk: int, viewer: Viewer) -> Texts:
    """A new row after the pattern of an earlier one of the table's own ledger: all that is no day, nobody's, and no evidence
    of the earlier one. Raises Refused where the viewer may not see it."""
    piece = table.shape.own
    row = queries.one(piece.ledger, viewer, pk)
    found = dict(_texts(piece, row, copying=True))
    for part in table.shape.parts:
        if not part.is_person:
            found |= dict(_texts(part, getattr(row, part.attribute.removesuffix("_id")), copying=True))
    return found


def again(table: TableDef, typed: Mapping[str, str]) -> Texts:
    """What stays for the next row: nothing of the person, no sums, no remarks."""
    people = {target.name for piece in table.shape.people for target in piece.targets}
    return {
        box.name: typed[box.name]
        for box in boxes(table)
        if typed.get(box.name) and box.name not in people and _stays(box)
    }


def _stays(box: Box) -> bool:
    return box.kind not in _OF_ONE_ROW and box.name.rpartition(".")[2] != "remark"


def _texts(piece: Piece, row: Any, *, copying: bool = False) -> Iterator[tuple[str, str]]:
    """What the boxes of a piece say of one of its rows."""
    for target in piece.targets:
        if not target.column or (copying and not _copied(target)):
            continue
        text = _text(target, row)
        if text:
            yield target.name, text


def _copied(target: KeptField) -> bool:
    return not target.field.guarded and target.field.copied and target.field.kind not in {"date", "date_span"}


def _text(target: KeptField, row: Any) -> str:
    value, declared = getattr(row, target.column), target.field
    if value is None or value == "":
        return ""
    if declared.kind == "region":
        region = getattr(row, target.column.removesuffix("_id"))
        return regions.path_name(region)
    if declared.kind == "yes_no":
        return str(int(value))
    if target.until:
        return declared.value_kind.print(DateSpan(value, getattr(row, target.until)))
    if declared.kind == "choice" or isinstance(value, date):
        return str(value)
    return declared.value_kind.print(value, declared.unit)


def _title(piece: Piece, row: Any) -> str:
    return str(getattr(row, piece.ledger.field(piece.ledger.title).column, ""))
