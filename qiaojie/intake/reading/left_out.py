"""Rows of a file that are no data, said so that nobody wonders where they are."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level
from qiaojie.sheets.book import Sheet
from qiaojie.sheets.visibility import spans
from qiaojie.tables.leftovers import Why
from qiaojie.tables.matching import Match

from ..vocabulary.outcome import Issue

_RUNS = 8
"""So many runs of rows are listed."""


def told(sheet: Sheet, matched: Match) -> Iterable[Issue]:
    """``rows_left_out``: how many rows below the header are no data, which, and why."""
    if not matched.left:
        return
    why: dict[Why, list[int]] = {}
    for one in matched.left:
        why.setdefault(one.why, []).append(one.row)
    labels = {
        Why.SAMPLE: _("示例：第%s行"),
        Why.BLANK: _("表示没有内容的记号：第%s行"),
        Why.PAGE: _("页码：第%s行"),
        Why.NUMBER: _("只有序号：第%s行"),
    }
    parts = [labels[reason] % listed(rows) for reason, rows in why.items()]
    message = _("有 %(number)d 行不是数据，没有读入。%(which)s。") % {
        "number": len(matched.left),
        "which": _("；").join(parts),
    }
    cell = sheet.address(matched.left[0].row, matched.bindings[0].col)
    yield Issue(sheet.name, cell, "rows_left_out", Level.HINT, message)


def listed(rows: Iterable[int]) -> str:
    """Rows (0-based) as people number them, those that follow each other as one: 3、7—9; only the first ones of many."""
    texts = [f"{first + 1}" if first == last else f"{first + 1}—{last + 1}" for first, last in spans(rows)]
    shown = "、".join(texts[:_RUNS])
    return shown if len(texts) <= _RUNS else shown + _("等")
