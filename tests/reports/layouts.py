"""What the files of the shipped forms say about their look, in words: ``python -m tests.reports.layouts`` writes the
descriptions anew, to be read before they are kept.

Everything here is ours: paper, margins, widths, merges, faces, lines, texts. What a program makes of it on paper is
seen by ``test_printed``.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.oxml.ns import qn
from openpyxl.cell.cell import MergedCell

from qiaojie.tables.form import Form
from qiaojie.tables.writing import write
from tests.tables.printed import POINTS_PER_MM, pages

from .samples import filled

FOLDER = Path(__file__).parent / "layouts"


def described(form: Form) -> str:
    """The workbook, the Word document and the PDF of a form filled with the fixed rows."""
    parts = {"xlsx": _workbook, "docx": _document, "pdf": _pdf}
    written = filled(form)
    return "\n".join(
        line
        for format, describe in parts.items()
        for line in (f"== {format}", *describe(write(written, format)), "")
    )


def path_of(name: str) -> Path:
    """Where the description of a form (by its full name) is kept."""
    return FOLDER / f"{name.replace('/', '--').replace(' ', '-')}.txt"


def _workbook(data: bytes) -> Iterator[str]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    page, margins = sheet.page_setup, sheet.page_margins
    sides = (margins.left, margins.right, margins.top, margins.bottom)
    middle = sheet.print_options.horizontalCentered
    yield f"paper {page.paperSize} {page.orientation}, margins {' '.join(map(str, sides))} in, in the middle {middle}"
    fits = sheet.sheet_properties.pageSetUpPr.fitToPage
    yield f"fitted {fits}, {page.fitToWidth or 1} page wide, {page.fitToHeight} high"
    yield f"on every page {sheet.print_title_rows}, frozen at {sheet.freeze_panes}"
    yield f"foot {sheet.oddFooter.center.text!r}"
    # Neighbours of one width are one entry of the file.
    for entry in sorted(sheet.column_dimensions.values(), key=lambda one: one.min):
        yield f"columns {entry.min}-{entry.max} width {entry.width:.2f}"
    yield f"merged {' '.join(sorted(map(str, sheet.merged_cells.ranges)))}"
    for rule in sheet.data_validations.dataValidation:
        yield f"offered {rule.sqref} {rule.formula1}"
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield f"row {number} height {sheet.row_dimensions[number].height}"
        yield from (f"  {_cell(cell)}" for cell in cells if not isinstance(cell, MergedCell))


def _cell(cell: Any) -> str:
    sides = ("left", "right", "top", "bottom")
    lines = [side for side in sides if getattr(cell.border, side) and getattr(cell.border, side).style]
    slash = cell.border.diagonal.style if cell.border.diagonal and cell.border.diagonalDown else None
    font, align = cell.font, cell.alignment
    look = [
        font.name, f"{font.size:g}", align.horizontal, align.vertical,
        "wrapped" if align.wrap_text else "", "shrunk" if align.shrink_to_fit else "",
        f"indent {align.indent:g}" if align.indent else "",
        "lines all round" if lines == list(sides) else f"lines {' '.join(lines)}" if lines else "",
        "diagonal" if slash else "", cell.number_format if cell.number_format != "General" else "",
    ]  # fmt: skip
    said = "" if cell.value is None else f": {cell.value!r}"
    return f"{cell.coordinate} {', '.join(word for word in look if word)}{said}"


def _document(data: bytes) -> Iterator[str]:
    made = docx.Document(io.BytesIO(data))
    section, (table,) = made.sections[0], made.tables
    sides = (section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)
    margins = " ".join(f"{side.mm:.0f}" for side in sides)
    yield f"paper {section.page_width.mm:.0f} x {section.page_height.mm:.0f} mm, margins {margins} mm"
    yield f"foot {_words(section.footer._element)!r}"
    for style in made.styles:
        if style.name.startswith("Form") or style.name == "Normal":
            faces = [style.element.rPr.rFonts.get(qn(script)) for script in ("w:ascii", "w:eastAsia")]
            side = _value(style.element, "w:pPr/w:jc")
            yield f"style {style.name}: {', '.join(faces)}, {style.font.size.pt:g} {side}".rstrip()
    for element in made.element.body:
        if element.tag == qn("w:p"):
            stops = "".join(
                f" {stop.get(qn('w:val'))} at {int(stop.get(qn('w:pos'))) / 20:.0f} pt,"
                for stop in element.findall("w:pPr/w:tabs/w:tab", element.nsmap)
            )
            yield f"paragraph{stops} {_paragraph(element)}"
        elif element is table._tbl:
            yield from _table(element)


def _table(table: Any) -> Iterator[str]:
    borders = table.find("w:tblPr/w:tblBorders", table.nsmap)
    lines = " ".join(f"{one.tag.partition('}')[2]} {one.get(qn('w:sz'))}" for one in borders)
    layout, side = _value(table, "w:tblPr/w:tblLayout", "type"), _value(table, "w:tblPr/w:jc")
    yield f"table {layout} {side}, lines {lines}"
    yield f"widths {' '.join(one.get(qn('w:w')) for one in table.iter(qn('w:gridCol')))}"
    for row in table.iter(qn("w:tr")):
        own = " ".join(one.tag.partition("}")[2] for one in row.find("w:trPr", row.nsmap))
        rule = _value(row, "w:trPr/w:trHeight", "hRule")
        yield f"row {own}, {rule} {_value(row, 'w:trPr/w:trHeight')}"
        for cell in row.iter(qn("w:tc")):
            down = cell.find("w:tcPr/w:vMerge", cell.nsmap)
            look = (
                _value(cell, "w:tcPr/w:tcW", "w"),
                _value(cell, "w:tcPr/w:vAlign"),
                f"over {across} columns" if (across := _value(cell, "w:tcPr/w:gridSpan")) else "",
                ""
                if down is None
                else "begins a merge down"
                if down.get(qn("w:val"))
                else "merged with above",
                "diagonal" if cell.find("w:tcPr/w:tcBorders/w:tl2br", cell.nsmap) is not None else "",
            )
            said = "; ".join(_paragraph(one) for one in cell.iter(qn("w:p")))
            yield f"  {', '.join(word for word in look if word)}: {said}"


def _paragraph(paragraph: Any) -> str:
    style, side = _value(paragraph, "w:pPr/w:pStyle"), _value(paragraph, "w:pPr/w:jc")
    return f"{style} {side} {_words(paragraph)!r}".strip()


def _value(element: Any, path: str, attribute: str = "val") -> str:
    found = element.find(path, element.nsmap)
    return "" if found is None else str(found.get(qn(f"w:{attribute}")))


def _words(element: Any) -> str:
    """The texts of an element, with its fields, tabs and breaks in between."""
    said = {qn("w:t"): lambda one: one.text or "", qn("w:br"): lambda one: "\n"}
    said[qn("w:fldSimple")] = lambda one: f"[{one.get(qn('w:instr')).strip()}]"
    # A tab stop has a place, a tab in the text has none.
    said[qn("w:tab")] = lambda one: "" if one.get(qn("w:pos")) else "\t"
    return "".join(said[one.tag](one) for one in element.iter(*said))


def _pdf(data: bytes) -> Iterator[str]:
    made = pages(data)
    for page in made:
        yield f"page {page.width / POINTS_PER_MM:.0f} x {page.height / POINTS_PER_MM:.0f} mm"
        yield f"columns at {' '.join(f'{at / POINTS_PER_MM:.1f}' for at in page.columns)} mm, {len(page.rows) - 1} rows"


def main() -> int:
    """Keep a new description of every form."""
    from .test_shipped_forms import FORMS

    FOLDER.mkdir(exist_ok=True)
    for kept in FOLDER.glob("*.txt"):
        kept.unlink()
    for name, form in FORMS.items():
        path_of(name).write_text(described(form), encoding="utf-8")
    return 0


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiaojie.config.settings")
    django.setup()
    sys.exit(main())
