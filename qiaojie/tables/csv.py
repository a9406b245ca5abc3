"""A form as csv: UTF-8 with a mark, so that Excel and WPS open it rightly; the same lines as on paper.

A csv has no cell types. Text that a spreadsheet would take for a formula gets an apostrophe before it, and a text of
more than eleven digits a tab after it, without which a spreadsheet would round it; readers drop both.
"""

from __future__ import annotations

import csv
import io
import re

from qiaojie.lib.text import safe_cell

from .grid import BodyCell, Grid

_LONG_NUMBER = re.compile(r"[0-9]{12,}")


def write_csv(grid: Grid) -> bytes:
    """Title, captions, header rows, body, notes and signatures, one line each."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    if not grid.form.bare:
        writer.writerow([safe_cell(grid.title)])
    writer.writerows([safe_cell(mark)] for mark in grid.statutory)
    writer.writerows([safe_cell(part.text) for part in line] for line in grid.captions)
    writer.writerows([safe_cell(paragraph)] for paragraph in grid.text)
    header = [[""] * grid.columns for _row in range(grid.header_rows)]
    for cell in grid.header:
        header[cell.row][cell.col] = safe_cell(cell.text)
    writer.writerows(header)
    writer.writerows([_plain(cell) for cell in row] for row in grid.body)
    writer.writerows([safe_cell(note)] for note in grid.notes)
    writer.writerows([safe_cell(part.text) for part in line] for line in grid.signatures)
    if grid.mark:
        writer.writerow([safe_cell(grid.mark)])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: BodyCell) -> str:
    if cell.is_number:
        return cell.text
    if _LONG_NUMBER.fullmatch(cell.text):
        return cell.text + "\t"
    return safe_cell(cell.text)
