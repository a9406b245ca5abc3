"""Documents as rows of a ledger, and what they hold, encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from qiaojie.ledgers.models import Fact
from qiaojie.lib.fields import EncryptedTextField, SealedField


class DocumentKind(models.TextChoices):
    """What a document shows, as the papers that notices and their inspections ask for are called.

    ``PLAN`` is a plan and the notice on one paper, and what was handed in before the two had kinds of their own: it shows both.
    """

    NOTICE = "notice", _("办班通知")
    SCHEME = "scheme", _("办班计划")
    PLAN = "plan", _("办班计划、通知")
    TIMETABLE = "timetable", _("课程表")
    SIGN_IN = "sign_in", _("签到表")
    HEAD_COUNT = "head_count", _("人数清点单")
    PHOTO = "photo", _("现场照片")
    ROSTER = "roster", _("花名册")
    EXAM = "exam", _("考核成绩表")
    CERTIFICATE = "certificate", _("证书")
    COST = "cost", _("发票、支付凭证")
    ALLOWANCE = "allowance", _("补贴签领表")
    SATISFACTION = "satisfaction", _("满意度调查表")
    FOLLOW_UP = "follow_up", _("跟踪回访表")
    CONTRACT = "contract", _("合同、协议")
    INCOME = "income", _("收入凭证")
    APPLICATION = "application", _("申请表")
    OTHER = "other", _("其他材料")


SHOWN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    DocumentKind.PLAN: (DocumentKind.SCHEME, DocumentKind.PLAN),
    DocumentKind.COST: (DocumentKind.COST, DocumentKind.ALLOWANCE),
}
"""Where a field names one kind of paper (``Field.shown_by``) and others show the same, all of them, the usual one first."""


def showing(kind: str) -> tuple[str, ...]:
    """The kinds of documents that show what a field says is shown by ``kind``, the usual one first."""
    return SHOWN_BY.get(kind, (kind,))


class Media(models.TextChoices):
    """What is kept: a file (pictures of every kind are kept as JPEG), or only where the paper lies."""

    JPEG = "jpeg", _("图片")
    PDF = "pdf", "PDF"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    OFD = "ofd", "OFD"
    PAPER = "paper", _("纸质件，没有扫描")


def registered_words(days: int) -> str:
    """How long after the day of the event something was registered, in words (事后12天登记)."""
    if days == 0:
        return str(_("当天登记"))
    if days < 0:
        return ngettext("提前%(days)d天登记", "提前%(days)d天登记", -days) % {"days": -days}
    return ngettext("事后%(days)d天登记", "事后%(days)d天登记", days) % {"days": days}


def handed_in_words(days: int | None) -> str:
    """How long after the day of the event something was handed in, in words (事后12天交); '' where that is not known."""
    if days is None:
        return ""
    if days == 0:
        return str(_("当天交"))
    if days < 0:
        return ngettext("提前%(days)d天交", "提前%(days)d天交", -days) % {"days": -days}
    return ngettext("事后%(days)d天交", "事后%(days)d天交", days) % {"days": days}


class Document(Fact):
    """One document (佐证材料) of one row of a ledger. ``happened_on`` is the day that it is of: of the session, the contract.

    ``ledger`` and ``row`` name the row, of any ledger that is ``documented``. ``sha256`` is of the file as it was handed
    in, ``size`` its bytes as they are kept. ``described`` says what a picture shows to who does not see it. ``days_after`` is
    how many days after the row's own day (the last of a class) it was handed in: as it was then, whatever becomes of the row;
    0 or less where that was in time, null where the row had no day.

    A paper that lies in a box and was not scanned has no ``Content``: ``media`` is ``PAPER``, ``box`` says which box, ``size`` is
    0, and ``sha256`` is of its kind and the box, so that it stands there once. Its ``days_after`` is of the day on which somebody
    said so. A scanned one may name the box in which the paper lies, too.
    """

    ledger = models.CharField(_("所附台账"), max_length=20)
    row = models.BigIntegerField()
    kind = models.CharField(_("材料种类"), max_length=12, choices=DocumentKind.choices)
    title = models.CharField(_("材料名称"), max_length=120)
    described: EncryptedTextField[str | None, str | None] = EncryptedTextField(
        _("画面说明"), purpose="document.described", null=True
    )
    media = models.CharField(_("文件类型"), max_length=5, choices=Media.choices)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    days_after = models.IntegerField(_("事后几天交存"), null=True, editable=False)
    box = models.CharField(_("档案盒号"), max_length=40, blank=True)

    class Meta(Fact.Meta):
        abstract = False
        verbose_name = _("佐证材料")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["ledger", "row", "sha256"],
                condition=~models.Q(state="withdrawn"),
                name="document_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(media="paper") | ~models.Q(box=""), name="document_paper_in_box"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["ledger", "row"], name="document_row"),
            models.Index(fields=["filed_by", "happened_on"], name="document_unit_day"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def handed(self) -> str:
        """How long after the day of the event it was handed in, or (in a box) registered, in words; '' where that had no day."""
        if self.boxed:
            return "" if self.days_after is None else registered_words(self.days_after)
        return handed_in_words(self.days_after)

    @property
    def boxed(self) -> bool:
        """Whether nothing of it is kept but where the paper lies."""
        return self.media == Media.PAPER

    @property
    def pictured(self) -> bool:
        """Whether it may be looked at in small without stating a purpose: a photo of an occasion, not a paper with names."""
        return self.kind == DocumentKind.PHOTO and self.media == Media.JPEG


class Content(models.Model):
    """What a document holds, apart from its row so that lists never carry it; both are encrypted bytes.

    ``preview`` is the picture in small (None for what is no picture).
    """

    document = models.OneToOneField(
        Document, on_delete=models.CASCADE, primary_key=True, related_name="content"
    )
    whole = SealedField(
        purpose="document.whole",
    )
    preview = SealedField(purpose="document.preview", null=True)

    class Meta:
        verbose_name = _("材料内容")

    def __str__(self) -> str:
        return str(self.pk)
