"""Money in a notice's time: what was spent and what was earned, as the ledgers know it, by where it came from.

Every field of money is a kind of its own: the cost of classes, support paid to bases and what women earned are never
added up. Amounts are in fen. A sum is of all units, whoever looks; the rows behind it are scoped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Model, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable

from qiaojie.ledgers import declaration, joining
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.conditions.data import only, renamed
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.measures.facts import rested, standing, waiting
from qiaojie.measures.queries import Measurement
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.training.ledger import BUDGET_LINES, CLASSES

PARTS = ("approved", "pending", "unsaid")
"""What of a kind's rows: approved ones with their amount, those that wait, and approved ones that state none."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in fen, approved and waiting for it; how many approved rows it is of, and how many state no amount."""

    approved: int = 0
    pending: int = 0
    rows: int = 0
    unsaid: int = 0

    def __add__(self, other: Amount) -> Amount:
        """Of the same kind of money only."""
        return Amount(
            self.approved + other.approved,
            self.pending + other.pending,
            self.rows + other.rows,
            self.unsaid + other.unsaid,
        )

    @property
    def known(self) -> bool:
        """Whether anything is recorded."""
        return bool(self.rows or self.pending or self.unsaid)


@dataclass(frozen=True, slots=True)
class MoneyKind:
    """A kind of money: a field of a ledger."""

    ledger: Ledger
    field: Field

    @property
    def source(self) -> Field | None:
        """The field that says from where it came, or for what it was paid."""
        return self.ledger.field(self.field.by) if self.field.by else None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One kind of money, by unit (its region id) and source, and of each indicator whose cost it is by unit."""

    kind: MoneyKind
    units: Mapping[int, Mapping[str, Amount]]
    indicators: Mapping[str, Mapping[int, Amount]]

    def of(self, unit_id: int | None) -> Amount:
        """All sources together, of one unit or all."""
        return sum(self.by_source(unit_id).values(), Amount())

    def by_source(self, unit_id: int | None) -> dict[str, Amount]:
        """Source → what came from it, of one unit or all; in the order in which the source's choices are declared."""
        found: dict[str, Amount] = {}
        for unit, sources in self.units.items():
            if unit_id in {None, unit}:
                for source, amount in sources.items():
                    found[source] = found.get(source, Amount()) + amount
        field = self.kind.source
        order = list(field.choices) if field is not None else []
        # What nobody named stands last; free words stand by themselves.
        return dict(
            sorted(
                found.items(),
                key=lambda item: (
                    not item[0],
                    order.index(item[0]) if item[0] in order else len(order),
                    item[0],
                ),
            )
        )

    def label(self, source: str) -> str:
        """A source in words; '' where it is not stated."""
        field = self.kind.source
        return str(field.choices.get(source, source)) if field is not None else source

    def cost_of(self, indicator: str, unit_id: int | None) -> Amount | None:
        """What an indicator cost, in one unit or all; None where this is not its money."""
        units = self.indicators.get(indicator)
        if units is None:
            return None
        return sum((amount for unit, amount in units.items() if unit_id in {None, unit}), Amount())


def kinds(flow: str = "") -> list[MoneyKind]:
    """Every kind of money that ledgers declare, or only what was ``spent`` or ``earned``."""
    return [
        MoneyKind(ledger, field)
        for ledger in declaration.every()
        for field in ledger.fields
        if field.flow and flow in {"", field.flow}
    ]


def kind_of(ledger: str, field: str) -> MoneyKind | None:
    """The kind of money that a ledger's field is; None where it is none."""
    return next((one for one in kinds() if (one.ledger.code, one.field.name) == (ledger, field)), None)


def cost_of(notice: Notice, indicator: Indicator) -> tuple[MoneyKind, Mapping[str, Any]] | None:
    """The money that an indicator costs and the conditions on the rows it stands in: money paid in the very facts that
    count (support of a base), or for what they belong to (the class of a trainee). None where no ledger knows it."""
    if indicator.count in {None, "ratio", "typed", "union", "sum"}:
        return None
    rest = rested(notice.code, indicator)[0]
    where = {**rest.source.where, **(indicator.split or {})}
    for kind in kinds("spent"):
        if kind.ledger is rest.ledger:
            return kind, where
        for word, part in rest.ledger.parts.items():
            if part.ledger == kind.ledger.code:
                own = f"{word}."
                # Of whom a class had in it no cost tells; evidence comes later than the money.
                return kind, _of_part(rest.ledger, where, own)
    return None


def _of_part(ledger: Ledger, where: Mapping[str, Any], own: str) -> dict[str, Any]:
    """What conditions on a ledger's rows say of what these refer to by a word (``own``: ``class.``), as conditions on that."""
    lacks = {field.name for field in ledger.fields if field.lack}
    of_it = only(where, lambda name: name.startswith(own) and name not in lacks)
    return renamed(of_it, lambda name: name.removeprefix(own))


def costs(found: Measurement) -> list[Recorded]:
    """The kinds of money that a notice's indicators cost: a query for each ledger that has them."""
    of = {indicator.code: own for indicator in found.indicators if (own := cost_of(found.notice, indicator))}
    wanted = [kind for kind in kinds("spent") if any(own[0] == kind for own in of.values())]
    return recorded(found, wanted, of)


def recorded(
    found: Measurement,
    wanted: Iterable[MoneyKind],
    of: Mapping[str, tuple[MoneyKind, Mapping[str, Any]]] | None = None,
) -> list[Recorded]:
    """What is recorded of these kinds in the notice's time up to its day, one query a kind; ``of`` says which
    indicators' cost it is, on which conditions."""
    unit_of = found.view.unit_of
    return [
        _recorded(
            found, kind, {code: where for code, (own, where) in (of or {}).items() if own == kind}, unit_of
        )
        for kind in wanted
    ]


Planned = Mapping[int, Mapping[str, int]]
"""What is planned to be spent (fen), by unit (its region id) and by the source from which the class is paid."""


def planned(found: Measurement) -> Planned:
    """What the budgets of the classes of a notice's time plan, those included that are still to come; one query.

    It stands beside what was paid and is never added to it; a budget's own 实付 is the class's cost seen from elsewhere, and is
    counted nowhere. What was withdrawn plans nothing.
    """
    span, unit_of = found.notice.span, found.view.unit_of
    classes = ledgers.facts(CLASSES).filter(joining.leading(CLASSES))
    classes = classes.filter(happened_on__gte=span.begins, happened_on__lte=span.ends)
    lines = ledgers.facts(BUDGET_LINES).filter(training_class__in=classes.values("pk"))
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    told = lines.order_by().values_list("training_class__filed_by_id", "training_class__funding")
    for filed, source, total in told.annotate(total=Sum("planned")):
        if filed in unit_of:
            sums[unit_of[filed]][source] += total
    return sums


def planned_of(planned: Planned, unit_id: int | None) -> dict[str, int]:
    """The same by source, of one unit or all."""
    found: dict[str, int] = defaultdict(int)
    for unit, sources in planned.items():
        if unit_id in {None, unit}:
            for source, total in sources.items():
                found[source] += total
    return dict(found)


def behind(
    notice: Notice, kind: MoneyKind, on: date, part: str, source: str | None, units: Iterable[int] | None
) -> QuerySet[Model]:
    """The rows of a sum (unscoped: to be shown through the ledger's page, which scopes)."""
    ledger, column = kind.ledger, kind.field.column
    rows = _in_time(ledger, notice, on)
    if part == "pending":
        rows = rows.filter(waiting(ledger))
    else:
        rows = rows.filter(standing(ledger), **{f"{column}__isnull": part == "unsaid"})
    if source is not None and kind.source is not None:
        rows = rows.filter(**{kind.source.column: source})
    if units is not None:
        rows = rows.filter(**{f"{ledger.filed_by}__in": list(units)})
    return rows


def _in_time(ledger: Ledger, notice: Notice, on: date) -> QuerySet[Model]:
    span = notice.span
    day = {f"{ledger.date}__gte": span.begins, f"{ledger.date}__lte": min(on, span.ends)}
    # A class entered twice costs once.
    return ledgers.facts(ledger).filter(joining.leading(ledger), **day)


def _recorded(
    found: Measurement, kind: MoneyKind, of: Mapping[str, Mapping[str, Any]], unit_of: Mapping[int, int]
) -> Recorded:
    ledger = kind.ledger
    rows = _in_time(ledger, found.notice, found.on)
    sums = _sums("", kind, Q())
    for place, where in enumerate(of.values()):
        annotations, met = ledgers.condition(ledger, where)
        rows = rows.annotate(**annotations)
        sums |= _sums(str(place), kind, met)
    source = kind.source
    told = F(source.column) if source is not None else Value("")
    grouped = rows.order_by().annotate(unit=F(f"{ledger.filed_by}_id"), told=told).values("unit", "told")
    units: dict[int, dict[str, Amount]] = defaultdict(lambda: defaultdict(Amount))
    indicators: dict[str, dict[int, Amount]] = {code: defaultdict(Amount) for code in of}
    for row in grouped.annotate(**sums):
        unit = unit_of.get(row["unit"])
        if unit is None:
            continue
        units[unit][row["told"] or ""] += _amount(row, "")
        for place, code in enumerate(of):
            indicators[code][unit] += _amount(row, str(place))
    return Recorded(kind, units, indicators)


def _sums(place: str, kind: MoneyKind, met: Q) -> dict[str, Combinable]:
    column, approved = kind.field.column, standing(kind.ledger)
    stated = Q(**{f"{column}__isnull": False})
    return {
        f"approved{place}": Sum(column, filter=met & approved),
        f"pending{place}": Sum(column, filter=met & waiting(kind.ledger)),
        f"rows{place}": Count("pk", filter=met & approved & stated),
        f"unsaid{place}": Count("pk", filter=met & approved & ~stated),
    }


def _amount(row: Mapping[str, Any], place: str) -> Amount:
    return Amount(*(int(row[f"{name}{place}"] or 0) for name in ("approved", "pending", "rows", "unsaid")))
