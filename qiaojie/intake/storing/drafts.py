"""Drafts: what somebody typed and has not handed in, kept for her alone until it is taken in, dropped or too old."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer, demand

from ..models import Draft
from . import kept_files

DAYS = 30
"""So long a draft is offered again."""

MOST = 100
"""So many boxes a draft keeps, and ``LONGEST`` characters of each: no form of ours has more."""

LONGEST = 2_000
"""Characters of one box that a draft keeps."""


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


FORM = "unsent"
"""The subject of the form that somebody sent when the session had ended."""

_FIELDS, _CHARACTERS = 500, 40_000
"""So much of it is kept."""


@dataclass(frozen=True, slots=True)
class HeldForm:
    """A form that was sent in vain: to which address, its fields in their order, and when."""

    path: str
    fields: tuple[tuple[str, str], ...]
    kept_at: datetime

    @property
    def texts(self) -> list[str]:
        """What people typed or chose, as far as it reads as words."""
        return [
            text
            for _name, text in self.fields
            # Addresses and keys are for programs.
            if len(text) > 1 and not text.isdigit() and not text.startswith("/")
        ]


def keep_form(path: str, fields: Sequence[tuple[str, str]], viewer: Viewer) -> bool:
    """Keep a form that was sent in vain, instead of the last one; False where it is too big or holds nothing.

    Everybody may: it is what they typed themselves, and sending it again asks for permission as ever.
    """
    if not fields or len(fields) > _FIELDS or sum(len(text) for _name, text in fields) > _CHARACTERS:
        return False
    kept = {"typed": json.dumps({"path": path, "fields": fields}, ensure_ascii=False)}
    Draft.objects.update_or_create(owner=viewer.name, subject=FORM, defaults=kept)
    viewer.note(Action.ENTER, f"draft/{FORM}")
    return True


def form(viewer: Viewer) -> HeldForm | None:
    """The form that the viewer sent in vain, if it is not too old."""
    found = Draft.objects.filter(owner=viewer.name, subject=FORM, kept_at__gte=_oldest()).first()
    if found is None:
        return None
    told = json.loads(found.typed)
    return HeldForm(told["path"], tuple((name, text) for name, text in told["fields"]), found.kept_at)


def own(viewer: Viewer) -> list[tuple[str, datetime]]:
    """The forms of which the viewer has a draft that is not too old, and since when, the latest first; one query."""
    return list(_own(viewer).order_by("-kept_at").values_list("subject", "kept_at"))


def number(viewer: Viewer) -> int:
    """How many drafts the viewer has that are not too old."""
    return _own(viewer).count()


def _own(viewer: Viewer) -> QuerySet[Draft]:
    found = Draft.objects.filter(owner=viewer.name, kept_at__gte=_oldest())
    return found.exclude(subject__startswith=kept_files.KIND)


def drop(subject: str, viewer: Viewer) -> None:
    """Throw the viewer's own draft of a form away."""
    Draft.objects.filter(owner=viewer.name, subject=subject).delete()


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=DAYS)
