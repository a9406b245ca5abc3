"""The documents room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DocumentsConfig(AppConfig):
    """Registers its ledger when the application starts, and looks after rows that documents stand on."""

    name = "qiaojie.documents"
    verbose_name = _("佐证材料")

    def ready(self) -> None:
        """Make the ledger known; nothing is undone from under a document."""
        from qiaojie.ledgers.signals import rows_changed

        from . import ledger  # noqa: F401  (declares on import; models must be loaded first)
        from .services import refuse_orphans

        rows_changed.connect(refuse_orphans, dispatch_uid="documents.orphans")
