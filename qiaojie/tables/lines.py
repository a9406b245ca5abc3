"""The lines around a table's data: titles, captions with their blanks, 合计, notes, signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from qiaojie.lib.text import clean, header_key
from qiaojie.lib.values import Cell

from .form import Form


class RangeLike(Protocol):
    """A merged block in 0-based sheet coordinates, ends inclusive."""

    @property
    def top(self) -> int: ...
    @property
    def left(self) -> int: ...
    @property
    def bottom(self) -> int: ...
    @property
    def right(self) -> int: ...


class SheetLike(Protocol):
    """What matching needs of a raw sheet (``qiaojie.sheets.book.Sheet`` is one)."""

    @property
    def name(self) -> str: ...
    @property
    def rows(self) -> Sequence[Sequence[Cell]]: ...
    @property
    def merged(self) -> Sequence[RangeLike]: ...
    @property
    def first_row(self) -> int: ...
    @property
    def first_col(self) -> int: ...
    def address(self, row: int, col: int) -> str:
        """The cell's address as the user knows it."""
        ...


_WHOSE_SUM = (
    r"(?:.{0,12}(?:街道|镇|乡|区|县|市|州|省|国|村|社区|页|表|单位|部门|基地|机构|班|季度|月|年|以上|其中))?"
)
_COUNTED = r"(?:[0-9]+(?:人次|人|名|个|户|班|期|次|场)?)?"
_TOTAL = re.compile(rf"{_WHOSE_SUM}(?:合计|小计|总计|共计|累计|总合计|合计数)(?:\([^()]*\))?:?{_COUNTED}")
_MAY_TOTAL = re.compile("计")
_SIGNATURE_WORDS = (
    r"(?:单位|部门|机构|基地)?(?:主要)?负责人|分管领导|主管领导|审核人|审批人|复核人|校对人|核对人|填表人|填报人|制表人|制表|经办人"
    r"|联系人|联系电话|联系方式|填表单位|填报单位|报送单位|填表日期|填报日期|填表时间|填报时间|报送日期|报送时间|制表日期"
    r"|制表时间|统计人|统计负责人|盖章|单位盖章|单位\(盖章\)|年月日|签字|签名|公章"
)
_SIGNED_WITH_COLON = "|".join(
    """
    审核 复核 校对 核对 填表 填报 经办 统计 统计员 主管 制单 制单人 制表单位 签章 领导签字 负责人签字 主管签字 审批 签收 领取人
    """.split()
)
"""Words that begin such a line only with a colon behind them: without it they may be content."""
_SIGNATURE = re.compile(
    rf"(?:{_SIGNATURE_WORDS})(?:\([^()]*\))?(?::|$)|(?:{_SIGNED_WITH_COLON})(?:\([^()]*\))?:|\((?:盖章|公章|签章|签字|签名)\)$"
)
_NOTE = re.compile(
    r"(?:备注|附注|注|注意|注意事项|说明|填表说明|填报说明|填写说明|提示|特别说明)(?:\d{0,2}):|\*注|※"
)

TAKEN_OUT = "导出，内部资料，用后销毁"
"""How the line ends that says who took a file out; csv has no footer to put it in, so it stands below the table."""

_DRAWN = re.compile(r"[_＿﹍﹎]+")
_LABEL = r"[^\s:：，。；、]{1,30}"
_PART = re.compile(rf"({_LABEL})\s*[:：]")
_HAN = re.compile(r"[㐀-鿿]")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})\s*年")
_DOTTED_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})[./-]\d")

# Captions that forms of many offices have; they part a line even where no space stands before them.
_COMMON_LABELS = (
    "填报单位",
    "填表单位",
    "报送单位",
    "填报时间",
    "填表时间",
    "填报日期",
    "填表日期",
    "填表人",
    "填报人",
    "审核人",
    "负责人",
    "单位负责人",
    "联系人",
    "联系电话",
    "单位",
)


@dataclass(frozen=True, slots=True)
class CaptionValue:
    """What a caption says: the text after its label, and the address of the cell that holds it."""

    text: str
    address: str


def is_total(cell: Cell, label: str) -> bool:
    """Whether a cell heads a row of sums (合计, 小计, 总计 …, or the form's own label for it)."""
    if not isinstance(cell, str) or len(cell) > 30:
        return False
    if not _MAY_TOTAL.search(cell) and cell[:1] != label[:1]:
        return False
    key = header_key(cell)
    return bool(_TOTAL.fullmatch(key)) or (bool(key) and key == header_key(label))


def is_signature(cell: Cell) -> bool:
    """Whether a cell begins a line that people sign (填表人：, 审核人：, 负责人（签字） …)."""
    return isinstance(cell, str) and bool(_SIGNATURE.match(header_key(cell[:60])))


def is_mark(cell: Cell) -> bool:
    """Whether a cell says who took the file out."""
    return isinstance(cell, str) and cell.rstrip().endswith(TAKEN_OUT)


def is_note(cell: Cell) -> bool:
    """Whether a cell begins a note (备注：, 注1：, 填表说明： …)."""
    return isinstance(cell, str) and bool(_NOTE.match(header_key(cell[:30])))


def line_keys(form: Form) -> frozenset[str]:
    """The form's own fixed lines as keys: title, notes, captions and signatures without their values."""
    texts = [form.title, *form.notes, *(part.label for part in (*form.captions, *form.signatures))]
    return frozenset(key for text in texts if (key := header_key(text).rstrip(":")))


def said_in(
    sheet: SheetLike, rows: Iterable[int], form: Form
) -> tuple[dict[str, CaptionValue], dict[str, CaptionValue]]:
    """What the captions in these rows (sheet rows) say: by the form's fields, and by label where it has none.

    The value is what follows the colon, or, if nothing does, the next filled cell of the row.
    """
    fields = {
        header_key(part.label).rstrip(":"): part.field
        for part in (*form.captions, *form.signatures)
        if part.field
    }
    labels = sorted({*fields, *_COMMON_LABELS}, key=len, reverse=True)
    # Two labels run together are parted before a known one: 涪陵区填报时间：
    known = re.compile("(?:" + "|".join(r"\s*".join(map(re.escape, label)) for label in labels) + r")\s*:")
    bound: dict[str, CaptionValue] = {}
    free: dict[str, CaptionValue] = {}
    for row in rows:
        for label, said in _parts(sheet, row, known):
            name = fields.get(label)
            if name is not None:
                bound.setdefault(name, said)
            else:
                free.setdefault(label, said)
    return bound, free


def _parts(sheet: SheetLike, row: int, known: re.Pattern[str]) -> Iterator[tuple[str, CaptionValue]]:
    cells = sheet.rows[row - sheet.first_row]
    for place, cell in enumerate(cells):
        if not isinstance(cell, str) or not (":" in cell or "：" in cell):
            continue
        text = cell.replace("：", ":").replace("（", "(").replace("）", ")")
        starts = _label_starts(text, known)
        for number, (start, colon) in enumerate(starts):
            end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
            value, at = _filled_in(text[colon + 1 : end]), place
            if not value and number == len(starts) - 1:
                value, at = _next_cell(cells, place)
            address = sheet.address(row, sheet.first_col + at)
            yield header_key(text[start:colon]), CaptionValue(value, address)


def _label_starts(text: str, known: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where each label of a line begins and where its colon stands."""
    found = {match.end() - 1: match.start() for match in known.finditer(text)}
    for match in _PART.finditer(text):
        if _HAN.search(match[1]):
            found.setdefault(text.index(":", match.end(1)), match.start())
    return sorted((start, colon) for colon, start in found.items())


def _filled_in(blank: Cell) -> str:
    """What was written into a blank, without the line that was drawn for it: __竹编合作社__."""
    return clean(_DRAWN.sub(" ", clean(blank)))


def _next_cell(cells: Sequence[Cell], place: int) -> tuple[str, int]:
    for at in range(place + 1, len(cells)):
        text = _filled_in(cells[at])
        if text:
            return ("", place) if ":" in text or "：" in text else (text, at)
    return "", place


def year_in(texts: Iterable[str]) -> int | None:
    """The first year that the lines name, in the way a title (2023年) or a date (2023.5.8) does."""
    kept = list(texts)
    for pattern in (_YEAR, _DOTTED_YEAR):
        for text in kept:
            if found := pattern.search(text):
                return int(found[1])
    return None
