"""What the database itself refuses: changing or removing a line of the access log or a seal.

A trigger also notes each new line as open, so that whoever seals need not look for it.
"""

from __future__ import annotations

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

KEPT: Final = ("accounts_accessentry", "accounts_accessseal")
"""Tables whose rows are written once."""

_OPENS: Final = "accounts_accessentry_opens"


def _guards(vendor: str) -> dict[str, tuple[str, str]]:
    """Name of each guard → its table, and the statement that sets it up."""
    found = {}
    for table in KEPT:
        if vendor == "sqlite":
            for act in ("update", "delete"):
                name = f"{table}_no_{act}"
                found[name] = (
                    table,
                    (
                        f"CREATE TRIGGER {name} BEFORE {act} ON {table}"
                        " BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END"
                    ),
                )
        else:
            for name, when in (
                (f"{table}_no_change", "BEFORE UPDATE OR DELETE ON {} FOR EACH ROW"),
                (f"{table}_no_truncate", "BEFORE TRUNCATE ON {} FOR EACH STATEMENT"),
            ):
                found[name] = (
                    table,
                    (f"CREATE TRIGGER {name} {when.format(table)} EXECUTE FUNCTION accounts_log_kept()"),
                )
    return found


def set_up(connection: BaseDatabaseWrapper) -> None:
    """Set up the guards and the note of open lines where they are not."""
    present = _present(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            does = "BEGIN INSERT INTO accounts_accessopen (entry_id) VALUES (NEW.id); END"
        else:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION accounts_log_kept() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'the access log is append-only'; END $$"
            )
            cursor.execute(
                "CREATE OR REPLACE FUNCTION accounts_log_opens() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN INSERT INTO accounts_accessopen (entry_id) VALUES (NEW.id); RETURN NULL; END $$"
            )
            does = "FOR EACH ROW EXECUTE FUNCTION accounts_log_opens()"
        if _OPENS not in present:
            cursor.execute(f"CREATE TRIGGER {_OPENS} AFTER INSERT ON accounts_accessentry {does}")
        for name, (_table, statement) in _guards(connection.vendor).items():
            if name not in present:
                cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: inside the transaction that cuts off what is older than the time of keeping."""
    with connection.cursor() as cursor:
        for name, (table, _statement) in _guards(connection.vendor).items():
            on = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Guards that are not there."""
    present = _present(connection)
    return [name for name in (_OPENS, *_guards(connection.vendor)) if name not in present]


def _present(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            # A disabled trigger is as good as none.
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        return {name for (name,) in cursor.fetchall()}
