"""The intake room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    """Keeps the files that were handed in."""

    name = "qiaojie.intake"
    verbose_name = _("导入")

    def ready(self) -> None:
        """Say what workers do about kept files."""
        from . import jobs  # noqa: F401 - declares itself
