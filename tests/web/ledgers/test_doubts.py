"""The page of records that may be of one woman: both sides, masked as the viewer may see, and the answer."""

from __future__ import annotations

import json

import pytest

from qiaojie.cli.main import main
from qiaojie.people.models import Doubt, Person
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


def doubt(one: Person, other: Person) -> Doubt:
    return Doubt.objects.create(one=min(one.pk, other.pk), other=max(one.pk, other.pk), why="phone digit")


def test_both_sides_stand_beside_one_another_until_it_is_answered(world: World, sign_in: SignIn) -> None:
    one, other = world.people["here"][1:3]
    made, client = doubt(one, other), sign_in("approver")
    assert "待核对 · 登记可能是同一人<b>1</b>对" in flat(client.get("/"))
    assert "与另一份登记可能是同一人，待核对" in flat(client.get(f"/persons/{one.pk}/"))
    page = flat(client.get("/persons/doubts/"))
    assert one.name in page and other.name in page
    assert "同名，号码只差一位或相邻两位颠倒" in page and "手机号相同" in page
    assert one.id_number is not None and one.id_number not in page, "numbers are masked"
    address = f"/persons/doubts/{made.pk}/answer/"
    assert f'action="{address}"' in page
    assert client.post(address, {"same": "0", "reason": "两个人"}).status_code == 302
    assert "没有待核对的登记" in flat(client.get("/persons/doubts/"))
    assert "可能是同一人，待核对" not in flat(client.get(f"/persons/{one.pk}/"))


def test_the_same_woman_is_put_together(world: World, sign_in: SignIn) -> None:
    one, other = world.people["here"][1:3]
    made = doubt(one, other)
    sign_in("approver").post(f"/persons/doubts/{made.pk}/answer/", {"same": "1", "reason": "同一人"})
    assert Person.objects.get(pk=other.pk).canonical_id == one.pk


def test_of_the_other_county_s_side_no_more_is_shown_than_a_mask(world: World, sign_in: SignIn) -> None:
    here, there = world.people["here"][1], world.people["there"][1]
    made = doubt(here, there)
    for who, own, foreign in (("approver", here, there), ("other", there, here)):
        client = sign_in(who)
        page = flat(client.get("/persons/doubts/"))
        assert own.name in page
        assert foreign.name not in page and f"/persons/{foreign.pk}/" not in page
        assert "其他区县登记的人" in page
        assert f"/persons/doubts/{made.pk}/answer/" not in page
        answer = {"same": "0", "reason": "不是"}
        assert client.post(f"/persons/doubts/{made.pk}/answer/", answer).status_code == 404
    assert here.name in flat(sign_in("city").get("/persons/doubts/"))


def test_the_board_and_the_number_say_how_many_are_in_doubt(
    world: World, sign_in: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    doubt(*world.people["here"][1:3])
    client = sign_in("clerk")
    on = "on=2023-12-31"
    assert "其中2人待核对" in flat(client.get(f"/board/{NOTICE}/?{on}"))
    behind = f"/board/{NOTICE}/vocational_training/?unit={world.regions['涪陵区'].pk}&{on}"
    assert "其中 2 人待核对" in flat(client.get(behind))
    assert main(["measure", NOTICE, "--on", "2023-12-31", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["total"]["vocational_training"]["doubtful"] == 2
    assert printed["total"]["practical_training"]["doubtful"] == 0


def test_the_printed_form_says_it(world: World, sign_in: SignIn) -> None:
    client, address = sign_in("city"), f"/forms/{NOTICE}/tasks-2023/"
    asked = {"period": "2023", "show": "approved"}
    assert "待核对的：" not in flat(client.get(address, asked))
    doubt(*world.people["here"][1:3])
    page = flat(client.get(address, asked))
    assert "注：其中可能与另一份登记是同一人、待核对的：" in page and "2 人" in page
