"""Keys with which programs ask in an account's name, and how they are used."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import BlindField, EncryptedTextField

from .posts import Post, User
from .roles import Role


class AccessKey(models.Model):
    """A key with which a program of an agency asks in an account's name (接口密钥); it is never more than the account.

    ``handle`` is the part that may be shown and logged, ``secret`` a keyed hash of the other. ``ledgers`` are the codes of the
    ledgers that it opens. Handing in and seeing whole numbers hold once the security administrator has confirmed them;
    ``role`` and ``post`` are what the account was when the key was made: it ends when either changes.
    """

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="access_keys", verbose_name=_("账号")
    )
    handle = models.CharField(max_length=12, unique=True)
    secret = BlindField(purpose="access_key.secret", max_length=34)
    name = models.CharField(_("密钥名称"), max_length=40)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        _("用途"), purpose="access_key.purpose", max_length=100
    )
    ledgers = models.JSONField(_("台账范围"))
    hands_in = models.BooleanField(_("可报送"), default=False)
    reveals = models.BooleanField(_("可查看完整号码"), default=False)
    addresses = models.CharField(_("允许的来源地址"), max_length=400, blank=True)
    role = models.CharField(max_length=15, choices=Role.choices)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("生成时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    confirmed_by = models.CharField(_("确认人"), max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    ended_by = models.CharField(_("停用人"), max_length=150, blank=True)
    ended_at = models.DateTimeField(_("停用时间"), null=True)

    class Meta:
        verbose_name = _("接口密钥")

    def __str__(self) -> str:
        return f"{self.handle} {self.name}"

    @property
    def asks(self) -> bool:
        """Whether it is to do more than read."""
        return self.hands_in or self.reveals


class KeyUse(models.Model):
    """When a key was used last, and how often in the minute that began at ``since``. Its key is that of the access key."""

    key_id = models.BigIntegerField(primary_key=True)
    used_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    since = models.DateTimeField()
    number = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("密钥使用")

    def __str__(self) -> str:
        return f"{self.key_id} {self.used_at:%Y-%m-%d %H:%M}"
