"""One field of many rows on the screen: from ticks or filters, a look, the doing, what was left, and its rows as a file."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.test import Client

from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import Batch, State
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.markup import flat
from tests.web.test_pages import queries

pytestmark = pytest.mark.django_db

AT = "/ledgers/enrolments/change-many/"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def step(client: Client, at: str = AT, status: int = 200, **given: object) -> str:
    answer = client.post(at, given)
    assert answer.status_code == status, answer.content.decode()
    return flat(answer)


def test_ticked_rows_step_by_step(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    rows = list(Enrolment.objects.filter(training_class=world.classes["pending"]).order_by("pk"))
    Enrolment.objects.filter(pk=rows[0].pk).update(state=State.WITHDRAWN)
    ticked = [row.pk for row in rows[:4]]
    page = step(client, row=ticked)
    assert "选中 4 条" in page and ">备注</option>" in page
    assert ">姓名</option>" not in page and ">状态</option>" not in page
    held = hidden(page, "rows")
    page = step(client, rows=held, act="field", field="result")
    assert "<select" in page and '<option value="dropped">未结业</option>' in page
    # What is missing is said at the box, and nothing that was put in is lost.
    page = step(client, status=422, rows=held, act="look", field="result", value="", purpose="核实")
    assert "请填写“结业情况”的新内容" in page and 'value="核实"' in page
    page = step(client, status=422, rows=held, act="look", field="result", value="dropped", purpose=" ")
    assert "请写明修改的原因或依据" in page and "dropped" in page
    page = step(client, rows=held, act="look", field="result", value="dropped", purpose="没有结业")
    assert "还没有改" in page and "改这 3 条" in page and "已作废，恢复以后才能改" in page
    assert f"/ledgers/enrolments/{rows[0].pk}/" in page and rows[0].person.name in page
    given = {name: hidden(page, name) for name in ("seen", "field", "value", "purpose")}
    page = step(client, rows=held, act="do", **given)
    (batch,) = [one for one in Batch.objects.filter(ledger="enrolments") if one.purpose == "没有结业"]
    assert "办了 3 条" in page and f"/batches/{batch.pk}/" in page and "已作废，恢复以后才能改" in page
    assert Enrolment.objects.filter(result="dropped").count() == 3
    assert client.get(f"/batches/{batch.pk}/").status_code == 200
    # Done twice, it is said that there is nothing to do.
    assert "没有改动" in step(client, status=422, rows=held, act="do", **given)


def test_all_that_the_filters_leave_and_the_ones_of_a_kind_as_a_file(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    at = f"{AT}?class.title=编织"
    page = flat(client.get(at))
    assert "选中 20 条" in page
    held = hidden(page, "rows")
    page = step(client, at, rows=held, act="look", field="remark", value="城区", purpose="补录")
    assert "已审核，改动要等审核采纳" in page
    given = {"rows": held, "act": "download"}
    assert client.post(at, {**given, "purpose": " "}).status_code == 422
    answer = client.post(at, {**given, "purpose": "核对"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    words = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row]
    assert sum("手工编织一班" in word for word in words) == 20
    assert step(client, rows="", status=302) == ""


def test_the_list_leads_there_for_whoever_may_enter(world: World, sign_in: SignIn) -> None:
    listed = sign_in("clerk").get("/ledgers/enrolments/?state=approved").content.decode()
    assert "选中符合条件的全部 44 条" in flat(listed)
    assert 'formaction="/ledgers/enrolments/change-many/?state=approved"' in listed
    chosen = sign_in("clerk").get("/ledgers/enrolments/?state=approved&chosen=all").content.decode()
    assert "已选符合条件的全部 44 条" in flat(chosen) and 'name="all" value="1"' in chosen
    assert 'formaction="/ledgers/enrolments/change-many/?state=approved"' in chosen
    people = sign_in("clerk").get("/ledgers/persons/").content.decode()
    assert 'formaction="/ledgers/persons/change-many/"' in people and 'name="row"' in people
    for name in ("reader", "inspector"):
        assert "change-many" not in sign_in(name).get("/ledgers/enrolments/").content.decode()
        assert sign_in(name).get(AT).status_code == 404


@pytest.mark.parametrize("code", [one.code for one in declaration.every() if one.made])
def test_every_ledger_has_the_page(world: World, sign_in: SignIn, code: str) -> None:
    client = sign_in("approver")
    assert client.get(f"/ledgers/{code}/change-many/").status_code == 200
    page = flat(client.get(f"/ledgers/{code}/"))
    assert ('class="empty"' in page) != (f"/ledgers/{code}/change-many/" in page)


def test_rows_that_pages_of_their_own_make_have_none(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    page = flat(client.get("/ledgers/agencies/"))
    assert 'class="empty"' not in page and "change-many" not in page
    assert client.get("/ledgers/agencies/change-many/").status_code == 404


@pytest.mark.parametrize("rows", ["x", "1-x", "1--2", "-3", "9" * 30])
def test_what_no_step_hands_on_is_not_there(world: World, sign_in: SignIn, rows: str) -> None:
    assert sign_in("clerk").post(AT, {"rows": rows, "act": "field"}).status_code == 404


def test_a_range_without_end_is_too_many(world: World, sign_in: SignIn) -> None:
    answer = sign_in("clerk").post(AT, {"rows": "1-999999999999999999", "act": "look"})
    assert answer.status_code == 422 and "一次最多改 5,000 条" in answer.content.decode()


def test_rows_of_another_county_are_left_and_not_told(world: World, sign_in: SignIn) -> None:
    foreign = Enrolment.objects.filter(training_class=world.classes["there"]).order_by("pk")
    page = step(
        sign_in("clerk"), rows=f"{foreign[0].pk}", act="look", field="remark", value="x", purpose="试"
    )
    assert "不在您的范围内" in page and foreign[0].person.name not in page and "改这" not in page


def test_a_look_costs_as_many_queries_for_a_hundred_rows_as_for_one(world: World, sign_in: SignIn) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, held = sign_in("city"), world.classes["weaving"]

    def cost(keys: list[int]) -> int:
        given = {"rows": ",".join(map(str, keys)), "field": "remark", "value": "x", "purpose": "试"}
        with CaptureQueriesContext(connection) as caught:
            step(client, act="look", **given)
        return len(caught)

    factories.enrol(held, [factories.person(n, world.regions["涪陵区"]) for n in range(100, 180)])
    keys = list(Enrolment.objects.filter(training_class=held).values_list("pk", flat=True))
    queries(client, AT)
    assert cost(keys[:1]) == cost(keys)
