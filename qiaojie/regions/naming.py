"""How regions are called: short names, the forms a clerk may write, and whether a text spells a region's path."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .models import Level, Region

# The names of the nationalities in GB/T 3304, without their final 族.
_PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 各"
).split()
# Some autonomous units are named after a people without the 族.
_BARE = ("维吾尔", "蒙古", "哈萨克", "柯尔克孜", "锡伯", "塔吉克", "鄂伦春")
_AUTONOMOUS = re.compile(
    rf"^(?P<stem>.*?)(?P<peoples>(?:(?:{'|'.join(_PEOPLES)})族|{'|'.join(_BARE)})+)自治(?P<rank>[州县旗])$"
)
_PROVINCE_TAIL = re.compile("(?:省|市|特别行政区|(?:壮族|回族|维吾尔)?自治区)$")
SUFFIXES = (
    "省",
    "市",
    "区",
    "县",
    "旗",
    "自治州",
    "地区",
    "盟",
    "街道",
    "镇",
    "乡",
    "苏木",
    "新区",
    "经开区",
    "高新区",
)
"""What a clerk leaves off: 涪陵 for 涪陵区. Tried only when nothing has the name as written."""

_SEPARATORS = re.compile(r"[\s\u200b\ufeff/\\·、,，>＞|—\-]+")


_LONGEST = 30
"""Characters; no region's name is longer (the longest in the ministry's list has 15)."""


def short_name(name: str, level: int) -> str:
    """What offices print: 石柱县 for 石柱土家族自治县, 延边州, 内蒙古; any other name as it is."""
    if level == Level.PROVINCE:
        return _PROVINCE_TAIL.sub("", name)
    found = _AUTONOMOUS.match(name)
    if found is None:
        return name
    stem = found["stem"] or found["peoples"].removesuffix("族")
    return stem + found["rank"]


def plain(text: str) -> str:
    """The text without spaces, separators and full-width forms: ``忠  县`` and ``重庆市/忠县`` are names too."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))


def forms(region: Region) -> Iterator[str]:
    """The names that count as naming the region, longest first."""
    yield region.name
    if region.short_name != region.name:
        yield region.short_name
    if region.level:
        for suffix in SUFFIXES:
            stem = region.short_name.removesuffix(suffix)
            if stem != region.short_name and len(stem) > 1:
                yield stem


def chain(region: Region) -> Iterator[Region]:
    """The regions above, nearest first. Costs a query per step unless the parents were selected with the region."""
    above = region.parent
    while above is not None:
        yield above
        above = above.parent


def spells(text: str, region: Region) -> bool:
    """Whether the (plain) text is the region's name, with any of the regions above it written before it in order."""
    for form in forms(region):
        if text == form:
            return True
        if text.endswith(form) and any(spells(text[: -len(form)], above) for above in chain(region)):
            return True
    return False


def endings(text: str) -> list[str]:
    """The names that a region could have whose path the text spells."""
    return [text[start:] for start in range(max(0, len(text) - _LONGEST), len(text) - 1)]


def statistical(code: str) -> str:
    """A twelve-digit code of the statistics office without the zeros that stand for lower levels."""
    if len(code) != 12 or not code.endswith("000"):
        return code
    return code[:6] if code.endswith("000000") else code[:9]


def path(region: Region) -> str:
    """``重庆市涪陵区江东街道``: the names from the province down, without the nation."""
    names = [region.name, *(above.name for above in chain(region) if above.level != Level.NATION)]
    return "".join(reversed(names))


def dated(region: Region) -> str:
    """The path, and for a region that has ended the year (and month, where known) until which it existed."""
    if region.ends is None:
        return path(region)
    known = region.ends.month > 1 or not region.dates_uncertain
    until = f"{region.ends:%Y年%m月}" if known else f"{region.ends:%Y年}"
    return f"{path(region)}（至{until}）"
