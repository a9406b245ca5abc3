"""App declaration of the regions room."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegionsConfig(AppConfig):
    """Divisions of GB/T 2260, zones without a code, and their editions."""

    name = "qiaojie.regions"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("区域")

    def ready(self) -> None:
        """Join the signals that make kept views of the tree stale when a region is changed."""
        from . import cache

        cache.connect()
