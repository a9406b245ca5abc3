"""Plain rows judged by columns: whom they mean, what they change, what of it is new. One look-up per question, not per row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qiaojie.lib.periods import Period
from qiaojie.notices.shape import Piece, Shape
from qiaojie.people import bulk_lookup
from qiaojie.regions.models import Region
from qiaojie.regions.queries import Matcher

from ...reading.lines import Content
from ...vocabulary.entity import Entity, NewCertificate
from ...vocabulary.outcome import CellChange, Source, Verdict
from ...vocabulary.registry import Registry
from .. import cell_changes, overlaps
from ..issuers import Issuers
from ..looked_up import LookedUp
from .row_persons import RowPersons
from .sheet import Column, ColumnarSheet, suits


@dataclass(frozen=True)
class Bulk:
    """What plain rows say.

    ``keys`` are the persons they are about (None: new). ``new`` are the places in ``keys`` of those to be added,
    ``values`` what is said of each of these by column; ``changes`` and ``certificates`` are what is to be written of some
    persons (by their place in ``keys``). ``rows`` are the places of rows that add
    a row of the table's own ledger, with the person and the other rows that each refers to; ``present`` maps the places
    of the others to the keys of theirs.
    """

    person: Piece
    own: Piece
    keys: Sequence[int | None]
    new: Sequence[int]
    values: Mapping[str, Sequence[Any]]
    changes: Mapping[int, dict[str, tuple[Any, Any]]]
    certificates: Sequence[tuple[int, NewCertificate]]
    rows: Sequence[int]
    people: Sequence[int]
    refs: Mapping[str, Sequence[Entity]]
    columns: Mapping[str, Sequence[Any]]
    present: Mapping[int, int]
    about: Mapping[int, int] = field(default_factory=dict)
    """Where the table's own rows are the persons: the place of each row's person in ``keys``."""


class Judge:
    """Parts plain rows from the rest, then says what they do. Nothing here writes."""

    def __init__(
        self,
        content: Content,
        shape: Shape,
        source: Source,
        county: Region,
        person: Piece,
        looked: LookedUp,
    ) -> None:
        self.looked = looked
        self.sheet = ColumnarSheet(content, shape, source, person, county.pk)
        self.shape, self.person = shape, person
        self.own = shape.own
        self.parts = [piece for piece in shape.parts if not piece.is_person]
        self.entities: dict[str, dict[int, Entity]] = {}
        self.changes: list[CellChange] = []
        self.whom = RowPersons(self.sheet, person, county)
        self.present: dict[int, int] = {}

    def part(self, matcher: Matcher, offices: Issuers, days: Period, registry: Registry) -> None:
        """Tell which rows are plain, with all that the registry knows of them."""
        sheet = self.sheet
        sheet.spread(matcher, offices)
        sheet.check(days)
        sheet.groups()
        self.of = {piece.word: self._part(piece, registry) for piece in self.parts}
        self._once()
        sheet.close()
        self.whom.identify()
        sheet.close()
        self.whom.compare()
        sheet.close()
        self._own(registry)
        sheet.close()
        self._elsewhere()
        sheet.close()

    def odd(self) -> list[int]:
        """The places of rows that have to be examined by themselves."""
        return [place for place, odd in enumerate(self.sheet.odd) if odd]

    def release(self, people: Collection[int]) -> list[int]:
        """Rows about these persons are not plain after all, since another row turned out to mean one of them."""
        before = bytes(self.sheet.odd)
        if people:
            self.sheet.bar(group for group, pk in self.whom.keys.items() if pk in people)
            self.sheet.close()
        return [place for place, odd in enumerate(self.sheet.odd) if odd and not before[place]]

    # --- what rows refer to -----------------------------------------------------------------------------------------

    def _part(self, piece: Piece, registry: Registry) -> Column:
        """Rows of another ledger: those of which the registry says something else are left to the rows themselves."""
        if not piece.made:
            return self._looked_up(piece)
        sheet = self.sheet
        of, keys = sheet.alike(piece)
        registry.load(piece, keys)
        held: dict[int, Entity] = {}
        differing = set()
        for key, place in keys.items():
            found = registry.row(piece, key)
            stated = _stated(sheet, piece, place)
            if found is not None and not _same(piece, found, stated):
                differing.add(place)
            held[place] = Entity(piece, found["id"] if found else None, found or {}, stated)
        if differing:
            sheet.mark(place for place, first in enumerate(of) if first in differing)
        self.entities[piece.word] = held
        return of

    def _looked_up(self, piece: Piece) -> Column:
        """Rows that nobody makes: where one is not found, or anything is to be said of it, the rows see to it themselves."""
        sheet = self.sheet
        first: dict[tuple[Any, ...], int] = {}
        columns = [*sheet.parts[piece.word].values()] or [sheet.nothing]
        of = [first.setdefault(said, place) for place, said in enumerate(zip(*columns, strict=True))]
        held: dict[int, Entity] = {}
        told = set()
        for place in first.values():
            stated = _stated(sheet, piece, place)
            held[place] = self.looked.entity(piece, stated)
            if self.looked.answer(piece, stated).told or held[place].key is None:
                told.add(place)
        sheet.mark(place for place, begin in enumerate(of) if begin in told)
        self.entities[piece.word] = held
        # Of those that two spellings mean, the first stands for both.
        places: dict[Entity, int] = {}
        same = {place: places.setdefault(entity, place) for place, entity in held.items()}
        return [same[begin] for begin in of]

    def _once(self) -> None:
        """Rows that say the same row of the table's own ledger twice are odd."""
        sheet, own = self.sheet, self.own
        if own.is_person:
            columns: list[Column] = [sheet.group]
        else:
            by_attribute: dict[str, Column] = {piece.attribute: self.of[piece.word] for piece in self.parts}
            by_attribute[self.person.attribute] = sheet.group
            columns = [by_attribute.get(name, sheet.column(own, name)) for name in own.key]
        first: dict[tuple[Any, ...], int] = {}
        for place, key in enumerate(zip(*columns, strict=True)):
            begin = first.setdefault(own.folded(key) if own.spelt and not own.is_person else key, place)
            if begin != place:
                sheet.mark((begin, place))

    # --- the table's own rows ---------------------------------------------------------------------------------------

    def _own(self, registry: Registry) -> None:
        """The table's own rows that are there already: those that would change are left to the rows themselves."""
        sheet, own = self.sheet, self.own
        if own.is_person:
            return
        refs: dict[str, list[Any]] = {}
        for piece in self.parts:
            held = self.entities[piece.word]
            refs[piece.attribute] = [
                held[first].key if first in held else None for first in self.of[piece.word]
            ]
        refs[self.person.attribute] = [None if g is None else self.whom.keys.get(g) for g in sheet.group]
        columns = [refs.get(name, sheet.column(own, name)) for name in own.key]
        keys = {
            place: key
            for place, key in enumerate(zip(*columns, strict=True))
            if not sheet.odd[place] and all(ref[place] is not None for ref in refs.values())
        }
        registry.load(own, keys.values())
        for place, key in keys.items():
            found = registry.row(own, key)
            if found is None:
                continue
            if _same(own, found, _stated(sheet, own, place)):
                self.present[place] = found["id"]
            else:
                sheet.mark((place,))

    def _elsewhere(self) -> None:
        """Rows that add something of which another office, or another class, may have the same are odd."""
        sheet, ledger = self.sheet, self.own.ledger
        alike = ledger.alike
        if alike is None or ledger.person is None or self.own.is_person:
            return
        new = {
            place: pk
            for place, group in enumerate(sheet.group)
            if not sheet.odd[place]
            and place not in self.present
            and group is not None
            and (pk := self.whom.keys[group]) is not None
        }
        for place, records in _of(new, overlaps.known_records(ledger, alike, set(new.values()))):
            begins, ends = (self._value(place, path) for path in (alike.begins, alike.ends))
            same = [self._value(place, path) for path in alike.same]
            if any(one.meets(begins, ends, same) for one in records):
                sheet.mark((place,))

    def _value(self, place: int, path: str) -> Any:
        """What a row's own record, or one that it refers to, has at a path of the ledger."""
        attribute, sep, rest = path.partition("__")
        if not sep:
            return self.sheet.column(self.own, attribute)[place]
        for piece in self.parts:
            if piece.attribute == f"{attribute}_id":
                return self.entities[piece.word][self.of[piece.word][place]].value(rest)
        return None

    # --- what comes of it -------------------------------------------------------------------------------------------

    def verdicts(self) -> list[Verdict | None]:
        """The verdict of every plain row, None for the others; ``changes`` are filled in on the way."""
        sheet = self.sheet
        found: list[Verdict | None] = [None] * sheet.size
        first = sheet.first
        for place, group in enumerate(sheet.group):
            if sheet.odd[place] or group is None:
                continue
            changed = first[group] == place and (group in self.whom.altered or group in self.whom.added)
            if changed and self.whom.keys[group] is not None:
                self.changes.extend(self.whom.changes(group, place))
            if (self.whom.keys[group] is None) if self.own.is_person else (place not in self.present):
                found[place] = Verdict.NEW
            else:
                found[place] = Verdict.CHANGED if changed else Verdict.SAME
        return found

    def entities_of_parts(self) -> Iterator[tuple[tuple[Any, ...], Entity]]:
        """The rows of other ledgers that plain rows say, each with what tells it apart in the file."""
        sheet = self.sheet
        for piece in self.parts:
            if not piece.made:
                continue
            held, of = self.entities[piece.word], self.of[piece.word]
            for first in dict.fromkeys(of[place] for place in range(sheet.size) if not sheet.odd[place]):
                entity = held[first]
                entity.asserted = True
                key = tuple(sheet.column(piece, name)[first] for name in piece.key)
                yield alias_of(piece, key, entity.key), entity

    def registered(self, bulk: Bulk) -> list[int | None]:
        """Of each new certificate the region of her household registration, as the rows leave it."""
        sheet = self.sheet
        stated = sheet.column(self.person, "hukou_id")
        places = {sheet.keys[place]: place for place in sheet.first.values()}
        said = [stated[places[one.row]] for _at, one in bulk.certificates]
        keys = [bulk.keys[at] for at, _one in bulk.certificates]
        wanted = [key for key, hukou in zip(keys, said, strict=True) if key is not None and hukou is None]
        known = bulk_lookup.columns(wanted, ("hukou_id",))
        return [
            known[key][0] if hukou is None and key in known else hukou
            for key, hukou in zip(keys, said, strict=True)
        ]

    def bulk(self) -> Bulk:
        """What is to be written."""
        sheet, person, own = self.sheet, self.person, self.own
        groups = [group for group in sheet.first if not sheet.bad[group]]
        at = {group: place for place, group in enumerate(groups)}
        new = [group for group in groups if self.whom.keys[group] is None]
        values = _columns(sheet, person, [sheet.first[group] for group in new])
        for name, derived in sheet.derived.items():
            said = values.get(name, [None] * len(new))
            values[name] = [
                derived[sheet.first[group]] if value is None else value
                for value, group in zip(said, new, strict=True)
            ]
        certificates = [
            (place, NewCertificate(number, sheet.keys[sheet.first[group]], sheet.issuers[sheet.first[group]]))
            for place, group in enumerate(groups)
            if (number := sheet.certificates[sheet.first[group]])
            and (self.whom.keys[group] is None or group in self.whom.added)
        ]
        plain = [place for place in range(sheet.size) if not sheet.odd[place]]
        rows = [] if own.is_person else [place for place in plain if place not in self.present]
        about = {place: at[group] for place in plain if (group := sheet.group[place]) is not None}
        return Bulk(
            person=person,
            own=own,
            keys=[self.whom.keys[group] for group in groups],
            new=[at[group] for group in new],
            values=values,
            changes={at[group]: changes for group, changes in self.whom.altered.items() if group in at},
            certificates=certificates,
            rows=rows,
            people=[about[place] for place in rows],
            refs={
                piece.attribute: [self.entities[piece.word][self.of[piece.word][place]] for place in rows]
                for piece in self.parts
            },
            columns=_columns(sheet, own, rows) if rows else {},
            present=self.present,
            about=about if own.is_person else {},
        )


def alias_of(piece: Piece, key: tuple[Any, ...], registered: int | None) -> tuple[Any, ...]:
    """What tells a row of a ledger apart within a file: its key in the registry, else what the file says."""
    return (
        (piece.ledger.code, registered)
        if registered is not None
        else (piece.ledger.code, "", *piece.folded(key))
    )


def judge(content: Content, shape: Shape, source: Source, county: Region, looked: LookedUp) -> Judge | None:
    """Whoever judges the plain rows of a file; None where the table's rows can only be examined one by one."""
    person = suits(shape)
    return None if person is None else Judge(content, shape, source, county, person, looked)


def _stated(sheet: ColumnarSheet, piece: Piece, place: int) -> dict[str, Any]:
    """What a row says of a piece, constants included."""
    said = {name: values[place] for name, values in sheet.parts[piece.word].items()}
    return {**piece.constants, **{name: value for name, value in said.items() if value is not None}}


def _of(
    new: Mapping[int, int], held: Mapping[int, list[overlaps.KnownRecord]]
) -> Iterator[tuple[int, list[overlaps.KnownRecord]]]:
    for place, pk in new.items():
        if records := held.get(pk):
            yield place, records


def _columns(sheet: ColumnarSheet, piece: Piece, places: Sequence[int]) -> dict[str, list[Any]]:
    """What some rows say of a piece, by those columns of which any of them says something."""
    found = {}
    for name in (*piece.constants, *sheet.parts[piece.word]):
        column = sheet.column(piece, name)
        values = [column[place] for place in places]
        if any(value is not None for value in values):
            found[name] = values
    return found


def _same(piece: Piece, found: Mapping[str, Any], stated: Mapping[str, Any]) -> bool:
    return all(cell_changes.equal(piece, name, found.get(name), value) for name, value in stated.items())
