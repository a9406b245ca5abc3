"""What people call a form outside its paper, where its blanks are not filled in and several may bear one title."""

from __future__ import annotations

import re

_BLANKS = re.compile(r"\{[^{}]*\}")
YEAR = "年"
"""What is left of ``{year}年`` when the year is not filled in."""


def called(title: str, apart: str = "") -> str:
    """A form's title without what is filled in on the paper (``{region}``, ``{year}``), and what sets it apart."""
    plain = _BLANKS.sub("", title).removeprefix(YEAR)
    return f"{plain}（{apart}）" if apart else plain
