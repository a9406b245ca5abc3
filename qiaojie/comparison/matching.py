"""Our rows against theirs: one query of ours, one look-up by hash, and pair by pair what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, OuterRef, QuerySet, Subquery
from django.utils import timezone

from qiaojie.ledgers.declaration import Field, Ledger, get
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.crypto import keyring
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.periods import Period
from qiaojie.lib.text import header_key, name_key
from qiaojie.notices.forms import TableDef
from qiaojie.people import likeness
from qiaojie.people.identification import CERTIFICATE_LENGTH, ID_LENGTH
from qiaojie.people.models import Certificate
from qiaojie.people.queries import canonical
from qiaojie.regions.models import Level, Region
from qiaojie.regions.queries import Matcher
from qiaojie.reports import sources
from qiaojie.reports.sources import FormRequest

from .models import LineStanding
from .reading import IDENTITY, Theirs


@dataclass(frozen=True, slots=True)
class Ours:
    """A row of the ledger: its key, the person, the filing unit, whether it is approved, its values by field."""

    fact: int
    person: int
    unit: int
    approved: bool
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paired:
    """What became of a row: of ours, of theirs, or of both together; ``differing`` are the fields that differ."""

    standing: LineStanding
    unit: int | None
    ours: Ours | None = None
    theirs: Theirs | None = None
    differing: tuple[str, ...] = ()


def compare(
    theirs: Sequence[Theirs], table: TableDef, region: Region, period: Period, viewer: Viewer
) -> Iterator[Paired]:
    """Every row of a list and every one of ours in the region and period that the viewer may see, each once."""
    asked = FormRequest(table, region, period, viewer, timezone.localdate(), period.ends)
    return Comparer(table, get(table.ledger), region, viewer).compare(sources.not_withdrawn(asked), theirs)


@dataclass(frozen=True)
class Comparer:
    """What is compared of a table, and how: the fields of the ledger, the region within which names are read."""

    table: TableDef
    ledger: Ledger
    region: Region
    viewer: Viewer

    @property
    def fields(self) -> tuple[Field, ...]:
        """The ledger's fields that a list can say and that say something of the row."""
        names = (name for name in self.table.form.fields if name not in IDENTITY)
        return tuple(self.ledger.field(name) for name in names)

    def compare(self, standing: QuerySet[Model], theirs: Sequence[Theirs]) -> Iterator[Paired]:
        """Every row of ours and of theirs, once. Two queries, whatever their number."""
        matcher = Matcher(self.region)
        codes = {
            leaf.column.field: leaf.column.choices or {}
            for leaf in self.table.form.leaves
            if leaf.column.also
        }
        agree = {field.name: _equality(field, matcher, codes.get(field.name)) for field in self.fields}
        found = self._ours(standing)
        held: dict[int, list[Ours]] = {}
        for one in found.rows:
            held.setdefault(one.person, []).append(one)
        persons = found.persons(theirs, self.ledger, standing)
        bare = [row for row in theirs if not row.id_number and not row.certificate]
        likely = self._likely(bare, matcher) if bare else {}
        asked: dict[int, list[Theirs]] = {}
        for row, person in zip(theirs, persons, strict=True):
            if likely.get(row.row, 0) in held:
                yield self._asked(held[likely[row.row]], row, agree)
            elif person is None or person not in held:
                yield Paired(LineStanding.THEIRS, self._unit(row, matcher), None, row)
            else:
                asked.setdefault(person, []).append(row)
        for person, rows in held.items():
            yield from self._of_one(rows, asked.get(person, []), agree, matcher)

    def _likely(self, bare: Sequence[Theirs], matcher: Matcher) -> dict[int, int]:
        """Whom rows without a number are likely about, by the number of the row: in the county that a row names, else in ours."""
        by_unit: dict[int, list[Theirs]] = {}
        for row in bare:
            by_unit.setdefault(self._unit(row, matcher) or self.region.pk, []).append(row)
        by_county: dict[int, list[Theirs]] = {}
        for county, unit in _counties(by_unit):
            by_county.setdefault(county, []).extend(by_unit[unit])
        found: dict[int, int] = {}
        for county, rows in by_county.items():
            said = [self._said(row, county, matcher) for row in rows]
            for row, like in zip(rows, likeness.search(said, county, self.viewer), strict=True):
                best = next(iter(like.alike), None)
                if best is not None and best.known and best.likely:
                    found[row.row] = best.person
        return found

    def _said(self, row: Theirs, county: int, matcher: Matcher) -> likeness.Profile:
        def value(name: str) -> Any:
            return row.values.get(f"{self.ledger.person}.{name}")

        places = [matcher.match(str(said)).region for name in ("hukou", "home") if (said := value(name))]
        towns = [place.name for place in places if place is not None and place.level == Level.TOWNSHIP]
        names = ("name", "sex", "birth_date", "phone", "address")
        return likeness.said({name: value(name) for name in names}, towns, county)

    def _asked(
        self, ours: list[Ours], row: Theirs, agree: Mapping[str, Callable[[Any, Any], bool]]
    ) -> Paired:
        """The row of hers that differs least from one that is likely about her; never the same, and hers stays as it is."""
        said = row.values
        unlike = [
            (tuple(n for n, equal in agree.items() if n in said and not equal(one.values[n], said[n])), one)
            for one in ours
        ]
        differing, one = min(unlike, key=lambda each: len(each[0]))
        return Paired(LineStanding.LIKELY, one.unit, one, row, differing)

    def _of_one(
        self,
        ours: list[Ours],
        theirs: list[Theirs],
        agree: Mapping[str, Callable[[Any, Any], bool]],
        matcher: Matcher,
    ) -> Iterator[Paired]:
        """One person's rows: each of theirs goes with the one of ours that it is least different from, if any may be it."""
        left = list(ours)
        for row in theirs:
            offers = [
                (differing, not one.approved, number)
                for number, one in enumerate(left)
                if (differing := self._differing(one, row, agree)) is not None
            ]
            if not offers:
                yield Paired(LineStanding.THEIRS, self._unit(row, matcher), None, row)
                continue
            differing, _pending, number = min(offers, key=lambda offer: (len(offer[0]), *offer[1:]))
            one = left.pop(number)
            standing = LineStanding.DIFFERS if differing else LineStanding.SAME
            yield Paired(standing if one.approved else LineStanding.WAITING, one.unit, one, row, differing)
        for one in left:
            if one.approved:
                yield Paired(LineStanding.OURS, one.unit, one)

    def _differing(
        self, ours: Ours, theirs: Theirs, agree: Mapping[str, Callable[[Any, Any], bool]]
    ) -> tuple[str, ...] | None:
        """The fields in which they differ; None where they are not the same row. What theirs does not say agrees."""
        found = tuple(
            name
            for name, equal in agree.items()
            if name in theirs.values and not equal(ours.values[name], theirs.values[name])
        )
        return None if any(name in self.table.match for name in found) else found

    def _unit(self, row: Theirs, matcher: Matcher) -> int | None:
        said = row.values.get(self.table.unit)
        region = matcher.match(str(said)).region if said else None
        return region.pk if region is not None and self.region.holds(region) else None

    def _ours(self, standing: QuerySet[Model]) -> _Registry:
        person, unit = self.ledger.person or "", self.ledger.filed_by
        columns: dict[str, Any] = {f"v{i}": field.value() for i, field in enumerate(self.fields)}
        columns.update({f"u{i}": F(field.until) for i, field in enumerate(self.fields) if field.until})
        columns["v_person"] = canonical(person)
        columns["v_hash"] = F(f"{person}__id_hash")
        columns["v_kept_hash"] = F(f"{person}__canonical__id_hash")
        registry = _Registry([], {})
        for row in standing.annotate(**columns).values("pk", "state", f"{unit}_id", *columns).iterator():
            values = {
                field.name: DateSpan(row[f"v{i}"], row[f"u{i}"]) if field.until else row[f"v{i}"]
                for i, field in enumerate(self.fields)
            }
            approved = row["state"] == State.APPROVED
            one = Ours(row["pk"], row["v_person"], row[f"{unit}_id"], approved, values)
            registry.rows.append(one)
            for hashed in (row["v_hash"], row["v_kept_hash"]):
                if hashed is not None:
                    registry.by_hash[bytes(hashed)] = one.person
        return registry


@dataclass(frozen=True, slots=True)
class _Registry:
    """Our rows, and whose they are by the hash of the identity number."""

    rows: list[Ours]
    by_hash: dict[bytes, int]

    def persons(
        self, theirs: Sequence[Theirs], ledger: Ledger, standing: QuerySet[Model]
    ) -> list[int | None]:
        """Whom each row of theirs is about among the people of ours: by her number, else by her certificate."""
        ring = keyring()
        found = [
            next(
                (
                    self.by_hash[hashed]
                    for number in _numbers(row)
                    for hashed in ring.blinds(number, "person.id_number")
                    if hashed in self.by_hash
                ),
                None,
            )
            for row in theirs
        ]
        if any(person is None and row.certificate for row, person in zip(theirs, found, strict=True)):
            held = self._certificates(ledger, standing)
            for at, row in enumerate(theirs):
                if found[at] is None and row.certificate:
                    number = row.certificate[:CERTIFICATE_LENGTH]
                    hashes = ring.blinds(number, "certificate.number")
                    found[at] = next((held[hashed] for hashed in hashes if hashed in held), None)
        return found

    def _certificates(self, ledger: Ledger, standing: QuerySet[Model]) -> dict[bytes, int]:
        """The certificates of the people of ours: hash → person."""
        people = standing.order_by().values(f"{ledger.person}_id")
        rows = Certificate.objects.filter(person__in=people, number_hash__isnull=False)
        return {
            bytes(hashed): person
            for hashed, person in rows.annotate(whose=canonical())
            .values_list("number_hash", "whose")
            .iterator()
            if hashed is not None
        }


def _counties(units: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The county in which each of these regions lies, or which it is; of what is above counties nothing."""
    within = Region.objects.filter(
        level=Level.COUNTY, first__lte=OuterRef("first"), last__gte=OuterRef("last")
    ).order_by("-first")
    found = Region.objects.filter(pk__in=units).annotate(county=Subquery(within.values("pk")[:1]))
    return ((county, unit) for county, unit in found.values_list("county", "pk") if county is not None)


def _numbers(row: Theirs) -> Iterable[str]:
    """Identity numbers that may be hers: the stated one, else the one that the certificate carries."""
    return (row.id_number,) if row.id_number else (row.certificate[:ID_LENGTH],)


def _equality(field: Field, matcher: Matcher, codes: Mapping[str, Any] | None) -> Callable[[Any, Any], bool]:
    """How values of a field are held against each other: as people would say that they are the same.

    Where theirs has ``codes`` of its own, two of ours that are one of theirs are the same.
    """
    if codes:
        return lambda ours, theirs: bool(codes.get(ours, ours) == codes.get(theirs, theirs))
    if field.kind == "region":
        return lambda ours, theirs: _region(ours, matcher) == _region(theirs, matcher)
    if field.kind == "name":
        return lambda ours, theirs: name_key(ours or "") == name_key(theirs)
    if field.kind in {"text", "address"}:
        return lambda ours, theirs: header_key(ours) == header_key(theirs)
    return lambda ours, theirs: bool(ours == theirs)


def _region(text: str | None, matcher: Matcher) -> int | str:
    found = matcher.match(text or "").region
    return header_key(text) if found is None else found.pk
