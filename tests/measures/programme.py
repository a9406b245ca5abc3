"""A small programme of four counties: people with certificates, and facts about them, written as short as a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Model

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.bases.models import Base, HelpRecord, SupportPayment
from qiaojie.ledgers.models import State
from qiaojie.ledgers.signals import rows_changed
from qiaojie.livelihoods.models import Employment, GraduateService, Proof, Settlement, WorkForm
from qiaojie.measures import queries, services
from qiaojie.measures.models import TypedFigure, ValuePart
from qiaojie.notices.schema import Notice
from qiaojie.people.models import Certificate, Household, HouseholdMember, Person, Sex
from qiaojie.regions.models import Level, Region, RegionKind
from qiaojie.support.models import CareForm, CareService
from qiaojie.training.models import Enrolment, Result, TrainingClass, TrainingEvent

NEW_YEARS_EVE = date(2023, 12, 31)
LONG_AGO = date(2016, 5, 1)

Parts = tuple[int, int, int]
"""Approved, pending, counted elsewhere."""


ASKED: set[str] = set()
"""The indicators that a test has asked about so far: see ``narrowly`` of conftest."""


def make_counties() -> list[Region]:
    """Four counties with a township each, numbered as the loader numbers the tree."""
    made = []
    for n in range(4):
        first = 10_000_000 + 10 * n
        county = Region.objects.create(
            key=f"test-{n}",
            name=f"甲{n}县",
            short_name=f"甲{n}县",
            level=Level.COUNTY,
            kind=RegionKind.COUNTY,
            first=first,
            last=first + 1,
        )
        Region.objects.create(
            key=f"test-{n}-town",
            name=f"乙{n}镇",
            short_name=f"乙{n}镇",
            level=Level.TOWNSHIP,
            kind=RegionKind.TOWNSHIP,
            parent=county,
            first=first + 1,
            last=first + 1,
        )
        made.append(county)
    return made


class Programme:
    """Makes facts, approved and of county 0 unless said otherwise, and counts them every way there is."""

    def __init__(self, counties: list[Region]) -> None:
        self.counties = counties
        self.made: list[Model] = []

    def keep(self, row: Any) -> Any:
        self.made.append(row)
        return row

    # --- who ------------------------------------------------------------------------------------------------------

    def person(
        self,
        county: int | None = 0,
        *,
        born: date | None = date(1985, 6, 15),
        sex: str = Sex.FEMALE,
        home: Region | None = None,
        **certificate: Any,
    ) -> Person:
        """Somebody with a certificate of a county; with none at all if ``county`` is None."""
        made = self.keep(Person.objects.create(name="某", name_key="某", sex=sex, birth_date=born, home=home))
        if county is not None:
            self.certificate(made, county, **certificate)
        return made

    def certificate(self, person: Person, county: int, **given: Any) -> Certificate:
        """A certificate issued long ago and valid for ever, unless given otherwise."""
        given.setdefault("issued_on", LONG_AGO)
        return self.keep(Certificate.objects.create(person=person, county=self.counties[county], **given))

    def merge(self, one: Person, into: Person) -> None:
        """Two records turn out to be one woman."""
        one.canonical = into
        one.save()
        self.told(one)

    def household(self, *members: Person) -> Household:
        """A household of these people."""
        made = Household.objects.create(region=self.counties[0])
        for one in members:
            self.keep(HouseholdMember.objects.create(household=made, person=one))
        return made

    # --- what -----------------------------------------------------------------------------------------------------

    def job(self, person: Person, begins: date, *, county: int = 0, **given: Any) -> Employment:
        """A flexible job with a contract."""
        known = {
            "form": WorkForm.FLEXIBLE,
            "proof": Proof.CONTRACT,
            "settlement": Settlement.URBAN,
            "state": State.APPROVED,
            **given,
        }
        return self.keep(
            Employment.objects.create(
                person=person, begins=begins, happened_on=begins, filed_by=self.counties[county], **known
            )
        )

    def course(
        self, ends: date, kind: str = "vocational", *, county: int = 0, sign_in: bool | None = True
    ) -> TrainingClass:
        """A class that ended on a day."""
        return self.keep(
            TrainingClass.objects.create(
                title="班",
                kind=kind,
                begins=ends,
                ends=ends,
                happened_on=ends,
                has_sign_in=sign_in,
                state=State.APPROVED,
                filed_by=self.counties[county],
            )
        )

    def enrol(self, held: TrainingClass, person: Person, **given: Any) -> Enrolment:
        """Somebody completes a class."""
        known = {"result": Result.COMPLETED, "state": State.APPROVED, "filed_by": held.filed_by, **given}
        return self.keep(
            Enrolment.objects.create(training_class=held, person=person, happened_on=held.ends, **known)
        )

    def trained(self, person: Person, ends: date, kind: str = "vocational", **given: Any) -> Enrolment:
        """Somebody completes a class of her own."""
        return self.enrol(self.course(ends, kind), person, **given)

    def event(self, begins: date, ends: date, **given: Any) -> TrainingEvent:
        """A massage training with plan and sign-in sheet."""
        known = {
            "kind": "massage",
            "has_plan": True,
            "has_sign_in": True,
            "state": State.APPROVED,
            "filed_by": self.counties[0],
            **given,
        }
        return self.keep(
            TrainingEvent.objects.create(title="提升", begins=begins, ends=ends, happened_on=ends, **known)
        )

    def care(self, person: Person, begins: date, *, payer: int | None = None, **given: Any) -> CareService:
        """Day care; purchased where a county pays."""
        known = {
            "form": CareForm.DAY,
            "purchased": payer is not None,
            "payer": None if payer is None else self.counties[payer],
            "state": State.APPROVED,
            "filed_by": self.counties[0],
            **given,
        }
        return self.keep(
            CareService.objects.create(person=person, begins=begins, happened_on=begins, **known)
        )

    def graduate(self, person: Person, day: date, *, origin: int | None = 0, **given: Any) -> GraduateService:
        """A service to a verified graduate of 2023."""
        known = {
            "graduated_in": 2023,
            "verified": True,
            "service": "岗位推荐",
            "origin": None if origin is None else self.counties[origin],
            "state": State.APPROVED,
            "filed_by": self.counties[0],
            **given,
        }
        return self.keep(GraduateService.objects.create(person=person, happened_on=day, **known))

    def base(self, **given: Any) -> Base:
        """An approved rural base."""
        known = {
            "kind": "rural",
            "state": State.APPROVED,
            "filed_by": self.counties[0],
            "happened_on": date(2022, 3, 1),
            **given,
        }
        return self.keep(Base.objects.create(name="基地", **known))

    def pay(self, base: Base, day: date, amount: int = 1_000_000, **given: Any) -> SupportPayment:
        """Money for a base, in fen."""
        known = {"state": State.APPROVED, "filed_by": self.counties[0], **given}
        return self.keep(SupportPayment.objects.create(base=base, happened_on=day, amount=amount, **known))

    def help(self, base: Base, person: Person, ends: date, **given: Any) -> HelpRecord:
        """A base helps a woman."""
        known = {"begins": ends, "state": State.APPROVED, "filed_by": self.counties[0], **given}
        return self.keep(
            HelpRecord.objects.create(base=base, person=person, ends=ends, happened_on=ends, **known)
        )

    def type(self, notice: Notice, code: str, day: date, number: int, **given: Any) -> TypedFigure:
        """A figure that somebody typed."""
        known = {"state": State.APPROVED, "filed_by": self.counties[0], "evidence": "表", **given}
        return self.keep(
            TypedFigure.objects.create(
                notice=notice.code, indicator=code, happened_on=day, number=number, **known
            )
        )

    # --- counting -------------------------------------------------------------------------------------------------

    def told(self, *rows: Model) -> None:
        """Say that rows changed."""
        touched: dict[str, set[int]] = {}
        for row in rows or self.made:
            touched.setdefault(row._meta.label, set()).add(row.pk)
        rows_changed.send(sender=Programme, touched=touched)

    def set(self, row: Model, **values: Any) -> None:
        """Change a row and say so."""
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        self.told(row)

    def parts(self, notice: Notice, code: str, on: date = NEW_YEARS_EVE) -> dict[int, dict[ValuePart, int]]:
        """Parts by county (its place in the list): counted live, counted again for all who were touched (on top of
        what was kept before), and counted whole; the three are the same."""
        ASKED.add(code)
        indicator = notice.indicator(code)
        live = _known(queries.live(notice, indicator, on))
        self.told()
        assert _known(queries.sums(notice, indicator, on)) == live
        services.recount(notice, force=True)
        assert _known(queries.sums(notice, indicator, on)) == live
        places = {county.pk: n for n, county in enumerate(self.counties)}
        found: dict[int, dict[ValuePart, int]] = {}
        for (unit, part), number in live.items():
            found.setdefault(places[unit], {})[part] = number
        return found

    def counts(self, notice: Notice, code: str, on: date = NEW_YEARS_EVE) -> dict[int, Parts]:
        """The same as (approved, pending, elsewhere)."""
        wanted = (ValuePart.APPROVED, ValuePart.PENDING, ValuePart.ELSEWHERE)
        return {
            county: (parts.get(wanted[0], 0), parts.get(wanted[1], 0), parts.get(wanted[2], 0))
            for county, parts in self.parts(notice, code, on).items()
        }

    def behind(self, notice: Notice, code: str, on: date = NEW_YEARS_EVE, **asked: Any) -> list[Any]:
        """The keys of the facts behind a number over all units, in order."""
        _ledger, rows = queries.behind(notice, code, None, on, **asked)
        return sorted(rows.values_list("pk", flat=True))

    def viewer(self, county: int, role: str = Role.APPROVER) -> UserViewer:
        """Somebody of the disabled persons' federation of a county."""
        region = self.counties[county]
        agency, _new = Agency.objects.get_or_create(region=region, line=WorkLine.DPF, name=region.short_name)
        user = User.objects.create_user(f"{role}-{county}", agency=agency, role=role)
        return UserViewer(user)


def _known(sums: dict[tuple[int, ValuePart], int]) -> dict[tuple[int, ValuePart], int]:
    return {key: number for key, number in sums.items() if number}


def keys(rows: Iterable[Model]) -> list[Any]:
    """The keys of rows in order."""
    return sorted(row.pk for row in rows)
