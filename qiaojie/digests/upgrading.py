"""Before an upgrade changes anything: whether the rows of the rooms that it migrates are as the last digest left them.

Afterwards that cannot be told any more, for what a migration changes leaves no lines. So rows are compared while the tables still
have the shape of the version before, by models as its migrations describe them. What nothing explains then is not taken for the
upgrade's, and neither is what an earlier night has found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.apps.registry import Apps
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import DatabaseError, connections, router
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.db.models import Model

from qiaojie.ledgers.tracing import rowmarks

from .models import Difference, Digest
from .scanning import FIRST, Progress, Scanner, snapshot

_SHAPE: Final = (DatabaseError, LookupError, FieldError, ValueError, TypeError)
"""What reading raises where the tables have not the shape that this version can read: lines of the journal, digests."""

Suspects = Mapping[str, Collection[int]]
"""By model, the keys of rows that differ without the upgrade having to do with it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen before an upgrade: rows that nothing explains. ``compared``: False where the shape of the tables does not let
    this version compare them; then what was done past the system since the last night cannot be told from the upgrade."""

    suspects: Suspects = field(default_factory=dict)
    compared: bool = True

    @property
    def number(self) -> int:
        """How many rows."""
        return sum(map(len, self.suspects.values()))


def before(progress: Progress = lambda _step, _done, _total: None) -> Look | None:
    """Compare the rows of the rooms that are about to be migrated with the last digest; None where there is none yet, or
    nothing to migrate. Reads only."""
    executor = MigrationExecutor(connections[router.db_for_read(Digest)])
    rooms = {
        step.app_label
        for alias in settings.DATABASES
        for step, _back in _plan(MigrationExecutor(connections[alias]))
    }
    digested = any(app == Digest._meta.app_label for app, _name in executor.loader.applied_migrations)
    if not rooms or not digested:
        return None
    try:
        if not Digest.objects.exists():
            return None
        shape = _shape_now(executor)
        if not reads_lines_of(shape):
            return Look(compared=False)
        return Look(_differing(rooms, shape, progress))
    except _SHAPE:
        return Look(compared=False)


def reads_lines_of(shape: Apps) -> bool:
    """Whether the lines that explain rows lie in the tables as this version reads them. Where a column of theirs is encrypted
    only since, SQLite would hand it out as something that cannot be opened, and every line would look forged."""
    database = connections[router.db_for_read(Digest)]
    for model in (*FIRST, Digest):
        now, then = (
            {field.column: field.db_type(database) for field in one._meta.concrete_fields}
            for one in (model, shape.get_model(model._meta.label))
        )
        if now != then:
            return False
    return True


def known() -> dict[str, set[int]]:
    """The rows that the last digest found: an upgrade does not answer for them."""
    found: dict[str, set[int]] = {}
    for label, pk in Difference.objects.values_list("model", "object_id"):
        if pk is not None:
            found.setdefault(label, set()).add(pk)
    return found


def together(some: Iterable[Suspects]) -> dict[str, set[int]]:
    """Suspects of several sources as one."""
    found: dict[str, set[int]] = {}
    for one in some:
        for label, keys in one.items():
            found.setdefault(label, set()).update(keys)
    return found


def _plan(executor: MigrationExecutor, *, whole: bool = False) -> list[tuple[Migration, bool]]:
    leaves = executor.loader.graph.leaf_nodes()
    return list(executor.migration_plan(leaves, clean_start=whole))


def _shape_now(executor: MigrationExecutor) -> Apps:
    """The models as the migrations that were applied describe them."""
    state = ProjectState(real_apps=executor.loader.unmigrated_apps)
    for step, _back in _plan(executor, whole=True):
        if (step.app_label, step.name) in executor.loader.applied_migrations:
            step.mutate_state(state, preserve=False)
    return state.apps


def _differing(rooms: Collection[str], shape: Apps, progress: Progress) -> dict[str, set[int]]:
    last = Digest.objects.order_by("-number")[0]
    lines = {model._meta.label for model in FIRST}
    models: list[type[Model]] = [
        model
        for room in sorted(rooms)
        if room in shape.app_configs
        for model in shape.get_app_config(room).get_models(include_auto_created=True)
        if model._meta.label in last.tables
        and model._meta.label not in lines
        and model._meta.label not in rowmarks.apart()
    ]
    with snapshot():
        scan = Scanner(last, None, progress, models=[*FIRST, *models], most=None).run()
    found: dict[str, set[int]] = {}
    for one in scan.found:
        if one.pk is not None:
            found.setdefault(one.model._meta.label, set()).add(one.pk)
    return found
