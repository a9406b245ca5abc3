"""The app of comparisons."""

from django.apps import AppConfig


class ComparisonConfig(AppConfig):
    """Outside lists against the registry."""

    name = "qiaojie.comparison"
    label = "comparison"
