"""Mended cells in the place of those that were handed in, before anything is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.names import Names, names
from qiaojie.ledgers.declaration import Ledger
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Cell
from qiaojie.notices.forms import field_of
from qiaojie.tables.bindings import Binding
from qiaojie.tables.lines import CaptionValue
from qiaojie.tables.matching import Match
from qiaojie.tables.scanning import DataRow

from ..vocabulary.mends import MENDED, Mend
from ..vocabulary.outcome import Issue

TICK = "√"
"""What stands in the column that is meant, where a choice has a column for each."""


def laid_over(found: Match, shift: int, mends: Iterable[Mend]) -> Match:
    """The match with mended cells as they are read now. ``shift`` is added to its rows' numbers to make their keys.

    Which rows are data was found out before: no mend makes a row a sum, a header or a note. A mend in a column that the
    table does not have (any more) does nothing.
    """
    rows: dict[int, dict[str, str]] = {}
    for mend in mends:
        rows.setdefault(mend.row, {})[mend.field] = mend.text
    if not rows:
        return found
    data = [
        _mended(row, rows[key], found) if (key := row.row + 1 + shift) in rows else row for row in found.data
    ]
    captions = {
        name: CaptionValue(rows[shift][name], held.address) if name in rows.get(shift, ()) else held
        for name, held in found.captions.items()
    }
    return replace(found, data=data, captions=captions)


def told(found: Match, sheet: str, shift: int, mends: Iterable[Mend], ledger: Ledger) -> Iterator[Issue]:
    """``cell_mended`` at each mended cell of a match: whose mend it is, and unless it is of a person what is read now."""
    rows = {row.row + 1 + shift: row.row for row in found.data}
    mends = list(mends)
    people = names({one.by for one in mends}) if mends else Names({}, {})
    for mend in mends:
        places = _places(found.bindings, mend.field)
        if mend.row == shift and mend.field in found.captions:
            cell = found.captions[mend.field].address
        elif mend.row in rows and places:
            cell = found.address(rows[mend.row], found.bindings[places[0]])
        else:
            continue
        yield Issue(
            sheet, cell, MENDED, Level.HINT, _words(mend, ledger, people), mend.row, mend.field, mend.text
        )


def _words(mend: Mend, ledger: Ledger, people: Names) -> str:
    at = timezone.localtime(datetime.fromisoformat(mend.at))
    said = {"who": people.of(mend.by, at), "when": f"{at:%Y-%m-%d %H:%M}", "text": mend.text}
    if not mend.text:
        return _("%(who)s于%(when)s在计划中清空了这一格；交来的文件没有改。") % said
    if field_of(ledger, mend.field).guarded:
        return _("%(who)s于%(when)s在计划中改过这一格；交来的文件没有改。") % said
    return _("%(who)s于%(when)s在计划中改为“%(text)s”；交来的文件没有改。") % said


def _mended(row: DataRow, said: Mapping[str, str], found: Match) -> DataRow:
    cells: list[Cell] = list(row.cells)
    changed = set()
    for name, text in said.items():
        for place in _places(found.bindings, name):
            binding = found.bindings[place]
            cells[place] = _ticked(found, binding, text) if _is_tick(binding) else text
            changed.add(place)
    return DataRow(row.row, tuple(cells), row.filled - changed, row.dittos - changed)


def _places(bindings: Sequence[Binding], name: str) -> list[int]:
    """The bindings that hold a field: one, or all columns that are ticked for it."""
    held = [place for place, binding in enumerate(bindings) if binding.leaf.column.field == name]
    return held if any(_is_tick(bindings[place]) for place in held) else held[:1]


def _is_tick(binding: Binding) -> bool:
    return binding.leaf.column.tick is not None and not binding.group


def _ticked(found: Match, binding: Binding, text: str) -> Cell:
    label = found.form.tick_choices(binding.leaf.column.field or "").get(binding.leaf.column.tick or "", "")
    return TICK if text and str(label) == text else None
