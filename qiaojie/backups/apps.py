"""The backups room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackupsConfig(AppConfig):
    """Packets of everything but the keys, and what became of them."""

    name = "qiaojie.backups"
    verbose_name = _("备份")

    def ready(self) -> None:
        """Declare what workers do about backups."""
        from . import nights, services  # noqa: F401
