"""Signing in and out: attempts are counted before they are judged, sessions are listed, everything is logged."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import router, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable

from . import log, passwords
from .models import AccessKey, Presence, SignInFailures, User

ATTEMPTS: Final = 5
"""Failures under one name, then it is shut."""

ATTEMPTS_FROM: Final = 50
"""Failures from one address, whatever the names."""

SHUT_FOR: Final = timedelta(minutes=15)


def check_password(username: str, password: str, address: str) -> User:
    """The account whose name and password these are.

    Raises Unusable: ``sign_in_wrong``; ``sign_in_shut`` after too many failures, whether or not the password is right.
    What is counted is the name as a reader takes it: case, spaces and full-width letters make no other name.
    """
    demand_open(username, address)
    found = authenticate(username=username, password=password)
    if not isinstance(found, User):
        _fail(username, address, "password")
        raise Unusable("sign_in_wrong", _("账号或密码不对，或账号已停用。请注意大小写。"))
    return found


def demand_open(username: str, address: str) -> None:
    """Count an attempt before it is judged, so that many at once are counted too. Raises Unusable ``sign_in_shut``."""
    until = count(username, address)
    if until is not None:
        log.write(
            Action.SIGN_IN, "shut", username=username, user_id=_id(username), address=address, done=False
        )
        text = _("失败次数太多，已暂停登录，请在 %s 以后再试。忘记密码请找系统管理员重设。")
        raise Unusable("sign_in_shut", text % f"{timezone.localtime(until):%H:%M}")


def count(name: str, address: str) -> datetime | None:
    """Count an attempt under a name and from an address; until when either is shut, None where both are open."""
    until = None
    for key, most in _keys(name, address):
        until = _count(key, most) or until
    return until


def fail_second(user: User, address: str, how: str) -> None:
    """Log a second factor that was wrong; the attempt is counted already. Raises Unusable ``code_wrong``."""
    _fail(user.get_username(), address, how)
    raise Unusable("code_wrong", _("验证没有通过。动态验证码只能用一次，请等下一个。"))


def begin(user: User, session_key: str, address: str, device: str, how: str) -> None:
    """Note a session that has begun: list it, end others where one at a time is the rule, forget failures, log it."""
    now = timezone.now()
    # Of the name only: whoever has an account of their own could go on guessing others' from one address.
    open_again(user.get_username())
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


def change_password(user: User, current: str, new: str, again: str, address: str) -> None:
    """Set one's own password. A wrong present one counts as a failure to sign in. Raises as ``passwords.change``."""
    demand_open(user.get_username(), address)
    try:
        passwords.change(user, current, new, again)
    except Unusable as wrong:
        note(user, "password", address, done=False)
        if wrong.code != "password_wrong":
            open_again(user.get_username())
        raise
    open_again(user.get_username())
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
    held = Presence.objects.filter(user_id=user.pk)
    Session.objects.filter(session_key__in=list(held.values_list("session_key", flat=True))).delete()
    held.delete()


def handle(presence: Presence) -> str:
    """What a list calls a session."""
    return f"{presence.begun_at.timestamp():.6f}"


def open_again(username: str) -> None:
    """Forget failures under a name, so that it may be tried again at once."""
    SignInFailures.objects.filter(key=_name_key(username)).delete()


def shut_until(username: str, address: str = "") -> datetime | None:
    """Until when a name, or the address, is shut; None where it is open."""
    keys = [key for key, _most in _keys(username, address)]
    held = SignInFailures.objects.filter(key__in=keys, until__gt=timezone.now())
    return held.order_by("-until").values_list("until", flat=True).first()


def _keys(username: str, address: str) -> list[tuple[str, int]]:
    keys = [(_name_key(username), ATTEMPTS)]
    # On loopback stands a proxy that was not named, or the only user: all would be shut for one.
    if address and not ip_address(address).is_loopback:
        keys.append((f"from:{address}", ATTEMPTS_FROM))
    return keys


def _name_key(username: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", username).casefold().split()).replace("\x00", "")
    return f"name:{plain[:150]}"


def _count(key: str, most: int) -> datetime | None:
    """Count an attempt; until when the key is shut, None where it is open."""
    now = timezone.now()
    with transaction.atomic(using=router.db_for_write(SignInFailures)):
        held, _new = SignInFailures.objects.select_for_update().get_or_create(
            key=key, defaults={"last_at": now}
        )
        if held.until is not None and held.until > now:
            return held.until
        if now - held.last_at > SHUT_FOR or held.until is not None:
            held.number, held.until = 0, None
        held.number += 1
        held.last_at = now
        if held.number > most:
            held.until = now + SHUT_FOR
        held.save()
        return held.until


def _fail(username: str, address: str, how: str) -> None:
    log.write(Action.SIGN_IN, how, username=username, user_id=_id(username), address=address, done=False)


def _id(username: str) -> int | None:
    return (
        User.objects.filter(username=username[:150].replace("\x00", "")).values_list("pk", flat=True).first()
    )


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
