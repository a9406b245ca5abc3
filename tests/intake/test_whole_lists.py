"""Whole lists of their owners, handed in again each month; deaths that lists tell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing, owners_lists, queries
from qiaojie.intake.models import Upload
from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import Proposal
from qiaojie.lib.findings import Unusable
from qiaojie.people.models import Certificate, Person, Status, Tie
from qiaojie.support.models import CareService
from tests.web.conftest import SignIn, sign_in  # noqa: F401  (a fixture)
from tests.web.factories import World, identity
from tests.web.intake.test_ways_in import commit
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

LIST = "/intake/paste/ledgers/statuses/"
MARCH, APRIL = date(2023, 3, 31), date(2023, 4, 30)


def people(world: World, number: int) -> list[Person]:
    return world.people["here"][:number]


def rows(found: list[Person], *more: str, scheme: str = "最低生活保障") -> str:
    head = "姓名\t身份证号\t身份体系"
    return "\n".join([head, *(f"{one.name}\t{one.id_number}\t{scheme}" for one in found), *more])


def hand_in(client: Client, text: str, day: date | None = None) -> Upload:
    answer = client.post(LIST, {"rows": text})
    assert answer.status_code == 302, flat(answer)
    kept = Upload.objects.latest("pk")
    if day is not None:
        said = client.post(f"/intake/{kept.pk}/whole/", {"act": "declare", "day": day.isoformat()})
        assert said.status_code == 302, flat(said)
    kept.refresh_from_db()
    return kept


def take_in(client: Client, kept: Upload) -> None:
    commit(client, kept, flat(client.get(f"/intake/{kept.pk}/")))


def answer(client: Client, kept: Upload, act: str, *keys: int, **more: str) -> int:
    said = {"act": act, "gone": [str(key) for key in keys], **more}
    return client.post(f"/intake/{kept.pk}/whole/", said).status_code


def spells() -> list[tuple[str, date | None, date | None]]:
    found = Status.objects.filter(scheme="minimum_allowance").order_by("person__pk", "pk")
    return [(one.person.name, one.begins, one.ends) for one in found]


@pytest.fixture
def approver(sign_in: SignIn) -> Client:  # noqa: F811
    Status.objects.all().delete()
    return sign_in("approver")


def test_a_list_month_by_month(world: World, approver: Client) -> None:
    one, two, three, four = people(world, 4)
    march = hand_in(approver, rows([one, two, three]), MARCH)
    take_in(approver, march)
    assert spells() == [(each.name, MARCH, None) for each in (one, two, three)]
    # One has gone, one is new, two go on: nothing is written twice, and nobody is ended unasked.
    april = hand_in(approver, rows([one, two, four]), APRIL)
    page = flat(approver.get(f"/intake/{april.pk}/whole/"))
    assert "1 条还没有答复" in page and three.name[0] in page
    plan = queries.plan_of(april, UserViewer(world.users["approver"]))
    assert [str(each) for each in plan.rows.verdicts] == ["same", "same", "new"]
    (gone,) = plan.gone
    assert answer(approver, april, "ended", gone.key, ended="2023-04-20") == 302
    take_in(approver, april)
    assert spells() == [
        (one.name, MARCH, None),
        (two.name, MARCH, None),
        (three.name, MARCH, date(2023, 4, 20)),
        (four.name, APRIL, None),
    ]
    april.refresh_from_db()
    assert approver.post(f"/intake/{april.pk}/undo/", {"sure": "1", "reason": "名单错了"}).status_code == 302
    assert spells() == [(each.name, MARCH, None) for each in (one, two, three)]


def test_without_an_answer_nobody_is_ended(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    april = hand_in(approver, rows([one, people(world, 3)[2]]), APRIL)
    take_in(approver, april)
    assert [ends for _name, _begins, ends in spells()] == [None, None, None]


def test_the_list_that_left_her_out(world: World, approver: Client) -> None:
    one, two, three = people(world, 3)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    april = hand_in(approver, rows([one, three]), APRIL)
    (gone,) = queries.plan_of(april, UserViewer(world.users["approver"])).gone
    assert answer(approver, april, "stays", gone.key) == 302
    assert "还在" in flat(approver.get(f"/intake/{april.pk}/whole/"))
    take_in(approver, april)
    assert Status.objects.get(person=two).ends is None


def test_only_an_end_is_written_too(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    april = hand_in(approver, rows([one]), APRIL)
    (gone,) = queries.plan_of(april, UserViewer(world.users["approver"])).gone
    assert answer(approver, april, "ended", gone.key, ended="2023-04-30") == 302
    take_in(approver, april)
    assert Status.objects.get(person=two).ends == APRIL


def test_another_category_follows_the_one_before(world: World, approver: Client) -> None:
    (one,) = people(world, 1)
    head = "姓名\t身份证号\t身份体系\t类别"

    def watched(category: str) -> str:
        return f"{head}\n{one.name}\t{one.id_number}\t防返贫监测\t{category}"

    take_in(approver, hand_in(approver, watched("边缘易致贫户"), MARCH))
    after = hand_in(approver, watched("突发严重困难户"), APRIL)
    told = queries.plan_of(after, UserViewer(world.users["approver"])).changes
    assert [(one.ledger, one.column, one.before, one.after) for one in told] == [
        ("statuses", "ends", None, date(2023, 4, 29))
    ], "what gives way is told before it is written"
    take_in(approver, after)
    found = Status.objects.filter(person=one).order_by("pk").values_list("category", "begins", "ends")
    assert list(found) == [
        ("marginal", MARCH, date(2023, 4, 29)),
        ("sudden", APRIL, None),
    ]


def test_an_older_list_and_the_same_one_twice_are_refused(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), APRIL))
    late = hand_in(approver, rows([one]))
    said = approver.post(f"/intake/{late.pk}/whole/", {"act": "declare", "day": MARCH.isoformat()})
    assert said.status_code == 422 and "更早" in flat(said)
    twice = hand_in(approver, rows([one, two]))
    said = approver.post(f"/intake/{twice.pk}/whole/", {"act": "declare", "day": APRIL.isoformat()})
    assert said.status_code == 422 and "同一份名单" in flat(said)
    # Another owner's list is another matter.
    other = hand_in(approver, rows([one], scheme="特困供养"), MARCH)
    assert queries.plan_of(other, UserViewer(world.users["approver"])).gone == []


def test_a_list_that_lacks_half_ends_nobody_at_a_stroke(world: World, approver: Client) -> None:
    everybody = people(world, 12)
    take_in(approver, hand_in(approver, rows(everybody), MARCH))
    half = hand_in(approver, rows(everybody[:6]), APRIL)
    page = flat(approver.get(f"/intake/{half.pk}/whole/"))
    assert "没有导全" in page
    assert answer(approver, half, "ended", all="1", ended="2023-04-01") == 422
    assert queries.plan_of(half, UserViewer(world.users["approver"])).gone[0].asked
    assert answer(approver, half, "ended", all="1", ended="2023-04-01", sure="1") == 302


def test_days_that_cannot_be_are_refused(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    april = hand_in(approver, rows([one]), APRIL)
    (gone,) = queries.plan_of(april, UserViewer(world.users["approver"])).gone
    assert answer(approver, april, "ended", gone.key, ended="2023-03-01") == 422
    assert answer(approver, april, "ended", gone.key, ended="2999-01-01") == 422
    assert answer(approver, april, "ended", ended="2023-04-01") == 422
    assert answer(approver, april, "ended", gone.key, ended="不知道") == 422
    ahead = approver.post(f"/intake/{april.pk}/whole/", {"act": "declare", "day": "2999-01-01"})
    assert ahead.status_code == 422
    assert approver.post(f"/intake/{april.pk}/whole/", {"act": "retract"}).status_code == 302
    april.refresh_from_db()
    assert april.whole_on is None and april.whole_kinds == ""


def test_a_clerk_s_list_waits_for_the_approver(world: World, approver: Client, sign_in: SignIn) -> None:  # noqa: F811
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    clerk = sign_in("clerk")
    april = hand_in(clerk, rows([one]), APRIL)
    (gone,) = queries.plan_of(april, UserViewer(world.users["clerk"])).gone
    assert answer(clerk, april, "ended", gone.key, ended="2023-04-30") == 302
    take_in(clerk, april)
    assert Status.objects.get(person=two).ends is None
    assert Proposal.objects.filter(ledger="statuses", object_id=gone.key).exists()


def test_another_county_cannot_answer(world: World, approver: Client, sign_in: SignIn) -> None:  # noqa: F811
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    april = hand_in(approver, rows([one]), APRIL)
    strange = sign_in("other")
    assert strange.get(f"/intake/{april.pk}/whole/").status_code == 404
    assert answer(strange, april, "ended", 1, ended="2023-04-30") == 404
    with pytest.raises(Unusable, match="勾选"):
        owners_lists.answer(
            april.pk,
            queries.plan_of(april, UserViewer(world.users["approver"])),
            [999_999],
            APRIL,
            UserViewer(world.users["approver"]),
        )


def test_a_reissued_certificate_follows_the_one_before(world: World, approver: Client) -> None:
    (one,) = people(world, 1)
    old = one.certificates.get()
    assert old.number is not None
    fresh = f"{old.number[:18]}42"
    text = f"姓名\t残疾人证号\t发证残联\t发证日期\n{one.name}\t{fresh}\t涪陵区\t2023-04-10"
    answered = approver.post("/intake/paste/ledgers/certificates/", {"rows": text})
    assert answered.status_code == 302, flat(answered)
    kept = Upload.objects.latest("pk")
    assert (
        approver.post(f"/intake/{kept.pk}/whole/", {"act": "declare", "day": APRIL.isoformat()}).status_code
        == 302
    )
    plan = queries.plan_of(kept, UserViewer(world.users["approver"]))
    assert one.pk not in {gone.person for gone in plan.gone}, "she is on the list, with another certificate"
    take_in(approver, Upload.objects.get(pk=kept.pk))
    old.refresh_from_db()
    assert (old.ended_on, old.end_reason) == (date(2023, 4, 9), "换发新证")
    held = Certificate.objects.filter(person=one, ended_on=None).get()
    assert (held.number, held.issued_on, held.category, held.grade) == (fresh, date(2023, 4, 10), "4", "2")


def test_a_death_stops_what_goes_on_and_asks_about_what_came_after(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    for each in (one, two):
        CareService.objects.create(
            person=each,
            form="day",
            begins=date(2023, 1, 1),
            happened_on=date(2023, 1, 1),
            filed_by=world.regions["涪陵区"],
            entered_by="clerk",
            state="approved",
        )
    text = f"姓名\t身份证号\t死亡日期\n{one.name}\t{one.id_number}\t2023-03-10"
    answered = approver.post("/intake/paste/ledgers/persons/", {"rows": text})
    assert answered.status_code == 302, flat(answered)
    kept = Upload.objects.latest("pk")
    plan = queries.plan_of(kept, UserViewer(world.users["approver"]))
    told = [issue for issue in plan.issues if issue.code == "death_before_record"]
    assert bool(told) == one.enrolments.filter(happened_on__gt=date(2023, 3, 10)).exists()
    ends = {(change.ledger, change.column, change.after) for change in plan.changes}
    assert {("care_services", "ends", date(2023, 3, 10)), ("care_services", "end_reason", "死亡")} <= ends
    assert "托养服务" in flat(approver.get(f"/intake/{kept.pk}/")), "and shown on the page of the plan"
    take_in(approver, kept)
    one.refresh_from_db()
    assert one.died_on == date(2023, 3, 10)
    stopped, going = (CareService.objects.get(person=each) for each in (one, two))
    assert (stopped.ends, stopped.end_reason, stopped.state) == (date(2023, 3, 10), "死亡", "approved")
    assert going.ends is None
    assert not one.certificates.filter(ended_on=None).exists()
    # What comes after asks.
    after = f"姓名\t身份证号\t托养形式\t服务开始\n{one.name}\t{one.id_number}\t日间照料\t2023-05-01"
    approver.post("/intake/paste/ledgers/care-services/", {"rows": after})
    later = queries.plan_of(Upload.objects.latest("pk"), UserViewer(world.users["approver"]))
    assert "after_death" in {issue.code for issue in later.issues}


def test_who_was_in_class_yesterday_is_asked_about(world: World, approver: Client) -> None:
    woman = next(one for one in world.people["here"] if one.enrolments.exclude(state="withdrawn").exists())
    day = woman.enrolments.exclude(state="withdrawn").latest("happened_on").happened_on
    text = (
        f"姓名\t身份证号\t死亡日期\n{woman.name}\t{woman.id_number}\t{day.replace(day=day.day - 1):%Y-%m-%d}"
    )
    approver.post("/intake/paste/ledgers/persons/", {"rows": text})
    plan = queries.plan_of(Upload.objects.latest("pk"), UserViewer(world.users["approver"]))
    (told,) = [issue for issue in plan.issues if issue.code == "death_before_record"]
    assert "参训记录" in plan.told(told)
    assert identity(0) not in plan.told(told)


@pytest.mark.parametrize("account", ["approver", "clerk"])
def test_a_death_entered_by_hand_stops_what_goes_on(
    world: World,
    sign_in: SignIn,  # noqa: F811
    account: str,
) -> None:
    (one,) = people(world, 1)
    care = CareService.objects.create(
        person=one,
        form="day",
        begins=date(2023, 1, 1),
        happened_on=date(2023, 1, 1),
        filed_by=world.regions["涪陵区"],
        entered_by="clerk",
        state="approved",
    )
    client = sign_in(account)
    page = client.get(f"/ledgers/persons/{one.pk}/edit/").content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    said = {"field.died_on": "2023-03-10", "seen": seen, "purpose": "村里报来"}
    assert client.post(f"/ledgers/persons/{one.pk}/edit/", said).status_code == 302
    care.refresh_from_db()
    one.refresh_from_db()
    if account == "approver":
        assert (one.died_on, care.ends, care.end_reason) == (date(2023, 3, 10), date(2023, 3, 10), "死亡")
    else:
        assert (one.died_on, care.ends) == (None, None)
        waits = set(Proposal.objects.values_list("ledger", flat=True))
        assert {"persons", "care_services", "certificates"} <= waits


def test_more_lines_and_more_deaths_ask_no_more(world: World, approver: Client) -> None:
    everybody = people(world, 20)
    take_in(approver, hand_in(approver, rows(everybody), MARCH))
    viewer = UserViewer(world.users["approver"])

    def asked(text: str, table: str, day: date | None) -> int:
        approver.post(f"/intake/paste/ledgers/{table}/", {"rows": text})
        kept = Upload.objects.latest("pk")
        kept.whole_on = day
        with CaptureQueriesContext(connection) as seen:
            queries.plan_of(kept, viewer)
        return len(seen)

    def died(found: list[Person]) -> str:
        head = "姓名\t身份证号\t死亡日期"
        return "\n".join([head, *(f"{one.name}\t{one.id_number}\t2023-01-10" for one in found)])

    assert asked(rows(everybody[:2]), "statuses", APRIL) == asked(rows(everybody[:18]), "statuses", APRIL)
    assert asked(died(everybody[:2]), "persons", None) == asked(died(everybody[:18]), "persons", None)


def test_while_lines_are_wrong_nobody_is_ended(world: World, approver: Client) -> None:
    one, two, three = people(world, 3)
    take_in(approver, hand_in(approver, rows([one, two, three]), MARCH))
    wrong = f"{three.name}\t{str(three.id_number)[:-1]}?\t低保"
    april = hand_in(approver, rows([one, two], wrong), APRIL)
    (gone,) = queries.plan_of(april, UserViewer(world.users["approver"])).gone
    assert gone.person == three.pk
    page = flat(approver.get(f"/intake/{april.pk}/whole/"))
    assert "可能就在其中" in page
    assert answer(approver, april, "ended", gone.key, ended="2023-04-01") == 422
    assert answer(approver, april, "stays", gone.key) == 302
    assert answer(approver, april, "whatever", gone.key) == 404


def test_a_newer_list_written_meanwhile_is_seen_at_the_commit(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    older, newer = hand_in(approver, rows([one]), MARCH), hand_in(approver, rows([one, two]), APRIL)
    take_in(approver, newer)
    plan = flat(approver.get(f"/intake/{older.pk}/"))
    seal = plan.split('name="seal" value="')[1].split('"')[0]
    refused = approver.post(f"/intake/{older.pk}/commit/", {"seal": seal})
    assert refused.status_code != 302 and "更早" in flat(refused)
    assert len(spells()) == 2


def test_a_list_without_changes_is_recorded(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    take_in(approver, hand_in(approver, rows([one, two]), MARCH))
    april = hand_in(approver, rows([two, one]), APRIL)
    assert "没有变动" in flat(approver.get(f"/intake/{april.pk}/"))
    take_in(approver, april)
    april.refresh_from_db()
    assert april.stage == "committed"
    late = hand_in(approver, rows([one]))
    older = approver.post(f"/intake/{late.pk}/whole/", {"act": "declare", "day": "2023-04-15"})
    assert older.status_code == 422


def test_days_and_categories_that_cannot_be(world: World, approver: Client) -> None:
    (one,) = people(world, 1)
    kept = hand_in(approver, rows([one]))
    assert (
        approver.post(f"/intake/{kept.pk}/whole/", {"act": "declare", "day": "0001-01-01"}).status_code == 422
    )
    viewer = UserViewer(world.users["approver"])

    def codes(text: str, table: str) -> set[str]:
        approver.post(f"/intake/paste/ledgers/{table}/", {"rows": text})
        return {issue.code for issue in queries.plan_of(Upload.objects.latest("pk"), viewer).issues}

    head = f"姓名\t身份证号\t{{}}\n{one.name}\t{one.id_number}\t{{}}"
    assert "day_ahead" in codes(head.format("死亡日期", f"{date.today() + timedelta(days=30)}"), "persons")
    assert "category_misfit" in codes(
        head.format("身份体系\t类别\t起", "特困\t未脱贫\t2021-01-01"), "statuses"
    )
    assert "text_too_long" in codes(
        head.format("就业形式\t就业单位\t城乡类别\t开始日期", f"灵活就业\t{'长' * 500}\t农村\t2023-01-05"),
        "employments",
    )
    assert "year_unlikely" in codes(
        head.format("毕业年份\t服务日期\t服务内容", "1800\t2023-09-01\t职业指导"), "graduate-services"
    )
    zero = "基地名称\t基地类型\t拨付日期\t扶持金额\n某基地\t农村残疾人就业帮扶基地\t2023-06-01\t0"
    assert "amount_zero" in codes(zero, "base-payments")


def test_what_a_page_is_about_is_what_its_rows_are_about(world: World, approver: Client) -> None:
    (one,) = people(world, 1)
    held = world.classes["weaving"]
    other = f"姓名\t身份证号\t培训班名称\n{one.name}\t{one.id_number}\t别的班"
    at = f"/intake/paste/ledgers/enrolments/?class={held.pk}"
    refused = approver.post(at, {"rows": other, "class": held.pk})
    assert refused.status_code == 422 and "别的班" in flat(refused) and "只登记到" in flat(refused)
    same = f"姓名\t身份证号\t培训班名称\n{one.name}\t{one.id_number}\t{held.title}"
    assert approver.post(at, {"rows": same, "class": held.pk}).status_code == 302
    assert approver.get(f"/intake/paste/ledgers/incomes/?person={one.pk}").status_code == 404


def test_outside_the_offices_no_register_is_entered(world: World, sign_in: SignIn) -> None:  # noqa: F811
    trainer = sign_in("trainer")
    for table in ("persons", "statuses", "certificates", "households", "household-units"):
        for way in ("enter", "paste"):
            assert trainer.get(f"/intake/{way}/ledgers/{table}/").status_code == 404
    assert trainer.get("/intake/enter/ledgers/enrolments/").status_code == 200


def test_what_offices_write_is_read(world: World, approver: Client) -> None:
    one, two = people(world, 2)
    viewer = UserViewer(world.users["approver"])
    kept = hand_in(approver, rows([one, two], scheme="低保"), MARCH)
    assert [str(each) for each in queries.plan_of(kept, viewer).rows.verdicts] == ["new", "new"]
    # One column with its head, and a page break that repeats the head.
    numbers = "户编号\nH-77\n户编号\nH-78"
    assert approver.post("/intake/paste/ledgers/household-units/", {"rows": numbers}).status_code == 302
    plan = queries.plan_of(Upload.objects.latest("pk"), viewer)
    assert plan.to_write == 2 and not plan.issues


def test_what_another_county_entered_too_waits_though_nobody_confirmed_it(
    world: World,
    approver: Client,
    sign_in: SignIn,  # noqa: F811
) -> None:
    (one,) = people(world, 1)
    status = Status.objects.create(
        person=one, scheme="minimum_allowance", category="allowed", confirmed=False
    )
    Person.objects.filter(pk=one.pk).update(confirmed=False)
    Tie.objects.get_or_create(person=one, region=world.regions["万州区"])
    ledger, clerk = declaration.get("persons"), UserViewer(world.users["clerk"])
    form = editing.form(ledger, one.pk, clerk)
    editing.change(ledger, one.pk, {"died_on": "2023-03-11"}, form.seen, clerk, "听说")
    one.refresh_from_db()
    status.refresh_from_db()
    assert (one.died_on, status.ends) == (None, None), "two counties know her"
    assert Proposal.objects.filter(ledger="persons", object_id=one.pk, actor="clerk").exists()
