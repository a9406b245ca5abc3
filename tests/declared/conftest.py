"""An installation in which ledgers of a test's own are prepared: its tables are gone with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as real
from django.db import connection
from pytest_django import Settings

from qiaojie.declared import running, services
from qiaojie.declared.naming import model_of
from qiaojie.declared.services import Preparation

Prepare = Callable[..., Preparation]


@pytest.fixture
def prepare(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Prepare]:
    """Write declarations (folder=text, '' takes the folder away) beside those that come with the programme, and prepare them."""
    before = list(running.current().values())
    folder = tmp_path / "ledgers"
    settings.LEDGER_DIRS, settings.OWN_LEDGERS = [*settings.LEDGER_DIRS, folder], folder
    made: set[str] = set()

    def write_and_prepare(**texts: str) -> Preparation:
        for name, text in texts.items():
            file = folder / name / "ledger.toml"
            if text:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            else:
                shutil.rmtree(file.parent)
        done = services.prepare()
        made.update(done.made)
        return done

    yield write_and_prepare
    for code in made & running.current().keys():
        with connection.schema_editor() as editor:
            editor.delete_model(model_of(code))
    (Path(real.HOME) / running.STAMP).unlink(missing_ok=True)
    running._seen = None
    running.build(before)
