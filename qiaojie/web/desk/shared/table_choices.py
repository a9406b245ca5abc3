"""What somebody who hands in a file may choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import entering
from qiaojie.ledgers.viewer import Action
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level, Region
from qiaojie.web.requests import DeskRequest

from . import params


@dataclass(frozen=True, slots=True)
class Offered:
    """A table that a file may be handed in for."""

    name: str
    title: str
    notice: str

    @property
    def place(self) -> list[str]:
        """The notice and the table, as addresses name them."""
        return self.name.split("/")


def ordered(viewer: UserViewer) -> Iterator[Offered]:
    """The tables that notices want of every unit, whose rows are facts: a matrix is computed and never read back."""
    for notice in params.concerning(viewer):
        for table in notice.tables:
            if table.handed_in:
                yield Offered(f"{notice.code}/{table.code}", table.called, notice.title)


def tables(viewer: UserViewer) -> Iterator[Offered]:
    """Those, and the lists of outside systems."""
    yield from ordered(viewer)
    for system in notices.systems():
        for table in system.tables:
            if notices.table(f"{system.code}/{table.code}").takes:
                yield Offered(f"{system.code}/{table.code}", table.called, system.title)


def regions_of(request: DeskRequest) -> list[Region]:
    """The counties to choose from, for whoever looks after several."""
    own = request.viewer.region
    if own is None or own.level >= Level.COUNTY:
        return []
    return regions.counties_of(own, zones=True)


def enterable_into(viewer: UserViewer, ledger: str) -> list[Offered]:
    """The tables that fill a ledger and whose rows can be entered one by one."""
    return [one for one, _table in _offered(viewer, ledger)]


def enterable(viewer: UserViewer) -> list[Offered]:
    """The tables whose rows can be entered one by one."""
    return [one for one, _table in _offered(viewer)]


def enterable_of_persons(viewer: UserViewer) -> list[Offered]:
    """The tables whose rows are about a person."""
    return [one for one, table in _offered(viewer) if entering.name_box(table)]


def _offered(viewer: UserViewer, ledger: str = "") -> list[tuple[Offered, TableDef]]:
    if not viewer.may(Action.ENTER):
        return []
    found = [(one, notices.table(one.name)) for one in tables(viewer)]
    return [(one, t) for one, t in found if (not ledger or t.ledger == ledger) and entering.enterable(t)]
