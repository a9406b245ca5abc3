"""Workbooks as offices hand them in, for trying an upload: the list of 万州's class with all that is wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment

from qiaojie.lib.identity import EXACT_DIGITS, SEXES

from .stories import wanzhou
from .world import Place, Someone, World

HEADER: Final = (
    "序号",
    "姓名",
    "性别",
    "身份证号",
    "残疾人证号",
    "户籍地（乡镇、街道）",
    "联系电话",
    "培训班名称",
    "开班日期",
    "结业日期",
    "是否结业",
    "备注",
)
SHEET: Final = "学员名册"
CAPTION: Final = "培训机构：            培训时间：%s—%s"
TITLE: Final = "万州区%d年残疾人职业技能培训学员名册"
SIGNATURES: Final = "填表人：            审核人：            填表日期："
FIRST_ROW: Final = 4
"""Row of the sheet in which the first person stands."""
TWICE: Final = 11
"""Place in the list of the woman who stands in its last row again."""

_PLACE: Final = Place(
    region=0,
    code=wanzhou.CODE,
    name="万州区",
    full_name="万州区",
    townships=tuple(enumerate(wanzhou.TOWNS, start=1)),
)


def wanzhou_people() -> list[Someone]:
    """The 49 people of the list, as the demo has them (regions apart); needs no database."""
    return wanzhou.people(World(), _PLACE)


def wanzhou_list(
    path: Path, *, title: str = wanzhou.TITLE, begins: date = wanzhou.BEGINS, ends: date = wanzhou.ENDS
) -> None:
    """Write the list of 50 rows: one woman twice, two identity numbers rounded by the spreadsheet.

    By default it is the class that the demo already has; another title or other days make it a new one.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    sheet.append([TITLE % ends.year])
    sheet.append([CAPTION % (_dotted(begins), _dotted(ends))])
    sheet.append(HEADER)
    for row in _rows(title, begins, ends):
        sheet.append(row)
    sheet.append([SIGNATURES])
    for line in (1, 2):
        sheet.merge_cells(start_row=line, start_column=1, end_row=line, end_column=len(HEADER))
        sheet.cell(line, 1).alignment = Alignment(horizontal="center")
    for column, width in zip("BDEFGHIJL", (10, 22, 24, 20, 14, 28, 12, 12, 34), strict=True):
        sheet.column_dimensions[column].width = width
    book.save(path)


def _rows(title: str, begins: date, ends: date) -> Iterator[list[object]]:
    people = wanzhou_people()
    towns = dict(_PLACE.townships)
    for number, at in enumerate([*range(len(people)), TWICE], start=1):
        person = people[at]
        again = number > len(people)
        yield [
            number,
            "  ".join(person.name) if again else person.name,
            str(SEXES[person.sex]),
            _rounded(person.id_number) if at in wanzhou.ROUNDED else person.id_number,
            person.papers[0].number if person.papers else None,
            towns[person.hukou],
            person.phone,
            title,
            _dotted(begins),
            _dotted(ends),
            "是",
            wanzhou.EXPIRED if at == wanzhou.LAPSED_AT else None,
        ]


def _rounded(number: str) -> int:
    """What a spreadsheet keeps of a long number typed as one: its first 15 digits."""
    return int(number[:EXACT_DIGITS].ljust(len(number), "0"))


def _dotted(day: date) -> str:
    return f"{day.year}.{day.month}.{day.day}"
