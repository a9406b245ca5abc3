"""The queue room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueueConfig(AppConfig):
    """Jobs and the workers that do them."""

    name = "qiaojie.queue"
    verbose_name = _("后台任务")
