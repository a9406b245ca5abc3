"""A county in which nobody has entered anything comes to a filled board through the screens alone."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from qiaojie.accounts.models import Role
from qiaojie.notices.queries import every
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from tests.regions.small import plant
from tests.web.factories import NOTICE, account
from tests.web.screens import PEOPLE, WHO, Desk, desks, register, shown, who, woman

pytestmark = pytest.mark.django_db


def prove(desk: Desk) -> None:
    """All jobs without proof by one compared list, which is kept."""
    at = "/ledgers/employments/proofs/"
    list_ = SimpleUploadedFile("比对.png", picture())
    form = desk.form(desk.page(at), "登记来源并存材料")
    row = {
        "来源名称": "7月社保比对名单",
        "来源种类": "比对名单",
        "名单或档案日期": "2023-07-31",
        "提供单位": "区人社局",
    }
    sent = {**desk.filled(form, row), "act": "source", "file": list_}
    assert desk.client.post(at, sent).status_code == 200
    page = desk.page(at)
    form = desk.form(page, "登记勾选的")
    (source,) = [
        one.get("value") for one in form.xpath(".//select[@name='source']/option") if one.get("value")
    ]
    rows = form.xpath(".//input[@name='row']/@value")
    assert len(rows) == 2
    answer = desk.client.post(at, {"act": "set", "row": rows, "proof": "compared", "source": source})
    assert answer.status_code == 302, desk.faults(answer)


def picture() -> bytes:
    """A photo of a list."""
    held = io.BytesIO()
    Image.new("RGB", (60, 40), "#c79b3b").save(held, "PNG")
    return held.getvalue()


def test_an_empty_county_fills_the_board_of_2023() -> None:
    plant()
    county = Region.objects.get(key="500114")
    clerk, approver = desks(county, "qianjiang")
    asked = (NOTICE, "2023-12-31", county.key)
    assert set(shown(approver, *asked).values()) == {0}
    assert not Person.objects.exists()

    # People: some pasted, some in the template, one typed; the certificate of the one who has none in the register yet.
    register(clerk, "黔江区", range(6))
    clerk.fill_in(
        "persons",
        [
            dict(zip(PEOPLE, (*woman(n), f"{woman(n)[1]}43", "黔江区", "黔江区", "非农业"), strict=True))
            for n in (6, 7, 8)
        ],
    )
    name, number = woman(9)
    clerk.enter(
        "/intake/enter/ledgers/persons/",
        {"姓名": name, "身份证号": number, "户籍地": "黔江区", "户口性质": "农业"},
    )
    clerk.enter(
        "/intake/enter/ledgers/certificates/",
        {
            "姓名": name,
            "身份证号": number,
            "残疾人证号": f"{number}43",
            "发证残联": "黔江区",
            "发证日期": "2020-05-06",
            "有效期至": "2030-05-05",
        },
    )

    # Classes with trainees: one typed, the next after its pattern.
    clerk.enter(
        "/intake/enter/ledgers/classes/",
        {
            "培训班名称": "土家织锦班",
            "培训类别": "职业技能培训",
            "手工制作": "是",
            "开班日期": "2023-05-08",
            "结业日期": "2023-05-26",
            "培训班总费用": "32000",
            "有签到表": "是",
        },
    )
    weaving = clerk.key("classes", "土家织锦班")
    clerk.enter(
        f"/intake/enter/ledgers/classes/?copy={weaving}",
        {
            "培训班名称": "蚕桑种养班",
            "培训类别": "农村实用技术培训",
            "手工制作": "否",
            "开班日期": "2023-06-05",
            "结业日期": "2023-06-09",
            "有签到表": "是",
        },
    )
    for title, first in (("土家织锦班", 0), ("蚕桑种养班", 2)):
        key = clerk.key("classes", title)
        at = f"ledgers/enrolments/?class={key}"
        clerk.enter(f"/intake/enter/{at}", {**who(first), "结业情况": "结业"})
        clerk.paste(
            f"/intake/paste/{at}", (*WHO, "结业情况"), [(*woman(n), "结业") for n in (first + 1, first + 2)]
        )

    clerk.enter(
        "/intake/enter/ledgers/events/",
        {
            "活动名称": "助盲提升培训",
            "活动类别": "“德法相伴 助盲提升”培训",
            "开始日期": "2023-09-11",
            "结束日期": "2023-09-13",
            "有活动方案": "是",
            "有签到表": "是",
            "参加人数": "18",
        },
    )
    clerk.enter(
        "/intake/enter/ledgers/bases/",
        {"基地名称": "濯水蚕桑基地", "基地类型": "农村残疾人就业帮扶基地", "创建日期": "2022-03-01"},
    )
    clerk.fill_in(
        "base_payments",
        [
            {
                "基地名称": "濯水蚕桑基地",
                "基地类型": "农村残疾人就业帮扶基地",
                "拨付日期": "2023-08-15",
                "扶持金额": "50000",
                "资金来源": "市级资金",
            }
        ],
    )

    # Jobs: urban or rural follows from the kind of household registration.
    clerk.enter(
        "/intake/enter/ledgers/employments/",
        {
            **who(6),
            "就业形式": "按比例就业",
            "就业单位": "黔江制衣厂",
            "开始日期": "2023-03-01",
            "就业凭证": "劳动合同或协议",
        },
    )
    clerk.paste(
        "/intake/paste/ledgers/employments/",
        (*WHO, "就业形式", "就业单位", "开始日期"),
        [(*woman(n), "灵活就业", "濯水蚕桑基地", "2023.4.1") for n in (3, 4)],
    )
    prove(clerk)

    clerk.enter(
        "/intake/enter/ledgers/graduate-services/",
        {
            **who(7),
            "毕业年份": "2023",
            "毕业信息已核实": "是",
            "生源地": "黔江区",
            "服务日期": "2023-07-20",
            "服务内容": "职业指导",
        },
    )
    clerk.paste(
        "/intake/paste/ledgers/care-services/",
        (*WHO, "托养形式", "政府购买服务", "服务机构", "付费区县", "已付费寄宿月数", "服务开始"),
        [
            (*woman(8), "寄宿制", "是", "黔江托养中心", "黔江区", "3", "2023-02-01"),
            (*woman(9), "日间照料", "否", "黔江托养中心", "", "", "2023-02-01"),
        ],
    )

    # The clerk's word alone counts nowhere.
    assert set(shown(approver, *asked).values()) == {0}
    for ledger in (
        "proof_sources",
        "bases",
        "base_payments",
        "classes",
        "enrolments",
        "events",
        "employments",
    ):
        approver.approve(ledger)
    for ledger in ("graduate_services", "care_services"):
        approver.approve(ledger)
    approver.confirm()
    assert list(shown(approver, *asked).values()) == [3, 1, 3, 1, 2, 1, 3, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("code", "year", "key", "name", "unit"),
    [
        ("national-2017", 2017, "500240", "石柱县", "500000"),
        ("jilin-2018", 2018, "220322", "梨树县", "220300"),
    ],
)
def test_an_empty_county_fills_the_boards_of_the_years_before(
    code: str, year: int, key: str, name: str, unit: str
) -> None:
    plant()
    county = Region.objects.get(key=key)
    clerk, approver = desks(county, "county")
    above = Client()
    above.force_login(account("above", Region.objects.get(key=unit), Role.LEADER, holder="上级"))
    asked = (code, f"{year}-12-31", unit)
    assert set(shown(Desk(above), *asked).values()) == {0}
    register(clerk, name, range(4))
    # Three of the four are on the register of the poor; one of them is off it before anything happens.
    clerk.paste(
        "/intake/paste/ledgers/statuses/",
        (*WHO, "身份体系", "类别", "起", "止", "来源"),
        [
            (*woman(n), "建档立卡", "未脱贫", "2014-01-01", "2016-06-30" if n == 2 else "", "扶贫办")
            for n in range(3)
        ],
    )
    clerk.enter(
        "/intake/enter/ledgers/classes/",
        {
            "培训班名称": "手工编织班",
            "培训类别": "职业技能培训",
            "手工制作": "是",
            "开班日期": f"{year}-10-08",
            "结业日期": f"{year}-10-20",
            "有签到表": "是",
        },
    )
    at = f"ledgers/enrolments/?class={clerk.key('classes', '手工编织班')}"
    clerk.paste(f"/intake/paste/{at}", (*WHO, "结业情况"), [(*woman(n), "结业") for n in range(4)])
    clerk.enter(
        "/intake/enter/ledgers/employments/",
        {
            **who(0),
            "就业形式": "灵活就业",
            "就业单位": "手工编织社",
            "手工制作": "是",
            "开始日期": f"{year}-11-01",
            "就业凭证": "收入凭证",
        },
    )
    for ledger in ("classes", "enrolments", "employments"):
        approver.approve(ledger)
    approver.confirm()
    assert list(shown(Desk(above), *asked).values()) == [2, 1]


def test_no_other_notice_measures_anything() -> None:
    measuring = {one.code for one in every() if any(each.measured for each in one.indicators)}
    assert measuring == {NOTICE, "national-2017", "jilin-2018"}
