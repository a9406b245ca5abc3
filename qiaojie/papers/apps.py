"""The papers room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PapersConfig(AppConfig):
    """Papers are declared in ``data``; they are read, and checked, when the first one is asked for."""

    name = "qiaojie.papers"
    verbose_name = _("班级用表")
