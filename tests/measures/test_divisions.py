"""A number opens by the proof behind it, and who has nothing but a list stands beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Proof, ProofSource, Settlement, SourceKind
from qiaojie.measures import divisions, near_misses, queries, services
from qiaojie.notices.schema import Notice

from .programme import ASKED, NEW_YEARS_EVE, Programme

pytestmark = pytest.mark.usefixtures("narrowly")

NEW, URBAN, RURAL = "livelihood_employment", "urban_employment", "rural_employment"
MARCH = date(2023, 3, 1)


def source(programme: Programme, **given: Any) -> ProofSource:
    known = {"kind": SourceKind.COMPARED, "state": State.APPROVED, "filed_by": programme.counties[0], **given}
    return programme.keep(ProofSource.objects.create(title="社保比对名单", happened_on=MARCH, **known))


def opened(notice: Notice, code: str, on: date = NEW_YEARS_EVE) -> dict[str, int]:
    """The shares of what is approved, by value."""
    ASKED.add(code)
    services.recount(notice, force=True)
    ledger, rows = queries.behind(notice, code, None, on)
    return {one.code: one.number for one in divisions.shares(notice.indicator(code), ledger, rows)}


def standing_by(
    notice: Notice, code: str, on: date = NEW_YEARS_EVE, counties: list[int] | None = None
) -> int:
    ASKED.add(code)
    services.recount(notice, force=True)
    (share,) = divisions.beside(notice, notice.indicator(code), on, counties)
    assert share.code == Proof.LIST
    return share.number


def test_a_number_opens_by_proof(programme: Programme, work2023: Notice) -> None:
    listed = source(programme)
    for proof, number in ((Proof.CONTRACT, 3), (Proof.COMPARED, 2), (Proof.LIST, 1), (Proof.NONE, 1)):
        for _each in range(number):
            programme.job(programme.person(), MARCH, proof=proof, source=listed)
    assert opened(work2023, NEW) == {Proof.CONTRACT: 3, Proof.COMPARED: 2}
    assert standing_by(work2023, NEW) == 1


def test_she_is_divided_by_the_job_that_stands_behind_her_number(
    programme: Programme, work2023: Notice
) -> None:
    somebody = programme.person()
    programme.job(somebody, date(2023, 5, 1), proof=Proof.INCOME)
    programme.job(somebody, MARCH, proof=Proof.CONTRACT)
    assert opened(work2023, NEW) == {Proof.CONTRACT: 1}


def test_each_share_opens_to_its_rows(programme: Programme, work2023: Notice) -> None:
    contract = programme.job(programme.person(), MARCH)
    listed = programme.job(programme.person(), MARCH, proof=Proof.LIST)
    opened(work2023, NEW)
    ledger, rows = queries.behind(work2023, NEW, None, NEW_YEARS_EVE)
    assert [row.pk for row in divisions.share_rows(ledger, rows, "proof", "contract")] == [contract.pk]
    assert not divisions.share_rows(ledger, rows, "proof", "list")
    ledger, rows = near_misses.beside(work2023, work2023.indicator(NEW), NEW_YEARS_EVE)
    assert [row.pk for row in divisions.share_rows(ledger, rows, "proof", "list")] == [listed.pk]
    with pytest.raises(Unusable) as refused:
        divisions.share_rows(ledger, rows, "proof", "rumour")
    assert refused.value.code == "share_unknown"


def test_who_counts_by_another_job_or_waits_does_not_stand_beside(
    programme: Programme, work2023: Notice
) -> None:
    counts, waits = programme.person(), programme.person()
    programme.job(counts, MARCH)
    programme.job(waits, MARCH, state=State.DRAFT)
    for somebody in (counts, waits):
        programme.job(somebody, date(2023, 4, 1), proof=Proof.LIST)
    assert standing_by(work2023, NEW) == 0


@pytest.mark.parametrize(
    "given", [{"state": State.DRAFT}, {"continues": True}, {"proof": Proof.NONE}], ids=str
)
def test_who_lacks_more_than_proof_does_not_stand_beside(
    programme: Programme, work2023: Notice, given: dict[str, Any]
) -> None:
    programme.job(programme.person(), MARCH, **{"proof": Proof.LIST, **given})
    programme.job(programme.person(None), MARCH, proof=Proof.LIST)
    assert standing_by(work2023, NEW) == 0


def test_she_stands_beside_once_and_from_her_day_on(programme: Programme, work2023: Notice) -> None:
    somebody = programme.person()
    programme.job(somebody, MARCH, proof=Proof.LIST)
    programme.job(somebody, date(2023, 6, 1), proof=Proof.LIST)
    assert standing_by(work2023, NEW) == 1
    assert standing_by(work2023, NEW, date(2023, 2, 28)) == 0
    assert standing_by(work2023, NEW, counties=[programme.counties[0].pk]) == 1
    assert standing_by(work2023, NEW, counties=[programme.counties[1].pk]) == 0


def test_beside_a_split_number_stands_only_its_side(programme: Programme, work2023: Notice) -> None:
    programme.job(programme.person(), MARCH, proof=Proof.LIST, settlement=Settlement.RURAL)
    assert (standing_by(work2023, URBAN), standing_by(work2023, RURAL)) == (0, 1)


def test_an_unapproved_source_makes_its_jobs_wait(programme: Programme, work2023: Notice) -> None:
    listed = source(programme, state=State.DRAFT)
    programme.job(programme.person(), MARCH, proof=Proof.COMPARED, source=listed)
    programme.job(programme.person(), MARCH, proof=Proof.LIST, source=listed)
    assert programme.counts(work2023, NEW) == {0: (0, 1, 0)}
    assert standing_by(work2023, NEW) == 0
    programme.set(listed, state=State.APPROVED)
    assert programme.counts(work2023, NEW) == {0: (1, 0, 0)}
    assert standing_by(work2023, NEW) == 1
    programme.set(listed, state=State.WITHDRAWN)
    assert programme.counts(work2023, NEW) == {0: (0, 1, 0)}


def test_a_division_costs_the_same_however_many_there_are(programme: Programme, work2023: Notice) -> None:
    def cost() -> int:
        ASKED.add(NEW)
        services.recount(work2023, force=True)
        ledger, rows = queries.behind(work2023, NEW, None, NEW_YEARS_EVE)
        with CaptureQueriesContext(
            connection,
        ) as held:
            divisions.shares(work2023.indicator(NEW), ledger, rows)
            divisions.beside(work2023, work2023.indicator(NEW), NEW_YEARS_EVE)
        return len(held)

    programme.job(programme.person(), MARCH)
    programme.job(programme.person(), MARCH, proof=Proof.LIST)
    few = cost()
    for proof in (*[Proof.INCOME] * 5, *[Proof.LIST] * 5):
        programme.job(programme.person(), MARCH, proof=proof)
    assert cost() == few == 2
