"""Names of persons as lists write them: with numbers before them, notes in brackets, titles behind them, two in one cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .cells import Cell
from .text import clean, tidy_name

_HALF: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code) != "．"}
_OPENING, _CLOSING = "([{（【〔［｛<《", ")]}）】〕］｝>》"
_BRACKETS: Final = str.maketrans(_OPENING + _CLOSING, "(" * len(_OPENING) + ")" * len(_CLOSING))
_HAN: Final = "㐀-鿿豈-﫿\U00020000-\U000323af"

_NUMBERED: Final = re.compile(
    rf"^\s*(?:\(\d{{1,4}}\)|\d{{1,4}}\s*[.、:)]|\d{{1,3}}\s*(?=[{_HAN}])|[①-⑳㈠-㈩⑴-⒇])\s*"
)
_MARKS: Final = r"[*#★☆△▲◆◇■□●○√✓✔※!^①-⑳㈠-㈩⑴-⒇\"'“”‘’~—–_-]+"
_MARKED: Final = re.compile(rf"^\s*(?P<before>{_MARKS})|(?P<after>{_MARKS})\s*$")
_BRACKETED: Final = re.compile(r"\(([^()]*)(?:\)|$)")
_LABELLED: Final = re.compile(rf"^([{_HAN}]{{2,8}}):\s*(?=\S)")
_LABELS: Final = frozenset({"姓名", "名字", "学员姓名", "本人姓名", "学员"})
_NUMBER: Final = re.compile(
    r"\s*[,;、:/]?\s*(?<![0-9A-Za-z])(?:\+?[0-9][0-9 \-]{5,}[0-9Xx](?:B\d{1,2})?)\s*[,;、/]?\s*"
)
_JOINED: Final = re.compile(r"^(?P<name>.{2,}?)\s*[-—–－:：~]+\s*(?P<note>[^-—–－:：~]+)$")
_TRAILING: Final = re.compile(r"\s*(?P<number>[0-9]{1,5})$")

_TITLES: Final = "女士|先生|小姐|同志|老师|师傅|大姐|大妈|阿姨"
_POSTS: Final = (
    "副?组长|副?班长|学习委员|生活委员|户主|本人|负责人|联系人|代表"
    "|(?:已|中途|已中途)?(?:退出|退学|退训|退班|离班|辍学)|中途离开|未结业|没结业|已结业|已故|去世|已去世|死亡|外出|务工|在外|补录|补报|新增"
)
_SAID: Final = re.compile(rf"(?:{_TITLES}|{_POSTS}|[男女]性?|[补新聋哑盲])")
_SUFFIX: Final = re.compile(
    rf"^(?P<name>.{{2,}}?)(?P<note>{_TITLES}|副?组长|副?班长|学习委员|(?:已|中途|已中途)(?:退出|退学|退训|退班|离班|辍学)|退学|退训|未结业)$"
)
_NOBODY: Final = re.compile(
    r"(?:班主任|带班|领队|带队|主讲|助教|翻译|志愿者|工作人员|管理人员|负责人|联系人|经办人)(?:老师|教师|人)?"
    r"|(?:授课|培训|指导|任课|代课|实训|主讲|外聘)?(?:教师|老师|讲师|师资)"
    r"|待定|未定|暂定|空缺|缺员|保密|不详|未知|某某某?|[Xx×]{2,3}"
    rf"|[{_HAN}]{{0,12}}(?:残联|妇联|残疾人联合会|妇女联合会|村委会|居委会|合作社|公司|培训学校|服务中心|培训中心|民政局|人社局)"
)
_DIGITS: Final = re.compile(r"[0-9]")
_MOST_DIGITS: Final = 2
"""Digits that a name may hold by a slip; more are a number."""
_OF_TEACHERS: Final = re.compile(r"(?:教师|老师|讲师|师资|班主任|领队|工作人员)$")
_ONLY_TITLED: Final = re.compile(rf"^[{_HAN}](?:{_TITLES})$")
_WHOLE: Final = re.compile(rf"[{_HAN}]{{2,4}}")
_DOTTED: Final = re.compile(rf"[{_HAN}]{{2,}}(?:[·•・‧∙⋅･●﹒ᐧ．.][{_HAN}]{{2,}})+")
_APART: Final = re.compile(r"\s*[、/,;，；&＋+|]\s*")
_AND_OTHERS: Final = re.compile(rf"^[{_HAN}]{{2,4}}等(?:[0-9一二三四五六七八九十]+)?(?:人|名|位|户)?$")
_AND: Final = re.compile(rf"^([{_HAN}]{{2,4}})[和与及代替]([{_HAN}]{{2,4}})$")
_DOUBLE_SURNAMES: Final = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 "
    "仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 呼延 百里 东郭 南门 羊舌 微生 令狐 西门 第五".split()
)

LIKELY_ODD: Final = re.compile(
    rf"[和与及]|(?:{_TITLES}|组长|班长|委员|退出|退学|退训|退班|离班|辍学|结业|等)$|^(?:姓名|名字)"
)
"""Texts of letters alone that may be more than a name."""


@dataclass(frozen=True, slots=True)
class NameCell:
    """What a cell says of a name: the ``name`` as it is kept, the ``notes`` beside it without their brackets, the ``numbers``
    and ``marks`` that stood at it. ``several`` where it holds the names of more than one person."""

    name: str
    notes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    several: bool = False

    @property
    def bare(self) -> bool:
        """Whether nothing stood beside the name."""
        return not (self.notes or self.numbers or self.marks)


@lru_cache(maxsize=4096)
def read_name(cell: Cell) -> NameCell:
    """Part a cell into a name and what stands beside it. Never raises; the name is '' where there is none."""
    held = _read(clean(cell))
    # 张三女士组长: what was behind the note may be another.
    while not held.several:
        again = _read(held.name)
        if again.several:
            return again
        if not len(again.name) > 0 or again.name == held.name:
            break
        held = NameCell(
            again.name, held.notes + again.notes, held.numbers + again.numbers, held.marks + again.marks
        )
    return held


def _read(cell: str) -> NameCell:
    text = clean(cell).translate(_HALF).translate(_BRACKETS)
    notes: list[str] = []
    numbers: list[str] = []
    marks: list[str] = []
    text = _from_before(text, marks, notes)
    inner = [found.strip() for found in _BRACKETED.findall(text)]
    outside = " ".join(_BRACKETED.sub("\0", text).replace("\0", " ").split()) if inner else text
    if inner and not outside.strip(" ()"):
        # The brackets are around the name itself.
        outside, inner = inner[0], inner[1:]
    for one in filter(None, inner):
        _sort(one, notes, numbers)
    text = _from_behind(outside.replace(")", "").replace("(", ""), marks, numbers)
    name, several = _parts(text, notes)
    joined = _JOINED.match(name)
    suffixed = joined if joined is not None and _SAID.fullmatch(joined["note"]) else _SUFFIX.match(name)
    if suffixed is not None and not several:
        name = suffixed["name"]
        notes.append(suffixed["note"])
    return NameCell(tidy_name(name).strip("·"), tuple(notes), tuple(numbers), tuple(marks), several)


def incomplete(name: str) -> bool:
    """Whether a name is a surname with a title only (王女士)."""
    return _ONLY_TITLED.match(name) is not None


def is_note(text: str) -> bool:
    """Whether a text is what lists write beside names (女, 组长, 已退出) and no name."""
    return _SAID.fullmatch(text) is not None


def nobody(name: str) -> bool:
    """Whether a text is what lists write where no trainee stands: a post (班主任), an office (残联), a gap (待定)."""
    return _NOBODY.fullmatch(name) is not None


def number_like(name: str) -> bool:
    """Whether a text is a number, or holds one, that has come into the wrong column."""
    return len(_DIGITS.findall(name)) > _MOST_DIGITS


def _from_before(text: str, marks: list[str], notes: list[str]) -> str:
    """The text without signs, running numbers and a label before the name."""
    while True:
        found = _MARKED.match(text) or _NUMBERED.match(text)
        if found is not None and found.end() < len(text) and found[0].strip():
            marks.append(found[0].strip())
            text = text[found.end() :]
            continue
        label = _LABELLED.match(text)
        if label is None:
            return text.strip()
        if _OF_TEACHERS.search(label[1]):
            return label[1]
        if label[1] not in _LABELS:
            notes.append(label[1])
        text = text[label.end() :]


def _from_behind(text: str, marks: list[str], numbers: list[str]) -> str:
    """The text without signs and numbers at its end, and without long numbers anywhere."""
    for found in _NUMBER.findall(text):
        numbers.append(found.strip(" ,;、:/"))
    rest = _NUMBER.sub(" ", text).strip() if numbers else text.strip()
    if not rest:
        return text
    while rest:
        marked = re.search(rf"{_MARKS}\s*$", rest)
        numbered = _TRAILING.search(rest)
        found_at = marked or numbered
        # 李** is a name that somebody has covered: what is left would be no name.
        if found_at is None or len(rest[: found_at.start()].strip()) < 2:
            return rest
        marks.append(found_at[0].strip())
        rest = rest[: found_at.start()].strip()
    return rest


def _sort(text: str, notes: list[str], numbers: list[str]) -> None:
    """A note in brackets: a number, or words, several of them parted by signs."""
    if re.fullmatch(r"[0-9Xx+\- ]{6,}", text):
        numbers.append(text)
    else:
        notes.extend(filter(None, _APART.split(text)))


def _parts(text: str, notes: list[str]) -> tuple[str, bool]:
    """The name in a text without brackets, and whether it holds several; what is no name of the rest are notes."""
    parts = [part for part in _APART.split(text) if part]
    if len(parts) == 1:
        parts = _by_spaces(parts[0])
    names = [part for number, part in enumerate(parts) if not number or not _SAID.fullmatch(part)]
    notes.extend(part for part in parts[1:] if _SAID.fullmatch(part))
    if len(names) > 1:
        return text, True
    name = names[0] if names else ""
    written = "".join(name.split())
    if _AND_OTHERS.match(written):
        return text, True
    both = _AND.match(written)
    return name, both is not None and not is_note(both[2])


def _by_spaces(text: str) -> list[str]:
    """The parts of a text that spaces part: two whole names, or a name and a note; else it is one name, spread out."""
    parts = text.split(" ")
    if len(parts) == 1:
        return parts
    said = [part for part in parts[1:] if is_note(part)]
    held = [part for part in parts if part not in said]
    name = " ".join(held)
    whole = len(held) > 1 and all(_WHOLE.fullmatch(part) or _DOTTED.fullmatch(part) for part in held)
    if whole and held[0] not in _DOUBLE_SURNAMES:
        return [*held, *said]
    return [name, *said]
