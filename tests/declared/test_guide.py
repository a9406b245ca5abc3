"""The guide to a new ledger, followed as printed: folders, check, rows in, a number out; nothing of the format is left unsaid."""

from __future__ import annotations

import ast
import io
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings as real
from pydantic import BaseModel
from pytest_django import Settings

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.declared import checking, queries, schema
from qiaojie.declared.naming import model_of
from qiaojie.intake import services as intake
from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import State
from qiaojie.measures import queries as measures
from qiaojie.measures.services import recount_every
from qiaojie.notices import checking as notice_checking
from qiaojie.notices import queries as notices
from tests.declared.conftest import Prepare
from tests.web.factories import identity, tree

GUIDE = (Path(real.BASE_DIR) / "docs" / "add-a-ledger.md").read_text(encoding="utf-8")
PACKAGE = Path(checking.__file__).parent

NOTICE = """
code = "visits-2023"
title = "走访通知"
issuers = ["市残联"]
edition = "chongqing-2023"
period = "2023"
"""


def block(after: str) -> str:
    found = re.search(rf"{re.escape(after)}.*?```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None, after
    return found[1]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (
        ("姓名", "身份证号", "入户日期", "走访结果", "走访人", "有走访记录表", "慰问金（元）", "走访情况"),
        ("王小红", identity(1), "2023.5.8", "需要跟进", "张村医", "是", 200, "想学刺绣"),
        ("李桂兰", identity(2), "2023.5.9", "无需跟进", "张村医", "否", None, ""),
        ("陈秀英", identity(3), "2023.5.9", "未见到本人", "张村医", "是", None, ""),
    ):
        book.worksheets[0].append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_the_example_becomes_a_ledger_and_its_rows_a_number(
    prepare: Prepare, settings: Settings, tmp_path: Path
) -> None:
    visits = block("`ledgers/home_visits/ledger.toml`")
    checks = block("**Checks** (`[[checks]]`)")
    done = prepare(home_visits=visits, class_meals=block("`ledgers/class_meals/ledger.toml`"))
    assert not done.faults and set(done.made) == {"home_visits", "class_meals"}
    assert {"meals.place", "meals.cost"} <= {field.name for field in declaration.get("classes").fields}
    assert "用餐地点" in {leaf.label for leaf in notices.table("ledgers/classes").form.leaves}
    assert not prepare(home_visits=visits + checks).faults

    folder = tmp_path / "notices" / "visits-2023"
    folder.mkdir(parents=True)
    (folder / "notice.toml").write_text(NOTICE + block("A notice counts it like any other"), encoding="utf-8")
    (folder / "README.md").write_text("# Visits\n", encoding="utf-8")
    settings.NOTICE_DIRS = [tmp_path / "notices"]
    office, fuling = SystemViewer(), tree()["涪陵区"]
    table = notices.table("ledgers/home-visits")
    planned = intake.plan(workbook(), "入户走访.xlsx", table, fuling, office)
    assert [issue.code for issue in planned.issues if issue.level != "hint"] == ["absent_and_signed"]
    intake.commit(planned, office)
    visit = model_of("home_visits")
    assert visit.objects.get(aid=20_000).found == "想学刺绣"
    assert set(visit.objects.values_list("state", flat=True)) == {State.APPROVED}
    recount_every()
    notice = notices.notice("visits-2023")
    assert not [fault for fault in notice_checking.check([folder]) if fault.code == "ledger_unknown"]
    assert measures.measure(notice, date(2023, 12, 31), office).total["visited"].approved == 1


def test_every_key_and_kind_is_explained() -> None:
    declared = {
        field.alias or name
        for thing in vars(schema).values()
        if isinstance(thing, type) and issubclass(thing, BaseModel)
        for name, field in thing.model_fields.items()
    }
    reference = re.sub(r"```.*?```", "", GUIDE.partition("## All keys")[2], flags=re.DOTALL)
    said = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]*)`", reference))))
    assert not declared - said
    assert not {kind for kind in schema.KINDS if f"`{kind}`" not in reference}


def test_every_finding_is_explained() -> None:
    said: set[str] = set()
    for source in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Fault"), args=[_, _, ast.Constant(value=str(code)), *_]):
                    said.add(code)
    assert said >= {"ledger_twice", "about_cycle", "field_kind_changed"}
    assert {code for code in said if f"`{code}`" not in GUIDE} == set()


@pytest.mark.django_db
def test_all_that_comes_with_the_programme_is_without_fault() -> None:
    assert queries.faults() == []


def test_all_that_comes_with_the_programme_has_its_english() -> None:
    from qiaojie.declared import services

    lacking = []
    for kept in services.shipped():
        one = kept.declared
        lacking += [one.code] if not one.english else []
        lacking += [f"{one.code}.{field.code}" for field in one.fields if not field.english]
        lacking += [
            f"{one.code}.{field.code}.{choice.code}"
            for field in one.fields
            for choice in field.choices
            if not choice.english
        ]
        lacking += [
            f"{one.code}.{field.code}" for field in one.fields if field.lack and not field.lack_english
        ]
    assert not lacking
