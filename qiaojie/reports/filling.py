"""Filling an official form: typed rows from its row source, captions, links, and the file in the wished format."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef, matrix_form
from qiaojie.notices.matrix import ON_FIELD, Show
from qiaojie.notices.systems import System
from qiaojie.regions.models import Region
from qiaojie.tables.form import Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write as write_filled

from . import grouping, matrix, sources
from .sources import FormRequest


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the screens behind a form's numbers; '' where there is none."""

    row: Callable[[int], str]
    """A row of the ledger, by its key."""
    rows: Callable[[str | None], str]
    """The rows of the ledger behind a group (by its mark), or behind 合计 (None)."""
    number: Callable[[int | None, str], str]
    """The rows behind a number of a matrix: the unit's key (None for 合计) and the indicator's code."""


def fill(
    table: TableDef,
    region: Region,
    period: Period,
    viewer: Viewer,
    *,
    on: date | None = None,
    show: Show = Show.TARGET,
    links: Links | None = None,
    whole: bool = False,
    without: Container[int] = (),
) -> Filled:
    """A form of a region and a period, from approved rows that the viewer may see.

    ``on`` looks back: only what had happened by that day, and the day the form says it was filled in (today by
    default). ``show`` says what a matrix holds. Personal values are masked as in lists unless ``whole``. Rows whose keys are
    in ``without`` are left out.

    Raises Refused when the role may see nothing, Unusable ``region_outside`` when the region lies outside the
    viewer's, ``table_not_matrix`` for another ``show`` than targets of a table that is no matrix, ``table_of_register`` for
    one over a register, whose rows have no day on which they were filed.
    """
    asked = _asked(table, region, period, viewer, on)
    form = _titled(_form(table, show), asked)
    if table.rows == "matrix":
        rows, totals, addresses = matrix.rows(asked, show, links.number if links else None)
        notes = (*form.notes, *matrix.notes(asked, show), *matrix.said(asked))
        return Filled(replace(form, notes=notes), _captions(asked), rows, addresses, totals)
    if not asked.ledger.filed_by:
        text = _(
            "“%s”是登记簿，没有填报的时段，不能按时段填出；要名单请在台账里筛选后导出，空表可以照常下载。"
        )
        raise Unusable("table_of_register", text % asked.ledger.label)
    if table.rows == "groups":
        groups = grouping.groups(asked)
        marks = [group.mark for group in groups.lines]
        return Filled(
            form,
            _captions(asked),
            [group.row for group in groups.lines],
            _group_links(marks, table, links) if links else None,
            groups.totals,
        )
    keys, rows, said = sources.rows(asked, form, whole=whole, without=without)
    notes = (*form.notes, *sources.notes(asked))
    addresses = _row_links(keys, links) if links else None
    return Filled(replace(form, notes=notes), {**_captions(asked), **said}, rows, addresses)


def blank(
    table: TableDef, region: Region, period: Period, viewer: Viewer, *, show: Show = Show.TARGET
) -> Filled:
    """The empty form to fill in by hand: region and period stand in it, everything else is open.

    A matrix has its units. Raises as ``fill`` does.
    """
    asked = _asked(table, region, period, viewer, None, empty=True)
    demand(viewer, _empty(viewer), f"table/{table.name}")
    form = _titled(_form(table, show), asked)
    captions = {name: said for name, said in _captions(asked).items() if name not in {"date", ON_FIELD}}
    if table.rows == "matrix":
        return Filled(form, captions, matrix.units(asked), totals={})
    return Filled(form, captions, blank=True)


def pending(table: TableDef, region: Region, period: Period, viewer: Viewer) -> int:
    """How many rows of the form's source still wait for approval: they are not in the form."""
    if table.rows == "matrix":
        return 0
    return sources.waiting(FormRequest(table, region, period, viewer, period.ends, period.ends)).count()


def unmapped(
    table: TableDef, region: Region, period: Period, viewer: Viewer, *, on: date | None = None
) -> list[tuple[str, str, int]]:
    """What the form would say in our words, since the other system has no code for it: (column, words, how many rows).

    Raises as ``fill`` does.
    """
    if table.rows in {"matrix", "groups"}:
        return []
    return sources.unmapped(_asked(table, region, period, viewer, on), table.form)


def behind(
    table: TableDef,
    region: Region,
    period: Period,
    viewer: Viewer,
    mark: str | None = None,
    *,
    on: date | None = None,
) -> tuple[Ledger, QuerySet[Model]]:
    """The ledger and its rows behind a form's 合计, or behind one group of a form of groups.

    Raises as ``fill`` does, and Unusable ``group_unknown`` for a group that is not there.
    """
    asked = _asked(table, region, period, viewer, on)
    if mark is None:
        return asked.ledger, sources.approved(asked)
    return asked.ledger, grouping.behind(asked, mark)


def write(
    table: TableDef,
    region: Region,
    period: Period,
    form: str,
    viewer: Viewer,
    *,
    on: date | None = None,
    show: Show = Show.TARGET,
    empty: bool = False,
    purpose: str = "",
    without: Container[int] = (),
) -> bytes:
    """The filled form (or the ``empty`` one) as a file (``xlsx``, ``docx``, ``pdf``, ``html``, ``csv``), logged.

    Personal columns are written whole: a form is what the office hands in. Raises Refused when the role may not export.
    """
    demand(viewer, _empty(viewer) if empty else Action.EXPORT, f"table/{table.name}")
    if empty:
        filled = blank(table, region, period, viewer, show=show)
    else:
        filled = fill(table, region, period, viewer, on=on, show=show, whole=True, without=without)
    # A form with figures only is the office's own; one that names people tells who took it out. Another system's
    # template has to be theirs to the last line, or they do not take it: the log alone tells of that.
    marked = bool(purpose) and not isinstance(notices.notice(table.notice), System)
    content = write_filled(replace(filled, mark=watermark(viewer)) if marked else filled, form)
    subject = f"table/{table.name}/{period.code}.{form}"
    viewer.note(Action.EXPORT, subject, rows=0 if empty else len(filled.rows), purpose=purpose)
    return content


def _empty(viewer: Viewer) -> Action:
    """What an empty form asks of somebody: whoever enters rows fills it in, whoever counts may look at it."""
    return Action.ENTER if viewer.may(Action.ENTER) else Action.COUNT


def _asked(
    table: TableDef, region: Region, period: Period, viewer: Viewer, on: date | None, *, empty: bool = False
) -> FormRequest:
    # An empty form of their county is open to whoever enters rows there, outside the offices too.
    if not (viewer.covers(region.pk, viewer.name) if empty else viewer.covers(region.pk)):
        raise Unusable("region_outside", _("“%s”不在您的区域内。") % region.short_name)
    return FormRequest(
        table, region, period, viewer, on or date.today(), period.ends if on is None else min(on, period.ends)
    )


def _form(table: TableDef, show: Show) -> Form:
    if show is Show.TARGET:
        return table.form
    return matrix_form(notices.notice(table.notice), table.code, show)


def _captions(asked: FormRequest) -> dict[str, Any]:
    first, last = asked.period.begins.year, asked.period.ends.year
    return {
        "region": asked.region.short_name,
        "date": asked.on,
        ON_FIELD: min(asked.on, asked.until),
        "year": str(last) if first == last else f"{first}—{last}",
        "period": asked.period.label,
    }


def _titled(form: Form, asked: FormRequest) -> Form:
    return replace(form, title=form.title.format_map(_Blanks(_captions(asked))))


class _Blanks(dict[str, Any]):
    """Leaves a blank that nothing fills as it stands."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _row_links(keys: list[int], links: Links) -> Callable[[int, str], str | None]:
    def address(index: int, field: str) -> str | None:
        return (links.rows(None) if index < 0 else links.row(keys[index])) or None

    return address


def _group_links(marks: list[str], table: TableDef, links: Links) -> Callable[[int, str], str | None]:
    def address(index: int, field: str) -> str | None:
        if field not in table.figures:
            return None
        return links.rows(None if index < 0 else marks[index]) or None

    return address
