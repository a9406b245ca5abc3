"""Who an account was: rows keep the account's name, and whoever reads them is told the person's, as it stood on that day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.viewer import Viewer

from .models import User
from .viewers import SystemViewer, UserViewer


@dataclass(frozen=True, slots=True)
class _Held:
    """A name that an account had, from a first day to a last one."""

    name: str
    begins: date | None
    ends: date | None

    def holds(self, on: date) -> bool:
        return (self.begins is None or self.begins <= on) and (self.ends is None or on <= self.ends)


class Names:
    """The people of accounts."""

    def __init__(self, holders: dict[str, str], held: dict[str, list[_Held]]) -> None:
        self._holders, self._held = holders, held

    def of(self, username: str, on: date | datetime | None = None) -> str:
        """The name of whoever held an account on a day or at a moment (None: now). Where nobody is known by name it is the
        account's own; '' for none."""
        if not username:
            return ""
        if username == SystemViewer().name and username not in self._holders:
            return _("系统")
        day = timezone.localtime(on).date() if isinstance(on, datetime) and timezone.is_aware(on) else on
        day = day.date() if isinstance(day, datetime) else day
        if day is not None:
            for one in self._held.get(username, ()):
                if one.holds(day) and one.name:
                    return one.name
        return self._holders.get(username) or username


def names(usernames: Iterable[str] | None = None) -> Names:
    """The people of these accounts, or of all; one query."""
    found = User.objects.order_by("-holdings__begins", "-holdings__pk")
    if usernames is not None:
        found = found.filter(username__in=set(usernames))
    holders: dict[str, str] = {}
    held: dict[str, list[_Held]] = {}
    columns = ("username", "holder", "holdings__holder", "holdings__begins", "holdings__ends")
    for username, holder, name, begins, ends in found.values_list(*columns):
        holders[username] = holder
        if name:
            held.setdefault(username, []).append(_Held(name, begins, ends))
    return Names(holders, held)


def told(fields: Iterable[Field], rows: Sequence[Row]) -> Sequence[Row]:
    """Rows made ready to be shown, with people's names where a field keeps an account's. One query where there is such a
    field, else none."""
    kept = [field.name for field in fields if field.account]
    if not kept or not rows:
        return rows
    found = names(row.cells[name].text for row in rows for name in kept)

    def cells(row: Row) -> dict[str, Shown]:
        said = {name: found.of(row.cells[name].text) for name in kept}
        return {
            **row.cells,
            **{name: replace(row.cells[name], text=text, value=text) for name, text in said.items()},
        }

    return [replace(row, cells=cells(row)) for row in rows]


def own_name(viewer: Viewer) -> str:
    """What files call whoever takes them out: the person's name, or the account's where there is none."""
    if isinstance(viewer, UserViewer):
        return viewer.user.holder or viewer.name
    return viewer.name
