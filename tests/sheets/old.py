"""Old binary workbooks (BIFF 8 in a compound file), written by hand since nothing that lives writes them any more."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, STREAM = 512, 4096

Merged = tuple[int, int, int, int]
"""First row, last row, first column, last column."""


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0x06))


def _text(text: str) -> bytes:
    units = text.encode("utf-16-le")
    return struct.pack("<HB", len(units) // 2, 1) + units


def xls(text: str, number: float, row: int = 2, col: int = 1) -> bytes:
    """A workbook whose sheet 名册 holds a text in A1 and a number in a 0-based row and column."""
    return xls_of({(0, 0): text, (row, col): number})


def xls_of(cells: Mapping[tuple[int, int], str | float]) -> bytes:
    """A workbook whose sheet 名册 holds texts and numbers in 0-based rows and columns."""
    return _workbook([("名册", _sheet(cells))])


def old_workbook(sheets: Sequence[tuple[str, Sequence[Sequence[object]], Sequence[Merged]]]) -> bytes:
    """A workbook of sheets (name, rows, merged blocks) whose cells are texts and numbers."""
    return _workbook([(name, _grid(rows, merged)) for name, rows, merged in sheets])


def _grid(rows: Sequence[Sequence[object]], merged: Sequence[Merged]) -> bytes:
    cells = {
        (row, col): cell
        for row, line in enumerate(rows)
        for col, cell in enumerate(line)
        if isinstance(cell, str | int | float) and cell != ""
    }
    return _sheet(cells, merged)


def _sheet(cells: Mapping[tuple[int, int], str | float], merged: Sequence[Merged] = ()) -> bytes:
    row, col = (max(place) for place in zip(*cells, strict=True)) if cells else (0, 0)
    made = _begin(0x10) + _record(0x0200, struct.pack("<IIHHH", 0, row + 1, 0, min(col + 1, 256), 0))
    for place, value in sorted(cells.items()):
        head = struct.pack("<HHH", *place, 0)
        if isinstance(value, str):
            made += _record(0x0204, head + _text(value))
        else:
            made += _record(0x0203, head + struct.pack("<d", value))
    if merged:
        blocks = b"".join(struct.pack("<HHHH", *block) for block in merged)
        made += _record(0x00E5, struct.pack("<H", len(merged)) + blocks)
    return made + _record(0x0A, b"")


def _workbook(sheets: Sequence[tuple[str, bytes]]) -> bytes:
    titles = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name, _content in sheets]
    at = (
        len(_begin(5))
        + sum(len(_record(0x85, bytes(6) + title)) for title in titles)
        + len(_record(0x0A, b""))
    )
    book = _begin(5)
    for title, (_name, content) in zip(titles, sheets, strict=True):
        book += _record(0x85, struct.pack("<IH", at, 0) + title)
        at += len(content)
    book += _record(0x0A, b"") + b"".join(content for _name, content in sheets)
    return _compound("Workbook", book.ljust(max(STREAM, -(-len(book) // SECTOR) * SECTOR), b"\0"))


def _compound(name: str, stream: bytes) -> bytes:
    sectors = len(stream) // SECTOR
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, STREAM, END, 0, END, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", FREE) * 108
    chain = [FAT, END, *range(3, sectors + 2), END]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, 1, END, 0) + _entry(name, 2, FREE, 2, len(stream))
    return header + table + directory.ljust(SECTOR, b"\0") + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    label = name.encode("utf-16-le") + b"\0\0"
    entry = label.ljust(64, b"\0") + struct.pack("<HBBIII", len(label), kind, 1, FREE, FREE, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)
