"""The ledgers room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgersConfig(AppConfig):
    """Declarations, the journal of changes, batches."""

    name = "qiaojie.ledgers"
    verbose_name = _("台账")
