from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.lib import masks


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (masks.mask_id, "500000198603136682", "500***************"),
        (masks.mask_id, "50000020010702848X", "500***************"),
        (masks.mask_id, "500000860313668", "***"),
        (masks.mask_certificate, "50000019860313668213", "500*****************"),
        (masks.mask_certificate, "50000019860313668213B1", "500*****************"),
        (masks.mask_certificate, "5000001986", "***"),
        (masks.mask_phone, "13800002207", "138****2207"),
        (masks.mask_phone, "023-68880034", "023-******34"),
        (masks.mask_phone, "0838-6888003", "0838-******03"),
        (masks.mask_phone, "68880034", "***"),
        (masks.mask_name, "王琴", "王*"),
        (masks.mask_name, "王小琴", "王**"),
        (masks.mask_name, "欧阳娜娜", "欧阳**"),
        (masks.mask_name, "欧阳娜", "欧阳*"),
        (masks.mask_name, "欧阳", "欧*"),
        (masks.mask_name, "王", "*"),
        (masks.mask_name, "阿依古丽·买买提", "阿**"),
        (masks.mask_name, "诺布次仁卓玛", "诺**"),
        (masks.mask_account, "6222 0000 0000 1234", "****1234"),
        (masks.mask_account, "1234", "***"),
        (masks.mask_address, "沙子镇某村2组", "沙子镇***"),
        (masks.mask_address, "江东街道甲社区3号", "江东街道***"),
        (masks.mask_address, "石柱县沙子镇某村2组12号", "石柱县沙子镇***"),
        (masks.mask_address, "某村2组靠近镇政府", "***"),
        (masks.mask_address, "新乡市甲路3号", "***"),
        (masks.mask_address, "甲小区3栋2单元", "***"),
    ],
)
def test_masks(mask: object, value: str, shown: str) -> None:
    assert callable(mask)
    assert mask(value) == shown


every = st.sampled_from(
    [
        masks.mask_id,
        masks.mask_certificate,
        masks.mask_phone,
        masks.mask_name,
        masks.mask_account,
        masks.mask_address,
    ]
)


@given(every, st.text(max_size=30))
def test_nothing_is_shown_whole_and_nothing_raises(mask: object, value: str) -> None:
    assert callable(mask)
    shown = mask(value)
    assert ("*" in shown) == bool(value.strip() if mask is masks.mask_account else value)


@given(st.integers(10**17, 10**18 - 1))
def test_an_id_mask_hides_everything_but_the_province(number: int) -> None:
    shown = masks.mask_id(str(number))
    assert shown[3:] == "*" * 15
    assert masks.mask_certificate(f"{number}{1}{2}").startswith(shown)
