"""Files that somebody takes out: marked with who and when, kept encrypted for a day, open to that account alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Action, Viewer, refuse
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable
from qiaojie.tables.lines import TAKEN_OUT

from .models import Export
from .names import own_name
from .viewers import UserViewer

WATERMARK: Final = f"%(who)s %(at)s {TAKEN_OUT}"
"""Files are Chinese in every interface."""

_PURPOSE: Final = "export.content"


def watermark(viewer: Viewer) -> str:
    """What stands on every page of a file: who took it out, and when."""
    return WATERMARK % {"who": own_name(viewer), "at": f"{timezone.localtime():%Y-%m-%d %H:%M}"}


def keep(
    viewer: UserViewer, name: str, content: bytes, subject: str, purpose: str, made_by: str = ""
) -> Export:
    """Keep a file that was just made (``made_by`` a job), until ``QIAOJIE_EXPORT_HOURS`` have passed; what has expired goes."""
    now = timezone.now()
    Export.objects.filter(expires_at__lte=now).delete()
    return Export.objects.create(
        user_id=viewer.user.pk,
        made_at=now,
        expires_at=now + timedelta(hours=settings.QIAOJIE_EXPORT_HOURS),
        name=name[:200],
        subject=subject[:200],
        purpose=purpose[:200],
        content=keyring().encrypt_bytes(content, _PURPOSE),
        made_by=made_by,
    )


def made(viewer: UserViewer, key: str) -> Export | None:
    """One's own file that the job of that key made, if it has."""
    return own(viewer).filter(made_by=key).first()


def own(viewer: UserViewer) -> QuerySet[Export]:
    """The account's own files that have not expired, the newest first."""
    found = Export.objects.filter(user_id=viewer.user.pk, expires_at__gt=timezone.now())
    return found.defer("content").order_by("-made_at")


def fetch(viewer: UserViewer, pk: int) -> tuple[str, bytes]:
    """Name and content of one's own file; logged. Raises Refused for another's, Unusable ``export_expired``."""
    found = Export.objects.filter(pk=pk, user_id=viewer.user.pk).first()
    if found is None or not viewer.user.is_active:
        refuse(viewer, Action.EXPORT, f"export/{pk}")
    if found.expires_at <= timezone.now():
        raise Unusable("export_expired", _("“%s”已过期，请重新导出。") % found.name)
    viewer.note(Action.EXPORT, f"export/{pk}/{found.subject}", purpose=found.purpose)
    return found.name, keyring().decrypt_bytes(bytes(found.content), _PURPOSE)
