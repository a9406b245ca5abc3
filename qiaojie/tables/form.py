"""An official form as data: a tree of columns with what stands above and below it.

One ``Form`` draws the table on screen, fills it in Excel, Word and PDF, and reads it back (``matching``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as field_of
from functools import cached_property
from typing import Any, Literal

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import header_key, split_unit
from qiaojie.lib.values import KINDS, MONEY_UNITS, Label

MAX_LEAVES = 60
"""Columns of a form: the widest of the notices has 41, and one wider does not fit A3 in a face that can be read."""

MAX_DEPTH = 4
"""Rows of a header: the deepest of the notices has three."""

Align = Literal["left", "center", "right"]

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


@dataclass(frozen=True, slots=True)
class Column:
    """One node of the column tree: a leaf that holds values, or a group with ``columns`` under one heading."""

    label: str
    field: str | None = None
    kind: str = "text"
    unit: str = ""
    """The unit that the numbers are printed in; taken from the brackets of the label if not given."""
    width: float | None = None
    """Wished width in half-width characters (a Chinese character is two); by kind and content if not given."""
    columns: tuple[Column, ...] = ()
    choices: Mapping[str, Label] | None = None
    align: Align | None = None
    total: bool = False
    """合计 sums this column."""
    computed: bool = False
    """The programme computes it; read back it is a claim to compare with, never a value to store."""
    tick: str | None = None
    """A tick column: √ stands here when ``field`` has this value."""
    headers: tuple[str, ...] = ()
    """Other header texts under which offices hand this column in."""
    required: bool = False
    beside: str = ""
    """Of an accepted column: the field of the form's own column that it belongs to."""
    by_hand: bool = False
    """Nothing is recorded for it: it stands in the form, empty, to be filled in by hand."""
    diagonal: tuple[str, str] | None = None
    """A corner cut by a diagonal: what its upper right (the columns) and lower left (the rows) say."""
    applies: Mapping[str, tuple[str, ...]] = field_of(default_factory=dict)
    """Only rows whose fields have one of these values fill this column (脱贫基地选填): field -> values."""

    heads: bool = False
    """Its cells are headings of what stands beside them, as in a table without a header: they have the face of headings."""

    also: Mapping[str, str] = field_of(default_factory=dict)
    """Further texts that are read as one of the choices (another office's codes): text as headers are compared -> code."""

    called: tuple[str, ...] = ()
    """What else the column is known by, where no other column of the form has a better claim to the word."""

    lent: bool = False
    """Of an accepted column: the form has it not, but what its rows are kept in does. It tells nothing of which form it is."""
    labels: Mapping[str, str] = field_of(default_factory=dict)
    """What the ledger itself calls the choices, in every language: text as headers are compared -> code."""
    offered: frozenset[str] | None = None
    """Codes of the choices that a blank form offers; None: all of them."""

    def open_to(self, row: Mapping[str, Any]) -> bool:
        """Whether a row with these values fills this column; what a row does not say shuts nothing out."""
        return all(row.get(name) is None or row[name] in allowed for name, allowed in self.applies.items())


@dataclass(frozen=True, slots=True)
class Caption:
    """A line part above or below a table: ``区县（自治县）：`` and its value; without a field a fixed text."""

    label: str
    field: str | None = None
    kind: str = "text"
    align: Align | None = None
    line: int = 1
    """Captions of one line number share a line."""
    choices: Mapping[str, Label] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf column with what its place in the tree gives it: the labels from the top, its effective unit."""

    index: int
    column: Column
    path: tuple[str, ...]
    unit: str

    @property
    def label(self) -> str:
        """The lowest label that says something (a group's own value has an empty one)."""
        return next((label for label in reversed(self.path) if label), "")


@dataclass(frozen=True)
class Form:
    """An official form. Construction checks it; every fault is Unusable with the key path of the column."""

    code: str
    title: str
    columns: tuple[Column, ...]
    captions: tuple[Caption, ...] = ()
    notes: tuple[str, ...] = ()
    total: Literal["first", "last"] | None = None
    total_label: str = "合计"
    orientation: Literal["landscape", "portrait"] = "landscape"
    paper: str = "A4"
    blank_rows: int = 10
    """Empty lines of the blank form that is handed out."""
    signatures: tuple[Caption, ...] = ()
    statutory: tuple[tuple[str, str], ...] = ()
    """表号, 制定机关, 批准机关, 批准文号, 有效期至 of a statutory survey form, in their order."""
    bare: bool = False
    """Another system's template: the header stands in the first row, and nothing above it."""
    loose: bool = False
    """A list may leave out any column but those that no row can do without: it is told by these alone."""
    text: tuple[str, ...] = ()
    """Paragraphs between captions and table. A form that has some needs no columns: a certificate, a letter."""
    headed: bool = True
    """Whether the columns have a header; a sheet of facts has words and values beside each other instead."""
    row_height: float = 0
    """Millimetres that a row under the header has at least: room to sign, to press a finger, to write."""
    ceremonial: bool = False
    """Set as what is framed and hung up: large, in a border, signed at the right."""
    accepted: tuple[Column, ...] = ()
    """Columns that offices add of themselves: read where they stand, never printed, and nobody misses them."""
    where: str = field_of(default="", compare=False, repr=False)
    """File and key path of the definition, for messages."""

    def __post_init__(self) -> None:
        _Check(self).run()

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaf columns from left to right."""
        return tuple(
            Leaf(index, column, path, unit)
            for index, (column, path, unit) in enumerate(_walk(self.columns, (), ""))
        )

    @cached_property
    def readable(self) -> tuple[Leaf, ...]:
        """The leaf columns that a sheet may have: the form's own, and behind each those that are accepted beside it."""
        added = [
            Leaf(at, column, (column.label,), own_unit(column))
            for at, column in enumerate(self.accepted, len(self.leaves))
        ]
        beside = [
            one
            for leaf in self.leaves
            for one in (leaf, *(more for more in added if more.column.beside == leaf.column.field))
        ]
        return (*beside, *(leaf for leaf in added if leaf.column.lent))

    @cached_property
    def asked(self) -> tuple[Leaf, ...]:
        """The leaf columns that whoever fills in the form is asked for: the readable ones but those that are only lent."""
        return tuple(leaf for leaf in self.readable if not leaf.column.lent)

    @cached_property
    def depth(self) -> int:
        """How many header rows the form has."""
        return max((len(leaf.path) for leaf in self.leaves), default=0)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of a row, each once (tick columns share theirs)."""
        return tuple(dict.fromkeys(leaf.column.field for leaf in self.leaves if leaf.column.field))

    @cached_property
    def readable_fields(self) -> tuple[str, ...]:
        """The fields of a row and those that are accepted beside them."""
        beside = (column.field for column in self.accepted if column.field and not column.lent)
        return (*self.fields, *beside)

    @cached_property
    def lent_fields(self) -> frozenset[str]:
        """The fields of columns that the form has not and a sheet may have all the same."""
        return frozenset(column.field for column in self.accepted if column.field and column.lent)

    def tick_choices(self, name: str) -> dict[str, str]:
        """The values that tick columns give to a field, each with its label; empty if it has no tick columns."""
        return {
            leaf.column.tick: leaf.label
            for leaf in self.leaves
            if leaf.column.field == name and leaf.column.tick is not None
        }


def own_unit(column: Column) -> str:
    """The unit of one node: as given, else as its label's brackets say."""
    return column.unit or split_unit(column.label)[1]


def _walk(
    columns: tuple[Column, ...], above: tuple[str, ...], unit: str
) -> Iterator[tuple[Column, tuple[str, ...], str]]:
    for column in columns:
        path, here = (*above, column.label), own_unit(column) or unit
        if column.columns:
            yield from _walk(column.columns, path, here)
        else:
            yield column, path, here


class _Check:
    """Goes through a form once and refuses the first fault with its key path."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.where = form.where or form.code
        self.bound: dict[tuple[str, str | None], str] = {}
        self.leaves = 0

    def run(self) -> None:
        form = self.form
        if not form.columns and not form.text:
            self.fail("form_no_columns", "columns", _("表没有任何栏目"))
        if form.total not in (None, "first", "last"):
            self.fail("form_value", "total", _("只能是 first（首行）或 last（末行）"))
        if form.orientation not in ("landscape", "portrait"):
            self.fail("form_value", "orientation", _("只能是 landscape（横向）或 portrait（纵向）"))
        if form.paper not in ("A4", "A3"):
            self.fail("form_value", "paper", _("只能是 A4 或 A3"))
        self.level(form.columns, "columns", 1, "")
        if self.leaves > MAX_LEAVES:
            text = _("有 %(count)d 个末级栏目，最多 %(limit)d 个")
            self.fail("form_too_wide", "columns", text % {"count": self.leaves, "limit": MAX_LEAVES})
        for key, lines in (("captions", form.captions), ("signatures", form.signatures)):
            for number, caption in enumerate(lines):
                self.kind(caption.kind, f"{key}[{number}]")

    def level(self, columns: tuple[Column, ...], key: str, depth: int, unit: str) -> None:
        for number, column in enumerate(columns):
            self.column(column, f"{key}[{number}]", depth, unit)

    def column(self, column: Column, key: str, depth: int, unit: str) -> None:
        if depth > MAX_DEPTH:
            self.fail("form_too_deep", key, _("表头最多 %d 行") % MAX_DEPTH)
        if not header_key(column.label) and (column.columns or depth == 1):
            self.fail("form_label_missing", key, _("缺少 label（栏目名称）"))
        here = self.unit(column, key, unit)
        if not column.columns:
            self.leaf(column, key, here)
            return
        if column.field or column.tick is not None:
            self.fail("form_group_bound", key, _("分组栏目“%s”不能自带 field 或 tick") % column.label)
        self.level(column.columns, f"{key}.columns", depth + 1, here)

    def unit(self, column: Column, key: str, above: str) -> str:
        inside = {
            found
            for text in _BRACKETS.findall(header_key(column.label))
            if (found := split_unit(f"({text})")[1])
        }
        units = inside | {unit for unit in (column.unit, above) if unit}
        if len(units) > 1:
            text = _("“%(label)s”一栏有两个单位：%(units)s")
            self.fail("form_units", key, text % {"label": column.label, "units": "、".join(sorted(units))})
        return units.pop() if units else ""

    def leaf(self, column: Column, key: str, unit: str) -> None:
        self.leaves += 1
        self.kind(column.kind, key)
        if column.kind == "money" and unit and unit not in MONEY_UNITS:
            text = _("“%(label)s”是金额，单位不能是“%(unit)s”")
            self.fail("form_units", key, text % {"label": column.label, "unit": unit})
        if column.tick is not None and not column.field:
            self.fail("form_tick_without_field", key, _("勾选栏目“%s”没有 field") % column.label)
        if not column.field:
            if column.kind != "ordinal" and not column.by_hand:
                self.fail("form_no_field", key, _("末级栏目“%s”没有 field") % column.label)
            return
        binding = (column.field, column.tick)
        clash = self.bound.get(binding)
        if clash is None and column.tick is not None:
            clash = self.bound.get((column.field, None))
        if clash is None and column.tick is None:
            clash = next((at for (name, _tick), at in self.bound.items() if name == column.field), None)
        if clash is not None:
            text = _("字段 %(field)s 已用于 %(other)s，不能重复")
            self.fail("form_column_twice", key, text % {"field": column.field, "other": clash})
        self.bound[binding] = key

    def kind(self, code: str, key: str) -> None:
        if code not in KINDS:
            text = _("不认识的类型“%(kind)s”，可用：%(known)s")
            self.fail("form_kind_unknown", f"{key}.kind", text % {"kind": code, "known": "、".join(KINDS)})

    def fail(self, code: str, key: str, text: str) -> None:
        raise Unusable(code, f"{self.where} {key}：{text}")
