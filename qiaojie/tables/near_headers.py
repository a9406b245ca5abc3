"""Header texts that come near a known one: what is let pass, and what is not.

One character makes another column of a Chinese header (是否就业, 是否创业; 结业日期, 就业日期): no character is ever read as
another. What may differ is what adds nothing: remarks in brackets, whom the row is about anyway, fillers, and a single
character too many or too few in a long text, unless it is one that turns the meaning. Whatever is read by nearness is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .form import Leaf

LEAST = 5
"""A text this long may have one character too many or too few; in a shorter one a character is a fifth of its meaning or more."""

_BRACKETED = re.compile(r"[(\[][^()\[\]]*[)\]]")
_SUBJECT = re.compile(
    r"^(?:(?:参训|受训|培训|结业|服务|帮扶|就业|带动)?(?:学员|对象|人员|残疾人|残疾妇女|妇女)|本人|个人|残疾人|残疾妇女)(?:的|之)?"
)
_FILLERS = re.compile("的|之|具体|详细|填写|(?:情况|信息|栏|项)$")
_TURNING = frozenset("不未非无否免男女父母夫妻子户主前后上下旧新原现再总均共累净毛其余另外副兼首末起止")
_TURNS = _TURNING | frozenset("年月日0123456789一二三四五六七八九十")
"""Characters that make another thing of a word."""

_OTHERS = re.compile("监护|家属|亲属|配偶|紧急|联系人|负责人|法人|经办|代办|单位|机构")
"""Who else a remark in brackets may make a column be about."""

_COUNTED = frozenset({"integer", "money", "percent"})
"""Of numbers the subject and the remark say what is counted: 残疾妇女人数 and 人数（男） are not 人数."""


def meant(key: str, names: Mapping[str, Leaf]) -> Leaf | None:
    """The one leaf whose name (by its key) the key of a header comes near; None where there is none, or more than one."""
    found = {leaf.index: leaf for name, leaf in names.items() if _near(key, name, leaf)}
    return next(iter(found.values())) if len(found) == 1 else None


def _near(key: str, name: str, leaf: Leaf) -> bool:
    counted = leaf.column.kind in _COUNTED
    short = key if counted or _turned(key) else _BRACKETED.sub("", key)
    if not short or len(name) < 2:
        return False
    if not counted and not _turned(name):
        name = _BRACKETED.sub("", name) or name
    plain, wanted = _FILLERS.sub("", short), _FILLERS.sub("", name)
    if wanted and (short == name or plain == wanted):
        return True
    if not counted and _SUBJECT.sub("", short) == name:
        return True
    return _one_more(plain, wanted) or _one_more(wanted, plain)


def _turned(key: str) -> bool:
    """Whether a remark in brackets makes the column something else, or somebody else's: 电话（监护人）."""
    remarks = "".join(_BRACKETED.findall(key))
    return bool(_OTHERS.search(remarks)) or not _TURNING.isdisjoint(remarks)


def _one_more(longer: str, shorter: str) -> bool:
    """Whether the longer text is the shorter one with one harmless character in between."""
    if len(shorter) < LEAST or len(longer) != len(shorter) + 1:
        return False
    at = next((place for place, mark in enumerate(shorter) if longer[place] != mark), len(shorter))
    return longer[at] not in _TURNS and longer[:at] + longer[at + 1 :] == shorter
