"""Two records found to be one woman: she keeps both rows, is seen by both counties, and can be parted again."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.viewer import Action, Refused
from qiaojie.lib.findings import Unusable
from qiaojie.people import merging
from qiaojie.people.models import Certificate, Person, Tie
from qiaojie.people.queries import disabled_on, visible
from qiaojie.people.services import completed
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.regions.services import renumber
from qiaojie.training.models import Enrolment, TrainingClass

pytestmark = pytest.mark.django_db

NUMBER = "500000198001010029"
DAY = date(2023, 5, 26)


@pytest.fixture
def counties() -> tuple[Region, Region]:
    city = Region.objects.create(key="c", name="市", short_name="市", level=1, kind=RegionKind.PROVINCE)
    for name in ("甲县", "乙县"):
        Region.objects.create(
            key=name, name=name, short_name=name, level=Level.COUNTY, kind=RegionKind.COUNTY, parent=city
        )
    renumber()
    return Region.objects.get(key="甲县"), Region.objects.get(key="乙县")


def viewer(region: Region, role: Role = Role.APPROVER) -> UserViewer:
    agency, _new = Agency.objects.get_or_create(region=region, line=WorkLine.DPF, name=f"{region.name}残联")
    return UserViewer(User.objects.create(username=f"{region.name}{role}", agency=agency, role=role))


@pytest.fixture
def city(counties: tuple[Region, Region]) -> UserViewer:
    return viewer(Region.objects.get(key="c"))


def add(county: Region, **columns: object) -> Person:
    person = Person.objects.create(**completed({"name": "李桂琴", **columns}))
    Tie.objects.create(person=person, region=county)
    return person


def enrol(person: Person, county: Region) -> Enrolment:
    held = TrainingClass.objects.create(
        title=f"班{person.pk}", kind="vocational", begins=DAY, ends=DAY, happened_on=DAY, filed_by=county
    )
    return Enrolment.objects.create(training_class=held, person=person, happened_on=DAY, filed_by=county)


def disabled() -> dict[int, bool]:
    return dict(Enrolment.objects.annotate(x=disabled_on()).values_list("person_id", "x"))


def test_evidence_of_either_record_counts_for_the_facts_of_both(
    counties: tuple[Region, Region], city: UserViewer
) -> None:
    here, there = counties
    kept, other, third = add(here, id_number=NUMBER), add(there), add(there)
    Certificate.objects.create(person=other, county=there)
    for person in (kept, other, third):
        enrol(person, here)
    assert disabled() == {kept.pk: False, other.pk: True, third.pk: False}
    first = merging.merge(third.pk, kept.pk, city, "电话核实")
    second = merging.merge(other.pk, kept.pk, city, "电话核实")
    assert disabled() == {kept.pk: True, other.pk: True, third.pk: True}
    assert {tie.region_id for tie in kept.ties.all()} == {here.pk, there.pk}
    assert list(visible(city)) == [kept]
    assert merging.unmerge(other.pk, city).pk == second.pk
    assert disabled() == {kept.pk: False, other.pk: True, third.pk: False}
    merging.unmerge(third.pk, city)
    assert first.pk != second.pk
    assert {tie.region_id for tie in kept.ties.all()} == {here.pk}
    assert set(visible(city)) == {kept, other, third}


def test_what_was_found_to_be_hers_comes_along(counties: tuple[Region, Region], city: UserViewer) -> None:
    one, two, three = (add(counties[0]) for _n in range(3))
    merging.merge(one.pk, two.pk, city, "核实")
    merging.merge(two.pk, three.pk, city, "核实")
    assert set(three.duplicates.all()) == {one, two}
    merging.unmerge(two.pk, city)
    one.refresh_from_db()
    assert one.canonical_id == two.pk


def test_who_may_and_which_stays(counties: tuple[Region, Region], city: UserViewer) -> None:
    here, there = counties
    one, other = add(here, id_number=NUMBER), add(there)
    approver = viewer(here)
    for who, code in ((viewer(here, Role.CLERK), "clerk"), (approver, "approver")):
        with pytest.raises(Refused):
            merging.merge(other.pk, one.pk, who, code)
    for person, into, why, code in (
        (one.pk, other.pk, "核实", "merge_direction"),
        (one.pk, one.pk, "核实", "merge_self"),
        (other.pk, one.pk, " ", "reason_missing"),
    ):
        with pytest.raises(Unusable) as refused:
            merging.merge(person, into, city, why)
        assert refused.value.code == code
    merging.merge(other.pk, one.pk, city, "核实")
    with pytest.raises(Unusable) as again:
        merging.merge(other.pk, one.pk, city, "核实")
    assert again.value.code == "merge_done"
    with pytest.raises(Refused):
        merging.unmerge(one.pk, city)
    for who in (viewer(there, Role.CLERK), viewer(there)):
        with pytest.raises(Refused):
            merging.unmerge(one.pk if who.may(Action.APPROVE) else other.pk, who)
