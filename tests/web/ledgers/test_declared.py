"""Ledgers that an office makes for itself: drafted on the screen, looked at, put in force; who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.cli import doctor
from qiaojie.declared import drafting, merging, running
from qiaojie.declared.drafting import HeldDraft
from qiaojie.declared.kept import Kept
from qiaojie.declared.models import LedgerDraft
from qiaojie.declared.naming import model_of
from qiaojie.intake import services as intake
from qiaojie.ledgers import undoing
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.web.desk.ledgers.declared import drafts
from tests.web.conftest import SignIn
from tests.web.factories import World
from tests.web.markup import flat
from tests.web.test_pages import queries

pytestmark = pytest.mark.django_db

VISITS = """# 走访
code = "visits"
label = "走访记录"
about = ["person"]
day = "visited_on"

[[fields]]
code = "visited_on"
label = "走访日期"
kind = "date"

[[fields]]
code = "found"
label = "走访情况"
kind = "choice"
[fields.choices]
well = "较好"
poor = "困难"
"""


@pytest.fixture(autouse=True)
def own(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A folder for this installation's own ledgers, empty."""
    settings.LEDGER_DIRS = [*settings.LEDGER_DIRS[:-1], tmp_path]
    settings.OWN_LEDGERS = tmp_path
    yield tmp_path


def held(text: str = VISITS, code: str = "visits") -> LedgerDraft:
    return LedgerDraft.objects.create(code=code, text=text, by="administrator")


def filled(page: str) -> dict[str, str | list[str]]:
    """What the form of a draft would send as it is drawn."""
    import lxml.html

    tree = lxml.html.fromstring(page)
    form = next(one for one in tree.forms if "drafting" in (one.get("class") or ""))
    found: dict[str, str | list[str]] = {}
    for name, text in form.form_values():
        known = found.get(name)
        found[name] = text if known is None else [*(known if isinstance(known, list) else [known]), text]
    return found


def sent(client: Client, pk: int, act: str = "", **changed: str | list[str]) -> tuple[int, str]:
    address = f"/declared/{pk}/"
    data = {**filled(client.get(address).content.decode()), **changed, "act": act}
    answer = client.post(address, data)
    return answer.status_code, answer.get("Location", "") or answer.content.decode()


def test_a_draft_begins_with_a_name_and_is_saved_field_by_field(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    began = client.post("/declared/start/", {"label": "走访记录"})
    pk = LedgerDraft.objects.get().pk
    assert began["Location"] == f"/declared/{pk}/"
    assert LedgerDraft.objects.get().code == "zoufangjilu"
    assert sent(client, pk, "add")[1].endswith("#f1")
    page = client.get(f"/declared/{pk}/").content.decode()
    assert "1 处要改" in page or "2 处要改" in page
    assert "缺少这一项" in page
    status, _where = sent(
        client, pk, **{"f1.label": "走访情况", "f1.kind": "choice", "f1.choices": "较好\npoor=困难|Poor"}
    )
    assert status == 302
    text = LedgerDraft.objects.get().text
    assert 'code = "zoufangqingkuang"' in text
    assert 'jiaohao = "较好"' in text and 'poor = ["困难", "Poor"]' in text
    page = flat(client.get(f"/declared/{pk}/").content.decode())
    assert "可以启用" in page
    heads = re.findall(r'<th scope="col">\s*(.*?)\s*(?:<small|</th>)', page)
    assert heads[:2] == ["序号", "姓名"] and heads[-2:] == ["日期", "走访情况"]


def test_fields_are_moved_and_taken_out_and_nothing_else_is_lost(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    pk = held().pk
    assert sent(client, pk, "down.f0")[1].endswith("#f1")
    text = LedgerDraft.objects.get().text
    assert text.startswith("# 走访\n") and text.index('code = "found"') < text.index('code = "visited_on"')
    sent(client, pk, "remove.f1")
    assert "visited_on" not in LedgerDraft.objects.get().text.split("[[fields]]", 1)[1]
    assert "没有字段“visited_on”" in client.get(f"/declared/{pk}/").content.decode()


def test_findings_stand_at_their_place_in_the_words_of_the_check(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    wrong = VISITS.replace('kind = "date"', 'kind = "money"\nunit = "分"').replace('["person"]', '["persom"]')
    pk = held(wrong).pk
    page = flat(client.get(f"/declared/{pk}/").content.decode())
    row = page[page.index('id="f0"') : page.index('id="f1"')]
    assert "金额要写单位" in row
    assert "金额要写单位" in client.get(f"/declared/{pk}/text/").content.decode()


def test_the_text_itself_can_be_edited_and_a_broken_one_is_kept(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    pk = held().pk
    stamp = LedgerDraft.objects.get().at.isoformat()
    broken = VISITS + "\nlabel = “走访”\n"
    assert client.post(f"/declared/{pk}/text/", {"text": broken, "stamp": stamp}).status_code == 302
    assert LedgerDraft.objects.get().text == broken
    for address in (f"/declared/{pk}/", f"/declared/{pk}/text/"):
        page = client.get(address).content.decode()
        assert "请改成英文的" in page and "走访" in page


def test_the_second_of_two_sees_that_the_draft_changed_and_loses_nothing(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in("administrator")
    pk = held().pk
    mine = filled(client.get(f"/declared/{pk}/").content.decode())
    sent(client, pk, label="入户走访")
    answer = client.post(f"/declared/{pk}/", {**mine, "label": "上门走访"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "这份草稿在您打开以后改过" in page and 'value="上门走访"' in page
    assert 'label = "入户走访"' in LedgerDraft.objects.get().text
    again = {**filled(page)}
    assert client.post(f"/declared/{pk}/", again).status_code == 302
    assert 'label = "上门走访"' in LedgerDraft.objects.get().text


def test_a_declared_ledger_is_changed_from_its_folder_and_copied(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    client.post("/declared/start/", {"change": "titles"})
    changing = LedgerDraft.objects.get()
    assert changing.code == "titles" and 'instead_of = "titles"' in changing.text
    page = client.get(f"/declared/{changing.pk}/").content.decode()
    assert "可以启用" in page
    # Who opens it again gets the same draft.
    client.post("/declared/start/", {"change": "titles"})
    assert LedgerDraft.objects.count() == 1
    client.post("/declared/start/", {"label": "荣誉称号", "like": "titles"})
    copied = LedgerDraft.objects.exclude(pk=changing.pk).get()
    assert copied.code == "rongyuchenghao" and "instead_of" not in copied.text
    assert "可以启用" in client.get(f"/declared/{copied.pk}/").content.decode()
    client.post(f"/declared/{copied.pk}/drop/")
    assert not LedgerDraft.objects.filter(pk=copied.pk).exists()
    assert client.post("/declared/start/", {"change": "classes"}).status_code == 422


def test_only_who_administers_all_of_it_gets_in(world: World, sign_in: SignIn) -> None:
    pk = held().pk
    pages = ["/declared/", f"/declared/{pk}/", f"/declared/{pk}/text/", "/declared/waiting/"]
    posts = [
        "/declared/start/",
        f"/declared/{pk}/",
        f"/declared/{pk}/text/",
        f"/declared/{pk}/drop/",
        "/declared/waiting/",
        "/declared/waiting/cancel/",
    ]
    for role in ("clerk", "other", "county-system", "security", "base", "city"):
        client = sign_in(role)
        AccessEntry.objects.all().delete()
        assert {client.get(one).status_code for one in pages} == {404}, role
        data = {"label": "x", "text": "x", "purpose": "试", "change": "titles"}
        assert {client.post(one, data).status_code for one in posts} == {404}, role
        refused = AccessEntry.objects.filter(username=world.users[role].username, done=False)
        assert refused.count() == len(pages) + len(posts), role
    assert LedgerDraft.objects.get().text == VISITS


def test_putting_in_force_asks_for_a_purpose_and_shows_that_it_is_at_work(
    world: World, sign_in: SignIn, own: Path
) -> None:
    client = sign_in("administrator")
    pk = held().pk
    address = f"/declared/waiting/?draft={pk}"
    stamp = LedgerDraft.objects.get().at.isoformat()
    assert "请写明为什么启用" in client.post(address, {"purpose": " ", "stamp": stamp}).content.decode()
    assert "这份草稿刚才有人改过" in client.post(address, {"purpose": "走访", "stamp": "x"}).content.decode()
    assert not (own / "visits").exists()
    assert client.post(address, {"purpose": "走访", "stamp": stamp})["Location"] == "/declared/waiting/"
    assert (own / "visits" / "ledger.toml").read_text() == VISITS
    page = client.get("/declared/waiting/").content.decode()
    assert 'id="job"' in page and "可以离开这一页" in page
    entry = AccessEntry.objects.get(subject="declared-ledgers/visits", done=True)
    assert (entry.username, entry.purpose) == ("administrator", "走访")
    client.post("/declared/waiting/cancel/")
    assert 'id="job"' not in client.get("/declared/waiting/").content.decode()


def test_a_program_gets_no_further_than_its_owner(world: World, sign_in: SignIn, client: Client) -> None:
    """No address of the API drafts or puts in force, and a key opens no page of the desk."""
    answer = client.get("/declared/", headers={"Authorization": "Bearer x"})
    assert answer.status_code in (302, 401, 403)
    assert {client.get(f"/api/v1/{one}").status_code for one in ("declared/", "ledgers/drafts/")} <= {
        401,
        404,
    }


def test_the_preview_has_the_columns_of_the_table_that_people_will_fill(
    world: World, sign_in: SignIn
) -> None:
    for code, kept in running.current().items():
        if kept.declared.extends:
            continue
        draft = drafted_of(code, UserViewer(world.users["administrator"]))
        shown = [(one.label, one.required) for one in drafts.preview(draft)]
        leaves = notices.table(f"ledgers/{code.replace('_', '-')}").form.leaves
        assert shown == [(one.label, bool(one.column.required)) for one in leaves], code


def drafted_of(code: str, viewer: UserViewer) -> HeldDraft:
    """A draft that changes a declared ledger, with nothing changed."""
    return drafting.draft(viewer, drafting.change(viewer, code))


def test_the_home_of_who_administers_all_of_it_says_what_waits(
    world: World, sign_in: SignIn, own: Path
) -> None:
    (own / "visits").mkdir()
    (own / "visits" / "ledger.toml").write_text(VISITS)
    page = sign_in("administrator").get("/").content.decode()
    assert "等着启用的台账" in page and "走访记录" in page and 'href="/declared/waiting/"' in page
    assert "走访记录" not in sign_in("county-system").get("/").content.decode()
    waiting = flat(sign_in("administrator").get("/declared/waiting/").content.decode())
    assert "建一张新表" in waiting and "走访日期、走访情况" in waiting
    found = {one.code: one for one in doctor._ledgers()}
    assert "visits 走访记录" in found["ledgers_waiting"].places
    (own / "visits" / "ledger.toml").write_text(VISITS.replace('kind = "date"', 'kind = "day"'))
    assert "有错误" in sign_in("administrator").get("/declared/waiting/").content.decode()
    assert "ledgers_faulty" in {one.code for one in doctor._ledgers()}


def test_pages_cost_no_query_a_draft(world: World, sign_in: SignIn) -> None:
    client = sign_in("administrator")
    held()
    before = queries(client, "/declared/")
    for number in range(5):
        held(VISITS.replace("visits", f"visits_{number}"), f"visits_{number}")
    assert queries(client, "/declared/") == before


# --- what is gone stays readable ---------------------------------------------------------------------------------------


@pytest.fixture
def granted(world: World) -> Iterator[tuple[Kept, int, int]]:
    """The ledger of titles with a row that came by a batch; what it was comes back afterwards."""
    kept = running.current()["titles"]
    viewer = UserViewer(world.users["clerk"])
    woman = world.people["here"][1]
    text = f"姓名,身份证号,称号,授予日期,授予级别,授予单位\n{woman.name},{woman.id_number},带头人,2023-05-01,区县级,涪陵区残联\n"
    plan = intake.plan(
        text.encode("utf-8-sig"), "称号.csv", notices.table("ledgers/titles"), world.regions["涪陵区"], viewer
    )
    batch = intake.commit(plan, viewer)
    row = model_of("titles").objects.get()
    yield kept, row.pk, batch.pk if hasattr(batch, "pk") else batch
    running.build([*(one for one in running.current().values() if one.code != "titles"), kept])


def now(kept: Kept) -> None:
    running.build([*(one for one in running.current().values() if one.code != "titles"), kept])


def test_a_ledger_without_a_folder_is_read_exported_and_undone_and_takes_nothing(
    world: World, sign_in: SignIn, granted: tuple[Kept, int, int]
) -> None:
    kept, pk, _batch = granted
    now(merging.left(kept))
    client = sign_in("clerk")
    listed = client.get("/ledgers/titles/").content.decode()
    assert "带头人" in listed and "/intake/enter/ledgers/titles/" not in listed
    page = client.get(f"/ledgers/titles/{pk}/").content.decode()
    assert "带头人" in page and "这个台账已停用" in page
    assert f"/ledgers/titles/{pk}/edit/" not in page and "enter/ledgers/titles" not in page
    assert client.get(f"/ledgers/titles/{pk}/history/").status_code == 200
    woman = world.people["here"][1]
    assert "荣誉称号" in client.get(f"/persons/{woman.pk}/").content.decode()
    sent = client.post("/ledgers/titles/export.csv", {"purpose": "工作汇报"})
    assert "带头人" in b"".join(sent).decode("utf-8-sig")  # type: ignore[call-overload]
    for address in (
        "/intake/enter/ledgers/titles/",
        "/intake/paste/ledgers/titles/",
        f"/ledgers/titles/{pk}/edit/",
    ):
        for answer in (client.get(address), client.post(address, {"purpose": "试", "seen": "x"})):
            assert answer.status_code in (400, 422), address
            assert "“荣誉称号”已停用（它的文件夹不在了）" in answer.content.decode()
    answer = client.post("/ledgers/titles/change-many/", {"row": pk, "field": "level", "purpose": "试"})
    assert answer.status_code == 422 and "已停用" in answer.content.decode()
    assert "enter/ledgers/titles" not in client.get("/ledgers/?all=1").content.decode()
    with pytest.raises(Unusable, match="已停用"):
        notices.table("ledgers/titles")
    undoing.undo(_batch, UserViewer(world.users["clerk"]), "试录")
    assert not model_of("titles").objects.exclude(state="withdrawn").exists()


def test_a_retired_field_is_shown_where_it_has_a_value_and_asked_nowhere(
    world: World, sign_in: SignIn, granted: tuple[Kept, int, int]
) -> None:
    kept, pk, _batch = granted
    fields = tuple(one for one in kept.declared.fields if one.code not in {"granted_by", "ended_on"})
    after = kept.declared.model_copy(update={"fields": fields})
    now(merging.merged(kept, after, kept.source, date(2026, 1, 1)))
    client = sign_in("clerk")
    page = flat(client.get(f"/ledgers/titles/{pk}/").content.decode())
    assert "涪陵区残联" in page and "已停用" in page and "撤销日期" not in page
    for address in (
        "/intake/enter/ledgers/titles/",
        f"/ledgers/titles/{pk}/edit/",
        "/ledgers/titles/change-many/",
    ):
        assert "授予单位" not in client.get(address).content.decode(), address
    columns = [one.column.field for one in notices.table("ledgers/titles").form.leaves]
    assert "granted_by" not in columns and "level" in columns


def test_a_retired_choice_is_printed_and_filtered_by_and_not_offered(
    world: World, sign_in: SignIn, granted: tuple[Kept, int, int]
) -> None:
    kept, pk, _batch = granted
    fields = tuple(
        one.model_copy(update={"choices": one.choices[1:]}) if one.code == "level" else one
        for one in kept.declared.fields
    )
    now(
        merging.merged(
            kept, kept.declared.model_copy(update={"fields": fields}), kept.source, date(2026, 1, 1)
        )
    )
    client = sign_in("clerk")
    assert "区县级" in client.get(f"/ledgers/titles/{pk}/").content.decode()
    found = client.get("/ledgers/titles/?level=county").content.decode()
    assert "带头人" in found and "区县级" in found
    assert "区县级" not in client.get("/intake/enter/ledgers/titles/").content.decode()
    # The row that has it keeps it in its own form.
    assert "区县级" in client.get(f"/ledgers/titles/{pk}/edit/").content.decode()
    viewer = UserViewer(world.users["clerk"])
    other = world.people["here"][2]
    text = f"姓名,身份证号,称号,授予日期,授予级别\n{other.name},{other.id_number},标兵,2023-05-01,区县级\n"
    plan = intake.plan(
        text.encode("utf-8-sig"), "称号.csv", notices.table("ledgers/titles"), world.regions["涪陵区"], viewer
    )
    assert {one.code for one in plan.issues if one.level == "error"} == {"word_not_in_force"}
