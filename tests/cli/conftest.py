from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import DjangoDbBlocker

from qiaojie.cli.main import main
from tests.kept import rolled_back, settle
from tests.regions.small import plant


@pytest.fixture(scope="package")
def tree(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The small tree of regions, loaded once for this folder and gone after it."""
    with django_db_blocker.unblock(), rolled_back():
        plant()
        settle()
        yield


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tree: None, db: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """``run("measure", …)``: exit status, what it printed, what it complained about."""

    def go(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return go
