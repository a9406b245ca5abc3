"""Every shipped form looks as it did when somebody last looked at its picture; pictures of other layouts do not pass."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from qiaojie.tables import pdf as pdf_writer
from qiaojie.tables.form import Form
from qiaojie.tables.writing import write
from tests.tables import reference

from .pictures import OFFICE, drawn, file_name, filled
from .test_shipped_forms import FORMS

ASTRAY, MOVED = 0.01, 0.15
"""How much of the ruled lines, and of the ink between them, may stand elsewhere. Other faces move no line and a tenth
of the ink."""

STATUS = "chongqing-handicraft-2019/training-status"


@pytest.fixture(scope="module")
def pages() -> dict[str, Image.Image]:
    return drawn(FORMS)


@pytest.mark.parametrize("format", [*OFFICE, "pdf"])
@pytest.mark.parametrize("name", FORMS)
def test_a_form_looks_as_its_picture(pages: dict[str, Image.Image], name: str, format: str) -> None:
    picture = f"{file_name(name)}.{format}"
    astray, moved = reference.difference(pages[picture], reference.kept(picture))
    assert (astray <= ASTRAY, moved <= MOVED) == (True, True), (astray, moved)


def test_no_picture_is_of_a_form_that_is_gone() -> None:
    assert set(reference.names()) == {
        f"{file_name(name)}.{format}" for name in FORMS for format in (*OFFICE, "pdf")
    }


def pdf(form: Form) -> Image.Image:
    return reference.first_page(write(filled(form), "pdf"))


def passes(page: Image.Image) -> bool:
    astray, moved = reference.difference(page, reference.kept(f"{file_name(STATUS)}.pdf"))
    return astray <= ASTRAY and moved <= MOVED


def test_a_column_moved_left_out_or_wider_does_not_pass() -> None:
    form = FORMS[STATUS]
    first, second, *rest = form.columns
    assert passes(pdf(form))
    assert not passes(pdf(replace(form, columns=(second, first, *rest))))
    assert not passes(pdf(replace(form, columns=(first, *rest))))
    assert not passes(pdf(replace(form, columns=(replace(first, width=30), second, *rest))))


def test_other_lines_do_not_pass() -> None:
    form = FORMS[STATUS]
    assert not passes(pdf(replace(form, total=None)))
    assert not passes(pdf(replace(form, captions=())))
    assert not passes(pdf(replace(form, orientation="portrait")))


def test_a_picture_without_borders_does_not_pass() -> None:
    page = pdf(FORMS[STATUS])
    bare = Image.composite(Image.new("L", page.size, 255), page, reference.rules(page))
    assert not passes(bare)


def test_an_empty_table_does_not_pass() -> None:
    form = FORMS[STATUS]
    page = reference.first_page(write(replace(filled(form), rows=[{}, {}, {}]), "pdf"))
    assert not passes(page)


def test_other_faces_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_writer, "BODY_FACES", ("Noto Sans CJK SC",))
    monkeypatch.setattr(pdf_writer, "HEADING_FACES", ("Noto Serif CJK SC",))
    assert passes(pdf(FORMS[STATUS]))
