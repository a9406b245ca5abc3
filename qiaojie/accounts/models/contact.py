"""Whom to ask: what the sign-in page says to whoever cannot get in."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Contact(models.Model):
    """Whom to ask about accounts and passwords, as an administrator wrote it. The latest row holds; the others are its
    history."""

    name = models.CharField(_("联系人"), max_length=50)
    office = models.CharField(_("科室或单位"), max_length=100, blank=True)
    telephone = models.CharField(_("联系电话"), max_length=40, blank=True)
    by = models.CharField(_("填写人"), max_length=150)
    at = models.DateTimeField(_("填写时间"), default=timezone.now)

    class Meta:
        verbose_name = _("账号联系人")

    def __str__(self) -> str:
        return f"{self.office} {self.name}".strip()
