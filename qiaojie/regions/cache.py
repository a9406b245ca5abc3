"""Views of the tree that are kept in the process until the tree changes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.db.models.signals import post_delete, post_save

from .models import Assignment, Edition, EditionUnit, Overlap, Region, Succession, TreeState

T = TypeVar("T")

_views: dict[Hashable, tuple[uuid.UUID, Any]] = {}


def keep(name: Hashable, build: Callable[[], T]) -> T:
    """The view of that name, built again when the tree has changed since.

    Costs one query on a table of one row. While no tree is loaded nothing is kept.
    """
    stamp = TreeState.objects.values_list("stamp", flat=True).first()
    if stamp is None:
        return build()
    held = _views.get(name)
    if held is None or held[0] != stamp:
        held = (stamp, build())
        _views[name] = held
    view: T = held[1]
    return view


def changed(**_signal: object) -> None:
    """Mark the tree as changed, for this process and every other one that reads the database."""
    TreeState.objects.update(stamp=uuid.uuid4())


def connect() -> None:
    """Call ``changed`` whenever one region, succession, overlap or edition is saved or deleted."""
    for model in (Region, Succession, Overlap, Assignment, Edition, EditionUnit):
        for signal in (post_save, post_delete):
            signal.connect(changed, sender=model, dispatch_uid=f"regions-kept-{model.__name__}")
