"""The leader's page: its sentences are what the measures say, every figure opens, and it names nobody."""

from __future__ import annotations

import re
from datetime import date

import lxml.html
import pypdfium2
import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.models import State
from qiaojie.lib.percentages import printed
from qiaojie.measures import queries
from qiaojie.measures.gaps import missing
from qiaojie.measures.models import Counted
from qiaojie.measures.services import recount_every
from qiaojie.notices.models import Ruling
from qiaojie.notices.queries import notice
from qiaojie.reports import leading
from qiaojie.training.models import BudgetItem, BudgetLine
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = [pytest.mark.django_db, pytest.mark.later]

ON = date(2023, 11, 30)
AT = f"/leader/{NOTICE}/"


def said(sign_in: SignIn, role: str, asked: str = "?on=2023-11-30") -> lxml.html.HtmlElement:
    answer = sign_in(role).get(f"{AT}{asked}")
    assert answer.status_code == 200
    return lxml.html.fromstring(answer.content.decode())


def words(element: lxml.html.HtmlElement) -> str:
    return "".join(element.text_content().split())


def test_its_sentences_are_what_the_measures_say(world: World, sign_in: SignIn) -> None:
    """Counted anew from the board's values, for the city and for a county, not by the sheet's own arithmetic."""
    for role, area in (("city", "重庆市"), ("reader", "涪陵区")):
        page = said(sign_in, role)
        found = queries.measure(notice(NOTICE), ON, UserViewer(world.users[role]))
        values = found.units[0].values if role == "reader" else found.total
        assert words(page.xpath("//h1")[0]) == f"{area}任务进度"
        first, second, third = (words(item) for item in page.xpath('//ol[@class="said"]/li'))
        aimed = {code: value for code, value in values.items() if value.target and value.done is not None}
        shares = [value.approved / value.target for value in aimed.values() if value.cohort is None]
        reached, below = sum(one >= 1 for one in shares), sum(one < 0.8 for one in shares)
        assert len(shares) == len(aimed)
        assert first.startswith(f"{len(aimed)}项任务，{reached}项已经完成，")
        assert f"{len(aimed) - reached - below}项过了八成，{below}项不到八成" in first
        lowest = min(aimed.values(), key=lambda value: value.ratio or 0)
        assert first.endswith(f"，{printed(lowest.done)}。")
        numbers = [int(one.replace(",", "")) for one in re.findall(r"[\d,]+", second)]
        assert numbers[1] == sum(numbers[2:5]), "what is missing waits, lacks one thing, or has no source"
        shown = {(value.approved, missing(value)) for value in aimed.values()}
        assert (numbers[0], numbers[1]) in shown
        assert "培训班付出" in third
        for link in page.xpath('//article[@class="leader"]//a/@href'):
            if link.startswith("/"):
                assert sign_in(role).get(link).status_code == 200, link


def test_every_tile_has_the_board_s_number_and_nobody_is_named(world: World, sign_in: SignIn) -> None:
    page = said(sign_in, "city")
    made = leading.sheet(notice(NOTICE), ON, UserViewer(world.users["city"]))
    assert made.weightiest is not None
    code = made.weightiest.gap.indicator.code
    shares = [words(one) for one in page.xpath('//*[name()="text"][@class="share"]')]
    known = [printed(unit.values[code].done) for unit in made.found.units]
    assert len(shares) == 41 and set(shares) <= {*known, "0"}
    text = page.text_content()
    assert not [woman.name for women in world.people.values() for woman in women if woman.name in text]
    for closing in made.closings:
        assert sum((closing.gap.pending, closing.near, closing.left)) == closing.gap.missing
        assert sum(closing.widths) <= 100


def test_a_sheet_is_a_day_s_and_its_check_value_tells_two_apart(world: World, sign_in: SignIn) -> None:
    def check(asked: str = "?on=2023-11-30") -> str:
        footer = words(said(sign_in, "reader", asked).xpath("//article/footer")[0])
        return footer.rpartition("校验号")[2]

    now = check()
    assert now == check() and len(now) == 7
    early = said(sign_in, "reader", "?on=2023-06-19")
    assert check("?on=2023-06-19") != now
    assert "上月同日那张" in early.text_content()
    assert "上月同日那张" not in said(sign_in, "reader", "?on=2023-01-15").text_content(), "it had not begun"
    assert Counted.objects.filter(part=State.APPROVED).exists()
    assert sign_in("reader").get(f"{AT}?region=万州区").status_code == 404
    for role in ("base", "administrator"):
        assert sign_in(role).get(AT).status_code == 404


def paper(sign_in: SignIn, role: str) -> tuple[pypdfium2.PdfDocument, str]:
    """The sheet's file with the words on it."""
    (address,) = said(sign_in, role).xpath('//a[text()="PDF"]/@href')
    document = pypdfium2.PdfDocument(sign_in(role).get(address).content)
    return document, "".join(document[0].get_textpage().get_text_range().split())


def test_its_file_is_the_sheet_itself_on_one_page(world: World, sign_in: SignIn) -> None:
    """The same sentences, figures, gaps, units and check value as on the screen, for the city and for a county."""
    for role in ("city", "reader"):
        page, (document, text) = said(sign_in, role), paper(sign_in, role)
        assert len(document) == 1
        width, height = document[0].get_size()
        assert (round(width), round(height)) == (842, 595), "A4 across"
        for number, sentence in enumerate(page.xpath('//ol[@class="said"]/li'), start=1):
            assert f"{number}.{words(sentence)}" in text
        for gap in page.xpath('//ol[@class="closings"]/li'):
            for figure in gap.xpath(".//h3//b"):
                assert words(figure) in text
        check = words(page.xpath("//article/footer")[0]).rpartition("校验号")[2]
        assert check in text
        for definition in page.xpath("//article/footer/p")[1:4]:
            assert words(definition) in text, (
                "what the three gaps mean stands beneath, on the screen and on paper"
            )
        if role == "city":
            assert all(unit in text for unit in ("涪陵", "万州", "城口", "秀山"))
            shares = {words(one) for one in page.xpath('//*[name()="text"][@class="share"]')}
            assert all(share in text for share in shares)
        assert not [woman.name for women in world.people.values() for woman in women if woman.name in text], (
            "nobody is named"
        )
    assert sign_in("other").get(f"{AT}page.pdf?region=涪陵区").status_code == 404
    for role in ("base", "administrator"):
        assert sign_in(role).get(f"{AT}page.pdf").status_code == 404


def test_a_ruling_stands_beneath_what_it_is_about(world: World, sign_in: SignIn) -> None:
    made = leading.sheet(notice(NOTICE), ON, UserViewer(world.users["city"]))
    asked, others = made.named[0], [one for one in made.found.indicators if one not in made.named]
    for indicator, text in ((asked, "连办三天的只算一场"), (others[0], "与本页无关")):
        Ruling.objects.create(
            notice=NOTICE, indicator=indicator.code, on=date(2023, 5, 4), office="市残联", text=text, by="x"
        )
    page, (_document, text) = said(sign_in, "city"), paper(sign_in, "city")
    for where in (words(page.xpath("//article/footer")[0]), text):
        assert "2023-05-04" in where and "连办三天的只算一场" in where and "与本页无关" not in where


def test_a_budget_stands_beside_what_was_paid_and_is_added_to_nothing(world: World, sign_in: SignIn) -> None:
    before = words(said(sign_in, "city").xpath('//table[contains(@class, "amounts")]')[0])
    assert "预算" not in before, "no column where no budget says anything"
    paid = re.search(r"培训班([\d,]+)", before)
    for number, held in enumerate(("weaving", "farming")):
        for place in range(2):
            BudgetLine.objects.create(
                training_class=world.classes[held],
                item=BudgetItem.values[place],
                planned=1_000_000 + 100 * number,
                paid=900_000,
                filed_by=world.classes[held].filed_by,
                happened_on=world.classes[held].ends,
                state=State.DRAFT,
            )
    late = world.classes["handicraft"]
    BudgetLine.objects.create(
        training_class=late, item=BudgetItem.values[0], planned=5, filed_by=late.filed_by,
        happened_on=late.ends, state=State.DRAFT,
    )  # fmt: skip
    page, (_document, text) = said(sign_in, "city"), paper(sign_in, "city")
    table = words(page.xpath('//table[contains(@class, "amounts")]')[0])
    assert paid is not None and f"培训班40,002{paid[1]}" in table, (
        "2 × 10,000 + 2 × 10,001; 2019 is another notice's"
    )
    assert "预算" in text and f"培训班40,002{paid[1]}" in text
    wanzhou = words(said(sign_in, "other").xpath('//table[contains(@class, "amounts")]')[0])
    assert "预算" not in wanzhou, "another county's budget"


def test_its_queries_do_not_grow_with_rows(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")

    def asked() -> int:
        client.get(f"{AT}?on=2023-11-30")
        number = 0
        for alias in connections:
            with CaptureQueriesContext(connections[alias]) as caught:
                client.get(f"{AT}?on=2023-11-30")
            number += len(caught)
        return number

    before = asked()
    fuling = world.regions["涪陵区"]
    factories.enrol(world.classes["weaving"], [factories.person(n, fuling) for n in range(100, 120)])
    recount_every()
    assert asked() == before <= 76
