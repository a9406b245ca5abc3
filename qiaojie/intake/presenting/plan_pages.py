"""Findings and rows of a plan as a viewer may see them: by kind, filtered, a page at a time, masked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qiaojie.ledgers import sight
from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.viewer import Sight, Viewer
from qiaojie.lib import masks
from qiaojie.lib.cells import number_of, text_of
from qiaojie.lib.findings import Level
from qiaojie.lib.identity import normalise
from qiaojie.lib.numbers import shorten
from qiaojie.lib.values import Cell, Label
from qiaojie.notices.forms import TableDef, field_of, ledger_of
from qiaojie.sheets.book import Sheet, position
from qiaojie.sheets.reading import read

from ..judging.plan import Plan
from ..reading import typed_rows
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
from ..vocabulary.outcome import hide_numbers as hide
from ..vocabulary.places import BoxNaming, told
from . import finding_titles

FIRST = 50
"""So many cells of a kind of finding are listed with it; the numbers are always whole, the rest is on pages."""

PAGE = 50
"""Findings of one kind, or rows, on a page."""

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
    """A finding at a cell; ``raw`` is what the cell holds as this viewer may see it."""

    sheet: str
    cell: str
    row: int
    message: str
    raw: str
    choices: tuple[DecisionChoice, ...] = ()
    code: str = ""
    column: str = ""
    """The label of the column that the cell stands in; '' where it is read as nothing."""

    @property
    def reason_key(self) -> str:
        """Under what a reason for this row's finding is found."""
        return f"{self.code}/{self.row}"


@dataclass(frozen=True, slots=True)
class IssueGroup:
    """Findings of one kind: what they are, how many, in how many rows, the first of them, what may be decided at once."""

    code: str
    level: Level
    title: str
    number: int
    rows: int
    first: tuple[ShownIssue, ...]
    bulk: tuple[Bulk, ...] = ()


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
    show = _Showing(plan, viewer)
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
    show = _Showing(plan, viewer)
    page, pages = _within(page, len(issues))
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


def masked(field: Field | None, raw: Cell, viewer: Viewer) -> str:
    """What a cell holds: of personal data no more than the mask leaves."""
    if raw is None or raw == "":
        return ""
    if field is None or sight.handed_in(field, viewer) is Sight.WHOLE:
        return hide(shorten(raw))
    number = number_of(raw)
    if number is not None:
        return f"{number:.2E}"
    covered = field.value_kind.mask(normalise(raw) if field.kind != "name" else text_of(raw))
    return covered or masks.HIDDEN


class _Showing:
    """Findings of one plan being shown to one viewer."""

    def __init__(self, plan: Plan, viewer: Viewer) -> None:
        self.plan, self.viewer = plan, viewer
        self.table: TableDef = plan.source.table
        self.choices: dict[int, list[DecisionChoice]] = {}
        for candidate in plan.candidates:
            self.choices.setdefault(candidate.row, []).append(
                DecisionChoice(candidate.decision, told(candidate.words, plan.naming, candidate.row))
            )
        self.columns = {(column.sheet, _letters(column.cell)): column.label for column in plan.columns}

    def group(self, level: Level, code: str, issues: Sequence[Issue], first: int = FIRST) -> IssueGroup:
        return IssueGroup(
            code,
            level,
            finding_titles.title(issues[0], self.table),
            len(issues),
            len({issue.row for issue in issues if issue.row}),
            tuple(self.issue(issue) for issue in issues[:first]),
            tuple(Bulk(word, len(keys)) for word, keys in offered(self.plan, level, code).items()),
        )

    def issue(self, issue: Issue) -> ShownIssue:
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
        return ShownIssue(
            issue.sheet, where, issue.row, self.plan.told(issue), raw, tuple(options), issue.code, column
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
