"""A cell mended where its finding stands: on the same page, by whoever may, with what was typed when it is refused."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from qiaojie.intake.models import Upload
from qiaojie.intake.storing import upload_store
from qiaojie.lib.identity import check_digit
from tests.web.conftest import SignIn
from tests.web.factories import World, hand_in, identity, roster
from tests.web.intake.test_entering import left_after

pytestmark = [pytest.mark.django_db, pytest.mark.later]

FORM = re.compile(r'name="(row|field|code|about|seen|back|at)" value="([^"]*)"')


def wrong(number: int) -> str:
    first = identity(number)[:17]
    return first + ("1" if check_digit(first) != "1" else "2")


def forms(text: str, action: str) -> list[dict[str, str]]:
    """The hidden fields of the forms of a page that go to an address and have a box."""
    found = re.findall(r"<form\b.*?</form>", text, re.DOTALL)
    return [dict(FORM.findall(one)) for one in found if f'action="{action}"' in one and 'name="text"' in one]


@pytest.fixture
def upload(world: World) -> Upload:
    """A roster with a wrong number, a wrong result, and thirty places that nobody knows."""
    text = roster("涪陵编织班", range(330, 366), n331=wrong(331)).decode("utf-8-sig").splitlines()
    lines = [text[0]]
    for place, line in enumerate(text[1:]):
        cells = line.split(",")
        cells[5] = "四川" if place >= 6 else cells[5]
        cells[10] = "也许" if place == 3 else cells[10]
        lines.append(",".join(cells))
    data = "\n".join(lines).encode("utf-8-sig")
    return hand_in(world.users["clerk"], world.regions["涪陵区"], data)


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_cell_is_mended_and_one_stays_at_it(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    plan = page(client, address)
    assert "四川" in plan and "30 行" in plan
    first = next(one for one in forms(plan, f"{address}mend/") if one["field"] == "result")
    assert first["back"] == address
    got = client.post(f"{address}mend/", {**first, "text": "completed"})
    assert got["Location"] == f"{address}?at={first['row']}.result"
    after = page(client, got["Location"])
    box = after[after.index("done-row") :][:2500]
    assert "autofocus" in box and ">新增<" in box
    assert ">也许<" in box and ">是<" in box and "周经办" in box and "恢复原样" in box
    assert after.count("autofocus") == 1
    back = client.post(f"{address}mend/", {**first, "seen": "", "code": "", "act": "back"}, follow=True)
    assert "不在可选范围内" in back.content.decode()
    assert '<li tabindex="-1" autofocus>' in back.content.decode()


def test_all_places_are_mended_by_one_press(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    many = next(
        one for one in forms(page(client, address), f"{address}mend/") if one["code"] == "region_unknown"
    )
    assert client.post(f"{address}mend/", {**many, "offered": "涪陵区", "text": "四川"}).status_code == 302
    held = upload_store.mends_of(Upload.objects.get(pk=upload.pk))
    assert {(one.text, one.was) for one in held} == {("涪陵区", "四川")} and len(held) == 30
    assert "没有找到区域" not in page(client, address)
    summary = upload_store.summary_of(Upload.objects.get(pk=upload.pk))
    assert summary is not None and summary.counts["new"] == 34, "lists know what was mended"


def test_what_is_refused_comes_back_with_what_was_typed(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    first = next(
        one for one in forms(page(client, address), f"{address}mend/") if one["field"] == "person.id_number"
    )
    client.post(f"{address}mend/", {**first, "text": wrong(332)})
    late = client.post(f"{address}mend/", {**first, "text": "<b>x"})
    text = late.content.decode()
    assert late.status_code == 422
    assert "改过这一格" in text and 'value="&lt;b&gt;x"' in text and "<b>x" not in text
    assert wrong(332) not in text and wrong(331) not in text
    kind = f"{address}kind/error/id_checksum/"
    on_kind = client.post(f"{address}mend/", {**first, "text": "y", "back": kind})
    assert (
        on_kind.status_code == 422
        and "<h1" in on_kind.content.decode()
        and f'value="{kind}"' in on_kind.content.decode()
    )


def test_a_row_is_left_out_in_place_and_taken_in_again(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    first = next(one for one in forms(page(client, address), f"{address}mend/") if one["field"] == "result")
    sent = {"row": first["row"], "field": "result", "act": "leave", "at": first["at"], "back": address}
    after = client.post(f"{address}mend/", sent, follow=True).content.decode()
    assert "还是要导入" in after and ">不导入<" in after
    again = client.post(
        f"{address}decide/", {"row": first["row"], "word": "", "back": address, "at": first["at"]}
    )
    assert "不在可选范围内" in page(client, again["Location"])


def test_to_leave_all_out_is_the_last_button(upload: Upload, sign_in: SignIn) -> None:
    plan = page(sign_in("clerk"), f"/intake/{upload.pk}/")
    for card in re.findall(r'<article class="finding (?:error|warning)">.*?</article>', plan, re.DOTALL):
        buttons = re.findall(r"<button\b[^>]*>(.*?)</button>", card, re.DOTALL)
        assert "不导入" not in buttons[0] or len(buttons) == 1, card


def test_verdicts_are_called_and_coloured_alike(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    plan = page(client, address)
    chips = re.search(r'<ul class="chips">.*?</ul>', plan, re.DOTALL)
    assert chips is not None
    counts = re.findall(
        r'<li class="(\w+)">\s*<a href="[^"]*verdict=\w+"><b>([\d,]+)</b>([^<]+)</a>', chips[0]
    )
    assert sum(int(number) for _class, number, _word in counts) == 36
    for verdict, number, word in counts:
        rows = page(client, f"{address}rows/?verdict={verdict}")
        assert rows.count(f'<span class="state {verdict}">{word}</span>') == int(number)


def test_the_number_of_another_person_opens_her(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][0]
    data = roster("涪陵编织班", [900, 901], n900=str(woman.id_number)).decode("utf-8-sig")
    data = data.replace(f"{identity(900)}43", "")
    upload = hand_in(world.users["clerk"], world.regions["涪陵区"], data.encode("utf-8-sig"))
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    plan = page(client, address)
    assert "同一号码姓名不同" in plan and f'href="/persons/{woman.pk}/"' in plan
    assert "1 处待确认，不写入" in plan
    fields = {one["field"] for one in forms(plan, f"{address}mend/")}
    assert fields >= {"person.name", "person.id_number"}, "either may be what is wrong"


def test_the_written_file_says_what_was_mended(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    first = next(one for one in forms(page(client, address), f"{address}mend/") if one["field"] == "result")
    client.post(f"{address}mend/", {**first, "text": "completed"})
    seal = client.get(address).context["seal"]
    client.post(f"{address}commit/", {"seal": seal})
    after = page(client, address)
    assert "写入前在计划中改过的格" in after and ">也许<" in after and "恢复原样" not in after
    assert client.post(f"{address}mend/", {**first, "text": "dropped"}).status_code == 422


def test_what_was_typed_survives_the_end_of_a_session(upload: Upload, sign_in: SignIn) -> None:
    client, address = sign_in("clerk"), f"/intake/{upload.pk}/"
    first = next(one for one in forms(page(client, address), f"{address}mend/") if one["field"] == "result")
    sent = {**first, "text": "completed"}
    assert left_after(client, f"{address}mend/", dict(sent)) == "/unsent/"
    again = sign_in("clerk")
    assert 'name="text" value="completed"' in page(again, "/unsent/")
    onward = again.post("/unsent/", {**sent, "unsent": "again"})
    assert (onward.status_code, onward["Location"]) == (307, f"{address}mend/")
    assert ">新增<" in again.post(onward["Location"], sent, follow=True).content.decode()
