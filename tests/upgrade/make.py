"""Make a small database of the version that is checked out: ``python -m tests.upgrade.make NAME``, see the README."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from qiaojie.storage.database_key import DatabaseKey
from qiaojie.storage.encrypted_sqlite.base import opened
from tests.postgres import USER, cluster, programs
from tests.upgrade import kept

ROOT = kept.HERE.parents[1]

NOT_KEPT = {"auth.Group", "digests.Difference"}
"""What the product never writes, and what stands only where somebody has changed rows past it."""

NOT_SQL = re.compile(r"^(\\(un)?restrict .*|SET transaction_timeout = 0;)$", re.MULTILINE)
"""What only the program psql understands, or only a newer server."""


def main(arguments: list[str]) -> int:
    """Fill one of each kind, ask both, and keep them if they say the same and nothing is missing."""
    (name,) = arguments
    with tempfile.TemporaryDirectory() as temporary, cluster() as server:
        homes = Path(temporary)
        addresses = {"sqlite": "sqlite://", "postgresql": server}
        said: dict[str, dict[str, Any]] = {}
        for kind, address in addresses.items():
            home = homes / kind
            home.mkdir()
            _run("tests.upgrade.fill", home, address)
            said[kind] = json.loads(_run("tests.upgrade.asking", home, address))
        _settle(homes / "sqlite")
        (homes / "postgresql" / kept.DUMP).write_text(_dump(server), encoding="utf-8")
        answers = _together(said)
        _demand_whole(answers)
        kept.pack(homes, kept.HERE / name, answers)
    size = (kept.HERE / name / kept.ARCHIVE).stat().st_size
    print(f"{kept.HERE / name}: {sum(answers['rows'].values()):,} rows, {size:,} bytes")
    return 0


def _run(module: str, home: Path, address: str) -> str:
    environment = {**os.environ, "QIAOJIE_HOME": str(home), "QIAOJIE_DATABASE": address}
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _settle(home: Path) -> None:
    """All in the two files themselves, as small as they go: plain, since what is encrypted cannot be packed. ``prepare``, which
    every upgrade begins with, encrypts them again."""
    key = DatabaseKey.of(json.loads((home / "keys.json").read_text())["database"])
    for path in sorted(home.glob("*.sqlite3")):
        plain = path.with_suffix(".plain")
        with contextlib.closing(opened(path, key)) as held:
            held.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            held.execute("ATTACH DATABASE ? AS plain KEY ''", (str(plain),))
            held.execute("SELECT sqlcipher_export('plain')").fetchall()
        plain.replace(path)


def _dump(server: str) -> str:
    """The whole database as SQL that any server from 15 on takes, sent in one go."""
    host = parse_qs(urlsplit(server).query)["host"][0]
    command = [str(programs() / "pg_dump"), f"--host={host}", f"--username={USER}", "--no-owner", "--no-privileges",
               "--inserts", "--rows-per-insert=200", USER]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return NOT_SQL.sub("", done.stdout)


def _together(said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The answers of both; what times, keys and servers make different stands apart for each kind."""
    apart = ("opened", "doctor")
    same = [{name: value for name, value in one.items() if name not in apart} for one in said.values()]
    for name in same[0]:
        if same[0][name] != same[1][name]:
            raise SystemExit(f"{name} differs:\n{same[0][name]}\n{same[1][name]}")
    return {**same[0], **{name: {kind: one[name] for kind, one in said.items()} for name in apart}}


def _demand_whole(answers: dict[str, Any]) -> None:
    """Stop where a model has no row, or a notice that measures has measured nothing."""
    empty = {label for label, number in answers["rows"].items() if not number} - NOT_KEPT
    if empty:
        raise SystemExit(f"no rows: {', '.join(sorted(empty))}")
    for notice, days in answers["measure"].items():
        cells = days[max(days)]
        counted = {cell for cell, value in cells.items() if not value.startswith("None")}
        indicators = {cell.split()[0] for cell in counted}
        zero = indicators - {cell.split()[0] for cell in counted if re.match("[1-9]", cells[cell])}
        if zero:
            raise SystemExit(f"{notice} counts nobody: {', '.join(sorted(zero))}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
