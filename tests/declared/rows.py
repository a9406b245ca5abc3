"""Rows of declared ledgers, made from what the declaration says of their fields."""

from __future__ import annotations

from datetime import date

from django.db.models import Model

from qiaojie.accounts.models import Agency, WorkLine
from qiaojie.bases.models import Base
from qiaojie.codes.choices import choices
from qiaojie.declared.kept import Kept
from qiaojie.declared.schema import About, DeclaredField
from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import State
from qiaojie.people.models import Household
from qiaojie.regions.models import Region
from tests.web.factories import identity

WOMAN = {"person.name": "王新人", "person.id_number": identity(900), "person.phone": "13900000900"}

TYPED = {
    "text": "新村",
    "note": "当面谈过，有意愿",
    "integer": "3",
    "money": "1200.50",
    "date": "2023-06-01",
    "month": "2023-06-01",
    "date_span": "2023.6.1-2023.6.20",
    "yes_no": "1",
    "region": "涪陵区",
    "name": "张经办",
    "phone": "13900000901",
    "address": "新村三组",
}
"""What is typed into a field of a kind."""


def row_of(kept: Kept) -> dict[str, str]:
    """A row as it is typed: codes of choices, days as the browser sends them. A part is never more than its whole."""
    row: dict[str, str] = {}
    for subject in kept.declared.subjects:
        row |= about(subject)
    for field in kept.declared.fields:
        if not field.retired:
            row[field.code] = typed(field)
    return row


def typed(field: DeclaredField) -> str:
    """What is typed into a field."""
    if field.kind == "choice":
        return field.choices[0].code if field.choices else next(iter(choices(field.list or "")))
    if field.kind == "id_number":
        return identity(901)
    return TYPED[field.kind]


def about(subject: About) -> dict[str, str]:
    """What is typed to say whom or what a row is about."""
    match subject.what:
        case "person":
            return dict(WOMAN)
        case "base":
            return {f"{subject.called}.name": "新村编织基地"}
        case "agency":
            return {f"{subject.called}.name": "新村合作社"}
        case "household":
            return {f"{subject.called}.number": "F-12"}
        case "region":
            return {subject.called: "涪陵区"}
        case _:
            other = declaration.get(subject.what)
            wanted = {other.title, *other.key}
            found = {}
            for field in other.fields:
                if field.name in wanted or field.column in wanted:
                    found[f"{subject.called}.{field.name}"] = TYPED[field.kind]
            return found


def referred(kept: Kept, region: Region) -> list[Model]:
    """The rows that a row refers to and does not make itself, as they are named there."""
    return [
        _made(subject, region)
        for subject in kept.declared.subjects
        if subject.what not in {"person", "region"}
    ]


def _made(subject: About, region: Region) -> Model:
    match subject.what:
        case "base":
            return Base.objects.create(
                name="新村编织基地", kind="rural", filed_by=region, state=State.APPROVED
            )
        case "household":
            return Household.objects.create(number="F-12", region=region, county=region)
        case "agency":
            return Agency.objects.create(name="新村合作社", region=region, line=WorkLine.OTHER)
    other = declaration.get(subject.what)
    day = date(2023, 6, 1)
    values: dict[str, object] = {}
    for field in other.fields:
        if field.column in {other.title, *other.key} and "__" not in field.column:
            values[field.column] = TYPED[field.kind] if field.kind == "text" else day
            if field.until:
                values[field.until] = date(2023, 6, 20)
    return other.model._default_manager.create(
        **{"filed_by": region, "happened_on": day, "state": State.APPROVED, **values}
    )
