"""Tables that are text inside, whatever their names say: which kind it is, and its characters.

Government systems export web pages under the name xls, and Excel 2003 wrote its workbooks as XML. Nothing here is run or fetched.
"""

from __future__ import annotations

import codecs
import re

TEXT_FORMATS = frozenset({"html", "xml", "mhtml"})
"""Workbooks that are text inside, and no list of cells parted by marks."""

_HEAD = 8192
"""Bytes that tell what a text is."""

_TOLD = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)|encoding\s*=\s*["']([A-Za-z0-9_\-]+)""", re.I)
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*<\s*(?:!doctype\s+html|html|head|body|table|meta|style|div|p|center|tr)\b",
    re.I | re.S,
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CHINESE = frozenset({"gb2312", "gbk", "gb_2312-80", "cp936", "x-gbk"})
_LINES = 20
"""Lines by which it is told whether a text is a list."""

_WIDE = re.compile(rb"\A(?:..)*?(?:\r\0\n\0|<\0)", re.S)
"""How UTF-16 without a mark shows itself: a line ends, or a tag begins, in characters of two bytes."""


def decoded(data: bytes) -> str | None:
    """The text of some bytes: by their mark, by what they say of themselves, as UTF-8, as GB18030; None for what is no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif _WIDE.search(data[:_HEAD]):
        encodings = ["utf-16-le"]
    else:
        told = _TOLD.search(data[:_HEAD])
        named = (told[1] or told[2]).decode().lower() if told else ""
        first = "gb18030" if named in _CHINESE else named
        encodings = ["utf-8-sig", *([first] if first and _known(first) else []), "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def kind_of_text(data: bytes) -> str:
    """html, xml (a workbook of Excel 2003), mhtml or csv; '' for what is none of them."""
    head = data[:_HEAD]
    if data.startswith(b"%PDF"):
        return ""
    text = decoded(_whole_characters(head)) or ""
    low = text.lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in low and "<workbook" in low.replace("<ss:", "<"):
        return "xml"
    if (
        re.match(r"\s*(?:mime-version|content-type|from|date|subject|x-[a-z-]+)\s*:", low)
        and "multipart/" in low
    ):
        return "mhtml"
    if _MARKUP.match(text) and "<" in text:
        return "html"
    return "csv" if _parted(text) else ""


def _parted(text: str) -> bool:
    """Whether at least two lines are parted into the same number of cells by tabs or commas, and nothing in them is no text."""
    if not text or _CONTROL.search(text):
        return False
    lines = [line for line in text.splitlines()[:_LINES] if line.strip()]
    # The last line may be cut off.
    lines = lines[:-1] if len(lines) > 2 else lines
    return any(
        len(lines) > 1
        and lines[0].count(mark) > 0
        and sum(line.count(mark) == lines[0].count(mark) for line in lines) * 2 > len(lines)
        for mark in "\t,"
    )


def _whole_characters(head: bytes) -> bytes:
    """The bytes without a character that is cut off at their end."""
    if len(head) < _HEAD:
        return head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _WIDE.search(head):
        return head[: len(head) // 2 * 2]
    cut = max(head.rfind(b"\n"), head.rfind(b">") + 1)
    return head[:cut] if cut > 0 else head


def _known(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
