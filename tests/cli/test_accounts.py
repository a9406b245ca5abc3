"""Accounts and the doctor at the command line."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import authenticate
from pytest_django import Settings

from qiaojie.accounts.models import AccessEntry, Role, User
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
