"""Outside systems on the desk: hand in a list, see the units, open a number, write the template of what is missing."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from qiaojie.comparison.models import OutsideList
from qiaojie.queue.worker import Worker
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db

TABLE = "/systems/cdpf-employment-training/training/"
FORM = "/forms/cdpf-employment-training/training/"
HEADER = "姓名,残疾人证号,身份证号,培训项目,结束日期,是否结业,所属区县"


def hand_in(world: World, sign_in: SignIn, role: str = "clerk") -> OutsideList:
    """Their list: two of ours (of one they say otherwise), and a stranger."""
    one, two, stranger = world.people["here"][1], world.people["here"][2], world.people["there"][3]
    lines = [
        HEADER,
        f"{one.name},,{one.id_number},手工编织一班,2023-06-20,是,涪陵区",
        f"{two.name},,{two.id_number},手工编织一班,2023-06-20,否,涪陵区",
        f"{stranger.name},,{stranger.id_number},某班,2023-06-20,是,涪陵区",
    ]
    file = SimpleUploadedFile("名单.csv", "\n".join(lines).encode("utf-8-sig"))
    sent = sign_in(role).post(TABLE, {"file": file, "period": "2023", "purpose": "核对"})
    assert sent.status_code == 302, sent.content.decode()
    return OutsideList.objects.get()


def test_a_list_is_compared_and_every_number_opens_to_names(world: World, sign_in: SignIn) -> None:
    held = hand_in(world, sign_in)
    client = sign_in("clerk")
    page = client.get(f"/comparisons/{held.pk}/").content.decode()
    assert "涪陵区" in page
    assert f"/comparisons/{held.pk}/lines/?standing=differs" in page
    differs = client.get(f"/comparisons/{held.pk}/lines/?standing=differs").content.decode()
    assert "未结业" in differs
    woman = world.people["here"][2]
    assert woman.name in differs
    assert woman.id_number not in differs
    stranger = client.get(f"/comparisons/{held.pk}/lines/?standing=theirs").content.decode()
    assert world.people["there"][3].name in stranger
    assert world.people["there"][3].id_number not in stranger
    assert client.get(f"/comparisons/{held.pk}/lines/?standing=nothing").status_code == 404
    elsewhere = world.regions["万州区"].pk
    assert client.get(f"/comparisons/{held.pk}/lines/?unit={elsewhere}").status_code == 404


def test_the_template_leaves_out_what_they_have(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    asked = f"{FORM}download.csv?period=2023"
    assert client.post(asked, {"purpose": "报送", "missing": "1"}).status_code == 422
    hand_in(world, sign_in)
    whole = client.post(asked, {"purpose": "报送"}).content.decode("utf-8-sig")
    missing = client.post(asked, {"purpose": "报送", "missing": "1"}).content.decode("utf-8-sig")
    assert whole.count("手工编织一班") == 20
    assert missing.count("手工编织一班") == 18
    page = client.get(f"{FORM}?period=2023").content.decode()
    assert 'name="missing"' in page


def test_a_list_that_is_none_is_told_on_the_page(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    told = client.post(TABLE, {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")})
    assert told.status_code == 422
    assert "表头" in told.content.decode()
    assert client.post(TABLE, {}).status_code == 422
    assert client.get("/systems/chongqing-work-2023/roster/").status_code == 404
    assert client.get("/systems/cdpf-survey/nothing/").status_code == 404
    # Nobody asks units for the lists of an outside system.
    assert client.get("/handed-in/cdpf-employment-training/training/").status_code == 404


def test_lists_are_taken_in_as_tables_and_only_those_that_can_be(world: World, sign_in: SignIn) -> None:
    page = sign_in("clerk").get("/intake/new/").content.decode()
    assert "cdpf-employment-training/employment" in page
    assert "cdpf-survey/employment" not in page


def test_pages_ask_little_whatever_the_list(world: World, sign_in: SignIn) -> None:
    held = hand_in(world, sign_in)
    client = sign_in("clerk")
    for address, most in (
        ("/systems/", 8),
        (TABLE, 8),
        (f"/comparisons/{held.pk}/", 8),
        (f"/comparisons/{held.pk}/lines/", 10),
    ):
        client.get(address)
        asked = 0
        with CaptureQueriesContext(connections["default"]) as caught:
            client.get(address)
        asked += len(caught)
        assert asked <= most, (address, [query["sql"][:120] for query in caught])


def test_a_long_list_is_compared_behind_the_screens(
    world: World, sign_in: SignIn, settings: Settings
) -> None:
    settings.AT_ONCE_ROWS = 0
    held, client = hand_in(world, sign_in), sign_in("clerk")
    address = f"/comparisons/{held.pk}/"
    page = client.get(address).content.decode()
    assert "<progress" in page and f"{address}cancel/" in page and "删除名单" not in page
    assert "还没有比对" in client.get("/systems/").content.decode()
    assert client.get(f"{address}lines/")["Location"] == address
    assert client.post(f"{address}export/", {"purpose": "核对"}).status_code == 422
    client.post(f"{address}cancel/")
    page = client.get(address).content.decode()
    assert "这份名单还没有比对" in page and "删除名单" in page
    client.post(f"{address}again/")
    Worker(alone=True).run(once=True)
    page = client.get(address).content.decode()
    assert "<progress" not in page and f"{address}lines/?standing=differs" in page
