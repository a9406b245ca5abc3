"""For what somebody looks at personal data or takes it out: six usual purposes, what is to be sent just now, or words of
their own. The log keeps the words that were chosen, in Chinese whatever the interface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import offices
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.notices import duties
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice

from . import units

OTHER: Final = "其他"
"""What is chosen for words of one's own."""
USUAL: Final = ("核对身份", "录入外部系统", "制作名册", "联系本人", "比对核查", "检查审计")
"""The usual purposes, as the log keeps them."""
DUE: Final = "%(duty)s（%(day)s 报送）"
"""How the log names what is to be sent."""
LONGEST: Final = 190
"""Characters of words of one's own: with what stands before them they fit the log's 200."""

LATE: Final = 180
"""Days after its day on which a duty is still offered while it has not been sent: later it is no longer today's work."""
AHEAD: Final = 60
"""Days before its day on which a duty is offered: as many as it stands on the page of today."""
MOST: Final = 6
"""Duties that are offered, the nearest first: a list longer than the usual purposes would hide them."""


@dataclass(frozen=True, slots=True)
class Purposes:
    """What may be chosen: words as the log keeps them, and as the page calls them; ``duties`` are to be sent just now."""

    usual: tuple[tuple[str, str], ...]
    duties: tuple[str, ...]
    other: str = OTHER


def usual() -> tuple[tuple[str, str], ...]:
    """The usual purposes: words of the log, and their name in the interface."""
    labels = (
        _("核对身份"),
        _("录入外部系统"),
        _("制作名册"),
        _("联系本人"),
        _("比对核查"),
        _("检查审计"),
    )
    return tuple(zip(USUAL, labels, strict=True))


def choices(viewer: UserViewer) -> Purposes:
    """What the viewer may choose. No query where nothing is due about now, else about six."""
    return Purposes(usual(), tuple(_open_duties(viewer, timezone.localdate())))


def read(given: QueryDict) -> str:
    """The purpose that a form gives, as the log keeps it; '' for none.

    Raises Unusable ``purpose_missing`` where it is other than those offered and no words say which.
    """
    chosen = given.get("purpose", "").strip()
    if chosen != OTHER:
        return chosen
    words = given.get("purpose_other", "").strip()[:LONGEST]
    if not words:
        raise Unusable("purpose_missing", _("选“其他”时，请写明是什么用途。"))
    return f"{OTHER}：{words}"


def _open_duties(viewer: UserViewer, today: date) -> Iterable[str]:
    if not viewer.may(Action.COUNT):
        return []
    near = [one for one in notices.every() if any(_is_near(due.on, today) for due in duties.dues(one))]
    held = units.concerning(viewer, near) if near else []
    return _unsent(held, viewer, today) if held else []


def _unsent(held: list[Notice], viewer: UserViewer, today: date) -> Iterable[str]:
    lines = offices.own_lines(viewer) if viewer.may(Action.ENTER) else None
    found = [
        one.due
        for one in duties.unit_statuses(held, viewer, today, lines)
        if one.filing is None and _is_near(one.due.on, today)
    ]
    found.sort(key=lambda due: abs((due.on - today).days))
    words = dict.fromkeys(DUE % {"duty": due.duty.label, "day": due.on.isoformat()} for due in found)
    return list(words)[:MOST]


def _is_near(on: date, today: date) -> bool:
    return -LATE <= (on - today).days <= AHEAD
