"""What signing in rests on: earlier passwords, second factors, what others did to them, failed attempts, devices, sessions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField

from .posts import User


class PastPassword(models.Model):
    """The hash of a password that an account had: the last few are not taken again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="past_passwords")
    hash = models.CharField(max_length=128)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("用过的密码")

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d}"


class SecondFactor(models.Model):
    """What somebody has besides the password: an app that makes one-time codes, or a security key or passkey.

    ``last_step`` is the time step of the code used last: no code is taken twice (RFC 6238, 5.2); of a card the number of the
    code used last. ``credential`` finds a key; ``secret`` is the app's secret, the key's public part, or salted hashes of the
    card's codes.
    """

    class Kind(models.TextChoices):
        """Which of the three."""

        CODES = "codes", _("动态验证码")
        KEY = "key", _("安全密钥或通行密钥")
        CARD = "card", _("验证卡")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="second_factors")
    kind = models.CharField(_("方式"), max_length=5, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=40)
    secret = EncryptedTextField(purpose="second_factor.secret")
    credential = models.BinaryField(max_length=1023, null=True)
    last_step = models.BigIntegerField(default=0)
    sign_count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("第二重验证")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["credential"], name="factor_credential_once")
        ]

    def __str__(self) -> str:
        return self.name


class CredentialChange(models.Model):
    """What somebody else did to how an account signs in: it is told to its person at the next sign-in.

    Of a password that was handed out it says who may use it: without a second factor it opens nothing before another
    administrator has handed over a one-time code too (``code``, a salted hash; ``released_*``). ``used_at``: the person has
    signed in with it.
    """

    class What(models.TextChoices):
        """What was done."""

        OPENED = "opened", _("账号开通")
        RESET = "reset", _("密码重设")
        REOPENED = "reopened", _("账号恢复")
        SECOND = "second", _("第二重验证重置")
        CARD = "card", _("验证卡发放")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="credential_changes")
    what = models.CharField(_("事项"), max_length=8, choices=What.choices)
    by = models.CharField(_("办理人"), max_length=150)
    at = models.DateTimeField(_("办理时间"), default=timezone.now)
    code: EncryptedTextField[str | None, str | None] = EncryptedTextField(
        purpose="credential_change.code", null=True
    )
    released_by = models.CharField(_("核实人"), max_length=150, blank=True)
    released_at = models.DateTimeField(_("核实时间"), null=True)
    used_at = models.DateTimeField(_("使用时间"), null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("登录方式变更")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "used_at"], name="credential_change_open"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what}"


class SignInFailures(models.Model):
    """Failed attempts to prove who one is, by what they count for (``credentials.attempts``), since ``since``; and until when
    that is shut."""

    key = models.CharField(max_length=170, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("登录失败")

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class KnownDevice(models.Model):
    """A device on which an account has signed in before: the hash of a random word that its browser holds."""

    user_id = models.BigIntegerField()
    mark = models.CharField(max_length=64)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("登录过的设备")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["mark", "user_id"], name="known_device_once")
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user_id"], name="known_device_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.seen_at:%Y-%m-%d}"


class Presence(models.Model):
    """A session of an account: since when, from where, with what. Its key is that of the session's row."""

    session_key = models.CharField(max_length=40, primary_key=True)
    user_id = models.BigIntegerField(db_index=True)
    begun_at = models.DateTimeField(default=timezone.now)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("登录会话")

    def __str__(self) -> str:
        return f"{self.user_id} {self.begun_at:%Y-%m-%d %H:%M}"
