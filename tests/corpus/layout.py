"""What stands above the data: titles, captions with blanks, headers of every shape."""

from __future__ import annotations

from tests.intake import material

from .build import (
    CAPTION,
    HEADER,
    HELP,
    HELP_MERGED,
    HELP_TITLE,
    PLACES,
    STATUS,
    STATUS_HEAD,
    TITLE,
    TOURISM,
    Case,
    case,
    course,
    help_rows,
    help_table,
    helped,
    roster,
    status,
    trap,
    woman,
    women,
)
from .making import Page, xlsx

IDS = {"person.id_number": [material.id_number(n) for n in (1, 2, 3)]}
NEW = "new new new"


@trap("no title, the header in the first row")
def _bare() -> Case:
    return case(xlsx(Page([HEADER, *women(3)])), NEW, values=IDS)


@trap("a title over several lines, empty rows, a logo's space")
def _long_title() -> Case:
    rows = [
        ["附件2"],
        [],
        ["重庆市涪陵区"],
        ["2019年手工技能培训学员名册"],
        ["（第一批）"],
        [],
        [CAPTION],
        [],
        HEADER,
    ]
    return case(xlsx(Page([*rows, *women(3)], merged=("A3:L3", "A4:L4", "A5:L5"))), NEW, values=IDS)


@trap("the table begins at column D, row 6")
def _offset() -> Case:
    rows = [[], [], [], [None, None, None, TITLE], [None, None, None, *HEADER]]
    data = xlsx(Page([*rows, *([None, None, None, *row] for row in women(3))]))
    return case(data, NEW, values=IDS)


@trap("captions with their blanks filled in the same cell, in the next cell, and left empty")
def _captions() -> Case:
    above = [
        (HELP_TITLE,),
        ("带动基地名称：", "竹编合作社", None, "创建基地类型： 巾帼扶贫车间     基地负责人姓名：________"),
    ]
    data = xlsx(Page([*above, *help_rows([helped(1), helped(2)])[2:]], merged=HELP_MERGED))
    values = {
        "base.name": ["竹编合作社"] * 2, "base.kind": ["workshop"] * 2, "base.head": [None] * 2,
    }  # fmt: skip
    return case(data, "new new", values=values, table=HELP, file="带动表.xlsx")


@trap("captions with a line drawn for the blank")
def _underlined() -> Case:
    line = "带动基地名称：__竹编合作社__ 创建基地类型：_巾帼扶贫车间_ 基地负责人姓名：__周桂兰__"
    rows = help_rows([helped(1)])
    data = xlsx(Page([rows[0], (line,), *rows[2:]], merged=HELP_MERGED))
    values = {"base.name": ["竹编合作社"], "base.kind": ["workshop"], "base.head": ["周桂兰"]}
    return case(data, values=values, table=HELP, file="带动表.xlsx")


@trap("two header rows, merged")
def _two_rows() -> Case:
    return case(status([course(1), course(2)]), "new new", values={"headcount": [30, 30]}, table=STATUS)


@trap("two header rows, not merged")
def _two_rows_bare() -> Case:
    data = status([course(1), course(2)], merged=())
    return case(data, "new new", values={"headcount": [30, 30], "cost": [3_600_000] * 2}, table=STATUS)


@trap("the group's words stand over its last column")
def _group_right() -> Case:
    head = [*STATUS_HEAD[:2]]
    head.append(("时间", "培训班名称", "培训内容", None, "培训人数", None, "培训费用", "资金来源"))
    head.append(STATUS_HEAD[3])
    data = xlsx(Page([*head, course(1), course(2)]))
    return case(data, "new new", values={"headcount": [30, 30], "cost": [3_600_000] * 2}, table=STATUS)


@trap("three header rows")
def _three_rows() -> Case:
    head = [
        *STATUS_HEAD[:2],
        ("基本情况", None, None, "培训情况", None, None, None, None),
        *STATUS_HEAD[2:],
    ]
    merged = ("A1:H1", "A3:C3", "D3:H3", "A4:A5", "B4:B5", "C4:C5", "D4:E4", "F4:G4", "H4:H5")
    data = xlsx(Page([*head, course(1)], merged=merged))
    return case(
        data, values={"headcount": [30], "disabled_women": [20], "funding": ["municipal"]}, table=STATUS
    )


@trap("empty cells in the lower header row")
def _empty_sub() -> Case:
    head = [*STATUS_HEAD]
    head[3] = (None, None, None, "总人数（人）", None, "培训班总费用（元）", None, None)
    data = xlsx(Page([*head, course(1)]))
    return case(data, values={"headcount": [30], "cost": [3_600_000]}, table=STATUS)


@trap("header words with spaces, line breaks, stars and remarks")
def _spread_words() -> Case:
    odd = (
        "序\n号", "姓    名", "性 别", "*身份证号", "残疾人证号（必填）", "户籍地(乡镇、街道)", "联系\n电话：", "培训班名称*",
        "开 班\n日 期", "结业日期※", "是否结业", "备  注",
    )  # fmt: skip
    return case(xlsx(Page([[TITLE], odd, *women(3)])), NEW, values=IDS)


@trap("columns in another order")
def _reordered() -> Case:
    order = [7, 8, 9, 3, 1, 4, 2, 6, 5, 11, 10, 0]
    data = xlsx(Page([[TITLE], *([row[at] for at in order] for row in [HEADER, *women(3)])]))
    return case(data, NEW, values={**IDS, "class.title": ["手工编织一班"] * 3})


@trap("columns under other names")
def _renamed() -> Case:
    names = (
        "编号", "学员姓名", "性别", "公民身份号码", "残疾证号", "户籍所在地", "手机号码", "班次名称", "开班时间", "结业时间",
        "结业", "备注",
    )  # fmt: skip
    values = {**IDS, "person.phone": [f"138{n:08d}" for n in (1, 2, 3)], "result": ["completed"] * 3}
    return case(xlsx(Page([[TITLE], names, *women(3)])), NEW, values=values)


@trap("columns that the form does not know")
def _extra() -> Case:
    extra = [(*row[:3], *more, *row[3:]) for row, more in zip(women(3), [("汉族", 45)] * 3, strict=True)]
    header = (*HEADER[:3], "民族", "年龄", *HEADER[3:])
    return case(
        xlsx(Page([[TITLE], header, *extra])), NEW, "D2 columns_not_ordered, E2 columns_unread", values=IDS
    )


@trap("a column left out that is needed")
def _needed() -> Case:
    keep = [at for at in range(12) if at != PLACES["ends"]]
    data = xlsx(Page([[row[at] for at in keep] for row in [HEADER, *women(3)]]))
    return case(data, refused="column_missing")


@trap("the header again on every printed page")
def _pages() -> Case:
    rows = [*women(2), [TITLE], [CAPTION], HEADER, *women(1, 3)]
    return case(roster(rows), NEW, values=IDS)


@trap("two header rows again on every printed page")
def _pages_of_two() -> Case:
    rows = [course(1), STATUS_HEAD[0], STATUS_HEAD[2], STATUS_HEAD[3], course(2)]
    return case(status(rows), "new new", values={"title": ["手工1班", "手工2班"]}, table=STATUS)


@trap("a row that numbers the columns")
def _numbered() -> Case:
    return case(roster([list(range(1, 13)), *women(3)]), NEW, values=IDS)


@trap("a row that numbers the columns, with 甲 and 乙")
def _numbered_statutory() -> Case:
    rows = [["甲", "乙", "丙", 1, 2, 3, 4, 5], course(1)]
    return case(status(rows), values={"headcount": [30]}, table=STATUS)


@trap("the unit of a column in its header, another than the form's")
def _unit_in_header() -> Case:
    head = [*STATUS_HEAD]
    head[3] = (
        None,
        None,
        None,
        "总人数（人）",
        "残疾妇女人数（人）",
        "培训班总费用（万元）",
        "残疾妇女培训费用\n（万元）",
    )
    rows = [course(1, cost=3.6, share=2.4), course(2, cost="1.2万元", share=0.9)]
    return case(
        xlsx(Page([*head, *rows])),
        "new new",
        "F4 unit_differs, G4 unit_differs",
        {"cost": [3_600_000, 1_200_000], "cost_share": [2_400_000, 900_000]},
        table=STATUS,
    )


@trap("the unit of money said once above the table")
def _unit_above() -> Case:
    head = [*STATUS_HEAD[:2], ("单位：人、万元",), STATUS_HEAD[2]]
    head.append((None, None, None, "总人数", "残疾妇女人数", "培训班总费用", "残疾妇女培训费用"))
    data = xlsx(Page([*head, course(1, cost=3.6, share=2.4)]))
    return case(data, values={"cost": [3_600_000], "cost_share": [2_400_000]}, table=STATUS)


@trap("conditions in header words")
def _conditions() -> Case:
    head = (
        "序号",
        "带动妇女姓名",
        "家庭住址",
        "联系电话",
        "培训时间",
        "培训内容",
        "是否就业（脱贫基地选填）",
    )
    lines = [
        ["带动基地名称：农家乐      创建基地类型：巾帼脱贫基地      基地负责人姓名：周桂兰"],
        [*head, "妇女类型"],
        [1, "李桂", "江东街道", "13800000001", "2020.3.5-3.20", "服务", "是", "贫困妇女"],
    ]
    values = {"employed": [True], "woman_kind": ["poor"], "base.kind": ["base"]}
    return case(xlsx(Page([[HELP_TITLE], *lines])), values=values, table=TOURISM, file="带动表.xlsx")


@trap("the form of another year")
def _other_year() -> Case:
    rows = [(HELP_TITLE.replace("2020", "2019"),), *help_rows([helped(1)])[1:]]
    data = xlsx(Page(rows, merged=HELP_MERGED))
    return case(data, "new", "A1 form_other_version", table=HELP, file="带动表.xlsx")


@trap("another county's name above the table")
def _other_county() -> Case:
    head = [STATUS_HEAD[0], ("区县（自治县）：石柱土家自治县", *STATUS_HEAD[1][1:]), *STATUS_HEAD[2:]]
    return case(xlsx(Page([*head, course(1)])), "new", "A2 region_differs", table=STATUS)


@trap("tick columns under one heading")
def _ticks() -> Case:
    rows = [
        helped(1, 0, "√"), helped(2, 1, "✓"), helped(3, 2, "是"), helped(4, 3, "有"), helped(5, 1, 1), helped(6, 2, "√ "),
        helped(7, 0, "☑"), helped(8, 3, "对"),
    ]  # fmt: skip
    kinds = ["unlifted", "poor", "left_behind", "ordinary", "poor", "left_behind", "unlifted", "ordinary"]
    return case(
        help_table(rows), " ".join(["new"] * 8), values={"woman_kind": kinds}, table=HELP, file="带动表.xlsx"
    )


@trap("two ticks where one is meant, none, and words in place of ticks")
def _odd_ticks() -> Case:
    twice = helped(1, 0)
    twice[9] = "√"
    return case(
        help_table([twice, helped(2, 0, None), helped(3, 1, "否")]),
        "wrong new new",
        "J6 tick_twice",
        {"woman_kind": ["unlifted", None, None]},
        table=HELP,
        file="带动表.xlsx",
    )


@trap("a person's row under a caption that names the wrong column")
def _shifted() -> Case:
    # The cells of one row moved by one: numbers in columns where they cannot be.
    row = woman(2)
    row[2:8] = row[1:7]
    return case(
        roster([woman(1), row, woman(3)]),
        "new wrong new",
        "C5 choice_unknown, D5 id_length, E5 certificate_length, F5 region_unknown, G5 phone_chars",
    )


@trap("a diagonal header cell")
def _diagonal() -> Case:
    head = [*STATUS_HEAD]
    head[2] = ("          项目\n时间", *STATUS_HEAD[2][1:])
    data = xlsx(
        Page([*head, course(1)], merged=("A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3", "H3:H4"))
    )
    return case(data, values={"headcount": [30], "title": ["手工1班"]}, table=STATUS)


@trap("columns left out that nobody must fill")
def _left_out() -> Case:
    keep = [PLACES[word] for word in ("name", "sex", "id", "title", "begins", "ends")]
    data = xlsx(Page([[row[at] for at in keep] for row in [HEADER, *women(3)]]))
    return case(data, NEW, values=IDS)
