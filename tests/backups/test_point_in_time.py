"""What the manual says of PostgreSQL's continuous archive, tried: rows that were deleted are there again at the moment before."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.backups.test_moving import MANUAL, qiaojie
from tests.postgres import USER, _identity, programs

pytestmark = [pytest.mark.long, pytest.mark.once]


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
    return found[1].replace("/mnt/nas", str(folder))


def test_deleted_rows_are_there_again_at_the_moment_before(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="qiaojie-pitr-"))
    if _identity():
        shutil.chown(folder, "postgres", "postgres")
    server = Server(folder)
    (folder / "wal").mkdir()
    if _identity():
        shutil.chown(folder / "wal", "postgres", "postgres")
    try:
        server.run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8",
                   f"--pgdata={server.data}")  # fmt: skip
        with (server.data / "postgresql.conf").open("a") as stream:
            stream.write(f"unix_socket_directories = '{folder}'\nlisten_addresses = ''\n")
            stream.write(_settings("`postgresql.conf` 里：", folder))
        server.start()
        server.run("createdb", f"--host={folder}", f"--username={USER}", USER)
        address = f"postgresql://{USER}@/{USER}?host={folder}"
        home = tmp_path / "home"
        assert qiaojie(home, "prepare", QIAOJIE_DATABASE=address).returncode == 0
        (base,) = re.findall(r"pg_basebackup .*", _settings("下一次基础备份之后：", folder))
        words = base.replace("$(date +%F)", "now").split()[1:]
        server.run("pg_basebackup", f"--host={folder}", f"--username={USER}", *words)
        asked = "SELECT id, name FROM regions_region ORDER BY id"
        made = qiaojie(home, "account", "late", "--holder", "卫某", "--role", "audit", "--region", "重庆市",
                       "--agency", "重庆市残疾人联合会", QIAOJIE_DATABASE=address)  # fmt: skip
        assert made.returncode == 0, made.stderr
        before, users = server.ask(asked), server.ask("SELECT username FROM accounts_user ORDER BY id")
        time.sleep(1)
        ((moment,),) = server.ask("SELECT clock_timestamp()::text")
        time.sleep(1)
        server.ask("DELETE FROM accounts_holding; DELETE FROM accounts_grant; DELETE FROM accounts_user")
        assert server.ask("SELECT count(*) FROM accounts_user") == [(0,)]
        server.ask("SELECT pg_switch_wal()")
        server.stop()
        shutil.move(server.data, folder / "lost")
        subprocess.run(["cp", "-a", str(folder / "base-now"), str(server.data)], check=True)
        with (server.data / "postgresql.conf").open("a") as stream:
            stream.write(_settings("末尾写上", folder).replace("2026-11-30 10:14:00+08", str(moment)))
        (server.data / "recovery.signal").touch()
        if _identity():
            shutil.chown(server.data / "recovery.signal", "postgres", "postgres")
        server.start()
        for _round in range(100):
            if server.ask("SELECT pg_is_in_recovery()") == [(False,)]:
                break
            time.sleep(0.2)
        assert server.ask("SELECT username FROM accounts_user ORDER BY id") == users
        assert server.ask(asked) == before
        server.stop()
    finally:
        subprocess.run(
            [str(programs() / "pg_ctl"), "stop", "--mode=immediate", f"--pgdata={server.data}"],
            cwd="/",
            capture_output=True,
            check=False,
            **_identity(),
        )
        shutil.rmtree(folder, ignore_errors=True)
