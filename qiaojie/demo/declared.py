"""Made-up rows of the ledgers that are declared as data: some for every office whose accounts are told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.bases.models import Base
from qiaojie.ledgers import declaration, journal, rows
from qiaojie.ledgers.declaration import ROW, Ledger
from qiaojie.ledgers.models import Batch, State
from qiaojie.livelihoods.models import Employment
from qiaojie.training.models import TrainingClass

from .batches import ACTOR
from .offices import entered_by
from .world import Place

DATA: Final = Path(__file__).with_name("declared.toml")

WAITS: Final = 3
"""Every so many-th row waits for its approver."""

PAPERS: Final = timedelta(days=6)
"""So long after its day a row is entered."""


@cache
def _told() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def keep(places: Sequence[Place]) -> None:
    """Write the rows, in the caller's transaction; ledgers that this installation does not have are left out."""
    known = {one.code for one in declaration.every()}
    for place in places:
        hands = entered_by(place)
        if not hands[0]:
            continue
        made: dict[str, list[int]] = {}
        for code, told in _told().items():
            if code in known:
                made[code] = _write(declaration.get(code), place, told, made, (hands[0], hands[1] or ACTOR))


def _write(
    ledger: Ledger,
    place: Place,
    told: Sequence[Mapping[str, Any]],
    made: Mapping[str, list[int]],
    hands: tuple[str, str],
) -> list[int]:
    """The rows of one ledger of one office; their keys."""
    held = {word: _keys(part.ledger, place, made) for word, part in ledger.parts.items()}
    if not all(held.values()):
        return []
    if ROW in held:
        # One row at most for each that columns are added to.
        told = told[: len(held[ROW])]
    about = {word: cycle(keys) for word, keys in held.items()}
    lines: list[dict[str, Any]] = []
    for at, one in enumerate(told):
        line: dict[str, Any] = {
            f"{ledger.parts[word].attribute}_id": next(keys) for word, keys in about.items()
        }
        line |= dict(_columns(ledger, one))
        line |= {f"{path}_id": place.region for path in ledger.places}
        line |= _followed(ledger, line)
        line |= _standing(line["happened_on"], approved=at % WAITS != WAITS - 1, hands=hands)
        lines.append(line | {"filed_by_id": place.region})
    keys = rows.hand_out(ledger.model, len(lines))
    columns = list(dict.fromkeys(name for line in lines for name in line))
    blank = {name: rows.column(ledger.model, name).get_default() for name in columns}
    rows.insert(
        ledger.model,
        ["id", *columns],
        [
            (key, *(line.get(name, blank[name]) for name in columns))
            for key, line in zip(keys, lines, strict=True)
        ],
    )
    purpose = _("演示数据：%s") % ledger.label
    batch = Batch.objects.create(ledger=ledger.code, region_id=place.region, actor=ACTOR, purpose=purpose)
    journal.created(ledger.model, keys, actor=ACTOR, batch=batch, purpose=purpose)
    return keys


def _keys(code: str, place: Place, made: Mapping[str, list[int]]) -> list[int]:
    """Rows of another ledger that those of a declared one can be about."""
    if code in made:
        return made[code]
    if code == "persons":
        found = Employment.objects.filter(filed_by=place.region, state=State.APPROVED).order_by("pk")
        return list(dict.fromkeys(found.values_list("person_id", flat=True)[:40]))
    if code == "classes":
        classes = TrainingClass.objects.filter(filed_by=place.region, state=State.APPROVED).order_by("pk")
        return list(classes.values_list("pk", flat=True))
    return list(Base.objects.filter(filed_by=place.region).order_by("pk").values_list("pk", flat=True))


def _columns(ledger: Ledger, told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a row says, by the columns that keep it."""
    for name, value in told.items():
        field = ledger.field(name)
        column = field.path.partition("__")[0]
        if field.until:
            yield column, value[0]
            yield field.until, value[1]
        else:
            yield column, value * 100 if field.kind == "money" else value


def _followed(ledger: Ledger, line: Mapping[str, Any]) -> dict[str, Any]:
    """The day that counts, where it is another column's or that of what the row is about."""
    found = {}
    for column, source in ledger.follows.items():
        word, dot, there = source.partition("__")
        if not dot:
            found[column] = line[source]
            continue
        part = declaration.get(ledger.parts[word].ledger)
        (found[column],) = part.model._default_manager.filter(pk=line[f"{word}_id"]).values_list(
            there, flat=True
        )
    return found


def _standing(day: date, *, approved: bool, hands: tuple[str, str]) -> dict[str, Any]:
    entered = timezone.make_aware(datetime.combine(day, time(10)) + PAPERS)
    return {
        "state": State.APPROVED if approved else State.DRAFT,
        "entered_at": entered,
        "entered_by": hands[0],
        "approved_at": entered + timedelta(days=1) if approved else None,
        "approved_by": hands[1] if approved else "",
    }
