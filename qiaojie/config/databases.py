"""Where the data lies: SQLite for one office, PostgreSQL for a province, chosen by one address."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SQLITE_OPTIONS: dict[str, Any] = {
    # A writer takes its lock when it begins, so two writers wait for each other instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 60,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
    ),
}


def databases(address: str, home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?option=value``.

    On SQLite, sessions, the access log and the queue live in a second file beside the first, so that looking at a page
    and saying how far a job is never wait for somebody's import to finish. Raises ValueError for any other scheme.
    """
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        path = Path(unquote(parts.path.removeprefix("/")) if parts.path else home / "qiaojie.sqlite3")
        if not path.is_absolute() and str(path) != ":memory:":
            path = home / path
        side = path.with_name(f"{path.stem}-side{path.suffix}")
        return {
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": SQLITE_OPTIONS},
            "side": {"ENGINE": "django.db.backends.sqlite3", "NAME": side, "OPTIONS": SQLITE_OPTIONS},
        }
    if parts.scheme in {"postgresql", "postgres"}:
        options = dict(parse_qsl(parts.query))
        return {
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": unquote(parts.path.removeprefix("/")),
                "USER": unquote(parts.username or ""),
                "PASSWORD": unquote(parts.password or ""),
                "HOST": options.pop("host", None) or parts.hostname or "",
                "PORT": options.pop("port", None) or parts.port or "",
                "OPTIONS": options,
                "CONN_MAX_AGE": 60,
                "CONN_HEALTH_CHECKS": True,
            }
        }
    raise ValueError(f"QIAOJIE_DATABASE must begin with sqlite:// or postgresql://, not {parts.scheme}://")


class SideRouter:
    """Sends sessions, the access log and what else a look may write to the ``side`` file where there is one."""

    models = frozenset(
        {
            ("sessions", "session"),
            ("accounts", "accessentry"),
            ("accounts", "accessopen"),
            ("accounts", "accessseal"),
            ("accounts", "signinfailures"),
            ("accounts", "keyuse"),
            ("accounts", "knowndevice"),
            ("accounts", "presence"),
            ("accounts", "export"),
            ("queue", "job"),
            ("queue", "nightly"),
        }
    )

    def _home(self, app_label: str, model_name: str | None) -> str:
        return "side" if (app_label, model_name) in self.models else "default"

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """The alias that holds a model."""
        return self._home(model._meta.app_label, model._meta.model_name)

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool:
        """A table is made only where it lives; data migrations (no model) run on the main file."""
        return db == self._home(app_label, model_name)
