"""Agencies closed from a day with the accounts that they have, and what was closed by mistake opened again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.changing import together
from qiaojie.ledgers.viewer import Action, Viewer, refuse
from qiaojie.lib.findings import Unusable

from . import authentication, passwords
from .models import Agency, AgencyName, CredentialChange, Grant, Holding, StandIn, User
from .services import demand_administered, demand_reason, first_password, note_handed_out, permit_in, shut


def open_accounts(agency: Agency) -> list[User]:
    """The accounts that would be closed with an agency."""
    return list(agency.users.filter(is_active=True).select_related("post").order_by("pk"))


def close_agency(viewer: Viewer, agency: Agency, day: date, reason: str, seen: Iterable[int]) -> int:
    """Close an agency from a day on, and at once all accounts that it has; what they filed stays. Gives their number.

    ``seen`` are the keys of the accounts that were shown: nobody closes one that they were not told of.

    Raises Unusable ``agency_closed``; ``closing_day`` for a day to come, or one on which it had not begun;
    ``reason_missing``; ``agency_own`` for the viewer's own; ``agency_accounts`` where there are other accounts than were
    ``seen``; Refused elsewhere.
    """
    permit = permit_in(viewer, agency.region_id, f"agency/{agency.pk}/close")
    if agency.closed_from is not None:
        raise Unusable("agency_closed", _("“%s”已经停用。") % agency.name)
    _demand_day(agency, day)
    demand_reason(reason)
    users = open_accounts(agency)
    if any(user.username == viewer.name for user in users):
        raise Unusable("agency_own", _("您自己的账号在这家机构，不能由您停用。请由另一位系统管理员办理。"))
    if {user.pk for user in users} != set(seen):
        raise Unusable("agency_accounts", _("这家机构的账号刚有变动，请看一遍下面的名单，再勾选。"))
    with permit.because(reason) as change:
        if not agency.names.exists():
            AgencyName.objects.create(agency=agency, name=agency.name)
        last = day - timedelta(days=1)
        agency.names.filter(ends__isnull=True).update(ends=last)
        agency.stands_in.filter(ends__isnull=True).update(ends=last)
        _set_closed(agency, day)
        change.updated(Agency, [(agency.pk, {"closed_from": None}, {"closed_from": day})], told=False)
        for user in users:
            shut(user)
        change.note(rows=len(users))
    return len(users)


def reopen_agency(viewer: Viewer, agency: Agency, reason: str) -> None:
    """Take the closing of an agency back, as though it had not been; accounts are opened again one by one.

    Raises Unusable ``agency_open``, ``reason_missing``; Refused elsewhere.
    """
    permit = permit_in(viewer, agency.region_id, f"agency/{agency.pk}/reopen")
    day = agency.closed_from
    if day is None:
        raise Unusable("agency_open", _("“%s”没有停用。") % agency.name)
    demand_reason(reason)
    last = day - timedelta(days=1)
    with permit.because(reason) as change:
        agency.names.filter(name=agency.name, ends=last).update(ends=None)
        for held in agency.stands_in.filter(ends=last):
            # Meanwhile another agency may have been asked to answer for the line.
            same = StandIn.objects.filter(region=held.region_id, line=held.line, begins__gte=day)
            if not same.exists():
                agency.stands_in.filter(pk=held.pk).update(ends=None)
        _set_closed(agency, None)
        change.updated(Agency, [(agency.pk, {"closed_from": day}, {"closed_from": None})], told=False)


def _set_closed(agency: Agency, day: date | None) -> None:
    agency.closed_from = day
    agency.save(update_fields=["closed_from"])


def _demand_day(agency: Agency, day: date) -> None:
    if day > timezone.localdate():
        raise Unusable("closing_day", _("停用的日期不能晚于今天：账号是当时就停用的。"))
    last = day - timedelta(days=1)
    begun = Q(begins__gt=last, ends__isnull=True)
    if agency.names.filter(begun).exists() or agency.stands_in.filter(begun).exists():
        raise Unusable("closing_day", _("那时这家机构还没有用现在的名称，或还没有代管。请填晚一些的日期。"))


# --- accounts --------------------------------------------------------------------------------------------------------


def close_accounts(viewer: Viewer, users: Sequence[User], reason: str) -> None:
    """Close several accounts, all or none. Raises Unusable ``accounts_none``, ``account_closed``, ``reason_missing``;
    Refused where one of them is elsewhere or the viewer's own."""
    subjects = _demanded(viewer, users, "close")
    demand_reason(reason)
    for user in users:
        if not user.is_active:
            raise Unusable("account_closed", _("账号“%s”已经停用。") % user.username)
    with together():
        for user in users:
            with permit_in(viewer, _region(user), subjects[user.pk]).because(reason):
                shut(user)


def reopen_accounts(viewer: Viewer, users: Sequence[User], reason: str) -> list[tuple[User, str]]:
    """Open closed accounts again, all or none; each with a first password. What they may do is asked for anew: as with
    a new account another administrator confirms it.

    Raises Unusable ``accounts_none``, ``account_open``, ``agency_closed``, ``reason_missing``; Refused as for closing.
    """
    subjects = _demanded(viewer, users, "reopen")
    demand_reason(reason)
    for user in users:
        _demand_reopenable(user)
    opened = []
    with together():
        for user in users:
            with permit_in(viewer, _region(user), subjects[user.pk]).because(reason):
                opened.append((user, _reopen(user, viewer.name, reason)))
                note_handed_out(viewer, user, CredentialChange.What.REOPENED)
    return opened


def _demand_reopenable(user: User) -> None:
    if user.is_active:
        raise Unusable("account_open", _("账号“%s”没有停用。") % user.username)
    if user.agency is not None and user.agency.closed_from is not None:
        text = _("“%(agency)s”已经停用，要先恢复机构，才能恢复账号“%(username)s”。")
        raise Unusable("agency_closed", text % {"agency": user.agency.name, "username": user.username})


def _reopen(user: User, by: str, reason: str) -> str:
    asked = user.role or (user.post.role if user.post is not None else "")
    user.is_active, user.role = True, ""
    user.save(update_fields=["is_active", "role"])
    if user.post is not None:
        today = timezone.localdate()
        Holding.objects.create(post=user.post, user=user, holder=user.holder, begins=today)
    if asked:
        Grant.objects.create(user=user, role=asked, asked_by=by, reason=reason[:200])
    password = first_password()
    passwords.give(user, password)
    authentication.open_again(user)
    return password


def _demanded(viewer: Viewer, users: Sequence[User], what: str) -> dict[int, str]:
    """What the log calls it, by account; refused before anything is done where one of them may not be administered."""
    if not users:
        raise Unusable("accounts_none", _("请先勾选账号。"))
    subjects = {user.pk: f"account/{user.username}/{what}" for user in users}
    for user in users:
        demand_administered(viewer, Action.ADMINISTER, user, subjects[user.pk])
        if user.agency is None:
            refuse(viewer, Action.ADMINISTER, subjects[user.pk])
    return subjects


def _region(user: User) -> int:
    assert user.agency is not None
    return user.agency.region_id
