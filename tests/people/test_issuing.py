"""Which county issued a certificate is said later: one by one or many, by whoever may, and taken back."""

from __future__ import annotations

import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import undoing
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.people import issuing
from qiaojie.people.ledger import CERTIFICATES
from qiaojie.people.models import Certificate
from tests.web.factories import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world: World) -> list[int]:
    """Three certificates of 涪陵区's women and one of 万州区's that nobody knows the county of."""
    women = [*world.people["here"][1:4], world.people["there"][0]]
    held = Certificate.objects.filter(person__in=women)
    held.update(county=None, county_asked=True, confirmed=False)
    return list(held.order_by("pk").values_list("pk", flat=True))


def test_many_are_answered_by_one_act_that_can_be_undone(world: World, asked: list[int]) -> None:
    clerk, there = UserViewer(world.users["clerk"]), world.regions["万州区"]
    assert issuing.number(clerk) == 3
    batch = issuing.answer(asked[:3], there, clerk, "电话核实")
    held = Certificate.objects.filter(pk__in=asked[:3])
    assert set(held.values_list("county", "county_asked")) == {(there.pk, False)}
    assert issuing.number(clerk) == 0
    undoing.undo(batch.pk, UserViewer(world.users["approver"]))
    assert set(held.values_list("county", "county_asked")) == {(None, True)}


def test_what_an_approver_has_confirmed_only_an_approver_answers(world: World, asked: list[int]) -> None:
    Certificate.objects.filter(pk=asked[0]).update(confirmed=True)
    county = world.regions["涪陵区"]
    with pytest.raises(Refused):
        issuing.answer(asked[:2], county, UserViewer(world.users["clerk"]), "核实")
    issuing.answer(asked[:2], county, UserViewer(world.users["approver"]), "核实")
    assert Certificate.objects.filter(pk__in=asked[:2], county=county).count() == 2


@pytest.mark.parametrize("who", ["clerk", "reader", "inspector", "base", "administrator"])
def test_certificates_of_others_are_refused(world: World, asked: list[int], who: str) -> None:
    with pytest.raises(Refused):
        issuing.answer(asked[-1:], world.regions["涪陵区"], UserViewer(world.users[who]), "核实")
    assert Certificate.objects.get(pk=asked[-1]).county_asked


@pytest.mark.parametrize(
    ("place", "reason", "number", "code"),
    [
        ("涪陵区", " ", 1, "reason_missing"),
        ("甲0街道", "核实", 1, "county_expected"),
        ("重庆市", "核实", 1, "county_expected"),
        ("涪陵区", "核实", 0, "nothing_chosen"),
    ],
)
def test_what_is_no_answer(
    world: World, asked: list[int], place: str, reason: str, number: int, code: str
) -> None:
    with pytest.raises(Unusable) as told:
        issuing.answer(asked[:number], world.regions[place], UserViewer(world.users["clerk"]), reason)
    assert told.value.code == code


def test_nobody_answers_twice(world: World, asked: list[int]) -> None:
    clerk = UserViewer(world.users["clerk"])
    issuing.answer(asked[:1], world.regions["涪陵区"], clerk, "核实")
    with pytest.raises(Unusable) as told:
        issuing.answer(asked[:2], world.regions["万州区"], clerk, "核实")
    assert told.value.code == "issuer_known"
    assert Certificate.objects.get(pk=asked[1]).county is None


def test_the_page_of_the_certificate_answers_too(world: World, asked: list[int]) -> None:
    approver = UserViewer(world.users["approver"])
    seen = editing.form(CERTIFICATES, asked[0], approver).seen
    assert editing.change(CERTIFICATES, asked[0], {"county": "涪陵区"}, seen, approver, "电话核实") is None
    held = Certificate.objects.get(pk=asked[0])
    assert (held.county, held.county_asked) == (world.regions["涪陵区"], False)
