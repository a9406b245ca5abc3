"""What the database account that serves may do: everything that the programme does, and nothing that covers traces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections, router, transaction
from pytest_django import Settings

from qiaojie.accounts import rights, sealing, triggers
from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import queries, services
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.models import Change
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.training.ledger import ENROLMENTS
from tests.web import factories
from tests.web.factories import World

pytestmark = pytest.mark.django_db
ROLE = 'serves "only"'
POSTGRESQL = "postgresql"


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[World]:
    """The small programme, worked on by an account that serves only (on SQLite there are no accounts)."""
    settings.HOME = tmp_path
    world = factories.world()
    triggers.set_up(connections[router.db_for_write(AccessEntry)])
    if connection.vendor == POSTGRESQL:
        with connection.cursor() as cursor:
            quoted = ROLE.replace('"', '""')
            cursor.execute(f'CREATE ROLE "{quoted}"')
            rights.grant(connection, ROLE)
            cursor.execute(f'SET ROLE "{quoted}"')
    yield world
    if connection.vendor == POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def test_who_serves_can_do_all_that_the_programme_does(
    served: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qiaojie.lib.statistics.ENOUGH", 1)
    assert rights.excess(connection) == []
    viewer, fuling = UserViewer(served.users["approver"]), served.regions["涪陵区"]
    upload = factories.hand_in(
        served.users["approver"], fuling, factories.roster("涪陵别班", range(400, 412))
    )
    before = ledgers.rows(ENROLMENTS, viewer).count()
    services.commit_upload(upload.pk, queries.fresh_plan(upload, viewer), viewer)
    assert ledgers.rows(ENROLMENTS, viewer).count() == before + 12
    services.undo_upload(upload.pk, viewer, "录错了")
    assert ledgers.rows(ENROLMENTS, viewer).count() == before
    sealing.seal()
    assert sealing.check() is None


def test_who_serves_owns_nothing(served: World) -> None:
    if connection.vendor != POSTGRESQL:
        with pytest.raises(Unusable) as refused:
            rights.grant(connection, ROLE)
        assert refused.value.code == "not_postgresql"
        return
    UserViewer(served.users["clerk"]).note(Action.SEE, "persons")
    for statement in (
        "DELETE FROM accounts_accessentry",
        "UPDATE accounts_accessentry SET username = 'x'",
        "UPDATE accounts_accessseal SET number = 1",
        "ALTER TABLE accounts_accessentry DISABLE TRIGGER ALL",
        "DROP TRIGGER accounts_accessentry_no_change ON accounts_accessentry",
        "TRUNCATE accounts_accessentry",
        f"DELETE FROM {Change._meta.db_table}",
        f"UPDATE {Change._meta.db_table} SET actor = 'x'",
        "DELETE FROM django_migrations",
        "CREATE TABLE public.hidden (x int)",
        "DROP TABLE people_person",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_doctor_is_told_of_an_account_that_may_too_much(db: None) -> None:
    if connection.vendor != POSTGRESQL:
        assert rights.excess(connection) == []
        return
    assert rights.excess(connection) == ["superuser"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (own,) = cursor.fetchone()
        for role, code in (("nobody-there", "role_unknown"), (own, "role_too_mighty")):
            with pytest.raises(Unusable) as refused:
                rights.grant(connection, role)
            assert refused.value.code == code
        cursor.execute("CREATE ROLE owner")
        cursor.execute("GRANT UPDATE ON accounts_accessentry, ledgers_change TO owner")
        cursor.execute("GRANT CREATE ON SCHEMA public TO owner")
        cursor.execute("SET ROLE owner")
        assert rights.excess(connection) == ["structure", "accounts_accessentry", "ledgers_change"]
        cursor.execute("RESET ROLE")
        rights.grant(connection, "owner")
        cursor.execute("SET ROLE owner")
        assert rights.excess(connection) == []
        cursor.execute("RESET ROLE")
