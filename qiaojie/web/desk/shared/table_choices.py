"""What somebody who hands in a file may choose from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import entering
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.values import Label
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.forms import TableDef
from qiaojie.notices.naming import notice_called
from qiaojie.notices.schema import Notice
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
                yield Offered(f"{notice.code}/{table.code}", table.called, notice_called(notice))


def tables(viewer: UserViewer) -> Iterator[Offered]:
    """Those, the lists of outside systems, and the ledgers' own."""
    yield from ordered(viewer)
    for system in notices.systems():
        for table in system.tables:
            if notices.table(f"{system.code}/{table.code}").takes:
                yield Offered(f"{system.code}/{table.code}", table.called, system.title)
    yield from own()


def own() -> Iterator[Offered]:
    """The ledgers' own tables: every one can be entered by its own."""
    held = standard.notice()
    for table in held.tables:
        yield Offered(f"{held.code}/{table.code}", table.called, held.title)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where rows come about that no table is for: the words of the link and its address."""

    words: str
    address: str


def elsewhere(viewer: UserViewer, ledger: Ledger) -> Elsewhere | None:
    """The page on which rows of a ledger come about that has no table of its own."""
    if ledger.entered or ledger.closed or not viewer.may(Action.ENTER):
        return None
    if declaration.ROW in ledger.parts:
        host = declaration.get(ledger.parts[declaration.ROW].ledger)
        return Elsewhere(str(_("随“%s”的记录登记")) % host.label, reverse("ledger", args=[host.code]))
    if ledger.code not in _ELSEWHERE:
        return None
    words, name, given = _ELSEWHERE[ledger.code]
    return Elsewhere(str(words), reverse(name, args=given))


_ELSEWHERE: dict[str, tuple[Label, str, list[str]]] = {
    "attendances": (_("在培训班的页面上登记考勤"), "ledger", ["classes"]),
    "documents": (_("在记录、培训班或本人的页面上交存"), "ledgers", []),
    "typed_figures": (_("在通知的页面上填报"), "notices", []),
}
"""Of each ledger without a table of its own: what the link says, the name of the page, what it is about. Agencies come about
where only administrators are."""


def own_of(viewer: UserViewer, ledger: Ledger) -> Offered | None:
    """A ledger's own table, where the viewer may enter rows by it."""
    name = standard.name_of(ledger)
    if not own_opens(viewer, ledger):
        return None
    return next(one for one in own() if one.name == name)


def own_opens(viewer: UserViewer, ledger: Ledger) -> bool:
    """Whether the viewer may enter rows by a ledger's own table, and there is one."""
    return (
        bool(standard.name_of(ledger))
        and viewer.may(Action.ENTER)
        and (ledger.approved or not viewer.outside)
    )


def feeding(viewer: UserViewer, notice: Notice) -> list[Offered]:
    """The tables by which everything is entered that a notice counts: its own, else the ledgers'."""
    if not viewer.may(Action.ENTER):
        return []
    own = {
        table.ledger: Offered(f"{notice.code}/{table.code}", table.called, notice_called(notice))
        for table in reversed(notice.tables)
        if table.handed_in and table.ledger
    }
    found = [own.get(code) or own_of(viewer, declaration.get(code)) for code in standard.ledgers_of(notice)]
    return [one for one in found if one is not None]


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
    return [one for one, table in _offered(viewer) if "person" in entering.words(table)]


def _offered(viewer: UserViewer, ledger: str = "") -> list[tuple[Offered, TableDef]]:
    if not viewer.may(Action.ENTER):
        return []
    found = [(one, notices.table(one.name)) for one in tables(viewer)]
    return [
        (one, table)
        for one, table in found
        if (not ledger or table.ledger == ledger) and entering.enterable(table) and opens(viewer, table)
    ]


def opens(viewer: UserViewer, table: TableDef) -> bool:
    """Rows of registers, which all offices share, are entered by offices."""
    return not viewer.outside or declaration.get(table.ledger).approved
