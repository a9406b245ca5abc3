"""What the page of components shows of people who may be meant."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace as Made
from typing import Any

from django.utils.translation import gettext as _

from . import made_up


def states(
    as_is: str, woman: str, other: str, file: str, cells: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Context by component and by the name of the state; ``as_is`` names the plain one."""
    rare = Made(label=_("同名"), words=[_("很少重名"), _("分量很重")], bits=10.8)
    weights = {"weighed": [rare], "total": 10.8, "version": "2026-12"}
    question = Made(
        upload=1,
        row=2,
        cell="B3",
        name=made_up.said(woman),
        memory=None,
        file=file,
        lines=[Made(label=_("姓名"), said=made_up.said(woman), known=[made_up.said(woman)])],
        sides=[Made(word="person:1", person=1, reasons=[_("同名")], note="", moved=False, **weights)],
    )
    moved = Made(**{**vars(question), "sides": [Made(**{**vars(question.sides[0]), "moved": True})]})
    remembered = Made(**{**vars(question), "memory": 1, "row": 3})
    lines = [(_("姓名"), made_up.said(woman), made_up.said(other))]
    suspect = {
        "suspects": [Made(person=2, keep=1, reasons=[_("同名")], **weights, lines=lines)],
        "merged": [(3, cells)],
        "person_id": 1,
    }
    return {
        "likeness": {
            as_is: {"one": question, "queue": True},
            _("登记改过"): {"one": moved, "queue": True},
            _("按以前的答复"): {"one": remembered},
        },
        "likeness_weights": {as_is: weights},
        "questions": {as_is: {"questions": [question], "questions_more": 3, "remembered": [remembered]}},
        "suspects": {as_is: {**suspect, "may_merge": True}, _("由审核人员认定"): suspect},
    }
