"""Every table on a sheet: where its header stands, and how well each of the known forms fits it.

For this only headers and the lines above them are read, never the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from qiaojie.lib.text import header_key

from .form import MAX_DEPTH, Form
from .headers import FIRST_ROWS, Chosen, Header, find_header, key_and_unit, vocabulary
from .lines import CaptionValue, SheetLike, said_in, year_in
from .matching import LEAST, lines_above, score, texts_in
from .stated_once import counted, stated
from .versions import titled

_LONGEST = 40
"""Characters of a header word that a block is sought by; longer cells are sentences, and would find notes."""

_LEAST_WORDS = 2
"""Known words in one row that make it worth asking every form: one alone (姓名) stands in captions and signatures too."""


@dataclass(frozen=True)
class Fit:
    """A form that a block may be: ``score`` from 0 to 1, what its captions say, what stands in its title's blanks."""

    name: str
    form: Form
    header: Header
    score: float
    captions: Mapping[str, CaptionValue]
    blanks: Mapping[str, str]
    titled: bool = False
    """Whether the lines above it bear the form's title."""


@dataclass(frozen=True)
class Block:
    """A table on a sheet (0-based sheet rows, ends inclusive): the header's first and last row, where the block ends, the
    forms that it may be, the best first, and what the lines above it say."""

    top: int
    bottom: int
    end: int
    fits: tuple[Fit, ...]
    lines: tuple[str, ...]

    @property
    def year(self) -> int | None:
        """The year that the lines above it name."""
        return year_in(self.lines)


def blocks(
    sheet: SheetLike,
    forms: Mapping[str, Form],
    start: int | None = None,
    stop: int | None = None,
    chosen: Mapping[str, Chosen] | None = None,
    file: str = "",
) -> list[Block]:
    """The tables from sheet row ``start`` to before ``stop`` that at least one of the forms (by name) fits.

    A header that is printed again with the same captions above it belongs to the same table. ``chosen`` says by form what
    somebody wants columns to be read as; the name of the ``file`` may say something of all rows.
    """
    first = sheet.first_row if start is None else max(start, sheet.first_row)
    last = sheet.first_row + len(sheet.rows)
    last = last if stop is None else min(stop, last)
    found: list[Block] = []
    below = first
    for row in _wordy(sheet, forms, first, last, chosen or {}):
        if row < below:
            continue
        reach = range(max(below, row - MAX_DEPTH), min(row + MAX_DEPTH + 1, last))
        fits = _fits(sheet, forms, reach, below, chosen or {}, file)
        if not fits:
            continue
        above, below = below, max(fit.header.bottom for fit in fits) + 1
        if found and _goes_on(found[-1], fits):
            continue
        if found:
            found[-1] = replace(found[-1], end=fits[0].header.top - 1)
        header = fits[0].header
        lines = tuple(texts_in(sheet, lines_above(header, above)))
        found.append(Block(header.top, header.bottom, last - 1, tuple(fits), lines))
    return found


def _goes_on(block: Block, fits: list[Fit]) -> bool:
    """Whether a header is the one of the table above, printed again: same texts, and captions that say nothing else."""
    held = {fit.name: fit for fit in block.fits}
    again = held.get(fits[0].name)
    if again is None or again.header.fingerprint != fits[0].header.fingerprint:
        return False
    return all(
        not said.text
        or name not in again.captions
        or header_key(said.text) == header_key(again.captions[name].text)
        for name, said in fits[0].captions.items()
    )


def _wordy(
    sheet: SheetLike, forms: Mapping[str, Form], first: int, last: int, chosen: Mapping[str, Chosen]
) -> Iterator[int]:
    """Rows (of the sheet) that hold at least two words of some form's header. Far down, only rows of nothing but text."""
    words = frozenset().union(*(vocabulary(form) for form in forms.values()))
    own = "\n".join(head for each in chosen.values() for head in each)
    met: dict[str, bool] = {}
    for row in range(first, last):
        cells = sheet.rows[row - sheet.first_row]
        far = row - first >= FIRST_ROWS
        hits = 0
        for cell in cells:
            if isinstance(cell, str):
                if not cell or len(cell) > _LONGEST:
                    continue
                known = met.get(cell)
                if known is None:
                    key = key_and_unit(cell)[0]
                    known = met[cell] = key in words or (bool(key) and key in own)
                hits += known
            elif far and cell is not None:
                hits = 0
                break
        if hits >= _LEAST_WORDS:
            yield row


def _fits(
    sheet: SheetLike,
    forms: Mapping[str, Form],
    reach: range,
    start: int,
    chosen: Mapping[str, Chosen],
    file: str,
) -> list[Fit]:
    """The forms whose header stands in these rows; lines above it belong to it from ``start`` on."""
    found = []
    for name, form in forms.items():
        header = find_header(sheet, form, reach.start, reach.stop, chosen.get(name))
        if header is None:
            continue
        above = lines_above(header, start)
        header = counted(form, header, stated(form, sheet, header, above, {}, file), LEAST)
        if header.recall < LEAST:
            continue
        lines = texts_in(sheet, above)
        titles = (titled(form.title, line) for line in lines)
        title = next((each for each in titles if each), None)
        blanks = {key: text for key, text in title.groupdict().items() if text} if title else {}
        found.append(
            Fit(
                name,
                form,
                header,
                score(form, header, lines),
                said_in(sheet, above, form)[0],
                blanks,
                title is not None,
            )
        )
    found.sort(key=lambda fit: -fit.score)
    # Of forms that found different headers among these rows only those of the best one are about this block.
    return [
        fit
        for fit in found
        if fit.header.top <= found[0].header.bottom and fit.header.bottom >= found[0].header.top
    ]
