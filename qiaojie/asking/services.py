"""Keeping an answer that was given, so that the office says the same next time or knows why not."""

from __future__ import annotations

import json

from django.utils.translation import gettext as _
from django.utils.translation import override

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable

from .counting import OFFICIAL, AskedAnswer
from .models import KeptAnswer
from .wording import cut_words, meaning, sentence

MOST_FACTS = 20_000
"""Keys of rows that are kept with an answer; of more the difference to a later one is not told row by row."""
LONGEST = 60
"""Characters that say who asked."""


def keep(answer: AskedAnswer, query: str, asked_for: str, viewer: UserViewer) -> KeptAnswer:
    """Keep an answer as it stands, with who asked for it; open to the viewer's office.

    ``query`` is the question as the query of an address. Raises Refused outside the offices, Unusable
    ``asked_for_missing`` and ``view_too_long``.
    """
    question, shown = answer.question, answer.table
    permit = permitted(
        viewer, Action.COUNT, f"asking/{question.ledger.code}/keep", office=True, registry=False
    )
    agency = viewer.user.agency
    if agency is None:
        permit.refuse()
    asked_for = asked_for.strip()
    if not asked_for or len(asked_for) > LONGEST:
        raise Unusable("asked_for_missing", _("请写明是谁问的（如“县政府办”），不超过60个字。"))
    if len(query) > 2000:
        raise Unusable("view_too_long", _("筛选条件太长，不能保存。"))
    few = len(shown.approved_rows) <= MOST_FACTS
    with permit.because(asked_for) as change:
        kept = KeptAnswer.objects.create(
            agency=agency,
            ledger=question.ledger.code,
            query=query,
            subject=question.subject,
            shape=question.shape,
            begins=question.begins,
            ends=question.ends,
            as_of=question.as_of,
            unit=question.unit.code,
            approved=shown.total.total.approved,
            pending=shown.total.total.pending,
            told=json.dumps(_told(answer, viewer), ensure_ascii=False),
            facts=list(shown.approved_rows) if few else None,
            asked_for=asked_for,
            by=viewer.name,
        )
        change.note(rows=1)
    return kept


def _told(answer: AskedAnswer, viewer: UserViewer) -> dict[str, object]:
    """The table, its meaning and its text as they were, in a shape that no later version has to count anew."""
    with override(OFFICIAL):
        return _in_chinese(answer, viewer)


def _in_chinese(answer: AskedAnswer, viewer: UserViewer) -> dict[str, object]:
    shown, question = answer.official, answer.question
    return {
        "title": str(question.rows.label) if question.rows else "",
        "groupings": [one.name for one in question.groupings],
        "heads": [head.label for head in shown.heads],
        "lines": [
            {
                "label": line.head.label,
                "cells": [[number.approved, number.pending] for number in (line.total, *line.cells)],
            }
            for line in (shown.total, *shown.lines)
        ],
        "text": sentence(answer, viewer.region),
        "meaning": [*meaning(answer, viewer.region), *cut_words(answer)],
    }
