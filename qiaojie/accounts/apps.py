"""The accounts room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Agencies, users, roles, scope and the access log."""

    name = "qiaojie.accounts"
    verbose_name = _("机构与账号")

    def ready(self) -> None:
        """Make the ledger of agencies known, and be told of jobs that were changed past the system."""
        from . import job_viewers, ledger  # noqa: F401 - declare themselves
