"""What the registry holds under the keys that a file names: loaded in bulk, a few queries per thousand rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from qiaojie.ledgers import rows
from qiaojie.ledgers.models import State
from qiaojie.ledgers.rows import chunks
from qiaojie.notices.shape import GIVEN, Piece
from qiaojie.regions.models import Level, Region

FEW = 900
"""So many values go into one statement."""


def county_of(region: Region) -> Region:
    """The county (or zone of its rank) that a region is or lies in; the region itself where it lies above counties."""
    found = region
    while found.level > Level.COUNTY and found.parent is not None:
        found = found.parent
    return found


@dataclass(frozen=True, slots=True)
class Thing:
    """A class, base … that stands: its key in the registry, what tells it apart, and its last day where it has one."""

    pk: int
    key: tuple[Any, ...]
    ends: date | None = None


class Registry:
    """Rows of ledgers filed by one unit, by their keys."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._rows: dict[tuple[str, tuple[Any, ...]], Mapping[str, Any]] = {}
        self._alike: dict[tuple[str, tuple[Any, ...]], Mapping[str, Any]] = {}
        self._whole: set[str] = set()

    def row(self, piece: Piece, key: tuple[Any, ...]) -> Mapping[str, Any] | None:
        """The columns of the row with this key, None where there is none (or it was not loaded). A name that nobody has written
        just so is the one that is written otherwise."""
        found = self._rows.get((piece.ledger.code, key))
        return (
            found
            if found is not None or not piece.spelt
            else self._alike.get((piece.ledger.code, piece.folded(key)))
        )

    def things(self, piece: Piece) -> list[Thing]:
        """All rows of a ledger of things with names, the oldest first; one query, after which none of them has to be loaded."""
        ends = next((last for first, last in piece.spans if first in piece.key), "")
        columns = {*_columns(piece), *([ends] if ends else [])}
        self._whole.add(piece.ledger.code)
        found = []
        for record in self._filed(piece).order_by("pk").values("id", *sorted(columns)):
            key = self._hold(piece, record)
            found.append(Thing(record["id"], key, record[ends] if ends else None))
        return found

    def load(self, piece: Piece, keys: Iterable[tuple[Any, ...]]) -> None:
        """Load the rows that have these keys; withdrawn ones do not count. Of several alike, the oldest."""
        if piece.ledger.code in self._whole:
            return
        alike: dict[tuple[str, ...], set[tuple[Any, ...]]] = {}
        for key in keys:
            blank = tuple(column for column, value in zip(piece.key, key, strict=True) if value is None)
            alike.setdefault(blank, set()).add(key)
        for blank, wanted in alike.items():
            filed = self._blank(piece, blank)
            if filed is not None:
                self._take(piece, filed, wanted, [column for column in piece.key if column not in blank])

    def _take(
        self, piece: Piece, filed: QuerySet[Any], wanted: set[tuple[Any, ...]], stated: Sequence[str]
    ) -> None:
        # Rows are looked for by what is written in one way only, where anything is.
        exact = [column for column in stated if piece.key.index(column) not in piece.spelt]
        if piece.spelt:
            wanted = {piece.folded(key) for key in wanted}
        conditions = _statements(piece.key, wanted, exact) if exact else [({}, {})]
        for part, rest in conditions:
            found = filed.filter(**part, **rest).order_by("pk")
            for record in found.values("id", *_columns(piece)):
                if piece.folded(_key(piece, record)) in wanted:
                    self._hold(piece, record)

    def _hold(self, piece: Piece, record: Mapping[str, Any]) -> tuple[Any, ...]:
        key = _key(piece, record)
        self._rows.setdefault((piece.ledger.code, key), record)
        if piece.spelt:
            self._alike.setdefault((piece.ledger.code, piece.folded(key)), record)
        return key

    def _blank(self, piece: Piece, columns: Sequence[str]) -> QuerySet[Any] | None:
        """Rows in which these columns are blank; None where one of them never is, or nothing else tells rows apart."""
        filed = self._filed(piece)
        if len(columns) == len(piece.key):
            return None
        for name in columns:
            column = rows.column(piece.model, name)
            if column.null:
                filed = filed.filter(**{f"{name}__isnull": True})
            elif column.blank:
                filed = filed.filter(**{name: ""})
            else:
                return None
        return filed

    def _filed(self, piece: Piece) -> QuerySet[Any]:
        queryset: QuerySet[Any] = piece.model._default_manager.all()
        if piece.ledger.approved:
            queryset = queryset.exclude(state=State.WITHDRAWN)
        if piece.ledger.filed_by:
            queryset = queryset.filter(**{piece.ledger.filed_by: self.region})
        return queryset


class Nothing(Registry):
    """What is registered, to somebody who may not know of it: nothing."""

    def things(self, piece: Piece) -> list[Thing]:
        """There are none."""
        return []

    def load(self, piece: Piece, keys: Iterable[tuple[Any, ...]]) -> None:
        """There is nothing to load."""
        for _key in keys:
            pass


def _statements(
    columns: tuple[str, ...], wanted: set[tuple[Any, ...]], stated: Sequence[str]
) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    """Conditions that together find all wanted keys: the column of most values in groups, the others where few."""
    values = {column: {key[columns.index(column)] for key in wanted} for column in stated}
    most = max(values, key=lambda column: len(values[column]))
    rest = {
        f"{column}__in": list(held) for column, held in values.items() if column != most and len(held) <= FEW
    }
    for part in chunks(values[most]):
        yield {f"{most}__in": part}, rest


def _key(piece: Piece, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """The key of a row that stands; a text that a file leaves blank is kept as ''."""
    return tuple(None if record[column] == "" else record[column] for column in piece.key)


def _columns(piece: Piece) -> list[str]:
    """The columns that a plan compares or a commit changes."""
    names = {*piece.key, *piece.columns, *piece.constants, *piece.ledger.follows}
    names |= {source for source in piece.ledger.follows.values() if "__" not in source}
    ledger = piece.ledger
    # Which row it refers to, where it may stand without one or none is made, is no part of its key.
    names |= {
        f"{part.attribute}_id"
        for word, part in ledger.parts.items()
        if ledger.optional(part) or not ledger.makes(word)
    }
    if ledger.approved:
        names |= GIVEN - {"entered_at", "entered_by"}
    return sorted(names)
