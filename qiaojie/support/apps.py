"""The support room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupportConfig(AppConfig):
    """Registers its ledgers when the application starts."""

    name = "qiaojie.support"
    verbose_name = _("托养照护")

    def ready(self) -> None:
        """Make the ledgers known."""
        from . import ledger  # noqa: F401  (declares on import; models must be loaded first)
