"""A form's definition: what it gives, and every fault with its key path."""

from __future__ import annotations

from typing import Any

import pytest

from qiaojie.lib.findings import Unusable
from qiaojie.tables.defining import from_mapping
from qiaojie.tables.form import Caption, Column, Form

from .forms import CLASSES, HELP, MATRIX, form


def test_leaves_know_their_path_and_unit():
    matrix = form(MATRIX)
    assert matrix.depth == 3
    assert [leaf.path for leaf in matrix.leaves][-3:] == [
        ("托养服务（人）", "其中购买服务", ""),
        ("托养服务（人）", "其中购买服务", "其中寄宿制"),
        ("其他培训（场次）",),
    ]
    assert [leaf.unit for leaf in matrix.leaves] == ["", "人次", "人", "人", "人", "人", "人", "场次"]
    assert matrix.leaves[5].label == "其中购买服务"


def test_tick_columns_share_the_field_of_their_group():
    assert form(HELP).fields == ("name", "dates", "income", "type", "remark")
    assert form(HELP).tick_choices("type") == {"poor": "未脱贫妇女", "left": "留守妇女", "other": "普通妇女"}


def test_captions_as_text_or_table():
    assert form(CLASSES).captions == (
        Caption("区县（自治县）：", "region"),
        Caption("填报时间：", "date", kind="date"),
    )


def test_the_callers_own_keys_are_let_through_only_when_named():
    assert from_mapping({**CLASSES, "rows": "classes"}, "a.toml", other={"rows"}).code == "classes"
    with pytest.raises(Unusable) as caught:
        from_mapping({**CLASSES, "rows": "classes"}, "a.toml tables[0]")
    assert caught.value.code == "form_key_unknown"
    assert caught.value.message.startswith("a.toml tables[0] rows：")


def leaf(label: str = "甲", field: str | None = "a", **more: Any) -> dict[str, Any]:
    return {"label": label, **({"field": field} if field else {}), **more}


@pytest.mark.parametrize(
    ("columns", "code", "key"),
    [
        ([leaf(), leaf("乙")], "form_column_twice", "columns[1]"),
        (
            [leaf(), {"label": "组", "columns": [leaf("乙", tick="x")]}],
            "form_column_twice",
            "columns[1].columns[0]",
        ),
        ([leaf(tick="x"), leaf("乙", tick="x")], "form_column_twice", "columns[1]"),
        ([leaf(tick="x"), leaf("乙")], "form_column_twice", "columns[1]"),
        ([leaf(field=None)], "form_no_field", "columns[0]"),
        ([leaf(field=None, tick="x")], "form_tick_without_field", "columns[0]"),
        ([leaf(kind="colour")], "form_kind_unknown", "columns[0].kind"),
        ([leaf("收入（元）", unit="万元", kind="money")], "form_units", "columns[0]"),
        ([leaf("收入（元）（万元）", kind="money")], "form_units", "columns[0]"),
        (
            [{"label": "费用（元）", "columns": [leaf("总（万元）", kind="money")]}],
            "form_units",
            "columns[0].columns[0]",
        ),
        ([leaf("收入（人）", kind="money")], "form_units", "columns[0]"),
        ([leaf("")], "form_label_missing", "columns[0]"),
        ([{"field": "a"}], "form_key_missing", "columns[0] label"),
        ([leaf(width="wide")], "form_value", "columns[0] width"),
        ([leaf(total=1)], "form_value", "columns[0] total"),
        ([leaf(align="middle")], "form_value", "columns[0] align"),
        ([leaf(diagonal=["项目"])], "form_value", "columns[0] diagonal"),
        ([leaf(colour="red")], "form_key_unknown", "columns[0] colour"),
        (["甲"], "form_value", "columns[0]"),
        ([leaf(field=f"f{place}") for place in range(61)], "form_too_wide", "columns"),
        (
            [
                {
                    "label": "1",
                    "columns": [
                        {
                            "label": "2",
                            "columns": [{"label": "3", "columns": [{"label": "4", "columns": [leaf()]}]}],
                        }
                    ],
                }
            ],
            "form_too_deep",
            "columns[0].columns[0].columns[0].columns[0].columns[0]",
        ),
        ([], "form_key_missing", "columns"),
    ],
)
def test_faulty_columns(columns, code, key):
    with pytest.raises(Unusable) as caught:
        from_mapping({"code": "x", "title": "表", "columns": columns}, "notice.toml tables[2]")
    assert caught.value.code == code
    assert caught.value.message.startswith(f"notice.toml tables[2] {key}：")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"total": "middle"}, "total"),
        ({"orientation": "wide"}, "orientation"),
        ({"paper": "B5"}, "paper"),
        ({"title": 5}, "title"),
        ({"notes": [1]}, "notes[0]"),
        ({"captions": [3]}, "captions[0]"),
        ({"blank_rows": True}, "blank_rows"),
    ],
)
def test_faulty_values_around_the_columns(changes, key):
    with pytest.raises(Unusable) as caught:
        form(CLASSES, **changes)
    assert caught.value.code == "form_value"
    assert f" {key}：" in caught.value.message


def test_a_form_built_in_code_is_checked_as_well():
    with pytest.raises(Unusable):
        Form("x", "表", (Column("组", field="a", columns=(Column("甲", "b"),)),))


def test_sixty_columns_are_allowed():
    assert len(form(CLASSES, total=None, columns=[leaf(field=f"f{n}") for n in range(60)]).leaves) == 60
