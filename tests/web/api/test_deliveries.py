"""Rows that a program hands in go the way of a file: the same plan, the same rows, the same findings."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import deliveries, services
from qiaojie.intake.models import Delivery, Upload
from qiaojie.intake.presenting import drawn_rows
from qiaojie.intake.reading.typed_rows import TypedRows
from qiaojie.ledgers.models import Batch, State
from qiaojie.notices import queries as notices
from qiaojie.training.models import Enrolment
from tests.web.api.programs import Program, program, roster
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db
PLANS = f"tables/{NOTICE}/roster/plans"


def hand_in(asks: Program, rows: list[dict[str, Any]], word: str = "", **more: Any) -> Any:
    headers = {"idempotency-key": word} if word else {}
    return asks.ask(PLANS, {"rows": rows, **more}, **headers)


def test_rows_are_planned_looked_at_and_written(world: World) -> None:
    asks = program(world.users["clerk"])
    told = hand_in(asks, [roster(500), roster(501)], purpose="每月报送").json()
    assert (told["counts"]["new"], told["found"]["error"], told["stage"]) == (2, 0, "planned")
    again = asks.ask(f"plans/{told['id']}").json()
    assert again == told
    written = asks.ask(f"plans/{told['id']}/commit", {"seal": told["seal"]})
    assert written.status_code == 200, written.content
    assert written.json()["stage"] == "committed"
    made = Enrolment.objects.filter(training_class__title="接口班")
    assert made.count() == 2
    # A program approves nothing.
    assert set(made.values_list("state", "entered_by")) == {(State.DRAFT, "clerk")}
    assert Batch.objects.get(pk=written.json()["batch"]).purpose == "每月报送"
    line = AccessEntry.objects.filter(subject__contains="/batch/").get()
    assert line.purpose == "接口“培训系统”：每月报送"
    closed = asks.ask(f"plans/{told['id']}/commit", {"seal": told["seal"]})
    assert (closed.status_code, closed.json()["code"]) == (409, "upload_closed")


def test_what_is_handed_in_is_planned_like_a_file(world: World) -> None:
    rows = [roster(502), roster(503), {**roster(504), "person.id_number": "500000198001010000"}, roster(502)]
    told = hand_in(program(world.users["clerk"]), rows).json()
    table = notices.table(f"{NOTICE}/roster")
    texts = [{name: "是" if value is True else value for name, value in row.items()} for row in rows]
    region = world.regions["涪陵区"]
    data = drawn_rows.draw(table, TypedRows({}, texts), region).content
    plan = services.plan(data, "名册.xlsx", table, region, UserViewer(world.users["clerk"]))
    assert told["counts"] == {str(word): number for word, number in plan.counts.items()}
    assert [(f["code"], f["level"], f["column"]) for f in told["findings"]] == [
        (issue.code, issue.level.value, issue.field) for issue in plan.issues
    ]
    wrong = next(f for f in told["findings"] if f["level"] == "error")
    assert (wrong["row"], wrong["column"]) == (2, "person.id_number")


def test_a_message_names_the_place_in_what_was_handed_in(world: World) -> None:
    asks = program(world.users["clerk"])
    rows = [roster(520), roster(520), {**roster(521), "class.ends": "2023-06-01"}]
    told = hand_in(asks, rows).json()
    said = {f["code"]: (f["row"], f["column"], f["message"]) for f in told["findings"]}
    assert said["twice_in_file"][::2] == (1, "与rows[0]完全相同，只写入一次。")
    assert said["date_order"][:2] == (2, "class.ends")
    assert "rows[2].class.begins" in said["date_order"][2]
    page = Client()
    page.force_login(world.users["clerk"])
    shown = page.get(told["page"]).content.decode()
    assert "第2行" in shown and "与第1行完全相同" in shown
    assert "rows[" not in shown and "改表头对应" not in shown
    assert not re.search(r'class="where"[^>]*>[A-Z]+[0-9]+<', shown)
    assert page.get(f"/intake/{told['id']}/columns/").status_code == 302
    kinds = page.get(f"/intake/{told['id']}/kind/error/date_order/").content.decode()
    assert "第3行 结业日期" in kinds and "“开班日期”" in kinds
    listed = page.get(f"/intake/{told['id']}/rows/").content.decode()
    assert "培训班名称" in listed and "接口班" in listed


def test_what_was_kept_as_a_workbook_reads_as_before(world: World) -> None:
    """Rows that came before they were kept as such stand in a workbook in the table's own form."""
    user, region = world.users["clerk"], world.regions["涪陵区"]
    table = notices.table(f"{NOTICE}/roster")
    rows = [{**roster(522), "result": "是"}, {**roster(522), "result": "是"}]
    data = drawn_rows.draw(table, TypedRows({}, rows), region).content
    kept = services.receive(data, "培训名册（接口报送）.xlsx", table, region, UserViewer(user))
    Delivery.objects.create(upload=kept, owner="clerk", word="", mark=b"", content=b"")
    asks = program(user)
    told = asks.ask(f"plans/{kept.pk}").json()
    (twice,) = [f for f in told["findings"] if f["code"] == "twice_in_file"]
    assert (twice["row"], twice["message"]) == (1, "与rows[0]完全相同，只写入一次。")
    reasons = {f["code"]: "经核实" for f in told["findings"] if f["level"] == "warning"}
    written = asks.ask(f"plans/{kept.pk}/commit", {"seal": told["seal"], "reasons": reasons}).json()
    assert (written["stage"], written["rows"]) == ("committed", 2)


def test_a_plan_with_errors_is_not_written(world: World) -> None:
    asks = program(world.users["clerk"])
    told = hand_in(asks, [roster(505), {**roster(506), "class.begins": "春天"}]).json()
    finding = next(f for f in told["findings"] if f["level"] == "error")
    assert (finding["row"], finding["column"]) == (1, "class.begins")
    refused = asks.ask(f"plans/{told['id']}/commit", {"seal": told["seal"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_has_errors")
    assert not Enrolment.objects.filter(training_class__title="接口班").exists()
    assert asks.ask(f"plans/{told['id']}/discard", {}).json()["stage"] == "discarded"


def test_what_was_not_looked_at_is_not_written(world: World) -> None:
    asks = program(world.users["clerk"])
    told = hand_in(asks, [roster(507)]).json()
    refused = asks.ask(f"plans/{told['id']}/commit", {"seal": "0" * 64})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")


def test_the_same_word_again_is_the_same_plan(world: World) -> None:
    asks = program(world.users["clerk"])
    first, second = hand_in(asks, [roster(508)], "monday"), hand_in(asks, [roster(508)], "monday")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    other = hand_in(asks, [roster(509)], "monday")
    assert (other.status_code, other.json()["code"]) == (409, "word_used")
    assert hand_in(asks, [roster(508)]).json()["id"] != hand_in(asks, [roster(508)]).json()["id"]
    # Another account's word is its own.
    assert hand_in(program(world.users["approver"]), [roster(510)], "monday").status_code == 201


def test_what_came_is_kept_as_it_came_and_encrypted(world: World) -> None:
    told = hand_in(program(world.users["clerk"]), [roster(511)]).json()
    kept = Delivery.objects.get(upload=told["id"])
    assert json.loads(deliveries.content_of(kept)) == {"rows": [roster(511)]}
    assert roster(511)["person.id_number"].encode() not in bytes(kept.content)


def test_what_cannot_be_used_says_where_and_leaves_nothing(world: World, settings: Any) -> None:
    asks = program(world.users["clerk"])
    before = Upload.objects.count()
    settings.AT_ONCE_ROWS = 3
    for code, rows, more in (
        ("rows_missing", [], {}),
        ("row_empty", [roster(1), {"person.name": " "}], {}),
        ("rows_too_many", [roster(n) for n in range(4)], {}),
        ("box_unknown", [{**roster(1), "person.nmae": "x"}], {}),
        ("box_unknown", [roster(1)], {"captions": {"x": "y"}}),
        ("text_too_long", [{**roster(1), "person.name": "长" * 501}], {}),
        ("value_unfit", [roster(1)], {"year": 23}),
        ("value_unfit", [{"person.name": ["x"]}], {}),
    ):
        response = hand_in(asks, rows, **more)
        assert (response.status_code, response.json()["code"]) == (422, code)
    assert "rows[0]" in hand_in(asks, [{"x": "y"}]).json()["message"]
    assert hand_in(asks, [roster(1)], "空 格").status_code in (400, 422)
    assert asks.ask(f"tables/{NOTICE}/nothing/plans", {"rows": []}).status_code == 404
    assert Upload.objects.count() == before


def test_a_training_institution_hands_in_its_own(world: World) -> None:
    asks = program(world.users["trainer"])
    told = hand_in(asks, [roster(512)]).json()
    assert asks.ask(f"plans/{told['id']}").status_code == 200
    assert program(world.users["base"]).ask(f"plans/{told['id']}").status_code == 404
    assert program(world.users["other"]).ask(f"plans/{told['id']}").status_code == 404
    assert program(world.users["clerk"]).ask(f"plans/{told['id']}").status_code == 200


def test_what_people_hand_in_is_theirs(world: World) -> None:
    upload = world.uploads["here"]
    assert program(world.users["clerk"]).ask(f"plans/{upload.pk}").status_code == 404


def test_warnings_pass_with_a_reason(world: World) -> None:
    asks = program(world.users["clerk"])
    row = {
        name: value
        for name, value in roster(513).items()
        if name not in ("person.id_number", "person.certificate")
    }
    told = hand_in(asks, [{**row, "person.phone": "13900000513"}]).json()
    warnings = {f["code"] for f in told["findings"] if f["level"] == "warning"}
    assert "id_missing" in warnings
    response = asks.ask(
        f"plans/{told['id']}/commit",
        {"seal": told["seal"], "reasons": dict.fromkeys(warnings, "本人未带证件")},
    )
    assert response.json()["stage"] == "committed"
