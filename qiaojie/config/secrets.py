"""Keys of one installation: made once, kept in a file that only its owner can read, never in the database."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secrets:
    """The web framework's signing key and the field keys as ``[key id, base64 secret]``, the current one first."""

    signing: str
    field_keys: list[tuple[int, str]]


def load(home: Path) -> Secrets:
    """Read ``keys.json`` under ``home``, or make it (mode 600) when the installation is new.

    Losing the file means losing every encrypted value, so a backup must hold it; see the administrator's guide.
    """
    path = home / "keys.json"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = {
            "signing": secrets.token_urlsafe(50),
            "fields": [[1, base64.b64encode(secrets.token_bytes(32)).decode()]],
        }
        draft = home / f"keys.{os.getpid()}.tmp"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(fresh, stream)
        try:
            # link() refuses to replace: of two processes that start together, both use the first one's keys.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept = json.loads(path.read_text())
    return Secrets(kept["signing"], [(int(number), secret) for number, secret in kept["fields"]])
