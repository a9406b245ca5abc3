"""Typing totals of years before the system: a grid of units (or of a unit's years) by indicators, read from boxes or from a
pasted block, and written whole as one batch."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import approving, proposals, rows
from qiaojie.ledgers.approving import CountyRules
from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.numbers import read_integer
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions.models import Region

from . import year_totals
from .ledger import TYPED
from .models import TypedFigure

LONGEST: Final = 200
"""Characters of what says where figures come from, as the column holds them."""
MOST_LINES: Final = 500
"""Lines of a pasted block: more than any map has units, so it is another sheet."""
TOTALS: Final = ("合计", "总计", "小计", "全市", "全省")
"""How lines begin that only add up others: they are no unit's."""
_YEARLY: Final = "年度"
_YEAR: Final = "年"

Key = tuple[int, int, str]
"""A cell: unit (its region), year, indicator."""


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line of the grid: a unit in a year, and how it is called (the unit in a grid of one year, else the year)."""

    unit: int
    year: int
    name: str


@dataclass(frozen=True, slots=True)
class EntryGrid:
    """What can be typed: lines by indicators, with what stands there; ``seen`` tells whether that has changed since it was shown.

    ``year`` is None where the lines are the years of one unit.
    """

    notice: Notice
    year: int | None
    lines: tuple[GridLine, ...]
    indicators: tuple[Indicator, ...]
    standing: Mapping[Key, TypedFigure]
    seen: str

    def texts(self) -> dict[Key, str]:
        """What stands in the boxes before anybody types."""
        return {key: str(row.number) for key, row in self.standing.items()}


@dataclass
class Typed:
    """What was typed or pasted: the text of each cell, what is wrong with which cell, and with the block as a whole."""

    texts: dict[Key, str]
    faults: dict[Key, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether it can be taken as it is."""
        return not self.faults and not self.problems


def grid(notice: Notice, viewer: Viewer, year: int | None = None) -> EntryGrid:
    """The grid of a viewer: of one unit its years, of several the units in one year (the one before the notice unless another is
    asked for). No lines where the viewer's region holds no unit. Three queries.

    Raises Refused where the role may not see counts; Unusable ``year_unknown``.
    """
    demand(viewer, Action.COUNT, f"earlier/{notice.code}")
    view = year_totals.map_of(notice)
    open_to = Region.objects.filter(viewer.scope(""), pk__in=view.unit_ids)
    mine = set(open_to.values_list("pk", flat=True))
    units = [unit for unit in view.units if unit.region_id in mine]
    offered = year_totals.years(notice)
    if year is not None and year not in offered:
        words = {"year": year, "last": offered[0], "first": offered[-1]}
        raise Unusable("year_unknown", _("%(year)d 年不能填：可填 %(first)d 至 %(last)d 年。") % words)
    if len(units) == 1:
        of_one = [GridLine(units[0].region_id, one, _("%d年") % one) for one in offered]
        return _grid(notice, None, of_one)
    asked = year or offered[0]
    return _grid(notice, asked, [GridLine(unit.region_id, asked, unit.name) for unit in units])


def _grid(notice: Notice, year: int | None, lines: Sequence[GridLine]) -> EntryGrid:
    units, asked = {one.unit for one in lines}, {one.year for one in lines}
    held = year_totals.standing(notice, units, asked)
    text = ";".join(f"{key}:{row.pk}:{row.number}:{row.state}" for key, row in sorted(held.items()))
    seen = hashlib.sha256(text.encode()).hexdigest()[:24]
    return EntryGrid(notice, year, tuple(lines), year_totals.enterable(notice), held, seen)


def pasted(
    held: EntryGrid, block: str, first: Key | None = None, texts: Mapping[Key, str] | None = None
) -> Typed:
    """A block of cells as a spreadsheet copies them, laid over ``texts`` (by default what stands there). Nothing is written.

    Lines and columns are matched by names where the block brings them (units or years in its first column, indicators in its
    first line); else they are laid from the cell ``first`` on (by default the grid's first). Empty cells and — say nothing.
    """
    typed = Typed(dict(held.texts() if texts is None else texts))
    cells = [line for line in csv.reader(io.StringIO(block), delimiter="\t") if any(map(str.strip, line))]
    if not cells:
        typed.problems.append(_("没有贴来任何数。请在表格软件里选中数字，复制后粘贴到框里。"))
        return typed
    if len(cells) > MOST_LINES:
        words = {"lines": len(cells), "most": MOST_LINES}
        typed.problems.append(_("贴来 %(lines)d 行，最多 %(most)d 行；请只复制这张表要的行。") % words)
        return typed
    columns, body = _columns(held, cells, first, typed)
    _lay(held, body, columns, first, typed)
    typed.faults = _faults(held, typed.texts)
    return typed


def _plain(text: str) -> str:
    return "".join(text.split()).strip("：:（）()").replace(_YEARLY, _YEAR)


def _columns(
    held: EntryGrid, cells: list[list[str]], first: Key | None, typed: Typed
) -> tuple[list[str | None], list[list[str]]]:
    """The indicator of each column of a block (None: not one of numbers), and the lines beneath its heading."""
    names = {_plain(label): one.code for one in held.indicators for label in (one.label, one.name, one.code)}
    codes = [one.code for one in held.indicators]
    heading = [names.get(_plain(text)) for text in cells[0]]
    if any(heading):
        unknown = [
            text.strip() for n, text in enumerate(cells[0]) if n and text.strip() and heading[n] is None
        ]
        if unknown:
            typed.problems.append(
                _("表头“%s”不是这份通知能填的指标，请改成指标名称或删去这一列。") % "”“".join(unknown[:5])
            )
        return heading, cells[1:]
    named = any(_line_of(held, line[0]) is not None for line in cells)
    begins = codes.index(first[2]) if first else 0
    width = max(map(len, cells)) - (1 if named else 0)
    if begins + width > len(codes):
        words = {"width": width, "room": len(codes) - begins}
        typed.problems.append(
            _("贴来 %(width)d 列，从选定的指标起只有 %(room)d 列；请核对选定的第一格。") % words
        )
    laid: list[str | None] = [*([None] if named else []), *codes[begins : begins + width]]
    return laid, cells


def _line_of(held: EntryGrid, text: str) -> GridLine | None:
    wanted = _plain(text)
    if not wanted:
        return None
    for one in held.lines:
        own = _plain(one.name)
        if wanted in (own, own.removesuffix(_YEAR)):
            return one
    return None


def _lay(
    held: EntryGrid, body: list[list[str]], columns: list[str | None], first: Key | None, typed: Typed
) -> None:
    named = bool(columns) and columns[0] is None
    at = next((n for n, one in enumerate(held.lines) if first and (one.unit, one.year) == first[:2]), 0)
    unknown: list[str] = []
    laid: set[tuple[int, int]] = set()
    for nth, cells in enumerate(body):
        if named and _plain(cells[0]).startswith(TOTALS):
            continue
        line = (
            _line_of(held, cells[0])
            if named
            else (held.lines[at + nth] if at + nth < len(held.lines) else None)
        )
        if line is None:
            unknown.append(cells[0].strip() if named else _("第 %d 行") % (nth + 1))
            continue
        if (line.unit, line.year) in laid:
            typed.problems.append(_("“%s”贴了两行，请只留一行。") % line.name)
        laid.add((line.unit, line.year))
        for code, text in zip(columns, cells, strict=False):
            if code is not None and text.strip():
                _put(typed.texts, (line.unit, line.year, code), text.strip())
    if unknown:
        words = {"lines": "、".join(unknown[:5]), "count": len(unknown)}
        typed.problems.append(_("有 %(count)d 行对不上这张表：%(lines)s。请核对名称，或删去这些行。") % words)


def _put(texts: dict[Key, str], key: Key, text: str) -> None:
    """A cell that says nothing (blank, —) leaves what stands there."""
    read = read_integer(text)
    if read.value is not None or read.findings:
        texts[key] = text if read.value is None else str(read.value)


def read(held: EntryGrid, texts: Mapping[Key, str]) -> Typed:
    """What was typed into the boxes, with what is wrong at which of them. Nothing is written."""
    known = {(one.unit, one.year, each.code) for one in held.lines for each in held.indicators}
    typed = Typed({key: text.strip() for key, text in texts.items() if key in known})
    typed.faults = _faults(held, typed.texts)
    return typed


def _faults(held: EntryGrid, texts: Mapping[Key, str]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for key, text in texts.items():
        parsed = read_integer(text)
        if parsed.findings:
            # A rough figure (约50) is read elsewhere with a hint; a total that later years are held against is exact.
            rough = parsed.findings[0].level is not Level.ERROR
            found[key] = _("写的是约数，请填准确数。") if rough else parsed.findings[0].message
        elif parsed.value is None and key in held.standing:
            said = _("原来填的是 %s，这里不能清空；填错的请到“填报数”台账里作废。")
            found[key] = said % f"{held.standing[key].number:,}"
    return found


def save(held: EntryGrid, typed: Typed, evidence: str, seen: str, viewer: Viewer) -> int:
    """Write what was typed as one batch, all or nothing; how many figures are new, changed, or wait as changes.

    A new figure is approved where the viewer has the last word for that unit, else a draft; a change of an approved one by
    whoever has not waits beside it. ``evidence`` says where the figures come from, and stands with each of them.

    Raises Refused; Unusable ``figures_wrong``, ``evidence_missing``,
    ``changed_meanwhile``, ``nothing_changed``.
    """
    notice = held.notice
    permit = permitted(viewer, Action.ENTER, f"earlier/{notice.code}", office=True)
    if not typed.sound:
        raise Unusable(
            "figures_wrong", _("有 %d 处要改，没有保存。") % (len(typed.faults) + len(typed.problems))
        )
    source = evidence.strip()[:LONGEST]
    if not source:
        raise Unusable("evidence_missing", _("请写明这些数的依据，如“2022年统计年鉴”“2022年工作总结”。"))
    with permit.because(source) as change:
        now = grid(notice, viewer, held.year)
        if now.seen != seen:
            raise Unusable(
                "changed_meanwhile", _("打开页面之后，有人改过这些数，没有保存；请核对现在的数再保存。")
            )
        work = _EntryWork(now, source, viewer)
        for key, text in typed.texts.items():
            value = read_integer(text).value
            if value is not None:
                work.take(key, int(value))
        if not work.number:
            raise Unusable("nothing_changed", _("没有改动，不用保存。"))
        work.write(change)
        change.note(rows=work.number)
    return work.number


class _EntryWork:
    """What one saving of a grid writes."""

    def __init__(self, held: EntryGrid, source: str, viewer: Viewer) -> None:
        self.held, self.source, self.viewer = held, source, viewer
        self.new: list[tuple[Key, int]] = []
        self.changed: list[tuple[TypedFigure, dict[str, Any]]] = []
        self.rules: CountyRules = approving.rules()
        units = {one.unit for one in held.lines}
        self.places = dict(Region.objects.filter(pk__in=units).values_list("pk", "first"))

    @property
    def number(self) -> int:
        return len(self.new) + len(self.changed)

    def take(self, key: Key, value: int) -> None:
        row = self.held.standing.get(key)
        if row is None:
            self.new.append((key, value))
        elif row.number != value:
            self.changed.append((row, {"number": value, "evidence": self.source}))

    def _final(self, unit: int) -> bool:
        rule = self.rules.of(self.places[unit])
        return self.viewer.may(Action.APPROVE) and rule.decides(self.viewer, self.viewer.name)

    def write(self, change: OpenChange) -> None:
        units = {one.unit for one in self.held.lines}
        region = next(iter(units)) if len(units) == 1 else self.viewer.region_id
        batch = change.begin_batch(TYPED.code, region, self.source)
        keys = rows.hand_out(TypedFigure, len(self.new))
        at, who = timezone.now(), self.viewer.name
        columns = (
            "id", "notice", "indicator", "filed_by_id", "year", "happened_on", "number", "evidence", "state", "entered_by",
            "approved_at", "approved_by",
        )  # fmt: skip
        made = []
        for pk, ((unit, year, code), value) in zip(keys, self.new, strict=True):
            final = self._final(unit)
            state = (State.APPROVED, who, at, who) if final else (State.DRAFT, who, None, "")
            given = (pk, self.held.notice.code, code, unit, year, date(year, 12, 31), value, self.source)
            made.append((*given, *state))
        rows.insert(TypedFigure, columns, made)
        change.created(TypedFigure, keys)
        now: list[proposals.Line] = []
        later: list[proposals.Line] = []
        for row, after in self.changed:
            before = {name: getattr(row, name) for name in after}
            if self._final(row.filed_by_id) or row.state == State.DRAFT:
                now.append((row.pk, before, after))
            elif row.state == State.APPROVED:
                later.append((row.pk, before, after))
            else:
                # Checked or approved on the way: what stands there is no longer what was looked at.
                back = {"state": State.DRAFT, "approved_at": None, "approved_by": ""}
                now.append((row.pk, {**before, **{n: getattr(row, n) for n in back}}, {**after, **back}))
        rows.update(TypedFigure, [(pk, after) for pk, _before, after in now])
        change.updated(TypedFigure, now)
        if (
            later
            and not proposals.propose(TYPED, later, batch, self.viewer, self.source)
            and not (now or made)
        ):
            raise Unusable("waits_already", _("同样的修改已经提出过，正等审核。"))
