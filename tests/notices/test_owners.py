"""Who owes what a notice asks for: the units that it names, and agencies that are no region."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qiaojie.accounts.models import Role
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.notices import duties, queries
from qiaojie.notices.checking import check
from qiaojie.notices.models import Filing, NoticeInForce
from tests.notices.conftest import INDICATORS, Writer
from tests.notices.deciding import office

pytestmark = pytest.mark.usefixtures("tree")


def in_force(*held: Any) -> None:
    """These have been in force from the beginning."""
    NoticeInForce.objects.bulk_create(NoticeInForce(notice=one.code, by="system") for one in held)


CENTRE = "市残疾人劳动就业服务指导中心"
DUTY = """
[[duties]]
code = "year"
label = "年报"
by = { lines = ["dpf", "poverty"], level = "county" }
owed_by.without = ["城口县"]
owed_by.also = ["涪陵区"]
owed_by.agencies = ["市残疾人劳动就业服务指导中心"]
owed_by.lacking = { "丰都县" = ["poverty"] }
span = "year"
due = ["11-30"]
recipients = [{ line = "dpf", name = "市残联" }]
"""
DAY = date(2020, 12, 10)


@pytest.fixture
def trial(write: Writer, settings: Any) -> Any:
    settings.NOTICE_DIRS = [write(INDICATORS + DUTY)]
    held = queries.notice("trial-2020")
    in_force(held)
    return held


def test_the_paper_of_2019_is_owed_by_40_units_and_by_two_offices_of_one() -> None:
    held = queries.notice("chongqing-handicraft-2019")
    for duty in held.duties:
        owed = duties.owners(held, duty)
        assert len(owed) == 40 and "重庆高新区" not in {one.name for one in owed}
        lines = {one.name: one.lines for one in owed}
        assert lines["两江新区"] == ("women", "dpf")
        assert lines["万盛经开区"] == lines["涪陵区"] == ("women", "poverty", "dpf")
    city = office("重庆市", Role.INSPECTOR)
    in_force(held)
    late = duties.unit_statuses([held], city, date(2020, 1, 1))
    assert len(late) == 80 and all(one.overdue for one in late)
    work = queries.notice("chongqing-work-2023")
    assert len(duties.owners(work, work.duties[0])) == 41, "who has a row in its table owes its report"


def test_units_fall_out_others_are_added_and_an_agency_answers_for_itself(trial: Any) -> None:
    owed = {one.name: one for one in duties.owners(trial, trial.duties[0])}
    assert "城口县" not in owed and {"丰都县", "涪陵区", CENTRE} <= owed.keys()
    assert owed["丰都县"].lines == ("dpf",)
    assert (owed[CENTRE].agency, owed[CENTRE].key) == (CENTRE, f"{owed[CENTRE].region_id}:{CENTRE}")
    city = office("重庆市")
    found = duties.unit_statuses([trial], city, DAY)
    assert [one.unit for one in found if one.unit == CENTRE and one.overdue] == [CENTRE]
    # A poverty office is not told of what it need not send.
    lines = frozenset({"poverty"})
    assert "丰都县" not in {one.unit for one in duties.unit_statuses([trial], city, DAY, lines)}
    assert CENTRE not in {one.unit for one in duties.unit_statuses([trial], office("丰都县"), DAY)}


def test_what_an_agency_sent_is_registered_for_it_alone(trial: Any) -> None:
    one = duties.dues(trial)[0]
    owed = {owner.name: owner.key for owner in duties.owners(trial, one.duty)}
    city = office("重庆市")
    assert duties.register(one, [owed[CENTRE], owed["丰都县"]], date(2020, 11, 20), "邮件", city) == 2
    assert duties.register(one, [owed[CENTRE]], date(2020, 11, 21), "邮件", city) == 0
    assert set(Filing.objects.values_list("agency", flat=True)) == {CENTRE, ""}
    open_ones = {status.unit for status in duties.unit_statuses([trial], city, DAY) if status.overdue}
    assert CENTRE not in open_ones and "丰都县" not in open_ones and "涪陵区" in open_ones
    with pytest.raises(Refused):
        duties.register(one, [owed[CENTRE]], date(2020, 11, 20), "", office("丰都县"))
    with pytest.raises(Unusable) as unknown:
        duties.register(one, [owed[CENTRE] + "二"], date(2020, 11, 20), "", city)
    assert unknown.value.code == "not_a_unit"
    duties.revoke(Filing.objects.get(agency=CENTRE).pk, city)
    assert CENTRE in {status.unit for status in duties.unit_statuses([trial], city, DAY) if status.overdue}


def test_names_that_are_no_units_are_found(write: Writer) -> None:
    wrong = DUTY.replace('"城口县"', '"渝中区"').replace('"涪陵区"', '"无此县"').replace("丰都县", "江北区")
    found = {(fault.key, fault.code) for fault in check([write(INDICATORS + wrong, under="wrong")])}
    assert {
        ("duties.year.owed_by.without.渝中区", "region_not_in_edition"),
        ("duties.year.owed_by.lacking.江北区", "region_not_in_edition"),
        ("duties.year.owed_by.also.无此县", "region_unknown"),
    } <= found


def test_an_agency_has_a_target_that_is_in_no_sum(write: Writer, settings: Any) -> None:
    given = INDICATORS.replace(
        'definition = "结业的人。"', f'agency_targets = {{ "{CENTRE}" = 120 }}\ndefinition = "结业的人。"'
    )
    settings.NOTICE_DIRS = [write(given, under="given")]
    held = queries.notice("trial-2020")
    assert held.indicator("training").agency_targets == {CENTRE: 120}
    assert queries.targets(held).total.get("training") is None
