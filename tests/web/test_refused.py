"""A refused step stays where it happened: of every form of every page what was typed is still there, said why, with a way on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils.encoding import iri_to_uri

from qiaojie.accounts.models import AccessEntry
from qiaojie.documents.models import Document
from qiaojie.intake.models import Draft, Upload
from qiaojie.intake.public import kept_files
from tests.documents.test_taking import jpeg
from tests.web import factories
from tests.web.addresses import addresses
from tests.web.allowed import POSTED
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = [pytest.mark.django_db, pytest.mark.later]

Element = lxml.html.HtmlElement
TYPED = "错填的字"
ELSEWHERE = {"sign-out", "choose-language", "choose-display", "stay", "search", "second", "sign-in"}
"""Forms of the frame: they stand on every page and refuse nothing."""
CODE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\b[A-Z]\w+(?:Error|Exception)\b|Traceback")
"""A word of programs: ``reason_missing``, ``ValueError``."""


def read(answer: HttpResponse) -> Element:
    return lxml.html.document_fromstring(answer.content.decode())


def words(tree: Element) -> str:
    """What a page says to people; names that they gave themselves aside."""
    for element in tree.xpath("//head | //script | //*[contains(@class, 'mono')]"):
        element.drop_tree()
    return str(tree.text_content())


def fields(form: Element) -> dict[str, Any]:
    """What a browser would send of a form with something written into every box, but for what marks it as pressed."""
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    for box in form.xpath(".//input | .//textarea"):
        if box.get("autocomplete") == "one-time-code":
            continue
        if box.tag == "textarea" or box.get("type", "text") in ("text", "search", "date", "number"):
            sent[box.get("name", "")] = [TYPED]
    for button in form.xpath(".//button[@name]")[:1]:
        sent[button.get("name")] = [button.get("value", "")]
    sent.pop("", None)
    return sent


def forms(client: Client, world: World, seen: set[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Of every page every form whose kind was not seen before: the page, where the form goes, what it sends."""
    for name, page in addresses(world, "here").items():
        page = iri_to_uri(page)
        answer = client.get(page) if name not in POSTED | {"unsent"} else None
        if answer is None or answer.status_code != 200 or "html" not in answer["Content-Type"]:
            continue
        for form in read(answer).xpath("//form[@method='post']"):
            target = urljoin(page, form.get("action") or page)
            kind = str(resolve(target.partition("?")[0]).url_name)
            kind = f"{kind}/{','.join(sorted(set(form.xpath('.//@name'))))}"
            if kind not in seen and kind.partition("/")[0] not in ELSEWHERE:
                seen.add(kind)
                yield page, target, fields(form)


def lacks(answer: HttpResponse, page: str, typed: bool) -> list[str]:
    """What the answer to a refused form lacks."""
    tree = read(answer)
    found = []
    if typed and TYPED not in lxml.html.tostring(tree, encoding="unicode"):
        found.append("what was typed is gone")
    if not tree.xpath("//*[@role='alert'][normalize-space()]"):
        found.append("nothing says why")
    if not tree.xpath("//main//a[@href] | //main//button"):
        found.append("no way on")
    if code := CODE.findall(words(tree)):
        found.append(f"says {code}")
    return [f"{page}: {one}" for one in found]


def test_every_form_that_is_refused_stands_on_its_page_as_it_was_sent(world: World, sign_in: SignIn) -> None:
    """A zero byte is refused of every form alike, before its view is asked: nothing is changed by all this."""
    seen: set[str] = set()
    wrong: list[str] = []
    for role in ("approver", "city", "administrator", "security"):
        client = sign_in(role)
        for page, target, sent in forms(client, world, seen):
            answer = client.post(target, {**sent, "odd": "\0"})
            tree = read(answer)
            typed = any(TYPED in texts for texts in sent.values())
            wrong += [f"{role} {target} {one}" for one in lacks(answer, page, typed)]
            if answer.status_code != 422 or not tree.xpath("//form//*[@id='refused-said']"):
                wrong.append(f"{role} {target} {page}: is not on its page ({answer.status_code})")
    assert not wrong, "\n".join(wrong)
    assert len(seen) > 60


def test_wrong_values_are_said_on_the_page_of_the_form(world: World, sign_in: SignIn) -> None:
    """What views themselves refuse: the same holds, whether they draw their page or leave it to the middleware."""
    seen: set[str] = set()
    wrong: list[str] = []
    refused = 0
    client = sign_in("approver")
    for page, target, sent in list(forms(client, world, seen)):
        if not any(TYPED in texts for texts in sent.values()):
            continue
        for blank in ("purpose", "reason"):
            if blank in sent:
                sent[blank] = [" "]
        answer = client.post(target, sent)
        assert answer.status_code < 500, target
        if answer.status_code in (400, 422):
            refused += 1
            typed = any(TYPED in texts for texts in sent.values())
            wrong += [f"{target} {one}" for one in lacks(answer, page, typed)]
            if "这一步没有完成" in answer.content.decode():
                wrong.append(f"{target} {page}: is the general page")
    assert not wrong, "\n".join(wrong)
    assert refused > 10


def test_pages_without_a_form_say_why_and_lead_on(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    for answer, status in (
        (
            client.get("/ledgers/persons/?sort=nothing", headers={"referer": "http://testserver/ledgers/"}),
            400,
        ),
        (client.get("/ledgers/nothing/", headers={"referer": "http://testserver/ledgers/"}), 404),
        (
            client.get(
                "/ledgers/enrolments/move/approve/", headers={"referer": "http://testserver/ledgers/"}
            ),
            405,
        ),
    ):
        assert answer.status_code == status
        main = read(answer).xpath("//main")[0]
        assert main.xpath(".//a/@href") == ["/ledgers/", "/"], status
        assert "管理员" in main.text_content() and not CODE.findall(main.text_content())
        assert not re.search(r"\b[45]\d\d\b", main.text_content()), "no number of a status"
    hostile = client.get("/ledgers/nothing/", headers={"referer": "https://evil.example/x"})
    assert "evil" not in hostile.content.decode()


def reveal(world: World) -> tuple[str, str]:
    woman = world.people["here"][1]
    return f"/persons/{woman.pk}/", f"/ledgers/persons/{woman.pk}/reveal/id_number/"


@pytest.mark.parametrize(
    "page",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/no-such/", "/\0/", "/x/%00",
     "/sign-out/", "/ledgers/persons/export.csv", "/ledgers/persons/?sort=nothing", "/persons/999999/"],
)  # fmt: skip
def test_a_page_that_is_not_ours_or_not_there_is_not_drawn(world: World, sign_in: SignIn, page: str) -> None:
    _page, target = reveal(world)
    answer = sign_in("clerk").post(target, {"purpose": "其他", "purpose_other": " ", "from_page": page})
    assert answer.status_code == 422 and "evil" not in answer.content.decode()
    assert read(answer).xpath("//*[@role='alert']")


def test_a_page_of_another_county_is_not_drawn_for_a_refused_form(world: World, sign_in: SignIn) -> None:
    _page, target = reveal(world)
    stranger = world.people["there"][1]
    answer = sign_in("clerk").post(target, {"purpose": " ", "from_page": f"/persons/{stranger.pk}/"})
    assert answer.status_code == 422 and stranger.name not in answer.content.decode()
    # Nor is a form of hers refused on a page: there it is not hers at all.
    foreign = f"/ledgers/persons/{stranger.pk}/reveal/id_number/"
    answer = sign_in("clerk").post(foreign, {"purpose": " ", "from_page": f"/persons/{stranger.pk}/"})
    assert answer.status_code == 422 and stranger.name not in answer.content.decode()


def test_two_tabs_do_not_know_each_other_and_nothing_of_a_step_is_kept(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    held = world.classes["weaving"]
    page = f"/classes/{held.pk}/"
    one, other = (
        client.post(
            next(a for a in read(client.get(page)).xpath("//form/@action") if "join" in a),
            {"other": f"没有的班{tab}", "from_page": page},
        )
        for tab in ("甲", "乙")
    )
    assert "没有的班甲" in flat(one) and "没有的班乙" not in flat(one) and "没有的班乙" in flat(other)
    assert "没有的班" not in flat(client.get(page)) and not Draft.objects.exists()


def test_a_part_of_a_page_is_answered_by_the_whole_place(world: World, sign_in: SignIn) -> None:
    page, target = reveal(world)
    asked = {"hx-request": "true", "hx-target": "x", "hx-current-url": f"http://testserver{page}"}
    answer = sign_in("clerk").post(target, {"purpose": " ", "from_page": page}, headers=asked)
    assert answer.status_code == 422 and answer["HX-Retarget"] == answer["HX-Reselect"] == "#main"
    assert read(answer).xpath("//main//form//*[@id='refused-said']")


def hand_in(client: Client, world: World, **given: Any) -> HttpResponse:
    held = world.classes["weaving"]
    page = f"/classes/{held.pk}/"
    sent = {
        "here": "1",
        "kind": "photo",
        "described": " ",
        "otherwise": "2023-06-05",
        "from_page": page,
        **given,
    }
    answer: HttpResponse = client.post(f"/documents/add/classes/{held.pk}/", sent)
    return answer


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("课堂.jpg", jpeg(), "image/jpeg")


def test_a_file_need_not_be_chosen_again_and_is_its_sender_s_alone(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    answer = hand_in(client, world, file=[photo()], box="B7")
    form = read(answer).xpath("//form[.//input[@name='described']]")[0]
    assert answer.status_code == 422 and "课堂.jpg，不用重新选" in form.text_content()
    assert form.xpath(".//input[@name='box']/@value") == ["B7"]
    assert form.xpath(".//input[@name='described']/@aria-invalid") == ["true"]
    (word,) = form.xpath(".//input[@name='kept_files']/@value")
    assert client.get("/").status_code == 200 and not Document.objects.exists()
    # Nobody else has it, in the same county or with its word.
    taken = hand_in(sign_in("approver"), world, described="上课", kept_files=word)
    assert taken.status_code == 422 and "请选择一个文件" in flat(taken)
    assert hand_in(client, world, described="上课", kept_files=word).status_code == 302
    kept = Document.objects.get()
    assert kept.described == "上课" and kept.entered_by == "clerk"
    assert not Draft.objects.exists(), "what was taken in is not kept twice"
    assert AccessEntry.objects.filter(username="clerk", subject="draft/files").exists()


def test_a_kept_file_is_replaced_by_a_new_one_and_grows_old(
    world: World, sign_in: SignIn, settings: Any
) -> None:
    client = sign_in("clerk")
    (word,) = read(hand_in(client, world, file=[photo()])).xpath("//input[@name='kept_files']/@value")
    new = SimpleUploadedFile("另一张.jpg", jpeg((50, 60)), "image/jpeg")
    again = hand_in(client, world, file=[new], kept_files=word)
    assert "另一张.jpg，不用重新选" in flat(again) and "课堂.jpg" not in flat(again)
    for _turn in range(kept_files.AT_ONCE + 2):
        hand_in(client, world, file=[photo()])
    assert Draft.objects.count() == kept_files.AT_ONCE
    old = Draft.objects.latest("pk")
    raw = Draft.objects.filter(pk=old.pk).values_list("typed", flat=True).get()
    assert "课堂.jpg" in raw and b"\xe8\xaf\xbe" not in bytes(str(old), "utf-8")
    Draft.objects.update(kept_at="2020-01-01T00:00Z")
    late = hand_in(client, world, described="上课", kept_files=old.subject.partition("/")[2])
    assert late.status_code == 422 and "请选择一个文件" in flat(late)
    settings.QIAOJIE_DOCUMENT_MB = 0
    large = hand_in(client, world, file=[photo()], kind="x")
    assert "要重新选择：课堂.jpg" in flat(large)


def test_a_file_to_import_is_kept_where_something_else_was_wrong(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    data = factories.roster("涪陵留班", range(600, 602))
    sent = {"table": f"{NOTICE}/roster", "year": "二〇二三", "purpose": "补录"}
    answer = client.post("/intake/new/", {**sent, "file": SimpleUploadedFile("名册.csv", data)})
    tree = read(answer)
    assert answer.status_code == 422 and "名册.csv，不用重新选" in flat(answer)
    assert not tree.xpath("//input[@type='file']/@required")
    (word,) = tree.xpath("//input[@name='kept_files']/@value")
    before = Upload.objects.count()
    assert client.post("/intake/new/", {**sent, "year": "2023", "kept_files": word}).status_code == 302
    assert Upload.objects.count() == before + 1 and Upload.objects.latest("pk").name == "名册.csv"


def test_whose_session_ended_finds_the_form_with_its_file_s_word(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    (word,) = read(hand_in(client, world, file=[photo()])).xpath("//input[@name='kept_files']/@value")
    client.logout()
    gone = hand_in(client, world, described="上课", kept_files=word)
    assert gone.status_code == 302 and gone["Location"].startswith("/sign-in/")
    assert (
        Draft.objects.filter(subject__startswith=kept_files.KIND).count() == 1
        and not Document.objects.exists()
    )


def test_a_step_that_was_taken_leads_back_to_its_place(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    page = "/ledgers/enrolments/?state=approved"
    form = next(
        one
        for one in read(client.get(page)).xpath("//form[@method='post']")
        if "/views/" in (one.get("action") or "")
    )
    sent = {**dict(form.form_values()), "label": "已审核"}
    place = sent["from_page"].partition("#")[2]
    assert sent["from_page"].startswith(page) and form.xpath(f".//*[@id='{place}']")
    answer = client.post(urljoin(page, form.get("action")), sent)
    assert answer.status_code == 302 and answer["Location"].endswith(f"#{place}")
    tree = read(client.get(answer["Location"]))
    said = tree.xpath("//div[@role='status']")
    assert all("at-foot" in one.get("class") for one in said)
    # Elsewhere nothing is added, and nothing of what a form claims gets into the address.
    odd = {**sent, "label": "又", "from_page": f"{page}#x\r\nSet-Cookie: a"}
    assert "Set-Cookie" not in str(client.post(urljoin(page, form.get("action")), odd).headers)
