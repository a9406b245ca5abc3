"""Intake: a roster planned and committed beside the bare steps of the same file, without any check."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date

import openpyxl
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.intake import services
from qiaojie.intake.outcome import Plan
from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions

from .registry import id_number
from .timing import Line, pair, seconds

TABLE = "chongqing-work-2023/roster"
HEADER = (
    "序号", "姓名", "性别", "身份证号", "残疾人证号", "户籍地（乡镇、街道）", "联系电话", "培训班名称", "开班日期", "结业日期",
    "是否结业", "备注",
)  # fmt: skip


def lines(rows: int) -> Iterator[Line]:
    """A roster of so many rows into a registry that does not know them."""
    data = _roster(rows)
    viewer, region, table = SystemViewer(), regions.find("500102"), notices.table(TABLE)
    plans: list[Plan] = []

    def plan() -> None:
        plans.append(services.plan(data, "roster.xlsx", table, region, viewer))

    yield pair(f"plan of {rows:,} rows beside reading the file", plan, lambda: _read(data), 2.5)
    ours = seconds(lambda: services.commit(plans[-1], viewer))
    yield Line(
        f"commit of {rows:,} rows beside bare inserts of the same cells",
        ours,
        seconds(lambda: _insert(data)),
        2,
    )


def _roster(rows: int) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("名册")
    sheet.append(HEADER)
    for n in range(rows):
        born = date.fromordinal(date(1970, 1, 1).toordinal() + n % 9_000)
        number = id_number(born, n // 9_000 * 2)
        name = f"王{chr(0x4E00 + n % 5_000)}{chr(0x4E00 + n // 5_000)}"
        cells = (n + 1, name, "女", number, f"{number}43", "江东街道", f"139{n:08d}")
        sheet.append((*cells, f"编织{n // 50}班", "2023.5.8", "2023.5.26", "是", None))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _read(data: bytes) -> list[list[object]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    return [list(row) for row in sheet.to_python()]


def _insert(data: bytes) -> None:
    """The same cells into a table of texts, nothing checked, nothing encrypted, taken back at the end."""
    rows = [[str(cell) for cell in row] for row in _read(data)[1:]]
    columns = ", ".join(f"c{n} text" for n in range(len(HEADER)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bare ({columns})")
        cursor.executemany(f"INSERT INTO bare VALUES ({', '.join(['%s'] * len(HEADER))})", rows)  # noqa: S608
        cursor.execute("DROP TABLE bare")
