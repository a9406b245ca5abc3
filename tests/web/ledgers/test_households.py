"""The page on which a township says who is one household: proposals with reasons, several answered at once."""

from __future__ import annotations

from typing import Any

import pytest

from qiaojie.people.models import Household, HouseholdMember, Person
from tests.web import markup
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = [pytest.mark.django_db, pytest.mark.later]


def flat(answer: Any) -> str:
    """The markup of an answer."""
    return markup.flat(answer.content.decode())


AT = "/persons/households/"


@pytest.fixture
def neighbours(world: World) -> list[Person]:
    """Four women of one township of 涪陵区 behind two doors."""
    women = world.people["here"][10:14]
    for number, woman in enumerate(women):
        woman.home = world.regions["甲0街道"]
        woman.address = f"甲0街道某村3组{number // 2 + 1}号"
        woman.head = ("王大明", "李老四")[number // 2]
        woman.save()
    HouseholdMember.objects.filter(person__in=women).delete()
    return women


def test_several_proposals_are_answered_at_once(
    world: World, sign_in: SignIn, neighbours: list[Person]
) -> None:
    client = sign_in("approver")
    place = world.regions["甲0街道"].pk
    page = flat(client.get(f"{AT}?place={place}"))
    words = ["-".join(str(one.pk) for one in neighbours[at : at + 2]) for at in (0, 2)]
    assert "待认定 2 组" in page and page.count("住址相同，写到了门牌") == 2
    seen = {f"seen.{word}": page.split(f'name="seen.{word}" value="')[1][:16] for word in words}
    given = {**seen, "pick": words, "begins": "2023-01-01", "reason": "入户核实"}
    given |= {f"with.{word}": word.split("-") for word in words}
    # Without a reason nothing is done, and what was ticked stays ticked.
    wrong = client.post(f"{AT}{place}/confirm/", {**given, "reason": ""})
    assert wrong.status_code == 422 and flat(wrong).count(" checked") >= 6
    before = Household.objects.count()
    assert client.post(f"{AT}{place}/confirm/", given).status_code == 302
    assert Household.objects.count() == before + 2
    # What was seen holds no more.
    assert client.post(f"{AT}{place}/confirm/", given).status_code == 422
    hers = flat(client.get(f"/persons/{neighbours[0].pk}/"))
    number = Household.objects.order_by("pk").values_list("number", flat=True)[before]
    assert number in hers and "2023年1月1日 —" in hers


def test_what_is_no_household_is_listed_below_and_again(
    world: World, sign_in: SignIn, neighbours: list[Person]
) -> None:
    client = sign_in("clerk")
    place = world.regions["甲0街道"].pk
    page = flat(client.get(f"{AT}?place={place}"))
    word = "-".join(str(one.pk) for one in neighbours[:2])
    given = {
        f"seen.{word}": page.split(f'name="seen.{word}" value="')[1][:16],
        "pick": word,
        "reason": "分家了",
    }
    assert client.post(f"{AT}{place}/decline/", given).status_code == 302
    page = flat(client.get(f"{AT}?place={place}"))
    assert "待认定 1 组" in page and "认定不是一户的 1 组" in page and "分家了" in page
    again = page.split('name="declined" value="')[1].split('"')[0]
    client.post(f"{AT}{place}/again/", {"declined": again, "reason": "核错了"})
    assert "待认定 2 组" in flat(client.get(f"{AT}?place={place}"))


def test_another_county_and_whoever_stands_outside_are_told_nothing(
    world: World, sign_in: SignIn, neighbours: list[Person]
) -> None:
    place = world.regions["甲0街道"].pk
    for name in ("other", "base", "reader", "inspector", "administrator"):
        client = sign_in(name)
        assert client.post(f"{AT}{place}/decline/", {"reason": "试"}).status_code == 404, name
        page = client.get(f"{AT}?place={place}")
        assert page.status_code == 404 or neighbours[0].name not in flat(page), name
