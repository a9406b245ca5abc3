"""What a database has: tables with their columns and what must hold there, and everything that acts or answers by itself.

Names that a database gives by itself are left out: what counts is what holds. Of a condition (of an index, a check) the columns
and values in it are told, and how often it says no: each database writes it down in words of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from qiaojie.lib.dialects import is_server

EXPRESSION: Final = "*"
"""What stands for a part of an index that is no column."""

KEY, UNIQUE, INDEX, REFERENCE, CHECK = "key", "unique", "index", "reference", "check"


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """Something that holds in a table: of which kind, of which columns in their order, where it points (``table.column``), and
    the gist of its condition."""

    kind: str
    columns: tuple[str, ...]
    target: str = ""
    condition: str = ""


@dataclass(slots=True)
class TableShape:
    """Columns by their kind in the database's words, and what holds."""

    columns: dict[str, str] = field(default_factory=dict)
    limits: set[Limit] = field(default_factory=set)


@dataclass(frozen=True, slots=True, order=True)
class Acting:
    """Something that acts or answers by itself: ``trigger``, ``view``, ``function``, ``rule`` …; its name, the table it stands
    at, and what it does (in the database's words)."""

    kind: str
    name: str
    table: str = ""
    does: str = ""


_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'")
_WORD: Final = re.compile(r"[A-Za-z_]\w*|(?<![\w.])\d+(?:\.\d+)?")


def gist(condition: str, columns: Collection[str]) -> str:
    """The columns and values that a condition names, each once, and how often it says no."""
    values = {f"'{one}'" for one in _QUOTED.findall(condition)}
    rest = _QUOTED.sub(" ", condition)
    words = _WORD.findall(rest.replace('"', " "))
    known = {one for one in words if one in columns}
    numbers = {one for one in words if one[0].isdigit()}
    noes = sum(1 for one in words if one.lower() == "not")
    return " ".join([*sorted(known), *sorted(values | numbers), *["not"] * noes])


def inside(text: str, start: int) -> str:
    """What stands between the bracket that opens at ``start`` and the one that closes it."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        sign = text[at]
        if sign == "'":
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
            if not depth:
                return text[start + 1 : at]
    return text[start + 1 :]


def tables(database: BaseDatabaseWrapper) -> dict[str, TableShape]:
    """Every table that there is, in a handful of statements."""
    return _server_tables(database) if is_server(database) else _file_tables(database)


def acting(database: BaseDatabaseWrapper) -> set[Acting]:
    """Everything that acts or answers by itself, but for what the database needs for its own references."""
    if not is_server(database):
        told = _rows(
            database,
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type NOT IN ('table', 'index')",
        )
        return {Acting(kind, name, table, sql or "") for kind, name, table, sql in told}
    return {Acting(*map(str, one)) for statement in _SERVER_ACTING for one in _rows(database, statement)}


def _rows(database: BaseDatabaseWrapper, statement: str) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


# --- files -----------------------------------------------------------------------------------------------------------

_CHECK: Final = re.compile(r"\bCHECK\s*(?=\()", re.IGNORECASE)
_WHERE: Final = re.compile(r"\bWHERE\b", re.IGNORECASE)


def _file_tables(database: BaseDatabaseWrapper) -> dict[str, TableShape]:
    found: dict[str, TableShape] = {}
    each = "FROM sqlite_master AS t JOIN {}(t.name) AS o WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    names = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    made = dict(_rows(database, names))
    keys: dict[str, list[str]] = defaultdict(list)
    for table in made:
        found[table] = TableShape()
    columns = (
        f"SELECT t.name, o.name, o.type, o.pk {each.format('pragma_table_xinfo')} ORDER BY t.name, o.cid"
    )
    for table, name, kind, key in _rows(database, columns):
        found[table].columns[name] = kind.lower()
        if key:
            keys[table].append(name)
    for table, names_of in keys.items():
        found[table].limits.add(Limit(KEY, tuple(sorted(names_of))))
    for table, sql in made.items():
        found[table].limits |= _file_checks(sql, found[table].columns)
    references = f'SELECT t.name, o."from", o."table", o."to" {each.format("pragma_foreign_key_list")}'
    for table, name, other, column in _rows(database, references):
        found[table].limits.add(Limit(REFERENCE, (name,), f"{other}.{column}"))
    for table, limit in _file_indexes(database, each, found):
        found[table].limits.add(limit)
    return found


def _file_checks(sql: str, columns: Collection[str]) -> set[Limit]:
    return {Limit(CHECK, (), condition=gist(inside(sql, one.end()), columns)) for one in _CHECK.finditer(sql)}


def _file_indexes(
    database: BaseDatabaseWrapper, each: str, known: dict[str, TableShape]
) -> Iterable[tuple[str, Limit]]:
    sql = dict(_rows(database, "SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
    parts: dict[str, list[str]] = defaultdict(list)
    listed = (
        "SELECT i.name, o.name FROM sqlite_master AS i JOIN pragma_index_info(i.name) AS o"
        " WHERE i.type = 'index' ORDER BY i.name, o.seqno"
    )
    for index, column in _rows(database, listed):
        parts[index].append(column or EXPRESSION)
    indexes = f'SELECT t.name, o.name, o."unique", o.origin, o.partial {each.format("pragma_index_list")}'
    for table, index, unique, origin, partial in _rows(database, indexes):
        if origin != "pk":
            said = _WHERE.split(sql.get(index) or "", maxsplit=1)[1] if partial else ""
            condition = gist(said, known[table].columns) if partial else ""
            yield table, Limit(UNIQUE if unique else INDEX, tuple(parts[index]), condition=condition)


# --- a server --------------------------------------------------------------------------------------------------------

_OURS: Final = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp%%'"
_LOOSE: Final = (
    "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {}.oid AND d.deptype = 'e')"  # of no extension
)

_SERVER_ACTING: Final = tuple(
    statement.replace("%%", "%")
    for statement in (
        "SELECT 'trigger', t.tgname, c.relname, p.proname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal",
        # What holds references is a trigger of the server's own, which can be switched off.
        "SELECT DISTINCT 'reference_off', k.conname, c.relname, '' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_constraint k ON k.oid = t.tgconstraint WHERE t.tgisinternal AND t.tgenabled <> 'O'",
        f"SELECT 'view', c.relname, '', '' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"  # noqa: S608
        f" WHERE c.relkind IN ('v', 'm', 'f') AND n.nspname {_OURS} AND {_LOOSE.format('c')}",
        f"SELECT 'function', p.proname, '', p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"  # noqa: S608
        f" WHERE n.nspname {_OURS} AND {_LOOSE.format('p')}",
        "SELECT 'rule', r.rulename, c.relname, '' FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"  # noqa: S608
        f" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND n.nspname {_OURS}",
        "SELECT 'policy', p.polname, c.relname, '' FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid",
        f"SELECT 'event_trigger', e.evtname, '', '' FROM pg_event_trigger e WHERE {_LOOSE.format('e')}",  # noqa: S608
    )
)


def _server_tables(database: BaseDatabaseWrapper) -> dict[str, TableShape]:
    here = "c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
    found: dict[str, TableShape] = defaultdict(TableShape)
    columns = (
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c JOIN pg_attribute a"  # noqa: S608
        f" ON a.attrelid = c.oid WHERE a.attnum > 0 AND NOT a.attisdropped AND {here}"
    )
    for table, name, kind in _rows(database, columns):
        found[table].columns[name] = kind
    indexes = (
        "SELECT c.relname, i.indisprimary, i.indisunique, pg_get_expr(i.indpred, i.indrelid),"  # noqa: S608
        " ARRAY(SELECT coalesce(a.attname::text, '*') FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)"
        " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place),"
        " EXISTS (SELECT 1 FROM pg_opclass o WHERE o.oid = ANY(i.indclass::oid[]) AND o.opcname LIKE '%_pattern_ops')"
        f" FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE i.indisvalid AND {here}"
    )
    for table, primary, unique, condition, names, by_bytes in _rows(database, indexes):
        if by_bytes and not unique and len(names) == 1:
            # Beside an index of text there is one by its bytes, for beginnings: it adds nothing that holds.
            continue
        kind = KEY if primary else UNIQUE if unique else INDEX
        ordered = tuple(sorted(names) if primary else names)
        told = gist(condition, found[table].columns) if condition else ""
        found[table].limits.add(Limit(kind, ordered, condition=told))
    limits = (
        "SELECT c.relname, k.contype::text, k.conname, a.attname, o.relname, b.attname, pg_get_constraintdef(k.oid)"  # noqa: S608
        " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
        " LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]"
        " LEFT JOIN pg_class o ON o.oid = k.confrelid"
        " LEFT JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]"
        f" WHERE k.contype IN ('f', 'c') AND k.convalidated AND {here}"
    )
    for table, kind, _name, column, other, target, said in _rows(database, limits):
        if kind == "f":
            found[table].limits.add(Limit(REFERENCE, (column,), f"{other}.{target}"))
        else:
            found[table].limits.add(Limit(CHECK, (), condition=gist(said, found[table].columns)))
    return found
