"""Keys are exchanged and retired between two digests: nothing differs by it, and what somebody did meanwhile is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections, router

from qiaojie.accounts import triggers
from qiaojie.accounts.models import AccessEntry, User
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.cli import doctor
from qiaojie.digests import blocks, services
from qiaojie.digests.models import Difference, Digest, HashBlock
from qiaojie.keys import exchange, jobs, standing
from qiaojie.ledgers.changing import permitted
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import CheckResult
from qiaojie.people import doubts
from qiaojie.people.models import Person
from tests.digests.conftest import Spoil
from tests.digests.ways import rename
from tests.keys.conftest import own_home, ring_again
from tests.web.factories import World

__all__ = ["own_home", "ring_again"]

pytestmark = pytest.mark.django_db


def broken() -> list[str]:
    """What ``doctor --deep`` finds broken, but for the settings of a test."""
    found = doctor.examine(deep=True)
    return [one.code for one in found if one.standing is CheckResult.BROKEN and one.code != "tls"]


@pytest.fixture
def digested(own_home: Path, world: World) -> World:
    """The programme with lines of journal and witnesses, and a digest under the key that is going to be retired."""
    triggers.set_up(connections[router.db_for_write(AccessEntry)])
    doubts.catch_up()
    standing.record()
    services.make()
    work(world, "李改前")
    services.make()
    work(world, "李又改")
    return world


def work(world: World, name: str) -> None:
    """Something that the product does itself: a journalled change, and a witnessed one."""
    with permitted(SystemViewer(), Action.APPROVE, "persons", purpose="改名") as change:
        rename(change, world.people["here"][0], name)
    User.objects.filter(pk=world.users["clerk"].pk).update(holder=name)


def turn() -> int:
    """Another key is current, and everything is encrypted with it; the old one."""
    old = keyring().current
    exchange.add()
    exchange.turn_to("sm4")
    done = jobs.renewed(lambda _done, _total: None)
    assert (done["unopened"], done["left"]) == (0, 0)
    return old


def test_after_an_exchange_all_is_well_before_and_after_the_next_digest_and_its_key_verifies_it(
    digested: World, spoil: Spoil
) -> None:
    exchange.retire(turn())
    assert len(keyring().numbers) == 1
    last = services.last()
    assert last is not None and blocks.is_genuine(last), "its hash is of a key that is retired"
    assert not broken()
    work(digested, "李再改")
    scan = services.make()
    assert not scan.found and scan.explained > 0
    assert all(keyring().is_current(bytes(one.content)) for one in HashBlock.objects.all())
    assert not broken()
    assert not services.make().counted
    # The chain goes back over digests of the retired key, and what is changed in one of them is seen.
    woman = digested.people["here"][1]
    assert spoil(Person, "UPDATE {t} SET sex = %s WHERE id = %s", "X", woman.pk) == 1
    assert "rows_differ" in broken()
    services.make()
    assert [one.object_id for one in Difference.objects.all()] == [woman.pk]


@pytest.mark.parametrize(
    "when",
    [
        pytest.param("before", marks=pytest.mark.long),
        "between",
        pytest.param("after", marks=pytest.mark.long),
    ],
)
def test_what_is_changed_past_the_system_around_an_exchange_is_found(
    digested: World, spoil: Spoil, when: str
) -> None:
    woman = digested.people["here"][1]

    def tamper(moment: str) -> None:
        if moment == when:
            assert spoil(Person, "UPDATE {t} SET sex = %s WHERE id = %s", "X", woman.pk) == 1

    tamper("before")
    old = turn()
    tamper("between")
    exchange.retire(old)
    tamper("after")
    assert broken() == ["rows_differ"]
    scan = services.make()
    assert [(one.model, one.pk, one.columns) for one in scan.found] == [(Person, woman.pk, ("sex",))]


def altered_digest(spoil: Spoil) -> None:
    spoil(Digest, "UPDATE {t} SET reason = %s WHERE number = 2", "x")


def forged_line(spoil: Spoil) -> None:
    spoil(User, "UPDATE {t} SET role = %s WHERE username = %s", "approver", "clerk")


@pytest.mark.long
@pytest.mark.parametrize(("harm", "code"), [(altered_digest, "digest_altered"), (forged_line, "rows_differ")])
def test_the_digest_of_a_retired_key_and_rows_that_are_witnessed_are_held_as_before(
    digested: World, spoil: Spoil, harm: Callable[[Spoil], None], code: str
) -> None:
    exchange.retire(turn())
    harm(spoil)
    assert code in broken()
