"""What somebody does to the rows past the system is found and named, by the doctor and by the next night.

The handful of ways that was done by hand on a running installation is shown in the first tier, the whole table (``ways``)
among the long tests.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connections, router, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qiaojie.accounts import triggers
from qiaojie.accounts.models import (
    AccessEntry,
    AccessKey,
    Agency,
    Agreement,
    Grant,
    SecondFactor,
    User,
)
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.bases.models import Base, SupportPayment
from qiaojie.cli import doctor
from qiaojie.digests import services
from qiaojie.digests.models import Difference, Digest
from qiaojie.documents.models import Content, Document
from qiaojie.keys import standing
from qiaojie.ledgers import journal
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.models import ApprovalRule, Proposal, State
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import keyring, reset_keyring
from qiaojie.lib.findings import Checked, CheckResult
from qiaojie.livelihoods.models import Employment, Income, WorkForm
from qiaojie.notices.models import Ruling, Target, TargetVersion
from qiaojie.people import doubts
from qiaojie.people.models import Person
from qiaojie.queue import nightly
from qiaojie.support.models import CareService
from qiaojie.training.models import Attendance, Enrolment
from tests.digests import ways_before
from tests.digests.conftest import Spoil, differing
from tests.digests.ways import WAYS, Scene, made_today, rename
from tests.web.factories import NOTICE, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(world: World, spoil: Spoil) -> Scene:
    """Rows of every kind, a digest of last night, all guards in force."""
    triggers.set_up(connections[router.db_for_write(AccessEntry)])
    fuling, woman = world.regions["涪陵区"], world.people["here"][0]
    filed: dict[str, Any] = {"filed_by": fuling, "state": State.APPROVED, "happened_on": date(2023, 6, 1)}
    for month in (1, 2):
        Income.objects.create(
            **filed, person=woman, month=date(2023, month, 1), kind="handicraft", amount=120_000
        )
    Employment.objects.create(
        **filed, person=woman, form=WorkForm.FLEXIBLE, employer="涪陵织锦社", begins=date(2023, 6, 1)
    )
    CareService.objects.create(**filed, person=woman, form="home", begins=date(2023, 6, 1))
    held = Base.objects.create(**filed, name="涪陵织锦基地", kind="workshop", industry="handicraft")
    SupportPayment.objects.create(**filed, base=held, amount=5_000_000, source="省级")
    Attendance.objects.create(
        enrolment=Enrolment.objects.order_by("pk")[0], held_on=date(2023, 6, 2), present=True
    )
    for number in (1, 2):
        paper = Document.objects.create(
            **filed,
            ledger="classes",
            row=1,
            kind="photo",
            title=f"照片{number}",
            media="jpg",
            size=3,
            sha256=str(number) * 64,
        )
        sealed = keyring().encrypt_bytes(b"jpg%d" % number, "document.whole")
        Content.objects.create(document=paper, whole=sealed)
    version = TargetVersion.objects.create(
        notice=NOTICE, indicator="trained", origin="split", region=fuling, number=1, reason="定", by="city"
    )
    Target.objects.create(version=version, region=fuling, value=100)
    Ruling.objects.create(
        notice=NOTICE, indicator="trained", on=date(2023, 5, 1), office="市残联", text="算", by="city"
    )
    ApprovalRule.objects.create(region=fuling, steps="township", two_persons=True, reason="定", by="approver")
    clerk = world.users["clerk"]
    SecondFactor.objects.create(user=world.users["security"], kind="codes", name="手机", secret="ABCDEF")
    Grant.objects.create(user=clerk, role="clerk", asked_by="administrator")
    AccessKey.objects.create(
        user=clerk, handle="h1", secret=b"s", name="县平台", purpose="对接", ledgers=["classes"], role="clerk",
        expires_at=timezone.now() + timedelta(days=30),
    )  # fmt: skip
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改错") as change:
        change.begin_batch("persons", fuling.pk, "改错")
        rename(change, woman, "李更名")
    Proposal.objects.create(
        ledger="persons", model="people.Person", object_id=woman.pk, region=fuling, actor="clerk",
        before=journal.seal(Person, {"name": "李更名"}), after=journal.seal(Person, {"name": "李再改"}),
    )  # fmt: skip
    doubts.catch_up()
    standing.record()
    services.make()
    return Scene(world, spoil, {})


def amiss() -> list[Checked]:
    """What the doctor finds broken, but for the settings of a test."""
    found = doctor.examine(deep=True)
    return [one for one in found if one.standing is CheckResult.BROKEN and one.code != "tls"]


HANDFUL = (
    "drafts_approved",
    "incomes_multiplied",
    "names_changed",
    "ciphertexts_swapped",
    "numbers_hashes_swapped",
    "journal_line_deleted",
    "role_raised",
    "role_raised_before_the_password_is_changed",
    "account_forged_before_it_is_used",
    "log_emptied_with_its_seals_and_head",
    "days_journal_rolled_back_with_its_row",
    "marks_of_the_keys_deleted",
    "night_said_to_be_done",
)
"""What was done by hand on a running installation, and found nothing."""

assert ways_before.__name__, "it adds its own to the table"
REST = sorted(set(WAYS) - set(HANDFUL))


@pytest.mark.parametrize("name", [*HANDFUL, *(pytest.param(name, marks=pytest.mark.long) for name in REST)])
def test_it_is_found_and_named(scene: Scene, name: str) -> None:
    do, code, said = WAYS[name]
    do(scene)
    found = amiss()
    told = {one.code: " ".join([one.message, *one.places]) for one in found}
    assert code in told, found
    assert said in told[code]


@pytest.mark.parametrize("name", ["names_changed", pytest.param("role_raised", marks=pytest.mark.long)])
def test_the_night_finds_it_and_every_night_after_until_it_is_put_back(scene: Scene, name: str) -> None:
    WAYS[name][0](scene)
    for _night in range(2):
        scan = services.make()
        assert sum(scan.counted.values()) == 1
        (kept,) = Difference.objects.all()
        assert kept.since == Digest.objects.get(number=1).at
    if name == "names_changed":
        scene.set(Person, "name", Person.objects.get(pk=scene.one(Person)).name)
        scene.set(Person, "name", "李更名", scene.one(Person))
        assert not services.make().counted
        assert not Difference.objects.exists()


@pytest.mark.parametrize("how", ["DELETE FROM {t}", "UPDATE {t} SET object_id = 5"])
def test_who_takes_away_what_the_night_found_is_found_without_reading_a_row(scene: Scene, how: str) -> None:
    scene.set(Person, "name", "张冒名")
    services.make()
    services.make()
    scene.spoil(Difference, how)
    told = {one.code: one.message for one in doctor.examine() if one.standing is CheckResult.BROKEN}
    assert "1 处" in told["differences_altered"]
    services.make()
    assert "differences_altered" not in {one.code for one in doctor.examine()}
    assert [one.code for one in amiss()] == ["rows_differ"]


def test_the_day_since_when_a_row_differs_is_the_one_before_it_was_found(scene: Scene) -> None:
    Digest.objects.filter(number=1).update(at=(first := timezone.now() - timedelta(days=3)))
    scene.set(Person, "name", "张冒名")
    services.make()
    places = [place for one in amiss() for place in one.places if "姓名" in place]
    assert f"{timezone.localtime(first):%Y-%m-%d %H:%M} 以后" in places[0]


def test_a_night_that_was_put_off_is_done_at_its_hour_again_once_somebody_asks_for_it(scene: Scene) -> None:
    WAYS["night_put_off_for_ever"][0](scene)
    assert nightly.ahead() == ["数据核对"]
    nightly.queue_now("digest")
    assert nightly.ahead() == []


def test_what_somebody_answers_for_is_taken_over(scene: Scene) -> None:
    scene.set(Person, "name", "张冒名")
    (Path(settings.HOME) / "log-head.json").unlink()
    assert amiss()
    services.accept(SystemViewer(), "已核实，是误操作")
    assert not amiss()
    line = AccessEntry.objects.latest("pk")
    assert (line.subject, line.rows, line.purpose) == ("digest/accept", 1, "已核实，是误操作")


def test_an_untouched_programme_has_nothing_amiss(scene: Scene) -> None:
    assert not amiss()
    made_today(scene)
    woman = scene.world.people["here"][0]
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, woman, "李又改")
    User.objects.filter(pk=scene.world.users["clerk"].pk).update(holder="周改名")
    scene.world.users["clerk"].save()
    SecondFactor.objects.all().delete()
    User.objects.filter(pk=scene.world.users["audit"].pk).update(last_login=timezone.now())
    assert not amiss()
    assert not services.make().counted
    assert not amiss()


def test_rows_that_are_written_in_every_way_the_models_know_have_nothing_amiss(scene: Scene) -> None:
    """Each write begins where the one before it ended, also within one transaction and where many are written at once."""
    agency, days = Agency.objects.order_by("pk")[0], (date(2023, 1, 1), date(2024, 1, 1))
    with transaction.atomic():
        one = Agreement.objects.create(agency=agency, number="一", begins=days[0])
        one.number = "二"
        one.save()
        one.ends = days[1]
        one.save(update_fields=["ends"])
        Agreement.objects.filter(pk=one.pk).update(number="三")
    key = one.pk
    one.delete()
    Agreement.objects.create(pk=key, agency=agency, number="四", begins=days[0])
    some = Agreement.objects.bulk_create(
        [Agreement(agency=agency, number=str(number), begins=days[0]) for number in range(40)]
    )
    for each in some:
        each.number += "号"
    Agreement.objects.bulk_update(some, ["number"])
    for wanted in ("五", "六"):
        Agreement.objects.update_or_create(agency=agency, number="五", defaults={"begins": days[1]})
        Agreement.objects.get_or_create(agency=agency, number=wanted, defaults={"begins": days[0]})
    group = Group.objects.create(name="一组")
    clerk = scene.world.users["clerk"]
    clerk.groups.add(group)
    clerk.groups.clear()
    clerk.groups.set([group])
    gone = Agreement.objects.filter(pk__in=[each.pk for each in some])
    with CaptureQueriesContext(connections["default"]) as asked:
        assert gone.delete()[0] == 40
    reads = [
        one for one in asked.captured_queries if one["sql"].startswith("SELECT") and "greement" in one["sql"]
    ]
    assert len(reads) <= 3, "rows that go at once are read at once"
    with transaction.atomic(), suppress(RuntimeError), transaction.atomic():
        Target.objects.update(value=7)
        raise RuntimeError
    Target.objects.update(value=8)
    SecondFactor.objects.all().delete()
    assert differing() == []
    assert not services.make().counted
    assert differing() == []


def test_other_keys_are_told_apart_from_other_rows(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "QIAOJIE_KEYS", [(1, b64encode(secrets.token_bytes(32)).decode())])
    reset_keyring()
    try:
        codes = {one.code for one in amiss()}
    finally:
        monkeypatch.undo()
        reset_keyring()
    assert {"keys_differ", "digest_altered"} <= codes
