"""Printing papers of a class: each sheet gets its number, is recorded, and says 补打 where its occasion was over."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.names import own_name
from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.tables.grid import Filled, Stamp
from qiaojie.tables.writing import PRINTED, write_sheets

from . import declaring, numbers
from .declaring import Paper
from .filling import ClassPapers, PaperSheet
from .models import Printing

FORMATS: Final = PRINTED
"""The formats in which papers are made; the first is printed."""

MOST: Final = 120
"""Sheets of one printing, as many as a class may have sessions: more is a wrong date, or is printed month by month."""

_NUMBER: Final = "编号 %s"
_LATE: Final = "补打 %s"
_SEVERAL: Final = "班级用表"
_PRINTED: Final = "%(who)s %(at)s 打印"
"""Papers are Chinese in every interface."""


@dataclass(frozen=True, slots=True)
class PrintedFile:
    """A file of papers: its name, its bytes, how many sheets and how many names are in it."""

    name: str
    content: bytes
    sheets: int
    names: int


def print_papers(
    pk: int,
    codes: Sequence[str],
    form: str,
    viewer: Viewer,
    purpose: str,
    *,
    first: date | None = None,
    last: date | None = None,
) -> PrintedFile:
    """Make the chosen papers (by code) of a class, filled, as one PDF, or as one file a paper in a zip; recorded and logged.

    Of papers of days only the sheets from ``first`` to ``last`` are made. Raises Refused where the class is not the viewer's or
    the role may not export; Unusable: ``papers_none`` (nothing was chosen), ``paper_unknown``, ``format_unknown``,
    ``purpose_missing``, ``days_order``, ``papers_no_day`` (no session in those days), ``papers_too_many``, ``pdf_no_face``.
    """
    permit = permitted(viewer, Action.EXPORT, f"papers/{pk}", registry=False)
    if form not in FORMATS:
        raise Unusable(
            "format_unknown",
            _("不能写成“%(format)s”，可用：%(known)s") % {"format": form[:10], "known": "、".join(FORMATS)},
        )
    chosen = [one for one in declaring.every() if one.code in set(codes)]
    for code in codes:
        declaring.paper(code)
    if not chosen:
        raise Unusable("papers_none", _("请勾选要打印的表。"))
    if not purpose.strip():
        raise Unusable("purpose_missing", _("表上有学员姓名，请写明用途。"))
    today = timezone.localdate()
    papers = ClassPapers(pk, viewer, today)
    wanted = {paper.code: _sheets(papers, paper, first, last) for paper in chosen}
    number = sum(map(len, wanted.values()))
    if number > MOST:
        message = _(
            "一共有 %(number)d 张，一次最多打印 %(most)d 张。请填写从哪天到哪天，分几次打印；天数不对的请先改班的日期。"
        )
        raise Unusable("papers_too_many", message % {"number": number, "most": MOST})
    names = sum(papers.number(paper) for paper in chosen)
    mark = _PRINTED % {"who": own_name(viewer), "at": f"{timezone.localtime():%Y-%m-%d %H:%M}"}
    with permit.because(purpose) as change:
        made = {
            paper.code: [_made(papers, sheet, change, viewer, mark, today) for sheet in wanted[paper.code]]
            for paper in chosen
        }
        content = _written(made, chosen, form)
        change.note(f"papers/{pk}/{'+'.join(wanted)}.{form}", rows=names)
    return PrintedFile(_name(papers, chosen, form), content, number, names)


def _sheets(papers: ClassPapers, paper: Paper, first: date | None, last: date | None) -> list[PaperSheet]:
    held = papers.held
    begins, ends = first or held.begins, last or held.ends
    if begins > ends:
        raise Unusable("days_order", _("结束的日期早于开始的日期，请核对。"))
    found = papers.sheets(paper, begins, ends)
    if not found:
        message = _("%(first)s到%(last)s没有课，“%(paper)s”没有可打印的。请核对日期和课程表。")
        said = {"first": begins.isoformat(), "last": ends.isoformat(), "paper": paper.label}
        raise Unusable("papers_no_day", message % said)
    return found


def _made(
    papers: ClassPapers, sheet: PaperSheet, change: OpenChange, viewer: Viewer, mark: str, today: date
) -> list[Filled]:
    """A sheet under the number that it gets now."""
    late = sheet.over(papers.held, today)
    # Of certificates each is a sheet of one name.
    number = papers.number(sheet.paper)
    kept = Printing.objects.create(
        training_class=papers.held,
        paper=sheet.paper.code,
        day=sheet.day,
        part=sheet.part,
        title=papers.held.title,
        rows=min(number, 1) if sheet.row is not None else number,
        late=late,
        printed_by=viewer.name,
    )
    change.created(Printing, [kept.pk], told=False)
    said = _LATE % print_date(today) if late else ""
    stamp = Stamp(_NUMBER % numbers.printed(kept.pk), numbers.digits(kept.pk), said)
    return papers.filled(sheet, stamp, mark)


def _written(made: dict[str, list[list[Filled]]], chosen: Sequence[Paper], form: str) -> bytes:
    if form == FORMATS[0]:
        return write_sheets([sheet for sheets in made.values() for sheet in sheets], form)
    if len(made) == 1:
        return write_sheets(next(iter(made.values())), form)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for paper in chosen:
            archive.writestr(f"{paper.titled}.{form}", write_sheets(made[paper.code], form))
    return out.getvalue()


def _name(papers: ClassPapers, chosen: Sequence[Paper], form: str) -> str:
    what = chosen[0].titled if len(chosen) == 1 else _SEVERAL
    ending = form if form == FORMATS[0] or len(chosen) == 1 else "zip"
    title = "".join(each for each in papers.held.title if each not in '\\/:*?"<>|')
    return f"{title[:60]}{what}.{ending}"
