"""The measures room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeasuresConfig(AppConfig):
    """Listens for changed rows so that kept totals are never behind them."""

    name = "qiaojie.measures"
    verbose_name = _("计量")

    def ready(self) -> None:
        """Connect the recount to the ledgers' signal."""
        from qiaojie.ledgers.signals import rows_changed, rows_changing

        from . import ledger  # noqa: F401  (declares on import; models must be loaded first)
        from .services import note_touched, recount_touched

        rows_changing.connect(note_touched, dispatch_uid="measures.note")
        rows_changed.connect(recount_touched, dispatch_uid="measures.recount")
