"""The one mask of the system: what somebody sees who may know that a value is there, but not the value.

One rule per kind of data for every screen, list, export and public notice. Where places show different pieces of a
number, the pieces can be put together; so nothing here can be set per page.

* Identity number: the first 3 characters, which say no more than the province and its part, and 15 stars. Birth date and
  county stand beside it in many lists, and sex with them: the last character follows from all others, so whatever of the
  last four is shown divides what remains by ten or more. With all of them hidden, 500 numbers remain for a woman of a
  county and a day, each with one check digit.
* Certificate number: the same of its identity number, and nothing of category, grade and re-issues, which say more about
  a woman than her number does.
* Day of birth and place of a person: the year, and no place (lists that may say the county ask for the county).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

STAR: Final = "*"
HIDDEN: Final = "***"
"""What stands for a value whose length or shape would already say something."""

COMPOUND_SURNAMES: Final = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 "
    "申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 "
    "宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五".split()
)

_TOWNSHIP: Final = re.compile(
    r"[^\d０-９一二三四五六七八九十号村组社路街巷弄栋幢室]{2,}?(?:街道|镇|乡|苏木)(?![市县区政街道路])"
)

_ABOVE: Final = re.compile("^.*[省市区县旗盟州](?=.{2,})")


def mask_id(number: str) -> str:
    """``500***************``: an identity number; anything that is not 18 characters is hidden whole."""
    if len(number) != 18:
        return HIDDEN if number else ""
    return number[:3] + STAR * 15


def mask_certificate(number: str) -> str:
    """``500*****************``: a certificate number of any suffix, always 20 characters; anything shorter is hidden whole."""
    if len(number) < 20:
        return HIDDEN if number else ""
    return mask_id(number[:18]) + STAR * 2


def mask_phone(number: str) -> str:
    """``138****2207`` for a mobile, ``023-******34`` for a landline; anything else is hidden whole."""
    if len(number) == 11 and number.isascii() and number.isdigit():
        return number[:3] + STAR * 4 + number[7:]
    area, dash, local = number.partition("-")
    if dash and 3 <= len(area) <= 4 and len(local) >= 7:
        return f"{area}-{STAR * 6}{local[-2:]}"
    return HIDDEN if number else ""


def mask_name(name: str) -> str:
    """``王*``, ``王**``, ``欧阳*``: the surname. Of a name with · or in Latin letters, the first character.

    Never more than two stars, so that a long name is not known by its length.
    """
    if len(name) < 2:
        return STAR * len(name)
    if "·" in name or name.isascii():
        return name[0] + STAR * 2
    shown = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:shown] + STAR * min(len(name) - shown, 2)


def mask_account(number: str) -> str:
    """``****1234``: the last four digits of a bank account, as banks themselves print it."""
    digits = "".join(number.split())
    return STAR * 4 + digits[-4:] if len(digits) >= 12 else HIDDEN if digits else ""


def mask_address(address: str) -> str:
    """``沙子镇***``: the township where it can be told apart, for that much stands in every list; else ``***``."""
    found = _TOWNSHIP.match(address)
    return (found[0] if found else "") + HIDDEN if address else ""


def township(address: str) -> str:
    """The township of an address by its bare name (``沙子镇``), whatever stands before it; '' where it cannot be told."""
    found = _TOWNSHIP.match(address)
    return _ABOVE.sub("", found[0]) if found else ""


def mask_birth(born: date) -> str:
    """``1968年``: the year of a day of birth."""
    return f"{born.year}年"
