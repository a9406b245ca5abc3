"""An answer as a workbook, written as every other file of the product is."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.regions.models import Region
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from .answers import AnswerLine
from .counting import OFFICIAL, AskedAnswer
from .wording import cut_words, meaning, sentence


def workbook(answer: AskedAnswer, viewer: Viewer, region: Region | None) -> bytes:
    """The table with 合计 first, approved and pending each in a column of its own, and its meaning beneath, in Chinese; logged.

    Raises Refused where the role may not export.
    """
    subject = f"asking/{answer.question.ledger.code}.xlsx"
    demand(viewer, Action.EXPORT, subject)
    with override(OFFICIAL):
        filled = _filled(answer, viewer, region)
        content = write(filled, "xlsx")
    viewer.note(Action.EXPORT, subject, rows=len(filled.rows))
    return content


def _filled(answer: AskedAnswer, viewer: Viewer, region: Region | None) -> Filled:
    question, shown = answer.question, answer.official
    waits = _("待确认") if question.ledger.confirmed else _("待审核")
    kind = question.unit.field.kind if question.unit.field is not None else "integer"
    heads = [_("合计"), *(head.label for head in shown.heads)]
    unit = str(question.unit.measure)
    first = Column(str(question.rows.label) if question.rows else _("项目"), "group")
    columns = [
        Column(
            f"{label}（{unit}）",
            columns=(
                Column(str(_("已确认") if question.ledger.confirmed else _("已审核")), f"a{n}", kind, unit),
                Column(waits, f"p{n}", kind, unit),
            ),
        )
        for n, label in enumerate(heads)
    ]

    def row(line: AnswerLine, label: str) -> dict[str, Any]:
        numbers = (line.total, *line.cells)
        cells = {f"a{n}": number.approved for n, number in enumerate(numbers)}
        return {"group": label, **cells, **{f"p{n}": number.pending for n, number in enumerate(numbers)}}

    rows = [row(shown.total, _("合计")), *(row(line, line.head.label) for line in shown.lines)]
    notes = (sentence(answer, region), *meaning(answer, region), *cut_words(answer))
    form = Form(
        question.ledger.code, _("临时要数：%s") % question.ledger.label, (first, *columns), notes=notes
    )
    return Filled(form, {}, rows, mark=watermark(viewer))
