"""A declaration as a process runs by it: what was last prepared, with the column of each field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .models import PreparedLedger
from .schema import DeclaredLedger


@dataclass(frozen=True, slots=True)
class Kept:
    """A declaration with all that was ever declared in it, the column that keeps each field, and the folder it came from (''
    where that is gone: its rows stay readable, and no new ones are entered)."""

    declared: DeclaredLedger
    columns: Mapping[str, str]
    source: str = ""

    @property
    def code(self) -> str:
        """The ledger's code."""
        return self.declared.code

    def plain(self) -> dict[str, Any]:
        """The declaration as JSON."""
        told: dict[str, Any] = self.declared.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return told


def of(row: PreparedLedger) -> Kept:
    """From the row that keeps it."""
    # JSON has no dates; what stands here was checked when it was declared.
    declared = DeclaredLedger.model_validate_json(json.dumps(row.content), strict=False)
    return Kept(declared, dict(row.columns), row.source)


def fresh(declared: DeclaredLedger, source: str) -> Kept:
    """Of a declaration that was never prepared: each field in the column of its code."""
    return Kept(declared, {one.code: one.code for one in declared.fields}, source)
