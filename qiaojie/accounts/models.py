"""Agencies with dated names, users with one role each, and the access log."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Line(models.TextChoices):
    """The line of work an agency belongs to; the poverty line is one agency under its successive names."""

    DPF = "dpf", _("残联")
    WOMEN = "women", _("妇联")
    POVERTY = "poverty", _("扶贫、乡村振兴")
    TRAINER = "trainer", _("培训机构")
    BASE = "base", _("基地经营者")
    OTHER = "other", _("其他单位")


class Role(models.TextChoices):
    """What a user does. One role each: who administers accounts sees no business data."""

    ADMINISTRATOR = "administrator", _("系统管理员")
    CLERK = "clerk", _("经办")
    APPROVER = "approver", _("审核")
    READER = "reader", _("查看")


class Agency(models.Model):
    """A body that works in a region (机构). Its name may change with the years; the agency stays the same."""

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("区域")
    )
    line = models.CharField(_("条线"), max_length=10, choices=Line.choices)
    name = models.CharField(_("现用名称"), max_length=100)

    class Meta:
        verbose_name = _("机构")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "line", "name"], name="agency_once")
        ]

    def __str__(self) -> str:
        return self.name


class AgencyName(models.Model):
    """What an agency was called from one day to another (扶贫办 → 乡村振兴局 → 农业农村委)."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="names")
    name = models.CharField(_("名称"), max_length=100)
    begins = models.DateField(_("启用"), null=True)
    ends = models.DateField(_("停用"), null=True)

    class Meta:
        verbose_name = _("机构名称")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Someone who signs in: belongs to an agency, has one role, looks at the subtree of the agency's region."""

    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="users", verbose_name=_("机构")
    )
    role = models.CharField(_("角色"), max_length=15, choices=Role.choices, default=Role.READER)
    holder = models.CharField(_("姓名"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("账号")

    def __str__(self) -> str:
        return self.holder or self.username


class AccessEntry(models.Model):
    """One line of the access log. No foreign keys: the log may live in another file than what it speaks of."""

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    user_id = models.BigIntegerField(null=True)
    username = models.CharField(_("账号"), max_length=150)
    address = models.CharField(_("来源地址"), max_length=45, blank=True)
    action = models.CharField(_("操作"), max_length=12)
    subject = models.CharField(_("对象"), max_length=200)
    rows = models.BigIntegerField(_("条数"), null=True)
    purpose = models.CharField(_("用途"), max_length=200, blank=True)
    done = models.BooleanField(_("是否成功"), default=True)

    class Meta:
        verbose_name = _("访问日志")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["username", "at"], name="access_user")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.username} {self.action} {self.subject}"
