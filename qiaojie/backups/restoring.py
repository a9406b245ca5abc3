"""A packet becomes the installation: everything is built anew beside what is there, compared, and put in its place at the end.

A process of its own builds it, in a home of its own with the keys that it is to live under; so a computer that has nothing yet,
a database that is replaced, another kind of database and other keys are one case. A kill before the last step leaves what was
there; after it, whoever comes next carries it through (``swaps``).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from qiaojie.keys import standing
from qiaojie.lib.dialects import is_server
from qiaojie.lib.findings import Unusable
from qiaojie.storage import converting

from . import packet_keys, packets, servers, swaps, trials
from .databases import beside
from .packet_keys import Entries
from .packets import Manifest, Progress
from .sealing import PacketReader

STAGE: Final = "restoring"
"""The folder (on a server the schema: ``qiaojie_restoring``) in which the new installation is built."""

_HELD: Final = ("accounts_user", "accounts_agency", "people_person", "intake_upload", "ledgers_batch")
"""Tables of which none has a row in an installation that nobody has begun to use."""

_LOOK: Final = 0.25
"""Seconds between two looks at whether another process is still there."""

_PATIENCE: Final = 12
"""Looks at the lock of another restore before it is said to be going on."""

_QUICK: Final = "PRAGMA busy_timeout = 2000"


def holds_data() -> bool:
    """Whether somebody has begun to use the installation; also where its database cannot be read. Makes no file."""
    try:
        if not standing.has_data():
            return False
        with connections["default"].cursor() as cursor:
            there = set(connections["default"].introspection.table_names(cursor))
            for table in there.intersection(_HELD):
                cursor.execute(f'SELECT 1 FROM "{table}" LIMIT 1')  # noqa: S608  (names of our own)
                if cursor.fetchone():
                    return True
    except DatabaseError:
        return True
    return False


def restore(path: Path, keys: Entries | None = None, *, replace: bool = False) -> Manifest:
    """Put a packet in the place of this installation, under these ``keys`` (the installation's own where none are given).

    Where there is data already it is replaced only when told so; keeping it (a backup, or the files put aside) is for the caller,
    before. Raises Unusable ``not_empty``, ``keys_lacking``, ``in_use`` (the service runs), ``restore_failed``, and as
    ``trials.fill``.
    """
    path = path.absolute()
    held = packet_keys.entries() if keys is None else keys
    by = packet_keys.packet_key(held)
    # Every chunk, before a byte is written.
    PacketReader(path, by).check()
    told = packets.opening(path, by)
    lacking = packet_keys.lacking(told.fields, held)
    if lacking:
        text = _(
            "这份备份里的加密内容要用密钥 %s 打开，手头的密钥里没有。请用做备份那时的密钥副本（--keys）。"
        )
        raise Unusable("keys_lacking", text % "、".join(lacking))
    if holds_data() and not replace:
        text = _("这里已经有数据。要用备份换掉它，请加 --replace；换以前会先把现在的做一份备份。")
        raise Unusable("not_empty", text)
    Path(settings.HOME).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone() as lock:
        _demand_rest()
        stage = _Stage(held)
        try:
            stage.build(path, lock)
            manifest = packets.manifest(path, by)
            _demand_rest()
            stage.put_in_place()
        finally:
            stage.clear()
    return manifest


def unpack(path: Path, progress: Progress) -> None:
    """What the process that builds a new installation does first: databases and files of its home out of a packet. It ends with
    the process that asked for it, for nobody would put in place what it builds."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    by = packet_keys.packet_key()
    converting.prepare(settings.DATABASES)
    databases = {alias: beside(alias) for alias in settings.DATABASES}
    try:
        trials.fill(databases, path, by, progress)
        for held in databases.values():
            servers.look_anew(held)
    finally:
        for held in databases.values():
            held.close()
    home = Path(settings.HOME)
    for head, body in packets.contents(path, by):
        if head["part"] == "file":
            target = home / head["name"]
            if home.resolve() not in target.resolve().parents:
                raise Unusable("packet_broken", _("备份里的文件名不对：%s") % head["name"])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


def close_files() -> None:
    """Have the new databases in one file each, on disk, without logs beside them."""
    for alias in settings.DATABASES:
        held = connections[alias]
        if not is_server(held):
            with held.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode = DELETE")
            name = str(held.settings_dict["NAME"])
            held.close()
            descriptor = os.open(name, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)


class _Stage:
    """Where the new installation is built, and how it takes its place."""

    def __init__(self, held: Entries) -> None:
        self._home = Path(settings.HOME)
        self._stage = self._home / STAGE
        self._files = {
            alias: Path(str(one["NAME"])).absolute()
            for alias, one in settings.DATABASES.items()
            if not is_server(connections[alias])
        }
        # Beside the databases: files can take the place of others on their own disk only.
        self._data = next((path.parent / STAGE for path in self._files.values()), self._stage)
        self.clear()
        for folder in dict.fromkeys((self._stage, self._data)):
            folder.mkdir(mode=0o700, parents=True)
        packet_keys.write_entries(self._stage / packet_keys.FILE, held)
        if not self._files:
            servers.new_schema(connections["default"])

    def build(self, path: Path, lock: int) -> None:
        """Have a process of its own build it, which holds the ``lock`` too: where this one is killed, no other restore comes
        between until that one has ended. Raises Unusable ``restore_failed`` with what it said."""
        command = [sys.executable, "-m", "qiaojie.cli.main", "backup", "unpack", str(path)]
        environment = {
            **os.environ,
            "QIAOJIE_HOME": str(self._stage.absolute()),
            "QIAOJIE_DATABASE": self._address(),
        }
        done = subprocess.run(  # noqa: S603 - our own program
            command, env=environment, stderr=subprocess.PIPE, text=True, check=False, pass_fds=(lock,)
        )
        if done.returncode:
            said = done.stderr.strip().splitlines()
            text = _("没有恢复成，原来的没有动：%s")
            raise Unusable("restore_failed", text % (said[-1] if said else done.returncode))

    def put_in_place(self) -> None:
        """The last step: from here on it is the new one."""
        if not self._files:
            servers.put_in_place(connections["default"])
        moves, removed = [], []
        for path in self._files.values():
            removed += [path.with_name(f"{path.name}-{end}") for end in ("wal", "shm", "journal")]
            moves.append((self._data / path.name, path))
        for name in (*packets.FILES, *dict(packets.own_folders()), packet_keys.FILE):
            if (self._stage / name).exists():
                moves.append((self._stage / name, self._home / name))
            else:
                removed.append(self._home / name)
        connections.close_all()
        swaps.carry_out(self._home, moves, removed)

    def clear(self) -> None:
        """Nothing of it is left beside."""
        for folder in dict.fromkeys((self._stage, self._data)):
            shutil.rmtree(folder, ignore_errors=True)
        if not self._files:
            servers.drop_schema(connections["default"])

    def _address(self) -> str:
        if self._files:
            return f"sqlite:///{quote(str(self._data / self._files['default'].name))}"
        parts = urlsplit(os.environ["QIAOJIE_DATABASE"])
        asked = dict(parse_qsl(parts.query))
        asked["options"] = f"{asked.get('options', '')} -c search_path={servers.SCHEMA}".strip()
        return urlunsplit(parts._replace(query=urlencode(asked, quote_via=quote)))


def _demand_rest() -> None:
    """Refuse while anybody else has the databases open. Raises Unusable ``in_use``."""
    busy = False
    for alias in settings.DATABASES:
        held = connections[alias]
        if is_server(held):
            busy = servers.others(held) > 0
        elif Path(str(held.settings_dict["NAME"])).exists():
            held.close()
            busy = busy or not _alone_with(beside(alias))
    if busy:
        raise Unusable(
            "in_use", _("服务还在运行，不能恢复。请先停掉 qiaojie serve 和 qiaojie worker，再试一次。")
        )


def _alone_with(held: BaseDatabaseWrapper) -> bool:
    """Whether nobody else has a file open: else its log could not be put away. One that cannot be read is nobody's."""
    try:
        with held.cursor() as cursor:
            cursor.execute(_QUICK)
            cursor.execute("PRAGMA journal_mode = DELETE")
            return bool(cursor.fetchone()[0] == "delete")
    except DatabaseError as fault:
        return "locked" not in str(fault)
    finally:
        held.close()


def _take(descriptor: int) -> None:
    """Take a lock, waiting as long as what is left of a restore that was killed needs to end. Raises BlockingIOError."""
    for _try in range(_PATIENCE):
        with suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(_LOOK)
    return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def _alone() -> Iterator[int]:
    """One restore of a home at a time; the lock. Raises Unusable ``in_use``."""
    descriptor = os.open(Path(settings.HOME) / f".{STAGE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor)
        yield descriptor
    except BlockingIOError as fault:
        raise Unusable("in_use", _("另一个恢复正在进行，请等它做完。")) from fault
    finally:
        os.close(descriptor)
