"""Pictures of forms as an office program and a PDF viewer show them, and how two of them differ in layout.

What is compared is the layout: the ruled lines, and how much ink stands in each cell between them. Faces differ from
machine to machine; where a line runs and what a cell holds does not.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops

SCALE = 1.0
"""Pixels per point: 842 for the long side of A4."""

FOLDER = Path(__file__).parent / "reference"
NEAR = 3
"""Pixels by which a line may be elsewhere: what rounding and another version of a program make of it."""

_DARK = 150
_LONGEST_STROKE = 24
"""A stroke of a letter is shorter than this, a ruled line longer."""


def office_to_pdf(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Every workbook and Word document (by file name) as PDF, made by LibreOffice in one start."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = [
        "soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile",
        "--convert-to", "pdf", "--outdir", str(folder / "out"), *(str(folder / name) for name in files),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return {name: (folder / "out" / name).with_suffix(".pdf").read_bytes() for name in files}


def first_page(pdf: bytes) -> Image.Image:
    """The first page, in grey."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].render(scale=SCALE).to_pil().convert("L")
    finally:
        document.close()


def rules(page: Image.Image) -> Image.Image:
    """The ruled lines alone: dark runs too long for a letter, white on black."""
    dark = page.point(lambda grey: 255 if grey < _DARK else 0)
    return ImageChops.lighter(
        _runs(dark), _runs(dark.transpose(Image.Transpose.TRANSPOSE)).transpose(Image.Transpose.TRANSPOSE)
    )


def _runs(dark: Image.Image) -> Image.Image:
    width, height = dark.size
    pixels = dark.tobytes()
    kept = bytearray(width * height)
    for row in range(height):
        line = pixels[row * width : (row + 1) * width]
        start = line.find(255)
        while start >= 0:
            end = line.find(0, start)
            end = width if end < 0 else end
            if end - start >= _LONGEST_STROKE:
                kept[row * width + start : row * width + end] = b"\xff" * (end - start)
            start = line.find(255, end)
    return Image.frombytes("L", dark.size, bytes(kept))


def _grown(lines: Image.Image) -> Image.Image:
    from PIL import ImageFilter

    return lines.filter(ImageFilter.MaxFilter(2 * NEAR + 1))


def _ink(page: Image.Image, lines: Image.Image) -> Image.Image:
    """How much is written where: 24-pixel fields, the ruled lines taken away."""
    written = ImageChops.subtract(page.point(lambda grey: 255 - grey), _grown(lines))
    return written.resize((page.width // 24, page.height // 24), Image.Resampling.BOX)


def _total(image: Image.Image) -> int:
    return sum(value * count for value, count in enumerate(image.histogram()))


def difference(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """(share of ruled lines of either picture that the other has nowhere near, share of ink that stands elsewhere)."""
    if one.size != other.size:
        return 1.0, 1.0
    lines, ruled = rules(one), rules(other)
    astray = _total(ImageChops.subtract(lines, _grown(ruled))) + _total(
        ImageChops.subtract(ruled, _grown(lines))
    )
    written, ink = _ink(one, lines), _ink(other, ruled)
    moved = _total(ImageChops.difference(_soft(written), _soft(ink)))
    return (
        astray / max(_total(lines) + _total(ruled), 1),
        moved / max(_total(_soft(written)) + _total(_soft(ink)), 1),
    )


def _soft(ink: Image.Image) -> Image.Image:
    from PIL import ImageFilter

    return ink.filter(ImageFilter.BoxBlur(1))


def keep(name: str, page: Image.Image) -> None:
    """Make this picture the reference: sixteen greys are enough to look at and to compare."""
    FOLDER.mkdir(exist_ok=True)
    page.quantize(16).save(FOLDER / f"{name}.png", optimize=True)


def kept(name: str) -> Image.Image:
    """The reference picture."""
    return Image.open(FOLDER / f"{name}.png").convert("L")


def names() -> Iterable[str]:
    """All reference pictures."""
    return sorted(path.stem for path in FOLDER.glob("*.png"))
