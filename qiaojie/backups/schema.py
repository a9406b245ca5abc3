"""A new database in the shape that a packet was taken in: made from the migrations that it names, at once, not step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts import triggers
from qiaojie.lib.dialects import is_server
from qiaojie.lib.findings import Unusable

from .databases import Databases
from .rows import PacketTable, tables

Step = tuple[str, str]
"""A migration: app and name."""

LOG: Final = "accounts_accessentry"
"""The table that the access log's guards stand at."""


class MadeFromData(Protocol):
    """Tables that no migration makes: a room makes them from what an installation has declared."""

    label: str
    """The app that their models belong to."""

    def told(self) -> list[Any]:
        """What makes them, as JSON, in the order in which they are made."""

    def models(self, told: Sequence[Any], registry: Any) -> list[type[Model]]:
        """Their models in a registry of its own, made from that."""


_made_from_data: list[MadeFromData] = []


def made_from_data(one: MadeFromData) -> None:
    """Declare tables that no migration makes."""
    _made_from_data.append(one)


def declared() -> dict[str, list[Any]]:
    """What makes the tables that no migration makes, as JSON by the app of their models."""
    return {one.label: one.told() for one in _made_from_data}


class NewShape:
    """Databases that were made new: their tables, and what is done once these are filled (indexes, references, guards).

    Raises Unusable ``packet_newer`` where a migration is not known here: a packet of a later version.
    """

    def __init__(
        self, databases: Databases, steps: Iterable[Step], declared: Mapping[str, Sequence[Any]]
    ) -> None:
        self._databases = databases
        self._steps: list[Step] = [(app, name) for app, name in steps]
        loader = MigrationLoader(None)
        unknown = [f"{app}.{name}" for app, name in self._steps if (app, name) not in loader.disk_migrations]
        if unknown:
            text = _("这份备份是更新的版本做的（%s），请先把程序升级到那个版本，再恢复。")
            raise Unusable("packet_newer", text % "、".join(unknown[:3]))
        # What data makes is made from what the packet says of it, not from what this process runs by.
        loader.unmigrated_apps -= {one.label for one in _made_from_data}
        registry = loader.project_state(list(self._steps)).apps
        models = list(registry.get_models())
        for one in _made_from_data:
            models += one.models(declared.get(one.label, ()), registry)
        self.tables: dict[PacketTable, BaseDatabaseWrapper] = {}
        self._after: list[tuple[BaseDatabaseWrapper, list[object]]] = []
        for held in dict.fromkeys(databases.values()):
            with held.schema_editor(atomic=False) as editor:
                editor.create_model(MigrationRecorder.Migration)
                for model in models:
                    if self._of(router.db_for_write(model)) is held and model._meta.managed:
                        editor.create_model(model)
                # Indexes and references are made when the rows are there: each of them once, sorted.
                self._after.append((held, list(editor.deferred_sql)))
                editor.deferred_sql.clear()
        for table, alias in tables([*registry.get_models(include_auto_created=True), *models]).items():
            self.tables[table] = self._of(alias)

    def finish(self) -> None:
        """Make indexes, references and guards, and note which migrations the shape is that of."""
        for held, statements in self._after:
            with held.cursor() as cursor:
                for statement in statements:
                    cursor.execute(str(statement))
            # Not through Django's recorder: it writes to whatever database has that alias.
            with held.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)",
                    [(app, name, timezone.now()) for app, name in self._steps],
                )
        for table, held in self.tables.items():
            if table.name == LOG:
                triggers.set_up(held)

    def check(self) -> None:
        """Refuse what refers to nothing. PostgreSQL has checked it when the references were made."""
        for held in dict.fromkeys(self._databases.values()):
            if not is_server(held):
                held.check_constraints()

    def _of(self, alias: str) -> BaseDatabaseWrapper:
        return self._databases.get(alias, self._databases["default"])


def steps(databases: Databases) -> list[Step]:
    """The migrations that the main database has been through, in that order."""
    with databases["default"].cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [(app, name) for app, name in cursor.fetchall()]


def waiting(databases: Databases) -> list[Step]:
    """Migrations of this program that the main database has not been through."""
    done = set(steps(databases))
    return [step for step in MigrationLoader(None).disk_migrations if step not in done]
