"""Numbers as clerks write them: 45人, 约50, １，２３４, 四十五, 1.2万."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, number_of, text_of
from .findings import Finding, Level
from .text import figure, is_blank, is_ditto

LARGEST: Final = 10**9
"""Counts are below this; more is a telephone or identity number in the wrong column."""

MAGNITUDES: Final = {"": 1, "十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_PLACES: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CHINESE: Final = "".join(_DIGITS) + "".join(_PLACES) + "万萬"

_COUNTED: Final = re.compile(r"(?:[^\W\d_元]|[()/])*")
_WRITTEN: Final = re.compile(
    r"(?:共计|合计|共|计)?"
    r"(?P<about>大约|大概|约|近|超过|超|不少于|至少)?"
    r"(?P<sign>[-−+])?"
    rf"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+|[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?|[{_CHINESE}]+)"
    r"(?P<more>余|多|来)?"
    r"(?P<magnitude>[十百千万亿]?)"
    r"(?P<rest>(?:余|多)?[^0-9.,+\-]*?)"
    r"(?P<about_after>左右|上下|以上)?"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A number as written: its value, whether it was called approximate, and the words that follow it."""

    value: Decimal
    bare: Decimal
    """The value without a 千 or 万 that stood behind digits: 1.6 of ``1.6万``."""
    about: bool = False
    scaled: bool = False
    """Whether a 百, 千, 万 or 亿 belongs to what was written."""
    unit: str = ""


def chinese(text: str) -> int | None:
    """The value of Chinese numerals up to 九千九百九十九万九千九百九十九, also in the forms for cheques; None for others.

    ``二〇二三`` is read digit by digit; ``一百五`` (spoken for 150) is refused: forms do not write so.
    """
    if not text or any(c not in _DIGITS and c not in _PLACES and c not in "万萬" for c in text):
        return None
    if all(c in _DIGITS for c in text):
        # One digit, or a year; "一二" is no way to write a count.
        return int("".join(str(_DIGITS[c]) for c in text)) if len(text) in (1, 4) else None
    high, marker, low = text.replace("萬", "万").rpartition("万")
    if not marker:
        return _below_ten_thousand(low)
    above = _below_ten_thousand(high)
    below = _below_ten_thousand(low, continued=True) if low else 0
    return above * 10**4 + below if above and below is not None else None


def _below_ten_thousand(text: str, *, continued: bool = False) -> int | None:
    """Value of numerals with descending places: 三千零五, 一百二十, 十五."""
    total, digit, last_place, gap = 0, None, 10**4, False
    for position, c in enumerate(text):
        if c in _PLACES:
            place = _PLACES[c]
            # 十五 and 一千零十: only a ten may stand without its 一, first or after a 零.
            bare_ten = place == 10 and (position == 0 or (gap and (continued or total > 0)))
            if place >= last_place or digit == 0 or (digit is None and not bare_ten):
                return None
            total += (1 if digit is None else digit) * place
            digit, last_place, gap = None, place, False
        elif c not in _DIGITS:
            return None
        elif _DIGITS[c] == 0:
            if digit is not None or gap:
                return None
            gap = True
        elif digit is not None:
            return None
        else:
            digit = _DIGITS[c]
    if digit is not None:
        # 一百五 and 一万五 mean 150 and 15,000 when spoken; a single digit behind a gap wants its 零.
        if not gap and (last_place in (100, 1000) or (continued and last_place == 10**4)):
            return None
        total += digit
    return total if text else None


def written(cell: Cell) -> Written | None:
    """Read one number with what stands around it; None when the cell holds no single number."""
    held = number_of(cell)
    if held is not None:
        return Written(held, held)
    if not isinstance(cell, str):
        return None
    found = _WRITTEN.fullmatch(figure(cell))
    if found is None:
        return None
    body = found["number"]
    if body[0] in _CHINESE:
        counted = chinese(body)
        if counted is None:
            return None
        value = Decimal(counted)
    else:
        value = Decimal(body.replace(",", ""))
    rest, magnitude = found["rest"], found["magnitude"]
    about = bool(found["about"] or found["more"] or found["about_after"])
    if rest[:1] in ("余", "多"):
        about, rest = True, rest[1:]
    if any(c in _CHINESE or c == "几" for c in rest):
        return None
    scaled = bool(magnitude) or "万" in body or "萬" in body
    bare = -value if found["sign"] in ("-", "−") else value
    return Written(bare * MAGNITUDES[magnitude], bare, about, scaled, rest)


def shorten(cell: Cell) -> str:
    """A cell's text, short enough to stand in a message."""
    text = " ".join(text_of(cell).split())
    return text if len(text) <= 20 else text[:19] + "…"


def approximate(value: str) -> Finding:
    """The hint that an approximate number was taken as exact."""
    return Finding(
        "number_approximate",
        _("写的是约数，已按 %(value)s 读取，请核实准确数。") % {"value": value},
        Level.HINT,
    )


def read_integer(cell: Cell) -> Parsed:
    """Read a count; the value is an ``int`` ≥ 0, or None.

    Errors: ``number_unreadable``, ``number_not_whole``, ``number_negative``, ``number_too_large``; hint:
    ``number_approximate``. Words behind the number (人, 人次, 名 …) are allowed: the column says what is counted.
    """
    if is_blank(cell):
        return EMPTY
    if is_ditto(cell):
        return failed("number_unreadable", _("数字不能写“同上”，请填写具体数。"))
    found = written(cell)
    if found is None or not _COUNTED.fullmatch(found.unit):
        return failed(
            "number_unreadable", _("“%(found)s”不是一个数，请填写整数，如 45。") % {"found": shorten(cell)}
        )
    if found.value < 0:
        return failed("number_negative", _("“%(found)s”是负数，请填写0或正整数。") % {"found": shorten(cell)})
    if found.value >= LARGEST:
        return failed(
            "number_too_large", _("“%(found)s”太大，可能填错了列，请核对。") % {"found": shorten(cell)}
        )
    if found.value != found.value.to_integral_value():
        return failed("number_not_whole", _("“%(found)s”不是整数，请填写整数。") % {"found": shorten(cell)})
    value = int(found.value)
    return Parsed(value, (approximate(str(value)),) if found.about else ())
