"""A restore on PostgreSQL: built in a schema beside, which then takes the place of what was there, in one transaction."""

from __future__ import annotations

from typing import Final

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from qiaojie.accounts import rights
from qiaojie.lib.dialects import is_server
from qiaojie.lib.findings import Unusable

SCHEMA: Final = "qiaojie_restoring"

_TABLES: Final = "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r'"
_FUNCTIONS: Final = "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = to_regnamespace(%s)"


def new_schema(held: BaseDatabaseWrapper) -> None:
    """An empty schema to build in. Raises Unusable ``not_owner`` where the account may not make one."""
    try:
        with held.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    except DatabaseError as fault:
        raise Unusable(
            "not_owner", _("恢复要用建库的数据库账号，QIAOJIE_DATABASE 里的账号没有权限。")
        ) from fault


def drop_schema(held: BaseDatabaseWrapper) -> None:
    """Nothing of a restore is left beside."""
    with held.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [SCHEMA])
        if cursor.fetchone():
            cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def look_anew(held: BaseDatabaseWrapper) -> None:
    """Have a server look at what was loaded, so that the first questions are planned well."""
    if is_server(held):
        with held.cursor() as cursor:
            cursor.execute("ANALYZE")


def others(held: BaseDatabaseWrapper) -> int:
    """How many other sessions there are in the database."""
    with held.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def put_in_place(held: BaseDatabaseWrapper) -> None:
    """What was built takes the place of the tables and functions of the same names; accounts that serve keep their rights."""
    with transaction.atomic(using=held.alias), held.cursor() as cursor:
        serving = rights.serving(held)
        cursor.execute(_TABLES, [SCHEMA])
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(_FUNCTIONS, [SCHEMA])
        functions = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'DROP TABLE IF EXISTS public."{table}" CASCADE')
        for name in functions:
            bare = name.rpartition(".")[2]
            cursor.execute(f"DROP FUNCTION IF EXISTS public.{bare} CASCADE")
            cursor.execute(f"ALTER FUNCTION {name} SET SCHEMA public")
        for table in tables:
            cursor.execute(f'ALTER TABLE {SCHEMA}."{table}" SET SCHEMA public')
        cursor.execute(f"DROP SCHEMA {SCHEMA}")
    for role in serving:
        if role != "PUBLIC":
            rights.grant(held, role)
