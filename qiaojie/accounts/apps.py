"""The accounts room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Agencies, users, roles, scope and the access log."""

    name = "qiaojie.accounts"
    verbose_name = _("机构与账号")

    def ready(self) -> None:
        """Be told of jobs that were changed past the system."""
        from . import job_viewers  # noqa: F401 - declares itself
