"""A comparison as a workbook: the units with their numbers, and the lines behind them as the viewer sees them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.lib.practice import notice
from qiaojie.notices import queries as notices

from . import queries
from .models import LineStanding, OutsideList
from .queries import Figures

MOST = 100_000
"""Lines of one workbook; agreeing pairs are not listed."""


def export(held: OutsideList, viewer: Viewer, purpose: str) -> bytes:
    """The workbook, logged. Values are masked as on the screen; agreeing pairs are only counted.

    Raises Refused where the role may not export, Unusable ``purpose_missing``, ``export_too_long``.
    """
    subject = f"comparison/{held.pk}.xlsx"
    demand(viewer, Action.EXPORT, subject)
    if not purpose.strip():
        raise Unusable("purpose_missing", _("比对结果含有个人信息，请写明导出的用途。"))
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1, "text_wrap": True})
        _units(book, held, head)
        written = _lines(book, held, viewer, head)
    viewer.note(Action.EXPORT, subject, rows=written, purpose=purpose)
    return out.getvalue()


def headings() -> tuple[str, ...]:
    """The names of a unit's numbers, in the order of ``Figures``."""
    return (
        _("我方"),
        _("对方"),
        _("两边都有"),
        _("内容不同"),
        _("只有我方有"),
        _("只有对方有"),
        _("对方已有，我方待审核"),
        _("没有号码，很可能是我方的人"),
    )


def numbers(figures: Figures) -> tuple[int, ...]:
    """A unit's numbers in the order of ``headings``."""
    return (
        figures.ours,
        figures.theirs,
        figures.both,
        figures.differs,
        figures.only_ours,
        figures.only_theirs,
        figures.waiting,
        figures.likely,
    )


def _units(book: Any, held: OutsideList, head: Any) -> None:
    sheet = book.add_worksheet(_("各单位"))
    for col, text in enumerate((_("单位"), *headings())):
        sheet.write_string(0, col, text, head)
    row = 0
    for row, unit in enumerate(queries.units(held), start=1):
        name = unit.region.short_name if unit.region else _("名单未写明单位")
        sheet.write_string(row, 0, "\u3000" * unit.depth + name)
        for col, number in enumerate(numbers(unit.figures), start=1):
            sheet.write_number(row, col, number)
    _say_made_up(sheet, row + 2)
    sheet.set_column(0, 0, 24)
    sheet.freeze_panes(1, 1)


def _say_made_up(sheet: Any, row: int) -> None:
    said = notice()
    if said:
        sheet.write_string(row, 0, said)


def _lines(book: Any, held: OutsideList, viewer: Viewer, head: Any) -> int:
    sheet = book.add_worksheet(_("差异清单"))
    row = 0
    for row, line in enumerate(_every(held, viewer), start=1):
        if row > MOST:
            raise Unusable("export_too_long", _("差异超过 %s 条，请按单位分别比对。") % f"{MOST:,}")
        differing = "；".join(
            _("%(field)s：我方“%(ours)s”，对方“%(theirs)s”")
            % {"field": one.label, "ours": one.ours.text, "theirs": one.theirs.text}
            for one in line.differing
        )
        told = (line.unit, line.standing.label, str(line.row or ""), differing)
        for col, text in enumerate((*told, *(cell.text for cell in line.cells.values()))):
            if text:
                sheet.write_string(row, col, str(text))
    fields = queries.listed(notices.table(held.table))
    captions = (_("单位"), _("情况"), _("对方行号"), _("不同之处"), *(str(field.label) for field in fields))
    for col, text in enumerate(captions):
        sheet.write_string(0, col, text, head)
    _say_made_up(sheet, row + 2)
    sheet.set_column(0, 2, 14)
    sheet.set_column(3, 3, 40)
    sheet.set_column(4, 3 + len(fields), 16)
    sheet.freeze_panes(1, 0)
    return row


def _every(held: OutsideList, viewer: Viewer) -> Iterator[queries.ShownLine]:
    for standing in LineStanding:
        if standing is LineStanding.SAME:
            continue
        after: int | None = 0
        while after is not None:
            page = queries.part(held, viewer, standing=standing, after=after, size=900)
            yield from page.lines
            after = page.following
