"""Jobs come with the kind of their proof in each row, where it lies and which source says it, if one does."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import LazySettings

from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level
from qiaojie.livelihoods.models import Employment, Proof, ProofSource, SourceKind
from qiaojie.notices.checking import check
from qiaojie.regions.models import Region

from . import material

pytestmark = pytest.mark.django_db

JOBS = "trial-2023/jobs"
TABLE = """
[[tables]]
code = "jobs"
title = "就业名单"
ledger = "employments"
columns = [
  { label = "姓名", field = "person.name", required = true },
  { label = "身份证号", field = "person.id_number" },
  { label = "就业形式", field = "form", required = true },
  { label = "城乡类别", field = "settlement", required = true },
  { label = "就业单位", field = "employer" },
  { label = "开始日期", field = "begins", required = true },
  { label = "就业凭证", field = "proof" },
  { label = "凭证存放处", field = "proof_place" },
  { label = "来源名称", field = "source.title" },
  { label = "来源种类", field = "source.kind" },
  { label = "来源日期", field = "source.happened_on" },
]
"""
LIST = ("社保比对名单", "比对名单", "2023-10-31")
NOTHING = (None, None, None)


@pytest.fixture(autouse=True)
def jobs(tree: None, settings: LazySettings, tmp_path: Path) -> Path:
    folder = tmp_path / "notices" / "trial-2023"
    (folder / "notice.toml").write_text(material.NOTICE + TABLE, encoding="utf-8")
    return folder


def row(
    number: int, proof: str | None, place: str | None = None, source: tuple[Any, ...] = NOTHING
) -> list[Any]:
    who = [material.name(number), material.id_number(number)]
    return [*who, "灵活就业", "农村", "织锦坊", "2023-03-01", proof, place, *source]


def listed(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    header = "姓名 身份证号 就业形式 城乡类别 就业单位 开始日期 就业凭证 凭证存放处 来源名称 来源种类 来源日期".split()
    for each in (header, *rows):
        book.worksheets[0].append(each)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def said(made: Plan) -> dict[tuple[str, str], str]:
    return {(one.cell, one.code): one.level for one in made.issues}


def test_the_notice_is_sound(jobs: Path) -> None:
    assert [fault.code for fault in check([jobs]) if fault.code != "edition_unknown"] == []


def test_each_row_says_its_proof_and_some_a_source(plan: Callable[..., Plan], approver: Viewer) -> None:
    made = plan(
        listed(
            row(1, "劳动合同或协议", "三号柜"),
            row(2, "比对名单", None, LIST),
            row(3, "比对名单", None, LIST),
            row(4, None),
        ),
        JOBS,
    )
    assert [one.verdict for one in made.rows] == [Verdict.NEW] * 4, made.issues
    services.commit(made, approver)
    (source,) = ProofSource.objects.all()
    assert (source.title, source.kind, source.happened_on, source.state) == (
        "社保比对名单",
        SourceKind.COMPARED,
        date(2023, 10, 31),
        State.APPROVED,
    )
    found = Employment.objects.order_by("person__name_key").values_list("proof", "proof_place", "source")
    assert sorted(found, key=str) == sorted(
        [
            (Proof.CONTRACT, "三号柜", None),
            (Proof.COMPARED, "", source.pk),
            (Proof.COMPARED, "", source.pk),
            ("", "", None),
        ],
        key=str,
    )
    again = plan(listed(row(5, "比对名单", None, LIST)), JOBS)
    services.commit(again, approver)
    assert ProofSource.objects.count() == 1


def test_a_compared_list_without_its_source_is_a_finding_at_the_cell(plan: Callable[..., Plan]) -> None:
    made = plan(
        listed(
            row(1, "比对名单"), row(2, "仅有名单"), row(3, "比对名单", None, ("名册", "花名册", "2023-10-31"))
        ),
        JOBS,
    )
    assert said(made) == {
        ("G2", "source_missing"): Level.ERROR,
        ("G3", "source_missing"): Level.WARNING,
        ("J4", "source_kind"): Level.ERROR,
    }
    assert [one.verdict for one in made.rows] == [Verdict.WRONG, Verdict.NEW, Verdict.WRONG]


def test_a_source_says_all_that_it_needs(plan: Callable[..., Plan]) -> None:
    made = plan(listed(row(1, "比对名单", None, ("社保比对名单", None, "2023-10-31"))), JOBS)
    assert ("J2", "required") in said(made)


def test_a_row_that_is_there_keeps_its_source_and_says_so(
    plan: Callable[..., Plan], approver: Viewer, fuling: Region
) -> None:
    services.commit(plan(listed(row(1, "劳动合同或协议")), JOBS), approver)
    made = plan(listed(row(1, "劳动合同或协议", None, LIST)), JOBS)
    assert said(made) == {("I2", "reference_kept"): Level.WARNING}
    assert not made.to_write
    services.commit(plan(listed(row(2, "比对名单", None, LIST)), JOBS), approver)
    assert not said(plan(listed(row(2, "比对名单", None, LIST)), JOBS))
