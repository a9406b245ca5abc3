"""A form as PDF: set by Typst on the form's page, tagged for screen readers, with its faces embedded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .grid import Grid, HeaderCell, text_width
from .look import (
    BODY_POINTS,
    HEADING_POINTS,
    MARGIN_MM,
    PAGE_WORDS,
    TITLE_POINTS,
    font_size,
    page_width,
)
from .stamps import SIDE_MM, drawn
from .typesetting import asked, set_page

# Above and below the text of a row (some 5.5 pt each), which is no part of what a row is asked to have.
_INSET_MM = 3.9
# Millimetres of a point, 72 of which make an inch.
_PT_MM = 25.4 / 72
_BREAK = "\u200b"
"""Where a word that is wider than its column may break."""

_TEMPLATE = """
#let whole = json(bytes(sys.inputs.form))
#set document(title: whole.title)
#let pages = whole.pages
#set text(font: whole.faces.body, size: whole.points.line * 1pt, lang: "zh", region: "cn", cjk-latin-spacing: none)
#set par(leading: 0.5em, spacing: 0.6em, justify: false)
#show heading: it => align(center, text(font: whole.faces.title, size: whole.points.title * 1pt, weight: "regular",
  it.body))
#show heading.where(level: 2): it => block(above: 1.2em, below: 0.4em, text(font: whole.faces.heading, size: 12pt,
  weight: "regular", it.body))
#let side = (left: left, center: center, right: right)
#let line-of(parts) = grid(columns: (1fr,) * parts.len(), column-gutter: 1em,
  ..parts.map(p => align(side.at(p.at(1)), p.at(0))))
#let slashed(h) = {
  place(top + left, line(end: (h.w * 1mm, h.h * 1mm), stroke: 0.5pt))
  place(top + right, dx: -4pt, dy: 4pt, h.over)
  place(bottom + left, dx: 4pt, dy: -4pt, h.under)
}
#let tall(d, cells) = if d.least == 0 or cells.len() == 0 { cells } else {
  (grid(columns: (0pt, 1fr), align: (left + horizon, side.at(d.align.at(0)) + horizon), box(height: d.least * 1mm),
    cells.at(0)), ..cells.slice(1))
}
#let faced(d, row) = row.enumerate().map(((n, t)) => if n in d.heads { text(font: whole.faces.heading, t) } else { t })
#let table-of(d) = {
  let heads = d.header.map(h => table.cell(x: h.x, y: h.y, rowspan: h.rows, colspan: h.cols, align: center + horizon,
    inset: if h.over == none { (x: 2pt, y: 6pt) } else { 0pt },
    text(font: whole.faces.heading, if h.over == none { h.text } else {
      box(width: h.w * 1mm, height: h.h * 1mm, slashed(h)) })))
  block(above: 0.5em, {
    set text(size: d.points * 1pt)
    set par(leading: 0.4em)
    set table.cell(breakable: false)
    table(columns: d.widths.map(w => w * 1fr), rows: d.heights.map(h => if h == 0 { auto } else { h * 1mm }),
      align: d.align.map(a => side.at(a) + horizon), inset: (x: 2pt, y: d.inset * 1pt), stroke: 0.5pt,
      ..if heads.len() > 0 { (table.header(repeat: true, ..heads),) } else { () },
      ..d.rows.enumerate().map(((n, row)) => {
        let cells = if n == d.total { row.map(t => text(font: whole.faces.heading, t)) } else { tall(d, faced(d, row)) }
        (cells.first() + [#metadata(none)<line>], ..cells.slice(1))
      }).flatten())
  })
}
#let plain(d, first) = {
  heading(level: if first { 1 } else { 2 }, d.title)
  for mark in d.statutory { pad(left: 72%, text(size: 9pt, mark)) }
  for parts in d.captions { line-of(parts) }
  for said in d.text { par(said) }
  if d.widths.len() > 0 { table-of(d) }
  for note in d.notes { par(note) }
  for parts in d.signatures { block(above: 1em, line-of(parts)) }
}
#let solemn(d) = {
  for mark in d.statutory { align(right, text(size: 9pt, mark)) }
  v(1fr)
  show heading: it => align(center, text(font: whole.faces.title, size: 40pt, weight: "regular", tracking: 0.35em, it.body))
  heading(level: 1, d.title)
  for parts in d.captions { pad(x: 16mm, text(size: 13pt, line-of(parts))) }
  v(1fr)
  pad(x: 16mm, { set text(size: 20pt); set par(leading: 1.1em, spacing: 1.1em)
    for said in d.text { par(first-line-indent: (amount: if said.ends-with("：") { 0em } else { 2em }, all: true), said) } })
  v(1fr)
  for note in d.notes { pad(x: 16mm, text(size: 12pt, note)) }
  for parts in d.signatures { align(right, pad(right: 16mm, text(size: 16pt, parts.map(p => p.at(0)).join("    ")))) }
  v(1fr)
}
#let head(d) = if d.stamp != none {
  align(right, grid(columns: (auto, auto), column-gutter: 2mm, align: right + horizon,
    text(size: 10pt)[#if d.stamp.said != "" [#text(font: whole.faces.heading, d.stamp.said)#h(1em)]#d.stamp.number],
    image(bytes(d.stamp.code), format: "svg", height: d.stamp.side * 1mm, alt: d.stamp.number)))
}
#let foot(d, n) = context align(center, text(size: 10pt)[#pages.at(0)#counter(page).display()#pages.at(1)#counter(
  page).at(query(label("end-" + str(n))).first().location()).first()#pages.at(2)#if d.mark != "" [#linebreak()#text(
  size: 8pt, d.mark)]])
#let frame = rect(width: 100% - 36mm, height: 100% - 36mm, stroke: 2pt, inset: 1.5mm, rect(width: 100%, height: 100%,
  stroke: 0.5pt))
#for (n, parts) in whole.sheets.enumerate() {
  let d = parts.first()
  page(paper: d.paper, flipped: d.flipped, margin: d.margin * 1mm, footer-descent: 25%, header-ascent: 20%,
    background: if d.ceremonial { align(center + horizon, frame) }, header: head(d),
    footer: if not d.ceremonial { foot(d, n) }, {
    counter(page).update(1)
    for (m, part) in parts.enumerate() { if part.ceremonial { solemn(part) } else { plain(part, m == 0) } }
    [#metadata(none)#label("end-" + str(n))]
    if whole.sheets.len() == 1 {
      context [#metadata((last: here().page(), lines: query(<line>).map(line => line.location().page())))<pages>]
    }
  })
}
"""

_INSETS = (5.5, 4.9, 6.2)
"""Points above and below a line: as it should be, closer, wider. The others are tried where the last page would hold one line."""

_LOOKED_AT = 1_000
"""Lines up to which that is looked at: it takes as long as setting the pages, and of forty pages nobody minds the last."""


def write_pdf(grid: Grid) -> bytes:
    """The PDF (PDF/UA-1): header repeated on every page, page x of y.

    Raises Unusable ``pdf_no_face`` if the system has no face with Chinese characters.
    """
    return write_pdf_sheets([[grid]])


def write_pdf_sheets(sheets: Sequence[Sequence[Grid]]) -> bytes:
    """Several sheets in one PDF, each beginning on a page of its own and counting its own pages; the grids of one sheet stand
    below one another on the page of the first. Raises as ``write_pdf``."""
    fitting: dict[tuple[tuple[str, str, int], ...], float] = {}
    drawn = []
    for sheet in sheets:
        content = [_content(grid) for grid in sheet]
        # Sheets of one form with as many lines stand alike: of forty half-days it is looked at once.
        alike = tuple((grid.form.code, grid.title, len(grid.body)) for grid in sheet)
        if alike not in fitting:
            fitting[alike] = _inset(sheet, content)
        drawn.append(_set(content, fitting[alike]))
    return set_page(_TEMPLATE, _whole(sheets[0][0].title, drawn))


def _whole(title: str, sheets: list[list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "title": title,
        "pages": PAGE_WORDS,
        "points": {"title": TITLE_POINTS, "line": BODY_POINTS},
        "sheets": sheets,
    }


def _set(content: list[dict[str, Any]], inset: float) -> list[dict[str, Any]]:
    return [{**one, "inset": inset} for one in content]


def _inset(sheet: Sequence[Grid], content: list[dict[str, Any]]) -> float:
    """How much room lines of a sheet have above and below, so that its last page holds more than one of them."""
    chosen = _INSETS[0]
    if not sheet[0].form.columns:
        return chosen
    for chosen in _INSETS:
        many = sum(len(grid.body) for grid in sheet) > _LOOKED_AT
        if many or not _lonely(_whole(sheet[0].title, [_set(content, chosen)])):
            break
    return chosen


def _lonely(content: dict[str, Any]) -> bool:
    """Whether the last of several pages holds one line only, or none: what stands beneath the table, torn from it."""
    pages = asked(_TEMPLATE, content, "<pages>")
    return bool(pages["last"] > 1 and pages["lines"].count(pages["last"]) < 2)


def _content(grid: Grid) -> dict[str, Any]:
    form = grid.form
    points = font_size(form, grid.widths)
    room = page_width(form)
    widths = [width / sum(grid.widths) * room for width in grid.widths]
    heights = _header_heights(grid, widths, points) if any(cell.diagonal for cell in grid.header) else []
    return {
        "title": grid.title,
        "paper": form.paper.lower(),
        "flipped": form.orientation == "landscape",
        "margin": MARGIN_MM,
        "mark": grid.mark,
        "points": round(points, 2),
        "text": grid.text,
        "ceremonial": form.ceremonial,
        "stamp": _stamped(grid),
        "least": round(max(0.0, form.row_height - _INSET_MM), 2),
        "heads": [leaf.index for leaf in form.leaves if leaf.column.heads],
        "statutory": grid.statutory,
        "captions": [[(part.text, part.align) for part in line] for line in grid.captions],
        "widths": [round(width, 3) for width in widths],
        "heights": [*(round(height, 2) for height in heights), 0],
        "header": [_heading(cell, widths, heights, points) for cell in grid.header],
        "align": _aligned(grid),
        "rows": [
            [_broken(cell.text, width, points) for cell, width in zip(row, widths, strict=True)]
            for row in grid.body
        ],
        "total": -1 if grid.total_row is None else grid.total_row,
        "notes": grid.notes,
        "signatures": [[(part.text, part.align) for part in line] for line in grid.signatures],
    }


def _stamped(grid: Grid) -> dict[str, Any] | None:
    if grid.stamp is None:
        return None
    stamp = grid.stamp
    return {"number": stamp.number, "said": stamp.said, "code": drawn(stamp.digits), "side": SIDE_MM}


def _aligned(grid: Grid) -> list[str]:
    return [cell.align for cell in grid.body[0]] if grid.body else ["center"] * grid.columns


def _heading(cell: HeaderCell, widths: list[float], heights: list[float], points: float) -> dict[str, Any]:
    width = sum(widths[cell.col : cell.col + cell.colspan])
    over, under = cell.diagonal or (None, None)
    return {
        "text": _broken(cell.text, width, points),
        "x": cell.col,
        "y": cell.row,
        "rows": cell.rowspan,
        "cols": cell.colspan,
        "over": over,
        "under": under,
        "w": round(width, 3),
        "h": round(sum(heights[cell.row : cell.row + cell.rowspan]), 2),
    }


def _header_heights(grid: Grid, widths: list[float], points: float) -> list[float]:
    """Millimetres of each header row: a diagonal needs to know where it ends."""
    line = points * 1.4 * _PT_MM
    heights = [HEADING_POINTS * 2 * _PT_MM] * grid.header_rows
    for cell in grid.header:
        room = sum(widths[cell.col : cell.col + cell.colspan]) - 4 * _PT_MM
        fits = max(int(room / (points / 2 * _PT_MM)) // 2 * 2, 2)
        need = sum(max(1, -(-text_width(part) // fits)) for part in cell.text.split("\n")) * line + 8 * _PT_MM
        rows = range(cell.row, cell.row + cell.rowspan)
        missing = max(0.0, need - sum(heights[row] for row in rows))
        for row in rows:
            heights[row] += missing / cell.rowspan
    return heights


def _broken(text: str, width: float, points: float) -> str:
    """The text with places to break inside words that are wider than their column."""
    fits = max(int((width - 4 * _PT_MM) / (points * 0.55 * _PT_MM)), 1)
    if len(text) <= fits or text_width(text) > len(text) * 1.8:
        return text
    words = []
    for word in text.split(" "):
        words.append(_BREAK.join(word) if len(word) > fits and word.isascii() else word)
    return " ".join(words)
