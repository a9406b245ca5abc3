"""Attendance by session: ticked on one page by several people, summed, told in the chain of a class, undone."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers.journal import history
from qiaojie.ledgers.models import State
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount_every
from qiaojie.notices import queries as notices
from qiaojie.training import register, services
from qiaojie.training.models import Attendance, DayPart, Enrolment, TrainingClass
from qiaojie.training.register import Session
from qiaojie.training.services import Ticked
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

DAY = date(2023, 6, 5)
MORNING = Session(DAY, DayPart.MORNING, 4)


def add(
    client: Client, pk: int, day: str = "2023-06-05", part: str = "morning", **given: str
) -> HttpResponse:
    form = {"add": "1", "day": day, "part": part, "everyone": "1", **given}
    return client.post(f"/classes/{pk}/attendance/", {name: text for name, text in form.items() if text})


def form_of(client: Client, pk: int) -> dict[str, list[str]]:
    """What the grid would send if nobody touched it."""
    page = flat(client.get(f"/classes/{pk}/attendance/"))
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(was\.[^"]+)" value="([^"]*)"', page):
        sent[name] = [value]
    for name, value in re.findall(r'name="(at\.[^"]+)" value="(\d+)" checked', page):
        sent.setdefault(name, []).append(value)
    return sent


def absent(pk: int) -> set[int]:
    found = Attendance.objects.filter(enrolment__training_class=pk, present=False, withdrawn=False)
    return set(found.values_list("enrolment_id", flat=True))


def strides(client: Client, pk: int) -> list[str]:
    page = flat(client.get(f"/classes/{pk}/")).split('class="strides"')[1].split("</ol>")[0]
    return re.findall(r"<b>([\d,]+)</b>", page)


def test_a_session_begins_with_everybody_and_those_away_are_unticked(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    assert add(client, held.pk, hours="4").status_code == 302
    sent = form_of(client, held.pk)
    key = "at.2023-06-05.morning"
    away = sent[key][:2]
    sent[key] = sent[key][2:]
    assert "改了 2 处" in client.post(f"/classes/{held.pk}/attendance/", sent, follow=True).content.decode()
    assert absent(held.pk) == {int(pk) for pk in away}
    # Sent a second time it changes nothing more.
    assert "没有改动" in client.post(f"/classes/{held.pk}/attendance/", sent, follow=True).content.decode()
    page = client.get(f"/classes/{held.pk}/").content.decode()
    assert "18 / 20" in page and "到课率 90%" in page
    # The button of a column, without a script.
    sent = {**form_of(client, held.pk), "every": ["2023-06-05.morning"]}
    assert client.post(f"/classes/{held.pk}/attendance/", sent).status_code == 302
    assert not absent(held.pk)


def test_two_who_save_at_once_keep_what_both_ticked(world: World, sign_in: SignIn) -> None:
    one, other, held = sign_in("clerk"), sign_in("approver"), world.classes["weaving"]
    add(one, held.pk)
    key = "at.2023-06-05.morning"
    first, second = form_of(one, held.pk), form_of(other, held.pk)
    a, b = first[key][0], first[key][1]
    first[key].remove(a)
    second[key].remove(b)
    assert one.post(f"/classes/{held.pk}/attendance/", first).status_code == 302
    assert other.post(f"/classes/{held.pk}/attendance/", second).status_code == 302
    assert absent(held.pk) == {int(a), int(b)}


def test_a_session_that_was_withdrawn_meanwhile_is_said(world: World, sign_in: SignIn) -> None:
    one, other, held = sign_in("clerk"), sign_in("approver"), world.classes["weaving"]
    add(one, held.pk)
    sent = form_of(one, held.pk)
    gone = {"withdraw": "2023-06-05.morning", "reason": "日期写错"}
    assert other.post(f"/classes/{held.pk}/attendance/", {**gone, "reason": " "}).status_code == 422
    assert other.post(f"/classes/{held.pk}/attendance/", {**gone, "withdraw": "x"}).status_code == 302
    assert not Attendance.objects.filter(withdrawn=True).exists()
    assert other.post(f"/classes/{held.pk}/attendance/", gone).status_code == 302
    sent["at.2023-06-05.morning"].pop()
    page = one.post(f"/classes/{held.pk}/attendance/", sent, follow=True).content.decode()
    assert "2023-06-05 的课被作废了" in page
    with pytest.raises(Unusable, match="被作废了"):
        row = held.enrolments.first()
        assert row is not None
        ticked = {MORNING.key: Ticked(frozenset({row.pk}), frozenset())}
        services.save(held.pk, ticked, UserViewer(world.users["clerk"]))
    # It may be entered anew.
    assert add(one, held.pk).status_code == 302


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": ""}, "请填写上课日期"),
        ({"day": "x"}, "不是日期"),
        ({"day": "2023-05-31"}, "不在这个班的日期"),
        ({"day": "2999-01-01"}, "还没有到"),
        ({"part": "night"}, "请选择上午"),
        ({"hours": "0"}, "课时请填 1 到 12"),
        ({"hours": "x"}, "课时请填 1 到 12"),
    ],
)
def test_what_is_wrong_with_a_session_is_said(
    world: World, sign_in: SignIn, given: dict[str, str], words: str
) -> None:
    answer = add(sign_in("clerk"), world.classes["weaving"].pk, **given)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Attendance.objects.exists()


def test_a_session_is_there_once_and_needs_a_roster(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    add(client, held.pk)
    assert "已经有了" in add(client, held.pk).content.decode()
    assert add(client, held.pk, part="afternoon").status_code == 302
    bare = factories.training_class(world.regions["涪陵区"], "没有名册的班")
    assert "请先导入名册" in add(client, bare.pk).content.decode()


def test_what_was_saved_last_is_undone_and_stands_in_the_history(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    assert client.post(f"/classes/{held.pk}/attendance/undo/").status_code == 422
    add(client, held.pk)
    sent = form_of(client, held.pk)
    away = int(sent["at.2023-06-05.morning"].pop())
    client.post(f"/classes/{held.pk}/attendance/", sent)
    assert absent(held.pk) == {away}
    row = Attendance.objects.get(enrolment=away)
    assert [change.act for change in history(Attendance, row.pk)] == ["create", "update"]
    assert client.post(f"/classes/{held.pk}/attendance/undo/").status_code == 302
    assert not absent(held.pk)
    assert client.post(f"/classes/{held.pk}/attendance/undo/").status_code == 302
    assert not Attendance.objects.exists()


def test_who_attended_comes_from_sessions_where_there_are_any_and_no_number_changes(
    world: World, sign_in: SignIn
) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    notice, on = notices.notice(NOTICE), date(2023, 12, 31)

    def counted() -> int | None:
        return measures.measure(notice, on, SystemViewer()).total["vocational_training"].approved

    before = counted()
    assert strides(client, held.pk)[0] == "20"
    add(client, held.pk)
    add(client, held.pk, part="afternoon")
    never, once = (row.pk for row in held.enrolments.order_by("pk")[:2])
    sent = form_of(client, held.pk)
    for key, away in (("at.2023-06-05.morning", (never, once)), ("at.2023-06-05.afternoon", (never,))):
        sent[key] = [pk for pk in sent[key] if int(pk) not in away]
    client.post(f"/classes/{held.pk}/attendance/", sent)
    assert strides(client, held.pk)[0] == "19"
    assert "按签到，名册 20 人" in client.get(f"/classes/{held.pk}/").content.decode()
    recount_every()
    assert counted() == before


def test_a_person_s_line_of_a_class_tells_how_often_she_came(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    woman = world.people["here"][1]
    for part in ("morning", "afternoon"):
        add(client, held.pk, part=part)
    Attendance.objects.filter(enrolment__person=woman, part="morning").update(present=False)
    assert " · 到课次数 1/2" in client.get(f"/persons/{woman.pk}/").content.decode()
    assert "1/2" in client.get("/ledgers/enrolments/").content.decode()


def test_a_trainer_ticks_her_own_class_and_sees_no_other(world: World, sign_in: SignIn) -> None:
    trainer, own, foreign = sign_in("trainer"), world.classes["weaving"], world.classes["farming"]
    TrainingClass.objects.filter(pk=own.pk).update(entered_by="trainer")
    hers = list(own.enrolments.order_by("pk")[:5].values_list("pk", flat=True))
    Enrolment.objects.filter(pk__in=hers).update(entered_by="trainer")
    assert add(trainer, own.pk).status_code == 302
    assert set(Attendance.objects.values_list("enrolment_id", flat=True)) == set(hers)
    assert add(trainer, foreign.pk).status_code == 404
    assert trainer.get(f"/classes/{foreign.pk}/attendance/").status_code == 404
    assert sign_in("base").get(f"/classes/{own.pk}/attendance/").status_code == 404
    assert sign_in("reader").get(f"/classes/{own.pk}/attendance/").status_code == 404
    # The office sees what she ticked; whom the office ticks beside hers she does not see, nor can she tick them.
    clerk = UserViewer(world.users["clerk"])
    services.add_session(own.pk, Session(DAY, DayPart.EVENING), True, clerk)
    assert "共 5 条" in trainer.get("/ledgers/attendances/?part=evening").content.decode()
    other = own.enrolments.order_by("-pk")[0].pk
    services.save(
        own.pk,
        {"2023-06-05.evening": Ticked(frozenset({other}), frozenset())},
        UserViewer(world.users["trainer"]),
    )
    assert not absent(own.pk)


def test_names_are_masked_for_who_only_looks(world: World, sign_in: SignIn) -> None:
    held = world.classes["weaving"]
    add(sign_in("clerk"), held.pk)
    page = sign_in("reader").get(f"/classes/{held.pk}/").content.decode()
    assert "到课率 100%" in page
    assert not [woman.name for woman in world.people["here"][:20] if f">{woman.name}<" in page]


def test_a_withdrawn_enrolment_has_no_line(world: World) -> None:
    held, viewer = world.classes["weaving"], UserViewer(world.users["clerk"])
    services.add_session(held.pk, MORNING, True, viewer)
    row = held.enrolments.first()
    assert row is not None
    Enrolment.objects.filter(pk=row.pk).update(state=State.WITHDRAWN)
    found = register.register(held.pk, viewer)
    assert (found.came(MORNING), found.due(MORNING), found.rate) == (19, 19, 100)


def test_pages_do_not_ask_more_with_more_sessions(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    viewer = UserViewer(world.users["clerk"])
    services.add_session(held.pk, MORNING, True, viewer)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    pages = (f"/classes/{held.pk}/", f"/classes/{held.pk}/attendance/")
    before = [cost(page) for page in pages]
    for number in range(15):
        services.add_session(
            held.pk, Session(DAY + timedelta(days=number % 15), DayPart.EVENING), True, viewer
        )
    assert [cost(page) for page in pages] == before
    assert before[1] <= 9
    # So many that they are leafed through: the last ones stand first.
    page = client.get(pages[1]).content.decode()
    assert 'aria-current="page">06-18' in page
    assert page.count('type="hidden" name="was.') == 2
    assert client.get(f"{pages[1]}?page=1").content.decode().count('type="hidden" name="was.') == 14


def sheet_of(*rows: tuple[object, ...]) -> SimpleUploadedFile:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    held = io.BytesIO()
    book.save(held)
    return SimpleUploadedFile("签到表.xlsx", held.getvalue())


def test_a_sign_in_sheet_is_read_whole_or_not_at_all(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    address = f"/classes/{held.pk}/attendance/"
    add(client, held.pk, hours="4")
    people = world.people["here"][:20]
    head = ("序号", "姓名", "6月5日上午", "2023-06-06", "")
    parts = ("", "", "", "上午", "下午")
    lines = [(n, one.name, "√" if n else "缺", "√", "×" if n == 3 else "√") for n, one in enumerate(people)]
    wrong = [*lines[:5], (6, "不在册", "√", "√", "√"), (7, people[6].name, "迟到", "√", "√")]
    answer = client.post(
        address, {"sheet": "1", "file": sheet_of(("手工编织班签到表",), head, parts, *wrong)}
    )
    assert answer.status_code == 422
    assert "B9 的“不在册”不在名册里" in answer.content.decode() and "C10 的“迟到”" in answer.content.decode()
    assert Attendance.objects.count() == 20
    right = {"sheet": "1", "file": sheet_of(("手工编织班签到表",), head, parts, *lines)}
    assert "改了 41 处" in client.post(address, right, follow=True).content.decode()
    found = register.register(held.pk, UserViewer(world.users["clerk"]))
    keys = ["2023-06-05.morning", "2023-06-06.morning", "2023-06-06.afternoon"]
    assert [one.key for one in found.sessions] == keys
    assert [found.came(one) for one in found.sessions] == [19, 20, 19]
    again = {"sheet": "1", "file": sheet_of(head, parts, *lines)}
    assert "和已登记的一样" in client.post(address, again, follow=True).content.decode()
    assert client.post(f"{address}undo/").status_code == 302
    assert Attendance.objects.count() == Attendance.objects.filter(present=True).count() == 20


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("名单", "6月5日")], "没有找到签到表"),
        ([("姓名", "电话")], "没有找到签到表"),
        ([("姓名", "7月5日")], "不在这个班的日期"),
        ([("姓名", "6月5日", "6月5日")], "出现了两次"),
    ],
)
def test_what_is_no_sheet_of_this_class_says_why(
    world: World, sign_in: SignIn, rows: list[tuple[object, ...]], words: str
) -> None:
    address = f"/classes/{world.classes['weaving'].pk}/attendance/"
    line = (world.people["here"][0].name, "√", "√")
    answer = sign_in("clerk").post(address, {"sheet": "1", "file": sheet_of(*rows, line)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Attendance.objects.exists()
