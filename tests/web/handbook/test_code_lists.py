"""The pages of code lists: a county adds a word of its own, and ends it; another county neither sees nor ends it."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.codes import standing
from qiaojie.codes.models import CountyWord
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db

REASON = "县里一直这样分"


def test_the_page_adds_a_word_shows_it_and_ends_it(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    given = {"parent": "embroidery", "label": "麻柳刺绣", "also": "麻柳绣、麻柳", "reason": REASON}
    assert client.post("/code-lists/crafts/", given).status_code == 302
    made = CountyWord.objects.get()
    assert (made.also, made.by, made.region) == (["麻柳绣", "麻柳"], "clerk", world.regions["涪陵区"])
    page = client.get("/code-lists/crafts/").content.decode()
    assert page.count("麻柳刺绣") >= 2 and "停用" in page
    assert client.post("/code-lists/crafts/", given).status_code == 422
    address = f"/code-lists/words/{made.pk}/end/"
    assert client.post(address, {"last": "2026-12-31", "reason": REASON}).status_code == 302
    made.refresh_from_db()
    assert made.ends == date(2026, 12, 31)
    assert client.post(address, {"again": "1", "reason": REASON}).status_code == 302
    made.refresh_from_db()
    assert made.ends is None
    stranger = sign_in("other")
    assert "麻柳刺绣" not in stranger.get("/code-lists/crafts/").content.decode()
    assert stranger.post(address, {"last": "2026-12-31", "reason": REASON}).status_code == 404
    assert stranger.get("/code-lists/nowhere/").status_code == 404
    assert standing.of("crafts").words[made.code].county == world.regions["涪陵区"].pk
