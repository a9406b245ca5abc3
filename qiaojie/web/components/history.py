"""What happened to a row of any ledger, as whoever looks may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.documents.models import registered_words
from qiaojie.intake import editing
from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.journal import history, set_since, told_sides
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.cells import Label

from .references import referring


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """Something that happened to a row: when, who, why, and what it changed."""

    at: datetime
    actor: str
    what: Label
    purpose: str
    batch: int | None
    changes: tuple[tuple[Label, Shown, Shown], ...]


def said_since(ledger: Ledger, pk: int, day: date | None) -> dict[str, str]:
    """Of what a row says to be there (``Field.shown_by``), by field, how long after its own day that was said, where it was said
    by a later change. None without a day; at most two queries."""
    columns = {
        column: field.name
        for field in ledger.fields
        if field.shown_by and (column := editing.own_column(ledger, field))
    }
    if day is None or not columns:
        return {}
    found = set_since(ledger.model, history(ledger.model, pk), columns)
    return {
        columns[column]: registered_words((timezone.localtime(at).date() - day).days)
        for column, at in found.items()
    }


def steps(ledger: Ledger, pk: int, viewer: Viewer) -> list[HistoryStep]:
    """The history of a row that the viewer may see, newest first. At most four queries, and one for each
    column that refers to another ledger's rows.

    What all offices did to a register's row is for offices.
    """
    if viewer.outside and not ledger.approved:
        return []
    every = [(change, told_sides(ledger.model, change)) for change in reversed(history(ledger.model, pk))]
    lines = [(change, *(sides or ({}, {}))) for change, sides in every]
    lost = {change.pk for change, sides in every if sides is None}
    open_ = queries.fields_of(ledger, viewer)
    fields = [(field, column) for field in open_ if (column := editing.own_column(ledger, field))]
    held = [column for field, column in fields if field.kind == "region"]
    names = editing.region_names(values.get(c) for _line, *both in lines for values in both for c in held)

    others = referring(ledger, (values for _line, *both in lines for values in both), viewer)

    def told(field: Field, value: Any) -> Shown:
        held = names.get(value) if field.kind == "region" else value
        return queries.show_registered(ledger, field, held, viewer)

    return [
        HistoryStep(
            change.at,
            change.actor,
            change.get_act_display(),
            change.purpose,
            change.batch_id,
            tuple(
                (field.label, told(field, before.get(column)), told(field, after[column]))
                for field, column in fields
                if column in after and before.get(column) != after[column]
            )
            + tuple(
                (each.label, each.told(before.get(each.column)), each.told(after[each.column]))
                for each in others
                if each.column in after and before.get(each.column) != after[each.column]
            )
            + ((_lost(),) if change.pk in lost else ()),
        )
        for change, before, after in lines
    ]


def _lost() -> tuple[Label, Shown, Shown]:
    """What stands where a line of the journal cannot be opened."""
    advice = _("这一次改了什么打不开（数据受损，或密钥不配套），请告诉系统管理员。")
    return _("内容"), Shown(""), Shown(_("打不开"), trouble=advice)
