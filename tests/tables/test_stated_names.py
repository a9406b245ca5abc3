"""What a title, a sheet or a file calls the class of all rows, with what stands there in brackets."""

from __future__ import annotations

import pytest

from qiaojie.lib.names import read_name
from qiaojie.tables.question_headers import asked
from qiaojie.tables.stated_once import _called


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("万州区2023年竹编班学员名册", "竹编班"),
        ("学员名册（竹编班）", "竹编班"),
        ("万州区2023年培训花名册（竹编班 2023年6月1日至6月10日）", "竹编班"),
        ("竹编班（第一期）学员名册", "竹编班（第一期）"),
        ("竹编（二）班学员名册", "竹编（二）班"),
        ("竹编班学员名册（盖章）", "竹编班"),
        ("学员名册（盖章）", ""),
        ("培训班学员名册", ""),
    ],
)
def test_brackets_that_tell_classes_apart_stay(text: str, name: str) -> None:
    assert _called(text, ("培训班", "班")) == name


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("请问您参加的培训班名称是?", "培训班名称"),
        ("4、您所在的乡镇", "乡镇"),
        ("3.您目前从事的工作", "工作"),
        ("您的姓名", "姓名"),
    ],
)
def test_what_a_question_asks_for(header: str, what: str) -> None:
    assert asked(header) == what


@pytest.mark.parametrize(("cell", "name"), [("李桂①", "李桂"), ("“王芳”", "王芳"), ("王芳-", "王芳")])
def test_signs_at_a_name_are_none_of_it(cell: str, name: str) -> None:
    assert read_name(cell).name == name


def test_one_and_others_are_several() -> None:
    assert read_name("张三等").several and read_name("张三等5人").several
