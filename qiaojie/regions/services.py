"""Loading the tree: from nothing, or again after the sources have changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db import connection, models, transaction

from qiaojie.lib.statistics import grown

from . import source
from .cache import changed
from .models import Assignment, Edition, EditionUnit, Overlap, Region, Succession, TreeState

_COLUMNS = (
    "key",
    "code",
    "name",
    "short_name",
    "level",
    "kind",
    "begins",
    "ends",
    "dates_uncertain",
    "note",
)
"""What a row of the sources says about a region itself; its parent is held apart, by id."""


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did. ``unlisted`` regions are in the database only; they are kept, since records may name them."""

    created: int
    updated: int
    unchanged: int
    unlisted: int
    related: int
    """Successions, overlaps, assignments, editions and their rows that were written."""
    as_of: date
    seconds: float


def load() -> LoadReport:
    """Bring regions, successions, overlaps, assignments and editions to what the sources say; again changes nothing.

    A region is known by its key, keeps its id for ever, and is never deleted. One transaction. The caller decides
    who may do this (set-up and upgrade do, as the system).
    """
    started = time.perf_counter()
    tree = source.tree()
    with transaction.atomic():
        created, updated, before = _load_regions(tree.regions)
        ids = dict(Region.objects.values_list("key", "id"))
        related = _load_successions(ids) + _load_overlaps(ids) + _load_assignments(ids) + _load_editions(ids)
        if created or updated:
            renumber()
        state = {"source": source.SOURCE, "as_of": tree.as_of}
        if not TreeState.objects.filter(**state).exists():
            TreeState.objects.all().delete()
            TreeState.objects.create(**state)
        elif created or updated or related:
            changed()
    return LoadReport(
        created=created,
        updated=updated,
        unchanged=len(tree.regions) - created - updated,
        unlisted=len(before - tree.regions.keys()),
        related=related,
        as_of=tree.as_of,
        seconds=time.perf_counter() - started,
    )


def renumber() -> None:
    """Number the whole tree depth first, sisters in the order of their codes and those without a code last."""
    children: dict[int | None, list[int]] = {}
    held: dict[int, tuple[int, int]] = {}
    rows = list(Region.objects.values_list("id", "parent_id", "code", "key", "first", "last"))
    for pk, parent, _code, _key, first, last in sorted(rows, key=lambda row: (row[2] or "~", row[3])):
        children.setdefault(parent, []).append(pk)
        held[pk] = (first, last)
    numbers: dict[int, tuple[int, int]] = {}
    count = 0

    def visit(pk: int) -> None:
        nonlocal count
        count += 1
        own = count
        for child in children.get(pk, ()):
            visit(child)
        numbers[pk] = (own, count)

    for root in children.get(None, ()):
        visit(root)
    _execute(
        "UPDATE {table} SET {first} = %s, {last} = %s WHERE {id} = %s",
        [(*numbers[pk], pk) for pk in held if held[pk] != numbers[pk]],
    )


def _load_regions(rows: dict[str, source.RegionRow]) -> tuple[int, int, set[str]]:
    """Write new and changed regions, one level after the other, past the ORM: 42,000 objects would take seconds."""
    held = {
        key: (parent, tuple(values))
        for key, parent, *values in Region.objects.order_by().values_list("key", "parent__key", *_COLUMNS)
    }
    ids = dict(Region.objects.order_by().values_list("key", "id"))
    before = set(ids)
    created = updated = 0
    for level, sisters in groupby(rows.values(), key=lambda row: row.level):
        new, amended = [], []
        for row in sisters:
            values = tuple(getattr(row, name) for name in _COLUMNS)
            parent = row.parent or None
            known = held.get(row.key)
            if known is None:
                new.append((*_adapted(values), ids[parent] if parent else None, 0, 0))
            elif known != (parent, values):
                amended.append((*_adapted(values), ids[parent] if parent else None, ids[row.key]))
        columns = [*_COLUMNS, "parent", "first", "last"]
        names = ", ".join(f"{{{name}}}" for name in columns)
        marks = ", ".join(["%s"] * len(columns))
        _execute(f"INSERT INTO {{table}} ({names}) VALUES ({marks})", new)  # noqa: S608 - field names only
        pairs = ", ".join(f"{{{name}}} = %s" for name in [*_COLUMNS, "parent"])
        _execute(f"UPDATE {{table}} SET {pairs} WHERE {{id}} = %s", amended)  # noqa: S608 - field names only
        if new:
            ids.update(Region.objects.order_by().filter(level=level).values_list("key", "id"))
        created += len(new)
        updated += len(amended)
    grown(Region._meta.db_table, created)
    return created, updated, before


def _adapted(values: Sequence[Any]) -> Iterable[Any]:
    return (
        connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value for value in values
    )


def _execute(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a statement on the table of regions for many rows; ``{field}`` stands for the quoted column."""
    if not rows:
        return
    quote = connection.ops.quote_name
    names = {field.name: quote(field.column) for field in Region._meta.concrete_fields if field.column}
    with connection.cursor() as cursor:
        cursor.executemany(statement.format(table=quote(Region._meta.db_table), **names), rows)


def _load_successions(ids: dict[str, int]) -> int:
    written = 0
    held = {(step.before_id, step.after_id): step for step in Succession.objects.all()}
    for row in source.table("successions"):
        pair = (ids[row["before"]], ids[row["after"]])
        fresh = {
            "on": source.day(row["on"])[0],
            "kind": row["kind"],
            "part": row["part"],
            "certain": row["certain"] == "1",
            "source": row["source"],
        }
        written += _write(held.get(pair) or Succession(before_id=pair[0], after_id=pair[1]), fresh)
    return written


def _load_overlaps(ids: dict[str, int]) -> int:
    written = 0
    held = {(lap.zone_id, lap.region_id): lap for lap in Overlap.objects.all()}
    for row in source.table("overlaps"):
        pair = (ids[row["zone"]], ids[row["region"]])
        fresh = {"certain": row["certain"] == "1", "source": row["source"]}
        written += _write(held.get(pair) or Overlap(zone_id=pair[0], region_id=pair[1]), fresh)
    return written


def _load_assignments(ids: dict[str, int]) -> int:
    written = 0
    held = {(one.zone_id, one.region_id): one for one in Assignment.objects.all()}
    for row in source.table("assignments"):
        pair = (ids[row["zone"]], ids[row["region"]])
        fresh = {
            "begins": source.day(row["begins"])[0],
            "ends": source.day(row["ends"])[0],
            "certain": row["certain"] == "1",
            "source": row["source"],
        }
        written += _write(held.get(pair) or Assignment(zone_id=pair[0], region_id=pair[1]), fresh)
    return written


def _load_editions(ids: dict[str, int]) -> int:
    written = 0
    held = {edition.code: edition for edition in Edition.objects.all()}
    units: dict[str, list[dict[str, str]]] = {}
    for row in source.table("edition-units"):
        units.setdefault(row["edition"], []).append(row)
    for row in source.table("editions"):
        edition = held.get(row["code"]) or Edition(code=row["code"])
        fresh = {
            "label": row["label"],
            "root_id": ids[row["root"]],
            "on": date.fromisoformat(row["on"]),
            "layout": row["layout"],
            "note": row["note"],
        }
        written += _write(edition, fresh) + _load_units(edition, units[row["code"]], ids)
    return written


def _load_units(edition: Edition, rows: list[dict[str, str]], ids: dict[str, int]) -> int:
    """Write the rows of an edition; a changed one is written whole, since order and tiles must not collide."""
    fresh = [
        (
            ids[row["region"]],
            int(row["order"]),
            row["label"],
            int(row["column"]) if row["column"] else None,
            int(row["row"]) if row["row"] else None,
        )
        for row in rows
    ]
    names = ("region_id", "order", "label", "tile_column", "tile_row")
    if fresh == list(edition.units.order_by("order").values_list(*names)):
        return 0
    edition.units.all().delete()
    EditionUnit.objects.bulk_create(
        EditionUnit(edition=edition, **dict(zip(names, values, strict=True))) for values in fresh
    )
    return len(fresh)


def _write(held: models.Model, fresh: dict[str, Any]) -> int:
    """Save the object if it is new or differs from what the source says."""
    if held.pk is not None and all(getattr(held, name) == value for name, value in fresh.items()):
        return 0
    for name, value in fresh.items():
        setattr(held, name, value)
    held.save()
    return 1
