"""The shipped forms filled with fixed rows that have something of every kind in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from qiaojie.lib.dates import DateSpan
from qiaojie.tables.form import Form, Leaf
from qiaojie.tables.grid import Filled, Mark

_NAMES = ("李桂芳", "王㵲", "陈𬭎秀英")
_SPANS = tuple(DateSpan(date(2023, 3, 1 + n), date(2023, 3, 12 + n)) for n in range(3))
_VALUES: dict[str, tuple[Any, ...]] = {
    "text": ("竹编与布艺", "手工编织一班", None),
    "address": ("江东街道群沱子路12号", "马武镇白果村三组", "李渡街道"),
    "name": _NAMES,
    "region": ("万州区", "忠  县", "涪陵区"),
    "integer": (120, 0, 1800),
    "money": (3_600_050, 1_234_567, None),
    "percent": (Decimal("0.842"), Decimal("1.125"), Mark("—")),
    "date": (date(2023, 3, 1), date(2023, 12, 31), None),
    "date_span": _SPANS,
    "id_number": ("500000198603136682", "500000199001010023", None),
    "certificate": ("50000019860313668242", None, "50000019900101002344"),
    "phone": ("13800138000", "13912345678", None),
    "yes_no": (True, False, None),
}
CAPTIONS = {
    "region": "涪陵区", "date": date(2023, 7, 25), "on": date(2023, 11, 30), "year": "2023", "base.name": "竹编专业合作社",
    "base.kind": "base", "base.head": "周桂兰",
}  # fmt: skip


def _value(form: Form, leaf: Leaf, row: int) -> Any:
    column = leaf.column
    choices = (
        sorted(form.tick_choices(column.field or ""))
        if column.tick is not None
        else sorted(column.choices or {})
    )
    if choices:
        return choices[row % len(choices)]
    return _VALUES[column.kind][row] if column.kind in _VALUES else None


def filled(form: Form, count: int = 3) -> Filled:
    """A form with rows that have something of every kind in them; every third is alike."""
    rows = [
        {leaf.column.field: _value(form, leaf, row % 3) for leaf in form.leaves if leaf.column.field}
        for row in range(count)
    ]
    titled = replace(form, title=form.title.format(region="涪陵区", year="2023"))
    return Filled(titled, CAPTIONS, rows)
