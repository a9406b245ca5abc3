"""The bench runs, and what it compares is the same on both sides."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qiaojie.bench.timing import BenchLine, Times, against, alternated
from qiaojie.measures import queries, services
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.regions.models import Region
from qiaojie.regions.queries import edition
from tests.regions.small import plant

ROOT = Path(__file__).parents[2]


def run(*arguments: str, home: Path, notices: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A module of the bench in a process of its own, on an empty database."""
    environment = {
        **os.environ,
        "QIAOJIE_HOME": str(home),
        "QIAOJIE_DATABASE": f"sqlite:///{home / 'bench.sqlite3'}",
    }
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
def test_queries_by_hand_give_our_numbers() -> None:
    """In a registry where people moved, certificates lapsed and rows wait, county for county."""
    from qiaojie.bench import counting, registry

    plant()
    notice = notices.notice(counting.NOTICE)
    made = registry.fill(4_000, edition(notice.edition).unit_ids)
    assert made.facts > 3_000
    counting.compare(notice)
    parts = {
        part
        for i in services.measured(notice)
        for _unit, part in queries.sums(notice, i, counting.MONTH_ENDS[-1])
    }
    assert {"approved", "pending", "elsewhere"} <= parts


@pytest.mark.django_db
def test_a_registry_is_the_same_every_time() -> None:
    from qiaojie.bench import registry

    assert registry.identity(41, woman=True) == registry.identity(41, woman=True)
    numbers = {registry.identity(place, woman=place % 2 == 0)[3] for place in range(40_000)}
    assert len(numbers) == 40_000


@pytest.mark.once
@pytest.mark.parametrize(
    "groups",
    [
        "measure,forms",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("intake", "nation", "at-rest", "file-shortcuts", "registry-shortcuts")
        ),
    ],
)
def test_every_group_prints_its_lines(groups: str, tmp_path: Path) -> None:
    done = run("qiaojie.bench.inside", "2000", groups, home=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [BenchLine(**json.loads(text)) for text in done.stdout.splitlines()]
    assert all(line.ours > 0 and line.limit > 0 for line in lines)
    wanted = {
        "measure,forms": {"first", "board", "a", "training-status"},
        "intake": {"plan", "peak", "commit", "file"},
        "nation": {"board"},
        "file-shortcuts": {"long", "numbers", "marked", "sheet"},
        "registry-shortcuts": {"plan", "plan,", "list", "person"},
    }
    assert wanted[groups] <= {line.name.split()[0] for line in lines}


@pytest.mark.django_db
def test_a_database_in_use_is_refused() -> None:
    from qiaojie.bench import inside

    Person.objects.create(name="李桂", name_key="李桂")
    with pytest.raises(SystemExit, match="empty databases only"):
        next(inside._counted(2_000, ["touched"]))
    assert Person.objects.count() == 1 and not Region.objects.exists()


def test_an_unknown_group_is_named(tmp_path: Path) -> None:
    done = run("qiaojie.bench", "--only", "measures", home=tmp_path)
    assert done.returncode == 2
    assert "measures" in done.stderr


def test_a_line_says_whether_its_bound_holds() -> None:
    line = against("what", "10", (Times((1.0, 2.0, 3.0)), Times((3.0, 3.0, 3.3))), 1.5)
    assert line.ratio == pytest.approx(1.5)
    assert " ok " in line.text("sqlite")
    assert "OVER" in BenchLine("what", "10", 3.1, 2.0, 1.5).text("sqlite")


def test_both_sides_take_turns() -> None:
    order: list[str] = []
    alternated(
        lambda: order.append("peer"), lambda: order.append("ours"), 2, before=lambda: order.append("before")
    )
    assert order == ["peer", "before", "ours"] * 2


@pytest.mark.parametrize(("ours", "bound", "over"), [(2.0, 1.5, True), (1.5, 1.5, False), (9.0, None, False)])
def test_a_line_over_its_bound_fails_the_run(
    ours: float, bound: float | None, over: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiaojie.bench import __main__ as bench

    line = BenchLine("a line", "1", ours, 1.0, bound)
    assert line.over is over
    monkeypatch.setattr(bench, "_every", lambda *_given, **_more: iter([("", line)]))
    monkeypatch.setattr("sys.argv", ["bench", "--only", "lists"])
    assert bench.main() == int(over)


@pytest.mark.django_db
def test_the_digest_is_held_against_the_same_rows() -> None:
    from qiaojie.bench import digests, registry
    from qiaojie.digests.models import Digest

    plant()
    registry.fill(60, edition(notices.notice("chongqing-work-2023").edition).unit_ids)
    first, night = digests.lines(20)
    told = sum(said[0] for said in Digest.objects.get().tables.values())
    assert night.note.startswith(f"{told:,} rows") and told > 60
    assert first.ours > 0 and night.bound == digests.WANTED and night.ratio > 0
