"""What somebody who hands in a file may choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake.vocabulary.shape import takes
from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level, Region

from ..requests import DeskRequest
from . import asking


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
    for notice in asking.concerning(viewer):
        for table in notice.tables:
            if table.handed_in:
                yield Offered(f"{notice.code}/{table.code}", table.called, notice.title)


def tables(viewer: UserViewer) -> Iterator[Offered]:
    """Those, and the lists of outside systems."""
    yield from ordered(viewer)
    for system in notices.systems():
        for table in system.tables:
            if takes(notices.table(f"{system.code}/{table.code}")):
                yield Offered(f"{system.code}/{table.code}", table.called, system.title)


def regions_of(request: DeskRequest) -> list[Region]:
    """The counties to choose from, for whoever looks after several."""
    own = request.viewer.region
    if own is None or own.level >= Level.COUNTY:
        return []
    return regions.counties_of(own, zones=True)
