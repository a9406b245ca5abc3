"""Text as it stands in cells: tidying it, comparing it, telling "nothing" and "as above" from content."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from .cells import Cell, text_of

# Control and format characters (zero-width spaces, direction marks, byte-order mark, the selector that makes a picture of ☑)
# carry no content in a cell;
# lone surrogates cannot be stored at all.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff\ud800-\udfff]"
)
_SPACES: Final = re.compile(r"\s+")
_DOTS: Final = re.compile("[·•・‧∙⋅･●﹒ᐧ．]|(?<=[^\x00-\x7f])\\.(?=[^\x00-\x7f])")
_LATIN_GAP: Final = re.compile(r"(?<=[A-Za-z.,'])\s+(?=[A-Za-z])")
_BRACKETED: Final = re.compile(r"[(\[]([^()\[\]]*)[)\]]")

_BLANKS: Final = frozenset(
    "/ \\ // - -- — —— ― – _ __ * . 。 、 ? 无 暂无 没有 略 "
    "空 空白 未填 未填写 无数据 N/A NA N\\A NULL NONE NIL #N/A (空) (空白)".split()
) | {""}
_NO_WORDS: Final = frozenset({"无", "没有", "暂无"})
_DITTOS: Final = frozenset(
    '同上 同前 同上行 同上一行 (同上) 仝 仝上 〃 〃〃 ″ ′′ 〞 〟 " "" “ ” “” \'\' ‘‘ ’’ ’ ,, 、、 ˝ ˮ'.split()
)
_MAY_DITTO: Final = re.compile(r"[同仝ˮ]|\A\W+\Z")
"""What each of these has, in whatever width it is written, and names and numbers have not."""
_UNITS: Final = frozenset(
    "元 千元 万元 亿元 角 分 人 名 人次 人/次 个 户 家 次 场 场次 期 班 天 日 "
    "小时 课时 学时 月 年 岁 件 套 份 张 本 亩 只 头 公斤 斤 吨 平方米 % ‰ 元/人 元/月 元/年 元/天 元/人/月 元/人/天".split()
)

_TEXT_MARK: Final = re.compile("^['’‘`´\u0301]+(?=.)")
"""What makes a spreadsheet take a number for text; copied along, it stands in the cell.
(Half-width forms make U+0301 of ´.)"""

_FORMULA_START: Final = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")


def clean(cell: Cell) -> str:
    """Text of a cell without invisible characters, line breaks and double spaces; '' when nothing is left.

    Every kind of space (no-break, full-width, tab, line break) becomes one plain space, none at either end.
    Characters of content are left alone, also rare and full-width ones.
    """
    raw = text_of(cell)
    if raw.isalnum():
        return raw
    return _SPACES.sub(" ", _INVISIBLE.sub("", raw)).strip()


def squeeze(cell: Cell) -> str:
    """Text of a cell in half-width form and without any space: for numbers, dates and codes."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", clean(cell)))


def figure(cell: Cell) -> str:
    """As ``squeeze``, without the apostrophe that says that a number is meant as text: for numbers and dates."""
    return _TEXT_MARK.sub("", squeeze(cell))


def header_key(cell: Cell) -> str:
    """What a header is compared by: no spaces or line breaks, half-width signs and brackets, small letters."""
    return (
        squeeze(cell).casefold().replace("【", "[").replace("】", "]").replace("〔", "[").replace("〕", "]")
    )


def split_unit(cell: Cell) -> tuple[str, str]:
    """Key of a header and the unit that stands in its brackets: ``产品收入\\n（万元）`` → ``("产品收入", "万元")``.

    Only a known unit is taken out; other brackets (``户籍地（乡镇、街道）``) belong to the name. '' when there is none.
    """
    key = header_key(cell)
    for found in _BRACKETED.finditer(key):
        inner = found[1].removeprefix("单位").lstrip(":")
        if inner in _UNITS:
            return key[: found.start()] + key[found.end() :], inner
    return key, ""


def tidy_name(cell: Cell) -> str:
    """A personal name as it is kept: ``李  桂`` → ``李桂``, ``买买提 • 艾力`` → ``买买提·艾力``.

    Officials spread two characters to the width of three; only between Latin letters does a space belong to the name.
    """
    kept = _LATIN_GAP.sub("\0", clean(cell))
    return _DOTS.sub("·", "".join(kept.split())).replace("\0", " ")


def name_key(cell: Cell) -> str:
    """What two spellings of one personal name have in common: no spaces, dots or case, half-width letters."""
    return unicodedata.normalize("NFKC", tidy_name(cell)).replace("·", "").replace(" ", "").casefold()


def is_ditto(cell: Cell) -> bool:
    """Whether the cell only says "as above" (同上, 〃, ″, two commas …)."""
    return isinstance(cell, str) and (squeeze(cell) in _DITTOS or clean(cell) in _DITTOS)


def dittos_among(cells: Iterable[Cell], longest: int) -> set[Cell]:
    """Of some cells (each once, however often it stands there) those shorter than ``longest`` that only say "as above"."""
    found = _MAY_DITTO.search
    return {
        cell
        for cell in set(cells)
        if cell.__class__ is str and len(cell) < longest and found(cell) and is_ditto(cell)
    }


def is_blank(cell: Cell, *, no_is_an_answer: bool = False) -> bool:
    """Whether the cell says nothing: empty, or one of the marks that clerks put so that no cell stays empty.

    ``no_is_an_answer`` for questions that 无 answers (yes or no): then 无 is content. A 0 is always content.
    """
    if cell is None:
        return True
    if not isinstance(cell, str):
        return False
    text = squeeze(cell).upper()
    if text in _NO_WORDS:
        return not no_is_an_answer
    return text in _BLANKS or clean(cell) in _BLANKS


def safe_cell(text: str) -> str:
    """Text for a csv cell (or any place without cell types) that no spreadsheet takes for a formula.

    A leading = + - @, tab or line break, also full-width, gets an apostrophe before it; so does text that begins with
    apostrophes before such a sign, so that ``plain_cell`` gives back exactly what went in. Workbooks need this only
    where a cell is not written as a string.
    """
    return "'" + text if _FORMULA_START.match(text) else text


def plain_cell(text: str) -> str:
    """The text that ``safe_cell`` protected."""
    return text[1:] if text.startswith("'") and _FORMULA_START.match(text) else text
