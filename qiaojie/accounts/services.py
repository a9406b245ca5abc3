"""Opening and closing accounts: what one administrator asks for another confirms, and everything is logged.

No plan rests on accounts and nobody counts them, so nothing here holds the registry or is journalled: the access log is
their history (what ``corrections`` and ``closing`` change is journalled, for what stood before would be lost).

What changes several rows is ``permitted``; one row asks and is logged by itself. ``shut`` and
``grant_at_once`` ask nobody: the one is part of other changes, the other the machine's own.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import Permit, permitted
from qiaojie.ledgers.viewer import Action, Viewer, demand, note_refused, refuse
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Region

from . import authentication, passwords
from .credentials import cards, devices, handed_out
from .models import (
    ADMINISTRATORS,
    OFFICES,
    AccessKey,
    Agency,
    AgencyName,
    Agreement,
    CredentialChange,
    Grant,
    Holding,
    Post,
    Role,
    StandIn,
    User,
    WorkLine,
)
from .viewers import SystemViewer

LINES: Final[Mapping[str, Role]] = {
    WorkLine.BASE: Role.BASE_MANAGER,
    WorkLine.TRAINER: Role.TRAINER,
    WorkLine.BANK: Role.BANK,
    WorkLine.EMPLOYER: Role.HELPER,
}
"""Lines outside the offices → the role of their people, besides 代办人."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_CAPITALS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS: Final = "23456789"


def first_password() -> str:
    """A password for one sign-in: sixteen characters that are not mistaken for one another on paper."""
    return "-".join(
        "".join(secrets.choice(kind) for kind in (_CAPITALS, _LETTERS, _LETTERS, _DIGITS))
        for _group in range(4)
    )


# --- agencies --------------------------------------------------------------------------------------------------------


def open_agency(viewer: Viewer, region: Region, line: str, name: str, since: date | None = None) -> Agency:
    """A new agency, there since a day (None: always).

    Raises Unusable ``name_missing``, ``agency_there``, ``line_unknown``; Refused elsewhere.
    """
    permit = permit_in(viewer, region.pk, f"agency/{name}")
    called = name.strip()
    if not called:
        raise Unusable("name_missing", _("请填写名称。"))
    if line not in WorkLine.values:
        raise Unusable("line_unknown", _("没有“%s”这条线。") % line[:20])
    if Agency.objects.filter(region=region, line=line, name=called).exists():
        raise Unusable("agency_there", _("“%s”已经登记过。") % called)
    with permit as change:
        made = Agency.objects.create(region=region, line=line, name=called)
        AgencyName.objects.create(agency=made, name=called, begins=since)
        change.note(f"agency/{made.pk}/open")
    return made


def rename_agency(viewer: Viewer, agency: Agency, name: str, since: date) -> None:
    """The agency is called otherwise from a day on; it stays the same agency. Raises Unusable ``name_missing``; Refused."""
    permit = permit_in(viewer, agency.region_id, f"agency/{agency.pk}/rename")
    called = name.strip()
    if not called:
        raise Unusable("name_missing", _("请填写名称。"))
    with permit:
        if not agency.names.exists():
            AgencyName.objects.create(agency=agency, name=agency.name)
        agency.names.filter(ends__isnull=True).update(ends=since - timedelta(days=1))
        AgencyName.objects.create(agency=agency, name=called, begins=since)
        agency.name = called
        agency.save(update_fields=["name"])


def agree(viewer: Viewer, agency: Agency, number: str, begins: date, ends: date | None) -> Agreement:
    """Record an agreement with an agency outside the offices. Raises Unusable ``name_missing``, ``date_order``; Refused."""
    subject = f"agency/{agency.pk}/agree"
    permit_in(viewer, agency.region_id, subject)
    if not number.strip():
        raise Unusable("name_missing", _("请填写协议编号。"))
    if ends is not None and ends < begins:
        raise Unusable("date_order", _("止期早于起期。"))
    made = Agreement.objects.create(agency=agency, number=number.strip(), begins=begins, ends=ends)
    viewer.note(Action.ADMINISTER, subject, purpose=made.number)
    return made


def stand_in(viewer: Viewer, agency: Agency, line: str, since: date, reason: str) -> StandIn:
    """Say that an agency answers for a line of which its region has no office, in place of whoever did so before.

    Raises Unusable ``line_unknown``; ``line_held`` where the region has an office of the line; ``not_an_office`` for an
    agency outside the three lines; ``reason_missing``; ``date_order`` before the one that holds; Refused elsewhere.
    """
    permit = permit_in(viewer, agency.region_id, f"agency/{agency.pk}/answers/{line}")
    if line not in OFFICES:
        raise Unusable("line_unknown", _("没有“%s”这条线。") % line[:20])
    if agency.line not in OFFICES:
        raise Unusable("not_an_office", _("“%s”不是三家牵头机构，不能代管条线。") % agency.name)
    held = Agency.objects.filter(region=agency.region_id, line=line).prefetch_related("names")
    if any(one.called(since) for one in held):
        raise Unusable("line_held", _("本区域有这条线的机构，不用代管。"))
    demand_reason(reason)
    before = StandIn.objects.filter(region=agency.region_id, line=line, ends__isnull=True)
    if before.filter(begins__gte=since).exists():
        raise Unusable("date_order", _("止期早于起期。"))
    with permit.because(reason):
        before.update(ends=since - timedelta(days=1))
        made = StandIn.objects.create(
            region_id=agency.region_id, line=line, agency=agency, begins=since, reason=reason.strip()[:200]
        )
    return made


# --- accounts --------------------------------------------------------------------------------------------------------


def check_account(username: str, holder: str, agency: Agency, title: str, role: str) -> dict[str, str]:
    """What is wrong with an account to be opened: name of the part → a sentence; empty where nothing is.

    The agency may be one that is not kept yet.
    """
    faults: dict[str, str] = {}
    if agency.closed_from is not None:
        faults["agency"] = _("“%s”已经停用，不能在那里开通账号。") % agency.name
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        faults["username"] = _("账号只能用字母、数字和 @ . + - _。")
    if User.objects.filter(username__iexact=username).exists():
        faults["username"] = _("账号“%s”已经有人用（停用的账号也不能再用）。") % username
    if not holder.strip():
        faults["holder"] = _("请填写使用人姓名：账号不能共用。")
    if not title.strip():
        faults["title"] = _("请填写岗位。")
    if role not in Role.values:
        faults["role"] = _("没有“%s”这种角色。") % role[:20]
    elif (
        role != Role.HELPER
        and LINES.get(agency.line) != role
        and (agency.line in LINES or role in LINES.values())
    ):
        faults["role"] = _("“%s”不能有这种角色的账号。") % agency.name
    elif (
        agency.pk is not None
        and Post.objects.filter(agency=agency, title=title.strip()).exclude(role=role).exists()
    ):
        faults["role"] = _("岗位“%s”是另一种角色，请改岗位名或角色。") % title.strip()
    return faults


def open_account(
    viewer: Viewer, username: str, holder: str, agency: Agency, title: str, role: str, reason: str = ""
) -> tuple[User, str]:
    """A new account at a post, and its first password (shown once). It may do nothing until its role is confirmed, and nobody
    gets in with the password alone.

    Raises Unusable with the first of ``check_account``'s faults (``account_<part>``); Refused elsewhere.
    """
    permit = permit_in(viewer, agency.region_id, f"account/{username}/open")
    for part, fault in check_account(username, holder, agency, title, role).items():
        raise Unusable(f"account_{part}", fault)
    password = first_password()
    with permit.because(reason):
        post, _new = Post.objects.get_or_create(agency=agency, title=title.strip(), defaults={"role": role})
        user = User.objects.create(
            username=username,
            password=make_password(password),
            first_password=True,
            agency=agency,
            post=post,
            holder=holder.strip(),
        )
        Holding.objects.create(post=post, user=user, holder=user.holder, begins=timezone.localdate())
        Grant.objects.create(user=user, role=role, asked_by=viewer.name, reason=reason[:200])
        note_handed_out(viewer, user, CredentialChange.What.OPENED)
    return user, password


def note_handed_out(viewer: Viewer, user: User, what: CredentialChange.What) -> None:
    """Note who set a password for somebody: whoever did cannot get in with it alone (``credentials.handed_out``)."""
    handed_out.note(user, what, viewer.name, machine=isinstance(viewer, SystemViewer))


def ask_role(viewer: Viewer, user: User, role: str, reason: str) -> Grant:
    """Ask that an account may do something else. Raises Unusable ``grant_open``, ``account_role``, ``reason_missing``."""
    subject = f"account/{user.username}/role"
    demand_administered(viewer, Action.ADMINISTER, user, subject)
    demand_reason(reason)
    if role not in Role.values or role == user.role:
        raise Unusable("account_role", _("请选择另一种角色。"))
    if user.grants.filter(answer=Grant.Answer.OPEN).exists():
        raise Unusable("grant_open", _("这个账号已有一项授权待确认。"))
    asked = Grant.objects.create(user=user, role=role, asked_by=viewer.name, reason=reason[:200])
    viewer.note(Action.ADMINISTER, subject, purpose=reason)
    return asked


def answer(viewer: Viewer, grant_id: int, *, confirm: bool) -> Grant:
    """Confirm or refuse what another administrator asked for; only then does it hold.

    Raises Unusable ``grant_closed``; ``grant_own`` for what one asked for oneself or for one's own account;
    ``three_exclusive`` where the same person would hold an administrator's account and another; Refused elsewhere.
    """
    with permitted(viewer, Action.GRANT, f"grant/{grant_id}", registry=False) as change:
        asked = Grant.objects.select_for_update().filter(pk=grant_id).first()
        user = User.objects.select_related("agency").get(pk=asked.user_id) if asked is not None else None
        agency = user.agency if user is not None else None
        if asked is None or user is None or agency is None or not viewer.covers(agency.region_id):
            change.refuse()
        _demand_open(asked, user, viewer)
        if confirm:
            demand_exclusive(user, asked.role)
            user.role = asked.role
            user.save(update_fields=["role"])
        asked.answer = Grant.Answer.CONFIRMED if confirm else Grant.Answer.REFUSED
        asked.answered_by, asked.answered_at = viewer.name, timezone.now()
        asked.save()
        change.note(f"account/{user.username}/{asked.role}/{asked.answer}")
    authentication.end_every(user)
    return asked


def _demand_open(asked: Grant, user: User, viewer: Viewer) -> None:
    if asked.answer != Grant.Answer.OPEN:
        raise Unusable("grant_closed", _("这项授权已经处理过。"))
    if viewer.name in (asked.asked_by, user.username):
        raise Unusable("grant_own", _("不能确认自己提出的或给自己的授权。"))


def demand_exclusive(user: User, role: str) -> None:
    """One person is one of the three administrators or something else, never two: else Unusable ``three_exclusive``."""
    others = User.objects.filter(agency=user.agency_id, holder=user.holder, is_active=True).exclude(
        pk=user.pk
    )
    roles = set(others.exclude(role="").values_list("role", flat=True))
    if roles and (role in ADMINISTRATORS or roles & ADMINISTRATORS):
        text = _("%s 已有别的账号：系统、安全、审计管理员不能兼任，也不能兼办业务。")
        raise Unusable("three_exclusive", text % user.holder)


def close(viewer: Viewer, user: User, reason: str) -> None:
    """Close an account: out at once; its name stays in the log. Raises Unusable ``reason_missing``; Refused."""
    subject = f"account/{user.username}/close"
    demand_administered(viewer, Action.ADMINISTER, user, subject)
    demand_reason(reason)
    with permitted(viewer, Action.ADMINISTER, subject, registry=False).because(reason):
        shut(user)


def shut(user: User) -> None:
    """What closing means: no sign-in, no session, no post."""
    with transaction.atomic():
        user.is_active = False
        user.save(update_fields=["is_active"])
        user.holdings.filter(ends__isnull=True).update(ends=timezone.localdate())
        user.grants.filter(answer=Grant.Answer.OPEN).delete()
    authentication.end_every(user)
    devices.forget(user)


def reset_password(viewer: Viewer, user: User, reason: str) -> str:
    """A first password for somebody who forgot theirs (shown once); their sessions end. It opens nothing without the person's
    second factor, or a code that the security administrator hands over.

    Access keys go on until another administrator acts too (``give_first_code``): one alone cannot stop an office's programs by a
    reset. Raises Unusable ``reason_missing``; ``administrator_password``: whoever could set another administrator's password
    would be that administrator; Refused.
    """
    subject = f"account/{user.username}/password"
    demand_administered(viewer, Action.ADMINISTER, user, subject)
    demand_reason(reason)
    if user.role in ADMINISTRATORS and not isinstance(viewer, SystemViewer):
        note_refused(viewer, Action.ADMINISTER, subject, purpose=reason)
        raise Unusable("administrator_password", _("管理员的密码只能在服务器上用命令重设，见管理员手册。"))
    password = first_password()
    with transaction.atomic():
        passwords.give(user, password)
        note_handed_out(viewer, user, CredentialChange.What.RESET)
    if isinstance(viewer, SystemViewer):
        authentication.end_every(user)
    authentication.end_sessions(user)
    devices.forget(user)
    authentication.open_again(user)
    viewer.note(Action.ADMINISTER, subject, purpose=reason)
    return password


def give_first_code(viewer: Viewer, user: User) -> str:
    """A one-time code for the person of an account whose password somebody else has set (shown once). Its access keys end: two
    administrators hold that she had to be let in anew.

    Raises Unusable ``code_needless`` where none is asked for; ``three_exclusive`` where the same person set the password;
    Refused elsewhere, or for one's own account.
    """
    subject = f"account/{user.username}/first_code"
    demand_administered(viewer, Action.GRANT, user, subject)
    if not user.is_active or not handed_out.needs_code(user):
        raise Unusable(
            "code_needless", _("这个账号不用一次性验证码：没有待用的初始密码，或本人有第二重验证。")
        )
    demand_another(viewer, handed_out.open_change(user))
    with permitted(viewer, Action.GRANT, subject, registry=False):
        _end_keys(user)
        code = handed_out.give_code(user, viewer.name)
    authentication.open_second_again(user)
    return code


def _end_keys(user: User) -> None:
    AccessKey.objects.filter(user=user, ended_at__isnull=True).update(ended_at=timezone.now())


def code_with_grant(viewer: Viewer, asked: Grant) -> str:
    """The one-time code of an account whose role was just confirmed and that nobody has signed in to yet; '' where none is asked
    for. Raises as ``give_first_code``."""
    user = User.objects.select_related("agency").get(pk=asked.user_id)
    waits = asked.answer == Grant.Answer.CONFIRMED and handed_out.needs_code(user)
    return give_first_code(viewer, user) if waits else ""


def demand_another(viewer: Viewer, change: CredentialChange | None) -> None:
    """Whoever set a password and whoever hands over the code are two people, whatever accounts they have: else Unusable
    ``three_exclusive``."""
    setter = User.objects.filter(username=change.by).first() if change is not None else None
    own = User.objects.filter(username=viewer.name).first()
    if setter is None or own is None:
        return
    if own.pk == setter.pk or (
        own.holder and (own.holder, own.agency_id) == (setter.holder, setter.agency_id)
    ):
        raise Unusable("three_exclusive", _("密码是您自己设的，一次性验证码要由另一个人发。"))


def reset_second(viewer: Viewer, user: User, reason: str) -> None:
    """Forget the second factors of somebody who lost theirs. Another administrator's task than the password; where that was set
    by one, a code has to be handed over before it opens again."""
    subject = f"account/{user.username}/second"
    demand_administered(viewer, Action.GRANT, user, subject)
    demand_reason(reason)
    user.second_factors.all().delete()
    handed_out.note(user, CredentialChange.What.SECOND, viewer.name)
    authentication.end_every(user)
    viewer.note(Action.GRANT, subject, purpose=reason)


def hand_out_card(viewer: Viewer, user: User, reason: str) -> list[str]:
    """A new card of codes for somebody (shown once), in place of the one before. Raises Unusable ``reason_missing``; Refused."""
    subject = f"account/{user.username}/card"
    demand_administered(viewer, Action.GRANT, user, subject)
    demand_reason(reason)
    demand_another(viewer, handed_out.open_change(user))
    codes = cards.new_codes()
    if user.first_password:
        # The card lets her in as a code would.
        _end_keys(user)
    cards.keep(user, codes)
    authentication.open_second_again(user)
    handed_out.note(user, CredentialChange.What.CARD, viewer.name)
    viewer.note(Action.GRANT, subject, purpose=reason)
    return codes


def unlock(viewer: Viewer, user: User) -> None:
    """Forget failures to sign in, so that it may be tried again at once."""
    subject = f"account/{user.username}/unlock"
    demand_administered(viewer, Action.ADMINISTER, user, subject)
    authentication.open_again(user)
    viewer.note(Action.ADMINISTER, subject)


def grant_at_once(viewer: SystemViewer, user: User) -> None:
    """At the machine's own command line: confirm what was asked for. So the first administrators come to be."""
    asked = user.grants.get(answer=Grant.Answer.OPEN)
    with transaction.atomic():
        demand_exclusive(user, asked.role)
        user.role = asked.role
        user.save(update_fields=["role"])
        asked.answer, asked.answered_by = Grant.Answer.CONFIRMED, viewer.name
        asked.answered_at = timezone.now()
        asked.save()
    viewer.note(Action.GRANT, f"account/{user.username}/{asked.role}/confirmed")


def demand_administered(viewer: Viewer, action: Action, user: User, subject: str) -> None:
    """Raise Refused, and log it, unless the account is of the viewer's regions and not the viewer's own."""
    demand(viewer, action, subject)
    agency = user.agency
    if agency is None or not viewer.covers(agency.region_id) or viewer.name == user.username:
        refuse(viewer, action, subject)


def permit_in(viewer: Viewer, region_id: int, subject: str) -> Permit:
    """Permission of an administrator of the region. Raises Refused, and logs it."""
    permit = permitted(viewer, Action.ADMINISTER, subject, registry=False)
    permit.refuse_unless(viewer.covers(region_id))
    return permit


def demand_reason(reason: str) -> None:
    """Raise Unusable ``reason_missing`` where nothing was written."""
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明事由。"))
