"""How a number divides where it is opened: by what stands behind each whom it counts, and who stands beside it uncounted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Model, QuerySet
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Sight
from qiaojie.lib.findings import Unusable
from qiaojie.notices.divisions import values
from qiaojie.notices.schema import Indicator, Notice

from . import near_misses

_NOTHING = "-"
"""What an address calls a value that is empty."""


@dataclass(frozen=True, slots=True)
class NumberShare:
    """So many of a number, in the indicator's unit: those behind whom stands a row with this value of the field ``name``.
    ``code`` is the value as an address writes it."""

    name: str
    code: str
    label: str
    number: int

    @property
    def address(self) -> str:
        """The share as an address names it where it may be of several fields: ``field:value``."""
        return f"{self.name}:{self.code}"


def shares(indicator: Indicator, ledger: Ledger, rows: QuerySet[Model]) -> tuple[NumberShare, ...]:
    """The rows behind a number (``queries.behind``) by the field ``by``, in the order of its choices; shares of 0 are left out,
    and there are none without ``by``. One query."""
    if indicator.by is None:
        return ()
    field = ledger.field(indicator.by)
    found = rows.order_by().values(v=field.value()).annotate(n=Count("pk", distinct=True))
    return _shares(field, dict(found.values_list("v", "n")))


def beside(
    notice: Notice, indicator: Indicator, on: date, counties: list[int] | None = None
) -> tuple[NumberShare, ...]:
    """How many stand beside the number uncounted (``near_misses.beside``), by the values that ``beside`` names, also where
    nobody does; a query for each of its fields."""
    found: list[NumberShare] = []
    for name, wanted in indicator.beside.items():
        ledger, rows = near_misses.beside(notice, indicator, on, counties)
        field = ledger.field(name)
        counted = rows.order_by().values(v=field.value()).annotate(n=Count("k", distinct=True))
        found += _shares(field, {**dict.fromkeys(values(wanted), 0), **dict(counted.values_list("v", "n"))})
    return tuple(found)


def share_rows(ledger: Ledger, rows: QuerySet[Model], name: str, code: str) -> QuerySet[Model]:
    """Of rows those of one share. Raises Unusable ``share_unknown`` for a value that the field does not have."""
    field = ledger.field(name)
    known = {_code(value): value for value in (field.choices or (True, False))}
    if code not in known:
        text = _("“%(field)s”没有“%(value)s”这一项。")
        raise Unusable("share_unknown", text % {"field": field.label, "value": code[:20]})
    annotations, met = ledgers.condition(ledger, {name: known[code]})
    narrowed: QuerySet[Model] = rows.annotate(**annotations).filter(met)
    return narrowed


def _shares(field: Field, counted: dict[Any, int]) -> tuple[NumberShare, ...]:
    order: Iterable[Any] = (*field.choices, True, False, None)
    places = {value: place for place, value in enumerate(order)}
    return tuple(
        NumberShare(field.name, _code(value), _label(field, value), counted[value])
        for value in sorted(counted, key=lambda value: places.get(value, len(places)))
    )


def _code(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value or _NOTHING)


def _label(field: Field, value: Any) -> str:
    if value in field.choices:
        return str(field.choices[value])
    return ledgers.show(field, value, Sight.WHOLE).text or _("不明")
