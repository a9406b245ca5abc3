"""From data (a table of a TOML file, JSON, or a mapping of our own) to a condition, held against the fields of a ledger.

A table names fields, each with what it must be; all of them hold. Three words stand for no field: ``all`` and ``any`` (lists
of tables) and ``not`` (a table). What people wrote is checked (``read``), what the program puts together is not (``typed``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable
from qiaojie.lib.money import FEN

from ..declaration import Field, Ledger
from . import faults, resolving
from .data import GROUPS, WORDS, WORKED_OUT, unknown_word
from .faults import ConditionFault
from .resolving import DAYS, NUMBERS, SPAN
from .tree import (
    EVERYTHING,
    ROW_KEYS,
    AgeTerm,
    AllOf,
    Bound,
    Contains,
    DaysTerm,
    FieldTerm,
    IsOneOf,
    Known,
    Node,
    Not,
    RowKeys,
    SameAs,
    ShareTerm,
    Term,
    both,
    either,
)

_MONEY_UNITS: Final = ("元", "万元")

MOST_LEAVES: Final = 200
"""So many comparisons one condition may have: the longest of the notices has twelve, and a statement grows with each."""

MOST_DEEP: Final = 8
"""So deep groups may stand in groups: nobody reads deeper ones."""

MOST_VALUES: Final = 1_000
"""So many values one list may have; SQLite takes some tens of thousands in one statement."""


def typed(ledger: Ledger, where: Mapping[str, Any]) -> Node:
    """The condition of a mapping whose values are typed as the fields are (money in fen, unless a unit stands beside it), and
    which may ask what a text contains (``has``) and for rows by their keys (``pk``). Raises Unusable ``field_unknown``, and
    the code of the first fault of what is no condition at all."""
    reader = _Reader(ledger, strict=False)
    node = reader.table(where, "", 0)
    if reader.faults:
        first = reader.faults[0]
        raise Unusable(first.code, first.message)
    return node


def read(
    ledger: Ledger, where: Mapping[str, Any], key: str = "where", *, asked: bool = True
) -> tuple[Node, list[ConditionFault]]:
    """The condition that people wrote of a ledger's rows, and everything that is wrong with it, each under its key.

    ``asked``: a database is asked for it; else it is only held against rows that are at hand, so that it may name what is
    encrypted. A condition with faults is of no use.
    """
    reader = _Reader(ledger, strict=True, asked=asked)
    node = reader.table(where, key, 0)
    return node, reader.faults


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a condition something stands: its key, and the field it is said of."""

    key: str
    name: str
    field: Field


class _Reader:
    """Reads one condition, and collects what is wrong with it."""

    def __init__(self, ledger: Ledger, *, strict: bool, asked: bool = True) -> None:
        self.ledger, self.strict, self.asked = ledger, strict, asked
        self.faults: list[ConditionFault] = []
        self._leaves = 0

    def say(self, key: str, code: str, message: str) -> None:
        """Note a fault."""
        self.faults.append(ConditionFault(key, code, message))

    def table(self, where: Any, key: str, deep: int) -> Node:
        """All that a table says."""
        if not isinstance(where, Mapping):
            self.say(key, "condition_form", _('要写成一组条件，例如 { result = "completed" }。'))
            return EVERYTHING
        if deep > MOST_DEEP:
            self.say(key, "condition_too_large", _("条件套得太深，最多 %d 层。") % MOST_DEEP)
            return EVERYTHING
        parts: list[Node] = []
        for name, wanted in where.items():
            place = f"{key}.{name}" if key else name
            if name == "not":
                parts.append(Not(self.group_part(wanted, place, deep)))
            elif name in GROUPS:
                parts.append(self._group(name, wanted, place, deep))
            elif name == ROW_KEYS and not self.strict:
                parts.append(RowKeys(tuple(wanted)))
            else:
                parts.append(self._field(name, wanted, place))
        return both(*parts) if parts else EVERYTHING

    def group_part(self, wanted: Any, key: str, deep: int) -> Node:
        """One part of a group: a table that says something."""
        if not wanted:
            self.say(key, "condition_form", _("这里没有条件。"))
            return EVERYTHING
        return self.table(wanted, key, deep + 1)

    def _group(self, word: str, wanted: Any, key: str, deep: int) -> Node:
        if not isinstance(wanted, list | tuple) or not wanted:
            self.say(key, "condition_form", _("%s 后面要写一个列表，每项是一组条件。") % word)
            return EVERYTHING
        parts = [self.group_part(one, f"{key}.{at}", deep) for at, one in enumerate(wanted)]
        return AllOf(tuple(parts)) if word == "all" else either(*parts)

    def _field(self, name: str, wanted: Any, key: str) -> Node:
        self._leaves += 1
        if self._leaves == MOST_LEAVES + 1:
            self.say(key, "condition_too_large", _("条件太多，最多 %d 项。") % MOST_LEAVES)
        term = self._term(name, key)
        if term is None:
            return EVERYTHING
        place = _Place(key, name, resolving.meant(self.ledger, name).field)
        if isinstance(wanted, Mapping):
            return self._said(place, term, wanted)
        return self._values(place, term, wanted, "")

    def _term(self, name: str, key: str, *, last: bool = False) -> FieldTerm | None:
        """A field by its name; None, and a fault, where there is none that can be asked for."""
        try:
            found = resolving.meant(self.ledger, name)
        except Unusable as unknown:
            self.say(
                key, unknown.code, faults.unknown_field(self.ledger, name) if self.strict else unknown.message
            )
            return None
        if self.strict and self.asked:
            if not found.column:
                text = _("“%s”是由所指的记录算出来的，不能在这里用作条件。")
                self.say(key, "field_distant", text % found.field.label)
                return None
            if resolving.sealed(self.ledger, found):
                self.say(key, "field_sealed", _("“%s”加密保存，不能用作条件。") % found.field.label)
                return None
        return resolving.term(self.ledger, name, last=last)

    def _said(self, place: _Place, term: FieldTerm, wanted: Mapping[str, Any]) -> Node:
        """What a table says of a field."""
        allowed = WORDS if self.strict else (*WORDS, "has")
        for word in wanted:
            if word not in allowed:
                self.say(place.key, "condition_form", unknown_word(place.name, word, WORDS))
                return EVERYTHING
        unit = self._unit(place, wanted)
        held = self._held(place, term, wanted)
        if held is None or unit is None:
            return EVERYTHING
        parts = [self._one(place, term, held, word, wanted[word], unit) for word in wanted]
        said = [part for part in parts if part is not None]
        if not said:
            self.say(place.key, "condition_form", _("“%s”没有写界限或取值。") % place.field.label)
            return EVERYTHING
        self._in_order(place, wanted)
        return both(*said)

    def _held(self, place: _Place, term: FieldTerm, wanted: Mapping[str, Any]) -> Term | None:
        """What is held against the bounds; None, and a fault, where it cannot be worked out."""
        words = [word for word in WORKED_OUT if word in wanted]
        if not words:
            return term
        if len(words) > 1 or set(wanted) - {*words, "min", "max", "unit", "known"}:
            text = _("age_on、days_to、days、per 只能写一个，旁边只写 min 和 max。")
            self.say(place.key, "condition_form", text)
            return None
        word, other = words[0], wanted[words[0]]
        if word == "days":
            if term.kind != SPAN or other is not True:
                self.say(place.key, "value_type", _("“%s”不是一段日期，不能用 days。") % place.field.label)
                return None
            return DaysTerm(term, FieldTerm(term.name, SPAN, last=True))
        side = other if _is_day(other) and word != "per" else self._term(str(other), place.key, last=True)
        if side is None:
            return None
        return self._worked_out(place, term, word, side)

    def _worked_out(self, place: _Place, term: FieldTerm, word: str, side: FieldTerm | date) -> Term | None:
        kind = side.kind if isinstance(side, FieldTerm) else "date"
        if word == "per":
            if not isinstance(side, FieldTerm) or not {term.kind, kind} <= NUMBERS:
                self.say(
                    place.key, "value_type", _("per 只用于数字，“%s”或所指的字段不是。") % place.field.label
                )
                return None
            return ShareTerm(term, side)
        if term.kind not in DAYS or kind not in DAYS | {SPAN}:
            text = _("%(part)s 只用于日期，“%(field)s”或所指的字段不是。")
            self.say(place.key, "value_type", text % {"part": word, "field": place.field.label})
            return None
        return AgeTerm(term, side) if word == "age_on" else DaysTerm(term, side)

    def _unit(self, place: _Place, wanted: Mapping[str, Any]) -> int | Decimal | None:
        """How many of the field's own units one of the numbers has; None, and a fault, where it does not say."""
        unit, kind = wanted.get("unit"), place.field.kind
        counted = {"age_on", "days_to", "days"} & set(wanted)
        numbers = {"is", "not", "min", "max"} & {w for w, v in wanted.items() if v is not None}
        if kind == "money" and not counted:
            if unit in _MONEY_UNITS:
                return FEN[unit]
            if unit is not None:
                self.say(place.key, "unit_unknown", faults.money_unit(place.field.label, str(unit)))
                return None
            if self.strict and numbers:
                self.say(place.key, "money_unit_missing", faults.money_unit(place.field.label))
                return None
            return 1
        if unit is not None and not (kind == "percent" and unit == "%"):
            self.say(place.key, "unit_misfit", _("“%s”不是金额，不写 unit。") % place.field.label)
            return None
        return Decimal("0.01") if unit == "%" else 1

    def _one(
        self, place: _Place, term: FieldTerm, held: Term, word: str, value: Any, unit: int | Decimal
    ) -> Node | None:
        """What one word says; None for words that say how the others are meant."""
        if word in ("unit", *WORKED_OUT):
            return None
        if word == "known":
            if not isinstance(value, bool):
                self.say(place.key, "value_type", _("known 只能写 true 或 false。"))
            return Known(term) if value else Not(Known(term))
        if word == "has":
            return Contains(term, str(value))
        if word in ("is", "not"):
            found = self._values(place, term, value, word, unit)
            return found if word == "is" else Not(found)
        if word == "same_as":
            return self._same(place, term, value)
        if word in ("at_least", "at_most"):
            return self._beside(place, term, word, value)
        return self._bound(place, term, held, word, value, unit)

    def _bound(
        self, place: _Place, term: FieldTerm, held: Term, word: str, value: Any, unit: int | Decimal
    ) -> Node:
        way: Literal["least", "most"] = "least" if word == "min" else "most"
        if self.strict and not self._bounded(place, held, value):
            return EVERYTHING
        if _is_number(value) and unit != 1:
            value = whole(Decimal(str(value)) * unit)
        return Bound(held, way, value)

    def _bounded(self, place: _Place, held: Term, value: Any) -> bool:
        """Whether a bound is of the kind of what is held against it."""
        label = place.field.label
        if isinstance(held, FieldTerm) and held.kind in DAYS | {SPAN}:
            if _is_day(value):
                return True
            text = _("“%s”是日期，界限要写成日期，例如 2023-11-30（不加引号）。") % label
        elif isinstance(held, FieldTerm) and held.kind not in NUMBERS:
            text = _("“%s”没有大小之分，不能写 min 和 max。") % label
        elif _is_number(value):
            return True
        else:
            text = _("“%s”按数字比较，界限要写成数字。") % label
        self.say(place.key, "value_type", text)
        return False

    def _beside(self, place: _Place, term: FieldTerm, word: str, name: Any) -> Node:
        """A field that the value may not fall below or go beyond; of spans the first day is not below, the last not beyond."""
        last = word == "at_most"
        other = self._term(str(name), place.key, last=last)
        if other is None:
            return EVERYTHING
        mine = FieldTerm(term.name, term.kind, term.empty, last and term.kind == SPAN)
        if not _alike(mine, other):
            said = {"field": place.field.label, "other": resolving.meant(self.ledger, str(name)).field.label}
            self.say(place.key, "value_type", _("“%(field)s”不能与“%(other)s”比大小。") % said)
            return EVERYTHING
        if mine == other:
            self.say(place.key, "condition_form", _("“%s”不能与它自己相比。") % place.field.label)
        return Bound(mine, "least" if word == "at_least" else "most", other)

    def _same(self, place: _Place, term: FieldTerm, name: Any) -> Node:
        other = self._term(str(name), place.key)
        if other is None:
            return EVERYTHING
        if not (_alike(term, other) or term.kind == other.kind):
            said = {"field": place.field.label, "other": resolving.meant(self.ledger, str(name)).field.label}
            self.say(place.key, "value_type", _("“%(field)s”与“%(other)s”不是一类，不能相比。") % said)
            return EVERYTHING
        if term == other:
            self.say(place.key, "condition_form", _("“%s”不能与它自己相比。") % place.field.label)
        return SameAs(term, other)

    def _values(
        self, place: _Place, term: FieldTerm, wanted: Any, word: str, unit: int | Decimal = 1
    ) -> Node:
        """That a field is one of some values; of '' and None, where that is no value of its own, that nothing is stated."""
        several = wanted if isinstance(wanted, list | tuple | set | frozenset) else (wanted,)
        if self.strict and not self._fitting(place, wanted, several, word):
            return EVERYTHING
        stated = [one for one in several if one is not None and (one != "" or term.empty)]
        if unit != 1:
            stated = [whole(Decimal(str(one)) * unit) if _is_number(one) else one for one in stated]
        values = tuple(dict.fromkeys(stated))
        if not values and not isinstance(wanted, list | tuple | set | frozenset):
            return Not(Known(term))
        return IsOneOf(term, values, resolving.under(place.field.choices, values))

    def _fitting(self, place: _Place, wanted: Any, several: Any, word: str) -> bool:
        """Whether values are of the kind of their field."""
        field, key = place.field, place.key
        if isinstance(wanted, list | tuple) and not wanted:
            self.say(key, "condition_form", _("“%s”的取值列表有误。") % place.name)
            return False
        if len(several) > MOST_VALUES:
            self.say(key, "condition_too_large", _("取值太多，最多 %d 个。") % MOST_VALUES)
            return False
        wrong = None
        for value in several:
            wrong = faults.misfit(field, value, bare_money=word == "")
            if wrong is not None:
                self.say(key, *wrong)
                break
        return wrong is None

    def _in_order(self, place: _Place, wanted: Mapping[str, Any]) -> None:
        least, most = wanted.get("min"), wanted.get("max")
        comparable = all(map(_is_day, (least, most))) or all(map(_is_number, (least, most)))
        if self.strict and comparable and least > most:  # type: ignore[operator]
            self.say(
                place.key, "condition_form", _("“%s”的 min 大于 max，没有值能符合。") % place.field.label
            )


def whole(number: Decimal) -> int | Decimal:
    """A number as whole where it is."""
    return int(number) if number == number.to_integral_value() else number


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _alike(one: FieldTerm, other: FieldTerm) -> bool:
    days = DAYS | {SPAN}
    return {one.kind, other.kind} <= days or (one.kind == other.kind and one.kind in NUMBERS)
