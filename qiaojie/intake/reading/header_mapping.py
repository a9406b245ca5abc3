"""What the columns of a header are read as: seen, put right by somebody, remembered for the unit's files, taken back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import names
from qiaojie.ledgers import sight
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.declaration import Field, get
from qiaojie.ledgers.viewer import Action, Sight, Viewer, demand, refuse
from qiaojie.lib import masks
from qiaojie.lib.cells import number_of
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import clean
from qiaojie.lib.values import Cell
from qiaojie.notices.forms import TableDef, field_of
from qiaojie.regions.models import Region
from qiaojie.sheets.book import Book, Sheet
from qiaojie.sheets.marks import is_findings
from qiaojie.tables.bindings import Head, Target, target_of, targets
from qiaojie.tables.form import Form
from qiaojie.tables.headers import find_header, fingerprint, heads_at, key_and_unit
from qiaojie.tables.matching import LEAST, match

from ..models import HeaderMapping
from ..vocabulary.outcome import HeaderMap
from . import unfolding

CHOSEN = "mapping.chosen"
"""The purpose that what was chosen is encrypted for."""

MOST_ROWS = 3
"""A header that somebody points out has at most so many rows, or as many as the form's own."""

SAMPLES = 3
"""Values of a column that are shown: enough to see what it holds."""

_SEARCHED = 60
"""Rows that they are sought in: a column that is empty so far is shown as empty."""

_MOST = 50
"""So many remembered headers of one unit and table are looked at, the latest first."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that a column may be read as."""

    target: str
    label: str
    required: bool
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderCell:
    """A column of the header: its text, its first values as the viewer may see them, and what it is read as ('' for
    nothing)."""

    col: int
    cell: str
    key: str
    text: str
    samples: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A header as it is read now. ``first`` and ``last`` are its rows as the user counts them."""

    sheets: tuple[str, ...]
    sheet: str
    first: int
    last: int
    columns: tuple[HeaderCell, ...]
    options: tuple[Option, ...]
    stated: Mapping[str, str]
    """What stands once above the table, or in the name of sheet or file, and holds for all rows: field -> text."""

    @property
    def bound(self) -> list[str]:
        """The fields that the columns fill as they are read now."""
        known = {option.target: option.fields for option in self.options}
        return [name for column in self.columns for name in known.get(column.target, ())]

    @property
    def fingerprint(self) -> str:
        """One word for its texts."""
        return fingerprint([Head(column.col, column.key, column.text) for column in self.columns])


@dataclass(frozen=True, slots=True)
class Kept:
    """A remembered header: for which unit and table, what was chosen, by whom, when."""

    pk: int
    region: Region
    table: str
    pairs: tuple[tuple[str, str], ...]
    made_by: str
    made_at: object


def asked(pairs: Sequence[str], table: TableDef) -> HeaderMap | None:
    """What ``列名=字段`` pairs say. Raises Unusable ``map_unreadable``, ``map_unknown`` (with the targets there are) and
    ``map_twice``."""
    known = targets(table.form)
    chosen: dict[str, str] = {}
    for pair in pairs:
        head, sign, target = (part.strip() for part in pair.partition("="))
        key = key_and_unit(head)[0]
        if not sign or not key:
            raise Unusable("map_unreadable", _("“%s”应写成“列名=字段”，例如“电话=person.phone”。") % pair)
        if target and target not in known:
            message = _("表“%(table)s”没有字段“%(target)s”。现有：%(known)s。")
            words = {"table": table.name, "target": target, "known": "、".join(known)}
            raise Unusable("map_unknown", message % words)
        chosen[key] = target
    _refuse_twice(chosen, table.form)
    return HeaderMap(chosen) if chosen else None


def remembered(region: Region, table: TableDef, viewer: Viewer) -> tuple[HeaderMap, ...]:
    """What was said of headers in this unit's files of this table, the latest first; one query, two where there is any."""
    rows = HeaderMapping.objects.filter(
        viewer.scope("region", "made_by"), region=region, table=table.name, revoked_at=None
    )
    text = _("这种表头已由%(who)s于%(day)s指定过对应关系，照此读入。")
    latest = list(rows.order_by("-pk")[:_MOST])
    if not latest:
        return ()
    held = names.names(row.made_by for row in latest)
    return tuple(
        HeaderMap(
            _opened(row),
            row.fingerprint,
            text
            % {
                "who": held.of(row.made_by, row.made_at),
                "day": timezone.localdate(row.made_at).isoformat(),
            },
        )
        for row in latest
    )


def in_force(region_id: int, table: str) -> list[int]:
    """What a plan of such a file hangs on: the keys of what is remembered; one query."""
    held = HeaderMapping.objects.filter(region=region_id, table=table, revoked_at=None)
    return list(held.order_by("pk").values_list("pk", flat=True))


def layout(
    book: Book,
    table: TableDef,
    viewer: Viewer,
    maps: Sequence[HeaderMap] = (),
    *,
    sheet: str = "",
    first: int | None = None,
    last: int | None = None,
) -> Layout:
    """The header of a file as it is read: of the sheet and rows (counted from 1) that are asked for, else of the place
    that looks most like it.

    Raises Unusable ``sheet_unknown``, ``header_missing``.
    """
    book, _laid_out = unfolding.unfolded(book, [table.form])
    shown = [each for each in book.sheets if each.rows and not each.hidden and not is_findings(each)]
    names = tuple(each.name for each in shown)
    if sheet and sheet not in names:
        raise Unusable("sheet_unknown", _("没有工作表“%s”。") % sheet)
    wanted = [each for each in shown if not sheet or each.name == sheet]
    if not wanted:
        raise Unusable("header_missing", _("“%s”里没有可读的工作表。") % book.name)
    if first is None:
        here, top, bottom = _likeliest(wanted, table.form, maps)
    else:
        here, top, bottom = wanted[0], first - 1, (last or first) - 1
    limit = max(MOST_ROWS, table.form.depth)
    heads = heads_at(here, top, min(bottom, top + limit - 1))
    if not heads:
        text = _("工作表“%(sheet)s”第%(row)d行没有表头。")
        raise Unusable("header_missing", text % {"sheet": here.name, "row": top + 1})
    bottom = min(bottom, top + limit - 1)
    read = _read_as(here, table.form, maps, top, bottom)
    columns = tuple(
        HeaderCell(
            head.col,
            here.address(bottom, head.col),
            head.key,
            head.text,
            tuple(_samples(here, bottom, head.col, _field(table, read.get(head.key, "")), viewer)),
            read.get(head.key, ""),
        )
        for head in heads
    )
    stated = _stated(here, table.form, maps, top, bottom, book.name)
    return Layout(names, here.name, top + 1, bottom + 1, columns, _options(table.form), stated)


def check(
    layout: Layout, chosen: Mapping[str, str], form: Form, said: Mapping[str, str] | None = None
) -> None:
    """Refuse a choice that cannot be: Unusable ``map_unknown``, ``map_twice``, ``map_required``. What is ``said`` of all rows (by
    field) needs no column, nor does what stands once above the table."""
    known = targets(form)
    texts = {column.key: column.text for column in layout.columns}
    for key, target in chosen.items():
        if target and target not in known:
            raise Unusable("map_unknown", _("“%s”选的字段不属于这张表。") % texts.get(key, key))
    _refuse_twice(chosen, form, texts)
    given = {name for target in chosen.values() if target for name in known[target].fields}
    given |= {*(said or {}), *layout.stated}
    lacking = [
        leaf.label
        for leaf in form.leaves
        if leaf.column.required and leaf.column.field and leaf.column.field not in given
    ]
    if lacking:
        message = _("还没有哪一栏当作“%s”，这张表不能缺。") % "”“".join(dict.fromkeys(lacking))
        raise Unusable("map_required", message)


def remember(
    layout: Layout,
    chosen: Mapping[str, str],
    table: TableDef,
    region: Region,
    viewer: Viewer,
    said: Mapping[str, str] | None = None,
) -> HeaderMapping:
    """Keep what the columns of a header are, for the unit's files of this table; what was said of it before is taken back.
    ``said`` holds for all rows of the file at hand.

    Raises Unusable as ``check``; Refused where the viewer may not enter rows there.
    """
    permit = permitted(viewer, Action.ENTER, f"mapping/{table.name}", registry=False)
    permit.refuse_unless(viewer.covers(region.pk, viewer.name), f"mapping/{table.name}/{region.pk}")
    check(layout, chosen, table.form, said)
    with permit as change:
        before = HeaderMapping.objects.filter(
            viewer.scope("region", "made_by"),
            region=region,
            table=table.name,
            fingerprint=layout.fingerprint,
            revoked_at=None,
        )
        before.update(revoked_at=timezone.now(), revoked_by=viewer.name)
        made = HeaderMapping.objects.create(
            region=region,
            table=table.name,
            fingerprint=layout.fingerprint,
            chosen=keyring().encrypt(json.dumps(dict(chosen), ensure_ascii=False), CHOSEN),
            made_by=viewer.name,
        )
        change.note(f"mapping/{made.pk}")
    return made


def revoke(pk: int, viewer: Viewer) -> None:
    """Take back what was said of a header: the next file is read by its own texts again. Raises Refused, and logs it."""
    demand(viewer, Action.ENTER, f"mapping/{pk}")
    found = HeaderMapping.objects.filter(viewer.scope("region", "made_by"), pk=pk, revoked_at=None)
    if not found.update(revoked_at=timezone.now(), revoked_by=viewer.name):
        refuse(viewer, Action.ENTER, f"mapping/{pk}")
    viewer.note(Action.ENTER, f"mapping/{pk}/revoke")


def kept(region: Region, table: TableDef, viewer: Viewer) -> list[Kept]:
    """What is remembered for a unit's files of a table, the latest first."""
    demand(viewer, Action.ENTER, f"mapping/{table.name}")
    rows = HeaderMapping.objects.filter(
        viewer.scope("region", "made_by"), region=region, table=table.name, revoked_at=None
    ).select_related("region")
    labels = {option.target: option.label for option in _options(table.form)}
    return [
        Kept(
            row.pk,
            row.region,
            row.table,
            tuple((head, labels.get(target, "")) for head, target in _opened(row).items()),
            row.made_by,
            row.made_at,
        )
        for row in rows.order_by("-pk")[:_MOST]
    ]


def _opened(row: HeaderMapping) -> dict[str, str]:
    found: dict[str, str] = json.loads(keyring().decrypt(bytes(row.chosen), CHOSEN))
    return found


def _refuse_twice(chosen: Mapping[str, str], form: Form, texts: Mapping[str, str] | None = None) -> None:
    """One field has one column; tick columns and a column of words for all of them exclude each other."""
    known = targets(form)
    used = Counter(target for target in chosen.values() if target)
    for target in list(used):
        taken = _clashing(target, known)
        if used[target] > 1 or any(other in used for other in taken):
            heads = [key for key, name in chosen.items() if name == target or name in taken]
            names = "”“".join((texts or {}).get(key, key) for key in heads)
            message = _("“%(heads)s”都选了“%(label)s”，只能有一栏，其余请选“不导入”。")
            raise Unusable("map_twice", message % {"heads": names, "label": _label(known[target])})


def _clashing(target: str, known: Mapping[str, Target]) -> set[str]:
    """The other targets that fill one of the same fields, but for tick columns beside each other."""
    own = known[target]
    return {
        name
        for name, other in known.items()
        if name != target
        and set(own.fields) & set(other.fields)
        and (own.group or other.group or own.last is not None or other.last is not None)
    }


def _label(target: Target) -> str:
    leaf = target.leaf
    if target.last is not None:
        return _("%(first)s和%(last)s") % {"first": leaf.label, "last": target.last.label}
    return leaf.path[-2] if target.group else leaf.label


def _likeliest(sheets: Sequence[Sheet], form: Form, maps: Sequence[HeaderMap]) -> tuple[Sheet, int, int]:
    """Where the form's header most likely stands: found, or else the first row of nothing but several texts."""
    best: tuple[float, Sheet, int, int] | None = None
    for sheet in sheets:
        found = match(sheet, form, maps=[(each.fingerprint, each.chosen) for each in maps], least=0)
        if found is not None and (best is None or found.header.recall > best[0]):
            best = found.header.recall, sheet, found.header.top, found.header.bottom
    if best is not None and best[0] >= LEAST:
        return best[1:]
    for sheet in sheets:
        for index, cells in enumerate(sheet.rows[:_SEARCHED]):
            texts = {cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()}
            filled = sum(1 for cell in cells if cell not in (None, ""))
            if len(texts) >= MOST_ROWS and len(texts) == filled:
                row = sheet.first_row + index
                return sheet, row, row
    return (sheets[0], sheets[0].first_row, sheets[0].first_row) if best is None else best[1:]


def _read_as(sheet: Sheet, form: Form, maps: Sequence[HeaderMap], top: int, bottom: int) -> dict[str, str]:
    """What the columns of this header are read as now, by their keys."""
    for each in (*maps, None):
        header = find_header(sheet, form, top, bottom + 1, each.chosen if each else None)
        if header is None or (each is not None and each.fingerprint not in ("", header.fingerprint)):
            continue
        keys = {head.col: head.key for head in header.heads}
        return {keys[binding.col]: target_of(binding) for binding in header.bindings}
    return {}


def _stated(
    sheet: Sheet, form: Form, maps: Sequence[HeaderMap], top: int, bottom: int, file: str
) -> dict[str, str]:
    pairs = [(each.fingerprint, each.chosen) for each in maps]
    found = match(sheet, form, max(top - MOST_ROWS * 5, 0), 0, pairs, bottom + 1, file=file)
    return {} if found is None else {name: one.text for name, one in found.stated.items()}


def _options(form: Form) -> tuple[Option, ...]:
    found = []
    for target, read in targets(form).items():
        path = [label for label in (read.leaf.path[:-1] if read.group else read.leaf.path) if label]
        label = _label(read) + _("（写在一格）") if read.last is not None else " · ".join(dict.fromkeys(path))
        found.append(Option(target, label.replace("\n", ""), read.leaf.column.required, read.fields))
    return tuple(found)


def _field(table: TableDef, target: str) -> Field | None:
    name = target.partition("=")[0].partition("~")[0]
    return field_of(get(table.ledger), name) if name else None


def _samples(sheet: Sheet, bottom: int, col: int, field: Field | None, viewer: Viewer) -> list[str]:
    """The first different values of a column, masked as its field is; of a column that is not read only their shape."""
    found: dict[str, None] = {}
    for cells in sheet.rows[bottom + 1 - sheet.first_row : bottom + 1 - sheet.first_row + _SEARCHED]:
        place = col - sheet.first_col
        text = clean(cells[place]) if 0 <= place < len(cells) else ""
        if text:
            found.setdefault(_shown(cells[place], text, field, viewer))
        if len(found) == SAMPLES:
            break
    return list(found)


def _shown(cell: Cell, text: str, field: Field | None, viewer: Viewer) -> str:
    if field is None:
        return _shape(text)
    seen = sight.handed_in(field, viewer)
    if seen is Sight.WHOLE:
        # A column may be read as what it is not: a long number shows through no field.
        return (
            _shape(text)
            if sum(mark.isdigit() for mark in text) > 8 and number_of(cell) is None
            else text[:20]
        )
    if seen is Sight.HIDDEN:
        return masks.HIDDEN
    return field.value_kind.mask(text) or masks.HIDDEN


def _shape(text: str) -> str:
    """What a value looks like that nobody has said the meaning of: its length, and whether it is a number."""
    if sum(mark.isdigit() for mark in text) * 2 > len(text):
        return _("数字，%d 位") % len(text)
    return _("文字，%d 个字") % len(text)
