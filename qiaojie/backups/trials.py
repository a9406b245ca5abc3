"""A trial: a packet is put back into a scratch place, and what stands there is compared with it, every row of every table."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable

from . import loading, packet_keys, packets, rows
from .databases import Databases, scratch
from .loading import RowLoader, TableDigest
from .packets import Manifest, Progress
from .rows import PacketTable
from .schema import NewShape
from .sealing import PacketKey, PacketReader

PLACE = "scratch"
"""The folder in the home in which trials happen; what a killed one left there goes at the next."""


def attempt(
    path: Path, by: PacketKey | None = None, progress: Progress = lambda _s, _d, _t: None
) -> Manifest:
    """Restore a packet into a file of its own, compare, and throw the file away.

    Raises Unusable ``packet_broken``, ``packet_foreign``, ``packet_newer``, ``rows_differ``.
    """
    by = by or packet_keys.packet_key()
    with _place() as folder:
        held = scratch(folder / "trial.sqlite3")
        try:
            return fill({"default": held}, path, by, progress)
        finally:
            held.close()


def fill(
    databases: Databases, path: Path, by: PacketKey, progress: Progress = lambda _s, _d, _t: None
) -> Manifest:
    """Put a packet's rows into new, empty databases: tables, rows, sequences, indexes, references, guards; then compare.

    Raises Unusable as ``attempt``; Django's IntegrityError where rows refer to nothing.
    """
    # Every chunk is opened before the first row is written.
    PacketReader(path, by).check()
    told = packets.opening(path, by)
    for held in dict.fromkeys(databases.values()):
        loading.fresh(held)
    shape = NewShape(databases, told.steps, told.declared)
    for held in dict.fromkeys(databases.values()):
        loading.fresh(held)
    with RowLoader(shape.tables) as loader:
        for head, body in packets.contents(path, by, progress):
            if head["part"] == "rows":
                loader.put(told.tables[head["table"]], body)
        loader.end()
    manifest = packets.manifest(path, by)
    placed = {table.name: (table, held) for table, held in shape.tables.items()}
    for name, one in manifest.tables.items():
        table, held = placed[name]
        loading.set_number(held, table, one["last"])
    shape.finish()
    shape.check()
    told_tables = {told.tables[name]: placed[name][1] for name in manifest.tables}
    compare(told_tables, manifest.tables, progress)
    return manifest


def compare(
    tables: Mapping[PacketTable, BaseDatabaseWrapper],
    told: Mapping[str, Mapping[str, Any]],
    progress: Progress = lambda _s, _d, _t: None,
) -> None:
    """Hold every row of every table against what a manifest says. Raises Unusable ``rows_differ`` with the first that differs."""
    total, done = sum(int(one["rows"]) for one in told.values()), 0
    for table, held in tables.items():
        digest = TableDigest()
        for number, lines in rows.lines(held, table):
            digest.add(number, lines)
            done += number
            progress(_("逐行比对"), done, max(total, done))
        wanted = told[table.name]
        if digest.plain() != {name: wanted[name] for name in ("rows", "size", "sha256")}:
            text = _("试恢复后，表 %(table)s 与备份不一致（备份 %(wanted)d 行，恢复 %(found)d 行）。")
            words = {"table": table.name, "wanted": wanted["rows"], "found": digest.rows}
            raise Unusable("rows_differ", text % words)


@contextmanager
def _place() -> Iterator[Path]:
    above = Path(settings.HOME) / PLACE
    above.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
