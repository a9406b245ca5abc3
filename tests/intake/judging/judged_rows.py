"""Rows for the two judges: one for every finding that can be made about a row and for every change that can be planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiaojie.intake.judging import planning
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.vocabulary.outcome import LEAVE_OUT, NEW_PERSON, OVERWRITE, USE_CERTIFICATE, Source
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region

from ..material import certificate, id_number
from .test_plain import shown, written

NOTICE = """
code = "judged-2023"
title = "试点通知"
issuers = ["市残联"]
edition = "none"
period = "2023"

[[tables]]
code = "roster"
title = "培训学员名册"
ledger = "enrolments"
sets = { "class.kind" = "vocational" }
columns = [
  { label = "姓名", field = "person.name", required = true },
  { label = "性别", field = "person.sex" },
  { label = "出生日期", field = "person.birth_date" },
  { label = "身份证号", field = "person.id_number" },
  { label = "残疾人证号", field = "person.certificate", computed = false },
  { label = "户籍地", field = "person.hukou" },
  { label = "联系电话", field = "person.phone" },
  { label = "培训班名称", field = "class.title", required = true },
  { label = "开班日期", field = "class.begins", required = true },
  { label = "结业日期", field = "class.ends", required = true },
  { label = "是否结业", field = "result", choices = { completed = "是", dropped = "否" } },
]

[[tables]]
code = "persons"
title = "服务对象登记表"
ledger = "persons"
columns = [
  { label = "姓名", field = "name", required = true },
  { label = "身份证号", field = "id_number" },
  { label = "残疾人证号", field = "certificate", computed = false },
  { label = "联系电话", field = "phone" },
  { label = "死亡日期", field = "died_on" },
]

[[tables]]
code = "help"
title = "带动帮扶情况表"
ledger = "help"
sets = { "base.industry" = "handicraft" }
columns = [
  { label = "基地名称", field = "base.name", required = true },
  { label = "基地类型", field = "base.kind" },
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "培训时间", field = "dates" },
  { label = "产品收入（元）", field = "product_income" },
  { label = "代销产品（元）", field = "agency_sales" },
  { label = "是否就业", field = "employed", applies = { "base.kind" = ["base"] } },
]

[[tables]]
code = "ticks"
title = "带动妇女情况表"
ledger = "help"
sets = { "base.industry" = "handicraft", "base.kind" = "base" }
columns = [
  { label = "基地名称", field = "base.name", required = true },
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "妇女类型", columns = [
    { label = "留守妇女", field = "woman_kind", tick = "left_behind" },
    { label = "贫困妇女", field = "woman_kind", tick = "poor" } ] },
]

[[tables]]
code = "names"
title = "带动妇女名单"
ledger = "help"
sets = { "base.industry" = "handicraft", "base.kind" = "base" }
columns = [
  { label = "基地名称", field = "base.name", required = true },
  { label = "姓名", field = "person.name", required = true },
  { label = "培训内容", field = "content" },
]

[[checks]]
ledger = "enrolments"
code = "class_long"
level = "warning"
words = "办班{value}天，超过60天。"
field = "class.begins"
days_to = "class.ends"
max = 60
"""

ROSTER, PERSONS, HELPED, TICKED, NAMES = (
    f"judged-2023/{code}" for code in ("roster", "persons", "help", "ticks", "names")
)
HEADERS = {
    ROSTER: "姓名 性别 出生日期 身份证号 残疾人证号 户籍地 联系电话 培训班名称 开班日期 结业日期 是否结业 发证机关".split(),
    PERSONS: "姓名 身份证号 残疾人证号 联系电话 死亡日期".split(),
    HELPED: "基地名称 基地类型 姓名 身份证号 培训时间 产品收入（元） 代销产品（元） 是否就业".split(),
    TICKED: "基地名称 姓名 身份证号 留守妇女 贫困妇女".split(),
    NAMES: "基地名称 姓名 培训内容".split(),
}
OLD = {"class": "旧班", "begins": "2023.1.3", "ends": "2023.1.10"}
"""The class that those whom the registry knows were in."""
SECOND = {"class": "旧二班", "begins": "2023.1.3", "ends": "2023.1.10"}

Row = list[Any]
Case = Sequence[tuple[Row, str]]
"""Rows of a file that have to do with each other, each with what was decided about it ('' where nothing was)."""


def called(number: int) -> str:
    """A name that nobody else has."""
    return "李" + "".join("零一二三四五六七八九"[int(digit)] for digit in f"{number:03d}")


def woman(number: int, **said: Any) -> Row:
    """A row of the roster about one woman, in a class that the registry does not know, but for what else is said."""
    held = {
        "name": called(number), "sex": "女", "birth": None, "id": id_number(number), "certificate": certificate(number),
        "town": "马武镇", "phone": f"138{number:08d}", "class": "新班", "begins": "2023.5.8", "ends": "2023.5.26",
        "result": "是", "issued": None,
    }  # fmt: skip
    assert said.keys() <= held.keys()
    return [*(held | said).values()]


def lost(number: int) -> str:
    """An identity number as a spreadsheet destroys it."""
    return f"{id_number(number)[:15]}000"


def file(table: str, rows: Sequence[Row]) -> bytes:
    lines = [HEADERS[table], *rows]
    return "\n".join(",".join("" if cell is None else str(cell) for cell in line) for line in lines).encode()


KNOWN: Sequence[Row] = [
    *(woman(n, **OLD) for n in (1, 2, 4, 5, 8, 12, 18, 19, 52, 61, 90)),
    woman(3, phone=None, **OLD),
    woman(6, certificate=None, **OLD),
    woman(7, **OLD),
    woman(9, certificate=certificate(109), **OLD),
    woman(10, certificate=None, **OLD),
    woman(11, certificate=certificate(10), **OLD),
    woman(13, name=called(12), **OLD),
    woman(14, id=None, **OLD),
    woman(70, id=None, **OLD),
    woman(15, name=called(16), certificate=None, **OLD),
    woman(16, **OLD),
    woman(20, **SECOND),
    woman(51, **OLD),
    woman(63, **OLD),
    woman(66, certificate=certificate(166), **OLD),
]
KNOWN_THERE: Sequence[Row] = [
    woman(23, **OLD),
    woman(21, **OLD),
    woman(22, phone=None, **OLD),
    woman(62, **OLD),
]

HELPED_BEFORE: Sequence[Row] = [
    ["竹编社", "巾帼脱贫基地", called(211), id_number(211), None, "30", "20", None]
]

CASES: Mapping[str, Case] = {
    "new": [(woman(100), "")],
    "the same": [(woman(1, **OLD), "")],
    "a note beside her name": [(woman(240, name=f"{called(240)}（女）", sex=None), "")],
    "a note that says otherwise": [(woman(241, name=f"{called(241)}（已退出）"), "")],
    "after her death": [(woman(90), "")],
    "a title too long": [(woman(91, **{"class": "长" * 300}), "")],
    "her own county changes": [(woman(2, phone="13900000002"), "")],
    "what is blank is filled": [(woman(3), "")],
    "what says less": [(woman(4, town="涪陵区"), "")],
    "what follows from a number": [(woman(5), "")],
    "her first certificate": [(woman(6), "")],
    "another certificate": [(woman(7, certificate=certificate(7, "43")), "")],
    "another name": [(woman(8, name="赵改名"), "")],
    "a certificate of somebody else": [(woman(109), "")],
    "a number with a certificate of somebody else": [(woman(10), "")],
    "a number of a record that was merged": [(woman(13, name=called(12), certificate=None), "")],
    "a number that only a certificate carries": [(woman(14, certificate=None), "")],
    "a number that only a certificate carries, another name": [(woman(70, certificate=None, name="赵改名"), "")],
    "a woman with one odd row": [
        (woman(69), ""), (woman(69, begins="2022.5.8", ends="2022.5.26", **{"class": "去年班"}), ""),
    ],
    "a certificate that two hold": [(woman(16, id=None), "")],
    "a number new, a name without number known": [(woman(167, name=called(67), phone="13800000067"), "")],
    "a name alone": [(woman(17, id=None, certificate=None), "")],
    "another name's telephone": [(woman(118, id=None, certificate=None, name=called(17), phone="13800000017"), NEW_PERSON)],
    "of another county": [(woman(21, phone="13900000021"), "")],
    "of another county, blank": [(woman(22), "")],
    "of another county, confirmed": [(woman(62, phone="13900000062"), OVERWRITE)],
    "of another county, without number": [(woman(23, id=None, certificate=None), "")],
    "two with one certificate": [(woman(31), ""), (woman(32, certificate=certificate(31)), "")],
    "one number with two names": [(woman(33), ""), (woman(33, name="赵改名", **{"class": "二班"}), "")],
    "one number with two telephones": [(woman(34), ""), (woman(34, phone="13900000034", **{"class": "二班"}), "")],
    "one class with two ends": [
        (woman(35, **{"class": "差班"}), ""), (woman(36, ends="2023.5.27", **{"class": "差班"}), ""),
    ],
    "a class that ends otherwise": [(woman(37, **SECOND | {"ends": "2023.1.11"}), "")],
    "a result that was otherwise": [(woman(18, result="否", **OLD), "")],
    "a row twice": [(woman(38), ""), (woman(38), "")],
    "a row twice, different": [(woman(39), ""), (woman(39, result="否"), "")],
    "no class": [(woman(40, **{"class": None}), "")],
    "no name": [(woman(41, name=None), "")],
    "no number": [(woman(42, id=None, certificate=None), "")],
    "nothing but a name": [(woman(43, id=None, certificate=None, phone=None), "")],
    "somebody of the file without a number": [(woman(44), ""), (woman(44, id=None, certificate=None, town="江东街道"), "")],
    "a lost number, said whose": [(woman(47, id=lost(47), certificate=None, name=called(19)), "person:19")],
    "a lost number of the certificate": [(woman(48, id=lost(48)), USE_CERTIFICATE)],
    "a lost number, and another row of hers": [
        (woman(51, id=lost(51), certificate=None), "person:51"),
        (woman(51, phone="13900000051", **{"class": "二班"}), ""),
    ],
    "a lost number": [(woman(49, id=lost(49)), "")],
    "left out": [(woman(46, certificate=None), LEAVE_OUT)],
    "somebody known by her telephone, and a row with her number": [
        (woman(163, id=None, certificate=None, phone="13800000063"), "person:63"),
        (woman(63, phone="13900000063", **{"class": "二班"}), ""),
    ],
    "one known by her number, and by a certificate": [
        (woman(66, certificate=None, phone="13900000066"), ""),
        (woman(166, id=None, name=called(66), **{"class": "二班"}), ""),
    ],
    "a class without a beginning": [(woman(68, begins=None, **{"class": "无期班"}), "")],
    "in another class on the same days": [(woman(52, begins="2023.1.5", ends="2023.1.8", **{"class": "另班"}), "")],
    "a number mistyped": [(woman(50, id=id_number(50)[:17] + "甲"), "")],
    "a day of birth": [(woman(53, birth="1980.1.1"), "")],
    "a sex": [(woman(54, sex="男"), "")],
    "a certificate of another number": [(woman(55, certificate=certificate(155)), "")],
    "an end before the beginning": [(woman(56, ends="2023.5.1", **{"class": "倒班"}), "")],
    "a year before": [(woman(57, begins="2022.5.8", ends="2022.5.26", **{"class": "去年班"}), "")],
    "a limit of the notice": [(woman(58, ends="2023.9.26", **{"class": "长班"}), "")],
    "a town unknown": [(woman(59, town="无此镇"), "")],
    "a town of which there are two": [(woman(60, town="同名镇"), "")],
    "of an office nobody knows": [(woman(71, issued="无此县残联"), "")],
    "issued elsewhere": [(woman(72, issued="石柱县残疾人联合会"), "")],
    "issued by two": [
        (woman(73, issued="石柱县残联"), ""), (woman(73, issued="涪陵区", **{"class": "二班"}), ""),
    ],
    "issued by nobody knows whom": [(woman(74, town=None), "")],
    "issued by whom somebody said": [(woman(75, town=None), "issuer_open")],
    "one class spelt in two ways": [
        (woman(76, **{"class": "绒绣（1）班"}), ""), (woman(77, **{"class": "绒绣一班"}), ""),
    ],
    "a class that stands, spelt otherwise": [(woman(78, **OLD | {"class": "旧 班"}), "")],
    "a class that is nearly another": [
        (woman(79, **{"class": "竹器编织班"}), ""), (woman(80, **{"class": "竹器编织班"}), ""),
        (woman(81, **{"class": "竹器编制班"}), ""),
    ],
    "a class that is another, as somebody said": [
        (woman(82, **{"class": "棕编技艺班"}), ""), (woman(83, **{"class": "棕编技艺班"}), ""),
        (woman(84, **{"class": "棕编技术班"}), "another:class"),
    ],
    "a village": [(woman(64, town="马武镇石朝门村"), "")],
}  # fmt: skip

OTHERS: Mapping[str, Mapping[str, Case]] = {
    PERSONS: {
        "new": [([called(201), id_number(201), certificate(201), "13800000201", None], "")],
        "known": [([called(1), id_number(1), certificate(1), "13900000001", None], "")],
        "twice": [
            ([called(202), id_number(202), None, None, None], ""), ([called(202), id_number(202), None, None, None], "")
        ],
        "a death before the last class": [([called(52), id_number(52), None, None, "2023.1.5"], "")],
        "a death": [([called(61), id_number(61), None, None, "2023.2.5"], "")],
    },
    HELPED: {
        "new": [(["竹编社", "巾帼脱贫基地", called(203), id_number(203), "2023.3.1—2023.3.5", "30", "20", None], "")],
        "a kind that has ended": [
            (["老绣坊", "巾帼老作坊", called(212), id_number(212), "2023.3.1—2023.3.5", "30", "20", None], "")
        ],
        "a part of a whole": [
            (["竹编社", "巾帼脱贫基地", called(204), id_number(204), "2023.3.1—2023.3.5", "10", "20", None], "")
        ],
        "what is not filled": [
            (["藤编坊", "巾帼扶贫家庭工坊", called(205), id_number(205), "2023.3.1—2023.3.5", "30", "20", "是"], "")
        ],
        "a sum that was otherwise": [(["竹编社", "巾帼脱贫基地", called(211), id_number(211), None, "35", "20", None], "")],
        "an end before": [
            (["竹编社", "巾帼脱贫基地", called(206), id_number(206), "2023.3.5—2023.3.1", "30", "20", None], "")
        ],
    },
    TICKED: {
        "ticked": [(["竹编社", called(207), id_number(207), "√", None], "")],
        "ticked twice": [(["竹编社", called(208), id_number(208), "√", "√"], "")],
    },
    NAMES: {"a name": [(["竹编社", called(209), "竹编"], "")]},
}  # fmt: skip


@dataclass(frozen=True)
class File:
    """Cases as a file, with what was decided about its rows."""

    table: str
    data: bytes
    decisions: Mapping[int, str]


@dataclass(frozen=True)
class Files:
    """All files, planned by one who may not approve."""

    region: Region
    clerk: Viewer
    files: Sequence[File] = field(default_factory=list)

    def plan(self, file: File, *, by_columns: bool) -> Plan:
        source = Source(file.data, "表.csv", notices.table(file.table), self.region, None, file.decisions)
        return planning.make(source, self.clerk, by_columns=by_columns)

    def all(self, *, by_columns: bool) -> list[dict[str, Any]]:
        """All that the plans of all files say."""
        return [shown(self.plan(file, by_columns=by_columns)) for file in self.files]

    def written(self, *, by_columns: bool) -> list[dict[str, Any]]:
        """What stands there once each is committed by itself."""
        return [written(self.plan(file, by_columns=by_columns), self.clerk) for file in self.files]
