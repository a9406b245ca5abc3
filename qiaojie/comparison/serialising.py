"""What a list says, as it is kept: JSON, encrypted, and back to typed values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from qiaojie.ledgers.declaration import Field
from qiaojie.lib.crypto import keyring
from qiaojie.lib.dates import DateSpan

CONTENT, SAID, FINDINGS = "outside.content", "outside.said", "outside.findings"
"""Purposes that lists, their rows and what was wrong with their cells are encrypted for."""


def seal(values: Mapping[str, Any]) -> bytes:
    """Typed values as they are kept."""
    plain = {name: _plain(value) for name, value in values.items()}
    return keyring().encrypt(json.dumps(plain, ensure_ascii=False), SAID)


def unseal(sealed: bytes, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The typed values; a field that the table has no longer is left out."""
    plain: dict[str, Any] = json.loads(keyring().decrypt(bytes(sealed), SAID))
    return {name: _typed(fields[name], value) for name, value in plain.items() if name in fields}


def _plain(value: Any) -> Any:
    if isinstance(value, DateSpan):
        return [day and day.isoformat() for day in (value.begins, value.ends)]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int | str) else str(value)


def _typed(field: Field, value: Any) -> Any:
    if field.kind == "date_span":
        begins, ends = (date.fromisoformat(day) if day else None for day in value)
        return DateSpan(begins, ends)
    return date.fromisoformat(value) if field.kind == "date" else value
