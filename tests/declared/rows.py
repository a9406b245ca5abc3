"""Rows of declared ledgers, made from what the declaration says of their fields."""

from __future__ import annotations

from qiaojie.declared.kept import Kept
from qiaojie.declared.schema import About, DeclaredField
from qiaojie.ledgers import declaration
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
        return field.choices[0].code
    if field.kind == "id_number":
        return identity(901)
    if field.kind == "certificate":
        return f"{identity(901)}43"
    return TYPED[field.kind]


def about(subject: About) -> dict[str, str]:
    """What is typed to say whom or what a row is about."""
    match subject.what:
        case "person":
            return dict(WOMAN)
        case "base":
            return {f"{subject.called}.name": "新村编织基地", f"{subject.called}.kind": "rural"}
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
