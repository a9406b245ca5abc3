"""A file as it is taken in: what it is by its bytes, within limits, and a picture without anything but its pixels."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps

from qiaojie.lib.findings import Unusable
from qiaojie.sheets import file_limits

from .models import Media

LONGEST: Final = 4000
"""Pixels of the longer side of a kept picture: a page of A4 at 340 dots an inch."""
SMALL: Final = 640
"""Pixels of the longer side of its preview."""

_READABLE: Final = ("JPEG", "PNG", "WEBP")
_HEADS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, OverflowError, struct.error,
)  # fmt: skip
"""What Pillow raises of a picture that is none, depending on the byte that is wrong."""
_BOMB: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What it raises (or says, where warnings are errors) of a picture beyond its own limit, far above ours."""
_APPLE: Final = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheim")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it will be kept. ``preview`` is a small picture (None for what is no picture), ``taken_on`` the day that the
    camera wrote into it."""

    media: Media
    whole: bytes
    preview: bytes | None = None
    taken_on: date | None = None


def take(data: bytes, name: str) -> Taken:
    """The file as it will be kept; ``name`` is only for sentences.

    Pictures are decoded, turned upright and written anew as JPEG: place, camera and whatever else was hidden in them stays
    behind. Raises Unusable: ``file_empty``, ``document_too_large``, ``picture_too_large``, ``picture_broken``,
    ``document_unreadable`` (of no kind that is taken), ``document_macros``, and of archives what ``sheets.guards`` says.
    """
    if not data:
        file_limits.fail("file_empty", _("“%s”是空文件。") % name)
    if len(data) > settings.QIAOJIE_DOCUMENT_MB * 1024**2:
        limits = {"name": name, "mb": settings.QIAOJIE_DOCUMENT_MB}
        raise Unusable("document_too_large", _("“%(name)s”超过 %(mb)d MB，请压缩或分开后再上传。") % limits)
    if data.startswith(_HEADS):
        return _picture(data, name)
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-2048:]:
            file_limits.truncated(name)
        return Taken(Media.PDF, data)
    if data.startswith(b"PK\x03\x04"):
        return Taken(_archive(data, name), data)
    if data[4:12] in _APPLE:
        message = _(
            "“%s”是苹果手机的 HEIC 照片：请在手机“设置-相机-格式”里选“兼容性最佳”，或另存为 JPEG 再上传。"
        )
        raise Unusable("document_unreadable", message % name)
    _unreadable(name)


def _unreadable(name: str) -> NoReturn:
    message = _("“%s”的内容不是照片、PDF、Word、Excel 或 OFD 文件，不能存为材料。")
    raise Unusable("document_unreadable", message % name)


def _too_many_pixels(name: str) -> NoReturn:
    limits = {"name": name, "most": settings.QIAOJIE_PICTURE_MEGAPIXELS}
    message = _("“%(name)s”的像素太多（最多 %(most)d 百万），请缩小后再上传。")
    raise Unusable("picture_too_large", message % limits)


def _archive(data: bytes, name: str) -> Media:
    parts = file_limits.parts_of(data, name)
    if "OFD.xml" in parts:
        return Media.OFD
    if not parts & {"word/document.xml", "xl/workbook.xml"}:
        _unreadable(name)
    form = file_limits.sniff(data, name)
    macros, _links = file_limits.carries(data, form)
    if macros:
        message = _("“%s”带有宏，不能存为材料；请另存为不带宏的文件，或存成 PDF。")
        raise Unusable("document_macros", message % name)
    return Media(form)


def _picture(data: bytes, name: str) -> Taken:
    most = settings.QIAOJIE_PICTURE_MEGAPIXELS * 1_000_000
    try:
        with Image.open(io.BytesIO(data), formats=_READABLE) as found:
            # Known from the head of the file, before any pixel is unpacked.
            if found.width * found.height > most:
                _too_many_pixels(name)
            # A JPEG far larger than what is kept is unpacked at half its size or less.
            found.draft("RGB", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(found)
            taken_on = _day(found)
            clear = upright.has_transparency_data
            upright = upright.convert("RGBA" if clear else "RGB")
    except _BOMB:
        _too_many_pixels(name)
    except _BROKEN as broken:
        message = _("“%s”不是完整的照片，请重新拍摄、保存或发送。")
        raise Unusable("picture_broken", message % name) from broken
    # On new paper: nothing of what the file said beside its pixels comes along.
    page = Image.new("RGB", upright.size, "white")
    page.paste(upright, mask=upright if clear else None)
    page.thumbnail((LONGEST, LONGEST))
    whole = _jpeg(page, 85)
    page.thumbnail((SMALL, SMALL))
    return Taken(Media.JPEG, whole, _jpeg(page, 78), taken_on)


def turned(picture: bytes, degrees: int) -> tuple[bytes, bytes]:
    """A kept picture turned by quarters against the clock (90, 180, 270 degrees), and its preview."""
    with Image.open(io.BytesIO(picture), formats=("JPEG",)) as found:
        quarter = {
            90: Image.Transpose.ROTATE_90,
            180: Image.Transpose.ROTATE_180,
            270: Image.Transpose.ROTATE_270,
        }
        page = found.transpose(quarter[degrees])
    whole = _jpeg(page, 85)
    page.thumbnail((SMALL, SMALL))
    return whole, _jpeg(page, 78)


def _jpeg(page: Image.Image, quality: int) -> bytes:
    held = io.BytesIO()
    page.save(held, "JPEG", quality=quality)
    return held.getvalue()


def _day(found: Image.Image) -> date | None:
    """The day on which the camera says that the picture was taken (Exif 2.3, DateTimeOriginal)."""
    said = found.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    with suppress(ValueError):
        return datetime.strptime(str(said)[:10], "%Y:%m:%d").date()
    return None
