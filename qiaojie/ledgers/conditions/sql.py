"""Conditions as annotations and a condition (``Q``) of a query over a ledger's rows.

What is unknown is never left to the database's three-valued logic: the negation of a condition is written out down to its
leaves, and that of a leaf says "unknown, or otherwise". So ``Not`` is the complement on both databases, across joins too.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import reduce
from math import ceil, floor
from operator import and_, or_
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.dialects import DayCount, DayNumber
from qiaojie.lib.findings import Unusable

from .. import statements
from ..declaration import Ledger
from .resolving import Meant, meant, sealed
from .tree import (
    TODAY,
    AgeTerm,
    AllOf,
    AnyOf,
    Bound,
    Contains,
    DaysTerm,
    FieldTerm,
    InPrinciple,
    IsOneOf,
    Known,
    Leaf,
    MeasureTerm,
    Node,
    Not,
    RowKeys,
    SameAs,
    ShareTerm,
    Term,
)

EPOCH = date(2000, 1, 1)
"""The day from which ``DayCount`` counts."""

YEAR = 10_000
"""What two ``DayNumber`` differ by for a full year."""


def condition(ledger: Ledger, node: Node) -> tuple[dict[str, Any], Q]:
    """Annotations, and the condition that a row meets ``node``. Raises Unusable ``field_unknown``, ``field_sealed`` (what is
    encrypted cannot be asked for), ``field_distant`` (worked out of a row that is only referred to), ``measure_misplaced``."""
    asking = _Asking(ledger)
    return asking.annotations, asking.of(node, met=True)


class _Asking:
    """One condition on its way to a query: what it has to be annotated with."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.annotations: dict[str, Any] = {}

    def of(self, node: Node, *, met: bool) -> Q:
        """That a row meets a condition, or does not."""
        if isinstance(node, Not):
            return self.of(node.part, met=not met)
        if isinstance(node, InPrinciple):
            return self.of(node.part, met=met)
        if isinstance(node, AllOf | AnyOf):
            every = isinstance(node, AllOf) is met
            if not node.parts:
                return Q() if every else Q(pk__in=[])
            parts = [self.of(part, met=met) for part in node.parts]
            if not every and any(not part for part in parts):
                # An empty condition is always met; Django would leave it out.
                return Q()
            return reduce(and_ if every else or_, parts)
        return self._leaf(node, met=met)

    def _leaf(self, leaf: Leaf, *, met: bool) -> Q:
        if isinstance(leaf, RowKeys):
            those = Q(statements.OneOf(F("pk"), list(leaf.keys)))
            return those if met else ~those
        if isinstance(leaf, Bound):
            return self._bound(leaf, met=met)
        if isinstance(leaf, SameAs):
            return self._same(leaf, met=met)
        if isinstance(leaf, IsOneOf):
            return self._one_of(leaf, met=met)
        if isinstance(leaf, Contains):
            column = self._column(leaf.term)
            has = Q(**{f"{column}__icontains": leaf.text})
            return has if met else Q(**{f"{column}__isnull": True}) | ~has
        return self._known(leaf.term, known=(isinstance(leaf, Known)) is met)

    def _one_of(self, leaf: IsOneOf, *, met: bool) -> Q:
        column, values = self._column(leaf.term), [*leaf.values, *leaf.under]
        is_one = Q(**{column: values[0]}) if len(values) == 1 else Q(**{f"{column}__in": values})
        return is_one if met else Q(**{f"{column}__isnull": True}) | ~is_one

    def _same(self, leaf: SameAs, *, met: bool) -> Q:
        column, other = self._column(leaf.term), self._column(leaf.other)
        known = self._known(leaf.term, known=True) & self._known(leaf.other, known=True)
        if met:
            return Q(**{column: F(other)}) & known
        differs = Q(**{f"{column}__lt": F(other)}) | Q(**{f"{column}__gt": F(other)})
        unknown = self._known(leaf.term, known=False) | self._known(leaf.other, known=False)
        return unknown | differs

    def _bound(self, leaf: Bound, *, met: bool) -> Q:
        """Bounds of what is worked out are moved to whole numbers, so that both databases reckon as Python does."""
        term, least = leaf.term, leaf.way == "least"
        than: Any = timezone.localdate() if leaf.than is TODAY else leaf.than
        if isinstance(term, FieldTerm):
            column = self._column(term)
            if isinstance(than, FieldTerm):
                # A comparison with something unknown is false by itself, here and negated.
                found = _compared(column, F(self._column(than)), least=least, met=met)
                return (
                    found if met else found | self._known(term, known=False) | self._known(than, known=False)
                )
            found = _compared(column, than, least=least, met=met)
            return found if met else Q(**{f"{column}__isnull": True}) | found
        if isinstance(term, ShareTerm):
            return self._share(term, than, least=least, met=met)
        number = self._number(term)
        # At least 16 is from 16 years on; at most 59 is below 60 years.
        edge = (ceil(than) if least else floor(than) + 1) * (YEAR if isinstance(term, AgeTerm) else 1)
        found = Q(**{f"{number}__{'gte' if least is met else 'lt'}": edge})
        return found if met else found | self._known(term, known=False)

    def _share(self, term: ShareTerm, than: Any, *, least: bool, met: bool) -> Q:
        times, over = Decimal(str(than)).as_integer_ratio()
        part, whole = self._column(term.part), self._column(term.whole)
        counts = Q(**{f"{whole}__gt": 0})
        mark = f"{part}_per_{whole}_{times}_{over}".replace("-", "m")
        left, right = f"c_part_{mark}", f"c_whole_{mark}"
        self.annotations[left] = F(part) * Value(over)
        self.annotations[right] = F(whole) * Value(times)
        found = _compared(left, F(right), least=least, met=met) & counts
        return found if met else found | self._known(term, known=False)

    def _known(self, term: Term, *, known: bool) -> Q:
        """That what a term takes is stated, or is not."""
        if isinstance(term, ShareTerm):
            part, whole = self._column(term.part), self._column(term.whole)
            if known:
                return Q(**{f"{part}__isnull": False, f"{whole}__gt": 0})
            return (
                Q(**{f"{part}__isnull": True}) | Q(**{f"{whole}__isnull": True}) | Q(**{f"{whole}__lte": 0})
            )
        if isinstance(term, AgeTerm | DaysTerm):
            one, other = (term.born, term.on) if isinstance(term, AgeTerm) else (term.since, term.until)
            each = [self._known(side, known=known) for side in (one, other) if isinstance(side, FieldTerm)]
            return reduce(and_ if known else or_, each)
        if isinstance(term, MeasureTerm):
            raise Unusable("measure_misplaced", _("“%s”是整体的数量，不是一条记录的字段。") % term.word)
        found, column = self._meant(term), self._column(term)
        unknown = Q(**{f"{column}__isnull": True})
        if found.emptiable:
            return (
                Q(**{f"{column}__isnull": False}) & ~Q(**{column: ""})
                if known
                else unknown | Q(**{column: ""})
            )
        return Q(**{f"{column}__isnull": False}) if known else unknown

    def _number(self, term: Term) -> str:
        """The name of an annotation: an age as ``DayNumber`` differ, or days, as a whole number."""
        if isinstance(term, AgeTerm):
            until, since = self._day(term.on, DayNumber), self._day(term.born, DayNumber)
            name, value = f"c_age_{self._called(term.born)}_{self._called(term.on)}", until - since
        elif isinstance(term, DaysTerm):
            until, since = self._day(term.until, DayCount), self._day(term.since, DayCount)
            name = f"c_days_{self._called(term.since)}_{self._called(term.until)}"
            value = until - since + Value(1)
        else:
            raise Unusable("measure_misplaced", _("“%s”是整体的数量，不是一条记录的字段。") % term)
        self.annotations[name] = value
        return name

    def _day(self, side: FieldTerm | date, of: type[DayNumber | DayCount]) -> Combinable:
        if isinstance(side, FieldTerm):
            return of(F(self._column(side)))
        if of is DayNumber:
            return Value(side.year * YEAR + side.month * 100 + side.day)
        return Value((side - EPOCH).days)

    def _called(self, side: FieldTerm | date) -> str:
        return self._column(side) if isinstance(side, FieldTerm) else f"{side:%Y%m%d}"

    def _meant(self, term: FieldTerm) -> Meant:
        return meant(self.ledger, term.name)

    def _column(self, term: FieldTerm) -> str:
        """The column of a field, or the annotation that works it out."""
        found = self._meant(term)
        if not found.column:
            text = _("“%s”是由所指的记录算出来的，不能在这里用作条件。")
            raise Unusable("field_distant", text % found.field.label)
        if sealed(self.ledger, found):
            text = _("“%s”加密保存，不能用作条件。")
            raise Unusable("field_sealed", text % found.field.label)
        if found.field.expression is not None:
            self.annotations[found.column] = found.field.value()
        return found.until if term.last and found.until else found.column


def _compared(column: str, than: Any, *, least: bool, met: bool) -> Q:
    lookup = ("gte" if met else "lt") if least else ("lte" if met else "gt")
    return Q(**{f"{column}__{lookup}": than})
