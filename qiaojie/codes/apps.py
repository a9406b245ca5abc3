"""The room of code lists."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CodesConfig(AppConfig):
    """Its lists are read when they are first asked for."""

    name = "qiaojie.codes"
    verbose_name = _("代码表")
