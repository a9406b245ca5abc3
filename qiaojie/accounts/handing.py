"""Hand-over packets: what a leaver has open is listed, both sign with their password, then the post changes hands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, Refused
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import exports, services, signing
from .models import Holding, Packet, User
from .viewers import UserViewer

TITLE: Final = "工作交接清单"
HEADINGS: Final = {"what": "事项", "detail": "内容"}
PAPERS: Final = "纸质材料"
SIGNED: Final = "移交人：%(leaver)s（%(left)s 签）；接收人：%(successor)s（%(taken)s 签）"
UNSIGNED: Final = "未"
"""Files are Chinese in every interface."""


def own(user: User) -> QuerySet[Packet]:
    """Packets that the account signed as leaver or is to sign as successor, the latest first."""
    found = Packet.objects.filter(Q(leaver=user) | Q(successor=user), withdrawn_at__isnull=True)
    return found.select_related("post", "leaver", "successor").order_by("-pk")


def leave(
    viewer: UserViewer, successor: str, papers: str, password: str, content: Iterable[tuple[str, str]]
) -> Packet:
    """Sign as the leaver. ``content`` is what is open, as (what, detail); ``papers`` where the paper boxes stand.

    Raises Unusable: ``post_missing``; ``successor_unknown`` (another account of the agency, with the post's role);
    ``packet_open``; ``password_wrong``.
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
        raise Unusable("packet_open", _("已有一份交接包等接收人签字，可以先撤回。"))
    _sign(viewer, password)
    made = Packet.objects.create(
        post=user.post,
        leaver=user,
        successor=taker,
        papers=papers.strip(),
        content=json.dumps(list(content), ensure_ascii=False),
    )
    viewer.note(Action.ADMINISTER, f"packet/{made.pk}/leave")
    return made


def take(viewer: UserViewer, pk: int, password: str) -> Packet:
    """Sign as the successor: the post is hers, and the leaver's account is closed. Raises as ``leave``; Refused."""
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
    rows = [{"what": what, "detail": detail} for what, detail in lines(packet)]
    rows.append({"what": PAPERS, "detail": packet.papers})
    signed = SIGNED % {
        "leaver": packet.leaver.holder,
        "left": f"{timezone.localtime(packet.left_at):%Y-%m-%d %H:%M}",
        "successor": packet.successor.holder,
        "taken": f"{timezone.localtime(packet.taken_at):%Y-%m-%d %H:%M}" if packet.taken_at else UNSIGNED,
    }
    columns = tuple(Column(heading, name) for name, heading in HEADINGS.items())
    drawn = Form("packet", TITLE, columns, notes=(signed,))
    viewer.note(Action.EXPORT, f"packet/{pk}.{form}", rows=len(rows))
    return write(Filled(drawn, {}, rows, mark=exports.watermark(viewer)), form)


def lines(packet: Packet) -> list[tuple[str, str]]:
    """What was open when the leaver signed."""
    return [(what, detail) for what, detail in json.loads(packet.content)]


def _packet(viewer: UserViewer, pk: int, wanted: Q) -> Packet:
    found = own(viewer.user).filter(wanted, pk=pk).first()
    if found is None:
        viewer.note(Action.ADMINISTER, f"packet/{pk}", done=False)
        raise Refused(f"{viewer.name}: packet/{pk}")
    return found


def _sign(viewer: UserViewer, password: str) -> None:
    """A second look: whoever signs types the password again, and guessing counts as failing to sign in."""
    signing.demand_open(viewer.name, viewer.address)
    if not viewer.user.check_password(password):
        signing.note(viewer.user, "sign", viewer.address, done=False)
        raise Unusable("password_wrong", _("密码不对，没有签字。"))
    signing.open_again(viewer.name)
