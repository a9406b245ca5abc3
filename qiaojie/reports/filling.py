"""Filling an official form: typed rows from its row source, captions, links, and the file in the wished format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.viewer import Action, Personal, Sight, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period
from qiaojie.measures import queries as measures
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import REGION_FIELD, TableDef, field_of
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write as write_filled

RowLink = Callable[[int], str]
"""Address of the screen that shows a ledger row, by its key."""

ORDINAL = "ordinal"


def fill(
    table: TableDef,
    region: Region,
    period: Period,
    viewer: Viewer,
    *,
    on: date | None = None,
    link: RowLink | None = None,
) -> Filled:
    """A form of a region and a period, from approved rows that the viewer may see.

    ``on`` is the day the form says it was filled in (today by default). Raises Refused when the role may see nothing,
    Unusable ``region_outside`` when the region lies outside the viewer's.
    """
    if not viewer.covers(region.pk):
        raise Unusable("region_outside", _("“%s”不在您的区域内。") % region.short_name)
    on = on or date.today()
    captions = {
        "region": region.short_name,
        "date": on,
        "year": str(period.ends.year),
        "period": period.label,
    }
    form = replace(table.form, title=table.form.title.format_map(_Blanks(captions)))
    if table.rows == "matrix":
        rows = _matrix(table, viewer, region, min(on, period.ends))
        return Filled(form, captions, rows)
    keys, rows, said = _ledger_rows(table, region, period, viewer)
    return Filled(form, {**captions, **said}, rows, links=_links(keys, link) if link else None)


def pending(table: TableDef, region: Region, period: Period, viewer: Viewer) -> int:
    """How many rows of the form's source still wait for approval: they are not in the form."""
    if table.rows == "matrix":
        return 0
    ledger = declaration.get(table.ledger)
    found = ledgers.rows(ledger, viewer, table.where).filter(
        regions.under(region, ledger.filed_by), state__in=PENDING
    )
    return found.filter(**_span(_day(table, ledger), period)).count()


def write(
    table: TableDef,
    region: Region,
    period: Period,
    form: str,
    viewer: Viewer,
    *,
    on: date | None = None,
    purpose: str = "",
) -> bytes:
    """The filled form as a file (``xlsx``, ``docx``, ``pdf``, ``html``, ``csv``); the export is logged.

    Personal columns are written whole: a form is what the office hands in. Raises Refused when the role may not export.
    """
    demand(viewer, Action.EXPORT, f"table/{table.notice}/{table.code}")
    filled = fill(table, region, period, viewer, on=on)
    content = write_filled(filled, form)
    viewer.note(
        Action.EXPORT,
        f"table/{table.notice}/{table.code}/{period.code}.{form}",
        rows=len(filled.rows),
        purpose=purpose,
    )
    return content


class _Blanks(dict[str, Any]):
    """Leaves a blank that nothing fills as it stands."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _day(table: TableDef, ledger: Ledger) -> str:
    """The column that decides in which period's form a row stands."""
    return field_of(ledger, table.period_field).column if table.period_field else ledger.date


def _span(column: str, period: Period) -> dict[str, date]:
    return {f"{column}__gte": period.begins, f"{column}__lte": period.ends}


def _ledger_rows(
    table: TableDef, region: Region, period: Period, viewer: Viewer
) -> tuple[list[int], list[Mapping[str, Any]], dict[str, str]]:
    """Keys and typed rows, and what captions say of the rows: a base's name, or several where the rows have several."""
    ledger = declaration.get(table.ledger)
    day = _day(table, ledger)
    queryset = (
        ledgers.rows(ledger, viewer, table.where)
        .filter(regions.under(region, ledger.filed_by), state=State.APPROVED, **_span(day, period))
        .order_by(day, "pk")
    )
    names = [name for name in table.form.fields if name != ORDINAL]
    known = {field.name for field in ledger.fields}
    above = [part.field for part in table.form.captions if part.field in known and part.field not in names]
    fields = [ledger.field(name) for name in (*names, *above) if name]
    keys: list[int] = []
    rows: list[Mapping[str, Any]] = []
    for number, (pk, _person, values) in enumerate(ledgers.typed(ledger, queryset, fields), start=1):
        keys.append(pk)
        shown = {
            f.name: value
            if f.personal is Personal.NONE or viewer.sight(f.personal) is not Sight.HIDDEN
            else None
            for f, value in zip(fields, values, strict=True)
        }
        rows.append({ORDINAL: number, **shown})
    return keys, rows, {f.name: _together(f, rows) for f in fields if f.name in above}


def _together(field: Field, rows: list[Mapping[str, Any]]) -> str:
    """What all rows have in a field, each value once, as a caption prints it."""
    choices = {code: str(label) for code, label in field.choices.items()}
    said = dict.fromkeys(field.value_kind.print(row[field.name], field.unit, choices) for row in rows)
    return "、".join(text for text in said if text)


def _links(keys: list[int], link: RowLink) -> Callable[[int, str], str | None]:
    def address(index: int, field: str) -> str | None:
        return link(keys[index]) if 0 <= index < len(keys) else None

    return address


def _matrix(table: TableDef, viewer: Viewer, region: Region, on: date) -> list[Mapping[str, Any]]:
    """One row per unit of the notice's edition: what it was given, by indicator code."""
    notice = notices.notice(table.notice)
    measurement = measures.measure(notice, on, viewer, region)
    rows: list[Mapping[str, Any]] = []
    for unit in measurement.units:
        row: dict[str, Any] = {REGION_FIELD: unit.name}
        row.update({code: value.target for code, value in unit.values.items()})
        rows.append(row)
    return rows
