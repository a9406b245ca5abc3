"""Files handed in by the dozen: what the list, the page of the work and the page of who has handed in show."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from qiaojie.accounts.models import Export
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import services
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.storing import upload_store
from qiaojie.ledgers.models import Batch
from qiaojie.notices import queries as notices
from qiaojie.queue.models import Job, State
from qiaojie.queue.worker import Worker
from qiaojie.sheets import book
from qiaojie.web import upload_handler
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World, hand_in, roster
from tests.web.test_pages import queries

pytestmark = pytest.mark.django_db

TABLE = f"{NOTICE}/roster"
HANDED_IN = f"/handed-in/{NOTICE}/roster/"


def work() -> None:
    Worker(alone=True).run(once=True)


def drop(client: Client, *files: tuple[str, bytes], **given: str) -> str:
    """Hand files in together; where it leads."""
    sent = {"table": TABLE, **given, "file": [SimpleUploadedFile(name, data) for name, data in files]}
    answer = client.post("/intake/new/", sent)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_one_small_file_is_planned_at_once_and_several_are_queued(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    assert drop(client, ("一.csv", roster("涪陵一班", range(300, 303)))) == reverse(
        "plan", args=[Upload.objects.latest("pk").pk]
    )
    assert not Job.objects.exists()
    files = [(f"{n}.csv", roster(f"涪陵{n}班", range(310 + n * 3, 313 + n * 3))) for n in range(4)]
    assert drop(client, *files, ("坏.xlsx", b"no workbook")) == "/intake/"
    assert Job.objects.filter(state=State.WAITING).count() == 5
    page = client.get("/intake/").content.decode()
    assert page.count("<progress") == 5
    assert "前面还有" in page
    work()
    page = client.get("/intake/").content.decode()
    assert "<progress" not in page
    assert page.count("3 行") == 5
    assert "“坏.xlsx”" in page


def test_what_is_queued_sends_to_its_work_until_it_is_known(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    drop(client, ("一.csv", roster("一班", [300])), ("坏.csv", b"\x00\x01"))
    good, bad = Upload.objects.order_by("-pk")[:2][::-1]
    for upload in (good, bad):
        assert client.get(f"/intake/{upload.pk}/")["Location"] == f"/intake/{upload.pk}/progress/"
    assert "先去别处" in client.get(f"/intake/{good.pk}/progress/").content.decode()
    work()
    assert client.get(f"/intake/{good.pk}/").status_code == 200
    assert client.get(f"/intake/{bad.pk}/")["Location"] == f"/intake/{bad.pk}/progress/"
    page = client.get(f"/intake/{bad.pk}/progress/").content.decode()
    assert "坏.csv" in page
    assert "放弃这个文件" in page
    waiting = client.get(f"/intake/{good.pk}/progress/", headers={"HX-Request": "true"})
    assert waiting["HX-Redirect"] == f"/intake/{good.pk}/"


def test_a_big_file_is_written_and_taken_back_behind_the_screens(
    world: World, sign_in: SignIn, settings: Settings
) -> None:
    settings.AT_ONCE_ROWS = 2
    client = sign_in("approver")
    upload = hand_in(world.users["approver"], world.regions["涪陵区"], roster("涪陵大班", range(300, 305)))
    page = client.get(f"/intake/{upload.pk}/").content.decode()
    seal = page.split('name="seal" value="')[1].split('"')[0]
    progress = f"/intake/{upload.pk}/progress/"
    assert client.post(f"/intake/{upload.pk}/commit/", {"seal": seal})["Location"] == progress
    assert client.post(f"/intake/{upload.pk}/commit/", {"seal": seal}).status_code == 422
    assert client.get(f"/intake/{upload.pk}/")["Location"] == progress
    work()
    upload.refresh_from_db()
    assert upload.stage is Stage.COMMITTED
    assert client.post(f"/intake/{upload.pk}/undo/").status_code == 422, "nobody has said that it is meant"
    assert (
        client.post(f"/intake/{upload.pk}/undo/", {"sure": "1", "reason": "录错了"})["Location"] == progress
    )
    work()
    assert Upload.objects.get(pk=upload.pk).stage is Stage.UNDONE


def test_the_marked_copy_of_a_big_file_is_made_behind_the_screens(
    world: World, sign_in: SignIn, settings: Settings
) -> None:
    settings.AT_ONCE_ROWS = 2
    client = sign_in("clerk")
    upload = hand_in(world.users["clerk"], world.regions["涪陵区"], roster("涪陵大班", range(300, 305)))
    client.get(f"/intake/{upload.pk}/")
    address, made = f"/intake/{upload.pk}/marked.xlsx", f"/intake/{upload.pk}/marked/"
    assert client.post(address, {"purpose": " "}).status_code == 422
    for _twice in range(2):
        assert client.post(address, {"purpose": "退回修改"})["Location"] == made
    assert "<progress" in client.get(made).content.decode()
    # The plan is not kept from anybody meanwhile.
    assert client.get(f"/intake/{upload.pk}/").status_code == 200
    client.post(f"{made}cancel/")
    assert "<progress" not in client.get(made).content.decode()
    client.post(address, {"purpose": "退回修改"})
    work()
    (copy,) = Export.objects.all()
    assert (copy.purpose, copy.name) == ("退回修改", "名册（核对）.xlsx")
    assert f"/exports/{copy.pk}/" in client.get(made).content.decode()
    assert client.get(f"/exports/{copy.pk}/").content.startswith(b"PK")
    assert f"/exports/{copy.pk}/" not in sign_in("approver").get(made).content.decode()


def test_a_moved_registry_asks_for_a_big_file_to_be_planned_again(
    world: World, sign_in: SignIn, settings: Settings
) -> None:
    settings.AT_ONCE_ROWS = 2
    client, fuling = sign_in("clerk"), world.regions["涪陵区"]
    clerk = UserViewer(world.users["clerk"])
    upload = hand_in(world.users["clerk"], fuling, roster("涪陵大班", range(300, 305)))
    assert client.get(f"/intake/{upload.pk}/").status_code == 200
    table = notices.table(TABLE)
    services.commit(services.plan(roster("另班", [350]), "另.csv", table, fuling, clerk), clerk)
    progress = f"/intake/{upload.pk}/progress/"
    assert client.get(f"/intake/{upload.pk}/")["Location"] == progress
    assert "登记库已变动" in client.get(progress).content.decode()
    assert client.post(f"/intake/{upload.pk}/again/")["Location"] == progress
    work()
    assert client.get(f"/intake/{upload.pk}/").status_code == 200


def test_cancelling(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    drop(client, ("一.csv", roster("一班", [300])), ("二.csv", roster("二班", [301])))
    upload = Upload.objects.latest("pk")
    client.post(f"/intake/{upload.pk}/cancel/")
    assert Job.objects.get(subject=upload.subject).state == State.CANCELLED
    page = client.get(f"/intake/{upload.pk}/progress/").content.decode()
    assert "已取消" in page
    client.post(f"/intake/{upload.pk}/again/", {"table": TABLE})
    work()
    assert client.get(f"/intake/{upload.pk}/").status_code == 200


def test_putting_a_file_aside_ends_the_work_on_it(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    drop(client, ("一.csv", roster("一班", [300])), ("二.csv", roster("二班", [301])))
    upload = Upload.objects.latest("pk")
    assert client.post(f"/intake/{upload.pk}/restore/").status_code == 422
    client.post(f"/intake/{upload.pk}/discard/")
    assert Job.objects.get(subject=upload.subject).state == State.CANCELLED
    assert client.get(f"/intake/{upload.pk}/").status_code == 200
    assert "恢复这个文件" in client.get(f"/intake/{upload.pk}/").content.decode()
    assert client.post(f"/intake/{upload.pk}/restore/")["Location"] == f"/intake/{upload.pk}/"
    assert Upload.objects.get(pk=upload.pk).stage is Stage.PLANNED


def test_a_file_beyond_the_limit_is_refused_by_name_and_the_others_kept(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_handler, "MAX_BYTES", 5_000)
    monkeypatch.setattr("qiaojie.intake.storing.upload_store.MAX_BYTES", 5_000)
    client = sign_in("clerk")
    before = Upload.objects.count()
    drop(client, ("一.csv", roster("一班", [300])), ("大.csv", b"x" * 9_000))
    assert Upload.objects.count() == before + 1
    assert "“大.csv”超过" in client.get("/intake/").content.decode()
    assert book.MAX_BYTES == 200 * 1024 * 1024


def test_who_has_handed_in_in_one_view(world: World, sign_in: SignIn) -> None:
    fuling, client = world.regions["涪陵区"], sign_in("city")
    first = hand_in(world.users["approver"], fuling, roster("五班", range(300, 304), n301="500000198001011"))
    second = hand_in(world.users["approver"], fuling, roster("五班", range(300, 304)), "改好.csv")
    approver = sign_in("approver")
    page = approver.get(f"/intake/{second.pk}/").content.decode()
    approver.post(
        f"/intake/{second.pk}/commit/", {"seal": page.split('name="seal" value="')[1].split('"')[0]}
    )
    assert Batch.objects.filter(upload=second).exists()
    page = client.get(HANDED_IN).content.decode()
    assert "2 / 41" in page
    assert "改好.csv" in page
    assert "共 3 个版本" in page
    assert f"/intake/{first.pk}/" in page
    book_ = openpyxl.load_workbook(io.BytesIO(client.get(f"{HANDED_IN}export.xlsx").content))
    rows = {row[0]: row for row in book_.active.iter_rows(values_only=True) if row[0]}
    assert rows["涪陵区"][1] == "已交"
    assert rows["涪陵区"][4:10] == ("改好.csv", 3, 4, 0, 0, 4)
    assert rows["丰都县"][1] == "未交"
    # A county sees its own line and nobody else's.
    page = sign_in("clerk").get(HANDED_IN).content.decode()
    assert "1 / 1" in page
    assert "万州区" not in page
    assert sign_in("city").get(f"/handed-in/{NOTICE}/nothing/").status_code == 404


def test_pages_of_files_cost_no_query_per_file(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    drop(client, *[(f"{n}.csv", roster(f"{n}班", [300 + n])) for n in range(2)], region="涪陵区")
    pages = ["/intake/", HANDED_IN]
    before = [queries(client, page) for page in pages]
    assert max(before) <= 9
    drop(client, *[(f"再{n}.csv", roster(f"再{n}班", [320 + n])) for n in range(12)], region="丰都县")
    assert [queries(client, page) for page in pages] == before


def test_files_of_many_counties_tell_whose_they_are(world: World, sign_in: SignIn) -> None:
    client = sign_in("city")
    files = [
        (f"{name}培训学员名册2023.csv", roster(f"{name}班", [number]))
        for number, name in enumerate(("丰都县", "垫江县"), 340)
    ]
    drop(client, *files, table="", region="")
    work()
    found = {one.name: one.region.name for one in Upload.objects.all() if "培训" in one.name}
    assert found == {name: name[:3] for name, _data in files}
    assert "4 / 41" in client.get(HANDED_IN).content.decode()
    # What nobody can tell of one small file is asked, and the file stays with us.
    asked = drop(client, ("名册.csv", roster("无名班", [345])))
    page = client.get(asked, follow=True).content.decode()
    assert "没有写明填报单位" in page and "名册.csv" in page
    assert client.post(asked.replace("progress", "again"), {"region": "丰都县"})["Location"] == asked
    work()
    kept = Upload.objects.latest("pk")
    assert (kept.region.name, upload_store.summary_of(kept) is not None) == ("丰都县", True)


def test_what_no_notice_asks_for_is_kept_and_asked_about(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    asked = drop(client, ("散表.csv", "品名,数量\n桃,3\n".encode("utf-8-sig")), table="")
    page = client.get(asked).content.decode()
    assert "请写明是哪张表" in page and f'value="{TABLE}"' in page and "放弃这个文件" in page


def test_a_fault_is_told_at_its_field_and_summed_on_top(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    file = SimpleUploadedFile("名册.csv", roster("无名班", [345]))
    for sent, field in (({}, "file"), ({"file": file, "year": "今年"}, "year")):
        answer = client.post("/intake/new/", sent)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f'href="#{field}"' in page and f'id="{field}-fault"' in page
