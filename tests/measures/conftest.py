from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qiaojie.measures import engine, services
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice

from .programme import ASKED, Programme, make_counties

HEAD = """
code = "trial-2023"
title = "试点通知"
issuers = ["市残联"]
edition = "chongqing-2023"
period = "2023"
"""

WORK = "chongqing-work-2023"

Declare = Callable[..., Notice]


@pytest.fixture
def programme(db: None) -> Programme:
    """Four counties in which nothing has happened yet."""
    return Programme(make_counties())


@pytest.fixture
def work2023(tmp_path: Path, settings: Any) -> Notice:
    """The shipped notice of 2023, alone: what others count takes time and shows nothing here."""
    (shipped,) = (path / WORK for path in settings.NOTICE_DIRS if (path / WORK).is_dir())
    alone = tmp_path / "shipped"
    alone.mkdir()
    (alone / WORK).symlink_to(shipped)
    settings.NOTICE_DIRS = [alone]
    return notices.notice(WORK)


@pytest.fixture
def narrowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a test has asked about an indicator, none but those asked about (and those that rest on the same lines) is
    counted again: what the others of a notice count takes most of the time and is looked at by nobody."""
    every = services.measured
    ASKED.clear()

    def measured(notice: Notice) -> list[Indicator]:
        groups = engine.alike(every(notice))
        asked = [group for group in groups if ASKED & {one.code for one in group}]
        return [one for group in (asked if ASKED else groups) for one in group]

    monkeypatch.setattr(services, "measured", measured)


@pytest.fixture
def declare(tmp_path: Path, settings: Any) -> Declare:
    """Writes a notice folder of one indicator (or several, whole) and reads it as the product does."""

    def _declare(indicators: str, targets: str | None = None, head: str = HEAD) -> Notice:
        folder = tmp_path / "notices" / "trial-2023"
        folder.mkdir(parents=True)
        (folder / "notice.toml").write_text(head + indicators, encoding="utf-8")
        (folder / "README.md").write_text("# Trial\n", encoding="utf-8")
        if targets is not None:
            (folder / "targets.tsv").write_text(targets, encoding="utf-8")
        settings.NOTICE_DIRS = [folder.parent]
        return notices.notice("trial-2023")

    return _declare
