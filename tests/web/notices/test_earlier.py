"""The page of earlier years: empty, full and wrong; and the mark wherever a typed total is shown."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from qiaojie.accounts.models import Role
from qiaojie.ledgers.models import State
from qiaojie.measures.models import TypedFigure
from qiaojie.measures.services import count_years_before
from qiaojie.notices import queries as notices
from tests.web import factories
from tests.web.api.programs import program
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

AT = f"/notices/{NOTICE}/earlier/"
BOARD = f"/board/{NOTICE}/"
CODE = "vocational_training"


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def cell(world: World, unit: str = "涪陵区", year: int = 2022, code: str = CODE) -> str:
    return f"cell-{world.regions[unit].pk}-{year}-{code}"


def type_total(
    world: World, sign_in: SignIn, role: str = "approver", number: str = "1,234", **more: str
) -> int:
    client = sign_in(role)
    form = {
        cell(world): number, "evidence": "涪陵区2022年统计年鉴", "act": "save", "seen": seen(flat(client.get(AT))), **more
    }  # fmt: skip
    return client.post(AT, form).status_code


def test_a_county_types_its_years_and_sees_them_marked(world: World, sign_in: SignIn) -> None:
    page = flat(sign_in("clerk").get(AT))
    assert all(f"{year}年" in page for year in range(2018, 2023)) and "系统已计" not in page
    assert type_total(world, sign_in) == 302
    page = flat(sign_in("clerk").get(AT))
    assert 'value="1234"' in page and "填报数，看记录" in page
    assert TypedFigure.objects.get().state == State.APPROVED


def test_a_wrong_cell_is_named_at_the_cell_and_nothing_typed_is_lost(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    form = {
        cell(world): "十几", cell(world, year=2021): "77", "evidence": "年鉴", "act": "save",
        "seen": seen(flat(client.get(AT))),
    }  # fmt: skip
    answer = client.post(AT, form)
    page = flat(answer)
    assert answer.status_code == 422 and not TypedFigure.objects.exists()
    assert f'aria-describedby="wrong-{cell(world)}"' in page and f'href="#{cell(world)}"' in page
    assert 'value="十几"' in page and 'value="77"' in page and 'value="年鉴"' in page
    missing = client.post(AT, {**form, cell(world): "15", "evidence": ""})
    assert missing.status_code == 422 and "请写明这些数的依据" in flat(missing)


def test_a_block_is_laid_into_the_grid_and_saved_only_then(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    page = flat(client.get(f"{AT}?year=2021"))
    label = notices.notice(NOTICE).indicator(CODE).label
    block = f"单位\t{label}\n涪陵区\t1.2万\n万州区\t—\n"
    laid = client.post(AT, {"act": "paste", "year": "2021", "block": block, "seen": seen(page)})
    assert laid.status_code == 200 and 'value="12000"' in flat(laid) and not TypedFigure.objects.exists()
    broken = client.post(AT, {"act": "paste", "year": "2021", "block": f"单位\t{label}\n没有县\t5\n"})
    assert broken.status_code == 422 and "没有县" in flat(broken)
    kept = re.search(r"<textarea[^>]*>(.*?)</textarea>", broken.content.decode(), re.S)
    assert kept is not None and kept[1].strip() == f"单位\t{label}\n没有县\t5"
    world.users["city-approver"] = factories.account("city-approver", world.regions["重庆市"], Role.APPROVER)
    form = {
        "act": "save",
        "year": "2021",
        cell(world, year=2021): "12000",
        "evidence": "年鉴",
        "seen": seen(page),
    }
    assert sign_in("city-approver").post(AT, form).status_code == 302
    assert TypedFigure.objects.get().number == 12000
    assert client.get(f"{AT}?year=2023").status_code == 400


def test_who_only_looks_sees_figures_and_no_boxes(world: World, sign_in: SignIn) -> None:
    type_total(world, sign_in)
    world.users["leader"] = factories.account("leader", world.regions["涪陵区"], Role.LEADER)
    page = flat(sign_in("leader").get(AT))
    assert "1,234" in page and 'id="cell-' not in page
    world.users["street"] = factories.account("street", world.regions["甲0街道"], Role.CLERK)
    assert "不是这份通知所列的单位" in flat(sign_in("street").get(AT))
    assert sign_in("base").get(AT).status_code == 404


def test_board_trend_paper_and_api_mark_it_and_say_where_it_comes_from(world: World, sign_in: SignIn) -> None:
    count_years_before()
    client = sign_in("clerk")
    assert "※" not in flat(client.get(f"{BOARD}?on=2023-11-30"))
    type_total(world, sign_in)
    page = flat(client.get(f"{BOARD}?on=2023-11-30"))
    assert "全年 1,234" in page and "（填报数）" in page
    assert "涪陵区2022年统计年鉴 · 吴审核" in page
    trend = flat(client.get(f"{BOARD}{CODE}/course/?unit={world.regions['涪陵区'].pk}&on=2023-11-30"))
    assert "往年全年" in trend and "1,234" in trend and "去年同日</span>" not in trend
    data = client.get(f"{BOARD}page.xlsx?on=2023-11-30").content
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    texts = [str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None]
    assert "1,234※" in texts and any("去年全年" in text for text in texts)
    assert any("涪陵区2022年统计年鉴" in text for text in texts)
    # The number of this year is what it was.
    assert "已审核 20，待审核 6，任务 215，完成 9.3%" in page


def test_a_program_is_told_which_totals_were_typed(world: World, sign_in: SignIn) -> None:
    asks = program(world.users["clerk"])
    assert asks.ask(f"notices/{NOTICE}/board").json()["typed_before"] == []
    type_total(world, sign_in)
    (one,) = asks.ask(f"notices/{NOTICE}/board").json()["typed_before"]
    assert (one["indicator"], one["year"], one["number"], one["unit"]["name"]) == (CODE, 2022, 1234, "涪陵区")
    assert (one["evidence"], one["by"]) == ("涪陵区2022年统计年鉴", "approver")
    assert asks.ask(f"notices/{NOTICE}/board").json()["units"][0]["figures"][CODE]["approved"] == 20


def test_paper_has_no_such_column_where_nothing_was_typed(world: World, sign_in: SignIn) -> None:
    data = sign_in("clerk").get(f"{BOARD}page.xlsx?on=2023-11-30").content
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    texts = [str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None]
    assert not any("去年全年" in text for text in texts)
