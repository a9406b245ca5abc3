"""Devices on which an account has signed in before. Knowing one opens nothing: it asks for password and second factor like any
other, but others' failures do not count for it.

A browser holds a random word, of which a hash is kept; it is replaced at every sign-in, so a copy of it is worth nothing after
the next one.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from ..models import KnownDevice, User
from . import attempts

HELD: Final = timedelta(days=180)
"""So long after the last sign-in a device is known."""

MOST: Final = 10
"""Devices of one account that are known; the oldest gives way."""


def known(word: str, user: User | None) -> int | None:
    """The device of a browser's word, if the account has signed in on it and it did not fail too often today; None else."""
    if not word or user is None:
        return None
    since = timezone.now() - HELD
    found = KnownDevice.objects.filter(user_id=user.pk, mark=_mark(word), seen_at__gt=since)
    device = found.values_list("pk", flat=True).first()
    if device is None:
        return None
    failed = attempts.failures(f"device:{device}"), attempts.failures(f"second-device:{device}")
    return None if max(failed) > attempts.DEVICE_STANDS else device


def knows_name(word: str, user: User | None) -> bool:
    """Whether the account has signed in on the browser with this word: then its name is no news there."""
    return bool(word) and user is not None and _of(word).filter(user_id=user.pk).exists()


def remember(word: str, user: User) -> str:
    """Know the device from now on; the word that its browser is to hold in place of the one it has."""
    now, fresh = timezone.now(), secrets.token_urlsafe(24)
    if word:
        # Colleagues who share the computer stay known with it.
        _of(word).update(mark=_mark(fresh))
    KnownDevice.objects.update_or_create(mark=_mark(fresh), user_id=user.pk, defaults={"seen_at": now})
    held = KnownDevice.objects.filter(user_id=user.pk).order_by("-seen_at", "-pk")
    KnownDevice.objects.filter(pk__in=list(held.values_list("pk", flat=True)[MOST:])).delete()
    return fresh


def forget(user: User, *, but: str = "") -> None:
    """Know none of the account's devices any more, ``but`` the one with this word."""
    gone = KnownDevice.objects.filter(user_id=user.pk)
    (gone.exclude(mark=_mark(but)) if but else gone).delete()


def keys(user: User, word: str) -> list[str]:
    """Under what failures on the account's devices are counted: at the password (``device``) or the second factor
    (``second-device``)."""
    held = KnownDevice.objects.filter(user_id=user.pk).values_list("pk", flat=True)
    return [f"{word}:{device}" for device in held]


def _of(word: str) -> QuerySet[KnownDevice]:
    return KnownDevice.objects.filter(mark=_mark(word))


def _mark(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
