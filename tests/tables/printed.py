"""What a printed page shows: its ruled lines and its characters, read from a PDF, and where they differ from a form's cells.

Which program drew the page does not matter, nor which faces it had: a line runs where it must, and a text stands whole
in its cell, or not.
"""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from qiaojie.tables.grid import Grid, HeaderCell
from qiaojie.tables.look import MARGIN_MM, PAGE_WORDS, PAPER_MM

POINTS_PER_MM = 72 / 25.4

_NEAR = 2.0
"""Points by which a line may be elsewhere and a character stand over: half a stroke and what rounding makes of it."""
_SCALE = 3
"""Pixels per point at which it is looked whether a character is seen: the thinnest stroke has one."""
_INK = 200
"""A pixel darker than this was drawn upon."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points from the lower left corner of the page."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, other: Box) -> bool:
        """Whether another one lies in it."""
        return (
            self.left - _NEAR <= other.left
            and other.right <= self.right + _NEAR
            and self.bottom - _NEAR <= other.bottom
            and other.top <= self.top + _NEAR
        )

    def has_middle_of(self, other: Box) -> bool:
        """Whether the middle of another one lies in it."""
        across, up = (other.left + other.right) / 2, (other.bottom + other.top) / 2
        return self.left <= across <= self.right and self.bottom <= up <= self.top


@dataclass(frozen=True, slots=True)
class Character:
    """A character where it stands; ``line`` is the middle of its line, ``seen`` whether it is drawn whole."""

    text: str
    box: Box
    line: float
    seen: bool


@dataclass(frozen=True, slots=True)
class Stroke:
    """A ruled line: upright ones stand ``at`` so far from the left, level ones so far from the bottom."""

    at: float
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    """A printed page, measured in points."""

    width: float
    height: float
    characters: tuple[Character, ...]
    upright: tuple[Stroke, ...]
    level: tuple[Stroke, ...]
    slanted: tuple[Box, ...]

    @property
    def columns(self) -> list[float]:
        """Where the columns of its table begin and end, from the left."""
        return _places(stroke.at for stroke in self.upright)

    @property
    def rows(self) -> list[float]:
        """Where the rows of its table begin and end, from the top."""
        return _places(stroke.at for stroke in self.level)[::-1]


def office_to_pdf(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Every workbook or Word document (by file name, all of one format) as PDF, made by LibreOffice in one start."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = [
        "soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile",
        "--convert-to", "pdf", "--outdir", str(folder / "out"), *(str(folder / name) for name in files),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    # The converter names its results without the ending of what they came from.
    return {name: (folder / "out" / name).with_suffix(".pdf").read_bytes() for name in files}


def pages(pdf: bytes) -> list[Page]:
    """The pages of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_page(page) for page in document]
    finally:
        document.close()


def _page(page: pypdfium2.PdfPage) -> Page:
    strokes = list(_strokes(page))
    thin = [(box.right - box.left < 1, box.top - box.bottom < 1, box) for box in strokes]
    width, height = page.get_size()
    return Page(
        width,
        height,
        tuple(_characters(page)),
        tuple(Stroke((b.left + b.right) / 2, b.bottom, b.top) for up, level, b in thin if up and not level),
        tuple(Stroke((b.bottom + b.top) / 2, b.left, b.right) for up, level, b in thin if level and not up),
        tuple(b for up, level, b in thin if not up and not level),
    )


def _strokes(page: pypdfium2.PdfPage) -> Iterator[Box]:
    """From where to where every straight stroke runs."""
    for drawn in page.get_objects([raw.FPDF_PAGEOBJ_PATH], max_depth=9):
        matrix = drawn.get_matrix()
        before: tuple[float, float] | None = None
        for number in range(raw.FPDFPath_CountSegments(drawn.raw)):
            segment = raw.FPDFPath_GetPathSegment(drawn.raw, number)
            x, y = ctypes.c_float(), ctypes.c_float()
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            here = matrix.on_point(x.value, y.value)
            if before is not None and raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO:
                across, up = sorted((before[0], here[0])), sorted((before[1], here[1]))
                yield Box(across[0], up[0], across[1], up[1])
            before = here


def _characters(page: pypdfium2.PdfPage) -> Iterator[Character]:
    picture = page.render(scale=_SCALE).to_pil().convert("L")
    text, height = page.get_textpage(), page.get_height()
    half = ""
    for number in range(text.count_chars()):
        unit = raw.FPDFText_GetUnicode(text.raw, number)
        if raw.FPDFText_IsGenerated(text.raw, number) == 1 or (character := chr(unit)).isspace():
            continue
        if 0xD800 <= unit < 0xDC00:
            half = character
            continue
        whole = (half + character).encode("utf-16", "surrogatepass").decode("utf-16")
        half = ""
        box, line = Box(*text.get_charbox(number)), Box(*text.get_charbox(number, loose=True))
        yield Character(whole, box, (line.bottom + line.top) / 2, _seen(picture, box, height))


def _seen(picture: Image.Image, box: Box, height: float) -> bool:
    """Whether something is drawn along each side of a character's box: what was cut off ends before it."""
    left, top = int(box.left * _SCALE), int((height - box.top) * _SCALE)
    right, bottom = int(box.right * _SCALE) + 1, int((height - box.bottom) * _SCALE) + 1
    across, down = max((right - left) // 4, 2), max((bottom - top) // 4, 2)
    sides = (
        (left, top, right, top + down),
        (left, bottom - down, right, bottom),
        (left, top, left + across, bottom),
        (right - across, top, right, bottom),
    )
    return all(picture.crop(side).getextrema()[0] < _INK for side in sides)


def _places(found: Iterable[float]) -> list[float]:
    """Each place once, in order: strokes that lie on each other are one line."""
    places: list[float] = []
    for place in sorted(found):
        if not places or place - places[-1] > _NEAR:
            places.append(place)
    return places


def faults(pages: Sequence[Page], grid: Grid, *, diagonals: bool = True) -> list[str]:
    """What is wrong with the pages on which a form is printed; nothing, if they show what the form says.

    ``diagonals`` is False where the program that printed them has none (LibreOffice's Writer drops them).
    """
    found = []
    begun = 0
    for number, page in enumerate(pages, start=1):
        share = replace(grid, body=grid.body[begun : begun + max(len(page.rows) - 1 - grid.header_rows, 0)])
        begun += len(share.body)
        own = [*_paper(page, grid), *_ruling(page, share)]
        if len(page.columns) == grid.columns + 1 and share.body:
            own += _cells(page, share, diagonals)
        own += _around(page, grid, number, len(pages))
        found += [f"page {number}: {fault}" for fault in own]
    if begun != len(grid.body):
        found.append(f"{begun} rows are printed, not {len(grid.body)}")
    return found


def _paper(page: Page, grid: Grid) -> Iterator[str]:
    short, long = PAPER_MM[grid.form.paper]
    wanted = (long, short) if grid.form.orientation == "landscape" else (short, long)
    size = (round(page.width / POINTS_PER_MM), round(page.height / POINTS_PER_MM))
    if size != wanted:
        yield f"the paper has {size} mm, not {wanted}"
    margin = MARGIN_MM * POINTS_PER_MM - _NEAR
    inner = Box(margin, 0, page.width - margin, page.height - margin)
    for one in page.characters:
        if not inner.holds(one.box):
            yield f"{one.text} stands in the margin"
        if not one.seen:
            yield f"{one.text} is cut off or not seen"


def _ruling(page: Page, grid: Grid) -> Iterator[str]:
    """Whether the table has its columns, as wide as they should be to each other, and stands in the middle."""
    columns = page.columns
    if len(columns) != grid.columns + 1:
        yield f"{len(columns) - 1} columns, not {grid.columns}"
        return
    width, whole, at = columns[-1] - columns[0], sum(grid.widths), 0.0
    for number, share in enumerate(grid.widths, start=1):
        at += share
        if abs(columns[number] - columns[0] - at / whole * width) > _NEAR:
            yield f"column {number} ends at {columns[number]:.1f} pt"
    if abs(columns[0] + columns[-1] - page.width) > 2 * _NEAR:
        yield "the table does not stand in the middle"


def _cells(page: Page, grid: Grid, diagonals: bool) -> Iterator[str]:
    """Every cell: lines around it and none through it, its text in it and whole."""
    cells = [(cell, cell.text) for cell in grid.header]
    cells += [
        (HeaderCell(cell.text, grid.header_rows + row, col, 1, 1, True), cell.text)
        for row, line in enumerate(grid.body)
        for col, cell in enumerate(line)
    ]
    columns, rows = page.columns, page.rows
    for cell, text in cells:
        bottom, right = cell.row + cell.rowspan, cell.col + cell.colspan
        box = Box(columns[cell.col], rows[bottom], columns[right], rows[cell.row])
        name = f"row {cell.row + 1}, column {cell.col + 1}"
        yield from _edges(page, box, name, rows[cell.row + 1 : bottom], columns[cell.col + 1 : right])
        inside = [one for one in page.characters if box.has_middle_of(one.box)]
        said, wanted = _read(inside), _plain(text)
        if cell.diagonal:
            # Which of the two texts is read first depends on how high the corner is.
            said, wanted = "".join(sorted(said)), "".join(sorted(_plain("".join(cell.diagonal))))
            if diagonals and not any(box.holds(one) and one.holds(box) for one in page.slanted):
                yield f"{name}: no diagonal"
        if said != wanted:
            yield f"{name}: {said!r}, not {wanted!r}"
        yield from (f"{name}: {one.text} stands over its edge" for one in inside if not box.holds(one.box))


def _edges(
    page: Page, box: Box, name: str, through_rows: Sequence[float], through_columns: Sequence[float]
) -> Iterator[str]:
    sides = (
        ("left", page.upright, box.left, box.bottom, box.top),
        ("right", page.upright, box.right, box.bottom, box.top),
        ("lower", page.level, box.bottom, box.left, box.right),
        ("upper", page.level, box.top, box.left, box.right),
    )
    for side, strokes, at, begin, end in sides:
        if not _drawn(strokes, at, begin, end):
            yield f"{name}: no line at its {side} side"
    if any(_touched(page.level, at, box.left, box.right) for at in through_rows) or any(
        _touched(page.upright, at, box.bottom, box.top) for at in through_columns
    ):
        yield f"{name}: a line through it"


def _drawn(strokes: Iterable[Stroke], at: float, begin: float, end: float) -> bool:
    """Whether strokes lie from one point of a line to another without a gap."""
    reached = begin
    for stroke in sorted((one for one in strokes if abs(one.at - at) <= _NEAR), key=lambda one: one.begin):
        if stroke.begin <= reached + _NEAR:
            reached = max(reached, stroke.end)
    return reached >= end - _NEAR


def _touched(strokes: Iterable[Stroke], at: float, begin: float, end: float) -> bool:
    """Whether a stroke lies on some of a line between two points."""
    return any(
        abs(one.at - at) <= _NEAR and min(one.end, end) - max(one.begin, begin) > 2 * _NEAR for one in strokes
    )


def _around(page: Page, grid: Grid, number: int, count: int) -> Iterator[str]:
    """The title and the lines above the table, those below it, and the number of the page at its foot."""
    foot = MARGIN_MM * POINTS_PER_MM
    top, bottom = (page.rows[0], page.rows[-1]) if page.rows else (page.height, page.height)
    above = [grid.title, *grid.statutory, *(part.text for line in grid.captions for part in line)]
    below = [*grid.notes, *(part.text for line in grid.signatures for part in line)]
    first, between, last = PAGE_WORDS
    for name, texts, low, high in (
        ("above", above if number == 1 else [], top, page.height),
        ("below", below if number == count else [], foot, bottom),
        ("at the foot", [f"{first}{number}{between}{count}{last}"], 0.0, foot),
    ):
        there = [one for one in page.characters if low < (one.box.bottom + one.box.top) / 2 < high]
        said, wanted = _read(there), _plain("".join(texts))
        if said != wanted:
            yield f"{name}: {said!r}, not {wanted!r}"


def _read(characters: Sequence[Character]) -> str:
    """Characters as they are read: line by line, from left to right."""
    lines: list[list[Character]] = []
    for one in sorted(characters, key=lambda one: -one.line):
        if not lines or lines[-1][0].line - one.line > 4:
            lines.append([])
        lines[-1].append(one)
    return "".join(one.text for line in lines for one in sorted(line, key=lambda one: one.box.left))


def _plain(text: str) -> str:
    return "".join(text.split())
