"""Findings and rows of a plan as a viewer may see them: by kind, filtered, a page at a time, masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.cells import text_of
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Cell, Label
from qiaojie.notices.forms import TableDef, field_of, ledger_of
from qiaojie.people.queries import visible
from qiaojie.regions.models import Level as Rank
from qiaojie.sheets.book import Sheet, position
from qiaojie.sheets.reading import read

from ..judging.plan import Plan
from ..reading import typed_rows
from ..vocabulary.mends import MENDED
from ..vocabulary.outcome import (
    LEAVE_OUT,
    OVERWRITE,
    RULES,
    USE_CERTIFICATE,
    Issue,
    PlannedRow,
    Rule,
    Verdict,
)
from ..vocabulary.places import BoxNaming, told
from ..vocabulary.registry import county_of
from . import finding_titles
from .mend_forms import MendForm, MendForms, ShownMend, sheet_of
from .raw_cells import masked

FIRST = 50
"""So many cells of a kind of finding are listed with it; the numbers are always whole, the rest is on pages."""

PAGE = 50
"""Findings of one kind, or rows, on a page."""

_PEOPLE = 500
"""So many people that findings speak of are looked for at once."""

_PLACES = frozenset({"region_unknown", "region_ambiguous", "region_beside"})
"""Findings of a place of which at least the county is known."""

_NAMED = 6
"""So many cells of one and the same finding are named."""

_WEIGHT = {level: place for place, level in enumerate(Level)}
_BULK: Mapping[str, str] = {"id_lost": USE_CERTIFICATE, "other_agency": OVERWRITE}
"""What may be decided at once for all rows with a finding: its code → the decision."""


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings of a plan are asked for; '' or None for all."""

    level: str = ""
    code: str = ""
    sheet: str = ""
    verdict: Verdict | None = None

    @property
    def narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.level or self.code or self.sheet or self.verdict)


EVERYTHING = FindingFilter()


@dataclass(frozen=True, slots=True)
class DecisionChoice:
    """A decision that may be taken for a row: the word to send, and what it means."""

    word: str
    words: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """A decision that may be taken for all rows of a kind at once, and for how many rows it is offered."""

    word: str
    rows: int


@dataclass(frozen=True, slots=True)
class ShownIssue:
    """A finding at a cell, or the same finding at several (``rows`` of them, of which ``cells`` are the first); ``raw`` is what
    the cell holds as this viewer may see it, ``mends`` are boxes to mend it, ``mended`` what was mended there before, ``person``
    the key of the registered person that it speaks of, if the viewer may see her."""

    sheet: str
    cell: str
    row: int
    message: str
    raw: str
    choices: tuple[DecisionChoice, ...] = ()
    code: str = ""
    column: str = ""
    """The label of the column that the cell stands in; '' where it is read as nothing."""
    mends: tuple[MendForm, ...] = ()
    mended: ShownMend | None = None
    person: int | None = None
    rows: int = 1
    cells: tuple[str, ...] = ()
    field: str = ""

    @property
    def key(self) -> str:
        """What tells the cell apart on a page, and where it is told that it was mended from where it is found wrong."""
        return f"{self.row}.{self.field}" + (f".{MENDED}" if self.code == MENDED else "")

    @property
    def reason_key(self) -> str:
        """Under what a reason for this row's finding is found."""
        return f"{self.code}/{self.row}"


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """Findings of one kind: what they are, how many, in how many rows, the first of them (equal ones as one), what may be decided
    at once: ``bulk`` mends or confirms, ``leave`` leaves the rows out. ``fate`` is what becomes of its rows, if the same becomes
    of all."""

    code: str
    level: Level
    title: str
    number: int
    rows: int
    first: tuple[ShownIssue, ...]
    bulk: tuple[Bulk, ...] = ()
    leave: Bulk | None = None
    different: int = 0
    fate: Verdict | None = None
    fate_label: Label = ""


@dataclass(frozen=True, slots=True)
class IssuePage:
    """One page of the findings of a kind. ``group`` is None where the plan has none (any more)."""

    group: IssueGroup | None
    issues: tuple[ShownIssue, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the file: where it stands, what becomes of it, its cells (label and text), what was found in it."""

    key: int
    sheet: str
    number: int
    verdict: Verdict
    verdict_label: Label
    cells: tuple[tuple[str, str], ...]
    findings: tuple[tuple[Level, str], ...]


@dataclass(frozen=True, slots=True)
class DoneRow:
    """What becomes now of a row that was just mended or left out, and what was mended."""

    key: int
    number: int
    verdict: Verdict
    verdict_label: Label
    mended: ShownMend | None
    left_out: bool


@dataclass(frozen=True, slots=True)
class RowPage:
    """One page of the rows of a verdict, under the labels of their columns."""

    columns: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    number: int
    page: int
    pages: int


def groups(plan: Plan, viewer: Viewer, asked: FindingFilter = EVERYTHING) -> Iterator[IssueGroup]:
    """The findings asked for by kind: errors first, then by how many there are."""
    grouped = _grouped(plan, asked)
    show = _Showing(plan, viewer, (issue for found in grouped.values() for issue in found))
    ordered = sorted(grouped.items(), key=lambda item: (_WEIGHT[item[0][0]], -len(item[1]), item[0][1]))
    for (level, code), issues in ordered:
        yield show.group(level, code, issues)


def kinds_of(plan: Plan) -> list[tuple[str, str]]:
    """The kinds that the plan has findings of, for a filter: code and words, in their order."""
    first = {issue.code: issue for issue in reversed(list(plan.issues))}
    found = {code: finding_titles.title(issue, plan.source.table) for code, issue in first.items()}
    return sorted(found.items(), key=lambda pair: pair[1])


def sheets_of(plan: Plan) -> list[str]:
    """The sheets that rows were read from, in their order."""
    return list(dict.fromkeys(row.sheet for row in plan.rows))


def kind(plan: Plan, viewer: Viewer, level: Level, code: str, page: int) -> IssuePage:
    """A page (from 1) of all findings of one kind."""
    issues = _grouped(plan, FindingFilter(level.value, code)).get((level, code), [])
    page, pages = _within(page, len(issues))
    show = _Showing(plan, viewer, issues[(page - 1) * PAGE : page * PAGE])
    shown = tuple(show.issue(issue) for issue in issues[(page - 1) * PAGE : page * PAGE])
    return IssuePage(show.group(level, code, issues, 0) if issues else None, shown, page, pages)


def rows(plan: Plan, viewer: Viewer, verdict: Verdict | None, sheet: str, page: int) -> RowPage:
    """A page (from 1) of the rows with a verdict (None: of all), with their cells as this viewer may see them."""
    found = [
        row
        for row in plan.rows
        if (verdict is None or row.verdict == verdict) and (not sheet or row.sheet == sheet)
    ]
    page, pages = _within(page, len(found))
    part = found[(page - 1) * PAGE : page * PAGE]
    columns, cells = _cells(plan, viewer, part)
    said: dict[int, list[tuple[Level, str]]] = {row.key: [] for row in part}
    for issue in plan.issues:
        if issue.row in said:
            said[issue.row].append((issue.level, plan.told(issue)))
    shown = (
        ShownRow(
            row.key, row.sheet, row.number, row.verdict, plan.called(row.verdict), line, tuple(said[row.key])
        )
        for row, line in zip(part, cells, strict=True)
    )
    return RowPage(columns, tuple(shown), len(found), page, pages)


def alike(plan: Plan, viewer: Viewer, row: int, name: str, code: str) -> list[int]:
    """The keys of the rows whose cell of a field says the same as that of a row, and of which the same was found (``code``)."""
    show = _Showing(plan, viewer, ())
    found = [issue for issue in plan.issues if (issue.code, issue.field) == (code, name)]
    one = next((issue for issue in found if issue.row == row), None)
    if one is None or not show.forms.shared(one):
        return []
    return list(dict.fromkeys(issue.row for issue in found if show.same(issue) == show.same(one)))


def at(plan: Plan, viewer: Viewer, row: int, name: str) -> DoneRow | None:
    """What became of a row (by its key) about which somebody has just done something at the cell of a field; None where there is
    no such row."""
    sheet, shift = sheet_of(plan, row)
    verdict = dict(zip(plan.rows.keys, plan.rows.verdicts, strict=True)).get(row)
    mended = MendForms(plan, viewer).mended(sheet, row, name)
    if verdict is None:
        return None
    return DoneRow(row, row - shift, verdict, plan.called(verdict), mended, verdict is Verdict.LEFT)


def offered(plan: Plan, level: Level, code: str) -> dict[str, list[int]]:
    """What may be decided at once about the rows with a finding: decision → keys of the rows it is offered for."""
    keys = list(dict.fromkeys(i.row for i in plan.issues if (i.level, i.code) == (level, code) and i.row))
    if level is Level.HINT or not keys:
        return {}
    found = {LEAVE_OUT: keys}
    word = _BULK.get(code)
    if word == USE_CERTIFICATE:
        open_to = {each.row for each in plan.candidates if each.decision == word}
        keys = [key for key in keys if key in open_to]
    return {word: keys, **found} if word and keys else found


class _Showing:
    """Findings of one plan being shown to one viewer; ``issues`` are those that may be shown."""

    def __init__(self, plan: Plan, viewer: Viewer, issues: Iterable[Issue]) -> None:
        self.plan, self.viewer = plan, viewer
        self.table: TableDef = plan.source.table
        self.choices: dict[int, list[DecisionChoice]] = {}
        for candidate in plan.candidates:
            self.choices.setdefault(candidate.row, []).append(
                DecisionChoice(candidate.decision, told(candidate.words, plan.naming, candidate.row))
            )
        self.columns = {(column.sheet, _letters(column.cell)): column.label for column in plan.columns}
        self.forms = MendForms(plan, viewer)
        people = {issue.person for issue in issues if issue.person is not None}
        # A few hundred at most are looked at on a page; the others open without a link.
        asked = sorted(people)[:_PEOPLE]
        seen = visible(viewer).filter(pk__in=asked).values_list("pk", flat=True) if asked else ()
        self.people = frozenset(seen)

    @cached_property
    def verdicts(self) -> dict[int, Verdict]:
        """What becomes of each row, by its key."""
        return dict(zip(self.plan.rows.keys, self.plan.rows.verdicts, strict=True))

    def group(self, level: Level, code: str, issues: Sequence[Issue], first: int = FIRST) -> IssueGroup:
        alike: dict[object, list[Issue]] = {}
        for issue in issues if first else ():
            alike.setdefault(self.same(issue), []).append(issue)
        keys = {issue.row for issue in issues if issue.row}
        fates = {self.verdicts[key] for key in keys}
        fate = fates.pop() if len(fates) == 1 else None
        at_once = {word: Bulk(word, len(rows)) for word, rows in offered(self.plan, level, code).items()}
        leave = at_once.pop(LEAVE_OUT, None)
        return IssueGroup(
            code,
            level,
            finding_titles.title(issues[0], self.table),
            len(issues),
            len(keys),
            tuple(self.issue(found[0], found) for found in list(alike.values())[:first]),
            tuple(at_once.values()),
            leave,
            len(alike),
            fate,
            self.plan.called(fate) if fate else "",
        )

    def same(self, issue: Issue) -> object:
        """What findings have in common that one mend does for all of; the finding itself where each is mended by itself."""
        if not issue.row or not self.forms.shared(issue):
            return id(issue)
        mend = self.forms.mends.get((issue.row, issue.field))
        # What was mended is put back together only where it was the same before.
        was = text_of(mend.was) if mend is not None and issue.code == MENDED else ""
        words = self.plan.told(issue)
        return issue.sheet, issue.code, issue.level, issue.field, text_of(issue.raw), was, words

    def offered(self, issue: Issue) -> list[str]:
        """The county to which a place belongs that nobody knows: the file's own, or of a file for many the one in its title;
        never another than that of the office which the file is for."""
        region = self.plan.source.region
        if issue.code not in _PLACES:
            return []
        own = county_of(region)
        name = own.short_name if own.level >= Rank.COUNTY else self.plan.titled
        return [name] if name else []

    def issue(self, issue: Issue, alike: Sequence[Issue] = ()) -> ShownIssue:
        options: Sequence[DecisionChoice] = ()
        if issue.code == "id_lost":
            options = self.choices.get(issue.row, ())
        elif issue.code == "other_agency":
            options = [DecisionChoice(OVERWRITE, str(RULES[Rule.CONFIRMED]))]
        field = field_of(ledger_of(self.table.ledger), issue.field) if issue.field else None
        raw = masked(field, issue.raw, self.viewer) if field else ""
        naming = self.plan.naming
        if isinstance(naming, BoxNaming):
            column = naming.label(issue.cell) if issue.field else ""
        else:
            column = self.columns.get((issue.sheet, _letters(issue.cell)), "")
        where = naming.where(issue.cell, whole=not issue.field and bool(issue.row))
        several = len(alike) > 1
        rows = [one.row for one in alike] if several else [issue.row]
        names = [] if issue.code == MENDED else self.forms.fields(issue)[: 1 if several else None]
        return ShownIssue(
            issue.sheet,
            where,
            issue.row,
            self.plan.told(issue),
            raw,
            () if several else tuple(options),
            issue.code,
            column,
            tuple(self.forms.form(issue, name, rows, self.offered(issue)) for name in names),
            self.forms.mended(issue.sheet, issue.row, issue.field, rows)
            if not several or issue.code == MENDED
            else None,
            issue.person if issue.person in self.people else None,
            len(rows),
            tuple(naming.where(one.cell) for one in alike[:_NAMED]) if several else (),
            issue.field,
        )


def _letters(cell: str) -> str:
    return cell.rstrip("0123456789")


def _grouped(plan: Plan, asked: FindingFilter) -> dict[tuple[Level, str], list[Issue]]:
    verdicts: dict[int, Verdict] = {}
    if asked.verdict is not None:
        verdicts = {row.key: row.verdict for row in plan.rows if row.verdict == asked.verdict}
    grouped: dict[tuple[Level, str], list[Issue]] = {}
    for issue in plan.issues:
        if (
            (not asked.level or issue.level == asked.level)
            and (not asked.code or issue.code == asked.code)
            and (not asked.sheet or issue.sheet == asked.sheet)
            and (asked.verdict is None or issue.row in verdicts)
        ):
            grouped.setdefault((issue.level, issue.code), []).append(issue)
    return grouped


def _within(page: int, number: int) -> tuple[int, int]:
    """The page that is there for the one asked for, and how many there are."""
    pages = max(1, -(-number // PAGE))
    return min(max(page, 1), pages), pages


def _cells(
    plan: Plan, viewer: Viewer, part: Iterable[PlannedRow]
) -> tuple[tuple[str, ...], list[tuple[tuple[str, str], ...]]]:
    """The labels of the columns that were read, and of each row its cells with them."""
    part = list(part)
    places, sheets = _columns(plan, {row.sheet for row in part})
    labels = tuple(dict.fromkeys(label for held in places.values() for label in held))
    ledger = ledger_of(plan.source.table.ledger)
    names = {label: name for held in places.values() for label, (_col, name) in held.items()}
    fields = {label: field_of(ledger, names[label]) if names[label] else None for label in labels}
    lines = []
    for row in part:
        held = places[row.sheet]
        cells = {label: _raw(sheets.get(row.sheet), row.number - 1, held.get(label)) for label in labels}
        lines.append(tuple((label, masked(fields[label], cells[label], viewer)) for label in labels))
    return labels, lines


def _columns(
    plan: Plan, wanted: Collection[str]
) -> tuple[dict[str, dict[str, tuple[int, str]]], dict[str, Sheet]]:
    """By sheet: the columns that were read, by label, each with the field that it was read as; and the sheets themselves."""
    source = plan.source
    places: dict[str, dict[str, tuple[int, str]]] = {name: {} for name in wanted}
    if not wanted:
        return places, {}
    if source.typed:
        laid = typed_rows.lay_out(source.table, typed_rows.unpack(source.data))
        held = {label: (col, name) for col, (label, name) in enumerate(laid.columns)}
        return {laid.sheet.name: held}, {laid.sheet.name: laid.sheet}
    leaves = {leaf.label: leaf.column.field or "" for leaf in source.table.form.readable}
    for column in plan.columns:
        place = position(column.cell)
        if column.label and column.sheet in wanted and place is not None:
            places[column.sheet].setdefault(column.label, (place[1], leaves.get(column.label, "")))
    return places, {sheet.name: sheet for sheet in read(source.data, source.name).sheets}


def _raw(sheet: Sheet | None, row: int, column: tuple[int, str] | None) -> Cell:
    if sheet is None or column is None:
        return None
    place, across = row - sheet.first_row, column[0] - sheet.first_col
    inside = 0 <= place < len(sheet.rows) and 0 <= across < len(sheet.rows[place])
    return sheet.rows[place][across] if inside else None
