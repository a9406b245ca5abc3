"""The smallest old binary workbook: one sheet in a compound file, written by hand since nothing writes them any more."""

from __future__ import annotations

import struct
from collections.abc import Mapping

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, STREAM = 512, 4096


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0x06))


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def xls(text: str, number: float, row: int = 2, col: int = 1) -> bytes:
    """A workbook whose sheet 名册 holds a text in A1 and a number in a 0-based row and column."""
    return xls_of({(0, 0): text, (row, col): number})


def xls_of(cells: Mapping[tuple[int, int], str | float]) -> bytes:
    """A workbook whose sheet 名册 holds texts and numbers in 0-based rows and columns."""
    name = "名册"
    row, col = (max(place) for place in zip(*cells, strict=True))
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    first = len(_begin(5)) + len(_record(0x85, bytes(6) + title)) + len(_record(0x0A, b""))
    book = _begin(5) + _record(0x85, struct.pack("<IH", first, 0) + title) + _record(0x0A, b"")
    book += _begin(0x10)
    book += _record(0x0200, struct.pack("<IIHHH", 0, row + 1, 0, min(col + 1, 256), 0))
    for place, value in sorted(cells.items()):
        head = struct.pack("<HHH", *place, 0)
        if isinstance(value, str):
            book += _record(0x0204, head + _text(value))
        else:
            book += _record(0x0203, head + struct.pack("<d", value))
    book += _record(0x0A, b"")
    return _compound("Workbook", book.ljust(-(-max(len(book), STREAM) // SECTOR) * SECTOR, b"\0"))


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
