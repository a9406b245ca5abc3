"""Criteria of bases as conditions on measures, and how given measures stand against them."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.ledgers.conditions import criteria
from qiaojie.ledgers.conditions.criteria import CriterionStanding, Measures
from qiaojie.ledgers.conditions.tree import (
    AllOf,
    AnyOf,
    Bound,
    InPrinciple,
    MeasureTerm,
    Node,
    ShownBy,
)
from qiaojie.lib.money import FEN

from ..schema import Criterion, Demand, Notice

HOUSEHOLDS = "households"
"""The measure by which figures of one household are multiplied."""

_ALIKE = {"万元": "元", "名": "人", "场次": "次"}
"""Units of one thing."""


def condition(criterion: Criterion) -> Node:
    """A criterion as a condition on measures; money in fen."""
    times = HOUSEHOLDS if criterion.per == "household" else ""
    parts = tuple(_node(demand, times) for demand in criterion.all or criterion.any)
    return AllOf(parts) if criterion.all else AnyOf(parts)


def standing(criterion: Criterion, measures: Measures) -> CriterionStanding:
    """How given measures (by word; money in fen, ``households`` where figures are for one) stand against a criterion: what it
    requires, what is reached, what is missing, and whether it is met. Of a household alone, ``households`` is 1."""
    return criteria.standing(condition(criterion), measures)


def _node(demand: Demand, times: str) -> Node:
    if demand.ratio:
        # A share of one household is the share of all.
        word, whole = demand.ratio
        term = MeasureTerm(word, demand.label, "%", whole, within_months=demand.within_months)
    else:
        term = MeasureTerm(
            demand.of or "", demand.label, demand.unit or "", "", times if not demand.evidence else ""
        )
    found: Node
    if demand.evidence:
        found = ShownBy(term)
    else:
        found = Bound(term, "least", (demand.min or 0) * FEN.get(demand.unit or "none", 1))
    return InPrinciple(found) if demand.soft else found


def faults(notice: Notice, file: str) -> Iterator[Fault]:
    """``measure_unit_differs``: a measure that is asked for in units of different things, so that no number could answer both."""
    first: dict[str, str] = {}
    for criterion in notice.criteria:
        for place, demand in enumerate(criterion.all or criterion.any):
            if demand.of is None or demand.unit is None:
                continue
            unit = _ALIKE.get(demand.unit, demand.unit)
            if first.setdefault(demand.of, unit) != unit:
                key = f"criteria.{criterion.code}.{'all' if criterion.all else 'any'}.{place}.unit"
                text = _("“%(of)s”在别的条件里按%(first)s计，这里按%(unit)s计，请统一。")
                words = {"of": demand.of, "first": first[demand.of], "unit": demand.unit}
                yield Fault(file, key, "measure_unit_differs", text % words)
