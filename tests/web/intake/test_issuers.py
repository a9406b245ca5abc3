"""The question by which county certificates were issued: asked once of a file, answered there, or later from the home."""

from __future__ import annotations

import re

import pytest

from qiaojie.intake.models import Upload
from qiaojie.people.models import Certificate
from tests.web.conftest import SignIn
from tests.web.factories import World, hand_in, identity, roster
from tests.web.intake.test_entering import ROSTER, typed
from tests.web.markup import flat

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(world: World) -> Upload:
    """A roster of five women whose household registration nobody wrote down."""
    data = roster("白涛班", range(300, 305))
    return hand_in(world.users["clerk"], world.regions["涪陵区"], data)


def held() -> set[tuple[str | None, bool]]:
    found = Certificate.objects.filter(person__name_key__isnull=False, issued_on=None)
    return set(found.values_list("county__name", "county_asked"))


def test_one_question_for_the_file(world: World, sign_in: SignIn, upload: Upload) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    page = flat(client.get(address))
    assert "这批名单里有 5 本残疾人证看不出由哪里发证（名单没有发证残联，也没有户籍地）。" in page
    assert "是不是都由涪陵区残联发证？" in page
    assert "5 本待定" in page
    here, there = world.regions["涪陵区"].pk, world.regions["万州区"].pk
    client.post(f"{address}decide/", {"row": "0", "word": f"issued_by:{here}"})
    client.post(f"{address}decide/", {"row": "2", "word": f"issued_by:{there}"})
    client.post(f"{address}decide/", {"row": "3", "word": "issuer_open"})
    page = flat(client.get(address))
    assert "涪陵区残联发证 3 本" in page and "万州区残联发证 1 本" in page and "1 本待定" in page
    assert "是不是都由" not in page
    seal = page.split('name="seal" value="', 1)[1].split('"', 1)[0]
    client.post(f"{address}commit/", {"seal": seal})
    assert held() == {("涪陵区", False), ("万州区", False), (None, True)}
    assert re.search(
        r'href="/certificates/issuers/">待定 · 发证残联不明的残疾人证<b>1</b>本', flat(client.get("/"))
    )


def test_many_are_answered_from_the_home(world: World, sign_in: SignIn, upload: Upload) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    seal = flat(client.get(address)).split('name="seal" value="', 1)[1].split('"', 1)[0]
    client.post(f"{address}commit/", {"seal": seal})
    assert held() == {(None, True)}
    Certificate.objects.filter(county_asked=True).update(confirmed=False)
    page = flat(client.get("/certificates/issuers/"))
    assert page.count('name="certificate"') == 5
    assert identity(300) not in page, "numbers are masked"
    keys = list(Certificate.objects.filter(county_asked=True).values_list("pk", flat=True))
    answer = {"certificate": keys, "county": world.regions["涪陵区"].pk, "reason": "逐个电话核实"}
    assert client.post("/certificates/issuers/", answer).status_code == 302
    assert held() == {("涪陵区", False)}
    assert "没有待定发证残联的证" in flat(client.get("/certificates/issuers/"))


def test_the_other_county_sees_none_of_it(world: World, sign_in: SignIn, upload: Upload) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    seal = flat(client.get(address)).split('name="seal" value="', 1)[1].split('"', 1)[0]
    client.post(f"{address}commit/", {"seal": seal})
    other = sign_in("other")
    assert "没有待定发证残联的证" in flat(other.get("/certificates/issuers/"))
    assert "待定发证残联" not in flat(other.get("/"))
    key = Certificate.objects.filter(county_asked=True).values_list("pk", flat=True)[0]
    answer = {"certificate": key, "county": world.regions["万州区"].pk, "reason": "不是我的"}
    assert other.post("/certificates/issuers/", answer).status_code == 404


def test_a_typed_row_is_asked_about_as_well(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    row = typed(**{"person.certificate": identity(700) + "42"})
    asked = client.post(ROSTER, row)
    assert asked.status_code == 422
    page = flat(asked)
    assert "残疾人证由哪里发证？" in page
    assert not Certificate.objects.filter(person__name="王新人").exists()
    word = f"issued_by:{world.regions['万州区'].pk}"
    assert f'value="{word}"' in page
    assert client.post(ROSTER, {**row, "issuer": word}).status_code == 302
    assert Certificate.objects.get(person__name="王新人").county == world.regions["万州区"]


def test_a_typed_row_says_it_in_its_box(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    row = typed(**{"person.certificate": identity(700) + "42", "person.issued_by": "涪陵区残联"})
    assert client.post(ROSTER, row).status_code == 302
    assert Certificate.objects.get(person__name="王新人").county == world.regions["涪陵区"]


def test_a_typed_row_may_leave_it_open(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    row = typed(**{"person.certificate": identity(700) + "42"})
    assert client.post(ROSTER, {**row, "issuer": "issuer_open"}).status_code == 302
    assert Certificate.objects.get(person__name="王新人").county_asked


def test_an_office_outside_is_not_asked(world: World, sign_in: SignIn) -> None:
    data = roster("基地班", range(310, 312))
    kept = hand_in(world.users["base"], world.regions["涪陵区"], data)
    page = flat(sign_in("base").get(f"/intake/{kept.pk}/"))
    assert "由哪里发证" not in page
    word = f"issued_by:{world.regions['涪陵区'].pk}"
    refused = sign_in("base").post(f"/intake/{kept.pk}/decide/", {"row": "0", "word": word})
    assert refused.status_code == 422
