"""Totals of years before the system: the grid in which they are typed or pasted, with what the system has itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.ledgers import declaration, proposals
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.measures import year_entry, year_totals
from qiaojie.measures.models import TypedFigure
from qiaojie.measures.year_entry import EntryGrid, GridLine, Key, Typed
from qiaojie.notices.naming import notice_called
from qiaojie.notices.schema import Indicator
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params


@dataclass(frozen=True, slots=True)
class EntryCell:
    """A box: its name, its text, what is wrong with it; what stands in the registry, how far that has come, what was counted."""

    indicator: Indicator
    name: str
    text: str
    error: str
    row: TypedFigure | None
    waits: bool
    counted: int | None

    @property
    def state(self) -> Label:
        """How far what stands there has come; '' for what is approved."""
        if self.row is None or self.row.state == State.APPROVED:
            return ""
        return State(self.row.state).label


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A line of the grid with its boxes."""

    line: GridLine
    cells: tuple[EntryCell, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def earlier(request: DeskRequest, notice: str) -> HttpResponse:
    """Look at totals of earlier years, lay a pasted block over them, or save what was typed."""
    notice_ = addressed.notice_of(notice)
    if not notice_.indicators:
        raise Http404(notice)
    given = request.POST if request.method == "POST" else request.GET
    held = year_entry.grid(notice_, request.viewer, params.number_of(given.get("year", "")))
    if request.method != "POST":
        return _page(request, held, Typed(held.texts()))
    texts, block = _texts(held, given), given.get("block", "")
    # Enter in a box presses the first button of the form, which lays a block: without one, what was typed is meant.
    if given.get("act") == "paste" and (block.strip() or texts == held.texts()):
        # What was typed before the block came stays where the block says nothing.
        typed = year_entry.pasted(held, block, _first(held, given), texts)
        return _page(request, held, typed, laid=True)
    typed = year_entry.read(held, texts)
    try:
        number = year_entry.save(
            held, typed, given.get("evidence", ""), given.get("seen", ""), request.viewer
        )
    except Unusable as problem:
        # Four hundred figures are not typed twice.
        return _page(request, held, typed, refused=problem.message)
    messages.success(request, _("已保存 %d 个填报数，依据一并留存；没有审核的等审核通过后使用。") % number)
    year = f"?year={held.year}" if held.year is not None else ""
    return redirect(f"{reverse('earlier', args=[notice_.code])}{year}")


def _page(
    request: DeskRequest, held: EntryGrid, typed: Typed, *, laid: bool = False, refused: str = ""
) -> HttpResponse:
    notice = held.notice
    held_rows = [row.pk for row in held.standing.values()]
    waiting = proposals.of_rows(declaration.get("typed_figures"), held_rows) if held_rows else {}
    past = notice.span.begins.year - 1
    counted = (
        year_totals.counted_in(notice, held.year or past, year_totals.map_of(notice)) if held.lines else {}
    )
    lines = [
        EntryLine(
            line,
            tuple(
                _cell(held, typed, line, one, waiting, counted, held.year or past) for one in held.indicators
            ),
        )
        for line in held.lines
    ]
    context = {
        "notice": notice,
        "grid": held,
        "lines": lines,
        "typed": typed,
        "wrong": [(line, cell) for line in lines for cell in line.cells if cell.error],
        "laid": laid,
        "refused": refused,
        "evidence": request.POST.get("evidence", ""),
        "pasted": request.POST.get("block", "") if typed.problems else "",
        "years": year_totals.years(notice),
        "asked": held.year,
        "may_enter": request.viewer.may(Action.ENTER) and not request.viewer.outside and bool(held.lines),
        "mark": year_totals.MARK,
        "crumbs": [
            (_("通知"), reverse("notices")),
            (notice_called(notice), reverse("notice", args=[notice.code])),
        ],
    }
    status = 422 if refused or not typed.sound else 200
    return render(request, "web/desk/notices/earlier.html", context, status=status)


def _cell(
    held: EntryGrid,
    typed: Typed,
    line: GridLine,
    indicator: Indicator,
    waiting: Mapping[int, int],
    counted: Mapping[str, Mapping[int, int]],
    year: int,
) -> EntryCell:
    key = (line.unit, line.year, indicator.code)
    row = held.standing.get(key)
    known = counted.get(indicator.code, {}).get(line.unit) if line.year == year else None
    return EntryCell(
        indicator,
        _name(key),
        typed.texts.get(key, ""),
        typed.faults.get(key, ""),
        row,
        row is not None and row.pk in waiting,
        known,
    )


def _name(key: Key) -> str:
    return f"cell-{key[0]}-{key[1]}-{key[2]}"


def _texts(held: EntryGrid, given: Mapping[str, str]) -> dict[Key, str]:
    """What the boxes hold, by cell; boxes that the form did not have stay as they stand."""
    found = held.texts()
    for line in held.lines:
        for one in held.indicators:
            key = (line.unit, line.year, one.code)
            text = given.get(_name(key))
            if text is not None and (text.strip() or key in found):
                found[key] = text
    return found


def _first(held: EntryGrid, given: Mapping[str, str]) -> Key | None:
    """The cell from which a block without names is laid."""
    code, line = given.get("indicator", ""), given.get("line", "")
    for one in held.lines:
        if f"{one.unit}-{one.year}" == line and any(each.code == code for each in held.indicators):
            return one.unit, one.year, code
    return None
