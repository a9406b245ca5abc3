"""What the reader does not tell of a workbook: hidden rows and columns, filters, cells whose formula came to nothing.

The XML of an xlsx sheet is inflated once anyway, to be measured; all this is looked for in passing, by a few searches
for bytes in each piece, so that a sheet which has nothing of it costs nothing.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable

from lxml import etree

from qiaojie.lib.cells import UNCALCULATED

from .book import MAX_COLUMNS, Hidden

_MARKS = (b'hidden="1"', b'hidden="true"', b"hidden='1'", b"hidden='true'")
_LINE = re.compile(rb"<(?:\w+:)?(row|col)\s([^>]*)>")
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_NUMBER = {
    name: re.compile(rb"""(?:^|\s)%s\s*=\s*["']([0-9]{1,9})["']""" % name) for name in (b"r", b"min", b"max")
}
_WITHOUT_VALUE = (b"</f></c>", b"</f><v></v>", b"</f><v/>", b"/></c>")
_ERROR_CELL = re.compile(
    rb'<c (?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>(?:<f.*?(?:</f>|/>))?<v>([^<]{1,20})</v>'
)
# A formula that gives an empty text (t="str") has a value, and it is that text.
_UNCALCULATED_CELL = re.compile(
    rb'<c (?![^>]*\bt="str")[^>]*\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>'
    rb"<f(?:[^>]*/>|[^>]*[^/]>[^<]*</f>|>[^<]*</f>)(?:<v></v>|<v/>)?</c>"
)
_LONGEST_CELL = 1 << 16
"""Bytes of a cell's XML that are carried over to the next piece of a sheet; a longer one holds text and no formula."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


class Watch:
    """Looks at the pieces of an archive's sheets as they go by, and says afterwards what it saw in each sheet."""

    def __init__(self) -> None:
        self._rows: dict[str, list[int]] = {}
        self._cols: dict[str, list[int]] = {}
        self._filtered: set[str] = set()
        self._broken: dict[str, dict[tuple[int, int], str]] = {}
        self._begun: tuple[str, bytes] = ("", b"")

    def look(self, part: str, piece: bytes) -> None:
        """See a piece of a sheet's XML that cuts no tag in two."""
        if b"filterColumn" in piece:
            self._filtered.add(part)
        self._look_at_cells(part, piece)
        if not any(mark in piece for mark in _MARKS):
            return
        for kind, attributes in _LINE.findall(piece):
            if not _HIDDEN.search(attributes):
                continue
            if kind == b"row":
                # A row without its number is left out: the format allows it, and no office program writes it.
                if found := _NUMBER[b"r"].search(attributes):
                    self._rows.setdefault(part, []).append(int(found[1]) - 1)
            else:
                first, last = (_NUMBER[name].search(attributes) for name in (b"min", b"max"))
                if first and last:
                    reach = range(int(first[1]) - 1, min(int(last[1]), MAX_COLUMNS))
                    self._cols.setdefault(part, []).extend(reach)

    def _look_at_cells(self, part: str, piece: bytes) -> None:
        before, begun = self._begun
        if begun and before == part:
            piece = begun + piece
        last = piece.rfind(b"<c ")
        open_ = last != -1 and len(piece) - last < _LONGEST_CELL and b"</c>" not in piece[last:]
        self._begun = (part, piece[last:] if open_ else b"")
        if b't="e"' in piece:
            for letters, number, text in _ERROR_CELL.findall(piece):
                self._note(part, letters, number, text.decode("utf-8", "replace"))
        if b"<f" in piece and any(mark in piece for mark in _WITHOUT_VALUE):
            for letters, number in _UNCALCULATED_CELL.findall(piece):
                self._note(part, letters, number, UNCALCULATED)

    def _note(self, part: str, letters: bytes, number: bytes, text: str) -> None:
        col = 0
        for letter in letters:
            col = col * 26 + letter - 64
        self._broken.setdefault(part, {})[int(number) - 1, col - 1] = text

    def broken(self, data: bytes) -> dict[str, dict[tuple[int, int], str]]:
        """By the sheet's name: 0-based row and column of cells that the reader leaves empty → what stands there."""
        names = _sheet_names(data) if self._broken else {}
        return {names[part]: cells for part, cells in self._broken.items() if part in names}

    def told(self, data: bytes) -> dict[str, Hidden]:
        """What is hidden, by the sheet's name; sheets that hide nothing are not in it."""
        parts = self._rows.keys() | self._cols.keys() | self._filtered
        if not parts:
            return {}
        names = _sheet_names(data)
        return {
            names[part]: Hidden(
                spans(self._rows.get(part, ())), spans(self._cols.get(part, ())), part in self._filtered
            )
            for part in parts
            if part in names
        }


def spans(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Runs of neighbouring numbers, both ends inclusive: 3, 4, 5, 9 → (3, 5), (9, 9)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def _sheet_names(data: bytes) -> dict[str, str]:
    """The names of a workbook's sheets by the parts of the archive that hold them; none where it does not say."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            workbook = etree.fromstring(archive.read("xl/workbook.xml"), _PARSER)
            links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), _PARSER)
        except (KeyError, etree.XMLSyntaxError):
            return {}
    # Targets stand from the workbook's folder, or from the root where they begin with a stroke.
    target = {
        link.get("Id"): posixpath.normpath(posixpath.join("/xl", link.get("Target") or "")).lstrip("/")
        for link in links
    }
    found: dict[str, str] = {}
    for sheet in workbook.iter("{*}sheet"):
        part = target.get(sheet.get(_RELATION) or sheet.get(_STRICT))
        if part:
            found[part] = sheet.get("name") or ""
    return found
