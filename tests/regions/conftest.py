from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from qiaojie.regions.models import Region
from qiaojie.regions.queries import find
from qiaojie.regions.services import LoadReport, load
from tests.kept import rolled_back, settle


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LoadReport]:
    """The whole tree, loaded once for this folder and gone after it; each test's own changes are undone as ever."""
    with django_db_blocker.unblock(), rolled_back():
        done = load()
        settle()
        yield done


@pytest.fixture
def tree(loaded: LoadReport, db: None) -> LoadReport:
    return loaded


@pytest.fixture
def chongqing(tree: LoadReport) -> Region:
    return find("500000")
