"""A workbook handed back with what was found in it: cells coloured and commented, and a first sheet that lists it all.

Two ways to the same end: an xlsx (or xlsm) is kept as it is and only marked (``marked_original``); anything else, and a
workbook too large to be held as objects, is written anew with the same sheets, cells and merged blocks
(``marked_rebuild``). Either way the copy holds no macro, no formula, no link to another file, and nothing of an earlier
marking.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from . import file_limits
from .marked_original import NotKept, keep
from .marked_rebuild import rebuild
from .marks import Findings, SheetMarks

MOST_KEPT = 16 * 1024**2
"""Inflated bytes of sheets up to which a workbook is marked as it is (some 300,000 cells, 7 s and 200 MB)."""


def mark(data: bytes, name: str, marks: Mapping[str, SheetMarks], findings: Findings) -> bytes:
    """The marked copy as xlsx. Raises Unusable as ``sheets.reading.read`` does for a file that cannot be read."""
    if file_limits.sniff(data, name) == "xlsx" and _weight(data) <= MOST_KEPT:
        try:
            return keep(data, marks, findings)
        except NotKept:
            # What one library reads and another does not is written anew from what was read.
            return rebuild(data, name, marks, findings)
    return rebuild(data, name, marks, findings)


def _weight(data: bytes) -> int:
    """The inflated bytes of a workbook's sheets and shared texts."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(
            part.file_size
            for part in archive.infolist()
            if part.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
        )
