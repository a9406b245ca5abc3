"""The files of every shipped form say what they said when somebody last read their descriptions."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from qiaojie.tables import docx, xlsx

from .layouts import FOLDER, described, path_of
from .test_shipped_forms import FORMS

STATUS = "chongqing-handicraft-2019/training-status"


def kept(name: str) -> str:
    path = path_of(name)
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_laid_out_as_described(name: str) -> None:
    assert described(FORMS[name]) == kept(name), "look at it, then run python -m tests.reports.layouts"


def test_no_description_is_of_a_form_that_is_gone() -> None:
    assert set(FOLDER.iterdir()) == {path_of(name) for name in FORMS}


def test_another_layout_is_told_apart() -> None:
    form = FORMS[STATUS]
    first, second, third, group, *rest = form.columns
    others = (
        replace(form, columns=(second, first, third, group, *rest)),
        replace(form, columns=(second, third, group, *rest)),
        replace(form, columns=(replace(first, width=16), second, third, group, *rest)),
        replace(form, columns=(first, second, third, *group.columns, *rest)),
        replace(form, total=None),
        replace(form, captions=()),
        replace(form, notes=()),
        replace(form, orientation="portrait"),
        replace(form, paper="A3"),
    )
    assert group.columns
    assert described(form) not in [described(other) for other in others]
    assert len({described(other) for other in others}) == len(others)


@pytest.mark.parametrize("face", ["TITLE_FACE", "HEADING_FACE", "BODY_FACE"])
@pytest.mark.parametrize("writer", [xlsx, docx])
def test_another_face_is_told_apart(monkeypatch: pytest.MonkeyPatch, writer: ModuleType, face: str) -> None:
    monkeypatch.setattr(writer, face, "宋体")
    assert described(FORMS[STATUS]) != kept(STATUS)
