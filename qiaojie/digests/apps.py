"""The digests room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DigestsConfig(AppConfig):
    """Says what hashes cover, has single rows witnessed, and has digests made every night."""

    name = "qiaojie.digests"
    verbose_name = _("数据核对")

    def ready(self) -> None:
        """Declare what is covered; every room must be known by now."""
        from qiaojie.accounts import sealing
        from qiaojie.ledgers.tracing import witnessing

        from . import covering, heads, jobs  # noqa: F401 - jobs declare themselves

        covering.declare()
        witnessing.watch()
        sealing.follow_sealing(heads.keep_journal)
