"""Which rows a shape concerns: one query, whatever the number of rows, on both databases alike.

Rows are looked at by windows, never joined to themselves: how many pairs a join would make nobody can guess before.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import (
    Count,
    F,
    IntegerField,
    Max,
    Min,
    Model,
    Q,
    QuerySet,
    RowRange,
    Value,
    ValueRange,
    Window,
    WindowFrameExclusion,
)
from django.db.models.functions import Coalesce, DenseRank, Lag, Lead

from qiaojie.lib.dialects import DayCount

from ..conditions import reading, resolving, sql
from ..conditions.tree import Known, both
from ..declaration import Ledger
from .named import Burst, OrderOfDates, OverlapInTime, RowShape, SharedValue

_Rows = QuerySet[Model, Any]

_NEVER = (date(9999, 12, 31) - sql.EPOCH).days
"""The day on which what has no last day ends."""


def concerned(shape: RowShape, ledger: Ledger, within: QuerySet[Model] | None = None) -> QuerySet[Model]:
    """The rows of a ledger (of ``within``, a query over its model, if given) that a shape concerns. What does not state one of
    the fields that a shape is about is concerned by none. Raises Unusable as ``conditions.sql.condition``."""
    rows: QuerySet[Model] = ledger.model._default_manager.all() if within is None else within
    named = (*shape.same, *_needed(shape))
    stated = both(
        reading.typed(ledger, shape.where), *(Known(resolving.term(ledger, name)) for name in named)
    )
    annotations, met = sql.condition(ledger, stated)
    rows = rows.order_by().annotate(**annotations).filter(met)
    same = [_column(ledger, name) for name in shape.same]
    keys = _found(shape, ledger, rows, same).values("pk")
    found: QuerySet[Model] = ledger.model._default_manager.filter(pk__in=keys)
    return found


def _needed(shape: RowShape) -> tuple[str, ...]:
    """The fields that a row has to state besides ``same``."""
    if isinstance(shape, OverlapInTime):
        return (shape.begins,)
    if isinstance(shape, SharedValue):
        return (shape.apart,)
    if isinstance(shape, Burst):
        return (shape.day,)
    return (shape.by, shape.day) if isinstance(shape, OrderOfDates) else ()


def _column(ledger: Ledger, name: str) -> str:
    return resolving.meant(ledger, name).column


def _found(shape: RowShape, ledger: Ledger, rows: _Rows, same: list[str]) -> _Rows:
    if isinstance(shape, OverlapInTime):
        return _overlapping(shape, ledger, rows, same)
    if isinstance(shape, SharedValue):
        return _shared(shape, ledger, rows, same)
    if isinstance(shape, Burst):
        return _in_bursts(shape, ledger, rows, same)
    if isinstance(shape, OrderOfDates):
        return _out_of_order(shape, ledger, rows, same)
    several: _Rows = rows.annotate(w_number=Window(Count("pk"), partition_by=same)).filter(
        w_number__gte=shape.rows
    )
    return several


def _overlapping(shape: OverlapInTime, ledger: Ledger, rows: _Rows, same: list[str]) -> _Rows:
    last = DayCount(F(_column(ledger, shape.ends)))
    rows = rows.annotate(
        w_begins=DayCount(F(_column(ledger, shape.begins))),
        w_ends=Coalesce(last, Value(_NEVER), output_field=IntegerField()),
    ).filter(w_ends__gte=F("w_begins"))
    in_order = [F("w_begins").asc(), F("pk").asc()]
    # Of those that begin before it, or with it: how long the longest goes on. Of those after it the next one is enough.
    before = Window(Max("w_ends"), partition_by=same, order_by=in_order, frame=RowRange(start=None, end=-1))
    after = Window(Lead("w_begins"), partition_by=same, order_by=in_order)
    found: _Rows = rows.annotate(w_before=before, w_after=after).filter(
        Q(w_before__gte=F("w_begins")) | Q(w_after__lte=F("w_ends"))
    )
    return found


def _shared(shape: SharedValue, ledger: Ledger, rows: _Rows, same: list[str]) -> _Rows:
    apart = F(_column(ledger, shape.apart))
    # How many differ: the places of a value from below and from above add up to one more.
    up = Window(DenseRank(), partition_by=same, order_by=apart.asc())
    down = Window(DenseRank(), partition_by=same, order_by=apart.desc())
    found: _Rows = rows.annotate(w_up=up, w_down=down).filter(w_up__gt=Value(shape.rows) - F("w_down"))
    return found


def _in_bursts(shape: Burst, ledger: Ledger, rows: _Rows, same: list[str]) -> _Rows:
    """A row is in a burst where it is one of ``most + 1`` rows that follow each other closely enough: it may be any of them."""
    rows = rows.annotate(w_day=DayCount(F(_column(ledger, shape.day))))
    in_order = [F("w_day").asc(), F("pk").asc()]
    edges: dict[str, Window] = {}
    for steps in range(1, shape.most + 1):
        edges[f"w_lag{steps}"] = Window(Lag("w_day", steps), partition_by=same, order_by=in_order)
        edges[f"w_lead{steps}"] = Window(Lead("w_day", steps), partition_by=same, order_by=in_order)
    burst = Q(pk__in=[])
    for steps in range(shape.most + 1):
        first = f"w_lag{steps}" if steps else "w_day"
        last = f"w_lead{shape.most - steps}" if shape.most > steps else "w_day"
        burst |= Q(**{f"{last}__lt": F(first) + Value(shape.days)})
    found: _Rows = rows.annotate(**edges).filter(burst)
    return found


def _out_of_order(shape: OrderOfDates, ledger: Ledger, rows: _Rows, same: list[str]) -> _Rows:
    rows = rows.annotate(w_day=DayCount(F(_column(ledger, shape.day))))
    by = F(_column(ledger, shape.by))
    # Rows that stand level are left out on both sides.
    frame = ValueRange(start=None, end=0, exclusion=WindowFrameExclusion.GROUP)
    before = Window(Max("w_day"), partition_by=same, order_by=by.asc(), frame=frame)
    after = Window(Min("w_day"), partition_by=same, order_by=by.desc(), frame=frame)
    found: _Rows = rows.annotate(w_before=before, w_after=after).filter(
        Q(w_before__gt=F("w_day")) | Q(w_after__lt=F("w_day"))
    )
    return found
