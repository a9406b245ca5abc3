"""A file that is kept: encrypted, decided upon, committed, undone, and shown without what nobody needs to see."""

from __future__ import annotations

import pytest
from django.db import connection

from qiaojie.intake import queries, services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.vocabulary.outcome import USE_CERTIFICATE
from qiaojie.ledgers import undoing
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment

from . import material
from .conftest import viewer
from .material import certificate, id_number, person_row, roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def data() -> bytes:
    return material.thirty()


@pytest.fixture
def kept(data: bytes, fuling: Region, approver: Viewer) -> Upload:
    table = notices.table(material.ROSTER)
    return services.receive(data, "名册.xlsx", table, fuling, approver, purpose="一班")


def look(pk: int, who: Viewer) -> Plan:
    return queries.plan_of(queries.upload(pk, who), who)


def test_a_file_is_kept_encrypted_and_whole(kept: Upload, data: bytes) -> None:
    assert (kept.name, kept.size, kept.received_by, kept.table, kept.stage) == (
        "名册.xlsx", len(data), "fuling-approver", material.ROSTER, Stage.PLANNED,
    )  # fmt: skip
    assert services.content_of(kept) == data
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM intake_part")
        stored = bytes(cursor.fetchone()[0])
    assert b"PK\x03\x04" not in stored
    assert b"[Content_Types]" not in stored


def test_a_file_that_cannot_be_used_is_not_kept(fuling: Region, approver: Viewer) -> None:
    with pytest.raises(Unusable):
        services.receive(b"hello", "a.xlsx", notices.table(material.ROSTER), fuling, approver)
    assert not Upload.objects.exists()


def test_decisions_are_kept_and_taken_back(kept: Upload, approver: Viewer) -> None:
    services.decide(kept.pk, 14, USE_CERTIFICATE, approver)
    assert look(kept.pk, approver).to_write == 29
    assert USE_CERTIFICATE.encode() not in bytes(Upload.objects.get().decisions or b"")
    services.decide(kept.pk, 14, "", approver)
    assert look(kept.pk, approver).to_write == 28
    with pytest.raises(Unusable) as refused:
        services.decide(kept.pk, 14, "make_it_fit", approver)
    assert refused.value.code == "decision_unknown"


def test_from_file_to_facts_and_back(kept: Upload, approver: Viewer) -> None:
    batch = services.commit_upload(kept.pk, look(kept.pk, approver), approver, "一班")
    kept = queries.upload(kept.pk, approver)
    assert (kept.stage, kept.batch) == (Stage.COMMITTED, batch)
    assert Enrolment.objects.count() == 28
    for attempt in (
        lambda: services.commit_upload(kept.pk, look(kept.pk, approver), approver),
        lambda: services.decide(kept.pk, 14, USE_CERTIFICATE, approver),
        lambda: services.discard(kept.pk, approver),
    ):
        with pytest.raises(Unusable) as refused:
            attempt()
        assert refused.value.code == "upload_closed"
    services.undo_upload(kept.pk, approver, "录错了")
    assert queries.upload(kept.pk, approver).stage is Stage.UNDONE
    assert not Enrolment.objects.exists()


def test_an_undo_from_elsewhere_is_seen(kept: Upload, approver: Viewer) -> None:
    batch = services.commit_upload(kept.pk, look(kept.pk, approver), approver)
    undoing.undo(batch.pk, approver, "录错了")
    assert queries.upload(kept.pk, approver).stage is Stage.UNDONE


def test_a_file_that_is_put_aside(kept: Upload, approver: Viewer) -> None:
    with pytest.raises(Unusable, match="还没有写入"):
        services.undo_upload(kept.pk, approver, "录错了")
    planned = look(kept.pk, approver)
    services.discard(kept.pk, approver)
    assert queries.uploads(approver)[0].stage is Stage.DISCARDED
    with pytest.raises(Unusable):
        services.commit_upload(kept.pk, planned, approver)
    assert not Batch.objects.exists()


def test_files_of_other_regions_are_not_there(
    kept: Upload, approver: Viewer, neighbour: Viewer, fuling: Region
) -> None:
    planned = look(kept.pk, approver)
    assert queries.uploads(neighbour) == []
    for attempt in (
        lambda: queries.upload(kept.pk, neighbour),
        lambda: services.decide(kept.pk, 14, USE_CERTIFICATE, neighbour),
        lambda: services.undo_upload(kept.pk, neighbour, "录错了"),
        lambda: services.discard(kept.pk, neighbour),
        lambda: queries.uploads(viewer(fuling, "reader", "fuling-reader")),
    ):
        with pytest.raises(Refused):
            attempt()
    with pytest.raises(Unusable):
        services.commit_upload(kept.pk, planned, neighbour)
    assert not Person.objects.exists()


def test_uploads_are_listed_newest_first(kept: Upload, approver: Viewer, fuling: Region) -> None:
    table = notices.table(material.ROSTER)
    later = services.receive(roster([person_row(1)]), "二.xlsx", table, fuling, approver)
    assert [one.pk for one in queries.uploads(approver)] == [later.pk, kept.pk]
    assert [one.pk for one in queries.uploads(approver, after=later.pk)] == [kept.pk]
    assert [one.pk for one in queries.uploads(approver, size=1)] == [later.pk]


def test_a_plan_as_it_is_shown(kept: Upload, approver: Viewer) -> None:
    view = queries.view(look(kept.pk, approver), approver)
    assert [(str(verdict), number) for verdict, _label, number in view.counts] == [
        ("new", 28), ("changed", 0), ("same", 0), ("conflict", 0), ("wrong", 2), ("left", 0),
    ]  # fmt: skip
    assert [(group.code, group.number) for group in view.groups] == [("id_checksum", 1), ("id_lost", 1)]
    (checksum,), (lost,) = (group.first for group in view.groups)
    assert (lost.cell, lost.row, [choice.word for choice in lost.choices]) == ("D14", 14, [USE_CERTIFICATE])
    assert lost.raw == f"{float(id_number(11)[:15] + '000'):.2E}"
    assert checksum.raw.startswith("500*")
    assert id_number(17)[:17] not in checksum.raw
    columns = {column.text: column.label for column in view.columns}
    assert columns["身份证号"] == "身份证号"


def test_no_view_shows_a_whole_number(fuling: Region, approver: Viewer) -> None:
    table = notices.table(material.ROSTER)
    first = services.receive(
        roster([person_row(n, phone=None) for n in (1, 2)]), "一.xlsx", table, fuling, approver
    )
    services.commit_upload(first.pk, look(first.pk, approver), approver)
    rows = [
        person_row(1, certificate=certificate(1, "33")),
        person_row(2, id="500000" + "19" * 5, remark=id_number(2)),
    ]
    second = services.receive(roster(rows), "二.xlsx", table, fuling, approver)
    view = queries.view(look(second.pk, approver), approver)
    assert {change.label for change in view.changes} == {"联系电话", "残疾人证号"}
    text = repr(view)
    for secret in (id_number(1), id_number(2), certificate(1), certificate(1, "33"), "13800000001"):
        assert secret not in text


def test_what_only_another_county_knows_is_shown_masked(
    fuling: Region, shizhu: Region, approver: Viewer, neighbour: Viewer
) -> None:
    table = notices.table(material.ROSTER)
    theirs = services.plan(roster([person_row(1, town="南宾街道")]), "a.xlsx", table, shizhu, neighbour)
    services.commit(theirs, neighbour)
    ours = services.plan(
        roster([person_row(1, phone="13900000002")]),
        "b.xlsx",
        table,
        fuling,
        approver,
        None,
        {4: "overwrite"},
    )
    view = queries.view(ours, approver)
    assert "13800000001" not in repr(view)
    assert {change.before for change in view.changes} == {"138****0001", "***"}
    assert {change.rule for change in view.changes} == {"confirmed"}
