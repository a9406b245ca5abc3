from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.kept import rolled_back, settle
from tests.regions.small import plant

NOTICE = """
code = "%(code)s"
title = "试点通知"
issuers = ["市残联"]
edition = "chongqing-bases-2020"
period = "2020"
"""

INDICATORS = """
[[indicators]]
code = "training"
label = "培训"
unit = "人"
definition = "结业的人。"

[[indicators]]
code = "women"
label = "其中妇女"
unit = "人"
parent = "training"
definition = "其中的妇女。"
"""

UNITS = "万州区 黔江区 开州区 武隆区 城口县 丰都县 云阳县 奉节县 巫山县 巫溪县 石柱县 秀山县 酉阳县 彭水县".split()

Writer = Callable[..., Path]


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The small tree, loaded once for this folder and gone after it; each test's own changes are undone as ever."""
    with django_db_blocker.unblock(), rolled_back():
        plant()
        settle()
        yield


@pytest.fixture
def tree(loaded: None, db: None) -> None:
    """The tree of regions for one test."""


def grid(total: tuple[int, int] = (140, 28), **changed: str) -> str:
    """A target table of the fourteen counties, 10 and 2 each; ``changed`` replaces whole lines by county."""
    lines = ["单位\ttraining\twomen", f"合计\t{total[0]}\t{total[1]}"]
    lines += [changed.get(unit, f"{unit}\t10\t2") for unit in UNITS]
    return "\n".join(line for line in lines if line) + "\n"


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes a notice folder that is sound but for what a test puts into it; returns its parent."""

    def _write(
        more: str = INDICATORS,
        *,
        code: str = "trial-2020",
        head: str = NOTICE,
        targets: str | None = None,
        readme: bool = True,
        under: str = "notices",
    ) -> Path:
        parent = tmp_path / under
        folder = parent / code
        folder.mkdir(parents=True)
        text = (head % {"code": code}) if "%(code)s" in head else head
        (folder / "notice.toml").write_text(text + more, encoding="utf-8")
        if targets is not None:
            (folder / "targets.tsv").write_text(targets, encoding="utf-8")
        if readme:
            (folder / "README.md").write_text("# Trial\n", encoding="utf-8")
        return parent

    return _write
