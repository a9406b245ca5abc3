"""Six questions of a county office in at most eight clicks each, without a script; who may ask what; answers kept."""

from __future__ import annotations

import io
import re
from datetime import date
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry
from qiaojie.asking.models import KeptAnswer
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Employment, Proof
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db

ASK = "/ledgers/asking/"
YEAR = "ask.since=2023-01-01&ask.until=2023-12-31"


class Page(HTMLParser):
    """The links of a page by their words, its search form by its fields, its tables as texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.fields: dict[str, str] = {}
        self.options: dict[str, dict[str, str]] = {}
        self.rows: list[list[str]] = []
        self._href = self._select = self._option = ""
        self._asking = self._cell = False
        self._said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._href, self._said = given.get("href", ""), self._said if self._cell else ""
        elif tag == "form":
            self._asking = "asking" in given.get("class", "")
        elif tag == "input" and self._asking and "name" in given:
            self.fields[given["name"]] = given.get("value", "")
        elif tag == "select" and self._asking:
            self._select = given["name"]
            self.fields[self._select], self.options[self._select] = "", {}
        elif tag == "option" and self._select:
            self._option, self._said = given["value"], ""
            if "selected" in given:
                self.fields[self._select] = self._option
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell, self._said = True, ""

    def handle_endtag(self, tag: str) -> None:
        said = "".join(self._said.split())
        if tag == "a" and self._href:
            self.links.setdefault(said, self._href)
            self._href = ""
        elif tag == "option" and self._select:
            self.options[self._select][said] = self._option
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._asking = False
        elif tag in ("td", "th"):
            self.rows[-1].append(said)
            self._cell = False

    def handle_data(self, data: str) -> None:
        self._said += data


class Asker:
    """Somebody at a browser without scripts, whose presses are counted: a link, a choice in a list, a button."""

    def __init__(self, client: Client) -> None:
        self.client, self.clicks = client, 0
        self._open("/")

    def _open(self, address: str) -> None:
        response = self.client.get(address)
        assert response.status_code == 200, address
        self.page = Page(response.content.decode())

    def follow(self, words: str) -> None:
        self.clicks += 1
        self._open(self.page.links[words])

    def choose(self, name: str, words: str) -> None:
        self.clicks += 1
        self.page.fields[name] = self.page.options[name][words]

    def answer(self, ledger: str) -> list[list[str]]:
        self.clicks += 1
        # The demo's year is over; an office asks in its own.
        days = {"ask.since": "2023-01-01", "ask.until": "2023-12-31"} if self.page.fields["ask.since"] else {}
        self._open(f"{ASK}{ledger}/?{urlencode({**self.page.fields, **days})}")
        return [row for row in self.page.rows if row]


def with_work_and_care(world: World) -> None:
    fuling, day = world.regions["涪陵区"], date(2023, 5, 8)
    Employment.objects.create(
        person=world.people["here"][4],
        form="flexible",
        begins=date(2022, 3, 1),
        happened_on=date(2022, 3, 1),
        ends=date(2023, 1, 31),
        filed_by=fuling,
        proof=Proof.CONTRACT,
        state=State.APPROVED,
    )
    for number, one in enumerate(world.people["here"][:5]):
        common = {"person": one, "begins": day, "happened_on": day, "filed_by": fuling}
        Employment.objects.create(
            form="flexible" if number else "self", proof=Proof.NONE, state=State.APPROVED, **common
        )
        CareService.objects.create(
            form="day",
            payer=fuling,
            purchased=number < 3,
            state=State.DRAFT if number else State.APPROVED,
            **common,
        )


QUESTIONS = {
    "结业残疾妇女": (
        "enrolments",
        "参训记录",
        [("ask.columns", "年龄段"), ("result", "结业"), ("person.disabled", "是")],
        ("合计", "20+6"),
    ),
    "手工培训": (
        "enrolments",
        "参训记录",
        [("ask.rows", "培训内容"), ("class.handicraft", "是"), ("result", "结业")],
        ("手工编织", "20"),
    ),
    "新增就业": (
        "employments",
        "就业记录",
        [("ask.rows", "就业形式"), ("ask.columns", "性别"), ("employed_before", "否")],
        ("灵活就业", "3"),
    ),
    "托养": (
        "care_services",
        "托养服务",
        [("ask.rows", "付费区县"), ("ask.columns", "政府购买服务")],
        ("涪陵区", "1+4"),
    ),
    "残疾人证": (
        "certificates",
        "残疾人证",
        [("ask.rows", "残疾类别"), ("ask.columns", "残疾等级")],
        ("肢体", "30"),
    ),
    "培训费用": ("classes", "培训班", [("ask.unit", "培训班总费用"), ("ask.rows", "资金来源")], None),
}


@pytest.mark.parametrize("words", QUESTIONS)
def test_a_question_is_answered_with_eight_clicks_at_most(world: World, sign_in: SignIn, words: str) -> None:
    with_work_and_care(world)
    ledger, label, choices, wanted = QUESTIONS[words]
    asker = Asker(sign_in("clerk"))
    for link in ("台账", label, "临时要数"):
        asker.follow(link)
    for name, chosen in choices:
        asker.choose(name, chosen)
    rows = asker.answer(ledger)
    assert asker.clicks <= 8
    if wanted is None:
        assert ["区县资金", "78,400+39,200"] in [row[:2] for row in rows]
    else:
        assert list(wanted) in [row[:2] for row in rows], rows


def test_what_is_usual_is_two_clicks_away(world: World, sign_in: SignIn) -> None:
    asker = Asker(sign_in("clerk"))
    asker.follow("台账")
    asker.follow("临时要数")
    asker.follow("残疾人证，按类别和等级")
    assert ["肢体", "30"] in [row[:2] for row in asker.page.rows]
    assert "残疾人证，按类别和等级" not in Page(sign_in("women").get(ASK).content.decode()).links


def test_the_filter_of_a_list_comes_along(world: World, sign_in: SignIn) -> None:
    page = Page(
        sign_in("clerk")
        .get("/ledgers/enrolments/?result=completed&state=draft&class.title=编织")
        .content.decode()
    )
    asked = Page(sign_in("clerk").get(f"{page.links['临时要数']}&{YEAR}").content.decode())
    assert asked.fields["result"] == "completed" and asked.fields["class.title"] == "编织"
    assert "state" not in asked.fields and ["合计", "20"] in [row[:2] for row in asked.rows]


def test_numbers_open_and_lead_back(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    page = Page(client.get(f"{ASK}enrolments/?{YEAR}&ask.rows=class.content").content.decode())
    assert ["按摩", "0+6"] in [row[:2] for row in page.rows]
    behind = client.get(page.links["0+6"]).content.decode()
    assert all(one.name in behind for one in world.people["here"][20:26])
    assert world.people["here"][0].name not in behind and world.people["there"][0].name not in behind
    assert client.get(f"{ASK}enrolments/rows/?{YEAR}&ask.row=nowhere").status_code == 404


def test_what_one_may_not_see_is_neither_group_nor_condition(world: World, sign_in: SignIn) -> None:
    women = sign_in("women")
    page = women.get(f"{ASK}enrolments/?{YEAR}")
    text = page.content.decode()
    assert "残疾类别、残疾等级：您的岗位看不到" in text
    assert not {"残疾类别", "残疾等级"} & set(Page(text).options["ask.rows"])
    for asked in (
        "ask.rows=person.category",
        "ask.columns=person.grade",
        "ask.unit=nothing",
        "ask.rows=person.phone",
    ):
        response = women.get(f"{ASK}enrolments/?{YEAR}&{asked}")
        assert response.status_code == 400 and 'class="data cross"' not in response.content.decode(), asked
    for name in ("rows/", "keep/", "export.xlsx"):
        address = f"{ASK}enrolments/{name}?{YEAR}&ask.rows=person.category"
        response = women.get(address) if name == "rows/" else women.post(address, {"asked_for": "县政府办"})
        assert response.status_code in (400, 422), name
    # Fuling's clerk counts what Fuling filed, whatever the address asks for.
    other = sign_in("other").get(f"{ASK}enrolments/?{YEAR}&ask.rows=unit").content.decode()
    assert "涪陵区" not in "".join(row[0] for row in Page(other).rows if row)


def test_outside_the_offices_nobody_asks(world: World, sign_in: SignIn) -> None:
    for who in ("base", "trainer", "bank", "helper", "administrator"):
        for address in (ASK, f"{ASK}enrolments/", f"{ASK}enrolments/rows/"):
            assert sign_in(who).get(address).status_code == 404, (who, address)
    assert "临时要数" not in sign_in("base").get("/ledgers/").content.decode()


def test_a_question_that_cannot_be_answered_stays_on_its_form(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    for asked, said in (
        ("ask.since=2023-12-31&ask.until=2023-01-01", "末日早于首日"),
        ("ask.since=2023-99", "不是日期"),
        ("ask.on=2999-01-01", "不能晚于今天"),
    ):
        response = client.get(f"{ASK}enrolments/?result=completed&{asked}")
        text = response.content.decode()
        assert response.status_code == 400 and said in text
        assert Page(text).fields[asked.partition("=")[0]] == asked.partition("=")[2].partition("&")[0]
        assert re.search(r'value="completed"\s+selected', text)


def test_a_kept_answer_stands_beside_the_next_with_what_became_of_it(world: World, sign_in: SignIn) -> None:
    client, query = sign_in("clerk"), f"{YEAR}&result=completed&ask.rows=class.content"
    assert client.post(f"{ASK}enrolments/keep/?{query}", {"asked_for": " "}).status_code == 422
    assert client.post(f"{ASK}enrolments/keep/?{query}", {"asked_for": "县政府办"}).status_code == 302
    kept = KeptAnswer.objects.get()
    assert (kept.approved, kept.pending, kept.by, kept.asked_for) == (20, 6, "clerk", "县政府办")
    assert "与现在一致" in sign_in("approver").get(f"{ASK}enrolments/?{query}").content.decode()
    # Six more are approved, one is withdrawn: parted otherwise it is the same question.
    world.classes["pending"].enrolments.update(state=State.APPROVED, approved_at=timezone.now())
    type(world.classes["pending"]).objects.filter(pk=world.classes["pending"].pk).update(state=State.APPROVED)
    Enrolment.objects.filter(person=world.people["here"][15]).update(state=State.WITHDRAWN)
    text = client.get(f"{ASK}enrolments/?{YEAR}&result=completed&ask.columns=person.age").content.decode()
    for said in ("比现在少5。", "其后审核6条，其后作废1条", "县政府办", "20 人"):
        assert said in text, said
    between = client.get(
        Page(text).links[next(one for one in Page(text).links if one.startswith("看不同的记录"))]
    )
    assert all(one.name in between.content.decode() for one in world.people["here"][20:26])
    # In another unit it says so.
    other = client.get(f"{ASK}enrolments/?{query}&ask.unit=rows").content.decode()
    assert "那次数的是人" in other and "另一种数法" in other
    assert "1 次" in client.get(ASK).content.decode()
    page = client.get(f"{ASK}kept/{kept.pk}/").content.decode()
    assert "手工编织" in page and "20人（另有6人待审核）" in page
    for who in ("women", "city", "other"):
        assert sign_in(who).get(f"{ASK}kept/{kept.pk}/").status_code == 404
        assert "县政府办" not in sign_in(who).get(f"{ASK}enrolments/?{query}").content.decode()
    assert AccessEntry.objects.filter(subject="asking/enrolments/keep", done=True).count() == 1


def test_the_workbook_says_the_same_and_what_it_means(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    response = client.post(
        f"{ASK}enrolments/export.xlsx?{YEAR}&ask.rows=class.content&ask.columns=person.sex"
    )
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert ["合计", 20, 6, 20, 6] in rows and ["手工编织", 20, 0, 20, 0] in rows
    assert any("另有6人待审核" in str(row) for row in rows) and any(
        "认定为同一人的算一人" in str(row) for row in rows
    )
    assert AccessEntry.objects.filter(subject="asking/enrolments.xlsx", done=True).exists()
    assert sign_in("reader").post(f"{ASK}enrolments/export.xlsx?{YEAR}").status_code == 404


def test_a_kept_question_is_whole(world: World, sign_in: SignIn) -> None:
    sign_in("clerk").post(
        f"{ASK}enrolments/keep/?result=completed&sort=-result&after=9", {"asked_for": "市残联"}
    )
    asked = dict(parse_qsl(KeptAnswer.objects.get().query, keep_blank_values=True))
    today = timezone.localdate()
    assert asked == {
        "result": "completed",
        "ask.since": f"{today.year}-01-01",
        "ask.until": today.isoformat(),
        "ask.on": today.isoformat(),
        "ask.unit": "persons",
        "ask.rows": "person.township",
        "ask.columns": "",
    }
    common = Page(sign_in("clerk").get(ASK).content.decode()).links["参训记录，按乡镇街道（户籍）"]
    assert set(dict(parse_qsl(urlsplit(common).query, keep_blank_values=True))) == set(asked) - {
        "ask.since",
        "ask.until",
        "ask.on",
    }
