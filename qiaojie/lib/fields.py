"""Model fields that keep what is encrypted, each value bound to its row, and fields of keyed hashes.

A value is encrypted for its column and for the primary key of its row, so it opens nowhere else. Therefore the key is
there before the row is: rows in bulk are handed theirs (``ledgers.rows``), an object that is saved is handed one by the
database first. The key travels beside the bytes when they are read (``select_format``), whether objects, values or related
rows are asked for.

Every column of bytes is declared by one of the fields here, with its purpose: whoever changes the keys finds it by that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import class_prepared
from django.utils.translation import gettext as _

from . import dialects
from .crypto import HEADER_BYTES, Tampered, UnknownKey, keyring
from .findings import Unusable

_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)

if TYPE_CHECKING:
    # For the checker the attribute is text, and None as well where null=True.
    _TextBase = models.TextField
    _BytesBase = models.BinaryField
else:

    class _TextBase(models.BinaryField, Generic[_Set, _Get]):
        pass

    _BytesBase = models.BinaryField


_KEPT: Final = "\0unreadable:"


class Unreadable(str):
    """What a column says whose value cannot be opened: damaged, of a key that is not there, or another row's.

    Everywhere a text of its own ("打不开"), so that lists, pages and files go on. ``stored`` are the bytes as they stand:
    saving the row writes them back as they are. ``why`` says what is the matter and what can be done.
    """

    stored: bytes
    row: int
    why: str

    def __new__(cls, stored: bytes, row: int, why: str) -> Unreadable:
        """As the word that people see."""
        made = super().__new__(cls, _("打不开"))
        made.stored, made.row, made.why = stored, row, why
        return made

    @property
    def advice(self) -> str:
        """What whoever meets it can do, in a sentence."""
        return _(
            "这个值打不开（数据受损，或密钥不配套），不要当成空的。请告诉系统管理员；有原件的，重新录入就好。"
        )

    def kept(self) -> str:
        """What stands for it in a text that is encrypted itself (the journal): no value that was typed begins like this."""
        return f"{_KEPT}{self.row}:{self.stored.hex()}"

    @classmethod
    def again(cls, text: str) -> Unreadable | None:
        """What ``kept`` made a text of; None for every other text."""
        if not text.startswith(_KEPT):
            return None
        row, _sep, stored = text.removeprefix(_KEPT).partition(":")
        return cls(bytes.fromhex(stored), int(row), _("这个值当时就打不开。"))

    def __copy__(self) -> Unreadable:
        return self

    def __deepcopy__(self, _memo: Any) -> Unreadable:
        return self

    def __reduce__(self) -> tuple[type[Unreadable], tuple[bytes, int, str]]:
        return Unreadable, (self.stored, self.row, self.why)


class _Unopened(bytes):
    """Bytes of a column that are not its row's: too short to be opened by anybody, and written back as they stood."""

    stored: bytes

    def __new__(cls, stored: bytes) -> _Unopened:
        made = super().__new__(cls)
        made.stored = stored
        return made


class _Bound(bytes):
    """What goes to the database as it is: bound to its row already, or as it stood there."""


class _RowBound:
    """What both fields of bound values do: the row's key beside the bytes, values made ready for their row alone."""

    if TYPE_CHECKING:
        name: str
        column: str
        attname: str
        model: type[models.Model]
        purpose: str

    def at(self, row: int, value: Any) -> bytes | None:
        """What stands for a value in the row with this primary key."""
        raise NotImplementedError

    def at_many(self, rows: Sequence[int], values: Sequence[Any]) -> Sequence[bytes | None]:
        """``at`` for many rows at once."""
        return [self.at(row, value) for row, value in zip(rows, values, strict=True)]

    def contribute_to_class(self, cls: type[models.Model], name: str, **options: Any) -> None:
        """As Django's; rows of the model are handed their keys before they are written."""
        super().contribute_to_class(cls, name, **options)  # type: ignore[misc]
        if cls._meta.abstract:
            return
        if cls._meta.pk is not None:
            _hand_out_keys(cls)
        else:
            # Its key is added when all columns that are written down are there. Never for models of migrations, which write
            # theirs down: there are thousands, and each receiver that stays would be asked for each of them.
            class_prepared.connect(_hand_out_keys, sender=cls)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        """The column with the primary key of its row before it. What is no plain column stays, and is refused when it is read."""
        table, _dot, column = sql.rpartition(".")
        if column != f'"{self.column}"' or not _NAME.fullmatch(table):
            return sql, params
        key = f'{table}."{self.model._meta.pk.column}"'
        return dialects.beside(compiler.connection, key, sql), params

    def rowless(self) -> FieldError:
        """What is wrong where a statement asked for the bytes alone."""
        return FieldError(f"{self.name} is read as a column, not by an expression: its row is not known")

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """What goes to the database of an object: bound to its row."""
        value = getattr(model_instance, self.attname)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        row = model_instance.pk
        if row is None:
            raise FieldError(f"{self.name} is bound to its row: hand out the key first (ledgers.rows)")
        return self.at(row, value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Bytes that are bound already. Raises FieldError for others: a statement over many rows cannot bind them."""
        if value is not None and not isinstance(value, _Bound):
            raise FieldError(f"{self.name} is bound to its row: save the object, or use ledgers.rows.update")
        return super().get_db_prep_value(value, connection, prepared)  # type: ignore[misc]

    def get_lookup(self, lookup_name: str) -> Any:
        """Only ``isnull``; Django reports every other lookup as unsupported."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None  # type: ignore[misc]


class EncryptedTextField(_RowBound, _TextBase[_Set, _Get]):  # type: ignore[misc]
    """Text (or None) to Python, encrypted bytes to the database; what cannot be opened is ``Unreadable``.

    ``purpose`` names the column (``person.id_number``) and is authenticated: it must never change once rows exist, and
    bytes of one column or row cannot be read in another. Nothing can be searched in it but whether it is null; exact look-up
    is done on a blind (``Keyring.blind``) in a column of its own. Rows that only carry the value along should
    ``defer()`` it.
    """

    description = "encrypted text"

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """As Django's, with the purpose."""
        name, path, args, kwargs = super().deconstruct()
        return name or "", path, list(args), {**kwargs, "purpose": self.purpose}

    def get_default(self) -> Any:
        """As of a column of text: an object of which nothing was said has ''."""
        found = super().get_default()
        return "" if found == b"" else found

    def at(self, row: int, value: Any) -> bytes | None:
        """The text encrypted for its row; what could not be opened as it stands there."""
        if value is None:
            return None
        if isinstance(value, Unreadable):
            if value.row != row:
                text = _("“%s”有一个值打不开，不能抄到别的记录里；请先找到原件，把它重新录入。")
                raise Unusable("value_unreadable", text % self.verbose_name)
            return _Bound(value.stored)
        return _Bound(keyring().bind(value, self.purpose, row))

    def at_many(self, rows: Sequence[int], values: Sequence[Any]) -> Sequence[bytes | None]:
        """``at`` for many rows at once."""
        if any(isinstance(value, Unreadable) for value in values):
            return super().at_many(rows, values)
        return keyring().bind_many(values, self.purpose, rows)

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> str | None:
        """Decrypt what the database gave."""
        if value is None:
            return None
        row, stored = dialects.apart(bytes(value))
        if row is None:
            raise self.rowless()
        try:
            return keyring().open_bound(stored, self.purpose, row)
        except Tampered as fault:
            return Unreadable(stored, row, fault.message)

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse: Django's dumps would hold the value in the clear."""
        raise FieldError(f"{self.name} is encrypted and is not dumped; back up the database instead")

    def to_python(self, value: Any) -> Any:
        """Text as it is (a BinaryField would take it for base64)."""
        return value


class SealedField(_RowBound, _BytesBase):  # type: ignore[misc, type-arg]
    """Bytes that were encrypted for ``purpose`` by whoever keeps them (``Keyring.encrypt_bytes``), bound to their row here.

    What is not its row's own is given as bytes that cannot be decrypted, so that Tampered is raised where it is opened and
    nowhere else.
    """

    description = "encrypted bytes"

    def __init__(self, *args: Any, purpose: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose

    def deconstruct(self) -> Any:
        """As a column of bytes: for the database it is nothing else."""
        name, _path, args, kwargs = super().deconstruct()
        return name, _BYTES, args, kwargs

    @property
    def place(self) -> str:
        """What a value is bound to beside its row: columns may share a purpose, as before and after of a change do."""
        return f"{self.purpose}/{self.model._meta.db_table}.{self.column}"

    def at(self, row: int, value: Any) -> bytes | None:
        """The bytes bound to their row; what was not its row's own as it stood there."""
        if value is None:
            return None
        if isinstance(value, _Unopened):
            return _Bound(value.stored)
        return _Bound(keyring().mark_row(bytes(value), self.place, row))

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> bytes | None:
        """What was encrypted for this row."""
        if value is None:
            return None
        row, stored = dialects.apart(bytes(value))
        if row is None:
            raise self.rowless()
        try:
            return keyring().unmark_row(stored, self.place, row)
        except Tampered:
            return _Unopened(stored)


class BlindField(_BytesBase):  # type: ignore[type-arg]
    """A keyed hash for ``purpose`` (``Keyring.blind``), by which an exact value is found.

    ``of`` are the columns of the same row that it is made of, ``text`` what of their (opened) values is hashed: '' for nothing.
    Where what it was made of is not kept (``of`` is empty), the hash can only be verified, by what is left of a retired key.
    """

    description = "keyed hash"

    def __init__(
        self,
        *args: Any,
        purpose: str = "",
        of: Sequence[str] = (),
        text: Callable[..., str] = str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.purpose, self.of, self.text = purpose, tuple(of), text

    def deconstruct(self) -> Any:
        """As a column of bytes: for the database it is nothing else."""
        name, _path, args, kwargs = super().deconstruct()
        return name, _BYTES, args, kwargs

    def from_db_value(self, value: Any, *_: object) -> Any:
        """The hash; of what is no bytes (SQLite takes anything) a hash of nothing that there is."""
        return _NO_HASH if isinstance(value, str | int | float) else value

    def wrong(self, kept: Sequence[bytes | None], made_of: Sequence[Sequence[Any]]) -> list[int]:
        """Places of hashes that are not those of the (opened) values beside them, by whichever key of the ring: another one, one
        of nothing, or none where there is something."""
        texts = ["" if None in values else self.text(*values) for values in made_of]
        found = [at for at, text in enumerate(texts) if bool(text) != bool(kept[at])]
        by_key: dict[bytes, list[int]] = {}
        for at, text in enumerate(texts):
            hashed = kept[at]
            if text and hashed:
                by_key.setdefault(bytes(hashed)[:HEADER_BYTES], []).append(at)
        for header, places in by_key.items():
            try:
                made = keyring().blind_many([texts[at] for at in places], self.purpose, header)
            except UnknownKey:
                found += places
                continue
            found += [at for at, own in zip(places, made, strict=True) if own != bytes(kept[at] or b"")]
        return sorted(found)


BoundField = EncryptedTextField[Any, Any] | SealedField

_BYTES: Final = "django.db.models.BinaryField"

_NO_HASH: Final = bytes(HEADER_BYTES)
"""What no key makes."""

_NAME: Final = re.compile(r'"[^"]+"|\w+')
"""A table or its alias, as a statement names it."""


def stored_bytes(value: Any) -> bytes:
    """A value of a column of bytes as it stands in the database. Raises Tampered for another type: SQLite takes any."""
    if isinstance(value, bytes | memoryview | bytearray):
        return bytes(value)
    raise Tampered(_("这里存的不是加密数据，是被人改成的别的内容，不能使用。请从备份恢复。"))


def bound_fields(model: type[models.Model]) -> dict[str, Any]:
    """The columns of a model whose values are bound to their row, by attribute name."""
    return {
        field.attname: field
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField | SealedField)
    }


def bound_columns() -> Iterator[tuple[type[models.Model], Any]]:
    """Every model with every column whose values are bound to their row."""
    for model in apps.get_models():
        for field in bound_fields(model).values():
            yield model, field


def at_row(model: type[models.Model], row: int, **values: Any) -> dict[str, bytes | None]:
    """Values of bound columns made ready for one row: for ``filter(pk=row).update(**…)``."""
    fields = bound_fields(model)
    return {name: fields[name].at(row, value) for name, value in values.items()}


def _hand_out_keys(sender: type[models.Model], **_options: Any) -> None:
    """Have the database hand an object its key before it is written (Django would learn it afterwards)."""
    key = sender._meta.pk
    if isinstance(key, models.AutoField | models.BigAutoField):
        key.get_pk_value_on_save = partial(_handed_out, sender)  # type: ignore[method-assign]


def _handed_out(model: type[models.Model], instance: models.Model) -> int:
    alias = instance._state.db or router.db_for_write(model, instance=instance)
    return dialects.reserve(connections[alias], model._meta.db_table, str(model._meta.pk.column))
