"""Files that were handed in: kept whole and encrypted, with who brought them, for what, and what became of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.models import Batch
from qiaojie.lib.fields import BlindField, EncryptedTextField, SealedField


def evidence_of(county: int, said: str) -> str:
    """What is hashed of a description without a number: within one county's files alone it means one person."""
    return f"{county}\x1f{said}"


def content_text(content: bytes) -> str:
    """What is hashed of what a program handed in."""
    return content.decode("utf-8", "replace")


class Stage(models.TextChoices):
    """Where an upload stands. It follows from the batch, so an undo from anywhere is seen here."""

    PLANNED = "planned", _("待写入")
    COMMITTED = "committed", _("已写入")
    UNDONE = "undone", _("已撤销")
    DISCARDED = "discarded", _("已放弃")


class Upload(models.Model):
    """A file handed in for one table and one region, or rows that were typed or handed in by a program (``typed``), kept as
    texts by box (``reading.typed_rows``).

    ``table`` is '' until it is known which table the file holds; ``region`` is the uploader's own until then. The plan of
    a file is made again whenever it is looked at, on the registry as it is then; of a file too big for that ``plan`` keeps
    the one that a job made. ``summary`` says what the last plan found, for lists. ``decisions`` (row number → word, as
    JSON), summary and plan are encrypted for the purposes named in ``upload_store``. ``commit_key`` names the job that wrote it.
    ``whole_on``: somebody has said that it is its owner's whole list as of that day; of what kinds (低保), ``whole_kinds`` says.
    """

    name: EncryptedTextField[str, str] = EncryptedTextField(
        _("文件名"), purpose="upload.name", max_length=255
    )
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField(_("字节数"))
    received_at = models.DateTimeField(_("收到时间"), auto_now_add=True)
    received_by = models.CharField(_("上传人"), max_length=150)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        _("用途"), purpose="upload.purpose", max_length=200
    )
    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("填报单位")
    )
    table = models.CharField(_("表"), max_length=130, blank=True)
    year = models.PositiveSmallIntegerField(_("年度"), null=True)
    typed = models.BooleanField(default=False)
    whole_on = models.DateField(_("完整名单截至"), null=True)
    whole_kinds = models.CharField(max_length=200, blank=True)
    decisions = SealedField(purpose="upload.decisions", null=True)
    summary = SealedField(purpose="upload.summary", null=True)
    plan = SealedField(purpose="upload.plan", null=True)
    commit_key = models.CharField(max_length=32, blank=True)
    batch = models.OneToOneField(
        Batch, on_delete=models.PROTECT, null=True, related_name="upload", verbose_name=_("批次")
    )
    discarded_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("上传文件")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region", "-received_at"], name="upload_region")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What jobs about it and the access log call it."""
        return f"upload/{self.pk}"

    @property
    def marked_subject(self) -> str:
        """What the making of its marked copy is called: it goes on beside other work on the file."""
        return f"upload/{self.pk}/marked"

    @property
    def stage(self) -> Stage:
        """Where it stands now."""
        if self.batch is not None:
            return Stage.UNDONE if self.batch.stage == Batch.Stage.UNDONE else Stage.COMMITTED
        return Stage.PLANNED if self.discarded_at is None else Stage.DISCARDED


class Waiting(models.Model):
    """A row of a kept file that waits until somebody says whom it means, as it stood when the file came.

    ``question`` (what the row says, who is like her) is encrypted. The file's plan is what counts: an answer that does
    not fit it any more is asked for again there.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="waiting", db_index=False)
    row = models.PositiveIntegerField()
    question = EncryptedTextField(purpose="waiting.question")
    answered = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("待认定的行")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["upload", "row"], name="waiting_once")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.row}"


class Answer(models.Model):
    """Whom a description without a number meant in a county's files: the same description later means the same woman.

    ``evidence`` is the keyed hash that finds it (name, birth, telephone, region and address as the file says them),
    ``said`` the description itself, encrypted. ``confirmed``: somebody said so; else she was registered from it. Undoing
    the batch forgets it; somebody may revoke it, and then it is asked again.
    """

    county = models.ForeignKey("regions.Region", on_delete=models.PROTECT, related_name="+", db_index=False)
    evidence = BlindField(
        purpose="answer.evidence", of=("county_id", "said"), text=evidence_of, max_length=33
    )
    said = EncryptedTextField(purpose="answer.said")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    confirmed = models.BooleanField()
    answered_by = models.CharField(_("答复人"), max_length=150)
    answered_at = models.DateTimeField(_("答复时间"), auto_now_add=True)
    revoked_by = models.CharField(_("撤回人"), max_length=150, blank=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        verbose_name = _("认人答复")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["evidence", "county"], name="answer_evidence")
        ]

    def __str__(self) -> str:
        return f"{self.county_id}/{self.person_id}"


class HeaderMapping(models.Model):
    """What the columns of one header were said to be, for the files of one unit and one table: applied by itself to the
    next file with the same header texts, until somebody takes it back.

    ``chosen`` (head → target, as JSON) is encrypted for the purpose named in ``header_mapping``: what stands in a header row is
    whatever somebody typed there.
    """

    region = models.ForeignKey(
        "regions.Region", on_delete=models.PROTECT, related_name="+", verbose_name=_("填报单位")
    )
    table = models.CharField(_("表"), max_length=130)
    fingerprint = models.CharField(max_length=64)
    chosen = SealedField(
        purpose="mapping.chosen",
    )
    made_by = models.CharField(_("由谁指定"), max_length=150)
    made_at = models.DateTimeField(_("指定时间"), auto_now_add=True)
    revoked_by = models.CharField(max_length=150, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("表头对应")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region", "table"], name="mapping_of", condition=models.Q(revoked_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.fingerprint[:8]}"


class Reason(models.Model):
    """Why warnings of one kind may pass: of one row of a file (by its key), or of all its rows (``row`` is null).

    The words are a clerk's own and may speak of a person: they are encrypted.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="reasons")
    code = models.CharField(max_length=60)
    row = models.BigIntegerField(null=True)
    words = EncryptedTextField(purpose="reason.words")
    given_by = models.CharField(_("说明人"), max_length=150)
    given_at = models.DateTimeField(_("说明时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("允许写入的理由")

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.code}/{self.row or ''}"


class Part(models.Model):
    """A piece of a kept file, encrypted: a file is never held in memory whole while it comes in."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = SealedField(purpose="upload.content")

    class Meta:
        verbose_name = _("文件内容")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["upload", "number"], name="part_once")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.number}"


class Commit(models.Model):
    """What a file was and what its plan said when it was written: which file, for what, every verdict, finding and change.

    ``content`` is encrypted for the purpose named in ``originals``.
    """

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="commit")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content = SealedField(purpose="commit.content")

    class Meta:
        verbose_name = _("写入记录")

    def __str__(self) -> str:
        return f"{self.batch_id}"


class RawRows(models.Model):
    """Cells of a few thousand written rows as the sheet had them, packed and encrypted; ``first`` and ``last`` are the
    smallest and the greatest key of the ledger's rows that came of them."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="raw_rows", db_index=False)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    content = SealedField(purpose="raw_rows.content")

    class Meta:
        verbose_name = _("原始单元格")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["batch", "first", "last"], name="raw_rows_of_batch")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.first}"


class Delivery(models.Model):
    """Rows that a program handed in, as they came: beside the texts by box, which are what is planned.

    ``word`` is the program's own for this hand-in (``''`` for none): the same word again means the same file. ``content`` (the
    JSON) is encrypted for the purpose named in ``deliveries``, ``mark`` its keyed hash.
    """

    upload = models.OneToOneField(Upload, on_delete=models.CASCADE, related_name="delivery")
    owner = models.CharField(max_length=150)
    word = models.CharField(max_length=64)
    mark = BlindField(purpose="delivery.mark", of=("content",), text=content_text, max_length=34)
    content = SealedField(purpose="delivery.content")

    class Meta:
        verbose_name = _("接口报送")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["owner", "word"], condition=~models.Q(word=""), name="delivery_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.owner}/{self.word}"


class Draft(models.Model):
    """What somebody typed into a form and has not handed in: her own, kept for ``drafts.DAYS`` days.

    ``subject`` names the form (``enter/notice/table``, ``edit/ledger/row``), ``typed`` (texts by box, as JSON) is encrypted.
    """

    owner = models.CharField(max_length=150)
    subject = models.CharField(max_length=200)
    typed = EncryptedTextField(purpose="draft.typed")
    kept_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("草稿")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "subject"], name="draft_once")
        ]

    def __str__(self) -> str:
        return f"{self.owner}/{self.subject}"
