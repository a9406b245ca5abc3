"""A notice's tables bound to ledgers: what each column holds, so that one form is filled, checked and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.lib.findings import Unusable
from qiaojie.lib.text import split_unit
from qiaojie.tables.defining import from_mapping
from qiaojie.tables.form import Form

from .faults import Fault
from .schema import Indicator, Notice, Table

_OF_PERSONS = frozenset({"persons", "households", "union", "ratio"})

REGION_FIELD = "region"
"""The field of a matrix's first column: the unit of the row."""


@dataclass(frozen=True)
class TableDef:
    """An official form with its source of rows.

    ``ledger`` is empty for a matrix (regions × indicators; its fields are ``region`` and indicator codes). ``where``
    narrows the ledger, ``sets`` are fields that every row read from a filled form gets, ``claims`` maps a computed
    column's field to the one that keeps what a filled form said. ``period_field`` is the date that decides whether
    a row stands in a period's form; '' for the ledger's own date.
    """

    code: str
    notice: str
    form: Form
    rows: str
    ledger: str
    where: Mapping[str, Any]
    sets: Mapping[str, bool | int | str]
    claims: Mapping[str, str]
    period_field: str

    @property
    def name(self) -> str:
        """``notice/table``, as the command line and addresses write it."""
        return f"{self.notice}/{self.code}"


def ledger_of(code: str) -> Ledger:
    """The ledger of that code. Raises Unusable ``ledger_unknown`` with the codes there are."""
    try:
        return declaration.get(code)
    except KeyError as unknown:
        text = _("没有台账“%(code)s”。现有：%(known)s。")
        known = "、".join(ledger.code for ledger in declaration.every())
        raise Unusable("ledger_unknown", text % {"code": code, "known": known}) from unknown


def field_of(ledger: Ledger, name: str) -> Field:
    """A field by its name, also one of a row that the ledger refers to (``person.phone``).

    Raises Unusable ``field_unknown`` with the names there are.
    """
    first, _dot, rest = name.partition(".")
    try:
        return ledger.field(name)
    except KeyError as unknown:
        if rest and first in ledger.parts:
            part = declaration.get(ledger.parts[first].ledger)
            if any(field.name == rest for field in part.fields):
                return part.field(rest)
        text = _("台账“%(ledger)s”没有字段“%(field)s”。现有：%(known)s。")
        known = "、".join(field.name for field in ledger.fields)
        message = text % {"ledger": ledger.label, "field": name, "known": known}
        raise Unusable("field_unknown", message) from unknown


def build(notice: Notice, table: Table, where: str) -> TableDef:
    """The form of a table, its columns' kinds, units and choices taken from the ledger where not given.

    ``where`` (file and key) begins every message. Raises Unusable for an unknown ledger, field or indicator and for
    whatever is wrong with the form itself.
    """
    declared = table.form
    if table.rows == "matrix":
        declared.setdefault("columns", _matrix_columns(notice, table.corner))
    elif table.ledger is not None:
        ledger = ledger_of(table.ledger)
        declared["columns"] = [_bound(column, ledger, "") for column in declared.get("columns", ())]
    form = from_mapping(declared, where)
    if table.rows == "matrix":
        for name in form.fields:
            if name != REGION_FIELD:
                notice.indicator(name)
    return TableDef(
        code=table.code,
        notice=notice.code,
        form=form,
        rows=table.rows,
        ledger=table.ledger or "",
        where=table.where,
        sets=table.sets,
        claims=table.claims,
        period_field=table.period_field or "",
    )


def _bound(column: Any, ledger: Ledger, unit_above: str) -> Any:
    """A column's declaration with what its field says about it; groups go down to their leaves."""
    if not isinstance(column, Mapping):
        return column
    unit = column.get("unit") or split_unit(str(column.get("label", "")))[1] or unit_above
    if column.get("columns"):
        return {**column, "columns": [_bound(inner, ledger, unit) for inner in column["columns"]]}
    name = column.get("field")
    if not isinstance(name, str):
        return column
    field = field_of(ledger, name)
    defaults: dict[str, Any] = {"kind": field.kind, "computed": field.expression is not None}
    if field.choices:
        defaults["choices"] = {code: str(label) for code, label in field.choices.items()}
    if field.unit and not unit:
        defaults["unit"] = field.unit
    return {**defaults, **column}


def _matrix_columns(notice: Notice, corner: tuple[str, ...]) -> list[dict[str, Any]]:
    """Regions × indicators as the indicators' headings say; indicators of one group stand side by side."""
    first: dict[str, Any] = {"diagonal": list(corner)} if corner else {"label": _("单位")}
    columns: list[dict[str, Any]] = [{**first, "field": REGION_FIELD, "kind": "region"}]
    open_groups: list[tuple[str, list[dict[str, Any]]]] = []
    for indicator in notice.indicators:
        shared = 0
        while shared < min(len(open_groups), len(indicator.group)) and (
            open_groups[shared][0] == indicator.group[shared]
        ):
            shared += 1
        del open_groups[shared:]
        for label in indicator.group[shared:]:
            inner: list[dict[str, Any]] = []
            (open_groups[-1][1] if open_groups else columns).append({"label": label, "columns": inner})
            open_groups.append((label, inner))
        (open_groups[-1][1] if open_groups else columns).append(_matrix_leaf(indicator))
    return columns


def _matrix_leaf(indicator: Indicator) -> dict[str, Any]:
    heading = indicator.heading
    if heading is None:
        heading = indicator.label if indicator.group else f"{indicator.label}（{indicator.unit}）"
    in_header = any(split_unit(text)[1] for text in (*indicator.group, heading))
    unit = {} if in_header else {"unit": indicator.unit}
    return {
        "label": heading,
        "field": indicator.code,
        "kind": "integer",
        "total": True,
        "computed": True,
        **unit,
    }


def faults(notice: Notice, file: str) -> Iterator[Fault]:
    """Everything in a notice that does not fit the ledgers: indicators' conditions, tables and their columns."""
    for indicator in notice.indicators:
        yield from _indicator_faults(indicator, f"indicators.{indicator.code}", file)
    for table in notice.tables:
        key = f"tables.{table.code}"
        try:
            build(notice, table, "")
        except Unusable as wrong:
            yield Fault(file, key, wrong.code, wrong.message.strip())
        yield from _table_faults(table, key, file)


def _indicator_faults(indicator: Indicator, key: str, file: str) -> Iterator[Fault]:
    for number, source in enumerate(indicator.sources):
        place = key if number == 0 else f"{key}.{'reached' if indicator.reached else f'also[{number - 1}]'}"
        try:
            ledger = ledger_of(source.ledger)
        except Unusable as unknown:
            yield Fault(file, f"{place}.ledger", unknown.code, unknown.message)
            continue
        if indicator.count in _OF_PERSONS and ledger.person is None:
            text = _("台账“%s”的记录不指向个人，不能按人数、户数计。")
            yield Fault(file, f"{place}.count", "ledger_without_person", text % ledger.label)
        if source.answered_by not in {"filed", *ledger.units}:
            text = _("台账“%(ledger)s”不能按“%(wanted)s”归口，可写：%(known)s。")
            known = "、".join(["filed", *ledger.units])
            message = text % {"ledger": ledger.label, "wanted": source.answered_by, "known": known}
            yield Fault(file, f"{place}.answered_by", "ledger_without_answer", message)
        yield from _condition_faults(source.where, ledger, f"{place}.where", file)
        if number == 0:
            yield from _condition_faults(indicator.split, ledger, f"{place}.split", file)
            yield from _condition_faults(indicator.prefer, ledger, f"{place}.prefer", file)
            yield from _of_faults(indicator, ledger, place, file)


def _of_faults(indicator: Indicator, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    """``of`` names a row that the ledger refers to (things), or a number of its own (sum)."""
    if indicator.count == "things" and indicator.of not in ledger.parts:
        known = "、".join(ledger.parts) or _("无")
        text = _("台账“%(ledger)s”的记录不指向“%(of)s”，可写：%(known)s。")
        message = text % {"ledger": ledger.label, "of": indicator.of, "known": known}
        yield Fault(file, f"{key}.of", "part_unknown", message)
    if indicator.count == "sum":
        numbers = [field.name for field in ledger.fields if field.kind in {"integer", "money"}]
        if indicator.of not in numbers:
            text = _("“%(of)s”不是台账“%(ledger)s”的数字字段，可写：%(known)s。")
            message = text % {"of": indicator.of, "ledger": ledger.label, "known": "、".join(numbers)}
            yield Fault(file, f"{key}.of", "field_not_number", message)


def _table_faults(table: Table, key: str, file: str) -> Iterator[Fault]:
    if table.ledger is None:
        return
    try:
        ledger = ledger_of(table.ledger)
    except Unusable:
        return  # Said when the form was built.
    yield from _condition_faults(table.where, ledger, f"{key}.where", file)
    yield from _condition_faults(table.sets, ledger, f"{key}.sets", file)
    for claimed, keeper in table.claims.items():
        for name, computed in ((claimed, True), (keeper, False)):
            try:
                found = field_of(ledger, name)
            except Unusable as unknown:
                yield Fault(file, f"{key}.claims.{claimed}", unknown.code, unknown.message)
                continue
            if (found.expression is not None) is not computed:
                text = _("“%s”应当是算出来的字段。") if computed else _("“%s”是算出来的字段，不能存填报数。")
                yield Fault(file, f"{key}.claims.{claimed}", "claim_form", text % name)
    if table.period_field is not None:
        try:
            found = field_of(ledger, table.period_field)
        except Unusable as unknown:
            yield Fault(file, f"{key}.period_field", unknown.code, unknown.message)
            return
        if found.kind != "date":
            message = _("“%s”不是日期字段。") % table.period_field
            yield Fault(file, f"{key}.period_field", "value_type", message)


def _condition_faults(where: Mapping[str, Any], ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    for name, wanted in where.items():
        try:
            field = ledger.field(name)
        except KeyError:
            field = None
        if field is None:
            text = _("台账“%(ledger)s”没有字段“%(field)s”。现有：%(known)s。")
            known = "、".join(each.name for each in ledger.fields)
            message = text % {"ledger": ledger.label, "field": name, "known": known}
            yield Fault(file, f"{key}.{name}", "field_unknown", message)
            continue
        if isinstance(wanted, dict):
            values = list(wanted.values())
            if set(wanted) != {"not"} and (field.choices or field.kind == "yes_no"):
                message = _("“%s”没有大小之分，不能写 min 和 max。") % field.label
                yield Fault(file, f"{key}.{name}", "value_type", message)
                continue
        else:
            values = wanted if isinstance(wanted, list) else [wanted]
        if field.choices:
            for value in values:
                if value not in field.choices:
                    text = _("“%(value)s”不在“%(field)s”的取值之中：%(known)s。")
                    known = "、".join(field.choices)
                    message = text % {"value": value, "field": field.label, "known": known}
                    yield Fault(file, f"{key}.{name}", "value_unknown", message)
        elif field.kind == "yes_no" and not all(isinstance(value, bool) for value in values):
            message = _("“%s”只能是 true 或 false。") % field.label
            yield Fault(file, f"{key}.{name}", "value_type", message)
