"""The pages of 迁出 and 迁入: choosing, a list and its paper, and the other county's answer."""

from __future__ import annotations

import pytest

from qiaojie.people.models import Certificate, RelocationList
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


def given(world: World, *women: int) -> dict[str, object]:
    return {
        "person": [world.people["here"][n].pk for n in women],
        "origin": world.regions["涪陵区"].pk,
        "destination": world.regions["万州区"].pk,
        "moved_on": "2023-07-10",
        "reason": "迁移证",
        "act": "offer",
    }


def test_from_her_page_to_the_other_county(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][27]
    client = sign_in("approver")
    assert f'href="/relocations/new/?person={woman.pk}"' in flat(client.get(f"/persons/{woman.pk}/"))
    page = flat(client.get(f"/relocations/new/?person={woman.pk}"))
    assert woman.name in page and f'value="{woman.pk}" checked' in page
    other = world.people["here"][28]
    found = flat(client.post("/relocations/new/", {"person": woman.pk, "q": other.name, "act": "find"}))
    assert f'value="{woman.pk}" checked' in found and f'value="{other.pk}"' in found
    answer = client.post("/relocations/new/", given(world, 27, 28))
    made = RelocationList.objects.get()
    assert answer["Location"] == f"/relocations/{made.pk}/"
    assert "等对方接收" in flat(client.get(f"/relocations/{made.pk}/"))
    there = sign_in("other")
    assert "待接收 · 迁入的人<b>2</b>人" in flat(there.get("/"))
    page = flat(there.get(f"/relocations/{made.pk}/"))
    assert woman.name in page and woman.id_number is not None and woman.id_number not in page
    place = world.regions["万州区"].pk
    sent = {"person": woman.pk, f"place.{woman.pk}": place, "reason": "派出所证明"}
    assert there.post(f"/relocations/{made.pk}/accept/", sent).status_code == 302
    assert Certificate.objects.filter(person=woman, county=place).exists()
    sent = {"person": other.pk, "reason": "没有来"}
    assert there.post(f"/relocations/{made.pk}/decline/", sent).status_code == 302
    page = flat(client.get(f"/relocations/{made.pk}/"))
    assert "已接收" in page and "对方未接收" in page and "没有来" in page
    paper = client.post(f"/relocations/{made.pk}/paper.docx", {"purpose": "归档"})
    assert paper.status_code == 200 and paper.content.startswith(b"PK")


@pytest.mark.parametrize("who", ["base", "administrator"])
def test_strangers_find_nothing(world: World, sign_in: SignIn, who: str) -> None:
    sign_in("approver").post("/relocations/new/", given(world, 27))
    made = RelocationList.objects.get()
    client = sign_in(who)
    assert client.get("/relocations/").status_code == 404
    assert client.get(f"/relocations/{made.pk}/").status_code == 404
    assert client.post(f"/relocations/{made.pk}/accept/", {"person": 1, "place.1": 1}).status_code == 404


def test_a_clerk_sees_and_does_not_act(world: World, sign_in: SignIn) -> None:
    sign_in("approver").post("/relocations/new/", given(world, 27))
    made = RelocationList.objects.get()
    client = sign_in("clerk")
    assert "由审核人员办理" in flat(client.get(f"/relocations/{made.pk}/"))
    assert client.get("/relocations/new/").status_code == 404
    sent = {"person": world.people["here"][27].pk, "reason": "撤"}
    assert client.post(f"/relocations/{made.pk}/take-back/", sent).status_code == 404
