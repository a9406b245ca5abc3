"""What somebody is told when she signs in: what others did to how her account signs in, and that her card runs out."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import CredentialChange, User
from ..names import Names, names
from . import cards, handed_out


def at_sign_in(user: User) -> list[str]:
    """Sentences for the page after signing in; what they tell is told once. Two queries, one more where others did something."""
    changes = handed_out.untold(user)
    known = (
        names({name for one in changes for name in (one.by, one.released_by) if name}) if changes else None
    )
    said = [_sentence(one, known) for one in changes if known is not None]
    card = cards.state(user)
    if card is not None and card.left <= cards.FEW:
        text = _("验证卡只剩 %d 个号码，请在“我的账号”里换一张新卡。")
        said.append(text % card.left)
    return said


def _sentence(change: CredentialChange, known: Names) -> str:
    what = {
        CredentialChange.What.OPENED: _("您的账号于%(at)s由%(by)s开通，初始密码由其设置"),
        CredentialChange.What.RESET: _("您的密码于%(at)s由%(by)s重设"),
        CredentialChange.What.REOPENED: _("您的账号于%(at)s由%(by)s恢复，初始密码由其设置"),
        CredentialChange.What.SECOND: _("您的第二重验证于%(at)s由%(by)s重置"),
        CredentialChange.What.CARD: _("您的验证卡于%(at)s由%(by)s发放，以前的卡作废"),
    }[CredentialChange.What(change.what)]
    text = what % {"at": _moment(change.at), "by": _who(change.by, change.at, known)}
    if change.released_at is not None and change.released_by != change.by:
        checked = _("，%(at)s由%(by)s核实并发一次性验证码")
        by = _who(change.released_by, change.released_at, known)
        text += checked % {"at": _moment(change.released_at), "by": by}
    return text + _("。不是您要办的，请马上告诉审计管理员。")


def _who(username: str, on: datetime, known: Names) -> str:
    return known.of(username, on) or _("系统管理员")


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
