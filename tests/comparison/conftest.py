"""A county's employments, and a system of another office that knows some of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.models import State
from qiaojie.lib.identity import check_digit
from qiaojie.livelihoods.models import Employment
from qiaojie.people.identification import certificate_hash, id_hash
from qiaojie.people.models import Certificate, Person, Sex, Tie
from qiaojie.regions.models import Region
from tests.intake import material

SYSTEM = """
code = "their-system"
title = "外部就业系统"
known = "confirmed"

[[maps]]
code = "form"
pairs = [
  { ours = "self", theirs = "03", words = "个体就业" },
  { ours = "flexible", theirs = "07", words = "灵活就业" },
  { ours = "quota", theirs = "01", words = "按比例就业" },
]
without = ["concentrated", "public", "assisted", "rural"]

[[maps]]
code = "education"
write = "words"
pairs = [
  { ours = "70", theirs = "3", words = "初中" },
  { ours = "71", theirs = "3", words = "初中", only = "out" },
]
without = ["10", "20", "21", "30", "31", "40", "60", "61", "73", "80", "81", "83", "90", "91"]

[[tables]]
code = "jobs"
title = "就业人员名单"
ledger = "employments"
period_field = "begins"
sets = { settlement = "urban" }
unit = "unit"
bare = true
columns = [
  { label = "证号", field = "person.certificate", computed = false },
  { label = "身份证号", field = "person.id_number" },
  { label = "姓名", field = "person.name", required = true },
  { label = "学历", field = "person.education", map = "education" },
  { label = "就业形式", field = "form", map = "form" },
  { label = "就业单位", field = "employer" },
  { label = "就业时间", field = "begins", required = true },
  { label = "行业", by_hand = true },
  { label = "区县", field = "unit" },
]
"""
HEADER = ["证号", "身份证号", "姓名", "学历", "就业形式", "就业单位", "就业时间", "行业", "区县"]
JOBS = "their-system/jobs"


def identity(number: int) -> str:
    """A made-up woman's number with a true check character."""
    first17 = f"500000{1970 + number % 30}0101{number % 500 * 2:03d}"
    return first17 + check_digit(first17)


@pytest.fixture
def system(db: None, settings: LazySettings, tmp_path: Path) -> Path:
    """The small tree, and one outside system."""
    material.plant_tree()
    folder = tmp_path / "systems" / "their-system"
    folder.mkdir(parents=True)
    (folder / "system.toml").write_text(SYSTEM, encoding="utf-8")
    (folder / "README.md").write_text("# Their system\n", encoding="utf-8")
    settings.SYSTEM_DIRS = [tmp_path / "systems"]
    return folder


@dataclass
class County:
    """涪陵区 with its people, a clerk of it and one of its neighbour."""

    region: Region
    clerk: UserViewer
    reader: UserViewer
    neighbour: UserViewer

    def woman(self, number: int, **given: Any) -> Person:
        """Somebody with number and certificate (unless ``id_number`` is None)."""
        card: str | None = given.pop("id_number", identity(number))
        held = identity(number) + "42"
        name = f"李{'梅兰竹菊'[number % 4]}"
        made = Person.objects.create(
            name=name,
            name_key=name,
            sex=Sex.FEMALE,
            id_number=card,
            id_hash=id_hash(card) if card else None,
            birth_date=date(1970 + number % 30, 1, 1),
            **given,
        )
        Tie.objects.create(person=made, region=self.region)
        Certificate.objects.create(person=made, number=held, number_hash=certificate_hash(held), category="4")
        return made

    def job(self, person: Person, **given: Any) -> Employment:
        """An approved job since March 2023, unless given otherwise."""
        known: dict[str, Any] = {
            "form": "self",
            "employer": "梅花刺绣社",
            "begins": date(2023, 3, 1),
            "settlement": "urban",
            "state": State.APPROVED,
            "filed_by": self.region,
            **given,
        }
        return Employment.objects.create(person=person, happened_on=known["begins"], **known)


@pytest.fixture
def county(system: Path) -> County:
    here, there = Region.objects.get(code="500102"), Region.objects.get(code="500240")

    def viewer(region: Region, role: Role, name: str) -> UserViewer:
        agency, _new = Agency.objects.get_or_create(region=region, line=WorkLine.DPF, name=region.short_name)
        return UserViewer(User.objects.create(username=name, agency=agency, role=role))

    return County(
        here,
        viewer(here, Role.CLERK, "clerk"),
        viewer(here, Role.LEADER, "reader"),
        viewer(there, Role.CLERK, "neighbour"),
    )


def row(number: int, **changed: Any) -> list[Any]:
    """A row of their list about woman ``number``, as ``County`` makes her."""
    found = dict(
        zip(
            HEADER,
            [
                identity(number) + "42", identity(number), f"李{'梅兰竹菊'[number % 4]}", "", "03", "梅花刺绣社",
                "2023-03-01", "手工业", "涪陵区",
            ],
            strict=True,
        )
    )  # fmt: skip
    found.update(changed)
    return list(found.values())


def listed(rows: Sequence[Sequence[Any]]) -> bytes:
    """Their export."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue().encode("utf-8-sig")


Take = Callable[..., Any]
