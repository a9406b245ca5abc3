"""Changes of a class's register: a session is added, ticked, withdrawn. What happened last can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries, rows, undoing
from qiaojie.ledgers.changing import OpenChange, permitted
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Unusable

from .ledger import ATTENDANCES, CLASSES, ENROLMENTS
from .models import Attendance, DayPart, TrainingClass
from .register import Session, register
from .sheet import FAULTS, marks

SESSIONS: Final = 120
"""Sessions of one class: two a day for three months."""
HOURS: Final = 12
"""Lessons that one part of a day may have."""

_COLUMNS: Final = ("id", "enrolment_id", "held_on", "part", "hours", "present", "withdrawn", "entered_by")


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a form says of a session: who was ticked (enrolments) when the form was drawn, and who is now."""

    was: frozenset[int]
    now: frozenset[int]

    @property
    def turned(self) -> frozenset[int]:
        """Whose tick somebody turned: nothing else is changed, so two who save at once keep what both did."""
        return self.was ^ self.now


@dataclass
class _Work:
    """What one act changes in the register of a class."""

    held: TrainingClass
    viewer: Viewer
    made: list[tuple[int, Session, bool]] = field(default_factory=list)
    changed: list[tuple[int, Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)

    def write(self, change: OpenChange) -> int:
        """Write it as one batch; how many rows."""
        number = len(self.made) + len(self.changed)
        if not number:
            return 0
        who = self.viewer.name
        change.begin_batch(
            ATTENDANCES.code, self.held.filed_by_id, change.purpose, subject=subject(self.held.pk)
        )
        keys = rows.hand_out(Attendance, len(self.made))
        rows.insert(
            Attendance,
            _COLUMNS,
            (
                (key, enrolment, one.day, one.part, one.hours, present, False, who)
                for key, (enrolment, one, present) in zip(keys, self.made, strict=True)
            ),
        )
        rows.update(Attendance, ((pk, now) for pk, _before, now in self.changed))
        change.created(Attendance, keys)
        change.updated(Attendance, self.changed)
        return number


def subject(pk: int) -> str:
    """How batches of a class's register are told from others."""
    return f"classes/{pk}/attendance"


def add_session(pk: int, session: Session, everyone: bool, viewer: Viewer) -> int:
    """Add a session for everybody on the roster, all present or nobody; how many that are.

    Raises Refused; Unusable ``session_ahead``, ``session_outside`` (not within the days of the class), ``hours_wrong``,
    ``session_there``, ``roster_empty``, ``too_many_sessions``.
    """

    def add(work: _Work) -> None:
        _check(session, work.held)
        kept = _kept(work)
        if kept.filter(held_on=session.day, part=session.part).exists():
            raise Unusable("session_there", _("这次课已经有了，请直接勾选。"))
        if kept.values("held_on", "part").distinct().count() >= SESSIONS:
            raise Unusable("too_many_sessions", _("一个班最多登记 %d 次课。") % SESSIONS)
        roster = _roster(work)
        if not roster:
            raise Unusable("roster_empty", _("名册里还没有学员，请先导入名册。"))
        work.made = [(enrolment, session, everyone) for enrolment in roster]

    return _act(pk, viewer, add)


def save(pk: int, ticked: Mapping[str, Ticked], viewer: Viewer) -> int:
    """Change what a form turned, by session key; how many ticks changed. What others saved meanwhile stays.

    Raises Refused, Unusable ``session_gone`` (withdrawn meanwhile).
    """

    def turn(work: _Work) -> None:
        roster = set(_roster(work))
        for key, said in ticked.items():
            turned = said.turned & roster
            if not turned:
                continue
            there = {row.enrolment_id: row for row in _session(work, key)}
            if not there:
                message = _("打开页面之后，%s 的课被作废了，没有保存；请核对后再勾选。")
                raise Unusable("session_gone", message % key[:10])
            like = next(iter(there.values()))
            session = Session(like.held_on, DayPart(like.part), like.hours)
            for enrolment in sorted(turned):
                present, row = enrolment in said.now, there.get(enrolment)
                if row is None:
                    # Enrolled after the session was entered.
                    work.made.append((enrolment, session, present))
                elif row.present != present:
                    work.changed.append((row.pk, {"present": row.present}, {"present": present}))

    return _act(pk, viewer, turn)


def take_sheet(pk: int, data: bytes, name: str, viewer: Viewer) -> int:
    """Take over a sign-in sheet: sessions that are not there are added, ticks set as it says; how many rows changed.

    People whom it does not name keep what they have (and are away from a session that it adds). All or nothing. Raises Refused;
    Unusable ``sheet_faults`` with what has to be mended, and those of ``sheet.marks`` and ``add_session``.
    """
    demand(viewer, Action.ENTER, subject(pk))
    marked = marks(data, name, register(pk, viewer))
    if marked.faults:
        more = len(marked.faults) - FAULTS
        told = [*marked.faults[:FAULTS], *([_("还有 %d 处。") % more] if more > 0 else [])]
        raise Unusable("sheet_faults", _("没有保存，请先改好下面几处：") + " ".join(told))

    def take(work: _Work) -> None:
        roster = _roster(work)
        kept: dict[str, dict[int, Attendance]] = defaultdict(dict)
        for one in _kept(work):
            kept[Session(one.held_on, DayPart(one.part)).key][one.enrolment_id] = one
        if len(kept.keys() | {session.key for session in marked.came}) > SESSIONS:
            raise Unusable("too_many_sessions", _("一个班最多登记 %d 次课。") % SESSIONS)
        for session, came in marked.came.items():
            _check(session, work.held)
            there = kept.get(session.key, {})
            hours = next((one.hours for one in there.values()), None)
            like = Session(session.day, session.part, hours)
            for enrolment in roster if not there else sorted(marked.named & set(roster)):
                row, present = there.get(enrolment), enrolment in came
                if row is None:
                    work.made.append((enrolment, like, present))
                elif row.present != present:
                    work.changed.append((row.pk, {"present": row.present}, {"present": present}))

    return _act(pk, viewer, take)


def withdraw_session(pk: int, key: str, reason: str, viewer: Viewer) -> int:
    """Withdraw a session that was entered by mistake; how many rows. Raises Refused, Unusable ``reason_missing``."""
    if not reason.strip():
        raise Unusable("reason_missing", _("请写明原因，会和记录一起留存。"))

    def drop(work: _Work) -> None:
        work.changed = [(row.pk, {"withdrawn": False}, {"withdrawn": True}) for row in _session(work, key)]

    return _act(pk, viewer, drop, reason.strip()[:200])


def latest(pk: int, viewer: Viewer) -> Batch | None:
    """The viewer's last change of a class's register that has not been undone."""
    mine = Batch.objects.filter(ledger=ATTENDANCES.code, actor=viewer.name, subject=subject(pk))
    return mine.filter(stage=Batch.Stage.COMMITTED).order_by("-pk").first()


def undo(pk: int, viewer: Viewer) -> None:
    """Undo the viewer's last change of a class's register. Raises Refused, Unusable ``nothing_to_undo``, ``undo_blocked``."""
    demand(viewer, Action.ENTER, subject(pk))
    queries.one(CLASSES, viewer, pk)
    last = latest(pk, viewer)
    if last is None:
        raise Unusable("nothing_to_undo", _("没有可以撤销的考勤。"))
    undoing.undo(last.pk, viewer)


def _act(pk: int, viewer: Viewer, do: Callable[[_Work], None], purpose: str = "") -> int:
    """One change of a register; how many rows. Whoever else writes waits."""
    permit = permitted(viewer, Action.ENTER, subject(pk), purpose=purpose)
    queries.one(CLASSES, viewer, pk)
    with permit as change:
        held = queries.one(CLASSES, viewer, pk)
        assert isinstance(held, TrainingClass)
        work = _Work(held, viewer)
        do(work)
        number = work.write(change)
        change.note(rows=number)
    return number


def _check(session: Session, held: TrainingClass) -> None:
    if session.day > date.today():
        raise Unusable("session_ahead", _("%s 还没有到，上过课再登记。") % session.day.isoformat())
    if not held.begins <= session.day <= held.ends:
        said = {"day": session.day.isoformat(), "begins": held.begins, "ends": held.ends}
        message = _("%(day)s 不在这个班的日期（%(begins)s 至 %(ends)s）里，请核对日期或先改班级。")
        raise Unusable("session_outside", message % said)
    if session.hours is not None and not 1 <= session.hours <= HOURS:
        raise Unusable("hours_wrong", _("课时请填 1 到 %d 的整数。") % HOURS)


def _roster(work: _Work) -> list[int]:
    """The enrolments of the class that the viewer may see."""
    found: Iterable[int] = (
        queries.rows(ENROLMENTS, work.viewer)
        .filter(training_class=work.held.pk)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return list(found)


def _session(work: _Work, key: str) -> QuerySet[Attendance]:
    """The rows of the session with this key; none where it names no session."""
    day, _dot, part = key.partition(".")
    try:
        return _kept(work).filter(held_on=date.fromisoformat(day), part=part)
    except ValueError:
        return Attendance.objects.none()


def _kept(work: _Work) -> QuerySet[Attendance]:
    return Attendance.objects.filter(ATTENDANCES.visible(work.viewer), enrolment__training_class=work.held.pk)
