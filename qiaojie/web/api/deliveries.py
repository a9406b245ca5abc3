"""Rows handed in: they wait as a file does, are looked at, written or put aside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from ninja import Header, Router, Status
from pydantic import BaseModel, ConfigDict, Field

from qiaojie.intake import deliveries, entering, queries, services
from qiaojie.intake.models import Delivery, Stage, Upload
from qiaojie.intake.public import ASKED, Plan
from qiaojie.ledgers.viewer import Action, demand, refuse
from qiaojie.lib.findings import Level, Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef

from . import params
from .door import ApiRequest

router = Router(tags=[N_("报送数据")])

LISTED = 1_000
"""Findings of one answer; the numbers are always whole."""

EXAMPLE: Any = {
    "region": "涪陵区",
    "year": 2023,
    "purpose": "培训系统每月报送",
    "rows": [
        {
            "person.name": "李桂兰",
            "person.id_number": "500000197001010028",
            "class.title": "手工编织一班",
            "class.begins": "2023-06-01",
            "class.ends": "2023-06-20",
        }
    ],
}
"""Examples are Chinese in every language."""

YES = "是"
NO = "否"
"""What forms write for true and false."""

Scalar = str | int | float | bool | None


class BoxOut(BaseModel):
    """What can be handed in for a row: the name to use, and what the form says of it."""

    name: str
    label: str
    kind: str
    unit: str
    choices: dict[str, str]
    required: bool


class TableOut(BaseModel):
    """A table that rows may be handed in for."""

    name: str
    title: str
    ledger: str


class TableWhole(TableOut):
    """A table with its columns; ``captions`` hold for all rows."""

    captions: list[BoxOut]
    columns: list[BoxOut]
    most_rows: int


class Rows(BaseModel):
    """What is handed in."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    region: str = Field("", description=N_("填报单位的代码或名称，不写为账号自己的"))
    year: Annotated[int, Field(ge=1990, le=2200)] | None = Field(
        None, description=N_("年度，用于没写年份的日期")
    )
    purpose: str = Field("", max_length=100, description=N_("用途"))
    captions: dict[str, Scalar] = Field(default_factory=dict, description=N_("表头处的内容，对各行都有效"))
    rows: list[dict[str, Scalar]] = Field(description=N_("各行，名称见这张表的 columns"))


class FindingOut(BaseModel):
    """What was found: ``row`` counts from 0 in what was handed in (null: the whole), ``column`` is '' for the row.

    ``asked``: somebody has to say at the page whom the row means.
    """

    row: int | None
    column: str
    code: str
    level: Level
    message: str
    asked: bool


class PlanOut(BaseModel):
    """Rows that wait, or what became of them. ``counts`` are rows by what becomes of them, ``found`` all findings by level.

    ``seal`` is sent along to write exactly what was looked at. ``page`` is where people see and decide the same.
    """

    id: int
    table: str
    region: str
    stage: Stage
    received_at: datetime
    rows: int
    counts: dict[str, int]
    to_write: int
    found: dict[Level, int]
    findings: list[FindingOut]
    seal: str
    batch: int | None
    page: str


class Committing(BaseModel):
    """Write what was looked at."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"seal": "9f2c…", "reasons": {}}]}
    )

    seal: str = Field(description=N_("读取计划时给的"))
    reasons: dict[str, str] = Field(default_factory=dict, description=N_("警告的代码 → 允许写入的理由"))


class Nothing(BaseModel):
    """Nothing has to be said."""


@router.get(
    "/tables",
    response=list[TableOut],
    summary=N_("可以报送的表"),
    description=N_("通知要求填报、逐行登记的表。"),
)
def tables(request: ApiRequest) -> Any:
    """The tables of notices whose rows are entered one by one."""
    demand(request.viewer, Action.ENTER, "tables")
    found = (notices.table(f"{n.code}/{t.code}") for n in notices.every() for t in n.tables if t.handed_in)
    return [
        _short(table) for table in found if request.viewer.opens(table.ledger) and entering.enterable(table)
    ]


@router.get(
    "/tables/{notice}/{table}",
    response=TableWhole,
    summary=N_("一张表的列"),
    description=N_("报送时每列的名称、内容、单位和可选项。金额按列的单位填。"),
)
def table(request: ApiRequest, notice: str, table: str) -> Any:
    """Names, kinds, units and choices; money in the column's unit."""
    demand(request.viewer, Action.ENTER, f"intake/{notice}/{table}")
    held = _table(notice, table, request)
    wanted = held.above
    boxes = entering.boxes(held)
    return TableWhole(
        name=held.name,
        title=held.called,
        ledger=held.ledger,
        captions=[_box(box) for box in boxes if box.name in wanted],
        columns=[_box(box) for box in boxes if box.name not in wanted],
        most_rows=deliveries.most_rows(),
    )


@router.post(
    "/tables/{notice}/{table}/plans",
    response={200: PlanOut, 201: PlanOut},
    summary=N_("报送若干行"),
    description=N_("和导入文件一样核对，先不写入；同一个 Idempotency-Key 再发一次，得到同一份计划（200）。"),
)
def hand_in(
    request: ApiRequest,
    notice: str,
    table: str,
    rows: Rows,
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            max_length=64,
            pattern="^[!-~]*$",
            description=N_("同一批内容重发时不变"),
        ),
    ] = "",
) -> Any:
    """Checked like a file that is handed in; nothing is written yet. The same key again gives the same plan (200)."""
    viewer = request.viewer
    demand(viewer, Action.ENTER, f"intake/{notice}/{table}")
    held = _table(notice, table, request)
    region = params.region_of(rows.region, f"intake/{held.name}", viewer)
    handed = deliveries.Handed(
        content=request.body,
        rows=[{name: _text(value) for name, value in row.items()} for row in rows.rows],
        said={name: _text(value) for name, value in rows.captions.items()},
        year=rows.year,
        purpose=rows.purpose,
        word=idempotency_key,
    )
    upload, new = deliveries.hand_in(held, region, handed, viewer)
    return Status(201 if new else 200, _shown(upload, request))


@router.get(
    "/plans/{int:id}",
    response=PlanOut,
    summary=N_("一份计划"),
    description=N_("现在写入会怎样：各行的去向和问题，用所选的语言。"),
)
def plan(request: ApiRequest, id: int) -> Any:
    """What writing would do now, and what was found, in the language asked for."""
    kept = _kept(id, request)
    request.viewer.note(Action.SEE, f"upload/{id}")
    return _shown(kept, request)


@router.post(
    "/plans/{int:id}/commit",
    response=PlanOut,
    summary=N_("写入"),
    description=N_("没有错误才写入，全部写入或一行也不写；写入的记录仍要人审核。"),
)
def commit(request: ApiRequest, id: int, asked: Committing) -> Any:
    """All rows or none, and only without errors; people approve them."""
    kept = _kept(id, request)
    if kept.stage is not Stage.PLANNED:
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    planned = queries.plan_of(kept, request.viewer)
    deliveries.commit(kept, planned, asked.seal, asked.reasons, request.viewer)
    return _shown(_kept(id, request), request)


@router.post(
    "/plans/{int:id}/discard", response=PlanOut, summary=N_("放弃"), description=N_("不写入，计划留作记录。")
)
def discard(request: ApiRequest, id: int, nothing: Nothing) -> Any:
    """Nothing is written; the plan stays on record."""
    kept = _kept(id, request)
    services.discard(kept.pk, request.viewer)
    return _shown(_kept(id, request), request)


def _table(notice: str, table: str, request: ApiRequest) -> TableDef:
    """A table that rows are entered for one by one; 404 for any other."""
    held = params.table_of(f"{notice}/{table}", request.viewer)
    if not held.handed_in or not entering.enterable(held):
        raise Http404(held.name)
    return held


def _kept(pk: int, request: ApiRequest) -> Upload:
    """A file that a program handed in. Raises Refused for one elsewhere, or that people handed in."""
    viewer = request.viewer
    kept = queries.upload(pk, viewer)
    params.table_of(kept.table, viewer)
    if not Delivery.objects.filter(upload=kept).exists():
        refuse(viewer, Action.SEE, kept.subject)
    return kept


def _short(held: TableDef) -> TableOut:
    return TableOut(name=held.name, title=held.called, ledger=held.ledger)


def _box(box: entering.Box) -> BoxOut:
    return BoxOut(
        name=box.name,
        label=f"{box.heading}：{box.label}" if box.heading else box.label,
        kind=box.kind,
        unit=box.unit,
        choices={code: str(label) for code, label in box.choices},
        required=box.required,
    )


def _text(value: Scalar) -> str:
    """A value as it would be typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return str(value)


def _shown(kept: Upload, request: ApiRequest) -> PlanOut:
    found = queries.summary(kept, request.viewer)
    planned = queries.plan_of(kept, request.viewer) if kept.stage is Stage.PLANNED else None
    issues = list(planned.issues) if planned is not None else []
    counts = {str(word): number for word, number in planned.counts.items()} if planned is not None else {}
    return PlanOut(
        id=kept.pk,
        table=kept.table,
        region=kept.region.name,
        stage=kept.stage,
        received_at=kept.received_at,
        rows=len(planned.rows) if planned is not None else (found.rows if found else 0),
        counts=counts or dict(found.counts if found else {}),
        to_write=planned.to_write if planned is not None else 0,
        found={level: sum(issue.level is level for issue in issues) for level in Level},
        findings=_findings(planned) if planned is not None else [],
        seal=queries.seal_of(kept, planned) if planned is not None else "",
        batch=kept.batch_id,
        page=reverse("plan", args=[kept.pk]),
    )


def _findings(planned: Plan) -> list[FindingOut]:
    places, naming = deliveries.places(planned), deliveries.naming(planned)
    return [
        FindingOut(
            row=places.get(issue.row),
            column=issue.field,
            code=issue.code,
            level=issue.level,
            message=issue.told(naming),
            asked=issue.code in ASKED,
        )
        for issue in planned.issues[:LISTED]
    ]
