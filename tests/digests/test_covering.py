"""No model and no column is forgotten: what the digests leave out is named with a reason, all else is covered."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from qiaojie.digests import covering
from qiaojie.digests.scanning import covered
from qiaojie.ledgers import declaration
from qiaojie.ledgers.tracing import rowmarks, witnessing
from qiaojie.lib.fields import EncryptedTextField

OWN = [
    model
    for model in apps.get_models(include_auto_created=True)
    if apps.get_app_config(model._meta.app_label).name.startswith("qiaojie.")
]


def test_every_model_is_covered_or_left_out_for_a_reason() -> None:
    labels = {model._meta.label for model in OWN}
    assert {model._meta.label for model in covered()} == labels - set(covering.APART)
    assert set(covering.APART) <= labels, "what is left out is there"
    assert all(len(reason.split()) > 3 for reason in covering.APART.values())


def test_every_ledger_is_covered() -> None:
    assert {ledger.model for ledger in declaration.every()} <= set(covered())


def test_columns_that_are_left_out_are_there_and_have_a_reason() -> None:
    for label, columns in covering.SPARED.items():
        known = {field.attname for field in apps.get_model(label)._meta.concrete_fields}
        assert set(columns) <= known, label
        assert all(len(reason.split()) > 3 for reason in columns.values()), label


@pytest.mark.parametrize("model", covered(), ids=lambda model: model._meta.label)
def test_bytes_that_depend_on_keys_are_opened_or_left_out(model: type[models.Model]) -> None:
    label = model._meta.label
    held = {
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField) and not isinstance(field, EncryptedTextField)
    }
    named = [
        set(covering.SPARED.get(label, {})),
        set(covering.OPENED.get(label, {})),
        covering.PLAIN.get(label, set()),
    ]
    assert held == held & set().union(*named), (
        "say of these bytes whether a digest opens them, takes them as they are, or why not"
    )
    assert sum(map(len, named)) == len(set().union(*named)), "one of the three"


def test_what_is_written_one_row_at_a_time_is_witnessed_and_what_is_not_is_journalled() -> None:
    for model in covered():
        kinds = [
            witnessing.is_witnessed(model),
            witnessing.is_journalled(model),
            model._meta.label in {"ledgers.Change", "ledgers.Witness"},
        ]
        assert kinds.count(True) == 1, model
        if witnessing.is_witnessed(model):
            assert all("Witnessed" in type(manager.all()).__name__ for manager in model._meta.managers), model


def test_rows_that_pages_of_their_own_make_are_witnessed() -> None:
    """No file and no journal brings them: without a witness the night would take each for slipped in."""
    assert all(witnessing.is_witnessed(one.model) for one in declaration.every() if not one.made)


def test_a_row_is_hashed_alike_however_it_is_encrypted() -> None:
    assert "phone" in rowmarks.covered(apps.get_model("people.Person"))
    assert "phone_hash" not in rowmarks.covered(apps.get_model("people.Person"))
