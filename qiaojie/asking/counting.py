"""Counting what is asked for: the rows that the viewer sees, as boards and forms count them, parted two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    DateField,
    F,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, joining, queries
from qiaojie.ledgers.declaration import Grouping, Label, Ledger
from qiaojie.ledgers.models import Change
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.measures import facts
from qiaojie.people.ledger import PERSONS
from qiaojie.people.queries import canonical, evidence, unconfirmed_persons
from qiaojie.regions.models import Region

from .answers import ALL, UNKNOWN, CountedFact, GroupHead, Table, behind, table
from .questions import PERSONS_UNIT, Question

OFFICIAL: Final = "zh-hans"
"""The language of what is sent to offices, in every interface."""

MOST: Final = 300_000
"""Rows of one answer: beyond that somebody waits too long at a screen, and narrows the question."""

ASKED_ON: Final = "asked_on"
"""The day as of which a register is asked, as a column of the query."""


@dataclass(frozen=True, slots=True)
class AskedAnswer:
    """What an answer is made of: its question, its table, the same with Chinese heads (for what is sent to offices), and how many
    rows were changed after its day."""

    question: Question
    table: Table
    official: Table
    changed_since: int


def answer(question: Question, viewer: Viewer) -> AskedAnswer:
    """The numbers that a question asks for, over the rows that the viewer may see; logged. Raises Unusable ``too_many_rows``."""
    found = list(_facts(question, viewer))
    shown = official = _table(question, found)
    if get_language() != OFFICIAL:
        with override(OFFICIAL):
            official = _table(question, found)
    viewer.note(Action.COUNT, f"asking/{question.ledger.code}", rows=len(found))
    return AskedAnswer(question, shown, official, _changed_since(question, viewer))


def rows_behind(
    question: Question, viewer: Viewer, row: str, column: str, *, pending: bool
) -> QuerySet[Model] | None:
    """The rows behind one number of the answer, as a query; None where there is no such number."""
    found = list(_facts(question, viewer))
    keys = behind(found, _table(question, found), row, column, pending=pending)
    if keys is None:
        return None
    return queries.facts(question.ledger, {queries.KEYS: keys})


def _table(question: Question, found: Sequence[CountedFact]) -> Table:
    rows = _heads(question.rows, {fact.row for fact in found})
    columns = _heads(question.columns, {fact.column for fact in found})
    return table(found, rows, columns, (_("其余%d项"), _("其余%d项")))


def _facts(question: Question, viewer: Viewer) -> Iterator[CountedFact]:
    """All rows of the answer, by their keys: one query, and one that looks at how the registers stand."""
    ledger = question.ledger
    unsure = ledger.person is not None and ledger.approved and facts.registers().unconfirmed
    with ExitStack() as looking:
        looking.enter_context(evidence(day=_day(question)))
        rows = _rows(question, viewer)
        # Of women about whom something is not confirmed, what counts by confirmed evidence alone is approved.
        hers = Q(**{f"{ledger.person}__in": unconfirmed_persons()}) if unsure else Q(pk__in=[])
        sure = Q(pk__in=[])
        columns = {f"g{n}": one.value() for n, one in enumerate(question.groupings)}
        confirmed: dict[str, Any] = {}
        if unsure:
            with evidence(confirmed=True):
                met = _rows(question, viewer).filter(hers, Q(**{f"{ledger.person}__confirmed": True}))
                sure = Q(pk__in=met.order_by().values("pk"))
                confirmed = {f"c{n}": one.value() for n, one in enumerate(question.groupings)}
        stands = _approved(question) & (~hers | sure) if unsure else _approved(question)
        marked = rows.annotate(
            k=_key(question),
            a=_yes(stands),
            h=_yes(hers),
            n=_amount(question),
            **columns,
            **confirmed,
        ).order_by("pk")
        names = ["pk", "k", "a", "h", "n", *columns, *confirmed]
        lines = list(marked.values_list(*names)[: MOST + 1])
    if len(lines) > MOST:
        text = _("超过 %s 条记录，一次算不了：请缩短时段，或加条件。")
        raise Unusable("too_many_rows", text % f"{MOST:,}")
    readers = [_reader(one) for one in question.groupings]
    places = (question.rows is not None, question.columns is not None)
    width = len(readers)
    for pk, key, approved, about_her, amount, *values in lines:
        marks = [read(value) for read, value in zip(readers, values, strict=False)]
        if about_her and confirmed and values[:width] != values[width:]:
            approved = False
        row = marks[0] if places[0] else ALL
        column = marks[-1] if places[1] else ALL
        yield CountedFact(pk, key, bool(approved), row, column, amount)


def _day(question: Question) -> str | None:
    """The column that is the day of a row: on it evidence is looked at, and age is reckoned."""
    ledger = question.ledger
    if ledger.holds is not None:
        return ASKED_ON
    return facts.counted_day(ledger, question.period) or ledger.date or None


def _rows(question: Question, viewer: Viewer) -> QuerySet[Model, Any]:
    """The viewer's rows that meet the question's conditions, approved or not."""
    ledger, period = question.ledger, question.period
    found: QuerySet[Model, Any] = queries.rows(ledger, viewer).filter(joining.leading(ledger))
    if period is not None:
        found = facts.during(found, ledger, period)
    if ledger.holds is not None:
        found = found.annotate(**{ASKED_ON: Value(question.as_of, output_field=DateField())})
        found = found.filter(ledger.holds(question.as_of))
    elif question.past and ledger.approved:
        found = found.filter(entered_at__lt=_end(question))
    annotations, met = queries.condition(ledger, question.where)
    narrowed: QuerySet[Model, Any] = found.annotate(**annotations).filter(met)
    return narrowed


def _end(question: Question) -> datetime:
    """The moment at which the day of the question ends, here."""
    return timezone.make_aware(datetime.combine(question.as_of + timedelta(days=1), time.min))


def _approved(question: Question) -> Q:
    """Condition: a row counts as approved, by the day of the question."""
    ledger = question.ledger
    stands = facts.standing(ledger)
    if ledger.confirmed:
        stands &= Q(confirmed=True)
    if question.past and ledger.holds is None:
        stands &= _approved_before(ledger, "", _end(question))
    return stands


def _approved_before(ledger: Ledger, path: str, moment: datetime) -> Q:
    """Condition: what is approved now was last approved before a moment, and so was what it rests on."""
    met = Q()
    if ledger.approved:
        approved = Q(**{f"{path}approved_at__lt": moment})
        # What was committed by whoever approves bears no other day than that.
        at_once = Q(**{f"{path}approved_at__isnull": True, f"{path}entered_at__lt": moment})
        met = approved | at_once
    for part in ledger.parts.values():
        other = declaration.get(part.ledger)
        if other.approved:
            own = _approved_before(other, f"{path}{part.attribute}__", moment)
            met &= own | Q(**{f"{path}{part.attribute}__isnull": True}) if ledger.optional(part) else own
    return met


def _key(question: Question) -> Combinable:
    """Under what a row counts: the person (of records found to be one woman, the one kept), or the row itself."""
    ledger = question.ledger
    if ledger is PERSONS:
        return Coalesce(F("canonical_id"), F("pk"), output_field=BigIntegerField())
    if question.unit.code == PERSONS_UNIT and ledger.person is not None:
        return canonical(ledger.person)
    return facts.once(ledger)


def _amount(question: Question) -> Combinable:
    field = question.unit.field
    if field is None:
        return Value(1, output_field=BigIntegerField())
    return Coalesce(Cast(field.value(), BigIntegerField()), Value(0), output_field=BigIntegerField())


def _yes(met: Q) -> Case:
    # Of a ledger that is neither approved nor confirmed every row stands: no condition is one that all meet.
    return Case(
        When(met or Q(pk__isnull=False), then=Value(True)), default=Value(False), output_field=BooleanField()
    )


def _changed_since(question: Question, viewer: Viewer) -> int:
    """Of the rows that were known by the day of the question, how many were changed, returned or withdrawn after it: they are
    counted as they are now. One query; none where the question is about today."""
    ledger = question.ledger
    if not question.past or ledger.holds is not None or not ledger.approved:
        return 0
    moment = _end(question)
    later = Change.objects.filter(
        Q(word__isnull=True) | ~Q(word__in=("approve", "check")),
        model=ledger.model._meta.label,
        act=Change.Act.UPDATE,
        at__gte=moment,
    )
    with evidence(day=_day(question)):
        period = question.period
        # Withdrawn ones too.
        every = ledger.model._default_manager.filter(ledger.visible(viewer), entered_at__lt=moment)
        if period is not None:
            every = facts.during(every, ledger, period)
        annotations, met = queries.condition(ledger, question.where)
        known = every.annotate(**annotations).filter(met, pk__in=later.order_by().values("object_id"))
        return int(known.count())


# --- groups ----------------------------------------------------------------------------------------------------------


def _reader(grouping: Grouping) -> Callable[[Any], str]:
    """What gives the mark of the group in which a value lies."""
    if grouping.kind == "number":

        def band(value: Any) -> str:
            if value is None:
                return UNKNOWN
            for place, (least, most) in enumerate(grouping.bands):
                if (least is None or value >= least) and (most is None or value <= most):
                    return str(place)
            return UNKNOWN

        return band
    if grouping.kind == "month":
        return lambda value: UNKNOWN if value is None else f"{value:%Y-%m}"
    return lambda value: UNKNOWN if value in (None, "") else str(value)


def _heads(grouping: Grouping | None, marks: Iterable[str]) -> list[GroupHead]:
    """The groups of a side in their order, what is not known last; none where rows are not parted."""
    if grouping is None:
        return []
    found = {mark for mark in marks if mark != UNKNOWN}
    heads = _ORDERED[grouping.kind](grouping, found)
    return [*heads, GroupHead(UNKNOWN, _("未知"))] if UNKNOWN in marks else heads


def _choices(grouping: Grouping, found: set[str]) -> list[GroupHead]:
    declared = {str(code): str(label) for code, label in grouping.choices.items() if code not in (None, "")}
    shown = [GroupHead(code, label) for code, label in declared.items() if code in found]
    return [*shown, *(GroupHead(mark, mark) for mark in sorted(found - set(declared)))]


def _texts(_grouping: Grouping, found: set[str]) -> list[GroupHead]:
    return [GroupHead(mark, mark) for mark in sorted(found)]


def _months(_grouping: Grouping, found: set[str]) -> list[GroupHead]:
    return [
        GroupHead(mark, _("%(year)s年%(month)d月") % {"year": mark[:4], "month": int(mark[5:])})
        for mark in sorted(found)
    ]


def _bands(grouping: Grouping, found: set[str]) -> list[GroupHead]:
    """From the first band in which somebody lies to the last, those between too."""
    places = sorted(int(mark) for mark in found)
    if not places:
        return []
    return [
        GroupHead(str(place), band_words(*grouping.bands[place], grouping.unit))
        for place in range(places[0], places[-1] + 1)
    ]


def band_words(least: int | None, most: int | None, unit: Label) -> str:
    """A band in words: 16—24岁, 15岁及以下, 60岁及以上."""
    if least is None:
        return _("%(number)d%(unit)s及以下") % {"number": most or 0, "unit": unit}
    if most is None:
        return _("%(number)d%(unit)s及以上") % {"number": least, "unit": unit}
    return f"{least}—{most}{unit}"


def _regions(_grouping: Grouping, found: set[str]) -> list[GroupHead]:
    """Regions as they stand in the tree; two of one name with what they lie in."""
    held = list(
        Region.objects.filter(pk__in=[int(mark) for mark in found]).select_related("parent").order_by("first")
    )
    names = [one.short_name for one in held]
    return [
        GroupHead(
            str(one.pk),
            one.short_name
            if names.count(one.short_name) == 1 or one.parent is None
            else f"{one.parent.short_name}{one.short_name}",
        )
        for one in held
    ]


_ORDERED: Final[dict[str, Callable[[Grouping, set[str]], list[GroupHead]]]] = {
    "choice": _choices,
    "text": _texts,
    "month": _months,
    "number": _bands,
    "region": _regions,
}
