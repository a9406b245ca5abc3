"""What 问卷星, 腾讯文档 and 金山表单 export: questions for headers, columns of their own, choices in columns."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.tables.headers import key_and_unit
from tests.intake import material

from .test_layouts import CLASS, TENTH, codes, one, stated

SPAN = "2023-06-01至2023-06-10"


def answers(number: int) -> tuple[str, ...]:
    return (material.name(number), "女", material.id_number(number), f"1380000000{number}")


@pytest.mark.parametrize(
    "heads",
    [
        ("1、您的姓名：", "2、您的性别：", "3、您的身份证号码（18位）：", "4、您的联系电话："),
        ("1. 您的姓名（必填）", "2. 您的性别（单选）", "3. 您的身份证号（请填写18位）", "4. 您的手机号码"),
        ("*1.姓名", "*2.性别[单选题]", "*3.请输入您的身份证号", "*4.请填写您的联系电话"),
        ("Q1_姓名", "Q2_性别", "Q3_身份证号", "Q4_联系电话"),
        ("Q1. 姓名", "Q2. 性别", "Q3. 身份证号码", "Q4. 手机号"),
        ("(1)姓名", "(2)性别", "(3)公民身份号码", "(4)电话"),
        ("一、姓名", "二、性别", "三、身份证号", "四、联系方式"),
        ("第1题：姓名", "第2题：性别", "第3题：身份证号码", "第4题：联系电话"),
        ("请填写您的姓名", "请选择您的性别", "请填写您的身份证号", "请问您的联系电话是？"),
        ("姓名（必填）", "性别（必填，单选）", "身份证号*（填空题）", "联系电话（非必填）"),
        ("【必填】姓名", "【单选】性别", "【必填】身份证号", "联系电话（没有不填）"),
        (
            "学员姓名（请写身份证上的姓名）",
            "性别（男/女）",
            "身份证号（如：500000…）",
            "联系电话（格式：11位）",
        ),
    ],
)
def test_how_a_question_is_put_means_nothing(heads: tuple[str, ...]) -> None:
    rows = [
        ("序号", "提交答卷时间", "所用时间", "来源", "来自IP", *heads, "培训班名称", "培训起止时间", "总分"),
        (1, "2023/6/20 9:00:01", "35秒", "微信", "1.2.3.4(重庆)", *answers(1), "竹编班", SPAN, "0"),
        (2, "2023/6/20 9:03:01", "61秒", "链接", "1.2.3.4(重庆)", *answers(2), "竹编班", SPAN, "0"),
    ]
    found = one(rows, file="123456_按文本_名册_2_2.xlsx")
    assert stated(found, "person.name", "person.sex", "person.id_number", "person.phone") == [
        (material.name(n), "2", material.id_number(n), f"1380000000{n}") for n in (1, 2)
    ]
    assert stated(found, *CLASS) == [("竹编班", *TENTH)] * 2
    assert "columns_unread" not in codes(found)
    (told,) = [issue for issue in found.issues if issue.code == "columns_of_form"]
    assert told.cell == "B1"
    assert all(f"“{head}”" in told.message for head in ("提交答卷时间", "所用时间", "来源", "来自IP", "总分"))


@pytest.mark.parametrize(
    "own",
    [
        ("提交者（自动）", "提交时间（自动）"),
        ("填写人", "填写时间"),
        ("提交人", "修改时间"),
        ("答题序号", "答题时长"),
    ],
)
def test_columns_of_the_form_itself_are_named_once_as_such(own: tuple[str, str]) -> None:
    rows = [
        (*own, "姓名", "身份证号", "培训班名称", "开班日期", "结业日期", "爱好"),
        ("王", "2023-07-01", *answers(1)[::2], "竹编班", "2023-06-01", "2023-06-10", "唱歌"),
    ]
    found = one(rows)
    messages = {issue.code: issue.message for issue in found.issues}
    assert all(f"“{head}”" in messages["columns_of_form"] for head in own)
    assert "“爱好”" in messages["columns_unread"] and own[0] not in messages["columns_unread"]


def test_a_header_of_several_lines_is_one_header() -> None:
    rows = [
        ("基本信息", None, None, "培训", None, None),
        (
            "1、您的姓名",
            "2、您的性别",
            "3、您的身份证号",
            "4、培训班\n名称",
            "5、开班日期\n（年-月-日）",
            "6、结业日期",
        ),
        (*answers(1)[:3], "竹编班", "2023-06-01", "2023-06-10"),
    ]
    assert stated(one(rows), "person.name", "class.begins", "class.ends") == [(material.name(1), *TENTH)]


@pytest.mark.parametrize(
    ("heads", "cells"),
    [
        (("7、是否结业(是)", "7、是否结业(否)"), (("1", "0"), ("0", "1"))),
        (("是否结业（A.是）", "是否结业（B.否）"), ((1, None), (None, 1))),
        (("7、是否结业:是", "7、是否结业:否"), (("√", ""), ("", "√"))),
    ],
)
def test_a_column_for_each_answer_is_the_answer_that_is_ticked(
    heads: tuple[str, str], cells: tuple[tuple[object, object], ...]
) -> None:
    rows = [
        ("姓名", "身份证号", "培训班名称", "开班日期", "结业日期", *heads),
        *((*answers(n)[::2], "竹编班", "2023-06-01", "2023-06-10", *cells[n - 1]) for n in (1, 2)),
    ]
    found = one(rows)
    assert stated(found, "result") == [("completed",), ("dropped",)]
    assert "columns_unread" not in codes(found)


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("填报时间", "填报时间"), ("1月", "1月"), ("2020年人数", "2020年人数"), ("学员姓名", "学员姓名"),
        ("请假天数", "请假天数"), ("一、", "一、"), ("选择", "选择"), ("1.5倍工资", "1.5倍工资"),
        ("填表人", "填表人"), ("输入员", "输入员"),
        ("是否就业（脱贫基地选填）", "是否就业(脱贫基地选填)"), ("您是否就业？", "是否就业"),
        ("户籍地（乡镇、街道）", "户籍地(乡镇、街道)"),
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_question_stay(head: str, key: str) -> None:
    assert key_and_unit(head)[0] == key


def test_a_day_of_submitting_is_no_day_of_hers() -> None:
    rows = [
        ("提交时间", "姓名", "身份证号", "培训班名称", "开班时间", "结业时间"),
        ("2023-07-01", *answers(1)[::2], "竹编班", "2023-06-01", "2023-06-10"),
    ]
    assert stated(one(rows), "class.begins") == [(date(2023, 6, 1),)]
