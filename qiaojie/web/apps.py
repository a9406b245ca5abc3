"""The web room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """Templates, static files and components of the screens. No models."""

    name = "qiaojie.web"
    verbose_name = _("界面")
