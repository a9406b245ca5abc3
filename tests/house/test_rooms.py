"""Every room looks the same from the door, and what it keeps leans only on rooms below."""

import ast

from django.apps import AppConfig, apps
from django.db import models

from tests.house.source import heights, modules, named

UNMODELLED = {"lib", "sheets", "tables", "config", "cli", "bench", "demo"}
"""Rooms that keep nothing: they compute, or they name everything."""

SHAPELESS = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py", "base.py"}

GIVEN = {"qiaojie/storage/encrypted_sqlite/base.py"}
"""Django looks for the module of a backend under this name."""


def _room(config: AppConfig) -> str:
    return config.name.split(".")[1]


def _apps() -> list[AppConfig]:
    return [config for config in apps.get_app_configs() if config.name.startswith("qiaojie.")]


def test_relations_between_tables_point_downward() -> None:
    height = heights()
    wrong = []
    for config in _apps():
        for model in config.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                target = field.related_model if field.is_relation and not field.auto_created else None
                if not isinstance(target, type) or not issubclass(target, models.Model):
                    continue
                other = apps.get_app_config(target._meta.app_label)
                if other not in _apps() or other == config:
                    continue
                if height[_room(other)] >= height[_room(config)]:
                    wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert not wrong


def test_rooms_that_compute_keep_nothing() -> None:
    assert not [config.name for config in _apps() if _room(config) in UNMODELLED and any(config.get_models())]


def test_tables_are_declared_in_models_and_ledgers_in_ledger() -> None:
    wrong = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.ClassDef(bases=bases):
                    abstract = any(ast.unparse(base).split(".")[-1] == "Model" for base in bases)
                    if abstract and path.name != "models.py" and path.parent.name != "models":
                        wrong.append(f"{named(path)}:{node.lineno} declares a table")
                case ast.Call(func=ast.Name(id="Ledger")) if path.name != "ledger.py":
                    wrong.append(f"{named(path)}:{node.lineno} declares a ledger")
    assert not wrong


def test_no_file_is_named_after_nothing() -> None:
    assert not [named(path) for path in modules() if path.name in SHAPELESS and named(path) not in GIVEN]
