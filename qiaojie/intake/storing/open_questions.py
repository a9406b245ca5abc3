"""What waits to be answered, over all files; and questions as a viewer may see them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _

from qiaojie.ledgers import queries, sight
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.viewer import Action, Viewer, demand, demand_office
from qiaojie.lib.values import Label
from qiaojie.people import likeness
from qiaojie.people.ledger import PERSONS
from qiaojie.people.likeness import Profile, Rarity, Trait, Weighed
from qiaojie.people.models import Person
from qiaojie.regions.models import Level, Region

from ..judging.plan import Plan
from ..models import Upload, Waiting
from ..vocabulary.outcome import PERSON, Question, Side

FIELDS = tuple(PERSONS.field(name) for name in ("name", "sex", "birth_date", "id_number", "phone", "address"))
"""What both sides of a question show."""

PLACE = tuple(PERSONS.field(name) for name in ("hukou", "home"))


@dataclass(frozen=True, slots=True)
class ShownSide:
    """Somebody who may be meant, as this viewer may see her: ``word`` confirms her ('' where that is not possible here),
    ``values`` are hers by ``FIELDS``; ``note`` says who she is where nothing of her is shown. ``moved``: what is registered of
    her agrees with the file in other things than when it came. ``weighed``, ``total`` and ``version`` as in
    ``likeness.Score``."""

    word: str
    person: int | None
    values: tuple[Shown, ...]
    note: str
    reasons: tuple[Label, ...]
    moved: bool = False
    weighed: tuple[Weighed, ...] = ()
    total: float = 0.0
    version: str = ""


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One of ``FIELDS``: what the file says, then what is known of each side (None where nothing of her is shown)."""

    label: Label
    said: Shown
    known: tuple[Shown | None, ...]


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question with both sides, masked for the viewer. ``answer`` and ``memory`` as in the plan."""

    upload: int
    file: str
    row: int
    cell: str
    name: Shown
    lines: tuple[ComparedField, ...]
    sides: tuple[ShownSide, ...]
    answer: str
    memory: int | None

    @property
    def waits(self) -> bool:
        """Whether nobody has answered it."""
        return not self.answer and self.memory is None


def keep(upload: Upload, planned: Plan) -> None:
    """Keep what of a file's plan waits for an answer, in place of what was kept before."""
    Waiting.objects.filter(upload=upload).delete()
    Waiting.objects.bulk_create(
        Waiting(upload=upload, row=question.row, question=_sealed(question))
        for question in planned.questions
        if question.waits
    )


def answer(upload_id: int, rows: Iterable[int], word: str) -> None:
    """Note that rows have been decided about, or that their decisions were taken back ('')."""
    for part in chunks(rows):
        Waiting.objects.filter(upload=upload_id, row__in=part).update(answered=bool(word))


def _open(viewer: Viewer) -> QuerySet[Waiting]:
    return Waiting.objects.filter(
        viewer.scope("upload__region", "upload__received_by"),
        answered=False,
        upload__batch__isnull=True,
        upload__discarded_at__isnull=True,
    )


def number(viewer: Viewer, by: str = "") -> int:
    """How many rows wait for an answer in files that the viewer may work on (``by``: that an account handed in)."""
    demand(viewer, Action.ENTER, "waiting")
    # Whom a row means is a question to the offices.
    found = Waiting.objects.none() if viewer.outside else _open(viewer)
    return (found.filter(upload__received_by=by) if by else found).count()


def waiting_since(viewer: Viewer) -> tuple[int, datetime | None]:
    """``number``, and when the oldest of their files came in; one query."""
    demand(viewer, Action.ENTER, "waiting")
    found = Waiting.objects.none() if viewer.outside else _open(viewer)
    held = found.aggregate(number=Count("pk"), since=Min("upload__received_at"))
    return held["number"], held["since"]


def by_unit(viewer: Viewer) -> list[tuple[str, int, datetime]]:
    """How many rows wait for an answer in files of each unit, and since when; the longest first."""
    demand(viewer, Action.COUNT, "waiting")
    found = (
        _open(viewer)
        .values("upload__region__short_name")
        .annotate(number=Count("pk"), since=Min("upload__received_at"))
    )
    return [
        (one["upload__region__short_name"], one["number"], one["since"]) for one in found.order_by("since")
    ]


def queue(
    viewer: Viewer, *, size: int = 20, after: int | None = None
) -> tuple[list[ShownQuestion], int | None]:
    """What waits in files that the viewer may work on, oldest first, and where the next page begins (None at the end).

    Who is like her is as it was when the file was planned; what of her is registered, and in what they agree, is as of now.
    """
    demand_office(viewer, Action.ENTER, "waiting")
    found = _open(viewer).order_by("pk")
    if after is not None:
        found = found.filter(pk__gt=after)
    columns = ("pk", "upload_id", "upload__name", "upload__region_id", "question")
    held = list(found.values_list(*columns)[: size + 1])
    opened = [(county, _opened(text)) for _pk, _upload, _name, county, text in held[:size]]
    asked = [(line[1], line[2], now) for line, now in zip(held, _now(opened), strict=False)]
    viewer.note(Action.SEE, "waiting", rows=len(asked))
    return shown(asked, viewer), held[size - 1][0] if len(held) > size else None


def _now(asked: Sequence[tuple[int, Question]]) -> Iterator[Question]:
    """Questions with everybody as she is registered now, under the record that is kept of her. A few queries for all."""
    people = {side.person for _county, one in asked for side in one.sides if side.person is not None}
    into = dict(Person.objects.filter(pk__in=people).values_list("pk", "canonical_id"))
    known = likeness.profiles(into.get(pk) or pk for pk in people)
    columns = ("home_id", "hukou_id")
    said = (one.said.get(column) for _county, one in asked for column in columns)
    places = {key for key in said if key is not None}
    rows = Region.objects.filter(pk__in=places, level=Level.TOWNSHIP)
    towns = dict(rows.values_list("pk", "name")) if places else {}
    for county, one in asked:
        named = [towns[key] for column in columns if (key := one.said.get(column)) in towns]
        mine = likeness.said(one.said, named, county)
        yield replace(one, sides=tuple(_side_now(side, mine, into, known) for side in one.sides))


def _side_now(
    side: Side, mine: Profile, into: Mapping[int, int | None], known: Mapping[int, Profile]
) -> Side:
    person = side.person and (into.get(side.person) or side.person)
    hers = known.get(person or 0)
    if hers is None:
        return side
    # How common her name is in the county is as it was when the file was planned.
    now = likeness.score(mine, hers)
    moved = person != side.person or (set(now.agree), set(now.differ)) != (set(side.agree), set(side.differ))
    if not moved:
        return side
    return Side(now.agree, now.differ, person, side.cell, True, now.weights, now.total, now.version)


def shown(asked: Sequence[tuple[int, str, Question]], viewer: Viewer) -> list[ShownQuestion]:
    """Questions (with key and name of their files) as this viewer may see them: one query for all whom they name."""
    people = {side.person for _pk, _name, one in asked for side in one.sides if side.person is not None}
    rows = queries.rows(PERSONS, viewer).filter(pk__in=people) if people else None
    known = (
        {row.pk: row.cells for row in queries.shown(PERSONS, viewer, rows, (*FIELDS, *PLACE))}
        if rows is not None
        else {}
    )
    return [_shown(upload, name, question, known, viewer) for upload, name, question in asked]


def _shown(
    upload: int, name: str, question: Question, known: Mapping[int, Mapping[str, Shown]], viewer: Viewer
) -> ShownQuestion:
    sides = tuple(_side(side, known.get(side.person or 0)) for side in question.sides)
    said = {field.name: _said(field.name, question, viewer) for field in FIELDS}
    lines = tuple(
        ComparedField(
            field.label,
            said[field.name],
            tuple(side.values[place] if side.values else None for side in sides),
        )
        for place, field in enumerate(FIELDS)
    )
    return ShownQuestion(
        upload,
        name,
        question.row,
        question.cell,
        said["name"],
        lines,
        sides,
        question.answer,
        question.memory,
    )


def _said(name: str, question: Question, viewer: Viewer) -> Shown:
    field = PERSONS.field(name)
    return queries.show(field, question.said.get(field.column), sight.handed_in(field, viewer))


def _side(side: Side, cells: Mapping[str, Shown] | None) -> ShownSide:
    if side.person is not None and cells is not None:
        values = []
        for field in FIELDS:
            value = cells[field.name]
            if field.name == "address" and not value.text:
                value = next(
                    (cells[place.name] for place in reversed(PLACE) if cells[place.name].text), value
                )
            values.append(value)
        word = f"{PERSON}{side.person}"
        bits = side.weighed, side.total, side.version
        return ShownSide(word, side.person, tuple(values), "", side.reasons, side.moved, *bits)
    note = _("本表 %s") % side.cell if side.cell else _("其他区县登记的人")
    return ShownSide("", None, (), note, side.reasons)


def _sealed(question: Question) -> str:
    told = asdict(question)
    told["said"] = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in question.said.items()
    }
    return json.dumps(told, ensure_ascii=False)


def _opened(text: str) -> Question:
    told: dict[str, Any] = json.loads(text)
    born = told["said"].get("birth_date")
    if born is not None:
        told["said"]["birth_date"] = date.fromisoformat(born)
    told["sides"] = tuple(
        Side(
            _marks(side["agree"]),
            _marks(side["differ"]),
            side["person"],
            side["cell"],
            False,
            tuple(side.get("weights", ())),
            side.get("total", 0.0),
            side.get("version", ""),
            Rarity(side["rarity"]) if side.get("rarity") else None,
        )
        for side in told["sides"]
    )
    return Question(**told)


def _marks(words: Iterable[str]) -> tuple[Trait, ...]:
    return tuple(map(Trait, words))
