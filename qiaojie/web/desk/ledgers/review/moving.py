"""Steps of ticked rows: checked, approved, returned, voided, restored. What is refused comes back to its page with all that was
ticked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qiaojie.accounts import names as accounts
from qiaojie.ledgers import approving, proposals, queries, review, services
from qiaojie.ledgers.changing import together
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import Proposal, State
from qiaojie.ledgers.review import RowGone
from qiaojie.ledgers.viewer import demand
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import addressed, filters
from qiaojie.web.requests import DeskRequest

from ...shared import params
from ...shared.params import own_address
from .. import lists
from . import reviewing
from .refusals import RefusedStep, Ticks

NAMED = 8
"""Rows that a message names; more are counted."""

_CHANGES = {"approve": proposals.take}
"""What a step does with changes that wait beside rows; returning sends them back with its reason."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step: how many rows and changes it carried, and those that somebody else had carried before."""

    asked: tuple[int, ...]
    rows: int
    changes: int
    left: int
    gone: tuple[str, ...]


@require_POST
def move(request: DeskRequest, code: str, word: str) -> HttpResponse:
    """Carry the ticked rows one step, changes beside approved rows with them, or whole groups of the review page, or (``all``)
    all that the filters of a list leave. A refused step draws its page again (422), ticks, filters and reason kept."""
    held = addressed.ledger_of(code)
    if word not in services.MOVES:
        raise Http404(word)
    step = services.MOVES[word]
    demand(request.viewer, step.action, f"{code}/{word}")
    sent = _sent(request)
    try:
        done = _carry(request, held, word, sent)
    except _Refused as refused:
        return _again(request, held, replace(refused.step, ticks=sent, word=word))
    except Unusable as fault:
        return _again(request, held, RefusedStep(word, fault.code, fault.message, sent))
    _tell(request, held, word, done)
    return redirect(_back(request, held))


class _Refused(Exception):
    """A step that is about some rows was refused."""

    def __init__(self, step: RefusedStep) -> None:
        super().__init__(step.message)
        self.step = step


def _sent(request: DeskRequest) -> Ticks:
    posted = request.POST
    return Ticks(
        tuple(_keys(posted.getlist("row"))),
        tuple(_keys(posted.getlist("change"))),
        tuple(text.partition(":")[0][:24] for text in posted.getlist("group")),
        posted.get("purpose", ""),
        bool(posted.get("all")),
    )


def _keys(texts: list[str]) -> list[int]:
    return [key for text in texts if (key := params.number_of(text)) is not None]


def _carry(request: DeskRequest, held: Ledger, word: str, sent: Ticks) -> Done:
    viewer, step = request.viewer, services.MOVES[word]
    rows, changes = _meant(request, held, word, sent)
    if not rows and not changes:
        raise Unusable("nothing_ticked", _("还没有勾选任何一条。"))
    if step.reason and not sent.purpose.strip():
        raise Unusable("reason_missing", _("请写明原因，会和记录一起留存。"))
    _refuse_unseen(request, held, rows)
    gone = review.gone(held, viewer, rows, step.begins) if rows else []
    decided = proposals.decided(changes, viewer) if changes else []
    said = _said(gone, decided)
    moved = taken = 0
    with together():
        if rows:
            moved = services.move(held, rows, word, viewer, purpose=sent.purpose)
        if changes:
            taken = _decide(word, changes, request, sent.purpose)
    if not moved and not taken:
        text = _("“%(deed)s”一条也没有办：%(why)s")
        why = "；".join(said) or _("已不在这一步，或不在您的范围内。")
        people = accounts.names(one.by for one in gone)
        faults = {one.pk: _told(one, people) for one in gone}
        message = text % {"deed": lists.deeds()[word], "why": why}
        raise _Refused(RefusedStep(word, "gone", message, sent, faults))
    return Done(tuple(rows), moved, taken, len(rows) + len(changes) - moved - taken, tuple(said))


def _decide(word: str, changes: list[int], request: DeskRequest, purpose: str) -> int:
    if word == "return":
        return proposals.send_back(changes, request.viewer, purpose)
    if word not in _CHANGES:
        raise Unusable("change_step", _("对已审核记录的修改只能审核或退回。"))
    return _CHANGES[word](changes, request.viewer)


def _meant(request: DeskRequest, held: Ledger, word: str, sent: Ticks) -> tuple[list[int], list[int]]:
    """The rows and changes that a step is about. Raises Unusable where a group or a list is not what was looked at."""
    if sent.every:
        return _every(request, held, word), []
    rows, changes = list(sent.rows), list(sent.changes)
    if sent.groups:
        inside = reviewing.sent_groups(request, held)
        for text in request.POST.getlist("group"):
            key, _colon, number = text.partition(":")
            if inside is None:
                raise Unusable("group_gone", _("这一组已经没有等您审核的记录，可能已由别人办理。"))
            own, beside = inside.keys(key)
            _refuse_other_number(number, len(own) + len(beside))
            rows += own
            changes += beside
    return list(dict.fromkeys(rows)), list(dict.fromkeys(changes))


def _every(request: DeskRequest, held: Ledger, word: str) -> list[int]:
    """All rows that the filters leave and that stand where the step begins."""
    if word == "approve":
        text = _("审核按班、按批办理，请到审核页；这里不一次审核全部。")
        raise Unusable("approved_by_group", text)
    step = services.MOVES[word]
    where = filters.read(held, request.GET, request.viewer).where
    found = queries.rows(held, request.viewer, where).filter(state__in=list(step.begins))
    keys = list(found.order_by("pk").values_list("pk", flat=True)[: services.MOST + 1])
    number = request.POST.get("number", "")
    if number:
        _refuse_other_number(number, queries.found(held, request.viewer, where).number)
    return keys


def _refuse_other_number(said: str, number: int) -> None:
    if said != str(number):
        text = _("打开页面以后条数变了（当时 %(then)s 条，现在 %(now)s 条），请看过再办。")
        raise Unusable("number_changed", text % {"then": said[:9] or "0", "now": number})


def _refuse_unseen(request: DeskRequest, held: Ledger, rows: list[int]) -> None:
    """Nobody approves, or sends back, what somebody has changed since the page was drawn."""
    seen = params.number_of(request.POST.get("seen", ""))
    if seen is None or not rows:
        return
    edited = [
        one
        for one in review.edited_since(held, request.viewer, rows, seen)
        if one.state in review.STILL_WAITING
    ]
    if edited:
        text = _("打开页面以后又有人改过：%s。请看过现在的内容再办。") % _names([one.title for one in edited])
        faults = {one.pk: _("打开页面以后有人改过，请再看一遍。") for one in edited}
        raise _Refused(RefusedStep("", "changed_meanwhile", text, Ticks(), faults))


def _said(gone: list[RowGone], decided: list[Proposal]) -> list[str]:
    """Which rows had gone before, by whom, in words."""
    names = accounts.names([one.by for one in gone] + [one.closed_by for one in decided])
    by_act: dict[str, list[str]] = {}
    for one in gone:
        by_act.setdefault(_told(one, names), []).append(one.title or "—")
    said = [f"{_names(titles)} {act}" for act, titles in by_act.items()]
    for change in decided[:NAMED]:
        who = names.of(change.closed_by, change.closed_at)
        text = _("第 %(number)d 号修改已由%(who)s办理（%(stage)s）")
        said.append(text % {"number": change.pk, "who": who, "stage": change.get_stage_display()})
    return said


def _told(one: RowGone, names: accounts.Names) -> str:
    if one.state == State.APPROVED and one.by:
        when = f"{timezone.localtime(one.at):%m-%d %H:%M}" if one.at else ""
        return _("已由%(who)s审核 %(when)s") % {"who": names.of(one.by, one.at), "when": when}
    return _("现在是“%s”") % State(one.state).label


def _names(titles: Collection[str]) -> str:
    named = "、".join(list(titles)[:NAMED])
    if len(titles) > NAMED:
        return _("%(names)s 等 %(number)d 条") % {"names": named, "number": len(titles)}
    return named


def _tell(request: DeskRequest, held: Ledger, word: str, done: Done) -> None:
    name, number = lists.deeds()[word], done.rows + done.changes
    if done.left:
        text = _("“%(deed)s”：办了 %(done)d 条；其余 %(left)d 条没有办：%(why)s")
        why = "；".join(done.gone) or _("已不在这一步，或不在您的范围内。")
        messages.warning(request, text % {"deed": name, "done": number, "left": done.left, "why": why})
    else:
        text = ngettext("“%(deed)s”：办了 %(done)d 条。", "“%(deed)s”：办了 %(done)d 条。", number)
        messages.success(request, text % {"deed": name, "done": number})
    if word == "approve":
        for other, waits in approving.rests_on(held, done.asked):
            text = _("所依据的“%(ledger)s”还有 %(number)d 条没有审核，审核以后这些记录才计入。")
            messages.warning(request, text % {"ledger": other.label, "number": waits})


def _back(request: DeskRequest, held: Ledger) -> str:
    address = own_address(request, request.POST.get("back", ""), reverse("ledger", args=[held.code]))
    # Whoever goes on with the next rows finds the focus where the work is, not at the top of the page.
    return f"{address}#work" if _reviews(request) and "#" not in address else address


def _reviews(request: DeskRequest) -> bool:
    return request.POST.get("page") == "review"


def _again(request: DeskRequest, held: Ledger, refused: RefusedStep) -> HttpResponse:
    """The page on which the step was asked for, as it was. Pages of other subjects are gone back to, and say why."""
    if not held.approved:
        raise Unusable(refused.code, refused.message)
    if _reviews(request):
        return reviewing.drawn_page(request, held, refused)
    back = request.POST.get("back", "")
    if not back or back.partition("?")[0] == reverse("ledger", args=[held.code]):
        return lists.drawn_page(request, held, refused)
    if refused.code not in ("nothing_ticked", "gone"):
        raise Unusable(refused.code, refused.message)
    messages.warning(request, refused.message)
    return redirect(own_address(request, back, reverse("ledger", args=[held.code])))
