"""Counts and amounts of money in every hand."""

from __future__ import annotations

from .build import HELP, STATUS, Case, case, course, help_table, helped, status, trap


@trap("one count in every hand")
def _counts() -> Case:
    written = (
        30, 30.0, "30", "３０", "30人", "30名", "30 人", "30人次", "三十", "三十人", "共30人", "30.0", "+30", "'30", "30（人）",
        "叁拾", "计30人",
    )  # fmt: skip
    rows = [course(n, headcount=each) for n, each in enumerate(written, 1)]
    return case(
        status(rows), " ".join(["new"] * len(rows)), values={"headcount": [30] * len(rows)}, table=STATUS
    )


@trap("counts that are about so many")
def _about() -> Case:
    written = ("约30人", "30余人", "30人左右", "近30", "30多名", "大概30人")
    rows = [course(n, headcount=each) for n, each in enumerate(written, 1)]
    findings = ", ".join(f"D{n} number_approximate" for n in range(5, 5 + len(rows)))
    return case(
        status(rows), " ".join(["new"] * len(rows)), findings, {"headcount": [30] * len(rows)}, table=STATUS
    )


@trap("large counts")
def _large() -> Case:
    written = ("1,234", "1，234", "１，２３４", "1 234", "1.2万", "1.2万人次", 1234, "1234人")
    rows = [course(n, headcount=each) for n, each in enumerate(written, 1)]
    values = [1234, 1234, 1234, 1234, 12000, 12000, 1234, 1234]
    return case(status(rows), " ".join(["new"] * len(rows)), values={"headcount": values}, table=STATUS)


@trap("counts that are none")
def _no_counts() -> Case:
    written = ("若干", "30-40", -5, 30.5, "13800000001", "20人，其中男3人", "几十人")
    rows = [course(n, headcount=each) for n, each in enumerate(written, 1)]
    codes = (
        "number_unreadable", "number_unreadable", "number_negative", "number_not_whole", "number_too_large",
        "number_unreadable", "number_unreadable",
    )  # fmt: skip
    findings = ", ".join(f"D{n} {code}" for n, code in enumerate(codes, 5))
    return case(
        status(rows),
        " ".join(["wrong"] * len(rows)),
        findings,
        {"headcount": [None] * len(rows)},
        table=STATUS,
    )


@trap("one amount in every hand")
def _money() -> Case:
    written = (
        12000, 12000.0, "12000", "12,000", "12，000.00", "12000元", "￥12,000.00", "¥12000", "１２０００", "12 000",
        "壹万贰仟元整", "12000.00元", "一万二千", "人民币12000元",
    )  # fmt: skip
    rows = [course(n, cost=each, share=None) for n, each in enumerate(written, 1)]
    return case(
        status(rows), " ".join(["new"] * len(rows)), values={"cost": [1_200_000] * len(rows)}, table=STATUS
    )


@trap("1.2万元 in a column of 元")
def _own_unit() -> Case:
    written = ("1.2万元", "1.2万", "１.２万元", "1.2 万元")
    rows = [course(n, cost=each, share=None) for n, each in enumerate(written, 1)]
    findings = ", ".join(f"F{n} money_own_unit" for n in range(5, 9))
    return case(status(rows), "new new new new", findings, {"cost": [1_200_000] * 4}, table=STATUS)


@trap("12000元 in a column of 万元")
def _small_unit() -> Case:
    rows = [
        helped(1, income="12000元"),
        helped(2, income=1.2),
        helped(3, income="1.2万元"),
        helped(4, income="1.2"),
    ]
    return case(
        help_table(rows),
        "new new new new",
        "G6 money_own_unit",
        {"product_income": [1_200_000] * 4},
        table=HELP,
        file="带动表.xlsx",
    )


@trap("an amount in 元 typed into a column of 万元")
def _wrong_unit() -> Case:
    rows = [helped(1, income=12000), helped(2, income=1.2), helped(3, income=0.8), helped(4, income="2万元")]
    return case(
        help_table(rows),
        "new new new new",
        "G6 amount_large",
        {"product_income": [12_000_000_000, 1_200_000, 800_000, 2_000_000]},
        table=HELP,
        file="带动表.xlsx",
    )


@trap("amounts that are none")
def _no_money() -> Case:
    written = (-100, "待定", "1.2.3", "12000/月", "免费")
    rows = [course(n, cost=each, share=None) for n, each in enumerate(written, 1)]
    return case(
        status(rows),
        "wrong wrong wrong wrong wrong",
        "F5 money_negative, F6 money_unreadable, F7 money_unreadable, F8 money_unreadable, F9 money_unreadable",
        {"cost": [None] * 5},
        table=STATUS,
    )


@trap("parts larger than the whole")
def _parts() -> Case:
    return case(
        status([course(1, women=31), course(2, share=40000), course(3)]),
        "wrong wrong new",
        "E5 part_exceeds_whole, G6 part_exceeds_whole",
        table=STATUS,
    )


@trap("zero is a number")
def _zero() -> Case:
    rows = [
        course(1, women=0, share=0),
        course(2, women="0人", share="0元"),
        course(3, women="无", share="/"),
    ]
    return case(
        status(rows),
        "new new new",
        values={"disabled_women": [0, 0, None], "cost_share": [0, 0, None]},
        table=STATUS,
    )
