"""Digests: what every row said in one night, each night's chained to the one before."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import BlindField, SealedField


class Digest(models.Model):
    """One reading of all rows. ``tables`` says of each model how many rows there were, by which columns they are hashed, and
    the sum of its blocks' hashes; ``log`` is the head of the access log at that time, ``before`` a hash of the digest before.
    ``mark`` is a keyed hash over all of it.
    """

    class Act(models.TextChoices):
        """Why it was made."""

        FIRST = "first", _("第一次")
        NIGHT = "night", _("每夜")
        UPGRADE = "upgrade", _("升级以后")
        DEMO = "demo", _("载入演示数据以后")
        ACCEPTED = "accepted", _("核实以后")

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    act = models.CharField(max_length=8, choices=Act.choices)
    actor = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    tables = models.JSONField()
    log = models.CharField(max_length=200, blank=True)
    before = models.CharField(max_length=64, blank=True)
    mark = BlindField(purpose="digest.mark")

    class Meta:
        verbose_name = _("数据摘要")

    def __str__(self) -> str:
        return f"{self.number} {self.at:%Y-%m-%d}"


class HashBlock(models.Model):
    """The hashes of the rows of one model whose keys lie in one span (from ``first``), sealed: as the last digest saw them."""

    model = models.CharField(max_length=60)
    first = models.BigIntegerField()
    content = SealedField(purpose="digest.block")

    class Meta:
        verbose_name = _("数据摘要的一段")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["model", "first"], name="block_once")
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.first}"


class Difference(models.Model):
    """A row that the last digest found other than it was, without anything that the product wrote explaining it.

    Made anew every night: a row is found again until it is as it was, or the difference is accepted.
    """

    class Kind(models.TextChoices):
        """What is wrong with the row."""

        CHANGED = "changed", _("改动")
        ADDED = "added", _("凭空多出")
        REMOVED = "removed", _("不见了")
        UNREADABLE = "unreadable", _("解不开")
        FORGED = "forged", _("变更记录是伪造的")
        BLIND = "blind", _("按号码查到的不是本人")
        DIGEST = "digest", _("摘要被动过")

    found_at = models.DateTimeField()
    since = models.DateTimeField()
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    columns = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = _("对不上的数据")

    def __str__(self) -> str:
        return f"{self.kind} {self.model} {self.object_id}"
