"""A notice's tables bound to ledgers: what each column holds, so that one form is filled, checked and read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.folders.faults import Fault
from qiaojie.ledgers import declaration
from qiaojie.ledgers.conditions import reading
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.limits import Limit
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.text import split_unit
from qiaojie.tables.defining import caption_mapping, from_mapping
from qiaojie.tables.form import Form

from . import added_columns, choice_labels, divisions, ledger_fields, matrix, shape, systems
from .conditions import limits
from .ledger_fields import field_of as field_of
from .ledger_fields import ledger_of as ledger_of
from .matrix import REGION_FIELD, Show
from .naming import called
from .schema import Check, Figure, Indicator, Notice, Table
from .shape import Shape

_OF_PERSONS = frozenset({"persons", "households", "union", "ratio"})
_LISTED = frozenset({"persons", "events", "things"})
"""Ways of counting whose every unit has one row behind it, so that a list of them can be printed."""


@dataclass(frozen=True, eq=False)
class TableDef:
    """An official form with its source of rows; the same object until its folder changes.

    ``ledger`` is empty for a matrix (regions × indicators; its fields are ``region`` and indicator codes). ``where``
    narrows the ledger, ``sets`` are fields that every row read from a filled form gets, ``claims`` maps a computed
    column's field to the one that keeps what a filled form said. ``period_field`` is the date that decides whether
    a row stands in a period's form; '' for the ledger's own date. ``group`` and ``figures`` say how rows of groups
    are made; ``indicator`` is the one whose counted rows are listed. ``limits`` are what a row that is read must hold
    to. Of an outside system's list, ``match`` are the fields that tell with the person which row of ours is meant,
    ``unit`` the one that says for which region a row stands.
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
    group: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    indicator: str = ""
    limits: tuple[Limit, ...] = ()
    match: tuple[str, ...] = ()
    unit: str = ""
    reasons: tuple[str, ...] = ()
    """Codes of warnings that may pass only with a reason."""
    apart: str = ""

    @property
    def called(self) -> str:
        """What people call the form outside its paper."""
        return called(self.form.title, self.apart)

    @property
    def handed_in(self) -> bool:
        """Whether a filled form of it can be read into its ledger: its rows are facts."""
        return self.rows in {"ledger", "counted"}

    @property
    def name(self) -> str:
        """``notice/table``, as the command line and addresses write it."""
        return f"{self.notice}/{self.code}"

    @cached_property
    def above(self) -> tuple[str, ...]:
        """Fields of the ledger that the form's captions say for all of its rows (a base's name above those it helped)."""
        return shape.said_above(self.ledger, self.form)

    @cached_property
    def shape(self) -> Shape:
        """How the table's fields fall to the rows of ledgers; worked out once.

        Raises Unusable: ``table_not_read`` (a matrix is computed, not handed in), ``table_incomplete`` where the table
        lacks a column that every row of its ledger needs.
        """
        if not self.handed_in:
            raise Unusable("table_not_read", _("“%s”由系统计算生成，不能导入。") % self.name)
        return _parted(self, (), declaration.revision())

    def shape_with(self, names: Iterable[str]) -> Shape:
        """The shape of a sheet that has columns of these fields, those that are only lent to the form among them."""
        lent = self.form.lent_fields.intersection(names)
        return _parted(self, tuple(sorted(lent)), declaration.revision()) if lent else self.shape

    def demand_taken(self) -> Shape:
        """The shape of a table whose filled forms can be taken in. Raises Unusable as ``shape``."""
        return self.shape

    @cached_property
    def takes(self) -> bool:
        """Whether a filled form of it can be taken in at all: it has what every row of its ledgers needs."""
        try:
            self.demand_taken()
        except Unusable:
            return False
        return True


@lru_cache(maxsize=64)
def _parted(table: TableDef, lent: tuple[str, ...], revision: int) -> Shape:
    fields = (*table.form.readable_fields, *table.above, *lent)
    return shape.part(table.name, table.ledger, fields, table.claims, table.sets, table.limits)


def build(notice: Notice, table: Table, where: str, left: frozenset[str] = frozenset()) -> TableDef:
    """The form of a table, its columns' kinds, units and choices taken from the ledger where not given; without the fields that
    are ``left`` out since no order collects them now.

    ``where`` (file and key) begins every message. Raises Unusable for an unknown ledger, field or indicator and for
    whatever is wrong with the form itself.
    """
    if table.rows == "matrix":
        return _matrix(notice, table, where)
    code, conditions = table.ledger or "", dict(table.where)
    if table.indicator is not None:
        source = _listed(notice.indicator(table.indicator))
        code, conditions = source.ledger or "", dict(source.where)
    ledger = ledger_of(code)
    declared = ledger_fields.without(table.form, left) if left else table.form
    bind = _Binding(ledger, table, notice)
    declared["columns"] = [bind.column(column, "") for column in declared.get("columns", ())]
    for key in ("captions", "signatures"):
        if key in declared:
            declared[key] = [bind.caption(item) for item in declared[key]]
    form = from_mapping(declared, where)
    form = replace(form, columns=choice_labels.labelled(ledger, form.columns))
    if table.handed_in:
        form = replace(form, accepted=tuple(added_columns.accepted(ledger, form)) if notice.orders else ())
    built = TableDef(
        code=table.code,
        notice=notice.code,
        form=form,
        rows=table.rows,
        ledger=code,
        where=conditions,
        sets=table.sets,
        claims=table.claims,
        period_field=table.period_field or "",
        group=table.group,
        figures=table.figures,
        indicator=table.indicator or "",
        reasons=table.reasons,
        apart=table.apart,
        limits=limits.of_table(notice, table, ledger, field_of) if table.handed_in else (),
        match=table.match,
        unit=table.unit or "",
    )
    if not built.handed_in or not built.takes:
        # What a form lacks that every row needs is its fault, and not made good by what an office may add.
        return built
    lent = choice_labels.labelled(ledger, added_columns.lent(ledger, form, {**conditions, **table.sets}))
    return replace(built, form=replace(form, accepted=(*form.accepted, *lent)))


def matrix_form(notice: Notice, code: str, show: Show) -> Form:
    """The form of a matrix that shows something else than the notice's own targets. Raises Unusable
    ``table_not_matrix``."""
    table = next(declared for declared in notice.tables if declared.code == code)
    if table.rows != "matrix":
        text = _("“%s”不是按单位和指标列的表，不能选择显示内容。") % f"{notice.code}/{code}"
        raise Unusable("table_not_matrix", text)
    own_columns = "columns" in table.form
    if own_columns and show is not Show.TARGET:
        text = _("“%s”自己写了栏目，只能显示任务数。") % f"{notice.code}/{code}"
        raise Unusable("table_not_matrix", text)
    return from_mapping(
        matrix.declared(notice, table.form, table.corner, show), f"{notice.code} tables.{code}"
    )


def _matrix(notice: Notice, table: Table, where: str) -> TableDef:
    form = from_mapping(matrix.declared(notice, table.form, table.corner, Show.TARGET), where)
    for name in form.fields:
        if name != REGION_FIELD:
            notice.indicator(name)
    return TableDef(table.code, notice.code, form, table.rows, "", {}, {}, {}, "")


def _listed(indicator: Indicator) -> Indicator:
    """The indicator, if what it counts can be listed row by row. Raises Unusable ``indicator_not_listed``."""
    if indicator.count not in _LISTED:
        text = _("指标“%s”的计数方式不能逐条列成名单（可列：persons、events、things）。") % indicator.code
        raise Unusable("indicator_not_listed", text)
    return indicator


@dataclass(frozen=True)
class _Binding:
    """Gives columns and captions what their fields of the ledger (or figures of a group) say about them."""

    ledger: Ledger
    table: Table
    notice: Notice

    def column(self, column: Any, unit_above: str) -> Any:
        """A column's declaration with what its field says about it; groups go down to their leaves."""
        if not isinstance(column, Mapping):
            return column
        unit = column.get("unit") or split_unit(str(column.get("label", "")))[1] or unit_above
        if column.get("columns"):
            return {**column, "columns": [self.column(inner, unit) for inner in column["columns"]]}
        name = column.get("field")
        if not isinstance(name, str):
            return column
        if self.table.rows == "groups" and name not in self.table.group:
            return {**self.figure(name, unit), **column}
        return {**_said(field_of(self.ledger, name), unit), **systems.mapped(self.notice, column)}

    def figure(self, name: str, unit: str) -> dict[str, Any]:
        """What a column of a group's figure is: a number that the programme computes, summed where it may be."""
        figure = self.table.figures.get(name)
        if figure is None:
            known = "、".join([*self.table.group, *self.table.figures])
            text = _("“%(field)s”不在 group 和 figures 之中。现有：%(known)s。")
            raise Unusable("field_unknown", text % {"field": name, "known": known})
        defaults: dict[str, Any] = {"kind": "integer"}
        if figure.count == "sum":
            defaults = _said(field_of(self.ledger, figure.of or ""), unit)
        return {**defaults, "computed": True, "total": True}

    def caption(self, item: Any) -> Any:
        """A caption whose field can only have certain values says them, so that it is read as one of them."""
        item = caption_mapping(item)
        if not isinstance(item, Mapping) or "kind" in item:
            return item
        found = next((each for each in self.ledger.fields if each.name == item.get("field")), None)
        if found is None or not found.choices:
            return item
        return {
            **item,
            "kind": "choice",
            "choices": {code: str(label) for code, label in found.choices.items()},
        }


def _said(field: Field, unit: str) -> dict[str, Any]:
    """A column's kind, choices and unit as its field declares them."""
    defaults: dict[str, Any] = {
        "kind": field.table_kind,
        "computed": field.expression is not None,
        "called": [str(field.label), *field.headers],
    }
    if field.choices:
        defaults["choices"] = {code: str(label) for code, label in field.choices.items()}
    if field.unit and not unit:
        defaults["unit"] = field.unit
    return defaults


def faults(notice: Notice, file: str) -> Iterator[Fault]:
    """Everything in a notice that does not fit the ledgers: indicators' conditions, tables and their columns."""
    for indicator in notice.indicators:
        yield from _indicator_faults(indicator, f"indicators.{indicator.code}", file)
    for table in notice.tables:
        key = f"tables.{table.code}"
        try:
            built = build(notice, table, "")
        except Unusable as wrong:
            yield Fault(file, key, wrong.code, wrong.message.strip())
        else:
            yield from _unread_faults(notice, built, key, file)
            if notice.orders and built.handed_in:
                yield from added_columns.unkept(built.form, key, file)
        yield from _table_faults(notice, table, key, file)
    yield from _order_hints(notice, file)
    yield from _check_faults(notice, file)
    yield from _ruling_faults(notice, file)


def _order_hints(notice: Notice, file: str) -> Iterator[Fault]:
    """``collected_by_order``: what each form asks that nobody is asked for without it."""
    ordered: dict[str, list[str]] = {}
    for one in ledger_fields.orders(notice):
        ordered.setdefault(one.table, []).append(str(one.field.label))
    text = _("这张表要收集%s：只在通知启用期间收集，用不着的请从表里删去。")
    for table, labels in ordered.items():
        yield Fault(file, f"tables.{table}", "collected_by_order", text % "、".join(labels), Level.HINT)


def _unread_faults(notice: Notice, table: TableDef, key: str, file: str) -> Iterator[Fault]:
    """``table_incomplete`` where a form that offices fill in could not be taken in. An outside system's list need not be:
    it is compared."""
    if not (notice.orders and table.handed_in):
        return
    try:
        table.demand_taken()
    except Unusable as lacking:
        # An unknown field of ``sets`` or ``claims`` is said where those are looked at.
        if lacking.code == "table_incomplete":
            yield Fault(file, key, "table_incomplete", lacking.message, Level.WARNING)


def _ruling_faults(notice: Notice, file: str) -> Iterator[Fault]:
    """Conditions that a ruling states and the ledger of its indicator does not know."""
    by_code = {indicator.code: indicator for indicator in notice.indicators}
    for number, ruling in enumerate(notice.rulings):
        indicator = by_code.get(ruling.indicator)
        if indicator is not None and indicator.ledger is not None and ruling.where:
            ledger = ledger_of(indicator.ledger)
            yield from _condition_faults(ruling.where, ledger, f"rulings.{number}.where", file)


def _check_faults(notice: Notice, file: str) -> Iterator[Fault]:
    """Checks that nothing of their ledger can be held against, and those for whom nobody says what rows they mean."""
    codes = {indicator.code: indicator for indicator in notice.indicators}
    for check in notice.checks:
        key = f"checks.{check.code}"
        if check.ledger is None:
            yield Fault(file, f"{key}.ledger", "check_form", _("要写 ledger（核对哪个台账的记录）。"))
        else:
            yield from _one_check_faults(check, check.ledger, key, file)
    for table in notice.tables:
        counted = codes.get(table.indicator or "")
        ledger = table.ledger or (counted.ledger if counted else None)
        for check in table.checks:
            yield from _one_check_faults(check, ledger, f"tables.{table.code}.checks.{check.code}", file)


def _one_check_faults(check: Check, code: str | None, key: str, file: str) -> Iterator[Fault]:
    try:
        ledger = ledger_of(code or "")
    except Unusable as unknown:
        yield Fault(file, f"{key}.ledger", unknown.code, unknown.message)
        return
    yield from limits.faults(check, ledger, key, file, field_of)
    for word in ("when", "must"):
        yield from _condition_faults(getattr(check, word), ledger, f"{key}.{word}", file, asked=False)


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
            text = _("台账“%(ledger)s”不能按“%(wanted)s”确定统计归属，可写：%(known)s。")
            known = "、".join(["filed", *ledger.units])
            message = text % {"ledger": ledger.label, "wanted": source.answered_by, "known": known}
            yield Fault(file, f"{place}.answered_by", "ledger_without_answer", message)
        yield from _condition_faults(source.where, ledger, f"{place}.where", file)
        if number == 0:
            for name in ("split", "prefer", "beside"):
                yield from _condition_faults(getattr(indicator, name), ledger, f"{place}.{name}", file)
            yield from divisions.faults(indicator, ledger, place, file)
            yield from _of_faults(indicator, ledger, place, file)


def _of_faults(indicator: Indicator | Figure, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
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


def _table_faults(notice: Notice, table: Table, key: str, file: str) -> Iterator[Fault]:
    if table.ledger is None:
        return
    try:
        ledger = ledger_of(table.ledger)
    except Unusable:
        return  # Said when the form was built.
    yield from _condition_faults(table.where, ledger, f"{key}.where", file)
    yield from _set_faults(table, ledger, f"{key}.sets", file)
    yield from _group_faults(table, ledger, key, file)
    for column in _leaves(table.form.get("columns", ())):
        applies = column.get("applies", {})
        yield from _condition_faults(applies, ledger, f"{key}.applies", file, asked=table.rows == "groups")
        yield from _map_faults(notice, column, ledger, f"{key}.columns", file)
    for name in (*table.match, *((table.unit,) if table.unit else ())):
        if name not in {column.get("field") for column in _leaves(table.form.get("columns", ()))}:
            text = _("“%s”不是这张表的栏目。") % name
            yield Fault(file, f"{key}.{'unit' if name == table.unit else 'match'}", "field_unknown", text)
    yield from _claim_faults(table, ledger, key, file)
    yield from _period_faults(table, ledger, key, file)


def _claim_faults(table: Table, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    """A figure that comes back is claimed of a computed field, and kept in one that is not."""
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


def _period_faults(table: Table, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    """Rows fall to a period by a day."""
    if table.period_field is None:
        return
    try:
        found = field_of(ledger, table.period_field)
    except Unusable as unknown:
        yield Fault(file, f"{key}.period_field", unknown.code, unknown.message)
        return
    if found.kind != "date":
        message = _("“%s”不是日期字段。") % table.period_field
        yield Fault(file, f"{key}.period_field", "value_type", message)


def _map_faults(
    notice: Notice, column: Mapping[str, Any], ledger: Ledger, key: str, file: str
) -> Iterator[Fault]:
    if "map" not in column:
        return
    try:
        choices = field_of(ledger, str(column.get("field", ""))).choices
    except Unusable:
        return  # Said when the form was built.
    if not choices:
        text = _("“%s”没有固定的取值，不能写 map。") % column.get("label", "")
        yield Fault(file, f"{key}.map", "map_misfit", text)
        return
    yield from systems.faults(notice, str(column["map"]), choices, key, file)


def _leaves(columns: Any) -> Iterator[Mapping[str, Any]]:
    for column in columns:
        if isinstance(column, Mapping):
            yield from _leaves(column["columns"]) if column.get("columns") else iter([column])


def _group_faults(table: Table, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    """``group`` names fields of the ledger, ``figures`` count what it has."""
    known = [field.name for field in ledger.fields if not field.until]
    for name in table.group:
        if name not in known:
            text = _("台账“%(ledger)s”没有可以分组的字段“%(field)s”。现有：%(known)s。")
            words = {"ledger": ledger.label, "field": name, "known": "、".join(known)}
            yield Fault(file, f"{key}.group", "field_unknown", text % words)
    for word, figure in table.figures.items():
        place = f"{key}.figures.{word}"
        if figure.count == "persons" and ledger.person is None:
            text = _("台账“%s”的记录不指向个人，不能按人数、户数计。")
            yield Fault(file, f"{place}.count", "ledger_without_person", text % ledger.label)
        yield from _condition_faults(figure.where, ledger, f"{place}.where", file)
        yield from _of_faults(figure, ledger, place, file)


def _set_faults(table: Table, ledger: Ledger, key: str, file: str) -> Iterator[Fault]:
    """Fixed values of fields: as in conditions, but for money, whose unit has no place there."""
    for name, value in table.sets.items():
        for fault in _condition_faults({name: value}, ledger, key, file, asked=False):
            if fault.code == "money_unit_missing":
                text = _("金额不能写在 sets 里：每一行的金额要由表上的栏目填写。")
                yield replace(fault, code="value_type", message=text)
            else:
                yield fault


def _condition_faults(
    where: Mapping[str, Any], ledger: Ledger, key: str, file: str, *, asked: bool = True
) -> Iterator[Fault]:
    """What of a condition does not suit the ledger; ``asked`` as ``conditions.reading.read`` has it."""
    for fault in reading.read(ledger, where, key, asked=asked)[1]:
        yield Fault(file, fault.key, fault.code, fault.message)
