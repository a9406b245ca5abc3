"""What an account has open, whatever its role: for its hand-over packet."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import exports, handover, keys, upkeep
from qiaojie.accounts.handover import Matter
from qiaojie.intake import queries as intake
from qiaojie.intake.public import drafts
from qiaojie.intake.public import open_questions as questions
from qiaojie.ledgers import pending
from qiaojie.ledgers.models import SavedView
from qiaojie.ledgers.returned import returned
from qiaojie.ledgers.viewer import Action
from qiaojie.measures import disputes
from qiaojie.measures.models import Dispute
from qiaojie.notices.naming import notice_called
from qiaojie.people import issuing
from qiaojie.web.requests import DeskRequest

from ..ledgers import corrections
from ..notices import duties
from ..shared import params
from . import home, tasks


def matters(request: DeskRequest) -> list[Matter]:
    """All of it, as it is now."""
    viewer = request.viewer
    found = [
        Matter(_("等我签字的工作交接清单"), str(one.leaver)) for one in handover.incoming(request.user)[0]
    ]
    if viewer.may(Action.ENTER):
        found += _entered(request)
    if viewer.may(Action.COUNT):
        found += _counted(request)
    found += _administered(request)
    found += [
        Matter(_("接口密钥（账号停用后失效）"), f"{one.name} {one.purpose}") for one in keys.own(request.user)
    ]
    if viewer.may(Action.EXPORT):
        found += [
            Matter(_("没有过期的导出文件（账号停用后打不开）"), one.name) for one in exports.own(viewer)
        ]
    if viewer.may(Action.SEE):
        kept = SavedView.objects.filter(owner=viewer.name).order_by("pk")
        found += [Matter(_("自存的台账视图（账号停用后看不到）"), one.label) for one in kept]
    return found


def _entered(request: DeskRequest) -> Iterator[Matter]:
    """Files not written, rows not approved or sent back, questions, half-filled forms."""
    viewer = request.viewer
    for upload in intake.open_of(viewer):
        yield Matter(_("待写入的文件"), upload.name, reverse("plan", args=[upload.pk]))
    if number := questions.number(viewer, by=viewer.name):
        yield Matter(_("等认定是谁的行"), str(number), reverse("waiting"))
    if number := issuing.number(viewer):
        yield Matter(_("待定发证残联的残疾人证"), str(number), reverse("issuers"))
    for line in pending.entered(viewer, viewer.name):
        if line.ledger is not None:
            address = f"{reverse('ledger', args=[line.ledger.code])}?state=pending"
            yield Matter(_("录入后还没有审核的"), f"{line.ledger.label} {line.number}", address)
    for act in returned(viewer, None, by=viewer.name):
        address = f"{reverse('ledger', args=[act.ledger.code])}?returned={act.act}"
        text = f"{act.title or act.ledger.label} {act.number}：{act.reason}"
        yield Matter(_("退回后还没有改的"), text, address)
    if number := drafts.number(viewer):
        yield Matter(_("填了一半的表（账号停用后看不到）"), str(number))


def _counted(request: DeskRequest) -> Iterator[Matter]:
    """Disputes raised and to be answered, duties, what waits for approval or a leader's word, what is open below."""
    viewer = request.viewer
    own = disputes.visible(viewer).filter(Q(by=viewer.name) | viewer.scope("holder"))
    for one in own.filter(answer=Dispute.Answer.OPEN):
        what = (
            _("我提出、没有答复的统计归属争议") if one.by == viewer.name else _("等本单位答复的统计归属争议")
        )
        text = f"{one.claimant.short_name} → {one.holder.short_name} {one.reason}"
        yield Matter(what, text, reverse("disputes"))
    for due in duties.pressing(duties.own_statuses(request)):
        address = reverse("duty", args=[due.due.notice.code, due.due.duty.code, due.due.on.isoformat()])
        text = _("%(notice)s %(duty)s，%(on)s 到期，%(number)d 个单位没有报")
        words = {
            "notice": notice_called(due.due.notice),
            "duty": due.due.duty.label,
            "on": due.due.on,
            "number": due.missing,
        }
        yield Matter(_("没有报送的任务"), text % words, address)
    if viewer.may(Action.APPROVE):
        for line in tasks.waiting(request):
            yield Matter(_("等审核的"), f"{line.what} {line.number}", line.address)
    if viewer.may(Action.RELEASE):
        for target in home.to_split(request, params.divided(params.counting(viewer))[0]):
            address = reverse("targets", args=[target.notice.code, target.indicator.code])
            yield Matter(_("等分解的任务"), f"{target.indicator.label} {target.held}", address)
    if not viewer.may(Action.ENTER):
        for held in corrections.corrections(request, returned(viewer, None)):
            yield Matter(_("未办结的整改"), f"{held.unit} {held.what} {held.number}", held.address)


def _administered(request: DeskRequest) -> Iterator[Matter]:
    """What each administrator has to look after."""
    viewer = request.viewer
    if viewer.may(Action.ADMINISTER):
        held = upkeep.accounts(viewer)
        if held.asked:
            yield Matter(_("等安全管理员确认的授权"), str(held.asked), reverse("accounts"))
        for post in held.vacant:
            yield Matter(_("没有人的岗位"), f"{post.agency} {post}", reverse("accounts"))
        for one in held.ending:
            yield Matter(_("快到期的协议"), f"{one.agency} {one.number} {one.ends}", reverse("agencies"))
    if viewer.may(Action.GRANT) and (number := upkeep.granting(viewer)):
        yield Matter(_("等确认的授权"), str(number), reverse("grants"))
    if viewer.may(Action.GRANT) and (number := keys.waiting(viewer)):
        yield Matter(_("等确认的接口密钥"), str(number), reverse("access-keys"))
    if viewer.may(Action.AUDIT):
        log = upkeep.log(viewer)
        last = f"{timezone.localtime(log.sealed_at):%Y-%m-%d %H:%M}" if log.sealed_at else "—"
        yield Matter(_("访问日志最后一次封存"), last, reverse("log"))
        if log.refused:
            yield Matter(_("七天内被拒绝的操作"), str(log.refused), f"{reverse('log')}?refused=1")
