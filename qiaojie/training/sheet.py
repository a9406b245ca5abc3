"""A sign-in sheet as a workbook: names down, sessions across, a tick for everybody who came. Read whole or not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from qiaojie.lib.dates import read_date
from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import clean
from qiaojie.sheets.book import Sheet, address
from qiaojie.sheets.reading import read

from .models import DayPart
from .register import Register, Session

FAULTS: Final = 20
"""So many faults are told at once: whoever mends them sees the rest then."""

_NAME: Final = "姓名"
_THERE: Final = frozenset("√ ✓ ✔ ☑ 1 1.0 是 到 有 出勤 Y y V v 〇".split())
_AWAY: Final = frozenset(
    {
        "",
        "×",
        "x",
        "X",
        "✗",
        "0",
        "0.0",
        "否",
        "缺",
        "未",
        "未到",
        "缺勤",
        "旷课",
        "请假",
        "事假",
        "病假",
        "-",
        "—",
    }
)
_PARTS: Final = {
    "上午": DayPart.MORNING,
    "下午": DayPart.AFTERNOON,
    "晚上": DayPart.EVENING,
    "全天": DayPart.DAY,
}
_PART: Final = re.compile("|".join(_PARTS))


@dataclass(frozen=True, slots=True)
class Marked:
    """What a sheet says: who (enrolments) came to each session, of whom it speaks, and what cannot be read."""

    came: Mapping[Session, frozenset[int]]
    named: frozenset[int]
    faults: tuple[str, ...]


def marks(data: bytes, name: str, register: Register) -> Marked:
    """Read a sign-in sheet of a class. The first sheet with a heading 姓名 and days beside it is taken.

    A heading is a day, with 上午, 下午 or 晚上 behind it or in the row beneath; the year may be left out. Names are those of
    the roster. Raises Unusable of ``sheets.reading``, and ``sheet_unknown``.
    """
    for sheet in read(data, name).sheets:
        for at, row in enumerate(sheet.rows):
            if any(_text(cell) == _NAME for cell in row):
                columns = dict(_columns(sheet, at, register.held.begins.year))
                if columns:
                    return _marked(sheet, at, columns, register)
    message = _("“%s”里没有找到签到表：要有一行表头，写着“姓名”和上课日期（如 6月5日上午）。")
    raise Unusable("sheet_unknown", message % name)


def _text(cell: Any) -> str:
    return "" if cell is None else "".join(clean(str(cell)).split())


def _columns(sheet: Sheet, at: int, year: int) -> Iterator[tuple[int, Session]]:
    """The sessions by their columns. A day in a merged heading holds for the columns beneath it."""
    beneath = sheet.rows[at + 1] if at + 1 < len(sheet.rows) else []
    below = [_text(cell) for cell in beneath]
    day: date | None = None
    for column, cell in enumerate(sheet.rows[at]):
        text = _text(cell)
        found = _PART.search(text)
        said = read_date(_PART.sub("", text) if isinstance(cell, str) else cell, year).value if text else None
        if isinstance(said, date):
            day = said
        elif text:
            day = None
        under = below[column] if column < len(below) else ""
        part = found[0] if found else under if under in _PARTS else ""
        if day is not None and (text or part):
            yield column, Session(day, _PARTS.get(part, DayPart.DAY))


def _marked(sheet: Sheet, at: int, columns: Mapping[int, Session], register: Register) -> Marked:
    names = next(place for place, cell in enumerate(sheet.rows[at]) if _text(cell) == _NAME)
    roster = {_text(line.name.value): line.enrolment for line in register.lines}
    alike = Counter(_text(line.name.value) for line in register.lines)
    came: dict[Session, set[int]] = {session: set() for session in columns.values()}
    named: set[int] = set()
    faults = [
        _("表头里 %(day)s %(part)s 出现了两次，请只留一列。") % {"day": one.day, "part": one.part.label}
        for one, number in Counter(columns.values()).items()
        if number > 1
    ]
    for place, row in enumerate(sheet.rows[at + 1 :], start=at + 1):
        who = _text(row[names]) if names < len(row) else ""
        if not who:
            continue
        where = address(sheet.first_row + place, sheet.first_col + names)
        if alike[who] != 1 or roster[who] in named:
            faults.append(_unknown(where, who, alike[who]))
            continue
        named.add(roster[who])
        for column, session in columns.items():
            mark = _text(row[column]) if column < len(row) else ""
            if mark in _THERE:
                came[session].add(roster[who])
            elif mark not in _AWAY:
                where = address(sheet.first_row + place, sheet.first_col + column)
                said = {"where": where, "mark": mark[:20]}
                faults.append(_("%(where)s 的“%(mark)s”认不出是到还是没到，请写 √ 或留空。") % said)
    return Marked({one: frozenset(who) for one, who in came.items()}, frozenset(named), tuple(faults))


def _unknown(where: str, who: str, number: int) -> str:
    said = {"where": where, "who": who[:20]}
    if not number:
        return _("%(where)s 的“%(who)s”不在名册里，请核对姓名或先补名册。") % said
    return _("%(where)s：名册或表里不止一个“%(who)s”，请在页面上勾选。") % said
