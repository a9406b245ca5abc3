"""Regions, what overlaps them, what became of them, and the editions in which a notice lists them."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """Rank in the tree of divisions; a zone has the level of the divisions that it reports beside."""

    NATION = 0, _("国家")
    PROVINCE = 1, _("省级")
    PREFECTURE = 2, _("地级")
    COUNTY = 3, _("县级")
    TOWNSHIP = 4, _("乡级")
    VILLAGE = 5, _("村级")


class RegionKind(models.TextChoices):
    """What a region is. Only the first five are divisions in the sense of GB/T 2260; villages are those of the statistics."""

    NATION = "nation", _("国家")
    PROVINCE = "province", _("省级行政区")
    PREFECTURE = "prefecture", _("地级行政区")
    COUNTY = "county", _("县级行政区")
    TOWNSHIP = "township", _("乡级行政区")
    VILLAGE = "village", _("村、社区")
    ZONE = "zone", _("功能区")
    CORPS = "corps", _("兵团")
    RECLAMATION = "reclamation", _("垦区")


class Region(models.Model):
    """A unit that plans, does or reports, for as long as it existed.

    ``first`` and ``last`` number the tree in depth-first order: ``first`` is the region's own number,
    ``last`` the highest number beneath it, so "the region and all beneath it" is the one condition
    ``region.first <= x.first <= region.last`` (a leaf has ``first == last``). The loader renumbers the
    whole tree; nobody else writes these numbers, and nothing may store them elsewhere.

    ``begins`` is the first day on which the region existed, ``ends`` the first day on which it no longer
    did; null means always or unknown. Where the source gives only a year or a month, the first day of that
    year or month stands and ``dates_uncertain`` is set.
    """

    key = models.CharField(
        _("标识"),
        max_length=80,
        unique=True,
        help_text=_("现行区划为其代码；已撤并或无代码的为“代码（或上级代码）:名称”"),
    )
    code = models.CharField(
        _("区划代码"),
        max_length=9,
        blank=True,
        db_index=True,
        help_text=_("GB/T 2260 六位代码，乡级九位；功能区无代码。代码曾被重复使用，不唯一"),
    )
    name = models.CharField(_("名称"), max_length=60, db_index=True)
    short_name = models.CharField(_("简称"), max_length=60, db_index=True)
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level.choices)
    kind = models.CharField(_("类型"), max_length=12, choices=RegionKind.choices)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("上级"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    begins = models.DateField(_("启用日期"), null=True, blank=True)
    ends = models.DateField(_("撤销日期"), null=True, blank=True, help_text=_("自该日起不再存在"))
    dates_uncertain = models.BooleanField(_("日期不确定"), default=False)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    first = models.PositiveIntegerField(_("树序起"), default=0, db_index=True, editable=False)
    last = models.PositiveIntegerField(_("树序止"), default=0, editable=False)

    class Meta:
        verbose_name = _("区域")
        verbose_name_plural = _("区域")
        ordering = ["first", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="region_interval"),
            models.CheckConstraint(
                condition=models.Q(begins__isnull=True)
                | models.Q(ends__isnull=True)
                | models.Q(begins__lt=models.F("ends")),
                name="region_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    def alive(self, on: date) -> bool:
        """Whether the region existed on the day; an unknown bound counts as open."""
        return (self.begins is None or self.begins <= on) and (self.ends is None or on < self.ends)

    def holds(self, other: Region) -> bool:
        """Whether the other region is this one or lies beneath it."""
        return self.first <= other.first <= self.last


class Overlap(models.Model):
    """A zone on the ground of a division: both report, so their areas and people are not disjoint."""

    zone = models.ForeignKey(
        Region, verbose_name=_("功能区"), on_delete=models.PROTECT, related_name="overlaps"
    )
    region = models.ForeignKey(
        Region, verbose_name=_("区域"), on_delete=models.PROTECT, related_name="overlapped"
    )
    certain = models.BooleanField(_("确定"), default=False)
    source = models.CharField(_("出处"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("地域重叠")
        verbose_name_plural = _("地域重叠")
        constraints = [models.UniqueConstraint(fields=["zone", "region"], name="overlap_once")]

    def __str__(self) -> str:
        return f"{self.zone} / {self.region}"


class Assignment(models.Model):
    """A township whose people a zone answers for, though the tree has it under a division: from one day to another.

    ``begins`` is the first day on which it held, ``ends`` the first day on which it no longer did; null is always or
    unknown. What is not ``certain`` decides nothing: it is asked whose people they are.
    """

    zone = models.ForeignKey(
        Region, verbose_name=_("功能区"), on_delete=models.PROTECT, related_name="assigned"
    )
    region = models.ForeignKey(
        Region, verbose_name=_("区域"), on_delete=models.PROTECT, related_name="assignments"
    )
    begins = models.DateField(_("启用日期"), null=True, blank=True)
    ends = models.DateField(_("撤销日期"), null=True, blank=True, help_text=_("自该日起不再划归"))
    certain = models.BooleanField(_("确定"), default=False)
    source = models.CharField(_("出处"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("街镇划归")
        verbose_name_plural = _("街镇划归")
        constraints = [models.UniqueConstraint(fields=["zone", "region"], name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.region} → {self.zone}"


class SuccessionKind(models.TextChoices):
    """How one region came out of another, strongest first.

    A region that was divided has one ``split`` (where its main body went) and a ``part`` for every other
    piece; a region that lost a piece and lives on has only a ``part``.
    """

    RENAMED = "renamed", _("更名")
    BECAME = "became", _("改设")
    MERGED = "merged", _("并入")
    SPLIT = "split", _("分设（主体）")
    PART = "part", _("划出")


class Succession(models.Model):
    """One step from a region to what came after it."""

    before = models.ForeignKey(
        Region, verbose_name=_("原区域"), on_delete=models.PROTECT, related_name="successions"
    )
    after = models.ForeignKey(
        Region, verbose_name=_("新区域"), on_delete=models.PROTECT, related_name="origins"
    )
    on = models.DateField(_("日期"), null=True, blank=True)
    kind = models.CharField(_("方式"), max_length=8, choices=SuccessionKind.choices)
    part = models.CharField(_("涉及部分"), max_length=200, blank=True)
    certain = models.BooleanField(_("确定"), default=True)
    source = models.CharField(_("出处"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("沿革")
        verbose_name_plural = _("沿革")
        constraints = [models.UniqueConstraint(fields=["before", "after"], name="succession_once")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Layout(models.TextChoices):
    """How an edition is drawn when it is not a table."""

    TILES = "tiles", _("方格图")
    LIST = "list", _("列表")


class Edition(models.Model):
    """The units and row order of one notice, as of its day; a report keeps the edition it was made in."""

    code = models.SlugField(_("代号"), max_length=60, unique=True)
    label = models.CharField(_("名称"), max_length=100)
    root = models.ForeignKey(
        Region, verbose_name=_("所属区域"), on_delete=models.PROTECT, related_name="editions"
    )
    on = models.DateField(_("时点"))
    layout = models.CharField(_("画法"), max_length=8, choices=Layout.choices, default=Layout.LIST)
    note = models.CharField(_("说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("区域版本")
        verbose_name_plural = _("区域版本")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label


class EditionUnit(models.Model):
    """One row of an edition: the region, its place in the order, its label as printed, its tile."""

    edition = models.ForeignKey(
        Edition, verbose_name=_("版本"), on_delete=models.CASCADE, related_name="units"
    )
    region = models.ForeignKey(Region, verbose_name=_("区域"), on_delete=models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(_("顺序"))
    label = models.CharField(_("印出名称"), max_length=60)
    tile_column = models.PositiveSmallIntegerField(_("方格列"), null=True, blank=True)
    tile_row = models.PositiveSmallIntegerField(_("方格行"), null=True, blank=True)

    class Meta:
        verbose_name = _("版本单位")
        verbose_name_plural = _("版本单位")
        ordering = ["edition", "order"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "region"], name="edition_region_once"),
            models.UniqueConstraint(fields=["edition", "order"], name="edition_order_once"),
            models.UniqueConstraint(fields=["edition", "tile_column", "tile_row"], name="edition_tile_once"),
        ]

    def __str__(self) -> str:
        return self.label


class TreeState(models.Model):
    """The one row that says which state the tree is in; a changed stamp makes every kept view of it stale."""

    stamp = models.UUIDField(_("状态标识"), default=uuid.uuid4)
    source = models.CharField(_("出处"), max_length=200)
    as_of = models.DateField(_("区划截至"))
    loaded_at = models.DateTimeField(_("载入时间"), auto_now=True)

    class Meta:
        verbose_name = _("区域树状态")
        verbose_name_plural = _("区域树状态")

    def __str__(self) -> str:
        return f"{self.source} {self.as_of}"
