"""The app that the models of declared ledgers belong to."""

from typing import Final

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

LABEL: Final = "declared_rows"
"""The app's label, the first half of these models' labels (``declared_rows.Exhibitions``)."""


class DeclaredRowsConfig(AppConfig):
    """Holds models that are built from data. Without migrations: tables are made and widened by ``declared.tables``."""

    name = "qiaojie.declared.rows"
    label = LABEL
    verbose_name = _("自建台账的记录")
