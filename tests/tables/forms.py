"""Made-up forms of every shape: one, two and three header rows, ticks, a diagonal corner, 合计 above and below."""

from __future__ import annotations

from typing import Any

from qiaojie.tables.defining import from_mapping
from qiaojie.tables.form import Form


def number(label: str, field: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "field": field, "kind": "integer", "total": True, **more}


LIST: dict[str, Any] = {
    "code": "list",
    "title": "结业学员名单",
    "notes": ["注：一人一行。"],
    "signatures": ["填表人：{clerk}", "审核人："],
    "columns": [
        {"label": "序号", "kind": "ordinal"},
        {"label": "姓名", "field": "name", "kind": "name", "required": True, "headers": ["学员姓名"]},
        {"label": "身份证号", "field": "id", "kind": "id_number", "headers": ["公民身份号码", "身份证号码"]},
        {"label": "户籍地（乡镇、街道）", "field": "home", "kind": "region"},
        {"label": "手机", "field": "phone", "kind": "phone"},
        {"label": "结业日期", "field": "ended", "kind": "date"},
        {"label": "是否就业", "field": "employed", "kind": "yes_no"},
        {"label": "出勤率", "field": "presence", "kind": "percent"},
        {"label": "备注", "field": "remark"},
    ],
}

CLASSES: dict[str, Any] = {
    "code": "classes",
    "title": "手工技能培训情况表",
    "total": "last",
    "captions": ["区县（自治县）：{region}", {"label": "填报时间：", "field": "date", "kind": "date"}],
    "notes": ["备注：资金来源只填所列三种。"],
    "columns": [
        {"label": "时间", "field": "dates", "kind": "date_span"},
        {"label": "班名", "field": "title", "required": True},
        {"label": "内容", "field": "craft"},
        {"label": "人数", "columns": [number("总人数（人）", "all"), number("妇女人数（人）", "women")]},
        {
            "label": "费用",
            "columns": [
                {"label": "总费用（元）", "field": "cost", "kind": "money", "total": True},
                {"label": "人均费用（元）", "field": "each", "kind": "money", "computed": True},
            ],
        },
        {
            "label": "来源",
            "field": "source",
            "kind": "choice",
            "choices": {"city": "市级资金", "county": "区县资金"},
        },
    ],
}

HELP: dict[str, Any] = {
    "code": "help",
    "title": "带动妇女情况统计表",
    "captions": [
        "带动基地名称：{base}",
        "基地类型：{kind}",
        "负责人姓名：{head}",
        {"label": "手工制作统计表：", "line": 2},
    ],
    "columns": [
        {"label": "序号", "kind": "ordinal"},
        {"label": "带动\n妇女姓名", "field": "name", "kind": "name"},
        {"label": "培训时间", "field": "dates", "kind": "date_span"},
        {"label": "产品收入\n（万元）", "field": "income", "kind": "money"},
        {
            "label": "妇女类型",
            "field": "type",
            "columns": [
                {"label": "未脱贫妇女", "tick": "poor"},
                {"label": "留守妇女", "tick": "left"},
                {"label": "普通妇女", "tick": "other"},
            ],
        },
        {"label": "备注", "field": "remark"},
    ],
}

MATRIX: dict[str, Any] = {
    "code": "matrix",
    "title": "任务分解表",
    "total": "first",
    "columns": [
        {"diagonal": ["项目", "区县"], "field": "unit", "kind": "region"},
        number("实用技术培训（人次）", "c1"),
        {"label": "就业（人）", "columns": [number("新增城镇", "c2"), number("新增农村", "c3")]},
        {
            "label": "托养服务（人）",
            "columns": [
                number("任务数", "c4"),
                {"label": "其中购买服务", "columns": [number("", "c5"), number("其中寄宿制", "c6")]},
            ],
        },
        number("其他培训（场次）", "c7"),
    ],
}


def form(mapping: dict[str, Any], **changes: Any) -> Form:
    """A form of one of the mappings with some of its keys changed (None takes a key away)."""
    kept = {key: value for key, value in {**mapping, **changes}.items() if value is not None}
    return from_mapping(kept, f"forms.toml {mapping['code']}")
