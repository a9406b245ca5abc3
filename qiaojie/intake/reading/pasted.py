"""Rows copied out of a sheet or a chat and pasted into a box: made into a file, so that all that holds for files holds.

A spreadsheet copies cells parted by tabs, one row a line, texts with line breaks in quotation marks. Of cells that were merged
it copies the first; the others are empty. Where no header came along, columns are told by what stands in them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.text import clean, header_key, squeeze
from qiaojie.lib.values import Context, kind
from qiaojie.notices.forms import TableDef
from qiaojie.sheets.book import Sheet
from qiaojie.tables.form import MAX_DEPTH, Leaf
from qiaojie.tables.headers import find_header, key_and_unit, vocabulary
from qiaojie.tables.matching import LEAST

from .boxes import boxes

MOST = 20_000
"""So many lines are taken at once: what is longer is handed in as a file."""

_SEEN = 200
"""So many values of a column are looked at to tell what it holds."""

_SAMPLES = 3
"""Values of a column that are shown to somebody who is asked what it is."""

_RUNNING = len(str(MOST))
"""Digits that a running number has at most."""

_MOSTLY = 0.8
"""This share of them has to be of one kind."""

_ALONE = 2
"""Columns that have to agree for a line to be a header, where there are so many at all."""

_ABOVE = 10
"""Lines that may stand above the header: a title, who filled it in."""

_BORN, _YOUNGEST = "birth_date", 10
"""The field of a day of birth, and the years that lie at least between it and today."""

_MAYBE = re.compile(r"[0-9０-９]")
_ID = re.compile(r"^(?:[1-9]\d{14}|[1-9]\d{16}[\dXx])$")
_CERTIFICATE = re.compile(r"^[1-9]\d{16}[\dXx][1-7][1-4](?:[Bb]\d{1,2})?$")
_PHONE = re.compile(r"^1[3-9]\d{9}$")
_NAME = re.compile(r"^(?:[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]+(?:·[\u3400-\u9fff]+)+)$")

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class PastedColumn:
    """A column that came without a header: its first values, and the field that it seems to hold ('' where nothing tells)."""

    at: int
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted, as a file: its bytes and name, and ``filled``: what was read into cells that were left empty by
    merging, by column, with the number of the cells."""

    data: bytes
    name: str
    filled: Mapping[str, int]
    unread: tuple[str, ...]
    """Heads that the form does not know though something stands below them."""


def pasted_columns(table: TableDef, text: str, closed: Mapping[str, str]) -> list[PastedColumn]:
    """The columns of pasted rows that came without a header, if what stands in them does not tell all of them; else none.

    Raises Unusable ``paste_long``.
    """
    rows = _rows(text)
    if not rows or _header(rows, table) is not None:
        return []
    leaves = _free(table, closed)
    told = _told(rows, leaves)
    columns = [
        PastedColumn(at, tuple(dict.fromkeys(row[at] for row in rows if row[at]))[:_SAMPLES], field)
        for at, field in enumerate(told)
    ]
    unknown = any(not one.field and not _counts(one.samples) for one in columns)
    lacking = any(leaf.column.required and leaf.column.field not in told for leaf in leaves)
    return columns if unknown or lacking else []


def pasted_lacking(
    table: TableDef, text: str, closed: Mapping[str, str], chosen: Sequence[str] | None = None
) -> list[str]:
    """The choices that no row can do without and that no pasted column holds: a list that is all of one kind (低保) says so in
    its name, not in each row, and whoever pastes it says so once."""
    rows = cells(text)
    if not rows:
        return []
    leaves = _free(table, closed)
    wanted = [leaf for leaf in leaves if leaf.column.required and leaf.column.choices]
    top = _header(rows, table)
    if top is None:
        held = set(chosen if chosen is not None else _told(rows, leaves))
        return [leaf.column.field or "" for leaf in wanted if leaf.column.field not in held]
    heads = {key_and_unit(head)[0] for head in rows[top]}
    return [
        leaf.column.field or ""
        for leaf in wanted
        if not heads & {key_and_unit(word)[0] for word in (leaf.label, *leaf.column.headers)}
    ]


def pasted_file(
    table: TableDef, text: str, closed: Mapping[str, str], chosen: Sequence[str] | None = None
) -> Pasted:
    """Pasted text as a file of a table; ``closed`` says fields that are the same in every row (the class that all are in).

    ``chosen`` has for each column the field that it holds ('': none), where no header came along and somebody has said so.
    Raises Unusable ``paste_empty``, ``paste_long``, ``map_twice``, ``paste_elsewhere`` where a row says something else than what
    all of them are about.
    """
    rows = _rows(text)
    if not rows:
        raise Unusable("paste_empty", _("还没有粘贴任何内容。"))
    top = _header(rows, table)
    if top is None:
        rows, top = [_head(rows, table, closed, chosen), *rows], 0
    # A page break repeats the header.
    rows = [row if at <= top or row != rows[top] else [""] * len(row) for at, row in enumerate(rows)]
    _refuse_others(rows, top, closed, table)
    known = vocabulary(table.form)
    unread = tuple(
        head
        for at, head in enumerate(rows[top])
        if head and key_and_unit(head)[0] not in known and any(row[at] for row in rows[top + 1 :])
    )
    filled = _fill(rows, top, table)
    _add(rows, top, closed, table)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    name = _("粘贴：%s.csv") % table.called[:80]
    return Pasted(written.getvalue().encode("utf-8-sig"), name, filled, unread)


def _rows(text: str) -> Rows:
    """The cells, unless there are too many to look at."""
    rows = cells(text)
    if len(rows) > MOST:
        message = _("粘贴了%(rows)s行，一次最多%(most)s行；请存成文件，用“导入”上传。")
        raise Unusable("paste_long", message % {"rows": f"{len(rows):,}", "most": f"{MOST:,}"})
    return rows


def _free(table: TableDef, closed: Mapping[str, str]) -> list[Leaf]:
    """The columns that may have been pasted, from left to right."""
    leaves = [leaf for leaf in table.form.asked if leaf.column.field]
    return [leaf for leaf in leaves if leaf.column.field not in closed and leaf.column.kind != "ordinal"]


def _head(rows: Rows, table: TableDef, closed: Mapping[str, str], chosen: Sequence[str] | None) -> list[str]:
    """The header that the rows should have had."""
    leaves = _free(table, closed)
    labels = {leaf.column.field: leaf.label for leaf in leaves}
    fields = list(chosen) if chosen is not None else _told(rows, leaves)
    fields += [""] * (len(rows[0]) - len(fields))
    twice = {labels.get(one, one) for one in fields if one and fields.count(one) > 1}
    if twice:
        raise Unusable("map_twice", _("有两栏都选了“%s”，只能有一栏。") % "、".join(sorted(map(str, twice))))
    return [labels.get(field) or _("第%d列") % (at + 1) for at, field in enumerate(fields[: len(rows[0])])]


def cells(text: str) -> Rows:
    """The cells of pasted text, all rows of one width, without columns that are empty.

    Parted by tabs; where there is none, by commas, else by blanks (a list out of a chat).
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if "\t" in text:
        rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    else:
        part = _parting(text)
        rows = [part(line) for line in text.split("\n")]
    found = [[clean(cell) for cell in row] for row in rows]
    while found and not any(found[-1]):
        found.pop()
    while found and not any(found[0]):
        found.pop(0)
    # Empty lines between stay, so that a row is told by the number that it was pasted with.
    width = max((len(row) for row in found), default=0)
    padded = [row + [""] * (width - len(row)) for row in found]
    used = [at for at in range(width) if any(row[at] for row in padded)]
    return [[row[at] for at in used] for row in padded]


def _parting(text: str) -> Callable[[str], list[str]]:
    lines = [line for line in text.split("\n") if line.strip()]
    for sign in ("，", ",", "、", ";", "；"):
        if sum(sign in line for line in lines) * 2 > len(lines):
            return lambda line: line.split(sign)
    return lambda line: line.split()


def _header(rows: Rows, table: TableDef) -> int | None:
    """The row that heads the columns, 0-based; None where none does. A row that holds a number of anybody is none."""
    words = {header_key(word) for leaf in table.form.asked for word in (leaf.label, *leaf.column.headers)}
    if all(header_key(cell) in words for cell in rows[0] if cell):
        return 0
    sheet = Sheet("", [list(row) for row in rows[: _ABOVE + MAX_DEPTH]])
    for top in range(min(_ABOVE, len(rows))):
        for bottom in range(top, min(top + table.form.depth, len(rows))):
            if any(_MAYBE.search(cell) for cell in rows[bottom]):
                break
            found = find_header(sheet, table.form, top, bottom + 1)
            if found is not None and (
                len(found.bindings) >= min(_ALONE, len(rows[0])) or found.recall >= LEAST
            ):
                return found.bottom
    return None


def _told(rows: Rows, leaves: Sequence[Leaf]) -> list[str]:
    """The field of each column that came without a header, by what is in it; '' where that does not tell."""
    free = list(leaves)
    found = []
    for at in range(len(rows[0])):
        values = [row[at] for row in rows[:_SEEN] if row[at]]
        leaf = _of(values, free)
        if leaf is not None:
            free.remove(leaf)
        found.append(leaf.column.field or "" if leaf is not None else "")
    return found


def _of(values: Sequence[str], free: Sequence[Leaf]) -> Leaf | None:
    """The first column of the form, from left to right, that holds such values."""
    if not values or _counts(values):
        return None
    for leaf in free:
        if _holds(leaf, values):
            return leaf
    return None


def _counts(values: Sequence[str]) -> bool:
    """Whether these are running numbers: short ones, for three phones in a row are phones."""
    first = values[0] if values else ""
    if len(values) < 2 or not first.isdigit() or len(first) > _RUNNING:
        return False
    return list(values) == [str(int(first) + n) for n in range(len(values))]


def _holds(leaf: Leaf, values: Sequence[str]) -> bool:
    column = leaf.column
    marks = {"id_number": _ID, "certificate": _CERTIFICATE, "phone": _PHONE, "name": _NAME}
    if column.kind in marks:
        good = sum(bool(marks[column.kind].match(value.replace(" ", ""))) for value in values)
    elif column.kind in {"choice", "date", "month", "date_span", "yes_no"}:
        context = Context(unit=leaf.unit, choices=column.choices or {})
        good = sum(_read(column.kind, value, context) for value in values)
        if (column.field or "").endswith(_BORN) and not all(_long_ago(value) for value in values):
            return False
    else:
        return False
    return good >= len(values) * _MOSTLY


def _long_ago(value: str) -> bool:
    """Whether a day may be one of birth of somebody who works: a day of late is a beginning or an end."""
    day = kind("date").parse(value, Context()).value
    return isinstance(day, date) and day.year <= timezone.localdate().year - _YOUNGEST


def _read(word: str, value: str, context: Context) -> bool:
    parsed = kind(word).parse(value, context)
    return parsed.value is not None and not any(one.level is Level.ERROR for one in parsed.findings)


def _fill(rows: Rows, top: int, table: TableDef) -> dict[str, int]:
    """Read the cell above into cells that merging left empty: only where no row can do without, or where a name tells one row
    from another (whom somebody works for); and never who somebody is."""
    own = table.shape.own
    people = {target.name for piece in table.shape.people for target in piece.targets}
    told = {
        own.columns[column].name
        for column in own.key
        if column in own.columns and own.columns[column].field.kind == "text"
    }
    wanted = {
        header_key(leaf.label): leaf
        for leaf in table.form.asked
        if (leaf.column.required or leaf.column.field in told) and leaf.column.field not in people
    }
    words = {
        header_key(word): leaf for leaf in wanted.values() for word in (leaf.label, *leaf.column.headers)
    }
    filled: dict[str, int] = {}
    for at, head in enumerate(rows[top]):
        leaf = words.get(header_key(head))
        if leaf is None:
            continue
        above = ""
        for row in filter(any, rows[top + 1 :]):
            if not row[at] and above:
                row[at] = above
                filled[leaf.label] = filled.get(leaf.label, 0) + 1
            above = row[at]
    return filled


def _refuse_others(rows: Rows, top: int, closed: Mapping[str, str], table: TableDef) -> None:
    """What all rows are about is said by the page: a column that says the same is taken, another thing is refused."""
    known = {box.name: box for box in boxes(table)}
    for leaf in table.form.asked:
        name = leaf.column.field or ""
        if name not in closed:
            continue
        words = {header_key(word) for word in (leaf.label, *leaf.column.headers)}
        said = known[name].said(closed[name]) if closed[name] else ""
        for at in [at for at, head in enumerate(rows[top]) if header_key(head) in words]:
            for row in filter(any, rows[top + 1 :]):
                if row[at] and squeeze(row[at]) != squeeze(said) and leaf.column.kind in ("text", "name"):
                    message = _(
                        "粘贴的“%(column)s”里写着“%(other)s”，这里只登记到“%(said)s”。请去掉这些行，或从台账的“粘贴几行”登记。"
                    )
                    given = {"column": leaf.label, "other": row[at][:20], "said": said}
                    raise Unusable("paste_elsewhere", message % given)
                row[at] = said


def _add(rows: Rows, top: int, closed: Mapping[str, str], table: TableDef) -> None:
    """The form's other columns, with what is the same in all rows."""
    heads = {header_key(head) for head in rows[top]}
    known = {box.name: box for box in boxes(table)}
    # A header of one column is told from a line of text by the others.
    enough = table.form.loose and len(rows[top]) >= _ALONE
    for leaf in table.form.asked:
        text = closed.get(leaf.column.field or "", "")
        said = known[leaf.column.field or ""].said(text) if text else ""
        words = {header_key(word) for word in (leaf.label, *leaf.column.headers)}
        if words & heads or (enough and not said):
            continue
        # Columns that were not pasted stand there empty: which table it is, is known.
        for place, row in enumerate(rows):
            below = said if place > top and any(row) else ""
            row.append(leaf.label if place == top else below)
