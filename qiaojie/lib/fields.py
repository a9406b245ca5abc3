"""Model fields that keep personal data encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from .crypto import keyring

_Set = TypeVar("_Set", contravariant=True)
_Get = TypeVar("_Get", covariant=True)

if TYPE_CHECKING:
    # For the checker the attribute is text, and None as well where null=True.
    _Base = models.TextField
else:

    class _Base(models.BinaryField, Generic[_Set, _Get]):
        pass


class EncryptedTextField(_Base[_Set, _Get]):
    """Text (or None) to Python, encrypted bytes to the database.

    ``purpose`` names the column (``person.id_number``) and is authenticated: it must never change once rows exist, and
    bytes of one column cannot be read in another. Nothing can be searched in it but whether it is null; exact look-up
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

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> str | None:
        """Decrypt what the database gave. Raises Tampered."""
        return None if value is None else keyring().decrypt(bytes(value), self.purpose)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Encrypt what goes to the database."""
        sealed = None if value is None else keyring().encrypt(value, self.purpose)
        return super().get_db_prep_value(sealed, connection, prepared)

    def to_python(self, value: Any) -> Any:
        """Text as it is (a BinaryField would take it for base64)."""
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Refuse: Django's dumps would hold the value in the clear."""
        raise FieldError(f"{self.name} is encrypted and is not dumped; back up the database instead")

    def get_lookup(self, lookup_name: str) -> Any:
        """Only ``isnull``; Django reports every other lookup as unsupported."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
