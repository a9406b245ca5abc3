"""The people room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """Registers its ledger when the application starts."""

    name = "qiaojie.people"
    verbose_name = _("服务对象")

    def ready(self) -> None:
        """Make the ledger known."""
        from . import ledger  # noqa: F401  (declares on import; models must be loaded first)
