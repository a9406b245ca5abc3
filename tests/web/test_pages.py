"""What pages show, how many queries they cost, and what unusable input answers."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from qiaojie.ledgers.models import SavedView, State
from qiaojie.measures import engine
from qiaojie.measures.services import recount_every
from qiaojie.notices.queries import notice
from qiaojie.training.models import Enrolment, TrainingClass
from tests.web import factories
from tests.web.conftest import SignIn
from tests.web.factories import FORM, NOTICE, PASSWORD, World
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

BOARD = f"/board/{NOTICE}/"
MEASURED = {"count", "ledger", "where", "answered_by", "of", "also", "split", "reached", "within_months"}
"""Keys of an indicator that say how it is measured."""


def queries(client: Client, address: str) -> int:
    """Queries of a page on all databases, once what is kept in the process has been read."""
    client.get(address)
    count = 0
    for alias in connections:
        with CaptureQueriesContext(connections[alias]) as caught:
            assert client.get(address).status_code == 200
        count += len(caught)
    return count


BUDGETS = {
    # One on each of these for what is in force. The first asks twice, and of an installation without a batch what is done first.
    "/": 48,
    "/duties/": 10,
    f"/duties/{NOTICE}/year/2023-11-30/": 9,
    f"/duties/{NOTICE}/year/2023-11-30/chase/": 11,
    "/corrections/": 9,
    "/board/": 4,
    "/search/": 2,
    # Eleven more than the sums by unit: who is in doubt, rulings, how the registers stand, trends (two), typed years, plans of
    # classes, completers, money of two ledgers.
    BOARD: 21,
    f"{BOARD}vocational_training/": 17,
    f"{BOARD}vocational_training/course/": 25,
    f"/notices/{NOTICE}/earlier/": 11,
    "/notices/": 4,
    f"/notices/{NOTICE}/": 8,
    f"/notices/{NOTICE}/vocational_training/targets/": 17,
    f"/notices/{NOTICE}/vocational_training/targets/?method=need": 20,
    f"/near/{NOTICE}/vocational_training/class.has_sign_in/": 14,
    "/disputes/": 3,
    # What stands and waits in every ledger, who touched each last, whose rows came back: a union each, not a query a ledger.
    "/ledgers/": 16,
    "/ledgers/asking/": 4,
    # However many rows and groups: how the registers stand, the rows, names of places, answers before, questions often asked.
    "/ledgers/asking/enrolments/?ask.since=2023-01-01&ask.until=2023-12-31&ask.rows=unit&ask.columns=person.age": 8,
    # One for the changes that wait beside the rows.
    # Eight more for the counted views, for what waits beside, and for who returned what.
    "/ledgers/enrolments/": 17,
    "/ledgers/persons/": 9,
    "/forms/": 4,
    f"/forms/{FORM}/training-status/?period=2019H1": 8,
    "/intake/": 6,
    "/intake/new/": 4,
    f"/handed-in/{NOTICE}/roster/": 7,
}


@pytest.mark.parametrize("address", BUDGETS)
def test_a_page_keeps_its_budget_of_queries(world: World, sign_in: SignIn, address: str) -> None:
    assert queries(sign_in("city"), address) == BUDGETS[address]


def test_one_step_short_asks_once_for_every_source(world: World, sign_in: SignIn) -> None:
    held = notice(NOTICE)
    # One query for what waits, one a source of indicators that are not alike but for their splits, and the frame around them.
    assert queries(sign_in("city"), f"/near/{NOTICE}/") <= len(engine.alike(held.indicators)) + 12


def test_queries_do_not_grow_with_rows(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    held, woman = world.classes["weaving"], world.people["here"][0]
    step = f"/near/{NOTICE}/vocational_training/class.has_sign_in/"
    pages = [
        BOARD,
        f"/near/{NOTICE}/",
        step,
        "/disputes/",
        f"{BOARD}vocational_training/",
        "/ledgers/enrolments/",
        f"/classes/{held.pk}/",
        f"/persons/{woman.pk}/",
    ]
    before = [queries(client, page) for page in pages]
    fuling = world.regions["涪陵区"]
    factories.enrol(held, [factories.person(n, fuling) for n in range(100, 120)])
    for number in range(6):
        more = factories.training_class(
            fuling, f"加开{number}班", begins=date(2023, 9, 1), ends=date(2023, 9, 2 + number)
        )
        factories.enrol(more, [woman])
    recount_every()
    assert [queries(client, page) for page in pages] == before


def cells(page: str, unit: str) -> list[str]:
    """The words of a board row, as a screen reader says them."""
    row = re.search(rf'<th scope="row"[^>]*>{unit}\b.*?</th>(.*?)</tr>', flat(page), re.S)
    assert row is not None
    return re.findall(r'<span class="unseen">(.*?)</span>', row[1])


def test_the_board_says_what_counts_what_waits_and_what_is_not_yet_measured(
    world: World, sign_in: SignIn
) -> None:
    page = sign_in("city").get(f"{BOARD}?on=2023-11-30").content.decode()
    total, fuling = cells(page, "合计"), cells(page, "涪陵区")
    assert len(total) == len(fuling) == 11
    assert total[6] == "已审核 35，待审核 6，任务 5,000，完成 0.7%"
    assert fuling[6] == "已审核 20，待审核 6，任务 215，完成 9.3%"
    assert cells(page, "渝中区")[0].endswith("无任务")
    # Before the classes ended nothing had happened.
    early = sign_in("city").get(f"{BOARD}?on=2023-06-19").content.decode()
    assert cells(early, "涪陵区")[6].startswith("已审核 0，任务")


def test_what_is_not_yet_measured_is_said_so_and_is_never_0(
    world: World, sign_in: SignIn, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / NOTICE
    shutil.copytree(settings.NOTICE_DIRS[0] / NOTICE, folder)
    text = (folder / "notice.toml").read_text()
    begins = text.index('code = "support_bases"')
    ends = text.index("[[", begins)
    kept = [line for line in text[begins:ends].splitlines() if line.split(" ")[0] not in MEASURED]
    (folder / "notice.toml").write_text(text[:begins] + "\n".join(kept) + "\n\n" + text[ends:])
    settings.NOTICE_DIRS = [tmp_path]
    client = sign_in("city")
    page = client.get(BOARD).content.decode()
    assert cells(page, "涪陵区")[1] == "尚未计量，任务 1"
    assert "<b>1</b>项尚未计量" in page
    behind = client.get(f"{BOARD}support_bases/")
    assert behind.status_code == 400
    assert "尚未计量" in behind.content.decode()


def test_a_county_sees_its_own_row_and_the_total_of_all(world: World, sign_in: SignIn) -> None:
    page = sign_in("clerk").get(f"{BOARD}?on=2023-11-30").content.decode()
    assert cells(page, "职业技能培训")[:2] == [
        "已审核 20，待审核 6，任务 215，完成 9.3%",
        "已审核 35，待审核 6，任务 5,000，完成 0.7%",
    ]
    assert "万州区" not in page


def test_a_number_opens_to_its_rows_and_says_how_many_are_closed(world: World, sign_in: SignIn) -> None:
    address = f"{BOARD}vocational_training/?on=2023-11-30"
    clerk = sign_in("clerk").get(address).content.decode()
    assert "共 20 条" in clerk
    assert "其中 15 条由您范围以外的单位填报" in clerk
    assert "共 35 条" in sign_in("city").get(address).content.decode()
    waiting = sign_in("clerk").get(f"{address}&part=pending").content.decode()
    assert "共 6 条" in waiting


def test_people_counted_by_another_unit_are_told_with_that_unit(world: World, sign_in: SignIn) -> None:
    wanzhou = world.regions["万州区"]
    woman = factories.counted_elsewhere(world)
    client = sign_in("other")
    address = f"{BOARD}vocational_training/?unit={wanzhou.pk}"
    page = client.get(f"{address}&part=elsewhere").content.decode()
    assert woman.name in page
    assert "计入单位" in page
    assert "涪陵区" in page
    assert '另有 1 人已由<span lang="zh-Hans">涪陵区</span>计入' in client.get(address).content.decode()


def test_pace_rests_on_the_days_for_which_classes_are_planned(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    TrainingClass.objects.filter(pk=world.classes["weaving"].pk).update(planned_headcount=25)
    for number, (ends, planned) in enumerate([(date(2023, 9, 9), 30), (date(2023, 12, 1), 40)]):
        factories.training_class(
            fuling, f"计划{number}班", begins=date(2023, 9, 1), ends=ends, planned_headcount=planned, state=State.DRAFT
        )  # fmt: skip

    def line(on: str) -> list[str]:
        address = f"{BOARD}vocational_training/course/?on={on}&unit={fuling.pk}"
        page = flat(sign_in("clerk").get(address)).split('aria-labelledby="pace"')[-1]
        return re.findall(r'<td class="number[^>]*>([^<]*)</td>', page)

    # Due: the class of June and that of September, 25 and 30; planned in all 95 of 215. One class says nothing.
    assert line("2023-11-30") == ["55", "20", "35", "215", "120", "4", "1", "39200", "1960"]
    assert line("2023-06-19")[:3] == ["0", "0", "0"]
    assert line("2023-09-08")[0] == "25"
    # On the last day everything is due, planned or not.
    assert line("2023-12-31")[:3] == ["215", "20", "195"]


def test_a_trend_counts_last_year_by_the_same_definition(world: World, sign_in: SignIn) -> None:
    fuling = world.regions["涪陵区"]
    past = factories.training_class(fuling, "去年班", begins=date(2022, 3, 1), ends=date(2022, 3, 9))
    factories.enrol(past, world.people["here"][:7])
    recount_every()
    page = sign_in("city").get(f"{BOARD}vocational_training/course/?on=2023-06-30").content.decode()
    assert "去年同日 <b>7</b>" in page
    table = flat(page.split("<tbody>")[1].split("</tbody>")[0])
    rows = re.findall(r'row">([^<]+)</th><td class="number">([^<]*)</td><td class="number">([^<]*)<', table)
    assert rows[1:4] == [("2023-02-28", "0", "0"), ("2023-03-31", "0", "7"), ("2023-04-30", "0", "7")]
    assert rows[-1] == ("2023-06-30", "35", "7")
    # Only people of classes have plans; a count of bases has a trend and no pace.
    bases = sign_in("city").get(f"{BOARD}support_bases/course/").content.decode()
    assert "按月累计" in bases and "应到和已到" not in bases


def test_paging_goes_on_where_the_last_page_ended(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    seen: list[str] = []
    address = "/ledgers/enrolments/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'<th scope="row"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/ledgers/enrolments/" + following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == 66


def test_filters_narrow_a_ledger(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    assert "共 6 条" in client.get("/ledgers/enrolments/?state=draft").content.decode()
    assert (
        "共 1 条" in client.get("/ledgers/classes/?ends.min=2019-01-01&ends.max=2019-12-31").content.decode()
    )
    assert "共 1 条" in client.get("/ledgers/classes/?title=榨菜").content.decode()
    assert "没有符合条件的记录" in client.get("/ledgers/classes/?title=没有这个班").content.decode()


def test_approving_ticked_rows_moves_them_to_the_board(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = list(world.classes["pending"].enrolments.values_list("pk", flat=True))
    done = client.post(
        "/ledgers/enrolments/move/approve/",
        {"row": rows, "back": "/ledgers/enrolments/?state=draft"},
        follow=True,
    )
    assert done.redirect_chain == [("/ledgers/enrolments/?state=draft", 302)]
    assert "“审核”：办了 6 条。" in done.content.decode()
    assert not world.classes["pending"].enrolments.filter(state=State.DRAFT).exists()
    again = client.post("/ledgers/enrolments/move/approve/", {"row": rows})
    assert again.status_code == 422 and "一条也没有办" in again.content.decode()
    assert "已由吴审核审核" in again.content.decode()
    # Their class waits itself, and they with it.
    assert "还有 1 条没有审核" in done.content.decode()
    assert cells(client.get(BOARD).content.decode(), "职业技能培训")[0].startswith("已审核 20，待审核 6")
    client.post("/ledgers/classes/move/approve/", {"row": [world.classes["pending"].pk]})
    assert cells(client.get(BOARD).content.decode(), "职业技能培训")[0].startswith("已审核 26，任务")


def test_nobody_is_sent_elsewhere(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = list(world.classes["pending"].enrolments.values_list("pk", flat=True))
    for row, address in zip(
        rows, ("https://evil.example/", "//evil.example/", "javascript:alert(1)"), strict=False
    ):
        gone = client.post("/ledgers/enrolments/move/approve/", {"row": row, "back": address})
        assert gone["Location"] == "/ledgers/enrolments/"
        assert client.post("/language/", {"language": "en", "next": address})["Location"] == "/"
    stranger = Client()
    entered = stranger.post(
        "/sign-in/", {"username": "clerk", "password": PASSWORD, "next": "//evil.example/"}
    )
    assert entered["Location"] == "/"


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        (f"{BOARD}?on=昨天", 400, "不是日期"),
        (f"{BOARD}?region=没有的地方", 400, "没有找到区域"),
        ("/board/no-such-notice/", 404, "没有这一页"),
        (f"{BOARD}no_such_indicator/", 404, "没有这一页"),
        (f"{BOARD}vocational_training/?part=all", 404, "没有这一页"),
        (f"{BOARD}vocational_training/?unit=99999", 404, "没有这一页"),
        ("/ledgers/no-such-ledger/", 404, "没有这一页"),
        ("/ledgers/enrolments/?after=x", 404, "没有这一页"),
        ("/ledgers/enrolments/?state=gone", 400, "没有“gone”这一项"),
        ("/ledgers/classes/?ends.min=soon", 400, "不是日期"),
        ("/classes/999999/", 404, "没有这一页"),
        (f"/forms/{FORM}/no-such-table/", 404, "没有这一页"),
        (f"/forms/{FORM}/training-status/?period=去年", 400, "不是能识别的时段"),
        (f"/forms/{FORM}/training-status/download.exe", 404, "没有这一页"),
    ],
)
def test_unusable_addresses_get_one_clear_line(
    world: World, sign_in: SignIn, address: str, status: int, says: str
) -> None:
    response = sign_in("city").get(address)
    assert response.status_code == status
    assert says in response.content.decode()


def test_a_wrong_password_is_said_so(world: World, client: Client) -> None:
    response = client.post("/sign-in/", {"username": "clerk", "password": "wrong"})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    entered = client.post("/sign-in/", {"username": "clerk", "password": PASSWORD, "next": "/ledgers/"})
    assert entered["Location"] == "/ledgers/"


def test_a_form_is_shown_linked_and_downloaded(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    page = client.get(f"/forms/{FORM}/training-status/?period=2019H1").content.decode()
    assert "蜀绣班" in page
    assert reverse("class", args=[world.classes["handicraft"].pk]) in page
    for kind, begins in (("xlsx", b"PK"), ("csv", b"\xef\xbb\xbf"), ("pdf", b"%PDF"), ("docx", b"PK")):
        got = client.get(f"/forms/{FORM}/training-status/download.{kind}?period=2019H1")
        assert got.content.startswith(begins), kind
        assert "attachment" in got["Content-Disposition"]


def test_an_ended_certificate_is_pointed_out(world: World, sign_in: SignIn) -> None:
    woman = world.people["here"][5]
    woman.certificates.update(expires_on=date(2020, 1, 1))
    assert "已过期" in sign_in("clerk").get(f"/persons/{woman.pk}/").content.decode()


def test_a_merged_record_leads_to_the_one_kept(world: World, sign_in: SignIn) -> None:
    kept, other = world.people["here"][:2]
    other.canonical = kept
    other.save()
    assert sign_in("clerk").get(f"/persons/{other.pk}/")["Location"] == f"/persons/{kept.pk}/"


def test_pages_forbid_inline_scripts_and_styles(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    woman, held = world.people["here"][0], world.classes["weaving"]
    for address in [*BUDGETS, f"/persons/{woman.pk}/", f"/classes/{held.pk}/"]:
        response = client.get(address)
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy
        page = response.content.decode()
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)", page), address


def test_a_list_stands_in_the_order_asked_for_over_all_its_pages(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    for sort in ("class.ends", "-class.ends", "person.name", "-person.name"):
        seen: list[str] = []
        address = f"/ledgers/enrolments/?sort={sort}&col=class.ends"
        while address:
            page = client.get(address).content.decode()
            pattern = (
                r'data-label="结业日期"><span[^>]*>([^<]+)'
                if "ends" in sort
                else r'<th scope="row"[^>]*><a[^>]*>([^<]+)'
            )
            seen += re.findall(pattern, page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            address = "/ledgers/enrolments/" + following[1].replace("&amp;", "&") if following else ""
        assert len(seen) == 66
        assert seen == sorted(seen, reverse=sort.startswith("-"))


def test_a_list_is_not_sorted_by_what_is_masked_or_unknown(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    for sort in ("id_number", "certificate", "phone", "没有"):
        assert client.get("/ledgers/persons/", {"sort": sort}).status_code == 400
    assert client.get("/ledgers/persons/", {"col": "没有"}).status_code == 400


def test_columns_are_chosen_and_exported_as_seen(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    page = client.get("/ledgers/classes/?col=cost&col=headcount&sort=-cost").content.decode()
    head = re.search(r"<thead>(.*?)</thead>", page, re.S)
    assert head is not None
    assert re.findall(r"[?&]amp;?sort=", head[1]) or "sort=" in head[1]
    assert "培训内容" not in head[1] and "培训班总费用" in head[1] and "培训班名称" in head[1]
    assert 'aria-sort="descending"' in head[1]
    data = client.post("/ledgers/classes/export.csv?col=cost&sort=-cost", {"purpose": "核对"}).content.decode(
        "utf-8-sig"
    )
    assert "培训班总费用" in data and "培训内容" not in data


def test_sums_stand_below_columns_that_add_up(world: World, sign_in: SignIn) -> None:
    page = flat(sign_in("clerk").get("/ledgers/classes/?title=榨菜"))
    row = re.search(r"<tfoot>(.*?)</tfoot>", page, re.S)
    only = re.search(r"<tbody>(.*?)</tbody>", page, re.S)
    assert row is not None and only is not None
    sums = re.findall(r'data-label="(总人数|培训班总费用)">(?:<span[^>]*>)?([^<]+)', row[1])
    said = re.findall(r'data-label="(总人数|培训班总费用)">\s*<span[^>]*>([^<]+)', only[1])
    assert sums == said and sums


def test_a_view_is_kept_used_and_dropped_by_its_owner_alone(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    kept = client.post(
        "/ledgers/enrolments/views/?state=draft&sort=-class.ends&after=5&kind=", {"label": "待审的"}
    )
    assert kept.status_code == 302 and "after" not in kept["Location"]
    page = flat(client.get(kept["Location"]))
    assert "共 6 条" in page and 'aria-current="page">待审的</a>' in page
    other = sign_in("approver")
    assert ">待审的</a>" not in flat(other.get("/ledgers/enrolments/"))
    view = SavedView.objects.get()
    assert other.post(f"/ledgers/enrolments/views/{view.pk}/drop/").status_code == 404
    client.post(f"/ledgers/enrolments/views/{view.pk}/drop/")
    assert not SavedView.objects.exists()
    assert client.post("/ledgers/enrolments/views/", {"label": " "}).status_code == 422


def test_rows_are_checked_returned_withdrawn_and_restored(world: World, sign_in: SignIn) -> None:
    held = world.classes["pending"].enrolments
    rows = list(held.values_list("pk", flat=True))

    def go(role: str, word: str, purpose: str = "") -> int:
        client = sign_in(role)
        return client.post(f"/ledgers/enrolments/move/{word}/", {"row": rows, "purpose": purpose}).status_code

    assert go("clerk", "check") == 302 and set(held.values_list("state", flat=True)) == {State.CHECKED}
    assert go("clerk", "withdraw", "错登") == 404
    assert go("approver", "approve") == 302 and set(held.values_list("state", flat=True)) == {State.APPROVED}
    assert go("approver", "return") == 422, "a reason is owed"
    assert go("approver", "withdraw", "错登") == 302 and set(held.values_list("state", flat=True)) == {
        State.WITHDRAWN
    }
    client = sign_in("approver")
    assert "共 6 条" in client.get("/ledgers/enrolments/?state=withdrawn").content.decode()
    assert "共 60 条" in sign_in("city").get("/ledgers/enrolments/").content.decode()
    assert go("approver", "restore", "没有登错") == 302 and set(held.values_list("state", flat=True)) == {
        State.DRAFT
    }
    assert go("approver", "没有") == 404


def test_what_was_withdrawn_and_entered_again_is_not_restored(world: World, sign_in: SignIn) -> None:
    held = world.classes["pending"]
    first = held.enrolments.first()
    assert first is not None
    client = sign_in("approver")
    client.post("/ledgers/enrolments/move/withdraw/", {"row": first.pk, "purpose": "错登"})
    factories.enrol(held, [first.person])
    answer = client.post("/ledgers/enrolments/move/restore/", {"row": first.pk, "purpose": "又要"})
    assert answer.status_code == 422 and "重新录入过" in answer.content.decode()
    first.refresh_from_db()
    assert first.state == State.WITHDRAWN


def test_a_reviewer_sees_what_has_changed_and_approves_group_by_group(world: World, sign_in: SignIn) -> None:
    from qiaojie.ledgers import journal, rows

    client = sign_in("approver")
    changed = world.classes["weaving"].enrolments.first()
    assert changed is not None
    was = {
        "remark": changed.remark,
        "state": changed.state,
        "approved_at": changed.approved_at,
        "approved_by": "",
    }
    now = {"remark": "改过的备注", "state": State.DRAFT, "approved_at": None, "approved_by": ""}
    rows.update(Enrolment, [(changed.pk, now)])
    journal.updated(Enrolment, [(changed.pk, was, now)], actor="clerk", batch=None)
    page = flat(client.get("/ledgers/enrolments/review/"))
    assert "7 条新录入" in page and "审核这 6 条" in page and "审核这 1 条" in page
    assert re.search(r"备注<span class=\"unseen\">原为</span>.*<ins[^>]*>改过的备注</ins>", page)
    everything = client.post("/ledgers/enrolments/move/approve/", {"all": "1"})
    assert everything.status_code == 422, "never all at once"
    for sent in re.findall(r'name="group"\s+value="(p\d+:\d+)"\s+formaction', page):
        assert client.post("/ledgers/enrolments/move/approve/", {"group": sent}).status_code == 302
    assert "没有等待审核的记录" in client.get("/ledgers/enrolments/review/").content.decode()
