"""Tables of web pages, alone or kept with their parts in one file (MHTML), as sheets.

A page is one sheet, as a spreadsheet program shows it: its tables below each other, and the lines of text between them as rows.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from lxml import etree, html

from qiaojie.lib.values import Cell

from . import file_limits
from .book import MAX_COLUMNS, MAX_ROWS, Hidden, Range, Sheet
from .text_formats import decoded
from .visibility import spans

_SKIPPED = frozenset({"script", "style", "head", "title", "template", "noscript", "xml", "object", "iframe"})
_SPACES = re.compile(r"[ \t\r\n\f]+")
_NAME = re.compile(r"<x:Name>\s*([^<]{1,31}?)\s*</x:Name>", re.I)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNSEEN = re.compile(r"display\s*:\s*none", re.I)
_LOST = re.compile(r"\d(?:\.\d+)?E\+\d+", re.I)


def read_html(data: bytes, name: str) -> tuple[Sheet, ...]:
    """The tables of a page as one sheet. Raises Unusable ``file_not_workbook`` where there is none, and beyond the limits."""
    text = _text(data, name)
    titled = _NAME.search(text)
    sheet = _page(text, titled[1] if titled else "Sheet1", name)
    if sheet is None:
        file_limits.fail("file_not_workbook", _("“%s”是网页，里面没有表格。") % name)
    return (sheet,)


def read_mhtml(data: bytes, name: str) -> tuple[Sheet, ...]:
    """The pages of a kept page that have tables, each as a sheet. Raises as ``read_html``."""
    kept = email.message_from_bytes(data, policy=email.policy.compat32)
    sheets: list[Sheet] = []
    for part in kept.walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() == "text/html" and isinstance(content, bytes):
            sheet = _page(_text(content, name), f"Sheet{len(sheets) + 1}", name)
            if sheet is not None:
                sheets.append(sheet)
    if not sheets:
        file_limits.fail("file_not_workbook", _("“%s”是网页，里面没有表格。") % name)
    return tuple(sheets)


def _text(data: bytes, name: str) -> str:
    if len(data) > file_limits.MAX_DOCUMENT:
        file_limits.too_large(name)
    text = decoded(data)
    if text is None:
        message = _("“%s”的文字编码无法识别，请另存为 UTF-8 编码的 csv 或 xlsx。")
        file_limits.fail("file_not_workbook", message % name)
    return text


def _page(text: str, title: str, name: str) -> Sheet | None:
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(_DECLARED.sub("", text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        file_limits.truncated(name)
    grid = _Grid(name)
    body = root.find("body")
    for block in _blocks(root if body is None else body):
        if isinstance(block, str):
            grid.line(block)
        else:
            grid.table(block)
    if not grid.tables:
        return None
    return Sheet(title, grid.rows, tuple(grid.merged), conceals=Hidden(rows=spans(grid.hidden)))


def _blocks(element: html.HtmlElement) -> Iterator[str | html.HtmlElement]:
    """The tables under an element that hold no other table, and the lines of text around them."""
    if element.tag == "table" and element.find(".//table") is None:
        yield element
        return
    if element.find(".//table") is None:
        yield from (line for line in _said(element).split("\n") if line)
        return
    yield from _lines(element.text)
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED:
            yield from _blocks(child)
        yield from _lines(child.tail)


def _lines(text: str | None) -> Iterator[str]:
    plain = _SPACES.sub(" ", text or "").strip()
    if plain:
        yield plain


def _said(element: html.HtmlElement) -> str:
    """The text of an element as a page shows it: breaks are breaks, all other space is one space."""
    parts: list[str] = []

    def take(one: html.HtmlElement) -> None:
        if one.tag == "br":
            parts.append("\n")
        elif one.tag == "input":
            parts.append(one.get("value") or "")
        elif one.text:
            parts.append(_SPACES.sub(" ", one.text))
        block = one.tag in ("p", "div", "li")
        for child in one:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED:
                take(child)
            if child.tail:
                parts.append(_SPACES.sub(" ", child.tail))
        if block:
            parts.append("\n")

    take(element)
    return "\n".join(line.strip() for line in "".join(parts).split("\n")).strip("\n ")


@dataclass
class _Grid:
    """The rows of a page as they are met."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    tables: int = 0
    held: int = 0

    def line(self, text: str) -> None:
        """A line of text between tables."""
        self.add([text])

    def add(self, cells: list[Cell]) -> None:
        self.rows.append(cells)
        self.held += len(cells)
        if len(self.rows) > MAX_ROWS or self.held > file_limits.MAX_CELLS:
            file_limits.too_large(self.name)

    def table(self, table: html.HtmlElement) -> None:
        """A table below what there is: cells that another covers are empty."""
        self.tables += 1
        covered: dict[int, int] = {}
        for caption in table.iterchildren("caption"):
            for text in _caption_lines(caption):
                self.line(text)
        for line in table.iter("tr"):
            row = len(self.rows)
            if _UNSEEN.search(line.get("style") or ""):
                self.hidden.append(row)
            self.add(self.cells(line, row, covered))
            for col in [col for col, left in covered.items() if left <= 1]:
                del covered[col]
            for col in covered:
                covered[col] -= 1

    def cells(self, line: html.HtmlElement, row: int, covered: dict[int, int]) -> list[Cell]:
        """A row's cells. ``covered`` has by column how many rows, this one counted, are covered from above."""
        found: list[Cell] = []
        fresh: dict[int, int] = {}
        for box in line.iterchildren("td", "th"):
            while len(found) in covered:
                found.append("")
            across, down = _count(box, "colspan", MAX_COLUMNS), _count(box, "rowspan", MAX_ROWS)
            left = len(found)
            if left + across > MAX_COLUMNS:
                file_limits.too_wide(self.name)
            found.append(_value(box))
            found.extend([""] * (across - 1))
            if across > 1 or down > 1:
                self.merged.append(Range(row, left, row + down - 1, left + across - 1))
            if down > 1:
                fresh.update(dict.fromkeys(range(left, left + across), down))
        covered.update(fresh)
        return found


def _caption_lines(caption: html.HtmlElement) -> Iterator[str]:
    """The lines of a caption: each of its parts is one, and what stands beside each other in it stays apart."""
    parts = [child for child in caption if isinstance(child.tag, str) and child.tag != "br"]
    if not parts or (caption.text or "").strip():
        yield from (line for line in _said(caption).split("\n") if line)
        return
    for part in parts:
        beside = [_said(child) for child in part if isinstance(child.tag, str)]
        text = "    ".join(filter(None, beside)) if beside and not (part.text or "").strip() else _said(part)
        if text:
            yield text


def _value(box: html.HtmlElement) -> Cell:
    """What a cell says; of a number that is shown shortened the number itself, digit for digit."""
    text = _said(box)
    kept = box.get("x:num") or box.get("num")
    return kept if kept and _LOST.fullmatch(text) and kept.isdigit() else text


def _count(box: html.HtmlElement, attribute: str, most: int) -> int:
    text = (box.get(attribute) or "1").strip()
    return min(max(int(text[:9]), 1), most) if text.isascii() and text.isdigit() else 1
