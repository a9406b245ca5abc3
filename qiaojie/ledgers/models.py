"""Facts, the batches that brought them, and the one journal of changes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import BlindField, EncryptedTextField, SealedField


class State(models.TextChoices):
    """How far a row has come. Only approved rows count; those before that are pending.

    The village's and the township's approval are steps on the way in counties that ask for them (``ApprovalRule``).
    """

    DRAFT = "draft", _("草稿")
    CHECKED = "checked", _("已核对")
    VILLAGE = "village", _("村级已审")
    TOWNSHIP = "township", _("乡镇已审")
    APPROVED = "approved", _("已审核")
    WITHDRAWN = "withdrawn", _("已作废")


PENDING = (State.DRAFT, State.CHECKED, State.VILLAGE, State.TOWNSHIP)


class Batch(models.Model):
    """Rows asserted together by one act (a workbook committed, a screen saved), so that they can be undone together.

    ``subject`` is the program's own word for what the act was about, where batches are found again by it ('' elsewhere).
    """

    class Stage(models.TextChoices):
        """Where a batch stands."""

        COMMITTED = "committed", _("已写入")
        UNDONE = "undone", _("已撤销")

    ledger = models.CharField(max_length=40)
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=150)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        purpose="batch.purpose", max_length=200, blank=True
    )
    subject = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.COMMITTED)
    committed_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)
    undone_reason: EncryptedTextField[str, str] = EncryptedTextField(
        purpose="batch.undone_reason", max_length=200, blank=True
    )

    class Meta:
        verbose_name = _("批次")

    def __str__(self) -> str:
        return f"{self.pk} {self.ledger}"


class Change(models.Model):
    """One change of a row: who, when, by which batch, what stood there before.

    Rows created together with neighbouring keys are one line, from ``object_id`` to ``last_id``; else the two are equal.
    A created row keeps no copy here (the row itself, with later changes taken back, is what was created); ``before``
    holds the changed columns of an update, or the whole row of a delete, encrypted. ``word`` says which step a row was
    carried by (of ``services.MOVES``): what the columns alone do not tell. None for changes that are no step, and in lines
    from before words were kept. ``made`` are the hashes of created rows as they were made (``rowmarks``), ``mark`` a keyed hash
    over everything the line says; both are None in lines from before they were kept.
    """

    class Act(models.TextChoices):
        """What happened to the row."""

        CREATE = "create", _("新增")
        UPDATE = "update", _("修改")
        DELETE = "delete", _("删除")

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="changes")
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=150)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        purpose="change.purpose", max_length=200, blank=True
    )
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    act = models.CharField(max_length=6, choices=Act.choices)
    # Null and not '': the column is added to a journal of millions of lines without writing one of them.
    word = models.CharField(max_length=10, null=True)  # noqa: DJ001
    before = SealedField(purpose="journal", null=True)
    after = SealedField(purpose="journal", null=True)
    made = models.BinaryField(null=True)
    mark = BlindField(purpose="journal.line", null=True)

    class Meta:
        verbose_name = _("变更")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["model", "object_id"], name="change_object"),
            models.Index(fields=["model"], condition=models.Q(word="return"), name="change_returned"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.model} {self.object_id}"


class Witness(models.Model):
    """That the product wrote one row of what no journal tells of: its hash as it then stood, followed by that of before.

    Zeros stand for no row. Lines from before both were kept have the first alone (None: the row was removed). ``mark`` is a
    keyed hash over all that the line says, its own key among it (``witnessing``).
    """

    at = models.DateTimeField()
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    told = models.BinaryField(null=True)
    mark = BlindField(purpose="witness.line")

    class Meta:
        verbose_name = _("写入凭据")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["model", "object_id"], name="witness_object")
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"


class Proposal(models.Model):
    """A change that waits beside its row: the row stands, and counts, as an approver has seen it.

    ``before`` and ``after`` are the columns that would change, encrypted as the journal's are. ``region`` is the office whose
    approver is asked. What was decided stays, with who, when and why.
    """

    class Stage(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("待审核")
        APPLIED = "applied", _("已采纳")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="proposals")
    ledger = models.CharField(max_length=40)
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    region = models.ForeignKey("regions.Region", on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=150)
    purpose: EncryptedTextField[str, str] = EncryptedTextField(
        purpose="proposal.purpose", max_length=200, blank=True
    )
    at = models.DateTimeField(auto_now_add=True)
    before = SealedField(
        purpose="journal",
    )
    after = SealedField(
        purpose="journal",
    )
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.WAITING)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        purpose="proposal.reason", max_length=200, blank=True
    )

    class Meta:
        verbose_name = _("待审核的修改")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["model", "object_id"], name="proposal_object"),
            models.Index(fields=["region"], condition=models.Q(stage="waiting"), name="proposal_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.object_id} {self.stage}"


class ApprovalRule(models.Model):
    """How the rows of a county are approved, as the county itself has said: by how many offices one after the other, and
    whether whoever entered a row may approve it too. Where nothing was said: in one step, by anybody who approves."""

    class Steps(models.TextChoices):
        """Who approves one after the other."""

        ONE = "one", _("一次审核")
        TOWNSHIP = "township", _("乡镇、区县两级")
        VILLAGE = "village", _("村、乡镇、区县三级")

    region = models.OneToOneField("regions.Region", on_delete=models.PROTECT, related_name="+")
    steps = models.CharField(_("审核层级"), max_length=10, choices=Steps.choices, default=Steps.ONE)
    two_persons = models.BooleanField(_("录入、审核须为两人"), default=False)
    reason: EncryptedTextField[str, str] = EncryptedTextField(
        _("理由"), purpose="approval_rule.reason", max_length=200
    )
    by = models.CharField(_("设定人"), max_length=150)
    at = models.DateTimeField(_("时间"), auto_now=True)

    class Meta:
        verbose_name = _("审核规则")

    def __str__(self) -> str:
        return f"{self.region_id}: {self.steps}"


class RegistryVersion(models.Model):
    """One row, counted up by every commit: a plan made on an older version is checked again before it is written.

    Commits lock the row, so two of them never decide at once that the same person is new.
    """

    number = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("登记库版本")

    def __str__(self) -> str:
        return str(self.number)


class Fact(models.Model):
    """What every fact has: the office that filed it, the day that counts, how far it has come, which batch brought it."""

    filed_by = models.ForeignKey(
        "regions.Region",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("填报单位"),
        db_index=False,
    )
    happened_on = models.DateField(_("发生日期"), null=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    entered_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    entered_by = models.CharField(_("录入人"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    approved_by = models.CharField(_("审核人"), max_length=150, blank=True)

    class Meta:
        abstract = True


class SavedView(models.Model):
    """How somebody likes to look at a ledger: filters, order and columns, as the query of an address, under a name."""

    owner = models.CharField(max_length=150)
    ledger = models.CharField(max_length=40)
    label = models.CharField(_("名称"), max_length=40)
    query: EncryptedTextField[str, str] = EncryptedTextField(purpose="saved_view.query", max_length=2000)

    class Meta:
        verbose_name = _("常用视图")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "ledger", "label"], name="saved_view_label")
        ]

    def __str__(self) -> str:
        return self.label
