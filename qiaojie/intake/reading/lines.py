"""From a file to lines of typed values: the sheets that hold the table, its rows, captions and sums."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Finding, Level, Unusable
from qiaojie.lib.numbers import shorten
from qiaojie.lib.values import Cell, Context, kind
from qiaojie.notices.forms import TableDef, ledger_of
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Region
from qiaojie.sheets.book import Book, Sheet
from qiaojie.sheets.marks import is_findings
from qiaojie.sheets.reading import read as read_book
from qiaojie.tables.columns import Columns, read_columns
from qiaojie.tables.form import MAX_DEPTH, Leaf
from qiaojie.tables.matching import (
    Match,
    ReadRow,
    lines_above,
    match_all,
    read_captions,
    read_stated,
    read_totals,
    texts_in,
)

from ..vocabulary.outcome import HeaderColumn, Issue, Source
from ..vocabulary.places import IN_CELLS, CellPlace, Naming, Words
from ..vocabulary.progress import READ, Progress, silent
from . import (
    left_out,
    mended_cells,
    month_years,
    name_notes,
    refusals,
    stated_for_all,
    table_detection,
    typed_rows,
    unfolding,
    unread_columns,
)

FURTHER_SHEET = 2_000_000
"""What is added to the row numbers of each further sheet, so that a number names one row of the file."""

_SUMMED = ("integer", "money")


Above = Mapping[str, tuple[Any, str, Cell]]
"""What captions say for all rows: field -> (value, address, raw content)."""


@dataclass(slots=True)
class Line:
    """A data row under examination. ``stated`` has a value per field that the sheet gives, claims included.

    ``parts`` (word of the piece → column → value) and ``at`` ((word, column) → cell) say the same by the ledgers' columns;
    ``derived`` are values that follow from others and only fill blanks.
    """

    key: int
    sheet: str
    number: int
    stated: dict[str, Any]
    cells: dict[str, tuple[str, Cell]]
    issues: list[Issue]
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    at: dict[tuple[str, str], str] = field(default_factory=dict)
    derived: dict[str, dict[str, Any]] = field(default_factory=dict)
    certificate: str = ""
    issuer: int | None = None
    """The county that the row says issued the certificate."""
    person: int | None = None
    """A person whom a decision names."""
    evidence: str = ""
    """What tells her apart where there is no number."""
    waits: bool = False
    """Whether it has to be answered first whom it means."""
    unsettled: bool = False
    """Whether it has to be answered first which class, base … it means."""
    limited: list[Issue] = field(default_factory=list)
    """Those of its issues that limits of ledgers and notices made."""

    @property
    def wrong(self) -> bool:
        """Whether an error was found."""
        return any(issue.level is Level.ERROR for issue in self.issues)

    @property
    def first_cell(self) -> str:
        """The cell to name for what concerns the whole row."""
        return next((address for address, _raw in self.cells.values()), f"A{self.number}")

    def cell(self, name: str) -> str:
        """The cell of a field, or of the row where the sheet has no such column."""
        held = self.cells.get(name)
        return held[0] if held else self.first_cell

    def place(self, name: str, called: str = "") -> CellPlace:
        """The cell of a field, for a sentence to point at (that calls it ``called``)."""
        return CellPlace(self.cell(name), name, called=called)

    def say(self, finding: Finding, name: str, cell: str = "", person: int | None = None) -> None:
        """Note a finding at the cell of a field; ``person`` is whom of the registered it speaks of."""
        self.tell(finding.code, finding.message, name, finding.level, cell, person)

    def tell(
        self,
        code: str,
        words: Words,
        name: str,
        level: Level = Level.ERROR,
        cell: str = "",
        person: int | None = None,
    ) -> None:
        """Note at the cell of a field what may point at other cells."""
        raw = self.cells[name][1] if name in self.cells else None
        at = cell or self.cell(name)
        self.issues.append(Issue(self.sheet, at, code, level, words, self.key, name, raw, person))


@dataclass(frozen=True, slots=True)
class Block:
    """The data rows of one table in a sheet. ``shift`` is added to their numbers to make their keys."""

    sheet: Sheet
    shift: int
    columns: Columns
    said: Above
    left: frozenset[int] = frozenset()
    """Columns of the sheet that hold what nobody may collect now."""

    def __len__(self) -> int:
        return len(self.columns)

    def key(self, place: int) -> int:
        """The key of the row at a place (0-based)."""
        return self.columns.rows[place].row + 1 + self.shift

    def line(self, place: int) -> Line:
        """The row at a place as a line to be examined."""
        row = name_notes.taken_in(self.columns.reader, self.columns.row(place))
        return _line(self.sheet, row, self.shift, self.said)

    def cell(self, name: str, place: int) -> str:
        """The cell of a field in the row at a place, or of the row where the sheet has no such column."""
        bound = self.columns.bindings
        if name in self.said and name not in bound:
            return self.said[name][1]
        return self.columns.address(name if name in bound else next(iter(bound)), place)

    def raw(self, place: int) -> Sequence[Cell]:
        """All cells of the row at a place as the sheet has them, but for what nobody may collect."""
        cells = self.sheet.rows[self.columns.rows[place].row - self.sheet.first_row]
        if not self.left:
            return cells
        return [None if at + self.sheet.first_col in self.left else cell for at, cell in enumerate(cells)]


@dataclass(frozen=True, slots=True)
class Content:
    """What the file holds: its rows, what is to be said of sheets, captions and sums, and how headers were read."""

    blocks: list[Block] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    columns: list[HeaderColumn] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    """The file's name, and what stands above the tables."""
    naming: Naming = IN_CELLS
    """How its cells are named to whoever handed it in."""

    @property
    def lines(self) -> list[Line]:
        """All rows as lines, made anew each time."""
        return self.at(range(len(self)))

    @property
    def fields(self) -> set[str]:
        """The fields that it says something of."""
        found = {name for block in self.blocks for name in block.said}
        bound = (binding for block in self.blocks for binding in block.columns.found.bindings)
        return found | {binding.leaf.column.field or "" for binding in bound}

    def at(self, places: Iterable[int]) -> list[Line]:
        """The rows at some places (0-based over all blocks) as lines."""
        ends = list(accumulate(map(len, self.blocks)))
        found = []
        for place in places:
            at = bisect_right(ends, place)
            found.append(self.blocks[at].line(place - (ends[at - 1] if at else 0)))
        return found

    def __len__(self) -> int:
        return sum(map(len, self.blocks))


def read(source: Source, progress: Progress = silent) -> Content:
    """Read the file and find the table in it; of rows that were typed it is known where everything stands.

    Raises Unusable: whatever the reader raises for a file that is no workbook, ``table_not_found``, ``column_missing``
    and ``table_empty``, each naming file and sheet.
    """
    if source.typed:
        return _read_typed(source, progress)
    book = read_book(source.data, source.name)
    # The list in a marked copy that comes back is ours, and no table of the office.
    book = replace(book, sheets=tuple(sheet for sheet in book.sheets if not is_findings(sheet)))
    book, laid_out = unfolding.unfolded(book, [source.table.form])
    found = [
        (sheet, matched) for sheet in book.sheets if not sheet.hidden for matched in _matches(sheet, source)
    ]
    found = found or _pointed_out(book, source)
    if not found:
        raise refusals.not_found(book, source)
    content = Content(titles=[PurePath(book.name).stem])
    total = sum(len(matched.rows()) for _sheet, matched in found)
    progress(str(READ), 0, total)
    for position, (sheet, matched) in enumerate(found):
        if sheet.name not in (block.sheet.name for block in content.blocks):
            above = lines_above(matched.header, sheet.first_row)
            content.titles.extend([sheet.name, *texts_in(sheet, above)])
        _take(source, sheet, matched, position * FURTHER_SHEET, content)
        progress(str(READ), len(content), total)
    content.issues.extend([*_ignored(book, found[0][0]), *laid_out])
    unread = list(_unread(book, source.table, found))
    named = {issue.sheet for issue in unread if issue.code == "other_table"}
    # What could only be told apart as "another table" is said by its name now.
    content.issues[:] = [
        issue for issue in content.issues if issue.code != "table_below" or issue.sheet not in named
    ]
    content.issues.extend(unread)
    if not len(content):
        sheets = "、".join(sheet.name for sheet, _matched in found)
        message = _("“%(file)s”的工作表“%(sheets)s”里只有表头，没有数据行。")
        raise Unusable("table_empty", message % {"file": source.name, "sheets": sheets})
    return content


def _read_typed(source: Source, progress: Progress) -> Content:
    typed = typed_rows.lay_out(source.table, typed_rows.unpack(source.data))
    content = Content(naming=typed.naming)
    progress(str(READ), 0, len(typed.sheet.rows))
    _take_rows(source, typed.sheet, typed.found, 0, content)
    progress(str(READ), len(content), len(content))
    return content


def _ignored(book: Book, sheet: Sheet) -> Iterable[Issue]:
    """``macros_ignored``, ``links_ignored``: what a file would do in an office program and does not do here."""
    cell = sheet.address(sheet.first_row, sheet.first_col)
    if book.macros:
        message = _("文件里有宏，没有运行，也不会保留；只读取了单元格里的内容。")
        yield Issue(sheet.name, cell, "macros_ignored", Level.HINT, message)
    if book.links:
        message = _("有单元格引用了别的文件，没有去读那些文件；用的是保存时留下的数，请核对是不是最新的。")
        yield Issue(sheet.name, cell, "links_ignored", Level.HINT, message)


def _matches(sheet: Sheet, source: Source) -> list[Match]:
    maps = [(each.fingerprint, each.chosen) for each in source.maps]
    found = match_all(sheet, source.table.form, maps=maps, said=source.said, file=source.name)
    return [one for one in found if one.used is not None or _is_it(sheet, one, source.table)]


def _pointed_out(book: Book, source: Source) -> list[tuple[Sheet, Match]]:
    """Where nothing else is the table: the headers of which somebody has said what their columns are."""
    maps = [(each.fingerprint, each.chosen) for each in source.maps]
    return [
        (sheet, one)
        for sheet in book.sheets
        if not sheet.hidden and maps
        for one in match_all(sheet, source.table.form, 0, maps, said=source.said, file=source.name)
        if one.used is not None and one.header.chosen
    ]


def _is_it(sheet: Sheet, matched: Match, table: TableDef) -> bool:
    """Whether no other known table fits the block better: forms share columns, and half of them is a match.

    Where the other knows no more of the sheet's columns it is only the shorter one, and the chosen table stands. So does one
    that has all it requires, unless the sheet calls itself by the other's name.
    """
    header = matched.header
    if header.recall >= 1:
        return True
    whole = matched.complete
    return all(
        fit.score <= matched.score or fit.header.precision <= header.precision or (whole and not fit.titled)
        for fit in table_detection.rivals(sheet, table, header.top - MAX_DEPTH, header.bottom + 1)
    )


def _unread(book: Book, table: TableDef, found: Sequence[tuple[Sheet, Match]]) -> Iterable[Issue]:
    """What the file holds beside what was read: other tables, hidden sheets. Said, so that it can be handed in as well."""
    read: dict[str, list[tuple[int, int]]] = {}
    for sheet, matched in found:
        last = sheet.first_row + len(sheet.rows) - 1 if matched.end is None else matched.end - 1
        read.setdefault(sheet.name, []).append((matched.header.top, last))
    told = set()
    for place in table_detection.elsewhere(book, table, read):
        titles = "、".join(one.described for one in place.candidates)
        if not place.hidden:
            words = _("从这里到第%(row)d行是另一张表：%(table)s，没有读入，请另按那张表导入。")
            message = words % {"row": place.last_row, "table": titles}
            yield Issue(place.sheet, place.cell, "other_table", Level.WARNING, message)
        else:
            told.add(place.sheet)
            words = _("隐藏的工作表“%(sheet)s”没有读入，里面像是%(table)s；要读入请先取消隐藏。")
            message = words % {"sheet": place.sheet, "table": titles}
            yield Issue(place.sheet, place.cell, "sheet_hidden", Level.HINT, message)
    for sheet in book.sheets:
        if sheet.hidden and sheet.rows and sheet.name not in told:
            own = bool(match_all(sheet, table.form))
            words = (
                _("隐藏的工作表“%(sheet)s”没有读入，里面也有这张表；要读入请先取消隐藏。")
                if own
                else _("隐藏的工作表“%(sheet)s”没有读入。")
            )
            level = Level.WARNING if own else Level.HINT
            cell = sheet.address(sheet.first_row, sheet.first_col)
            yield Issue(sheet.name, cell, "sheet_hidden", level, words % {"sheet": sheet.name})
    for sheet, matched in found:
        yield from _concealed(sheet, matched)


def _concealed(sheet: Sheet, matched: Match) -> Iterable[Issue]:
    """``rows_hidden``, ``columns_hidden``: what a clerk does not see on her screen was read all the same."""
    hidden = sheet.conceals
    if hidden.rows and (rows := [row.row for row in matched.rows() if hidden.hides_row(row.row)]):
        words = (
            _("有 %(number)d 行被筛选或隐藏（第%(where)s行），也一并读入了；不要的行请删除。")
            if hidden.filtered
            else _("有 %(number)d 行是隐藏的（第%(where)s行），也一并读入了；不要的行请删除。")
        )
        where = left_out.listed(rows)
        cell = sheet.address(rows[0], matched.bindings[0].col)
        message = words % {"number": len(rows), "where": where}
        yield Issue(sheet.name, cell, "rows_hidden", Level.HINT, message)
    if hidden.cols and (bound := [b for b in matched.bindings if hidden.hides_col(b.col)]):
        labels = "、".join(binding.leaf.label for binding in bound)
        message = _("“%s”是隐藏的栏，也一并读入了。") % labels
        cell = sheet.address(matched.header.bottom, bound[0].col)
        yield Issue(sheet.name, cell, "columns_hidden", Level.HINT, message)


def _take(source: Source, sheet: Sheet, matched: Match, shift: int, content: Content) -> None:
    for address, finding in matched.findings:
        if finding.level is Level.ERROR:
            raise refusals.lacking(source, sheet, matched, address, finding)
        content.issues.append(Issue(sheet.name, address, finding.code, finding.level, finding.message))
    if matched.used is not None and source.maps[matched.used].said:
        cell = sheet.address(matched.header.bottom, matched.header.heads[0].col)
        words = source.maps[matched.used].said
        content.issues.append(Issue(sheet.name, cell, "header_remembered", Level.HINT, words))
    content.columns.extend(_columns(sheet, matched))
    content.issues.extend(unread_columns.told(sheet, matched, source.maps))
    content.issues.extend(left_out.told(sheet, matched))
    _take_rows(source, sheet, matched, shift, content)


def _take_rows(source: Source, sheet: Sheet, matched: Match, shift: int, content: Content) -> None:
    matched = mended_cells.laid_over(matched, shift, source.mends)
    ledger = ledger_of(source.table.ledger)
    content.issues.extend(mended_cells.told(matched, sheet.name, shift, source.mends, ledger))
    year, issues = month_years.settled(source.year, sheet, matched)
    content.issues.extend(issues)
    context = Context(year=year)
    columns = read_columns(matched, context)
    content.issues.extend(_caption_issues(source, sheet, matched, context))
    content.issues.extend(_sum_issues(sheet, columns, read_totals(matched, context)))
    said = _said_above(source, sheet, matched, context, content)
    stated_for_all.fill(columns, said)
    content.blocks.append(Block(sheet, shift, columns, said, unread_columns.not_kept(matched)))


def _said_above(source: Source, sheet: Sheet, matched: Match, context: Context, content: Content) -> Above:
    """The values of captions that are fields of the ledger; what cannot be read is an issue of its own."""
    found: dict[str, tuple[Any, str, Cell]] = {}
    wanted = source.table.above
    for name, (parsed, cell) in read_captions(matched, context).items():
        if name in wanted:
            content.issues.extend(
                Issue(sheet.name, cell, f.code, f.level, f.message, field=name) for f in parsed.findings
            )
            found[name] = (parsed.value, cell, matched.captions[name].text)
    for name, (parsed, one) in read_stated(matched, context).items():
        if name not in found:
            content.issues.extend(stated_for_all.told(sheet, parsed, one))
            found[name] = (parsed.value, one.address, one.text)
    return found


def _line(sheet: Sheet, row: ReadRow, shift: int, said: Above) -> Line:
    key = row.number + shift
    issues = [
        Issue(sheet.name, cell, f.code, f.level, f.message, key, name, row.cells.get(name, ("", None))[1])
        for name, cell, f in row.findings
    ]
    own = {**row.values, **row.claims}
    odd = {name for name, _cell, finding in row.findings if finding.level is Level.ERROR}
    cells = dict(row.cells)
    for name, (value, cell, raw) in said.items():
        # A cell that says something wrong says something: what holds for all rows does not stand in for it.
        if own.get(name) is None and name not in odd:
            own[name] = value
            cells.setdefault(name, (cell, raw))
    return Line(key, sheet.name, row.number, own, cells, issues)


def _columns(sheet: Sheet, matched: Match) -> Iterable[HeaderColumn]:
    bottom = matched.header.bottom
    read_as: dict[int, list[Leaf]] = {}
    for binding in matched.bindings:
        read_as.setdefault(binding.col, []).append(binding.leaf)
    unread = {head.col for head in matched.header.unread}
    for head in matched.header.heads:
        cell = sheet.address(bottom, head.col)
        # A column that holds a span is read as its first and as its last day.
        for leaf in read_as.get(head.col, ()):
            yield HeaderColumn(sheet.name, cell, head.text, leaf.label, leaf.column.field or "")
        if head.col in unread:
            yield HeaderColumn(sheet.name, cell, head.text, "")


def _caption_issues(source: Source, sheet: Sheet, matched: Match, context: Context) -> Iterable[Issue]:
    """``region_differs`` where the sheet names another unit than the one it is handed in for."""
    for name, (parsed, cell) in read_captions(matched, context).items():
        if name == "region" and parsed.value and not _names(str(parsed.value), source.region):
            message = _("表头写的是“%(said)s”，导入时选的是“%(chosen)s”，请核对是不是选错了单位。") % {
                "said": shorten(str(parsed.value)),
                "chosen": source.region.short_name,
            }
            yield Issue(sheet.name, cell, "region_differs", Level.WARNING, message)


def _names(text: str, region: Region) -> bool:
    try:
        return regions.find(text, within=region).pk == region.pk
    except Unusable:
        return False


def _sum_issues(sheet: Sheet, read: Columns, totals: Sequence[ReadRow]) -> Iterable[Issue]:
    """``total_differs`` where a row of sums says something else than the rows add up to.

    A row of sums may mean all rows, or those since the row of sums before it. A column with a cell that could not be
    read adds up to nothing that could be compared.
    """
    if not totals:
        return
    rows = [read.row(place) for place in range(len(read))]
    columns = [
        b.leaf for b in read.found.bindings if b.leaf.column.kind in _SUMMED and b.leaf.column.tick is None
    ]
    unread = {name for row in rows for name, _cell, f in row.findings if f.level is Level.ERROR}
    previous = 0
    for total in totals:
        for leaf in columns:
            name = leaf.column.field or ""
            claimed = _number(total, name)
            if claimed is None or name in unread:
                continue
            everything = sum(_number(row, name) or 0 for row in rows)
            since = sum(_number(row, name) or 0 for row in rows if previous < row.number < total.number)
            if claimed not in (everything, since):
                cell = total.cells[name][0]
                yield Issue(
                    sheet.name,
                    cell,
                    "total_differs",
                    Level.WARNING,
                    _total_message(leaf, claimed, everything),
                )
        previous = total.number


def _number(row: ReadRow, name: str) -> int | None:
    value = row.values.get(name, row.claims.get(name))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _total_message(leaf: Leaf, claimed: int, computed: int) -> str:
    printed = kind(leaf.column.kind).print
    return _("“%(column)s”合计写的是%(claimed)s，各行相加是%(computed)s，请核对。") % {
        "column": leaf.label,
        "claimed": printed(claimed, leaf.unit),
        "computed": printed(computed, leaf.unit),
    }
