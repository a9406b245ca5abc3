"""What is kept encrypted or hashed, by model and column, and for which purpose: every column of bytes is named here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db.models import BinaryField, Model

from qiaojie.lib.crypto import Tampered, keyring
from qiaojie.lib.fields import EncryptedTextField

SEALED = {
    "accounts.Export.content": "export.content",
    "comparison.OutsideList.content": "outside.content",
    "comparison.OutsideList.findings": "outside.findings",
    "comparison.Line.said": "outside.said",
    "documents.Content.whole": "document.whole",
    "documents.Content.preview": "document.preview",
    "intake.Upload.decisions": "upload.decisions",
    "intake.Upload.summary": "upload.summary",
    "intake.HeaderMapping.chosen": "mapping.chosen",
    "intake.Part.content": "upload.content",
    "intake.Commit.content": "commit.content",
    "intake.RawRows.content": "raw_rows.content",
    "intake.Delivery.content": "delivery.content",
    "ledgers.Change.before": "journal",
    "ledgers.Change.after": "journal",
    "ledgers.Proposal.before": "journal",
    "ledgers.Proposal.after": "journal",
    "papers.UnplacedSheet.content": "sheet.content",
    "queue.Job.arguments": "job.arguments",
    "queue.Job.outcome": "job.outcome",
    "queue.Nightly.message": "nightly.message",
}
"""Columns of encrypted bytes → purpose. Columns of encrypted text say theirs themselves."""

HASHED = {
    "people.Person.id_hash": ("id_number", "person.id_number"),
    "people.Person.phone_hash": ("phone", "person.phone"),
    "people.Certificate.number_hash": ("number", "certificate.number"),
}
"""Keyed hashes of a column of the same row → that column, and the purpose. A certificate is found by 20 characters."""

OPAQUE = {
    "accounts.SecondFactor.credential",
    "accounts.AccessKey.secret",
    "intake.Answer.evidence",
    "intake.Delivery.mark",
    "people.Person.id_core",
    "people.Person.id_begin",
    "people.Person.id_end",
}
"""Bytes that are compared and never opened."""

APART = {
    "accounts.AccessEntry.mark",
    "accounts.AccessSeal.mark",
    "accounts.AccessSeal.checkpoint",
    "intake.Upload.plan",
    "keys.KeyMark.mark",
    "ledgers.Change.made",
    "ledgers.Change.mark",
    "ledgers.Witness.told",
    "ledgers.Witness.mark",
    "digests.Digest.mark",
    "digests.HashBlock.content",
}
"""Not asked here: the log's own, which grows and is held whole by the doctor, marks of keys, and what a version may make anew."""

WRAPPED = {"queue.Job.arguments"}
"""Columns whose values were kept by themselves before, and stand within something else now."""

WAS_JSON = {"asking.KeptAnswer.told"}
"""Columns of encrypted text that were JSON before."""

CERTIFICATE = 20


def columns() -> Iterator[tuple[type[Model], str, str]]:
    """Every column of bytes of every model: the model, the column and its name in the lists above."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, BinaryField):
                yield model, field.attname, f"{model._meta.label}.{field.attname}"


def opened() -> dict[str, list[int | str]]:
    """Each column of bytes: how many values it has, and a digest of what they say, opened; or what is wrong with one of them.

    Raises AssertionError for a column that nobody has named.
    """
    found: dict[str, list[int | str]] = {}
    for model, column, name in columns():
        if name not in APART:
            try:
                found[name] = digest(_said(model, column, name))
            except Tampered as fault:
                found[name] = [f"{type(fault).__name__}: {fault}"]
    return found


def _said(model: type[Model], column: str, name: str) -> Iterator[bytes]:
    rows = model._base_manager.exclude(**{f"{column}__isnull": True}).order_by("pk")
    values = rows.values_list(column, flat=True)
    if isinstance(model._meta.get_field(column), EncryptedTextField):
        yield from (str(text).encode("utf-8", "surrogatepass") for text in values)
    elif name in SEALED:
        told = (keyring().decrypt_bytes(bytes(value), SEALED[name]) for value in values)
        yield from map(_given, told) if name in WRAPPED else told
    elif name in HASHED:
        told, purpose = HASHED[name]
        for value, text in rows.values_list(column, told):
            if bytes(value) not in keyring().blinds(str(text)[:CERTIFICATE], purpose):
                raise Tampered(f"not the hash of {told}")
            yield bytes(value)
    else:
        assert name in OPAQUE, name
        yield from (bytes(value) for value in values)


def _given(told: bytes) -> bytes:
    """What a job was given, without what was sealed with it since."""
    held = json.loads(told)
    return (
        json.dumps(held["given"], ensure_ascii=False).encode() if held.keys() == {"said", "given"} else told
    )


def in_the_clear(
    read: Callable[[str], tuple[Sequence[str], Sequence[Sequence[Any]]]],
) -> dict[str, list[int | str]]:
    """What stood in the clear in a database that an earlier version made, of columns that are encrypted text now: as ``opened``
    has to say it after the upgrade. ``read`` gives the names of a table's columns and its rows (none: no such table).
    """
    found: dict[str, list[int | str]] = {}
    for model, column, name in columns():
        if isinstance(model._meta.get_field(column), EncryptedTextField):
            heads, rows = read(model._meta.db_table)
            if column in heads:
                at, key = heads.index(column), heads.index(str(model._meta.pk.column))
                values = [row[at] for row in sorted(rows, key=lambda row: row[key]) if row[at] is not None]
                if values and not isinstance(values[0], bytes | memoryview):
                    found[name] = digest(
                        _text(name, value).encode("utf-8", "surrogatepass") for value in values
                    )
    return found


def _text(name: str, value: Any) -> str:
    """A value as it is kept now: of what was JSON, its text."""
    if name not in WAS_JSON:
        return str(value)
    return json.dumps(json.loads(value) if isinstance(value, str) else value, ensure_ascii=False)


def digest(values: Iterable[bytes]) -> list[int | str]:
    held = list(values)
    running = hashlib.sha256()
    for value in held:
        running.update(hashlib.sha256(value).digest())
    return [len(held), running.hexdigest()[:32]]
