"""Answers to a question that a column asks: yes, no, or the words of the question itself (是否合格: 合格, 不合格).

What may be answered follows from the words over the column and from the labels of the choices; there is no list per form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from .cells import Cell, Context
from .text import clean, header_key, is_ditto

YES: Final = frozenset(
    "是 是的 有 对 对的 已 √ ✓ ✔ ☑ ✅ 🗹 ■ ● v 1 y yes true t √是 已经 属于 具备 符合 确认".split()
)
NO: Final = frozenset(
    "否 无 没有 不是 未 不 没 非 × ✕ ✗ ✘ ❌ x 0 n no false f □ ☐ ◻ ▢ 尚未 还没 还没有 不属于 不具备 不符合".split()
)

_TICKED: Final = "☑✅🗹■●√✓✔◉⊠▣◼⬛"
_CROSSED: Final = "☒"
"""Word's own box is ticked with a cross: beside empty boxes it is the one that is meant, alone it may mean either."""
_EMPTY: Final = "□☐○◯◻▢⬜"
_BOX: Final = re.compile(
    rf"[(\[](?P<ticked>[{_TICKED}vV{_CROSSED}])[)\]]|[(\[][{_EMPTY}]?[)\]]|[{_TICKED}{_CROSSED}{_EMPTY}]"
)
_BETWEEN: Final = " 、,，;；/|"

_ASKS: Final = re.compile(
    r"^(?:目前|现)?(?:是否|是不是|有没有|有无|能否|可否|能不能|会不会|要不要|需不需要)(?:已经|已|为|是|属于|属|有|取得|获得)?"
    r"|(?:与否|否|没有|情况|结果|状况|状态|\?)$"
)
_NOTES: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SAYS_YES: Final = re.compile(r"^(?:已经|已|是的?|确实|为|属于|属|有|获得|取得|能够|能|可以|会)")
_SAYS_NO: Final = re.compile(
    r"^(?:并未|尚未|还未|暂未|仍未|未能|未曾|没有|还没有|还没|并非|不是|不属于|不为|不能|不会|不可以|不具备|不符合"
    r"|未|没|不|无|非|否)"
)
_ENDING: Final = re.compile(r"(?:了|的|[。.!])$")


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a cell of printed options ticks: ``option`` is '' where none is ticked, ``several`` where more than one is."""

    option: str = ""
    several: bool = False
    options: tuple[str, ...] = ()
    """All that are printed."""


@lru_cache(maxsize=1024)
def words_of(heads: tuple[str, ...]) -> tuple[str, ...]:
    """What a column asks about, by the texts over it, as headers are compared: 是否合格 → 合格, 结业与否 → 结业.

    Of 是否合格结业 beside 是否结业 both parts are words of the question.
    """
    found: dict[str, None] = {}
    for head in heads:
        key = _NOTES.sub("", header_key(head)).rstrip(":")
        while (rest := _ASKS.sub("", key)) != key:
            key = rest
        if key:
            found[key] = None
        if bare := _bare(_SAYS_YES, key):
            # 有签到表, 已就业: the head itself says the yes.
            found.setdefault(bare)
    for long in list(found):
        for short in list(found):
            if long != short and long.endswith(short):
                found.setdefault(long.removesuffix(short))
    return tuple(word for word in found if word not in YES | NO)


def yes_or_no(text: str, asked: Iterable[str] = ()) -> bool | None:
    """The answer of a cell to a question about ``asked`` (``words_of``); None where it is no clear answer.

    ``text`` is compared as headers are. Signs and words for yes and no answer any question.
    """
    key = header_key(text)
    while key not in NO and (rest := _ENDING.sub("", key)) != key:
        key = rest
    if key in YES:
        return True
    if key in NO:
        return False
    words = tuple(asked) if key else ()
    if key in words:
        return True
    # 是否未脱贫: the question is a negation itself, and 脱贫 denies it.
    if any(_bare(_SAYS_NO, word) == key for word in words):
        return False
    bare = _bare(_SAYS_YES, key)
    if bare in words:
        return True
    denied = _bare(_SAYS_NO, key)
    if denied in words or (denied and _bare(_SAYS_YES, denied) in words):
        return False
    return None


def denies(text: str, word: str) -> bool:
    """Whether a text is the plain negation of a word: 未结业 of 结业."""
    return _bare(_SAYS_NO, header_key(text)) == header_key(word)


def _bare(said: re.Pattern[str], key: str) -> str:
    """What is left of a text without the yes or no before it; '' where none stands there."""
    found = said.match(key)
    return key[found.end() :] if found else ""


def ticked(text: str) -> Ticked | None:
    """Which of the options that a cell prints is ticked (☑是 □否, 是√ 否□, (√)是 ( )否); None where it prints none."""
    line = clean(text).replace("（", "(").replace("）", ")").replace("【", "[").replace("】", "]")
    line = re.sub(r"([(\[])\s+|\s+([)\]])", r"\1\2", line)
    boxes = list(_BOX.finditer(line))
    if not boxes or not _BOX.sub("", line).strip(_BETWEEN):
        return None
    before = not line[: boxes[0].start()].strip(_BETWEEN)
    options: list[tuple[str, str]] = []
    if before:
        ends = [box.start() for box in boxes[1:]] + [len(line)]
        for box, end in zip(boxes, ends, strict=True):
            options.append((_sign(box), line[box.end() : end].strip(_BETWEEN)))
    else:
        begin = 0
        for box in boxes:
            options.append((_sign(box), line[begin : box.start()].strip(_BETWEEN)))
            begin = box.end()
    options = [(sign, option) for sign, option in options if option]
    if len(boxes) == 1 and before and " " in options[0][1]:
        # √是 否: only the one that is meant has a sign.
        options = [(options[0][0], options[0][1].split(" ")[0])]
    elif len(boxes) == 1 and not before and " " in options[0][1]:
        options = [(options[0][0], options[0][1].rsplit(" ", 1)[1])]
    meant = [option for sign, option in options if sign and sign in _TICKED + "vV"]
    crossed = [option for sign, option in options if sign and sign in _CROSSED]
    if not meant and len(options) > 1:
        meant = crossed
    elif not meant and crossed:
        return None
    printed = tuple(option for _sign_, option in options)
    if len(meant) > 1:
        return Ticked(several=True, options=printed)
    return Ticked(meant[0] if meant else "", options=printed)


def _sign(box: re.Match[str]) -> str:
    """The sign of a box, '' for brackets with nothing in them."""
    return box["ticked"] or (box[0] if len(box[0]) == 1 else "")


_CLASS_NOUNS: Final = "族性类型"
"""What may be left off or added where one of a list is named: 土家族, 女性, 视力类."""


class ChoiceNames:
    """What the choices of a column are called, as headers are compared."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.by_label: dict[str, str] = {}
        self.by_code: dict[str, str] = {}
        self.both: dict[str, str] = {}
        for code, label in context.choices.items():
            key, words = header_key(code), header_key(str(label))
            self.by_label.setdefault(words, code)
            self.by_code.setdefault(key, code)
            self.both.setdefault(key + words, code)

    def code(self, wanted: str) -> str | None:
        """The code that a text names outright."""
        if not wanted:
            return None
        for known in (self.by_label, self.by_code, self.both, self.context.labels):
            if wanted in known:
                return known[wanted]
        bare = wanted.translate({ord(sign): None for sign in ".-、:() "})
        if bare and bare in self.both:
            return self.both[bare]
        nouns = {words.rstrip(_CLASS_NOUNS): code for words, code in self.by_label.items()}
        bare = wanted.rstrip(_CLASS_NOUNS)
        return nouns.get(bare) if bare and len(nouns) == len(self.by_label) else None

    def answer(self, cell: Cell, wanted: str) -> str | None:
        """The code that a yes or no to the column's question means; None where its choices are no yes and no."""
        if not (isinstance(cell, str | int | float) and wanted) or (isinstance(cell, str) and is_ditto(cell)):
            return None
        asked = self.context.asked
        said = cell if isinstance(cell, bool) else yes_or_no(wanted, asked)
        if said is None:
            return None
        meant = {code for label, code in self.by_label.items() if yes_or_no(label) is said}
        if not meant:
            named = {**self.context.labels, **self.by_label}
            meant = {
                code
                for label, code in named.items()
                if (label in asked if said else any(denies(label, word) for word in asked))
            }
        return meant.pop() if len(meant) == 1 else None

    def near(self, wanted: str) -> str | None:
        """The code of the one label of which a text is a part."""
        near = [code for words, code in self.by_label.items() if len(wanted) > 1 and _is_end(wanted, words)]
        return near[0] if len(near) == 1 else None


def _is_end(part: str, whole: str) -> bool:
    return whole.startswith(part) or whole.endswith(part)
