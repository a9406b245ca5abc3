"""The accounts room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Agencies, users, roles, scope and the access log."""

    name = "qiaojie.accounts"
    verbose_name = _("机构与账号")
