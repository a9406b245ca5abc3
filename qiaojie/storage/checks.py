"""What the doctor asks of files and volumes: each finding with its standing, a code for programs, a sentence for people."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from qiaojie.lib.dialects import is_server

from . import converting, files, modes, volumes
from .volumes import Secrecy, Volume

_NAMED: Final = 3
"""Files that are named; of more their number is told."""
_LOCAL: Final = ("", "localhost", "127.0.0.1", "::1")


class Checked(NamedTuple):
    """What was found; ``standing`` is good, doubtful or broken."""

    standing: str
    code: str
    message: str


def examine() -> Iterator[Checked]:
    """All checks of this room, of the databases there are. A database that cannot be asked is left out."""
    yield from private_files(Path(settings.HOME), database_paths())
    yield from encrypted_files(database_paths())
    if is_server(connections["default"]):
        with contextlib.suppress(DatabaseError):
            yield from server_connection()
            yield from server_volume()
    else:
        yield home_volume(volumes.of(Path(settings.HOME)))


def database_paths() -> list[Path]:
    """The files of databases; none of a server, nor in memory."""
    return [Path(str(one["NAME"])) for one in settings.DATABASES.values() if converting.is_file(one)]


def mend() -> list[Path]:
    """Close the home and the files of databases to others; what was open. Raises OSError where something is not ours."""
    return modes.close_to_others(list(modes.open_to_others(Path(settings.HOME), database_paths())))


def private_files(home: Path, databases: Iterable[Path]) -> Iterator[Checked]:
    """Whether others than its owner can get at anything that is kept, and whether all of it has one owner."""
    databases = list(databases)
    try:
        found = [one.path for one in modes.open_to_others(home, databases)]
        foreign = modes.foreign(home, databases)
    except OSError as fault:
        text = _("查看不了数据文件夹里的“%s”，没有检查文件权限。请换运行本系统的账号再查。")
        yield Checked("doubtful", "files_unseen", text % fault.filename)
        return
    if found:
        text = _("别的用户也能读写：%(files)s。请执行 %(line)s，或运行 qiaojie prepare 一并收紧。")
        words = {"files": _named(found), "line": f"chmod go-rwx {shlex.quote(str(found[0]))}"}
        yield Checked("doubtful", "files_open", text % words)
    else:
        yield Checked("good", "files_private", _("数据文件夹只有本服务能进，里面的文件只有本服务能读。"))
    if foreign:
        text = _("这些文件不归数据文件夹的所有者：%(files)s，服务可能写不了。请执行 %(line)s。")
        owner = home.stat()
        line = f"chown {owner.st_uid}:{owner.st_gid} {shlex.quote(str(foreign[0]))}"
        yield Checked("doubtful", "files_owner", text % {"files": _named(foreign), "line": line})


def encrypted_files(databases: Iterable[Path]) -> Iterator[Checked]:
    """Whether the files of databases are encrypted whole."""
    there = [path for path in databases if files.is_there(path)]
    plain = [path for path in there if files.is_plain(path)]
    if plain:
        text = _("登记库文件没有加密：%s。请停掉服务，运行 qiaojie prepare。")
        yield Checked("broken", "files_plain", text % _named(plain))
    elif there:
        yield Checked("good", "files_encrypted", _("登记库文件（连同它们的日志）已整个加密。"))


def home_volume(volume: Volume) -> Checked:
    """The volume of the home, where the files of the registry are encrypted by themselves: for information."""
    text = {
        Secrecy.ENCRYPTED: _("数据文件夹所在的磁盘（%s）也是加密的。"),
        Secrecy.PLAIN: _(
            "数据文件夹所在的磁盘（%s）没有加密：登记库文件本身已加密，密钥文件在同一磁盘上，"
            "整机失窃时两样会一起丢；要防这一点请用加密磁盘。"
        ),
        Secrecy.UNKNOWN: _("查不出数据文件夹所在的磁盘（%s）是否加密；登记库文件本身已加密。"),
    }[volume.secrecy]
    return Checked("good", "volume", text % (volume.device or volume.mount or "?"))


def server_connection() -> Iterator[Checked]:
    """Whether what goes to a database server and comes from it can be read on the way."""
    host = _host()
    if _is_local(host):
        yield Checked("good", "database_tls", _("数据库服务器在本机，数据不经网络。"))
        return
    held = _asked(lambda connection: connection.pgconn.ssl_in_use)
    mode = str(settings.DATABASES["default"].get("OPTIONS", {}).get("sslmode", ""))
    if not held:
        text = _(
            "与数据库服务器 %s 之间没有用 TLS，数据在网上是明文。请在 QIAOJIE_DATABASE 末尾加 ?sslmode=verify-full。"
        )
        yield Checked("broken", "database_tls", text % host)
    elif mode != "verify-full":
        text = _(
            "与数据库服务器 %s 之间用了 TLS，但没有核对对方的证书。请在 QIAOJIE_DATABASE 里写 sslmode=verify-full。"
        )
        yield Checked("doubtful", "database_tls", text % host)
    else:
        yield Checked("good", "database_tls", _("与数据库服务器 %s 之间用 TLS，并核对证书。") % host)


def server_volume() -> Iterator[Checked]:
    """Whether the volume of a database server is encrypted, as far as it can be found out from here."""
    if settings.QIAOJIE_VOLUME_ENCRYPTED:
        text = _("数据库服务器的磁盘：管理员声明已加密（QIAOJIE_VOLUME_ENCRYPTED），本检查没有核实。")
        yield Checked("good", "database_volume", text)
        return
    host = _host()
    if not _is_local(host):
        text = _("数据库在另一台机器（%s），从这里查不了它的磁盘是否加密；数据和备份请放在加密磁盘上。")
        yield Checked("doubtful", "database_volume", text % host + _declare())
        return
    folder = _data_directory()
    if not folder:
        text = _("数据库账号无权查看 PostgreSQL 的数据目录，没有检查它的磁盘是否加密；请放在加密磁盘上。")
        yield Checked("doubtful", "database_volume", text + _declare())
        return
    volume = volumes.of(Path(folder))
    words = {"folder": folder, "device": volume.device or volume.mount or "?"}
    if volume.secrecy is Secrecy.ENCRYPTED:
        text = _(
            "PostgreSQL 的数据目录 %(folder)s 在加密磁盘（%(device)s）上；没有检查另设的表空间、日志目录和备份。"
        )
        yield Checked("good", "database_volume", text % words)
        return
    text = {
        Secrecy.PLAIN: _(
            "PostgreSQL 的数据目录 %(folder)s 所在的磁盘（%(device)s）没有加密，请移到加密磁盘上（LUKS）。"
        ),
        Secrecy.UNKNOWN: _(
            "查不出 PostgreSQL 的数据目录 %(folder)s 所在的磁盘（%(device)s）是否加密，请放在加密磁盘上。"
        ),
    }[volume.secrecy]
    yield Checked("doubtful", "database_volume", text % words + _declare())


def _declare() -> str:
    return _("已在别处（云盘、阵列）加密的，设 QIAOJIE_VOLUME_ENCRYPTED=1。")


def _host() -> str:
    return str(settings.DATABASES["default"].get("HOST") or "")


def _is_local(host: str) -> bool:
    return host in _LOCAL or host.startswith("/")


def _asked(ask: Callable[[Any], Any]) -> Any:
    connection = connections["default"]
    connection.ensure_connection()
    return ask(connection.connection)


def _data_directory() -> str:
    """Where a server says that its data lies; '' where our account may not know."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SHOW data_directory")
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return ""


def _named(paths: list[Path]) -> str:
    told = "、".join(str(path) for path in paths[:_NAMED])
    more = len(paths) - _NAMED
    return told + (_("等 %d 个") % len(paths) if more > 0 else "")
