"""What the manual says of PostgreSQL's continuous archive, tried: rows that were deleted are there again at the moment before."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.backups.test_moving import MANUAL, qiaojie
from tests.postgres import USER, _identity, programs

pytestmark = [pytest.mark.long, pytest.mark.once]

ASKED = ("SELECT id, name FROM regions_region ORDER BY id", "SELECT username FROM accounts_user ORDER BY id")
"""What was there before it was deleted."""


class Server:
    """A cluster whose settings are those of the manual."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"

    def run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(programs() / program), *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **_identity(),
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def give(self, path: Path) -> None:
        """Have a file be the server's own."""
        if _identity():
            shutil.chown(path, "postgres", "postgres")

    def start(self) -> None:
        self.run("pg_ctl", "start", "--wait", f"--pgdata={self.data}", f"--log={self.folder / 'log'}")

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--mode=fast", f"--pgdata={self.data}")

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(f"host={self.folder} user={USER} dbname={USER}", autocommit=True) as held:
            found = held.execute(statement)
            return found.fetchall() if found.description else []


def _settings(after: str, folder: Path) -> str:
    """The indented lines that follow a sentence of the manual, with places of ours."""
    text = MANUAL.read_text(encoding="utf-8").split("### PostgreSQL：恢复到某一刻", 1)[1].split(after, 1)[1]
    found = re.search(r"\n\n((?:    .+\n)+)", text)
    assert found
    return found[1].replace("/data/nas", str(folder))


@pytest.fixture
def server() -> Iterator[Server]:
    """A running cluster that archives as the manual says, with an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="qiaojie-pitr-"))
    made = Server(folder)
    (folder / "wal").mkdir()
    for one in (folder, folder / "wal"):
        made.give(one)
    try:
        made.run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8",
                 f"--pgdata={made.data}")  # fmt: skip
        with (made.data / "postgresql.conf").open("a") as stream:
            stream.write(f"unix_socket_directories = '{folder}'\nlisten_addresses = ''\n")
            stream.write(_settings("`postgresql.conf` 里：", folder))
        made.start()
        made.run("createdb", f"--host={folder}", f"--username={USER}", USER)
        yield made
    finally:
        subprocess.run(
            [str(programs() / "pg_ctl"), "stop", "--mode=immediate", f"--pgdata={made.data}"],
            cwd="/",
            capture_output=True,
            check=False,
            **_identity(),
        )
        shutil.rmtree(folder, ignore_errors=True)


def _recovered(server: Server, moment: str) -> None:
    """The base backup takes the place of what there is, and is brought forward to a moment."""
    server.stop()
    shutil.move(server.data, server.folder / "lost")
    subprocess.run(["cp", "-a", str(server.folder / "base-now"), str(server.data)], check=True)
    with (server.data / "postgresql.conf").open("a") as stream:
        stream.write(_settings("末尾写上", server.folder).replace("2026-11-30 10:14:00+08", moment))
    (server.data / "recovery.signal").touch()
    server.give(server.data / "recovery.signal")
    server.start()
    for _round in range(100):
        if server.ask("SELECT pg_is_in_recovery()") == [(False,)]:
            break
        time.sleep(0.2)


def test_deleted_rows_are_there_again_at_the_moment_before(server: Server, tmp_path: Path) -> None:
    folder, home = server.folder, tmp_path / "home"
    address = f"postgresql://{USER}@/{USER}?host={folder}"
    assert qiaojie(home, "prepare", QIAOJIE_DATABASE=address).returncode == 0
    (base,) = re.findall(r"pg_basebackup .*", _settings("下一次基础备份之后：", folder))
    words = base.replace("$(date +%F)", "now").split()[1:]
    server.run("pg_basebackup", f"--host={folder}", f"--username={USER}", *words)
    made = qiaojie(home, "account", "late", "--holder", "卫某", "--role", "audit", "--region", "重庆市",
                   "--agency", "重庆市残疾人联合会", QIAOJIE_DATABASE=address)  # fmt: skip
    assert made.returncode == 0, made.stderr
    before = [server.ask(asked) for asked in ASKED]
    assert before[1] == [("late",)]
    time.sleep(1)
    ((moment,),) = server.ask("SELECT clock_timestamp()::text")
    time.sleep(1)
    server.ask("TRUNCATE accounts_user CASCADE")
    assert server.ask(ASKED[1]) == []
    server.ask("SELECT pg_switch_wal()")
    _recovered(server, str(moment))
    assert [server.ask(asked) for asked in ASKED] == before
