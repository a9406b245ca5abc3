"""Posts and who holds them: accounts, the roles granted to them, and the packet by which a post changes hands."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField

from .agencies import Agency
from .roles import Role


class Post(models.Model):
    """A post (岗位) of an agency with the role it calls for. It outlives whoever holds it."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="posts", verbose_name=_("机构"))
    title = models.CharField(_("岗位"), max_length=60)
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices)

    class Meta:
        verbose_name = _("岗位")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "title"], name="post_once")
        ]

    def __str__(self) -> str:
        return self.title


class User(AbstractUser):
    """Someone who signs in: one named person at one post of an agency.

    ``role`` is what has been granted; an account that nobody has confirmed has none and may do nothing.
    """

    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="users", verbose_name=_("机构")
    )
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, related_name="users", verbose_name=_("岗位")
    )
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices, blank=True, default="")
    holder = models.CharField(_("姓名"), max_length=50, blank=True)
    password_at = models.DateTimeField(_("密码设置时间"), default=timezone.now)
    first_password = models.BooleanField(_("初始密码"), default=False)

    class Meta:
        verbose_name = _("账号")

    def __str__(self) -> str:
        return self.holder or self.username


class Holding(models.Model):
    """Who held a post, from a first day to a last one (on the day of a hand-over both did): the name stays when the account is
    closed."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="holdings")
    holder = models.CharField(_("姓名"), max_length=50)
    begins = models.DateField(_("起"))
    ends = models.DateField(_("止"), null=True)

    class Meta:
        verbose_name = _("任职")

    def __str__(self) -> str:
        return f"{self.holder} {self.begins:%Y-%m-%d}"


class Grant(models.Model):
    """A role that one administrator asks for and another confirms; only then does it hold."""

    class Answer(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("待确认")
        CONFIRMED = "confirmed", _("已确认")
        REFUSED = "refused", _("未同意")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants", verbose_name=_("账号"))
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices)
    asked_by = models.CharField(_("提出人"), max_length=150)
    asked_at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("事由"), purpose="grant.reason", max_length=200, blank=True
    )
    answer = models.CharField(_("结果"), max_length=10, choices=Answer.choices, default=Answer.OPEN)
    answered_by = models.CharField(_("确认人"), max_length=150, blank=True)
    answered_at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("授权")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(answer="open"), name="grant_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Packet(models.Model):
    """A hand-over packet (工作交接清单): what a leaver has open at a post, signed by both; then the post changes hands.

    ``content`` is what was open, promised and stands in boxes when the leaver signed, as JSON (``handover.PacketContent``).
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="packets", verbose_name=_("岗位"))
    leaver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("移交人"))
    successor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("接收人"))
    content = EncryptedTextField(purpose="packet.content")
    left_at = models.DateTimeField(_("移交人签字时间"), default=timezone.now)
    taken_at = models.DateTimeField(_("接收人签字时间"), null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("工作交接清单")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["leaver"],
                condition=models.Q(taken_at__isnull=True, withdrawn_at__isnull=True),
                name="packet_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.leaver_id} → {self.successor_id}"
