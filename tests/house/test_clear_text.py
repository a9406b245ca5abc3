"""What somebody types lies encrypted, or a table says why a column cannot: it is counted, sorted, sought or verified."""

from __future__ import annotations

import csv
from pathlib import Path

from django.apps import apps
from django.db.models import CharField, Field, JSONField, TextField

from qiaojie.declared.rows.apps import LABEL
from qiaojie.lib.fields import EncryptedTextField

TABLE = Path(__file__).with_name("clear_text.tsv")

LONG = 100
"""Characters from which on a column holds sentences: codes and short words have fewer."""

ACCOUNT = 150
"""Characters of the name of an account."""

OF_ACCOUNTS = ("by", "actor", "owner", "username", "entered_by")
"""Columns that hold the name of an account: scope, log and journal are asked by it."""


def _clear(field: Field) -> bool:  # type: ignore[type-arg]
    """Whether sentences may stand in a column as they are."""
    if isinstance(field, EncryptedTextField) or field.choices:
        return False
    if isinstance(field, TextField | JSONField):
        return True
    return isinstance(field, CharField) and (field.max_length is None or field.max_length >= LONG)


def _names_account(field: Field) -> bool:  # type: ignore[type-arg]
    is_name = field.name in OF_ACCOUNTS or field.name.endswith("_by")
    return is_name and field.max_length == ACCOUNT


def test_free_text_is_encrypted_or_a_table_says_why_not() -> None:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = [(row["column"], row["reason"]) for row in csv.DictReader(lines, delimiter="\t")]
    assert rows == sorted(rows) and all(reason for _column, reason in rows)
    clear = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        # Of ledgers that are declared as data the declaration says it: a text is in the clear, a note is encrypted.
        if model.__module__.startswith("qiaojie.") and model._meta.app_label != LABEL
        for field in model._meta.concrete_fields
        if _clear(field) and not _names_account(field)
    }
    assert clear == {column for column, _reason in rows}, "encrypt it (EncryptedTextField), or say why not"
