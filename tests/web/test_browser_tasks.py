"""The commonest tasks of a day on a phone's width, by keyboard alone: nothing is clicked, where the focus is can be seen, and
what came of it stands in the database. Signing in by keyboard is tried beside the rest of signing in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from qiaojie.accounts.models import AccessEntry, Export, Packet, Post, Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake.storing import upload_store
from qiaojie.ledgers import declaration, rows, services
from qiaojie.ledgers.models import Change, SavedView, State
from qiaojie.measures.services import recount_every
from qiaojie.notices.models import TargetVersion
from qiaojie.people.models import Person
from qiaojie.people.services import completed
from qiaojie.training.models import Enrolment
from tests.web.factories import (
    NOTICE,
    PASSWORD,
    World,
    account,
    enrol,
    identity,
    roster,
    training_class,
)
from tests.web.intake.test_likeness import help_table
from tests.web.test_browser_pages import sign_in

pytestmark = pytest.mark.django_db

FOCUS = r"""() => {
  const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
  const own = e.matches('a, button, summary') ? e.innerText : '';
  const said = e.getAttribute('aria-label') || e.labels?.[0]?.innerText || own;
  return [said.replace(/\s+/g, ' ').trim(), e.value || '', e.id, s.outlineStyle !== 'none' || e.type === 'file',
          b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth];
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what says this, has it as value, or is called so, has the focus; and see that it shows."""
    for _ in range(600):
        page.keyboard.press("Tab")
        said, value, key, marked, seen = page.evaluate(FOCUS)
        if name in said or name in (value, key):
            assert marked, f"the focus on {name} does not show"
            assert seen, f"{name} has the focus and cannot be seen"
            return
    raise AssertionError(f"{name} is not reached")


def press(page: Page, name: str, then: str = "") -> None:
    """Go there and press Enter; ``then`` is in the heading of the page that it leads to."""
    tab_to(page, name)
    page.keyboard.press("Enter")
    if then:
        headed(page, then)


def write(page: Page, name: str, text: str) -> None:
    """Go to a field and type."""
    tab_to(page, name)
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)


def choose(page: Page, value: str) -> None:
    """Go down, then up, through the choices of what has the focus."""
    for key in ("ArrowDown", "ArrowUp"):
        for _ in range(30):
            if page.evaluate("document.activeElement.value") == value:
                return
            page.keyboard.press(key)
    raise AssertionError(f"{value} is no choice")


def headed(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def enter(page: Page, world: World, username: str) -> None:
    """Today's page of an account."""
    page.goto("/sign-in/")
    sign_in(page, world, username, "zh-hans")
    page.goto("/")
    headed(page, "今日")


def seek(page: Page, text: str) -> None:
    """Type into the box of every page, and wait for what it answers."""
    page.keyboard.press("/")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(text)


def pick(page: Page, name: str) -> None:
    """Go down through the answers to this one."""
    expect(page.locator("#seek-found").get_by_role("link", name=name)).to_be_visible()
    for _ in range(30):
        page.keyboard.press("ArrowDown")
        if name in page.evaluate(FOCUS)[0]:
            break
    assert page.evaluate(FOCUS)[3:] == [True, True], f"the focus on {name} does not show"
    page.keyboard.press("Enter")


def test_a_roster_is_handed_in_mended_and_written(world: World, phone: Page) -> None:
    before = Enrolment.objects.count()
    enter(phone, world, "clerk")
    press(phone, "导入表格", then="导入表格")
    lost = roster("涪陵编织二班", range(300, 305), n302=f"{identity(302)[:15]}000")
    file: FilePayload = {"name": "二班.csv", "mimeType": "text/csv", "buffer": lost}
    press(phone, "自己指定")
    tab_to(phone, "table")
    choose(phone, f"{NOTICE}/roster")
    phone.keyboard.press("Shift+Tab")
    phone.keyboard.press("Shift+Tab")
    with phone.expect_file_chooser() as chooser:
        phone.keyboard.press("Space")
    chooser.value.set_files(file)
    press(phone, "看计划", then="二班.csv")
    press(phone, "采用残疾人证中的号码")
    expect(phone.get_by_role("button", name="写入 5 行")).to_be_visible()
    press(phone, "写入 5 行")
    expect(phone.get_by_role("status")).to_contain_text("已写入 5 行。")
    assert Enrolment.objects.count() == before + 5


def test_a_returned_row_is_mended(world: World, phone: Page) -> None:
    row = world.classes["pending"].enrolments.all()[0]
    ledger = declaration.get("enrolments")
    Enrolment.objects.filter(pk=row.pk).update(state=State.CHECKED)
    approver = UserViewer(world.users["approver"])
    services.move(ledger, [row.pk], "return", approver, purpose="结业情况请核对")
    enter(phone, world, "clerk")
    expect(phone.get_by_text("结业情况请核对")).to_be_visible()
    press(phone, "退回修改 · 参训记录 1 条")
    phone.wait_for_url(re.compile(f"/ledgers/enrolments/{row.pk}/"))
    expect(phone.locator("main")).to_contain_text(row.person.name)
    press(phone, "修改", then="修改")
    tab_to(phone, "结业情况")
    choose(phone, "dropped")
    write(phone, "修改的原因", "核对过签到册")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).not_to_contain_text("修改")
    row.refresh_from_db()
    assert (row.result, row.state) == ("dropped", State.DRAFT)


def test_who_is_meant_is_answered(world: World, phone: Page) -> None:
    upload, woman = help_table(world), world.people["here"][1]
    enter(phone, world, "clerk")
    press(phone, "待认定 · 是登记里的谁", then="待认定")
    press(phone, f"person:{woman.pk}")
    expect(phone.get_by_text("没有待认定的行")).to_be_visible()
    upload.refresh_from_db()
    assert [*upload_store.decisions_of(upload).values()] == [f"person:{woman.pk}"]


def test_rows_are_approved_in_bulk_and_a_number_followed_to_its_people(world: World, phone: Page) -> None:
    enter(phone, world, "approver")
    seek(phone, "审核参训")
    pick(phone, "审核参训记录")
    headed(phone, "审核")
    tab_to(phone, "勾选整组 6 条")
    phone.keyboard.press("Space")
    phone.get_by_role("button", name="审核这 6 条").last.press("Enter")
    expect(phone.get_by_role("status")).to_contain_text("办了 6 条。")
    assert not Enrolment.objects.filter(state=State.DRAFT).exists()
    phone.goto("/ledgers/classes/review/")
    press(phone, "审核这 1 条")
    expect(phone.get_by_role("status")).to_contain_text("办了 1 条。")
    press(phone, "任务进度", then="任务进度")
    press(phone, "2023年全市残疾人", then="2023年全市残疾人")
    press(phone, "已审核 26", then="涪陵区")
    woman = phone.get_by_role("rowheader").first.inner_text().strip()
    press(phone, woman, then=woman)


def test_a_row_is_returned_with_a_reason(world: World, phone: Page) -> None:
    rows = world.classes["pending"].enrolments
    rows.update(state=State.CHECKED)
    enter(phone, world, "approver")
    phone.goto("/ledgers/enrolments/review/")
    tab_to(phone, "勾选 ")
    phone.keyboard.press("Space")
    phone.locator("summary", has_text="退回勾选的").press("Enter")
    write(phone, "退回的原因", "缺签到册")
    press(phone, "退回这 1 条")
    expect(phone.get_by_role("status")).to_contain_text("办了 1 条。")
    assert rows.filter(state=State.DRAFT).count() == 1
    assert Change.objects.latest("pk").purpose == "缺签到册"


def test_a_woman_is_found_by_initials_and_by_her_whole_number_and_changed_with_a_reason(
    world: World, phone: Page
) -> None:
    woman = world.people["here"][1]
    columns = completed({"name": "覃秀英", "id_number": woman.id_number, "phone": woman.phone})
    rows.update(Person, [(woman.pk, columns)])
    enter(phone, world, "clerk")
    seek(phone, "qxy")
    pick(phone, "覃秀英")
    headed(phone, "覃秀英")
    seek(phone, str(woman.id_number))
    phone.keyboard.press("Enter")
    headed(phone, "查找")
    press(phone, "覃秀英", then="覃秀英")
    assert str(woman.id_number) not in phone.content() + phone.url
    press(phone, "修改", then="修改")
    write(phone, "姓名", "覃秀瑛")
    write(phone, "修改的原因", "身份证上的写法")
    phone.keyboard.press("Enter")
    headed(phone, "覃秀瑛")
    assert Person.objects.get(pk=woman.pk).name == "覃秀瑛"
    press(phone, "变更经过", then="变更经过")
    expect(phone.locator(".timeline")).to_contain_text("身份证上的写法")
    expect(phone.locator(".timeline s").first).to_have_text("覃秀英")


def test_a_number_is_revealed_for_a_purpose(world: World, phone: Page) -> None:
    woman = world.people["here"][1]
    enter(phone, world, "clerk")
    phone.goto(f"/persons/{woman.pk}/")
    press(phone, "查看完整身份证号")
    tab_to(phone, "用途")
    choose(phone, "核对身份")
    press(phone, "查看")
    expect(phone.locator("#revealed")).to_contain_text(str(woman.id_number))
    entry = AccessEntry.objects.get(action="reveal", done=True)
    assert (entry.username, entry.purpose) == ("clerk", "核对身份")


def test_an_official_form_is_downloaded(world: World, phone: Page) -> None:
    enter(phone, world, "clerk")
    press(phone, "报表", then="报表")
    press(phone, "残疾人职业技能培训学员名册")
    phone.wait_for_url(re.compile(f"/forms/{NOTICE}/roster/"))
    tab_to(phone, "用途")
    choose(phone, "制作名册")
    tab_to(phone, "下载 XLSX")
    with phone.expect_download() as waiting:
        phone.keyboard.press("Enter")
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")
    assert Export.objects.get().purpose == "制作名册"


def test_the_board_is_read_and_the_names_missing_are_opened(world: World, phone: Page) -> None:
    held = training_class(world.regions["涪陵区"], "缺签到册的班", has_sign_in=False)
    enrol(held, world.people["here"][26:28])
    recount_every()
    enter(phone, world, "clerk")
    press(phone, "差一步的名单", then="差一步")
    press(phone, "2 ")
    expect(phone.get_by_role("rowheader", name=world.people["here"][26].name)).to_be_visible()
    assert AccessEntry.objects.filter(username="clerk", subject__contains="enrolments", rows=2).exists()


def test_a_view_is_kept_and_exported(world: World, phone: Page) -> None:
    enter(phone, world, "clerk")
    press(phone, "台账", then="台账")
    press(phone, "参训记录", then="参训记录")
    tab_to(phone, "筛选条件")
    phone.keyboard.press("Enter")
    tab_to(phone, "状态")
    phone.keyboard.press("ArrowDown")
    tab_to(phone, "筛选")
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("state=pending"))
    press(phone, "常用视图")
    write(phone, "存为", "待我核对的")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("status")).to_contain_text("待我核对的")
    assert SavedView.objects.get().query.startswith("state=pending")
    press(phone, "导出")
    tab_to(phone, "用途")
    choose(phone, "其他")
    write(phone, "写明用途", "逐条核对")
    tab_to(phone, "下载 CSV")
    with phone.expect_download() as waiting:
        phone.keyboard.press("Enter")
    assert Path(waiting.value.path()).read_text("utf-8-sig").count("盲人按摩班") == 6
    assert Export.objects.get().purpose == "其他：逐条核对"


def test_a_target_is_split(world: World, phone: Page) -> None:
    enter(phone, world, "city")
    press(phone, "通知", then="通知")
    press(phone, "2023年全市残疾人", then="2023年全市残疾人")
    press(phone, "分解与版本 职业技能培训", then="职业技能培训")
    tab_to(phone, "method")
    choose(phone, "need")
    press(phone, "先看看")
    expect(phone).to_have_url(re.compile("method=need"))
    expect(phone.get_by_role("row", name=re.compile("涪陵区"))).to_contain_text("3,333")
    write(phone, "理由", "按持证人数")
    press(phone, "按此分解")
    expect(phone.get_by_role("status")).to_contain_text("已分解")
    assert "按持证人数" in {one.reason for one in TargetVersion.objects.all()}


def test_a_post_is_handed_over(world: World, phone: Page) -> None:
    leaver, follower = world.users["clerk"], account("follower", world.regions["涪陵区"], Role.CLERK)
    leaver.post = Post.objects.create(agency=leaver.agency, title="就业经办", role=Role.CLERK)
    leaver.save()
    enter(phone, world, "clerk")
    seek(phone, "交接")
    pick(phone, "工作交接 页面")
    headed(phone, "交接")
    press(phone, "移交给别人")
    write(phone, "successor", "follower")
    write(phone, "放在哪里", "档案柜三层")
    write(phone, "是什么", "签到册两盒")
    write(phone, "password", PASSWORD)
    press(phone, "签字移交")
    expect(phone.get_by_role("status")).to_contain_text("您已签字")
    packet = Packet.objects.get()
    assert (packet.leaver, packet.successor) == (leaver, follower)
