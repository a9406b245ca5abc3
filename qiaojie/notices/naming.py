"""What people call a form outside its paper, where its blanks are not filled in and several may bear one title, and a notice
where there is little room."""

from __future__ import annotations

import re
from typing import Final, Protocol

SLUG: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""What the code of a notice, a form or an edition is made of; a notice's folder bears its code."""
_BLANKS = re.compile(r"\{[^{}]*\}")
YEAR = "年"
"""What is left of ``{year}年`` when the year is not filled in."""


def called(title: str, apart: str = "") -> str:
    """A form's title without what is filled in on the paper (``{region}``, ``{year}``), and what sets it apart."""
    plain = _BLANKS.sub("", title).removeprefix(YEAR)
    return f"{plain}（{apart}）" if apart else plain


class _Titled(Protocol):
    """A notice, for its names."""

    @property
    def title(self) -> str: ...

    @property
    def short(self) -> str: ...


def notice_called(notice: _Titled) -> str:
    """What offices call a notice where there is little room; its title where it declares nothing shorter."""
    return notice.short or notice.title
