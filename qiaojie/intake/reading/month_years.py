"""The year of months that are written without one, where the other rows of their column all say the same."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level
from qiaojie.lib.periods import read_month
from qiaojie.sheets.book import Sheet
from qiaojie.tables.matching import Match

from ..vocabulary.outcome import Issue


def settled(year: int | None, sheet: Sheet, matched: Match) -> tuple[int | None, Iterable[Issue]]:
    """The year to read a table by: that which is said of it, else the one that its months say. ``year_of_others`` tells where
    months take it."""
    if year is not None or matched.year is not None:
        return year, ()
    years: set[int] = set()
    lacking = []
    for place, binding in enumerate(matched.bindings):
        if binding.leaf.column.kind != "month":
            continue
        read = [read_month(cell) for cell in {row.cells[place] for row in matched.data}]
        years |= {one.value.year for one in read if one.value is not None}
        if any(finding.code == "date_without_year" for one in read for finding in one.findings):
            lacking.append(binding)
    if len(years) != 1 or not lacking:
        return None, ()
    (found,) = years
    message = _("“%(field)s”一栏有的没有写年份，已按这一栏其他行的 %(year)d 年读入，请核对。")
    return found, [
        Issue(
            sheet.name,
            sheet.address(matched.header.bottom, binding.col),
            "year_of_others",
            Level.HINT,
            message % {"field": binding.leaf.label, "year": found},
            field=binding.leaf.column.field or "",
        )
        for binding in lacking
    ]
