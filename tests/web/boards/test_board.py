"""The board: what stands beside every number, money, the sheet of paper; and that it orders no units."""

from __future__ import annotations

import re
from datetime import date

import lxml.html
import pypdfium2
import pytest

from qiaojie.bases.models import Base, SupportPayment
from qiaojie.ledgers.models import State
from qiaojie.measures.models import Measure
from qiaojie.measures.services import count_year_before, recount_every
from qiaojie.notices.queries import notice
from qiaojie.training.models import TrainingClass
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

BOARD = f"/board/{NOTICE}/"
DAY = "?on=2023-10-31"


def tree(page: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(page)


def said(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def line(page: str, label: str) -> dict[str, str]:
    """A row of the table of indicators, by the heads of its columns as a phone says them."""
    for row in tree(page).xpath('//table[contains(@class, "standing")]/tbody/tr'):
        if said(row[0]).startswith(label):
            return {cell.get("data-label"): said(cell) for cell in row if cell.get("data-label")}
    raise AssertionError(f"no line {label}")


def last_year(world: World) -> None:
    past = factories.training_class(
        world.regions["涪陵区"], "去年班", begins=date(2022, 3, 1), ends=date(2022, 3, 9)
    )
    factories.enrol(past, world.people["here"][:7])


def paid(world: World, county: str, amount: int, source: str, state: str = State.APPROVED) -> None:
    region = world.regions[county]
    base = Base.objects.create(
        name=f"{county}基地{amount}", kind="rural", filed_by=region, happened_on=date(2023, 1, 5), state=State.APPROVED
    )  # fmt: skip
    SupportPayment.objects.create(
        base=base, amount=amount, source=source, filed_by=region, happened_on=date(2023, 5, 5), state=state
    )


def test_every_indicator_says_what_waits_is_missing_is_due_stood_last_year_and_cost(
    world: World, sign_in: SignIn
) -> None:
    TrainingClass.objects.filter(pk=world.classes["weaving"].pk).update(planned_headcount=25)
    TrainingClass.objects.filter(pk=world.classes["there"].pk).update(planned_headcount=16, cost=None)
    last_year(world)
    recount_every()
    client = sign_in("city")
    assert line(client.get(BOARD + DAY).content.decode(), "职业技能培训")["去年同日"].startswith("去看")
    assert count_year_before(notice(NOTICE)) == 11
    assert count_year_before(notice(NOTICE)) == 0, "what is counted of this definition stays"
    page = client.get(BOARD + DAY).content.decode()
    # 20 and 15 of 5,000; 6 wait. Planned 25 + 16. One class says 39,200 yuan of 20 completers, one waits, one says none.
    assert line(page, "职业技能培训") == {
        "待审核": "6 待审核，看名单",
        "还差": "4,965 差一步的名单",
        "应到": "41落后 6",
        "去年同日": "7",
        "费用（元）": "39,200 元，看资金待审核 39,200",
        "每人（元）": "1,960",
    }
    assert line(page, "新增城镇就业")["应到"] == "—"
    assert re.search(r"去年同日按同一口径，于 \d{4}-\d\d-\d\d 计算", page)
    early = client.get(f"{BOARD}?on=2023-03-08").content.decode()
    assert line(early, "职业技能培训")["去年同日"] == "0", "on the same day"
    own = line(sign_in("clerk").get(BOARD + DAY).content.decode(), "职业技能培训")
    assert (own["还差"], own["应到"], own["去年同日"]) == ("195 差一步的名单", "25落后 5", "7")
    assert Measure.objects.count() == Measure.everything.count() - 11, "no change counts last year again"


def test_what_changes_last_year_is_said_when_it_is_counted_again(world: World, sign_in: SignIn) -> None:
    count_year_before(notice(NOTICE))
    last_year(world)
    recount_every()
    address = BOARD + DAY
    assert line(sign_in("city").get(address).content.decode(), "职业技能培训")["去年同日"] == "0"
    assert "去年同日 <b>7</b>" in sign_in("city").get(f"{BOARD}vocational_training/course/").content.decode()
    assert sign_in("approver").post(f"{BOARD}year-before/").status_code == 404
    assert sign_in("city").post(f"{BOARD}year-before/", {"on": "2023-10-31"})["Location"] == address
    assert line(sign_in("city").get(address).content.decode(), "职业技能培训")["去年同日"] == "7"


def test_pictures_say_in_words_what_they_draw_and_stand_in_a_table(world: World, sign_in: SignIn) -> None:
    page = tree(sign_in("city").get(BOARD + DAY).content.decode())
    lines = page.xpath('//*[contains(@class, "spark-link")]/*[local-name() = "svg"]')
    assert len(lines) == 11
    for picture in [*lines, *page.xpath('//*[local-name() = "svg"][contains(@class, "tiles")]')]:
        names = {part.tag.rpartition("}")[2]: said(part) for part in picture[:2]}
        assert names.keys() == {"title", "desc"} and all(names.values())
    words = next(said(one[1]) for one in lines if said(one[0]).startswith("职业技能培训"))
    assert words == "2023-10-31 35 人"
    months = page.xpath('//details[contains(summary, "各月数字")]//tbody/tr')
    values = next([said(cell) for cell in row[2:]] for row in months if said(row[0]).startswith("职业技能"))
    assert values == ["0"] * 5 + ["35"] * 5


def test_the_widest_gaps_lead_to_names_in_two_clicks(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    page = tree(client.get(BOARD + DAY).content.decode())
    gaps = page.xpath('//ol[@class="gaps"]/li')
    assert len(gaps) == 3
    # Of equal shares the notice's order holds: nothing is done of the second indicator, nor of the third and fourth.
    assert [said(one.find("h3")) for one in gaps] == [
        "农村残疾人就业帮扶基地扶持数",
        "市政府民生实事新增残疾人就业",
        "新增城镇就业",
    ]
    waiting = page.xpath('//td[@data-label="待审核"]/a/@href')
    assert len(waiting) == 1 and "on=2023-10-31" in waiting[0]
    assert world.people["here"][20].name in client.get(waiting[0]).content.decode()
    factories.enrol(
        factories.training_class(world.regions["涪陵区"], "缺签到", has_sign_in=False),
        world.people["here"][26:28],
    )
    recount_every()
    near = page.xpath('//td[@data-label="还差"]/a/@href')
    trained = next(one for one in near if one.endswith("#vocational_training"))
    steps = tree(client.get(trained.partition("#")[0]).content.decode())
    names = steps.xpath('//tr[@id="vocational_training"]//td[contains(@class, "lacks")]//a/@href')
    assert world.people["here"][26].name in client.get(names[0]).content.decode()


def test_money_stands_by_kind_and_source_and_opens_to_its_rows(world: World, sign_in: SignIn) -> None:
    paid(world, "涪陵区", 500_000, "市级资金")
    paid(world, "万州区", 300_000, "")
    paid(world, "涪陵区", 200_000, "市级资金", State.DRAFT)
    TrainingClass.objects.filter(pk=world.classes["there"].pk).update(funding="municipal")
    client = sign_in("city")
    page = tree(client.get(BOARD + DAY).content.decode())
    rows = [[said(cell) for cell in row] for row in page.xpath('//section[h2[@id="money"]]//tbody/tr')]
    assert rows == [
        ["扶持金额 基地扶持", "8,000", "2", "2,000", "0"],
        ["市级资金", "5,000", "1", "2,000", "0"],
        ["没有写明", "3,000", "1", "0", "0"],
        # Three classes of June 2023 are approved, one waits; that of 2019 is not of this time.
        ["培训班总费用 培训班", "117,600", "3", "39,200", "0"],
        ["市级资金", "39,200", "1", "0", "0"],
        ["区县资金", "78,400", "2", "39,200", "0"],
    ]
    for link in page.xpath('//section[h2[@id="money"]]//tbody//a/@href'):
        assert client.get(link).status_code == 200
    unstated = next(link for link in page.xpath("//a/@href") if "source=-" in link)
    assert "万州区基地300000" in client.get(unstated).content.decode()
    clerk = sign_in("clerk")
    own = clerk.get(BOARD + DAY).content.decode()
    assert "3,000" not in said(tree(own).xpath('//section[h2[@id="money"]]')[0])
    # Where a sum is of more than one may open, the page says so and shows one's own.
    rows_page = clerk.get(f"{BOARD}money/classes/cost/{DAY}").content.decode()
    assert "其中 1 条由您范围以外的单位填报" in rows_page and "万州竹编班" not in rows_page
    whole = tree(client.get(f"{BOARD}money/{DAY}").content.decode())
    costs = [[said(cell) for cell in row] for row in whole.xpath('//section[h2[@id="costs"]]//tbody/tr')]
    assert costs == [
        ["实用技术培训", "39,200", "0", "12", "3,266.67", "0"],
        ["农村残疾人就业帮扶基地扶持数", "8,000", "2,000", "—", "—", "0"],
        ["职业技能培训", "78,400", "39,200", "36", "2,177.78", "0"],
    ]
    assert client.get(f"{BOARD}money/classes/headcount/").status_code == 404


def test_the_sheet_of_paper_is_one_page_and_says_what_of_when_and_who(world: World, sign_in: SignIn) -> None:
    got = sign_in("reader").get(f"{BOARD}page.pdf{DAY}")
    sheet = pypdfium2.PdfDocument(got.content)
    assert len(sheet) == 1
    text = "".join(sheet[0].get_textpage().get_text_range().split())
    for word in ("渝残联发〔2023〕25号", "涪陵区", "2023年10月31日", "郑领导", "职业技能培训", "助盲提升"):
        assert word in text, word
    assert "20697%195" not in text
    assert re.search(r"职业技能培训人2152069\.3%", text), "target, approved, pending, share"
    assert sign_in("city").get(f"{BOARD}page.docx{DAY}").content.startswith(b"PK")
    assert sign_in("city").get(f"{BOARD}page.exe").status_code == 404


@pytest.mark.parametrize("address", [BOARD + DAY, f"{BOARD}money/{DAY}"])
def test_units_stand_in_the_order_of_the_notice_whatever_their_results(
    world: World, sign_in: SignIn, address: str
) -> None:
    order = list(world.regions)[2:]
    # Wanzhou stands first in the notice and has less than Fuling; nothing may turn that round.
    page = tree(sign_in("city").get(address).content.decode())
    for table in page.xpath("//table"):
        named = [said(head) for head in table.xpath("./tbody/tr/th")]
        units = [order.index(name) for name in named if name in order]
        assert units == sorted(units)
    tiles = page.xpath('//*[local-name() = "svg"][contains(@class, "tiles")]/*/@aria-label')
    drawn = [order.index(label.partition("，")[0]) for label in tiles]
    assert drawn == sorted(drawn)
    assert "排名" not in said(page) or "名次" not in said(page)


def test_what_definitions_were_silent_about_stands_beside_the_numbers(world: World, sign_in: SignIn) -> None:
    page = sign_in("city").get(f"{BOARD}{DAY}").content.decode()
    for word in (
        "同时有两个区县的有效证",
        "发证区县不明",
        "跨年的托养服务",
        "可能是同一人的两个身份证号",
        "四舍五入到0.1%",
    ):
        assert word in page, word
    page = sign_in("city").get(f"{BOARD}care/{DAY}").content.decode()
    assert "1月1日仍在继续的，从本年第一次服务起计" in page
    page = sign_in("city").get(f"{BOARD}vocational_training/{DAY}").content.decode()
    assert "以最近发的为准" in page and "没有问清的列为待审核" in page
