"""What a file is, by its bytes and not by its name, and whether it may be opened at all.

Nothing here trusts a file: the size of the zip directory is looked at before it is read, the directory before anything
is inflated, and every part is then inflated once in pieces, so that neither a lying directory nor a sheet of two
far-apart cells can take the machine's memory, wherever in the archive it stands.

All limits on what is read stand here and in ``book`` (``MAX_BYTES``, ``MAX_ROWS``, ``MAX_COLUMNS``).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import NoReturn

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import text_formats
from .book import MAX_BYTES, MAX_COLUMNS, MAX_ROWS
from .visibility import Watch

MAX_INFLATED = 2 * 1024**3
"""The largest sum of inflated parts, in bytes."""

MAX_RATIO = 300
"""An archive that inflates by more than this is refused once it is also larger than ``FREE_INFLATED``."""

FREE_INFLATED = 100 * 1024**2
"""Inflated bytes below which no ratio matters: an empty sheet of many styles packs a thousandfold."""

MAX_CELLS = 60_000_000
"""The largest rectangle of cells: readers keep a sheet as a rectangle, however few of its cells are used."""

MAX_DIRECTORY = 8 * 1024**2
"""The largest directory of an archive in bytes: some 100,000 parts; a workbook of an office has a few dozen."""

MAX_DOCUMENT = 128 * 1024**2
"""The largest inflated text of a Word document in bytes (some 50,000 rows): it is read as a whole tree."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError)
"""What a damaged archive raises, depending on the byte that is wrong."""

OFFICE_FORMATS = frozenset({"doc", "odt", "rtf"})
"""Documents that an office program must turn into docx before they can be read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_HEAD = b"\xec\xa5"
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_CHUNK = 1 << 20
"""Bytes that are inflated at a time, so that a bomb is met before it fills memory."""

_LONGEST_END = 0x10000 + 200
"""How far from its last byte an archive's end can begin: its comment has up to 64 KiB."""

# Cells are judged by searching for their addresses only, which is far cheaper than parsing them: a sheet is taken to
# be as wide as the first of these widths beyond which no address reaches.
_BEYOND: tuple[tuple[int, re.Pattern[bytes]], ...] = (
    (26, re.compile(rb'r="[A-Z]{2}')),
    (52, re.compile(rb'r="(?:[B-Z][A-Z]|[A-Z]{3})')),
    (104, re.compile(rb'r="(?:[D-Z][A-Z]|[A-Z]{3})')),
    (260, re.compile(rb'r="(?:[J-Z][A-Z]|[A-Z]{3})')),
    (MAX_COLUMNS, re.compile(rb'r="(?:S[G-Z]|[T-Z][A-Z]|[A-Z]{3})[0-9]')),
)
_FILLED_COLUMN = re.compile(rb'<(?:\w+:)?c\b[^>]*?\sr="([A-Z]{1,3})[0-9]+"(?:[^>]*[^/>])?>(?!</)')
_ROW = re.compile(rb'r="[A-Z]{0,3}([0-9]{4,})"')
_FAR_ROW = re.compile(rb'r="[A-Z]{0,3}([0-9]{7,})"')
_ODD_SPELLINGS = (b"r='", b"r =", b"r= ", b"r\n=", b"r=\n", b"r\t=", b"r=\t", b"r\r=", b"r=\r")
_UNUSUAL = re.compile(rb"""=(?:(?<=\s=)|(?!"))""")
"""What all of them have and hardly anything else: an equals sign after a space, or before no quotation mark."""
_ODD = re.compile(rb"""\s*=\s*["']([A-Z]{0,3}[0-9]+)["']""")


def fail(code: str, message: str) -> NoReturn:
    """Refuse the file with one clear line."""
    raise Unusable(code, message)


def truncated(name: str) -> NoReturn:
    """Refuse a file that begins as it should and does not end so."""
    fail("file_truncated", _("“%s”不完整或已损坏，请重新保存或重新发送。") % name)


def encrypted(name: str) -> NoReturn:
    """Refuse a file that asks for a password."""
    fail("file_encrypted", _("“%s”设有打开密码，请取消密码后再上传。") % name)


def too_wide(name: str) -> NoReturn:
    """Refuse a sheet of more than ``MAX_COLUMNS`` columns."""
    limits = {"name": name, "limit": MAX_COLUMNS}
    fail("file_too_wide", _("“%(name)s”超过 %(limit)d 列，请删除多余的列。") % limits)


def too_large(name: str) -> NoReturn:
    """Refuse a file or sheet beyond the stated limits."""
    limits = {"name": name, "mb": MAX_BYTES // 1024**2, "rows": MAX_ROWS}
    fail("file_too_large", _("“%(name)s”太大：最多 %(mb)d MB、%(rows)d 行，请分成几个文件。") % limits)


def sniff(data: bytes, name: str, watch: Watch | None = None) -> str:
    """The format of the file by its content: xlsx, xls, ods, docx, doc, odt, rtf, html, xml (a workbook of Excel 2003), mhtml or
    csv; Unusable for anything else.

    ``watch`` sees the sheets of an xlsx as they are measured.
    """
    if not data:
        fail("file_empty", _("“%s”是空文件。") % name)
    if len(data) > MAX_BYTES:
        too_large(name)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data, name, watch)
    if data.startswith(_OLE[:4]):
        return _sniff_ole(data, name)
    if data.startswith(b"{\\rtf"):
        return "rtf"
    text = text_formats.kind_of_text(data)
    if text:
        return text
    if name.lower().endswith(_TEXT_SUFFIXES) and not data.startswith(b"%PDF"):
        return "csv"
    fail("file_not_workbook", _("“%s”不是电子表格，请另存为 xlsx 或 csv 后再上传。") % name)


def _sniff_ole(data: bytes, name: str) -> str:
    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        encrypted(name)
    if holds("WordDocument"):
        if _locked_document(data):
            encrypted(name)
        return "doc"
    if len(data) < 1536:
        truncated(name)
    if holds("Workbook") or holds("Book"):
        return "xls"
    fail("file_not_workbook", _("“%s”不是电子表格，请另存为 xlsx 后再上传。") % name)


def _locked_document(data: bytes) -> bool:
    """Whether an old text document is encrypted: a bit in the head of its main stream ([MS-DOC] 2.5.2, fEncrypted)."""
    at = data.find(_WORD_HEAD, 512)
    while at != -1 and at % 512:
        at = data.find(_WORD_HEAD, at + 1)
    return at != -1 and len(data) > at + 11 and bool(data[at + 11] & 1)


def parts_of(data: bytes, name: str) -> frozenset[str]:
    """What an archive holds by its directory, which is looked at before it is read; Unusable for a damaged or monstrous one."""
    archive, names = _opened(data, name)
    archive.close()
    return names


def _opened(data: bytes, name: str) -> tuple[zipfile.ZipFile, frozenset[str]]:
    if _directory_size(data) > MAX_DIRECTORY:
        fail("zip_bomb", _("“%s”里的文件多得异常，已拒绝打开。") % name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGED:
        truncated(name)
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        encrypted(name)
    _check_inflation(sum(part.file_size for part in parts), len(data), name)
    return archive, frozenset(part.filename for part in parts)


def _sniff_zip(data: bytes, name: str, watch: Watch | None) -> str:
    archive, names = _opened(data, name)
    with archive:
        if "xl/workbook.bin" not in names and any(part.startswith("xl/") for part in names):
            _check_sheets(archive, name, watch)
            return "xlsx"
        if "word/document.xml" in names:
            if archive.getinfo("word/document.xml").file_size > MAX_DOCUMENT:
                too_large(name)
            _drain(archive, "word/", name)
            return "docx"
        if "content.xml" in names and b"opendocument.text" in read_part(archive, "mimetype", name):
            if b"encryption-data" in read_part(archive, "META-INF/manifest.xml", name):
                encrypted(name)
            _drain(archive, "content.xml", name)
            return "odt"
        if "content.xml" in names and b"spreadsheet" in read_part(archive, "mimetype", name):
            if b"encryption-data" in read_part(archive, "META-INF/manifest.xml", name):
                encrypted(name)
            _drain(archive, "content.xml", name)
            return "ods"
    fail("file_not_workbook", _("“%s”不是电子表格，请另存为 xlsx 后再上传。") % name)


def carries(data: bytes, form: str) -> tuple[bool, bool]:
    """Whether a workbook that was sniffed has macros, and whether it names other files to take values from (known of xlsx)."""
    if form == "xls":
        return "_VBA_PROJECT".encode("utf-16-le") in data, False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    # The lists of libraries stand in documents without any module, too.
    modules = (name for name in names if not name.endswith(("script-lb.xml", "script-lc.xml")))
    macros = any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in modules)
    return macros, any(name.startswith("xl/externalLinks/") for name in names)


def _directory_size(data: bytes) -> int:
    """The size in bytes that the archive's end states for its directory, of both kinds of ends (APPNOTE 4.3.14, 4.3.16)."""
    at = data.rfind(b"PK\x05\x06", -_LONGEST_END)
    size = int.from_bytes(data[at + 12 : at + 16], "little") if at != -1 else 0
    wide = data.rfind(b"PK\x06\x06", -_LONGEST_END)
    return max(
        size if size != 0xFFFFFFFF else 0,
        int.from_bytes(data[wide + 40 : wide + 48], "little") if wide != -1 else 0,
    )


def _check_inflation(inflated: int, packed: int, name: str) -> None:
    if inflated > MAX_INFLATED or (inflated > FREE_INFLATED and inflated > MAX_RATIO * packed):
        fail("zip_bomb", _("“%s”解压后异常庞大，已拒绝打开。") % name)


def read_part(archive: zipfile.ZipFile, part: str, name: str) -> bytes:
    """The inflated part, empty if the archive has none of that name."""
    try:
        return archive.read(part)
    except KeyError:
        return b""
    except DAMAGED:
        truncated(name)


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The inflated bytes in pieces that end before a ``<``; a wrong size or checksum is a truncated file."""
    rest = b""
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                chunk = rest + chunk
                cut = max(chunk.rfind(b"<"), 0)
                rest = chunk[cut:] if len(chunk) - cut < _CHUNK else b""
                yield chunk[:cut] if rest else chunk
    except DAMAGED:
        truncated(name)
    yield rest


def _drain(archive: zipfile.ZipFile, prefix: str, name: str) -> None:
    for part in archive.infolist():
        if part.filename.startswith(prefix) and part.filename.endswith(".xml"):
            for _piece in _pieces(archive, part, name):
                pass


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_sheets(archive: zipfile.ZipFile, name: str, watch: Watch | None) -> None:
    """Every part inflates to its stated size, and no sheet spans more than the limits.

    A sheet may be any part of the archive, whatever it is called: the workbook says which.
    """
    for part in archive.infolist():
        _check_sheet(archive, part, name, watch)


def _check_sheet(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, watch: Watch | None) -> None:
    tier = last_row = 0
    is_sheet = False
    for piece in _plain_pieces(archive, part, name):
        is_sheet = is_sheet or b"sheetData" in piece
        if not is_sheet:
            continue
        if watch is not None:
            watch.look(part.filename, piece)
        while tier < len(_BEYOND) and _BEYOND[tier][1].search(piece):
            if tier == len(_BEYOND) - 1:
                # Offices paint whole rows: cells that hold a style and no value do not count.
                if max(map(_column_number, set(_FILLED_COLUMN.findall(piece))), default=0) > MAX_COLUMNS:
                    too_wide(name)
                break
            tier += 1
        last_row = max(last_row, max(map(int, _FAR_ROW.findall(piece)), default=0))
    if last_row > MAX_ROWS:
        too_large(name)
    width = _BEYOND[tier][0]
    if is_sheet and width * MAX_ROWS > MAX_CELLS:
        for piece in _plain_pieces(archive, part, name):
            last_row = max(last_row, max(map(int, _ROW.findall(piece)), default=0))
        if last_row * width > MAX_CELLS:
            too_large(name)


def _plain_pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    for piece in _pieces(archive, part, name):
        odd = _UNUSUAL.search(piece) is not None and any(odd in piece for odd in _ODD_SPELLINGS)
        yield _ODD.sub(rb'="\1"', piece) if odd else piece
