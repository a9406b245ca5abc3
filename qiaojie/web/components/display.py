"""The looks that somebody may choose, and the choice as a cookie keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

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


TOKENS = ("tokens", "dark", "contrast", "contrast-dark", "forced")
"""The sheets that say what colours are: light and usual first, then what each other look sets anew."""
SHEETS = (
    "base",
    "controls",
    "tables",
    "states",
    "parts",
    "board",
    "forms",
    "pages",
    "asking",
    "leader",
    "plan",
    "lists",
    "review",
    "ledgers",
    "declared",
    "class",
    "accounts",
    "handbook",
    "modes",
    "print",
)
"""The sheets that ask for them. Among rules that weigh the same the later wins."""

_DARK = {"": "screen and (prefers-color-scheme: dark)", "dark": "screen"}
_CONTRAST = {"": "(prefers-contrast: more)", "more": "all"}
"""The media that a sheet of a look is for, by what was chosen; a look that was chosen otherwise has no sheet."""


def sheets(looks: Mapping[str, str]) -> list[tuple[str, str]]:
    """The style sheets of a page in their order, each with the media that it is for. So the colours of a look stand in
    one sheet, whether the system wishes for it or somebody chose it."""
    dark, contrast = _DARK.get(looks.get("theme", "")), _CONTRAST.get(looks.get("contrast", ""))
    both = None
    if dark and contrast:
        both = " and ".join(part for part in (dark, contrast) if part != "all")
    media = {"dark": dark, "contrast": contrast, "contrast-dark": both, "forced": "(forced-colors: active)"}
    wanted = ((name, media.get(name, "all")) for name in (*TOKENS, *SHEETS))
    return [(name, asked) for name, asked in wanted if asked]


def chosen(request: HttpRequest) -> dict[str, str]:
    """What was chosen in this browser, by attribute; '' (as the system has it) for anything unknown."""
    kept = request.COOKIES.get(settings.QIAOJIE_DISPLAY_COOKIE, "").split(".")
    return {
        name: word if word in dict(choices()) else ""
        for (name, choices), word in zip(CHOICES.items(), [*kept, "", "", ""], strict=False)
    }
