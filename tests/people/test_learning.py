"""Weights from answers are proposed with what differs, never taken by themselves; an installation puts its own, logged."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.cli.main import main
from qiaojie.intake import learning as answered
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.people import doubts, likeness
from qiaojie.people.likeness import UNKNOWN, Profile, learning, weights
from qiaojie.people.likeness.learning import Answered
from qiaojie.people.models import Doubt, Person, Tie
from qiaojie.people.services import completed
from tests.web.factories import World

BORN = date(1970, 3, 4)
HER = Profile("王秀英", birth=BORN)


def told(name: str, same: int, different: int) -> list[Answered]:
    other = Profile(name, birth=date(1970, 3, 20))
    return [Answered(HER, other, UNKNOWN, n < same) for n in range(same + different)]


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    (tmp_path / "keys.json").symlink_to(settings.HOME / "keys.json")
    settings.HOME = tmp_path
    return tmp_path


def test_what_people_answer_otherwise_than_expected_moves_a_weight() -> None:
    held = weights.standard()
    text = weights.text()
    # Pairs that the weights think unlikely, of which people say that nearly all are one woman.
    found = learning.tallies(told("王秀兰", 38, 2), held)
    assert {(one.section, one.name, one.pairs, one.same) for one in found} == {
        ("name", "almost", 40, 38), ("birth", "birth_month", 40, 38),
    }  # fmt: skip
    made, changes = learning.proposed(text, found, "2027-01-02")
    taken = weights.read(made)
    assert taken.version == "2027-01-02" and taken.agree != held.agree
    assert all(change.after > change.before for change in changes) and len(changes) == 2
    # Nothing of a kind comes to weigh more than what is closer.
    assert taken.agree[likeness.Trait.ALMOST] <= taken.agree[likeness.Trait.LOOKS]


def test_few_answers_and_such_as_are_expected_change_nothing() -> None:
    held, text = weights.standard(), weights.text()
    few = learning.tallies(told("王秀兰", 9, 0), held)
    assert learning.proposed(text, few, held.version) == (text, [])
    same = [Answered(HER, HER, UNKNOWN, True)] * 200
    assert not learning.proposed(text, learning.tallies(same, held), "x")[1]


@pytest.mark.django_db
def test_answers_are_read_and_nothing_is_taken(world: World, home: Path, capsys: Any) -> None:
    viewer = UserViewer(world.users["approver"])
    for n in range(40):
        pair = [
            Person.objects.create(**completed({"name": name, "birth_date": born, "sex": "2"}))
            for name, born in ((f"王秀{n}英", BORN), (f"王秀{n}英", date(1970, 3, 20)))
        ]
        for person in pair:
            Tie.objects.create(person=person, region=world.regions["涪陵区"])
        doubt = Doubt.objects.create(one=pair[0].pk, other=pair[1].pk, why="likely +name")
        if n < 39:
            doubts.answer(doubt.pk, viewer, same=True, reason="同一人")
    read = list(answered.answers())
    assert len(read) == 39 and all(one.same for one in read)
    out = home / "proposed.toml"
    assert main(["likeness", "propose", "--out", str(out)]) == 1
    assert "birth.birth_month" in capsys.readouterr().out
    assert not weights.own_file().exists() and weights.current() == weights.standard()
    assert main(["likeness", "put", str(out), "--purpose", "按半年的答复"]) == 0
    assert weights.current().version != weights.standard().version
    assert likeness.score(HER, HER).version == weights.current().version
    assert AccessEntry.objects.filter(subject="likeness/weights").latest("pk").purpose == "按半年的答复"
    assert main(["likeness", "show"]) == 0
    assert str(weights.own_file()) in capsys.readouterr().out


@pytest.mark.django_db
def test_weights_are_put_by_whoever_may_and_only_if_they_can_be_used(world: World, home: Path) -> None:
    text = weights.text()
    changed = text.replace('version = "', 'version = "x', 1)
    for who in ("clerk", "approver", "other", "base"):
        with pytest.raises(Refused):
            weights.put(changed, UserViewer(world.users[who]))
    with pytest.raises(Unusable) as same:
        weights.put(text, SystemViewer())
    assert same.value.code == "version_same"
    with pytest.raises(Unusable):
        weights.put(changed.replace("birth = 14.0", "birth = 1.0"), SystemViewer())
    assert not weights.own_file().exists()
