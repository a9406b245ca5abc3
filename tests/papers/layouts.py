"""What every paper of one made-up class says and how it looks, as it is kept. To keep it anew, to be looked at first:

    QIAOJIE_KEEP_PAPERS=1 python -m pytest tests/papers/test_sheets.py -k kept

Texts are kept cell by cell. Of the look a picture of the first page of each sheet is kept, so small that it shows where lines and
blocks of text stand and not which face a machine has.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops

from qiaojie.tables.grid import Filled, build
from qiaojie.tables.writing import write_sheets

FOLDER = Path(__file__).parent / "sheets"

WIDTH = 210
"""Pixels of the longer side of a kept picture."""

NEAR = 2
"""Of 255: by so much a picture may differ on average from the kept one; another row or column differs by more."""


def described(sheet: Sequence[Filled]) -> str:
    """The words of a sheet: a line for a title, a line of captions, a row of cells."""
    return "\n".join(line for filled in sheet for line in _lines(filled)) + "\n"


def _lines(filled: Filled) -> Iterator[str]:
    grid = build(filled)
    stamp = grid.stamp
    if stamp is not None:
        yield f"# {stamp.said} {stamp.number}".strip()
    yield f"== {grid.title}"
    for line in grid.captions:
        yield " / ".join(part.text for part in line)
    yield from grid.text
    for at in range(grid.header_rows):
        yield " | ".join(cell.text.replace("\n", "⏎") for cell in grid.header if cell.row == at)
    for row in grid.body:
        yield " | ".join(cell.text.replace("\n", "⏎") for cell in row)
    yield from grid.notes
    for line in grid.signatures:
        yield " / ".join(part.text for part in line)


def picture(sheet: Sequence[Filled]) -> Image.Image:
    """The first page of a sheet, small and grey."""
    document = pypdfium2.PdfDocument(write_sheets([sheet], "pdf"))
    try:
        page = document[0].render(scale=2).to_pil().convert("L")
    finally:
        document.close()
    page.thumbnail((WIDTH, WIDTH), Image.Resampling.BOX)
    return page


def apart(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures differ: the mean over all pixels, of 255; 255 where they have not one size."""
    if one.size != other.size:
        return 255.0
    return sum(
        value * number for value, number in enumerate(ImageChops.difference(one, other).histogram())
    ) / (one.width * one.height)


def kept(code: str) -> tuple[str, Image.Image]:
    """The words and the picture of a paper as they are kept."""
    with Image.open(io.BytesIO((FOLDER / f"{code}.png").read_bytes())) as found:
        found.load()
    return (FOLDER / f"{code}.txt").read_text(encoding="utf-8"), found


def keep(code: str, sheet: Sequence[Filled], words: str) -> None:
    """Keep a paper anew."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{code}.txt").write_text(words, encoding="utf-8")
    picture(sheet).save(FOLDER / f"{code}.png", optimize=True)
