"""The room of declared ledgers, and the app that their models belong to: without migrations, since data makes them."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeclaredConfig(AppConfig):
    """What is kept of declarations."""

    name = "qiaojie.declared"
    verbose_name = _("自建台账")

    def ready(self) -> None:
        """Declare what workers do about declared ledgers, and what makes their tables, for packets."""
        from qiaojie.backups import schema

        from . import enforcing  # noqa: F401
        from .packing import DeclaredTables

        schema.made_from_data(DeclaredTables())
