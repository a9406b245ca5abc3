"""What is encrypted or hashed by key is declared where it is kept: what the exchange of keys does not find is lost."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from django.apps import apps
from django.db.models import BinaryField

from qiaojie.keys import declared
from qiaojie.lib.fields import BlindField, EncryptedTextField, SealedField
from tests.house.source import modules, named

OPEN = {
    # The name of a public key, as the authenticator gave it.
    "accounts.SecondFactor.credential",
    # Plain hashes of rows; the line that holds them is marked.
    "ledgers.Change.made",
    "ledgers.Witness.told",
}
"""Columns of bytes that are neither encrypted nor hashed by key."""

PASSING = {
    "qiaojie/web/desk/ledgers/papers.py": "what came of printing, for the next page alone: in a session of hours",
    "qiaojie/web/desk/today/search.py": "what was typed into the search box, in the address of its next pages: of hours",
    "qiaojie/web/components/sealed_text.py": "what was typed, in addresses of hours",
    "qiaojie/accounts/credentials/attempts.py": "whose failures are counted: after an exchange the counts of minutes begin anew",
    "qiaojie/people/lookups.py": "the mark by which two look-ups in the log are of one number, as long as the key is",
    "qiaojie/bench/bare.py": "measuring hashes what it throws away",
}
"""Modules that encrypt for something else than a column: it may be lost with a key that goes."""

GIVEN = {
    "qiaojie/people/bulk_lookup.py": "told the purpose by people.services and identification",
    "qiaojie/intake/storing/originals.py": "told the purpose within: COMMIT or ROWS",
    "qiaojie/keys/renewal.py": "by the columns themselves",
    "qiaojie/lib/fields.py": "by the columns themselves: nothing is kept, it is compared",
    "qiaojie/people/number_blocks.py": "from BLOCKS, which the columns are named in",
}
"""Modules that are told a purpose by their caller."""

WRITES = {"encrypt", "encrypt_bytes", "encrypt_many", "blind", "blind_many"}


def _columns() -> Iterator[tuple[str, Any]]:
    for model in apps.get_models():
        if model.__module__.startswith("qiaojie."):
            for field in model._meta.concrete_fields:
                if isinstance(field, BinaryField):
                    yield f"{model._meta.label}.{field.attname}", field


def test_every_column_of_bytes_says_what_it_is_encrypted_or_hashed_for() -> None:
    plain = {
        name
        for name, field in _columns()
        if not isinstance(field, EncryptedTextField | SealedField | BlindField) or not field.purpose
    }
    assert plain == OPEN
    found = {column.called for column in declared.columns()}
    assert found == {name for name, _field in _columns()} - OPEN - {"keys.KeyMark.mark"}


def test_no_two_columns_of_text_are_of_one_purpose() -> None:
    counted = Counter(field.purpose for _name, field in _columns() if isinstance(field, EncryptedTextField))
    assert max(counted.values()) == 1


def test_hashes_are_of_columns_of_their_own_row() -> None:
    for name, field in _columns():
        if isinstance(field, BlindField):
            known = {one.attname for one in field.model._meta.concrete_fields}
            assert set(field.of) <= known, name


def _purposes() -> Iterator[tuple[str, str | None]]:
    """Which module encrypts or hashes for what; None where the name is a parameter."""
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        text = named(path)
        if "keyring()" not in ast.unparse(tree) or text == "qiaojie/lib/crypto.py":
            continue
        module = importlib.import_module(text.removesuffix(".py").replace("/", "."))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in WRITES and len(node.args) > 1:
                yield text, _told(node.args[1], module)


def _told(purpose: ast.expr, module: ModuleType) -> str | None:
    match purpose:
        case ast.Constant(value=str(said)):
            return said
        case ast.Name(id=name):
            return getattr(module, name, None)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return getattr(getattr(module, name, None), attribute, None)
    return None


def test_nothing_is_encrypted_but_for_a_declared_column() -> None:
    declared_for = {field.purpose for _name, field in _columns() if hasattr(field, "purpose")}
    declared_for |= set(declared.verified_purposes())
    stray = {
        (module, purpose)
        for module, purpose in _purposes()
        if purpose not in declared_for and module not in PASSING and not (purpose is None and module in GIVEN)
    }
    assert not stray
