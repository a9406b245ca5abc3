"""Board and home of a county show its townships, a township its own; the county's own aim stands beside the order."""

from __future__ import annotations

import re

import pytest

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.measures.services import recount_every
from qiaojie.notices import queries as notices
from qiaojie.notices import services as targets
from qiaojie.notices.models import TargetVersion
from qiaojie.notices.targets.splitting import Basis, Method
from qiaojie.people.models import Person
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

BOARD = f"/board/{NOTICE}/"
CODE = "vocational_training"
ON = "on=2023-11-30"


def split(world: World, first: int, second: int, basis: Basis = Basis.HELD) -> None:
    street, other = world.regions["甲0街道"], world.regions["甲1街道"]
    targets.split(
        notices.notice(NOTICE), CODE, world.regions["涪陵区"].pk, {street.pk: first, other.pk: second}, Method.HAND,
        UserViewer(world.users["approver"]), reason="分到街道", basis=basis,
    )  # fmt: skip
    counted = sorted({one.person_id for one in world.classes["weaving"].enrolments.all()})
    Person.objects.filter(pk__in=counted[:7]).update(hukou=street)
    Person.objects.filter(pk__in=counted[7:12]).update(hukou=other)
    recount_every()


def aim(world: World, value: int) -> None:
    targets.add_locally(
        notices.notice(NOTICE), CODE, world.regions["涪陵区"].pk, value, UserViewer(world.users["approver"]),
        reason="区里加码",
    )  # fmt: skip


def rows(page: str) -> dict[str, str]:
    table = re.search(r'<table class="board places">(.*?)</table>', page, re.S)
    assert table is not None
    body = table[1].split("<tbody>")[1]
    found = re.findall(r'<th scope="row"[^>]*>\s*(.*?)\s*</th>(.*?)</tr>', body, re.S)
    return dict(found)


def test_the_board_of_a_county_has_its_townships_and_they_add_up(world: World, sign_in: SignIn) -> None:
    assert "未落实到乡镇" not in flat(sign_in("clerk").get(f"{BOARD}?{ON}"))
    split(world, 100, 115)
    page = flat(sign_in("clerk").get(f"{BOARD}?{ON}"))
    lines = rows(page)
    assert list(lines) == ["甲0街道", "甲1街道", "未落实到乡镇", "合计"]
    said = {name: re.findall(r'class="unseen">(.*?)</span>', cells)[:1] for name, cells in lines.items()}
    assert said["甲0街道"] == ["已审核 7，任务 100，完成 7%"]
    assert said["甲1街道"] == ["已审核 5，任务 115，完成 4.3%"]
    assert said["未落实到乡镇"] == ["已审核 8，待审核 6，无任务"]
    assert "<b>20</b>/215" in lines["合计"]
    # The board of all units, and of somebody above them, has no townships.
    assert "未落实到乡镇" not in flat(sign_in("city").get(f"{BOARD}?{ON}"))


def test_a_line_opens_to_its_people(world: World, sign_in: SignIn) -> None:
    split(world, 100, 115)
    client = sign_in("clerk")
    lines = rows(flat(client.get(f"{BOARD}?{ON}")))
    for name, number in (("甲0街道", 7), ("甲1街道", 5), ("未落实到乡镇", 8)):
        address = re.search(r'href="([^"]+)"', lines[name])
        assert address is not None
        page = flat(client.get(address[1].replace("&amp;", "&")))
        assert f"共 {number} 条" in page, name
    assert "写清户籍地或居住地后" in page
    street = world.regions["甲0街道"]
    assert sign_in("other").get(f"{BOARD}{CODE}/?place={street.pk}").status_code == 404
    assert client.get(f"{BOARD}{CODE}/?place={world.regions['重庆市'].pk}").status_code == 404
    assert client.get(f"{BOARD}{CODE}/?place=999999").status_code == 404


def test_home_of_a_county_names_the_townships_farthest_behind(world: World, sign_in: SignIn) -> None:
    assert "各乡镇进度" not in flat(sign_in("clerk").get("/"))
    split(world, 100, 115)
    page = flat(sign_in("clerk").get("/"))
    block = page.split('aria-labelledby="lagging"')[1].split("</section>")[0]
    assert "2 个有任务，0 个完成" in block
    assert block.index("甲1街道") < block.index("甲0街道")
    assert "各乡镇进度" not in flat(sign_in("city").get("/"))


def test_a_township_sees_its_own_line_on_home_and_board(world: World, sign_in: SignIn) -> None:
    street = world.regions["甲0街道"]
    world.users["street"] = factories.account("street", street, Role.CLERK)
    split(world, 100, 115)
    client = sign_in("street")
    for page in (flat(client.get("/")), flat(client.get(f"{BOARD}?{ON}"))):
        block = page.split('aria-labelledby="own-place"')[1].split("</section>")[0]
        assert "已审核 7，任务 100，完成 7%" in block
        assert "甲1街道" not in page
    assert client.get(f"{BOARD}{CODE}/?place={street.pk}&{ON}").status_code == 200
    assert client.get(f"{BOARD}{CODE}/?place={world.regions['甲1街道'].pk}").status_code == 404


def test_an_own_aim_stands_beside_the_order_everywhere(world: World, sign_in: SignIn) -> None:
    aim(world, 250)
    client = sign_in("clerk")
    said = "已审核 20，待审核 6，任务 215，自加到 250，完成 9.3%，按自加完成 8%"
    assert said in flat(client.get(f"{BOARD}?{ON}"))
    assert said in flat(client.get(f"{BOARD}{CODE}/course/?{ON}&unit={world.regions['涪陵区'].pk}"))
    assert "自加到 250" in flat(client.get("/"))
    assert "自加到 250" in flat(client.get(f"/notices/{NOTICE}/"))
    page = flat(client.get(f"/notices/{NOTICE}/{CODE}/targets/"))
    assert "自加到 250" in page and ">215</b>" in page
    # The order is the order: shares, bands and gaps are against it.
    assert "<b>195</b>" in flat(client.get(f"{BOARD}?{ON}"))


def test_an_aim_below_the_order_is_refused_in_words(world: World, sign_in: SignIn) -> None:
    form = {"region": world.regions["涪陵区"].pk, "kind": "local", "value": "200", "reason": "加"}
    answer = sign_in("approver").post(f"/notices/{NOTICE}/{CODE}/set/", form)
    assert answer.status_code == 422 and "自加只能增加" in answer.content.decode()
    form["value"] = "250"
    assert sign_in("approver").post(f"/notices/{NOTICE}/{CODE}/set/", form).status_code == 302
    assert TargetVersion.objects.get().origin == "local"


def test_a_county_chooses_which_figure_its_split_adds_up_to(world: World, sign_in: SignIn) -> None:
    aim(world, 250)
    client, region = sign_in("approver"), world.regions["涪陵区"]
    at, act = f"/notices/{NOTICE}/{CODE}/targets/", f"/notices/{NOTICE}/{CODE}/split/"
    page = flat(client.get(f"{at}?region={region.pk}&method=hand&basis=issued"))
    assert "应为 215" in page and "分解哪个数" in page
    parts = {
        f"part-{world.regions[name].pk}": number for name, number in (("甲0街道", 100), ("甲1街道", 115))
    }
    form = {"region": region.pk, "method": "hand", "reason": "分到街道", "basis": "held", **parts}
    assert "相差" in client.post(act, form).content.decode()
    assert client.post(act, {**form, "basis": "issued"}).status_code == 302
    given = notices.targets_below(notices.notice(NOTICE), region.pk)[CODE]
    assert (given.added, given.total, given.difference, given.basis) == (215, 215, 0, Basis.ISSUED)
    assert "分解合计 215" in flat(client.get(f"{at}?region={region.pk}"))
    # Against the aim nothing is asked for anew, as long as the order stays.
    assert "请重新分解" not in flat(client.get(f"{at}?region={region.pk}"))
    assert "分解合计 215" in flat(client.get(f"{BOARD}?{ON}"))
    assert "自加到 250" in rows(flat(client.get(f"{BOARD}?{ON}")))["合计"]
