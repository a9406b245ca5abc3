"""What waits for somebody, one line a kind of work: how many, since when the oldest, and where it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.intake import queries as intake
from qiaojie.intake.public import open_questions as questions
from qiaojie.ledgers import declaration, pending, proposals
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import Proposal
from qiaojie.ledgers.pending import Pending, Waits
from qiaojie.ledgers.returned import Returned
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.cells import Label
from qiaojie.measures import disputes
from qiaojie.measures.models import Dispute
from qiaojie.notices.naming import notice_called
from qiaojie.notices.targets.unsplit import ToSplit
from qiaojie.people import doubts, issuing, relocations
from qiaojie.web.components import filters
from qiaojie.web.requests import DeskRequest

from ..notices.duties import OfAll
from . import unsent

MORE = 20
"""Things of one kind that a line leads to one by one; the page of the kind has all."""


@dataclass(frozen=True, slots=True)
class Task:
    """One line: the kind of work, of what, how many in which unit, since when, and where it is done.

    ``due``: ``since`` is the day on which it was (or is) due, not that on which it came. ``others`` lead to each of several
    things that have no page in common. ``note`` is a reason in somebody's words.
    """

    kind: str
    what: Label
    number: int
    unit: str
    since: date | None
    address: str
    note: str = ""
    due: bool = False
    others: tuple[tuple[Label, str], ...] = ()

    @property
    def days(self) -> int:
        """So many days it waits, or is late; below 0 while its day is to come."""
        return (timezone.localdate() - self.since).days if self.since is not None else 0

    @property
    def day(self) -> str:
        """``since`` as it is said: without the year in the current one; '' for none."""
        if self.since is None:
            return ""
        this_year = self.since.year == timezone.localdate().year
        return f"{self.since:%m-%d}" if this_year else f"{self.since:%Y-%m-%d}"

    @property
    def late(self) -> bool:
        """Whether a day on which it was due has passed."""
        return self.due and self.days > 0

    @property
    def left(self) -> int:
        """Days that are left until it is due."""
        return max(0, -self.days)


def ordered(found: Iterable[Task]) -> list[Task]:
    """What is late first, then what came with a reason, then the oldest."""
    return sorted(found, key=lambda one: (not one.late, not one.note, -one.days))


def to_approve(found: Iterable[Pending], *, approves: bool) -> list[Task]:
    """What waits for approval, by ledger. Who approves goes where the differences stand beside the rows."""
    return [_to_approve(one, approves=approves) for one in found]


def _to_approve(one: Pending, *, approves: bool) -> Task:
    kind = _("待审核") if approves else _("已交审核")
    since = _day(one.since)
    if one.ledger is None:
        return Task(_("待确认"), _("证件、身份"), one.number, _("条"), since, reverse("unconfirmed"))
    asked = [one.ledger.code]
    if one.what is Waits.CHANGES:
        label = _("%(ledger)s：修改") % {"ledger": one.ledger.label}
        return Task(kind, label, one.number, _("项"), since, reverse("changes", args=asked))
    listed = f"{reverse('ledger', args=asked)}?{urlencode({'state': filters.WAITING})}"
    address = reverse("review", args=asked) if approves else listed
    return Task(kind, one.ledger.label, one.number, _("条"), since, address)


def waiting(request: DeskRequest) -> list[Task]:
    """Everything that waits for approval, by ledger."""
    viewer = request.viewer
    return to_approve(pending.waiting(viewer), approves=viewer.may(Action.APPROVE))


def entered(request: DeskRequest, sent_back: Sequence[Returned]) -> list[Task]:
    """What whoever enters rows has to go on with."""
    viewer = request.viewer
    found = [*_returned(request, sent_back), *_refused(request)]
    asked, since = questions.waiting_since(viewer)
    found.append(Task(_("待认定"), _("是登记里的谁"), asked, _("行"), _day(since), reverse("waiting")))
    if not viewer.outside:
        number = issuing.number(viewer)
        found.append(Task(_("待定"), _("发证残联不明的残疾人证"), number, _("本"), None, reverse("issuers")))
        number, since = doubts.waiting_since(viewer)
        what = _("登记可能是同一人")
        found.append(Task(_("待核对"), what, number, _("对"), _day(since), reverse("doubts")))
    number, since = relocations.waiting_since(viewer)
    found.append(Task(_("待接收"), _("迁入的人"), number, _("人"), _day(since), reverse("relocations")))
    return [*(one for one in found if one.number), *_files(request)]


def _returned(request: DeskRequest, acts: Sequence[Returned]) -> list[Task]:
    """What was sent back, one line a ledger: a single act with its reason, several on the page of all."""
    found = []
    for code in dict.fromkeys(act.ledger.code for act in acts):
        own = [act for act in acts if act.ledger.code == code]
        ledger, oldest = own[0].ledger, min(act.at for act in own)
        number = sum(act.number for act in own)
        note = own[0].reason if len(own) == 1 else ""
        lists = tuple((act.reason, _act(act)) for act in own[:MORE]) if len(own) > 1 else ()
        found.append(
            Task(
                _("退回修改"),
                ledger.label,
                number,
                _("条"),
                _day(oldest),
                _act(own[0]) if len(own) == 1 else _all_returned(request, ledger),
                note,
                others=lists,
            )
        )
    return found


def _act(act: Returned) -> str:
    if act.number == 1:
        return reverse("row", args=[act.ledger.code, act.pk])
    return f"{reverse('ledger', args=[act.ledger.code])}?{urlencode({'returned': act.act})}"


def _all_returned(request: DeskRequest, ledger: Ledger) -> str:
    if request.viewer.may(Action.COUNT):
        return f"{reverse('corrections')}#rows"
    return f"{reverse('ledger', args=[ledger.code])}?{urlencode({'state': filters.WAITING})}"


def _refused(request: DeskRequest) -> list[Task]:
    """Changes that were not taken, one line a ledger."""
    held = proposals.sent_back(request.viewer, by=request.viewer.name)
    found = []
    for code in dict.fromkeys(one.ledger for one in held):
        own, ledger = [one for one in held if one.ledger == code], declaration.get(code)
        days = [one.closed_at for one in own if one.closed_at is not None]
        lists = tuple((one.reason, _row(one)) for one in own[1:MORE])
        note = own[0].reason
        what = _("%(ledger)s：没有采纳的修改") % {"ledger": ledger.label}
        since = _day(min(days, default=None))
        found.append(Task(_("已退回"), what, len(own), _("项"), since, _row(own[0]), note, others=lists))
    return found


def _row(one: Proposal) -> str:
    return reverse("row", args=[one.ledger, one.object_id])


def _files(request: DeskRequest) -> list[Task]:
    """Forms that were begun, and files of which rows cannot be written: one line each."""
    found = []
    if begun := unsent.begun(request.viewer):
        since = min(at for _called, _address, at in begun)
        lists = tuple((called, address) for called, address, _at in begun[1:MORE])
        called, address, _at = begun[0]
        found.append(Task(_("填了一半"), called, len(begun), _("张"), _day(since), address, others=lists))
    if blocked := intake.blocked(request.viewer):
        since = min(upload.received_at for upload, _wrong in blocked)
        places = [(upload.name, reverse("plan", args=[upload.pk])) for upload, _wrong in blocked]
        number = sum(wrong for _upload, wrong in blocked)
        kind, lists = _("不能写入"), tuple(places[1:MORE])
        found.append(Task(kind, places[0][0], number, _("行"), _day(since), places[0][1], others=lists))
    return found


def due(found: Sequence[OfAll]) -> list[Task]:
    """What has to be sent: what is overdue in one line, what is due soon in another."""
    lines = []
    for kind, part in (
        (_("报送逾期"), [one for one in found if one.overdue]),
        (_("快到期"), [one for one in found if not one.overdue]),
    ):
        if part:
            first = min(part, key=lambda one: one.due.on)
            called = f"{notice_called(first.due.notice)} · {first.due.duty.label}"
            what = called if len(part) == 1 else _("报送任务")
            address = _duty(first) if len(part) == 1 else reverse("duties")
            lists = tuple((f"{one.due.duty.label} {one.due.on}", _duty(one)) for one in part[:MORE])
            lines.append(
                Task(
                    kind,
                    what,
                    len(part),
                    _("项"),
                    first.due.on,
                    address,
                    due=True,
                    others=lists if len(part) > 1 else (),
                )
            )
    return lines


def _duty(one: OfAll) -> str:
    return reverse("duty", args=[one.due.notice.code, one.due.duty.code, one.due.on.isoformat()])


def disputed(request: DeskRequest) -> list[Task]:
    """Disputes that the viewer's units must answer; who leads does not answer, but sees what waits."""
    own = request.viewer.scope("holder")
    held = disputes.visible(request.viewer).filter(own, answer=Dispute.Answer.OPEN)
    days = sorted(held.values_list("at", flat=True))
    if not days:
        return []
    return [Task(_("待答复"), _("统计归属争议"), len(days), _("件"), _day(days[0]), reverse("disputes"))]


def to_decide(rankings: Sequence[Any], split: Sequence[ToSplit]) -> list[Task]:
    """What waits for a leader's word: rankings not released (summaries of indicators), targets not split, a line a kind."""
    found = []
    for kind, what, name, lines in (
        (_("待公布"), _("单位排名"), "ranking", rankings),
        (_("待分解"), _("任务"), "targets", split),
    ):
        if lines:
            places = [
                (one.indicator.name, reverse(name, args=[one.notice.code, one.indicator.code]))
                for one in lines
            ]
            called = places[0][0] if len(places) == 1 else what
            lists = tuple(places) if len(places) > 1 else ()
            found.append(Task(kind, called, len(places), _("项"), None, places[0][1], others=lists))
    return found


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at is not None else None
