"""A row of a ledger that two lines of a file say: once where they agree, wrong where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Level
from qiaojie.notices.shape import Piece

from ..reading.lines import Line
from ..vocabulary.outcome import Verdict
from ..vocabulary.places import CellPlace, pointing


def said(line: Line) -> dict[str, Any]:
    """What a line says, without what only numbers it."""
    return {**line.parts, "certificate": line.certificate}


def verdict(line: Line, first: Line, first_said: dict[str, Any], people: Iterable[Piece]) -> Verdict:
    """The verdict of a line that says again what an earlier one said (``said``): ``twice_in_file`` at the cell that tells it."""
    people = tuple(people)
    there, here = _key_cell(first, people), _key_cell(line, people)
    other = CellPlace(there, sheet="" if first.sheet == line.sheet else first.sheet, row=first.number)
    if first_said == said(line):
        text = _("与%(line)s完全相同，只写入一次。")
        line.tell("twice_in_file", pointing(text, {"line": other}), "", Level.WARNING, here)
        return Verdict.SAME
    text = _("与%(line)s是同一条记录，但内容不同，请只留正确的一行。")
    line.tell("twice_in_file", pointing(text, {"line": other}), "", cell=here)
    return Verdict.WRONG


def _key_cell(line: Line, people: Iterable[Piece]) -> str:
    """The cell that tells best which record a line is: the person's number, else the first."""
    for piece in people:
        for name in ("id_number", "certificate"):
            target = piece.own_target.get(name)
            if target is not None and line.stated.get(target.name):
                return line.cell(target.name)
    return line.first_cell
