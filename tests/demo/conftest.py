from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from qiaojie import demo
from qiaojie.regions.services import load as load_regions

SMALL = 0.05


@contextmanager
def rolled_back() -> Iterator[None]:
    """What happens inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def tree(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The whole tree of regions, loaded once for this folder and gone after it."""
    with django_db_blocker.unblock(), rolled_back():
        load_regions()
        yield


def _settle() -> None:
    """Let the database look at all references now: PostgreSQL would look again after every test."""
    connection.check_constraints()


@pytest.fixture(scope="module")
def programme(tree: None) -> Iterator[None]:
    """The whole demo for the tests of one file."""
    with rolled_back():
        list(demo.load())
        _settle()
        yield


@pytest.fixture(scope="module")
def stories(tree: None) -> Iterator[None]:
    """A small demo for the tests of one file: its stories are those of the whole one."""
    with rolled_back():
        list(demo.load(SMALL))
        _settle()
        yield


@pytest.fixture
def within() -> Callable[[], AbstractContextManager[None]]:
    return rolled_back
