"""Review: rows that wait, by unit and class; what a refused step keeps; two who approve the same rows."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import approving, declaration, journal, proposals, review
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import Batch, Proposal, State
from qiaojie.ledgers.viewer import Action
from qiaojie.measures import queries as measures
from qiaojie.measures.models import ValuePart
from qiaojie.measures.services import recount
from qiaojie.notices.queries import notice
from qiaojie.people.models import Certificate, Doubt, Tie
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment, Result, TrainingClass
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

AT = "/ledgers/enrolments/review/"
APPROVE, RETURN = "/ledgers/enrolments/move/approve/", "/ledgers/enrolments/move/return/"


def rows_of(held: TrainingClass) -> list[int]:
    return list(held.enrolments.order_by("pk").values_list("pk", flat=True))


def states(held: TrainingClass) -> set[str]:
    return set(held.enrolments.values_list("state", flat=True))


def group(held: TrainingClass, number: int) -> str:
    return f"p{held.pk}:{number}"


def test_rows_stand_by_unit_and_class_with_columns_evidence_and_numbers(
    world: World, sign_in: SignIn
) -> None:
    wanzhou = factories.training_class(world.regions["万州区"], "万州新班")
    factories.enrol(wanzhou, world.people["there"][:3], State.DRAFT)
    page = flat(sign_in("city").get(AT))
    folders = page.split('aria-label="待审核的单位"')[1].split("</nav>")[0]
    assert re.findall(r">(\w+区)</span>\s*<b>(\d+)</b>", folders) == [("万州区", "3"), ("涪陵区", "6")]
    assert "合计 9 条" in folders
    fuling, held = world.regions["涪陵区"], world.classes["pending"]
    wanzhou.enrolments.update(entered_at=timezone.now() - timedelta(days=3))
    page = flat(sign_in("city").get(AT))
    assert "审核这 3 条" in page and "盲人按摩班" not in page, (
        "one unit at a time, where something waits longest"
    )
    held.enrolments.update(entered_at=timezone.now() - timedelta(days=9))
    page = flat(sign_in("city").get(AT))
    assert "审核这 6 条" in page and "万州新班" not in page
    page = flat(sign_in("city").get(f"{AT}?unit={fuling.pk}"))
    head = page.split('class="group-head"')[1].split("</tr>")[0]
    assert "盲人按摩班" in head and "6 条待审核" in head and "审核这 6 条" in head
    assert "签到表" in head and "：缺" in head and "培训班本身还没有审核" in head
    columns = re.findall(r"<th scope=\"col\"[^>]*>([^<]+)</th>", page)
    assert columns[:3] == ["姓名", "年龄", "身份证号"] and "培训班名称" not in columns
    assert page.count('name="row"') == 6
    assert 'class="masked"' in page, "numbers stay masked"
    for code in ("enrolments", "draft", "vocational"):
        assert f">{code}<" not in page


def test_a_county_with_one_unit_sees_its_groups_at_once(world: World, sign_in: SignIn) -> None:
    page = flat(sign_in("approver").get(AT))
    assert 'aria-label="待审核的单位"' not in page and "审核这 6 条" in page


def test_who_may_not_approve_does_not_review(world: World, sign_in: SignIn) -> None:
    for name in ("clerk", "reader", "trainer", "administrator"):
        assert sign_in(name).get(AT).status_code == 404
    held = world.classes["pending"]
    fuling = world.regions["涪陵区"]
    other = sign_in("other")
    assert "盲人按摩班" not in flat(other.get(AT)) + flat(other.get(f"{AT}?unit={fuling.pk}"))
    for sent in ({"group": group(held, 6)}, {"row": rows_of(held)}):
        answer = other.post(f"{APPROVE}?unit={fuling.pk}", {**sent, "page": "review"})
        assert answer.status_code == 422 and states(held) == {State.DRAFT}
        assert not any(one.name in answer.content.decode() for one in world.people["here"][20:26])
    assert sign_in("clerk").post(APPROVE, {"group": group(held, 6), "page": "review"}).status_code == 404
    assert sign_in("approver").get("/ledgers/persons/review/").status_code == 404


def test_a_group_is_the_largest_act(world: World, sign_in: SignIn) -> None:
    held, client = world.classes["pending"], sign_in("approver")
    assert client.post(APPROVE, {"all": "1", "page": "review"}).status_code == 422
    assert states(held) == {State.DRAFT}
    page = client.get(AT).content.decode()
    assert 'name="all"' not in page
    more = factories.training_class(world.regions["涪陵区"], "又一班")
    factories.enrol(more, world.people["here"][:2], State.DRAFT)
    done = client.post(APPROVE, {"group": group(held, 6), "page": "review", "back": AT})
    assert (done.status_code, done["Location"]) == (302, f"{AT}#work")
    assert states(held) == {State.APPROVED} and states(more) == {State.DRAFT}


def test_a_group_that_has_grown_is_looked_at_again(world: World, sign_in: SignIn) -> None:
    held, client = world.classes["pending"], sign_in("approver")
    factories.enrol(held, world.people["here"][:1], State.DRAFT)
    answer = client.post(APPROVE, {"group": group(held, 6), "page": "review"})
    assert answer.status_code == 422 and "当时 6 条，现在 7 条" in answer.content.decode()
    assert states(held) == {State.DRAFT}


def test_what_nobody_has_said_keeps_no_group_from_counting(world: World, sign_in: SignIn) -> None:
    """A vocational class counts unless it is known to have no sign-in sheet: one of a roster, which says nothing, counts."""
    held = world.classes["pending"]
    TrainingClass.objects.filter(pk=held.pk).update(has_sign_in=None)
    page = flat(sign_in("approver").get(AT))
    assert "审核了也不计数" not in page and "审核这 6 条" in page and page.count('name="row"') == 6


def test_what_would_count_nothing_says_so_and_stays_folded(world: World, sign_in: SignIn) -> None:
    held = world.classes["pending"]
    TrainingClass.objects.filter(pk=held.pk).update(has_sign_in=False)
    page = flat(sign_in("approver").get(AT))
    assert "缺签到表：审核了也不计数" in page and 'name="row"' not in page and "展开 6 条" in page
    assert "不计数也审核" not in page and "审核这 6 条" not in page, (
        "that it counts nothing takes a deliberate act"
    )
    opened = flat(sign_in("approver").get(f"{AT}?open=p{held.pk}"))
    assert opened.count('name="row"') == 6 and "不计数也审核这 6 条" in opened
    sent = {"group": group(held, 6), "page": "review", "back": AT}
    assert sign_in("approver").post(APPROVE, sent).status_code == 302 and states(held) == {State.APPROVED}


def raised(page: str) -> dict[str, tuple[int, int]]:
    """What a page says of figures: before and after, by indicator."""
    part = page.split('class="raised"')[1].split("</p>")[0] if 'class="raised"' in page else ""
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))
    return {
        name: (int(before), int(after))
        for name, before, after in re.findall(r"(\S+) (\d+) → 变为 (\d+)", plain)
    }


def figures(county: Region) -> dict[str, int]:
    """What a county has approved of everything counted, straight from the facts."""
    held = notice(NOTICE)
    found = {}
    for one in held.indicators:
        if one.count in {"persons", "union", "events", "households", "things"}:
            sums = measures.live(held, one, date(2023, 12, 31))
            found[one.short or one.label] = sums.get((county.pk, ValuePart.APPROVED), 0)
    return found


def test_what_approving_does_to_the_figures_is_what_it_then_does(world: World, sign_in: SignIn) -> None:
    """Said before, and counted anew from the facts after."""
    client, fuling, held = sign_in("approver"), world.regions["涪陵区"], world.classes["pending"]
    assert "审核后" not in flat(client.get(AT)), "the class is not approved itself"
    TrainingClass.objects.filter(pk=held.pk).update(state=State.APPROVED)
    fresh = factories.training_class(fuling, "新班")
    women = [factories.person(n, fuling) for n in range(200, 207)]
    factories.enrol(fresh, [*women, *world.people["here"][:2]], State.DRAFT)
    Enrolment.objects.filter(training_class=fresh, person=women[0]).update(result=Result.DROPPED)
    recount(notice(NOTICE), force=True)
    for one in (held, fresh):
        before, told = figures(fuling), raised(flat(client.get(f"{AT}?open=p{one.pk}")))
        number = one.enrolments.count()
        assert (
            told and client.post(APPROVE, {"group": group(one, number), "page": "review"}).status_code == 302
        )
        after = figures(fuling)
        changed = {name: (before[name], after[name]) for name in after if after[name] != before[name]}
        assert told == changed, one.title


def test_what_cannot_be_said_exactly_is_not_said(world: World, sign_in: SignIn) -> None:
    client, fuling = sign_in("approver"), world.regions["涪陵区"]
    Enrolment.objects.filter(training_class=world.classes["pending"]).delete()
    women = [factories.person(n, fuling) for n in range(200, 203)]
    first, second = (factories.training_class(fuling, title) for title in ("甲班", "乙班"))
    factories.enrol(first, women, State.DRAFT)
    recount(notice(NOTICE), force=True)
    one = f"{AT}?open=p{first.pk}"
    before = raised(flat(client.get(one)))["职业技能培训"]
    assert before[1] - before[0] == 3
    factories.enrol(second, women[:1], State.DRAFT)
    recount(notice(NOTICE), force=True)
    assert "职业技能培训" not in raised(flat(client.get(f"{AT}?open=p{second.pk}"))), (
        "she waits in the other class"
    )
    Certificate.objects.filter(person=women[1]).update(confirmed=False)
    recount(notice(NOTICE), force=True)
    assert "职业技能培训" not in raised(flat(client.get(one))), (
        "her certificate is confirmed by nobody with these rows"
    )


def test_who_counts_elsewhere_and_who_may_be_another_is_told(world: World, sign_in: SignIn) -> None:
    client, fuling, wanzhou = sign_in("city"), world.regions["涪陵区"], world.regions["万州区"]
    Enrolment.objects.filter(training_class=world.classes["pending"]).delete()
    there = world.people["there"][0]
    Tie.objects.create(person=there, region=fuling)
    fresh = factories.training_class(fuling, "新班", begins=date(2023, 10, 1), ends=date(2023, 10, 9))
    mine = factories.person(300, fuling)
    factories.enrol(fresh, [there, mine, factories.person(301, fuling)], State.DRAFT)
    other = factories.person(302, wanzhou)
    Doubt.objects.create(one=min(mine.pk, other.pk), other=max(mine.pk, other.pk), why="town")
    page = flat(client.get(f"{AT}?unit={fuling.pk}"))
    assert "可能和另一条记录是同一个人" in page and f"/persons/doubts/?person={mine.pk}" in page
    assert other.name not in page, "the other record is another county's"
    link = re.search(r'href="([^"]+)">\s*只看要留意的 (\d) 条', page)
    assert link is not None
    narrowed = flat(client.get(f"{AT}{link[1].replace('&amp;', '&')}"))
    assert narrowed.count('name="row"') == int(link[2]) < 3
    assert "审核这 3 条" not in narrowed and "看全组 3 条" in narrowed


def test_what_a_row_lacks_stands_at_its_end_and_is_counted_in_the_head(world: World, sign_in: SignIn) -> None:
    held = world.classes["pending"]
    first = held.enrolments.order_by("pk")[0]
    Enrolment.objects.filter(pk=first.pk).update(result=Result.ENROLLED)
    recount(notice(NOTICE), force=True)
    page = flat(sign_in("approver").get(AT))
    assert "1 条要留意" in page and page.count("未登记结业结果") == 1


def test_what_only_another_indicator_asks_for_is_not_told(world: World, sign_in: SignIn) -> None:
    """A practical class counts whether or not there is a certificate, a vocational one only with it."""
    Certificate.objects.filter(person__in=world.people["here"][:2]).delete()
    Enrolment.objects.filter(training_class=world.classes["pending"]).delete()
    fuling = world.regions["涪陵区"]
    told = {}
    for kind in ("practical", "vocational"):
        held = factories.training_class(fuling, f"新班{kind}", kind=kind)
        factories.enrol(held, world.people["here"][:2], State.DRAFT)
        recount(notice(NOTICE), force=True)
        page = flat(sign_in("approver").get(f"{AT}?open=p{held.pk}"))
        told[kind] = page.count("残疾人证过期或未登记")
    assert told == {"practical": 0, "vocational": 2}


def test_a_large_group_shows_its_first_rows(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    held = factories.training_class(fuling, "大班")
    factories.enrol(held, [factories.person(n, fuling) for n in range(100, 140)], State.DRAFT)
    client = sign_in("approver")
    page = flat(client.get(AT))
    assert "审核这 40 条" in page and "展开其余 10 条" in page
    assert flat(client.get(f"{AT}?open=p{held.pk}")).count('name="row"') == 40


def proposed(world: World, remark: str = "改过的备注") -> Enrolment:
    """A clerk's change of an approved row, which waits beside it."""
    row = world.classes["weaving"].enrolments.order_by("pk")[0]
    viewer = UserViewer(world.users["clerk"])
    ledger = declaration.get("enrolments")
    with permitted(viewer, Action.ENTER, "enrolments") as change:
        batch = Batch.objects.create(ledger="enrolments", region=world.regions["涪陵区"], actor="clerk")
        before = {"remark": row.remark, "result": row.result}
        after = {"remark": remark, "result": Result.DROPPED}
        proposals.propose(ledger, [(row.pk, before, after)], batch, change.viewer, "本人退出")
    return row


def test_a_change_of_an_approved_row_is_a_row_of_the_table(world: World, sign_in: SignIn) -> None:
    row, client = proposed(world), sign_in("approver")
    page = flat(client.get(AT))
    part = page.split("改已审核的</b>")[1]
    assert re.search(r"altered\"[^>]*>.*<s[^>]*>结业</s>.*<ins[^>]*>中途退出|<ins", part)
    assert part.count("altered") == 1, "only what has changed is marked"
    assert "改过的备注" in part and "本人退出" in part and "周经办" in part
    waits = Proposal.objects.get()
    both = {"row": rows_of(world.classes["pending"])[:1], "change": waits.pk, "page": "review"}
    bare = client.post(RETURN, both)
    assert bare.status_code == 422 and Proposal.objects.get().stage == Proposal.Stage.WAITING
    kept = flat(bare)
    assert f'name="change" id="change-{waits.pk}" value="{waits.pk}" checked' in kept
    assert client.post(APPROVE, both).status_code == 302
    row.refresh_from_db()
    assert row.remark == "改过的备注" and Proposal.objects.get().stage == Proposal.Stage.APPLIED
    again = client.post(APPROVE, {"change": waits.pk, "page": "review"})
    assert again.status_code == 422 and "已由吴审核办理（已采纳）" in again.content.decode()


def test_a_refused_step_keeps_ticks_filters_and_text(world: World, sign_in: SignIn) -> None:
    held, client = world.classes["pending"], sign_in("approver")
    held.enrolments.update(state=State.CHECKED)
    first, second, *_rest = rows_of(held)
    narrowed = f"{RETURN}?class.title=盲人"
    answer = client.post(narrowed, {"row": [first, second], "page": "review", "purpose": " "})
    page = flat(answer)
    assert answer.status_code == 422 and page.count(" checked") == 2
    assert f'value="{first}" checked' in page and "含“盲人”" in page
    assert 'id="purpose-fault"' in page and 'aria-invalid="true"' in page and "请写明原因" in page
    assert 'href="/ledgers/enrolments/review/"' in page and 'href="?' not in page, "links lead from the page"
    bare = flat(client.post(narrowed, {"page": "review", "purpose": "缺签名"}))
    assert "还没有勾选任何一条" in bare and 'value="缺签名"' in bare
    listed = client.post(
        "/ledgers/enrolments/move/withdraw/?class.title=盲人", {"row": [first], "purpose": ""}
    )
    page = flat(listed)
    assert listed.status_code == 422 and f'value="{first}" id="row-{first}" checked' in page
    assert "含“盲人”" in page and page.count('name="row"') == 6
    assert states(held) == {State.CHECKED}


@pytest.mark.parametrize("word", ["check", "approve", "return", "withdraw", "restore"])
def test_every_step_comes_back_to_its_list_when_nothing_is_ticked(
    world: World, sign_in: SignIn, word: str
) -> None:
    answer = sign_in("approver").post(f"/ledgers/enrolments/move/{word}/", {"purpose": "补"})
    page = flat(answer)
    assert answer.status_code == 422 and "还没有勾选任何一条" in page and 'name="row"' in page


def test_of_two_who_approve_the_second_is_told_which_had_gone(world: World, sign_in: SignIn) -> None:
    held = world.classes["pending"]
    first, *rest = rows_of(held)
    name = held.enrolments.get(pk=first).person.name
    second = factories.account("approver-2", world.regions["涪陵区"], Role.APPROVER, holder="钱二审")
    assert sign_in("approver").post(APPROVE, {"row": first}).status_code == 302
    client = Client()
    client.force_login(second)
    done = client.post(APPROVE, {"row": [first, *rest], "page": "review", "back": AT}, follow=True)
    said = done.content.decode()
    assert "办了 5 条；其余 1 条没有办" in said and f"{name} 已由吴审核审核" in said
    again = client.post(APPROVE, {"row": [first, *rest], "page": "review"})
    assert again.status_code == 422 and "一条也没有办" in again.content.decode()
    assert states(held) == {State.APPROVED}
    assert client.post(APPROVE, {"group": group(held, 6), "page": "review"}).status_code == 422


def test_nobody_approves_what_was_changed_after_the_page_was_drawn(world: World, sign_in: SignIn) -> None:
    held, client = world.classes["pending"], sign_in("approver")
    first, *_rest = rows_of(held)
    (seen,) = re.findall(r'name="seen" value="(\d+)"', flat(client.get(AT)))
    Enrolment.objects.filter(pk=first).update(result=Result.DROPPED)
    before, after = {"result": Result.COMPLETED}, {"result": Result.DROPPED}
    journal.updated(Enrolment, [(first, before, after)], actor="clerk", batch=None)
    answer = client.post(APPROVE, {"group": group(held, 6), "seen": seen, "page": "review"})
    page = flat(answer)
    assert answer.status_code == 422 and "又有人改过" in page and page.count("请再看一遍") == 1
    assert states(held) == {State.DRAFT}
    (seen,) = re.findall(r'name="seen" value="(\d+)"', page)
    assert client.post(APPROVE, {"group": group(held, 6), "seen": seen, "page": "review"}).status_code == 302


def test_rows_of_another_level_are_not_offered(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    approver = UserViewer(world.users["approver"])
    approving.settle(fuling, "one", approver, "两人", two_persons=True)
    held = world.classes["pending"]
    mine = rows_of(held)[:2]
    Enrolment.objects.filter(pk__in=mine).update(entered_by="approver")
    page = flat(sign_in("approver").get(AT))
    assert "审核这 4 条" in page and "另有 2 条现在不由您这一级审核" in page
    (unit,) = review.units(declaration.get("enrolments"), approver, {})
    assert (unit.number, unit.changes) == (4, 0)


def count(client: Client, address: str) -> int:
    client.get(address)
    number = 0
    for alias in connections:
        with CaptureQueriesContext(connections[alias]) as caught:
            assert client.get(address).status_code == 200
        number += len(caught)
    return number


def test_review_asks_no_more_for_more_rows_and_classes(world: World, sign_in: SignIn) -> None:
    client, fuling = sign_in("approver"), world.regions["涪陵区"]
    proposed(world)
    recount(notice(NOTICE), force=True)
    before = count(client, AT)
    for place in range(4):
        more = factories.training_class(fuling, f"加开{place}班")
        people = [factories.person(100 + 10 * place + n, fuling) for n in range(5)]
        factories.enrol(more, people, State.DRAFT)
    assert count(client, AT) == before <= 37


def test_views_on_top_of_a_list_count_and_lead_to_their_rows(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    held = world.classes["pending"]
    held.enrolments.update(state=State.CHECKED)
    client.post(RETURN, {"row": rows_of(held)[:2], "purpose": "缺签名"})
    TrainingClass.objects.filter(pk=world.classes["farming"].pk).update(has_sign_in=False)
    page = flat(client.get("/ledgers/enrolments/"))
    tabs = page.split('aria-label="按进度看"')[1].split("</nav>")[0]
    found = {
        words.strip(): (int(number), address.replace("&amp;", "&"))
        for address, number, words in re.findall(r'href="([^"]+)"[^>]*>\s*<b[^>]*>(\d+)</b>([^<]+)', tabs)
    }
    assert {name: number for name, (number, _address) in found.items()} == {
        "全部": 50, "已审核": 44, "待审核": 6, "退回待改": 2, "差一步": 12,
    }  # fmt: skip
    for number, address in found.values():
        assert f"共 {number} 条" in flat(client.get(address)), address
    narrowed = flat(client.get("/ledgers/enrolments/?class.title=盲人&state=pending"))
    assert "含“盲人”" in narrowed and '<b class="mid">6</b>' in narrowed
    assert 'href="/ledgers/enrolments/?state=pending"' in narrowed, "a condition is taken off by itself"


def test_a_name_opens_the_record_and_the_small_link_the_person(world: World, sign_in: SignIn) -> None:
    row = world.classes["pending"].enrolments.order_by("-pk")[0]
    page = flat(sign_in("clerk").get("/ledgers/enrolments/?state=pending"))
    assert f'href="/ledgers/enrolments/{row.pk}/"' in page and f'href="/persons/{row.person_id}/"' in page
    classes = flat(sign_in("clerk").get("/ledgers/classes/"))
    assert f'href="/classes/{world.classes["pending"].pk}/"' in classes and "to-person" not in classes


def cells(page: str, ledger: str) -> list[str]:
    row = page.split(f'href="/ledgers/{ledger}/">')[1].split("</tr>")[0]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]


def test_the_index_says_what_stands_and_waits_by_her_way(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    held = world.classes["pending"]
    held.enrolments.update(state=State.CHECKED)
    client.post(RETURN, {"row": rows_of(held)[:2], "purpose": "缺签名"})
    page = flat(client.get("/ledgers/"))
    order = [page.index(f'id="station-{name}"') for name in ("person", "training", "livelihood", "base")]
    assert order == sorted(order)
    said = cells(page, "enrolments")
    assert said[0].startswith("50") and said[1].startswith("6") and said[2].startswith("2")
    assert 'href="/ledgers/enrolments/review/"' in page and "returned=all" in page
    assert cells(page, "classes")[0].startswith("4") or cells(page, "classes")[0].startswith("5")
    clerk = flat(sign_in("clerk").get("/ledgers/"))
    assert 'href="/ledgers/enrolments/?state=pending"' in clerk and "登记一条" in clerk
    leader = flat(sign_in("reader").get("/ledgers/"))
    assert "登记一条" not in leader and "/enter/" not in leader
    assert cells(flat(sign_in("trainer").get("/ledgers/?all=1")), "enrolments")[0] in ("·0", "· 0")


def test_ledgers_that_nothing_asks_for_wait_behind_one_link(world: World, sign_in: SignIn) -> None:
    client: Any = sign_in("clerk")
    page, every = flat(client.get("/ledgers/")), flat(client.get("/ledgers/?all=1"))
    assert 'href="?all=1">全部台账</a>' in page
    shown, there = (
        set(re.findall(r'<th scope="row"><a href="/ledgers/(\w+)/">', one)) for one in (page, every)
    )
    assert shown < there == {one.code for one in declaration.every()}
    assert "只看用到的台账" in every
