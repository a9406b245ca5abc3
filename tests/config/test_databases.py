"""One address chooses the database; what a look may write stands apart on SQLite, each table where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connections, router

from qiaojie.config.databases import SideRouter, databases

HOME = Path("/somewhere/var")


@pytest.mark.parametrize(
    ("address", "main", "side"),
    [
        ("sqlite://", "/somewhere/var/qiaojie.sqlite3", "/somewhere/var/qiaojie-side.sqlite3"),
        (
            "sqlite:///data/a%20b.sqlite3",
            "/somewhere/var/data/a b.sqlite3",
            "/somewhere/var/data/a b-side.sqlite3",
        ),
        ("sqlite:////data/q.db", "/data/q.db", "/data/q-side.db"),
    ],
)
def test_sqlite_is_two_files_beside_each_other(address: str, main: str, side: str) -> None:
    found = databases(address, HOME)
    assert {alias: str(held["NAME"]) for alias, held in found.items()} == {"default": main, "side": side}
    for held in found.values():
        assert held["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "synchronous=FULL" in held["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("postgresql://u:p%40ss@db.example:5433/name", ("name", "u", "p@ss", "db.example", 5433, {})),
        ("postgres://u@/name?host=%2Frun%2Fpg&port=1", ("name", "u", "", "/run/pg", "1", {})),
        ("postgresql:///name?sslmode=require", ("name", "", "", "", "", {"sslmode": "require"})),
    ],
)
def test_postgresql_is_one_database(address: str, wanted: tuple[object, ...]) -> None:
    (held,) = databases(address, HOME).values()
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    assert tuple(held[name] for name in names) == wanted


@pytest.mark.parametrize("address", ["mysql://u@/name", "qiaojie.sqlite3", ""])
def test_any_other_kind_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="sqlite:// or postgresql://"):
        databases(address, HOME)


def test_every_table_that_stands_apart_is_one_of_ours() -> None:
    known = {(model._meta.app_label, model._meta.model_name) for model in apps.get_models()}
    assert SideRouter.models <= known


@pytest.mark.django_db
def test_each_table_is_made_only_where_it_is_read() -> None:
    for model in apps.get_models():
        for alias in connections:
            there = model._meta.db_table in connections[alias].introspection.table_names()
            assert there == (alias == router.db_for_read(model) == router.db_for_write(model)), (
                model._meta.label
            )
