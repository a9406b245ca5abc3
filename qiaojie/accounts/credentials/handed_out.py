"""Passwords that somebody else has set (opened, reset, opened again): who knows one gets in with nothing else but it.

Whoever set a password knows it. So it opens the account only together with what that administrator does not have: the
person's own second factor, or a one-time code that another administrator has handed to her after seeing who she is. The
command line of the machine itself needs no second one: whoever holds it holds the data file too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from qiaojie.lib.fields import Unreadable

from ..models import ADMINISTRATORS, CredentialChange, SecondFactor, User
from . import secret_codes

HOLDS: Final = timedelta(days=7)
"""So long a code that was handed over opens; then it is asked for anew."""

PASSWORDS: Final = (
    CredentialChange.What.OPENED,
    CredentialChange.What.RESET,
    CredentialChange.What.REOPENED,
)
"""What leaves a password that its setter knows."""


def note(user: User, what: CredentialChange.What, by: str, *, machine: bool = False) -> CredentialChange:
    """Note what was done to an account by somebody else; ``machine``: at the command line, which releases at once."""
    now = timezone.now()
    released = {"released_by": by, "released_at": now} if machine else {}
    return CredentialChange.objects.create(user=user, what=what, by=by, **released)


def open_change(user: User) -> CredentialChange | None:
    """Who handed out the password that the account has, None where its person chose it (or before such was noted)."""
    if not user.first_password:
        return None
    return user.credential_changes.filter(what__in=PASSWORDS, used_at__isnull=True).order_by("-pk").first()


def needs_code(user: User) -> bool:
    """Whether the password alone must not open, and there is no second factor that would: a code has to be handed over."""
    if not user.first_password or user.second_factors.exists():
        return False
    change = open_change(user)
    if change is None:
        # Set by a version that noted nothing. Administrators' passwords were set at the command line alone.
        return user.role not in ADMINISTRATORS
    return change.code is not None or change.released_at is None


def has_code(user: User) -> bool:
    """Whether a code was handed over that still holds."""
    change = open_change(user)
    return change is not None and change.code is not None and _holds(change)


def give_code(user: User, by: str) -> str:
    """A one-time code in place of any before, noted with who handed it over; shown once. No right is asked."""
    change = open_change(user) or note(user, CredentialChange.What.RESET, "")
    code, salted = secret_codes.fresh(), secret_codes.salt()
    change.code = f"{salted}:{secret_codes.mark(salted, change.pk, code)}"
    change.released_by, change.released_at = by, timezone.now()
    change.save(update_fields=["code", "released_by", "released_at"])
    return code


def takes_code(user: User, code: str) -> bool:
    """Whether it is the code that was handed over for the account's password. It holds until the password is changed."""
    change = open_change(user)
    if change is None or change.code is None or isinstance(change.code, Unreadable) or not _holds(change):
        return False
    salted, _colon, kept = change.code.partition(":")
    return secret_codes.agrees(kept, salted, change.pk, code)


def settled(user: User) -> None:
    """The person has chosen a password of her own: what was handed out is over."""
    user.credential_changes.filter(what__in=PASSWORDS, used_at__isnull=True).update(
        used_at=timezone.now(), code=None
    )


def untold(user: User) -> list[CredentialChange]:
    """What others did to the account since its person signed in last; told now."""
    found = list(user.credential_changes.filter(told_at__isnull=True).order_by("pk"))
    if found:
        CredentialChange.objects.filter(pk__in=[one.pk for one in found]).update(told_at=timezone.now())
    return found


def waiting(users: QuerySet[User]) -> list[tuple[User, CredentialChange | None]]:
    """Of these accounts those that wait for a code, with who handed out the password, the oldest first; two queries."""
    factors = SecondFactor.objects.filter(user=OuterRef("pk"))
    found = list(
        users.filter(~Exists(factors), is_active=True, first_password=True)
        .select_related("agency", "post")
        .order_by("password_at", "pk")
    )
    changes = _changes(user.pk for user in found)
    return [(user, changes.get(user.pk)) for user in found if _waits(user, changes.get(user.pk))]


def _waits(user: User, change: CredentialChange | None) -> bool:
    if change is None:
        return user.role not in ADMINISTRATORS
    return change.released_at is None or (change.code is not None and not _holds(change))


def _changes(users: Iterable[int]) -> dict[int, CredentialChange]:
    found = CredentialChange.objects.filter(user__in=list(users), what__in=PASSWORDS, used_at__isnull=True)
    return {one.user_id: one for one in found.order_by("pk")}


def _holds(change: CredentialChange) -> bool:
    return change.released_at is not None and timezone.now() - change.released_at < HOLDS
