from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from qiaojie.cli.main import main
from qiaojie.regions.services import load


@pytest.fixture(scope="package")
def tree(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The whole tree of regions, loaded once for this folder and gone after it."""
    with django_db_blocker.unblock():
        held = transaction.atomic()
        held.__enter__()
        try:
            load()
            yield
        finally:
            transaction.set_rollback(True)
            held.__exit__(None, None, None)


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
