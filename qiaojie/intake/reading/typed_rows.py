"""Rows that were typed into boxes or handed in by a program: texts by box, laid out as the lines of a sheet.

No header is sought in them: each box is bound to the column of the form that it stands for. So from here on they go the way
of a workbook's lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Cell
from qiaojie.notices.forms import TableDef
from qiaojie.sheets.book import Sheet, address
from qiaojie.tables.grid import printable
from qiaojie.tables.lines import CaptionValue
from qiaojie.tables.matching import Match, bound

from ..vocabulary.places import BoxNaming
from .boxes import Box, boxes, labels

LONGEST = 500
"""Characters that a box takes."""

FIRST = 1
"""The number of the first row: there is no header above it."""

Texts = Mapping[str, str]
"""What was typed, by box."""


@dataclass(frozen=True, slots=True)
class TypedRows:
    """What was typed: ``said`` into boxes that hold for all rows, then each row."""

    said: Texts
    rows: Sequence[Texts]


@dataclass(frozen=True, slots=True)
class TypedSheet:
    """Typed rows laid out: a column for each box, a row for each row, what stands above them in every row."""

    boxes: tuple[Box, ...]
    sheet: Sheet
    found: Match
    naming: BoxNaming

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The label and the field of each column from left to right."""
        return [(label, box.name) for label, box in zip(self.naming.labels, self.boxes, strict=True)]


def pack(table: TableDef, said: Texts, rows: Iterable[Texts]) -> bytes:
    """Typed rows as they are kept. Boxes that the table does not have are left out, and so are blanks around texts and what
    no file or column can hold. Raises Unusable ``text_too_long``."""
    known = boxes(table)
    upper = [box for box in known if box.name in table.above]
    lower = [box for box in known if box.name not in table.above]
    kept = {"said": _kept(upper, said), "rows": [_kept(lower, row) for row in rows]}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def unpack(data: bytes) -> TypedRows:
    """What ``pack`` made."""
    kept: dict[str, Any] = json.loads(data)
    return TypedRows(kept["said"], kept["rows"])


def lay_out(table: TableDef, typed: TypedRows) -> TypedSheet:
    """The typed rows as a sheet whose columns are known. Raises Unusable ``table_empty`` where nothing was typed."""
    if not any(typed.rows):
        raise Unusable("table_empty", _("还没有填写任何内容。"))
    known = boxes(table)
    upper = tuple(box for box in known if box.name in table.above)
    lower = known[len(upper) :]
    above = [_cell(box, typed.said) for box in upper]
    rows = [[*above, *(_cell(box, row) for box in lower)] for row in typed.rows]
    sheet = Sheet(table.called, rows)
    captions = {
        box.name: CaptionValue(text, address(0, col))
        for col, (box, text) in enumerate(zip(upper, above, strict=True))
        if isinstance(text, str)
    }
    lines = [table.called, *(part.label for part in table.form.captions)]
    lines += [said.text for said in captions.values()]
    found = bound(table.form, sheet, [box.name for box in lower], captions, lines)
    naming = BoxNaming(labels(known), len(upper), len(rows) > 1)
    return TypedSheet(known, sheet, found, naming)


def _kept(known: Iterable[Box], typed: Texts) -> dict[str, str]:
    return {box.name: text for box in known if (text := _text(box, typed))}


def _text(box: Box, typed: Texts) -> str:
    text = printable(typed.get(box.name, "")).strip()
    if len(text) > LONGEST:
        message = _("“%(box)s”最多填 %(limit)d 个字。")
        raise Unusable("text_too_long", message % {"box": box.label, "limit": LONGEST})
    return text


def _cell(box: Box, typed: Texts) -> Cell:
    text = typed.get(box.name, "")
    return box.said(text) if text else None
