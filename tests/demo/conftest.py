from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from qiaojie import demo
from tests.kept import rolled_back, settle
from tests.regions.small import plant

SMALL = 0.05


@pytest.fixture(scope="package")
def own_notices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of this installation's own notices, where the demo writes one."""
    own = tmp_path_factory.mktemp("installation") / "notices"
    with override_settings(OWN_NOTICES=own, NOTICE_DIRS=[*settings.NOTICE_DIRS, own]):
        yield own


@pytest.fixture(scope="package")
def tree(django_db_setup: None, django_db_blocker: DjangoDbBlocker, own_notices: Path) -> Iterator[None]:
    """The small tree of regions, loaded once for this folder and gone after it."""
    with django_db_blocker.unblock(), rolled_back():
        plant()
        settle()
        yield


@pytest.fixture(scope="module")
def programme(tree: None) -> Iterator[None]:
    """The whole demo for the tests of one file."""
    with rolled_back():
        list(demo.load())
        settle()
        yield


@pytest.fixture(scope="module")
def stories(tree: None) -> Iterator[None]:
    """A small demo for the tests of one file: its stories are those of the whole one."""
    with rolled_back():
        list(demo.load(SMALL))
        settle()
        yield


@pytest.fixture
def within() -> Callable[[], AbstractContextManager[None]]:
    return rolled_back
