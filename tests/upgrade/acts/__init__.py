"""What offices do at their desks: every kind of act that leaves a row behind, in every state that it can be left in."""

from __future__ import annotations


def act() -> None:
    """Everything, in an order in which each finds what it needs."""
    from ..desk import one
    from . import accounts, decisions, declared, intake, night, rows, waiting

    town = one("regions.Region", parent__key="500230").name
    accounts.accounts()
    accounts.backups()
    accounts.keys_of_programs()
    accounts.handing_over()
    intake.uploads(town)
    intake.questions(town)
    intake.by_workers(town)
    intake.programs()
    intake.entering()
    rows.documents()
    rows.proofs()
    rows.attendance()
    rows.timetable()
    rows.printed()
    rows.merging()
    decisions.decisions()
    decisions.disputes()
    decisions.duties()
    decisions.in_force()
    decisions.own_words()
    rows.outside()
    rows.typed()
    rows.looking()
    waiting.doubts(town)
    declared.declared()
    rows.states()
    waiting.moves()
    waiting.households()
    waiting.rules()
    waiting.changes()
    night.night()
