"""What the database itself refuses: changing or removing a line of the access log or a seal.

A trigger also notes each new line as open, so that whoever seals need not look for it.
"""

from __future__ import annotations

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

from qiaojie.lib import dialects
from qiaojie.lib.dialects import Guard

KEPT: Final = ("accounts_accessentry", "accounts_accessseal")
"""Tables whose rows are written once."""

_OPENS: Final = "accounts_accessentry_opens"


def set_up(connection: BaseDatabaseWrapper) -> None:
    """Set up the guards and the note of open lines where they are not."""
    wanted = every(connection)
    present = dialects.guards_in_force(connection)
    with connection.cursor() as cursor:
        for function in dict.fromkeys(guard.function for guard in wanted.values() if guard.function):
            cursor.execute(function)
        for name, guard in wanted.items():
            if name not in present:
                cursor.execute(guard.statement)


def every(connection: BaseDatabaseWrapper) -> dict[str, Guard]:
    """The guards and the note of open lines, by their names."""
    return {_OPENS: _opening(connection), **_guards(connection)}


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: inside the transaction that cuts off what is older than the time of keeping."""
    with connection.cursor() as cursor:
        for name, guard in _guards(connection).items():
            cursor.execute(dialects.drop_guard(connection, name, guard.table))


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Guards that are not there."""
    present = dialects.guards_in_force(connection)
    return [name for name in (_OPENS, *_guards(connection)) if name not in present]


def _guards(connection: BaseDatabaseWrapper) -> dict[str, Guard]:
    """What refuses to change what is written once."""
    found: dict[str, Guard] = {}
    for table in KEPT:
        found |= dialects.refuse_changes(
            connection, table, "accounts_log_kept", "the access log is append-only"
        )
    return found


def _opening(connection: BaseDatabaseWrapper) -> Guard:
    """What notes each new line as open."""
    notes = "INSERT INTO accounts_accessopen (entry_id) VALUES (NEW.id)"
    return dialects.with_each_new_row(connection, _OPENS, KEPT[0], notes, "accounts_log_opens")
