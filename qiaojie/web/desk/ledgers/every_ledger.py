"""All ledgers by a woman's way: what stands in each, what waits there, who changed it last, which notices need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from qiaojie.accounts import names as accounts
from qiaojie.ledgers import declaration, journal, pending, queries, returned
from qiaojie.ledgers.declaration import Ledger, Station
from qiaojie.ledgers.pending import Waits
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.values import Label
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.schema import Notice
from qiaojie.web.components import filters
from qiaojie.web.desk.shared import params, table_choices
from qiaojie.web.desk.shared.table_choices import Elsewhere, Offered
from qiaojie.web.requests import DeskRequest

STATIONS: Mapping[Station, Label] = {
    Station.PERSON: gettext_lazy("人"),
    Station.TRAINING: gettext_lazy("培训"),
    Station.LIVELIHOOD: gettext_lazy("就业增收"),
    Station.BASE: gettext_lazy("基地"),
    Station.SUPPORT: gettext_lazy("保障"),
    Station.EVIDENCE: gettext_lazy("佐证"),
}
"""What the stations are called, in their order."""

EVERY = "all"
"""The parameter of the address that shows also the ledgers that nothing asks for and nothing stands in."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A ledger in the table: how many rows it has, what waits (rows and changes, with the address that shows them), what was sent
    back, what lacks one step (None where that is not asked of it), the last act, the notices that need it, the ways in."""

    ledger: Ledger
    number: int
    more: bool
    waits: int
    waits_at: str
    changes: int
    sent_back: int
    last: datetime | None
    last_by: str
    notices: tuple[Notice, ...]
    short: bool
    table: Offered | None
    way_in: Elsewhere | None

    @property
    def used(self) -> bool:
        """Whether rows stand in it, or a notice in force asks for it."""
        return bool(self.number or self.notices or self.waits)


@dataclass(frozen=True, slots=True)
class StationLines:
    """A station of the way, with its ledgers."""

    station: Station
    label: Label
    lines: tuple[LedgerLine, ...]

    @property
    def waits(self) -> int:
        """What waits for approval in all of them, changes of approved rows with them."""
        return sum(one.waits + one.changes for one in self.lines)

    @property
    def sent_back(self) -> int:
        """What was sent back in all of them."""
        return sum(one.sent_back for one in self.lines)

    @property
    def head(self) -> LedgerLine | None:
        """The ledger whose number stands for the station: the first that has rows which come about by work, if one has."""
        held = [one for one in self.lines if one.number]
        return next((one for one in held if one.ledger.made), held[0] if held else None)


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All ledgers that are in use, or all there are."""
    demand(request.viewer, Action.SEE, "ledgers")
    lines = _lines(request)
    every = request.GET.get(EVERY) == "1"
    shown = [one for one in lines if every or one.used] or lines
    hidden = [one for one in lines if one not in shown]
    stations = [
        StationLines(station, label, tuple(one for one in shown if one.ledger.station == station))
        for station, label in STATIONS.items()
    ]
    context = {
        "stations": [one for one in stations if one.lines],
        "shown": len(shown),
        "hidden": hidden,
        "every": every and any(not one.used for one in lines),
        "of_offices": not request.viewer.outside,
        "may_enter": request.viewer.may(Action.ENTER),
        "may_approve": request.viewer.may(Action.APPROVE),
    }
    return render(request, "web/desk/ledgers/ledgers.html", context)


def _lines(request: DeskRequest) -> list[LedgerLine]:
    """Every ledger in the order of the way; some twelve queries for all of them, each bounded."""
    viewer = request.viewer
    numbers = queries.numbers(viewer)
    waiting = pending.waiting(viewer)
    rows = {one.ledger.code: one.number for one in waiting if one.ledger and one.what is Waits.ROWS}
    changes = {one.ledger.code: one.number for one in waiting if one.ledger and one.what is Waits.CHANGES}
    sent_back = returned.numbers(viewer)
    last = journal.last_acts(viewer)
    who = accounts.names(one.actor for one in last.values())
    force = notices.in_force(timezone.localdate())
    asked = _asked(params.concerning(viewer), force)
    own = {one.name: one for one in table_choices.own()}
    made = []
    for ledger in sorted(declaration.declared(), key=lambda one: list(STATIONS).index(one.station)):
        held = last.get(ledger.code)
        number = numbers.get(ledger.code, 0)
        table = own.get(standard.name_of(ledger)) if table_choices.own_opens(viewer, ledger) else None
        made.append(
            LedgerLine(
                ledger,
                min(number, queries.COUNTED_TO),
                number > queries.COUNTED_TO,
                rows.get(ledger.code, 0),
                _waits_at(ledger, approves=viewer.may(Action.APPROVE)),
                changes.get(ledger.code, 0),
                sent_back.get(ledger.code, 0),
                held.at if held else None,
                who.of(held.actor, held.at) if held else "",
                asked.get(ledger.code, ()),
                short=ledger.approved and _lack(ledger, force),
                table=table,
                way_in=table_choices.elsewhere(viewer, ledger),
            )
        )
    return made


def _lack(ledger: Ledger, force: Iterable[Notice]) -> bool:
    conditions = notices.conditions_of(force, ledger.code)
    return any(field.lack and field.name in conditions for field in ledger.fields)


def _waits_at(ledger: Ledger, *, approves: bool) -> str:
    if approves:
        return reverse("review", args=[ledger.code])
    return f"{reverse('ledger', args=[ledger.code])}?{urlencode({'state': filters.WAITING})}"


def _asked(concerning: Iterable[Notice], in_force: Iterable[Notice]) -> dict[str, tuple[Notice, ...]]:
    """The notices in force that need each ledger, by its code."""
    force = {one.code for one in in_force}
    found: dict[str, list[Notice]] = {}
    for notice in concerning:
        if notice.code not in force:
            continue
        tables = {table.ledger for table in notice.tables if table.ledger}
        for code in {*standard.ledgers_of(notice), *tables}:
            found.setdefault(code, []).append(notice)
    return {code: tuple(needing) for code, needing in found.items()}
