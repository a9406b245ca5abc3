from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import FieldError
from django.db import connection, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.test.utils import isolate_apps

from qiaojie.ledgers import rows
from qiaojie.lib.crypto import Tampered, keyring, reset_keyring
from qiaojie.lib.fields import EncryptedTextField, SealedField, Unreadable, at_row
from qiaojie.lib.findings import Unusable


@pytest.fixture
def kept(transactional_db: None) -> Iterator[Any]:
    """A table with encrypted columns of its own."""
    with isolate_apps():

        class Kept(models.Model):  # noqa: DJ008 - a row that nobody prints
            name = models.CharField(max_length=10, default="")
            phone = EncryptedTextField(purpose="kept.phone", null=True)
            note = EncryptedTextField(purpose="kept.note", default="")
            file = SealedField(purpose="kept.file", null=True)

            class Meta:
                app_label = "kept_for_tests"

        with connection.schema_editor() as editor:
            editor.create_model(Kept)
        try:
            yield Kept
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(Kept)


@pytest.fixture
def bound_only(settings: LazySettings) -> Iterator[None]:
    """An installation whose values are all bound to their rows."""
    settings.QIAOJIE_KEYS_BOUND = True
    reset_keyring()
    yield
    reset_keyring()


def stored(column: str, row: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM kept_for_tests_kept WHERE id = %s", [row])
        value = cursor.fetchone()[0]
    return None if value is None else bytes(value)


def put(row: int, **values: bytes) -> None:
    """As somebody does who holds the database and not the keys."""
    with connection.cursor() as cursor:
        for column, value in values.items():
            cursor.execute(f"UPDATE kept_for_tests_kept SET {column} = %s WHERE id = %s", [value, row])


def test_text_goes_in_and_comes_out_and_the_database_sees_neither(kept: Any) -> None:
    pk = kept.objects.create(phone="13800002207").pk
    row = kept.objects.get()
    assert (row.phone, row.note) == ("13800002207", "")
    sealed = stored("phone", pk)
    assert sealed is not None and b"13800002207" not in sealed
    assert keyring().open_bound(sealed, "kept.phone", pk) == "13800002207"


def test_null_stays_null_and_can_be_asked_for(kept: Any) -> None:
    row = kept.objects.create(phone=None)
    assert stored("phone", row.pk) is None
    assert kept.objects.filter(phone__isnull=True).count() == 1
    row.phone = "023-68880000"
    row.save()
    assert kept.objects.filter(phone__isnull=True).count() == 0
    assert kept.objects.values_list("phone", flat=True).get() == "023-68880000"


WAYS = {
    "save": lambda kept: [_saved(kept(name=str(n), phone=f"1380000220{n}")) for n in range(3)],
    "create": lambda kept: [kept.objects.create(name=str(n), phone=f"1380000220{n}") for n in range(3)],
    "bulk_create": lambda kept: kept.objects.bulk_create(
        kept(name=str(n), phone=f"1380000220{n}") for n in range(3)
    ),
    "insert": lambda kept: rows.insert(
        kept, ["name", "phone"], [(str(n), f"1380000220{n}") for n in range(3)]
    ),
    "insert with keys": lambda kept: rows.insert(
        kept, ["name", "id", "phone"], [(str(n), 50 - n, f"1380000220{n}") for n in range(3)]
    ),
    "update": lambda kept: [
        rows.update(kept, [(kept.objects.create(name=str(n)).pk, {"phone": f"1380000220{n}"})])
        for n in range(3)
    ],
    "update of one": lambda kept: [
        kept.objects.filter(pk=row.pk).update(**at_row(kept, row.pk, phone=f"1380000220{row.name}"))
        for row in [kept.objects.create(name=str(n)) for n in range(3)]
    ],
}


def _saved(row: Any) -> Any:
    row.save()
    return row


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_binds_a_value_to_its_row_and_every_way_of_reading_opens_it(
    kept: Any, way: str, bound_only: None
) -> None:
    first = kept.objects.create(name="-").pk
    WAYS[way](kept)
    found = {str(n): f"1380000220{n}" for n in range(3)}
    written = kept.objects.exclude(pk=first)
    assert {row.name: row.phone for row in written} == found
    assert {row.name: row.phone for row in written.only("name")} == found
    assert dict(written.values_list("name", "phone")) == found
    assert {row["name"]: row["phone"] for row in written.values("phone", "name")} == found
    assert {row.name: row.its for row in written.annotate(its=F("phone"))} == found
    of_another = Subquery(kept.objects.filter(name=OuterRef("name")).values("phone")[:1])
    assert dict(written.annotate(its=of_another).values_list("name", "its")) == found
    united = written.filter(name="0").union(written.exclude(name="0")).values_list("name", "phone")
    assert dict(united) == found
    assert {row.name: row.note for row in written} == dict.fromkeys(found, "")


def test_a_new_row_gets_a_key_that_no_row_ever_had(kept: Any) -> None:
    last = kept.objects.create(name="a")
    gone = last.pk
    last.delete()
    made = [kept.objects.create(name=str(n)).pk for n in range(3)]
    assert gone not in made and len({*made}) == 3
    assert rows.insert(kept, ["name"], [("x",)]) == 1
    assert kept.objects.latest("pk").pk > max(made)


def test_two_rows_whose_values_were_swapped_are_found(kept: Any, bound_only: None) -> None:
    one, other = (
        kept.objects.create(name=n, phone=p, note=n, file=keyring().encrypt_bytes(n.encode(), "kept.file"))
        for n, p in (("a", "13800002207"), ("b", "13800002208"))
    )
    columns = ("phone", "note", "file")
    held = {row.pk: {column: stored(column, row.pk) for column in columns} for row in (one, other)}
    # All of both rows is swapped, but for the key.
    kept.objects.filter(pk=one.pk).update(name="b")
    kept.objects.filter(pk=other.pk).update(name="a")
    put(one.pk, **held[other.pk])
    put(other.pk, **held[one.pk])
    assert [type(row.phone) for row in kept.objects.all()] == [Unreadable] * 2
    assert [type(note) for note in kept.objects.values_list("note", flat=True)] == [Unreadable] * 2
    for row in kept.objects.all():
        with pytest.raises(Tampered):
            keyring().decrypt_bytes(row.file, "kept.file")
    put(one.pk, **held[one.pk])
    assert kept.objects.get(pk=one.pk).phone == "13800002207"
    assert keyring().decrypt_bytes(kept.objects.get(pk=one.pk).file, "kept.file") == b"a"


def test_a_value_from_before_values_were_bound_is_refused_once_all_are(
    kept: Any, settings: LazySettings
) -> None:
    settings.QIAOJIE_KEYS_BOUND = False
    reset_keyring()
    pk = kept.objects.create(phone="13800002207").pk
    old = keyring().encrypt("13800002299", "kept.phone")
    file = keyring().encrypt_bytes(b"old", "kept.file")
    put(pk, phone=old, file=file)
    row = kept.objects.get()
    assert row.phone == "13800002299" and keyring().decrypt_bytes(row.file, "kept.file") == b"old"
    settings.QIAOJIE_KEYS_BOUND = True
    reset_keyring()
    row = kept.objects.get()
    assert isinstance(row.phone, Unreadable) and row.phone.stored == old
    with pytest.raises(Tampered):
        keyring().decrypt_bytes(row.file, "kept.file")
    reset_keyring()


DAMAGE = {
    "altered": lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "cut": lambda sealed: sealed[:-1],
    "short": lambda sealed: sealed[:5],
    "empty": lambda sealed: b"",
    "text": lambda sealed: b"13800002207",
    "another key": lambda sealed: bytes([sealed[0], 77]) + sealed[2:],
    "another set": lambda sealed: bytes([9]) + sealed[1:],
    "zero": lambda sealed: bytes(40),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_what_cannot_be_opened_says_so_and_is_written_back_as_it_stands(kept: Any, how: str) -> None:
    sealed_file = keyring().encrypt_bytes(b"a file", "kept.file")
    pk = kept.objects.create(name="a", phone="13800002207", file=sealed_file).pk
    spoilt = DAMAGE[how](stored("phone", pk))
    spoilt_file = DAMAGE[how](stored("file", pk))
    put(pk, phone=spoilt, file=spoilt_file)
    row = kept.objects.get()
    assert row.phone == "打不开" and isinstance(row.phone, Unreadable) and row.phone.why
    for same in (copy.copy(row.phone), copy.deepcopy(row.phone), pickle.loads(pickle.dumps(row.phone))):
        assert isinstance(same, Unreadable) and (same.stored, same.row) == (spoilt, pk)
    with pytest.raises(Tampered):
        keyring().decrypt_bytes(row.file, "kept.file")
    row.name = "b"
    row.save()
    rows.update(kept, [(pk, {"phone": row.phone, "name": "c"})])
    assert (stored("phone", pk), stored("file", pk)) == (spoilt, spoilt_file)
    assert kept.objects.get().name == "c"
    again = Unreadable.again(row.phone.kept())
    assert again is not None and (again.stored, again.row) == (spoilt, pk)
    # Into another row it is not carried, and another value mends it.
    with pytest.raises(Unusable) as refused:
        kept.objects.create(phone=row.phone)
    assert refused.value.code == "value_unreadable"
    row.phone = "13800002208"
    row.save()
    assert kept.objects.values_list("phone", flat=True).get(pk=pk) == "13800002208"


def test_one_value_that_cannot_be_opened_leaves_the_others_as_they_are(kept: Any) -> None:
    kept.objects.bulk_create(kept(name=str(n), phone=f"1380000220{n}") for n in range(9))
    doomed = kept.objects.get(name="4").pk
    put(doomed, phone=b"nothing")
    found = dict(kept.objects.values_list("name", "phone"))
    assert found.pop("4") == "打不开" and found == {str(n): f"1380000220{n}" for n in range(9) if n != 4}
    rows.insert(kept, ["id", "phone"], [(1000, "13800002299"), (1001, None)])
    assert kept.objects.get(pk=1000).phone == "13800002299"


def test_a_value_for_many_rows_at_once_is_refused(kept: Any) -> None:
    kept.objects.create(phone="13800002207")
    with pytest.raises(FieldError):
        kept.objects.update(phone="13800002208")
    with pytest.raises(FieldError):
        kept.objects.update(file=b"x")
    kept.objects.update(phone=None)
    assert kept.objects.get().phone is None


def test_an_expression_over_columns_does_not_tell_the_row_and_is_refused(kept: Any) -> None:
    kept.objects.create(phone="13800002207")
    with pytest.raises(FieldError):
        list(kept.objects.annotate(its=Coalesce("phone", "note")).values_list("its", flat=True))


@pytest.mark.parametrize("lookup", ["phone", "phone__exact", "phone__in", "phone__contains", "phone__gt"])
def test_nothing_else_can_be_asked_for(kept: Any, lookup: str) -> None:
    with pytest.raises(FieldError):
        kept._default_manager.filter(**{lookup: "13800002207"})


def test_a_value_moved_to_another_column_is_refused(kept: Any) -> None:
    kept.objects.create(phone="13800002207")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kept_for_tests_kept SET note = phone")
    assert isinstance(kept.objects.get().note, Unreadable)


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
