"""A form as an accessible HTML table: caption, scopes, real spans; nothing in it decides anything."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .grid import BodyCell, Grid, HeaderCell, LinePart
from .look import PRINT_CSS, font_size

_EMPTY = mark_safe("")


def table_html(grid: Grid) -> SafeString:
    """The table as a fragment for a page. Its classes begin with ``form-``; the page's style sheet draws them."""
    return format_html(
        '<div class="form-sheet form-{}">{}{}<table class="form-table">{}{}<thead>{}</thead><tbody>{}</tbody></table>{}{}</div>',
        grid.form.orientation,
        _statutory(grid),
        format_html_join("", '<p class="form-text">{}</p>', ((one,) for one in grid.text)),
        _caption(grid),
        _column_widths(grid),
        _header(grid),
        format_html_join("", "{}", ((_row(grid, number),) for number in range(len(grid.body)))),
        format_html_join(
            "",
            '<p class="form-note">{}</p>',
            ((note,) for note in (*grid.notes, *filter(None, (grid.mark,)))),
        ),
        _lines(grid.signatures, "form-signatures"),
    )


def document_html(grid: Grid) -> str:
    """A whole document that stands alone, with the style of the printed form."""
    return format_html(
        '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport"'
        ' content="width=device-width"><title>{}</title><style>{}</style></head><body><main>{}</main></body></html>\n',
        grid.title,
        mark_safe(PRINT_CSS + page_css(grid)),  # noqa: S308 - our own style sheet and two checked words
        table_html(grid),
    )


def page_css(grid: Grid) -> str:
    """The page of the form, the size of its letters and the widths of its columns.

    Forms too wide for the page are set smaller. Widths stand here as well because print ignores attributes.
    """
    widths = "".join(
        f".form-table col:nth-child({place}) {{ width: {share}; }}\n"
        for place, share in enumerate(_shares(grid), start=1)
    )
    size = font_size(grid.form, grid.widths)
    return (
        f"@page {{ size: {grid.form.paper} {grid.form.orientation}; }}\n"
        f".form-table {{ font-size: {size:.1f}pt; }}\n{widths}"
    )


def _statutory(grid: Grid) -> SafeString:
    if not grid.statutory:
        return _EMPTY
    marks = format_html_join("", "<li>{}</li>", ((mark,) for mark in grid.statutory))
    return format_html('<ul class="form-statutory">{}</ul>', marks)


def _caption(grid: Grid) -> SafeString:
    lines = _lines(grid.captions, "form-captions")
    return format_html('<caption><span class="form-title">{}</span>{}</caption>', grid.title, lines)


def _lines(lines: tuple[tuple[LinePart, ...], ...], name: str) -> SafeString:
    def parts(line: tuple[LinePart, ...]) -> SafeString:
        return format_html_join(
            "", '<span class="form-{}">{}</span>', ((part.align, part.text) for part in line)
        )

    return format_html_join("", '<span class="{}">{}</span>', ((name, parts(line)) for line in lines))


def _shares(grid: Grid) -> list[str]:
    whole = sum(grid.widths)
    return [f"{width / whole * 100:.2f}%" for width in grid.widths]


def _column_widths(grid: Grid) -> SafeString:
    # An attribute, not a style: pages forbid inline styles.
    return format_html(
        "<colgroup>{}</colgroup>",
        format_html_join("", '<col width="{}">', ((share,) for share in _shares(grid))),
    )


def _header(grid: Grid) -> SafeString:
    rows = [[cell for cell in grid.header if cell.row == row] for row in range(grid.header_rows)]
    return format_html_join(
        "",
        "<tr>{}</tr>",
        ((format_html_join("", "{}", ((_heading(grid, cell),) for cell in row)),) for row in rows),
    )


def _heading(grid: Grid, cell: HeaderCell) -> SafeString:
    span = _EMPTY
    if cell.rowspan > 1:
        span += format_html(' rowspan="{}"', cell.rowspan)
    if cell.colspan > 1:
        span += format_html(' colspan="{}"', cell.colspan)
    scope = "col" if cell.leaf else "colgroup"
    if cell.diagonal:
        return format_html(
            '<th scope="{}"{} class="form-diagonal"><span class="form-over">{}</span>'
            '<span class="form-slash"> / </span><span class="form-under">{}</span></th>',
            scope,
            span,
            *cell.diagonal,
        )
    if not cell.text.strip():
        # A group's own value: sighted readers see the group's label above it, others hear it.
        span += format_html(' aria-label="{}"', grid.form.leaves[cell.col].label)
    return format_html('<th scope="{}"{}>{}</th>', scope, span, cell.text)


def _row(grid: Grid, number: int) -> SafeString:
    row = grid.body[number]
    total = number == grid.total_row
    header = 0 if total else grid.row_header
    cells = format_html_join("", "{}", ((_cell(cell, place == header),) for place, cell in enumerate(row)))
    return format_html("<tr{}>{}</tr>", mark_safe(' class="form-total"') if total else _EMPTY, cells)


def _cell(cell: BodyCell, heads_row: bool) -> SafeString:
    inside = cell.text
    if cell.link and cell.text:
        inside = format_html('<a href="{}">{}</a>', cell.link, cell.text)
    elif cell.text == "√":
        inside = format_html('<span role="img" aria-label="{}">√</span>', _("是"))
    if heads_row and cell.text:
        return format_html('<th scope="row" class="form-{}">{}</th>', cell.align, inside)
    return format_html('<td class="form-{}">{}</td>', cell.align, inside)
