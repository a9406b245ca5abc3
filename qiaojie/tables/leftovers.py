"""Rows below a header that are no data and no line of the form: samples, marks that nothing follows, page lines, bare numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from qiaojie.lib.text import header_key, is_blank
from qiaojie.lib.values import Cell


class Why(StrEnum):
    """Why a row is no data."""

    SAMPLE = "sample"
    BLANK = "blank"
    PAGE = "page"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Leftover:
    """A row (0-based, of the sheet) that was left out, and why."""

    row: int
    why: Why


NUMBER_HEADS = frozenset("序号 序 编号 顺序号 行号 号 no no. 栏次".split())
"""What stands over a column that numbers the rows, as headers are compared."""

LONGEST = 24
"""Characters of a text that may say that its row is no data; a longer text is content."""

MAY_SAY = re.compile(
    r"例|样\s*表|空\s*白|以\s*下|正\s*文|[承过接转续]\s*.?\s*[页表]|表\s*尾|^\W*(?:完|结\s*束)|第.{0,6}页|共.{0,6}页|页\s*码|[上下]接"
    r"|^\s*譬?如|^\W+$|^\W*\d{1,4}\W+\d{0,4}\W*$|^\W*\d{1,4}页?\s*(?:of|/)|^\W*page",
    re.IGNORECASE,
)
"""What any text has that may say so: told quickly, since every text of a list is held against it."""

_EXAMPLE = r"(?:填[写表报]?|录入|参考)?(?:示例|样例|范例|举例|例子|样表|例如|例)"
_SAMPLE = re.compile(rf"[(\[<]?{_EXAMPLE}(?:行|数据)?[0-9一二三]{{0,2}}[)\]>]?[:,、]?")
_SAMPLE_NAME = re.compile(
    rf"(?:[(\[]{_EXAMPLE}[)\]]|{_EXAMPLE}[0-9一二三]?[:/]|(?:比如|例如|譬如):?|如:).+|.{{1,10}}[(\[]{_EXAMPLE}[)\]]"
)
_SAMPLE_ROW = re.compile(
    r".*(?:示例|样例|范例).{0,6}(?:勿删|删除|参考|勿填|仅供).*|.*(?:此|本|该)行(?:为|是)?(?:示例|样例|范例|举例).*"
)
_MARK = re.compile(
    r"[(\[<—\-=*]*(?:以下(?:均?为)?(?:空白|空|无|无正文|无内容|无数据)|此(?:处|页|行|表)?(?:以下)?(?:为)?(?:空白|无正文)"
    r"|本页(?:以下)?(?:为)?(?:空白|无正文)|空白|完|完毕|结束|表尾|过次页|过下页|承前页|承上页|接[上前下][页表]|转[下次][页表]|续[上下前]?[页表]"
    r"|[上下]接第?\d*页)[)\]>—\-=*。.]*"
)
_SIGNS = re.compile(r"[.…·⋯。\-—–~_=*、,]+")
_OF_PAGES = r"(?:\d{1,4}|[一二三四五六七八九十百]{1,4})页"
_PAGE = re.compile(
    rf"[(\[]?(?:第{_OF_PAGES}(?:[,/、;]?\(?共{_OF_PAGES}\)?)?|共{_OF_PAGES}(?:[,/、;]?\(?第{_OF_PAGES}\)?)?|第?\d{{1,4}}页?/共?\d{{1,4}}页?"
    r"|[-—–]+\d{1,4}[-—–]+|page\d{1,4}(?:(?:of|/)\d{1,4})?|\d{1,4}of\d{1,4}|页码:?\d{0,4}(?:/\d{1,4})?)[)\]]?"
)
_NUMBER = re.compile(r"[(\[第]?(?:\d{1,6}|[一二三四五六七八九十百]{1,5})[)\].、]?")
_FEW = 2
"""So many cells hold what a line between rows says: 第1页 | 共2页."""


def why_not(cells: Sequence[Cell], numbers: Iterable[int], names: Iterable[int]) -> Why | None:
    """Why a row is no data; None where it may be some. ``numbers`` and ``names`` are the places of the cells that number the rows
    and that name persons. A row that says nothing at all is not asked about."""
    said = [place for place, cell in enumerate(cells) if not is_space(cell)]
    keys = {place: header_key(cells[place]) for place in said if isinstance(cells[place], str)}
    if len(keys) == len(said) and keys:
        texts = list(keys.values())
        if len(texts) <= _FEW and all(map(_PAGE.fullmatch, texts)):
            return Why.PAGE
        if all(_MARK.fullmatch(text) or _SIGNS.fullmatch(text) for text in texts):
            return Why.BLANK
    numbering, naming = set(numbers), set(names)
    if any(
        _SAMPLE.fullmatch(key)
        if place in numbering
        else (_SAMPLE.fullmatch(key) or _SAMPLE_NAME.fullmatch(key))
        if place in naming
        else (len(key) > 1 and _SAMPLE.fullmatch(key)) or _SAMPLE_ROW.fullmatch(key)
        for place, key in keys.items()
    ):
        return Why.SAMPLE
    marked = {
        place
        for place, key in keys.items()
        if place not in numbering and (_MARK.fullmatch(key) or is_blank(key))
    }
    counted = {place for place in said if place in numbering and _NUMBER.fullmatch(header_key(cells[place]))}
    if said and all(place in counted or place in marked for place in said):
        return Why.NUMBER if all(is_blank(cells[place]) for place in marked) else Why.BLANK
    return None


def is_space(cell: Cell) -> bool:
    """Whether a cell holds nothing that can be seen."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
