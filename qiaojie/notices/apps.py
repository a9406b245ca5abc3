"""The notices room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """Notices lie in folders; the database keeps what offices decided about them since."""

    name = "qiaojie.notices"
    verbose_name = _("通知")
