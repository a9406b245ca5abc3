"""Kinds of training with days, put in force for a test: 实用 ended with 2022, 新式 began with 2023."""

from __future__ import annotations

from datetime import date

from qiaojie.codes import standing
from qiaojie.codes.models import PreparedList
from qiaojie.codes.words import CodeWord

WORDS = (
    CodeWord("vocational", "职业技能培训", also=("技能培训",)),
    CodeWord("practical", "农村实用技术培训", ends=date(2022, 12, 31)),
    CodeWord("modern", "新式培训", also=("新培训",), begins=date(2023, 1, 1)),
)


def put_in_force(words: tuple[CodeWord, ...] = WORDS) -> None:
    """The list of kinds of training has these words from now on."""
    told = [word.as_mapping() for word in words]
    PreparedList.objects.update_or_create(
        code="training_kinds", defaults={"label": "培训类别", "words": told}
    )
    standing.refresh()
