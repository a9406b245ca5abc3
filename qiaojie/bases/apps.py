"""The bases room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BasesConfig(AppConfig):
    """Registers its ledgers when the application starts."""

    name = "qiaojie.bases"
    verbose_name = _("基地与工坊")

    def ready(self) -> None:
        """Make the ledgers known."""
        from . import ledger  # noqa: F401  (declares on import; models must be loaded first)
