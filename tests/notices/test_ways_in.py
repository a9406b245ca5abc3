"""No ledger and no measured indicator is without a way in: whatever a definition asks for, somebody can enter."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import pytest
from django.urls import reverse

from qiaojie.intake.entering import boxes, enterable
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.notices import queries, standard
from qiaojie.notices.schema import Indicator

FOLLOWS: Mapping[str, tuple[str, ...]] = {
    # What is worked out, by what it is worked out from: evidence that a ledger's own table takes in.
    "person.disabled": ("certificates.number", "certificates.issued_on", "certificates.expires_on"),
    "person.registered_poor": ("statuses.scheme", "statuses.begins", "statuses.ends"),
    "person.working_age": ("persons.id_number", "persons.birth_date", "persons.sex"),
    "employed_before": ("employments.begins", "employments.ends"),
}

ANSWERS: Mapping[str, tuple[str, ...]] = {
    # Who answers for a fact, by what tells it; ``filed`` is the office itself, and whose base it is is who filed the base.
    "filed": (),
    "base": ("bases.name",),
    "certificate": ("certificates.county",),
    "origin": ("graduate_services.origin",),
    "payer": ("care_services.payer",),
}

PAGES = {
    # Ledgers whose rows come about on a page of their own.
    "agencies": ("agencies", {}),
    "attendances": ("attendance", {"pk": 1}),
    "documents": ("add-documents", {"code": "classes", "pk": 1}),
    "typed_figures": ("earlier", {"notice": "chongqing-work-2023"}),
}


def own(ledger: Ledger, name: str) -> bool:
    """Whether a ledger's own table has a box of this name, and keeps what is typed into it."""
    if not ledger.entered:
        return False
    table = queries.table(standard.name_of(ledger))
    if not enterable(table) or name not in {box.name for box in boxes(table)}:
        return False
    _piece, column = table.shape.kept_in(name)
    return bool(column)


def has_way(ledger: Ledger, name: str, follows: Mapping[str, tuple[str, ...]] = FOLLOWS) -> bool:
    """Whether what a definition asks of a field can be entered, be it where the row it refers to is entered, or follows."""
    word, _dot, rest = name.rpartition(".")
    holder = declaration.get(ledger.parts[word].ledger) if word in ledger.parts else ledger
    if rest == "state":
        # An approver gives it, to rows that can be entered.
        return holder.approved and holder.entered
    if own(ledger, name) or (word and own(holder, rest)):
        return True
    return bool(follows.get(name)) and all(told(one) for one in follows[name])


def told(evidence: str) -> bool:
    """Whether a field of a ledger, ``certificates.number``, can be entered there."""
    code, _dot, name = evidence.partition(".")
    return own(declaration.get(code), name)


def asked(indicator: Indicator) -> Iterator[tuple[Ledger, str]]:
    """All fields that tell whether and where a fact counts."""
    for source in indicator.sources:
        ledger = declaration.get(source.ledger)
        for name in (*source.where, *indicator.split, *indicator.prefer, *indicator.beside):
            yield ledger, name
        for name in (indicator.by, ledger.follows.get(ledger.date, ledger.date)):
            if name and "__" not in name:
                yield ledger, name


def measured() -> list[tuple[str, Indicator]]:
    """The measured indicators of all notices of the repository."""
    return [(held.code, one) for held in queries.every() for one in held.indicators if one.measured]


def test_every_ledger_has_a_way_in() -> None:
    for ledger in declaration.every():
        if ledger.entered:
            table = queries.table(standard.name_of(ledger))
            assert enterable(table) and boxes(table), ledger.code
        elif any(ledger.code in declaration.added(one.code).values() for one in declaration.every()):
            # Columns more of another ledger are entered with its rows.
            host = declaration.get(ledger.parts[declaration.ROW].ledger)
            assert host.entered, ledger.code
        else:
            name, words = PAGES[ledger.code]
            assert reverse(name, kwargs=words)


def test_every_measured_indicator_can_be_fed() -> None:
    known = measured()
    assert len(known) == 15
    without = [
        (code, one.code, ledger.code, name)
        for code, one in known
        for ledger, name in asked(one)
        if not has_way(ledger, name)
    ]
    assert without == []


def test_who_answers_for_it_can_be_told() -> None:
    for code, one in measured():
        for source in one.sources:
            assert all(told(evidence) for evidence in ANSWERS[source.answered_by]), (code, one.code)


def test_nothing_is_listed_that_no_definition_asks_for() -> None:
    names = {name for _code, one in measured() for _ledger, name in asked(one)}
    assert names >= FOLLOWS.keys()
    assert {source.answered_by for _code, one in measured() for source in one.sources} == ANSWERS.keys()


@pytest.mark.parametrize(
    ("ledger", "name"),
    [
        ("employments", "person.category"),
        ("enrolments", "attended"),
        ("classes", "cost_share"),
        ("classes", "claimed_headcount"),
        ("attendances", "held_on"),
    ],
)
def test_a_field_that_nobody_can_enter_is_found(ledger: str, name: str) -> None:
    assert not has_way(declaration.get(ledger), name)


def test_evidence_that_has_no_way_itself_is_none() -> None:
    ledger = declaration.get("employments")
    assert has_way(ledger, "person.disabled")
    assert not has_way(ledger, "person.disabled", {"person.disabled": ("classes.headcount",)})
    closed = dataclasses.replace(declaration.get("certificates"), entered=False)
    assert not own(closed, "number")
