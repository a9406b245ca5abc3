"""A sign-in sheet is taken over whole or not at all, and says at which cell it cannot be read."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.lib.findings import Unusable
from qiaojie.training import services
from qiaojie.training.models import Attendance, DayPart, TrainingClass
from qiaojie.training.register import Session, register
from tests.web.factories import World, enrol, training_class


@pytest.fixture
def held(world: World) -> TrainingClass:
    made = training_class(world.regions["涪陵区"], "签到班")
    enrol(made, world.people["here"][:3])
    return made


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


def take(held: TrainingClass, viewer: UserViewer, *lines: str) -> int:
    return services.take_sheet(held.pk, "\n".join(lines).encode("utf-8-sig"), "签到表.csv", viewer)


def test_sessions_come_from_the_head_and_ticks_from_the_cells(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    first, second, third = (one.name for one in world.people["here"][:3])
    lines = ("姓名,6月5日上午,6月5日下午,2023-06-06", f"{first},√,×,√", f"{second},√,,请假")
    assert take(held, clerk, *lines) == 9
    found = register(held.pk, clerk)
    assert [one.key for one in found.sessions] == [
        "2023-06-05.morning",
        "2023-06-05.afternoon",
        "2023-06-06.day",
    ]
    # Whom the sheet does not name is away from the sessions that it adds.
    assert {line.name.text: line.came for line in found.lines} == {first: 2, second: 1, third: 0}
    assert take(held, clerk, *lines) == 0
    # A tick put right changes that one alone; hours entered before stay.
    assert take(held, clerk, "姓名,6月5日下午", f"{first},√") == 1
    services.undo(held.pk, clerk)
    services.undo(held.pk, clerk)
    assert not Attendance.objects.filter(enrolment__training_class=held).exists()


def test_hours_of_a_session_that_is_there_stay(world: World, held: TrainingClass, clerk: UserViewer) -> None:
    services.add_session(held.pk, Session(date(2023, 6, 5), DayPart.MORNING, 3), False, clerk)
    enrol(held, world.people["here"][3:4])
    assert take(held, clerk, "姓名,6月5日上午", f"{world.people['here'][3].name},√") == 1
    assert set(Attendance.objects.values_list("hours", flat=True)) == {3}


def test_everything_wrong_is_said_and_nothing_is_written(
    world: World, held: TrainingClass, clerk: UserViewer
) -> None:
    first = world.people["here"][0].name
    with pytest.raises(Unusable) as refused:
        take(held, clerk, "姓名,6月5日上午,6月5日上午", f"{first},√,也许", "没有这人,√,√", f"{first},√,√")
    assert refused.value.code == "sheet_faults"
    told = str(refused.value)
    assert all(words in told for words in ("出现了两次", "C2", "也许", "A3", "没有这人", "A4"))
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("名字,日子", "甲,乙"), "sheet_unknown"),
        (("姓名,备注", "甲,乙"), "sheet_unknown"),
        (("姓名,7月5日", ""), "session_outside"),
    ],
)
def test_a_sheet_of_something_else_is_refused(
    held: TrainingClass, clerk: UserViewer, lines: tuple[str, ...], code: str
) -> None:
    with pytest.raises(Unusable) as refused:
        take(held, clerk, *lines)
    assert refused.value.code == code
    assert not Attendance.objects.exists()
