"""Conditions on measures of a thing as a whole (a base and its year): what is required, reached and missing of given numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from .saying import measure_amount
from .tree import AllOf, AnyOf, Bound, InPrinciple, MeasureTerm, Node, Not, ShownBy

Number = int | float | Decimal
Measures = Mapping[str, Number | None]
"""Numbers by the word of the measure: whole things, or fen. None, or none at all: it is not known."""


class CriterionOutcome(StrEnum):
    """Whether given measures meet a condition."""

    MET = "met"
    SHORT = "short"
    """Only what is asked in principle (原则上) is not reached: somebody has to say whether it is taken all the same."""

    NOT_MET = "not_met"
    UNPROVEN = "unproven"
    """A measure that decides it is not known."""


_WORST = (CriterionOutcome.NOT_MET, CriterionOutcome.UNPROVEN, CriterionOutcome.SHORT, CriterionOutcome.MET)


@dataclass(frozen=True, slots=True)
class DemandStanding:
    """One demand held against given measures: what is ``required`` (a sentence), what is there ('' where it is not known), and
    what is missing of it ('' for nothing, or where that is not known)."""

    outcome: CriterionOutcome
    required: str
    reached: str
    missing: str


@dataclass(frozen=True, slots=True)
class CriterionStanding:
    """A whole condition held against given measures, and each of its demands in order."""

    outcome: CriterionOutcome
    demands: tuple[DemandStanding, ...]
    any_one: bool
    """Whether one of the demands is enough."""

    @property
    def required(self) -> str:
        """What is asked, in one sentence."""
        link = _("，或者") if self.any_one else _("，并且")
        return link.join(demand.required for demand in self.demands)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing to meet it; nothing where it is met."""
        if self.outcome is CriterionOutcome.MET:
            return ()
        return tuple(demand.missing for demand in self.demands if demand.missing)


def standing(node: Node, measures: Measures) -> CriterionStanding:
    """How given measures stand against a condition on measures. Raises TypeError for a condition on the fields of rows."""
    parts = node.parts if isinstance(node, AllOf | AnyOf) else (node,)
    demands = tuple(_demand(part, measures) for part in parts)
    return CriterionStanding(outcome(node, measures), demands, isinstance(node, AnyOf))


def outcome(node: Node, measures: Measures) -> CriterionOutcome:
    """Whether given measures meet a condition on measures. Raises TypeError for a condition on the fields of rows."""
    if isinstance(node, AllOf):
        return min(
            (outcome(part, measures) for part in node.parts), key=_WORST.index, default=CriterionOutcome.MET
        )
    if isinstance(node, AnyOf):
        return max(
            (outcome(part, measures) for part in node.parts),
            key=_WORST.index,
            default=CriterionOutcome.NOT_MET,
        )
    if isinstance(node, InPrinciple):
        found = outcome(node.part, measures)
        return CriterionOutcome.SHORT if found is CriterionOutcome.NOT_MET else found
    if isinstance(node, Not):
        opposite = {
            CriterionOutcome.MET: CriterionOutcome.NOT_MET,
            CriterionOutcome.UNPROVEN: CriterionOutcome.UNPROVEN,
        }
        return opposite.get(outcome(node.part, measures), CriterionOutcome.MET)
    if isinstance(node, ShownBy) or (isinstance(node, Bound) and isinstance(node.term, MeasureTerm)):
        return _leaf(node, measures)
    raise TypeError(f"not a condition on measures: {node!r}")


def _leaf(leaf: Bound | ShownBy, measures: Measures) -> CriterionOutcome:
    term = leaf.term
    assert isinstance(term, MeasureTerm)
    value = measured(term, measures)
    asked = 1 if isinstance(leaf, ShownBy) else asked_for(leaf, measures)
    if value is None or asked is None:
        return CriterionOutcome.UNPROVEN
    least = isinstance(leaf, ShownBy) or leaf.way == "least"
    return CriterionOutcome.MET if (value >= asked if least else value <= asked) else CriterionOutcome.NOT_MET


def measured(term: MeasureTerm, measures: Measures) -> Decimal | None:
    """The number of a measure, or the percent that it is of another; None where it is not known, or there is nothing to share."""
    part = measures.get(term.word)
    if part is None:
        return None
    if not term.whole:
        return Decimal(str(part))
    whole = measures.get(term.whole)
    return Decimal(str(part)) * 100 / Decimal(str(whole)) if whole is not None and whole > 0 else None


def asked_for(leaf: Bound, measures: Measures) -> Decimal | None:
    """The number that is asked for, times the households where it is that of one; None where these are not known."""
    asked = Decimal(str(leaf.than))
    assert isinstance(leaf.term, MeasureTerm)
    if not leaf.term.times:
        return asked
    times = measures.get(leaf.term.times)
    return None if times is None else asked * Decimal(str(times))


def words(node: Node) -> tuple[str, ...]:
    """The words of all measures that a condition needs, each once."""
    return tuple(dict.fromkeys(_words(node)))


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from _words(part)
    elif isinstance(node, Not | InPrinciple):
        yield from _words(node.part)
    elif isinstance(node, Bound | ShownBy) and isinstance(node.term, MeasureTerm):
        yield from (word for word in (node.term.word, node.term.whole, node.term.times) if word)


def _demand(part: Node, measures: Measures) -> DemandStanding:
    found = outcome(part, measures)
    leaf = part.part if isinstance(part, InPrinciple) else part
    if not (isinstance(leaf, Bound | ShownBy) and isinstance(leaf.term, MeasureTerm)):
        # A group, or what may not be: its own demands say what there is of each.
        inner = standing(_inside(leaf), measures)
        missing = (
            _("；").join(inner.missing) if found in (CriterionOutcome.NOT_MET, CriterionOutcome.SHORT) else ""
        )
        return DemandStanding(found, _group(leaf, inner), "", missing)
    value = measured(leaf.term, measures)
    reached = "" if value is None else measure_amount(leaf.term, _plain(value))
    missing = (
        _short(leaf, measures, value) if found in (CriterionOutcome.NOT_MET, CriterionOutcome.SHORT) else ""
    )
    return DemandStanding(found, _required(part, leaf, measures), reached, missing)


def _inside(node: Node) -> Node:
    return _inside(node.part) if isinstance(node, Not | InPrinciple) else node


def _group(node: Node, inner: CriterionStanding) -> str:
    text = _("（%s）") % inner.required
    return _("不属于“%s”的情况") % inner.required if isinstance(node, Not) else text


def _required(part: Node, leaf: Bound | ShownBy, measures: Measures) -> str:
    term = leaf.term
    assert isinstance(term, MeasureTerm)
    label = term.label or term.word
    if isinstance(leaf, ShownBy):
        text = _("有材料证明%s") % label
    else:
        asked = measure_amount(term, leaf.than)
        known = asked_for(leaf, measures) if term.times else None
        if term.times:
            asked = _("每户%s") % asked
            if known is not None:
                asked += _("，共%s") % measure_amount(term, _plain(known))
        sign = _("%(field)s不低于%(than)s") if leaf.way == "least" else _("%(field)s不高于%(than)s")
        text = sign % {"field": label, "than": asked}
        if term.within_months is not None:
            text += _("（%d个月内）") % term.within_months
    return _("原则上%s") % text if isinstance(part, InPrinciple) else text


def _short(leaf: Bound | ShownBy, measures: Measures, value: Decimal | None) -> str:
    term = leaf.term
    assert isinstance(term, MeasureTerm)
    label = term.label or term.word
    if isinstance(leaf, ShownBy):
        return _("%s没有材料") % label
    asked = asked_for(leaf, measures)
    if value is None or asked is None:
        return ""
    difference = measure_amount(term, _plain(abs(asked - value)))
    text = _("%(field)s还差%(number)s") if leaf.way == "least" else _("%(field)s超出%(number)s")
    return text % {"field": label, "number": difference}


def _plain(number: Decimal) -> int | Decimal:
    return int(number) if number == number.to_integral_value() else number
