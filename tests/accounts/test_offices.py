"""Agencies: dated names, who answers for a line that a region has no office of, and roles that fit a line."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts import offices, services
from qiaojie.accounts.models import OFFICES, OUTSIDERS, Agency, AgencyName, Role, StandIn, WorkLine
from qiaojie.accounts.viewers import ALLOWED, SystemViewer
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.regions.models import Region

pytestmark = pytest.mark.django_db

SINCE = date(2019, 1, 1)


@pytest.fixture
def zone() -> Region:
    return Region.objects.create(
        key="zone", name="某新区", short_name="某新区", level=3, kind="zone", first=1, last=1
    )


def agency(region: Region, line: WorkLine, *names: tuple[str, date | None, date | None]) -> Agency:
    made = Agency.objects.create(region=region, line=line, name=names[-1][0])
    for name, begins, ends in names:
        AgencyName.objects.create(agency=made, name=name, begins=begins, ends=ends)
    return made


def test_an_agency_is_called_as_on_the_day(zone: Region) -> None:
    made = agency(
        zone,
        WorkLine.POVERTY,
        ("扶贫办", None, date(2021, 2, 24)),
        ("乡村振兴局", date(2021, 2, 25), date(2023, 3, 6)),
        ("农业农村委", date(2023, 3, 7), None),
    )
    days = (date(2019, 7, 31), date(2021, 2, 24), date(2021, 2, 25), date(2023, 3, 7))
    assert [made.called(day) for day in days] == ["扶贫办", "扶贫办", "乡村振兴局", "农业农村委"]
    assert {one.agency for one in offices.offices([zone.pk], days[0])[zone.pk]} == {made.pk, None}


def test_somebody_answers_for_a_line_that_has_no_office(zone: Region) -> None:
    women = agency(zone, WorkLine.WOMEN, ("某新区妇联", None, None))
    federation = agency(zone, WorkLine.DPF, ("某新区残联办事处", None, None))
    viewer = SystemViewer()
    assert [one.agency for one in offices.offices([zone.pk], SINCE)[zone.pk]] == [
        federation.pk,
        women.pk,
        None,
    ]
    services.stand_in(viewer, women, WorkLine.POVERTY, SINCE, "新区内部分工")
    found = offices.offices([zone.pk], SINCE)[zone.pk][-1]
    assert (found.called, found.reason, found.stands_in) == ("某新区妇联", "新区内部分工", True)
    assert [(gap.region, gap.offices) for gap in offices.gaps(viewer, SINCE)] == [(zone, (found,))]
    services.stand_in(viewer, federation, WorkLine.POVERTY, date(2024, 1, 1), "调整分工")
    told = [
        offices.offices([zone.pk], day)[zone.pk][-1].called for day in (date(2023, 12, 31), date(2024, 1, 1))
    ]
    assert told == ["某新区妇联", "某新区残联办事处"]
    first = StandIn.objects.get(agency=women)
    assert first.ends == date(2023, 12, 31), "the last day on which it holds"
    # An office of its own goes before whoever stands in.
    agency(zone, WorkLine.POVERTY, ("农业农村局", date(2025, 1, 1), None))
    assert [offices.offices([zone.pk], date(year, 6, 1))[zone.pk][-1].called for year in (2024, 2025)] == [
        "某新区残联办事处",
        "农业农村局",
    ]


def test_a_stand_in_is_refused_with_the_reason(zone: Region) -> None:
    women = agency(zone, WorkLine.WOMEN, ("某新区妇联", None, None))
    base = agency(zone, WorkLine.BASE, ("某基地", None, None))

    def fault(one: Agency, line: str, since: date = SINCE, reason: str = "分工") -> str:
        with pytest.raises(Unusable) as refused:
            services.stand_in(SystemViewer(), one, line, since, reason)
        return refused.value.code

    assert fault(women, WorkLine.WOMEN) == "line_held"
    assert fault(women, WorkLine.BANK) == "line_unknown"
    assert fault(base, WorkLine.DPF) == "not_an_office"
    assert fault(women, WorkLine.DPF, reason=" ") == "reason_missing"
    services.stand_in(SystemViewer(), women, WorkLine.DPF, SINCE, "分工")
    assert fault(women, WorkLine.DPF, date(2018, 1, 1)) == "date_order"
    assert StandIn.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "role", "fits"),
    [
        (WorkLine.BANK, Role.BANK, True),
        (WorkLine.BANK, Role.HELPER, True),
        (WorkLine.BANK, Role.CLERK, False),
        (WorkLine.DPF, Role.BANK, False),
        (WorkLine.EMPLOYER, Role.HELPER, True),
        (WorkLine.EMPLOYER, Role.CLERK, False),
        (WorkLine.WOMEN, Role.INSPECTOR, True),
        (WorkLine.BASE, Role.INSPECTOR, False),
    ],
)
def test_a_role_fits_the_line(zone: Region, line: WorkLine, role: Role, fits: bool) -> None:
    made = agency(zone, line, ("某机构", None, None))
    assert ("role" not in services.check_account("someone", "某人", made, "岗位", role)) is fits


def test_every_role_says_what_it_may_and_who_inspects_changes_nothing() -> None:
    assert set(ALLOWED) == set(Role)
    changing = {Action.ENTER, Action.APPROVE, Action.ADMINISTER, Action.GRANT}
    assert not ALLOWED[Role.INSPECTOR] & changing
    for role in OUTSIDERS:
        assert not ALLOWED[role] & {Action.COUNT, Action.REVEAL, Action.APPROVE}
    assert len(OFFICES) == 3
