"""What written rows came from: their raw cells, the file, and the plan that was committed; kept packed and encrypted."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, sight
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib import masks
from qiaojie.lib.cells import text_of
from qiaojie.lib.crypto import keyring
from qiaojie.lib.values import Cell
from qiaojie.notices.forms import field_of
from qiaojie.sheets.book import column_letters

from ..judging.plan import Plan
from ..models import Commit, RawRows
from ..presenting.raw_cells import masked
from ..reading import typed_rows
from ..vocabulary.mends import Mend

ROWS = "raw_rows.content"
COMMIT = "commit.content"
"""Purposes that cells and outcomes are encrypted for."""

AT_ONCE = 4_000
"""Rows in one piece: small enough to open for one row, large enough to pack well."""


@dataclass(frozen=True, slots=True)
class OriginCell:
    """A cell behind a row: its address ('' of what was typed into a box), the head of its column or the label of the box,
    and what it holds as the viewer may see it."""

    cell: str
    head: str
    raw: str
    mended: str = ""
    """What was read in its place, where it was mended in the plan, and whose mend that was."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The row of a file that a registered row came from: which file, who brought it when and for what, where in it."""

    batch: int
    file: str
    sha256: str
    written_at: datetime
    written_by: str
    purpose: str
    sheet: str
    row: int
    cells: tuple[OriginCell, ...]


def keep(plan: Plan, batch: Batch, written: Iterable[tuple[int, int]]) -> None:
    """Keep what was committed. ``written`` are places of rows of the file with the key of the row that came of each; the
    caller holds the transaction."""
    source = plan.source
    Commit.objects.create(
        batch=batch,
        sha256=hashlib.sha256(source.data).hexdigest(),
        size=len(source.data),
        content=_sealed(_outcome(plan), COMMIT),
    )
    ends = [*plan.rows.ends]
    pieces = []
    for part in chunks(sorted(written, key=lambda pair: pair[1]), AT_ONCE):
        lines = []
        for place, key in part:
            at = next(n for n, end in enumerate(ends) if place < end)
            block = plan.content.blocks[at]
            inside = place - (ends[at - 1] if at else 0)
            lines.append([key, at, block.columns.rows[inside].row, block.raw(inside)])
        pieces.append(RawRows(batch=batch, first=part[0][1], last=part[-1][1], content=_sealed(lines, ROWS)))
    RawRows.objects.bulk_create(pieces)


def origin(code: str, pk: int, viewer: Viewer) -> list[Origin]:
    """The rows of files behind a row of a ledger, the last first; what was undone is left out. Three queries.

    Raises Refused where the viewer may not see the row; KeyError for an unknown ledger.
    """
    ledger = declaration.get(code)
    ledgers.one(ledger, viewer, pk)
    found = []
    pieces = RawRows.objects.filter(batch__ledger=code, first__lte=pk, last__gte=pk)
    if viewer.outside:
        pieces = pieces.filter(viewer.scope("batch__upload__region", "batch__upload__received_by"))
    for piece in (
        pieces.exclude(batch__stage=Batch.Stage.UNDONE).select_related("batch__commit").order_by("-pk")
    ):
        for key, at, row, cells in _opened(piece.content, ROWS):
            if key == pk:
                found.append(_origin(piece.batch, at, row, cells, viewer))
    return found


def outcome(batch: Batch) -> Mapping[str, Any]:
    """What the plan said that was committed as this batch: file, table, decisions, and by row the verdict, findings and
    changes. It holds personal data whole: for whoever accounts for a batch, never for a screen as it is."""
    found: Mapping[str, Any] = _opened(batch.commit.content, COMMIT)
    return found


def _origin(batch: Batch, at: int, row: int, cells: Sequence[Cell], viewer: Viewer) -> Origin:
    told = outcome(batch)
    sheet = told["sheets"][at]
    ledger = declaration.get(batch.ledger)
    shown = []
    everything = sight.everything_whole(viewer)
    mends = {(mend[0], mend[1]): Mend(*mend) for mend in told.get("mends", ())}
    for place, raw in enumerate(cells):
        head, name = sheet["columns"].get(str(place), ("", ""))
        mend = mends.get((row + 1 + sheet.get("shift", 0), name))
        if (raw is None or raw == "") and mend is None:
            continue
        cell = "" if told.get("typed") else f"{column_letters(place + sheet['first'])}{row + 1}"
        if name:
            text = masked(field_of(ledger, name), raw, viewer)
        else:
            # A column that was not read may hold anything of a person.
            text = masked(None, raw, viewer) if everything else masks.HIDDEN
        shown.append(
            OriginCell(cell, head, text, _mended(mend, field_of(ledger, name), viewer) if mend else "")
        )
    return Origin(
        batch=batch.pk,
        file=told["file"],
        sha256=batch.commit.sha256,
        written_at=batch.committed_at,
        written_by=batch.actor,
        purpose=batch.purpose,
        sheet=sheet["name"],
        row=row + 1,
        cells=tuple(shown),
    )


def _mended(mend: Mend, field: Field, viewer: Viewer) -> str:
    """What was read in a cell's place, and whose mend that was."""
    at = timezone.localtime(datetime.fromisoformat(mend.at))
    said = {"text": masked(field, mend.text, viewer), "who": mend.by, "when": f"{at:%Y-%m-%d %H:%M}"}
    return _("在计划中改为“%(text)s”（%(who)s，%(when)s）") % said


def _outcome(plan: Plan) -> dict[str, Any]:
    """The plan as it is kept: a code per row, findings and changes in full."""
    source = plan.source
    codes = list(dict.fromkeys(verdict.value for verdict in plan.rows.verdicts))
    letters = {code: chr(ord("a") + place) for place, code in enumerate(codes)}
    return {
        "file": source.name,
        "table": source.table.name,
        "region": source.region.pk,
        "year": source.year,
        "typed": source.typed,
        "version": plan.version,
        "decisions": dict(source.decisions),
        "mends": [list(astuple(mend)) for mend in source.mends],
        "said": dict(source.said),
        "sheets": [_sheet(plan, at) for at in range(len(plan.content.blocks))],
        "keys": [_runs(keys) for _sheet, _shift, keys in plan.rows.parts],
        "codes": {letter: code for code, letter in letters.items()},
        "verdicts": "".join([letters[verdict.value] for verdict in plan.rows.verdicts]),
        "issues": [
            [
                each.row,
                each.sheet,
                each.cell,
                each.code,
                each.level.value,
                plan.told(each),
                each.field,
                each.raw,
            ]
            for each in plan.issues
        ],
        "changes": [
            [each.row, each.sheet, each.cell, each.field.name, each.before, each.after, each.rule.value]
            for each in plan.changes
        ],
    }


def _sheet(plan: Plan, at: int) -> dict[str, Any]:
    """A sheet's name, its first column and, by the place in a row, what heads a column and the field it is read as."""
    block = plan.content.blocks[at]
    first = block.sheet.first_col
    if plan.source.typed:
        laid = typed_rows.lay_out(plan.source.table, typed_rows.unpack(plan.source.data))
        typed = {str(col): column for col, column in enumerate(laid.columns)}
        return {"name": block.sheet.name, "first": first, "shift": block.shift, "columns": typed}
    columns = {
        str(binding.col - first): (binding.leaf.label, binding.leaf.column.field or "")
        for binding in block.columns.found.bindings
    }
    columns |= {str(col - first): (text, "") for col, text in block.columns.found.extra}
    return {"name": block.sheet.name, "first": first, "shift": block.shift, "columns": columns}


def _runs(keys: Sequence[int]) -> list[tuple[int, int]]:
    """Keys as runs: the first and how many follow each other."""
    runs: list[tuple[int, int]] = []
    for key in keys:
        if runs and key == runs[-1][0] + runs[-1][1]:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((key, 1))
    return runs


def _sealed(held: Any, purpose: str) -> bytes:
    packed = json.dumps(held, ensure_ascii=False, default=text_of).encode("utf-8", "surrogatepass")
    return keyring().encrypt_bytes(zlib.compress(packed, 1), purpose)


def _opened(sealed: bytes | memoryview, purpose: str) -> Any:
    packed = zlib.decompress(keyring().decrypt_bytes(bytes(sealed), purpose))
    return json.loads(packed.decode("utf-8", "surrogatepass"))
