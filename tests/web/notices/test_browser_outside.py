"""A list of an outside system in a real browser: handed in, opened to the names, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.factories import World
from tests.web.test_browser import enter

pytestmark = pytest.mark.django_db

TABLE = "/systems/cdpf-employment-training/training/"
HEADER = "姓名,残疾人证号,身份证号,培训项目,结束日期,是否结业,所属区县"


def test_a_list_is_compared_and_opened_without_a_broken_rule(
    world: World, page: Page, phone: Page, axe: Callable[[Page], None]
) -> None:
    one, two = world.people["here"][1], world.people["there"][3]
    lines = [HEADER] + [
        f"{woman.name},,{woman.id_number},手工编织一班,2023-06-20,否,涪陵区" for woman in (one, two)
    ]
    enter(page, "clerk")
    page.goto("/systems/")
    axe(page)
    page.goto(TABLE)
    data = "\n".join(lines).encode("utf-8-sig")
    page.locator("#file").set_input_files({"name": "名单.csv", "mimeType": "text/csv", "buffer": data})
    page.get_by_label("时段").select_option("2023")
    page.get_by_role("button", name="比对").click()
    expect(page.get_by_role("heading", level=1, name="名单.csv")).to_be_visible()
    axe(page)
    compared = page.url
    page.get_by_role("link", name="1 涪陵区 内容不同").click()
    expect(page.get_by_role("rowheader", name=one.name)).to_be_visible()
    axe(page)
    enter(phone, "clerk")
    for address in (compared, f"{compared}lines/", TABLE):
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    axe(phone)
