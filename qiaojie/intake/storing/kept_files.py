"""Files that came with a refused form: kept for their sender for some hours, so that she need not choose them again."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer

from ..models import Draft

HOURS: Final = 12
"""So long they are kept: as long as a session lasts at most."""

AT_ONCE: Final = 3
"""Refused forms whose files one account has at a time; what came first goes."""

KIND: Final = "files/"
"""How the subjects of such drafts begin."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of a form: the name of its field, its own name, its kind as the browser said, its content."""

    field: str
    name: str
    media: str
    content: bytes


def keep(files: Sequence[KeptFile], viewer: Viewer) -> str:
    """Keep the files of one refused form, encrypted; the word by which the viewer, and nobody else, has them again.

    Everybody may: it is what they sent themselves, and sending it again asks for permission as ever.
    """
    Draft.objects.filter(
        subject__startswith=KIND, kept_at__lt=timezone.now() - timedelta(hours=HOURS)
    ).delete()
    own = Draft.objects.filter(owner=viewer.name, subject__startswith=KIND).order_by("-kept_at", "-pk")
    Draft.objects.filter(pk__in=list(own.values_list("pk", flat=True)[AT_ONCE - 1 :])).delete()
    word = secrets.token_urlsafe(16)
    lines = [[one.field, one.name, one.media, base64.b64encode(one.content).decode()] for one in files]
    Draft.objects.create(
        owner=viewer.name, subject=f"{KIND}{word}", typed=json.dumps(lines, ensure_ascii=False)
    )
    viewer.note(Action.ENTER, "draft/files", rows=len(lines))
    return word


def kept(word: str, viewer: Viewer) -> list[KeptFile]:
    """The files that the viewer's refused form brought; none where they are too old, another's, or taken."""
    since = timezone.now() - timedelta(hours=HOURS)
    found = Draft.objects.filter(owner=viewer.name, subject=f"{KIND}{word[:100]}", kept_at__gte=since).first()
    if found is None:
        return []
    lines = json.loads(found.typed)
    return [KeptFile(field, name, media, base64.b64decode(text)) for field, name, media, text in lines]


def drop(word: str, viewer: Viewer) -> None:
    """Throw the files of one refused form away: they have been taken in."""
    Draft.objects.filter(owner=viewer.name, subject=f"{KIND}{word[:100]}").delete()
