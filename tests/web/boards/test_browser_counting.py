"""What a number is made of, and how it moves: persons counted elsewhere, one step short, targets, rulings; in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from qiaojie.accounts.models import Role
from tests.documents.test_taking import PDF
from tests.web import factories
from tests.web.factories import NOTICE, PASSWORD, World

pytestmark = pytest.mark.django_db

Axe = Callable[[Page], None]
Shot = Callable[[Page, str], Path]
BOARD = f"/board/{NOTICE}/?on=2023-12-31"
TRAINED = "职业技能培训"


def enter(page: Page, username: str) -> None:
    """Sign in, whoever was before."""
    leave = page.get_by_role("button", name="退出")
    page.goto("/")
    if leave.is_visible():
        leave.click()
    page.goto("/sign-in/")
    page.get_by_label("账号").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1, name="今日")).to_be_visible()


def number(page: Page) -> Locator:
    """The own county's number of people trained, on its board."""
    page.goto(BOARD)
    row = page.locator("tr", has=page.get_by_role("rowheader", name=TRAINED))
    return row.locator("td a").first


def counted(page: Page) -> int:
    return int(number(page).locator("b").inner_text())


def claim(page: Page, woman: str) -> None:
    """As Wanzhou: open the number, see its rows, and those counted elsewhere; say that one of them is Wanzhou's."""
    number(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("万州区")
    expect(page.get_by_text("共 15 条")).to_be_visible()
    expect(page.get_by_text("另有 1 人已由涪陵区计入")).to_be_visible()
    page.get_by_role("link", name="已由他处计入").click()
    row = page.get_by_role("row", name=re.compile(woman))
    expect(row).to_contain_text("涪陵区")
    row.locator("summary").click()
    row.get_by_label("理由").fill("八月已迁入万州")
    row.get_by_role("button", name="提交给计入单位").click()
    expect(page.get_by_role("status")).to_contain_text("已提出")
    expect(page.get_by_role("row", name=re.compile(woman)).first).to_contain_text("待答复")


def dispute(page: Page, woman: str) -> None:
    """Wanzhou claims, Fuling gives over: one less here, one more there."""
    enter(page, "other")
    assert counted(page) == 15
    claim(page, woman)
    assert counted(page) == 15
    number(page).click()
    page.get_by_role("link", name="已由他处计入").click()
    expect(page.get_by_role("row", name=re.compile(woman))).to_contain_text("已提出争议")

    enter(page, "approver")
    assert counted(page) == 20
    page.goto("/")
    page.get_by_role("link", name="待答复 · 统计归属争议").click()
    row = page.get_by_role("row", name=re.compile(woman))
    row.locator("summary").click()
    row.get_by_label("理由").fill("情况属实")
    row.get_by_role("button", name="划转", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已划转")
    expect(page.get_by_role("row", name=re.compile(woman))).to_contain_text("情况属实")
    assert counted(page) == 19

    enter(page, "other")
    assert counted(page) == 16


def test_who_is_counted_elsewhere_is_disputed_and_given_over(world: World, page: Page) -> None:
    dispute(page, factories.counted_elsewhere(world).name)


def test_the_same_without_scripts(world: World, page_no_js: Page) -> None:
    dispute(page_no_js, factories.counted_elsewhere(world).name)


def test_a_unit_gives_over_unasked_and_may_keep_or_take_back(world: World, page: Page) -> None:
    woman = factories.counted_elsewhere(world).name
    enter(page, "other")
    claim(page, woman)
    page.get_by_role("button", name=f"撤回 {woman}").click()
    expect(page.get_by_role("row", name=re.compile(woman))).to_contain_text("已撤回")
    claim(page, woman)
    enter(page, "approver")
    page.goto("/disputes/")
    row = page.get_by_role("row", name=re.compile(woman)).first
    row.locator("summary").click()
    row.get_by_label("理由").fill("首次服务在涪陵")
    row.get_by_role("button", name="不划转").click()
    expect(page.get_by_role("status")).to_contain_text("计数不变")
    assert counted(page) == 20

    number(page).click()
    row = page.get_by_role("row", name=re.compile(woman))
    row.locator("summary").click()
    row.get_by_label("划转给").fill("万州区")
    row.get_by_label("理由").fill("协商一致")
    row.get_by_role("button", name="划转").click()
    expect(page.get_by_role("status")).to_contain_text("已划转给万州区")
    assert counted(page) == 19


def test_one_step_short_is_found_and_taken(world: World, page: Page) -> None:
    enter(page, "approver")
    page.get_by_role("link", name="差一步的名单").click()
    row = page.get_by_role("row", name=re.compile(TRAINED))
    row.get_by_role("link", name="6 待审核").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("待审核")
    page.get_by_label("全选本页").check()
    page.get_by_role("button", name="审核勾选的").click()
    expect(page.get_by_role("status").first).to_contain_text("已审核 6 条。")
    assert counted(page) == 20, "their class waits itself"
    page.goto(f"/near/{NOTICE}/vocational_training/state/")
    page.get_by_role("button", name=re.compile("^审核培训班")).first.click()
    assert counted(page) == 26
    page.goto(f"/near/{NOTICE}/")
    expect(page.get_by_role("row", name=re.compile(TRAINED))).to_have_count(0)


def test_who_lacks_one_thing_is_listed_by_home(world: World, page: Page) -> None:
    held = factories.training_class(world.regions["涪陵区"], "缺签到表的班", has_sign_in=False)
    women = [factories.person(number, world.regions["涪陵区"]) for number in range(400, 404)]
    for woman, place in zip(women, ("甲0街道", "甲0街道", "甲0街道", "甲1街道"), strict=True):
        woman.home = world.regions[place]
        woman.save()
    factories.enrol(held, women)
    enter(page, "approver")
    page.goto(f"/near/{NOTICE}/")
    page.get_by_role("link", name="4 缺签到表").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("缺签到表")
    expect(page.get_by_text("共 4 条")).to_be_visible()
    page.get_by_role("link", name="3 甲0街道").click()
    expect(page.get_by_text("共 3 条")).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_count(3)
    clicks = 0
    page.goto("/")
    for link in ("差一步的名单", "4 缺签到表"):
        page.get_by_role("link", name=link).click()
        clicks += 1
    page.get_by_role("link", name=re.compile("^交签到表")).first.click()
    page.locator("#file").set_input_files(
        {"name": "签到表.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_role("button", name="保存").click()
    clicks += 2
    expect(page.get_by_text("没有只差这一步的")).to_be_visible()
    assert clicks <= 4


def targets(region: int | None = None, method: str = "") -> str:
    asked = f"?method={method}" + (f"&region={region}" if region else "")
    return f"/notices/{NOTICE}/vocational_training/targets/{asked}"


def test_a_target_is_split_by_need_and_by_hand(world: World, page: Page) -> None:
    enter(page, "city")
    page.goto(targets())
    page.locator("#method").select_option("need")
    page.get_by_role("button", name="先看看").click()
    # 45 women hold certificates, 30 of them in Fuling.
    expect(page.get_by_role("row", name=re.compile("涪陵区"))).to_contain_text("3,333")
    page.get_by_label("理由").first.fill("按持证人数")
    page.get_by_role("button", name="按此分解（合计 5,000）").click()
    expect(page.get_by_role("status")).to_contain_text("已分解")
    expect(page.locator("tfoot")).to_contain_text("5,000")

    page.locator("#method").select_option("hand")
    page.get_by_role("button", name="先看看").click()
    field = page.get_by_label("涪陵区 分解为")
    expect(field).to_have_value("3333")
    field.fill("3334")
    page.get_by_label("理由").first.fill("手工调整")
    page.get_by_role("button", name=re.compile("按此分解")).click()
    expect(page.get_by_role("alert")).to_contain_text("各单位之和 5001，任务 5000")
    # What was typed is still there: only the one number is mended.
    expect(field).to_have_value("3334")
    field.fill("3333")
    page.get_by_role("button", name=re.compile("按此分解")).click()
    expect(page.get_by_role("status")).to_contain_text("已分解")


def test_a_unit_sets_itself_more_than_it_was_given(world: World, page: Page) -> None:
    bishan = world.regions["璧山区"]
    factories.account("bishan", bishan, Role.APPROVER, holder="罗璧山")
    enter(page, "bishan")
    page.goto(targets())
    expect(page.get_by_text("任务数 95 人")).to_be_visible()
    page.get_by_text("自加任务").click()
    page.get_by_role("textbox", name="任务数").fill("90")
    page.get_by_label("理由").fill("县里加码")
    page.get_by_role("button", name="保存为新版本").click()
    expect(page.get_by_role("alert")).to_contain_text("少于下达的 95")
    page.goto(targets())
    page.get_by_text("自加任务").click()
    page.get_by_role("textbox", name="任务数").fill("100")
    page.get_by_label("理由").fill("县里加码")
    page.get_by_role("button", name="保存为新版本").click()
    expect(page.get_by_role("status")).to_contain_text("上级下达的任务数不变")
    expect(page.get_by_text("任务数 95 人")).to_contain_text("自加到 100")
    expect(page.locator(".timeline")).to_contain_text("县里加码")
    enter(page, "city")
    page.goto(targets())
    expect(page.get_by_role("row", name=re.compile("璧山区"))).to_contain_text("100")
    expect(page.get_by_text("任务数 5,000 人")).to_be_visible()


def test_a_ruling_is_printed_wherever_the_number_stands(world: World, page: Page) -> None:
    said = "线上培训有完整学时记录的可计。"
    enter(page, "city")
    page.goto(f"/notices/{NOTICE}/")
    card = page.locator("#vocational_training")
    card.get_by_text("记一条答疑").click()
    card.get_by_label("答复日期").fill("2023-06-01")
    card.get_by_label("答复单位").fill("市残联教育就业部")
    card.get_by_label("问题").fill("线上培训算不算？")
    card.get_by_label("答复内容").fill(said)
    card.get_by_role("button", name="记入").click()
    expect(page.get_by_role("status")).to_contain_text("已记入口径答疑簿")
    expect(page.locator("#vocational_training")).to_contain_text(said)
    page.goto(f"{BOARD}&indicator=vocational_training")
    expect(page.get_by_text(said)).to_be_visible()
    page.goto(BOARD)
    expect(page.get_by_text(said)).not_to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_text(said)).to_be_visible()
    page.emulate_media(media="screen")
    page.goto(f"/board/{NOTICE}/vocational_training/")
    expect(page.get_by_text(said)).to_be_visible()
    enter(page, "approver")
    page.goto(BOARD)
    expect(page.get_by_role("row", name=re.compile(TRAINED))).to_contain_text(said)


def test_a_dispute_is_raised_by_keyboard_alone(world: World, page: Page) -> None:
    woman = factories.counted_elsewhere(world).name
    enter(page, "other")
    page.goto(f"/board/{NOTICE}/vocational_training/?unit={world.regions['万州区'].pk}&part=elsewhere")
    page.get_by_role("link", name=woman).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("八月已迁入万州")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("已提出")


def opened(page: Page, address: str) -> None:
    """A page with all its forms unfolded."""
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")


def new_pages(world: World, region: str) -> dict[str, str]:
    unit = world.regions["万州区"].pk
    return {
        "near": f"/near/{NOTICE}/",
        "near-step": f"/near/{NOTICE}/vocational_training/class.has_sign_in/",
        "disputes": "/disputes/",
        "notices": "/notices/",
        "notice": f"/notices/{NOTICE}/",
        "targets": targets(world.regions[region].pk, "hand"),
        "course": f"/board/{NOTICE}/vocational_training/course/",
        "elsewhere": f"/board/{NOTICE}/vocational_training/?unit={unit}&part=elsewhere",
        "pending": f"/board/{NOTICE}/vocational_training/?part=pending",
    }


def test_the_pages_of_counting_are_accessible_in_the_dark(
    world: World, page: Page, phone: Page, axe: Axe, shot: Shot
) -> None:
    wanzhou = world.regions["万州区"]
    woman = factories.counted_elsewhere(world).name
    held = factories.training_class(wanzhou, "缺签到表的班", has_sign_in=False)
    factories.enrol(held, [factories.person(400, wanzhou)])
    enter(page, "other")
    claim(page, woman)
    enter(phone, "city")
    for where, region in ((page, "万州区"), (phone, "重庆市")):
        where.emulate_media(color_scheme="dark")
        for name, address in new_pages(world, region).items():
            opened(where, address)
            axe(where)
            size = where.viewport_size
            assert size is not None
            assert where.evaluate("document.documentElement.scrollWidth") <= size["width"], name
            shot(where, f"{'phone' if where is phone else 'desk'}-{name}")
