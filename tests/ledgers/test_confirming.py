"""What a clerk registers is confirmed with the rows of its batch, or by one act for the batch."""

from __future__ import annotations

import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import queries, services
from qiaojie.intake.models import Upload
from qiaojie.ledgers import confirming, declaration, undoing
from qiaojie.ledgers import services as moves
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.people.models import Certificate, Person
from qiaojie.training.models import Enrolment
from tests.web.factories import World


def written(upload: Upload, viewer: UserViewer) -> Batch:
    planned = queries.fresh_plan(queries.upload(upload.pk, viewer), viewer)
    return services.commit_upload(upload.pk, planned, viewer, "名册")


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


def waiting() -> int:
    return (
        Person.objects.filter(confirmed=False).count() + Certificate.objects.filter(confirmed=False).count()
    )


def test_an_approver_confirms_by_bringing(world: World, approver: UserViewer) -> None:
    written(world.uploads["here"], approver)
    assert waiting() == 0 and confirming.waiting(approver) == []


def test_approving_rows_confirms_what_came_with_them(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    batch = written(world.uploads["here"], clerk)
    assert waiting() == 10
    (one,) = confirming.waiting(approver)
    assert (one.batch.pk, one.number) == (batch.pk, 10)
    first, *rest = Enrolment.objects.filter(entered_by="clerk").order_by("pk").values_list("pk", flat=True)
    moves.approve(declaration.get("enrolments"), [first], approver)
    assert waiting() == 8, "hers, and nobody else's"
    moves.approve(declaration.get("enrolments"), rest, approver)
    assert waiting() == 0 and confirming.waiting(approver) == []


def test_a_batch_is_confirmed_once_and_by_whoever_approves_there(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    batch = written(world.uploads["here"], clerk)
    for name in ("clerk", "reader", "other"):
        with pytest.raises(Refused):
            confirming.confirm(batch.pk, UserViewer(world.users[name]))
    assert confirming.waiting(UserViewer(world.users["other"])) == []
    assert confirming.confirm(batch.pk, approver) == 10
    assert waiting() == 0
    with pytest.raises(Unusable) as again:
        confirming.confirm(batch.pk, approver)
    assert again.value.code == "nothing_to_confirm"
    with pytest.raises(Unusable, match="已经审核或确认"):
        undoing.undo(batch.pk, clerk, "错了")
    undoing.undo(batch.pk, approver, "错了")
    assert not Enrolment.objects.filter(entered_by="clerk").exists()


def test_another_batch_of_hers_is_not_confirmed_along(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    written(world.uploads["here"], clerk)
    woman = Enrolment.objects.filter(entered_by="clerk").latest("pk").person
    later = Batch.objects.create(ledger="certificates", region=world.regions["涪陵区"], actor="clerk")
    made = Certificate.objects.create(person=woman, confirmed=False)
    from qiaojie.ledgers import journal

    journal.created(Certificate, [made.pk], actor="clerk", batch=later)
    keys = list(Enrolment.objects.filter(entered_by="clerk").values_list("pk", flat=True))
    moves.approve(declaration.get("enrolments"), keys, approver)
    assert [one.batch.pk for one in confirming.waiting(approver)] == [later.pk]
