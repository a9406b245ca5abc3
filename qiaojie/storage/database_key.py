"""The key of database files: handed on without ever being shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final, NoReturn

from django.db import OperationalError

BYTES: Final = 32
"""Of a key: AES-256 takes it as it is, nothing is derived from a password."""


class NoKey(OperationalError):
    """An encrypted file, and no key for it: ``keys.json`` is not there, or is one from before files were encrypted."""


class DatabaseKey:
    """The key with which a SQLite file is encrypted whole; looked for when a file is first opened.

    It stands in settings and options of connections, which are printed in many ways: none of them shows it, and it goes into no
    file and to no other process.
    """

    __slots__ = ("_find", "_make", "_statement")

    def __init__(self, find: Callable[[], str], make: Callable[[], str] | None = None) -> None:
        """``find`` gives the base64 text that is kept, '' where none is; ``make`` keeps a new one first where none is."""
        self._find, self._make = find, make or find
        self._statement = ""

    @classmethod
    def of(cls, secret: str) -> DatabaseKey:
        """A key that is known. Raises ValueError (without the text) where it is not 32 bytes in base64."""
        made = cls(lambda: secret)
        made._statement = _statement(secret)
        return made

    def ensure(self) -> None:
        """Have a key kept, before anything is encrypted with it. Raises what keeping it raises, and ValueError."""
        if not self._statement:
            self._statement = _statement(self._make())

    def unlock(self, connection: Any) -> None:
        """Tell a connection just opened; whether the key fits is known when the file is first read. Raises NoKey."""
        if not self._statement:
            if not (found := self._find()):
                raise NoKey("there is no key for the database")
            self._statement = _statement(found)
        connection.execute(f'PRAGMA key = "{self._statement}"')

    def __repr__(self) -> str:
        return "DatabaseKey(…)"

    def __copy__(self) -> DatabaseKey:
        return self

    def __deepcopy__(self, _known: dict[int, Any]) -> DatabaseKey:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("the key of the database goes to no other process and into no file")


def _statement(secret: str) -> str:
    try:
        raw = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != BYTES:
        raise ValueError("the key of the database is not 32 bytes in base64")
    return f"x'{raw.hex()}'"
