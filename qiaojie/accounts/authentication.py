"""Signing in and out: attempts are counted before they are judged, sessions are listed, everything is logged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable

from . import log, passwords
from .credentials import attempts, devices, hashing
from .credentials.attempts import Bound, Counted
from .models import AccessKey, Presence, User

ATTEMPTS: Final = 5
"""Failures under one name, then it is shut."""

ATTEMPTS_FROM: Final = 100
"""Failures from one address, whatever the names."""

SHUT_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Knock:
    """Who stands before the door: from where, and the word of the browser ('' for none) by which a device is known."""

    address: str = ""
    device: str = ""


def check_password(username: str, password: str, knock: Knock) -> User:
    """The account whose name and password these are.

    Raises Unusable: ``sign_in_wrong``; ``sign_in_shut`` after too many failures, whether or not the password is right;
    ``sign_in_busy`` where too many sign in at this moment, which counts for nothing.
    What is counted is the name as a reader takes it: case, spaces and full-width letters make no other name. Of a name that
    is no account's nothing is kept but a keyed hash.
    """
    account = of_name(username)
    counted = _counted(username, account, knock)
    if not attempts.is_shut(counted):
        with hashing.QUEUE.turn(hashing.PATIENCE):
            return _judged(username, password, account, counted, knock)
    return _judged(username, password, account, counted, knock)


def _judged(username: str, password: str, account: User | None, counted: Counted, knock: Knock) -> User:
    _demand_open(counted, "shut", username, account, knock.address)
    found = authenticate(username=username, password=password)
    if not isinstance(found, User):
        _failed("password", username, account, knock.address)
        raise Unusable("sign_in_wrong", _("账号或密码不对，或账号已停用。请注意大小写。"))
    attempts.succeeded(counted)
    return found


def of_name(username: str) -> User | None:
    """The account that a reader takes a name for, closed ones too; None where it is nobody's."""
    plain = attempts.plain(username)
    if not plain or len(username) > 150:
        return None
    found = list(User.objects.filter(Q(username=username) | Q(username__iexact=plain))[:2])
    return min(found, key=lambda user: user.username != username, default=None)


def is_at_home(username: str, knock: Knock) -> bool:
    """Whether the account of that name has signed in on this device: then its name may stand in the box again."""
    return devices.knows_name(knock.device, of_name(username))


def demand_second(user: User, knock: Knock) -> Counted:
    """Count an attempt at a second factor before it is judged; what it counts for. Raises Unusable ``sign_in_shut``."""
    counted = attempts.second_factor(user.pk, knock.address, devices.known(knock.device, user))
    _demand_open(counted, "shut", user.get_username(), user, knock.address)
    return counted


def fail_second(user: User, address: str, how: str) -> None:
    """Log a second factor that was wrong; the attempt is counted already. Raises Unusable ``code_wrong``."""
    _say(Action.SIGN_IN, how, user, address, done=False)
    raise Unusable("code_wrong", _("验证没有通过。每个号码只能用一次，请用下一个。"))


def demand_again(user: User, address: str) -> None:
    """Count an attempt of somebody signed in to prove again who she is. Raises Unusable ``sign_in_shut``. Failures of strangers
    do not count here, nor these for them."""
    _demand_open(attempts.again(user.pk), "shut", user.get_username(), user, address)


def proved_again(user: User) -> None:
    """She has proved it: her own slips are forgotten."""
    attempts.succeeded(attempts.again(user.pk))


def prove_again(user: User, password: str, address: str, what: str) -> None:
    """Have somebody signed in type her password once more, for ``what`` (the log calls a failure so). Raises Unusable
    ``password_wrong``, ``sign_in_shut``."""
    demand_again(user, address)
    if not user.check_password(password):
        note(user, what, address, done=False)
        raise Unusable("password_wrong", _("密码不对。"))
    proved_again(user)


def count(name: str, address: str) -> datetime | None:
    """Count an attempt under a name and from an address; until when either is shut, None where both are open."""
    named = (f"count:{name[:120]}", Bound(ATTEMPTS, ATTEMPTS, SHUT_FOR))
    placed = [
        (key, Bound(ATTEMPTS_FROM, ATTEMPTS_FROM, SHUT_FOR))
        for key, _bound in attempts.from_address(address, "count-from")
    ]
    return attempts.take((named, *placed))


def _counted(username: str, account: User | None, knock: Knock) -> Counted:
    device = devices.known(knock.device, account)
    return attempts.signing_in(attempts.name_mark(username), knock.address, device)


def _demand_open(counted: Counted, how: str, username: str, account: User | None, address: str) -> None:
    """Count an attempt before it is judged, so that many at once are counted too. Raises Unusable ``sign_in_shut``."""
    until = attempts.take(counted)
    if until is not None:
        _failed(how, username, account, address)
        text = _("失败次数太多，已暂停登录，请在 %s 以后再试。忘记密码请找系统管理员重设。")
        raise Unusable("sign_in_shut", text % f"{timezone.localtime(until):%H:%M}")


def begin(user: User, session_key: str, address: str, device: str, how: str) -> None:
    """Note a session that has begun: list it, end others where one at a time is the rule, forget failures, log it."""
    now = timezone.now()
    held = Presence.objects.filter(user_id=user.pk)
    alive = Session.objects.filter(
        session_key__in=list(held.values_list("session_key", flat=True)), expire_date__gt=now
    )
    others = list(alive.values_list("session_key", flat=True))
    if settings.QIAOJIE_ONE_SESSION:
        Session.objects.filter(session_key__in=others).delete()
        others = []
    held.exclude(session_key__in=others).delete()
    Presence.objects.create(
        session_key=session_key, user_id=user.pk, begun_at=now, address=address[:45], device=device[:200]
    )
    _say(Action.SIGN_IN, how, user, address)


def end(user: User, session_key: str | None, address: str, how: str) -> None:
    """Note that a session ended: by its user, or by itself (``idle``)."""
    Presence.objects.filter(session_key=session_key or "").delete()
    _say(Action.SIGN_OUT, how, user, address)


def sessions(user: User) -> list[tuple[Presence, Session]]:
    """The account's sessions that are alive, the newest first."""
    held = {one.session_key: one for one in Presence.objects.filter(user_id=user.pk)}
    alive = Session.objects.filter(session_key__in=list(held), expire_date__gt=timezone.now())
    found = [(held[one.session_key], one) for one in alive]
    return sorted(found, key=lambda pair: pair[0].begun_at, reverse=True)


def end_one(user: User, number: str, address: str) -> None:
    """End one of the account's own sessions, by what its list calls it (never by its key, which opens it).

    Raises Unusable ``session_unknown``, and logs the attempt, for any that is not its own.
    """
    for presence, session in sessions(user):
        if handle(presence) == number:
            session.delete()
            end(user, presence.session_key, address, "other")
            return
    _say(Action.SIGN_OUT, "other", user, address, done=False)
    raise Unusable("session_unknown", _("没有这个登录，或它已经结束。"))


def change_password(user: User, current: str, new: str, again: str, knock: Knock) -> None:
    """Set one's own password; other devices are known no more. A wrong present one is counted. Raises as ``passwords.change``."""
    address = knock.address
    demand_again(user, address)
    try:
        passwords.change(user, current, new, again)
    except Unusable as wrong:
        note(user, "password", address, done=False)
        if wrong.code != "password_wrong":
            proved_again(user)
        raise
    proved_again(user)
    devices.forget(user, but=knock.device)
    note(user, "password", address)


def go_on(user: User, before: str | None, after: str | None) -> None:
    """One's own session goes on under a new key after a change of password; all others end."""
    held = Presence.objects.filter(user_id=user.pk)
    own = held.filter(session_key=before or "").first()
    others = held.exclude(session_key=before or "").values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(others)).delete()
    held.delete()
    if own is not None and after:
        own.session_key = after
        own.save(force_insert=True)


def note(user: User, what: str, address: str, *, done: bool = True) -> None:
    """Log a change of how the account signs in (``password``, ``second/add`` …)."""
    _say(Action.SIGN_IN, what, user, address, done=done)


def end_every(user: User) -> None:
    """End all sessions and access keys of an account: it was closed, may do something else, or its password was set anew
    by somebody else."""
    AccessKey.objects.filter(user=user, ended_at__isnull=True).update(ended_at=timezone.now())
    end_sessions(user)


def end_sessions(user: User) -> None:
    """End all sessions of an account."""
    held = Presence.objects.filter(user_id=user.pk)
    Session.objects.filter(session_key__in=list(held.values_list("session_key", flat=True))).delete()
    held.delete()


def handle(presence: Presence) -> str:
    """What a list calls a session."""
    return f"{presence.begun_at.timestamp():.6f}"


def open_again(user: User) -> None:
    """Forget failures at an account's password, so that it may be tried again at once. Those at the second factor stay: whoever
    lifts a pause may be the one who set the password, and would have as many guesses at the code as she likes."""
    attempts.forget_name(attempts.name_mark(user.get_username()))
    attempts.forget([f"again:{user.pk}", *devices.keys(user, "device")])


def open_second_again(user: User) -> None:
    """Forget failures at an account's second factor, or at the one-time code in its place: there is a new one."""
    attempts.forget_second(user.pk)
    attempts.forget(devices.keys(user, "second-device"))


def shut_until(username: str) -> datetime | None:
    """Until when a name is shut for those whom its devices do not know, be it from one address alone; None where it is open."""
    return attempts.shut_somewhere(attempts.name_mark(username))


def _failed(how: str, username: str, account: User | None, address: str) -> None:
    """Log an attempt in vain: under the account's name where there is one; else by a hash of what was typed, which may have
    been a password."""
    if account is not None:
        _say(Action.SIGN_IN, how, account, address, done=False)
        return
    mark = attempts.name_mark(username)[-12:]
    log.write(Action.SIGN_IN, f"{how}/unknown/{mark}", username="", address=address, done=False)


def _say(action: Action, how: str, user: User, address: str, *, done: bool = True) -> None:
    log.write(
        action,
        how,
        username=user.get_username(),
        user_id=user.pk,
        holder=user.holder,
        address=address,
        done=done,
    )
