"""Access keys (接口密钥): made, confirmed, ended; and who looks when a program shows one.

A key is ``qj_HANDLE_SECRET``. The handle names it in lists and in the log; of the secret, 256 random bits, a keyed hash is kept.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import Final

from django.conf import settings
from django.db import router, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.viewer import Action, Personal, Sight, Viewer, demand, note_refused, refuse
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable

from . import authentication, factors, log, passwords
from .credentials import attempts
from .models import AccessKey, KeyUse, User
from .viewers import UserViewer

DAYS: Final = 90
"""Days that a key holds unless its maker says otherwise."""
MOST_DAYS: Final = 365
"""Days that a key may hold at most."""

MOST_KEYS: Final = 10
"""Keys of one account that hold at the same time."""
MOST_ADDRESSES: Final = 10
"""Addresses from which one key may be used."""

CHANNEL: Final = "接口“%(name)s”：%(purpose)s"
"""What stands in the log as the purpose of all that is done with a key; the log is Chinese in every interface."""

_TOKEN: Final = re.compile(r"qj_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_HASHED: Final = "access_key.secret"


_NEVER_IN_ADDRESSES: Final = frozenset(
    {"password", "passwd", "pwd", "access_key", "api_key", "apikey", "token"}
)
"""Names of parameters under which somebody would put a secret into an address."""


class Busy(Exception):
    """A key asked too often. ``wait``: seconds until it may ask again."""

    def __init__(self, wait: int) -> None:
        super().__init__(str(wait))
        self.wait = wait


@dataclass(frozen=True)
class KeyViewer(UserViewer):
    """A program that shows an account's key: never more than the account, and of it what the key says.

    Reading rows asks the right to export, for a program takes out what it reads. A program approves nothing.
    """

    key: AccessKey = field(kw_only=True)
    lines: list[bool] = field(default_factory=list, init=False, compare=False)
    """One for each line of the log that was written; what it was for is done."""

    @cached_property
    def _account(self) -> UserViewer:
        return UserViewer(self.user, self.address)

    def may(self, action: Action) -> bool:
        """Whether the account may, and the key says so."""
        if not self._account.may(action):
            return False
        takes_out, confirmed = self._account.may(Action.EXPORT), self.key.confirmed_at is not None
        return {
            Action.SEE: takes_out,
            Action.COUNT: True,
            Action.ENTER: takes_out and self.key.hands_in and confirmed,
            Action.REVEAL: takes_out and self.key.reveals and confirmed,
        }.get(action, False)

    def opens(self, ledger: str) -> bool:
        """Whether the key names the ledger."""
        return ledger in self.key.ledgers

    def sight(self, personal: Personal) -> Sight:
        """As the account sees it on its screens."""
        return self._account.sight(personal)

    def note(
        self, action: Action, subject: str, *, rows: int | None = None, purpose: str = "", done: bool = True
    ) -> None:
        """Write a line to the access log, with the key's name and purpose."""
        why = purpose or self.key.purpose
        said = CHANNEL % {"name": self.key.name, "purpose": why}
        self.lines.append(done)
        self._account.note(action, subject, rows=rows, purpose=said, done=done)


def may_have(viewer: Viewer) -> bool:
    """Whether an account has something for a program to ask for: rows that it may take out, or numbers."""
    return viewer.may(Action.EXPORT) or viewer.may(Action.COUNT)


# --- asking with a key -----------------------------------------------------------------------------------------------


def open_with(token: str, address: str) -> KeyViewer:
    """Who looks when a program shows ``token``.

    A right secret opens whatever others tried before: nobody guesses 256 bits, so failures are counted by address alone, and
    only to keep the log short; neither do failures to sign in shut a key. Raises Unusable: ``key_wrong``; ``key_shut`` for a
    wrong one after too many; and, for whoever has the right secret, ``key_ended``, ``key_expired``, ``key_account`` (its
    account is closed, or its password too old; post or role is another), ``key_address``. Raises Busy.
    """
    parts = _TOKEN.fullmatch(token)
    handle = parts[1] if parts else ""
    found = AccessKey.objects.select_related("user__agency__region").filter(handle=handle).first()
    if found is None or parts is None or not _matches(found, parts[2]):
        until = attempts.take(attempts.from_address(address, "key-from"))
        if until is not None:
            text = _("这个来源地址失败次数太多，已暂停，请在 %s 以后再试。")
            raise Unusable("key_shut", text % f"{timezone.localtime(until):%H:%M}")
        log.write(Action.SIGN_IN, f"access_key/{handle}", username="", address=address, done=False)
        raise Unusable("key_wrong", _("密钥不对。请在 Authorization 里写 Bearer 加完整的密钥。"))
    amiss = _amiss(found, address)
    if amiss is not None:
        authentication.note(found.user, f"access_key/{handle}/{amiss.code}", address, done=False)
        raise amiss
    viewer = KeyViewer(found.user, address, key=found)
    _use(viewer, address)
    return viewer


def secret_in_address(given: Iterable[tuple[str, Iterable[str]]], path: str) -> Unusable | None:
    """What is wrong with an address that carries a password or key, by the name of a parameter or as it looks (``given``:
    parameters with their values); None where it carries none. Proxies and histories keep addresses."""
    held = [("", path), *((name, text) for name, texts in given for text in texts)]
    if not any(name.casefold() in _NEVER_IN_ADDRESSES or _TOKEN.search(text) for name, text in held):
        return None
    return Unusable("secret_in_address", _("密码和密钥不能写在地址里。写过的要当作已经泄露，请马上更换。"))


def _matches(key: AccessKey, secret: str) -> bool:
    kept = bytes(key.secret).hex()
    return any(constant_time_compare(kept, each.hex()) for each in keyring().blinds(secret, _HASHED))


def _amiss(key: AccessKey, address: str) -> Unusable | None:
    """Why a key of which the secret is known does not hold."""
    user = key.user
    if key.ended_at is not None:
        return Unusable("key_ended", _("密钥已停用，请重新生成。"))
    if key.expires_at <= timezone.now():
        return Unusable("key_expired", _("密钥已过期，请重新生成。"))
    if not user.is_active or user.role != key.role or user.post_id != key.post_id:
        return Unusable("key_account", _("密钥的账号已停用，或岗位、角色有变，密钥不再有效。"))
    if passwords.is_old(user):
        return Unusable("key_account", _("密钥的账号要先换密码。请使用人先登录，密钥随后可以再用。"))
    if key.addresses and not _from(address, key.addresses.split()):
        return Unusable("key_address", _("密钥不能从地址 %s 使用。") % address)
    return None


def _use(viewer: KeyViewer, address: str) -> None:
    """Note that a key is used. Raises Busy, and logs the first time of a minute, where that is too often."""
    now = timezone.now()
    with transaction.atomic(using=router.db_for_write(KeyUse)):
        held, _new = KeyUse.objects.select_for_update().get_or_create(
            key_id=viewer.key.pk, defaults={"used_at": now, "since": now}
        )
        if now - held.since >= timedelta(minutes=1):
            held.since, held.number = now, 0
        held.number += 1
        held.used_at, held.address = now, address[:45]
        held.save()
    over = held.number - settings.QIAOJIE_API_RATE
    if over == 1:
        note_refused(viewer, Action.SEE, "api/busy")
    if over > 0:
        raise Busy(max(1, 60 - int((now - held.since).total_seconds())))


def _from(address: str, allowed: Iterable[str]) -> bool:
    try:
        at = ip_address(address)
    except ValueError:
        return False
    return any(at in ip_network(one, strict=False) for one in allowed)


# --- making, confirming, ending --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks of a new key."""

    name: str
    purpose: str
    ledgers: Collection[str]
    hands_in: bool = False
    reveals: bool = False
    days: int = DAYS
    addresses: str = ""


def make(viewer: UserViewer, wanted: Wanted, password: str, code: str = "") -> tuple[AccessKey, str]:
    """A key of one's own account, and the key in words (shown once).

    The password is typed again, and a code where the account has an app that makes them or a card. Raises Unusable:
    ``password_wrong``, ``code_wrong``, ``sign_in_shut``; ``name_missing``, ``purpose_missing``, ``key_ledgers``, ``key_days``,
    ``key_addresses``, ``key_rights``, ``too_many_keys``; Refused where the role has nothing for programs.
    """
    if not may_have(viewer):
        refuse(viewer, Action.SEE, "access_key")
    user = viewer.user
    name, purpose = wanted.name.strip(), wanted.purpose.strip()
    addresses = _addresses(wanted.addresses)
    _demand(viewer, wanted, name, purpose)
    if own(user).count() >= MOST_KEYS:
        raise Unusable("too_many_keys", _("一个账号最多有 %d 个在用的密钥，请先停用不用的。") % MOST_KEYS)
    _again(viewer, password, code)
    handle = "".join(secrets.choice(_LETTERS) for _place in range(12))
    secret = secrets.token_urlsafe(32)
    made = AccessKey.objects.create(
        user=user,
        handle=handle,
        secret=keyring().blind(secret, _HASHED),
        name=name[:40],
        purpose=purpose[:100],
        ledgers=sorted(set(wanted.ledgers)),
        hands_in=wanted.hands_in,
        reveals=wanted.reveals,
        addresses=addresses,
        role=user.role,
        post_id=user.post_id,
        expires_at=timezone.now() + timedelta(days=wanted.days),
    )
    authentication.note(user, f"access_key/{handle}/made", viewer.address)
    return made, f"qj_{handle}_{secret}"


def _demand(viewer: UserViewer, wanted: Wanted, name: str, purpose: str) -> None:
    if not name:
        raise Unusable("name_missing", _("请填写名称：哪个系统用这个密钥。"))
    if not purpose:
        raise Unusable("purpose_missing", _("请写明用途，会记入访问日志。"))
    known = {ledger.code for ledger in declaration.every()}
    if not wanted.ledgers or not set(wanted.ledgers) <= known:
        raise Unusable("key_ledgers", _("请至少选一个台账。"))
    if not 1 <= wanted.days <= MOST_DAYS:
        raise Unusable("key_days", _("有效期最短1天，最长 %d 天。") % MOST_DAYS)
    rights = ((wanted.hands_in, Action.ENTER), (wanted.reveals, Action.REVEAL))
    asked = [action for wants, action in rights if wants]
    if not all(viewer.may(action) and viewer.may(Action.EXPORT) for action in asked):
        raise Unusable("key_rights", _("密钥不能比账号的权限大。"))


def _addresses(text: str) -> str:
    """Addresses and networks as they are kept. Raises Unusable ``key_addresses``."""
    parts = re.split(r"[\s,，、;；]+", text.strip()) if text.strip() else []
    try:
        kept = " ".join(str(ip_network(part, strict=False)) for part in parts)
    except ValueError as wrong:
        message = _("“%s”不是地址或网段，请写成 10.1.2.3 或 10.1.2.0/24，用空格隔开。")
        raise Unusable("key_addresses", message % text[:60]) from wrong
    if len(parts) > MOST_ADDRESSES:
        raise Unusable("key_addresses", _("来源地址最多写 %d 个，多的请写成网段。") % MOST_ADDRESSES)
    return kept


def _again(viewer: UserViewer, password: str, code: str) -> None:
    """Whoever makes a key proves again who she is; guessing counts as failing to sign in."""
    user = viewer.user
    authentication.demand_again(user, viewer.address)
    if not user.check_password(password):
        authentication.note(user, "access_key", viewer.address, done=False)
        raise Unusable("password_wrong", _("密码不对，没有生成密钥。"))
    if factors.asks_code(user) and not factors.takes_typed(user, code):
        authentication.fail_second(user, viewer.address, "access_key")
    authentication.proved_again(user)


def own(user: User) -> QuerySet[AccessKey]:
    """The account's keys that hold, the newest first."""
    now = timezone.now()
    return AccessKey.objects.filter(user=user, ended_at__isnull=True, expires_at__gt=now).order_by("-pk")


def held(viewer: Viewer) -> QuerySet[AccessKey]:
    """The keys that hold in the viewer's regions, those that wait for confirmation first. Raises Refused."""
    demand(viewer, Action.GRANT, "access_keys")
    found = AccessKey.objects.filter(viewer.scope("user__agency__region"), ended_at__isnull=True)
    return (
        found.filter(expires_at__gt=timezone.now(), user__is_active=True)
        .select_related("user__agency")
        .order_by("confirmed_at", "-pk")
    )


def waiting(viewer: Viewer) -> int:
    """How many keys in the viewer's regions wait for confirmation. Raises Refused."""
    return held(viewer).filter(Q(hands_in=True) | Q(reveals=True), confirmed_at__isnull=True).count()


def uses(keys: Iterable[AccessKey]) -> dict[int, KeyUse]:
    """When each key was used last, and from where, by its pk; what never was is not there."""
    return {use.key_id: use for use in KeyUse.objects.filter(pk__in=[key.pk for key in keys])}


def confirm(viewer: Viewer, pk: int) -> AccessKey:
    """Confirm that a key may do more than read. Raises Unusable ``key_closed``, ``grant_own``; Refused elsewhere."""
    key = _administered(viewer, pk)
    if key.user.get_username() == viewer.name:
        raise Unusable("grant_own", _("不能确认自己的密钥。"))
    if key.ended_at is not None or not key.asks or key.confirmed_at is not None:
        raise Unusable("key_closed", _("这个密钥不用确认，或已经停用。"))
    key.confirmed_by, key.confirmed_at = viewer.name, timezone.now()
    key.save(update_fields=["confirmed_by", "confirmed_at"])
    viewer.note(Action.GRANT, f"access_key/{key.handle}/confirm", purpose=key.purpose)
    return key


def end(viewer: UserViewer, pk: int) -> AccessKey:
    """End a key at once, for good: one's own, or as the security administrator of the region. Raises Refused."""
    key = AccessKey.objects.select_related("user").filter(pk=pk, user=viewer.user).first()
    if key is None:
        key = _administered(viewer, pk)
    if key.ended_at is None:
        key.ended_by, key.ended_at = viewer.name, timezone.now()
        key.save(update_fields=["ended_by", "ended_at"])
    action = Action.SIGN_IN if key.user_id == viewer.user.pk else Action.GRANT
    viewer.note(action, f"access_key/{key.handle}/end")
    return key


def _administered(viewer: Viewer, pk: int) -> AccessKey:
    found = None
    if viewer.may(Action.GRANT):
        known = AccessKey.objects.filter(viewer.scope("user__agency__region"), pk=pk)
        found = known.select_related("user").first()
    if found is None:
        refuse(viewer, Action.GRANT, f"access_key/{pk}")
    return found
