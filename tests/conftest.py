"""What all tests share: a home of their own, every database open to them, and no silent skips in CI."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from tests import schema
from tests.kept import emptied, rolled_back, settle
from tests.rounds import USUAL, examples

if TYPE_CHECKING:
    from tests.web.factories import World

pytest_plugins = ["tests.browser", "tests.sqlite"]

hypothesis_settings.register_profile("rounds", hypothesis_settings(max_examples=examples(USUAL)))
hypothesis_settings.load_profile("rounds")

DATABASES = {"db", "transactional_db", "live_server", "django_db_setup"}
"""Fixtures by which a test asks for the database of this run, for itself or for processes that it starts."""

BY_PROCESSES = {"upgrade"}
"""Rooms whose tests ask no fixture: the processes that they start make databases of either kind."""

_skipped: list[str] = []


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Ledgers that are declared as data are there before tests are collected and databases made, which then have their tables."""
    from django.conf import settings

    from qiaojie.declared import running
    from qiaojie.declared import services as declared

    own = settings.OWN_LEDGERS
    # Those of the installation that somebody runs here are none of the tests' business.
    settings.LEDGER_DIRS = [parent for parent in settings.LEDGER_DIRS if parent != own]
    # Beside those that come with the programme, a dozen that are made up: all that is tried with every ledger is tried with them.
    from tests.made_up_ledgers import declarations

    running.build([*declared.shipped(), *declarations()])


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what the product keeps beside its database, also for commands that a test starts."""
    from django.conf import settings

    from qiaojie.codes import standing
    from qiaojie.keys import file, taking

    folder = tmp_path_factory.mktemp("home")
    kept = settings.HOME
    if not settings.QIAOJIE_KEYS:
        taking.take(file.make(kept))
    # A started command must read what this process encrypted.
    (folder / "keys.json").symlink_to(kept / "keys.json")
    patch = pytest.MonkeyPatch()
    patch.setattr(settings, "HOME", folder)
    # Notices of the installation that somebody runs here are none of the tests' business.
    shipped = [parent for parent in settings.NOTICE_DIRS if parent != settings.OWN_NOTICES]
    own = folder / "notices"
    patch.setattr(settings, "OWN_NOTICES", own)
    patch.setattr(settings, "NOTICE_DIRS", [*shipped, own])
    # Lists are looked at where a test says so: not when some seconds have passed, in whichever test that is.
    patch.setattr(settings, "OWN_CODES", folder / "codes")
    patch.setattr(settings, "CODE_DIRS", [*settings.CODE_DIRS[:-1], folder / "codes"])
    patch.setattr(standing, "SECONDS", float("inf"))
    patch.setattr(standing, "_looked", time.monotonic())
    patch.setenv("QIAOJIE_HOME", str(folder))
    patch.setattr(settings, "OWN_LEDGERS", folder / "ledgers")
    patch.setattr(settings, "LEDGER_DIRS", [*settings.LEDGER_DIRS, folder / "ledgers"])
    # Hashing a password well takes a fifth of a second: what is shown here is not how well.
    patch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    yield folder
    patch.undo()


@pytest.fixture(autouse=True)
def lists_as_before(home: Path) -> Iterator[None]:
    """Code lists that a test prepared, and words that it added, are forgotten with its rows."""
    from qiaojie.codes import standing

    held = standing._held
    yield
    standing._held = held


@pytest.fixture(autouse=True)
def no_heads(home: Path) -> Iterator[None]:
    """Heads name lines of a database that is rolled back after each test: none is found by the next."""
    yield
    for head in home.glob("*-head.json"):
        head.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def migrations() -> schema.Migrations:
    """Where migrations are, while databases are made without them."""
    return schema.Migrations()


@pytest.fixture(scope="session")
def django_db_use_migrations(migrations: schema.Migrations) -> bool:
    """Databases are made as the models say."""
    return False


@pytest.fixture(scope="session")
def django_db_setup(
    migrations: schema.Migrations, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Databases of which nothing that migrations leave behind is missing, but for the guards of the access log."""
    migrations.put_back()
    with django_db_blocker.unblock():
        schema.finish()


@pytest.fixture(scope="module")
def kept_world(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[World | None]:
    """The small programme, made once for the tests of one file; none where one of them empties the tables."""
    from tests.web import factories

    if emptied(request):
        yield None
        return
    with django_db_blocker.unblock(), rolled_back():
        made = factories.world()
        settle()
        yield made


@pytest.fixture
def world(kept_world: World | None, db: None) -> World:
    """Two counties with classes, and an account of every role; each test has objects of its own."""
    from tests.web import factories

    return factories.world() if kept_world is None else copy.deepcopy(kept_world)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser and what asks no database; open every database: on SQLite, sessions live in a second file.

    Files that drive a browser go first, and those that upgrade: they are few and slow, and at the end one process would wait
    for another's.
    """
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        marker = item.get_closest_marker("django_db")
        if "browser" in names:
            item.add_marker("browser")
        if not (marker or names & DATABASES or BY_PROCESSES & set(item.path.parts)):
            item.add_marker("once")
        if marker or names & {"db", "transactional_db", "live_server"}:
            given = dict(marker.kwargs) if marker else {}
            given.setdefault("databases", "__all__")
            item.add_marker(pytest.mark.django_db(*(marker.args if marker else ()), **given), append=False)
    slow = {
        item.path
        for item in items
        if item.get_closest_marker("browser") or BY_PROCESSES & set(item.path.parts)
    }
    items.sort(key=lambda item: item.path not in slow)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what was skipped. (An expected failure is reported as skipped too, and is none.)"""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(f"{report.nodeid}: {report.longrepr}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Keep whole modules that were skipped."""
    if report.skipped:
        _skipped.append(f"{report.nodeid}: {report.longrepr}")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed run: what nobody ran has not been shown."""
    if os.environ.get("CI") and _skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests made the run fail by being skipped."""
    if os.environ.get("CI") and _skipped:
        terminalreporter.section("skipped, which CI does not allow", red=True)
        for line in sorted(set(_skipped)):
            terminalreporter.line(line)
