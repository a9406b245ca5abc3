"""Ledgers and their fields, rows as the ledger's page has them, one row with its history, one person's dossier."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from ninja import Query, Router
from pydantic import BaseModel, Field

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.viewer import Action, Personal, demand
from qiaojie.lib.findings import Unusable
from qiaojie.people import lookups
from qiaojie.people.ledger import CERTIFICATES, PERSONS, STATUSES
from qiaojie.people.models import Person
from qiaojie.reports import dossier as dossiers

from ..components import arrangement, filters
from ..components.arrangement import Arrangement
from ..components.filters import Filtering
from ..components.history import steps
from . import params, values
from .door import ApiRequest
from .values import RowOut, Value

router = Router(tags=[N_("台账")])

MOST: int = 200
"""Rows of one answer."""
PURPOSE = "核对就业登记"
"""What somebody may write who asks for a number; examples are Chinese in every language."""
OWN = frozenset({"size", arrangement.COLUMN, arrangement.SORT, filters.AFTER})
"""Parameters of a list beside those of its filters."""

SAID: Final = r"[^\x00]*[^\s\x00][^\x00]*"
"""What a filter says: something. One that is left empty would give rows that nobody asked for."""


class FieldOut(BaseModel):
    """A field of a ledger as it is declared."""

    name: str
    label: str
    kind: str
    unit: str
    choices: dict[str, str]
    filters: list[str]
    """Parameters that filter by it."""
    sortable: bool
    listed: bool
    personal: Personal


class LedgerOut(BaseModel):
    """A ledger as it is declared."""

    code: str
    label: str
    title: str
    approved: bool
    fields: list[FieldOut]


class RowSearch(BaseModel):
    """Which rows are sought, in the body of the request: names of people stand in no address."""

    filters: dict[str, str] = Field(
        description=N_("筛选条件，名称同台账的 filters，姓名也可以"), examples=[{"state": "approved"}]
    )
    size: int = Field(50, ge=1, le=MOST, description=N_("一次几条"))
    after: int | None = Field(None, ge=1, description=N_("上一页的 following"), examples=[None])
    sort: str = Field("", description=N_("字段名，前加 - 为倒序"), examples=[""])
    col: list[str] = Field([], description=N_("要哪些字段，可写多次"), examples=[[]])


class HeldNumber(BaseModel):
    """A whole number of somebody."""

    number: str = Field(description=N_("完整的身份证号、残疾人证号或手机号"), examples=["13800000001"])


class FoundOut(BaseModel):
    """The persons whose number it is, as the account sees them."""

    rows: list[RowOut]


class PageOut(BaseModel):
    """Rows of a ledger. ``count`` is null above 10,000; ``following`` is what ``after`` begins behind, null at the end."""

    ledger: str
    as_of: date
    count: int | None
    rows: list[RowOut]
    following: int | None


class ChangeOut(BaseModel):
    """A value that changed."""

    label: str
    before: str
    after: str


class StepOut(BaseModel):
    """Something that happened to a row."""

    at: datetime
    actor: str
    what: str
    purpose: str
    changes: list[ChangeOut]


class OneOut(BaseModel):
    """A row with all its fields and what happened to it, the latest first."""

    ledger: str
    as_of: date
    row: RowOut
    history: list[StepOut]


class Revealing(BaseModel):
    """Which value is to be seen whole, and why."""

    field: str = Field(examples=["id_number"])
    purpose: str = Field(description=N_("用途，记入访问日志"), examples=[PURPOSE])


class Revealed(BaseModel):
    """A value whole."""

    field: str
    value: str


class EventOut(BaseModel):
    """A fact about a person in short; ``lacks`` is what keeps it from counting."""

    ledger: str
    id: int
    day: date | None
    words: list[str]
    unit: str
    state: Value
    lacks: list[str]


class AnswerOut(BaseModel):
    """A unit that counts a person for an indicator (统计归属)."""

    notice: str
    indicator: str
    unit: str
    day: date


class MonthOut(BaseModel):
    """Income of a month in 元."""

    month: date
    amount: Value


class NextOut(BaseModel):
    """What is to be done for her next; ``grave`` where rights are lost by waiting."""

    words: str
    grave: bool


class DossierOut(BaseModel):
    """All that the account may see of a person; ``closed`` facts are other offices', or in ledgers that the key does not open."""

    as_of: date
    person: RowOut
    certificates: list[RowOut]
    statuses: list[RowOut]
    household: list[RowOut]
    answering: list[AnswerOut]
    incomes: list[MonthOut]
    events: list[EventOut]
    closed: int
    next: list[NextOut]


@router.get(
    "/ledgers",
    response=list[LedgerOut],
    summary=N_("台账和字段"),
    description=N_("密钥范围内的台账，各有哪些字段、怎样筛选和排序。"),
)
def ledgers(request: ApiRequest) -> Any:
    """The ledgers that the key opens, with their fields, filters and order."""
    viewer = request.viewer
    demand(viewer, Action.SEE, "ledgers")
    return [_declared(held, request) for held in declaration.every() if viewer.opens(held.code)]


@router.get(
    "/ledgers/{ledger}", response=LedgerOut, summary=N_("一个台账的字段"), description=N_("一个台账的声明。")
)
def ledger(request: ApiRequest, ledger: str) -> Any:
    """A ledger as it is declared."""
    demand(request.viewer, Action.SEE, ledger)
    return _declared(params.ledger_of(ledger, request.viewer), request)


@router.get(
    "/ledgers/{ledger}/rows",
    response=PageOut,
    summary=N_("台账的记录"),
    description=N_("和台账页面相同的筛选、排序和翻页。"),
)
def rows(
    request: ApiRequest,
    ledger: str,
    size: Annotated[int, Query(ge=1, le=MOST, description=N_("一次几条"))] = 50,
    after: Annotated[int | None, Query(ge=1, description=N_("上一页的 following"))] = None,
    sort: Annotated[str, Query(description=N_("字段名，前加 - 为倒序"))] = "",
    col: Annotated[list[str] | None, Query(description=N_("要哪些字段，可写多次"))] = None,
) -> Any:
    """The filters, order and paging of the ledger's own page."""
    held = params.ledger_of(ledger, request.viewer)
    _demand_known(held, request.GET, posted=False)
    wanted = filters.read(held, request.GET, request.viewer)
    return _page(request, held, wanted, arrangement.read(held, request.GET, request.viewer), after, size)


@router.post(
    "/ledgers/{ledger}/rows/find",
    response=PageOut,
    summary=N_("按姓名等条件查台账的记录"),
    description=N_("条件写在正文里，不写进网址；其余和台账的记录相同。"),
)
def find(request: ApiRequest, ledger: str, asked: RowSearch) -> Any:
    """The rows of a ledger by conditions that stand in no address."""
    held = params.ledger_of(ledger, request.viewer)
    given = QueryDict(mutable=True)
    given.update(asked.filters)
    _demand_known(held, given, posted=True)
    given[arrangement.SORT] = asked.sort
    given.setlist(arrangement.COLUMN, asked.col)
    wanted = filters.read(held, given, request.viewer, posted=True)
    arranged = arrangement.read(held, given, request.viewer)
    return _page(request, held, wanted, arranged, asked.after, asked.size)


def _page(
    request: ApiRequest,
    held: Ledger,
    wanted: Filtering,
    arranged: Arrangement,
    after: int | None,
    size: int,
) -> PageOut:
    viewer = request.viewer
    found = queries.found(held, viewer, wanted.where)
    if found.more and arranged.order is not None:
        text = _("超过 %s 条，不能排序，请先筛选。")
        raise Unusable("too_many_to_sort", text % f"{queries.COUNTED_TO:,}")
    page = queries.page(
        held,
        viewer,
        wanted.where,
        fields=arranged.names,
        after=after,
        size=size,
        order=arranged.order,
        known=found,
    )
    return PageOut(
        ledger=held.code,
        as_of=timezone.localdate(),
        count=None if found.more else found.number,
        rows=[values.row(row, page.fields) for row in page.rows],
        following=page.following,
    )


@router.get(
    "/ledgers/{ledger}/rows/{int:id}",
    response=OneOut,
    summary=N_("一条记录和它的经过"),
    description=N_("一条记录的全部字段，和谁在何时改过什么。"),
)
def one(request: ApiRequest, ledger: str, id: int) -> Any:
    """All fields of a row, and who changed what, when and why."""
    viewer = request.viewer
    held = params.ledger_of(ledger, viewer)
    queries.one(held, viewer, id)
    fields = queries.fields_of(held, viewer)
    shown = next(queries.shown(held, viewer, queries.rows(held, viewer).filter(pk=id), fields))
    viewer.note(Action.SEE, f"{held.code}/{id}", rows=1)
    return OneOut(
        ledger=held.code,
        as_of=timezone.localdate(),
        row=values.row(shown, fields),
        history=[
            StepOut(
                at=step.at,
                actor=step.actor,
                what=str(step.what),
                purpose=step.purpose,
                changes=[
                    ChangeOut(label=str(label), before=before.text, after=after.text)
                    for label, before, after in step.changes
                ],
            )
            for step in steps(held, id, viewer)
        ],
    )


@router.post(
    "/ledgers/{ledger}/rows/{int:id}/reveal",
    response=Revealed,
    summary=N_("查看完整的号码"),
    description=N_("要有已确认的“查看完整号码”权限，写明用途，逐次记入访问日志。"),
)
def reveal(request: ApiRequest, ledger: str, id: int, asked: Revealing) -> Any:
    """Asks a confirmed right and a purpose; logged each time."""
    held = params.ledger_of(ledger, request.viewer)
    declared = next((field for field in held.fields if field.name == asked.field), None)
    if declared is None:
        text = _("台账“%(ledger)s”没有字段 %(field)s。")
        raise Unusable("field_unknown", text % {"ledger": held.label, "field": asked.field[:40]})
    whole = queries.reveal(held, request.viewer, id, declared.name, asked.purpose)
    return Revealed(field=declared.name, value=whole)


@router.get(
    "/persons/{int:id}",
    response=DossierOut,
    summary=N_("一人一档"),
    description=N_(
        "她的证件、身份、家庭、收入、经历，统计归属和下一步。并入别的档案的，答复并入后的那一份。"
    ),
)
def person(request: ApiRequest, id: int) -> Any:
    """Who she is, what happened, who answers for her, what is next. A record found to be another's is answered with hers."""
    viewer = request.viewer
    params.opened(PERSONS, viewer)
    found = queries.one(PERSONS, viewer, id)
    assert isinstance(found, Person)
    held = dossiers.dossier(found.canonical_id or id, viewer)
    return DossierOut(
        as_of=timezone.localdate(),
        person=values.row(held.person, queries.fields_of(PERSONS, viewer)),
        certificates=values.rows(CERTIFICATES, held.certificates),
        statuses=values.rows(STATUSES, held.statuses),
        household=values.rows(PERSONS, held.relatives),
        answering=[
            AnswerOut(notice=one.notice, indicator=one.indicator, unit=one.unit, day=one.day)
            for one in held.answering
        ],
        incomes=[MonthOut(month=one.begins, amount=values.typed(one.amount, "money")) for one in held.months],
        events=[
            EventOut(
                ledger=event.ledger.code,
                id=event.pk,
                day=event.day,
                words=list(event.words),
                unit=event.unit,
                state=values.typed(event.state.value),
                lacks=[str(lack) for lack in event.lacks],
            )
            for event in held.events
        ],
        closed=held.closed,
        next=[NextOut(words=step.words, grave=step.grave) for step in held.steps],
    )


@router.post(
    "/persons/look-up",
    response=FoundOut,
    summary=N_("按完整的号码查人"),
    description=N_("要有已确认的报送或“查看完整号码”权限；逐次记入访问日志，每小时有次数上限。"),
)
def look_up(request: ApiRequest, asked: HeldNumber) -> Any:
    """Whose whole number it is; logged as a look-up, and so many an hour."""
    params.opened(PERSONS, request.viewer)
    found = lookups.look_up(asked.number, request.viewer)
    return FoundOut(
        rows=[
            values.row(one, [field for field in PERSONS.fields if field.name in one.cells]) for one in found
        ]
    )


def parameters(field: declaration.Field, *, posted: bool = False) -> list[str]:
    """The parameters that filter a list by a field; those of personal text stand in no address, but in the body (``posted``)."""
    if not field.filtered or (filters.spelt_nowhere(field) and not posted):
        return []
    return [f"{field.name}.min", f"{field.name}.max"] if field.kind == "date" else [field.name]


def _declared(held: Ledger, request: ApiRequest) -> LedgerOut:
    return LedgerOut(
        code=held.code,
        label=str(held.label),
        title=held.title,
        approved=held.approved,
        fields=[
            FieldOut(
                name=field.name,
                label=str(field.label),
                kind=field.kind,
                unit=field.unit,
                choices=_choices(field.choices),
                filters=parameters(field, posted=True),
                sortable=queries.sortable(held, field, request.viewer),
                listed=field.listed,
                personal=field.personal,
            )
            for field in queries.fields_of(held, request.viewer)
        ],
    )


def _choices(declared: Mapping[str, Any]) -> dict[str, str]:
    return {code: str(label) for code, label in declared.items()}


def _demand_known(held: Ledger, given: QueryDict, *, posted: bool) -> None:
    """A filter that is spelt wrong, or left empty, would give rows that nobody asked for.

    Raises Unusable ``name_in_address``, ``parameter_unknown``, ``filter_value``.
    """
    known = {name: field for field in held.fields for name in parameters(field, posted=posted)}
    for name in given:
        if name in OWN and not posted:
            continue
        if not posted and any(field.name == name and filters.spelt_nowhere(field) for field in held.fields):
            text = _("“%s”不写进网址，请用 rows/find，把条件写在正文里。")
            raise Unusable("name_in_address", text % name)
        if name not in known:
            raise Unusable("parameter_unknown", _("没有参数“%s”。") % name[:60])
        if not re.fullmatch(SAID, given.get(name, "")):
            raise Unusable("filter_value", _("参数“%s”没有填内容，不筛选就不要写它。") % name)
