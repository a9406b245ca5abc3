"""Mending a cell where a finding stands: what a box for it offers, and what was mended, as a viewer may see it."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.values import Cell, Context, Label
from qiaojie.lib.values import kind as value_kind
from qiaojie.notices.forms import TableDef, field_of, ledger_of
from qiaojie.sheets.book import position

from ..judging.plan import Plan
from ..reading.boxes import Box, boxes, control, labels, offers
from ..reading.lines import FURTHER_SHEET, Content
from ..vocabulary.mends import MENDED, Mend
from ..vocabulary.outcome import Issue
from ..vocabulary.places import CellPlace, Sentence
from ..vocabulary.registry import county_of
from .raw_cells import filled, masked

_OWN = frozenset({"id_number", "certificate", "name", "phone", "bank_account"})
"""Kinds of which each row has its own: no two rows are mended by one value."""

_BESIDE: Mapping[str, tuple[str, ...]] = {
    "name_differs": ("id_number",),
    "certificate_taken": ("id_number",),
    "certificate_differs": ("id_number",),
    "sex_differs": ("id_number",),
    "birth_differs": ("id_number",),
    "id_missing": ("id_number", "certificate"),
}
"""Fields of a person that may be what is wrong where a finding stands at another: by the finding's code."""


@dataclass(frozen=True, slots=True)
class MendForm:
    """A box to mend a cell where something was found (``about``), or all cells that say the same (``rows`` of them, found again
    by ``code``). ``text`` is what it holds at first, ``held`` what the cell holds as the viewer may see it; ``seen`` tells on
    what it was filled in. ``offered`` are texts that would mend it."""

    row: int
    field: str
    label: str
    control: str
    kind: str
    unit: str
    choices: tuple[tuple[str, Label], ...]
    text: str
    held: str
    rows: int
    code: str
    seen: str
    about: str
    offered: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells it apart on a page."""
        return f"{self.row}.{self.field}.{self.about}"


@dataclass(frozen=True, slots=True)
class ShownMend:
    """A cell that was mended, or several in one go (found again by ``code``): what was handed in and what is read instead as the
    viewer may see both, whose mend it is and when."""

    row: int
    field: str
    label: str
    was: str
    text: str
    by: str
    at: datetime
    seen: str
    code: str = ""


class MendForms:
    """What of a plan can be mended, and what was, for one viewer."""

    def __init__(self, plan: Plan, viewer: Viewer) -> None:
        self.plan, self.viewer = plan, viewer
        self.table = plan.source.table
        known = boxes(self.table, county_of(plan.source.region).pk)
        self.boxes: dict[str, Box] = {box.name: box for box in known}
        self.labels = dict(zip(self.boxes, labels(known), strict=True))
        self.mends: dict[tuple[int, str], Mend] = {mend.place: mend for mend in plan.source.mends}

    @cached_property
    def columns(self) -> dict[str, set[str]]:
        """The fields that each sheet has a column for."""
        if self.plan.source.typed:
            return {sheet: set(self.boxes) for sheet, _shift, _keys in self.plan.rows.parts}
        found: dict[str, set[str]] = {}
        for column in self.plan.columns:
            if column.field in self.boxes:
                found.setdefault(column.sheet, set()).add(column.field)
        return found

    def fields(self, issue: Issue) -> list[str]:
        """The fields of its row that may be mended where a finding stands, the cell's own first."""
        wanted = [issue.field, *self._pointed(issue)]
        for piece in self.table.shape.people:
            own = piece.own_target
            wanted += [own[name].name for name in _BESIDE.get(issue.code, ()) if name in own]
        return [name for name in dict.fromkeys(wanted) if self.takes(issue.sheet, issue.row, name)]

    def takes(self, sheet: str, row: int, name: str) -> bool:
        """Whether there is a cell of that field which can be mended."""
        if name in self.table.above:
            return self.plan.source.typed and name in self.boxes
        return bool(row) and name in self.columns.get(sheet, ())

    def shared(self, issue: Issue) -> bool:
        """Whether one value may mend the finding in many rows."""
        box = self.boxes.get(issue.field)
        return box is not None and box.kind not in _OWN and self.takes(issue.sheet, issue.row, issue.field)

    def key(self, sheet: str, row: int, name: str) -> int:
        """Under which row a mend of the field is kept: what stands above all rows has the key of its sheet's row 0."""
        if name not in self.table.above:
            return row
        return next((shift for held, shift, _keys in self.plan.rows.parts if held == sheet), 0)

    def form(self, issue: Issue, name: str, rows: Collection[int], offered: Iterable[str] = ()) -> MendForm:
        """The box that mends a field where a finding stands, in the row of the finding or in all of ``rows``."""
        box = self.boxes[name]
        key = self.key(issue.sheet, issue.row, name)
        keys = [key] if name in self.table.above else list(rows)
        # What other cells hold is not kept with the plan of a big file: their boxes begin empty.
        raw = issue.raw if name == issue.field else None
        field = field_of(ledger_of(self.table.ledger), name)
        text = filled(field, raw, self.viewer)
        return MendForm(
            row=issue.row or key,
            field=name,
            label=self.labels[name],
            control=control(box, ""),
            kind=box.kind,
            unit=box.unit,
            choices=tuple(offers(box)),
            text=_begun(box, text, self.plan.source.year),
            held=masked(field, raw, self.viewer),
            rows=len(keys),
            code=issue.code if len(keys) > 1 else "",
            seen=stamp(self.mends, keys, name),
            about=issue.code,
            offered=tuple(offered) if name == issue.field else (),
        )

    def mended(self, sheet: str, row: int, name: str, rows: Collection[int] = ()) -> ShownMend | None:
        """What was mended in a cell, and in the same way in all of ``rows``; None where it stands as it came."""
        key = self.key(sheet, row, name)
        mend = self.mends.get((key, name))
        if mend is None:
            return None
        field = field_of(ledger_of(self.table.ledger), name)
        keys = [key] if len(rows) < 2 else rows
        return ShownMend(
            mend.row,
            name,
            self.labels[name],
            masked(field, mend.was, self.viewer),
            masked(field, mend.text, self.viewer),
            mend.by,
            datetime.fromisoformat(mend.at),
            stamp(self.mends, keys, name),
            MENDED if len(keys) > 1 else "",
        )

    def _pointed(self, issue: Issue) -> list[str]:
        """The fields of other cells of the same row that the sentence points at."""
        here = position(issue.cell)
        if here is None or not isinstance(issue.words, Sentence):
            return []
        places = [part for part in issue.words.parts if isinstance(part, CellPlace) and not part.sheet]
        return [one.field for one in places if (at := position(one.cell)) is not None and at[0] == here[0]]


def mended(table: TableDef, mends: Iterable[Mend], viewer: Viewer) -> list[ShownMend]:
    """Mended cells of a file whose plan is not at hand, with the numbers of their rows for their keys."""
    known = boxes(table)
    called = dict(zip((box.name for box in known), labels(known), strict=True))
    found = []
    for mend in mends:
        if mend.field in called:
            field = field_of(ledger_of(table.ledger), mend.field)
            was, text = masked(field, mend.was, viewer), masked(field, mend.text, viewer)
            at = datetime.fromisoformat(mend.at)
            row = mend.row % FURTHER_SHEET
            found.append(ShownMend(row, mend.field, called[mend.field], was, text, mend.by, at, ""))
    return found


def sheet_of(plan: Plan, row: int) -> tuple[str, int]:
    """The sheet that a row's key belongs to, and what is added to numbers there."""
    found = ("", 0)
    for sheet, shift, _keys in plan.rows.parts:
        if shift <= row:
            found = (sheet, shift)
    return found


def raw_of(content: Content, row: int, name: str) -> Cell:
    """What the cell of a field holds as it is read; None where the content of the file was not kept with the plan."""
    for block in content.blocks:
        if row == block.shift:
            return block.said[name][2] if name in block.said else None
        rows = block.columns.rows
        place = bisect_left(rows, row - block.shift - 1, key=lambda one: one.row)
        if place < len(rows) and block.key(place) == row:
            held = block.line(place).cells.get(name)
            return None if held is None else held[1]
    return None


def stamp(mends: Mapping[tuple[int, str], Mend], rows: Iterable[int], name: str) -> str:
    """A word for what somebody saw in cells of a field: another one once any of them was mended or put back."""
    seen = [(row, mend.at if (mend := mends.get((row, name))) else "") for row in sorted(rows)]
    return hashlib.sha256(repr((name, seen)).encode()).hexdigest()[:20]


def _begun(box: Box, text: str, year: int | None) -> str:
    """What stands in the box at first: of a day and of a choice what they take, of anything else the text itself."""
    if not text or not (box.choices or box.kind in ("date", "yes_no")):
        return text
    choices = dict(box.choices)
    value = value_kind("choice" if choices else box.kind).parse(text, Context(year, "", choices)).value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, date):
        return value.isoformat()[:10]
    return value if isinstance(value, str) else ""
