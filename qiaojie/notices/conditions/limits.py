"""From the checks that a notice declares to the limits of a table's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions.faults import unknown_value
from qiaojie.ledgers.conditions.reading import whole
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.limits import Limit, Measure
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.money import FEN

from ..schema import Check, Notice, Table

FieldOf = Callable[[Ledger, str], Field]

_NUMBERS = frozenset({"integer", "money", "percent", "ordinal"})


def of_table(notice: Notice, table: Table, ledger: Ledger, field_of: FieldOf) -> tuple[Limit, ...]:
    """What holds of every row of a table: what its ledgers declare, what the notice says of the ledger, what of the table.

    The order of the two days of a span is left to whoever judges rows, who names the places of both. Raises Unusable
    ``field_unknown``.
    """
    found = _of_ledger(ledger)
    for word, part in ledger.parts.items():
        # Of what is only looked up, a row need not say what every row there has to.
        held = _of_ledger(declaration.get(part.ledger))
        found += [limit.under(word) for limit in held if ledger.makes(word) or not limit.required]
    checks = (*(check for check in notice.checks if check.ledger == ledger.code), *table.checks)
    return (*found, *(_limit(check, ledger, field_of) for check in checks))


def _of_ledger(ledger: Ledger) -> list[Limit]:
    return [limit for limit in ledger.limits if (limit.at_least, limit.field) not in ledger.spans]


def _limit(check: Check, ledger: Ledger, field_of: FieldOf) -> Limit:
    field = field_of(ledger, check.field)
    scale = FEN[check.unit or ""] if field.kind == "money" else 1
    against = check.age_on or check.days_to or check.per or ""
    return Limit(
        code=check.code,
        words=check.words,
        field=check.field,
        level=Level(check.level),
        measure=_measure(check),
        against=against,
        least=_bound(check.min, scale),
        most=_bound(check.max, scale),
        at_least=check.at_least or "",
        at_most=check.at_most or "",
        allowed=frozenset(_bound(value, scale) for value in check.allowed),
        refused=frozenset(_bound(value, scale) for value in check.refused),
        required=check.required,
        when=dict(check.when),
        must=dict(check.must),
    )


def _measure(check: Check) -> Measure:
    if check.age_on:
        return "age"
    if check.days_to or check.days:
        return "days"
    return "share" if check.per else "value"


def _bound(bound: Any, scale: int) -> Any:
    if scale == 1 or isinstance(bound, bool) or not isinstance(bound, int | float):
        return bound
    return whole(Decimal(str(bound)) * scale)


def faults(check: Check, ledger: Ledger, key: str, file: str, field_of: FieldOf) -> Iterator[Fault]:
    """What of a check does not fit the ledger: fields that it does not have, or that cannot be measured so."""
    known: dict[str, Field] = {}
    for part in ("field", "age_on", "days_to", "per", "at_least", "at_most"):
        name = getattr(check, part)
        if not name:
            continue
        try:
            known[part] = field_of(ledger, name)
        except Unusable as unknown:
            yield Fault(file, f"{key}.{part}", unknown.code, unknown.message)
    field = known.get("field")
    if field is None:
        return
    text = _misfit(check, field, known)
    if text:
        yield Fault(file, key, "check_misfit", text)
    numbers = check.min is not None or check.max is not None or check.allowed or check.refused
    if field.kind == "money" and numbers and check.unit is None:
        text = _('“%s”是金额，要在这条核对里写明单位：unit = "元" 或 unit = "万元"。')
        yield Fault(file, f"{key}.unit", "money_unit_missing", text % field.label)
    for part in ("allowed", "refused"):
        for value in getattr(check, part):
            if field.choices and value not in field.choices:
                yield Fault(file, f"{key}.{part}", "value_unknown", unknown_value(field, value))


def _misfit(check: Check, field: Field, known: dict[str, Field]) -> str:
    """Why a field cannot be measured as the check says; '' where it can."""
    label = field.label
    if check.days:
        return "" if field.kind == "date_span" else _("“%s”不是一段日期，不能用 days。") % label
    for part in ("age_on", "days_to"):
        if part in known:
            days = field.kind == "date" and known[part].kind in {"date", "date_span"}
            return (
                ""
                if days
                else _("%(part)s 只用于日期，“%(field)s”或所指的字段不是。") % {"part": part, "field": label}
            )
    if "per" in known:
        numbers = {field.kind, known["per"].kind} <= _NUMBERS
        return "" if numbers else _("per 只用于数字，“%s”或所指的字段不是。") % label
    for part in ("at_least", "at_most"):
        if part in known and not _alike(field, known[part]):
            return _("“%(field)s”不能与“%(other)s”比大小。") % {"field": label, "other": known[part].label}
    for bound in (check.min, check.max):
        fits = field.kind in {"date", "date_span"} if isinstance(bound, date) else field.kind in _NUMBERS
        if bound is not None and not fits:
            return _("“%s”没有大小之分，或与界限不是一类，不能写 min 和 max。") % label
    return _("“%s”不是金额，不写 unit。") % label if check.unit and field.kind != "money" else ""


def _alike(one: Field, other: Field) -> bool:
    dates = {"date", "date_span"}
    return {one.kind, other.kind} <= dates or (one.kind == other.kind and one.kind in _NUMBERS)
