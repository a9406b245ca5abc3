"""A list that a county's clerk handed in and has not written yet: with a number that is wrong, one rounded, and a woman twice."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Final

from openpyxl import Workbook

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import services as intake
from qiaojie.lib.identity import EXACT_DIGITS, SEXES
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Region

from ..world import Place, Someone
from .days import Calendar

HEADER: Final = (
    "序号",
    "姓名",
    "性别",
    "身份证号",
    "残疾人证号",
    "联系电话",
    "培训班名称",
    "开班日期",
    "结业日期",
    "是否结业",
    "备注",
)
CLASS: Final = "%s%d年第6期手工编织班"
TITLE: Final = "%s%d年学员名册（演示）"
FILE: Final = "%s第6期学员名册.xlsx"
ENDED: Final = 1
"""Days since the class of the list ended."""
WRONG, ROUNDED, TWICE = 2, 5, 7
"""Places in the list: a last digit mistyped, a number rounded by the spreadsheet, a woman who comes again at the end."""


def hand_in(
    notice: Notice, place: Place, people: Sequence[Someone], calendar: Calendar, clerk: UserViewer
) -> None:
    """Keep the list as the clerk's upload, in the caller's transaction."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "学员名册"
    sheet.append([TITLE % (place.name, calendar.today.year)])
    sheet.append(HEADER)
    for row in _rows(place, people, calendar):
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    title = FILE % place.name
    table = notices.table(f"{notice.code}/roster")
    intake.receive(held.getvalue(), title, table, Region.objects.get(pk=place.region), clerk, purpose="演示")


def _rows(place: Place, people: Sequence[Someone], calendar: Calendar) -> Iterator[list[object]]:
    ends = calendar.back(ENDED)
    title = CLASS % (place.name, ends.year)
    for number, person in enumerate([*people, people[TWICE]], start=1):
        given: object = person.id_number
        if number == WRONG:
            given = f"{person.id_number[:17]}{'1' if person.id_number[17] != '1' else '2'}"
        elif number == ROUNDED:
            given = int(person.id_number[:EXACT_DIGITS].ljust(len(person.id_number), "0"))
        yield [
            number,
            person.name,
            str(SEXES[person.sex]),
            given,
            person.papers[-1].number,
            person.phone,
            title,
            calendar.back(ENDED + 4).isoformat(),
            ends.isoformat(),
            "是",
            None,
        ]
