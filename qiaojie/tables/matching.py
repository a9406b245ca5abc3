"""Reading a form back: where it stands in a sheet, its data rows with their addresses, and their typed values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.answers import words_of
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.text import clean
from qiaojie.lib.values import MONEY_UNITS, Cell, Context, Parsed, kind

from .bindings import Binding, SpanEnd
from .form import Form, Leaf
from .headers import Chosen, Header, find_header
from .leftovers import Leftover
from .lines import CaptionValue, SheetLike, said_in, year_in
from .scanning import DataRow, Scan
from .stated_once import StatedOnce, complete, counted, stated
from .versions import titled, version_findings

LEAST = 0.5
"""A sheet is taken for a form from this share of its columns on: below half, forms that share 姓名, 性别 and 身份证号 with every
other would be found in any list of people."""

_LINES_ABOVE = 15
"""Rows above a header that its title and captions may take; a page of instructions above is longer, and not of the table."""

_NUMERIC = frozenset({"integer", "money", "percent"})
_CACHED_VALUES = 20_000
"""Different cells whose reading is remembered: words repeat down a column, numbers do not, and these must not fill memory."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as typed values. ``number`` is the sheet's row as the user sees it, counted from 1.

    ``values`` and ``claims`` map field -> value; claims are what computed columns say, to be compared and never
    stored. ``cells`` maps each of these fields to the address and raw content of its cell. ``dittos`` are the
    fields whose cell only said "as above". ``findings`` are (field, address, finding).
    """

    number: int
    values: dict[str, Any]
    claims: dict[str, Any]
    cells: dict[str, tuple[str, Cell]]
    dittos: frozenset[str] = frozenset()
    findings: tuple[tuple[str, str, Finding], ...] = ()


@dataclass(frozen=True)
class Match:
    """A form found in a sheet.

    ``captions`` map the fields of captions and signatures to what the sheet says (raw text and address),
    ``other_captions`` map the labels that the form does not know. ``missing`` are leaves without a column,
    ``extra`` the sheet's columns (0-based) and texts that the form does not know. ``score`` is from 0 to 1.
    """

    form: Form
    sheet: SheetLike
    header: Header
    score: float
    captions: Mapping[str, CaptionValue]
    other_captions: Mapping[str, CaptionValue]
    year: int | None
    findings: tuple[tuple[str, Finding], ...]
    data: list[DataRow] = field(repr=False)
    sums: list[DataRow] = field(repr=False)
    end: int | None = None
    """The sheet row where another table begins; None if this one goes down to the sheet's end."""
    used: int | None = None
    """Which of the ``maps`` the header was read by."""
    stated: Mapping[str, StatedOnce] = field(default_factory=dict)
    """What holds for all rows, by field."""
    left: Sequence[Leftover] = ()
    """Rows that are no data and no line of the form."""

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The sheet's columns that stand for leaves."""
        return self.header.bindings

    @property
    def extra(self) -> tuple[tuple[int, str], ...]:
        """The sheet's columns that are not read, with their texts."""
        return tuple((head.col, head.text) for head in self.header.unread)

    @property
    def complete(self) -> bool:
        """Whether it has all that no row can do without, and that tells the form."""
        return complete(self.form, self.header, self.stated)

    @property
    def missing(self) -> tuple[Leaf, ...]:
        """The form's leaves that the sheet does not have."""
        return _missing(self.form, self.header)

    def address(self, row: int, binding: Binding) -> str:
        """The address of a binding's cell in a sheet row."""
        return self.sheet.address(row, binding.col)

    def rows(self) -> list[DataRow]:
        """The data rows from top to bottom."""
        return self.data

    def totals(self) -> list[DataRow]:
        """The rows of sums (合计, 小计): what the sheet claims."""
        return self.sums


def match(
    sheet: SheetLike,
    form: Form,
    start: int | None = None,
    least: float = LEAST,
    maps: Sequence[tuple[str, Chosen]] = (),
    stop: int | None = None,
    *,
    said: Mapping[str, str] | None = None,
    file: str = "",
) -> Match | None:
    """The form in the sheet at or below sheet row ``start`` (its first if not given), or None if it is not there.

    ``maps`` say what somebody wants columns to be read as, before anything else is thought of them: each for the header
    of one fingerprint, or for any ('').  The header begins above sheet row ``stop``, if that is given.
    ``said`` is what somebody says of all rows, by field; the name of the ``file`` may say something too.

    It is there from the share ``least`` of its columns on, or if all that no row can do without is there or stated once.
    ``score`` weighs how many of the form's columns are there (0.8), how few others are (0.15), and whether the title and
    fixed lines are the form's own (0.05), so that of two forms with the same columns the named one wins.
    """
    start = sheet.first_row if start is None else max(start, sheet.first_row)
    header, used = _header(sheet, form, start, stop, maps)
    if header is None:
        return None
    above = lines_above(header, start)
    once = stated(form, sheet, header, above, said or {}, file)
    header = counted(form, header, once, least)
    if header.recall < least:
        return None
    lines = texts_in(sheet, above)
    written = [cell for row in above for cell in sheet.rows[row - sheet.first_row]]
    scan = Scan(form, sheet, header, said_in(sheet, above, form)[0], once, written)
    captions, others = said_in(sheet, [*above, *(row for row in scan.lines if row not in scan.notes)], form)
    dates = [
        caption.text
        for part in (*form.captions, *form.signatures)
        if part.field and part.kind.startswith("date") and (caption := captions.get(part.field))
    ]
    money = next(
        (
            unit
            for label, caption in others.items()
            if label in ("单位", "金额单位", "计量单位")
            if (unit := _money_unit(caption.text))
        ),
        "",
    )
    header, findings = _units(sheet, header, money)
    return Match(
        form=form,
        sheet=sheet,
        header=header,
        score=score(form, header, lines),
        captions=captions,
        other_captions=others,
        year=year_in(dates) or year_in(lines) or year_in(said.text for said in others.values()),
        findings=(
            *findings,
            *_reading_findings(sheet, header),
            *_missing_findings(sheet, form, header, once),
            *version_findings(sheet, form, above),
            *_other_table(sheet, scan),
        ),
        data=scan.data,
        sums=scan.totals,
        end=scan.end,
        used=used,
        stated=once,
        left=[one for one in scan.left if scan.end is None or one.row < scan.end],
    )


def bound(
    form: Form,
    sheet: SheetLike,
    fields: Sequence[str],
    captions: Mapping[str, CaptionValue],
    lines: Sequence[str],
) -> Match:
    """The form in a sheet that was made for it, without a header: its last columns are of these fields, every row is data.

    A field that has several columns to be ticked stands here in one, in words. ``captions`` are what is said for all rows,
    ``lines`` the texts that would stand above: dates without a year are of the one that they name.
    """
    leaves: dict[str, Leaf] = {}
    for leaf in form.readable:
        leaves.setdefault(leaf.column.field or "", leaf)
    width = max(map(len, sheet.rows), default=0)
    first = width - len(fields)
    bindings = tuple(
        Binding(
            sheet.first_col + col, leaves[name], leaves[name].unit, group=leaves[name].column.tick is not None
        )
        for col, name in enumerate(fields, first)
    )
    days = [
        captions[part.field].text
        for part in form.captions
        if part.field and part.field in captions and part.kind.startswith("date")
    ]
    return Match(
        form=form,
        sheet=sheet,
        header=Header(sheet.first_row, sheet.first_row, bindings, (), (), (), 1.0, 1.0),
        score=1.0,
        captions=captions,
        other_captions={},
        year=year_in(days) or year_in(lines),
        findings=(),
        data=[DataRow(at, tuple(cells[first:])) for at, cells in enumerate(sheet.rows, sheet.first_row)],
        sums=[],
    )


def _header(
    sheet: SheetLike, form: Form, start: int, stop: int | None, maps: Sequence[tuple[str, Chosen]]
) -> tuple[Header | None, int | None]:
    for number, (fingerprint, chosen) in enumerate(maps):
        header = find_header(sheet, form, start, stop, chosen)
        if header is not None and fingerprint in ("", header.fingerprint):
            return header, number
    return find_header(sheet, form, start, stop), None


def lines_above(header: Header, start: int) -> range:
    """The sheet rows above a header, from ``start`` on, that may bear its title and captions."""
    return range(max(start, header.top - _LINES_ABOVE), header.top)


def texts_in(sheet: SheetLike, rows: range) -> list[str]:
    """What stands in these sheet rows."""
    return [
        clean(cell) for row in rows for cell in sheet.rows[row - sheet.first_row] if cell not in ("", None)
    ]


def score(form: Form, header: Header, lines: Sequence[str]) -> float:
    """How well a header and the lines above it fit a form, from 0 to 1."""
    return 0.8 * header.recall + 0.15 * header.precision + 0.05 * own_lines(form, lines)


def match_all(
    sheet: SheetLike,
    form: Form,
    least: float = LEAST,
    maps: Sequence[tuple[str, Chosen]] = (),
    *,
    said: Mapping[str, str] | None = None,
    file: str = "",
) -> list[Match]:
    """The form wherever it stands in the sheet: once for each table of its own (other captions, columns, rows)."""
    found: list[Match] = []
    start: int | None = None
    while (one := match(sheet, form, start, least, maps, said=said, file=file)) is not None:
        # The best header may be that of a later table: the one above it comes first.
        while (
            upper := match(sheet, form, start, least, maps, one.header.top, said=said, file=file)
        ) is not None:
            one = upper
        found.append(one)
        if one.end is None:
            break
        start = one.end
    return found


def _other_table(sheet: SheetLike, scan: Scan) -> Iterator[tuple[str, Finding]]:
    if scan.foreign and scan.end is not None:
        text = _("从这里起像是另一张表，没有当作本表的数据读入")
        yield sheet.address(scan.end, sheet.first_col), Finding("table_below", text, Level.WARNING)


def _money_unit(text: str) -> str:
    return next((unit for unit in ("亿元", "万元", "千元", "元") if unit in text), "")


def own_lines(form: Form, lines: Sequence[str]) -> float:
    """Share of the form's fixed texts (title, captions without a blank) that stand above the header."""
    fixed = [form.title, *(part.label for part in form.captions if not part.field)]
    return sum(1 for text in fixed if any(titled(text, line) for line in lines)) / len(fixed)


def _reading_findings(sheet: SheetLike, header: Header) -> Iterator[tuple[str, Finding]]:
    """``header_near`` where a column was known by a text that only comes near, ``header_twice`` where two say the same."""
    texts = {head.col: head.text for head in header.heads}
    for binding in header.bindings:
        if binding.near:
            text = _("表头“%(said)s”当作“%(read)s”读入，不对请在“表头对应”里改。")
            words = text % {"said": texts[binding.col], "read": binding.leaf.label}
            yield sheet.address(header.bottom, binding.col), Finding("header_near", words, Level.WARNING)
    for head, leaf in header.rivals:
        kept = next((b for b in header.bindings if b.leaf.column.field == leaf.column.field), None)
        if kept is not None:
            here, read = (sheet.address(header.bottom, col) for col in (head.col, kept.col))
            text = _(
                "%(here)s“%(said)s”和%(read)s“%(kept)s”都像“%(leaf)s”，只读了%(read)s这一栏，不对请在“表头对应”里改。"
            )
            told_of = {
                "here": here,
                "said": head.text,
                "read": read,
                "kept": texts[kept.col],
                "leaf": leaf.label,
            }
            yield here, Finding("header_twice", text % told_of, Level.WARNING)


def _units(sheet: SheetLike, header: Header, money: str) -> tuple[Header, list[tuple[str, Finding]]]:
    """The unit of each column: the header's own before the sheet's before the form's; only money may change."""
    findings = []
    bindings = []
    for binding in header.bindings:
        leaf, said = binding.leaf, binding.header_unit
        if leaf.column.kind == "money":
            unit = said if said in MONEY_UNITS else money or leaf.unit
        else:
            unit = leaf.unit or said
        if said and leaf.unit and said != leaf.unit:
            text = _("表头单位是“%(said)s”，本表应为“%(unit)s”")
            words = text % {"said": said, "unit": leaf.unit}
            if leaf.column.kind == "money" and said in MONEY_UNITS:
                words += _("，已按表头单位换算")
                level = Level.HINT
            else:
                level = Level.WARNING
            findings.append(
                (sheet.address(header.bottom, binding.col), Finding("unit_differs", words, level))
            )
        bindings.append(replace(binding, unit=unit))
    return replace(header, bindings=tuple(bindings)), findings


def _missing(form: Form, header: Header) -> tuple[Leaf, ...]:
    have = {binding.leaf.index for binding in header.bindings}
    groups = {binding.leaf.column.field for binding in header.bindings if binding.group}
    return tuple(
        leaf
        for leaf in form.leaves
        if leaf.column.field and leaf.index not in have and leaf.column.field not in groups
    )


def _missing_findings(
    sheet: SheetLike, form: Form, header: Header, once: Mapping[str, StatedOnce]
) -> Iterator[tuple[str, Finding]]:
    for leaf in _missing(form, header):
        if leaf.column.required and leaf.column.field not in once:
            text = _("表头缺少“%s”一栏") % leaf.label
            yield sheet.address(header.top, sheet.first_col), Finding("column_missing", text)


def read_rows(found: Match, context: Context) -> list[ReadRow]:
    """The data rows as typed values; dates without a year take ``context.year``, else the year the sheet names."""
    reader = RowReader(found, context)
    return [reader.row(row) for row in found.rows()]


def read_totals(found: Match, context: Context) -> list[ReadRow]:
    """The rows of sums as typed values, in the same way; only their numbers."""
    reader = RowReader(found, context, _NUMERIC)
    return [reader.row(row) for row in found.totals()]


def read_captions(found: Match, context: Context) -> dict[str, tuple[Parsed, str]]:
    """What the captions say by the kinds they are declared with: field -> (parsed, address)."""
    read = {}
    for part in (*found.form.captions, *found.form.signatures):
        said = found.captions.get(part.field) if part.field else None
        if part.field and said is not None:
            own = replace(context, year=context.year or found.year, choices=part.choices or {})
            read[part.field] = (kind(part.kind).parse(said.text, own), said.address)
    return read


def read_stated(found: Match, context: Context) -> dict[str, tuple[Parsed, StatedOnce]]:
    """What holds for all rows, by field, read as cells of its column are."""
    reader = RowReader(found, context)
    year = context.year or found.year
    read = {}
    for name, one in found.stated.items():
        binding = Binding(0, one.leaf, one.leaf.unit, span=name if one.span else "")
        parser, around = reader.parser(binding, year)
        read[name] = parser.parse(one.text, around), one
    return read


class RowReader:
    """Reads the rows of a match as typed values. ``parsers`` has a kind and what surrounds its cells per binding."""

    def __init__(self, found: Match, context: Context, kinds: frozenset[str] | None = None) -> None:
        self.found = found
        self.bindings = found.bindings
        self.kinds = kinds
        year = context.year or found.year
        self.parsers = [self.parser(binding, year) for binding in self.bindings]
        self.around = {name: parsed.value for name, (parsed, _at) in read_captions(found, context).items()}
        # Names, places and classes repeat down a column; what was parsed once is not parsed again.
        self.caches: list[dict[tuple[type, Cell], Parsed]] = [{} for _binding in self.bindings]

    def parser(self, binding: Binding, year: int | None) -> tuple[Any, Context]:
        column = binding.leaf.column
        if binding.group and column.field:
            return kind("choice"), Context(year, "", self.found.form.tick_choices(column.field))
        if column.tick is not None:
            return kind("yes_no"), Context(year)
        if binding.span:
            return SpanEnd(binding.last), Context(year)
        asked: tuple[str, ...] = ()
        if column.kind in ("yes_no", "choice"):
            over = [head.text for head in self.found.header.heads if head.col == binding.col]
            asked = words_of((*over, binding.leaf.label, *column.headers))
        return kind(column.kind), Context(
            year, binding.unit, column.choices or {}, column.also, column.labels, asked
        )

    def row(self, row: DataRow) -> ReadRow:
        """One row."""
        values: dict[str, Any] = {}
        claims: dict[str, Any] = {}
        cells: dict[str, tuple[str, Cell]] = {}
        findings: list[tuple[str, str, Finding]] = []
        dittos = set()
        for place, (binding, raw) in enumerate(zip(self.bindings, row.cells, strict=True)):
            column = binding.leaf.column
            if self.kinds is not None and column.kind not in self.kinds:
                continue
            name = column.field or ""
            address = self.found.address(row.row, binding)
            parsed = self.parse(place, raw)
            if place in row.dittos:
                dittos.add(name)
            findings.extend((name, address, finding) for finding in parsed.findings)
            if column.tick is not None and not binding.group:
                self.tick(binding, parsed, address, raw, values, cells, findings)
                continue
            cells[name] = (address, raw)
            (claims if column.computed else values)[name] = parsed.value
        findings.extend(self.misplaced(values, cells))
        return ReadRow(row.row + 1, values, claims, cells, frozenset(dittos), tuple(findings))

    def misplaced(
        self, values: dict[str, Any], cells: Mapping[str, tuple[str, Cell]]
    ) -> list[tuple[str, str, Finding]]:
        """Values in columns that rows of this kind do not fill: said, and not taken."""
        found = []
        around = {**self.around, **values}
        for binding in self.bindings:
            column = binding.leaf.column
            name = column.field or ""
            if column.applies and values.get(name) is not None and not column.open_to(around):
                text = _("“%s”一栏不由这类记录填写，填的内容没有读入") % binding.leaf.label
                found.append((name, cells[name][0], Finding("not_applicable", text, Level.WARNING)))
                values[name] = None
        return found

    def tick(
        self,
        binding: Binding,
        parsed: Parsed,
        address: str,
        raw: Cell,
        values: dict[str, Any],
        cells: dict[str, tuple[str, Cell]],
        findings: list[tuple[str, str, Finding]],
    ) -> None:
        """Tick columns fold into one value; the cell that is shown for it is the one with the tick."""
        name = binding.leaf.column.field or ""
        ticked = parsed.value is True
        if ticked and values.get(name) is not None:
            text = _("“%s”等几栏只能勾选一栏") % binding.leaf.label
            findings.append((name, address, Finding("tick_twice", text)))
        elif ticked or name not in values:
            values[name] = binding.leaf.column.tick if ticked else None
            cells[name] = (address, raw)

    def parse(self, place: int, raw: Cell) -> Parsed:
        cache = self.caches[place]
        key = (raw.__class__, raw)
        parsed = cache.get(key)
        if parsed is None:
            reader, context = self.parsers[place]
            parsed = reader.parse(raw, context)
            if len(cache) < _CACHED_VALUES:
                cache[key] = parsed
        return parsed
