"""What superiors ruled stands beside the number, on screen and on paper, with what the indicator counts otherwise."""

from __future__ import annotations

import io
from datetime import date

import docx
import openpyxl
import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.lib.periods import read_period
from qiaojie.notices.matrix import Show
from qiaojie.notices.models import Ruling
from qiaojie.notices.queries import table
from qiaojie.reports import filling
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db

SAID, AMISS = "没有签到表的一律不算。", "口径答疑与计数条件不一致"
BOARD = f"/board/{NOTICE}/"
DAY = "?on=2023-10-31"


@pytest.fixture
def ruling(world: World) -> Ruling:
    """A ruling that wants the sheet to be there; the indicator only shuts out classes that are known to have none."""
    return Ruling.objects.create(
        notice=NOTICE,
        indicator="vocational_training",
        on=date(2023, 5, 1),
        office="市残联",
        text=SAID,
        condition={"class.has_sign_in": True},
        by="city",
    )


@pytest.mark.parametrize(
    "address",
    [
        f"{BOARD}{DAY}&indicator=vocational_training",
        f"{BOARD}vocational_training/{DAY}",
        f"{BOARD}vocational_training/course/{DAY}",
        f"/notices/{NOTICE}/",
    ],
)
def test_it_stands_beside_the_number_with_both_sides(ruling: Ruling, sign_in: SignIn, address: str) -> None:
    client = sign_in("city")
    page = client.get(address).content.decode()
    assert SAID in page and AMISS in page and "计数条件：有签到表不是否" in page
    ruling.condition = {"class.kind": "vocational"}
    ruling.save()
    page = client.get(address).content.decode()
    assert SAID in page and AMISS not in page


def test_it_stands_on_paper(ruling: Ruling, world: World, sign_in: SignIn) -> None:
    viewer = UserViewer(world.users["city"])
    tasks, year, city = table(f"{NOTICE}/tasks-2023"), read_period("2023"), world.regions["重庆市"]

    def form(format: str) -> bytes:
        return filling.write(tasks, city, year, format, viewer, show=Show.ALL, on=date(2023, 10, 31))

    sheet = openpyxl.load_workbook(io.BytesIO(form("xlsx"))).active
    assert any(SAID in str(cell.value) and AMISS in str(cell.value) for row in sheet for cell in row)
    assert any(SAID in one.text for one in docx.Document(io.BytesIO(form("docx"))).paragraphs)
    assert SAID in form("html").decode() and AMISS in form("csv").decode("utf-8-sig")
    board = sign_in("city").get(f"{BOARD}page.docx{DAY}").content
    assert any(SAID in one.text and AMISS in one.text for one in docx.Document(io.BytesIO(board)).paragraphs)


def test_a_condition_is_entered_with_the_ruling(world: World, sign_in: SignIn) -> None:
    address = f"/notices/{NOTICE}/"
    page = sign_in("city").get(address).content.decode()
    assert '<select id="field-vocational_training" name="field">' in page
    given = {
        "on": "2023-06-01",
        "office": "市残联",
        "text": SAID,
        "field": "class.has_sign_in",
        "value": "是",
    }
    answer = sign_in("city").post(f"{address}vocational_training/rule/", given)
    assert answer.status_code == 302, answer.content.decode()[:500]
    assert Ruling.objects.get().condition == {"class.has_sign_in": True}
    wrong = sign_in("city").post(f"{address}vocational_training/rule/", {**given, "value": "也许"})
    assert wrong.status_code == 422 and Ruling.objects.count() == 1
