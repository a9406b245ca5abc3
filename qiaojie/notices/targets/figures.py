"""Targets: ``targets.tsv`` as a grid of figures, and what holds by the regions of the notice's edition."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.folders.faults import Fault
from qiaojie.regions.editions import Unit
from qiaojie.regions.queries import EditionView

from ..schema import Notice

TOTAL = "合计"
Figures = Mapping[str, int | None]
"""Indicator code → figure; None where the source gives none."""


class Origin(TextChoices):
    """Where a figure comes from: the notice's own first, then what offices decided after it."""

    TABLE = "table", gettext_lazy("任务表")
    TEXT = "text", gettext_lazy("正文")
    SUM = "sum", gettext_lazy("各单位之和")
    ADJUSTED = "adjusted", gettext_lazy("调整")
    SPLIT = "split", gettext_lazy("分解")
    LOCAL = "local", gettext_lazy("自加")


Origins = Mapping[str, Origin]
"""Indicator code → where its figure comes from; nothing where there is no figure."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One printed row: its line in the file, its label as printed, its figures."""

    line: int
    label: str
    figures: Figures

    @property
    def name(self) -> str:
        """The label without the spaces that only align."""
        return squeeze(self.label)


@dataclass(frozen=True, slots=True)
class Grid:
    """A target table as printed: its columns, its rows without 合计, and the 合计 row if it has one."""

    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    total: GridRow | None


NO_TARGETS = Grid((), (), None)


@dataclass(frozen=True, slots=True)
class UnitTargets:
    """What one unit of the edition was given (``figures``, issued by its superior), and what it set itself instead.

    ``local`` has only what holds: a local addition (区县自加) that the issued figure has overtaken is none any more.
    """

    region_id: int
    code: str
    label: str
    figures: Figures
    origins: Origins = field(default_factory=dict)
    local: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The label without the spaces that only align."""
        return squeeze(self.label)

    def held(self, code: str) -> int | None:
        """What the unit works towards: its own higher figure where it set one, else the issued one."""
        return self.local.get(code, self.figures.get(code))


@dataclass(frozen=True, slots=True)
class Conflict:
    """The notice's text and its table differ for an indicator; which one holds, and the reason where it was chosen."""

    indicator: str
    text: int
    table: int
    holds: Origin
    reason: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """A notice's targets in the edition's row order.

    ``printed`` is the 合计 row as printed, ``text`` the figures in the notice's text. ``total`` are the ones that hold:
    the printed ones (the sum of the units where none is printed); the text's where there is no table, or where a
    finding was acknowledged with the choice of the text; and what the superior set instead since. A unit's local
    addition changes no total.
    """

    units: tuple[UnitTargets, ...]
    total: Figures
    printed: Figures
    text: Figures
    origins: Origins = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    percentages: frozenset[str] = frozenset()
    """Indicators in %: their figures are never added up."""

    def unit(self, region_id: int) -> Figures:
        """What one unit was given; nothing for a region that is no unit of the notice's edition."""
        return next((unit.figures for unit in self.units if unit.region_id == region_id), {})

    def folded(self, unit_of: Mapping[int, int]) -> dict[int, dict[str, int]]:
        """The figures added up by the units of another map (``unit_of``: region id → that map's unit). A percentage
        stands where all that went into the unit had the same."""
        parts: dict[int, dict[str, list[int]]] = {}
        for unit in self.units:
            if unit.region_id in unit_of:
                into = parts.setdefault(unit_of[unit.region_id], {})
                for code, figure in unit.figures.items():
                    if figure is not None:
                        into.setdefault(code, []).append(figure)
        return {
            region: {
                code: whole for code, given in into.items() if (whole := self._whole(code, given)) is not None
            }
            for region, into in parts.items()
        }

    def added(self, code: str) -> int | None:
        """The units' issued figures added up; None where no unit was given one. Of a percentage, the one that all units
        were given, or None."""
        return self._whole(code, (unit.figures.get(code) for unit in self.units))

    def _whole(self, code: str, figures: Iterable[int | None]) -> int | None:
        known = [figure for figure in figures if figure is not None]
        if code in self.percentages:
            return known[0] if len(set(known)) == 1 else None
        return _sum(known)

    def difference(self, code: str) -> int | None:
        """How far the units' sum is above (below: negative) the total; None where there is nothing to compare."""
        added, total = self.added(code), self.total.get(code)
        return None if added is None or total is None else added - total


def exceeding(notice: Notice, figures: Mapping[int, Figures]) -> list[tuple[int, str, str]]:
    """Where a part (其中) was given more than its whole: (region, the part's code, the whole's code)."""
    pairs = [(one.code, one.parent) for one in notice.indicators if one.parent]
    return [
        (region, part, whole)
        for region, given in figures.items()
        for part, whole in pairs
        if (less := given.get(part)) is not None and (more := given.get(whole)) is not None and less > more
    ]


def _sum(figures: Iterable[int | None]) -> int | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None


def squeeze(label: str) -> str:
    """A label without any space: ``忠  县`` is 忠县."""
    return "".join(label.split())


def read_tsv(path: Path, file: str, faults: list[Fault]) -> tuple[tuple[str, ...], ...]:
    """The lines of a tab-separated file that are not empty, each cell stripped."""
    return tuple(cells for _line, cells in _lines(path, file, faults))


def _lines(path: Path, file: str, faults: list[Fault]) -> list[tuple[int, tuple[str, ...]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            read = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            rows = [(read.line_num, tuple(cell.strip() for cell in row)) for row in read]
    except UnicodeDecodeError:
        faults.append(Fault(file, "", "tsv_broken", _("不是 UTF-8 编码，请用 UTF-8 保存。"), fatal=True))
        return []
    return [(line, cells) for line, cells in rows if any(cells)]


def read_grid(path: Path, file: str, notice: Notice, faults: list[Fault]) -> Grid:
    """Read ``targets.tsv``: a heading line (unit, then indicator codes), a 合计 line, a line for every unit."""
    lines = _lines(path, file, faults)
    if not lines:
        faults.append(Fault(file, "", "targets_empty", _("表是空的：第一行写“单位”和各指标代号。")))
        return NO_TARGETS
    (head_line, head), *body = lines
    columns = _columns(head, head_line, file, notice, faults)
    rows: list[GridRow] = []
    total: GridRow | None = None
    seen: dict[str, int] = {}
    for line, cells in body:
        name = squeeze(cells[0])
        if len(cells) > len(head):
            text = _("第 %(line)d 行有 %(cells)d 格，表头只有 %(head)d 格。")
            message = text % {"line": line, "cells": len(cells), "head": len(head)}
            faults.append(Fault(file, name, "row_too_long", message))
        if name in seen:
            text = _("第 %(line)d 行的“%(name)s”在第 %(first)d 行已有。")
            message = text % {"line": line, "name": name, "first": seen[name]}
            faults.append(Fault(file, name, "region_twice", message))
            continue
        seen[name] = line
        row = GridRow(line, cells[0], _figures(cells, columns, line, file, faults))
        if name == TOTAL:
            total = row
        else:
            rows.append(row)
    return Grid(tuple(code for code in columns if code), tuple(rows), total)


def _columns(head: tuple[str, ...], line: int, file: str, notice: Notice, faults: list[Fault]) -> list[str]:
    """The indicator of each column after the first; '' where it cannot be used."""
    known = [indicator.code for indicator in notice.indicators]
    columns: list[str] = []
    for number, code in enumerate(head[1:], start=2):
        place = {"line": line, "column": number, "code": code}
        if code not in known:
            text = _("第 %(line)d 行第 %(column)d 列：没有指标“%(code)s”。")
            faults.append(Fault(file, code or str(number), "indicator_unknown", text % place))
        elif code in columns:
            text = _("第 %(line)d 行第 %(column)d 列：指标“%(code)s”写了两次。")
            faults.append(Fault(file, code, "indicator_twice", text % place))
        else:
            columns.append(code)
            continue
        columns.append("")
    return columns


def _figures(
    cells: tuple[str, ...], columns: list[str], line: int, file: str, faults: list[Fault]
) -> dict[str, int | None]:
    figures: dict[str, int | None] = {}
    for number, code in enumerate(columns, start=1):
        if not code:
            continue
        cell = cells[number] if number < len(cells) else ""
        if cell.isascii() and cell.isdigit():
            figures[code] = int(cell)
            continue
        figures[code] = None
        if cell:
            text = _("第 %(line)d 行第 %(column)d 列“%(cell)s”不是整数；没有数就留空。")
            message = text % {"line": line, "column": number + 1, "cell": cell}
            faults.append(Fault(file, f"{squeeze(cells[0])}.{code}", "target_not_number", message))
    return figures


def by_unit(notice: Notice, grid: Grid, edition: EditionView) -> Targets:
    """The grid by the edition's units: the figures of a unit that has no row are None."""
    rows = {row.name: row.figures for row in grid.rows}
    codes = [indicator.code for indicator in notice.indicators]
    nothing: Figures = dict.fromkeys(codes)
    units = tuple(_unit(unit, {**nothing, **rows.get(unit.name, {})}) for unit in edition.units)
    text: Figures = {indicator.code: indicator.target_text for indicator in notice.indicators}
    printed: Figures = {**nothing, **(grid.total.figures if grid.total else {})}
    known = {item.key: item for item in notice.acknowledged if item.choice is not None}
    percentages = frozenset(indicator.code for indicator in notice.indicators if indicator.unit == "%")
    given = Targets(units, {}, printed, text, percentages=percentages)
    total: dict[str, int | None] = {}
    origins: dict[str, Origin] = {}
    conflicts: list[Conflict] = []
    for code in codes:
        in_text, added = text[code], given.added(code)
        in_table = added if printed[code] is None else printed[code]
        chosen = known.get(f"indicators.{code}.target_text")
        by_text = in_table is None or (chosen is not None and chosen.choice == "text")
        total[code] = in_text if by_text else in_table
        if total[code] is not None:
            in_row = Origin.SUM if printed[code] is None else Origin.TABLE
            origins[code] = Origin.TEXT if by_text else in_row
        if in_text is not None and in_table is not None and in_text != in_table:
            why = (chosen.reason, chosen.on) if chosen is not None else ("", None)
            conflicts.append(Conflict(code, in_text, in_table, origins[code], *why))
    return replace(given, total=total, origins=origins, conflicts=tuple(conflicts))


def _unit(unit: Unit, figures: Figures) -> UnitTargets:
    origins = {code: Origin.TABLE for code, figure in figures.items() if figure is not None}
    return UnitTargets(unit.region_id, unit.code, unit.label, figures, origins)
