"""The corpus: workbooks as offices hand them in, each with one trap, its name, and the plan that is right for it.

To add a trap, add a function to one of the modules of this folder and mark it with ``@trap("what is odd about it")``;
it returns a ``Case``. ``python -m tests.corpus.build FOLDER`` writes all files into a folder, to be opened in an office.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.intake import material

from .making import Page, xlsx

NOTICE = "corpus-2019"
"""The notice of the corpus, beside those of the product: employments and care, which no notice asks for as a list."""

ROSTER = "chongqing-handicraft-2019/roster"
STATUS = "chongqing-handicraft-2019/training-status"
HELP = "chongqing-bases-2020/help-handicraft"
TOURISM = "chongqing-bases-2020/help-tourism"
EMPLOYMENTS = f"{NOTICE}/employments"
CARE = f"{NOTICE}/care"

MODULES = ("files", "layout", "structure", "standing", "dates", "numbers", "people")


@dataclass(frozen=True)
class Case:
    """A file and the plan that is right for it.

    ``verdicts``: one word per data row. ``findings``: all there are, as ``D4 id_lost`` or ``Sheet2!D4 id_lost``.
    ``values``: field → what each data row is read as, from top to bottom. ``refused``: the code where the file cannot
    be used at all. ``before``: a file that is committed first.
    """

    data: bytes = field(repr=False)
    verdicts: str = ""
    findings: frozenset[str] = frozenset()
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    table: str = ROSTER
    file: str = "名册.xlsx"
    refused: str = ""
    before: bytes = field(default=b"", repr=False)


TRAPS: dict[str, Callable[[], Case]] = {}
"""What is odd about a file → the function that makes it."""


def trap(name: str) -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    """Put a builder into the table of contents."""

    def keep(builder: Callable[[], Case]) -> Callable[[], Case]:
        if name in TRAPS:
            raise ValueError(f"there is a trap called {name} already")
        TRAPS[name] = builder
        return builder

    return keep


def case(
    data: bytes,
    verdicts: str = "new",
    findings: str = "",
    values: Mapping[str, Any] | None = None,
    **more: Any,
) -> Case:
    """A case; findings are parted by commas."""
    said = frozenset(each.strip() for each in findings.split(",") if each.strip())
    return Case(data, verdicts, said, values or {}, **more)


# --- the roster ---------------------------------------------------------------------------------------------------------

TITLE = "涪陵区2019年手工技能培训学员名册"
CAPTION = "培训机构：                培训时间：2019.5.8—2019.5.26"
HEADER = (
    "序号", "姓名", "性别", "身份证号", "残疾人证号", "户籍地（乡镇、街道）", "联系电话", "培训班名称", "开班日期", "结业日期",
    "是否结业", "备注",
)  # fmt: skip
PLACES = {
    "ordinal": 0, "name": 1, "sex": 2, "id": 3, "certificate": 4, "town": 5, "phone": 6, "title": 7, "begins": 8, "ends": 9,
    "result": 10, "remark": 11,
}  # fmt: skip


def woman(number: int, **changed: Any) -> list[Any]:
    """A row of the roster about one made-up woman; ``changed`` by the words of ``PLACES``."""
    row = material.person_row(number, begins="2019.5.8", ends="2019.5.26")
    for word, value in changed.items():
        row[PLACES[word]] = value
    return row


def women(count: int, start: int = 1) -> list[list[Any]]:
    """Rows about so many women."""
    return [woman(number) for number in range(start, start + count)]


def roster_rows(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """A roster from title to signature; the data begin in row 4."""
    return [[TITLE], [CAPTION], HEADER, *rows, [], ["填表人：王某某", None, None, None, "审核人："]]


def roster(rows: Sequence[Sequence[Any]], **page: Any) -> bytes:
    """A roster as xlsx."""
    return xlsx(Page(roster_rows(rows), "学员名册", merged=("A1:L1", "A2:L2"), **page))


# --- the form of classes ------------------------------------------------------------------------------------------------

STATUS_HEAD: tuple[tuple[Any, ...], ...] = (
    ("重庆市巾帼脱贫残疾妇女手工技能培训情况表",),
    ("区县（自治县）：涪陵区", None, None, None, None, "填报时间：2019年7月25日"),
    ("时  间", "培训班名称", "培训内容", "培训人数", None, "培训费用", None, "资金来源"),
    (None, None, None, "总人数（人）", "残疾妇女人数（人）", "培训班总费用（元）", "残疾妇女培训费用（元）"),
)
STATUS_MERGED = ("A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3", "H3:H4")


def course(number: int = 1, **changed: Any) -> list[Any]:
    """A row of the form of classes."""
    words = ("dates", "title", "content", "headcount", "women", "cost", "share", "funding")
    row = [f"3月{number}日—3月{number + 9}日", f"手工{number}班", "编织", 30, 20, 36000, 24000, "市级资金"]
    for word, value in changed.items():
        row[words.index(word)] = value
    return row


def status_rows(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The form of classes from title to the rows given; they begin in row 5."""
    return [*STATUS_HEAD, *rows]


def status(rows: Sequence[Sequence[Any]], **page: Any) -> bytes:
    """The form of classes as xlsx."""
    page.setdefault("merged", STATUS_MERGED)
    return xlsx(Page(status_rows(rows), "情况表", **page))


# --- the tables of the bases --------------------------------------------------------------------------------------------

HELP_TITLE = "重庆市妇联2020年就业帮扶巾帼示范基地带动帮扶贫困妇女情况统计表"
HELP_HEAD: tuple[tuple[Any, ...], ...] = (
    (HELP_TITLE,),
    ("带动基地名称：竹编合作社", None, None, "创建基地类型：巾帼扶贫车间", None, None, "基地负责人姓名：周桂兰"),
    ("手工制作带动统计表：",),
    (
        "序号", "带动妇女姓名", "家庭住址", "联系电话", "培训时间", "培训内容", "产品收入\n（万元）", "妇女类型", None, None,
        None, "备注",
    ),
    (None, None, None, None, None, None, None, "未脱贫妇女", "贫困妇女", "留守妇女", "普通妇女"),
)  # fmt: skip
HELP_MERGED = ("A1:L1", "H4:K4", *(f"{letter}4:{letter}5" for letter in "ABCDEFGL"))


def helped(number: int, tick: int = 0, mark: Any = "√", **changed: Any) -> list[Any]:
    """A row of the table of handicraft about one made-up woman, with a mark in one of the four tick columns."""
    words = ("ordinal", "name", "address", "phone", "dates", "content", "income")
    row = [
        number, material.name(number), "江东街道二组", f"138{number:08d}", "2020年3月5日—3月20日", "竹编", 1.2,
        None, None, None, None, None,
    ]  # fmt: skip
    row[7 + tick] = mark
    for word, value in changed.items():
        row[words.index(word)] = value
    return row


def help_rows(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The table of handicraft; its data begin in row 6."""
    return [*HELP_HEAD, *rows]


def help_table(rows: Sequence[Sequence[Any]], **page: Any) -> bytes:
    """The table of handicraft as xlsx."""
    page.setdefault("merged", HELP_MERGED)
    return xlsx(Page(help_rows(rows), "带动表", **page))


# --- tables of a notice that the product has never seen -----------------------------------------------------------------

TOML = f"""
code = "{NOTICE}"
title = "就业和托养台账"
issuers = ["市残联"]
edition = "none"
period = "2019"

[[tables]]
code = "employments"
title = "{{region}}{{year}}年残疾人就业名单"
ledger = "employments"
columns = [
  {{ label = "姓名", field = "person.name", required = true }},
  {{ label = "身份证号", field = "person.id_number" }},
  {{ label = "就业形式", field = "form" }},
  {{ label = "就业单位", field = "employer", required = true }},
  {{ label = "开始日期", field = "begins", required = true }},
  {{ label = "结束日期", field = "ends" }},
  {{ label = "手工制作", field = "handicraft" }},
  {{ label = "城乡类别", field = "settlement", required = true }},
]

[[tables]]
code = "care"
title = "{{region}}{{year}}年托养服务名单"
ledger = "care_services"
columns = [
  {{ label = "姓名", field = "person.name", required = true }},
  {{ label = "残疾人证号", field = "person.certificate", computed = false }},
  {{ label = "托养形式", field = "form", required = true }},
  {{ label = "政府购买服务", field = "purchased" }},
  {{ label = "服务机构", field = "provider" }},
  {{ label = "已付费寄宿月数（月）", field = "boarding_months" }},
  {{ label = "服务开始", field = "begins", required = true }},
  {{ label = "服务结束", field = "ends" }},
]
"""


def write_notice(parent: Path) -> Path:
    """A folder of notices that holds the one of the corpus."""
    folder = parent / NOTICE
    folder.mkdir(parents=True)
    (folder / "notice.toml").write_text(TOML, encoding="utf-8")
    (folder / "README.md").write_text("# Corpus\n", encoding="utf-8")
    return parent


def load() -> Mapping[str, Callable[[], Case]]:
    """The table of contents."""
    for module in MODULES:
        import_module(f"tests.corpus.{module}")
    return TRAPS


def main(folder: Path) -> None:
    """Write every file into a folder, numbered, with the trap as its name."""
    import django

    django.setup()
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, builder) in enumerate(load().items(), 1):
        made = builder()
        (folder / f"{number:03d} {name.replace('/', '-')}{Path(made.file).suffix}").write_bytes(made.data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
