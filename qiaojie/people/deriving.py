"""What a list leaves out of a row about a person since it follows from the rest of it, or from what is known of her."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from .models import HukouKind, Scheme, StatusCategory
from .schemes import ONE_BEGINS

_ONLY_CATEGORY = {
    Scheme.MINIMUM_ALLOWANCE: StatusCategory.ALLOWED,
    Scheme.SPECIAL_HARDSHIP: StatusCategory.SUPPORTED,
}
"""Schemes of one category each. Of the others a list has to say which one it means."""

_SETTLEMENT = {HukouKind.RURAL: "rural", HukouKind.URBAN: "urban"}
"""``livelihoods.models.Settlement`` by the kind of household registration."""


def category_of_scheme(row: Mapping[str, Any], person: Mapping[str, Any]) -> str | None:
    """The category of a status whose scheme has but one on its first day (today where that is not said); None where the list
    has to say it."""
    scheme = row.get("scheme", "")
    if scheme == Scheme.RELAPSE_WATCH and (row.get("begins") or timezone.localdate()) >= ONE_BEGINS:
        return StatusCategory.PREVENTION
    return _ONLY_CATEGORY.get(scheme)


def settlement_of(row: Mapping[str, Any], person: Mapping[str, Any]) -> str | None:
    """Urban or rural by the kind of her household registration; None where that is 居民家庭 or unknown, and has to be asked.

    A street may hold villages and a town a neighbourhood, so the name of the place says neither.
    """
    return _SETTLEMENT.get(person.get("hukou_kind", ""))
