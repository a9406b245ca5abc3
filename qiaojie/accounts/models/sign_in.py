"""What signing in rests on: earlier passwords, second factors, failed attempts, sessions."""

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

    ``last_step`` is the time step of the code used last: no code is taken twice (RFC 6238, 5.2). ``credential`` finds a
    key; ``secret`` is the app's secret or the key's public part.
    """

    class Kind(models.TextChoices):
        """Which of the two."""

        CODES = "codes", _("动态验证码")
        KEY = "key", _("安全密钥或通行密钥")

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


class SignInFailures(models.Model):
    """Failed attempts to sign in under a name or from an address, since the last success; and until when it is shut."""

    key = models.CharField(max_length=170, primary_key=True)
    number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("登录失败")

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


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
