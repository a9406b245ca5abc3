"""The register of a class: sessions added, ticked, withdrawn, undone by whoever did it; and nobody else's class."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import journal, queries
from qiaojie.ledgers.models import Batch, Change, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.training import services
from qiaojie.training.ledger import ATTENDANCES, ENROLMENTS
from qiaojie.training.models import Attendance, DayPart, Enrolment, TrainingClass
from qiaojie.training.register import Session, came, register
from qiaojie.training.services import Ticked
from tests.web.factories import World, enrol, training_class

DAY = date(2023, 6, 5)
MORNING = Session(DAY, DayPart.MORNING, 4)
AFTERNOON = Session(DAY, DayPart.AFTERNOON)


@pytest.fixture
def held(world: World) -> TrainingClass:
    """A class of four in Fuling."""
    made = training_class(world.regions["涪陵区"], "点名班")
    enrol(made, world.people["here"][:4])
    return made


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


def roster(held: TrainingClass) -> list[int]:
    return list(Enrolment.objects.filter(training_class=held).order_by("pk").values_list("pk", flat=True))


def tick(held: TrainingClass, viewer: UserViewer, was: set[int], now: set[int]) -> int:
    return services.save(held.pk, {MORNING.key: Ticked(frozenset(was), frozenset(now))}, viewer)


def said(held: TrainingClass) -> set[str | None]:
    field = ENROLMENTS.field("attended")
    found = queries.rows(ENROLMENTS, SystemViewer()).filter(training_class=held)
    return {values[0] for _pk, _person, values in queries.typed(ENROLMENTS, found, [field])}


def test_a_session_is_one_batch_of_rows_with_one_line_in_the_journal(
    held: TrainingClass, clerk: UserViewer
) -> None:
    assert services.add_session(held.pk, MORNING, True, clerk) == 4
    rows = Attendance.objects.filter(enrolment__training_class=held)
    assert {(r.held_on, r.part, r.hours, r.present, r.entered_by) for r in rows} == {
        (DAY, "morning", 4, True, "clerk")
    }
    batch = Batch.objects.get(ledger=ATTENDANCES.code)
    assert (batch.actor, batch.region_id, batch.subject) == (
        "clerk",
        held.filed_by_id,
        services.subject(held.pk),
    )
    line = Change.objects.get(batch=batch)
    assert (line.act, line.last_id - line.object_id) == (Change.Act.CREATE, 3)
    noted = AccessEntry.objects.filter(subject=services.subject(held.pk)).latest("pk")
    assert (noted.action, noted.rows) == ("enter", 4)


def test_sums_and_rate_are_those_of_the_sessions_that_know_a_person(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    keys = roster(held)
    services.add_session(held.pk, AFTERNOON, True, clerk)
    services.add_session(held.pk, MORNING, False, clerk)
    assert tick(held, clerk, set(), set(keys[:1])) == 1
    # Who came late to the class is due only from then on.
    enrol(held, world.people["here"][4:5])
    found = register(held.pk, clerk)
    assert [one.key for one in found.sessions] == ["2023-06-05.morning", "2023-06-05.afternoon"]
    assert [(found.came(one), found.due(one)) for one in found.sessions] == [(1, 4), (4, 4)]
    assert [line.came for line in found.lines] == [2, 1, 1, 1, 0]
    assert found.rate == Decimal("62.5")
    assert said(held) == {"2/2", "1/2", None}
    assert came([held.pk], [State.APPROVED]) == 4
    assert came([held.pk], [State.DRAFT]) is None


def test_two_who_save_at_once_keep_what_both_turned(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    services.add_session(held.pk, MORNING, True, clerk)
    keys, approver = roster(held), UserViewer(world.users["approver"])
    everyone = set(keys)
    assert tick(held, clerk, everyone, everyone - {keys[0]}) == 1
    assert tick(held, approver, everyone, everyone - {keys[1]}) == 1
    away = Attendance.objects.filter(enrolment__training_class=held, present=False)
    assert set(away.values_list("enrolment_id", flat=True)) == set(keys[:2])
    # Said again it changes nothing, and leaves no batch.
    before = Batch.objects.count()
    assert tick(held, clerk, everyone, everyone - {keys[0]}) == 0
    assert Batch.objects.count() == before


def test_a_tick_of_somebody_of_another_class_is_nobodys(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    services.add_session(held.pk, MORNING, False, clerk)
    foreign = set(roster(world.classes["there"])[:1])
    assert tick(held, clerk, set(), foreign) == 0
    assert not Attendance.objects.filter(enrolment__in=foreign).exists()


@pytest.mark.parametrize(
    ("session", "code"),
    [
        (Session(date(2023, 5, 31), DayPart.DAY), "session_outside"),
        (Session(date(2023, 6, 21), DayPart.DAY), "session_outside"),
        (Session(DAY, DayPart.EVENING, 0), "hours_wrong"),
        (Session(DAY, DayPart.EVENING, services.HOURS + 1), "hours_wrong"),
        (MORNING, "session_there"),
    ],
)
def test_a_session_that_cannot_be_is_refused_and_nothing_is_written(
    held: TrainingClass, clerk: UserViewer, session: Session, code: str
) -> None:
    services.add_session(held.pk, MORNING, True, clerk)
    with pytest.raises(Unusable) as refused:
        services.add_session(held.pk, session, True, clerk)
    assert refused.value.code == code
    assert Attendance.objects.filter(enrolment__training_class=held).count() == 4


def test_the_first_and_the_last_day_are_days_of_the_class(held: TrainingClass, clerk: UserViewer) -> None:
    for day in (held.begins, held.ends):
        assert services.add_session(held.pk, Session(day, DayPart.DAY, services.HOURS), True, clerk) == 4


def test_a_session_of_tomorrow_and_an_empty_roster_are_refused(world: World, clerk: UserViewer) -> None:
    today = date.today()
    held = training_class(
        world.regions["涪陵区"], "今天班", begins=today - timedelta(days=1), ends=today + timedelta(days=5)
    )
    with pytest.raises(Unusable) as refused:
        services.add_session(held.pk, Session(today, DayPart.DAY), True, clerk)
    assert refused.value.code == "roster_empty"
    with pytest.raises(Unusable) as refused:
        services.add_session(held.pk, Session(today + timedelta(days=1), DayPart.DAY), True, clerk)
    assert refused.value.code == "session_ahead"


def test_a_class_has_so_many_sessions_and_no_more(
    held: TrainingClass, clerk: UserViewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "SESSIONS", 2)
    services.add_session(held.pk, MORNING, True, clerk)
    services.add_session(held.pk, AFTERNOON, True, clerk)
    with pytest.raises(Unusable) as refused:
        services.add_session(held.pk, Session(DAY, DayPart.EVENING), True, clerk)
    assert refused.value.code == "too_many_sessions"


def test_a_withdrawn_session_is_gone_from_every_sum_and_may_come_again(
    held: TrainingClass, clerk: UserViewer
) -> None:
    services.add_session(held.pk, MORNING, True, clerk)
    with pytest.raises(Unusable) as refused:
        services.withdraw_session(held.pk, MORNING.key, "  ", clerk)
    assert refused.value.code == "reason_missing"
    assert services.withdraw_session(held.pk, "2023-06-05.evening", "记错了", clerk) == 0
    assert services.withdraw_session(held.pk, "yesterday", "记错了", clerk) == 0
    assert services.withdraw_session(held.pk, MORNING.key, "记错了", clerk) == 4
    assert (said(held), came([held.pk], [State.APPROVED]), register(held.pk, clerk).rate) == (
        {None},
        None,
        None,
    )
    with pytest.raises(Unusable) as refused:
        tick(held, clerk, set(), set(roster(held)))
    assert refused.value.code == "session_gone"
    row = Attendance.objects.filter(withdrawn=True).first()
    assert row is not None
    assert [(line.act, line.purpose) for line in journal.history(Attendance, row.pk)] == [
        (Change.Act.CREATE, ""),
        (Change.Act.UPDATE, "记错了"),
    ]
    assert services.add_session(held.pk, MORNING, False, clerk) == 4


def test_undo_takes_back_ones_own_acts_the_last_one_first(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    keys = set(roster(held))
    services.add_session(held.pk, MORNING, True, clerk)
    tick(held, clerk, keys, set())
    services.withdraw_session(held.pk, MORNING.key, "记错了", clerk)
    with pytest.raises(Unusable) as refused:
        services.undo(held.pk, UserViewer(world.users["approver"]))
    assert refused.value.code == "nothing_to_undo"
    services.undo(held.pk, clerk)
    assert register(held.pk, clerk).rate == 0
    services.undo(held.pk, clerk)
    assert register(held.pk, clerk).rate == 100
    services.undo(held.pk, clerk)
    assert not Attendance.objects.filter(enrolment__training_class=held).exists()
    assert services.latest(held.pk, clerk) is None


def test_what_somebody_else_built_upon_is_not_undone(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    services.add_session(held.pk, MORNING, True, clerk)
    tick(held, UserViewer(world.users["approver"]), set(roster(held)), set())
    with pytest.raises(Unusable) as refused:
        services.undo(held.pk, clerk)
    assert refused.value.code == "undo_blocked"
    assert Attendance.objects.filter(enrolment__training_class=held, present=False).count() == 4


def test_another_countys_class_is_not_there_and_the_attempt_is_logged(
    world: World, held: TrainingClass
) -> None:
    other = UserViewer(world.users["other"])
    for act in (
        lambda: services.add_session(held.pk, MORNING, True, other),
        lambda: tick(held, other, set(), set(roster(held))),
        lambda: services.withdraw_session(held.pk, MORNING.key, "记错了", other),
        lambda: services.undo(held.pk, other),
        lambda: register(held.pk, other),
    ):
        with pytest.raises(Refused):
            act()
    assert not Attendance.objects.exists()
    noted = AccessEntry.objects.filter(username="other", done=False)
    assert noted.count() == 5


def test_who_only_reads_adds_nothing(world: World, held: TrainingClass) -> None:
    for name in ("reader", "inspector", "audit"):
        with pytest.raises(Refused):
            services.add_session(held.pk, MORNING, True, UserViewer(world.users[name]))
    assert not Attendance.objects.exists()


def test_attendance_is_seen_with_the_enrolment_and_by_nobody_else(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    services.add_session(held.pk, MORNING, True, clerk)

    def seen(name: str) -> int:
        return queries.rows(ATTENDANCES, UserViewer(world.users[name])).count()

    assert (seen("clerk"), seen("city"), seen("other")) == (4, 4, 0)
    Enrolment.objects.filter(training_class=held).update(state=State.WITHDRAWN)
    assert seen("clerk") == 0


def test_a_trainer_sees_the_register_of_whom_her_agency_entered(world: World, held: TrainingClass) -> None:
    first = roster(held)[:1]
    Enrolment.objects.filter(pk__in=first).update(entered_by="trainer")
    TrainingClass.objects.filter(pk=held.pk).update(entered_by="trainer")
    services.add_session(held.pk, MORNING, True, UserViewer(world.users["clerk"]))
    found = register(held.pk, UserViewer(world.users["trainer"]))
    assert [line.enrolment for line in found.lines] == first
    assert found.due(found.sessions[0]) == 1
