"""What was done past the system before an upgrade is not taken for the upgrade's; what the upgrade changes is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.cli import serving
from qiaojie.digests import services, upgrading
from qiaojie.digests.models import Difference, Digest
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.tracing import rowmarks
from qiaojie.ledgers.viewer import Action
from qiaojie.people import doubts
from qiaojie.people.models import HouseholdMember, Person
from tests.digests.conftest import Spoil
from tests.digests.ways import rename
from tests.kept import settle
from tests.web.factories import World

pytestmark = pytest.mark.django_db

ROOM = "people"


@pytest.fixture
def waiting(night: World) -> World:
    """The programme, digested, with the last migrations of a room not done yet; the product has worked since."""
    # PostgreSQL changes no table whose references it has yet to look at.
    settle()
    with connections[router.db_for_read(Person)].cursor() as cursor:
        # Two of them take a column away, which was there before, and the last one changes words alone. What was added between
        # them is digested with the rest, and stands.
        named = "DELETE FROM django_migrations WHERE app = %s AND (name >= %s AND name < %s OR name >= %s)"
        cursor.execute(named, [ROOM, "0012", "0014", "0016"])
        assert cursor.rowcount == 3
        cursor.execute("ALTER TABLE people_person ADD COLUMN id_tail varchar(4)")
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, night.people["here"][0], "李改名")
    return night


def spoilt(spoil: Spoil, woman: Person) -> None:
    """Somebody changes a row by SQL."""
    assert spoil(Person, "UPDATE {t} SET sex = %s WHERE id = %s", "X", woman.pk) == 1


def upgraded(spoil: Spoil, look: upgrading.Look | None) -> list[tuple[str, int | None]]:
    """An upgrade sets a column of all persons, and digests; what it does not answer for."""
    assert spoil(Person, "UPDATE {t} SET ethnicity = %s", "99") > 3
    services.prepared({ROOM}, False, look)
    assert services.last() is not None
    return [(one.model, one.object_id) for one in Difference.objects.order_by("object_id")]


def test_without_anything_to_migrate_nothing_is_read(night: World) -> None:
    assert upgrading.before() is None


def test_an_untouched_room_is_the_upgrades_alone(waiting: World, spoil: Spoil) -> None:
    look = upgrading.before()
    assert look == upgrading.Look({}, compared=True)
    assert upgraded(spoil, look) == []
    assert not services.make().counted


def test_what_was_changed_by_sql_before_is_named_and_stays_named(waiting: World, spoil: Spoil) -> None:
    woman = waiting.people["here"][1]
    spoilt(spoil, woman)
    look = upgrading.before()
    assert look is not None and look.compared
    assert look.suspects == {"people.Person": {woman.pk}}
    assert upgraded(spoil, look) == [("people.Person", woman.pk)]
    for _night in range(2):
        assert [(one.model, one.pk) for one in services.make().found] == [(Person, woman.pk)]
    services.accept(SystemViewer(), "已核实")
    assert not services.make().counted


def test_what_an_earlier_night_found_is_not_taken_over_by_an_upgrade(waiting: World, spoil: Spoil) -> None:
    woman = waiting.people["here"][1]
    spoilt(spoil, woman)
    services.make()
    since = Difference.objects.get().since
    # Even where nothing could be compared before.
    assert upgraded(spoil, upgrading.Look(compared=False)) == [("people.Person", woman.pk)]
    assert Difference.objects.get().since == since
    last = services.last()
    assert last is not None and last.act == Digest.Act.UPGRADE and "没有核对成" in last.reason


def change(spoil: Spoil, world: World) -> None:
    other = world.people["here"][3].pk
    assert spoil(HouseholdMember, "UPDATE {t} SET person_id = %s WHERE id = %s", other, one()) == 1


def remove(spoil: Spoil, world: World) -> None:
    assert spoil(HouseholdMember, "DELETE FROM {t} WHERE id = %s", one()) == 1


def add(spoil: Spoil, world: World) -> None:
    names = ", ".join(
        item.column
        for item in HouseholdMember._meta.concrete_fields
        if item.attname not in ("id", "person_id")
    )
    said = f"INSERT INTO {{t}} (id, person_id, {names}) SELECT 9999, %s, {names} FROM {{t}} WHERE id = %s"
    assert spoil(HouseholdMember, said, world.people["here"][3].pk, one()) == 1


def one() -> int:
    """The first row of households that there is."""
    return int(HouseholdMember.objects.order_by("pk").values_list("pk", flat=True)[0])


@pytest.mark.parametrize("harm", [change, remove, add])
def test_where_an_upgrade_hashes_other_columns_what_was_done_before_is_found_all_the_same(
    world: World, spoil: Spoil, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Spoil, World], None]
) -> None:
    label = "people.HouseholdMember"
    doubts.catch_up()
    monkeypatch.setitem(rowmarks._spared, label, {"household_id": "what the version before did not have"})
    services.make()
    monkeypatch.undo()
    assert "household_id" in rowmarks.covered(HouseholdMember)
    wanted = 9999 if harm is add else one()
    harm(spoil, world)
    suspects = upgrading._differing({ROOM}, apps, lambda *_: None)
    assert suspects == {label: {wanted}}
    scan = services.make(Digest.Act.UPGRADE, upgraded={ROOM}, suspects=suspects)
    assert [(found.model, found.pk) for found in scan.found] == [(HouseholdMember, wanted)]
    for _night in range(2):
        assert [(found.model, found.pk) for found in services.make().found] == [(HouseholdMember, wanted)]


def test_a_shape_that_cannot_be_read_is_told(
    waiting: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreadable(*_: object) -> None:
        raise LookupError("a model of the version before")

    monkeypatch.setattr(upgrading, "_differing", unreadable)
    look = upgrading.before()
    assert look == upgrading.Look(compared=False)
    serving._tell(look)
    assert "没有核对成" in capsys.readouterr().out
    serving._tell(upgrading.Look({"people.Person": {1, 2}}))
    assert "2 行" in capsys.readouterr().out
    serving._tell(upgrading.Look())
    serving._tell(None)
    assert not capsys.readouterr().out


def test_lines_of_a_journal_that_is_encrypted_only_since_are_not_held_for_forged() -> None:
    loader = MigrationLoader(connections[router.db_for_read(Digest)])
    leaves = loader.graph.leaf_nodes()
    before = [("ledgers", "0006_marks_and_witnesses"), *loader.graph.leaf_nodes("digests")]
    assert upgrading.reads_lines_of(loader.project_state(leaves).apps)
    assert not upgrading.reads_lines_of(loader.project_state(before).apps)
