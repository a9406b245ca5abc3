"""Pages speak of people: no account's name where somebody did something."""

from __future__ import annotations

import re
from datetime import date, datetime

import lxml.html
import pytest
from django.apps import apps
from django.db.models import CharField
from django.utils import timezone

from qiaojie.accounts import names
from qiaojie.accounts.models import Holding, Post, User
from qiaojie.accounts.viewers import SystemViewer
from tests.web.accounts.test_agencies import office
from tests.web.addresses import addresses
from tests.web.allowed import POSTED
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = [pytest.mark.django_db, pytest.mark.later]


def hold(world: World, name: str, holder: str, begins: date, ends: date | None) -> None:
    user = world.users[name]
    post, _new = Post.objects.get_or_create(agency=office(world, name), title="经办", role="clerk")
    Holding.objects.create(post=post, user=user, holder=holder, begins=begins, ends=ends)


def test_a_name_is_that_of_the_day(world: World) -> None:
    hold(world, "clerk", "周旧名", date(2020, 1, 1), date(2022, 12, 31))
    hold(world, "clerk", "周新名", date(2023, 1, 1), None)
    found = names.names(["clerk"])
    assert found.of("clerk", date(2021, 6, 1)) == "周旧名"
    assert found.of("clerk", timezone.make_aware(datetime(2023, 1, 1))) == "周新名"
    assert found.of("clerk", date(2019, 1, 1)) == found.of("clerk") == "周经办"
    assert found.of("nobody") == "nobody" and found.of("") == ""
    assert found.of(SystemViewer().name) == "系统"


def test_all_names_of_a_page_are_asked_at_once(world: World, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = names.names()
        assert [found.of(name) for name in ("clerk", "approver", "city")] == ["周经办", "吴审核", "陈市级"]


def visible(text: str) -> str:
    """What somebody reads on a page, besides what it says of whoever looks."""
    tree = lxml.html.document_fromstring(text)
    for element in tree.xpath("//head | //script | //*[contains(@class, 'mono')]"):
        element.drop_tree()
    return " ".join([tree.text_content(), *tree.xpath("//@aria-label | //@title | //@alt")])


WORDS = {"own-access-keys", "own-account", "components", "api-page", "api-document"}
"""One's own account, and pages of programs."""


@pytest.mark.parametrize(
    ("role", "language"),
    [
        ("clerk", "zh-hans"),
        ("approver", "en"),
        pytest.param("clerk", "en", marks=pytest.mark.long),
        pytest.param("approver", "zh-hans", marks=pytest.mark.long),
    ],
)
def test_no_page_of_the_desk_calls_anybody_by_an_account(
    world: World, sign_in: SignIn, role: str, language: str
) -> None:
    client = sign_in(role)
    # Names that no other word of a page is like.
    renamed = {}
    for place, user in enumerate(world.users.values()):
        renamed[user.username] = f"zz-account-{place}"
    rename(renamed)
    found = addresses(world, "here")
    client.cookies["language"] = language
    wrong, named = {}, set()
    for name, address in found.items():
        if name in POSTED | WORDS:
            continue
        response = client.get(address)
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            said = visible(response.content.decode())
            named |= {name for one in world.users.values() if one.holder and one.holder in said}
            if accounts := set(re.findall(r"zz-account-\d+", said)):
                wrong[name] = accounts
    assert not wrong
    assert named >= {"uploads", "plan"}, "pages say who it was"


def rename(renamed: dict[str, str]) -> None:
    """Call accounts otherwise wherever a row keeps their name."""
    kept = [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField) and field.name in KEEPS
    ]
    for old, new in renamed.items():
        for model, name in kept:
            model._base_manager.filter(**{name: old}).update(**{name: new})
        User.objects.filter(username=old).update(username=new)


KEEPS = {
    "actor", "by", "entered_by", "approved_by", "received_by", "undone_by", "answered_by", "asked_by", "closed_by",
    "given_by", "made_by", "revoked_by", "confirmed_by", "offered_by", "owner",
}  # fmt: skip


def test_files_say_who_took_them_out_by_name(world: World, sign_in: SignIn) -> None:
    made = sign_in("clerk").post("/ledgers/classes/export.csv", {"purpose": "制作名册"})
    text = made.content.decode("utf-8-sig")
    assert "周经办" in text and "clerk" not in text
