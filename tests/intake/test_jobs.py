"""Files that a worker plans, writes and takes back: as asked, by whoever asked, on the registry as it is."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.db import connection

from qiaojie.accounts.models import AccessEntry, User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import jobs, queries, services
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.storing import upload_store
from qiaojie.intake.vocabulary.outcome import USE_CERTIFICATE
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.queue import queries as queue
from qiaojie.queue import services as queueing
from qiaojie.queue.models import State
from qiaojie.queue.worker import Worker
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment

from . import material
from .conftest import viewer
from .material import person_row, roster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(settings: LazySettings) -> None:
    """Ten rows are many."""
    settings.AT_ONCE_ROWS = 10


@pytest.fixture
def kept(fuling: Region, approver: Viewer) -> Upload:
    """Thirty rows, two of them wrong, kept and queued."""
    upload = services.keep(
        [material.thirty()], "名册.xlsx", material.ROSTER, fuling, approver, purpose="一班"
    )
    jobs.queue_plan(upload, approver)
    return upload


def work() -> None:
    Worker(alone=True).run(once=True)


def job(upload: Upload) -> queue.JobStatus:
    return queue.latest([upload.subject])[upload.subject]


def seal(upload: Upload) -> str:
    found = upload_store.summary_of(Upload.objects.get(pk=upload.pk))
    assert found is not None
    return found.seal


def test_a_file_is_kept_as_it_comes_in_parts(
    fuling: Region, approver: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_store, "PIECE", 1_000)
    data = material.thirty()
    upload = services.keep([data[:700], data[700:5_000], data[5_000:]], "名册.xlsx", "", fuling, approver)
    assert upload.parts.count() == len(data) // 1_000 + 1
    assert (services.content_of(upload), upload.size) == (data, len(data))
    assert len(upload.sha256) == 64


def test_a_file_too_large_is_not_kept(
    fuling: Region, approver: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_store, "MAX_BYTES", 1_999_999)
    with pytest.raises(Unusable) as refused:
        services.keep([b"x" * 1_000_000] * 2, "大.xlsx", material.ROSTER, fuling, approver)
    assert refused.value.code == "file_too_large"
    assert not Upload.objects.exists()


def test_from_file_to_facts_and_back_by_jobs(kept: Upload, approver: Viewer) -> None:
    work()
    found = upload_store.summary_of(Upload.objects.get())
    assert found is not None
    assert (found.rows, found.to_write, found.wrong, found.big) == (30, 28, 2, True)
    assert {(kind.code, kind.number) for kind in found.kinds} == {("id_checksum", 1), ("id_lost", 1)}
    assert not Person.objects.exists()
    jobs.queue_commit(queries.upload(kept.pk, approver), found.seal, approver)
    work()
    upload = queries.upload(kept.pk, approver)
    assert (upload.stage, Enrolment.objects.count()) == (Stage.COMMITTED, 28)
    assert upload.batch is not None
    assert (upload.batch.actor, upload.batch.purpose, upload.plan) == ("fuling-approver", "一班", None)
    jobs.queue_undo(upload, approver, "录错了")
    work()
    assert queries.upload(kept.pk, approver).stage is Stage.UNDONE
    assert not Enrolment.objects.exists()


def test_the_plan_of_a_big_file_is_the_kept_one(kept: Upload, approver: Viewer) -> None:
    work()
    upload = queries.upload(kept.pk, approver)
    fresh = queries.fresh_plan(upload, approver)
    held = queries.plan_of(upload, approver)
    assert held.source == fresh.source
    assert not (held.entities or held.owners or held.bulk or len(held.content))
    assert queries.view(held, approver) == queries.view(fresh, approver)
    assert queries.seal_of(upload, held) == upload_store.seal(fresh)
    with connection.cursor() as cursor:
        cursor.execute("SELECT summary, plan FROM intake_upload")
        stored = b"".join(map(bytes, cursor.fetchone()))
    for text in ("id_checksum", "名册", "qiaojie.intake.vocabulary.outcome"):
        assert text.encode() not in stored


def test_a_kept_plan_no_longer_holds_once_anything_has_moved(
    kept: Upload, approver: Viewer, fuling: Region
) -> None:
    work()
    upload = queries.upload(kept.pk, approver)
    clerk = viewer(fuling, "clerk", "fuling-clerk-2")
    assert queries.outdated(upload, upload_store.summary_of(upload), clerk)
    services.decide(kept.pk, 14, USE_CERTIFICATE, approver)
    with pytest.raises(Unusable) as refused:
        queries.plan_of(queries.upload(kept.pk, approver), approver)
    assert refused.value.code == "plan_outdated"
    jobs.queue_plan(upload, approver)
    work()
    assert queries.plan_of(queries.upload(kept.pk, approver), approver).to_write == 29
    table = notices.table(material.ROSTER)
    services.commit(services.plan(roster([person_row(90)]), "另.xlsx", table, fuling, approver), approver)
    upload = queries.upload(kept.pk, approver)
    assert queries.outdated(upload, upload_store.summary_of(upload), approver)


def test_a_commit_writes_what_was_looked_at_or_nothing(
    kept: Upload, approver: Viewer, fuling: Region
) -> None:
    work()
    looked_at = seal(kept)
    services.decide(kept.pk, 14, USE_CERTIFICATE, approver)
    jobs.queue_commit(queries.upload(kept.pk, approver), looked_at, approver)
    work()
    assert (job(kept).state, job(kept).code) == (State.FAILED, "plan_outdated")
    assert not Batch.objects.exists()
    jobs.queue_commit(queries.upload(kept.pk, approver), seal(kept), approver)
    work()
    assert Enrolment.objects.count() == 29


def test_a_commit_begun_again_sees_what_it_has_done(
    kept: Upload, approver: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    work()
    jobs.queue_commit(queries.upload(kept.pk, approver), seal(kept), approver)
    with monkeypatch.context() as patch:
        patch.setattr(queueing, "finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work()
    assert Batch.objects.count() == 1
    work()
    assert job(kept).state == State.DONE
    assert (Batch.objects.count(), Enrolment.objects.count()) == (1, 28)


def test_cancelled_before_its_end_nothing_is_written(
    kept: Upload, approver: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    work()
    jobs.queue_commit(queries.upload(kept.pk, approver), seal(kept), approver)
    beat = queueing.beat

    def cancel_while_writing(held: object, step: str, done: int, total: int) -> bool:
        if step == "写入" and done:
            jobs.cancel(queries.upload(kept.pk, approver), approver)
        return beat(held, step, done, total)  # type: ignore[arg-type]

    monkeypatch.setattr(queueing, "beat", cancel_while_writing)
    work()
    assert job(kept).state == State.CANCELLED
    assert not Batch.objects.exists()
    assert not Person.objects.exists()
    assert queries.upload(kept.pk, approver).stage is Stage.PLANNED


def test_what_cannot_be_used_fails_with_its_reason(fuling: Region, approver: Viewer) -> None:
    upload = services.keep([b"hello"], "a.xlsx", material.ROSTER, fuling, approver)
    jobs.queue_plan(upload, approver)
    work()
    assert job(upload).state == State.FAILED
    assert "a.xlsx" in job(upload).message


def test_a_job_may_do_what_its_account_may_when_it_is_done(kept: Upload) -> None:
    User.objects.filter(username="fuling-approver").update(is_active=False)
    work()
    assert (job(kept).state, job(kept).code) == (State.FAILED, "refused")
    assert upload_store.summary_of(Upload.objects.get()) is None


def test_work_is_logged_from_where_it_was_asked_for(fuling: Region) -> None:
    user = User.objects.get(username=viewer(fuling, "clerk", "fuling-far").name)
    far = UserViewer(user, "203.0.113.7")
    upload = services.keep([material.thirty()], "名册.xlsx", material.ROSTER, fuling, far)
    jobs.queue_plan(upload, far)
    work()
    jobs.queue_commit(queries.upload(upload.pk, far), seal(upload), far)
    work()
    entry = AccessEntry.objects.filter(subject__contains="/batch/").get()
    assert (entry.username, entry.address, entry.rows) == ("fuling-far", "203.0.113.7", 28)


def test_nobody_queues_or_cancels_work_on_another_s_file(kept: Upload, neighbour: Viewer) -> None:
    for attempt in (
        lambda: jobs.queue_plan(queries.upload(kept.pk, neighbour), neighbour),
        lambda: jobs.cancel(queries.upload(kept.pk, neighbour), neighbour),
        lambda: services.assign(kept.pk, material.STATUS, kept.region, neighbour),
    ):
        with pytest.raises(Refused):
            attempt()


def test_another_table_is_said_and_what_was_found_forgotten(kept: Upload, approver: Viewer) -> None:
    work()
    services.assign(kept.pk, material.STATUS, kept.region, approver)
    upload = queries.upload(kept.pk, approver)
    assert (upload.table, upload.summary) == (material.STATUS, None)
    jobs.queue_plan(upload, approver)
    work()
    assert job(kept).state == State.FAILED


def test_a_file_tells_which_table_and_unit_it_is(everyone: Viewer, fuling: Region) -> None:
    city = Region.objects.get(code="500000")
    named = services.keep([material.thirty()], "名册.xlsx", "", city, everyone)
    nameless = services.keep([material.roster_csv(3)], "名册.csv", material.ROSTER, city, everyone)
    for one in (named, nameless):
        jobs.queue_plan(one, everyone)
    work()
    upload = queries.upload(named.pk, everyone)
    assert (upload.table, upload.region) == (material.ROSTER, fuling)
    assert upload_store.summary_of(upload) is not None
    assert (job(nameless).state, job(nameless).code) == (State.FAILED, "region_missing")
    services.assign(nameless.pk, material.ROSTER, fuling, everyone)
    jobs.queue_plan(queries.upload(nameless.pk, everyone), everyone)
    work()
    assert upload_store.summary_of(queries.upload(nameless.pk, everyone)) is not None
