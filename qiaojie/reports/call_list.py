"""Whom to call up (通知名单): the people of one step of 差一步 by village, with what each is to bring, as a file to print.

A paper that lies open in a village office: no identity number and no category stands on it, and telephones as lists show them
unless somebody who may see them whole asks for them with a purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Unusable
from qiaojie.people.queries import canonical_of
from qiaojie.regions.models import Level
from qiaojie.tables.form import Caption, Column, Form
from qiaojie.tables.grid import Filled, Mark
from qiaojie.tables.writing import write as write_file

FORMATS = ("pdf", "xlsx", "docx")
MOST = 5_000
"""Rows that one list is made of: more than an office calls in a month; whoever has more chooses a township first."""

UNKNOWN = "居住地不详"
_TITLE = "通知名单：%s"
_CAPTIONS = (Caption("指标：", "indicator"), Caption("截至：", "on", "date", align="right"))
_COLUMNS = (
    Column("乡镇（街道）", "township", "region"),
    Column("村（社区）", "village", "region"),
    Column("村内序号", "place", "integer", width=6),
    Column("姓名", "name", "name"),
    Column("联系电话", "phone", "phone"),
    Column("什么事", "matter", align="left"),
    Column("请带", "bring", align="left"),
    Column("联系结果", "result", by_hand=True, width=14),
)
"""Files are Chinese in every interface."""
_NOTE = "按居住地排列，居住地没有登记的按户籍地。名单上不写身份证号和残疾类别；用完请收回销毁。"
NO_PHONE = "没有登记"
"""What stands in the list for a telephone that nobody has."""


def write(
    ledger: Ledger,
    step: Field,
    within: QuerySet[Model],
    viewer: Viewer,
    form: str,
    captions: Mapping[str, Any],
    purpose: str,
    *,
    whole: bool = False,
) -> bytes:
    """The people of a step's facts that the viewer may see, each once, by township and village; logged as an export, and where
    telephones are ``whole`` as a look at them besides. Six queries, whatever their number.

    Raises Refused where the role may not export, or see telephones whole; Unusable ``purpose_missing``, ``format_unknown``,
    ``export_too_long``, ``nobody_to_call`` (the facts are about nobody).
    """
    subject = f"calls/{ledger.code}/{step.name}.{form}"
    demand(viewer, Action.EXPORT, subject)
    if whole:
        demand(viewer, Action.REVEAL, f"{subject}/person.phone")
    if form not in FORMATS:
        raise Unusable("format_unknown", _("不能导出为“%s”。") % form[:20])
    if not purpose.strip():
        raise Unusable("purpose_missing", _("名单含有个人信息，请写明用途。"))
    if ledger.person is None:
        raise Unusable("nobody_to_call", _("这一步不是关于个人的，没有要通知的人。"))
    found = queries.rows(ledger, viewer).filter(pk__in=within.order_by().values("pk")).order_by("pk")
    keys = list(found.values_list("pk", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        raise Unusable("export_too_long", _("超过 %s 条，请先按居住地挑选。") % f"{MOST:,}")
    rows = _rows(ledger, step, keys, viewer, whole=whole)
    filled = Filled(
        Form("call-list", _TITLE % step.lack, _COLUMNS, captions=_CAPTIONS, notes=(_NOTE,)),
        captions,
        rows,
        mark=watermark(viewer),
    )
    content = write_file(filled, form)
    viewer.note(Action.EXPORT, subject, rows=len(rows), purpose=purpose)
    if whole:
        viewer.note(Action.REVEAL, f"{subject}/person.phone", rows=len(rows), purpose=purpose)
    return content


def _rows(
    ledger: Ledger, step: Field, keys: list[int], viewer: Viewer, *, whole: bool
) -> list[dict[str, Any]]:
    facts = ledger.model._default_manager.filter(pk__in=keys).order_by("pk")
    told = [ledger.field("person.name"), ledger.field("person.phone"), *_matter(ledger)]
    phones = dict(facts.values_list("pk", f"{ledger.person}__phone")) if whole else {}
    homes = _homes(ledger, facts)
    people: dict[int, dict[str, Any]] = {}
    shown = list(queries.shown(ledger, viewer, facts, told))
    kept = canonical_of({row.person_id for row in shown if row.person_id is not None})
    for row in shown:
        matter = "，".join(row.cells[field.name].text for field in _matter(ledger)) or str(ledger.label)
        person = people.get(kept.get(row.person_id or 0, 0))
        if person is not None:
            person["matter"] = "；".join(dict.fromkeys([*person["matter"].split("；"), matter]))
            continue
        township, village = homes[row.pk]
        phone = phones.get(row.pk) if whole else row.cells["person.phone"].text
        people[kept.get(row.person_id or 0, 0)] = {
            "township": township,
            "village": village,
            "name": Mark(row.cells["person.name"].text),
            "phone": Mark(phone or NO_PHONE),
            "matter": matter,
            "bring": str(step.remedy.bring) if step.remedy else "",
            "by": (township == UNKNOWN, township, village, row.cells["person.name"].text),
        }
    ordered = sorted(people.values(), key=lambda person: person["by"])
    found: list[dict[str, Any]] = []
    for _place, group in groupby(ordered, key=lambda person: person["by"][:3]):
        found += [{**person, "place": place} for place, person in enumerate(group, start=1)]
    return found


def _matter(ledger: Ledger) -> list[Field]:
    """The field that says what it is about: the class, the employer, the service."""
    own = (
        field
        for field in ledger.fields
        if field.listed and field.kind == "text" and field.expression is None and "person." not in field.name
    )
    return [next(own)] if ledger.title.startswith("person.") else []


def _homes(ledger: Ledger, facts: QuerySet[Model]) -> dict[int, tuple[str, str]]:
    """By fact the township and the village that its person lives in, or is registered in where no home is known; one query."""
    columns = ["name", "level", "parent__name"]
    paths = [f"{ledger.person}__{at}__{column}" for at in ("home", "hukou") for column in columns]
    found = {}
    for pk, *values in facts.values_list("pk", *paths):
        name, level, above = values[:3] if values[0] else values[3:]
        if not name:
            found[pk] = (UNKNOWN, "")
        elif level > Level.TOWNSHIP:
            found[pk] = (above or UNKNOWN, name)
        else:
            found[pk] = (name, "")
    return found
