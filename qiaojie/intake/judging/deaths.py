"""What a death means for what is registered: what goes on stops with it, what came after is asked about, what counted stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.rows import chunks, column
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Finding, Level
from qiaojie.notices.shape import Piece, Shape
from qiaojie.people import queries as people
from qiaojie.people.identification import Identity, Known

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from . import checks

_REASON = "end_reason"
"""The column in which some ledgers keep why something ended."""

_NAMED = 3
"""So many later records are named in one sentence."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A row that goes on of somebody who has died: what of it stands there, and what it becomes."""

    ledger: Ledger
    key: int
    row: Mapping[str, Any]
    becomes: Mapping[str, Any]


def warn(
    lines: Sequence[Line],
    shape: Shape,
    identities: Mapping[tuple[str, int], Identity],
    known: Mapping[int, Known],
) -> None:
    """``after_death`` where a row happened after the death of the person it is about."""
    if shape.own.is_person or not shape.own.ledger.approved:
        return
    word, name = checks.counting_column(shape)
    for line in lines:
        day = line.parts.get(word, {}).get(name)
        for piece in shape.people:
            person = identities[piece.word, line.key].person if (piece.word, line.key) in identities else None
            died = known[person].columns.get("died_on") if person is not None else None
            if died is not None and isinstance(day, date) and day > died:
                text = _("登记的死亡日期是%(died)s，这条在它之后，请核对两个日期。")
                target = piece.own_target.get("name")
                message = text % {"died": print_date(died)}
                line.say(Finding("after_death", message, Level.WARNING), target.name if target else "")


def stopped(owners: Mapping[Entity, Line], viewer: Viewer) -> list[tuple[Entity, Line]]:
    """The rows that go on of persons whose death a list tells, as far as they are the viewer's to change, each with the line that
    tells it: they end with the day of it. A few queries per ledger.

    Notes ``death_before_record`` at each line after whose day of death something is registered.
    """
    told = {entity.key: entity for entity in owners if entity.key and _died(entity) is not None}
    keys = {pk: entity for pk, entity in told.items() if pk is not None}
    if not keys:
        return []
    records = people.records_of(keys)
    days = {record: _died(keys[person]) for record, person in records.items()}
    found = []
    for one in going_on(days, viewer):
        entity = Entity(Piece("", one.ledger, "", (), {}), one.key, one.row)
        entity.changes |= {name: (one.row[name], value) for name, value in one.becomes.items()}
        found.append((entity, owners[keys[records[one.row["person_id"]]]]))
    later: dict[int, list[str]] = {}
    for ledger in declaration.every():
        if ledger.approved and ledger.person and ledger.date:
            for record, text in _later(ledger, days, viewer):
                later.setdefault(records[record], []).append(text)
    for person, texts in later.items():
        line = owners[keys[person]]
        more = _("等%d条") % len(texts) if len(texts) > _NAMED else ""
        message = _("死亡日期之后还有记录：%(records)s。请核对日期；确实如此的，写明理由。")
        said = message % {"records": "、".join(texts[:_NAMED]) + more}
        line.say(Finding("death_before_record", said, Level.WARNING), "died_on")
    return found


def going_on(days: Mapping[int, Any], viewer: Viewer) -> Iterator[GoingOn]:
    """What goes on of some persons' records (each with its day of death), in every ledger that has a last day, as far as it is
    the viewer's to change; what began after the death is left to be asked about. A few queries per ledger."""
    for ledger in declaration.every():
        if ledger.stops and ledger.person == "person":
            yield from _stopped(ledger, days, viewer)


def records_after(person: int, died: date, viewer: Viewer) -> list[str]:
    """What is registered of a person after the day of her death, in words, as far as the viewer may see it."""
    days = dict.fromkeys(people.records_of([person]), died)
    return [
        text
        for ledger in declaration.every()
        if ledger.approved and ledger.person and ledger.date
        for _record, text in _later(ledger, days, viewer)
    ]


def _died(entity: Entity) -> Any:
    """The day of death that a list newly tells of a person; None where it tells none."""
    return entity.changes["died_on"][1] if "died_on" in entity.changes else None


def _stopped(ledger: Ledger, days: Mapping[int, Any], viewer: Viewer) -> Iterator[GoingOn]:
    fields = {field.name for field in ledger.model._meta.concrete_fields}
    reasons = [_REASON] if _REASON in fields else []
    standing = ["state", "approved_at", "approved_by"] if ledger.approved else ["confirmed"]
    first = column(ledger.model, ledger.spells.begins if ledger.spells else "begins").attname
    for part in chunks(days):
        open_ = Q(**{f"{ledger.stops}__isnull": True}) & ledger.visible(viewer)
        rows = ledger.model._default_manager.filter(open_, person_id__in=part)
        if ledger.approved:
            rows = rows.exclude(state=State.WITHDRAWN)
        for row in rows.order_by("pk").values("pk", "person_id", first, ledger.stops, *reasons, *standing):
            day = days[row["person_id"]]
            if row[first] is None or row[first] <= day:
                yield GoingOn(
                    ledger, row["pk"], row, {ledger.stops: day} | {n: str(_("死亡")) for n in reasons}
                )


def _later(ledger: Ledger, days: Mapping[int, Any], viewer: Viewer) -> Iterator[tuple[int, str]]:
    """Records of a ledger that happened after a person's death: hers, and what to call it."""
    path = f"{ledger.person}_id"
    for part in chunks(days):
        first = min(days[record] for record in part)
        rows = ledger.model._default_manager.filter(
            ledger.visible(viewer), **{f"{path}__in": part, f"{ledger.date}__gt": first}
        ).exclude(state=State.WITHDRAWN)
        for record, day in rows.order_by(ledger.date, "pk").values_list(path, ledger.date):
            if day > days[record]:
                yield record, f"{print_date(day)} {ledger.label}"
