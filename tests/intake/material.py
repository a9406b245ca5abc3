"""What these tests are made of: a small tree, a notice of their own, made-up people, workbooks as offices make them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from qiaojie.lib.identity import check_digit
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.regions.services import renumber

ROSTER = "trial-2023/roster"
STATUS = "trial-2023/status"

NOTICE = """
code = "trial-2023"
title = "试点通知"
issuers = ["市残联"]
edition = "none"
period = "2023"

[[tables]]
code = "roster"
title = "{region}{year}年培训学员名册"
ledger = "enrolments"
where = { "class.kind" = "vocational" }
sets = { "class.kind" = "vocational" }
captions = ["培训机构：{organiser}", "培训时间：{dates}"]
signatures = ["填表人：{filled_by}"]
columns = [
  { label = "序号", kind = "ordinal" },
  { label = "姓名", field = "person.name", required = true },
  { label = "性别", field = "person.sex" },
  { label = "身份证号", field = "person.id_number" },
  { label = "残疾人证号", field = "person.certificate", computed = false },
  { label = "户籍地（乡镇、街道）", field = "person.hukou" },
  { label = "联系电话", field = "person.phone" },
  { label = "培训班名称", field = "class.title", required = true },
  { label = "开班日期", field = "class.begins", required = true },
  { label = "结业日期", field = "class.ends", required = true },
  { label = "是否结业", field = "result", choices = { completed = "是", dropped = "否" } },
  { label = "备注", field = "remark" },
]

[[tables]]
code = "status"
title = "手工技能培训情况表"
ledger = "classes"
where = { handicraft = true }
sets = { kind = "vocational", handicraft = true }
claims = { headcount = "claimed_headcount", disabled_women = "claimed_disabled_women", cost_share = "cost_disabled_women" }
captions = ["区县（自治县）：{region}", { label = "填报时间：", field = "date", kind = "date" }]
total = "last"
columns = [
  { label = "时间", field = "dates", required = true },
  { label = "培训班名称", field = "title", required = true },
  { label = "培训内容", field = "content" },
  { label = "培训人数", columns = [
    { label = "总人数（人）", field = "headcount", total = true },
    { label = "残疾妇女人数（人）", field = "disabled_women", total = true } ] },
  { label = "培训费用", columns = [
    { label = "培训班总费用（元）", field = "cost", total = true },
    { label = "残疾妇女培训费用（元）", field = "cost_share", total = true } ] },
  { label = "资金来源", field = "funding" },
]
"""

HEADER = [
    "序号", "姓名", "性别", "身份证号", "残疾人证号", "户籍地（乡镇、街道）", "联系电话", "培训班名称", "开班日期", "结业日期",
    "是否结业", "备注",
]  # fmt: skip
NAME, SEX, ID, CERTIFICATE, TOWN, PHONE, CLASS, BEGINS, ENDS, RESULT, REMARK = range(1, 12)

TOWNS = ("江东街道", "李渡街道", "马武镇", "焦石镇", "荔枝街道")
SURNAMES = "李王卫魏吕周冯孔何褚施张蒋陈沈钱郑金曹韩秦孙"
GIVEN = "桂琴兰梅玉珍丽春英红秀花芳翠燕凤淑素华"


def write_notice(parent: Path) -> Path:
    """A folder of notices that holds the one of these tests."""
    folder = parent / "trial-2023"
    folder.mkdir(parents=True)
    (folder / "notice.toml").write_text(NOTICE, encoding="utf-8")
    (folder / "README.md").write_text("# Trial\n", encoding="utf-8")
    return parent


def plant_tree() -> None:
    """涪陵区 with five townships, 石柱县 with two, and a 朝阳区 in each of two other cities."""
    nation = region("中国", "000000", Level.NATION, RegionKind.NATION, None)
    city = region("重庆市", "500000", Level.PROVINCE, RegionKind.PROVINCE, nation)
    county = region("涪陵区", "500102", Level.COUNTY, RegionKind.COUNTY, city)
    for number, town in enumerate(TOWNS):
        region(town, f"50010200{number}", Level.TOWNSHIP, RegionKind.TOWNSHIP, county)
    other = region("石柱土家族自治县", "500240", Level.COUNTY, RegionKind.COUNTY, city, short="石柱县")
    region("沙子镇", "500240101", Level.TOWNSHIP, RegionKind.TOWNSHIP, other)
    region("南宾街道", "500240001", Level.TOWNSHIP, RegionKind.TOWNSHIP, other)
    for code, name in (("110000", "北京市"), ("220000", "吉林省")):
        above = region(name, code, Level.PROVINCE, RegionKind.PROVINCE, nation)
        region("朝阳区", code[:3] + "105", Level.COUNTY, RegionKind.COUNTY, above)
    renumber()


def region(name: str, code: str, level: int, kind: str, parent: Region | None, short: str = "") -> Region:
    return Region.objects.create(
        key=code, code=code, name=name, short_name=short or name, level=level, kind=kind, parent=parent
    )


def id_number(number: int, born: date | None = None) -> str:
    """A woman's identity number that nobody has: prefix 500000, a true check character."""
    born = born or date(1965, 1, 1) + timedelta(days=(number * 37) % 13_000)
    first17 = f"500000{born:%Y%m%d}{(number * 2) % 1000:03d}"
    return first17 + check_digit(first17)


def certificate(number: int, kind: str = "42") -> str:
    """Her certificate: the identity number, category and grade."""
    return id_number(number) + kind


def name(number: int) -> str:
    """A made-up name."""
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number % len(GIVEN)] + GIVEN[(number // 7) % len(GIVEN)]


def person_row(number: int, **changed: Any) -> list[Any]:
    """A row of the roster about one made-up woman; ``changed`` by the column's constant in lower case."""
    row: list[Any] = [
        number, name(number), "女", id_number(number), certificate(number), TOWNS[number % len(TOWNS)],
        f"138{number:08d}", "手工编织一班", "2023.5.8", "2023.5.26", "是", None,
    ]  # fmt: skip
    for column, value in changed.items():
        row[globals()[column.upper()]] = value
    return row


def roster(rows: Sequence[Sequence[Any]], *, title: str = "涪陵区2023年培训学员名册") -> bytes:
    """A roster with title, caption, header in row 3, data from row 4 and a line to sign."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "学员名册"
    sheet.append([title])
    sheet.append(["培训机构：                培训时间：2023.5.8—2023.5.26"])
    sheet.append(HEADER)
    for row in rows:
        sheet.append(list(row))
    sheet.append([])
    sheet.append(["填表人：", None, None, None, "审核人："])
    sheet.merge_cells("A1:L1")
    sheet.merge_cells("A2:L2")
    return _bytes(book)


def roster_csv(rows: int) -> bytes:
    """A roster of so many different women, as csv (a workbook of thousands takes longer to make than to commit)."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(HEADER)
    for number in range(1, rows + 1):
        born = date(1960, 1, 1) + timedelta(days=number % 15_000)
        first17 = f"500000{born:%Y%m%d}{number // 15_000 * 2 % 1000:03d}"
        number_18 = first17 + check_digit(first17)
        row = person_row(number)
        row[ID], row[CERTIFICATE] = number_18, number_18 + "42"
        lines.writerow(row)
    return text.getvalue().encode()


def thirty() -> bytes:
    """Thirty rows as offices hand them in: D14 rounded by Excel, D20 with a wrong check character, 〃, spread names."""
    rows = [person_row(number) for number in range(1, 31)]
    rows[0][NAME] = "李  桂"
    rows[10][ID] = float(rows[10][ID][:15] + "000")
    last = rows[16][ID][17]
    rows[16][ID] = rows[16][ID][:17] + ("1" if last != "1" else "2")
    rows[21][TOWN] = "〃"
    return roster(rows)


STATUS_ROWS: tuple[list[Any], ...] = (
    ["3月11日—\n3月22日", "巾帼手工编织班", "毛线编织", 45, 38, 36000, 30400, "市级资金"],
    ["4月15日—4月26日", "布艺制作班", "布艺", 30, 30, 21000, 21000, "区县资金"],
    ["5月20日—5月31日", "串珠班", "同上", 25, 18, "1.6万", "11520", "自筹资金"],
)


def status(
    rows: Sequence[Sequence[Any]] = STATUS_ROWS,
    total: Sequence[Any] = ("合计", None, None, 100, 86, 73000, 62920, None),
    region: str = "涪陵区",
    date_line: str = "填报时间：2023年7月25日",
) -> bytes:
    """The half-year form with its header of two rows, dates without a year, 同上, 1.6万 and a row of sums."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["手工技能培训情况表"])
    sheet.append([f"区县（自治县）：{region}", None, None, None, None, date_line])
    sheet.append(["时  间", "培训班\n名称", "培训内容", "培训人数", None, "培训费用", None, "资金来源"])
    sheet.append(
        [
            None,
            None,
            None,
            "总人数\n（人）",
            "残疾妇女人数\n（人）",
            "培训班总费用\n（元）",
            "残疾妇女培训费用\n（元）",
        ]
    )
    for row in rows:
        sheet.append(list(row))
    sheet.append(list(total))
    for block in ("A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3", "H3:H4"):
        sheet.merge_cells(block)
    return _bytes(book)


def _bytes(book: openpyxl.Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


ROOMS = ("people", "training", "regions", "measures")


def dump(leave_out: Sequence[str] = (), rooms: Sequence[str] = ROOMS) -> Mapping[str, list[tuple[Any, ...]]]:
    """Every row of every business table, decrypted; journal, batches, logs and kept files left out."""
    from django.apps import apps

    return {
        model._meta.label: sorted(
            (tuple(_plain(value) for value in row) for row in model._default_manager.values_list()), key=repr
        )
        for room in rooms
        for model in apps.get_app_config(room).get_models()
        if model._meta.label not in leave_out
    }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
