"""Whether one person both entered and approved a row: allowed where a county has not asked for two, and never hidden."""

from __future__ import annotations

from django.db.models import BooleanField, Case, F, Value, When
from django.utils.translation import gettext_lazy as _

from .declaration import Field
from .models import State


def one_hand() -> Case:
    """Whether whoever approved a row had entered it."""
    return Case(
        When(state=State.APPROVED, approved_by=F("entered_by"), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )


ONE_HAND = Field(
    "one_hand", _("录入、审核同一人"), "yes_no", expression=one_hand, filtered=True, listed=False
)
"""The field of every ledger whose rows are approved."""
