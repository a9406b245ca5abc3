"""For what somebody looks at personal data or takes it out: picked, or said in words of their own."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.http import QueryDict

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import duties
from qiaojie.notices import queries as notices
from qiaojie.web.components import purposes
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = [pytest.mark.django_db, pytest.mark.later]

TEMPLATES = Path(__file__).parents[3] / "qiaojie/web/templates/web"


def said(entries: str) -> str:
    return AccessEntry.objects.filter(action=entries).latest("pk").purpose


def test_a_purpose_is_picked_and_the_log_keeps_its_words(world: World, sign_in: SignIn) -> None:
    client, woman = sign_in("clerk"), world.people["here"][1]
    page = client.get(f"/persons/{woman.pk}/").content.decode()
    for word, _label in purposes.usual():
        assert f'<option value="{word}">' in page
    client.cookies["language"] = "en"
    english = client.get(f"/persons/{woman.pk}/").content.decode()
    assert '<option value="核对身份">' in english, "what the log keeps is Chinese"
    client.post("/ledgers/persons/export.csv", {"purpose": "制作名册"})
    assert said("export") == "制作名册"


def test_another_purpose_has_to_be_said_and_nothing_is_lost(world: World, sign_in: SignIn) -> None:
    client, woman = sign_in("clerk"), world.people["here"][1]
    address = f"/ledgers/persons/{woman.pk}/reveal/id_number/"
    given = {"purpose": "其他", "purpose_other": " ", "back": f"/persons/{woman.pk}/", "kept": "留着"}
    refused = client.post(address, given)
    text = refused.content.decode()
    assert refused.status_code == 422 and woman.id_number not in text
    assert f'action="{address}"' in text and 'name="kept" value="留着"' in text
    assert 'aria-describedby="why-purpose"' in text and 'value="其他" selected' in text
    shown = client.post(address, given | {"purpose_other": "信访答复"})
    assert shown.status_code == 200 and woman.id_number in shown.content.decode()
    assert said("reveal") == "其他：信访答复"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("purpose=核对身份&purpose_other=不算", "核对身份"),
        ("purpose=其他&purpose_other=信访", "其他：信访"),
        ("purpose=", ""),
    ],
)
def test_words_of_ones_own_count_only_where_they_were_asked(given: str, kept: str) -> None:
    assert purposes.read(QueryDict(given)) == kept


def test_very_long_words_fit_the_log() -> None:
    assert len(purposes.read(QueryDict(f"purpose=其他&purpose_other={'长' * 500}"))) <= 200


def test_other_without_words_is_refused() -> None:
    with pytest.raises(Unusable) as refused:
        purposes.read(QueryDict("purpose=其他"))
    assert refused.value.code == "purpose_missing"


def test_what_is_to_be_sent_now_is_offered_until_it_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = UserViewer(world.users["clerk"])
    every = [(due, notice) for notice in notices.every() for due in duties.dues(notice)]
    found = next(
        due
        for due, notice in every
        if purposes.units.concerning(clerk, [notice])
        and duties.unit_statuses([notice], clerk, due.on, frozenset({"dpf"}))
    )
    monkeypatch.setattr(purposes.timezone, "localdate", lambda: found.on - timedelta(days=10))
    words = f"{found.duty.label}（{found.on:%Y-%m-%d} 报送）"
    assert words in purposes.choices(clerk).duties
    for role in ("base", "audit"):
        assert purposes.choices(UserViewer(world.users[role])).duties == ()
    owed = [
        one.owner.key for one in duties.unit_statuses([found.notice], clerk, found.on) if one.due == found
    ]
    duties.register(found, owed, found.on - timedelta(days=20), "纸质", clerk)
    assert words not in purposes.choices(clerk).duties
    monkeypatch.setattr(purposes.timezone, "localdate", lambda: date(2090, 1, 1))
    assert purposes.choices(clerk).duties == ()


def test_no_page_asks_for_a_purpose_in_any_other_way() -> None:
    reasons = re.compile(r"原因|可不填|密钥|会记入访问日志|已存材料|asked\.purpose")
    for path in TEMPLATES.rglob("*.html"):
        lines = path.read_text().splitlines()
        for place, line in enumerate(lines):
            if 'name="purpose"' in line and path.name != "purpose.html":
                around = "\n".join(lines[max(0, place - 6) : place + 2])
                assert reasons.search(around), f"{path.name}: a purpose is picked by purpose.html"


def test_the_component_works_without_scripts(world: World, sign_in: SignIn) -> None:
    page = sign_in("clerk").get("/ledgers/persons/").content.decode()
    assert 'name="purpose_other"' in page and "data-needed-only hidden" not in page
