"""Rows of a ledger made ready for a page: columns, links to what a row is about, and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiaojie.accounts import names
from qiaojie.ledgers import joining, queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.queries import Page, Row, RowCount, Shown
from qiaojie.ledgers.viewer import Viewer
from qiaojie.web.components.arrangement import Heading

PAGES = {"classes": "class", "persons": "person", "documents": "document"}
"""Ledgers whose rows have a page of their own, and its url name."""

NUMBERS = frozenset({"integer", "money", "percent"})
SHORT = frozenset(
    {
        "date",
        "date_span",
        "choice",
        "yes_no",
        "id_number",
        "certificate",
        "phone",
        "credit_code",
        "bank_account",
        "region",
        "name",
    }
)

INTERFACE = frozenset({"choice", "yes_no"})

_MOVABLE = frozenset({*PENDING, State.APPROVED, State.WITHDRAWN})

_PERSON = "人"
"""The sign of the small link that leads to a person, in every language: what it says is said beside it, unseen."""


@dataclass(frozen=True, slots=True)
class Value:
    """One cell as the page prints it."""

    field: Field
    shown: Shown
    code: str
    """For states: the word that the style sheet knows."""

    @property
    def look(self) -> str:
        """How the cell is set: figures to the right, short values unbroken."""
        if self.field.kind in NUMBERS:
            return "number"
        return "short" if self.field.kind in SHORT else ""

    @property
    def language(self) -> str:
        """What is entered or printed for offices is Chinese in every interface; choices are words of the interface."""
        return "" if self.field.kind in INTERFACE else "zh-Hans"


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row: what it is called, where that leads, and its other values."""

    pk: int
    title: Shown
    address: str
    values: tuple[Value, ...]
    movable: bool
    counted_by: str
    person_id: int | None
    same: str
    """What the row is with another one, which is kept (同一个班); '' where it is one of its own."""
    cells: SafeString
    """The cells of ``values`` as a table has them."""
    person: str = ""
    """The address of the person that the row is about, where ``address`` leads to the row itself; '' for none."""
    ticked: bool = False
    fault: str = ""
    """Why a step with this row was refused; '' where it was not."""

    @property
    def head(self) -> SafeString:
        """The cell that names the row and leads to it."""
        text = escape(self.title.text) or "—"
        link = f'<a href="{escape(self.address)}">{text}</a>' if self.address else text
        mark = f' <span class="state open">{escape(self.same)}</span>' if self.same else ""
        fault = f'<span class="fault">{escape(self.fault)}</span>' if self.fault else ""
        return SafeString(
            f'<th scope="row" lang="zh-Hans">{link}{person_link(self.person, self.title.text)}{mark}{fault}</th>'
        )

    @property
    def tick(self) -> SafeString:
        """The cell by which the row is ticked; an empty one where nothing can be done with it."""
        if not self.movable:
            return SafeString('<td class="void"></td>')
        name = f'{escape(_("勾选"))} <span lang="zh-Hans">{escape(self.title.text)}</span>'
        state = " checked" if self.ticked else ""
        box = f'<input type="checkbox" name="row" value="{self.pk}" id="row-{self.pk}"{state}>'
        return SafeString(
            f'<td class="ticked"><label class="tick">{box}<span class="unseen">{name}</span></label></td>'
        )


def person_link(address: str, name: str) -> str:
    """The small link beside a row's name that leads to the person; '' without an address."""
    if not address:
        return ""
    said = escape(_("%s的档案") % name)
    sign = f'<span aria-hidden="true">{_PERSON}</span><span class="unseen">{said}</span>'
    return f' <a class="to-person" href="{escape(address)}">{sign}</a>'


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a ledger, ready to be drawn."""

    ledger: Ledger
    title: Field
    columns: tuple[Field, ...]
    lines: tuple[ListedRow, ...]
    following: int | None
    told_elsewhere: bool
    headings: Mapping[str, Heading]
    totals: tuple[Shown | None, ...]
    """Sums of the columns over all rows of the list, where they add up; empty where they are not asked for."""
    unopened: bool = False
    """Whether one of the values cannot be opened."""

    @property
    def plain(self) -> SafeString:
        """The rows as a table has them, with no other cell between."""
        return SafeString("".join(f"\n    <tr>{line.head}{line.cells}</tr>" for line in self.lines))

    @property
    def ticked(self) -> SafeString:
        """The same with a cell to tick each by."""
        return SafeString(
            "".join(f"\n    <tr>{line.tick}{line.head}{line.cells}</tr>" for line in self.lines)
        )

    @property
    def column_totals(self) -> list[tuple[Field, Shown | None]]:
        """The sums with the columns they stand under."""
        return list(zip(self.columns, self.totals, strict=True))

    @property
    def title_heading(self) -> Heading:
        """The head of the first column."""
        return self.headings.get(self.title.name, Heading(self.title, "", ""))

    @property
    def column_headings(self) -> tuple[Heading, ...]:
        """The heads of the other columns."""
        return tuple(self.headings.get(field.name, Heading(field, "", "")) for field in self.columns)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows there are: ``open_here`` of them may this viewer see; ``more`` when counting stopped."""

    rows: int
    open_here: int
    more: bool

    @property
    def closed(self) -> int:
        """Rows that count but are not open to this viewer."""
        return max(self.rows - self.open_here, 0)


def listing(
    ledger: Ledger,
    page: Page,
    counters: Mapping[int, str] | None = None,
    *,
    headings: Iterable[Heading] = (),
    totals: Mapping[str, Shown] | None = None,
    tick_all: bool = False,
    records: bool = False,
    ticked: Collection[int] = (),
    faults: Mapping[int, str] | None = None,
) -> Listing:
    """A ledger's page with its title first; ``counters`` says by person which unit counts her. ``tick_all``: each row may be
    ticked, also where it is carried through no states. ``records``: a name leads to the row's own page, and a small link
    beside it to the person. ``ticked`` are rows that are ticked already, ``faults`` says of rows why a step with them was
    refused."""
    title = ledger.field(ledger.title) if ledger.title else page.fields[0]
    # How far a row has come stands beside what it is.
    columns = tuple(
        sorted(
            (field for field in page.fields if field.name != title.name),
            key=lambda field: field.name != "state",
        )
    )
    lines = tuple(_lines(ledger, page.rows, title, columns, counters or {}, tick_all=tick_all))
    if records:
        lines = tuple(_record(ledger, line) for line in lines)
    if ticked or faults:
        said = faults or {}
        lines = tuple(replace(line, ticked=line.pk in ticked, fault=said.get(line.pk, "")) for line in lines)
    return Listing(
        ledger,
        title,
        columns,
        lines,
        page.following,
        bool(counters),
        {heading.field.name: heading for heading in headings},
        tuple(totals.get(field.name) for field in columns) if totals else (),
        any(row.cells[field.name].trouble for row in page.rows for field in page.fields),
    )


def _lines(
    ledger: Ledger,
    rows: tuple[Row, ...],
    title: Field,
    columns: tuple[Field, ...],
    counters: Mapping[int, str],
    *,
    tick_all: bool,
) -> Iterator[ListedRow]:
    printers = [_printer(field) for field in columns]
    joined = joining.kept_of(ledger, [row.pk for row in rows])
    words = _("重复登记：%s") % ledger.joins.words if ledger.joins is not None else ""
    for row in names.told(columns, rows):
        values = tuple(Value(f, row.cells[f.name], _state(f, row)) for f in columns)
        state = row.cells.get("state")
        movable = tick_all or (state is not None and state.value in _MOVABLE)
        yield ListedRow(
            row.pk,
            row.cells[title.name],
            address(ledger, row),
            values,
            movable,
            counters.get(row.person_id or 0, ""),
            row.person_id,
            words if row.pk in joined else "",
            SafeString("".join(printer(value) for printer, value in zip(printers, values, strict=True))),
        )


def _record(ledger: Ledger, line: ListedRow) -> ListedRow:
    """The same, leading to the row's own page."""
    own = record_address(ledger, line.pk)
    return replace(line, address=own, person=line.address if line.person_id and line.address != own else "")


def record_address(ledger: Ledger, pk: int) -> str:
    """The page of a row itself: of a class, a person or a document the fuller one."""
    if ledger.code in PAGES:
        return reverse(PAGES[ledger.code], args=[pk])
    return reverse("row", args=[ledger.code, pk])


def _printer(field: Field) -> Callable[[Value], str]:
    """What writes the cells of a column: a list has hundreds, and a template for each would cost more than all the rest.

    What all cells of the column share is written once.
    """
    like = Value(field, Shown(""), "")
    label = escape(str(field.label))
    begun, void = (
        f'<td class="{like.look}" data-label="{label}">',
        f'<td class="{like.look} void" data-label="{label}">',
    )
    language = f' lang="{like.language}"' if like.language else ""

    def printer(value: Value) -> str:
        text = value.shown.text
        if value.code:
            return f'{begun}<span class="state {escape(value.code)}">{escape(text)}</span></td>'
        if not text:
            return f"{void}</td>"
        masked = ' class="masked"' if value.shown.masked else ""
        if value.shown.trouble:
            masked = f' class="unreadable" title="{escape(value.shown.trouble)}"'
        return f"{begun}<span{masked}{language}>{escape(text)}</span></td>"

    return printer


def _state(field: Field, row: Row) -> str:
    return str(row.cells[field.name].value or "") if field.name in ("state", "result") else ""


def address(ledger: Ledger, row: Row) -> str:
    """The page about a row, or about the person of a row that has none of its own; '' where there is neither."""
    if ledger.code in PAGES:
        return reverse(PAGES[ledger.code], args=[row.pk])
    if ledger.joins is not None:
        return reverse("row", args=[ledger.code, row.pk])
    return reverse("person", args=[row.person_id]) if row.person_id is not None else ""


def open_rows(found: RowCount) -> Counted:
    """How many rows there are of a list of which the viewer sees all."""
    return Counted(found.number, found.number, found.more)


def counted(ledger: Ledger, viewer: Viewer, within: QuerySet[Model]) -> Counted:
    """How many rows a query has, and how many of them are open to the viewer; counting stops at ``COUNTED_TO``."""
    every = within.order_by().values("pk")[: queries.COUNTED_TO + 1].count()
    mine = queries.rows(ledger, viewer).filter(pk__in=within.values("pk")).order_by().values("pk")
    return Counted(
        min(every, queries.COUNTED_TO), mine[: queries.COUNTED_TO + 1].count(), every > queries.COUNTED_TO
    )
