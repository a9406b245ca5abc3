"""A list that its owner hands in whole, again each month: which spells go on, begin, give way, and which it no longer has.

Nobody is ended by a missing line alone: what is missing is asked about, and stays as it is until somebody answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from qiaojie.ledgers.declaration import Spells
from qiaojie.notices.shape import Shape
from qiaojie.people import queries as people
from qiaojie.people.identification import Identity
from qiaojie.regions.models import Region

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from ..vocabulary.outcome import ENDED, STAYS, Gone, words

_ONE_DAY = timedelta(days=1)

Row = Mapping[str, Any]


class WholeList:
    """The spells of a list's kinds in its region on its day, held against the list."""

    def __init__(self, shape: Shape, spells: Spells, region: Region, day: date) -> None:
        self.shape, self.spells, self.region, self.day = shape, spells, region, day
        self.rows: dict[int, dict[str, Any]] = {}
        self.of: dict[tuple[Any, ...], list[Row]] = {}
        self.canonical: dict[int, int] = {}
        self.met: set[int] = set()
        self.replaced: dict[int, date] = {}
        self.by: dict[int, Line] = {}
        self._kinds: set[tuple[Any, ...]] = set()

    @property
    def kinds(self) -> list[str]:
        """The kinds that it is a list of, as they are kept with the file."""
        return sorted({"/".join(map(str, kind)) for kind in self._kinds})

    def begin(self, lines: Sequence[Line], identities: Mapping[tuple[str, int], Identity]) -> None:
        """Give each line the spell that it continues; a line that continues none begins one. Three queries."""
        (piece,) = self.shape.people
        held = [line for line in lines if not line.wrong]
        self._kinds = {self._kind(line.parts[""]) for line in held}
        whose = {line.key: identities[piece.word, line.key].person for line in held}
        self._load(whose.values())
        for line in held:
            person = whose[line.key]
            self._carry_on(line, None if person is None else self.canonical.get(person, person))

    def gone(self, decisions: Mapping[int, str]) -> list[Gone]:
        """The spells that the list does not have, as they were answered so far, those that began first first."""
        left = [row for key, row in self.rows.items() if key not in self.met and key not in self.replaced]
        found = [_answered(self._gone(row), words(decisions, -row["pk"])) for row in left]
        return sorted(found, key=lambda one: (one.begins or date.min, one.key))

    def ended(self, gone: Iterable[Gone]) -> Iterator[tuple[Entity, Line | None]]:
        """The rows that end: those that gave way to another spell, each with the line that says it, and those of which somebody
        has said so."""
        for key, day in self.replaced.items():
            yield self._entity(key, day, str(self.spells.replaced)), self.by[key]
        for one in gone:
            if one.ended is not None:
                yield self._entity(one.key, one.ended, one.reason), None

    def _kind(self, said: Row) -> tuple[Any, ...]:
        return tuple(said.get(name, "") for name in self.spells.kind)

    def _load(self, persons: Iterable[int | None]) -> None:
        spells, own = self.spells, self.shape.own
        going_on = Q(**{f"{spells.ends}__isnull": True}) | Q(**{f"{spells.ends}__gte": self.day})
        begun = Q(**{f"{spells.begins}__isnull": True}) | Q(**{f"{spells.begins}__lte": self.day})
        columns = ("pk", "person_id", spells.begins, spells.ends, *spells.same, *spells.kind)
        if spells.reason:
            columns = (*columns, spells.reason)
        found = own.model._default_manager.filter(going_on, begun, people.at_home_in(self.region))
        for row in found.order_by("pk").values(*dict.fromkeys(columns)):
            if self._kind(row) in self._kinds:
                self.rows[int(row["pk"])] = row
        known = {row["person_id"] for row in self.rows.values()} | {one for one in persons if one is not None}
        self.canonical = people.canonical_of(known)
        for row in self.rows.values():
            self.of.setdefault((self.canonical[row["person_id"]], self._kind(row)), []).append(row)

    def _carry_on(self, line: Line, person: int | None) -> None:
        spells, said = self.spells, line.parts[""]
        standing = self.of.get((person, self._kind(said)), [])
        same = [row for row in standing if _alike(row, said, spells.same)]
        if same:
            self.met.update(row["pk"] for row in same)
            # What the list says of its first day is not asked anew every month.
            if same[0][spells.begins] is None:
                said.pop(spells.begins, None)
            else:
                said[spells.begins] = same[0][spells.begins]
            return
        if spells.begun:
            said.setdefault(spells.begins, self.day)
        last = (said.get(spells.begins) or self.day) - _ONE_DAY
        for row in standing:
            self.replaced[row["pk"]] = max(last, row[spells.begins] or last)
            self.by[row["pk"]] = line

    def _gone(self, row: Row) -> Gone:
        kind = "/".join(str(row[name]) for name in self.spells.same if isinstance(row[name], str))
        return Gone(row["pk"], row["person_id"], kind, row[self.spells.begins])

    def _entity(self, key: int, day: date, reason: str) -> Entity:
        row, spells = self.rows[key], self.spells
        entity = Entity(self.shape.own, key, row)
        entity.changes[spells.ends] = (row[spells.ends], day)
        if spells.reason and reason:
            entity.changes[spells.reason] = (row[spells.reason], reason)
        return entity


def _alike(row: Row, said: Row, columns: Iterable[str]) -> bool:
    return all(_plain(row[name]) == _plain(said.get(name)) for name in columns)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _answered(gone: Gone, said: Iterable[str]) -> Gone:
    for word in said:
        if word == STAYS:
            return Gone(gone.key, gone.person, gone.kind, gone.begins, stays=True)
        if word.startswith(ENDED):
            day, _sep, reason = word.removeprefix(ENDED).partition(":")
            return Gone(gone.key, gone.person, gone.kind, gone.begins, date.fromisoformat(day), reason)
    return gone
