"""Who may be one household: proposed from address and head, confirmed from a day, declined until something changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import undoing
from qiaojie.ledgers.models import Change
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import name_key
from qiaojie.people import household_proposals, households
from qiaojie.people.household_proposals import HouseholdProposal, Strength, WhyOneHousehold, place_key
from qiaojie.people.households import ChosenProposal
from qiaojie.people.models import DeclinedHousehold, Household, HouseholdMember, Person
from qiaojie.regions.models import Region
from tests.intake import material

DAY = date(2023, 3, 1)


@pytest.fixture
def township(db: None) -> Region:
    material.plant_tree()
    return Region.objects.get(name="马武镇")


def viewer(region: str, role: str, name: str, line: str = WorkLine.DPF) -> UserViewer:
    agency = Agency.objects.create(region=Region.objects.get(name=region), line=line, name=f"{name}单位")
    return UserViewer(User.objects.create(username=name, agency=agency, role=role))


@pytest.fixture
def approver(township: Region) -> UserViewer:
    return viewer("涪陵区", Role.APPROVER, "approver")


def woman(name: str, address: str | None = None, head: str | None = None, **more: Any) -> Person:
    made = Person.objects.create(
        name=name,
        name_key=name_key(name),
        address=address,
        head=head,
        hukou=Region.objects.get(name=more.pop("town", "马武镇")),
        birth_date=more.pop("birth_date", date(1970, 1, 1)),
        **more,
    )
    made.ties.create(region=Region.objects.get(name="涪陵区"))
    return made


def chosen(proposal: HouseholdProposal, *people: Person) -> ChosenProposal:
    keys = [one.pk for one in people] or proposal.people
    return ChosenProposal(proposal.word, proposal.seen, frozenset(keys))


def names(proposal: HouseholdProposal) -> set[str]:
    return set(Person.objects.filter(pk__in=proposal.people).values_list("name", flat=True))


# --- proposed -----------------------------------------------------------------------------------------------------------


def test_all_spellings_of_one_door_are_one() -> None:
    above = ("重庆市", "涪陵区", "马武镇")
    written = (
        "重庆市涪陵区马武镇石朝门村三组12号",
        "马武镇石朝门村 3组12号",
        "石朝门村村委会3组１２号",
        "石朝门村3组12号",
    )
    assert {place_key(one, above) for one in written} == {"石朝门村3组12号"}
    assert place_key("石朝门村3组13号", above) != place_key("石朝门村3组12号", above)


def test_one_door_and_one_head_is_most_likely(township: Region, approver: UserViewer) -> None:
    woman("王小红", "马武镇石朝门村三组12号", "王大明")
    woman("王大明", "石朝门村3组12号", relation="02")
    woman("李桂兰", "石朝门村3组13号", "李老四")
    (found,) = household_proposals.proposals(township, approver)
    assert names(found) == {"王小红", "王大明"}
    assert found.strength is Strength.STRONG
    assert found.why == (WhyOneHousehold.DOOR, WhyOneHousehold.HEAD, WhyOneHousehold.IS_HEAD)


def test_two_heads_behind_one_door_are_two_households(township: Region, approver: UserViewer) -> None:
    for name, head in (
        ("王一", "王大明"),
        ("王二", "王大明"),
        ("李一", "李老四"),
        ("李二", "李老四"),
        ("张三", None),
    ):
        woman(name, "石朝门村3组12号", head)
    found = household_proposals.proposals(township, approver)
    # Who states no head may be of either, and is of none.
    assert [names(one) for one in found] == [{"王一", "王二"}, {"李一", "李二"}]


def test_a_door_alone_is_likely_and_a_head_alone_is_weak(township: Region, approver: UserViewer) -> None:
    woman("王一", "石朝门村3组12号", "王大明")
    woman("王二", "石朝门村3组12号")
    woman("李一", "石朝门村", "李老四")
    woman("李二", "石朝门村", "李老四")
    woman("赵一", "石朝门村", None)
    found = household_proposals.proposals(township, approver)
    assert [(names(one), one.strength) for one in found] == [
        ({"王一", "王二"}, Strength.LIKELY),
        ({"李一", "李二"}, Strength.WEAK),
    ]
    assert WhyOneHousehold.UNSAID in found[0].why and WhyOneHousehold.PLACE in found[1].why


def test_nobody_who_died_moved_or_was_found_to_be_another_is_proposed(
    township: Region, approver: UserViewer
) -> None:
    kept = woman("王小红", "石朝门村3组12号", "王大明")
    woman("王二", "石朝门村3组12号", "王大明", died_on=date(2022, 1, 1))
    woman("王小洪", "石朝门村3组12号", "王大明", canonical=kept)
    woman("王四", "石朝门村3组12号", "王大明", town="焦石镇")
    assert household_proposals.proposals(township, approver) == []


def test_a_home_of_many_is_no_household(township: Region, approver: UserViewer) -> None:
    for number in range(household_proposals.MOST + 1):
        woman(f"王{number}", "石朝门村1号", None)
    assert household_proposals.proposals(township, approver) == []


def test_as_many_queries_for_a_thousand_as_for_two(township: Region, approver: UserViewer) -> None:
    def number() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            household_proposals.proposals(township, approver)
        return len(asked)

    woman("王一", "石朝门村1号", "王大明"), woman("王二", "石朝门村1号", "王大明")
    number()
    few = number()
    for at in range(30):
        woman(f"李{at}", f"石朝门村{at // 2 + 2}号", f"李老{at // 2}")
    assert number() == few <= 8
    assert len(household_proposals.proposals(township, approver)) == 16


# --- confirmed ----------------------------------------------------------------------------------------------------------


def test_a_confirmed_household_has_a_number_and_dated_members_and_can_be_undone(
    township: Region, approver: UserViewer
) -> None:
    people = [woman(name, "石朝门村3组12号", "王大明") for name in ("王一", "王二", "王三")]
    (found,) = household_proposals.proposals(township, approver)
    batch = households.confirm(township, [chosen(found, *people[:2])], DAY, approver, "入户核实")
    household = Household.objects.get()
    assert (household.number, household.region, household.begins) == (f"Q{household.pk:07d}", township, DAY)
    assert household.county is not None and household.county.name == "涪陵区"
    held = HouseholdMember.objects.values_list("person_id", "begins", "ends", "confirmed")
    assert set(held) == {(one.pk, DAY, None, True) for one in people[:2]}
    # Whoever was left out is proposed for that household.
    (again,) = household_proposals.proposals(township, approver)
    assert again.household == household.pk and WhyOneHousehold.JOINS in again.why
    households.confirm(township, [chosen(again)], DAY + timedelta(days=9), approver, "补登")
    assert HouseholdMember.objects.get(person=people[2]).begins == DAY + timedelta(days=9)
    assert Household.objects.count() == 1
    assert household_proposals.proposals(township, approver) == []
    undoing.undo(Change.objects.latest("pk").batch_id or 0, approver, "认错了")
    assert HouseholdMember.objects.count() == 2
    undoing.undo(batch.pk, approver, "认错了")
    assert not Household.objects.exists() and not HouseholdMember.objects.exists()
    assert len(household_proposals.proposals(township, approver)) == 1


def test_what_a_clerk_confirms_waits_for_an_approver(township: Region, approver: UserViewer) -> None:
    woman("王一", "石朝门村1号", "王大明"), woman("王二", "石朝门村1号", "王大明")
    clerk = viewer("马武镇", Role.CLERK, "clerk")
    (found,) = household_proposals.proposals(township, clerk)
    households.confirm(township, [chosen(found)], DAY, clerk, "入户核实")
    assert set(HouseholdMember.objects.values_list("confirmed", flat=True)) == {False}


@pytest.mark.parametrize(
    ("begins", "code"),
    [
        (date(1960, 1, 1), "household_day"),
        (date.today() + timedelta(days=1), "household_day"),
        (date(2023, 1, 1), "household_overlap"),
    ],
)
def test_days_that_cannot_be_are_refused(
    township: Region, approver: UserViewer, begins: date, code: str
) -> None:
    one, _other = woman("王一", "石朝门村1号", "王大明"), woman("王二", "石朝门村1号", "王大明")
    # She left another household in the middle of 2023.
    elsewhere = Household.objects.create(number="7")
    elsewhere.members.create(person=one, ends=date(2023, 6, 30))
    (found,) = household_proposals.proposals(township, approver)
    with pytest.raises(Unusable) as refused:
        households.confirm(township, [chosen(found)], begins, approver, "入户核实")
    assert refused.value.code == code
    assert not Household.objects.exclude(pk=elsewhere.pk).exists()
    assert households.confirm(township, [chosen(found)], date(2023, 7, 1), approver, "入户核实")


def test_people_of_two_households_are_told_and_not_joined(township: Region, approver: UserViewer) -> None:
    for number, name in enumerate(("王一", "王二")):
        held = Household.objects.create(number=str(number))
        held.members.create(person=woman(name, "石朝门村1号", "王大明"))
    (found,) = household_proposals.proposals(township, approver)
    assert WhyOneHousehold.TWO in found.why and not found.open
    with pytest.raises(Unusable, match="不同户"):
        households.confirm(township, [chosen(found)], DAY, approver, "入户核实")


def test_what_changed_since_it_was_seen_is_refused_whole(township: Region, approver: UserViewer) -> None:
    one, _other = woman("王一", "石朝门村1号", "王大明"), woman("王二", "石朝门村1号", "王大明")
    woman("李一", "石朝门村2号", "李老四"), woman("李二", "石朝门村2号", "李老四")
    seen = [chosen(each) for each in household_proposals.proposals(township, approver)]
    Person.objects.filter(pk=one.pk).update(died_on=date(2023, 1, 1))
    with pytest.raises(Unusable, match="被改动"):
        households.confirm(township, seen, DAY, approver, "入户核实")
    assert not Household.objects.exists()
    for reason, picked in (("", seen[:1]), ("有", [])):
        with pytest.raises(Unusable):
            households.confirm(township, picked, DAY, approver, reason)


# --- declined ------------------------------------------------------------------------------------------------------------


def test_what_was_declined_is_proposed_again_when_something_changes(
    township: Region, approver: UserViewer
) -> None:
    woman("王一", "石朝门村1号", "王大明")
    other = woman("王二", "石朝门村1号", "王大明")
    (found,) = household_proposals.proposals(township, approver)
    households.decline(township, [chosen(found)], approver, "分家了")
    assert household_proposals.proposals(township, approver) == []
    row = DeclinedHousehold.objects.get()
    ((held, people),) = household_proposals.declined(township, approver)
    assert (held, people, row.reason) == (row, found.people, "分家了")
    with connection.cursor() as cursor:
        cursor.execute("SELECT told FROM people_declinedhousehold")
        assert "石朝门".encode() not in bytes(cursor.fetchone()[0])
    other.head = "王二嫂"
    other.save()
    assert household_proposals.proposals(township, approver) == []  # Two heads behind one door.
    other.head = None
    other.save()
    (again,) = household_proposals.proposals(township, approver)
    households.decline(township, [chosen(again)], approver, "还是两户")
    households.propose_again(township, [DeclinedHousehold.objects.latest("pk").pk], approver, "核错了")
    assert len(household_proposals.proposals(township, approver)) == 1
    with pytest.raises(Unusable):
        households.propose_again(township, [row.pk, 999], approver, "核错了")


# --- rights --------------------------------------------------------------------------------------------------------------


def test_only_offices_of_the_place_that_enter_see_and_answer(township: Region, approver: UserViewer) -> None:
    woman("王一", "石朝门村1号", "王大明"), woman("王二", "石朝门村1号", "王大明")
    (found,) = household_proposals.proposals(township, approver)
    for place, role, line in (
        ("石柱土家族自治县", Role.APPROVER, WorkLine.DPF),
        ("焦石镇", Role.CLERK, WorkLine.DPF),
        ("涪陵区", Role.BASE_MANAGER, WorkLine.BASE),
        ("涪陵区", Role.LEADER, WorkLine.DPF),
        ("涪陵区", Role.SYSTEM, WorkLine.DPF),
    ):
        who = viewer(place, role, f"{place}-{role}", line)
        with pytest.raises(Refused):
            household_proposals.proposals(township, who)
        with pytest.raises(Refused):
            household_proposals.declined(township, who)
        with pytest.raises(Refused):
            households.confirm(township, [chosen(found)], DAY, who, "试试")
        with pytest.raises(Refused):
            households.decline(township, [chosen(found)], who, "试试")
        with pytest.raises(Refused):
            households.propose_again(township, [1], who, "试试")
