"""Whether ``keys.json`` and the database belong together: asked before any command and any page, and before anything is written.

The database has a mark of every key. A file of keys is made for a home in which there is nothing, and never again.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db import connections, router, transaction
from django.utils.translation import gettext as _

from qiaojie.lib.crypto import SCHEMES, Keyring, Tampered, UnknownKey, keyring, reset_keyring
from qiaojie.lib.dialects import is_server
from qiaojie.lib.fields import EncryptedTextField
from qiaojie.lib.findings import Unusable
from qiaojie.storage.database_key import NoKey
from qiaojie.storage.system_words import why

from . import file, taking
from .models import KeyMark

PURPOSE: Final = "keys.mark"
"""What the marks are hashed for."""

_SAID: Final = "qiaojie"
"""What is hashed."""

TRIED: Final = 20
"""Values of each encrypted column that are tried where the database has no marks yet."""


def demand() -> None:
    """Raise Unusable unless the keys are those of the data, or there are neither. Creates and writes nothing.

    Codes: ``keys_missing``, ``keys_unreadable``, ``keys_damaged``, ``keys_differ`` (of another installation, or an older copy).
    """
    try:
        file.read(_home())
    except file.KeyFileUnusable as problem:
        if problem.fault != "missing" or has_data():
            raise Unusable(f"keys_{problem.fault}", _words(problem.fault)) from None
        return
    if has_data():
        _demand_same(keyring())


def begin() -> None:
    """Make the keys of an installation in which there is nothing yet.

    Raises Unusable as ``demand``, and ``keys_not_made`` where the home cannot be written.
    """
    demand()
    try:
        made = file.make(_home())
    except OSError as fault:
        text = _("不能在“%(home)s”生成密钥文件 keys.json：%(reason)s。")
        raise Unusable("keys_not_made", text % {"home": _home(), "reason": why(fault)}) from fault
    if not settings.QIAOJIE_KEYS:
        taking.take(made)
        reset_keyring()


def record() -> None:
    """Note the mark of every key of the ring, and which is current. Raises Unusable as ``demand``: the ring is tried first."""
    ring = keyring()
    _demand_same(ring)
    with transaction.atomic(using=router.db_for_write(KeyMark)):
        for number in ring.numbers:
            for scheme in SCHEMES.values():
                mark = _mark(ring, scheme, number)
                current = (scheme, number) == (ring.scheme, ring.current)
                known = KeyMark.objects.filter(scheme=scheme, number=number)
                if not known.exists():
                    KeyMark.objects.create(scheme=scheme, number=number, mark=mark, current=current)
                known.exclude(current=current).update(current=current)


def forget(number: int) -> None:
    """Remove the marks of a key that is retired."""
    KeyMark.objects.filter(number=number).delete()


def unmarked() -> list[int]:
    """Keys of the ring that the database does not know, or not with every set of algorithms: somebody removed their marks, or an
    exchange broke off between file and database."""
    ring = keyring()
    known = {(scheme, number) for scheme, number, _mark in _marks()}
    return [
        number for number in ring.numbers if any((scheme, number) not in known for scheme in SCHEMES.values())
    ]


def has_data() -> bool:
    """Whether there is a database already, on any alias. Opens no file that is not there: opening would make it."""
    try:
        return any(_tables(alias) for alias in settings.DATABASES)
    except NoKey:
        # A file that is encrypted was somebody's.
        return True


def _home() -> Path:
    return Path(settings.HOME)


def _tables(alias: str) -> bool:
    connection = connections[alias]
    if not is_server(connection):
        path = Path(str(connection.settings_dict["NAME"]))
        try:
            return path.stat().st_size > 0
        except FileNotFoundError:
            if connection.connection is None:
                return False
    return bool(connection.introspection.table_names())


def _words(fault: file.Fault) -> str:
    """One line for whoever keeps the installation."""
    what = {
        "missing": _("缺少密钥文件 %s，数据库里却已有数据。"),
        "unreadable": _("密钥文件 %s 读不出来（没有权限，或磁盘有故障）。"),
        "damaged": _("密钥文件 %s 已损坏。"),
    }[fault]
    return what % (_home() / file.NAME) + _remedy()


def _remedy() -> str:
    return _("请把封存的那一份 keys.json 放回去再运行；没有它，加密的内容谁也打不开。没有改动任何内容。")


def _differs() -> Unusable:
    text = _("密钥文件 %s 不是这个数据库的（别的系统的，或换密钥以前的旧副本）。")
    return Unusable("keys_differ", text % (_home() / file.NAME) + _remedy())


def _demand_same(ring: Keyring) -> None:
    """Raise Unusable ``keys_differ`` unless the ring makes every mark that there is, or opens values where there is none."""
    known = _marks()
    if not known:
        if not _opens(ring):
            raise _differs()
        return
    for scheme, number, mark in known:
        try:
            own = _mark(ring, scheme, number)
        except UnknownKey:
            raise _differs() from None
        if not hmac.compare_digest(own, mark):
            raise _differs()


def _mark(ring: Keyring, scheme: int, number: int) -> bytes:
    (made,) = ring.blind_many([_SAID], PURPOSE, bytes((scheme, number)))
    return made


def _marks() -> list[tuple[int, int, bytes]]:
    """(scheme, key id, mark); none in a database from before there were marks."""
    connection = connections[router.db_for_read(KeyMark)]
    if not _tables(connection.alias) or KeyMark._meta.db_table not in connection.introspection.table_names():
        return []
    kept = KeyMark.objects.order_by("pk").values_list("scheme", "number", "mark")
    return [(scheme, number, bytes(mark)) for scheme, number, mark in kept]


def _opens(ring: Keyring) -> bool:
    """Whether the ring opens any of the values that are there; so also where there are none."""
    tried = False
    for purpose, row, sealed in _values():
        tried = True
        try:
            ring.open_bound(sealed, purpose, row, before=True)
        except Tampered:
            continue
        return True
    return not tried


def _values() -> Iterator[tuple[str, int, bytes]]:
    """Some encrypted values as they stand: purpose, key of the row, bytes. Asked past the models, whose columns may be newer."""
    for model in apps.get_models():
        fields = [one for one in model._meta.concrete_fields if isinstance(one, EncryptedTextField)]
        alias, table = router.db_for_read(model), model._meta.db_table
        if not fields or not _tables(alias):
            continue
        with connections[alias].cursor() as cursor:
            if table not in connections[alias].introspection.table_names(cursor):
                continue
            described = connections[alias].introspection.get_table_description(cursor, table)
            there = {column.name for column in described}
            for one in fields:
                if one.column in there:
                    yield from _some(cursor, table, str(model._meta.pk.column), str(one.column), one.purpose)


def _some(cursor: Any, table: str, key: str, column: str, purpose: str) -> Iterator[tuple[str, int, bytes]]:
    cursor.execute(
        f'SELECT "{key}", "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL '  # noqa: S608  (our own)
        f'ORDER BY "{key}" DESC LIMIT {TRIED}'
    )
    for row, sealed in cursor.fetchall():
        # A column that was text before it was encrypted has texts until the upgrade.
        if not isinstance(sealed, str):
            yield purpose, row, bytes(sealed)
