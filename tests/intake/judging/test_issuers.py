"""Which county issued a certificate: the list says it, else the household registration, else somebody is asked."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.intake import queries, services
from qiaojie.intake.judging.plan import Plan, as_mapping
from qiaojie.intake.storing import plan_record
from qiaojie.intake.vocabulary.outcome import ISSUED_BY, LEFT_OPEN, WHOLE_FILE
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Certificate, Person
from qiaojie.regions.models import Assignment, Level, Region, RegionKind
from qiaojie.regions.services import renumber
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import HEADER, name, person_row, roster

pytestmark = pytest.mark.django_db


def counties() -> dict[str, tuple[str | None, bool]]:
    """The certificates by the name of who holds them: the county that issued it, and whether it is asked."""
    held = Certificate.objects.select_related("person", "county")
    return {one.person.name: (one.county and one.county.name, one.county_asked) for one in held}


def listed(header: str, *issuers: str | None, **changed: Any) -> bytes:
    """A roster whose last column, under this header, says who issued the certificates."""
    rows = [[*person_row(n, **changed), issuer] for n, issuer in enumerate(issuers, 1)]
    data = roster(rows)
    return _headed(data, header)


def _headed(data: bytes, header: str) -> bytes:

    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    sheet.cell(3, len(HEADER) + 1, header)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize("header", ["发证残联", "发证机关", "发证单位", "发证区县", "残疾人证发证机关"])
def test_a_column_that_the_form_has_not_is_read(plan: Planner, approver: Viewer, header: str) -> None:
    said = ("石柱县残联", "重庆市石柱土家族自治县残疾人联合会", "涪陵区", "沙子镇")
    services.commit(plan(listed(header, *said)), approver)
    there = ("石柱土家族自治县", False)
    assert counties() == {name(1): there, name(2): there, name(3): ("涪陵区", False), name(4): there}


def test_the_list_comes_before_the_registration(plan: Planner, approver: Viewer) -> None:
    services.commit(plan(listed("发证残联", "石柱县", None)), approver)
    assert counties() == {name(1): ("石柱土家族自治县", False), name(2): ("涪陵区", False)}


def test_what_neither_says_is_asked_and_never_the_filer_s(plan: Planner, approver: Viewer) -> None:
    planned = plan(roster([person_row(1, town=None), person_row(2)]))
    assert [(one.row, one.county, one.decided) for one in planned.counties] == [(4, None, False)]
    assert as_mapping(planned)["county_asked"] == [4]
    services.commit(planned, approver)
    assert counties() == {name(1): (None, True), name(2): ("涪陵区", False)}


def test_the_registration_of_whoever_is_known_answers(
    plan: Planner, approver: Viewer, shizhu: Region
) -> None:
    hukou = Region.objects.get(name="沙子镇")
    for number in (1, 2):
        services.commit(plan(roster([person_row(number, certificate=None, town=None)])), approver)
    Person.objects.filter(name=name(1)).update(hukou=hukou)
    rows = [person_row(n, town=None, **{"class": "二班"}) for n in (1, 2)]
    for by in ("columns", "rows"):
        planned = plan(roster(rows), decisions={4: LEFT_OPEN} if by == "rows" else {})
        assert [one.row for one in planned.counties] == [5], by
    services.commit(planned, approver)
    assert counties() == {name(1): (shizhu.name, False), name(2): (None, True)}


def test_a_registration_above_counties_answers_nothing(plan: Planner) -> None:
    planned = plan(roster([person_row(1, certificate=None)]))
    assert not planned.counties
    assert [one.row for one in plan(roster([person_row(1, town="无此镇")])).counties] == [4]


def test_an_office_that_nobody_knows_is_said_and_asked(plan: Planner) -> None:
    planned = plan(listed("发证机关", "无此县残联", town=None))
    assert [issue.code for issue in planned.issues] == ["issuer_unknown"]
    assert [one.row for one in planned.counties] == [4]


@pytest.mark.parametrize("certain", [True, False])
def test_streets_of_a_zone(plan: Planner, approver: Viewer, certain: bool) -> None:
    """What is certain counts as the zone's; what is only presumed is asked."""
    city = Region.objects.get(code="500000")
    zone = Region.objects.create(
        key="500000:某开发区", name="某开发区", short_name="某开发区", level=Level.COUNTY, kind=RegionKind.ZONE, parent=city
    )  # fmt: skip
    renumber()
    town = Region.objects.get(name=material.TOWNS[1])
    Assignment.objects.create(zone=zone, region=town, certain=certain)
    services.commit(plan(roster([person_row(1), person_row(2)])), approver)
    assert counties()[name(1)] == (("某开发区", False) if certain else (None, True))
    assert counties()[name(2)] == ("涪陵区", False)


@pytest.fixture
def asked() -> bytes:
    return roster([person_row(n, town=None) for n in (1, 2, 3)])


def test_one_answer_for_the_file_and_rows_that_differ(
    plan: Planner, asked: bytes, approver: Viewer, fuling: Region, shizhu: Region
) -> None:
    answers = {WHOLE_FILE: f"{ISSUED_BY}{fuling.pk}", 5: f"{ISSUED_BY}{shizhu.pk}", 6: LEFT_OPEN}
    planned = plan(asked, decisions=answers)
    assert [(one.row, one.county, one.own) for one in planned.counties] == [
        (4, fuling.pk, False), (5, shizhu.pk, True), (6, None, True),
    ]  # fmt: skip
    assert planned.bulk is not None and len(planned.bulk.certificates) == 3, "no row is odd for its answer"
    services.commit(planned, approver)
    assert counties() == {
        name(1): ("涪陵区", False), name(2): (shizhu.name, False), name(3): (None, True),
    }  # fmt: skip


def test_an_answer_overrides_nothing_that_is_said(plan: Planner, approver: Viewer, shizhu: Region) -> None:
    decisions = {WHOLE_FILE: f"{ISSUED_BY}{shizhu.pk}", 4: f"{ISSUED_BY}{shizhu.pk}"}
    services.commit(plan(roster([person_row(1)]), decisions=decisions), approver)
    assert counties() == {name(1): ("涪陵区", False)}


def test_a_certificate_that_is_there_keeps_its_county(
    plan: Planner, approver: Viewer, shizhu: Region
) -> None:
    services.commit(plan(roster([person_row(1)])), approver)
    again = plan(listed("发证残联", "石柱县", **{"class": "二班"}))
    assert not again.counties
    services.commit(again, approver)
    assert counties() == {name(1): ("涪陵区", False)}


def test_answers_are_kept_with_the_file_and_a_plan_goes_into_its_record(
    fuling: Region, clerk: Viewer, asked: bytes, plan: Planner
) -> None:

    kept = services.receive(asked, "名册.xlsx", notices.table(material.ROSTER), fuling, clerk)
    services.decide(kept.pk, WHOLE_FILE, f"{ISSUED_BY}{fuling.pk}", clerk)
    services.decide(kept.pk, 5, LEFT_OPEN, clerk)
    planned = queries.plan_of(queries.upload(kept.pk, clerk), clerk)
    assert [one.county for one in planned.counties] == [fuling.pk, None, fuling.pk]
    assert list(plan_record.read(plan_record.write(planned)).counties) == list(planned.counties)
    services.decide(kept.pk, WHOLE_FILE, "", clerk)
    planned = queries.plan_of(queries.upload(kept.pk, clerk), clerk)
    assert [one.decided for one in planned.counties] == [False, True, False]


def test_a_decision_about_her_and_one_about_her_certificate_stand_beside_one_another(
    fuling: Region, clerk: Viewer, asked: bytes
) -> None:

    kept = services.receive(asked, "名册.xlsx", notices.table(material.ROSTER), fuling, clerk)
    for word in ("overwrite", LEFT_OPEN, "new_person", f"{ISSUED_BY}{fuling.pk}"):
        services.decide(kept.pk, 4, word, clerk)
    kept.refresh_from_db()
    assert set(services.decisions_of(kept)[4].split()) == {
        "overwrite",
        "new_person",
        f"{ISSUED_BY}{fuling.pk}",
    }


@pytest.mark.parametrize("word", [f"{ISSUED_BY}0", f"{ISSUED_BY}x", ISSUED_BY, "town"])
def test_only_a_county_can_be_the_answer(fuling: Region, clerk: Viewer, asked: bytes, word: str) -> None:

    kept = services.receive(asked, "名册.xlsx", notices.table(material.ROSTER), fuling, clerk)
    if word == "town":
        word = f"{ISSUED_BY}{Region.objects.get(name=material.TOWNS[0]).pk}"
    with pytest.raises(Unusable, match="没有"):
        services.decide(kept.pk, WHOLE_FILE, word, clerk)


def test_a_plan_that_would_write_another_county_is_another_plan(
    plan: Planner, asked: bytes, fuling: Region
) -> None:
    open_, answered = plan(asked), plan(asked, decisions={WHOLE_FILE: f"{ISSUED_BY}{fuling.pk}"})
    assert open_.outcome != answered.outcome


def test_queries_do_not_grow_with_the_rows(
    plan: Planner, fuling: Region, django_assert_max_num_queries: Any
) -> None:
    def of(number: int) -> Plan:
        return plan(roster([person_row(n, town=None) for n in range(1, number + 1)]))

    with CaptureQueriesContext(connection) as few:
        of(3)
    with django_assert_max_num_queries(len(few)):
        of(60)


def test_a_registered_number_alone_asks_nothing(plan: Planner) -> None:
    assert not plan(roster([person_row(1, certificate=None, town=None)])).counties
