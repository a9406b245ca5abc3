"""The tables of declared ledgers: made, and widened when a declaration says more. Never narrowed, never dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from qiaojie.lib.dialects import is_server


@dataclass(frozen=True, slots=True)
class Brought:
    """What was done to a table: ``made`` at all, and the columns that it got."""

    made: bool = False
    columns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.made or bool(self.columns)


def bring(model: type[models.Model]) -> Brought:
    """Bring the table of a model to what the model says: make it, or add the columns and indexes that it lacks. All in one
    transaction, so that a process that is killed leaves the table as it was; what is there already is left alone.

    Raises ProgrammingError where the account of the database may not change its structure.
    """
    connection = connections[router.db_for_write(model)]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        known = set(connection.introspection.table_names(cursor))
        there = (
            {one.name for one in connection.introspection.get_table_description(cursor, table)}
            if table in known
            else set()
        )
    if table not in known:
        with connection.schema_editor(atomic=True) as editor:
            editor.create_model(model)
        return Brought(made=True)
    lacking = [one for one in model._meta.local_concrete_fields if one.column not in there]
    if lacking:
        with connection.schema_editor(atomic=True) as editor:
            for field in lacking:
                editor.add_field(model, field)
    _index(connection, model)
    return Brought(columns=tuple(str(one.column) for one in lacking))


def _index(connection: BaseDatabaseWrapper, model: type[models.Model]) -> None:
    """Make the indexes that a table lacks."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.get_constraints(cursor, model._meta.db_table))
    lacking = [one for one in model._meta.indexes if one.name not in there]
    if lacking:
        with connection.schema_editor(atomic=True) as editor:
            for index in lacking:
                editor.add_index(model, index)


def may_make(connection: BaseDatabaseWrapper) -> bool:
    """Whether the account that speaks to the database may make tables: where it only serves, it may not."""
    if not is_server(connection):
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        found: Any = cursor.fetchone()
    return bool(found and found[0])


def rows(model: type[models.Model], column: str = "") -> int:
    """How many rows a table has; those that lack a value in a column, if one is named."""
    found = model._default_manager.all()
    if column:
        field = model._meta.get_field(column)
        empty = models.Q(**{f"{column}__isnull": True})
        if isinstance(field, models.CharField):
            empty |= models.Q(**{column: ""})
        found = found.filter(empty)
    return int(found.count())
