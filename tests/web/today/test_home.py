"""Today: each role is told what waits for it, what is late below, and nothing that is not theirs."""

from __future__ import annotations

import re
from datetime import date, timedelta

import lxml.html
import pytest
from django.db import connections, router
from django.utils import timezone

from qiaojie.accounts import sealing, triggers
from qiaojie.accounts.models import (
    AccessEntry,
    Agency,
    AgencyName,
    Agreement,
    Post,
    StandIn,
    User,
    WorkLine,
)
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import services as ledger_services
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.models import Batch, Change, State
from qiaojie.measures import disputes
from qiaojie.measures.models import Dispute
from qiaojie.notices.models import Filing, NoticeInForce
from qiaojie.training.models import Enrolment
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import FORM, NOTICE, World

pytestmark = pytest.mark.django_db

DUTY = f"/duties/{NOTICE}/year/2023-11-30/"


def page(sign_in: SignIn, role: str, address: str = "/") -> str:
    answer = sign_in(role).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def lines(shown: str) -> dict[str, str]:
    """What waits, a line each, and where it leads."""
    found = lxml.html.fromstring(shown).xpath('//section[h2[@id="tasks"]]/ul/li/span[1]/a')
    return {" ".join(one.text_content().split()): one.get("href") for one in found}


def test_what_is_due_is_told_until_it_is_registered(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    assert "报送逾期 · 报送任务 3 项" in lines(page(sign_in, "clerk"))
    client = sign_in("clerk")
    answer = client.post(
        f"{DUTY}sent/", {"unit": fuling.pk, "sent_on": "2023-11-29", "how": "涪残联〔2023〕9号"}
    )
    assert answer.status_code == 302
    assert "报送逾期 · 报送任务 2 项" in lines(page(sign_in, "clerk"))
    shown = page(sign_in, "inspector", DUTY)
    assert "涪残联〔2023〕9号" in shown and "登记勾选的单位" not in shown
    # Registered twice it is one line; taken back it is due again.
    client.post(f"{DUTY}sent/", {"unit": fuling.pk, "sent_on": "2023-11-29"})
    kept = Filing.objects.get(notice=NOTICE, region=fuling)
    client.post(f"/duties/filings/{kept.pk}/revoke/")
    assert "报送逾期 · 报送任务 3 项" in lines(page(sign_in, "clerk"))
    assert Filing.objects.filter(notice=NOTICE).count() == 1, "what was taken back stays on record"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sent_on": "2023-11-29"}, "请先勾选单位"),
        ({"unit": "here", "sent_on": "2999-01-01"}, "不能晚于今天"),
        ({"unit": "here", "sent_on": "昨天"}, "不是日期"),
    ],
)
def test_a_report_is_registered_with_all_that_is_asked(
    world: World, sign_in: SignIn, given: dict[str, str], said: str
) -> None:
    units = {"here": str(world.regions["涪陵区"].pk)}
    answer = sign_in("clerk").post(f"{DUTY}sent/", {k: units.get(v, v) for k, v in given.items()})
    assert answer.status_code in (400, 422) and said in answer.content.decode()
    assert not Filing.objects.exists()


def test_a_duty_says_which_office_answers_as_it_was_called_then(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    poverty = Agency.objects.create(region=fuling, line=WorkLine.POVERTY, name="涪陵区农业农村委")
    AgencyName.objects.create(agency=poverty, name="涪陵区扶贫办", ends=date(2021, 2, 24))
    AgencyName.objects.create(agency=poverty, name="涪陵区农业农村委", begins=date(2021, 2, 25))
    address = f"/duties/{FORM}/year/2019-11-30/"
    shown = page(sign_in, "clerk", address)
    assert "涪陵区扶贫办" in shown and "涪陵区农业农村委" not in shown
    poverty.names.all().delete()
    poverty.delete()
    assert "没有机构，也没有登记由谁代管" in page(sign_in, "clerk", address)
    women = Agency.objects.get(region=fuling, line=WorkLine.WOMEN)
    StandIn.objects.create(
        region=fuling, line=WorkLine.POVERTY, agency=women, begins=date(2018, 1, 1), reason="区内分工"
    )
    assert "代管扶贫、乡村振兴：区内分工" in page(sign_in, "clerk", address)


def test_a_line_is_told_of_its_own_duties_only(world: World, sign_in: SignIn) -> None:
    assert "年度总结" in page(sign_in, "clerk", "/duties/")
    assert "年度总结" not in page(sign_in, "women", "/duties/")
    assert "半年报送" in page(sign_in, "women", "/duties/")
    for role in ("base", "bank", "helper", "administrator"):
        assert sign_in(role).get("/duties/").status_code == 404


def test_who_inspects_sees_the_late_units_and_the_open_corrections(world: World, sign_in: SignIn) -> None:
    fuling, wanzhou = world.regions["涪陵区"], world.regions["万州区"]
    factories.account("city-inspector", world.regions["重庆市"], "inspector", holder="督查员")
    world.users["city-inspector"] = User.objects.get(username="city-inspector")
    approver = UserViewer(world.users["approver"])
    enrolment = world.classes["weaving"].enrolments.first()
    ledger_services.move(get("enrolments"), [enrolment.pk], "return", approver, purpose="签到表不全")
    Dispute.objects.create(
        notice=NOTICE,
        indicator="vocational_training",
        person=world.people["there"][1],
        claimant=fuling,
        holder=wanzhou,
        by="clerk",
    )
    for unit in world.regions.values():
        if unit.short_name not in ("涪陵区", "万州区", "丰都县"):
            for notice, duty, day in ((NOTICE, "year", "2023-11-30"), (FORM, "half-year", "2019-07-31")):
                Filing.objects.create(
                    notice=notice, duty=duty, due=day, region=unit, sent_on=day, by="somebody"
                )
    shown = page(sign_in, "city-inspector")
    assert "逾期的单位" in shown and "未办结的整改" in shown
    assert "退回后没有改" in shown and "统计归属争议没有答复" in shown and "导入表格" not in shown
    listed = page(sign_in, "city-inspector", "/corrections/")
    assert "签到表不全" in listed and "万州区" in listed
    # A county's inspector sees the county; the other one's dispute is not there.
    own = page(sign_in, "inspector", "/corrections/")
    assert "签到表不全" in own and "万州区" not in own
    assert page(sign_in, "city-inspector", f"/duties/?unit={fuling.pk}").count("<tr>") == 4
    assert sign_in("inspector").get(f"/duties/?unit={wanzhou.pk}").status_code == 404
    assert disputes.unanswered(UserViewer(world.users["inspector"])) == []


def test_what_waits_for_the_approver_is_all_that_is_not_approved(world: World, sign_in: SignIn) -> None:
    pending = Enrolment.objects.filter(training_class=world.classes["pending"])
    Enrolment.objects.filter(pk__in=pending.values("pk")[:4]).update(state=State.CHECKED)
    shown = page(sign_in, "approver")
    assert lines(shown)["待审核 · 参训记录 6 条"] == "/ledgers/enrolments/review/"
    # Who does not approve is led to a list of exactly as many.
    shown = page(sign_in, "clerk")
    assert lines(shown)["已交审核 · 参训记录 6 条"] == "/ledgers/enrolments/?state=pending"
    listed = page(sign_in, "clerk", "/ledgers/enrolments/?state=pending")
    assert listed.count('name="row" value=') == 6


def test_what_was_sent_back_is_one_line_that_leads_to_exactly_its_rows(world: World, sign_in: SignIn) -> None:
    rows = list(world.classes["weaving"].enrolments.order_by("pk").values_list("pk", flat=True)[:3])
    approver = UserViewer(world.users["approver"])
    ledger_services.move(get("enrolments"), rows, "return", approver, purpose="签到表不全")
    ledger_services.move(
        get("classes"), [world.classes["weaving"].pk], "return", approver, purpose="经费没有填"
    )
    shown = page(sign_in, "clerk")
    assert shown.count("签到表不全") == 1 and "退回修改 · 参训记录 3 条" in lines(shown)
    assert (
        shown.count("经费没有填") == 1 and f'href="/ledgers/classes/{world.classes["weaving"].pk}/"' in shown
    )
    (address,) = re.findall(r'href="(/ledgers/enrolments/\?returned=\d+)"', shown)
    listed = page(sign_in, "clerk", address)
    assert "签到表不全" in listed and "还有 3 条没有改" in listed
    assert {int(pk) for pk in re.findall(r'name="row" value="(\d+)"', listed)} == set(rows)
    # What is done with all of the list is done with these alone, and is not approving; nobody else sees them by the address.
    act = address.partition("=")[2]
    refused = sign_in("approver").post(f"/ledgers/enrolments/move/approve/?returned={act}", {"all": "1"})
    assert refused.status_code == 422 and "审核按班、按批办理" in refused.content.decode()
    sign_in("clerk").post(f"/ledgers/enrolments/move/check/?returned={act}", {"all": "1", "number": "3"})
    assert set(Enrolment.objects.filter(pk__in=rows).values_list("state", flat=True)) == {State.CHECKED}
    sign_in("approver").post("/ledgers/enrolments/move/approve/", {"row": rows})
    assert set(Enrolment.objects.filter(pk__in=rows).values_list("state", flat=True)) == {State.APPROVED}
    assert Enrolment.objects.filter(state=State.DRAFT).exists()
    assert "签到表不全" not in page(sign_in, "clerk")
    ledger_services.move(get("enrolments"), rows[:1], "return", approver, purpose="只看得见自己的")
    act = Change.objects.filter(word="return").latest("pk").pk
    other = page(sign_in, "other", f"/ledgers/enrolments/?returned={act}")
    assert "只看得见自己的" not in other and not re.findall(r'name="row"', other)
    assert sign_in("clerk").get("/ledgers/enrolments/?returned=abc").status_code == 200


def test_who_approves_above_the_units_sees_the_same(world: World, sign_in: SignIn) -> None:
    assert "逾期的单位" in page(sign_in, "city")
    assert "逾期的单位" not in page(sign_in, "approver"), "one unit: its own list says it"


def test_a_leader_is_told_the_gaps_and_what_waits_for_a_word(world: World, sign_in: SignIn) -> None:
    shown = page(sign_in, "reader")
    assert "差距最大的指标" in shown and f"/near/{NOTICE}/" in shown
    assert "待公布" not in shown, "one county's leader leads no other"
    factories.account("city-leader", world.regions["重庆市"], "leader", holder="市领导")
    world.users["city-leader"] = User.objects.get(username="city-leader")
    shown = page(sign_in, "city-leader")
    assert "待公布 · 单位排名 3 项" in lines(shown)
    indicator = shown.split("/ranking/")[0].rsplit("/", 1)[-1]
    sign_in("city-leader").post(
        f"/board/{NOTICE}/{indicator}/ranking/", {"reason": "季度通报", "on": "2023-11-30"}
    )
    assert "待公布 · 单位排名 2 项" in lines(page(sign_in, "city-leader"))


@pytest.mark.parametrize("role", ["base", "trainer", "helper", "bank"])
def test_an_outsider_is_told_what_to_fill_in_and_when_the_agreement_ends(
    world: World, sign_in: SignIn, role: str
) -> None:
    assert f"/intake/enter/{NOTICE}/roster/" in page(sign_in, role)
    until = timezone.localdate() + timedelta(days=12)
    Agreement.objects.update(ends=until)
    assert f"协议到 {until} 止，还有 12 天" in page(sign_in, role)
    Agreement.objects.update(ends=timezone.localdate() - timedelta(days=1))
    shown = page(sign_in, role)
    assert "没有在期内的协议" in shown and "/intake/enter/" not in shown


def test_each_administrator_is_told_what_waits(world: World, sign_in: SignIn) -> None:
    agency = world.users["clerk"].agency
    assert agency is not None
    Post.objects.create(agency=agency, title="空着的岗位", role="clerk")
    Agreement.objects.filter(agency=world.users["base"].agency).update(
        ends=timezone.localdate() + timedelta(days=3)
    )
    User.objects.filter(username="reader").update(first_password=True)
    User.objects.filter(username="other").update(password_at=timezone.now() - timedelta(days=400))
    shown = page(sign_in, "administrator")
    assert "空着的岗位" in shown and "协议2017-1" in shown
    assert "<b>1</b>个账号还在用初始密码" in shown and "<b>1</b>个账号的密码已过期" in shown
    assert "<b>0</b>个账号的密码已过期" in page(sign_in, "county-system"), "万州's is another's"
    assert "没有等确认的授权" not in page(sign_in, "security"), "somebody waits to be let in"
    User.objects.filter(username="reader").update(first_password=False)
    assert "没有等确认的授权" in page(sign_in, "security")
    # Between tests the log is emptied: its guards are off, and that is told.
    assert "日志的封存有问题" in page(sign_in, "audit")
    connection = connections[router.db_for_write(AccessEntry)]
    triggers.set_up(connection)
    try:
        sealing.seal()
        assert "日志受保护，已封存" in page(sign_in, "audit")
    finally:
        triggers.lift(connection)


def test_a_kind_of_work_is_one_line_however_much_of_it_waits(world: World, sign_in: SignIn) -> None:
    """One line a kind and ledger, with its number and since when; a hundred times the work are no more lines."""
    approver, ledger = UserViewer(world.users["approver"]), get("enrolments")
    rows = list(world.classes["weaving"].enrolments.order_by("pk").values_list("pk", flat=True))
    for place, row in enumerate(rows[:5]):
        ledger_services.move(ledger, [row], "return", approver, purpose=f"理由{place}")
    shown = page(sign_in, "clerk")
    own = lines(shown)
    assert own["退回修改 · 参训记录 5 条"] == "/corrections/#rows"
    assert len([one for one in own if one.startswith("退回修改")]) == 1
    assert all(f"理由{place}" in shown for place in range(5)), "each act is one press away"
    # Two reports are late, and are one line: how many, since when, how late.
    late = (timezone.localdate() - date(2019, 7, 31)).days
    assert f"最早 2019-07-31，逾期 {late} 天" in " ".join(shown.split())
    assert own["报送逾期 · 报送任务 3 项"] == "/duties/"
    Enrolment.objects.filter(state=State.DRAFT).update(entered_at=timezone.now() - timedelta(days=9))
    before = lines(page(sign_in, "city"))
    (waits,) = [one for one in before if one.startswith("待审核 · 参训记录")]
    assert waits == "待审核 · 参训记录 11 条"
    assert "等了 9 天" in page(sign_in, "city")
    more = [factories.person(number, world.regions["涪陵区"]) for number in range(300, 340)]
    factories.enrol(factories.training_class(world.regions["涪陵区"], "大班"), more, State.DRAFT)
    after = lines(page(sign_in, "city"))
    assert len(after) == len(before) and "待审核 · 参训记录 51 条" in after


def test_a_new_installation_walks_its_list_to_the_end(world: World, sign_in: SignIn) -> None:
    def first(role: str) -> list[tuple[str, bool, str | None]]:
        """The steps: what, whether it is done, and where the role does it."""
        page_ = lxml.html.fromstring(page(sign_in, role))
        return [
            (
                " ".join((item.xpath("./span|./a"))[0].text_content().split()),
                bool(item.xpath('.//*[@class="state done"]')),
                next(iter(item.xpath("./a/@href")), None),
            )
            for item in page_.xpath('//section[h2[@id="first-steps"]]//li')
        ]

    NoticeInForce.objects.all().delete()
    User.objects.filter(username__in=["approver", "other", "city"]).update(is_active=False)
    todo = first("administrator")
    assert [done for _what, done, _where in todo] == [False, True, False, False]
    assert todo[0][2] == "/notices/in-force/" and todo[2][2] == "/accounts/"
    assert first("clerk")[3] == ("导入第一份名册", False, "/intake/new/")
    assert first("clerk")[0][2] is None, "what is another's to do leads her nowhere"
    assert "还没有启用通知" in page(sign_in, "administrator") and "1 家" not in page(sign_in, "administrator")
    assert (
        "任务进度"
        not in lxml.html.fromstring(page(sign_in, "clerk")).text_content().split("其余")[0].split("等您办")[1]
    )
    # One after the other, each at the place that it leads to.
    answer = sign_in("administrator").post(
        f"/notices/{NOTICE}/in-force/", {"switch": "on", "begins": timezone.localdate().isoformat()}
    )
    assert answer.status_code == 302 and first("administrator")[0][1]
    assert "报送逾期" not in page(sign_in, "clerk"), "what was due before is not owed"
    User.objects.filter(username="approver").update(is_active=True)
    assert [done for _what, done, _where in first("administrator")] == [True, True, True, False]
    at = f"/intake/{world.uploads['here'].pk}/"
    seal = page(sign_in, "clerk", at).split('name="seal" value="')[1].split('"')[0]
    assert sign_in("clerk").post(f"{at}commit/", {"seal": seal, "purpose": "录入"}).status_code == 302
    assert Batch.objects.exists() and first("clerk") == [] == first("administrator")


def test_an_administrator_is_told_what_is_left_to_set_up(world: World, sign_in: SignIn) -> None:
    shown = " ".join(lxml.html.fromstring(page(sign_in, "administrator")).text_content().split())
    assert "2 个区县没有设定几级审核" in shown and "还没有启用通知" not in shown
    offices = Agency.objects.filter(line__in=["dpf", "women", "poverty"])
    staffed = offices.filter(users__role__in=["clerk", "approver"], users__is_active=True).distinct()
    left = offices.count() - staffed.count()
    assert left == 0 and "机构没有经办、审核账号" not in shown
    Agency.objects.create(region=world.regions["丰都县"], line=WorkLine.DPF, name="丰都县残联")
    shown = " ".join(lxml.html.fromstring(page(sign_in, "administrator")).text_content().split())
    assert "1 家残联、妇联、乡村振兴机构没有经办、审核账号" in shown
    own = " ".join(lxml.html.fromstring(page(sign_in, "county-system")).text_content().split())
    assert "家残联" not in own and "1 个区县没有设定几级审核" in own, "another county's is not hers"
