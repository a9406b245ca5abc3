"""Values of a ledger as JSON: typed where the viewer sees them whole, the mask's text where not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel

from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.lib.dates import DateSpan


class Span(BaseModel):
    """Days from ``begins`` to ``ends``, both inclusive; ``ends`` null: it goes on."""

    begins: date | None
    ends: date | None


Value = bool | int | str | Span | None

TYPES: Final = {
    "integer": {"type": "integer"},
    "percent": {"type": "string", "format": "decimal"},
    "money": {"type": "string", "format": "decimal"},
    "yes_no": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "date_span": {"$ref": "#/components/schemas/Span"},
}
"""What values of a kind are in JSON schema; texts where it is not said."""


class RowOut(BaseModel):
    """A row as the account's own page shows it. ``masked`` names the values of which it is only the mask's text; ``unreadable``
    those that are there and cannot be opened, which are null: not to be taken for empty, nor sent back as such."""

    id: int
    person: int | None
    values: dict[str, Value]
    masked: list[str]
    unreadable: list[str]


def typed(value: Any, kind: str = "") -> Value:
    """A value as JSON has it: money in 元 as decimal text, days as ISO, counts as whole numbers."""
    if value is None or isinstance(value, bool | str):
        return value
    if kind == "money":
        return str(Decimal(value).scaleb(-2).quantize(Decimal("0.01")))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, DateSpan):
        return Span(begins=value.begins, ends=value.ends)
    return str(value)


def shown(field: Field, value: Shown) -> Value:
    """A value as the viewer sees it."""
    if not value.text or value.trouble:
        return None
    return value.text if hidden(value) else typed(value.value, field.kind)


def hidden(value: Shown) -> bool:
    """Whether there is a value that the viewer does not see whole."""
    return bool(value.text) and value.value is None and not value.trouble


def row(row: Row, fields: Iterable[Field]) -> RowOut:
    """A row of a page."""
    chosen = tuple(fields)
    return RowOut(
        id=row.pk,
        person=row.person_id,
        values={field.name: shown(field, row.cells[field.name]) for field in chosen},
        masked=[field.name for field in chosen if hidden(row.cells[field.name])],
        unreadable=[field.name for field in chosen if row.cells[field.name].trouble],
    )


def rows(ledger: Ledger, found: Iterable[Row]) -> list[RowOut]:
    """Rows with all fields of their ledger."""
    return [row(one, ledger.fields) for one in found]
