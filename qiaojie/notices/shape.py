"""How a table's fields fall to the rows of ledgers: which column of which ledger keeps what the form says."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Field as Column
from django.db.models import ForeignKey, Model
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, rows
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.limits import Limit
from qiaojie.lib.findings import Unusable
from qiaojie.lib.titles import title_key
from qiaojie.people.models import Person
from qiaojie.tables.form import Form

from .ledger_fields import field_of

GIVEN = frozenset({"state", "entered_at", "entered_by", "approved_at", "approved_by"})
"""Columns of a fact that intake itself fills."""


@dataclass(frozen=True, slots=True)
class KeptField:
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
    targets: tuple[KeptField, ...]
    constants: Mapping[str, Any]
    optional: bool = False
    """Whether the table's own row may stand without a row of this piece."""
    made: bool = True
    """Whether a row that is named and not there is made; False where it is only looked up."""

    def named(self, values: Mapping[str, Any]) -> bool:
        """Whether what a row says of this piece (by column) names one: where it may be lacking, anything at all."""
        return not self.optional or any(value not in (None, "") for value in values.values())

    @cached_property
    def model(self) -> type[Model]:
        """The model of the ledger."""
        return self.ledger.model

    @cached_property
    def is_person(self) -> bool:
        """Whether the rows are persons, who are found by evidence and not by key."""
        return self.model is Person

    @cached_property
    def columns(self) -> Mapping[str, KeptField]:
        """Targets by the column they are kept in."""
        found = {t.column: t for t in self.targets if t.column}
        return {**found, **{t.until: t for t in self.targets if t.until}}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Columns that, with the filing unit, tell rows apart; all of the table's where the ledger names none."""
        named = tuple(rows.column(self.model, name).attname for name in self.ledger.key)
        return named or tuple(sorted({*self.columns, *self.constants}))

    @cached_property
    def spelt(self) -> tuple[int, ...]:
        """The places in ``key`` of names as people write them."""
        names = {rows.column(self.model, name).attname for name in self.ledger.spelt}
        return tuple(at for at, column in enumerate(self.key) if column in names)

    def folded(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """A key as rows are told apart by it: names by what their spellings have in common."""
        if not self.spelt:
            return key
        held = list(key)
        for at in self.spelt:
            if isinstance(held[at], str):
                held[at] = title_key(held[at])
        return tuple(held)

    @cached_property
    def required(self) -> frozenset[str]:
        """Columns that a new row cannot do without; none where no row is made."""
        if not self.made:
            return frozenset()
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
    def telling(self) -> tuple[str, ...]:
        """Columns of which a row that is looked up has to be told by one: those that tell it alone, and its title."""
        own = self.ledger.title and "." not in self.ledger.title
        title = (rows.column(self.model, self.ledger.field(self.ledger.title).column).attname,) if own else ()
        return (*(rows.column(self.model, name).attname for name in self.ledger.known_by), *title)

    @cached_property
    def own_target(self) -> Mapping[str, KeptField]:
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

    def span(self, column: str) -> tuple[Field, str, str] | None:
        """The field of a span of days that a column is the first or last day of, and both columns."""
        for field in self.ledger.fields:
            first = kept_column(self.ledger, field) if field.until else ""
            if first and column in (first, field.until):
                return field, first, field.until
        return None

    def label(self, column: str) -> str:
        """What people call a column."""
        declared = self.declared(column)
        if declared is None and (span := self.span(column)) is not None:
            declared = span[0]
        return column if declared is None else str(declared.label)

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Pairs of columns that are the first and the last day of something."""
        return self.ledger.spans


@dataclass(frozen=True)
class Shape:
    """A table's fields parted among ledgers: the rows referred to first, the table's own last.

    ``claims`` and ``limits`` are the table's (``forms.TableDef``).
    """

    parts: tuple[Piece, ...]
    own: Piece
    claims: Mapping[str, str]
    limits: tuple[Limit, ...]
    hung: tuple[Piece, ...] = ()
    """What other ledgers add to the table's own row: rows that refer to it."""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces, those that others refer to first."""
        return (*self.parts, self.own, *self.hung)

    def referring(self, refs: Container[str]) -> list[Piece]:
        """The pieces of a row that refers to rows by these columns: all but those that its own row stands without."""
        return [piece for piece in (*self.parts, self.own) if not piece.attribute or piece.attribute in refs]

    @cached_property
    def people(self) -> tuple[Piece, ...]:
        """The pieces that are persons."""
        return tuple(piece for piece in self.pieces if piece.is_person)

    def kept_in(self, name: str) -> tuple[Piece | None, str]:
        """The piece and the column that keep a field of the table's ledger, whether or not the table has a column of it."""
        ledger = self.own.ledger
        word = _word(ledger, name)
        piece = next((piece for piece in self.pieces if piece.word == word), None)
        if piece is None:
            return None, ""
        return piece, kept_column(piece.ledger, _declared(piece.ledger, ledger, word, name))


def part(
    table: str,
    code: str,
    fields: Iterable[str],
    claims: Mapping[str, str],
    sets: Mapping[str, Any],
    limits: tuple[Limit, ...],
) -> Shape:
    """The fields of a table (by its name) parted among its ledger (by its code) and those that it refers to.

    ``fields`` are what the form says; ``claims``, ``sets`` and ``limits`` as ``forms.TableDef`` has them. Raises Unusable
    ``table_incomplete`` where something is lacking that every row of a ledger needs.
    """
    ledger = declaration.get(code)
    if not ledger.made:
        message = _("“%(table)s”列出的%(ledger)s在系统里另有登记的页面，不能导入。")
        raise Unusable("table_not_read", message % {"table": table, "ledger": ledger.label})
    names: dict[str, list[str]] = {"": []}
    for name in (*fields, *claims.values(), *sets):
        names.setdefault(_word(ledger, name), []).append(name)
    parts = tuple(_piece(ledger, word, names[word], sets) for word in ledger.parts if word in names)
    hung = tuple(_hung(ledger, word, names[word], sets) for word in declaration.added(code) if word in names)
    whole = Shape(parts, _piece(ledger, "", names[""], sets), claims, limits, hung)
    for piece in (*parts, whole.own):
        if not piece.made and not {*piece.telling} & {*piece.columns, *piece.constants}:
            message = _("表“%(table)s”没有说明是哪个%(ledger)s的栏目（%(columns)s），不能导入。")
            labels = "、".join(piece.label(column) for column in piece.telling)
            said = {"table": table, "ledger": piece.ledger.label, "columns": labels}
            raise Unusable("table_incomplete", message % said)
        stated = {*piece.columns, *piece.constants, *piece.ledger.follows, *(p.attribute for p in parts)}
        missing = piece.required - stated
        if missing:
            labels = "、".join(piece.label(column) for column in sorted(missing))
            message = _("表“%(table)s”缺少台账“%(ledger)s”必需的栏目：%(columns)s，不能导入。")
            raise Unusable(
                "table_incomplete",
                message % {"table": table, "ledger": piece.ledger.label, "columns": labels},
            )
    return whole


def said_above(code: str, form: Form) -> tuple[str, ...]:
    """Fields of a ledger (by its code) that a form's captions say for all of its rows."""
    known = {field.name for field in declaration.get(code).fields}
    stated = dict.fromkeys(part.field for part in form.captions if part.field in known)
    return tuple(name for name in stated if name is not None and name not in form.fields)


def _word(ledger: Ledger, name: str) -> str:
    first, dot, _rest = name.partition(".")
    return first if dot and (first in ledger.parts or first in declaration.added(ledger.code)) else ""


def _piece(ledger: Ledger, word: str, names: list[str], sets: Mapping[str, Any]) -> Piece:
    held = declaration.get(ledger.parts[word].ledger) if word else ledger
    targets: dict[str, KeptField] = {}
    constants: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        declared = _declared(held, ledger, word, name)
        column = kept_column(held, declared)
        if name in sets:
            constants[column] = sets[name]
        else:
            targets[name] = KeptField(name, declared, column, declared.until if column else "")
    attribute = rows.column(ledger.model, ledger.parts[word].attribute).attname if word else ""
    optional = bool(word) and ledger.optional(ledger.parts[word])
    made = ledger.makes(word) if word else held.made
    return Piece(word, held, attribute, tuple(targets.values()), constants, optional, made)


def _hung(ledger: Ledger, word: str, names: list[str], sets: Mapping[str, Any]) -> Piece:
    """What of a table's row belongs to a row that another ledger adds to it."""
    held = declaration.get(declaration.added(ledger.code)[word])
    targets: dict[str, KeptField] = {}
    constants: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        declared = held.field(name.removeprefix(f"{word}."))
        column = kept_column(held, declared)
        if name in sets:
            constants[column] = sets[name]
        else:
            targets[name] = KeptField(name, declared, column, declared.until)
    return Piece(word, held, "", tuple(targets.values()), constants, optional=True)


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
    if rest and declared.name.partition(".")[0] in declaration.added(ledger.code):
        return ""
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
