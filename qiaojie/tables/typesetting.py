"""A page set by Typst from a template and plain data: the faces a system has, tagged for screen readers, faces embedded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import typst
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from .look import BODY_FACES, HEADING_FACES, TITLE_FACES

NEEDED = "sudo apt-get install -y fonts-noto-cjk"
"""What Debian must have for PDF: a free face with the rare characters."""


def set_page(template: str, content: Mapping[str, Any]) -> bytes:
    """A PDF of a template, which reads ``content`` and the faces of title, heading and body from ``sys.inputs.form``.

    Raises Unusable ``pdf_no_face`` where the system has none that can write Chinese.
    """
    made = typst.compile(
        template.encode(), font_paths=faces(), sys_inputs=inputs(content), pdf_standards=["ua-1"]
    )
    assert isinstance(made, bytes)
    return made


def asked(template: str, content: Mapping[str, Any], label: str) -> Any:
    """The value that a template notes under a label (``<pages>``) when it is set. Raises as ``set_page`` does."""
    told = typst.query(
        template.encode(), label, field="value", one=True, font_paths=faces(), sys_inputs=inputs(content)
    )
    return json.loads(told)


def inputs(content: Mapping[str, Any]) -> dict[str, str]:
    """What a template is given."""
    known = {"title": _known(TITLE_FACES), "heading": _known(HEADING_FACES), "body": _known(BODY_FACES)}
    return {"form": json.dumps({**content, "faces": known}, ensure_ascii=False)}


@cache
def faces() -> Any:
    """The faces of this system."""
    # Looking through them once takes as long as setting a page.
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


def _known(wanted: tuple[str, ...]) -> list[str]:
    """Those of the faces that this system has."""
    here = {family.casefold() for family in faces().families()}
    known = [face for face in wanted if face.casefold() in here]
    if not known:
        raise Unusable("pdf_no_face", _("本机没有可用的中文字体，不能生成 PDF，请运行：%s") % NEEDED)
    return known
