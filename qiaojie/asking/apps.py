"""The room of numbers that are asked for."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AskingConfig(AppConfig):
    """Nothing to register: what can be asked is what ledgers declare."""

    name = "qiaojie.asking"
    verbose_name = _("临时要数")
