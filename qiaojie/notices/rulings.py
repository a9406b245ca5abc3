"""What superiors said of a definition (口径答疑): those that came with the notice's folder and those entered since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.ledgers.conditions import reading, saying
from qiaojie.ledgers.conditions.data import GROUPS
from qiaojie.ledgers.conditions.tree import IsOneOf, Node
from qiaojie.lib.cells import Label

from .ledger_fields import field_of, ledger_of
from .models import Ruling as Entered
from .schema import Indicator, Notice

CONTRADICTION = gettext_lazy("口径答疑与计数条件不一致")
"""What is said beside a number that is counted otherwise than a ruling has it."""


@dataclass(frozen=True, slots=True)
class KnownRuling:
    """One ruling. ``key`` is None where it lies in the notice's folder; ``superseded_by`` is the key of the one that took
    its place: it is still printed, marked so."""

    indicator: str
    on: date
    office: str
    text: str
    question: str = ""
    asked_by: str = ""
    key: int | None = None
    superseded_by: int | None = None
    by: str = ""
    at: datetime | None = None
    condition: Mapping[str, Any] = field(default_factory=dict)
    """The conditions that it states: field → value."""
    contradiction: str = ""
    """Where the indicator counts by other conditions than those that it states last: both sides, in words."""

    def line(self, label: str) -> str:
        """The ruling as it stands on paper, under an indicator's ``label``."""
        words = {"label": label, "on": self.on.isoformat(), "office": self.office, "text": self.text}
        said = _("口径答疑（%(label)s，%(on)s，%(office)s）：%(text)s") % words
        if not self.contradiction:
            return said
        return said + _("（%(what)s：%(sides)s）") % {"what": CONTRADICTION, "sides": self.contradiction}


def rulings(notice: Notice, indicator: str | None = None) -> tuple[KnownRuling, ...]:
    """The rulings on one indicator, or on all of the notice's, oldest first; one query."""
    found = [
        KnownRuling(one.indicator, one.on, one.by, one.text, condition=one.where) for one in notice.rulings
    ]
    entered = Entered.objects.filter(notice=notice.code).order_by("on", "pk")
    for one in entered.select_related("superseded_by"):
        later = getattr(one, "superseded_by", None)
        found.append(
            KnownRuling(
                one.indicator,
                one.on,
                one.office,
                one.text,
                one.question,
                one.asked_by,
                one.pk,
                later.pk if later is not None else None,
                one.by,
                one.at,
                one.condition,
            )
        )
    wanted = sorted(
        (one for one in found if indicator is None or one.indicator == indicator), key=lambda one: one.on
    )
    return tuple(_held_against(notice, wanted))


def lines(notice: Notice, indicators: Iterable[str]) -> list[str]:
    """The rulings that hold on some indicators, as paper has them beside the numbers; one query."""
    labels = {code: notice.indicator(code).label for code in indicators}
    standing = (one for one in rulings(notice) if one.superseded_by is None and one.indicator in labels)
    return [one.line(labels[one.indicator]) for one in standing]


def stateable(indicator: Indicator) -> tuple[tuple[str, Label], ...]:
    """The fields on which a ruling can state a condition, by name with their labels: those of the indicator's ledger that
    have choices, a number or yes and no."""
    if indicator.ledger is None:
        return ()
    fields = ledger_of(indicator.ledger).fields
    return tuple((one.name, one.label) for one in fields if one.kind in {"choice", "yes_no", "integer"})


def _held_against(notice: Notice, found: Sequence[KnownRuling]) -> Iterator[KnownRuling]:
    """The rulings, each with what it states last and the indicator counts otherwise."""
    last = {
        (one.indicator, name): place
        for place, one in enumerate(found)
        if one.superseded_by is None
        for name in one.condition
    }
    for place, one in enumerate(found):
        stated = {
            name: value for name, value in one.condition.items() if last.get((one.indicator, name)) == place
        }
        words = _contradiction(notice.indicator(one.indicator), stated) if stated else ""
        yield replace(one, contradiction=words) if words else one


def _contradiction(indicator: Indicator, stated: Mapping[str, Any]) -> str:
    """Both sides of what a ruling states and the indicator counts otherwise; '' where they agree."""
    if indicator.ledger is None:
        return ""
    ledger = ledger_of(indicator.ledger)
    counted = {**indicator.where, **indicator.split}
    sides = []
    for name, value in stated.items():
        by = {name: counted[name]} if name in counted else {}
        said, held = (reading.typed(ledger, one) for one in ({name: value}, by))
        if _alike(said, held):
            continue
        words = {"said": saying.required(said, ledger), "counted": saying.required(held, ledger)}
        if not by:
            label = _("这组条件") if name in GROUPS else field_of(ledger, name).label
            words["counted"] = _("%s不限") % label
        sides.append(_("答疑：%(said)s；计数条件：%(counted)s") % words)
    return _("；").join(sides)


def _alike(one: Node, other: Node) -> bool:
    """Whether two conditions are one: the order of the values of a list says nothing."""
    if isinstance(one, IsOneOf) and isinstance(other, IsOneOf):
        return one.term == other.term and set(one.values) == set(other.values)
    return one == other
