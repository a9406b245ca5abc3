"""The tests' databases are made as the models say, in seconds: every migration from the first on takes half a minute.

That migrations come to the same is shown where old databases are upgraded (tests/upgrade). Everything else that a migration
leaves behind in an empty database (the guards of the access log, what counts as applied) is made here.

Run as a program, ``python -m tests.schema`` prints what an installed database has, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

Schema: TypeAlias = dict[str, dict[str, Any]]


class Migrations:
    """Where migrations are and what runs them: set aside while databases are made without them."""

    def __init__(self) -> None:
        self.modules, self.command = settings.MIGRATION_MODULES, migrate.Command

    def put_back(self) -> None:
        """From now on there are migrations again."""
        settings.MIGRATION_MODULES = self.modules
        migrate.Command = self.command  # type: ignore[misc]


def finish() -> None:
    """What migrations leave in an empty database besides its tables; the guards of the access log, emptied between tests,
    are lifted again. Databases that no test of a run asks for are not made, and others are not touched."""
    from qiaojie.accounts import triggers
    from qiaojie.accounts.models import AccessEntry

    made = [connection for connection in connections.all() if _is_made_for_tests(connection)]
    log = connections[router.db_for_write(AccessEntry)]
    if log in made:
        triggers.set_up(log)
        triggers.lift(log)
    for connection in made:
        recorder = MigrationRecorder(connection)
        recorder.ensure_schema()
        names = MigrationLoader(None).disk_migrations
        recorder.migration_qs.bulk_create(recorder.Migration(app=app, name=name) for app, name in names)


def _is_made_for_tests(connection: BaseDatabaseWrapper) -> bool:
    name = str(connection.settings_dict["NAME"])
    return name.startswith(TEST_DATABASE_PREFIX) or ":memory:" in name or "mode=memory" in name


def tables(connection: BaseDatabaseWrapper) -> Schema:
    """By table the kind of each column, and what must hold: keys, references, checks, indexes, whatever they are called."""
    found: Schema = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            limits = connection.introspection.get_constraints(cursor, table)
            found[table] = {
                "columns": {one.name: str(one.type_code).lower() for one in columns},
                "limits": sorted(_said(limits.values())),
            }
    return found


def _said(limits: Any) -> Iterator[str]:
    told = ("columns", "primary_key", "unique", "foreign_key", "check", "index", "type")
    for one in limits:
        # Of a primary key SQLite tells the columns in the order of the table.
        order = sorted if one["primary_key"] else list
        yield json.dumps(
            {key: one.get(key) for key in told} | {"columns": order(one["columns"])}, default=str
        )


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({alias: tables(connections[alias]) for alias in settings.DATABASES}))
