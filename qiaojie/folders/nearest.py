"""A word that is nearly one of those known: what a slip of the pen was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from django.utils.translation import gettext as _

NEAR: Final = 0.6
"""How much of two words must agree (``difflib``): one letter left out of a short word still does."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is nearly this one; '' where none is."""
    found = get_close_matches(word, list(known), n=1, cutoff=NEAR)
    return found[0] if found else ""


def meant(word: str, known: Iterable[str]) -> str:
    """A sentence that names it, for the end of a message; '' where none is."""
    near = nearest(word, known)
    return _("是不是“%s”？") % near if near else ""
