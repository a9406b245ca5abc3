"""Loading: once, into an empty installation, all or nothing, the same every time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qiaojie import demo
from qiaojie.accounts.models import Agency, User
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.bases.models import SupportPayment
from qiaojie.cli.main import main
from qiaojie.demo.current import making as current_making
from qiaojie.demo.world import World
from qiaojie.ledgers import declaration
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Employment, GraduateService
from qiaojie.measures.queries import measure
from qiaojie.notices.queries import every, notice
from qiaojie.people.models import Certificate, Person, Status
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment, TrainingClass

from .conftest import SMALL

pytestmark = pytest.mark.django_db

FORMER = date(2023, 12, 31)
KEYS = {"id", "person_id", "training_class_id", "base_id", "source_id", "organiser_id", "canonical_id"}
"""Columns of keys, which a database hands out as it likes."""

Within = Callable[[], AbstractContextManager[None]]


def _everything() -> list[Any]:
    """All rows by what they say; keys apart, which a database hands out as it likes."""
    people = list(
        Person.objects.order_by("id_hash").values_list("id_number", "name", "phone", "address", "hukou__key")
    )
    papers = sorted(
        Certificate.objects.values_list("number", "county__key", "issued_on", "expires_on", "ended_on")
    )
    classes = list(
        TrainingClass.objects.order_by("filed_by__key", "title").values("title", "begins", "cost", "state")
    )
    came = Enrolment.objects.order_by("filed_by__key", "training_class__title", "person__id_hash")
    values = measure(notice("chongqing-work-2023"), date(2023, 11, 30), SystemViewer())
    return [
        people,
        papers,
        classes,
        list(came.values_list("training_class__title", "person__name", "result", "state", "entered_at")),
        Status.objects.count(),
        sorted(
            Employment.objects.values_list("person__id_hash", "begins", "form", "employer", "proof", "state")
        ),
        sorted(CareService.objects.values_list("person__id_hash", "begins", "form", "purchased", "state")),
        sorted(GraduateService.objects.values_list("person__id_hash", "happened_on", "origin__key")),
        sorted(SupportPayment.objects.values_list("base__name", "happened_on", "amount")),
        [(unit.name, unit.values) for unit in values.units],
        list(User.objects.order_by("username").values_list("username", "holder", "role", "agency__name")),
    ]


@pytest.mark.later
def test_two_loads_are_alike(tree: None, within: Within) -> None:
    told = []
    for _ in range(2):
        with within():
            list(demo.load(SMALL))
            told.append(_everything())
    assert told[0] == told[1]


@pytest.mark.later
def test_the_present_changes_nothing_of_former_years(
    tree: None, within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for making in (current_making.make, lambda *_given: (World(), [])):
        with within():
            monkeypatch.setattr(current_making, "make", making)
            list(demo.load(SMALL))
            told.append(_former())
    assert told[0] == told[1]


def _former() -> list[Any]:
    """All facts of the years up to 2023 in the order of their keys, everybody, and what counts in those years."""
    facts = []
    moments = {"proof_sources": ("entered_at", "approved_at"), "typed_figures": ("entered_at", "approved_at")}
    for ledger in declaration.every():
        if ledger.approved and ledger.code != "documents":
            own = [
                field.attname
                for field in ledger.model._meta.fields
                if field.attname not in {*KEYS, *moments.get(ledger.code, ())}
            ]
            whose = ["person__id_hash"] if ledger.person else []
            rows = ledger.model._default_manager.filter(happened_on__lte=FORMER).order_by("pk")
            facts.append((ledger.code, list(rows.values_list(*own, *whose))))
    people = Person.objects.order_by("pk").values_list("id_number", "name", "hukou_id", "died_on")
    papers = Certificate.objects.filter(issued_on__lte=FORMER).order_by("person", "issued_on")
    return [
        facts,
        list(people),
        list(papers.values_list("number", "county", "issued_on", "expires_on")),
        [
            (one.code, [(unit.name, unit.values) for unit in measure(one, FORMER, SystemViewer()).units])
            for one in every()
            if one.span.ends <= FORMER
        ],
    ]


def test_it_knows_whether_it_is_there_and_loads_once(tree: None, within: Within) -> None:
    assert not demo.loaded() and demo.accounts() == []
    with within():
        assert list(demo.load(SMALL))
        assert demo.loaded()
        with pytest.raises(Unusable, match="已经载入") as refused:
            list(demo.load(SMALL))
        assert refused.value.code == "demo_loaded"
    assert not demo.loaded()


def test_what_is_interrupted_leaves_nothing_and_loads_again(
    tree: None, within: Within, own_notices: Path
) -> None:
    shutil.rmtree(own_notices, ignore_errors=True)
    with within():
        progress = iter(demo.load(SMALL))
        assert "41" in next(progress)
        assert Agency.objects.exists()
        progress.close()
        assert not demo.loaded() and not Agency.objects.exists() and not User.objects.exists()
        assert not own_notices.exists()
        list(demo.load(SMALL))
        assert demo.loaded()


def test_an_installation_with_accounts_of_its_own_is_left_alone(tree: None, within: Within) -> None:
    with within():
        User.objects.create(username="somebody")
        with pytest.raises(Unusable) as refused:
            list(demo.load(SMALL))
        assert refused.value.code == "not_empty"
        assert not Agency.objects.exists()


def test_once_leaves_an_installation_with_data_of_its_own_alone(
    tree: None, within: Within, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The databases of the tests are prepared already.
    monkeypatch.setattr("qiaojie.cli.serving.prepare", lambda: None)
    with within():
        User.objects.create(username="somebody")
        assert main(["demo", "--once"]) == 0
        told = capsys.readouterr()
        assert "没有载入" in told.out and told.out.count("\n") == 1 and not told.err
        assert main(["demo"]) == 2
        told = capsys.readouterr()
        assert told.err and not told.out
        assert not Agency.objects.exists() and not demo.loaded()
