"""A notice as a reader walks it: what it orders, when what is due; and a split that can be checked before it is written."""

from __future__ import annotations

from datetime import date

import lxml.html
import pytest

from qiaojie.notices.models import NoticeInForce, TargetVersion
from qiaojie.notices.queries import notice
from qiaojie.regions.models import Edition
from tests.web.conftest import SignIn
from tests.web.factories import FORM, NOTICE, World, switch_on

pytestmark = pytest.mark.django_db

SPLIT = f"/notices/{NOTICE}/vocational_training/split/"


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    found = lxml.html.fromstring(page).xpath(f'//section[h2[@id="{heading}"]]//tbody/tr')
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def test_a_notice_says_what_it_orders_how_that_was_split_and_when_papers_are_due(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in("city")
    page = client.get(f"/notices/{NOTICE}/").content.decode()
    orders = {row[0]: row[1:] for row in rows(page, "orders")}
    assert orders["职业技能培训 人"] == ["5,000 分解与版本", "任务表", "41", "等于任务数", "—", "—"]
    assert orders["其中寄宿制 人"][2] == "12", "of a target of 0 nobody has a task"
    assert rows(page, "duties") == [
        ["年度总结 工作总结 创新工作案例", "区县级 残联", "按年 · 报累计", "2023-11-30", "市残联教育就业部"]
    ]
    given = {
        "region": world.regions["重庆市"].pk,
        "kind": "adjusted",
        "value": "5100",
        "reason": "追加",
        "document": "补1号",
    }
    assert client.post(f"/notices/{NOTICE}/vocational_training/set/", given).status_code == 302
    orders = {row[0]: row[1:] for row in rows(client.get(f"/notices/{NOTICE}/").content.decode(), "orders")}
    assert orders["职业技能培训 人"][:5] == ["5,100 分解与版本", "调整", "41", "与任务数差 -100", "1"]


def test_a_duty_is_due_in_every_year_of_the_notice() -> None:
    def days(code: str) -> list[str]:
        held = notice(code)
        return [f"{duty.code} {day}" for duty in held.duties for day in duty.days(held.span)]

    assert days("jilin-2018") == ["year 2018-12-01", "year 2019-12-01", "year 2020-12-01"]
    assert days(NOTICE) == ["year 2023-11-30"]
    assert "half-year 2019-07-31" in days(FORM)


def test_a_split_by_hand_is_checked_before_it_is_written(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    city = world.regions["重庆市"]
    units = [region.pk for name, region in world.regions.items() if region.level == 3 and region != city]
    typed = {f"part-{pk}": "0" for pk in units} | {f"part-{units[0]}": "4990"}
    asked = {"region": city.pk, "method": "hand", "check": "1", **typed}
    page = client.post(SPLIT, asked)
    assert page.status_code == 200
    assert "合计 4,990，比任务数 5,000 少 10。" in page.content.decode()
    assert 'value="4990"' in page.content.decode(), "what was typed stays"
    fits = client.post(SPLIT, {**asked, f"part-{units[1]}": "10"}).content.decode()
    assert "正好等于任务数" in fits
    over = client.post(SPLIT, {**asked, f"part-{units[1]}": "11"}).content.decode()
    assert "比任务数 5,000 多 1。" in over
    assert "不是整数" in client.post(SPLIT, {**asked, f"part-{units[1]}": "十"}).content.decode()
    assert not TargetVersion.objects.exists()


def test_a_notice_is_switched_on_its_page_and_lists_show_those_in_force_first(
    world: World, sign_in: SignIn
) -> None:
    title, at = notice(NOTICE).title, f"/notices/{NOTICE}/in-force/"

    def shown(address: str) -> tuple[set[str], set[str]]:
        """The notices that a page lists, and those behind 其余通知."""
        page = lxml.html.fromstring(sign_in("city").get(address).content.decode())
        inside, every = (
            {heading.text_content().strip() for heading in page.xpath(f"//main{within}//h2")}
            for within in ("//details", "")
        )
        return (every - inside) & {title}, inside & {title}

    admin = sign_in("administrator")
    for address in ("/notices/", "/board/", "/forms/"):
        assert shown(address) == ({title}, set()), address
    assert admin.post(at, {"switch": "off"}).status_code == 302
    for address in ("/notices/", "/board/"):
        assert shown(address) == (set(), {title}), address
    assert shown("/forms/") == ({title}, set()), "rows of its time are there"
    assert sign_in("city").get(f"/board/{NOTICE}/").status_code == 200, "old addresses still work"
    refused = admin.post(at, {"switch": "on", "begins": "2024-05-01", "ends": "2024-04-01"})
    page = refused.content.decode()
    assert refused.status_code == 422 and "停用日期不能早于启用日期" in page
    assert 'value="2024-05-01"' in page and 'value="2024-04-01"' in page, "what was typed stays"
    assert admin.post(at, {"switch": "on", "begins": "2023-12-01"}).status_code == 302
    duty = sign_in("clerk").get(f"/duties/{NOTICE}/year/2023-11-30/").content.decode()
    assert "不用报" in duty and "逾期" not in duty.replace("不算逾期", "")
    assert sign_in("clerk").post(at, {"switch": "off"}).status_code == 404
    assert sign_in("county-system").post(at, {"switch": "off"}).status_code == 404
    assert (
        "由管理这份通知所涉全部机构的系统管理员启用"
        in sign_in("county-system").get("/notices/in-force/").content.decode()
    )


def test_forms_and_duties_of_notices_not_in_force_stand_behind_unless_there_are_rows(
    world: World, sign_in: SignIn
) -> None:
    def parts(address: str) -> tuple[str, str]:
        """What a page shows, and what stands behind its fold."""
        page = lxml.html.fromstring(sign_in("city").get(address).content.decode())
        (main,) = page.xpath("//main")
        folded = "".join(one.text_content() for one in main.xpath(".//details"))
        return main.text_content().replace(folded, ""), folded

    NoticeInForce.objects.all().delete()
    bases, older = notice("chongqing-bases-2020").title, notice(FORM).title
    Edition.objects.create(
        code="chongqing-bases-2020",
        label="2020",
        root=world.regions["重庆市"],
        on=date(2020, 1, 1),
        layout="list",
    )
    shown, folded = parts("/forms/")
    assert notice(NOTICE).title in shown and older in shown and older not in folded
    assert bases in folded and bases not in shown, "nobody has a row of it"
    shown, folded = parts("/duties/")
    assert "年度总结" in folded and "不必报送" in folded and "年度总结" not in shown
    switch_on()
    shown, folded = parts("/duties/")
    assert "年度总结" in shown and not folded


def test_a_notice_is_called_briefly_in_lists_and_whole_where_it_stands_alone(
    world: World, sign_in: SignIn
) -> None:
    held, client = notice(NOTICE), sign_in("city")
    brief = f'<span lang="zh-Hans" title="{held.title}">2023年残疾人教就工作</span>'
    assert brief in client.get("/ledgers/").content.decode()
    assert brief in client.get("/duties/").content.decode()
    assert held.title in client.get(f"/notices/{NOTICE}/").content.decode()
    client.cookies["language"] = "en"
    page = client.get("/duties/").content.decode()
    said = f'<span lang="zh-Hans" title="{held.title}"><span lang="en">{held.english}</span></span>'
    assert said in page
