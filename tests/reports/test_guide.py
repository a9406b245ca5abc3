"""The page on adding a form: its examples are sound, they are filled, written and read back, and it knows every ledger."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.bases.models import Base, HelpRecord
from qiaojie.declared import running
from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import State
from qiaojie.lib.periods import read_period
from qiaojie.lib.values import Context
from qiaojie.notices import queries as notices
from qiaojie.notices.checking import check
from qiaojie.reports import filling
from qiaojie.sheets.reading import read
from qiaojie.tables import defining
from qiaojie.tables.grid import build
from qiaojie.tables.matching import match, read_rows
from tests.web import factories
from tests.web.factories import World

GUIDE = (Path(django_settings.BASE_DIR) / "docs" / "add-a-form.md").read_text(encoding="utf-8")
BLOCKS = [block for block in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL) if "\nedition = " in block]
CODES = [match_[1] for block in BLOCKS if (match_ := re.match(r'code = "([a-z0-9-]+)"', block))]
FORMATS = ("xlsx", "docx", "pdf", "html", "csv")
YEAR = read_period("2024")


@pytest.fixture
def world(world: World, tmp_path: Path, settings: Any) -> World:
    """The counties, the guide's two notices, and what they ask for."""
    for code, block in zip(CODES, BLOCKS, strict=True):
        (tmp_path / code).mkdir()
        (tmp_path / code / "notice.toml").write_text(block, encoding="utf-8")
        (tmp_path / code / "README.md").write_text("# Example\n", encoding="utf-8")
    settings.NOTICE_DIRS = [tmp_path]
    assert check([tmp_path]) == []
    return world


def test_there_are_two_examples() -> None:
    assert CODES == ["shizhu-crafts-2024", "base-summary-2024"]


@pytest.mark.parametrize(
    "table", ["shizhu-crafts-2024/trainees", "shizhu-crafts-2024/summary", "base-summary-2024/bases"]
)
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("format", FORMATS)
def test_every_form_of_the_page_is_written(world: World, table: str, empty: bool, format: str) -> None:
    region = world.regions["涪陵区"]
    data = filling.write(notices.table(table), region, YEAR, format, SystemViewer(), empty=empty)
    assert len(data) > 100


def trainees(world: World) -> filling.Filled:
    held = factories.training_class(
        world.regions["涪陵区"], "竹编班", begins=date(2024, 3, 1), ends=date(2024, 3, 20)
    )
    factories.enrol(held, world.people["here"][:3])
    table = notices.table("shizhu-crafts-2024/trainees")
    return filling.fill(table, world.regions["涪陵区"], YEAR, SystemViewer(), whole=True)


@pytest.mark.parametrize("format", ["xlsx", "docx"])
def test_the_list_is_filled_and_read_back(world: World, format: str) -> None:
    form = trainees(world)
    assert form.form.title == "涪陵区2024年手工培训学员情况表"
    assert form.form.depth == 3
    found = match(read(filling.write_filled(form, format), f"a.{format}").sheets[0], form.form)
    assert found is not None
    rows = read_rows(found, Context())
    assert [row.values["person.id_number"] for row in rows] == [p.id_number for p in world.people["here"][:3]]
    assert {row.values["person.sex"] for row in rows} == {"2"}
    assert [cell.text for cell in build(form).body[0]][-1:] == [""]


def test_the_form_of_bases_is_filled(world: World) -> None:
    county = world.regions["涪陵区"]
    kinds = {"竹编工坊": "home_workshop", "家政车间": "workshop"}
    for name, kind in kinds.items():
        base = Base.objects.create(
            name=name, kind=kind, industry="handicraft", filed_by=county, happened_on=date(2024, 1, 1),
            state=State.APPROVED,
        )  # fmt: skip
        HelpRecord.objects.bulk_create(
            HelpRecord(
                base=base, person=woman, filed_by=county, state=State.APPROVED, begins=date(2024, 5, 1 + n),
                ends=date(2024, 5, 3 + n), happened_on=date(2024, 5, 3 + n), woman_kind="poor", employed=n == 0,
                product_income=1_000_000, industry_income=500_000,
            )
            for n, woman in enumerate([*world.people["here"][:2], world.people["here"][0]])
        )  # fmt: skip
    form = filling.fill(notices.table("base-summary-2024/bases"), county, YEAR, SystemViewer())
    assert [[cell.text for cell in row] for row in build(form).body] == [
        ["合计", "", "", "", "", "", "2", "2", "1", "6", "6", "", "1.5"],
        ["1", "家政车间", "", "√", "", "", "2", "2", "1", "3", "3", "", ""],
        ["2", "竹编工坊", "", "", "√", "", "2", "2", "1", "3", "3", "", "1.5"],
    ]


def test_every_ledger_and_field_is_on_the_page() -> None:
    part = GUIDE.partition("## Ledgers and their fields")[2].partition("\n## ")[0]
    lines = {line.split("`")[1]: line for line in part.splitlines() if line.startswith("| `")}
    people = part.partition("also have `person.`")[2]
    # What is declared as data stands in its folder, and in ``qiaojie ledger show``.
    programmed = [ledger for ledger in declaration.every() if ledger.code not in running.current()]
    assert list(lines) == [ledger.code for ledger in programmed]
    missing = [
        f"{ledger.code}.{field.name}"
        for ledger in programmed
        for field in ledger.fields
        if field.name.partition(".")[0] not in declaration.added(ledger.code)
        and f"`{field.name}`" not in lines[ledger.code]
        and not (field.name in {"unit", "state", "one_hand"} and ledger.approved)
        and f"`{field.name.removeprefix('person.')}`" not in people
    ]
    assert missing == []


def test_every_key_of_a_form_and_a_column_is_on_the_page() -> None:
    keys = {*defining._FORM_KEYS, *defining._COLUMN_KEYS, *defining._CAPTION_KEYS}
    assert [key for key in sorted(keys) if f"`{key}`" not in GUIDE] == []
