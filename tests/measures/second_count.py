"""A second counter: the indicators of the 2023 notice in plain Python over raw rows, told apart from how the product counts.

Nothing of the product's counting is used: rows are read as they lie in the tables, and every rule of the notice and of its
definitions is said again in a few lines. Slow, and meant to be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.apps import apps

BEGINS, ENDS = date(2023, 1, 1), date(2023, 12, 31)
EVE = date(2022, 12, 31)
APPROVED = "approved"
PROOFS = ("contract", "income", "licence", "insurance", "compared")
VOIDED = "withdrawn"

Row = Mapping[str, Any]
Parts = dict[tuple[int, str], int]
"""(unit, part) → number."""


@dataclass(frozen=True)
class Line:
    """A fact as it counts: what is counted once, for whom, since when, whether all it rests on is approved."""

    fact: int
    key: Any
    unit: int
    day: date
    approved: bool
    meets: bool = True
    row: Row = field(default_factory=dict, compare=False)
    """The fact itself: it says where it lies."""
    sure: bool = False
    """Approved and by confirmed evidence, whether or not it is known who answers."""


class Tables:
    """All rows that the indicators rest on, as plain dictionaries by their keys."""

    def __init__(self) -> None:
        self.persons = self._all("people.Person")
        self.certificates = list(self._all("people.Certificate").values())
        self.classes = self._all("training.TrainingClass")
        self.bases = self._all("bases.Base")
        self.sources = self._all("livelihoods.ProofSource")
        self.regions = self._all("regions.Region")
        self.handed = list(self._all("measures.HandOver").values())

    @staticmethod
    def _all(label: str) -> dict[int, Row]:
        return {row["id"]: row for row in apps.get_model(label).objects.values()}

    def facts(self, label: str) -> list[Row]:
        """The rows of a ledger that are not voided."""
        return [row for row in self._all(label).values() if row["state"] != VOIDED]

    def woman(self, person: int) -> int:
        """The record under which a person counts."""
        return self.persons[person]["canonical_id"] or person

    def records(self, person: int) -> set[int]:
        """All records of the woman."""
        kept = self.woman(person)
        return {kept} | {pk for pk, row in self.persons.items() if row["canonical_id"] == kept}

    def certificate(self, person: int, day: date, sure: bool) -> Row | None:
        """Her certificate on a day: of those valid then the one issued last, then the one entered last."""
        hers = self.records(person)
        valid = [
            row
            for row in self.certificates
            if row["person_id"] in hers
            and (row["confirmed"] or not sure)
            and (row["issued_on"] is None or row["issued_on"] <= day)
            and (row["expires_on"] is None or row["expires_on"] >= day)
            and (row["ended_on"] is None or row["ended_on"] >= day)
        ]
        return max(valid, key=lambda row: (row["issued_on"] or date.min, row["id"]), default=None)

    def thing(self, held: Mapping[int, Row], pk: int) -> int:
        """A class or a base: the one that it was found to be."""
        return held[pk].get("canonical_id") or pk

    def township(self, row: Row, county: int) -> int | None:
        """The township of a county in which a fact lies: where she is registered, else lives; where the base
        stands; who filed it."""
        said: list[int | None] = []
        if row.get("person_id"):
            hers = self.persons[self.woman(row["person_id"])]
            said = [hers["hukou_id"], hers["home_id"]]
        elif row.get("base_id"):
            said = [self.bases[row["base_id"]]["place_id"]]
        for region in [*said, row["filed_by_id"]]:
            while region is not None and self.regions[region]["level"] > 4:
                region = self.regions[region]["parent_id"]
            if region is not None and self.regions[region]["parent_id"] == county:
                return region
        return None

    def county(self, region: int | None) -> int | None:
        """The county of a region, which may be a township."""
        while region is not None and self.regions[region]["level"] > 3:
            region = self.regions[region]["parent_id"]
        return region


def age(born: date, day: date) -> int:
    """Years lived."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def working(tables: Tables, person: int, day: date) -> bool:
    """女 16–54, 男 16–59, by her own record."""
    row = tables.persons[person]
    oldest = {"2": 54, "1": 59}.get(row["sex"])
    return (
        oldest is not None and row["birth_date"] is not None and 16 <= age(row["birth_date"], day) <= oldest
    )


def by_township(on: date, mapped: Iterable[int], county: int) -> dict[str, dict[tuple[int | None, str], int]]:
    """What a county has approved and pending of every indicator, by the township in which it lies (None: nobody knows)."""
    found: dict[str, dict[tuple[int | None, str], int]] = {}
    for code, numbers in parts(on, mapped, county).items():
        own: dict[tuple[int | None, str], int] = defaultdict(int)
        for (_unit, part, place), number in numbers.items():  # type: ignore[misc]
            own[place, part] += number
        found[code] = {key: number for key, number in own.items() if key[1] != "elsewhere"}
    return found


def parts(on: date, mapped: Iterable[int], county: int | None = None) -> dict[str, Parts]:
    """Every indicator of the notice: approved, pending and counted elsewhere, by the region that answers, as of a day; of one
    ``county``, if given, by the township too."""
    count = _Count(on, set(mapped), county)
    return {
        "practical_training": count.once("", count.practical(), handed=False),
        "support_bases": count.once("", paid_bases(count.tables), handed=False),
        "livelihood_employment": count.once("livelihood_employment", count.new_jobs("")),
        "urban_employment": count.once("urban_employment", count.new_jobs("urban")),
        "rural_employment": count.once("rural_employment", count.new_jobs("rural")),
        "graduate_services": count.once("graduate_services", count.graduates()),
        "vocational_training": count.once("vocational_training", count.vocational()),
        "care": count.once("care", count.care(lambda row: True, by_certificate)),
        "care_purchased": count.once("care_purchased", count.care(lambda row: row["purchased"], by_payer)),
        "care_boarding": count.once("care_boarding", count.care(boarded, by_payer)),
        "massage_sessions": count.sessions(),
    }


def beside(on: date, mapped: Iterable[int]) -> dict[str, dict[int, int]]:
    """Of the indicators of new jobs: by the region that answers, how many have nothing but a list to show, and do not count."""
    count = _Count(on, set(mapped), None)
    return {
        code: count.beside(code, settlement)
        for code, settlement in (
            ("livelihood_employment", ""),
            ("urban_employment", "urban"),
            ("rural_employment", "rural"),
        )
    }


class _Count:
    """The lines of every indicator."""

    def __init__(self, on: date, units: set[int], county: int | None) -> None:
        self.on, self.units, self.tables, self.county = on, units, Tables(), county

    def place(self, unit: int, part: str, row: Row) -> Any:
        """Under what something is counted."""
        if self.county is None:
            return unit, part
        return (unit, part, self.tables.township(row, self.county)) if unit == self.county else None

    def once(self, code: str, lines: list[Line], handed: bool = True) -> Parts:
        """Each key once."""
        found: dict[Any, int] = defaultdict(int)
        for _key, unit, part, row in self.placed(code, lines, handed):
            found[self.place(unit, part, row)] += 1
        return known(found)

    def placed(
        self, code: str, lines: list[Line], handed: bool = True
    ) -> Iterator[tuple[Any, int, str, Row]]:
        """Who counts, where and how. Who was given over under a record found to be another's: that one's own goes first,
        then the latest."""
        held = [row for row in self.tables.handed if handed and row["indicator"] == code]
        held.sort(key=lambda row: (self.tables.persons[row["person_id"]]["canonical_id"] is None, row["id"]))
        given = {self.tables.woman(row["person_id"]): row["unit_id"] for row in held}
        return counted_once(lines, given, self.units, self.on)

    def new_jobs(self, settlement: str, listed: bool = False) -> list[Line]:
        """Jobs of people of working age who had none, with proof; or those with a list alone."""
        jobs, lines = self.tables.facts("livelihoods.Employment"), []
        for row in jobs:
            day = row["happened_on"]
            if not in_year(day) or row["continues"] or row["proof"] not in (("list",) if listed else PROOFS):
                continue
            if not had_work(self.tables, row, jobs) and working(self.tables, row["person_id"], day):
                stood = stands(row) and (
                    row["source_id"] is None or stands(self.tables.sources[row["source_id"]])
                )
                lines += by_certificate(self.tables, row, day, stood, settlement in ("", row["settlement"]))
        return lines

    def beside(self, code: str, settlement: str) -> dict[int, int]:
        """Women with an approved job that a list alone shows, who are neither counted nor waiting; on the side of the town or
        the country nobody whom an approved job puts on one of them."""
        proved = self.new_jobs(settlement)
        out = {key for key, _unit, part, _row in self.placed(code, proved) if part != "elsewhere"}
        if settlement:
            out |= {line.key for line in proved if line.sure and line.day <= self.on}
        found: dict[int, set[Any]] = defaultdict(set)
        for line in self.new_jobs(settlement, listed=True):
            if line.sure and line.meets and line.day <= self.on and line.key not in out:
                found[line.unit].add(line.key)
        return {unit: len(keys) for unit, keys in found.items()}

    def care(self, wanted: Callable[[Row], bool], answered: Callable[..., list[Line]]) -> list[Line]:
        """Care of the year, and what goes on from the year before, from 1 January."""
        lines = []
        for row in self.tables.facts("support.CareService"):
            day = row["happened_on"]
            if day < BEGINS and (row["ends"] is None or row["ends"] >= BEGINS):
                day = BEGINS
            if in_year(day) and wanted(row):
                lines += answered(self.tables, row, day, stands(row), True)
        return lines

    def completed(self, kind: str) -> list[tuple[Row, bool]]:
        """Completions of classes of a kind, but for those without a sign-in sheet; approved with their class."""
        found = []
        for row in self.tables.facts("training.Enrolment"):
            held = self.tables.classes[row["training_class_id"]]
            signed = held["has_sign_in"] is not False
            if (
                held["kind"] == kind
                and signed
                and row["result"] == "completed"
                and in_year(row["happened_on"])
            ):
                found.append((row, stands(row) and stands(held)))
        return found

    def vocational(self) -> list[Line]:
        """Women with a certificate who completed a class."""
        return [
            line
            for row, stood in self.completed("vocational")
            for line in by_certificate(self.tables, row, row["happened_on"], stood, True)
        ]

    def practical(self) -> list[Line]:
        """Completions: a woman and a class once."""
        lines = []
        for row, stood in self.completed("practical"):
            key = (
                self.tables.thing(self.tables.classes, row["training_class_id"]),
                self.tables.woman(row["person_id"]),
            )
            lines.append(Line(row["id"], key, row["filed_by_id"], row["happened_on"], stood, row=row))
        return lines

    def graduates(self) -> list[Line]:
        """Services to graduates of the year, for the county they come from."""
        return [
            line
            for row in self.tables.facts("livelihoods.GraduateService")
            if row["verified"] and row["graduated_in"] == 2023 and in_year(row["happened_on"])
            for line in by_holder(self.tables, row, row["happened_on"], stands(row), row["origin_id"])
        ]

    def sessions(self) -> Parts:
        """Sessions with plan and sign-in sheet, each for itself."""
        found: dict[Any, int] = defaultdict(int)
        for row in self.tables.facts("training.TrainingEvent"):
            held = row["kind"] == "massage" and row["has_plan"] and row["has_sign_in"]
            if held and BEGINS <= row["happened_on"] <= self.on:
                found[self.place(row["filed_by_id"], "approved" if stands(row) else "pending", row)] += 1
        return known(found)


def boarded(row: Row) -> bool:
    """Whether care was boarding that was bought, with at least one paid month."""
    return bool(row["purchased"]) and row["form"] == "boarding" and row["boarding_months"] >= 1


def stands(row: Row) -> bool:
    """Whether a row is approved."""
    return bool(row["state"] == APPROVED)


def in_year(day: date | None) -> bool:
    """Within the notice's year."""
    return day is not None and BEGINS <= day <= ENDS


def had_work(tables: Tables, row: Row, jobs: list[Row]) -> bool:
    """Whether she worked on the last day of the year before that in which this job began: approved spells alone."""
    hers = tables.records(row["person_id"])
    year = row["begins"].year
    return any(
        one["person_id"] in hers
        and one["state"] == APPROVED
        and one["begins"] < date(year, 1, 1)
        and (one["ends"] is None or one["ends"] >= date(year - 1, 12, 31))
        for one in jobs
    )


def paid_bases(tables: Tables) -> list[Line]:
    """Payments to rural bases that are approved, for the county in which the base lies."""
    lines = []
    for row in tables.facts("bases.SupportPayment"):
        base = tables.bases[row["base_id"]]
        if base["kind"] == "rural" and base["state"] == APPROVED and in_year(row["happened_on"]):
            unit = tables.county(base["place_id"]) or base["filed_by_id"]
            key = tables.thing(tables.bases, row["base_id"])
            approved = row["state"] == APPROVED
            lines.append(Line(row["id"], key, unit, row["happened_on"], approved, row=row))
    return lines


def by_certificate(tables: Tables, row: Row, day: date, stood: bool, meets: bool) -> list[Line]:
    """A fact of somebody with a certificate that day: whoever issued it answers; where nobody knows who, she waits."""

    def line(held: Row, approved: bool) -> Line:
        asked = held["county_id"] is None and held["county_asked"]
        unit = held["county_id"] or row["filed_by_id"]
        woman = tables.woman(row["person_id"])
        return Line(row["id"], woman, unit, day, approved and not asked, meets, row, sure=approved)

    return sure_or_not(tables, row, day, stood, line)


def by_holder(tables: Tables, row: Row, day: date, stood: bool, holder: int | None) -> list[Line]:
    """A fact of somebody with a certificate that day, for whom another region answers than its county."""

    def line(held: Row, approved: bool) -> Line:
        unit = holder or row["filed_by_id"]
        return Line(row["id"], tables.woman(row["person_id"]), unit, day, approved, row=row)

    return sure_or_not(tables, row, day, stood, line)


def by_payer(tables: Tables, row: Row, day: date, stood: bool, _meets: bool) -> list[Line]:
    """Whoever pays answers."""
    return by_holder(tables, row, day, stood, row["payer_id"])


def sure_or_not(
    tables: Tables, row: Row, day: date, stood: bool, line: Callable[[Row, bool], Line]
) -> list[Line]:
    """Approved by what is confirmed; else pending by what there is."""
    sure = tables.certificate(row["person_id"], day, sure=True)
    if stood and sure is not None:
        return [line(sure, True)]
    some = tables.certificate(row["person_id"], day, sure=False)
    return [] if some is None else [line(some, False)]


def known(found: Mapping[Any, int]) -> Parts:
    """What is counted under something that was asked for."""
    return {key: number for key, number in found.items() if key is not None}


def counted_once(
    lines: list[Line], given: Mapping[Any, int], units: set[int], on: date
) -> Iterator[tuple[Any, int, str, Row]]:
    """Each key once: for the unit of its first approved fact; waiting before that; elsewhere for the others; with the fact."""
    by_key: dict[Any, list[Line]] = defaultdict(list)
    for one in lines:
        by_key[one.key].append(one)
    for key, own in by_key.items():
        own.sort(key=lambda one: (one.unit not in units, one.day, one.fact))
        sure = [one for one in own if one.approved]
        first = sure[0] if sure else None
        waits = next((one for one in own if not one.approved), None)
        if first is not None and first.meets and first.day <= on:
            yield key, given.get(key, first.unit), "approved", first.row
        if waits is not None and waits.meets and waits.day <= on:
            nearer = first is not None and waits.unit in units and first.unit not in units
            if first is None or nearer or (waits.day < first.day and on < first.day):
                yield key, waits.unit, "pending", waits.row
        if first is not None and first.meets:
            counts = given.get(key, first.unit)
            others = {
                one.unit
                for one in own
                if one.unit != counts
                and max(one.day, first.day) <= on
                and not (one.unit in units and first.unit not in units)
            }
            for unit in others:
                yield key, unit, "elsewhere", own[0].row
