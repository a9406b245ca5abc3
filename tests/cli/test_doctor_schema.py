"""The doctor holds what is in the database against what the models describe: what is missing, and what acts by itself."""

from __future__ import annotations

import json

import pytest
from django.db import connection, connections, router

from qiaojie.accounts import triggers
from qiaojie.accounts.models import AccessEntry
from qiaojie.storage import found_shape, shape
from qiaojie.storage.found_shape import gist
from tests.cli.conftest import Run

pytestmark = pytest.mark.django_db


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def differing() -> list[str]:
    """Codes of all differences of the main database."""
    own = router.db_for_write(AccessEntry) == connection.alias
    return [one.code for one in shape.deviations(connection, triggers.every(connection) if own else {})]


def is_file() -> bool:
    return connection.vendor == "sqlite"


DOUBLES = "UPDATE livelihoods_income SET amount = amount * 2 WHERE id = NEW.id"


def trigger(name: str, table: str, does: str) -> list[str]:
    """A trigger after each new row."""
    when = f"CREATE TRIGGER {name} AFTER INSERT ON {table}"
    if is_file():
        return [f"{when} BEGIN {does}; END"]
    body = f"BEGIN {does}; RETURN NULL; END"
    return [
        f"CREATE FUNCTION {name}_f() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"{when} FOR EACH ROW EXECUTE FUNCTION {name}_f()",
    ]


def test_a_database_as_the_models_describe_it_has_nothing_to_be_told(run: Run) -> None:
    for alias in connections:
        held = connections[alias]
        own = alias == router.db_for_write(AccessEntry)
        assert shape.deviations(held, triggers.every(held) if own else {}) == []
    assert told(run) == ("good", [])


def told(run: Run) -> tuple[str, list[str]]:
    found = {one["code"]: one for one in json.loads(run("doctor", "--json")[1])}
    return found["schema"]["standing"], list(found["schema"]["places"])


def test_a_planted_trigger_is_named(run: Run) -> None:
    sql(*trigger("steal", "livelihoods_income", DOUBLES))
    standing, places = told(run)
    assert standing == "broken"
    assert any("steal" in one and "livelihoods_income" in one for one in places)


def test_a_limit_that_was_dropped_is_named(run: Run) -> None:
    sql("DROP INDEX person_id_once")
    standing, (place,) = told(run)
    assert standing == "broken"
    assert "people_person" in place and "唯一" in place and "id_hash" in place


@pytest.mark.parametrize("condition", ["id = 0", "canonical_id IS NOT NULL", "canonical_id = 7"])
def test_a_limit_that_was_weakened_is_named(condition: str) -> None:
    sql(
        "DROP INDEX person_id_once",
        f"CREATE UNIQUE INDEX person_id_once ON people_person (id_hash) WHERE {condition}",
    )
    assert differing() == ["unique_missing", "unique_strange"]


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("CREATE VIEW looks AS SELECT * FROM people_person", ["view_strange"]),
        ("CREATE TABLE copies (id integer)", ["table_strange"]),
        ("ALTER TABLE livelihoods_income ADD COLUMN aside text", ["column_strange"]),
        ("DROP TABLE people_tie", ["table_missing"]),
        ("DROP INDEX person_phone", ["index_missing"]),
        ("CREATE UNIQUE INDEX mine ON people_person (initials)", ["unique_strange"]),
    ],
)
def test_what_is_missing_or_strange_is_named(statement: str, codes: list[str]) -> None:
    sql(statement)
    assert differing() == codes


def test_a_guard_that_does_nothing_any_more_is_named() -> None:
    held = connections[router.db_for_write(AccessEntry)]
    triggers.set_up(held)
    assert shape.deviations(held, triggers.every(held)) == []
    name = "accounts_accessentry_no_update" if is_file() else "accounts_log_kept"
    with held.cursor() as cursor:
        if is_file():
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(f"CREATE TRIGGER {name} BEFORE update ON accounts_accessentry BEGIN SELECT 1; END")
        else:
            body = "BEGIN RETURN NEW; END"
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
            )
    (one,) = shape.deviations(held, triggers.every(held))
    assert one.code == ("trigger_altered" if is_file() else "function_altered") and name in one.message


@pytest.mark.parametrize("kind", [found_shape.REFERENCE, found_shape.CHECK, found_shape.KEY])
def test_a_reference_a_check_or_a_key_that_went_is_named(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    held = found_shape.tables(connection)
    gone = next(
        limit
        for table in ("livelihoods_income", "people_person")
        for limit in sorted(held[table].limits)
        if limit.kind == kind
    )
    for one in held.values():
        one.limits -= {gone}
    monkeypatch.setattr(found_shape, "tables", lambda _database: held)
    assert set(differing()) == {f"{kind}_missing"}


def test_conditions_are_compared_by_what_they_name() -> None:
    columns = {"state", "canonical_id", "confirmed"}
    ours = """"state" IN ('waiting', 'running')"""
    theirs = (
        "((state)::text = ANY ((ARRAY['waiting'::character varying, 'running'::character varying])::text[]))"
    )
    assert gist(ours, columns) == gist(theirs, columns)
    assert gist("NOT confirmed", columns) != gist("confirmed", columns)
    assert gist("state = 'it''s (not) 7'", columns) == "state 'it''s (not) 7'"
