"""What is collected of persons and agencies only because a form orders it: each field with the forms that do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qiaojie.ledgers import declaration
from qiaojie.lib.values import Label
from qiaojie.notices import queries
from qiaojie.notices.ledger_fields import CollectionOrder


@dataclass(slots=True)
class OrderedField:
    """A field, of what it is, and the forms that order it: notice and table by their codes, and what the form is called."""

    label: Label
    of: Label
    forms: list[tuple[str, str, str]] = field(default_factory=list)


def by_field(orders: Iterable[CollectionOrder]) -> list[OrderedField]:
    """What forms order, by field in the order of its ledger."""
    found: dict[tuple[str, str], OrderedField] = {}
    for one in orders:
        ledger = declaration.get(one.owner)
        held = found.setdefault(
            (one.owner, one.bare), OrderedField(ledger.field(one.bare).label, ledger.label)
        )
        notice = queries.notice(one.notice)
        called = next((table.called for table in notice.tables if table.code == one.table), one.table)
        held.forms.append((one.notice, one.table, f"{notice.short or notice.title}：{called}"))
    order = {
        (ledger.code, each.name): at
        for ledger in declaration.every()
        for at, each in enumerate(ledger.fields)
    }
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != "persons", key[0], order[key]))]
