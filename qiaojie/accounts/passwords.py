"""What a password must be (GB/T 22239-2019, 8.1.4.1: complex, changed regularly, not used again), and setting one."""

from __future__ import annotations

import string
import unicodedata
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .credentials import handed_out
from .models import PastPassword, User

KINDS: Final = 3
"""So many of the four kinds (small letters, capitals, digits, other characters) a password has."""

REMEMBERED: Final = 5
"""So many passwords, the present one included, are not taken again."""


class SimilarityValidator(UserAttributeSimilarityValidator):
    """Not like what is known of the account, said in this product's words."""

    def get_error_message(self) -> str:
        """The rule, where it is broken."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码不能与账号的其他资料相近。")


class LengthValidator(MinimumLengthValidator):
    """Long enough, said in this product's words."""

    def get_error_message(self) -> str:
        """The rule, where it is broken."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码至少 %d 个字符。") % self.min_length


class CommonValidator(CommonPasswordValidator):
    """None that thousands of others use, said in this product's words."""

    def get_error_message(self) -> str:
        """The rule, where it is broken."""
        return self.get_help_text()

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码不能是人人常用的那些。")


class KindsValidator:
    """At least three of four kinds of characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError ``password_kinds``."""
        kinds = {_kind(one) for one in password}
        if len(kinds) < KINDS:
            raise ValidationError(self.get_help_text(), code="password_kinds")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码要有小写字母、大写字母、数字、其他字符中的至少三种。")


class NameValidator:
    """Not the account's name in it, forward or backward, whatever the case."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError ``password_name``."""
        name = user.get_username().casefold() if user is not None else ""
        if len(name) > 2 and (name in password.casefold() or name[::-1] in password.casefold()):
            raise ValidationError(self.get_help_text(), code="password_name")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("密码里不能有账号名。")


class HistoryValidator:
    """None of the last few."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError ``password_used``."""
        if user is None or user.pk is None:
            return
        past = user.past_passwords.order_by("-at", "-pk").values_list("hash", flat=True)[: REMEMBERED - 1]
        if any(check_password(password, one) for one in (user.password, *past)):
            raise ValidationError(self.get_help_text(), code="password_used")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _("不能使用最近 %d 次用过的密码。") % REMEMBERED


def _kind(character: str) -> str:
    if character in string.digits:
        return "digit"
    category = unicodedata.category(character)
    return {"Ll": "small", "Lu": "capital"}.get(category, "other")


def rules() -> list[str]:
    """All rules in words."""
    return password_validators_help_texts()


def due(user: User) -> bool:
    """Whether the password must be changed before anything else: set by somebody else, or too old."""
    return user.first_password or is_old(user)


def is_old(user: User) -> bool:
    """Whether the password was set too long ago."""
    return timezone.now() - user.password_at > timedelta(days=settings.QIAOJIE_PASSWORD_DAYS)


def change(user: User, current: str, new: str, again: str) -> None:
    """Set one's own password; whoever calls logs it, done or not. No right is asked.

    Raises Unusable: ``password_wrong`` (the present one), ``password_differs`` (typed twice), ``password_weak`` with every
    rule that is broken.
    """
    if not user.check_password(current):
        raise Unusable("password_wrong", _("现在的密码不对。"))
    if new != again:
        raise Unusable("password_differs", _("两次填写的新密码不一样。"))
    demand_strong(new, user)
    with transaction.atomic():
        PastPassword.objects.create(user=user, hash=user.password)
        old = user.past_passwords.order_by("-at", "-pk").values_list("pk", flat=True)[REMEMBERED:]
        PastPassword.objects.filter(pk__in=list(old)).delete()
        user.password = make_password(new)
        user.password_at = timezone.now()
        user.first_password = False
        user.save(update_fields=["password", "password_at", "first_password"])
        handed_out.settled(user)


def demand_strong(password: str, user: User) -> None:
    """Raise Unusable ``password_weak`` with every rule that a password breaks."""
    try:
        validate_password(password, user)
    except ValidationError as broken:
        raise Unusable("password_weak", " ".join(broken.messages)) from broken


def give(user: User, password: str) -> None:
    """Set somebody's password for them: it has to be changed at the next sign-in."""
    demand_strong(password, user)
    PastPassword.objects.create(user=user, hash=user.password)
    user.password = make_password(password)
    user.password_at = timezone.now()
    user.first_password = True
    user.save(update_fields=["password", "password_at", "first_password"])
