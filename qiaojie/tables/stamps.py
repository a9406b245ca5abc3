"""The number of a sheet as a code that a phone reads: drawn for PDF, as a picture for Word and Excel."""

from __future__ import annotations

import io
from functools import lru_cache

import segno

SIDE_MM = 11
"""Millimetres of the code's side: a camera of 8 megapixels reads it off a page of A4."""


@lru_cache(maxsize=256)
def drawn(digits: str) -> str:
    """The code as SVG."""
    out = io.BytesIO()
    _code(digits).save(out, kind="svg", border=1, xmldecl=False, svgns=True, scale=4)
    return out.getvalue().decode()


@lru_cache(maxsize=256)
def pictured(digits: str) -> bytes:
    """The code as a PNG picture."""
    out = io.BytesIO()
    _code(digits).save(out, kind="png", border=1, scale=6)
    return out.getvalue()


def _code(digits: str) -> segno.QRCode:
    return segno.make(digits, error="m", micro=False)
