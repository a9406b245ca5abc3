"""Days and spans of days in every hand."""

from __future__ import annotations

from datetime import date, datetime

from qiaojie.lib.dates import DateSpan
from tests.intake import material

from .build import CARE, EMPLOYMENTS, STATUS, Case, case, course, roster, status, trap, woman
from .making import Page, xlsx

DAY = date(2019, 3, 5)


def span(first: tuple[int, int], last: tuple[int, int], years: tuple[int, int] = (2019, 2019)) -> DateSpan:
    return DateSpan(date(years[0], *first), date(years[1], *last))


@trap("one day in every hand")
def _days() -> Case:
    written = (
        "2019.3.5", "2019/3/5", "2019-03-05", "2019年3月5日", "2019年3月5", "2019 年 3 月 5 日", "２０１９．３．５", "20190305",
        20190305, "3月5日", "3.5", 43529, "43529", DAY, datetime(2019, 3, 5, 8, 30), "二〇一九年三月五日", "2019年03月05号",
        "2019/3/5 0:00:00", "2019.3.5.", "’2019.3.5", "2019、3、5",
    )  # fmt: skip
    rows = [woman(n, title=f"{n}班", begins=each, ends="2019.3.20") for n, each in enumerate(written, 1)]
    return case(
        roster(rows),
        " ".join(["new"] * len(rows)),
        "I15 date_serial, I16 date_serial",
        {"class.begins": [DAY] * len(rows)},
    )


@trap("one span in every hand, its year from the report")
def _spans() -> Case:
    written = (
        "3月5日—3月20日", "3月5日-3月20日", "3月5日至20日", "3.5-3.20", "3.5—3.20", "3月5—20日", "3/5-3/20", "03.05~03.20",
        "2019.3.5-2019.3.20", "2019年3月5日—3月20日", "2019.3.5-3.20", "2019.3.5-20", "2019年3月5日至2019年3月20日",
        "3月5日—\n3月20日", "自3月5日起至3月20日止", "2019/3/5-2019/3/20", "2019-03-05至2019-03-20", "20190305-20190320",
        "3月5日——3月20日", "２０１９年３月５日～３月２０日", "3月5日到3月20日", "2019年3月5日-3月20日（16天）",
        "3月5日-20日，共16天",
    )  # fmt: skip
    rows = [course(n, dates=each) for n, each in enumerate(written, 1)]
    expected = [span((3, 5), (3, 20))] * len(rows)
    return case(status(rows), " ".join(["new"] * len(rows)), values={"dates": expected}, table=STATUS)


@trap("months, halves of a year and one day as a span")
def _coarse() -> Case:
    rows = [
        course(1, dates="2019年3月"), course(2, dates="3月"), course(3, dates="3-5月"), course(4, dates="2019.3"),
        course(5, dates="3月5日"), course(6, dates=43529), course(7, dates="2019年3月-5月"), course(8, dates="3月份"),
    ]  # fmt: skip
    march, one = span((3, 1), (3, 31)), span((3, 5), (3, 5))
    spring = span((3, 1), (5, 31))
    return case(
        status(rows),
        " ".join(["new"] * 8),
        "A10 date_serial",
        {"dates": [march, march, spring, march, one, one, spring, march]},
        table=STATUS,
    )


@trap("spans over the end of a year")
def _over_year() -> Case:
    rows = [
        course(1, dates="2018年12月20日—2019年1月5日"), course(2, dates="2018.12.20-1.5"), course(3, dates="12月20日—1月5日"),
        course(4, dates="12月20日—2019年1月5日"),
    ]  # fmt: skip
    winter = span((12, 20), (1, 5), (2018, 2019))
    next_winter = span((12, 20), (1, 5), (2019, 2020))
    return case(
        status(rows),
        "new new new new",
        "A7 date_over_year, A7 date_outside",
        {"dates": [winter, winter, next_winter, winter]},
        table=STATUS,
    )


@trap("days that are none")
def _impossible() -> Case:
    written = ("2019.2.30", "2019.13.5", "3月20日—3月5日", "待定", "2019.3", "3.2", "星期三")
    rows = [course(n, dates=each) for n, each in enumerate(written[:4], 1)]
    rows += [course(5, dates=3.2), course(6, dates="星期三"), course(7, dates="2019年")]
    return case(
        status(rows),
        "wrong wrong wrong wrong wrong wrong new",
        "A5 date_impossible, A6 date_impossible, A7 date_order, A8 date_unreadable, A9 date_lost, A10 date_unreadable",
        {"dates": [None] * 6 + [span((1, 1), (12, 31))]},
        table=STATUS,
    )


@trap("a month where a day is asked for, and an end before its beginning")
def _no_day() -> Case:
    rows = [
        woman(1, title="一班", begins="2019年3月"), woman(2, title="二班", ends="2019.3.5-3.20"),
        woman(3, title="三班", ends="2019.5.1"),
    ]  # fmt: skip
    return case(
        roster(rows),
        "wrong wrong wrong",
        "I4 date_without_day, J5 date_is_span, J6 date_order",
        {"class.begins": [None, date(2019, 5, 8), date(2019, 5, 8)]},
    )


@trap("still going on: 至今, 长期, 目前")
def _open() -> Case:
    header = ["姓名", "身份证号", "就业形式", "就业单位", "开始日期", "结束日期", "手工制作", "城乡类别"]
    ends = ("至今", "长期", "目前", None, "2019年12月31日", "/")
    rows = [
        [material.name(n), material.id_number(n), "灵活就业", "竹编合作社", "2019年3月5日", end, "√", "农村"]
        for n, end in enumerate(ends, 1)
    ]
    return case(
        xlsx(Page([header, *rows])),
        " ".join(["new"] * 6),
        "F2 date_open, F3 date_open, F4 date_open",
        {
            "begins": [DAY] * 6,
            "ends": [None, None, None, None, date(2019, 12, 31), None],
            "handicraft": [True] * 6,
        },
        table=EMPLOYMENTS,
        file="就业名单.xlsx",
    )


@trap("care, with months and choices in other words")
def _care() -> Case:
    header = [
        "姓名",
        "残疾人证号",
        "托养形式",
        "政府购买服务",
        "服务机构",
        "已付费寄宿月数（月）",
        "服务开始",
        "服务结束",
    ]
    rows = [
        [
            material.name(1),
            material.certificate(1),
            "寄宿",
            "是",
            "阳光托养中心",
            "6个月",
            "2019.1.1",
            "2019.6.30",
        ],
        [
            material.name(2),
            material.certificate(2),
            "居家",
            "√",
            "阳光托养中心",
            None,
            "2019年1月1日",
            "至今",
        ],
    ]
    return case(
        xlsx(Page([header, *rows])),
        "new new",
        "C2 choice_near, C3 choice_near, H3 date_open",
        {"boarding_months": [6, None], "purchased": [True, True], "begins": [date(2019, 1, 1)] * 2},
        table=CARE,
        file="托养名单.xlsx",
    )
