"""For migrations: a column of plain text becomes an encrypted one, row by row, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db import migrations

from qiaojie.lib.fields import EncryptedTextField

_SUFFIX: Final = "_sealed"

AT_ONCE: Final = 2_000
"""Rows that are read at a time."""


def sealed_column(
    app: str,
    model: str,
    name: str,
    field: EncryptedTextField[Any, Any],
    text: Callable[[Any], str] | None = None,
) -> list[Any]:
    """The steps that encrypt a column of this name; ``field`` is what the column is declared as afterwards.

    The database's own column may be null: a value is bound to its row, so there is none that could stand for all rows. ``text``
    says what is kept of a value that is no text itself (JSON).
    """
    while_both = EncryptedTextField(purpose=field.purpose, null=True)
    return [
        migrations.AddField(model, name + _SUFFIX, while_both),
        migrations.RunPython(
            _copy(app, model, name, text), migrations.RunPython.noop, hints={"model_name": model}
        ),
        migrations.RemoveField(model, name),
        migrations.RenameField(model, name + _SUFFIX, name),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.AlterField(model, name, field)]),
    ]


def _copy(app: str, model: str, name: str, text: Callable[[Any], str] | None) -> Callable[[Any, Any], None]:
    def copy(apps: Any, schema_editor: Any) -> None:
        held = apps.get_model(app, model)
        sealed = held._meta.get_field(name + _SUFFIX)
        rows = held._base_manager.using(schema_editor.connection.alias)
        last: Any = None
        while True:
            due = rows.order_by("pk") if last is None else rows.order_by("pk").filter(pk__gt=last)
            some = list(due.values_list("pk", name)[:AT_ONCE])
            if not some:
                # What is checked at the end of a transaction is checked now: PostgreSQL changes no table before that.
                schema_editor.connection.check_constraints(table_names=[held._meta.db_table])
                return
            last = some[-1][0]
            keys, texts = zip(*some, strict=True)
            if text is not None:
                texts = tuple(map(text, texts))
            table, key = f'"{held._meta.db_table}"', f'"{held._meta.pk.column}"'
            with schema_editor.connection.cursor() as cursor:
                cursor.executemany(
                    f'UPDATE {table} SET "{sealed.column}" = %s WHERE {key} = %s',  # noqa: S608  (our own)
                    list(zip(sealed.at_many(keys, texts), keys, strict=True)),
                )

    return copy
