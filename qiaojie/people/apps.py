"""The people room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """Registers its ledger when the application starts."""

    name = "qiaojie.people"
    verbose_name = _("服务对象")

    def ready(self) -> None:
        """Make the ledger known, and that a tie serves every fact about the person, whichever batch made it, and
        that records which may be one woman's are looked for when persons change."""
        from qiaojie.ledgers import undoing
        from qiaojie.ledgers.signals import rows_changed

        from . import doubts, ledger, services  # noqa: F401  (ledgers declare on import; models must be loaded first)

        undoing.share("people.Tie", services.still_tied)
        rows_changed.connect(doubts.follow, dispatch_uid="people.doubts")
