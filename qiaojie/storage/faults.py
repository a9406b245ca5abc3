"""What is wrong with the database or the disk, in words: one place that knows every way in which either can fail.

An error is known by what the database or the system says of its kind (a name, a state, a number), never by its text: the text may
hold what a row says. Nothing of it is told to anybody.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from . import files
from .database_key import NoKey


class Kind(StrEnum):
    """What is wrong; the values are codes for programs."""

    FULL = "storage_full"
    LOCKED = "database_locked"
    ABSENT = "database_absent"
    PLAIN = "database_not_encrypted"
    NOT_OPENED = "database_not_opened"
    UNREADABLE = "storage_unreadable"
    READ_ONLY = "storage_read_only"
    DAMAGED = "database_damaged"
    DISK = "disk_failing"
    UNREACHABLE = "database_unreachable"
    TOO_MANY = "database_connections"
    STANDBY = "database_standby"
    TOO_LONG = "database_timeout"
    FORBIDDEN = "database_forbidden"
    OLD_SHAPE = "database_not_prepared"


@dataclass(frozen=True, slots=True)
class StorageFault:
    """One kind of failure: what is wrong, and what whoever looks after the machine does, in the words of the source."""

    kind: Kind
    wrong: str
    way: str
    passing: bool = False
    """Whether the same may work a moment later with nothing done."""

    @property
    def status(self) -> int:
        """Of an answer over HTTP: 507 where there is no room, else 503."""
        return 507 if self.kind is Kind.FULL else 503

    @property
    def wrong_words(self) -> str:
        """What is wrong, in the language of whoever reads."""
        return gettext(self.wrong)

    @property
    def way_words(self) -> str:
        """How to mend it, in the language of whoever reads."""
        return gettext(self.way)

    @property
    def message(self) -> str:
        """What is wrong and how to mend it, in one line."""
        return self.wrong_words + self.way_words

    @property
    def untranslated(self) -> str:
        """The same where there are no settings, and so no languages."""
        return self.wrong + self.way


_FAULTS: Final[Mapping[Kind, StorageFault]] = {
    one.kind: one
    for one in (
        StorageFault(
            Kind.FULL,
            _("存放数据的磁盘满了，这次没有写入任何内容。"),
            _(
                "请系统管理员腾出磁盘空间（删去旧的备份和导出文件，或换大一些的磁盘），不用重启，再试一次即可。"
            ),
        ),
        StorageFault(
            Kind.LOCKED,
            _("登记库正被别的操作占用，等了一分钟还没有轮到，这次没有写入任何内容。"),
            _("请过一会儿再试；一直这样的，请系统管理员看看是不是有别的程序打开着登记库文件。"),
            passing=True,
        ),
        StorageFault(
            Kind.ABSENT,
            _("找不到登记库文件，没有另建新库。"),
            _(
                "请系统管理员检查数据文件夹（QIAOJIE_HOME）和 QIAOJIE_DATABASE 是否写对、磁盘是否挂上，或从备份恢复。"
            ),
        ),
        StorageFault(
            Kind.PLAIN,
            _("登记库文件是旧版本的，还没有加密。"),
            _("请系统管理员停掉服务，运行 qiaojie prepare，再启动。"),
        ),
        StorageFault(
            Kind.NOT_OPENED,
            _("登记库打不开：密钥不对，或文件已损坏。"),
            _("请系统管理员把与这个库配套的 keys.json 放回数据文件夹；密钥没有错的，从备份恢复。"),
        ),
        StorageFault(
            Kind.UNREADABLE,
            _("没有权限读写数据文件。"),
            _("请系统管理员把数据文件夹里的文件改为归运行本系统的账号所有，再运行 qiaojie prepare。"),
        ),
        StorageFault(
            Kind.READ_ONLY,
            _("数据文件夹或登记库是只读的，现在只能看，不能写入。"),
            _("请系统管理员检查磁盘是不是以只读方式挂上（磁盘出错时会这样）、文件权限有没有被改。"),
        ),
        StorageFault(
            Kind.DAMAGED,
            _("登记库文件已损坏。"),
            _("请系统管理员停掉服务，保留现有文件，从备份恢复。"),
        ),
        StorageFault(
            Kind.DISK,
            _("读写磁盘出错，这次没有写入任何内容。"),
            _("请系统管理员尽快检查磁盘（或放数据的网络盘），并确认最近一次备份可用。"),
        ),
        StorageFault(
            Kind.UNREACHABLE,
            _("连不上数据库服务器。"),
            _(
                "请过一会儿再试；一直这样的，请系统管理员检查数据库服务器是否开着、QIAOJIE_DATABASE 里的地址和密码对不对。"
            ),
            passing=True,
        ),
        StorageFault(
            Kind.TOO_MANY,
            _("数据库服务器的连接用完了。"),
            _("请过一会儿再试；常常这样的，请系统管理员调大 max_connections，或少开几个进程。"),
            passing=True,
        ),
        StorageFault(
            Kind.STANDBY,
            _("数据库服务器现在只读（备用服务器，或正在恢复），只能看，不能写入。"),
            _("请系统管理员把 QIAOJIE_DATABASE 改到主服务器，或等恢复完成。"),
            passing=True,
        ),
        StorageFault(
            Kind.TOO_LONG,
            _("数据库等得太久，这次操作已取消，没有写入任何内容。"),
            _("请过一会儿再试；常常这样的，请系统管理员看看数据库里是谁占着不放（pg_stat_activity）。"),
            passing=True,
        ),
        StorageFault(
            Kind.FORBIDDEN,
            _("运行本系统的数据库账号没有这项权限。"),
            _("请系统管理员用库的所有者运行 qiaojie prepare --serve-as 账号，重新授权。"),
        ),
        StorageFault(
            Kind.OLD_SHAPE,
            _("登记库的结构与程序的版本不一致。"),
            _("请系统管理员运行 qiaojie prepare，再重启服务。"),
        ),
    )
}

_ERRNO: Final[Mapping[int, Kind]] = {
    errno.ENOSPC: Kind.FULL,
    errno.EDQUOT: Kind.FULL,
    errno.EFBIG: Kind.FULL,
    errno.EROFS: Kind.READ_ONLY,
    errno.EACCES: Kind.UNREADABLE,
    errno.EPERM: Kind.UNREADABLE,
    errno.EIO: Kind.DISK,
}

_SQLITE: Final[Mapping[str, Kind]] = {
    "SQLITE_FULL": Kind.FULL,
    "SQLITE_BUSY": Kind.LOCKED,
    "SQLITE_LOCKED": Kind.LOCKED,
    "SQLITE_PROTOCOL": Kind.LOCKED,
    "SQLITE_CANTOPEN": Kind.UNREADABLE,
    "SQLITE_PERM": Kind.UNREADABLE,
    "SQLITE_AUTH": Kind.UNREADABLE,
    "SQLITE_READONLY": Kind.READ_ONLY,
    "SQLITE_NOTADB": Kind.NOT_OPENED,
    "SQLITE_CORRUPT": Kind.DAMAGED,
    "SQLITE_IOERR": Kind.DISK,
    "SQLITE_NOMEM": Kind.DISK,
}
"""By the first two words of the name: what follows only says where."""

_STATE: Final[Mapping[str, Kind]] = {
    "53100": Kind.FULL,
    "53300": Kind.TOO_MANY,
    "53200": Kind.TOO_MANY,
    "25006": Kind.STANDBY,
    "55P03": Kind.TOO_LONG,
    "57014": Kind.TOO_LONG,
    "40P01": Kind.LOCKED,
    "40001": Kind.LOCKED,
    "42501": Kind.FORBIDDEN,
    "58030": Kind.DISK,
    "42P01": Kind.OLD_SHAPE,
    "42703": Kind.OLD_SHAPE,
    "XX001": Kind.DAMAGED,
    "XX002": Kind.DAMAGED,
}
_CLASS: Final[Mapping[str, Kind]] = {
    "08": Kind.UNREACHABLE,
    "57": Kind.UNREACHABLE,
    "28": Kind.UNREACHABLE,
    "3D": Kind.UNREACHABLE,
}
"""By the first two signs of PostgreSQL's five."""


def of(error: BaseException) -> StorageFault | None:
    """What is wrong with database or disk, where an error comes from that; None for any other error."""
    found = [kind for one in _chain(error) if (kind := _kind(one)) is not None]
    # The first cause knows best: what came after it is its consequence.
    return _FAULTS[found[-1]] if found else None


def is_unmade(error: DatabaseError) -> bool:
    """Whether an error says that nothing has been prepared yet: no file, or no table."""
    fault = of(error)
    return fault is not None and fault.kind in {Kind.ABSENT, Kind.OLD_SHAPE}


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _kind(error: BaseException) -> Kind | None:
    if isinstance(error, files.Absent):
        return Kind.ABSENT
    if isinstance(error, NoKey):
        return Kind.NOT_OPENED
    if isinstance(error, files.Plain):
        return Kind.PLAIN
    name = getattr(error, "sqlite_errorname", None)
    if isinstance(name, str):
        return _of_sqlite(error, name)
    if hasattr(error, "sqlstate"):
        return _of_server(error)
    return _ERRNO.get(error.errno or 0) if isinstance(error, OSError) else None


def _of_sqlite(error: BaseException, name: str) -> Kind | None:
    if name == "SQLITE_ERROR" and str(error).startswith(("no such table", "no such column")):
        # The one kind that has no name of its own; these words are followed by a name of ours.
        return Kind.OLD_SHAPE
    if name == "SQLITE_ERROR" and str(error) == "SQL logic error":
        # A page that somebody changed on the disk: its seal does not fit, and the library has no better word for it.
        return Kind.DAMAGED
    return _SQLITE.get("_".join(name.split("_")[:2]))


def _of_server(error: BaseException) -> Kind | None:
    state = getattr(error, "sqlstate", None)
    if state is None:
        # The server could not be asked, or went away while it was: only these errors of the driver have no state.
        names = {kind.__name__ for kind in type(error).__mro__}
        return Kind.UNREACHABLE if names & {"OperationalError", "InterfaceError"} else None
    return _STATE.get(state) or _CLASS.get(state[:2])


DATABASE: Final = (DatabaseError, InterfaceError)
"""The errors of a database as Django names them."""
TROUBLE: Final = (*DATABASE, OSError)
"""The errors among which a fault of database or disk may be."""
