"""经办手册: a page per task, as data. One file of ``web/handbook`` is one task, in every language of the desk.

A task says on which pages it is linked; so that no template has to know of it, ``for_page`` is asked with the page's url name.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field

from qiaojie.accounts.models import Role
from qiaojie.lib import pinyin

FOLDER: Final = Path(__file__).resolve().parent.parent / "handbook"
PICTURES: Final = "web/handbook"
"""Where the pictures are among the static files."""

Group = Literal["start", "enter", "classes", "approve", "count", "people", "administer"]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HandbookText(_Declared):
    """A task in one language. ``wrong`` pairs what goes wrong with how it is mended."""

    title: str
    needs: tuple[str, ...]
    steps: tuple[str, ...] = Field(min_length=3, max_length=7)
    caption: str
    wrong: tuple[tuple[str, str], ...]
    next: str


class Shot(_Declared):
    """How the picture is taken of the demo: who looks at which address, what is pressed there, what is shown.

    ``act`` is something more that is done there (``ACTS`` in ``scripts/screens.py``); ``press`` are selectors pressed one
    after the other; ``show`` is the part that must be in the picture, else the top.
    """

    account: str = ""
    address: str
    act: str = ""
    press: tuple[str, ...] = ()
    show: str = ""


class HandbookTask(_Declared):
    """A task: for whom it is, on which pages it is linked, and which page each step is done on ('' for none of its own)."""

    code: str
    order: int
    group: Group
    roles: tuple[Role, ...]
    """Nobody named: everybody, also before signing in."""
    pages: tuple[str, ...]
    opens: tuple[str, ...]
    shot: Shot
    zh: HandbookText
    en: HandbookText

    @property
    def text(self) -> HandbookText:
        """What is said in the language of the page."""
        return self.en if get_language() == "en" else self.zh

    @property
    def picture(self) -> str:
        """The picture's name among the static files."""
        return f"{PICTURES}/{self.code}.png"

    def concerns(self, role: str | None) -> bool:
        """Whether somebody of a role does it; of nobody's role ('' or None) whether it needs no account."""
        return not self.roles or role in self.roles


def groups() -> dict[str, str]:
    """What the groups of tasks are called, in their order."""
    return {
        "start": _("上手"),
        "enter": _("录入"),
        "classes": _("办班"),
        "approve": _("审核和改错"),
        "count": _("数字和报送"),
        "people": _("人员变动"),
        "administer": _("管理"),
    }


@cache
def every() -> tuple[HandbookTask, ...]:
    """All tasks in the order of the handbook. Raises pydantic's ValidationError for a file that is no task."""
    read = (
        HandbookTask(code=path.stem, **tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.toml"))
    )
    return tuple(sorted(read, key=lambda task: task.order))


def find(code: str) -> HandbookTask | None:
    """A task by its code; None where there is none."""
    return next((task for task in every() if task.code == code), None)


@cache
def for_page(page: str, role: str | None) -> tuple[HandbookTask, ...]:
    """The tasks that a page (by its url name) is used for and that somebody of a role does."""
    return tuple(task for task in every() if page in task.pages and task.concerns(role))


def matching(text: str) -> list[HandbookTask]:
    """Tasks in which a text stands, or whose title is typed in pinyin; those with it in their titles first. All for ''."""
    sought, letters = text.strip().casefold(), pinyin.typed(text)
    titled = [task for task in every() if _titled(task, sought, letters)]
    return titled + [task for task in every() if task not in titled and _says(task.text, sought)]


def _titled(task: HandbookTask, sought: str, letters: str) -> bool:
    return sought in task.text.title.casefold() or (bool(letters) and pinyin.has(task.zh.title, letters))


def _says(text: HandbookText, sought: str) -> bool:
    said = (
        text.next,
        text.caption,
        *text.needs,
        *text.steps,
        *(part for pair in text.wrong for part in pair),
    )
    return any(sought in sentence.casefold() for sentence in said)
