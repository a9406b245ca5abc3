"""Acts that wait for somebody else: changes of approved rows, rules of approval, records in doubt, women who move."""

from __future__ import annotations

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import check_digit

from ..desk import Desk, hidden, keys, latest, one, region
from ..files import Row, identity, roster, woman
from .accounts import newcomer
from .intake import ROSTER

FENGDU, SHIZHU, FULING = "500230", "500240", "500102"


def changes() -> None:
    """Changes of approved rows: taken, sent back, taken back, and one that waits."""
    clerk, approver = Desk("fengdu-clerk"), Desk("fengdu-approver")
    jobs = keys("livelihoods.Employment", filed_by__key=FENGDU, state=State.APPROVED)[:4]
    for pk, word in zip(jobs, ("take", "return", "take-back", ""), strict=True):
        at = f"/ledgers/employments/{pk}/edit/"
        given = {"seen": hidden(clerk.see(at), "seen"), "field.employer": f"丰都竹编社{pk}"}
        clerk.do(at, {**given, "purpose": "单位更名"})
        if word:
            who = clerk if word == "take-back" else approver
            who.do(f"/changes/{word}/", {"change": latest("ledgers.Proposal"), "purpose": "与合同不符"})


def rules() -> None:
    """A county that asks its townships first, a township that approves, and a county that asks for two persons."""
    Desk("fuling-approver").do("/approval/", {"steps": "one", "two_persons": "1", "reason": "录审分离"})
    Desk("fengdu-approver").do("/approval/", {"steps": "township", "reason": "乡镇先审"})
    admin, security = Desk("admin"), Desk("security")
    town = one("regions.Region", parent__key=FENGDU)
    admin.do("/agencies/", {"region": town.key, "line": "dpf", "name": f"{town.name}残联"})
    office = latest("accounts.Agency")
    for name, role in (("clerk", "clerk"), ("approver", "approver")):
        newcomer(admin, security, f"town-{name}", office, role)
    clerk = Desk("town-clerk")
    rows = roster(woman(n, "丰都乡镇班", town.name) for n in (32, 33, 34))
    clerk.commit(clerk.hand_in("乡镇班.csv", rows, ROSTER))
    approver = Desk("town-approver")
    for ledger, label in (("classes", "training.TrainingClass"), ("enrolments", "training.Enrolment")):
        approver.move(ledger, "approve", *keys(label, filed_by=town.pk))
        assert keys(label, filed_by=town.pk, state=State.TOWNSHIP), label


def doubts(town: str) -> None:
    """Pairs of records of one name whose numbers differ in a digit: one woman, two women, and nobody has said."""
    clerk, approver = Desk("fengdu-clerk"), Desk("fengdu-approver")
    for number, answer in ((36, "1"), (37, "0"), (38, "")):
        first, second = woman(number, "丰都核对班", town), _mistyped(number, town)
        clerk.commit(clerk.hand_in(f"核对{number}.csv", roster([first]), ROSTER))
        clerk.commit(clerk.hand_in(f"重报{number}.csv", roster([second]), ROSTER))
        doubt = latest("people.Doubt")
        if answer:
            approver.do(f"/persons/doubts/{doubt}/answer/", {"same": answer, "reason": "查看了户口簿"})


def households() -> None:
    """Women of one township behind three doors, two of each: one household, none, and nobody has said."""
    approver = Desk("fengdu-approver")
    place = one("regions.Region", parent__key=FENGDU)
    known = keys("people.Person", ties__region__key=FENGDU, canonical=None, died_on=None, memberships=None)
    free = sorted(known)[-6:]
    for number, pk in enumerate(free):
        at = f"/ledgers/persons/{pk}/edit/"
        door = {"field.address": f"{place.name}试点村9组{number // 2 + 1}号", "field.home": place.key}
        approver.do(at, {"seen": hidden(approver.see(at), "seen"), **door, "purpose": "入户登记"})
    at = f"/persons/households/{place.pk}/"
    page = approver.see(f"/persons/households/?place={place.pk}")
    for first, what in ((0, "confirm"), (2, "decline")):
        word = "-".join(str(pk) for pk in free[first : first + 2])
        given = {"pick": word, f"seen.{word}": hidden(page, f"seen.{word}"), f"with.{word}": word.split("-")}
        approver.do(f"{at}{what}/", {**given, "begins": "2023-06-01", "reason": "入户核实"})


def _mistyped(number: int, town: str) -> Row:
    """The same woman with another digit in her number, and what follows from it."""
    first = identity(number)[:17]
    other = f"{first[:14]}8{first[15:]}"
    card = other + check_digit(other)
    return woman(number, "丰都重报班", town, 身份证号=card, 残疾人证号=f"{card}4{1 + number % 4}")


def moves() -> None:
    """Women who move to another county: taken over, not taken, taken back, and one who waits."""
    here, there = Desk("fengdu-approver"), Desk("shizhu-approver")
    known = set(keys("people.Certificate", county__key=FENGDU, ended_on=None))
    ties = {key: set(keys("people.Person", ties__region__key=key)) for key in (FENGDU, FULING)}
    holders = {one("people.Certificate", pk=pk).person_id for pk in known}
    going = sorted(holders & ties[FENGDU] - ties[FULING])[-4:]
    here.do(
        "/relocations/new/",
        {
            "act": "offer",
            "person": going,
            "origin": region(FENGDU),
            "destination": region(SHIZHU),
            "moved_on": "2024-02-29",
            "reason": "婚迁",
        },
    )
    at = f"/relocations/{latest('people.RelocationList')}"
    for who, word, person in (
        (there, "accept", going[0]),
        (there, "decline", going[1]),
        (here, "take-back", going[2]),
    ):
        given = {"person": [person], f"place.{person}": region(SHIZHU), "reason": "已核对户口"}
        who.do(f"{at}/{word}/", given)
