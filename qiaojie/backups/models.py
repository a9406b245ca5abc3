"""What became of packets, a line each time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Act(models.TextChoices):
    """What happened to a packet."""

    COPIED = "copied", _("存到")
    FETCHED = "fetched", _("取走")
    TRIED = "tried", _("试恢复")
    OPENED = "opened", _("用密钥副本打开")
    FAILED = "failed", _("没有做成")
    REMOVED = "removed", _("清理")


class PacketEvent(models.Model):
    """A line about a packet: made and copied to a place, fetched, tried, opened with the sealed keys, or what failed.

    ``packet`` is its name ('' where there is none yet), ``packet_at`` when it was made. ``place`` is a folder, or who fetched
    it; ``away`` says that it is off this machine. ``keys`` is the fingerprint of the keys that were held then. ``message``
    says in words why something failed; it names folders and reasons, never what stands in a row.
    """

    at = models.DateTimeField(_("时间"), auto_now_add=True)
    act = models.CharField(_("经过"), max_length=8, choices=Act.choices)
    packet = models.CharField(max_length=32, blank=True)
    packet_at = models.DateTimeField(_("备份时间"), null=True)
    size = models.BigIntegerField(default=0)
    place = models.CharField(_("位置"), max_length=300, blank=True)
    away = models.BooleanField(default=False)
    keys = models.CharField(max_length=16, blank=True)
    message = models.CharField(max_length=500, blank=True)
    actor = models.CharField(_("经手"), max_length=150)

    class Meta:
        verbose_name = _("备份经过")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["act", "-id"], name="packet_event_act")]

    def __str__(self) -> str:
        return f"{self.act} {self.packet[:8]}"
