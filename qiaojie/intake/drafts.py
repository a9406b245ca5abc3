"""Drafts: what somebody typed and has not handed in, kept for her alone until it is taken in, dropped or too old."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer, demand

from .models import Draft

DAYS = 30
"""So long a draft is offered again."""

MOST = 100
"""So many boxes a draft keeps, and ``LONGEST`` characters of each: no form of ours has more."""

LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Held:
    """A draft: texts by box, and when it was kept."""

    typed: Mapping[str, str]
    kept_at: datetime


def keep(subject: str, typed: Mapping[str, str], viewer: Viewer) -> None:
    """Keep what was typed into a form, instead of what was kept of it before. Where nothing was typed nothing is kept.

    Drafts of anybody that are too old are thrown away. Raises Refused where the role may not enter rows.
    """
    demand(viewer, Action.ENTER, f"draft/{subject}")
    Draft.objects.filter(kept_at__lt=_oldest()).delete()
    said = {name: text[:LONGEST] for name, text in list(typed.items())[:MOST] if text.strip()}
    if said:
        kept = {"typed": json.dumps(said, ensure_ascii=False)}
        Draft.objects.update_or_create(owner=viewer.name, subject=subject, defaults=kept)
        viewer.note(Action.ENTER, f"draft/{subject}"[:200])


def held(subject: str, viewer: Viewer) -> Held | None:
    """The viewer's own draft of a form, if there is one that is not too old."""
    found = Draft.objects.filter(owner=viewer.name, subject=subject, kept_at__gte=_oldest()).first()
    return None if found is None else Held(json.loads(found.typed), found.kept_at)


def number(viewer: Viewer) -> int:
    """How many drafts the viewer has that are not too old."""
    return Draft.objects.filter(owner=viewer.name, kept_at__gte=_oldest()).count()


def drop(subject: str, viewer: Viewer) -> None:
    """Throw the viewer's own draft of a form away."""
    Draft.objects.filter(owner=viewer.name, subject=subject).delete()


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=DAYS)
