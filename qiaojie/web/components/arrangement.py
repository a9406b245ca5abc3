"""How a list is laid out, from its address: which columns, in which order, and what the page is saved as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries, sight
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.queries import Order
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices

from . import filters
from .filters import AFTER

COLUMN, SORT = "col", "sort"
"""Parameters of an address beside those of the filters."""
CHOSEN = "chosen"
"""The parameter that says that all rows of the list are meant, not those that are ticked."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that may be shown, and whether it is."""

    field: Field
    chosen: bool


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The columns of a list in the order of the declaration, and the order of its rows (None: newest first)."""

    columns: tuple[ColumnChoice, ...]
    order: Order | None
    own: bool
    """Whether the columns are others than a list of this ledger shows by itself."""

    @property
    def names(self) -> tuple[str, ...]:
        """The fields to show."""
        return tuple(choice.field.name for choice in self.columns if choice.chosen)


@dataclass(frozen=True, slots=True)
class Heading:
    """The head of a column: what it is sorted by now (as ``aria-sort`` says it), and the parameter that sorts by it."""

    field: Field
    sorted: str
    sort: str


def read(ledger: Ledger, given: QueryDict, viewer: Viewer) -> Arrangement:
    """The layout that an address asks for. Raises Unusable ``field_unknown`` and ``field_unsorted``."""
    offered = queries.fields_of(ledger, viewer)
    known = {field.name: field for field in offered}
    wanted = given.getlist(COLUMN)
    for name in wanted:
        if name not in known:
            raise _unknown(ledger, name)
    usual = {field.name for field in queries.listed(ledger, viewer)}
    # A list without the name of its rows, or without how far they have come, would lead nowhere.
    kept = {name for name in (ledger.title, "state") if name in known}
    chosen = (set(wanted) or usual) | kept
    columns = tuple(
        ColumnChoice(field, field.name in chosen)
        for field in offered
        if field.name in chosen or _collected(ledger, field)
    )
    return Arrangement(columns, _order(ledger, given.get(SORT, ""), viewer), bool(wanted))


def _collected(ledger: Ledger, field: Field) -> bool:
    """Whether a column is worth offering: not one of what only an order collects while none does."""
    if not field.on_order:
        return True
    owner, _column, bare = ledger.whose(field.name)
    return (owner, bare) in notices.collected()


def are_usual(ledger: Ledger, names: Iterable[str], viewer: Viewer) -> bool:
    """Whether these columns are those that a list of the ledger shows this viewer by itself."""
    return set(names) == set(read(ledger, QueryDict(), viewer).names)


def _order(ledger: Ledger, text: str, viewer: Viewer) -> Order | None:
    if not text:
        return None
    name = text.removeprefix("-")
    field = next((field for field in ledger.fields if field.name == name), None)
    if field is None:
        raise _unknown(ledger, name)
    if not queries.sortable(ledger, field, viewer):
        raise Unusable("field_unsorted", _("不能按“%s”排序。") % field.label)
    return Order(name, text.startswith("-"))


def _unknown(ledger: Ledger, name: str) -> Unusable:
    message = _("台账“%(ledger)s”没有字段 %(field)s。") % {"ledger": ledger.label, "field": name[:40]}
    return Unusable("field_unknown", message)


def headings(
    ledger: Ledger, fields: Iterable[Field], order: Order | None, viewer: Viewer, *, sorting: bool
) -> tuple[Heading, ...]:
    """Heads of columns; pressing one sorts by it, once more turns the order round, a third time puts it back."""
    return tuple(
        _heading(field, order, sorting and queries.sortable(ledger, field, viewer)) for field in fields
    )


def _heading(field: Field, order: Order | None, sortable: bool) -> Heading:
    if not sortable:
        return Heading(field, "", "")
    if order is None or order.field != field.name:
        return Heading(field, "none", field.name)
    return (
        Heading(field, "descending", "-")
        if order.descending
        else Heading(field, "ascending", f"-{field.name}")
    )


def query(given: QueryDict) -> str:
    """What is worth keeping of an address: filters, columns and order, without the place in the list."""
    kept = given.copy()
    kept.pop(AFTER, None)
    kept.pop(CHOSEN, None)
    for name in [name for name, values in kept.lists() if not any(values)]:
        kept.pop(name)
    return kept.urlencode()


def kept(ledger: Ledger, text: str, viewer: Viewer) -> QueryDict:
    """What a kept view asks for, with what was typed in it as it was typed: as far as lists of the ledger still have it and its
    owner may still narrow by it. What an earlier version kept beside that (ends of identity numbers) or what has become
    masked to her is left out, so it is said in no address either."""
    given = QueryDict(text)
    fields = {field.name: field for field in queries.fields_of(ledger, viewer)}
    sought = {
        field.name for field in fields.values() if field.filtered and sight.sought(ledger, field, viewer)
    }
    left = QueryDict(mutable=True)
    for name, values in given.lists():
        if name == COLUMN:
            values = [value for value in values if value in fields]
        elif name == SORT:
            by = fields.get(values[-1].removeprefix("-"))
            values = values[-1:] if by is not None and queries.sortable(ledger, by, viewer) else []
        elif name.removesuffix(".min").removesuffix(".max") not in sought and name not in filters.WAYS:
            continue
        if values:
            left.setlist(name, values)
    return filters.opened(ledger, left, viewer)
