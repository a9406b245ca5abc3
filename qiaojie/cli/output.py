"""Writing results: JSON for programs, aligned text for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.findings import Unusable
from qiaojie.storage.system_words import why


def as_json(value: Any) -> str:
    """Readable JSON with Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def read_file(name: str) -> bytes:
    """The bytes of a file. Raises Unusable ``file_unreadable`` with the reason in one line."""
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as reason:
        words = {"name": name, "reason": why(reason)}
        raise Unusable("file_unreadable", _("打不开文件“%(name)s”：%(reason)s。") % words) from reason


def write_file(name: str, content: bytes) -> None:
    """Write a file whole or not at all. Raises Unusable ``file_unwritable``."""
    target = Path(name)
    try:
        draft = target.with_name(f".{target.name}.part")
        draft.write_bytes(content)
        draft.replace(target)
    except (OSError, ValueError) as reason:
        words = {"name": name, "reason": why(reason)}
        raise Unusable("file_unwritable", _("写不了文件“%(name)s”：%(reason)s。") % words) from reason
