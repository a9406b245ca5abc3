"""How far a plan or a commit has come, told to whoever waits for it, who may stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

T = TypeVar("T")

STEP = 4_000
"""Rows between two reports."""

READ, CHECK, WRITE = _("读取"), _("核对"), _("写入")
"""The words of the three steps."""

Progress = Callable[[str, int, int], None]
"""Told the word of a step, rows done and rows in all. It may raise ``Cancelled``."""


class Cancelled(Exception):
    """Whoever waits wants no more of it: nothing has been or will be written."""


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


def told(items: Sequence[T], step: object, progress: Progress, total: int) -> Iterator[T]:
    """The items, the last of ``total``; before each handful it is told how many are done."""
    before = total - len(items)
    for done, item in enumerate(items, before):
        if not done % STEP:
            progress(str(step), done, total)
        yield item
