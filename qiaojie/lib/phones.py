"""Telephone numbers of the mainland: mobiles of 11 digits, landlines with or without their area code."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _

from .cells import EMPTY, Cell, Parsed, failed, number_of, text_of
from .findings import Finding, Level
from .identity import is_lost
from .text import clean, figure, is_blank, is_ditto

_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_AREA: Final = re.compile(r"(010|02\d|0[3-9]\d\d)(\d{7,8})", re.ASCII)
_LOCAL: Final = re.compile(r"[2-8]\d{6,7}", re.ASCII)
_COUNTRY: Final = re.compile(r"^(?:\+86|0086|86(?=1[3-9]\d{9}$))", re.ASCII)
_MARKS: Final = re.compile(r"[-‐‑‒–—―−~_.·()\[\]'’‘]+")
_DIGITS: Final = re.compile(r"\d", re.ASCII)
_SHORTEST: Final = 7
"""Digits of the shortest number: a landline without its area code."""
_SEVERAL: Final = re.compile(r"[/、,;，；或]+")
_NUMBER: Final = re.compile(
    r"(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)|0\d{2,3}[ -]?[2-8]\d{6,7}(?!\d)", re.ASCII
)
_WHOSE: Final = re.compile(r"\([^()\d]*\)$|(?<=\d)[㐀-鿿]{1,8}$|(?<=\d)[,.;、。]+$")
"""Whose it is: （本人）."""
_LABEL: Final = re.compile(r"^(?:[㐀-鿿]{1,8}|tel|phone|mobile)[.:：]?(?=[\d+(])", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"(?<=\d{7})(?:转|分机|[#]|ext\.?:?)\(?(?:分机)?\d{2,5}\)?$", re.IGNORECASE)


def read_phone(cell: Cell) -> Parsed:
    """Read one telephone number; the value is ``13800002207`` or ``023-68880000``, or None.

    A wrong telephone stops nobody's row, so all but ``phone_lost`` are warnings: ``phone_length``, ``phone_chars``,
    ``phone_several``; hint: ``phone_without_area``.
    """
    if is_blank(cell):
        return EMPTY
    if is_lost(cell):
        return failed(
            "phone_lost", _("电话号码被电子表格当作数字存储，已看不到完整号码，请设为“文本”格式后重新填写。")
        )
    number = number_of(cell)
    if number is None and not isinstance(cell, str):
        return _chars()
    if is_ditto(cell):
        return _chars()
    parts = _parts(clean(text_of(cell)))
    if len(parts) > 1:
        first = next((read for part in parts if (read := read_phone(part)).value is not None), EMPTY)
        message = (
            _("一格里有几个电话号码，只读了第一个能用的，其余请写在备注里。")
            if first.value is not None
            else _("一格里有几个电话号码，请只留一个，其余写在备注里。")
        )
        return Parsed(first.value, (Finding("phone_several", message, Level.WARNING),))
    raw = _WHOSE.sub("", _LABEL.sub("", figure(text_of(cell))))
    extended = _EXTENSION.sub("", raw)
    if extended != raw:
        held = read_phone(extended)
        hint = Finding("phone_extension", _("分机号没有保存，只读了总机号码。"), Level.HINT)
        return Parsed(held.value, (*held.findings, hint)) if held.value is not None else held
    digits = _COUNTRY.sub("", _MARKS.sub("", raw))
    if not (digits.isascii() and digits.isdigit()):
        return _chars()
    if _MOBILE.fullmatch(digits):
        return Parsed(digits)
    landline = _AREA.fullmatch(digits)
    if landline is not None:
        return Parsed(f"{landline[1]}-{landline[2]}")
    if number is not None and _AREA.fullmatch("0" + digits):
        return failed(
            "phone_lost", _("座机区号前的0被电子表格去掉了，请设为“文本”格式后重新填写，如 023-68880000。")
        )
    if _LOCAL.fullmatch(digits):
        hint = Finding("phone_without_area", _("座机号码没有区号，请补上，如 023-68880000。"), Level.HINT)
        return Parsed(digits, (hint,))
    return failed(
        "phone_length",
        _(
            "电话号码位数或号段不对：手机号应为11位、以13—19开头，座机应为区号加7—8位，这里有%(count)d位，请核对。"
        )
        % {"count": len(digits)},
        Level.WARNING,
    )


def _parts(text: str) -> list[str]:
    """The telephone numbers that a text holds, the text itself where it is one at most."""
    half = unicodedata.normalize("NFKC", text)
    parts = [part for part in _SEVERAL.split(half) if len(_DIGITS.findall(part)) >= _SHORTEST]
    if len(parts) > 1:
        return parts
    found = _NUMBER.findall(half)
    return found if len(found) > 1 else [text]


def _chars() -> Parsed:
    return failed("phone_chars", _("电话号码只能由数字和横杠组成，请改正。"), Level.WARNING)
