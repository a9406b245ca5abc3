"""What the database account that serves may do on PostgreSQL: read and write rows, and no more.

It owns nothing, so it can neither change the structure nor take a guard away; what is written once (the access log, its seals,
the journal) it can add to and read. So somebody who gets hold of that account, or of a way to speak SQL through it, cannot cover
the traces. Another account owns the tables, prepares and upgrades.
"""

from __future__ import annotations

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from qiaojie.ledgers.models import Change, Witness
from qiaojie.lib.dialects import is_server
from qiaojie.lib.findings import Unusable

from .triggers import KEPT

WRITTEN_ONCE: Final = (*KEPT, Change._meta.db_table, Witness._meta.db_table)
"""Tables whose rows are added and read."""

_RIGHTS: Final = (
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "REVOKE TRUNCATE, TRIGGER, REFERENCES ON ALL TABLES IN SCHEMA public FROM {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
    # Whoever does not own a table cannot have the server look at what a long import has just written (``lib.statistics``).
    "CREATE OR REPLACE FUNCTION qiaojie_analyze(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER"
    " SET search_path = public AS $$ BEGIN EXECUTE format('ANALYZE public.%I', name); END $$",
    "REVOKE ALL ON FUNCTION qiaojie_analyze(text) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION qiaojie_analyze(text) TO {role}",
)


def grant(connection: BaseDatabaseWrapper, role: str) -> None:
    """Give an account of the server what it needs to serve, and take from it what it does not.

    Raises Unusable ``not_postgresql``, ``role_unknown``, ``role_too_mighty`` (it rules the server, owns tables, or is the account
    that asks).
    """
    if not is_server(connection):
        raise Unusable("not_postgresql", _("只有 PostgreSQL 有数据库账号；SQLite 靠文件的权限。"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolname = current_user FROM pg_roles WHERE rolname = %s", [role])
        known = cursor.fetchone()
        if known is None:
            raise Unusable("role_unknown", _("没有数据库账号“%s”，请先用 createuser 建立。") % role)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(%s, relowner, 'USAGE')",
            [role],
        )
        if any(known) or cursor.fetchone() != (0,):
            text = _("数据库账号“%s”是超级用户或拥有数据表，管不住它；请另建一个普通账号。")
            raise Unusable("role_too_mighty", text % role)
        quoted = '"' + role.replace('"', '""') + '"'
        for statement in _RIGHTS:
            cursor.execute(statement.replace("{role}", quoted))
        for table in WRITTEN_ONCE:
            cursor.execute(f'REVOKE UPDATE, DELETE ON "{table}" FROM {quoted}')


_SERVING: Final = (
    "SELECT DISTINCT grantee FROM information_schema.role_table_grants"
    " WHERE table_schema = 'public' AND table_name = 'accounts_accessentry' AND grantee <> current_user"
)


def serving(connection: BaseDatabaseWrapper) -> list[str]:
    """The accounts of the server that were given what they need to serve (``grant``); none where the database has no accounts."""
    if not is_server(connection):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SERVING)
        return sorted(str(role) for (role,) in cursor.fetchall())


def excess(connection: BaseDatabaseWrapper) -> list[str]:
    """What the account of a connection could do beyond serving: ``superuser``, ``structure``, and tables written once that it
    could change. Nothing where the database has no accounts."""
    if not is_server(connection):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            return ["superuser"]
        cursor.execute(
            "SELECT has_schema_privilege('public', 'CREATE') OR EXISTS (SELECT 1 FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE'))"
        )
        found = ["structure"] if cursor.fetchone() == (True,) else []
        for table in WRITTEN_ONCE:
            cursor.execute("SELECT has_table_privilege(%s, 'UPDATE, DELETE, TRUNCATE, TRIGGER')", [table])
            if cursor.fetchone() == (True,):
                found.append(table)
    return found
