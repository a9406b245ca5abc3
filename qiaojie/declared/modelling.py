"""From a declaration to a Django model: its table is made of it, the journal and the digests know its rows by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db import models

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import ROW
from qiaojie.ledgers.models import Fact
from qiaojie.lib.fields import EncryptedTextField

from .kept import Kept
from .naming import REGION, SUBJECTS, UNTIL, added_by, is_day, model_label, model_name
from .rows.apps import LABEL
from .schema import About, DeclaredField

TABLE: Final = "ledger_"
"""What the names of these tables begin with."""

TEXT_LENGTH: Final = 200
"""Characters of a short text; what is longer is a note."""

NAME_LENGTH: Final = 64
"""Characters of somebody's name, as of persons."""

CODE_LENGTH: Final = 40
"""Characters of a choice."""


def model(kept: Kept, registry: Any = apps) -> type[Fact]:
    """The model of a declaration's rows, registered with Django (or in a registry of somebody's own); one that was there
    before it under that name is forgotten.

    Every column but those that intake gives may be empty: what a row must have, the ledger's limits say, and a column can be
    added to a table of any size without writing a row of it.
    """
    declared = kept.declared
    columns: dict[str, Any] = {}
    for subject in declared.subjects:
        columns[subject.called] = _reference(subject)
    if declared.extends:
        columns[ROW] = _part_of_row(declared.extends, declared.code)
    for field in declared.fields:
        if not is_day(kept, field):
            columns.update(_columns(declared.code, field, kept.columns[field.code]))
    name = model_name(declared.code)
    index = models.Index(fields=["filed_by", "happened_on"])
    meta = {
        "app_label": LABEL,
        "db_table": TABLE + declared.code,
        "verbose_name": declared.label,
        "indexes": [index],
        "abstract": False,
        "apps": registry,
    }
    with _TakenAnew(name, registry):
        return type(
            name,
            (Fact,),
            {
                "__module__": "qiaojie.declared.rows.models",
                "__doc__": f"A row of the declared ledger {declared.code}.",
                "__str__": lambda row: f"{declared.code}/{row.pk}",
                "Meta": type("Meta", (Fact.Meta,), meta),
                **columns,
            },
        )


class _TakenAnew:
    """While it holds, a model may take a name that another had."""

    def __init__(self, name: str, registry: Any) -> None:
        self.name, self.registry = name, registry

    def __enter__(self) -> None:
        forget(self.name, self.registry)

    def __exit__(self, *_raised: object) -> None:
        self.registry.clear_cache()


def forget(name: str, registry: Any = apps) -> None:
    """Take a built model of that name out of a registry, if there is one."""
    if registry.all_models[LABEL].pop(name.lower(), None) is not None:
        registry.clear_cache()


def _label_of(code: str) -> str:
    """The model of a ledger, by its label; of one that is declared, also where it is not known to this process."""
    try:
        return declaration.get(code).model_label
    except KeyError:
        return model_label(code)


def _reference(subject: About) -> models.ForeignKey[Any, Any]:
    if subject.what == REGION:
        target = "regions.Region"
    elif subject.what in SUBJECTS:
        target = SUBJECTS[subject.what][0]
    else:
        target = _label_of(subject.what)
    return models.ForeignKey(
        target,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=subject.label or subject.called,
    )


def _part_of_row(extends: str, code: str) -> models.OneToOneField[Any, Any]:
    target = _label_of(extends)
    return models.OneToOneField(target, on_delete=models.PROTECT, null=True, related_name=added_by(code))


def _columns(code: str, field: DeclaredField, column: str) -> Iterator[tuple[str, Any]]:
    label = field.label
    purpose = f"declared.{code}.{column}"
    match field.kind:
        case "text":
            yield column, models.CharField(label, max_length=TEXT_LENGTH, blank=True, default="")
        case "name":
            yield column, models.CharField(label, max_length=NAME_LENGTH, blank=True, default="")
        case "choice":
            yield column, models.CharField(label, max_length=CODE_LENGTH, blank=True, default="")
        case "note" | "phone" | "id_number" | "address":
            yield column, EncryptedTextField(label, purpose=purpose, null=True, blank=True)
        case "integer" | "money":
            yield column, models.BigIntegerField(label, null=True, blank=True)
        case "yes_no":
            yield column, models.BooleanField(label, null=True, blank=True)
        case "region":
            yield (
                column,
                models.ForeignKey(
                    "regions.Region",
                    on_delete=models.PROTECT,
                    null=True,
                    blank=True,
                    related_name="+",
                    verbose_name=label,
                ),
            )
        case _:
            yield column, models.DateField(label, null=True, blank=True)
            if field.kind == "date_span":
                yield column + UNTIL, models.DateField(label, null=True, blank=True)
