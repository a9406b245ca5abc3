"""What stands beside a name in its cell (丙一（女）, 丙二（已退出）), taken in where the table has a field for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.answers import NO, YES
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.names import read_name
from qiaojie.lib.text import header_key
from qiaojie.lib.values import kind
from qiaojie.tables.bindings import Binding
from qiaojie.tables.form import Leaf
from qiaojie.tables.matching import ReadRow, RowReader

_ANSWERS = frozenset({"choice", "yes_no"})
_NUMBERS = frozenset({"id_number", "certificate", "phone"})
_TITLES = {"女士": "女", "小姐": "女", "大姐": "女", "大妈": "女", "阿姨": "女", "先生": "男"}
"""What the title of a person says of her sex."""


def taken_in(reader: RowReader, row: ReadRow) -> ReadRow:
    """The row with what its names are noted with, as values of other fields. A blank is filled; where the row says something
    else of a person, that stands and ``name_note_differs`` is told; how the matter of the row itself ended, the note says, as it
    was added when the list stood already."""
    noted = {name for name, _cell, finding in row.findings if finding.code == "name_note"}
    if not noted:
        return row
    findings = list(row.findings)
    values, cells = dict(row.values), dict(row.cells)
    for name in noted:
        address, raw = row.cells[name]
        held = read_name(raw if isinstance(raw, str) else None)
        word = name.rpartition(".")[0]
        for text, kinds in (
            *((note, _ANSWERS) for note in held.notes),
            *((number, _NUMBERS) for number in held.numbers),
        ):
            meant = list(_meant(reader, word, text, kinds))
            if len(meant) != 1:
                continue
            leaf, value = meant[0]
            field = leaf.column.field or ""
            stated = values.get(field)
            if stated is None:
                values[field], cells[field] = value, (address, raw)
                findings.append((name, address, _read(text, leaf, kinds)))
            elif stated != value:
                own = "." not in field and word != ""
                if own:
                    values[field] = value
                findings.append((name, address, _differs(text, leaf, kinds, own=own)))
    return replace(row, values=values, cells=cells, findings=tuple(findings))


def _meant(reader: RowReader, word: str, text: str, kinds: frozenset[str]) -> Iterator[tuple[Leaf, Any]]:
    """The fields of which a text is plainly a value: those of the same person, and of the row that is about her."""
    said = _TITLES.get(text, text)
    if header_key(said) in YES | NO:
        return
    seen: set[str] = set()
    for leaf in reader.found.form.readable:
        column = leaf.column
        field = column.field or ""
        about = field.rpartition(".")[0] in ({word, ""} if word == "person" else {word})
        if not field or field in seen or column.kind not in kinds or column.computed or not about:
            continue
        seen.add(field)
        bound = next((one for one in reader.bindings if one.leaf.column.field == field), None)
        ticks = reader.found.form.tick_choices(field)
        binding = bound or Binding(-1, leaf, leaf.unit)
        parser, context = reader.parser(binding, None)
        if ticks:
            parser, context = kind("choice"), replace(context, choices=ticks)
        parsed = parser.parse(said, context)
        if parsed.value is not None and not parsed.findings:
            yield leaf, parsed.value


def _shown(text: str, kinds: frozenset[str]) -> str:
    return _("号码") if kinds is _NUMBERS else text


def _read(text: str, leaf: Leaf, kinds: frozenset[str]) -> Finding:
    words = _("姓名旁的“%(note)s”读作了“%(field)s”。") % {"note": _shown(text, kinds), "field": leaf.label}
    return Finding("name_note_read", words, Level.HINT)


def _differs(text: str, leaf: Leaf, kinds: frozenset[str], *, own: bool) -> Finding:
    said = {"note": _shown(text, kinds), "field": leaf.label}
    message = (
        _("姓名旁的“%(note)s”与“%(field)s”一栏不同，已按姓名旁的读入，请核对。")
        if own
        else _("姓名旁的“%(note)s”与“%(field)s”一栏不同，仍按那一栏读入，请核对。")
    )
    return Finding("name_note_differs", message % said, Level.WARNING)
