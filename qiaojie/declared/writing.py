"""From a declaration to the text of its ``ledger.toml``: the shapes that the schema knows, read back equal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from .schema import DeclaredLedger

_BARE: Final = re.compile(r"^[A-Za-z0-9_-]+$")
_ESCAPED: Final[Mapping[str, str]] = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}
_LAST_CONTROL: Final = 0x1F
"""The last of the characters that TOML takes in no string but by their numbers."""
_DELETE: Final = 0x7F
"""The one other of them."""


def plain(declared: DeclaredLedger) -> dict[str, Any]:
    """A declaration as its file would say it: keys that say nothing of their own are left out."""
    told: dict[str, Any] = declared.model_dump(by_alias=True, exclude_defaults=True)
    return told


def text(raw: Mapping[str, Any], head: str = "") -> str:
    """The file that says ``raw`` (as ``tomllib`` would read it). ``head`` are lines of comment that stand first.

    Raises TypeError for what no TOML can say.
    """
    lines = [*([head.rstrip("\n")] if head else []), *_table(raw, "")]
    return "\n".join(lines).rstrip("\n") + "\n"


def comments(source: str) -> str:
    """The lines of comment with which a file begins."""
    found = []
    for line in source.splitlines():
        if not line.lstrip().startswith("#"):
            break
        found.append(line)
    return "\n".join(found)


def _table(raw: Mapping[str, Any], name: str) -> Iterator[str]:
    """A table: what stands in it first, tables of their own after that."""
    own = {key: value for key, value in raw.items() if value is not None}
    later = {key: value for key, value in own.items() if _apart(value)}
    for key, value in own.items():
        if key not in later:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in later.items():
        called = f"{name}.{_key(key)}" if name else _key(key)
        if isinstance(value, Mapping):
            yield from (f"\n[{called}]" if not name else f"[{called}]", *_table(value, called))
        else:
            for one in value:
                yield from (f"\n[[{called}]]", *_table(one, called))


def _apart(value: Any) -> bool:
    """Whether a value is written as a table of its own: rows of fields, choices of a field, what is alike."""
    if isinstance(value, Mapping):
        return bool(value)
    rows = isinstance(value, Sequence) and not isinstance(value, str) and bool(value)
    return rows and all(isinstance(one, Mapping) and "label" in one and "code" in one for one in value)


def _key(key: str) -> str:
    return key if _BARE.match(key) else _string(key)


def _value(value: Any) -> str:
    # True is an int, and must be asked first.
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        held = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items() if one is not None)
        return f"{{ {held} }}" if held else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(one) for one in value)}]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _string(text: str) -> str:
    return '"' + "".join(_ESCAPED.get(one) or _coded(one) for one in text) + '"'


def _coded(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point <= _LAST_CONTROL or point == _DELETE else character
