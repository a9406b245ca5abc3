"""Reading documents: those of some rows, one of them, what it holds. Scope, log and purpose as in every ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.models import State
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable

from .ledger import DOCUMENTS
from .models import Content, Document, Media

WHOLE = "document.whole"
PREVIEW = "document.preview"
"""Purposes that the two forms of a document are encrypted for."""

CONTENT_TYPES = {
    Media.JPEG: "image/jpeg",
    Media.PDF: "application/pdf",
    Media.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Media.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Media.OFD: "application/ofd",
}
"""Of every kind of file that is kept; a paper in a box is none."""


def of_rows(rows: Mapping[str, Iterable[int]], viewer: Viewer) -> list[Document]:
    """The documents of these rows (ledger code → keys) that the viewer may see, oldest day first; one query.

    Withdrawn ones are left out. Whoever asks has found the rows to be the viewer's.
    """
    wanted = Q(pk__in=[])
    for code, keys in rows.items():
        wanted |= Q(ledger=code, row__in=list(keys))
    found = Document.objects.filter(DOCUMENTS.visible(viewer), wanted).exclude(state=State.WITHDRAWN)
    return list(found.order_by("happened_on", "pk"))


def held(pk: int, viewer: Viewer) -> Document:
    """The document with this key, withdrawn or not; otherwise Refused, and the attempt is logged."""
    demand(viewer, Action.SEE, f"documents/{pk}")
    found = Document.objects.filter(DOCUMENTS.visible(viewer), pk=pk).select_related("filed_by").first()
    if found is None:
        refuse(viewer, Action.SEE, f"documents/{pk}")
    return found


def about(document: Document, viewer: Viewer) -> Shown | None:
    """What the row of a document is called; None where the viewer may not see the row."""
    ledger = declaration.get(document.ledger)
    row = queries.rows(ledger, viewer).filter(pk=document.row)
    title = ledger.field(ledger.title)
    return next((found.cells[title.name] for found in queries.shown(ledger, viewer, row, [title])), None)


def preview(pk: int, viewer: Viewer) -> bytes:
    """A photo in small, as JPEG; logged. Refused where it is not the viewer's, and for papers: they are full of names, and
    are only handed out whole, for a purpose."""
    document = held(pk, viewer)
    sealed = Content.objects.filter(pk=pk).values_list("preview", flat=True).first()
    if not document.pictured or sealed is None:
        refuse(viewer, Action.SEE, f"documents/{pk}/preview")
    viewer.note(Action.SEE, f"documents/{pk}/preview", rows=1)
    return keyring().decrypt_bytes(bytes(sealed), PREVIEW)


def whole(pk: int, viewer: Viewer, purpose: str) -> tuple[Document, bytes]:
    """A document as it is kept, for a stated purpose; logged. Raises Refused, Unusable ``only_in_box`` (no file is kept of it),
    ``purpose_missing``."""
    demand(viewer, Action.EXPORT, f"documents/{pk}")
    document = held(pk, viewer)
    if document.boxed:
        raise Unusable("only_in_box", _("这件没有扫描，原件在档案盒“%s”，请到档案柜取阅。") % document.box)
    if not purpose.strip():
        raise Unusable("purpose_missing", _("材料里可能有个人信息，请写明查看的用途。"))
    sealed = Content.objects.values_list("whole", flat=True).get(pk=pk)
    viewer.note(Action.EXPORT, f"documents/{pk}", rows=1, purpose=purpose)
    return document, keyring().decrypt_bytes(bytes(sealed), WHOLE)
