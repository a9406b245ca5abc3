"""Declared ledgers in a packet: what makes their tables travels with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from . import kept, modelling, running
from .models import PreparedLedger
from .rows.apps import LABEL


class DeclaredTables:
    """The tables of declared ledgers, for packets (``backups.schema.MadeFromData``)."""

    label = LABEL

    def told(self) -> list[Any]:
        """The declarations last prepared, each with the columns of its fields, those first that others refer to."""
        return [
            {"content": one.plain(), "columns": dict(one.columns), "source": one.source}
            for one in running.in_order(list(running.current().values()))
        ]

    def models(self, told: Sequence[Any], registry: Any) -> list[type[Model]]:
        """Models of these declarations in a registry of their own; what this process runs by stays as it is."""
        found: list[type[Model]] = []
        for one in told:
            row = PreparedLedger(content=one["content"], columns=one["columns"], source=one["source"])
            found.append(modelling.model(kept.of(row), registry))
        return found
