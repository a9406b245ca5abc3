"""How offices print: the names of the faces, their stand-ins, and the style of the printed page.

Faces are named as officials name them. The agency's machines have them (they are licensed and are never shipped with
the product); elsewhere the viewer puts something in their place: Excel, WPS and Word choose a Song or Fang Song face
of the system; HTML and PDF go down the lists below, which end in free faces that hold the rare characters.
"""

from __future__ import annotations

from collections.abc import Sequence

from .form import Form

TITLE_FACE = "方正小标宋简体"
HEADING_FACE = "黑体"
BODY_FACE = "仿宋_GB2312"
LATIN_FACE = "Times New Roman"

# What stands before, between and after the number of a page and the number of pages.
PAGE_WORDS = ("第 ", " 页，共 ", " 页")

PAPER_MM = {"A4": (210, 297), "A3": (297, 420)}
MARGIN_MM = 18
"""Millimetres around the printed page: room for the holes of a file on either side."""

TITLE_POINTS, HEADING_POINTS, BODY_POINTS = 18, 11, 11
LEAST_POINTS = 6.5
"""The smallest face that is set: below it a printed list cannot be read."""

# The free faces stand before the generic families: fontconfig would answer 仿宋 and 黑体 with the Japanese forms.
TITLE_FACES = (
    "方正小标宋简体",
    "FZXiaoBiaoSong-B05S",
    "方正小标宋_GBK",
    "FZXiaoBiaoSong-B05",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
)
HEADING_FACES = ("SimHei", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei")
BODY_FACES = ("FangSong_GB2312", "FangSong", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC")


def _stack(faces: Sequence[str], generic: str) -> str:
    return ", ".join([*(f'"{face}"' for face in faces), generic])


_TITLE, _HEADING, _BODY = (
    _stack(TITLE_FACES, "serif"),
    _stack(HEADING_FACES, "sans-serif"),
    _stack(BODY_FACES, "serif"),
)

PRINT_CSS = f"""
@page {{ margin: 18mm 18mm 16mm;
  @bottom-center {{ content: "{PAGE_WORDS[0]}" counter(page) "{PAGE_WORDS[1]}" counter(pages) "{PAGE_WORDS[2]}";
    font: 10pt {_BODY}; }} }}
body {{ margin: 0; color: #000; background: #fff; font-family: {_BODY}; }}
.form-table {{ width: 100%; border-collapse: collapse; table-layout: fixed; }}
.form-table caption {{ caption-side: top; text-align: center; }}
.form-title {{ display: block; font: 18pt/1.5 {_TITLE}; margin-bottom: 6pt; }}
.form-captions, .form-signatures {{ display: flex; gap: 1em; margin: 0 0 4pt; font-size: 11pt; }}
.form-captions > span, .form-signatures > span {{ flex: 1 1 auto; }}
.form-captions > .form-left, .form-signatures > .form-left {{ text-align: left; }}
.form-captions > .form-right {{ text-align: right; }}
.form-signatures {{ margin: 8pt 0 0; }}
.form-statutory {{ list-style: none; margin: 0 0 0 72%; padding: 0; font-size: 9pt; }}
.form-table th, .form-table td {{ border: 0.5pt solid #000; padding: 3pt 2pt; line-height: 1.35; height: 16pt;
  vertical-align: middle; overflow-wrap: anywhere; white-space: pre-line; font-weight: normal; }}
.form-table thead th {{ font-family: {_HEADING}; text-align: center; }}
.form-table thead {{ display: table-header-group; }}
.form-table tr {{ break-inside: avoid; }}
.form-table .form-left {{ text-align: left; }}
.form-table .form-center {{ text-align: center; }}
.form-table .form-right {{ text-align: right; padding-right: 5pt; }}
.form-total th, .form-total td {{ font-family: {_HEADING}; }}
.form-diagonal {{ background: linear-gradient(to top right, #0000 calc(50% - 0.4pt), #000 calc(50% - 0.4pt),
  #000 calc(50% + 0.4pt), #0000 calc(50% + 0.4pt)); }}
.form-over {{ display: block; text-align: right; padding-right: 4pt; }}
.form-under {{ display: block; text-align: left; padding-left: 4pt; }}
.form-slash {{ position: absolute; width: 1px; height: 1px; overflow: hidden; }}
.form-note {{ margin: 4pt 0 0; font-size: 10.5pt; white-space: pre-line; }}
.form-table a {{ color: inherit; }}
@media screen {{ main {{ max-width: 297mm; margin: 12mm auto; padding: 0 6mm; }} }}
"""


def page_width(form: Form) -> float:
    """Millimetres between the margins of the form's page."""
    short, long = PAPER_MM[form.paper]
    return float((long if form.orientation == "landscape" else short) - 2 * MARGIN_MM)


def capacity(form: Form) -> float:
    """How many half-width characters of the body type stand side by side on the form's page."""
    # Half a character of BODY_POINTS; a point is 25.4/72 mm.
    return page_width(form) / (BODY_POINTS / 2 * 25.4 / 72)


def font_size(form: Form, widths: Sequence[float]) -> float:
    """Points of the body type: forms whose columns are too wide for the page are set smaller, down to 6.5."""
    if not widths:
        return BODY_POINTS
    return min(BODY_POINTS, max(LEAST_POINTS, BODY_POINTS * capacity(form) / sum(widths)))
