"""The people room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """Registers its ledger when the application starts."""

    name = "qiaojie.people"
    verbose_name = _("服务对象")

    def ready(self) -> None:
        """Make the ledger known, and that a tie serves every fact about the person, whichever batch made it."""
        from qiaojie.ledgers import undoing

        from . import ledger, services  # noqa: F401  (the ledger declares on import; models must be loaded first)

        undoing.share("people.Tie", services.still_tied)
