"""The keys room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KeysConfig(AppConfig):
    """Which keys the data is encrypted with, and their exchange."""

    name = "qiaojie.keys"
    verbose_name = _("密钥")

    def ready(self) -> None:
        """Say what workers do about keys."""
        from . import jobs  # noqa: F401 - declares itself
