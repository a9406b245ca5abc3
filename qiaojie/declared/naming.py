"""What things of a declaration are called: models, tables, columns, labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.apps import apps
from django.utils.functional import lazy
from django.utils.translation import get_language

from qiaojie.ledgers.declaration import Label
from qiaojie.ledgers.models import Fact

from .kept import Kept
from .rows.apps import LABEL
from .schema import DeclaredField

UNTIL: Final = "_until"
"""What the column of a span's last day is called after that of its first."""

DAY: Final = "happened_on"
"""The column of the day that counts."""

SUBJECTS: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("people.Person", "persons"),
    "household": ("people.Household", "household_units"),
    "base": ("bases.Base", "bases"),
    "agency": ("accounts.Agency", "agencies"),
}
"""What a row may be about besides rows of other ledgers, by its word: the model and the ledger."""

REGION: Final = "region"
"""The word for a row that is about a place of the tree."""


def spoken(chinese: str, english: str) -> str:
    """The one of two words that whoever looks reads."""
    return english if english and str(get_language() or "").startswith("en") else chinese


def said(chinese: str, english: str = "") -> Label:
    """A label of a declaration, in the language of whoever looks, as far as the declaration has it."""
    return lazy(spoken, str)(chinese, english) if english else chinese


def model_name(code: str) -> str:
    """The name of a ledger's model: ``work_items`` → ``Work_Items``. No two codes have one name, whatever case is made of it."""
    return "_".join(part.capitalize() for part in code.split("_"))


def model_label(code: str) -> str:
    """The label by which the journal knows rows of a ledger."""
    return f"{LABEL}.{model_name(code)}"


def model_of(code: str) -> type[Fact]:
    """The built model of a ledger's rows. Raises LookupError where none is built."""
    found: type[Fact] = apps.get_model(LABEL, model_name(code))
    return found


def ledger_about(what: str) -> str:
    """The code of the ledger whose rows a word of ``about`` means. A code of a ledger is its own."""
    return SUBJECTS[what][1] if what in SUBJECTS else what


def added_by(code: str) -> str:
    """What a row of another ledger calls the row of its added fields."""
    return f"added_{code}"


def column_of(kept: Kept, code: str) -> str:
    """The column that keeps a field or a reference; of a span its first day."""
    field = kept.declared.field(code)
    if field is not None and is_day(kept, field):
        return DAY
    return kept.columns.get(code, code)


def is_day(kept: Kept, field: DeclaredField) -> bool:
    """Whether a field is the day that counts itself, and has no column besides."""
    return kept.declared.day == field.code and field.kind != "date_span"
