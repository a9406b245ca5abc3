"""A PostgreSQL cluster that lives as long as one command: ``python -m tests.postgres -- COMMAND…``.

It never touches a server that is already there: its data, socket and log lie in a temporary folder, and it listens
on no network address. The command finds it through ``QIAOJIE_DATABASE``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

USER = "qiaojie"
OLDEST = 15
# It is thrown away, so nothing needs to survive a crash.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "max_connections": "200",
}


def programs() -> Path:
    """The folder of the newest installed server. Raises FileNotFoundError with the command that would install one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found or int(found[-1].parts[-3]) < OLDEST:
        raise FileNotFoundError(
            f"PostgreSQL {OLDEST} or newer is missing. Please run: sudo apt-get install postgresql"
        )
    return found[-1].parent


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; Debian's package made an account for it."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Start a fresh cluster with an empty database; yields its address and leaves nothing behind."""
    binaries = programs()
    # Not pytest's own folder: the path of a socket may have 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="qiaojie-pg-"))
    who = _identity()
    if who:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **who)
        if done.returncode:
            log = folder / "log"
            kept = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}{kept}")

    try:
        run("initdb", "--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8",
            f"--pgdata={data}")  # fmt: skip
        with (data / "postgresql.conf").open("a") as stream:
            for name, value in {**SETTINGS, "unix_socket_directories": str(folder)}.items():
                stream.write(f"{name} = '{value}'\n")
        run("pg_ctl", "start", "--wait", f"--pgdata={data}", f"--log={folder / 'log'}")
        try:
            run("createdb", f"--host={folder}", f"--username={USER}", USER)
            yield f"postgresql://{USER}@/{USER}?host={quote(str(folder), safe='')}"
        finally:
            run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={data}")
    finally:
        shutil.rmtree(folder)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    """Run a command with a cluster of its own; its exit status is the answer."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    # Told to stop, the cluster is still stopped and deleted.
    signal.signal(signal.SIGTERM, _leave)
    with cluster() as address:
        return subprocess.run(
            command, env={**os.environ, "QIAOJIE_DATABASE": address}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
