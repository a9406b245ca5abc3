"""What an office answered before: beside the same question asked again, with what became of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Max, Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import declaration, sight
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.statements import OneOf
from qiaojie.ledgers.viewer import Action, refuse

from .counting import AskedAnswer
from .models import KeptAnswer
from .questions import PERSONS_UNIT, ROWS_UNIT, CountUnit, demand_asking, units_of
from .wording import amount, day_words

SHOWN = 5
"""Earlier answers beside a new one."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer given before, its number in words, and how it stands to the present one: whether it was counted in the same
    unit (``alike``) and is the ``same``, why not, and how many rows tell them apart."""

    kept: KeptAnswer
    number: str
    alike: bool
    same: bool
    reasons: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Common:
    """A question that the office was asked several times: its ledger, its latest answer, how often."""

    ledger: Ledger
    latest: KeptAnswer
    number: int


def kept(viewer: UserViewer) -> QuerySet[KeptAnswer]:
    """The answers of the viewer's office, the newest first. Raises Refused outside the offices."""
    demand_asking(viewer, "kept")
    return KeptAnswer.objects.filter(agency=viewer.user.agency_id).order_by("-at", "-pk")


def one(viewer: UserViewer, pk: int) -> KeptAnswer:
    """One of them; Refused for another office's, and the attempt is logged."""
    found = kept(viewer).filter(pk=pk).first()
    if found is None or not _readable(found, viewer):
        refuse(viewer, Action.COUNT, f"asking/kept/{pk}")
    return found


def _readable(answer: KeptAnswer, viewer: UserViewer) -> bool:
    """Whether the viewer may still see by what it was parted: an office may have lost a line of work since."""
    ledger = declaration.get(answer.ledger)
    names = set(answer.table["groupings"])
    return all(sight.grouped(grouping, viewer) for grouping in ledger.groupings if grouping.name in names)


def earlier(answer: AskedAnswer, viewer: UserViewer) -> list[Earlier]:
    """Answers to the same or a similar question (the same rows, in whatever unit, over whatever days), the newest first."""
    found = [
        one for one in kept(viewer).filter(subject=answer.question.subject)[:SHOWN] if _readable(one, viewer)
    ]
    units = {unit.code: unit for unit in units_of(answer.question.ledger, viewer)}
    return [_compared(one, answer, units.get(one.unit)) for one in found]


def common(viewer: UserViewer, most: int = 6) -> list[Common]:
    """The questions that the office was asked most often, whatever the days. Two queries."""
    shapes = (
        kept(viewer)
        .order_by()
        .values("shape")
        .annotate(number=Count("pk"), latest=Max("pk"))
        .order_by("-number", "-latest")[:most]
    )
    numbers = {row["latest"]: row["number"] for row in shapes}
    latest = KeptAnswer.objects.in_bulk(list(numbers))
    return [
        Common(declaration.get(latest[pk].ledger), latest[pk], number)
        for pk, number in numbers.items()
        if _readable(latest[pk], viewer)
    ]


def _compared(before: KeptAnswer, answer: AskedAnswer, unit: CountUnit | None) -> Earlier:
    question, now = answer.question, answer.table.total.total
    number = f"{amount(unit, before.approved)} {unit.words}" if unit else f"{before.approved:,}"
    rows = sum(len(some) for some in changed_rows(before, answer))
    if unit is None or unit.code != question.unit.code:
        return Earlier(before, number, False, False, tuple(_other_unit(before, answer, unit)), rows)
    reasons = []
    if (before.begins, before.ends) != (question.begins, question.ends):
        reasons.append(_("那次的时段是%s。") % _span(before))
    if before.as_of != question.as_of and before.facts is None:
        reasons.append(_("那次截至%s。") % day_words(before.as_of))
    difference = now.approved - before.approved
    if difference:
        words = _("比现在少%s。") if difference > 0 else _("比现在多%s。")
        reasons.insert(0, words % amount(question.unit, abs(difference)))
    reasons += _became(before, answer)
    return Earlier(before, number, True, not difference, tuple(reasons), rows)


def _other_unit(before: KeptAnswer, answer: AskedAnswer, unit: CountUnit | None) -> list[str]:
    """Why numbers in two units differ: they always may."""
    said = [_("那次数的是%s，与这次不能直接比。") % (unit.label if unit else before.unit)]
    units = {before.unit, answer.question.unit.code}
    if units == {PERSONS_UNIT, ROWS_UNIT}:
        said.append(_("一人可以有几条记录。"))
        if answer.table.several:
            text = ngettext("现在有%d人不止一条。", "现在有%d人不止一条。", answer.table.several)
            said.append(text % answer.table.several)
    return said


def _span(before: KeptAnswer) -> str:
    return f"{before.begins or ''}—{before.ends or ''}"


def changed_rows(before: KeptAnswer, answer: AskedAnswer) -> tuple[set[int], set[int]]:
    """Keys of the rows that count now and did not then, and of those that did then and do not now."""
    then, now = set(before.facts or ()), set(answer.table.approved_rows)
    return (set(), set()) if before.facts is None else (now - then, then - now)


def rows_between(before: KeptAnswer, answer: AskedAnswer) -> QuerySet[Model]:
    """The rows that tell an answer from an earlier one, those withdrawn since apart: nobody's list has them."""
    added, gone = changed_rows(before, answer)
    return ledgers.facts(answer.question.ledger, {ledgers.KEYS: sorted(added | gone)})


def _became(before: KeptAnswer, answer: AskedAnswer) -> list[str]:
    """What became of the rows between two answers, as far as rows and their approval tell. One query at most."""
    added, gone = changed_rows(before, answer)
    if not added and not gone:
        return []
    ledger = answer.question.ledger
    if not ledger.approved:
        return _counts([(len(added), _("其后登记或确认%d条")), (len(gone), _("其后不再计入%d条"))])
    model = ledger.model._default_manager
    rows = model.filter(OneOf(F("pk"), sorted(added | gone))).values_list("pk", "state", "approved_at")
    held = {pk: (state, at) for pk, state, at in rows}
    lately = {pk for pk in added if (at := held[pk][1]) is not None and at > before.at}
    withdrawn = {pk for pk in gone if pk not in held or held[pk][0] == State.WITHDRAWN}
    waiting = {pk for pk in gone if pk in held and held[pk][0] in PENDING}
    return _counts(
        [
            (len(lately), _("其后审核%d条")),
            (len(added - lately), _("其他原因列入%d条（内容、时段或所依据的记录不同）")),
            (len(withdrawn), _("其后作废%d条")),
            (len(waiting), _("其后退回待审%d条")),
            (len(gone - withdrawn - waiting), _("其他原因不再计入%d条（内容、时段或所依据的记录不同）")),
        ]
    )


def _counts(found: Sequence[tuple[int, str]]) -> list[str]:
    said = [words % number for number, words in found if number]
    return [_("记录：%s。") % "，".join(said)] if said else []
