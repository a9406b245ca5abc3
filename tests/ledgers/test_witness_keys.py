"""A row and its witness are written both or not at all, and keys are given to one writer only, wherever the row lies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, router
from django.utils import timezone

from qiaojie.accounts.models import KnownDevice
from qiaojie.ledgers import rows
from qiaojie.ledgers.models import Witness
from qiaojie.ledgers.tracing import witnessing
from qiaojie.people.models import Household
from qiaojie.regions.models import Region

pytestmark = pytest.mark.django_db(transaction=True)


def device(mark: str) -> KnownDevice:
    return KnownDevice.objects.create(user_id=1, mark=mark, seen_at=timezone.now())


@pytest.mark.parametrize("model", [Witness, Household])
def test_keys_that_were_handed_out_are_never_handed_out_again(model: Any) -> None:
    first = rows.hand_out(model, 3)
    then = rows.hand_out(model, 2)
    assert len({*first, *then}) == 5
    assert max(first) < min(then)


def test_while_a_row_is_written_both_databases_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    kept = witnessing.seen

    def look(*given: Any) -> None:
        held.append({one.in_atomic_block for one in connections.all()})
        kept(*given)

    monkeypatch.setattr(witnessing, "seen", look)
    one = device("a")
    one.save()
    KnownDevice.objects.update_or_create(mark="b", user_id=1, defaults={"seen_at": timezone.now()})
    KnownDevice.objects.update(seen_at=timezone.now(), user_id=2)
    KnownDevice.objects.bulk_create([KnownDevice(user_id=3, mark="c", seen_at=timezone.now())])
    assert held == [{True}] * len(held) and len(held) >= 5
    assert not any(connection.in_atomic_block for connection in connections.all())


@pytest.mark.parametrize("act", ["create", "save", "update", "delete", "bulk_create"])
def test_a_row_whose_witness_cannot_be_written_is_not_written(
    act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = device("a")
    before = list(KnownDevice.objects.values()), Witness.objects.count()

    def full(*_: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(witnessing, "_write", full)
    one.user_id = 9
    acts: dict[str, Callable[[], object]] = {
        "create": lambda: device("b"),
        "save": one.save,
        "update": lambda: KnownDevice.objects.update(user_id=9),
        "delete": KnownDevice.objects.all().delete,
        "bulk_create": lambda: KnownDevice.objects.bulk_create(
            [KnownDevice(user_id=1, mark="b", seen_at=timezone.now())]
        ),
    }
    with pytest.raises(OperationalError):
        acts[act]()
    assert (list(KnownDevice.objects.values()), Witness.objects.count()) == before


def test_a_row_in_the_witnesses_own_database_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    assert router.db_for_write(Region) == router.db_for_write(Witness)
    monkeypatch.setattr(witnessing, "_write", lambda *_: (_ for _ in ()).throw(OperationalError("full")))
    with pytest.raises(OperationalError):
        Region.objects.create(code="500000", name="重庆市", level=1)
    assert not Region.objects.filter(code="500000").exists()


CREATING = """
import sys, time
import django
django.setup()
from django.db import connections
from django.utils import timezone
from qiaojie.accounts.models import KnownDevice
until = time.monotonic() + 3
made = 0
while time.monotonic() < until:
    KnownDevice.objects.create(user_id=made, mark=sys.argv[1], seen_at=timezone.now())
    made += 1
print(made)
"""


@pytest.mark.long
@pytest.mark.once
def test_two_processes_never_write_a_row_without_its_witness(tmp_path: Path) -> None:
    given = {"QIAOJIE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings"}
    environment = {**os.environ, **given, "QIAOJIE_DATABASE": "sqlite://"}

    def run(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, text=True
        )

    with run("-m", "qiaojie.cli.main", "prepare") as preparing:
        preparing.communicate()
    assert not preparing.returncode
    both = [run("-c", CREATING, mark) for mark in ("a", "b")]
    made = [int(one.communicate()[0] or 0) for one in both]
    assert [one.returncode for one in both] == [0, 0] and min(made) > 5
    with run("-m", "qiaojie.cli.main", "doctor", "--deep", "--json") as asked:
        found = {one["code"]: one["standing"] for one in json.loads(asked.communicate()[0])}
    assert {standing for code, standing in found.items() if code.startswith("digest")} == {"good"}, found
