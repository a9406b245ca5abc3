"""Rows that hang on the table's own: fields that another ledger adds to it, one row of it for each row at most."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from qiaojie.ledgers.declaration import ROW
from qiaojie.ledgers.models import State
from qiaojie.ledgers.rows import chunks
from qiaojie.notices.shape import GIVEN, Piece, Shape

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from ..vocabulary.outcome import CellChange, Rule
from . import cell_changes
from .cell_changes import Comparison, SaysLess


class HungRows:
    """What hangs on the rows that a file is about, as it stands and as the file asserts it."""

    def __init__(self, shape: Shape, says_less: SaysLess) -> None:
        self.pieces = shape.hung
        self.says_less = says_less
        self._standing: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._met: dict[tuple[str, int], Entity] = {}

    def load(self, keys: Iterable[int]) -> None:
        """What hangs on rows that are there, by their keys: a query for some hundred of them and each ledger that adds fields."""
        wanted = sorted(set(keys)) if self.pieces else []
        for piece in self.pieces:
            columns = sorted(
                {*piece.columns, *piece.constants, f"{ROW}_id", *(GIVEN - {"entered_at", "entered_by"})}
            )
            for part in chunks(wanted):
                found = piece.model._default_manager.filter(**{f"{ROW}__in": part})
                for record in found.exclude(state=State.WITHDRAWN).order_by("-pk").values("id", *columns):
                    self._standing[piece.ledger.code, record[f"{ROW}_id"]] = record

    def compare(self, line: Line, own: Entity, entities: Mapping[str, list[Entity]]) -> Comparison:
        """What a line says of what hangs on its own row: asserted of the row that is there, or of a new one. New rows are put
        among ``entities`` (by the ledger's code)."""
        total = Comparison()
        for piece in self.pieces:
            if not any(value not in (None, "") for value in line.parts[piece.word].values()):
                continue
            entity = self._entity(piece, own)
            if not entity.asserted:
                entity.asserted = True
                entities[piece.ledger.code].append(entity)
            total += cell_changes.compare(
                line, entity, self.says_less, foreign=False, shared=False, confirmed=True
            )
            if own.key is not None and entity.key is None:
                total.changes += _added(line, entity)
        return total

    def _entity(self, piece: Piece, own: Entity) -> Entity:
        name = piece.ledger.code, id(own)
        found = self._met.get(name)
        if found is None:
            standing = self._standing.get((piece.ledger.code, own.key)) if own.key is not None else None
            found = Entity(piece, standing["id"], standing) if standing else Entity(piece)
            found.refs = {f"{ROW}_id": own}
            self._met[name] = found
        return found


def _added(line: Line, entity: Entity) -> Collection[CellChange]:
    """What a line adds to a row that is there, told as what was empty there."""
    told = (
        cell_changes.told(line, entity, column, None, value, Rule.FILL, foreign=False)
        for column, value in entity.values.items()
    )
    return [one for one in told if one is not None]
