"""Watchers learn whether the installation lives, and figures; nothing about anybody."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from qiaojie.lib.dialects import is_server
from qiaojie.queue import services as queue
from qiaojie.queue.models import Job, State
from qiaojie.web import watch
from qiaojie.web.watch import health, metrics
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.django_db
TOKEN = "t" * 40
STRANGE = {"host": "10.0.0.7:8000"}
"""A watcher asks the machine, not the site."""


@pytest.fixture(autouse=True)
def looked_at_anew() -> Iterator[None]:
    health.forget()
    # What other tests of this process asked for is counted too, pages of their own among it.
    metrics.REQUESTS.clear()
    metrics.SECONDS.clear()
    yield
    health.forget()


def test_a_site_that_can_serve_says_so_to_anybody() -> None:
    answer = Client(headers=STRANGE).get("/health/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok", "jobs": "ok"})
    assert not answer.cookies
    assert Client().post("/health/").status_code == 405


def test_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("could not connect to 10.0.0.9")

    monkeypatch.setattr(connection, "cursor", away)
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "database": "away"})


def test_a_disk_without_room(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    def full(_path: Path) -> SimpleNamespace:
        return SimpleNamespace(free=4096)

    monkeypatch.setattr(health.shutil, "disk_usage", full)
    answer = Client().get("/health/")
    if is_server(connection):
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()) == (503, {"status": "failing", "database": "full"})


def test_a_database_that_was_not_upgraded() -> None:
    done = MigrationRecorder.Migration.objects.using("default").filter(app="people")
    done.order_by("-name").first().delete()
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "database": "behind"})


def test_jobs_that_nobody_begins_do_not_keep_the_site_from_serving() -> None:
    queue.enqueue("intake.plan", "upload/1", actor="clerk")
    assert Client().get("/health/").json()["jobs"] == "ok"
    Job.objects.update(queued_at=timezone.now() - timedelta(hours=1))
    answer = Client().get("/health/")
    assert (answer.status_code, answer.json()["jobs"]) == (200, "late")
    Job.objects.update(state=State.DONE)
    assert Client().get("/health/").json()["jobs"] == "ok"


def figures(token: str = TOKEN) -> str:
    answer = Client(headers={**STRANGE, "authorization": f"Bearer {token}"}).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return answer.content.decode()


def test_figures_are_for_whoever_shows_the_token(settings: Settings) -> None:
    assert Client().get("/metrics").status_code == 404
    settings.QIAOJIE_METRICS_TOKEN = TOKEN
    for shown in ({}, {"authorization": "Bearer x"}, {"authorization": TOKEN}, {"authorization": "Bearer "}):
        assert Client(headers=shown).get("/metrics").status_code == 401
    assert figures()


def test_figures_name_pages_and_nobody(world: World, sign_in: SignIn, settings: Settings) -> None:
    settings.QIAOJIE_METRICS_TOKEN = TOKEN
    woman = world.people["here"][1]
    client = sign_in("clerk")
    assert client.get(f"/people/{woman.pk}/").status_code in (200, 302, 404)
    client.get("/ledgers/persons/", {"name": woman.name})
    client.get(f"/nothing/{woman.name}/")
    queue.enqueue("intake.plan", f"upload/{woman.pk}", actor=world.users["clerk"].username)
    text = figures()
    families = {one.name: one for one in text_string_to_metric_families(text)}
    assert families["qiaojie_requests"].samples and families["qiaojie_request_seconds"].samples
    assert families["qiaojie_jobs"].samples[0].labels == {"kind": "intake.plan", "state": "waiting"}
    assert families["qiaojie_database_bytes"].samples and families["qiaojie_disk_free_bytes"].samples[0].value
    names = set(get_resolver().reverse_dict) | {""}
    for sample in families["qiaojie_requests"].samples:
        page = sample.labels["page"].rpartition(":")[2]
        assert page in names or sample.labels["page"].startswith("api:"), page
        assert sample.labels["method"] in {"GET", "HEAD", "POST", "other"}
    told = {value for family in families.values() for one in family.samples for value in one.labels.values()}
    assert not [value for value in told if re.search(r"[^\x20-\x7e]", value)]
    assert world.users["clerk"].username not in told
    assert woman.name not in text and str(woman.id_number) not in text


def test_what_no_page_answers_makes_no_new_figure(settings: Settings) -> None:
    settings.QIAOJIE_METRICS_TOKEN = TOKEN
    Client().get("/first/")
    before = figures().count("qiaojie_requests_total{")
    for number in range(20):
        Client().get(f"/made-up-{number}/")
        Client().generic(f"VERB{number}", "/made-up/")
    assert figures().count("qiaojie_requests_total{") <= before + 1


@pytest.mark.once
def test_processes_of_one_server_are_added_up(tmp_path: Path) -> None:
    counting = "from qiaojie.web.watch import metrics; metrics.note('home', 'GET', 200, 0.01)"
    asking = (
        "from prometheus_client import CollectorRegistry, generate_latest, multiprocess\n"
        "registry = CollectorRegistry(); multiprocess.MultiProcessCollector(registry)\n"
        "print(generate_latest(registry).decode())"
    )
    setting_up = "import django; django.setup();"
    places = {
        **os.environ,
        watch.SHARED: str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings",
    }
    for _process in range(2):
        subprocess.run([sys.executable, "-c", f"{setting_up} {counting}"], env=places, check=True)
    ran = subprocess.run(
        [sys.executable, "-c", asking], env=places, check=True, capture_output=True, text=True
    )
    assert 'qiaojie_requests_total{method="GET",page="home",status="200"} 2.0' in ran.stdout
