"""Several sheets and tables in a file, rows that are none, cells that stand for others."""

from __future__ import annotations

from tests.intake import material

from .build import (
    CAPTION,
    HEADER,
    HELP,
    HELP_HEAD,
    HELP_MERGED,
    HELP_TITLE,
    STATUS,
    STATUS_MERGED,
    TITLE,
    Case,
    case,
    course,
    help_rows,
    help_table,
    helped,
    roster,
    roster_rows,
    status,
    status_rows,
    trap,
    woman,
    women,
)
from .making import Page, xlsx


def ids(*numbers: int) -> dict[str, list[str]]:
    return {"person.id_number": [material.id_number(n) for n in numbers]}


NEW = "new new new"


@trap("one sheet for each township")
def _sheets() -> Case:
    pages = [
        Page(roster_rows([woman(n, town=None), woman(n + 1, id="")]), town)
        for n, town in ((1, "江东街道"), (3, "马武镇"))
    ]
    # Found by the certificate alone.
    values = {"person.id_number": [material.id_number(1), None, material.id_number(3), None]}
    return case(xlsx(*pages), "new new new new", values=values)


@trap("a sheet of notes, an empty one, and one of another table")
def _other_sheets() -> Case:
    notes = Page([["填表说明"], ["1. 身份证号按18位填写。"], ["2. 残疾人证号按20位填写。"]], "说明")
    other = Page(status_rows([course(1)]), "情况表", merged=STATUS_MERGED)
    data = xlsx(notes, Page([], "Sheet2"), other, Page(roster_rows(women(3)), "名册"))
    return case(data, NEW, "情况表!A3 other_table", ids(1, 2, 3))


@trap("a hidden sheet with last year's rows")
def _hidden_sheet() -> Case:
    data = xlsx(Page(roster_rows(women(2)), "名册"), Page(roster_rows(women(4, 5)), "旧", hidden=True))
    return case(data, "new new", "旧!A3 sheet_hidden", ids(1, 2))


@trap("a sheet whose columns are those of an older version of the form")
def _versions() -> Case:
    old = (*HEADER[:3], "联系电话", "身份证号码", "残疾证号", "户籍地址", *HEADER[7:])
    rows = [[TITLE], old, [*woman(2)[:3], *(woman(2)[at] for at in (6, 3, 4, 5)), *woman(2)[7:]]]
    data = xlsx(Page(roster_rows(women(1)), "新表"), Page(rows, "旧表"))
    return case(data, "new new", values={**ids(1, 2), "person.phone": ["13800000001", "13800000002"]})


@trap("two bases' tables on one sheet")
def _two_tables() -> Case:
    second = (
        (HELP_TITLE,), ("带动基地名称：绣品车间", None, None, "创建基地类型：巾帼扶贫车间", None, None, "基地负责人姓名：吴玉梅"),
        *HELP_HEAD[2:],
    )  # fmt: skip
    rows = [*help_rows([helped(1), helped(2)]), [], [], *second, helped(3), helped(4)]
    return case(
        xlsx(Page(rows, merged=HELP_MERGED)),
        NEW + " new",
        values={
            "base.name": ["竹编合作社"] * 2 + ["绣品车间"] * 2,
            "base.head": ["周桂兰"] * 2 + ["吴玉梅"] * 2,
        },
        table=HELP,
        file="带动表.xlsx",
    )


@trap("another form below the data")
def _below() -> Case:
    rows = [*roster_rows(women(3))[:6], [], *status_rows([course(1)])[2:]]
    return case(xlsx(Page(rows)), NEW, "A8 other_table", ids(1, 2, 3))


@trap("rows hidden by hand")
def _hidden_rows() -> Case:
    data = roster(women(3), hidden_rows=(5,))
    return case(data, NEW, "B5 rows_hidden", ids(1, 2, 3))


@trap("rows hidden by a filter")
def _filtered() -> Case:
    data = roster(women(3), hidden_rows=(4, 6), filter="A3:L6")
    return case(data, NEW, "B4 rows_hidden", ids(1, 2, 3))


@trap("a hidden column")
def _hidden_columns() -> Case:
    data = roster(women(3), hidden_columns=("E",))
    return case(
        data, NEW, "E3 columns_hidden", {"person.certificate": [material.certificate(n) for n in (1, 2, 3)]}
    )


@trap("merged data cells")
def _merged_data() -> Case:
    rows = [
        woman(1),
        woman(2, title=None, begins=None, ends=None),
        woman(3, title=None, begins=None, ends=None),
    ]
    book = xlsx(Page([[TITLE], HEADER, *rows], merged=("H3:H5", "I3:I5", "J3:J5")))
    return case(book, NEW, values={"class.title": ["手工编织一班"] * 3, **ids(1, 2, 3)})


@trap("the class is named in the first of its rows only")
def _first_row_only() -> Case:
    rows = [
        woman(1),
        woman(2, title="〃", begins="〃", ends="〃"),
        woman(3, title="同上", begins="同上", ends="同 上"),
    ]
    return case(roster(rows), NEW, values={"class.title": ["手工编织一班"] * 3, **ids(1, 2, 3)})


@trap("as above, in every hand")
def _dittos() -> Case:
    marks = ("〃", "同上", "″", '"', "“", "，，", "(同上)", "仝上", "”", "〞", "同前", "''")
    rows = [woman(1, town="马武镇"), *(woman(n, town=mark) for n, mark in enumerate(marks, 2))]
    return case(roster(rows), " ".join(["new"] * len(rows)), values={"person.hukou": ["马武镇"] * len(rows)})


@trap("as above where nothing stands above, and for a number that is nobody else's")
def _ditto_alone() -> Case:
    rows = [woman(1, town="同上"), woman(2, id="同上")]
    return case(
        roster(rows),
        "wrong wrong",
        "F4 ditto_alone, D5 ditto_alone",
    )


@trap("nothing, in every hand")
def _nothing() -> Case:
    marks = ("无", "/", "-", "略", "——", "—", "暂无", "N/A", "\\", "　", "未填", "空", "*")
    rows = [woman(n, phone=mark, remark=mark, town=mark) for n, mark in enumerate(marks, 1)]
    none = [None] * len(rows)
    return case(
        roster(rows),
        " ".join(["new"] * len(rows)),
        values={"person.phone": none, "remark": none, "person.hukou": none},
    )


@trap("sums in the middle and at the end")
def _sums() -> Case:
    rows = [
        course(1), course(2), ["小计", None, None, 60, 40, 72000, 48000], course(3), course(4, cost=1000, share=1000),
        ["小  计：", None, None, 60, 40, 37000, 25000], ["合    计", None, None, 120, 80, 109000, 73000],
    ]  # fmt: skip
    return case(status(rows), "new new new new", values={"headcount": [30] * 4}, table=STATUS)


@trap("sums that do not add up")
def _wrong_sums() -> Case:
    rows = [course(1), course(2), ["总计", None, None, 61, 40, "7.2万", 48000]]
    return case(status(rows), "new new", "D7 total_differs", {"headcount": [30, 30]}, table=STATUS)


@trap("sums of a page, of townships, of the whole county")
def _other_sums() -> Case:
    rows = [
        course(1), ["本页小计", None, None, 30, 20], course(2), ["江东街道小计", None, None, 30, 20],
        ["全区合计（2个班）", None, None, 60, 40],
    ]  # fmt: skip
    return case(status(rows), "new new", values={"headcount": [30, 30]}, table=STATUS)


@trap("how many persons there are, where others sum up")
def _counted() -> Case:
    rows = [*women(3), ["合计", "3人"], [None, "共计3人"]]
    return case(roster(rows), NEW, values=ids(1, 2, 3))


@trap("signatures, notes and a seal's space at the end")
def _signatures() -> Case:
    tail = [
        ["备注：1. 残疾人证号按20位填写。"], ["2. 户籍地填到乡镇、街道。"], [],
        ["单位负责人（签字）：", None, None, None, "审核人：王某某", None, None, "填表人：李某某"],
        ["联系电话：023-72200000", None, None, None, "填报日期：2019年7月25日"], ["（盖章）"], ["2019年7月25日"],
    ]  # fmt: skip
    data = xlsx(Page([[TITLE], [CAPTION], HEADER, *women(3), *tail]))
    return case(data, NEW, values=ids(1, 2, 3))


@trap("empty rows between the data, with running numbers and without")
def _blank_rows() -> Case:
    rows = [woman(1), [], [2], woman(2), [None] * 12, ["", " ", "　"], woman(3), [4], [5], [6]]
    return case(roster(rows), NEW, "B6 rows_left_out", values=ids(1, 2, 3))


@trap("a line of its own for each township between the data")
def _group_lines() -> Case:
    rows = [["江东街道"], *women(2), ["马武镇（1人）"], *women(1, 3)]
    data = xlsx(Page([[TITLE], HEADER, *rows], merged=("A1:L1", "A3:L3", "A6:L6")))
    return case(data, NEW, values=ids(1, 2, 3))


@trap("one record over two rows, the second with the rest of a cell")
def _two_lines() -> Case:
    rows = [course(1, dates="3月1日—"), ["3月10日"], course(2)]
    merged = (*STATUS_MERGED, *(f"{letter}5:{letter}6" for letter in "BCDEFGH"))
    values = {"headcount": [30, 30], "title": ["手工1班", "手工2班"]}
    return case(status(rows, merged=merged), "new new", values=values, table=STATUS)


@trap("the same row twice, and two that contradict each other")
def _twice() -> Case:
    rows = [woman(1), woman(1), woman(2), woman(2, result="否")]
    return case(roster(rows), "new same new wrong", "D5 twice_in_file, D7 twice_in_file", ids(1, 1, 2, 2))


@trap("what the registry has already, what is new and what has changed")
def _before() -> Case:
    rows = [woman(1), woman(2, phone="13900000002"), woman(3), woman(4, name="欧阳某")]
    return case(
        roster(rows),
        "same changed new conflict",
        "B7 name_differs",
        before=roster([woman(1), woman(2, phone=None), woman(4)]),
    )


@trap("a blank erases nothing")
def _blank_keeps() -> Case:
    rows = [woman(1, phone=None, town="无", certificate="/", result=None, remark="略")]
    return case(roster(rows), "same", before=roster([woman(1, remark="好学")]))


@trap("a table without numbers of persons")
def _without_numbers() -> Case:
    return case(
        help_table([helped(1), helped(2)]),
        "new new",
        values={"product_income": [1_200_000] * 2, "person.name": [material.name(1), material.name(2)]},
        table=HELP,
        file="带动表.xlsx",
    )
