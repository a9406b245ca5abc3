"""A row of a ledger as a file asserts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qiaojie.notices.shape import Piece

from .places import CellPlace


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate to be added: its number, the key of the row that says it, and the county that issued it (None: not said)."""

    number: str
    row: int
    county: int | None = None


@dataclass(slots=True, eq=False)
class Entity:
    """A row of a ledger as the file asserts it: ``key`` and ``before`` of one that exists, ``values`` as asserted.

    ``refs`` are the rows it refers to by the referring column. Of a person, ``held`` are her certificates (20 characters
    → as kept), ``counties`` those tied to her, ``certificates`` the numbers to be added.
    """

    piece: Piece
    key: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, CellPlace] = field(default_factory=dict)
    refs: dict[str, Entity] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    counties: set[int] = field(default_factory=set)
    certificates: list[NewCertificate] = field(default_factory=list)
    computed: Mapping[str, Any] = field(default_factory=dict)
    """What the registry itself computes of figures that a form states, by the columns that would keep them."""
    asserted: bool = False
    """Whether a line that is written says something of it."""

    def value(self, column: str) -> Any:
        """The value that the column has after a commit."""
        if column in self.changes:
            return self.changes[column][1]
        return self.values.get(column) if self.key is None else self.before.get(column)
