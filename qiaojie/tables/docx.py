"""A form as a Word document. The table is written as XML in one piece: a cell at a time would take minutes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from .grid import Grid, HeaderCell, LinePart, Stamp, offered
from .look import (
    BODY_FACE,
    BODY_POINTS,
    HEADING_FACE,
    LATIN_FACE,
    MARGIN_MM,
    PAGE_WORDS,
    PAPER_MM,
    TITLE_FACE,
    TITLE_POINTS,
    font_size,
)
from .stamps import SIDE_MM, pictured

_JUSTIFY = {"left": "left", "center": "center", "right": "right"}
_TABS = {"left": WD_TAB_ALIGNMENT.LEFT, "center": WD_TAB_ALIGNMENT.CENTER, "right": WD_TAB_ALIGNMENT.RIGHT}
_SIDES = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
# 1,440 twips, of which Word reckons, make an inch.
_TWIPS_PER_MM = 1440 / 25.4
# Room to click on in a list from which nothing was chosen yet.
_OPEN = "\u3000\u3000"
_TWIPS_HIGH = 450
"""What a row has at least where its form says nothing."""
_SOLEMN_POINTS = 20
"""The type of what is hung up on a wall: a certificate is read from a metre away."""
_TITLE, _HEADING, _BODY = "FormTitle", "FormHeading", "FormBody"
_BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_FIELD = '<w:fldSimple {} w:instr=" {} "><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def write_docx(grid: Grid) -> bytes:
    """The document: header rows repeated on every page, rows never broken, page x of y below."""
    return write_docx_sheets([[grid]])


def write_docx_sheets(sheets: Sequence[Sequence[Grid]]) -> bytes:
    """Several sheets in one document, each a section with pages of its own; the grids of one sheet stand below one another."""
    document = docx.Document()
    first = sheets[0][0]
    document.core_properties.title = first.title[:255]
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = datetime.now(UTC)
    _styles(document, min(font_size(grid.form, grid.widths) for sheet in sheets for grid in sheet))
    for number, sheet in enumerate(sheets):
        section = document.add_section(WD_SECTION.NEW_PAGE) if number else document.sections[0]
        width = _page(section, sheet[0], alone=len(sheets) == 1)
        for place, grid in enumerate(sheet):
            if place:
                document.add_paragraph()
            _draw(document, grid, width)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _draw(document: Any, grid: Grid, width: float) -> None:
    title = document.add_paragraph(grid.title, style=_TITLE)
    if grid.form.ceremonial:
        title.runs[0].font.size = Pt(2 * TITLE_POINTS)
        title.paragraph_format.space_before = Pt(4 * TITLE_POINTS)
    for mark in grid.statutory:
        line = document.add_paragraph(mark)
        line.paragraph_format.left_indent = Mm(width * 0.72)
    for parts in grid.captions:
        _line(document, parts, width)
    for said in grid.text:
        _prose(document, said, grid)
    last = None
    if grid.columns:
        last = document.add_paragraph()
        last._p.addprevious(parse_xml(_table(grid, width)))
    # Word wants a paragraph after a table: the first note is it, or an empty one.
    for note in grid.notes:
        (last or document.add_paragraph()).add_run(note)
        last = None
    for parts in grid.signatures:
        line = _line(document, parts, width)
        if grid.form.ceremonial:
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _prose(document: Any, said: str, grid: Grid) -> None:
    """A paragraph of running text; large where the form is hung up."""
    paragraph = document.add_paragraph()
    run = paragraph.add_run(said)
    size = _SOLEMN_POINTS if grid.form.ceremonial else BODY_POINTS
    run.font.size = Pt(size)
    paragraph.paragraph_format.first_line_indent = Pt(2 * size) if grid.form.ceremonial else None
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(size / 2)


def _page(section: Any, grid: Grid, *, alone: bool) -> float:
    """Sets up the pages of a sheet; gives the width between the margins in millimetres. One that is not ``alone`` in its file
    counts pages of its own."""
    short, long = PAPER_MM[grid.form.paper]
    wide = grid.form.orientation == "landscape"
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(long), Mm(short)) if wide else (Mm(short), Mm(long))
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(9)
    if grid.stamp is not None:
        section.header_distance = Mm(4)
        section.header.is_linked_to_previous = False
        _stamp(section.header.paragraphs[0], grid.stamp)
    section.footer.is_linked_to_previous = False
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    counted = "NUMPAGES" if alone else "SECTIONPAGES"
    for text, instruction in zip(PAGE_WORDS, ("PAGE", counted), strict=False):
        footer.add_run(text)
        footer._p.append(parse_xml(_FIELD.format(nsdecls("w"), instruction)))
    footer.add_run(PAGE_WORDS[-1])
    if grid.mark:
        marked = section.footer.add_paragraph(grid.mark)
        marked.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if not alone:
        section._sectPr.append(parse_xml(f'<w:pgNumType {nsdecls("w")} w:start="1"/>'))
    return float((long if wide else short) - 2 * MARGIN_MM)


def _stamp(line: Any, stamp: Stamp) -> None:
    line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    line.add_run("    ".join(filter(None, (stamp.said, stamp.number))) + "  ")
    line.add_run().add_picture(io.BytesIO(pictured(stamp.digits)), height=Mm(SIDE_MM))


def _styles(document: Any, points: float) -> None:
    styles = document.styles
    _face(styles["Normal"], BODY_FACE, BODY_POINTS)
    for name, face, size in (
        (_TITLE, TITLE_FACE, TITLE_POINTS),
        (_HEADING, HEADING_FACE, points),
        (_BODY, BODY_FACE, points),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        _face(style, face, size)
        if name == _TITLE:
            style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
            style.paragraph_format.space_after = Pt(6)


def _face(style: Any, face: str, points: float) -> None:
    style.font.name = LATIN_FACE
    style.font.size = Pt(round(points * 2) / 2)
    style.paragraph_format.space_after = Pt(0)
    fonts = style.element.rPr.rFonts
    fonts.set(qn("w:eastAsia"), face)
    for theme in ("asciiTheme", "eastAsiaTheme", "hAnsiTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _line(document: Any, parts: Sequence[LinePart], width: float) -> Any:
    """Parts side by side, each in its share of the line, placed by tab stops."""
    line = document.add_paragraph("\t".join(part.text for part in parts))
    line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(3)
    share = width / len(parts)
    if len(parts) == 1:
        line.alignment = _SIDES[parts[0].align]
    for place, part in enumerate(parts[1:], start=1):
        at = {"left": place * share, "center": (place + 0.5) * share, "right": (place + 1) * share}[
            part.align
        ]
        line.paragraph_format.tab_stops.add_tab_stop(Mm(at), _TABS[part.align])
    return line


def _table(grid: Grid, width: float) -> str:
    whole = sum(grid.widths)
    twips = [round(part / whole * width * _TWIPS_PER_MM) for part in grid.widths]
    columns = "".join(f'<w:gridCol w:w="{each}"/>' for each in twips)
    rows = [*_header_rows(grid, twips), *_body_rows(grid, twips)]
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{_BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="45" w:type="dxa"/><w:right w:w="45" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _header_rows(grid: Grid, twips: Sequence[int]) -> Iterator[str]:
    for row in range(grid.header_rows):
        cells = [
            _heading(cell, sum(twips[cell.col : cell.col + cell.colspan]), first=cell.row == row)
            for cell in sorted(grid.header, key=lambda each: each.col)
            if cell.row <= row < cell.row + cell.rowspan
        ]
        yield _tr("".join(cells), height=400, repeated=True)


def _tr(cells: str, height: int, repeated: bool = False) -> str:
    header = "<w:tblHeader/>" if repeated else ""
    style = f'<w:trPr><w:cantSplit/><w:trHeight w:val="{height}" w:hRule="atLeast"/>{header}</w:trPr>'
    return f"<w:tr>{style}{cells}</w:tr>"


def _heading(cell: HeaderCell, width: int, first: bool) -> str:
    span = f'<w:gridSpan w:val="{cell.colspan}"/>' if cell.colspan > 1 else ""
    down = "" if cell.rowspan == 1 else '<w:vMerge w:val="restart"/>' if first else "<w:vMerge/>"
    slash = (
        '<w:tcBorders><w:tl2br w:val="single" w:sz="4" w:space="0" w:color="000000"/></w:tcBorders>'
        if cell.diagonal
        else ""
    )
    if not first:
        inside = _paragraph("", "center", _HEADING)
    elif cell.diagonal:
        inside = _paragraph(cell.diagonal[0], "right", _HEADING) + _paragraph(
            cell.diagonal[1], "left", _HEADING
        )
    else:
        inside = _paragraph(cell.text, "center", _HEADING)
    return _tc(f"{span}{down}{slash}", width, inside)


def _tc(style: str, width: int, inside: str) -> str:
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{style}<w:vAlign w:val="center"/></w:tcPr>{inside}</w:tc>'


def _body_rows(grid: Grid, twips: Sequence[int]) -> Iterator[str]:
    choices = [_drop_down(offered(leaf.column)) if grid.blank else "" for leaf in grid.form.leaves]
    for number, row in enumerate(grid.body):
        style = _HEADING if number == grid.total_row else _BODY
        offers = choices if number != grid.total_row else [""] * len(row)
        cells = (
            _body(cell.text, cell.align, *rest, _HEADING if leaf.column.heads else style)
            for leaf, cell, *rest in zip(grid.form.leaves, row, twips, offers, strict=True)
        )
        yield _tr("".join(cells), height=max(_TWIPS_HIGH, round(grid.form.row_height * _TWIPS_PER_MM)))


@lru_cache(maxsize=8192)
def _body(text: str, align: str, width: int, offer: str, style: str) -> str:
    """A cell of the body; what repeats down a column is written once."""
    return _tc("", width, _paragraph(text, align, style, offer))


def _drop_down(labels: Sequence[str]) -> str:
    """A list to choose from, for a cell that is still to be filled in; '' where anything may be typed."""
    if not labels:
        return ""
    items = "".join(
        f"<w:listItem w:displayText={quoteattr(label)} w:value={quoteattr(label)}/>" for label in labels
    )
    return (
        f"<w:sdt><w:sdtPr><w:dropDownList>{items}</w:dropDownList></w:sdtPr>"
        f'<w:sdtContent><w:r><w:t xml:space="preserve">{_OPEN}</w:t></w:r></w:sdtContent></w:sdt>'
    )


def _paragraph(text: str, align: str, style: str, otherwise: str = "") -> str:
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    run = f"<w:r>{lines}</w:r>" if text else otherwise
    indent = '<w:ind w:right="80"/>' if align == "right" else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{indent}<w:jc w:val="{_JUSTIFY[align]}"/></w:pPr>{run}</w:p>'
    )
