"""What is kept is its owner's alone: made so, found where it is not, put right by prepare."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qiaojie.storage import checks, modes
from tests.house.source import ROOT

pytestmark = pytest.mark.once


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A home with a file of each kind, open as an earlier version left it, and a database beside it."""
    made = tmp_path / "home"
    (made / "notices" / "demo").mkdir(parents=True)
    for name in (
        "keys.json",
        "log-head.json",
        "notices/demo/notice.toml",
        "office.sqlite3",
        "office.sqlite3-wal",
    ):
        (made / name).write_bytes(b"x")
        (made / name).chmod(0o644)
    for folder in (made / "notices" / "demo", made / "notices", made):
        folder.chmod(0o755)
    (made / "keys.json").chmod(0o600)
    (tmp_path / "other.sqlite3").write_bytes(b"x")
    (tmp_path / "other.sqlite3").chmod(0o640)
    return made


def test_what_others_can_read_is_named_with_the_line_that_mends_it(office: Path) -> None:
    databases = [office / "office.sqlite3", office.parent / "other.sqlite3"]
    found = {one.path for one in modes.open_to_others(office, databases)}
    assert office in found and office.parent / "other.sqlite3" in found and office / "keys.json" not in found
    assert {path.name for path in found} == {
        "home", "notices", "demo", "log-head.json", "notice.toml", "office.sqlite3", "office.sqlite3-wal", "other.sqlite3",
    }  # fmt: skip
    (told,) = checks.private_files(office, databases)
    assert (told.standing, told.code) == ("doubtful", "files_open")
    assert str(office) in told.message and f"chmod go-rwx {office}" in told.message


def test_prepare_puts_all_of_it_right_and_touches_nothing_else(office: Path) -> None:
    script = office / "script"
    script.write_text("")
    script.chmod(0o755)
    outside = office.parent / "outside"
    outside.write_text("")
    outside.chmod(0o644)
    (office / "link").symlink_to(office.parent)
    databases = [office / "office.sqlite3", office.parent / "other.sqlite3"]
    modes.close_to_others(list(modes.open_to_others(office, databases)))
    assert not list(modes.open_to_others(office, databases))
    assert (mode(office), mode(office / "notices"), mode(office / "office.sqlite3-wal")) == (
        0o700,
        0o700,
        0o600,
    )
    assert (mode(script), mode(outside), mode(office.parent / "other.sqlite3")) == (0o700, 0o644, 0o600)
    (told,) = checks.private_files(office, databases)
    assert (told.standing, told.code) == ("good", "files_private")


def test_a_file_of_another_account_is_named_with_the_line_that_mends_it(office: Path) -> None:
    # Only root gives files away; whoever else runs this finds one that is root's.
    theirs = Path("/etc/passwd") if os.geteuid() else office / "office.sqlite3-wal"
    modes.close_to_others(list(modes.open_to_others(office, [])))
    if not os.geteuid():
        os.chown(theirs, 65534, 65534)
    found = {one.code: one.message for one in checks.private_files(office, [theirs])}
    assert "files_owner" in found
    assert f"chown {os.geteuid()}" in found["files_owner"] and str(theirs) in found["files_owner"]


def test_every_process_makes_what_it_makes_for_its_owner_alone(tmp_path: Path) -> None:
    """Settings are read first: whatever is written after, exports and temporary files too, is nobody else's."""
    code = (
        "import os, tempfile, pathlib; os.umask(0); from django.conf import settings; settings.HOME\n"
        "home = pathlib.Path(os.environ['QIAOJIE_HOME']); home.mkdir(); (home / 'export.xlsx').write_bytes(b'x')\n"
        "(home / 'practice').mkdir()\n"
        "held = tempfile.NamedTemporaryFile(dir=home, delete=False)\n"
    )
    home = tmp_path / "home"
    subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "QIAOJIE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qiaojie.config.settings"},
        cwd=ROOT,
        check=True,
    )
    assert mode(home) == mode(home / "practice") == 0o700
    assert {mode(path) for path in home.iterdir() if path.is_file()} == {0o600}
