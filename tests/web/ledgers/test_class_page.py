"""The page of a class: a file of ten pieces, a roster that holds what differs, money, and the short way to hand a sheet in."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents.models import Document
from qiaojie.ledgers.models import State
from qiaojie.livelihoods.models import Employment
from qiaojie.people.models import Person
from qiaojie.training import services
from qiaojie.training.models import Attendance, BudgetLine, DayPart, Enrolment, TrainingClass
from qiaojie.training.register import Session
from tests.documents.test_taking import PDF
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.ledgers.test_hand_in import file, form_of, send
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

DAYS = (date(2023, 6, 5), date(2023, 6, 6), date(2023, 6, 7))


def sessions(world: World) -> None:
    """Three days: the first a morning and an afternoon. One woman misses an afternoon, another the last day."""
    held, viewer = world.classes["weaving"], UserViewer(world.users["clerk"])
    for day in DAYS:
        services.add_session(held.pk, Session(day, DayPart.MORNING), True, viewer)
    services.add_session(held.pk, Session(DAYS[0], DayPart.AFTERNOON), True, viewer)
    first, second = held.enrolments.order_by("pk")[:2]
    Attendance.objects.filter(enrolment=first, part="afternoon").update(present=False)
    Attendance.objects.filter(enrolment=second, held_on=DAYS[2]).update(present=False)


def page_of(client: Client, world: World) -> str:
    return flat(client.get(f"/classes/{world.classes['weaving'].pk}/"))


def line(page: str, row: Enrolment) -> str:
    """The line of the roster that leads to this row."""
    found = next(part for part in page.split("<tr>") if f'href="/ledgers/enrolments/{row.pk}/"' in part)
    return found.split("</tr>")[0]


def test_a_line_says_what_differs_and_leads_to_person_and_record(world: World, sign_in: SignIn) -> None:
    sessions(world)
    held, women = world.classes["weaving"], world.people["here"]
    first, second, third = held.enrolments.order_by("pk")[:3]
    TrainingClass.objects.filter(pk=held.pk).update(
        daily_allowance=2_000, venue="三合街道文化站", teacher="向明珍"
    )
    Enrolment.objects.filter(pk=first.pk).update(score=84)
    Person.objects.filter(pk=women[2].pk).update(canonical=women[25].pk)
    for who in (women[0], women[25]):
        Employment.objects.create(
            person=who, form="flexible", settlement="rural", handicraft=True, begins=date(2023, 8, 1),
            happened_on=date(2023, 8, 1), filed_by=held.filed_by, state=State.APPROVED,
        )  # fmt: skip
    page = page_of(sign_in("clerk"), world)
    lead = page.split('class="lead class-facts"')[1].split("</p>")[0]
    for fact in ("职业技能培训", "三合街道文化站", "教师 向明珍", "区县资金"):
        assert lead.count(fact) == 1 == page.count(fact), fact
    one, two = line(page, first), line(page, second)
    assert f'href="/persons/{first.person_id}/"' in one and "灵活就业 手工制作" in one
    assert re.findall(r'class="(whole|part|away)"', one) == ["part", "whole", "whole"]
    assert 'role="img" aria-label="共 3 天，到一部分 6-5"' in one
    assert '<td class="number came">2.5</td>' in one and '<td class="number score">84</td>' in one
    assert '<td class="number allowance">50</td>' in one
    born = women[0].birth_date
    assert born is not None
    age = DAYS[0].year - born.year
    assert re.search(rf'<td class="number age">({age}|{age - 1})</td>', one)
    assert "缺 6-7" in two and '<td class="number allowance">40</td>' in two and "没有登记" in two
    assert "灵活就业" in line(page, third), "what her other record says she did is hers"
    assert "编织" not in one, "the class is said once, above"


def test_sight_is_as_everywhere(world: World, sign_in: SignIn) -> None:
    sessions(world)
    held = world.classes["weaving"]
    names = [woman.name for woman in world.people["here"][:20]]
    masked = page_of(sign_in("reader"), world)
    assert not [name for name in names if f">{name}<" in masked] and 'name="row"' not in masked
    assert sign_in("other").get(f"/classes/{held.pk}/").status_code == 404
    for name in ("base", "helper", "trainer"):
        assert sign_in(name).get(f"/classes/{held.pk}/").status_code == 404
    TrainingClass.objects.filter(pk=held.pk).update(entered_by="trainer")
    hers = held.enrolments.order_by("pk")[3]
    Enrolment.objects.filter(pk=hers.pk).update(entered_by="trainer")
    page = page_of(sign_in("trainer"), world)
    assert page.count('href="/ledgers/enrolments/') == 1 and "＊＊" not in page.split('id="roster"')[1]
    assert '<td class="number age"></td>' in line(page, hers), (
        "what is registered of her elsewhere is not told"
    )


def test_ticked_women_are_approved_or_given_a_result_together(world: World, sign_in: SignIn) -> None:
    held = world.classes["pending"]
    rows = [str(pk) for pk in held.enrolments.values_list("pk", flat=True)]
    approver = sign_in("approver")
    page = flat(approver.get(f"/classes/{held.pk}/"))
    assert "6 条待审核" in page and page.count('name="row"') == 6 + 1 and "审核这个班" in page
    approver.post("/ledgers/enrolments/move/approve/", {"row": rows[:2], "back": f"/classes/{held.pk}/"})
    assert held.enrolments.filter(state=State.APPROVED).count() == 2
    clerk = sign_in("clerk")
    page = flat(clerk.get(f"/classes/{held.pk}/"))
    assert 'formaction="/ledgers/enrolments/change-many/"' in page and "审核勾选的" not in page
    chosen = clerk.post("/ledgers/enrolments/change-many/", {"row": rows[2:5], "back": "/"})
    assert "选中 3 条" in chosen.content.decode()


def test_picking_a_piece_opens_the_form_with_everything_known(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    page = page_of(client, world)
    assert f'href="/classes/{held.pk}/?piece=satisfaction#hand-in"' in page
    form = form_of(flat(client.get(f"/classes/{held.pk}/?piece=sign_in")))
    assert '<details class="card" open>' in form and '<option value="sign_in" selected>' in form
    assert 'value="2023-06-20"' in form
    sessions(world)
    form = form_of(flat(client.get(f"/classes/{held.pk}/?piece=sign_in")))
    assert 'value="2023-06-07"' in form, "the day of the last lesson that was kept"
    assert "open" not in form_of(page).split("<summary>")[0]
    assert client.get(f"/classes/{held.pk}/?piece=nonsense").status_code == 200


def test_the_same_sheet_twice_and_one_of_another_class_are_said(world: World, sign_in: SignIn) -> None:
    client, held, other = sign_in("clerk"), world.classes["weaving"], world.classes["farming"]
    sheet = PDF + b"a"
    assert "存了 1 件材料" in send(client, "classes", other.pk, file(sheet, "1.pdf"))
    page = send(client, "classes", held.pk, file(sheet, "1.pdf"))
    assert "手工编织一班 签到表 1”和已存的“榨菜种植班 签到表 1”是同一个文件" in page
    assert "已经存过" in send(client, "classes", held.pk, file(sheet, "2.pdf"))
    assert Document.objects.count() == 2
    # What stands in a county that is not hers is not told.
    theirs = sign_in("other")
    page = send(theirs, "classes", world.classes["there"].pk, file(sheet, "3.pdf"))
    assert "是同一个文件" not in page
    TrainingClass.objects.filter(pk=held.pk).update(state=State.WITHDRAWN)
    form = {"here": "1", "kind": "sign_in", "otherwise": "2023-06-20", "file": file(PDF + b"b", "4.pdf")}
    assert client.post(f"/documents/add/classes/{held.pk}/", form).status_code == 404


def test_money_is_planned_paid_and_proven(world: World, sign_in: SignIn) -> None:
    client, held = sign_in("clerk"), world.classes["weaving"]
    for item, planned, paid in (
        ("lectures", 900_000, 950_000),
        ("allowance", 900_000, 741_000),
        ("place", 300_000, None),
    ):
        BudgetLine.objects.create(
            training_class=held, item=item, planned=planned, paid=paid, happened_on=held.ends,
            filed_by=held.filed_by, state=State.APPROVED,
        )  # fmt: skip
    send(client, "classes", held.pk, kind="allowance", box="盒04")
    money = page_of(client, world).split('id="money"')[1].split("</table>")[0]
    cells = re.findall(r'<td class="([\w ]+)"[^>]*>(?:<a[^>]*>)?([^<]*)', money)
    found = [text for look, text in cells if look != "short"]
    assert found[:3] == ["9,000", "9,500", "缺"] and found[3:6] == ["9,000", "7,410", "盒 盒04"]
    assert "还没有付" in money and "21,000" in money and "16,910" in money and "超预算" not in money
    BudgetLine.objects.filter(item="lectures").update(paid=2_000_000)
    assert "超预算" in page_of(client, world)
