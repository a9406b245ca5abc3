"""The looks that somebody may choose, and the choice as a cookie keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.utils.translation import gettext as _

COOKIE = "qiaojie_display"

Choices = tuple[tuple[str, str], ...]


def themes() -> Choices:
    """Light or dark."""
    return (("", _("跟随系统")), ("light", _("浅色")), ("dark", _("深色")))


def contrasts() -> Choices:
    """Usual or high contrast."""
    return (("", _("跟随系统")), ("usual", _("标准")), ("more", _("高对比")))


def sizes() -> Choices:
    """Size of the text."""
    return (("", _("标准")), ("large", _("大")), ("largest", _("特大")))


CHOICES: Mapping[str, Callable[[], Choices]] = {"theme": themes, "contrast": contrasts, "size": sizes}
"""What can be chosen, by the name of the attribute that the style sheet asks for (``data-theme`` …)."""


def chosen(request: HttpRequest) -> dict[str, str]:
    """What was chosen in this browser, by attribute; '' (as the system has it) for anything unknown."""
    kept = request.COOKIES.get(COOKIE, "").split(".")
    return {
        name: word if word in dict(choices()) else ""
        for (name, choices), word in zip(CHOICES.items(), [*kept, "", "", ""], strict=False)
    }
