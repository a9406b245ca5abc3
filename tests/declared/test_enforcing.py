"""Drafts put in force by a worker: what it will do is said before, faults stop it, a kill breaks nothing, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as real
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.declared import drafting, effects, enforcing, queries, running, services, tables
from qiaojie.declared.models import LedgerDraft, PreparedLedger
from qiaojie.declared.naming import model_of
from qiaojie.digests.models import Digest
from qiaojie.ledgers import declaration
from qiaojie.lib.findings import Unusable
from qiaojie.queue.models import Job
from qiaojie.queue.worker import Worker
from qiaojie.regions.models import Level, Region

pytestmark = pytest.mark.django_db(transaction=True)

SYSTEM = SystemViewer()
HEAD = 'code = "visits"\nlabel = "走访记录"\nday = "visited_on"\n\n'
DAY = '[[fields]]\ncode = "visited_on"\nlabel = "走访日期"\nkind = "date"\n\n'
PLACE = '[[fields]]\ncode = "place"\nlabel = "地点"\n\n'
FOUND = '[[fields]]\ncode = "found"\nlabel = "情况"\nkind = "choice"\n[fields.choices]\nwell = "较好"\npoor = "困难"\n\n'


@pytest.fixture(autouse=True)
def own(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An installation whose only declared ledgers are its own; what was there before comes back."""
    before = list(running.current().values())
    settings.LEDGER_DIRS, settings.OWN_LEDGERS = [tmp_path], tmp_path
    settings.NOTICE_DIRS = []
    running.build([])
    yield tmp_path
    if "visits" in running.current():
        with connection.schema_editor() as editor:
            editor.delete_model(model_of("visits"))
    (Path(real.HOME) / running.STAMP).unlink(missing_ok=True)
    running._seen = None
    running.build(before)


def put(text: str, purpose: str = "年度走访要用") -> None:
    """Draft it and have it put in force."""
    LedgerDraft.objects.filter(code="visits").delete()
    held = LedgerDraft.objects.create(code="visits", text=text, by="system")
    assert enforcing.put_in_force(SYSTEM, purpose, drafting.draft(SYSTEM, held.pk))
    Worker(alone=True).run(once=True)
    assert Job.objects.latest("pk").state == "done", services.prepare().faults


def row(**values: object) -> None:
    place, _new = Region.objects.get_or_create(
        code="500102", defaults={"name": "涪陵区", "level": Level.COUNTY, "first": 1, "last": 1}
    )
    model_of("visits").objects.create(filed_by=place, happened_on=date(2026, 3, 1), **values)


def drafted(text: str) -> drafting.HeldDraft:
    LedgerDraft.objects.filter(code="visits").delete()
    return drafting.draft(SYSTEM, LedgerDraft.objects.create(code="visits", text=text, by="system").pk)


def test_a_draft_becomes_a_ledger_is_widened_and_loses_nothing(own: Path) -> None:
    put(HEAD + DAY + PLACE + FOUND)
    assert not LedgerDraft.objects.exists() and (own / "visits" / "ledger.toml").is_file()
    assert declaration.get("visits").entered and not queries.waiting()
    assert Digest.objects.count() == 1
    assert AccessEntry.objects.filter(
        subject="declared-ledgers/prepared", purpose="年度走访要用", done=True
    ).exists()
    assert PreparedLedger.objects.get().prepared_by == "system"
    row(place="新村", found="poor")
    row(place="", found="well")
    after = (
        HEAD
        + DAY
        + PLACE.replace('"地点"\n', '"地点"\nrequired = true\n')
        + FOUND.replace('poor = "困难"\n', "")
    )
    after += '[[fields]]\ncode = "who"\nlabel = "陪同"\nrequired = true\n'
    told = effects.effects(drafted(after))[0]
    assert (told.what, told.added, told.rows) == ("changed", ("陪同",), 2)
    assert [(one.label, one.rows) for one in told.lacking] == [("地点", 1), ("陪同", 2)]
    assert [(one.of, one.label, one.rows) for one in told.ended] == [("情况", "困难", 1)]
    less = effects.effects(drafted(HEAD + DAY + FOUND))[0]
    assert [(one.label, one.rows) for one in less.retired] == [("地点", 1)]
    put(after)
    assert Digest.objects.latest("number").act == Digest.Act.UPGRADE
    assert sorted(model_of("visits").objects.values_list("place", "found", "who")) == [
        ("", "well", ""),
        ("新村", "poor", ""),
    ]
    (own / "visits" / "ledger.toml").unlink()
    (own / "visits").rmdir()
    assert [(one.what, one.rows) for one in effects.effects()] == [("gone", 2)]
    assert enforcing.put_in_force(SYSTEM, "不再用")
    Worker(alone=True).run(once=True)
    assert not declaration.get("visits").entered and model_of("visits").objects.count() == 2


def test_faults_a_missing_purpose_and_nothing_to_do_stop_it(own: Path) -> None:
    with pytest.raises(Unusable, match="没有可以启用"):
        enforcing.put_in_force(SYSTEM, "试")
    wrong = drafted(HEAD + FOUND)
    with pytest.raises(Unusable, match="没有字段“visited_on”"):
        enforcing.put_in_force(SYSTEM, "试", wrong)
    with pytest.raises(Unusable) as without:
        enforcing.put_in_force(SYSTEM, "  ", drafted(HEAD + DAY))
    assert without.value.code == "purpose_missing"
    assert not any(own.iterdir()) and not Job.objects.exists()


def test_where_the_account_may_make_no_tables_the_folder_is_written_and_nothing_tried(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "may_make", lambda _connection: False)
    held = drafted(HEAD + DAY)
    assert not enforcing.put_in_force(SYSTEM, "试", held)
    assert (own / "visits" / "ledger.toml").read_text() == HEAD + DAY and not Job.objects.exists()
    assert [one.what for one in queries.waiting()] == ["new"]
    # What somebody then runs on the server.
    assert services.prepare().made == ["visits"]


def test_a_worker_that_is_killed_half_way_has_broken_nothing(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_given: object) -> None:
        raise Killed

    held = drafted(HEAD + DAY)
    enforcing.put_in_force(SYSTEM, "试", held)
    with monkeypatch.context() as patched:
        patched.setattr(services, "_remember", kill)
        with pytest.raises(Killed):
            Worker(alone=True).run(once=True)
    assert not PreparedLedger.objects.exists() and LedgerDraft.objects.exists()
    # Its silence is noticed, and another worker takes it up.
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    Worker(alone=True).run(once=True)
    assert Job.objects.get().state == "done"
    assert PreparedLedger.objects.get().code == "visits" and Digest.objects.exists()
    assert not LedgerDraft.objects.exists()
    row()


def test_a_draft_that_was_changed_meanwhile_stays(own: Path) -> None:
    held = drafted(HEAD + DAY)
    enforcing.put_in_force(SYSTEM, "试", held)
    drafting.save(SYSTEM, held.pk, HEAD + DAY + PLACE, held.stamp)
    Worker(alone=True).run(once=True)
    assert LedgerDraft.objects.get().text == HEAD + DAY + PLACE
    assert "place" not in PreparedLedger.objects.get().columns
