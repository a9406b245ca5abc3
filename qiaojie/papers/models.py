"""What was printed, what of it came back, and photographs of which nobody has said yet what sheet they show."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiaojie.lib.fields import EncryptedTextField, SealedField


class Printing(models.Model):
    """One printed sheet of a class. Its key is its number (``numbers``).

    ``paper`` is the code of the declaration, ``day`` and ``part`` say of which session a sheet is (of a sheet of a month: its
    first day). ``title`` is what the class was called then, ``rows`` how many names stood on it. ``late`` says that it was
    printed when its occasion was over (补打), as the sheet itself says.
    """

    training_class = models.ForeignKey(
        "training.TrainingClass", on_delete=models.PROTECT, related_name="printings", verbose_name=_("培训班")
    )
    paper = models.CharField(max_length=40)
    day = models.DateField(null=True)
    part = models.CharField(max_length=9, blank=True)
    title = models.CharField(max_length=120)
    rows = models.PositiveIntegerField(default=0)
    late = models.BooleanField(_("补打"), default=False)
    printed_at = models.DateTimeField(auto_now_add=True)
    printed_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = _("打印的表")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["training_class", "paper"], name="printing_class_paper")
        ]

    def __str__(self) -> str:
        return f"{self.paper}/{self.pk}"


class HandedBack(models.Model):
    """A photographed page of a printed sheet, kept as a document of its class. A sheet of several pages has several."""

    printing = models.ForeignKey(Printing, on_delete=models.PROTECT, related_name="handed_back")
    document = models.OneToOneField(
        "documents.Document", on_delete=models.PROTECT, related_name="printed_sheet"
    )

    class Meta:
        verbose_name = _("交回的表")

    def __str__(self) -> str:
        return f"{self.printing_id}/{self.document_id}"


class UnplacedSheet(models.Model):
    """A file that somebody handed in as a sheet and that could not be placed yet: kept, encrypted, for whoever handed it in,
    until it gets its number or is thrown away.

    ``training_class`` is the class from whose page it came (null: from none); ``typed`` the number that was given, ``fault`` the
    code of why that did not do.
    """

    owner = models.CharField(max_length=150, db_index=True)
    name: EncryptedTextField[str, str] = EncryptedTextField(purpose="sheet.name")
    content = SealedField(
        purpose="sheet.content",
    )
    training_class = models.ForeignKey(
        "training.TrainingClass", on_delete=models.PROTECT, null=True, related_name="+"
    )
    typed = models.CharField(max_length=20, blank=True)
    fault = models.CharField(max_length=20)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("待认领的表")

    def __str__(self) -> str:
        return f"{self.owner}/{self.pk}"
