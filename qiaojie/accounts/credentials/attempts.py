"""Attempts to prove who one is, counted before they are judged: by whom they are aimed at, from where, with which device.

A stranger's failures never count for a device that has signed in to the account before, so nobody is kept out of her own
account by others' guesses; guessing from many addresses is bounded by the name alone. What a count is of stands in its
key; of a name that somebody typed a keyed hash stands there, for people type passwords into the wrong box.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from django.db import router, transaction
from django.db.models import F, Q
from django.utils import timezone

from qiaojie.lib.crypto import keyring

from ..models import SignInFailures

DAY: Final = timedelta(days=1)
"""So long failures are held against somebody, from the first of them on."""


@dataclass(frozen=True, slots=True)
class Bound:
    """``most`` attempts in vain within a day are judged; then it is shut ``shut`` long, and opens for ``further`` more each time.

    ``own``: a success forgets what was counted; else it takes back its own attempt alone, so that who guesses is not helped by
    the person signing in meanwhile.
    """

    most: int
    further: int
    shut: timedelta
    own: bool = False

    @property
    def a_day(self) -> int:
        """So many guesses are judged within a day at most."""
        return self.most + self.further * int(DAY / self.shut)


FROM_ONE_PLACE: Final = Bound(5, 5, timedelta(minutes=15), own=True)
"""One name from one address: as many as an impatient person needs; then a pause that is over before one is helped."""

UNDER_ONE_NAME: Final = Bound(40, 5, timedelta(hours=1))
"""One name from all addresses together, known devices apart: 160 guesses a day, however many computers guess."""

FROM_ONE_ADDRESS: Final = Bound(100, 10, timedelta(minutes=15))
"""One address whatever the names: an office of some hundred people behind one address has its slips; 1,060 a day."""

WITH_A_DEVICE: Final = Bound(5, 5, timedelta(minutes=15), own=True)
"""One account on a device that has signed in to it: what its person mistypes is nobody else's."""

DEVICE_STANDS: Final = 20
"""Failures of a day after which a device is taken for a stranger's: it may have been stolen."""

SECOND_FACTOR: Final = Bound(20, 5, timedelta(hours=1))
"""The second factor of one account from all addresses, the password being right: 140 guesses a day, each with at most three
chances in a million."""

Counted = tuple[tuple[str, Bound], ...]
"""What an attempt counts for: keys and their bounds."""


def name_mark(username: str) -> str:
    """A keyed hash of a name as a reader takes it."""
    return keyring().blind(plain(username), "sign_in.name").hex()[:44]


def plain(username: str) -> str:
    """A name as a reader takes it: case, spaces and full-width letters make no other name."""
    return "".join(unicodedata.normalize("NFKC", username).casefold().split()).replace("\x00", "")


def network(address: str) -> str:
    """The address, or of version 6 the network of one line (/64), of which its subscriber has all; '' for none."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, IPv6Address):
        return str(ip_network((known, 64), strict=False).network_address)
    return str(known)


def signing_in(mark: str, address: str, device: int | None = None) -> Counted:
    """What a password under a name counts for. ``mark`` is the name's; ``device`` the known one with which it comes."""
    if device is not None:
        return ((f"device:{device}", WITH_A_DEVICE),)
    return ((_pair(mark, address), FROM_ONE_PLACE), (_name(mark), UNDER_ONE_NAME), *from_address(address))


def second_factor(user_id: int, address: str, device: int | None = None) -> Counted:
    """What a second factor counts for, the password being right."""
    if device is not None:
        return ((f"second-device:{device}", WITH_A_DEVICE),)
    own = (f"second:{user_id}:{network(address)}", FROM_ONE_PLACE)
    return (own, (f"second:{user_id}", SECOND_FACTOR))


def again(user_id: int) -> Counted:
    """What a password counts for that somebody signed in types once more: to sign, to change it, to make a key."""
    return ((f"again:{user_id}", FROM_ONE_PLACE),)


def from_address(address: str, word: str = "from") -> Counted:
    """What comes from an address whatever the name; nothing on loopback, where a proxy that was not named would stand for all."""
    known = network(address)
    if not known or ip_address(known).is_loopback:
        return ()
    return ((f"{word}:{known}", FROM_ONE_ADDRESS),)


def take(counted: Counted) -> datetime | None:
    """Count an attempt; until when one of its keys is shut, None where all are open."""
    shut = [until for key, bound in counted if (until := _count(key, bound)) is not None]
    return max(shut, default=None)


def is_shut(counted: Counted) -> bool:
    """Whether one of the keys is shut now; counts nothing."""
    keys = [key for key, _bound in counted]
    return SignInFailures.objects.filter(key__in=keys, until__gt=timezone.now()).exists()


def succeeded(counted: Counted) -> None:
    """The attempt that was counted was right."""
    own = [key for key, bound in counted if bound.own]
    SignInFailures.objects.filter(key__in=own).delete()
    others = [key for key, bound in counted if not bound.own]
    SignInFailures.objects.filter(key__in=others, number__gt=0).update(number=F("number") - 1)


def shut_somewhere(mark: str) -> datetime | None:
    """Until when a name is shut, be it from one address alone; None where it is open from everywhere."""
    held = SignInFailures.objects.filter(_of_name(mark), until__gt=timezone.now())
    return held.order_by("-until").values_list("until", flat=True).first()


def forget_name(mark: str) -> None:
    """Forget failures under a name, wherever they came from."""
    SignInFailures.objects.filter(_of_name(mark)).delete()


def forget(keys: Iterable[str]) -> None:
    """Forget failures under these keys."""
    SignInFailures.objects.filter(key__in=list(keys)).delete()


def forget_second(user_id: int) -> None:
    """Forget failures at an account's second factor, wherever they came from."""
    second = Q(key=f"second:{user_id}") | Q(key__startswith=f"second:{user_id}:")
    SignInFailures.objects.filter(second).delete()


def failures(key: str) -> int:
    """How often it failed under a key within the day."""
    since = timezone.now() - DAY
    return (
        SignInFailures.objects.filter(key=key, since__gt=since).values_list("number", flat=True).first() or 0
    )


def _name(mark: str) -> str:
    return f"name:{mark}"


def _pair(mark: str, address: str) -> str:
    return f"name:{mark}:{network(address)}"


def _of_name(mark: str) -> Q:
    return Q(key=_name(mark)) | Q(key__startswith=f"{_name(mark)}:")


def _count(key: str, bound: Bound) -> datetime | None:
    """Count an attempt; until when the key is shut, None where it is open."""
    now = timezone.now()
    with transaction.atomic(using=router.db_for_write(SignInFailures)):
        held, _new = SignInFailures.objects.select_for_update().get_or_create(
            key=key, defaults={"last_at": now, "since": now}
        )
        if held.until is not None and held.until > now:
            return held.until
        if now - held.since > DAY:
            held.number, held.since = 0, now
        held.number += 1
        held.last_at, held.until = now, None
        over = held.number - bound.most
        if over > 0 and (over - 1) % (bound.further + 1) == 0:
            held.until = now + bound.shut
        held.save()
        return held.until
