"""The settings read keys, and make none; the file is made once and rewritten whole, for the owner's eyes only."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from qiaojie.config import secrets
from qiaojie.keys import file


def test_settings_make_no_keys(tmp_path: Path) -> None:
    home = tmp_path / "var"
    assert secrets.load(home).field_keys == []
    assert not home.exists()


def test_keys_are_made_once_and_kept_to_the_owner(tmp_path: Path) -> None:
    home = tmp_path / "var"
    first = file.make(home)
    assert file.make(home) == secrets.load(home) == first
    assert file.make(tmp_path / "other") != first
    assert [path.name for path in home.iterdir()] == ["keys.json"]
    assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600


def test_of_many_that_begin_together_all_have_the_keys_of_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(file.make, [tmp_path] * 16))
    assert all(each == made[0] for each in made)
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


BROKEN = [
    "",
    "{",
    "[]",
    '{"signing": "x"}',
    '{"signing": "x", "fields": []}',
    '{"signing": "x", "fields": [[1, "c2hvcnQ="]]}',
    '{"signing": "x", "fields": [[300, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]]}',
    '{"fields": [[1, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]]}',
    '{"signing": "x", "fields": [[1, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"]]}',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_of_keys_is_neither_used_nor_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text, encoding="utf-8")
    with pytest.raises(file.KeyFileUnusable) as fault:
        file.make(tmp_path)
    assert fault.value.fault == "damaged"
    assert secrets.load(tmp_path).field_keys == []
    with pytest.raises(file.KeyFileUnusable):
        secrets.change(tmp_path, lambda entries: entries.update(other=1))
    assert (tmp_path / "keys.json").read_text(encoding="utf-8") == text


def test_entries_of_others_are_kept_and_made_once(tmp_path: Path) -> None:
    first = file.make(tmp_path)
    made = [secrets.entry(tmp_path, "backup", file.fresh_secret) for _ in range(2)]
    secrets.change(tmp_path, lambda entries: entries["fields"].append([2, file.fresh_secret()]))
    held = json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))
    assert made == [held["backup"]] * 2
    assert file.read(tmp_path).field_keys[:1] == first.field_keys
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_a_change_that_leaves_nothing_usable_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    file.make(tmp_path)
    held = (tmp_path / "keys.json").read_bytes()
    with pytest.raises(file.KeyFileUnusable):
        secrets.change(tmp_path, lambda entries: entries["fields"].clear())
    assert (tmp_path / "keys.json").read_bytes() == held
    assert not list(tmp_path.glob("*.tmp"))


def test_what_is_linked_to_is_changed_and_the_link_stays(tmp_path: Path) -> None:
    file.make(tmp_path / "kept")
    (tmp_path / "home").mkdir()
    link = tmp_path / "home" / "keys.json"
    link.symlink_to(tmp_path / "kept" / "keys.json")
    secrets.change(tmp_path / "home", lambda entries: entries.update(backup="x"))
    assert link.is_symlink()
    assert json.loads((tmp_path / "kept" / "keys.json").read_text(encoding="utf-8"))["backup"] == "x"


def test_changes_of_several_processes_are_all_there(tmp_path: Path) -> None:
    file.make(tmp_path)

    def note(number: int) -> None:
        secrets.change(tmp_path, lambda entries: entries.update({f"of_{number}": number}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(note, range(24)))
    held: dict[str, Any] = json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))
    assert [held[f"of_{number}"] for number in range(24)] == list(range(24))


@pytest.mark.parametrize("step", ["replace", "fsync", "fchown"])
def test_a_crash_at_any_point_leaves_a_usable_file(tmp_path: Path, step: str) -> None:
    file.make(tmp_path)
    held = file.read(tmp_path)
    program = (
        "import os, pathlib\n"
        "from qiaojie.keys import file\n"
        f"os.{step} = lambda *_: os._exit(9)\n"
        f"file.change(pathlib.Path({str(tmp_path)!r}), lambda entries: entries.update(backup='x'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 9
    assert file.read(tmp_path) == held
    secrets.change(tmp_path, lambda entries: entries.update(backup="y"))
    assert json.loads((tmp_path / "keys.json").read_text(encoding="utf-8"))["backup"] == "y"
