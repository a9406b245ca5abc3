from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps

from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.fields import EncryptedTextField


@pytest.fixture
def kept(transactional_db: None) -> Iterator[type[models.Model]]:
    """A table with encrypted columns of its own."""
    with isolate_apps():

        class Kept(models.Model):  # noqa: DJ008 - a row that nobody prints
            phone = EncryptedTextField(purpose="kept.phone", null=True)
            note = EncryptedTextField(purpose="kept.note", default="")

            class Meta:
                app_label = "kept_for_tests"

        with connection.schema_editor() as editor:
            editor.create_model(Kept)
        try:
            yield Kept
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Kept)


def stored(column: str) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM kept_for_tests_kept")
        value = cursor.fetchone()[0]
    return None if value is None else bytes(value)


def test_text_goes_in_and_comes_out_and_the_database_sees_neither(kept: type[models.Model]) -> None:
    kept._default_manager.create(phone="13800002207")
    row = kept._default_manager.get()
    assert (row.phone, row.note) == ("13800002207", "")  # type: ignore[attr-defined]
    sealed = stored("phone")
    assert sealed is not None and b"13800002207" not in sealed
    assert keyring().decrypt(sealed, "kept.phone") == "13800002207"


def test_null_stays_null_and_can_be_asked_for(kept: type[models.Model]) -> None:
    kept._default_manager.create(phone=None)
    assert stored("phone") is None
    assert kept._default_manager.filter(phone__isnull=True).count() == 1
    kept._default_manager.update(phone="023-68880000")
    assert kept._default_manager.filter(phone__isnull=True).count() == 0
    assert kept._default_manager.values_list("phone", flat=True).get() == "023-68880000"


@pytest.mark.parametrize("lookup", ["phone", "phone__exact", "phone__in", "phone__contains", "phone__gt"])
def test_nothing_else_can_be_asked_for(kept: type[models.Model], lookup: str) -> None:
    with pytest.raises(FieldError):
        kept._default_manager.filter(**{lookup: "13800002207"})


def test_a_value_moved_to_another_column_is_refused(kept: type[models.Model]) -> None:
    kept._default_manager.create(phone="13800002207")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kept_for_tests_kept SET note = phone")
    with pytest.raises(Tampered):
        kept._default_manager.get()


def test_the_declaration_survives_a_migration() -> None:
    field = EncryptedTextField(purpose="kept.phone", null=True)
    field.set_attributes_from_name("phone")
    name, path, args, kwargs = field.deconstruct()
    assert (name, path) == ("phone", "qiaojie.lib.fields.EncryptedTextField")
    assert kwargs == {"purpose": "kept.phone", "null": True}
    assert EncryptedTextField(*args, **kwargs).purpose == "kept.phone"


def test_a_dump_in_the_clear_is_refused() -> None:
    with pytest.raises(FieldError):
        EncryptedTextField(purpose="kept.phone").value_to_string(models.Model.__new__(models.Model))
