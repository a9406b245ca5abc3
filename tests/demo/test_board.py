"""The whole demo: what its boards show."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.bases.models import Base, SupportPayment
from qiaojie.documents.models import Document
from qiaojie.livelihoods.models import ProofSource
from qiaojie.measures import divisions, near_misses
from qiaojie.measures.queries import behind, measure
from qiaojie.notices.queries import notice
from qiaojie.people.models import Person
from qiaojie.training.models import TrainingEvent

pytestmark = [pytest.mark.django_db, pytest.mark.later, pytest.mark.usefixtures("programme")]

LATE = date(2023, 11, 30)
NOTICE = "chongqing-work-2023"
MONEY_AND_SESSIONS = {"support_bases", "massage_sessions"}


def test_the_board_of_2023_is_believable_in_all_eleven_columns() -> None:
    assert Person.objects.count() == 30_000
    measured = measure(notice(NOTICE), LATE, SystemViewer())
    assert measured.outside == {}
    assert len(measured.total) == 11
    for code, total in measured.total.items():
        # Whoever finds a job in town or country is a new job of 民生实事, whose target is less than theirs together.
        low, high = (1.5, 2) if code == "livelihood_employment" else (0.6, 1)
        assert low < (total.ratio or 0) < high and total.pending, code
        ratios = [u.values[code].ratio for u in measured.units if u.values[code].target]
        assert sum(ratio is not None and ratio >= 1 for ratio in ratios) >= 2, code
        assert sum(ratio is not None and ratio < 0.66 for ratio in ratios) >= 3, code
    units = {u.name: u.values for u in measured.units}
    assert (
        {v.approved for v in units["渝中区"].values()} == {v.pending for v in units["渝中区"].values()} == {0}
    )
    late = units["大渡口区"]
    assert {v.approved for v in late.values()} == {0}
    assert all(v.pending for code, v in late.items() if v.target and code not in {"rural_employment"})
    for values in units.values():
        town, country = values["urban_employment"], values["rural_employment"]
        assert values["livelihood_employment"].approved == (town.approved or 0) + (country.approved or 0)
        care, purchased, boarding = (
            values[c].approved or 0 for c in ("care", "care_purchased", "care_boarding")
        )
        assert care >= purchased >= boarding


def test_the_year_fills_by_and_by() -> None:
    days = [date(2023, 4, 30), date(2023, 8, 31), LATE]
    spring, summer, late = (measure(notice(NOTICE), day, SystemViewer()).total for day in days)
    for code in late:
        assert (spring[code].approved or 0) <= (summer[code].approved or 0) < (late[code].approved or 0), code
    assert 0 < (spring["vocational_training"].approved or 0) < (late["vocational_training"].approved or 0) / 3
    assert (spring["care"].approved or 0) > (late["care"].approved or 0) / 2


def test_a_plaque_is_no_support_and_two_payments_are_one() -> None:
    values = {u.code: u.values["support_bases"] for u in measure(notice(NOTICE), LATE, SystemViewer()).units}
    assert Base.objects.filter(filed_by__key="500235", state="approved").exists()
    assert values["500235"].approved == values["500235"].pending == 0
    assert SupportPayment.objects.filter(filed_by__key="500233", state="approved").count() == 2
    assert values["500233"].approved == 1


def test_one_of_kaizhous_two_sessions_lacks_its_sheet() -> None:
    held = TrainingEvent.objects.filter(filed_by__key="500154", state="approved")
    assert sorted(held.values_list("has_sign_in", flat=True)) == [False, True]
    value = next(u for u in measure(notice(NOTICE), LATE, SystemViewer()).units if u.code == "500154")
    assert value.values["massage_sessions"].approved == 1


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("livelihood_employment", "proof"),
        ("urban_employment", "person.disabled"),
        ("rural_employment", "proof"),
        ("graduate_services", "verified"),
        ("support_bases", "base.state"),
        ("care", "person.disabled"),
        ("care_boarding", "boarding_months"),
        ("massage_sessions", "has_sign_in"),
        ("practical_training", near_misses.APPROVAL),
    ],
)
def test_somebody_is_one_step_short(code: str, step: str) -> None:
    held = notice(NOTICE)
    assert step in {found.name for found in near_misses.steps(held, held.indicator(code), LATE)}


def test_other_provinces_show_figures() -> None:
    end = date(2020, 12, 31)
    nation = measure(notice("national-2017"), end, SystemViewer())
    by_name = {unit.name: unit.values for unit in nation.units}
    for code in ("handicraft_training", "handicraft_employment"):
        assert by_name["重庆"][code].approved and by_name["吉林"][code].approved
        assert sum(bool(values[code].approved) for values in by_name.values()) > 20
    jilin = measure(notice("jilin-2018"), end, SystemViewer())
    trained = {unit.name: unit.values["handicraft_training"].approved for unit in jilin.units}
    assert trained.pop("长白山开发区") == 0
    assert all(trained.values())
    persons, events = (
        jilin.total["handicraft_training"].approved,
        by_name["吉林"]["handicraft_training"].approved,
    )
    assert persons and events and events > persons > 250
    # 公主岭 belonged to 四平 then.
    assert (trained["四平市"] or 0) > 26


def test_a_number_opens_by_proof_and_somebody_stands_beside_it() -> None:
    held = notice(NOTICE)
    indicator = held.indicator("livelihood_employment")
    ledger, rows = behind(held, indicator.code, None, LATE)
    shares = {share.code: share.number for share in divisions.shares(indicator, ledger, rows)}
    assert shares["compared"] and "list" not in shares
    assert sum(shares.values()) == measure(held, LATE, SystemViewer()).total[indicator.code].approved
    (beside,) = divisions.beside(held, indicator, LATE)
    assert (beside.code, bool(beside.number)) == ("list", True)
    for source in ProofSource.objects.all():
        assert Document.objects.filter(ledger="proof_sources", row=source.pk).exists()
