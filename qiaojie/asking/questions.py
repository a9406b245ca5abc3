"""What can be asked of a ledger, by whom: units, ways to part rows, conditions. All of it follows from its declaration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries, sight
from qiaojie.ledgers.declaration import Field, Grouping, Label, Ledger
from qiaojie.ledgers.viewer import Action, Personal, Sight, Viewer, demand_office
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period
from qiaojie.people.fields import TOWNSHIP
from qiaojie.people.ledger import PERSONS

PERSONS_UNIT, ROWS_UNIT = "persons", "rows"
"""Units that are no field: persons, each once; rows, each once (a person in a class once for both)."""


@dataclass(frozen=True, slots=True)
class CountUnit:
    """In what is counted: ``code`` as addresses have it, ``label`` on the form, ``measure`` after a number."""

    code: str
    label: Label
    measure: Label
    field: Field | None = None

    @property
    def words(self) -> str:
        """What stands after a number on a page: 人; of a sum what is summed, for its unit is Chinese in every interface."""
        return str(self.label if self.field is not None else self.measure)


@dataclass(frozen=True, slots=True)
class Question:
    """A question: rows of a ledger that meet ``where``, of a period (None: without end), as known by the day ``as_of``,
    counted in ``unit``, parted by ``rows`` and ``columns`` ('' for not at all)."""

    ledger: Ledger
    where: Mapping[str, Any]
    begins: date | None
    ends: date | None
    as_of: date
    unit: CountUnit
    rows: Grouping | None = None
    columns: Grouping | None = None

    @property
    def period(self) -> Period | None:
        """The days that count; None where all do."""
        if self.begins is None and self.ends is None:
            return None
        return Period(self.begins or date.min, self.ends or date.max)

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """The ways in which rows are parted."""
        return tuple(one for one in (self.rows, self.columns) if one is not None)

    @property
    def past(self) -> bool:
        """Whether it asks how things stood on a day before today."""
        return self.as_of < timezone.localdate()

    @property
    def subject(self) -> str:
        """The same for all questions about the same rows, whatever the days, the unit and the ways to part them."""
        return _mark(self.ledger.code, self.where)

    @property
    def shape(self) -> str:
        """The same for all questions of this kind, whatever the days."""
        groups = [one.name if one else "" for one in (self.rows, self.columns)]
        return _mark(self.ledger.code, self.where, self.unit.code, *groups)


def _mark(*what: Any) -> str:
    text = json.dumps(what, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def demand_asking(viewer: Viewer, subject: str) -> None:
    """Raise Refused, and log it, where the viewer may not ask for numbers: only offices do, over the rows that they see."""
    demand_office(viewer, Action.COUNT, f"asking/{subject}")


def units_of(ledger: Ledger, viewer: Viewer) -> tuple[CountUnit, ...]:
    """The units in which a ledger's rows can be counted, the first of them where nobody chose."""
    if ledger is PERSONS:
        return (CountUnit(PERSONS_UNIT, _("人"), _("人")),)
    rows = _("人次") if ledger.person is not None and ledger.approved else _("条")
    found = [CountUnit(PERSONS_UNIT, _("人"), _("人"))] if ledger.person is not None else []
    found.append(CountUnit(ROWS_UNIT, rows, rows))
    found += [
        CountUnit(one.name, one.label, one.unit, one)
        for one in ledger.fields
        if one.summable
        and one.personal is Personal.NONE
        and sight.registered(ledger, one, viewer) is Sight.WHOLE
    ]
    return tuple(found)


def groupings_of(ledger: Ledger, viewer: Viewer) -> tuple[Grouping, ...]:
    """The ways in which this viewer may part a ledger's rows."""
    return tuple(one for one in ledger.groupings if sight.grouped(one, viewer))


def closed_to(ledger: Ledger, viewer: Viewer) -> tuple[Grouping, ...]:
    """The ways in which rows could be parted by whoever sees more than this viewer."""
    return tuple(one for one in ledger.groupings if not sight.grouped(one, viewer))


def usual_rows(ledger: Ledger, viewer: Viewer) -> str:
    """By what the rows of a table stand where nobody chose: the township of a person, else the office that filed a row."""
    names = [one.name for one in groupings_of(ledger, viewer)]
    wanted = (f"person.{TOWNSHIP}", TOWNSHIP, "unit")
    return next((name for name in wanted if name in names), names[0] if names else "")


def usual_span(ledger: Ledger) -> tuple[date | None, date | None]:
    """The days that count where nobody said: this year up to today; of what holds on a day, all of it."""
    today = timezone.localdate()
    return (None, None) if ledger.holds is not None or not ledger.date else (date(today.year, 1, 1), today)


def make(
    ledger: Ledger,
    viewer: Viewer,
    where: Mapping[str, Any],
    span: tuple[date | None, date | None],
    as_of: date,
    unit: str = "",
    rows: str = "",
    columns: str = "",
) -> Question:
    """A question that this viewer may ask.

    Raises Refused, Unusable ``field_hidden`` for a condition or grouping on what she may not see, ``grouping_unknown``,
    ``unit_unknown``, ``period_order`` (it ends before it begins), ``as_of_future``.
    """
    demand_asking(viewer, ledger.code)
    # How far rows have come is told apart in every answer.
    wanted = {name: value for name, value in where.items() if name != "state"}
    queries.rows(ledger, viewer, wanted)
    begins, ends = span if ledger.date else (None, None)
    if begins is not None and ends is not None and begins > ends:
        raise Unusable("period_order", _("时段的末日早于首日，请核对两个日期。"))
    if as_of > timezone.localdate():
        raise Unusable("as_of_future", _("“截至哪天的记录”不能晚于今天。"))
    offered = units_of(ledger, viewer)
    chosen = next((one for one in offered if one.code == (unit or offered[0].code)), None)
    if chosen is None:
        raise Unusable("unit_unknown", _("台账“%s”不能这样数。") % ledger.label)
    asked = Question(ledger, wanted, begins, ends, as_of, chosen)
    first, second = (_grouping(ledger, viewer, name) for name in (rows, columns))
    return replace(asked, rows=first, columns=None if first == second else second)


def _grouping(ledger: Ledger, viewer: Viewer, name: str) -> Grouping | None:
    if not name:
        return None
    found = next((one for one in ledger.groupings if one.name == name), None)
    if found is None:
        said = {"ledger": ledger.label, "name": name[:40]}
        raise Unusable("grouping_unknown", _("台账“%(ledger)s”不能按“%(name)s”分组。") % said)
    if not sight.grouped(found, viewer):
        raise Unusable("field_hidden", _("不能按“%s”分组：您的岗位看不到。") % found.label)
    return found
