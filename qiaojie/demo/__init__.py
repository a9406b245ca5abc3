"""A made-up programme: agencies, accounts, people and classes that tell the product's stories.

Importing this needs no set-up of Django; calling anything does.
"""

from __future__ import annotations

from collections.abc import Iterable

PUBLIC = ("names",)
"""Modules that other rooms may import; the rest is this room's own."""


def loaded() -> bool:
    """Whether the demo is in the database."""
    from . import loading

    return loading.loaded()


def load(scale: float = 1.0) -> Iterable[str]:
    """Load it into an empty installation, all or nothing; yields lines of progress. See ``loading.load``."""
    from . import loading

    return loading.load(scale)


def accounts() -> list[str]:
    """Lines that print the demo's accounts and their password; none where it is not loaded."""
    from . import loading

    return loading.accounts()
