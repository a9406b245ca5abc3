"""A question of 临时要数 in an address: read, written, and pointed at one of its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from qiaojie.asking import questions
from qiaojie.asking.answers import GroupHead, Number, Table
from qiaojie.asking.questions import Question
from qiaojie.asking.usual import Usual
from qiaojie.asking.wording import amount
from qiaojie.ledgers.declaration import Grouping, Ledger
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable

from . import filters
from .filters import Filter

SINCE, UNTIL, AS_OF, UNIT, ROWS, COLUMNS = (
    f"ask.{word}" for word in ("since", "until", "on", "unit", "rows", "columns")
)
"""Parameters of a question; what else an address has are conditions, as the ledger's list has them."""
ROW, COLUMN, PART, THAN = (f"ask.{word}" for word in ("row", "column", "part", "than"))
"""Parameters of a place in its answer: its groups, approved or pending; or an earlier answer to tell the rows from."""
_DAYS = (SINCE, UNTIL, AS_OF)
_NOT_ASKED = (ROW, COLUMN, PART, "after", "col", "sort", "state", "returned", THAN, "csrfmiddlewaretoken")


@dataclass(slots=True)
class AskedForm:
    """What stands in the fields of the form, as it was typed."""

    ledger: Ledger
    since: str
    until: str
    as_of: str
    unit: str
    rows: str
    columns: str
    controls: tuple[Filter, ...] = ()
    dated: bool = True
    faults: dict[str, str] = field(default_factory=dict)


def form(ledger: Ledger, given: QueryDict, viewer: Viewer) -> AskedForm:
    """The form as an address fills it; what nobody chose as it is usual."""
    since, until = questions.usual_span(ledger)
    units = questions.units_of(ledger, viewer)
    return AskedForm(
        ledger,
        given.get(SINCE, since.isoformat() if since else "").strip(),
        given.get(UNTIL, until.isoformat() if until else "").strip(),
        given.get(AS_OF, timezone.localdate().isoformat()).strip(),
        given.get(UNIT, units[0].code),
        given.get(ROWS, questions.usual_rows(ledger, viewer)),
        given.get(COLUMNS, ""),
        dated=bool(ledger.date),
    )


def read(asked: AskedForm, given: QueryDict, viewer: Viewer) -> Question:
    """The question that a form puts. Raises Refused and Unusable as ``questions.make`` and ``filters.read`` do, and Unusable
    ``date_unreadable``; SpeltOut."""
    plain = given.copy()
    # How far rows have come is told apart in every answer; which were once returned is no question of anybody's.
    for name in ("state", filters.RETURNED):
        plain.pop(name, None)
    # A number is asked for of many; a name narrows no answer that is kept and told.
    rest = filters.without_people(asked.ledger, plain)
    if len(rest) < len(plain):
        raise filters.SpeltOut(_("临时要数不按姓名等个人信息筛选，这一项没有采用。"), rest.urlencode())
    filtering = filters.read(asked.ledger, plain, viewer)
    asked.controls = tuple(
        one for one in filtering.controls if one.name != "state" and not filters.spelt_nowhere(one.field)
    )
    span = (_day(asked.since), _day(asked.until))
    as_of = _day(asked.as_of) or timezone.localdate()
    return questions.make(
        asked.ledger, viewer, filtering.where, span, as_of, asked.unit, asked.rows, asked.columns
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        message = _("“%s”不是日期，请写成 2023-11-30 这样的形式。") % text[:40]
        raise Unusable("date_unreadable", message) from wrong


def query(question: Question, given: QueryDict) -> str:
    """The whole question as the query of an address, also what nobody chose: asked again it means the same."""
    kept = _conditions(filters.without_people(question.ledger, given))
    kept[SINCE] = question.begins.isoformat() if question.begins else ""
    kept[UNTIL] = question.ends.isoformat() if question.ends else ""
    kept[AS_OF] = question.as_of.isoformat()
    kept[UNIT] = question.unit.code
    kept[ROWS] = question.rows.name if question.rows else ""
    kept[COLUMNS] = question.columns.name if question.columns else ""
    return urlencode(kept)


def undated(ledger: Ledger, text: str) -> str:
    """A kept question without its days: asked as of today, over this year."""
    kept = filters.without_people(ledger, QueryDict(text))
    for name in _DAYS:
        kept.pop(name, None)
    return kept.urlencode()


def ready(one: Usual) -> str:
    """The address of a question that is ready to be pressed."""
    words = {**one.conditions, UNIT: one.unit, ROWS: one.rows, COLUMNS: one.columns}
    return f"{reverse('ask', args=[one.ledger])}?{urlencode(words)}"


def _conditions(given: QueryDict) -> dict[str, str]:
    texts = {name: str(text).strip() for name, text in given.items()}
    return {
        name: text
        for name, text in texts.items()
        if text and not name.startswith("ask.") and name not in _NOT_ASKED
    }


# --- the table -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as the page prints it: both parts in words, and where each leads ('' for nothing)."""

    approved: str
    pending: str
    approved_at: str
    pending_at: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page's table."""

    label: str
    cells: tuple[Cell, ...]
    first: bool = False
    language: str = ""


def rows(question: Question, shown: Table, base: str) -> list[Row]:
    """The lines of an answer with their links; ``base`` is the query of the question."""
    begun = f"{reverse('ask-rows', args=[question.ledger.code])}?{base}&"

    def cell(row: GroupHead, column: GroupHead | None, number: Number) -> Cell:
        place = {ROW: row.mark, COLUMN: column.mark if column else ""}
        parts = {part: f"{begun}{urlencode({**place, PART: part})}" for part in ("approved", "pending")}
        return Cell(
            amount(question.unit, number.approved),
            amount(question.unit, number.pending) if number.pending else "",
            parts["approved"] if number.approved else "",
            parts["pending"],
        )

    made = []
    for line in (shown.total, *shown.lines):
        label = line.head.label or _("合计")
        cells = [cell(line.head, None, line.total)]
        cells += [cell(line.head, head, number) for head, number in zip(shown.heads, line.cells, strict=True)]
        made.append(
            Row(label, tuple(cells), line is shown.total, language(question.rows) if line.head.label else "")
        )
    return made


def language(grouping: Grouping | None) -> str:
    """Names of places and what was entered are Chinese in every interface; choices, bands and months are words of it."""
    return "zh-Hans" if grouping is not None and grouping.kind in ("region", "text") else ""
