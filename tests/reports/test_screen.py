"""Forms on the screen: every number opens to its rows, blanks to take along, looking back, and how they print."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import openpyxl
import pytest
from django.conf import settings as django_settings
from django.test import Client

from qiaojie.accounts.models import AccessEntry
from tests.web.factories import World

STATUS = "/forms/chongqing-handicraft-2019/training-status/"
TASKS = "/forms/chongqing-work-2023/tasks-2023/"
ROSTER = "/forms/chongqing-work-2023/roster/"


def client(world: World, name: str) -> Client:
    made = Client()
    made.force_login(world.users[name])
    return made


def links(page: str) -> list[str]:
    sheet = page.partition('<div class="form-sheet')[2]
    return [address.replace("&amp;", "&") for address in re.findall(r'<a href="([^"]+)"', sheet)]


@pytest.mark.parametrize(
    "address", [f"{STATUS}?period=2019H1", f"{TASKS}?show=all&period=2023&on=2023-11-30"]
)
def test_every_number_opens_to_a_page(world: World, address: str) -> None:
    desk = client(world, "city")
    found = links(desk.get(address).content.decode())
    assert found
    for link in dict.fromkeys(found[:12] + found[-12:]):
        assert desk.get(link).status_code == 200, link


def test_the_sum_of_a_form_opens_to_its_rows(world: World) -> None:
    desk = client(world, "clerk")
    sums = [link for link in links(desk.get(f"{STATUS}?period=2019H1").content.decode()) if "/rows/" in link]
    page = desk.get(sums[0]).content.decode()
    assert "蜀绣班" in page
    assert "手工编织一班" not in page


def test_a_form_with_personal_data_opens_no_list_of_rows(world: World) -> None:
    assert client(world, "clerk").get(f"{ROSTER}rows/?period=2023").status_code == 404


def test_a_matrix_can_be_chosen_and_looked_back_on(world: World) -> None:
    desk = client(world, "city")
    page = desk.get(f"{TASKS}?show=ratio&period=2023&on=2023-06-01").content.decode()
    assert "（完成率）" in page
    assert "截至：2023年6月1日" in page
    assert '<option value="ratio" selected>' in page
    assert desk.get(f"{TASKS}?show=everything").status_code == 404
    assert desk.get(f"{STATUS}?show=ratio").status_code == 404
    assert desk.get(f"{TASKS}?on=去年").status_code == 400


@pytest.mark.parametrize("format", ["xlsx", "docx"])
def test_a_blank_holds_nobody_and_needs_no_purpose(world: World, format: str, tmp_path: Path) -> None:
    got = client(world, "clerk").get(f"{ROSTER}download.{format}?period=2023&blank=1")
    file = tmp_path / f"blank.{format}"
    file.write_bytes(got.content)
    if format == "xlsx":
        said = "".join(str(cell.value or "") for row in openpyxl.load_workbook(file).active for cell in row)
    else:
        made = docx.Document(str(file))
        said = "".join(p.text for p in made.paragraphs) + made.element.body.xml
    assert "涪陵区2023年残疾人职业技能培训学员名册" in said
    assert not any(woman.name in said or woman.id_number in said for woman in world.people["here"])
    assert AccessEntry.objects.latest("pk").rows == 0


def test_print_leaves_out_everything_but_the_form() -> None:
    folder = Path(django_settings.BASE_DIR) / "qiaojie" / "web" / "static" / "web" / "style"
    styles = (folder / "print.css").read_text("utf-8")
    printed = styles.partition("@media print")[2]
    hidden = printed.partition("display: none")[0]
    assert all(part in hidden for part in (".top", ".filters", ".no-print", ".button"))
    assert ".form-table" in printed
