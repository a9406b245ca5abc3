"""Every fault of every notice folder at once, with file and key; acknowledged ones are marked and do not fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.lib.findings import Level, Unusable
from qiaojie.regions.models import Region
from qiaojie.regions.queries import EditionView, edition, find

from . import forms, loading
from .conditions import criteria
from .loading import TARGETS_FILE, Folder
from .schema import Notice
from .systems import System
from .targets.figures import TOTAL, Grid, GridRow


def check(dirs: Sequence[Path]) -> list[Fault]:
    """All faults in the notice folders of these directories (each a folder of notices, or one notice).

    Needs the database: units and regions are looked up. Raises Unusable ``dir_missing``, ``no_notices``.
    """
    faults: list[Fault] = []
    seen: dict[str, Path] = {}
    for folder in _read(dirs):
        found = list(folder.faults)
        if folder.notice is not None:
            # What loading has said already is not said again.
            found = list(dict.fromkeys([*found, *_notice_faults(folder, folder.notice)]))
            first = seen.setdefault(folder.notice.code, folder.path)
            if first != folder.path:
                message = _("编号“%(code)s”已用于 %(other)s。") % {"code": folder.notice.code, "other": first}
                found.append(Fault(folder.declared, "code", "notice_twice", message))
            found = _acknowledge(found, folder, folder.notice)
        faults.extend(found)
    return faults


def report_check(dirs: Sequence[Path]) -> tuple[list[str], int]:
    """The findings as lines, and the exit status.

    0: nothing, or only hints and acknowledged findings; 1: findings; 2: a file could not be read at all. Raises
    Unusable as ``check`` does.
    """
    faults = check(dirs)
    words = {Level.ERROR: _("错误"), Level.WARNING: _("警告"), Level.HINT: _("提示")}
    lines: list[str] = []
    for fault in faults:
        word = _("已确认") if fault.acknowledged else words[fault.level]
        lines.append(f"{word} {fault.code} {fault.line}")
    open_faults = [fault for fault in faults if not fault.acknowledged and fault.level is not Level.HINT]
    known = sum(1 for fault in faults if fault.acknowledged)
    text = _("共 %(notices)d 份通知，%(open)d 处问题，%(known)d 处已确认。")
    lines.append(text % {"notices": len(_read(dirs)), "open": len(open_faults), "known": known})
    if any(fault.fatal for fault in faults):
        return lines, 2
    return lines, 1 if open_faults else 0


def _read(dirs: Sequence[Path]) -> list[Folder]:
    read: dict[Path, Folder] = {}
    for parent in dirs:
        if not parent.is_dir():
            raise Unusable("dir_missing", _("没有这个文件夹：%s。") % parent)
        for path in loading.folders(parent):
            read.setdefault(path.resolve(), loading.read(path))
    if not any(loading.is_folder(path) for path in read):
        where = "、".join(str(parent) for parent in dirs)
        raise Unusable("no_notices", _("%s 里没有通知文件夹（其中要有 notice.toml）。") % where)
    return list(read.values())


def _notice_faults(folder: Folder, notice: Notice) -> Iterator[Fault]:
    file = folder.declared
    yield from forms.faults(notice, file)
    yield from criteria.faults(notice, file)
    if isinstance(notice, System) and not notice.edition:
        return
    try:
        units = edition(notice.edition)
    except Unusable as unknown:
        yield Fault(file, "edition", unknown.code, unknown.message)
        units = None
    if units is not None:
        yield from _dated_out(notice, units, file)
        yield from _owner_faults(notice, units, file)
    if folder.grid.columns:
        yield from target_faults(notice, folder.grid, folder.name(TARGETS_FILE), file)
        if units is not None:
            yield from _region_faults(folder.grid, units, folder.name(TARGETS_FILE))


def _owner_faults(notice: Notice, units: EditionView, file: str) -> Iterator[Fault]:
    """Names of units that owe nothing, or lack an office, and are no unit of the edition; regions that are not found."""
    root, names = Region.objects.get(pk=units.root_id), {unit.name for unit in units.units}
    for duty in notice.duties:
        key = f"duties.{duty.code}.owed_by"
        for word, given in (("without", duty.owed_by.without), ("lacking", duty.owed_by.lacking)):
            for name in given:
                if name not in names:
                    text = _("“%(label)s”不是区域版本 %(edition)s 的单位。")
                    message = text % {"label": name, "edition": units.code}
                    yield Fault(file, f"{key}.{word}.{name}", "region_not_in_edition", message)
        for name in duty.owed_by.also:
            try:
                find(name, root, units.on)
            except Unusable as unknown:
                yield Fault(file, f"{key}.also.{name}", unknown.code, unknown.message)


def _dated_out(notice: Notice, units: EditionView, file: str) -> Iterator[Fault]:
    """Units of the edition that existed on no day of the notice's period."""
    span = notice.span
    gone = Q(ends__lte=span.begins) | Q(begins__gt=span.ends)
    for region in Region.objects.filter(gone, pk__in=units.unit_ids):
        text = _("区域版本 %(edition)s 中的“%(region)s”在 %(period)s 不存在，请换用当时的版本。")
        values = {"edition": units.code, "region": region.name, "period": span.label}
        yield Fault(file, f"edition.{region.name}", "region_outside_dates", text % values)


def target_faults(notice: Notice, grid: Grid, file: str, notice_file: str) -> Iterator[Fault]:
    """What is wrong with the figures themselves: sums, parts larger than the whole, text against table."""
    for code in grid.columns:
        figures = [row.figures[code] for row in grid.rows]
        added = sum(figure for figure in figures if figure is not None)
        printed = grid.total.figures[code] if grid.total is not None else None
        if printed is not None and printed != added:
            text = _("第 %(line)d 行：合计 %(printed)d，各行之和 %(added)d，相差 %(difference)d。")
            line = grid.total.line if grid.total is not None else 0
            values = {"line": line, "printed": printed, "added": added, "difference": printed - added}
            yield Fault(file, f"{TOTAL}.{code}", "total_differs", text % values)
        in_text = notice.indicator(code).target_text
        in_table = added if printed is None else printed
        if in_text is not None and in_text != in_table:
            text = _("正文写 %(text)d，表合计 %(table)d，相差 %(difference)d。")
            values = {"text": in_text, "table": in_table, "difference": in_table - in_text}
            key = f"indicators.{code}.target_text"
            yield Fault(notice_file, key, "text_differs_from_table", text % values, Level.WARNING)
    for row in grid.rows:
        yield from _part_faults(notice, row, file)


def _part_faults(notice: Notice, row: GridRow, file: str) -> Iterator[Fault]:
    for indicator in notice.indicators:
        part = row.figures.get(indicator.code)
        whole = row.figures.get(indicator.parent) if indicator.parent else None
        if part is not None and whole is not None and part > whole:
            text = _("第 %(line)d 行：%(part)s %(less)d 大于所属的%(whole)s %(more)d。")
            parent = notice.indicator(indicator.parent or "")
            values = {
                "line": row.line,
                "part": indicator.label,
                "less": part,
                "whole": parent.label,
                "more": whole,
            }
            yield Fault(file, f"{row.name}.{indicator.code}", "part_exceeds_whole", text % values)


def _region_faults(grid: Grid, units: EditionView, file: str) -> Iterator[Fault]:
    """Rows that are no unit of the edition, with what their name means instead; units that have no row."""
    root = Region.objects.get(pk=units.root_id)
    names = {unit.name: unit for unit in units.units}
    for row in grid.rows:
        if row.name not in names:
            code, message = _stranger(row.label, root, units)
            yield Fault(file, row.name, code, _("第 %d 行：") % row.line + message)
    given = {row.name for row in grid.rows}
    for unit in units.units:
        if unit.name not in given:
            text = _("缺少“%(unit)s”这一行（区域版本 %(edition)s 第 %(order)d 个单位）。")
            values = {"unit": unit.label, "edition": units.code, "order": unit.order}
            yield Fault(file, unit.name, "region_missing", text % values)


def _stranger(label: str, root: Region, units: EditionView) -> tuple[str, str]:
    """Why a row's label names no unit: outside its dates, ambiguous, unknown, called otherwise, or not listed."""
    try:
        found = find(label, root, units.on)
    except Unusable as on_the_day:
        if on_the_day.code != "region_unknown":
            return on_the_day.code, on_the_day.message
        try:
            find(label, root)
        except Unusable as ever:
            return ever.code, ever.message
        return "region_outside_dates", on_the_day.message
    unit = next((unit for unit in units.units if unit.region_id == found.pk), None)
    if unit is not None:
        text = _("“%(label)s”在区域版本 %(edition)s 中印作“%(unit)s”，请照此写。")
        return "region_label_differs", text % {"label": label, "edition": units.code, "unit": unit.label}
    text = _("“%(label)s”不是区域版本 %(edition)s 的单位。")
    return "region_not_in_edition", text % {"label": label, "edition": units.code}


def _acknowledge(faults: list[Fault], folder: Folder, notice: Notice) -> list[Fault]:
    """Mark the faults that the notice acknowledges; hint at acknowledgements of what no longer occurs."""
    known = {(item.finding, item.key) for item in notice.acknowledged}
    marked = [
        replace(fault, acknowledged=True) if (fault.code, fault.key) in known and not fault.fatal else fault
        for fault in faults
    ]
    occurring = {(fault.code, fault.key) for fault in faults}
    for number, item in enumerate(notice.acknowledged):
        if (item.finding, item.key) not in occurring:
            text = _("已确认的问题 %(finding)s（%(key)s）不再出现，可以删去。")
            message = text % {"finding": item.finding, "key": item.key}
            key = f"acknowledged.{number}"
            marked.append(Fault(folder.declared, key, "acknowledged_no_longer_occurs", message, Level.HINT))
    return marked
