"""Accounts and the doctor at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.db import connections, router
from pytest_django import Settings

from qiaojie.accounts import log, sealing, triggers
from qiaojie.accounts.models import AccessEntry, Role, User
from qiaojie.ledgers.viewer import Action
from tests.cli.conftest import Run

ACCOUNT = (
    "account",
    "city-system",
    "--holder",
    "卫某",
    "--role",
    "system",
    "--region",
    "重庆市",
    "--agency",
    "重庆市残疾人联合会",
)


def test_the_first_administrators_are_opened_here(run: Run) -> None:
    status, out, _err = run(*ACCOUNT)
    password = out.split("：")[1].split("（")[0]
    user = authenticate(username="city-system", password=password)
    assert status == 0 and isinstance(user, User)
    assert (user.role, user.first_password) == (Role.SYSTEM, True)
    assert run(*ACCOUNT)[0] == 2, "the name is taken"
    assert run("account", "other", *ACCOUNT[2:5], "audit", *ACCOUNT[6:])[0] == 2, (
        "the same person is not two of them"
    )
    status, out, _err = run("account", "city-system", "--password")
    assert status == 0 and password not in out
    assert AccessEntry.objects.filter(username="system", subject="account/city-system/password").exists()


def test_the_log_is_not_cut_within_six_months(run: Run) -> None:
    assert run("prune-log", "--before", "2099-01-01", "--purpose", "清理")[0] == 2
    assert run("prune-log", "--before", "soon", "--purpose", "清理")[0] == 2


@pytest.mark.parametrize(
    ("setting", "value", "code"), [("DEBUG", True, "debug"), ("ALLOWED_HOSTS", ["*"], "hosts")]
)
def test_the_doctor_finds_settings_unfit_for_production(
    run: Run, settings: Settings, setting: str, value: object, code: str
) -> None:
    setattr(settings, setting, value)
    status, out, _err = run("doctor", "--json")
    found = {one["code"]: one["standing"] for one in json.loads(out)}
    assert status == 2 and found[code] == "broken"
    assert found["database"] == found["totals"] == found["journal"] == "good"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda line: AccessEntry.objects.filter(pk=line).delete(), "被删掉了"),
        (lambda line: AccessEntry.objects.filter(pk=line).update(rows=1), "被改过"),
    ],
    ids=["removed", "altered"],
)
def test_the_doctor_finds_a_line_of_the_log_that_was_tampered_with(
    run: Run, harm: Callable[[int], object], said: str
) -> None:
    connection = connections[router.db_for_write(AccessEntry)]
    for place in range(3):
        log.write(Action.SEE, f"persons/{place}", username="clerk", rows=20)
    sealing.seal()
    line = AccessEntry.objects.order_by("pk").values_list("pk", flat=True)[1]
    harm(line)
    triggers.set_up(connection)
    try:
        out = run("doctor", "--json")[1]
    finally:
        triggers.lift(connection)
    found = {one["code"]: one for one in json.loads(out)}
    broken = [
        one
        for one in found.values()
        if one["standing"] == "broken" and said in json.dumps(one, ensure_ascii=False)
    ]
    assert len(broken) == 1 and f"第 {line} 行" in json.dumps(broken[0], ensure_ascii=False)
