"""Made-up names from common characters."""

from __future__ import annotations

from random import Random
from typing import Final

from qiaojie.lib.identity import FEMALE

SURNAMES: Final = (
    "李李李王王王张张张刘刘陈陈陈杨杨黄黄赵周周吴吴徐孙马朱胡郭何何罗罗高林郑梁谢谢宋唐唐许邓邓冯韩曹曾彭彭萧蔡潘田田"
    "董袁余余叶蒋蒋杜苏魏程吕丁沈任姚卢姜崔钟谭谭陆汪石向向冉冉秦秦熊熊牟文夏贺龚"
)
"""Common surnames of Chongqing; the commonest stand several times."""

OF_WOMEN: Final = "秀英芳敏静丽艳娟霞玲桂兰燕梅琴云莲红凤萍珍玉华琼蓉群淑碧素先菊清翠会容惠芬明小"
OF_MEN: Final = "伟强军勇杰涛明超刚平辉鹏华飞建国志文斌波宁贵福生德成光全友林才兴中荣"


def personal_name(rng: Random, sex: str) -> str:
    """A name of two or three characters."""
    characters = OF_WOMEN if sex == FEMALE else OF_MEN
    given = rng.choice(characters)
    if rng.random() < 0.78:
        given += rng.choice(characters)
    return rng.choice(SURNAMES) + given
