"""What a database is told of a table that has just grown, so that the very next question is planned well."""

from __future__ import annotations

from django.db import connection

from .dialects import is_server

ENOUGH = 500
"""Rows below which no plan goes wrong by much."""
SHARE = 5
"""A table is looked at anew once the new rows are more than this part of those that it was last seen with."""


def grown(table: str, written: int) -> bool:
    """Have PostgreSQL look at a table after ``written`` new rows, where that is much for it; whether it did.

    The server looks by itself, but a minute later, and never at what a running transaction has written: the count that
    follows a load inside its transaction would be planned for the table as it was, in the worst case for an empty one.
    SQLite plans by its indexes alone.
    """
    if written < ENOUGH or not is_server(connection):
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples, pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass(%s)",
            [f'"{table}"'],
        )
        held = cursor.fetchone()
        if held is None or written * SHARE < held[0]:
            return False
        if held[1]:
            cursor.execute(f'ANALYZE "{table}"')
        else:
            # An account that only serves owns no table; its owner lends it this one look (``accounts.rights``).
            cursor.execute("SELECT qiaojie_analyze(%s)", [table])
    return True
