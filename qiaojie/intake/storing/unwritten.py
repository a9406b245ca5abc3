"""Files that find registered people and are never written: a list of numbers answers as many look-ups as it has rows.

How many people a file found is noted in the access log when it is planned. What was put aside, taken back or left waiting counts
against whoever handed it in; what was written pays for its own drafts, since a list is often handed in again after it was
mended. Beyond ``FOUND`` in ``SPAN`` whoever watches over the log is told. Nothing is refused: nobody is kept from mending a list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from qiaojie.accounts.models import AccessEntry, User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.viewer import Action, Viewer

from ..judging.plan import Plan
from ..models import Stage, Upload
from ..vocabulary.outcome import Verdict

FOUND: Final = 1_000
"""People found in files that were not written, beyond which somebody ought to look into it."""

SPAN: Final = timedelta(days=7)
"""The time in which they are counted together."""

AT_WORK: Final = timedelta(days=1)
"""So long the largest file of a table and unit that waits is taken for the one that is being worked on."""

DRAFTS: Final = 3
"""So many times the people of a written file may have been found in files for the same table and unit that were not."""

SUBJECT: Final = "unwritten"
"""What an alarm is about."""

_LEAST: Final = 2
"""A row alone is entered, not looked up: typing one and leaving it is counted by ``people.lookups``."""

_BEGINS, _ENDS = "upload/", "/found"


@dataclass(frozen=True, slots=True)
class _Handed:
    """A file: how many people it found, and what became of it (``table`` '' and ``region`` None where it is there no more)."""

    found: int
    table: str
    region: int | None
    written: bool
    at_work: bool


def people(planned: Plan) -> int:
    """How many registered people a plan found: those whom its rows mean, and rows that contradict what is registered."""
    if planned.blind:
        return 0
    known = {one.key for one in planned.entities if one.piece.is_person and one.key is not None}
    if planned.bulk is not None:
        known |= {key for key in planned.bulk.keys if key is not None}
    return len(known) + planned.counts[Verdict.CONFLICT]


def note(upload: Upload, found: int, viewer: Viewer) -> None:
    """Note that a file was planned and found so many people; and tell whoever watches over the log where it is too many."""
    if found >= _LEAST and isinstance(viewer, UserViewer):
        viewer.note(Action.ENTER, f"{_BEGINS}{upload.pk}{_ENDS}", rows=found)
        watch(viewer.name)


def watch(username: str = "") -> int:
    """Look at what an account (all of them where none is named) has handed in lately and not written; how many alarms were
    raised. Some queries for everybody together; one more for each alarm."""
    now = timezone.now()
    handed = _handed(username, now)
    over = {name: number for name, files in handed.items() if (number := unwritten(files)) > FOUND}
    told = _told(now) if over else {}
    raised = 0
    for user in User.objects.filter(
        username__in=[name for name, n in over.items() if n >= 2 * told.get(name, 0)]
    ):
        UserViewer(user).note(Action.ALARM, SUBJECT, rows=over[user.username])
        raised += 1
    return raised


def unwritten(files: list[_Handed]) -> int:
    """How many people files found that were not written, less the drafts of what was."""
    places: dict[tuple[str, int | None], list[_Handed]] = defaultdict(list)
    for one in files:
        places[one.table, one.region].append(one)
    return sum(max(0, _loose(held)) for held in places.values())


def _loose(files: list[_Handed]) -> int:
    waiting = [one.found for one in files if one.at_work]
    loose = sum(one.found for one in files if not one.written) - max(waiting, default=0)
    return loose - DRAFTS * sum(one.found for one in files if one.written)


def _handed(username: str, now: datetime) -> dict[str, list[_Handed]]:
    """By account, the files of the last days that found somebody."""
    lines = AccessEntry.objects.filter(
        at__gt=now - SPAN, action=Action.ENTER, subject__startswith=_BEGINS, subject__endswith=_ENDS
    )
    if username:
        lines = lines.filter(username=username)
    most: dict[tuple[str, int], int] = defaultdict(int)
    for name, subject, rows in lines.values_list("username", "subject", "rows").iterator():
        key = int(subject.removeprefix(_BEGINS).removesuffix(_ENDS))
        most[name, key] = max(most[name, key], rows or 0)
    kept = dict(_kept({key for _name, key in most}))
    found: dict[str, list[_Handed]] = defaultdict(list)
    for (name, key), number in most.items():
        found[name].append(_as_it_stands(kept.get(key), number, now))
    return found


def _kept(keys: set[int]) -> Iterator[tuple[int, Upload]]:
    for part in chunks(sorted(keys)):
        held = Upload.objects.filter(pk__in=part).select_related("batch")
        for upload in held.only("table", "region", "received_at", "discarded_at", "batch__stage"):
            yield upload.pk, upload


def _as_it_stands(upload: Upload | None, found: int, now: datetime) -> _Handed:
    if upload is None:
        return _Handed(found, "", None, written=False, at_work=False)
    stage = upload.stage
    at_work = stage is Stage.PLANNED and now - upload.received_at < AT_WORK
    return _Handed(found, upload.table, upload.region_id, stage is Stage.COMMITTED, at_work)


def _told(now: datetime) -> Mapping[str, int]:
    """By account, what the last alarm in this time said."""
    lines = AccessEntry.objects.filter(at__gt=now - SPAN, action=Action.ALARM, subject=SUBJECT)
    return {name: rows or 0 for name, rows in lines.order_by("pk").values_list("username", "rows")}
