"""A form as PDF: the HTML of the form on the form's page, set by WeasyPrint with its faces embedded."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .grid import Grid
from .html import document_html

NEEDED = "sudo apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
"""What Debian must have for PDF: the library that sets text, and a free face with the rare characters."""


def write_pdf(grid: Grid) -> bytes:
    """The PDF: header repeated on every page, page x of y. Unusable if the system lacks what setting text needs."""
    try:
        # Loading it looks for libraries of the system, which no other format needs.
        import weasyprint
    except OSError as missing:
        text = _("本机缺少生成 PDF 所需的系统组件，请运行：%s")
        raise Unusable("pdf_system_library", text % NEEDED) from missing
    pdf = weasyprint.HTML(string=document_html(grid)).write_pdf(pdf_variant="pdf/ua-1")
    return bytes(pdf)
