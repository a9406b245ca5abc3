"""What is stated once for all rows of a table: in the lines above it, in the name of its sheet or file, or by who hands it in.

Only what a row may share with all others: nobody's name, number or telephone holds for a whole list.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath

from qiaojie.lib.cells import Cell
from qiaojie.lib.dates import DateSpan, read_span
from qiaojie.lib.text import clean, header_key

from .bindings import says_span, spans
from .form import Form, Leaf
from .headers import Header, key_and_unit, names
from .lines import CaptionValue, SheetLike, is_note, said_in

LONGEST = 60
"""Characters that are taken for a value; what is longer is a sentence."""

_ENOUGH = 3
"""So many fields that no row can do without tell a form, if a sheet has all of them under their very names, however few of the
form's columns that are: 姓名 alone stands in any list of people."""

_HERS = frozenset({"name", "id_number", "certificate", "phone", "bank_account", "ordinal"})
"""Kinds of which no two people have the same."""

_POINT = r"(?:\d{4}\s*[年./-]\s*)?\d{1,2}\s*[月./-]\s*\d{1,2}\s*[日号]?"
_SPAN = re.compile(
    rf"(?<![\d.])({_POINT}\s*(?:起?至|到|[-—–―~～〜]{{1,2}})\s*(?:{_POINT}|\d{{1,2}}\s*[日号]?))(?![\d])"
)
_PARTED = re.compile(r"[、，,；;/]|以及")
_YEAR = re.compile(r"(?:19|20)\d{2}年?度?(?:\d{1,2}月份?)?(?:\d{1,2}[日号])?")
_PLACE = re.compile(r"^(?:[一-鿿]{2,9}?(?:自治区|自治州|自治县|省|市|区|县|州|旗))+")
_SHEET = re.compile(
    r"(?:(?:参训|受训|培训)?(?:学员|人员|对象|残疾人|妇女|残疾妇女)?(?:信息|基本信息|基本情况|情况)?"
    r"(?:花名册|名册|名单|登记表|信息表|汇总表|明细表|统计表|签到表|报名表|一览表|台账|表)?)$"
)
_MARKED = re.compile(r"[（(【\[][^（）()【】\[\]]*[）)】\]]")
_SCRAPS = re.compile(r"[；;|｜]|[(（]共?\d+[人名][)）]|\s+(?=[一-鿿]{2,6}[:：])")
"""What stands behind a name in a caption: the next caption, how many they are."""
_NOT_OF_IT = re.compile(r"\s*(?:报名|公示|填报|上报|截止|招生|统计)")
"""What follows days that are not those of the thing itself."""
_TELLING = re.compile(r"[期班批组]|^.第?[0-9一二三四五六七八九十甲乙丙丁]{1,3}.$")


class Where(StrEnum):
    """Where something is stated."""

    CELL = "cell"
    SHEET = "sheet"
    FILE = "file"
    SAID = "said"


@dataclass(frozen=True, slots=True)
class StatedOnce:
    """What holds for all rows in the column of a leaf: its text, and the cell that says it (of what no cell says, the first of
    the header). ``span``: the text is a span of days, of which the leaf takes its end."""

    leaf: Leaf
    text: str
    address: str
    where: Where = Where.CELL
    span: bool = False


def sayable(form: Form) -> list[Leaf]:
    """The leaves that somebody may fill for all rows at once."""
    return [
        leaf
        for leaf in form.readable
        if leaf.column.field
        and leaf.column.tick is None
        and not leaf.column.computed
        and leaf.column.kind not in _HERS
    ]


def stated(
    form: Form, sheet: SheetLike, header: Header, above: range, said: Mapping[str, str], file: str
) -> dict[str, StatedOnce]:
    """By field, what holds for all rows: what was ``said`` (by field), else what the lines ``above`` the header, the sheet's
    name and the file's state where the sheet has no column for it. Of a column that every row must fill it holds for the
    rows that leave it blank."""
    seeker = _Seeker(form, sheet, header, above)
    first = sheet.address(header.top, header.heads[0].col) if header.heads else ""
    ends = {leaf.column.field for pair in spans(form) for leaf in pair}
    found = {
        name: StatedOnce(leaf, said[name], first, Where.SAID, name in ends and _is_span(said[name]))
        for name, leaf in seeker.leaves.items()
        if said.get(name)
    }
    for one in (*seeker.labelled(), *seeker.days(), *seeker.named(first, file)):
        found.setdefault(one.leaf.column.field or "", one)
    return found


def told(form: Form, cells: Iterable[Cell], once: Mapping[str, StatedOnce]) -> frozenset[str]:
    """Which days and which names a line tells of what is stated ``once``, as they are compared: another line that tells others
    begins another list."""
    known = names(form)
    days = any(one.span or one.leaf.column.kind == "date" for one in once.values())
    nouns = [noun for one in once.values() if one.leaf.column.kind == "text" for noun in _nouns(one.leaf)]
    found: set[str] = set()
    for cell in cells:
        if not isinstance(cell, str) or not cell.strip():
            continue
        text = clean(cell)
        if days:
            found.update(header_key(met[1]) for met in _SPAN.finditer(text) if _is_span(met[1]))
        label, parted, rest = text.replace("：", ":").partition(":")
        called = _called(rest if parted and key_and_unit(label)[0] in known else text, nouns)
        if called:
            found.add(header_key(called))
    return frozenset(found)


def required(form: Form) -> frozenset[str]:
    """The fields that no row can do without."""
    return frozenset(leaf.column.field for leaf in form.leaves if leaf.column.required and leaf.column.field)


def complete(form: Form, header: Header, once: Mapping[str, StatedOnce]) -> bool:
    """Whether all that no row can do without is there under its very name, or stated once; False where that is too little to
    tell a form."""
    wanted = required(form)
    have = {binding.leaf.column.field for binding in header.bindings if not binding.near}
    return len(wanted) >= _ENOUGH and wanted <= have | once.keys()


def counted(form: Form, header: Header, once: Mapping[str, StatedOnce], least: float) -> Header:
    """The header with the share that it counts for: a ``complete`` one is as good as ``least``."""
    if header.recall < least and complete(form, header, once):
        return replace(header, recall=least)
    return header


class _Seeker:
    """Looks for what is stated once about the columns that a header lacks."""

    def __init__(self, form: Form, sheet: SheetLike, header: Header, above: range) -> None:
        self.form, self.sheet, self.above = form, sheet, above
        self.leaves = {leaf.column.field or "": leaf for leaf in sayable(form)}
        bound = {binding.leaf.column.field for binding in header.bindings}
        self.lacking = {
            name: leaf for name, leaf in self.leaves.items() if name not in bound or leaf.column.required
        }
        self.missing = {name: leaf for name, leaf in self.lacking.items() if name not in bound}
        self.names = names(form)
        rows = [
            row
            for row in above
            if not any(is_note(cell) for cell in sheet.rows[row - sheet.first_row] if cell)
        ]
        captions, self.free = said_in(sheet, rows, form) if self.lacking else ({}, {})
        labels = {part.field: part.label for part in (*form.captions, *form.signatures) if part.field}
        # A caption that the form itself has says what its field does, and to us also what its label does.
        self.said: dict[str, CaptionValue] = {
            **{key_and_unit(labels[name])[0]: value for name, value in captions.items() if name in labels},
            **{key_and_unit(label)[0]: value for label, value in self.free.items()},
        }
        for label, value in self.pairs(rows):
            self.said.setdefault(label, value)

    def pairs(self, rows: Iterable[int]) -> Iterator[tuple[str, CaptionValue]]:
        """Labels without a colon, with the cell beside them."""
        for row in rows:
            cells = self.sheet.rows[row - self.sheet.first_row]
            filled = [(place, cell) for place, cell in enumerate(cells) if cell not in (None, "")]
            for (_place, label), (place, cell) in itertools.pairwise(filled):
                key = key_and_unit(label)[0]
                if self.names.get(key) is None and not says_span(key):
                    continue
                text = clean(cell)
                if isinstance(label, str) and ":" not in text and "：" not in text and not self.knows(text):
                    address = self.sheet.address(row, self.sheet.first_col + place)
                    yield key, CaptionValue(text, address)

    def knows(self, text: str) -> bool:
        key = key_and_unit(text)[0]
        return key in self.names or says_span(key)

    def labelled(self) -> Iterator[StatedOnce]:
        """Captions whose label is a column's name."""
        for label, value in self.said.items():
            leaf = self.names.get(label)
            name = leaf.column.field if leaf is not None else None
            if leaf is None or name not in self.lacking or not 0 < len(value.text) <= LONGEST:
                continue
            text = value.text.strip(" ；;，,、")
            if leaf.column.kind == "text":
                text = _SCRAPS.split(_SPAN.sub("", text), maxsplit=1)[0].strip(" ，,、；;|｜（()）") or text
            yield StatedOnce(leaf, text, value.address)

    def days(self) -> Iterator[StatedOnce]:
        """The first and the last day, from a caption that says both, else from the one span of days that the lines name."""
        open_ = [pair for pair in spans(self.form) if any(leaf.column.field in self.missing for leaf in pair)]
        if len(open_) != 1:
            return
        told = [value for label, value in self.said.items() if says_span(label) and _is_span(value.text)]
        for each in told or list(self.spans_in_lines()):
            for leaf in open_[0]:
                if leaf.column.field in self.missing:
                    yield StatedOnce(leaf, each.text, each.address, span=True)
            return

    def spans_in_lines(self) -> Iterator[CaptionValue]:
        found: dict[str, CaptionValue] = {}
        for row in self.above:
            for place, cell in enumerate(self.sheet.rows[row - self.sheet.first_row]):
                if isinstance(cell, str):
                    address = self.sheet.address(row, self.sheet.first_col + place)
                    for met in _SPAN.finditer(clean(cell)):
                        behind = clean(cell)[met.end() :]
                        if _is_span(met[1]) and not _NOT_OF_IT.match(behind):
                            found.setdefault(met[1], CaptionValue(met[1], address))
        if len(found) == 1:
            yield from found.values()

    def named(self, first: str, file: str) -> Iterator[StatedOnce]:
        """What is called in the title, the sheet's name or the file's: 竹编班学员花名册 is of the 竹编班."""
        for leaf in self.missing.values():
            if leaf.column.kind != "text" or not leaf.column.required:
                continue
            nouns = _nouns(leaf)
            if not nouns:
                continue
            places = [*self.lines(), (self.sheet.name, first, Where.SHEET)]
            if file:
                places.append((PurePath(file).stem, first, Where.FILE))
            for text, address, where in places:
                if called := _called(text, nouns):
                    yield StatedOnce(leaf, called, address, where)
                    break

    def lines(self) -> Iterator[tuple[str, str, Where]]:
        for row in self.above:
            for place, cell in enumerate(self.sheet.rows[row - self.sheet.first_row]):
                if isinstance(cell, str) and ":" not in cell and "：" not in cell:
                    yield cell, self.sheet.address(row, self.sheet.first_col + place), Where.CELL


def _is_span(text: str) -> bool:
    value = read_span(text, 2000).value
    return isinstance(value, DateSpan) and value.begins is not None


def _nouns(leaf: Leaf) -> Sequence[str]:
    """What a thing is called whose name the column holds: 培训班 of 培训班名称."""
    labels = [label for label in (leaf.label, *leaf.column.headers) if label.endswith("名称")]
    found = [label.removesuffix("名称") for label in labels]
    return [*found, "班"] if any(noun.endswith("班") for noun in found) else found


def _called(text: str, nouns: Sequence[str]) -> str:
    """The name of such a thing in a text, or in brackets there; '' where there is none."""
    text = _SPAN.sub("", clean(text)).replace(" ", "")
    within = [marked[1:-1] for marked in _MARKED.findall(text)]
    return next(filter(None, (_named(one, nouns) for one in (_MARKED.sub(_if_telling, text), *within))), "")


def _if_telling(marked: re.Match[str]) -> str:
    """What stands in brackets, if it tells one such thing from another: 竹编班（第一期）, 竹编（二）班."""
    return marked[0] if _TELLING.search(marked[0]) else ""


def _named(text: str, nouns: Sequence[str]) -> str:
    rest = _PLACE.sub("", _YEAR.sub("", _SHEET.sub("", text)))
    bare = _MARKED.sub("", rest)
    noun = next((noun for noun in nouns if noun and bare.endswith(noun)), "")
    if not noun or bare in nouns or _PARTED.search(rest) or not 2 < len(rest) <= LONGEST // 2:
        return ""
    return rest
