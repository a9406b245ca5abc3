"""The commonest tasks on a phone's width, by keyboard alone: nothing is clicked, and where the focus is can be seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from qiaojie.people.models import Person
from qiaojie.people.services import completed
from tests.web.factories import NOTICE, PASSWORD, World, identity, roster
from tests.web.test_likeness import help_table

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


def headed(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def enter(page: Page, username: str) -> None:
    page.goto("/sign-in/")
    expect(page.get_by_label("账号")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    headed(page, "今日")


def test_a_person_is_found_by_pinyin_changed_with_a_reason_and_her_past_read(
    world: World, phone: Page
) -> None:
    woman = world.people["here"][1]
    columns = completed({"name": "覃秀英", "id_number": woman.id_number, "phone": woman.phone})
    Person.objects.filter(pk=woman.pk).update(**columns)
    enter(phone, "clerk")
    phone.keyboard.press("/")
    phone.keyboard.type("qinxiu")
    phone.keyboard.press("Enter")
    headed(phone, "查找")
    press(phone, "覃秀英", then="覃秀英")
    press(phone, "修改", then="修改")
    write(phone, "姓名", "覃秀瑛")
    write(phone, "修改的原因", "身份证上的写法")
    phone.keyboard.press("Enter")
    headed(phone, "覃秀瑛")
    press(phone, "变更经过", then="变更经过")
    expect(phone.locator(".timeline")).to_contain_text("身份证上的写法")
    expect(phone.locator(".timeline s").first).to_have_text("覃秀英")


def test_a_file_is_handed_in_mended_and_written(world: World, phone: Page) -> None:
    enter(phone, "clerk")
    press(phone, "导入", then="导入")
    press(phone, "导入表格", then="导入表格")
    lost = roster("涪陵编织二班", range(300, 305), n302=f"{identity(302)[:15]}000")
    file: FilePayload = {"name": "二班.csv", "mimeType": "text/csv", "buffer": lost}
    tab_to(phone, "由系统识别")
    for _ in range(20):
        if phone.evaluate("document.activeElement.value") == f"{NOTICE}/roster":
            break
        phone.keyboard.press("ArrowDown")
    tab_to(phone, "file")
    with phone.expect_file_chooser() as chooser:
        phone.keyboard.press("Space")
    chooser.value.set_files(file)
    press(phone, "看计划", then="二班.csv")
    press(phone, "采用残疾人证中的号码")
    expect(phone.get_by_role("button", name="写入 5 行")).to_be_visible()
    press(phone, "写入 5 行")
    expect(phone.get_by_role("status")).to_contain_text("已写入 5 行。")


def test_rows_are_approved_and_a_number_is_followed_to_its_people(world: World, phone: Page) -> None:
    enter(phone, "approver")
    press(phone, "台账", then="台账")
    press(phone, "参训记录", then="参训记录")
    press(phone, "逐条审核待审的", then="审核")
    tab_to(phone, "全选本页")
    phone.keyboard.press("Space")
    press(phone, "审核勾选的")
    expect(phone.get_by_role("status")).to_contain_text("办了 6 条。")
    press(phone, "任务进度", then="任务进度")
    press(phone, "2023年全市残疾人", then="2023年全市残疾人")
    press(phone, "已审核 26", then="涪陵区")
    woman = phone.get_by_role("rowheader").first.inner_text().strip()
    press(phone, woman, then=woman)


def test_a_form_is_downloaded_a_question_answered_and_a_view_kept(world: World, phone: Page) -> None:
    help_table(world)
    woman = world.people["here"][1]
    enter(phone, "clerk")
    phone.goto(f"/forms/{NOTICE}/roster/?period=2023")
    write(phone, "用途", "报市残联")
    tab_to(phone, "下载 XLSX")
    with phone.expect_download() as waiting:
        phone.keyboard.press("Enter")
    assert Path(waiting.value.path()).read_bytes().startswith(b"PK")

    press(phone, "导入", then="导入")
    phone.goto("/intake/waiting/")
    press(phone, f"person:{woman.pk}")
    expect(phone.get_by_text("没有待认定的行")).to_be_visible()

    press(phone, "台账", then="台账")
    press(phone, "参训记录", then="参训记录")
    tab_to(phone, "状态")
    phone.keyboard.press("ArrowDown")
    tab_to(phone, "筛选")
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("state=draft"))
    press(phone, "常用视图")
    write(phone, "存为", "待我核对的")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("status")).to_contain_text("待我核对的")
    expect(phone.get_by_role("navigation", name="常用视图")).to_contain_text("待我核对的")


def test_a_target_is_split(world: World, phone: Page) -> None:
    enter(phone, "city")
    press(phone, "通知", then="通知")
    press(phone, "2023年全市残疾人", then="2023年全市残疾人")
    press(phone, "分解与版本 职业技能培训", then="职业技能培训")
    tab_to(phone, "method")
    for _ in range(6):
        if phone.evaluate("document.activeElement.value") == "need":
            break
        phone.keyboard.press("ArrowDown")
    press(phone, "先看看")
    expect(phone).to_have_url(re.compile("method=need"))
    expect(phone.get_by_role("row", name=re.compile("涪陵区"))).to_contain_text("3,333")
    write(phone, "理由", "按持证人数")
    press(phone, "按此分解")
    expect(phone.get_by_role("status")).to_contain_text("已分解")
