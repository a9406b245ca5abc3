"""Plain files of an earlier version are encrypted: all rows, or nothing at all."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError

from qiaojie.lib.findings import Unusable
from qiaojie.storage import converting, faults, files
from tests.rounds import examples
from tests.storage import material
from tests.storage.material import MARK, connected, rows, settings_of

pytestmark = pytest.mark.once


def said(home: Path) -> dict[Path, list[Any]]:
    found = {}
    for one in settings_of(home).values():
        with connected(one) as wrapper:
            found[one["NAME"]] = rows(wrapper)
    return found


def test_all_rows_are_there_and_nothing_of_them_can_be_read(tmp_path: Path) -> None:
    before = material.plain(tmp_path)
    assert MARK.encode() in material.bytes_in(tmp_path)
    with pytest.raises(DatabaseError) as refused:
        said(tmp_path)
    assert (fault := faults.of(refused.value)) and fault.kind == "database_not_encrypted"
    assert converting.prepare(settings_of(tmp_path)) == list(before)
    assert said(tmp_path) == before
    assert MARK.encode() not in material.bytes_in(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in before}
    # A second time there is nothing to do.
    held = material.bytes_in(tmp_path)
    assert converting.prepare(settings_of(tmp_path)) == [] and material.bytes_in(tmp_path) == held


def test_what_lay_on_the_disk_is_written_over(tmp_path: Path) -> None:
    before = material.plain(tmp_path)
    kept = [path.open("rb") for path in before]
    converting.prepare(settings_of(tmp_path))
    for one in kept:
        with one:
            content = one.read()
        assert len(content) > 10_000 and not content.strip(b"\0")


STEPS: dict[str, tuple[Any, str]] = {
    "before the draft is locked": (converting, "_alone"),
    "before rows are copied": (converting, "_copy"),
    "before both are compared": (converting, "_compare"),
    "before the draft is on the disk": (files, "settle"),
    "once the draft has its name": (converting, "_blank"),
}


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_is_the_old_file_or_the_new_one(tmp_path: Path, step: str) -> None:
    before = material.plain(tmp_path)
    place, name = STEPS[step]
    if not (child := os.fork()):
        setattr(place, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        converting.prepare(settings_of(tmp_path))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    converting.prepare(settings_of(tmp_path))
    assert said(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in before}


@pytest.mark.long
def test_killed_at_any_moment_it_is_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    before = material.plain(first)
    started = time.monotonic()
    shutil.copytree(first, tmp_path / "tried")
    converting.prepare(settings_of(tmp_path / "tried"))
    whole = time.monotonic() - started
    for number in range(examples(10)):
        home = tmp_path / str(number)
        shutil.copytree(first, home)
        if not (child := os.fork()):
            converting.prepare(settings_of(home))
            os._exit(0)
        time.sleep(random.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        converting.prepare(settings_of(home))
        assert list(said(home).values()) == list(before.values())


def refused(home: Path, before: dict[Path, list[Any]], code: str) -> None:
    """Nothing is converted, and what is there stays as it is."""
    with pytest.raises(Unusable) as fault:
        converting.prepare(settings_of(home))
    assert (
        fault.value.code == code and "qiaojie prepare" in fault.value.message
    ) or code == "conversion_differs"
    for one in settings_of(home, None).values():
        with connected(one) as wrapper:
            assert rows(wrapper) == before[one["NAME"]]
    assert not list(home.glob(f"*{converting.DRAFT}*"))


def test_without_room_on_the_disk_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = material.plain(tmp_path)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(converting.shutil, "disk_usage", lambda _path: usage(10, 9, 1 << 20))
    refused(tmp_path, before, "disk_full")


def test_what_others_have_open_is_left_alone(tmp_path: Path) -> None:
    before = material.plain(tmp_path)
    with connected(settings_of(tmp_path, None)["default"]) as serving:
        rows(serving)
        refused(tmp_path, before, "database_in_use")
    converting.prepare(settings_of(tmp_path))
    assert said(tmp_path) == before


@pytest.mark.parametrize(
    "harm",
    [
        lambda held: held.execute("UPDATE woman SET share = share * 2 WHERE id = 7"),
        lambda held: held.execute("DELETE FROM told WHERE woman_id = 9"),
        lambda held: held.execute("DROP INDEX woman_born"),
    ],
    ids=["a value", "a row", "an index"],
)
def test_a_draft_that_differs_takes_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Any], object]
) -> None:
    before = material.plain(tmp_path)
    copied = converting._copy

    def harmed(connection: Any) -> None:
        copied(connection)
        harm(connection)

    monkeypatch.setattr(converting, "_copy", harmed)
    refused(tmp_path, before, "conversion_differs")
