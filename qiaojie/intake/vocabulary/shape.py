"""How a table's fields fall to the rows of ledgers, and such a row as a file asserts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from django.db.models import Field as Column
from django.db.models import ForeignKey, Model
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, rows
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.findings import Unusable
from qiaojie.notices.forms import TableDef, field_of
from qiaojie.people.models import Person

T = TypeVar("T")

GIVEN = frozenset({"state", "entered_at", "entered_by", "approved_at", "approved_by"})
"""Columns of a fact that intake itself fills."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a field of a table is kept. ``column`` is '' for what is computed and for a certificate's number."""

    name: str
    field: Field
    column: str
    until: str = ""


@dataclass(frozen=True, eq=False)
class Piece:
    """What of a table's row belongs to a row of one ledger.

    ``word`` is the first word of its fields ('' for the ledger's own), ``attribute`` the column by which the table's
    own row refers to it ('' for the own row). ``constants`` are columns that the table sets in every row.
    """

    word: str
    ledger: Ledger
    attribute: str
    targets: tuple[Target, ...]
    constants: Mapping[str, Any]

    @cached_property
    def model(self) -> type[Model]:
        """The model of the ledger."""
        return self.ledger.model

    @cached_property
    def is_person(self) -> bool:
        """Whether the rows are persons, who are found by evidence and not by key."""
        return self.model is Person

    @cached_property
    def columns(self) -> Mapping[str, Target]:
        """Targets by the column they are kept in."""
        found = {t.column: t for t in self.targets if t.column}
        return {**found, **{t.until: t for t in self.targets if t.until}}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Columns that, with the filing unit, tell rows apart; all of the table's where the ledger names none."""
        named = tuple(rows.column(self.model, name).attname for name in self.ledger.key)
        return named or tuple(sorted({*self.columns, *self.constants}))

    @cached_property
    def required(self) -> frozenset[str]:
        """Columns that a new row cannot do without."""
        given = set(GIVEN) | {rows.column(self.model, name).attname for name in self.ledger.follows}
        given |= {rows.column(self.model, part.attribute).attname for part in self.ledger.parts.values()}
        if self.is_person:
            # It follows from the name.
            given.add("name_key")
        if self.ledger.filed_by:
            given.add(rows.column(self.model, self.ledger.filed_by).attname)
        return (
            frozenset(column.attname for column in self.model._meta.concrete_fields if _needed(column))
            - given
        )

    @cached_property
    def own_target(self) -> Mapping[str, Target]:
        """Targets by their field's name in the ledger."""
        return {t.field.name.removeprefix(f"{self.word}."): t for t in self.targets}

    def declared(self, column: str) -> Field | None:
        """The field that stands for a column: the one the table names, else the ledger's."""
        target = self.columns.get(column)
        if target is not None and column == target.column and not target.until:
            return target.field
        return next(
            (f for f in self.ledger.fields if not f.until and kept_column(self.ledger, f) == column), None
        )

    def label(self, column: str) -> str:
        """What people call a column."""
        declared = self.declared(column)
        return column if declared is None else str(declared.label)

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Pairs of columns that are the first and the last day of something."""
        return [(f.path, f.until) for f in self.ledger.fields if f.until]


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
    origin: dict[str, str] = field(default_factory=dict)
    refs: dict[str, Entity] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    counties: set[int] = field(default_factory=set)
    certificates: list[str] = field(default_factory=list)
    asserted: bool = False
    """Whether a line that is written says something of it."""

    def value(self, column: str) -> Any:
        """The value that the column has after a commit."""
        if column in self.changes:
            return self.changes[column][1]
        return self.values.get(column) if self.key is None else self.before.get(column)


@dataclass(frozen=True)
class Shape:
    """A table's fields parted among ledgers: the rows referred to first, the table's own last."""

    table: TableDef
    parts: tuple[Piece, ...]
    own: Piece

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces, those that others refer to first."""
        return (*self.parts, self.own)


def shape(table: TableDef) -> Shape:
    """How the table's fields fall to ledgers.

    Raises Unusable: ``table_not_read`` (a matrix is computed, not handed in), ``table_incomplete`` where the table lacks
    a column that every row of its ledger needs.
    """
    if not table.handed_in:
        raise Unusable("table_not_read", _("“%s”由系统计算生成，不能导入。") % table.name)
    ledger = declaration.get(table.ledger)
    names: dict[str, list[str]] = {"": []}
    for name in (*table.form.fields, *above(table), *table.claims.values(), *table.sets):
        names.setdefault(_word(ledger, name), []).append(name)
    parts = [_piece(table, ledger, word, names[word]) for word in ledger.parts if word in names]
    whole = Shape(table, tuple(parts), _piece(table, ledger, "", names[""]))
    for piece in whole.pieces:
        stated = {*piece.columns, *piece.constants, *piece.ledger.follows, *(p.attribute for p in parts)}
        missing = piece.required - stated
        if missing:
            labels = "、".join(piece.label(column) for column in sorted(missing))
            message = _("表“%(table)s”缺少台账“%(ledger)s”必需的栏目：%(columns)s，不能导入。")
            raise Unusable(
                "table_incomplete",
                message % {"table": table.name, "ledger": piece.ledger.label, "columns": labels},
            )
    return whole


def per_table(work: Callable[[TableDef], T]) -> Callable[[TableDef], T]:
    """A function that follows from a table's declaration alone: worked out once, for as long as the table is kept.

    What it gives must not refer to the table, or the table would be kept for ever.
    """
    kept: WeakKeyDictionary[TableDef, T] = WeakKeyDictionary()

    @wraps(work)
    def known(table: TableDef) -> T:
        if table not in kept:
            kept[table] = work(table)
        return kept[table]

    return known


@per_table
def takes(table: TableDef) -> bool:
    """Whether a filled form of it can be taken in at all: it has what every row of its ledgers needs."""
    try:
        shape(table)
    except Unusable:
        return False
    return True


def kept_in(whole: Shape, name: str) -> tuple[Piece | None, str]:
    """The piece and the column that keep a field of the table's ledger, whether or not the table has a column of it."""
    ledger = whole.own.ledger
    word = _word(ledger, name)
    piece = next((piece for piece in whole.pieces if piece.word == word), None)
    if piece is None:
        return None, ""
    return piece, kept_column(piece.ledger, _declared(piece.ledger, ledger, word, name))


def above(table: TableDef) -> tuple[str, ...]:
    """Fields of the ledger that the form's captions say for all of its rows (a base's name above those it helped)."""
    known = {field.name for field in declaration.get(table.ledger).fields}
    stated = dict.fromkeys(part.field for part in table.form.captions if part.field in known)
    return tuple(name for name in stated if name is not None and name not in table.form.fields)


def _word(ledger: Ledger, name: str) -> str:
    first, dot, _rest = name.partition(".")
    return first if dot and first in ledger.parts else ""


def _piece(table: TableDef, ledger: Ledger, word: str, names: list[str]) -> Piece:
    held = declaration.get(ledger.parts[word].ledger) if word else ledger
    targets: dict[str, Target] = {}
    constants: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        declared = _declared(held, ledger, word, name)
        column = kept_column(held, declared)
        if name in table.sets:
            constants[column] = table.sets[name]
        else:
            targets[name] = Target(name, declared, column, declared.until if column else "")
    attribute = rows.column(ledger.model, ledger.parts[word].attribute).attname if word else ""
    return Piece(word, held, attribute, tuple(targets.values()), constants)


def _declared(held: Ledger, ledger: Ledger, word: str, name: str) -> Field:
    """The field as the ledger that keeps it declares it."""
    bare = name.removeprefix(f"{word}.") if word else name
    try:
        return held.field(bare)
    except KeyError:
        return field_of(ledger, name)


def kept_column(ledger: Ledger, declared: Field) -> str:
    """The column that keeps a field; '' where nothing is kept: computed, of another row, or the filing unit itself."""
    if declared.expression is not None:
        return ""
    first, _sep, rest = declared.column.partition("__")
    if not rest:
        return rows.column(ledger.model, first).attname
    if declared.kind == "region" and first != ledger.filed_by:
        return rows.column(ledger.model, first).attname
    return ""


def _needed(column: Column[Any, Any]) -> bool:
    return not (
        column.null
        or column.blank
        or column.primary_key
        or column.has_default()
        or isinstance(column, ForeignKey)
    )
