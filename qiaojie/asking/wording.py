"""An answer in words: the sentence to send, and what its numbers mean. What is sent is Chinese in every interface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Sight
from qiaojie.lib.periods import Period
from qiaojie.regions.models import Region

from .answers import UNKNOWN, AnswerLine, Number
from .counting import OFFICIAL, AskedAnswer
from .questions import PERSONS_UNIT, CountUnit, Question

MOST_SAID = 12
"""So many groups are said one by one in a sentence; of more, the largest few."""
LARGEST = 3
"""Of too many groups so many are named: those with the largest numbers."""


def amount(unit: CountUnit, number: int) -> str:
    """A number in its unit, without the unit's word: 1,330; 12,500.50."""
    if unit.field is not None and unit.field.kind == "money":
        printed = queries.show(unit.field, number, Sight.WHOLE).text
        whole, point, rest = printed.removesuffix(str(unit.field.unit)).strip().partition(".")
        return f"{int(whole):,}{point}{rest}"
    return f"{number:,}"


def day_words(day: date) -> str:
    """A day as letters write it."""
    return _("%(year)d年%(month)d月%(day)d日") % {"year": day.year, "month": day.month, "day": day.day}


def span_words(question: Question) -> str:
    """The days that count; '' where all do."""
    begins, ends = question.begins, question.ends
    if begins is not None and ends is not None:
        period = Period(begins, ends)
        return (
            period.label
            if begins.year != ends.year or period.code.count("..") == 0
            else _("%(begins)s至%(month)d月%(day)d日")
            % {"begins": day_words(begins), "month": ends.month, "day": ends.day}
        )
    if begins is not None:
        return _("%s起") % day_words(begins)
    return _("%s以前") % day_words(ends) if ends is not None else ""


def day_label(ledger: Ledger) -> str:
    """What the day is called by which rows lie in a period: that of its column, or of the one that it repeats."""
    columns = (ledger.date, ledger.follows.get(ledger.date, ""))
    return next((str(one.label) for one in ledger.fields if one.column in columns and ledger.date), "")


def condition_words(ledger: Ledger, where: Mapping[str, Any]) -> list[str]:
    """The conditions of a question, each in words: 结业情况：结业."""
    return [
        f"{field.label}：{_wanted(field, where[field.name])}"
        for field in ledger.fields
        if field.name in where
    ]


def _wanted(field: Field, wanted: Any) -> str:
    if isinstance(wanted, Mapping):
        least, most = wanted.get("min"), wanted.get("max")
        if "has" in wanted:
            return str(_("含“%s”") % wanted["has"])
        return f"{least or ''}—{most or ''}"
    every = wanted if isinstance(wanted, list | tuple) else [wanted]
    return "、".join(queries.show(field, one, Sight.WHOLE).text for one in every)


def meaning(answer: AskedAnswer, region: Region | None) -> list[str]:
    """What the numbers mean (口径), sentence by sentence; ``region`` is named where others read it."""
    question = answer.question
    ledger = question.ledger
    said = [
        _("范围：%s，只含填报人看得到的记录。") % region.short_name if region else _("只含您看得到的记录。"),
        _("只计已确认的登记，+ 后是待确认。")
        if ledger.confirmed
        else _("只计已审核的（所依据的班、基地等也已审核），+ 后是待审核。"),
        *_unit_words(question),
        *_day_words(answer),
    ]
    if any(one.kind == "number" for one in question.groupings):
        on = _("截至日") if ledger.holds is not None else day_label(ledger) or _("发生日期")
        said.append(_("年龄按%s当天的周岁。") % on)
    if any(one.kind == "region" for one in question.groupings):
        said.append(_("地区按现在登记的。"))
    open_ = [
        str(one.label)
        for one in ledger.fields
        if one.lack
        and one.name != "state"
        and not one.name.endswith(".state")
        and one.name not in question.where
    ]
    if open_ and not ledger.confirmed:
        text = _("这里没有按“%s”筛选；任务进度表只计符合通知条件的，数可能更少。")
        said.append(text % "、".join(open_))
    return said


def _unit_words(question: Question) -> list[str]:
    ledger, unit = question.ledger, question.unit
    if unit.code == PERSONS_UNIT:
        said = [_("一人有几条记录只计1人，认定为同一人的算一人。")]
        if question.groupings:
            said.append(_("一人在两行（列）里各计一次，各行相加可能多于合计。"))
        return said
    once = ledger.joins is not None or ledger.person is not None
    return [_("同一件事登记两次的只计一次。")] if once else []


def _day_words(answer: AskedAnswer) -> list[str]:
    question = answer.question
    ledger, said = question.ledger, []
    if question.period is not None:
        said.append(_("时段按%s。") % (day_label(ledger) or _("发生日期")))
        if ledger.lasts:
            said.append(_("时段以前开始、时段内还在进行的也计。"))
    if ledger.holds is not None:
        said.append(_("按登记，计%s当天有效的。") % day_words(question.as_of))
    elif question.past and ledger.approved:
        said.append(
            _("截至%s：那天以前录入的才列入，那天以前审核的才算已审核；内容按现在的记录。")
            % day_words(question.as_of)
        )
        if answer.changed_since:
            said.append(_("其中%d条后来改过、退回或作废，按现在的样子计。") % answer.changed_since)
    return said


def cut_words(answer: AskedAnswer) -> list[str]:
    """What was put together because the table would have been too long or too wide, and what to do."""
    said = []
    for cut, grouping in (
        (answer.table.cut_lines, answer.question.rows),
        (answer.table.cut_columns, answer.question.columns),
    ):
        if cut is not None and grouping is not None:
            words = {"label": grouping.label, "groups": f"{cut.groups:,}", "rest": f"{cut.together:,}"}
            text = _(
                "“%(label)s”有%(groups)s项，表里列不下：人数（条数）最少的%(rest)s项合在一起。要看全，请加条件、缩短时段，或换一种分组。"
            )
            said.append(text % words)
    return said


def sentence(answer: AskedAnswer, region: Region | None) -> str:
    """The answer as text to send, in Chinese: date, place, what was counted, the number with what waits, then group by group."""
    with override(OFFICIAL):
        return _sentence(answer, region)


def _sentence(answer: AskedAnswer, region: Region | None) -> str:
    question, shown = answer.question, answer.official
    subject = str(question.unit.label if question.unit.field else question.ledger.label)
    conditions = "；".join(condition_words(question.ledger, question.where))
    if question.unit.field is not None:
        subject = f"{question.ledger.label}{subject}"
    if conditions:
        subject += f"（{conditions}）"
    said = [
        _("截至%(day)s，%(place)s%(span)s%(subject)s%(number)s。")
        % {
            "day": day_words(question.as_of),
            "place": region.short_name if region else "",
            "span": span_words(question),
            "subject": subject,
            "number": number_words(answer, shown.total.total),
        }
    ]
    if question.columns is not None and shown.heads:
        groups = list(zip([head.label for head in shown.heads], shown.total.cells, strict=True))
        said.append(_groups(answer, str(question.columns.label), groups))
    if question.rows is not None and shown.lines:
        groups = [(line.head.label, line.total) for line in shown.lines]
        if len(groups) > MOST_SAID:
            said.append(_largest(answer, shown.lines))
        else:
            said.append(_groups(answer, str(question.rows.label), groups))
    return "".join(one for one in said if one)


def number_words(answer: AskedAnswer, number: Number) -> str:
    """A number with its unit, and what waits in brackets."""
    unit = answer.question.unit
    words = f"{amount(unit, number.approved)}{unit.measure}"
    if not number.pending:
        return words
    waits = _("待确认") if answer.question.ledger.confirmed else _("待审核")
    return _("%(number)s（另有%(pending)s%(unit)s%(waits)s）") % {
        "number": words,
        "pending": amount(unit, number.pending),
        "unit": unit.measure,
        "waits": waits,
    }


def _groups(answer: AskedAnswer, label: str, groups: Sequence[tuple[str, Number]]) -> str:
    stated = [f"{name}{number_words(answer, number)}" for name, number in groups if number.every]
    return _("按%(label)s：%(groups)s。") % {"label": label, "groups": "，".join(stated)} if stated else ""


def _largest(answer: AskedAnswer, lines: Sequence[AnswerLine]) -> str:
    known = [line for line in lines if line.total.approved and not line.head.mark.startswith(UNKNOWN[0])]
    first = sorted(known, key=lambda line: -line.total.approved)[:LARGEST]
    if not first or answer.question.rows is None:
        return ""
    stated = "，".join(f"{line.head.label}{number_words(answer, line.total)}" for line in first)
    return _("最多的%(label)s：%(groups)s。") % {"label": answer.question.rows.label, "groups": stated}
