"""The app of comparisons."""

from django.apps import AppConfig


class ComparisonConfig(AppConfig):
    """Outside lists against the registry."""

    name = "qiaojie.comparison"
    label = "comparison"

    def ready(self) -> None:
        """Say what workers do about lists."""
        from . import jobs  # noqa: F401 - declares itself
