"""Tests stand where the code is, and what the runs are told is what there is."""

import re
from pathlib import PurePath

import pytest

from scripts.covered import rooms, summed
from tests.house.source import PACKAGE, ROOT, files, modules


def test_every_room_with_code_has_tests_of_its_name() -> None:
    coded = {path.relative_to(PACKAGE).parts[0] for path in modules() if path.parent != PACKAGE}
    tested = {
        path.relative_to(ROOT).parts[1]
        for path in files(".py", under="tests")
        if path.name.startswith("test_")
    }
    assert not coded - tested


def test_what_the_first_tier_leaves_out_the_second_asks_for(pytestconfig: pytest.Config) -> None:
    asked = re.findall(r'-m "([^"]+)"', (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert asked == [
        "not long",
        "not long and not later and not browser and not once",
        "long or hypothesis",
        "(long or later or hypothesis) and not browser and not once",
        "not long",
    ]
    declared = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert {"long", "later", "browser", "once"} <= declared


def test_a_file_counts_in_its_room_and_in_the_rooms_inside() -> None:
    assert list(rooms(PurePath("intake/judging/plan.py"))) == ["intake", "intake/judging"]
    assert list(rooms(PurePath("web/desk/boards/board.py"))) == ["web", "web/desk", "web/desk/boards"]
    assert list(rooms(PurePath("__init__.py"))) == []
    found = summed(
        [(PurePath("lib/a.py"), 8, 2), (PurePath("web/api/b.py"), 4, 0), (PurePath("lib/c.py"), 0, 0)]
    )
    assert {name: (one.statements, one.missed, one.percent) for name, one in found.items()} == {
        "": (12, 2, pytest.approx(83.33, abs=0.01)),
        "lib": (8, 2, 75.0),
        "web": (4, 0, 100.0),
        "web/api": (4, 0, 100.0),
    }
