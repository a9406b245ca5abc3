"""A public fuzzer of interfaces reads our own document and tries everything that it says, and what it does not say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from qiaojie.accounts.credentials import attempts
from tests.rounds import examples
from tests.web.api.programs import key_of
from tests.web.factories import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@pytest.mark.parametrize("phase", PHASES)
def test_nothing_is_found_in_any_call(
    world: World,
    live_server: LiveServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    phase: str,
) -> None:
    # Whoever asks without a key, or too often, is held up; here that would hide everything else.
    settings.QIAOJIE_API_RATE = 10**9
    monkeypatch.setattr(attempts, "take", lambda _counted: None)
    _key, token = key_of(world.users["approver"])
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(Path(__file__).with_name("fuzzer.toml"))),
        *("run", f"{live_server.url}/api/v1/openapi.json", "--url", live_server.url),
        *("--header", f"Authorization:Bearer {token}"),
        *("--phases", phase, "--checks", "all", "--max-examples", str(examples(10))),
        *("--continue-on-failure", "--no-color", "--warnings", "off", "--seed", "1"),
        *("--suppress-health-check", "all"),
    ]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
