"""What the product itself does to many rows between two digests is explained: a night raises no false alarm, and misses nothing.

(Acts of every kind at the desks: ``test_living``.)
"""

from __future__ import annotations

import pytest

from qiaojie.accounts.models import Packet, User
from qiaojie.digests import services
from qiaojie.intake import editing_many
from qiaojie.intake import services as intake
from qiaojie.ledgers import declaration, undoing
from qiaojie.ledgers import services as ledgers
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.people import doubts, merging
from qiaojie.people.models import Person
from qiaojie.training.models import Enrolment
from tests.digests.conftest import Spoil, differing
from tests.intake.conftest import Planner, approver, everyone, fuling, plan, tree
from tests.intake.material import person_row, roster
from tests.web.conftest import SignIn, sign_in
from tests.web.factories import PASSWORD, World
from tests.web.today.test_handover import GIVEN, successor

__all__ = ["approver", "everyone", "fuling", "plan", "sign_in", "tree"]

pytestmark = pytest.mark.django_db


def night() -> int:
    """A digest that finds nothing; how many rows it explained. Nothing differs beside it."""
    assert differing() == []
    scan = services.make()
    assert not scan.counted
    assert differing() == []
    return scan.explained


LARGE = pytest.param(10_000, marks=pytest.mark.long)


@pytest.mark.parametrize("number", [40, LARGE])
def test_imports_bulk_commands_merges_and_undoing_are_explained_and_tampering_among_them_is_found(
    plan: Planner, approver: Viewer, everyone: Viewer, spoil: Spoil, number: int
) -> None:
    enrolments = declaration.get("enrolments")
    intake.commit(plan(roster([person_row(n) for n in range(1, 21)])), approver)
    services.make()
    # A file of old people and new ones, whose rows another file changes.
    intake.commit(plan(roster([person_row(n) for n in range(11, number + 1)])), approver)
    assert night() >= 3 * (number - 20)
    changed = [person_row(n, phone=f"139{n:08d}") for n in range(1, number + 1)]
    again = intake.commit(plan(roster(changed)), approver)
    assert night() >= number
    # Written and taken back between two nights: as it was, and nothing is left to explain but the lines.
    undoing.undo(again.pk, approver, "录错了")
    twice = intake.commit(plan(roster(changed)), approver)
    undoing.undo(twice.pk, approver, "又录错了")
    night()
    keys = list(Enrolment.objects.order_by("pk").values_list("pk", flat=True))[:1_000]
    assert ledgers.move(enrolments, keys, "return", approver, purpose="缺签到") == len(keys)
    assert ledgers.move(enrolments, keys, "approve", approver) == len(keys)
    seen = editing_many.look(enrolments, keys, "remark", "城区班", approver).seen
    editing_many.change(enrolments, keys, "remark", "城区班", seen, approver, "补记")
    assert ledgers.move(enrolments, keys[:5], "withdraw", approver, purpose="重复") == 5
    assert night() >= len(keys)
    one, other, third = Person.objects.order_by("pk").values_list("pk", flat=True)[:3]
    merging.merge(other, one, everyone, "电话核实")
    merging.merge(third, one, everyone, "电话核实")
    merging.unmerge(third, everyone)
    night()
    # What somebody does by SQL among as many rows of the product's is found, and that alone.
    intake.commit(plan(roster([person_row(n) for n in range(number + 1, number + 31)])), approver)
    made = Person.objects.latest("pk").pk
    assert spoil(Person, "UPDATE {t} SET sex = %s WHERE id = %s", "X", made) == 1
    assert spoil(Enrolment, "UPDATE {t} SET state = %s WHERE id = %s", State.APPROVED, keys[0]) == 1
    found = differing()
    assert {(label, pk) for label, pk, _how, _columns in found} == {
        ("people.Person", made),
        ("training.Enrolment", keys[0]),
    }, found


def test_a_post_that_changes_hands_is_explained(world: World, sign_in: SignIn, spoil: Spoil) -> None:
    follower = successor(world, "clerk")
    doubts.catch_up()
    services.make()
    leaver, taker = sign_in("clerk"), sign_in(follower)
    assert leaver.post("/hand-over/", {**GIVEN, "successor": follower}).status_code == 302
    night()
    packet = Packet.objects.get()
    assert taker.post(f"/hand-over/{packet.pk}/take/", {"password": PASSWORD}).status_code == 302
    assert not User.objects.get(username="clerk").is_active
    night()
    # The account opened again by SQL is found.
    assert spoil(User, "UPDATE {t} SET is_active = %s WHERE username = %s", True, "clerk") == 1
    assert [(label, columns) for label, _pk, _how, columns in differing()] == [
        ("accounts.User", ("is_active",))
    ]
