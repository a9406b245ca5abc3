"""Whether a database has the shape that the models describe: nothing missing, nothing that somebody put there beside it.

What is wanted is worked out from the models, without a database: so it says nothing of what an installation happens to have.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from qiaojie.lib.dialects import Guard, is_server

from . import found_shape
from .found_shape import (
    CHECK,
    EXPRESSION,
    INDEX,
    KEY,
    REFERENCE,
    UNIQUE,
    Acting,
    Limit,
    TableShape,
    gist,
    inside,
)

FUNCTIONS: Final = ("qiaojie_analyze",)
"""Functions of ours that no guard calls (``accounts.rights``)."""

_IDLE: Final = ("view", "function")
"""What does nothing unless somebody asks for it: whoever runs the server may have it for purposes of their own."""

_WHOLE: Final = {"integer", "bigint"}
"""Whole numbers: which of the two a key handed out by the database is hangs on when its table was made, and says nothing."""

_BRACKET: Final = re.compile(r"\bCHECK\s*(?=\()", re.IGNORECASE)
_WHERE: Final = re.compile(r"\bWHERE\b", re.IGNORECASE)
_BODY: Final = re.compile(r"\$\$(.*)\$\$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing in which a database is not as it should be. ``code`` for programs; ``grave``: rows can be changed, doubled or
    lost by it."""

    code: str
    message: str
    grave: bool = True


def deviations(database: BaseDatabaseWrapper, guards: dict[str, Guard]) -> list[Deviation]:
    """In what a database differs from what the models describe and the guards say, in a fixed order. Reads only the catalogue."""
    wanted = wanted_tables(database)
    found = found_shape.tables(database)
    return [
        *_of_tables(wanted, found),
        *_of_acting(found_shape.acting(database), _wanted_acting(database, guards)),
    ]


# --- what there should be --------------------------------------------------------------------------------------------


def wanted_tables(database: BaseDatabaseWrapper) -> dict[str, TableShape]:
    """The tables that lie in this database, as the models describe them."""
    known: list[Any] = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    held = [
        model
        for model in known
        if model._meta.managed
        and not model._meta.proxy
        and (model is MigrationRecorder.Migration or router.allow_migrate_model(database.alias, model))
    ]
    return {model._meta.db_table: _wanted(model, database) for model in held}


def _wanted(model: type[models.Model], database: BaseDatabaseWrapper) -> TableShape:
    # It is asked for statements and runs none.
    editor = database.schema_editor(collect_sql=True)
    shape = TableShape()
    # What Django's types leave open (a field without a column, an index as a field has it) is settled here: these are columns.
    fields: list[Any] = [one for one in model._meta.local_concrete_fields if one.column is not None]
    for one in fields:
        shape.columns[one.column] = _kind(str(one.db_type(database)), database)
    for one in fields:
        shape.limits |= set(_of_field(one, database, shape.columns))
    keys = [str(one.column) for one in model._meta.pk_fields]
    shape.limits.add(Limit(KEY, tuple(sorted(keys))))
    for names in model._meta.unique_together:
        shape.limits.add(Limit(UNIQUE, tuple(_columns(model, names))))
    for index in model._meta.indexes:
        columns = _columns(model, [name for name, _order in index.fields_orders], index.expressions)
        told = gist(_after_where(index.create_sql(model, editor)), shape.columns) if index.condition else ""
        shape.limits.add(Limit(INDEX, (*columns, *_columns(model, index.include)), condition=told))
    for constraint in model._meta.constraints:
        shape.limits |= set(_of_constraint(model, constraint, editor, shape.columns))
    return shape


def _of_field(one: Any, database: BaseDatabaseWrapper, columns: Collection[str]) -> Iterator[Limit]:
    if one.unique and not one.primary_key:
        yield Limit(UNIQUE, (one.column,))
    elif one.db_index and not one.unique:
        yield Limit(INDEX, (one.column,))
    if isinstance(one, models.ForeignKey) and getattr(one, "db_constraint", True):
        target = one.target_field
        yield Limit(REFERENCE, (one.column,), f"{target.model._meta.db_table}.{target.column}")
    if check := one.db_check(database):
        yield Limit(CHECK, (), condition=gist(str(check), columns))


def _of_constraint(
    model: type[models.Model], constraint: models.BaseConstraint, editor: Any, columns: Collection[str]
) -> Iterator[Limit]:
    if isinstance(constraint, models.UniqueConstraint):
        included: Iterable[str] = getattr(constraint, "include", ())
        parts = (
            *_columns(model, constraint.fields, constraint.expressions),
            *_columns(model, included),
        )
        made = _after_where(constraint.create_sql(model, editor)) if constraint.condition else ""
        yield Limit(UNIQUE, parts, condition=gist(made, columns))
    elif isinstance(constraint, models.CheckConstraint):
        said = str(constraint.constraint_sql(model, editor))
        for found in _BRACKET.finditer(said):
            yield Limit(CHECK, (), condition=gist(inside(said, found.end()), columns))


def _columns(model: type[models.Model], names: Iterable[str], expressions: Iterable[Any] = ()) -> list[str]:
    return [*(_column(model, name) for name in names), *(EXPRESSION for _one in expressions)]


def _column(model: type[models.Model], name: str) -> str:
    return str(getattr(model._meta.get_field(name), "column", name))


def _after_where(statement: Any) -> str:
    return _WHERE.split(str(statement), maxsplit=1)[-1]


def _kind(said: str, database: BaseDatabaseWrapper) -> str:
    """What the database calls a kind of column that Django names so."""
    if not is_server(database):
        return said.lower()
    return said.replace("varchar", "character varying").replace(", ", ",").lower()


def _wanted_acting(database: BaseDatabaseWrapper, guards: dict[str, Guard]) -> set[Acting]:
    """Guards; on a server the functions that they call, and those of the rights."""
    if not is_server(database):
        return {Acting("trigger", name, one.table, one.statement) for name, one in guards.items()}
    calls = re.compile(r"EXECUTE FUNCTION (\w+)\(\)")
    found = set()
    for name, one in guards.items():
        called = calls.search(one.statement)
        body = _BODY.search(one.function)
        if called and body:
            found.add(Acting("trigger", name, one.table, called[1]))
            found.add(Acting("function", called[1], "", body[1]))
    return found


# --- in what they differ ---------------------------------------------------------------------------------------------


def _of_tables(wanted: dict[str, TableShape], found: dict[str, TableShape]) -> Iterator[Deviation]:
    for table in sorted(wanted.keys() - found.keys()):
        yield Deviation("table_missing", _("缺少数据表 %s") % table)
    for table in sorted(found.keys() - wanted.keys()):
        yield Deviation("table_strange", _("有本系统没有的数据表 %s") % table, grave=False)
    for table in sorted(wanted.keys() & found.keys()):
        yield from _of_table(table, wanted[table], found[table])


def _of_table(table: str, wanted: TableShape, found: TableShape) -> Iterator[Deviation]:
    for column in sorted(wanted.columns.keys() - found.columns.keys()):
        yield Deviation(
            "column_missing", _("数据表 %(table)s 缺少列 %(column)s") % {"table": table, "column": column}
        )
    for column in sorted(found.columns.keys() - wanted.columns.keys()):
        text = _("数据表 %(table)s 多出列 %(column)s") % {"table": table, "column": column}
        yield Deviation("column_strange", text)
    for column, kind in sorted(wanted.columns.items()):
        said = found.columns.get(column, kind)
        if said != kind and not {said, kind} <= _WHOLE:
            text = _("数据表 %(table)s 的列 %(column)s 类型是 %(found)s，应是 %(wanted)s")
            words = {"table": table, "column": column, "found": said, "wanted": kind}
            yield Deviation("column_other", text % words)
    for limit in sorted(wanted.limits - found.limits):
        text = _("数据表 %(table)s 缺少%(limit)s") % {"table": table, "limit": _told(limit)}
        yield Deviation(f"{limit.kind}_missing", text, grave=limit.kind != INDEX)
    for limit in sorted(found.limits - wanted.limits):
        text = _("数据表 %(table)s 多出%(limit)s") % {"table": table, "limit": _told(limit)}
        yield Deviation(f"{limit.kind}_strange", text, grave=limit.kind != INDEX)


def _told(limit: Limit) -> str:
    words = {
        KEY: _("主键"),
        UNIQUE: _("唯一限制"),
        INDEX: _("索引"),
        REFERENCE: _("外键"),
        CHECK: _("取值检查"),
    }
    said = "、".join(limit.columns) + (f" → {limit.target}" if limit.target else "")
    if limit.condition:
        said += (" | " if said else "") + limit.condition
    return f"{words[limit.kind]}（{said}）"


def _of_acting(found: set[Acting], wanted: set[Acting]) -> Iterator[Deviation]:
    """What acts by itself and is none of ours, or does something else than ours. A guard that is missing is told with the log."""
    known = {(one.kind, one.name): one for one in wanted}
    for one in sorted(found):
        own = known.get((one.kind, one.name))
        if own is not None and (one.table, one.does.strip()) == (own.table, own.does.strip()):
            continue
        if one.kind == "function" and one.name in FUNCTIONS:
            continue
        words = {"kind": _kinds().get(one.kind, one.kind), "name": one.name, "table": one.table}
        if own is not None:
            text = _("%(kind)s %(name)s 被改过，做的不是本系统要它做的") % words
            yield Deviation(f"{one.kind}_altered", text)
        elif one.table and one.table != one.name:
            text = _("有本系统没有的%(kind)s %(name)s（在数据表 %(table)s 上）") % words
            yield Deviation(f"{one.kind}_strange", text)
        else:
            text = _("有本系统没有的%(kind)s %(name)s") % words
            yield Deviation(f"{one.kind}_strange", text, grave=one.kind not in _IDLE)


def _kinds() -> dict[str, str]:
    return {
        "trigger": _("触发器"),
        "view": _("视图"),
        "function": _("函数"),
        "rule": _("改写规则"),
        "policy": _("行策略"),
        "event_trigger": _("事件触发器"),
        "reference_off": _("停用的外键检查"),
    }
