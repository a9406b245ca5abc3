"""The livelihoods room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LivelihoodsConfig(AppConfig):
    """Registers its ledgers when the application starts."""

    name = "qiaojie.livelihoods"
    verbose_name = _("就业增收")

    def ready(self) -> None:
        """Make the ledgers known."""
        from . import ledger  # noqa: F401  (declares on import; models must be loaded first)
