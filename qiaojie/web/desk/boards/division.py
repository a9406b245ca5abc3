"""A number where it is opened, divided as its notice says: each share leads to its rows, and what stands beside it to its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Model, QuerySet
from django.http import Http404, QueryDict

from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.measures import divisions, near_misses
from qiaojie.measures.divisions import NumberShare
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region

BY, BESIDE = "by", "beside"
"""What an address calls the share that it asks for: of the number, or of what stands beside it (``field:value``)."""


@dataclass(frozen=True, slots=True)
class OpenedNumber:
    """The rows that a page shows, and how the number divides.

    ``by`` and ``beside`` are what the address asks for ('' for nothing); ``label`` is the field that divides.
    """

    ledger: Ledger
    rows: QuerySet[Model]
    shares: tuple[NumberShare, ...]
    others: tuple[NumberShare, ...]
    label: Label
    by: str | None
    beside: str

    @property
    def uncounted(self) -> bool:
        """Whether the rows are of those who do not count."""
        return bool(self.beside)


def opened(
    asked: QueryDict,
    notice: Notice,
    indicator: Indicator,
    unit: Region | None,
    on: date,
    behind: tuple[Ledger, QuerySet[Model]],
) -> OpenedNumber:
    """The rows ``behind`` a number (of a unit, or of all), or those of the share that the address asks for. 404 for a share
    that there is none of."""
    ledger, rows = behind
    counties = counties_under(notice, unit)
    shares = divisions.shares(indicator, ledger, rows)
    others = divisions.beside(notice, indicator, on, counties)
    by, beside = asked.get(BY) if indicator.by else None, asked.get(BESIDE, "")
    try:
        if beside:
            name, _colon, code = beside.partition(":")
            if name not in indicator.beside:
                raise Http404(beside[:40])
            ledger, rows = near_misses.beside(notice, indicator, on, counties)
            rows = divisions.share_rows(ledger, rows, name, code)
        elif by is not None and indicator.by is not None:
            rows = divisions.share_rows(ledger, rows, indicator.by, by)
    except Unusable as unknown:
        raise Http404(unknown.code) from unknown
    label = ledger.field(indicator.by).label if indicator.by else ""
    return OpenedNumber(ledger, rows, shares, others, label, by, beside)


def counties_under(notice: Notice, unit: Region | None) -> list[int] | None:
    """The regions whose facts stand under a unit of the notice's map; None for all."""
    if unit is None:
        return None
    return [county for county, own in regions.edition(notice.edition).unit_of.items() if own == unit.pk]
