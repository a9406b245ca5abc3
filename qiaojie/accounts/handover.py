"""Hand-over packets: what a leaver has open is listed, both sign with their password, then the post changes hands."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Caption, Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import authentication, exports, services
from .models import Holding, Packet, User
from .viewers import UserViewer

TITLE: Final = "工作交接清单"
HEADINGS: Final = {"what": "事项", "detail": "内容"}
CAPTIONS: Final = (Caption("机构：", "agency"), Caption("岗位：", "post"))
PROMISED: Final = "答应过的事"
PAPERS: Final = "纸质材料"
PROMISE: Final = "%(what)s（对 %(to)s，%(by)s）"
NO_DAY: Final = "没有定日子"
BOX: Final = "%(where)s：%(what)s，%(number)s"
SIGNED: Final = "移交人：%(leaver)s（%(left)s 签）；接收人：%(successor)s（%(taken)s 签）"
UNSIGNED: Final = "未"
"""Files are Chinese in every interface."""

SHOWN_FOR: Final = timedelta(days=60)
"""So long what was taken over stands on the successor's page of today."""

MOST: Final = 200
"""Promises, and boxes, of one packet."""

LONGEST: Final = 200
"""Characters of one of them."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that the leaver has open, and the page on which one goes on with it ('' for none)."""

    what: str
    detail: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the leaver promised, to whom, and by which day ('' for none)."""

    what: str
    to: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class PaperBox:
    """Where papers stand, what they are, how many boxes or folders."""

    where: str
    what: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class PacketContent:
    """What a packet hands over, as it was when the leaver signed."""

    matters: tuple[Matter, ...] = ()
    promises: tuple[Promise, ...] = ()
    boxes: tuple[PaperBox, ...] = ()

    def demand_whole(self) -> None:
        """Raise Unusable ``promise_incomplete``, ``box_incomplete``, ``date_unreadable`` for a line that says too little."""
        for promise in self.promises:
            if not (promise.what and promise.to):
                raise Unusable("promise_incomplete", _("答应过的事要写清是什么、对谁。"))
            if promise.by:
                try:
                    date.fromisoformat(promise.by)
                except ValueError as wrong:
                    text = _("“%s”不是日期，请写成 2023-11-30 这样的形式。")
                    raise Unusable("date_unreadable", text % promise.by[:40]) from wrong
        if not all(box.where and box.what for box in self.boxes):
            raise Unusable("box_incomplete", _("纸质材料要写清放在哪里、是什么。"))


def own(user: User) -> QuerySet[Packet]:
    """Packets that the account signed as leaver or is to sign as successor, the latest first."""
    found = Packet.objects.filter(Q(leaver=user) | Q(successor=user), withdrawn_at__isnull=True)
    return found.select_related("post__agency", "leaver", "successor").order_by("-pk")


def incoming(user: User) -> tuple[list[Packet], list[Packet]]:
    """Packets that wait for the account's signature, and those that it took over lately; one query."""
    found = own(user).filter(
        Q(taken_at__isnull=True) | Q(taken_at__gte=timezone.now() - SHOWN_FOR), successor=user
    )
    return [one for one in found if not one.taken_at], [one for one in found if one.taken_at]


def leave(viewer: UserViewer, successor: str, password: str, content: PacketContent) -> Packet:
    """Sign as the leaver: what is open, promised and kept on paper stays as it is now.

    Raises Unusable: ``post_missing``; ``successor_unknown`` (another account of the agency, with the post's role);
    ``packet_open``; ``password_wrong``; as ``PacketContent.demand_whole``.
    """
    user = viewer.user
    if user.post is None:
        raise Unusable("post_missing", _("您的账号没有登记岗位，请找系统管理员。"))
    follower = User.objects.filter(
        username=successor.strip(), agency=user.agency_id, role=user.role, is_active=True
    ).exclude(pk=user.pk)
    taker = follower.first()
    if taker is None:
        text = _("本机构没有角色相同的账号“%s”。请先由系统管理员给接收人开通账号。")
        raise Unusable("successor_unknown", text % successor[:40])
    if Packet.objects.filter(leaver=user, taken_at__isnull=True, withdrawn_at__isnull=True).exists():
        raise Unusable("packet_open", _("已有一份工作交接清单等接收人签字，可以先撤回。"))
    content.demand_whole()
    _sign(viewer, password)
    made = Packet.objects.create(
        post=user.post,
        leaver=user,
        successor=taker,
        content=json.dumps(asdict(content), ensure_ascii=False),
    )
    viewer.note(Action.ADMINISTER, f"packet/{made.pk}/leave")
    return made


def take(viewer: UserViewer, pk: int, password: str) -> Packet:
    """Sign as the successor: the post is hers, and the leaver's account is closed. Raises as ``leave``; Refused.

    No role's right is asked, for it is her own packet: her signature is the permission.
    """
    packet = _packet(viewer, pk, Q(successor=viewer.user, taken_at__isnull=True))
    _sign(viewer, password)
    today = timezone.localdate()
    with transaction.atomic():
        packet.taken_at = timezone.now()
        packet.save(update_fields=["taken_at"])
        viewer.user.holdings.filter(ends__isnull=True).update(ends=today)
        Holding.objects.create(post=packet.post, user=viewer.user, holder=viewer.user.holder, begins=today)
        viewer.user.post = packet.post
        viewer.user.save(update_fields=["post"])
        services.shut(packet.leaver)
    viewer.note(Action.ADMINISTER, f"packet/{pk}/take")
    return packet


def withdraw(viewer: UserViewer, pk: int) -> None:
    """Take one's own packet back before the other has signed. Raises Refused."""
    packet = _packet(viewer, pk, Q(leaver=viewer.user, taken_at__isnull=True))
    packet.withdrawn_at = timezone.now()
    packet.save(update_fields=["withdrawn_at"])
    viewer.note(Action.ADMINISTER, f"packet/{pk}/withdraw")


def document(viewer: UserViewer, pk: int, form: str) -> bytes:
    """The packet as a file (``docx``, ``pdf``). Raises Refused for whose it is not."""
    packet = _packet(viewer, pk, Q())
    rows = [{"what": what, "detail": detail} for what, detail in _lines(opened(packet))]
    signed = SIGNED % {
        "leaver": packet.leaver.holder,
        "left": f"{timezone.localtime(packet.left_at):%Y-%m-%d %H:%M}",
        "successor": packet.successor.holder,
        "taken": f"{timezone.localtime(packet.taken_at):%Y-%m-%d %H:%M}" if packet.taken_at else UNSIGNED,
    }
    columns = tuple(Column(heading, name) for name, heading in HEADINGS.items())
    # The agency as it was called on the day of the signature.
    agency = packet.post.agency.called(timezone.localdate(packet.left_at))
    drawn = Form("packet", TITLE, columns, captions=CAPTIONS, notes=(signed,), orientation="portrait")
    viewer.note(Action.EXPORT, f"packet/{pk}.{form}", rows=len(rows))
    told = {"agency": agency, "post": packet.post.title}
    return write(Filled(drawn, told, rows, mark=exports.watermark(viewer)), form)


def opened(packet: Packet) -> PacketContent:
    """What the packet hands over, as it was when the leaver signed."""
    told = json.loads(packet.content)
    return PacketContent(
        tuple(Matter(**one) for one in told["matters"]),
        tuple(Promise(**one) for one in told["promises"]),
        tuple(PaperBox(**one) for one in told["boxes"]),
    )


def _lines(content: PacketContent) -> list[tuple[str, str]]:
    """The packet as lines of a paper: what, and what of it."""
    return [
        *((one.what, one.detail) for one in content.matters),
        *(
            (PROMISED, PROMISE % {"what": one.what, "to": one.to, "by": one.by or NO_DAY})
            for one in content.promises
        ),
        *(
            (PAPERS, (BOX % {"where": one.where, "what": one.what, "number": one.number}).removesuffix("，"))
            for one in content.boxes
        ),
    ]


def _packet(viewer: UserViewer, pk: int, wanted: Q) -> Packet:
    found = own(viewer.user).filter(wanted, pk=pk).first()
    if found is None:
        refuse(viewer, Action.ADMINISTER, f"packet/{pk}")
    return found


def _sign(viewer: UserViewer, password: str) -> None:
    """A second look: whoever signs types the password again, and guessing counts as failing to sign in."""
    if not password:
        raise Unusable("password_missing", _("请填您的密码签字。"))
    authentication.demand_again(viewer.user, viewer.address)
    if not viewer.user.check_password(password):
        authentication.note(viewer.user, "sign", viewer.address, done=False)
        raise Unusable("password_wrong", _("密码不对，没有签字。"))
    authentication.proved_again(viewer.user)
