"""What a file is, is said by its bytes; a picture keeps its pixels and nothing else."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from datetime import date

import openpyxl
import pytest
from django.conf import LazySettings
from docx import Document as Word
from PIL import ExifTags, Image, PngImagePlugin

from qiaojie.documents.models import Media
from qiaojie.documents.sanitising import LONGEST, SMALL, take
from qiaojie.lib.findings import Unusable

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


def jpeg(size: tuple[int, int] = (80, 60), orientation: int = 1) -> bytes:
    """A photo with the day, the place and the camera in it."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretCamera"
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2023:06:05 09:30:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "SecretPlace"
    held = io.BytesIO()
    Image.new("RGB", size, "teal").save(held, "JPEG", exif=exif, comment=b"SecretComment")
    return held.getvalue()


def archive(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return held.getvalue()


def workbook() -> bytes:
    held = io.BytesIO()
    openpyxl.Workbook().save(held)
    return held.getvalue()


def letter() -> bytes:
    held = io.BytesIO()
    Word().save(held)
    return held.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """A picture whose head promises more pixels than its few bytes hold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_of_a_photo_the_pixels_stay_and_the_day_is_read() -> None:
    taken = take(jpeg(), "a.jpg")
    assert (taken.media, taken.taken_on) == (Media.JPEG, date(2023, 6, 5))
    assert taken.preview is not None
    for kept in (taken.whole, taken.preview):
        assert b"Secret" not in kept
        assert b"Exif" not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()


def test_a_photo_taken_sideways_stands_upright() -> None:
    kept = Image.open(io.BytesIO(take(jpeg(orientation=6), "a.jpg").whole))
    assert kept.size == (60, 80)


def test_text_hidden_in_a_png_and_what_is_clear_in_it() -> None:
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", "SecretName", zip=True)
    held = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(held, "PNG", pnginfo=said)
    kept = take(held.getvalue() + b"<script>tail</script>", "a.png").whole
    assert b"Secret" not in kept and b"script" not in kept
    assert Image.open(io.BytesIO(kept)).getpixel((5, 5)) == (255, 255, 255)


def test_pictures_are_kept_no_larger_than_needed() -> None:
    taken = take(jpeg((LONGEST + 500, 300)), "a.jpg")
    assert max(Image.open(io.BytesIO(taken.whole)).size) == LONGEST
    assert taken.preview is not None
    assert max(Image.open(io.BytesIO(taken.preview)).size) == SMALL


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (PDF, Media.PDF),
        (letter(), Media.DOCX),
        (workbook(), Media.XLSX),
        (archive(OFD_dot_xml=b"<ofd/>"), Media.OFD),
    ],
)
def test_papers_are_kept_as_they_come(data: bytes, media: Media) -> None:
    # Whatever the name says: it is not believed.
    taken = take(data, "a.jpg")
    assert (taken.media, taken.whole, taken.preview) == (media, data, None)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"<html><script>alert(1)</script></html>", "document_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "document_unreadable"),
        (b"GIF89a" + b"\0" * 40, "document_unreadable"),
        (b"MZ" + b"\0" * 400, "document_unreadable"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "document_unreadable"),
        (b"RIFF\0\0\0\0AVI LIST" + b"\0" * 40, "picture_broken"),
        (b"\xff\xd8\xff<script>", "picture_broken"),
        (jpeg()[:200], "picture_broken"),
        (png_that_says(300, 300), "picture_broken"),
        (png_that_says(60_000, 60_000), "picture_too_large"),
        (PDF[:30], "file_truncated"),
        (archive(a=b"b"), "document_unreadable"),
        (archive(xl__workbook_dot_xml=b"<x/>")[:40], "file_truncated"),
        (archive(OFD_dot_xml=b"\0" * 105_000_000), "zip_bomb"),
        (archive(word__document_dot_xml=b"\0" * 105_000_000), "zip_bomb"),
        (archive(word__document_dot_xml=b"<w/>", word__vbaProject_dot_bin=b"x"), "document_macros"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)  # fmt: skip
def test_what_is_not_taken_says_why(data: bytes, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        take(data, "签到表.pdf")
    assert refused.value.code == code
    assert "签到表.pdf" in refused.value.message


def test_limits_are_settings(settings: LazySettings) -> None:
    settings.QIAOJIE_PICTURE_MEGAPIXELS = 1
    with pytest.raises(Unusable, match="像素太多"):
        take(jpeg((1200, 1000)), "a.jpg")
    settings.QIAOJIE_DOCUMENT_MB = 1
    with pytest.raises(Unusable, match="超过 1 MB"):
        take(PDF + b" " * 1024**2, "a.pdf")
