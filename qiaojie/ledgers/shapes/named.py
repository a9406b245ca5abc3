"""The five shapes, typed against a ledger. Their fields are names of the ledger's own fields that a database can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..conditions import reading, resolving
from ..conditions.faults import ConditionFault
from ..conditions.resolving import DAYS
from ..declaration import Ledger


@dataclass(frozen=True, slots=True)
class OverlapInTime:
    """Two rows that are alike in all of ``same`` go on at one time: each begins before the other has ended, last days counted.
    A row without a last day goes on; one without a first day, or that ends before it begins, overlaps with none."""

    same: tuple[str, ...]
    begins: str
    ends: str
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SharedValue:
    """Rows that differ in ``apart`` (of other people) say the same in all of ``same`` (one telephone's number, one account): from
    ``rows`` on that differ, which is two at least."""

    same: tuple[str, ...]
    apart: str
    rows: int = 2
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Rows that are alike in all of ``same``, from ``rows`` on: one thing entered again."""

    same: tuple[str, ...]
    rows: int = 2
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Burst:
    """More than ``most`` rows that are alike in all of ``same`` on days within ``days`` (a span that counts both its ends).
    ``most`` is fifty at most: a statement has two windows for each."""

    same: tuple[str, ...]
    day: str
    days: int
    most: int
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderOfDates:
    """Of rows that are alike in all of ``same``, one that stands earlier by the number or day ``by`` has a later day: a payment
    before the one that it should follow. Both are concerned."""

    same: tuple[str, ...]
    by: str
    day: str
    where: Mapping[str, Any] = field(default_factory=dict)


SEVERAL = 2
"""The fewest rows that are several."""

LARGEST_BURST = 50
"""The largest ``Burst.most``: a statement has two windows for each, and SQLite takes some thousand columns."""

RowShape = OverlapInTime | SharedValue | Repeat | Burst | OrderOfDates


def faults(shape: RowShape, ledger: Ledger, key: str) -> list[ConditionFault]:
    """What of a shape does not suit a ledger: names that are no fields, fields of the wrong kind, numbers that let nothing or
    everything through; each under its key."""
    _node, found = reading.read(ledger, shape.where, f"{key}.where")
    if not shape.same:
        found.append(ConditionFault(f"{key}.same", "condition_form", _("same 要写在哪些字段上相同。")))
    for name in shape.same:
        found += _named(ledger, name, f"{key}.same")
    if isinstance(shape, OverlapInTime):
        for word, name in (("begins", shape.begins), ("ends", shape.ends)):
            found += _named(ledger, name, f"{key}.{word}", DAYS)
    elif isinstance(shape, SharedValue):
        found += _named(ledger, shape.apart, f"{key}.apart")
    elif isinstance(shape, Burst):
        found += _named(ledger, shape.day, f"{key}.day", DAYS)
        for word, number in (("days", shape.days), ("most", shape.most)):
            if number < 1:
                found.append(
                    ConditionFault(f"{key}.{word}", "value_type", _("%s 要写不小于1的整数。") % word)
                )
    elif isinstance(shape, OrderOfDates):
        found += _named(ledger, shape.by, f"{key}.by", DAYS | {"integer", "ordinal"})
        found += _named(ledger, shape.day, f"{key}.day", DAYS)
    if isinstance(shape, Burst) and shape.most > LARGEST_BURST:
        found.append(ConditionFault(f"{key}.most", "value_type", _("most 不能大于%d。") % LARGEST_BURST))
    if isinstance(shape, SharedValue | Repeat) and shape.rows < SEVERAL:
        found.append(ConditionFault(f"{key}.rows", "value_type", _("rows 要写不小于2的整数。")))
    return found


def _named(ledger: Ledger, name: str, key: str, kinds: frozenset[str] = frozenset()) -> list[ConditionFault]:
    found = reading.read(ledger, {name: {"known": True}}, key)[1]
    if found:
        return [ConditionFault(key, one.code, one.message) for one in found]
    field_ = resolving.meant(ledger, name).field
    if kinds and field_.kind not in kinds:
        return [ConditionFault(key, "value_type", _("“%s”不是日期或数字，不能这样比较。") % field_.label)]
    return []
