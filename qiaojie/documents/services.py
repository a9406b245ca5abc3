"""Changes of documents: one is handed in, taken back, put back. Nothing is undone from under one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import declaration, queries, services
from qiaojie.ledgers.changing import Permit, permitted
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.services import Move
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable

from .ledger import DOCUMENTS, documented
from .models import Content, Document, DocumentKind, Media
from .queries import PREVIEW, WHOLE, held
from .sanitising import Taken, take, turned

MOST: Final = 300
"""Documents of one row: a class of a month has some dozens."""

BOX: Final = 40
"""Characters of the number of a box: a year, a shelf and a number have some twenty."""

MOVES: Final = {
    "withdraw": Move(PENDING, State.WITHDRAWN, Action.ENTER, reason=True),
    "restore": Move((State.WITHDRAWN,), State.DRAFT, Action.ENTER, reason=True),
}
"""What whoever enters may do: a wrong photo is taken back at once. What was approved only an approver withdraws."""


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """What is said of a document that is handed in. ``day`` None is the day that the camera wrote, and where it wrote none the
    day ``otherwise``. ``box`` is the box in which the paper lies ('' for none)."""

    kind: DocumentKind
    title: str = ""
    day: date | None = None
    described: str = ""
    otherwise: date | None = None
    box: str = ""


def hand_in(
    ledger: Ledger, pk: int, data: bytes, name: str, said: DocumentDetails, viewer: UserViewer | SystemViewer
) -> Document:
    """Keep a file as a document of a row; ``name`` is only for sentences and is not kept (it is often a person's).

    It belongs to the office that filed the row; of a person, to the viewer's own. An approver's is approved. Raises
    Refused where the row is not the viewer's; Unusable of ``sanitising.take``, and ``day_missing``, ``day_ahead``,
    ``described_missing`` (a photo needs words for who does not see it), ``document_there``, ``too_many_documents``,
    ``region_missing``.
    """
    permit, filed_by = _permitted(ledger, pk, viewer)
    taken = take(data, name)
    document = _described(ledger, pk, said, taken, name)
    document.sha256 = hashlib.sha256(data).hexdigest()
    _of_viewer(document, filed_by, viewer)
    with permit as change:
        document.days_after = _days_after(ledger, queries.one(ledger, viewer, pk))
        _refuse_again(document, name)
        document.save()
        Content.objects.create(
            document=document,
            whole=keyring().encrypt_bytes(taken.whole, WHOLE),
            preview=None if taken.preview is None else keyring().encrypt_bytes(taken.preview, PREVIEW),
        )
        change.created(Document, [document.pk])
        change.note(f"documents/{document.pk}", rows=1)
    return document


def put_in_box(ledger: Ledger, pk: int, said: DocumentDetails, viewer: UserViewer | SystemViewer) -> Document:
    """Register a paper of a row that lies in a box and is not scanned; whose it is and how it waits is as for a file.

    Raises as ``hand_in``; Unusable ``box_missing``, ``box_too_long``; ``document_there`` where that kind is registered in
    that box already.
    """
    permit, filed_by = _permitted(ledger, pk, viewer)
    if not said.box.strip():
        raise Unusable("box_missing", _("纸质件没有扫描，要写明在哪个档案盒。"))
    document = _described(ledger, pk, said, Taken(Media.PAPER, b""), "")
    document.sha256 = hashlib.sha256(f"{document.kind}/{document.box}".encode()).hexdigest()
    _of_viewer(document, filed_by, viewer)
    with permit as change:
        document.days_after = _days_after(ledger, queries.one(ledger, viewer, pk))
        _refuse_again(document, document.title)
        document.save()
        change.created(Document, [document.pk])
        change.note(f"documents/{document.pk}", rows=1)
    return document


def _permitted(ledger: Ledger, pk: int, viewer: UserViewer | SystemViewer) -> tuple[Permit, int]:
    """Leave to keep a document of a row, and the region of the office that it belongs to. Raises as ``hand_in``."""
    permit = permitted(viewer, Action.ENTER, f"documents/{ledger.code}/{pk}")
    permit.refuse_unless(ledger.documented)
    row = queries.one(ledger, viewer, pk)
    own = None if viewer.region is None else viewer.region.pk
    filed_by: int | None = getattr(row, f"{ledger.filed_by}_id") if ledger.filed_by else own
    if filed_by is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    return permit, filed_by


def _of_viewer(document: Document, filed_by: int, viewer: UserViewer | SystemViewer) -> None:
    """Say whose it is and who handed it in; what an approver hands in is approved."""
    document.filed_by_id = filed_by
    document.entered_by = viewer.name
    if viewer.may(Action.APPROVE):
        document.state, document.approved_at, document.approved_by = (
            State.APPROVED,
            timezone.now(),
            viewer.name,
        )


_NUMBER = re.compile(r"\d{15,}")
"""A run of digits that only a number of somebody's is so long."""


def _days_after(ledger: Ledger, row: Model) -> int | None:
    """Days from the row's own day to today; None where it has none."""
    day: date | None = getattr(row, ledger.date) if ledger.date else None
    return None if day is None else (timezone.localdate() - day).days


def _described(ledger: Ledger, pk: int, said: DocumentDetails, taken: Taken, name: str) -> Document:
    day = said.day or taken.taken_on or said.otherwise
    if day is None:
        message = _("“%s”里没有拍摄日期，请填写材料是哪一天的。")
        raise Unusable("day_missing", message % name)
    if day > date.today():
        raise Unusable("day_ahead", _("材料日期 %s 还没有到，请核对。") % day.isoformat())
    if len(said.box.strip()) > BOX:
        raise Unusable("box_too_long", _("档案盒号最多 %d 个字。") % BOX)
    if any(_NUMBER.search(text) for text in (said.described, said.title, said.box)):
        message = _("材料名称和说明里不要写身份证号、残疾人证号，谁都看得到；是谁由所附的记录说明。")
        raise Unusable("number_written", message)
    if said.kind == DocumentKind.PHOTO and taken.media == Media.JPEG and not said.described.strip():
        message = _("请写一句照片上是什么，看不到照片的同事要靠它。")
        raise Unusable("described_missing", message)
    return Document(
        ledger=ledger.code,
        row=pk,
        kind=said.kind,
        title=said.title.strip()[:120] or str(said.kind.label),
        described=said.described.strip()[:500] or None,
        happened_on=day,
        media=taken.media,
        size=len(taken.whole),
        box=said.box.strip(),
    )


def _refuse_again(document: Document, name: str) -> None:
    there = Document.objects.filter(ledger=document.ledger, row=document.row).exclude(state=State.WITHDRAWN)
    if there.count() >= MOST:
        raise Unusable("too_many_documents", _("这条记录的材料已有 %d 件，请先作废不用的。") % MOST)
    same = there.filter(sha256=document.sha256).first()
    if same is not None and document.boxed:
        message = _("档案盒“%(box)s”里已经登记过这一种材料：“%(title)s”，没有再登记。")
        raise Unusable("document_there", message % {"box": document.box, "title": same.title})
    if same is not None:
        said = {"name": name, "title": same.title, "day": f"{timezone.localtime(same.entered_at):%Y-%m-%d}"}
        message = _("“%(name)s”已经存过：%(day)s 交存的“%(title)s”是同一个文件，没有再存。")
        raise Unusable("document_there", message % said)


def move(pk: int, word: str, viewer: Viewer, reason: str) -> int:
    """Take a document back with a reason, or put it back (``withdraw``, ``restore``); how many went (0 or 1).

    Raises Refused where it is not the viewer's; Unusable as ``ledgers.services.move``.
    """
    held(pk, viewer)
    moves = services.MOVES if viewer.may(Action.APPROVE) else MOVES
    if word not in MOVES:
        raise Unusable("move_unknown", _("没有“%s”这种处理。") % word[:20])
    return services.move(DOCUMENTS, [pk], word, viewer, purpose=reason, moves=moves)


TURNS: Final = {"left": 90, "right": 270, "over": 180}
"""How a picture may be turned, in degrees against the clock."""


def turn(pk: int, word: str, viewer: Viewer) -> None:
    """Turn a picture (``left``, ``right``, ``over``): the same document, told by the same hash of what was handed in.

    Raises Refused where it is not the viewer's or the role changes nothing of it; Unusable ``not_a_picture``.
    """
    permit = permitted(viewer, Action.ENTER, f"documents/{pk}", registry=False)
    document = held(pk, viewer)
    permit.refuse_unless(
        document.state != State.WITHDRAWN and (document.state in PENDING or viewer.may(Action.APPROVE))
    )
    if document.media != Media.JPEG:
        raise Unusable("not_a_picture", _("只有照片能转。"))
    content = Content.objects.get(pk=pk)
    whole, preview = turned(keyring().decrypt_bytes(bytes(content.whole), WHOLE), TURNS[word])
    with permit as change:
        content.whole = keyring().encrypt_bytes(whole, WHOLE)
        content.preview = keyring().encrypt_bytes(preview, PREVIEW)
        content.save(update_fields=["whole", "preview"])
        Document.objects.filter(pk=pk).update(size=len(whole))
        change.updated(Document, [(pk, {"size": document.size}, {"size": len(whole)})], told=False)
        change.note(rows=1)


def refuse_orphans(
    sender: object,
    touched: Mapping[str, Iterable[int]],
    memo: dict[str, Any] | None = None,
    **_kwargs: object,
) -> None:
    """After a batch was taken back: raise Unusable ``undo_blocked`` (and with it take the undoing back) where a row has
    gone that a document stands on."""
    if memo is None:
        return
    codes = {ledger.model._meta.label: ledger.code for ledger in documented()}
    for label in touched.keys() & codes.keys():
        model = declaration.get(codes[label]).model
        standing = Document.objects.filter(ledger=codes[label]).exclude(state=State.WITHDRAWN)
        for keys in chunks(touched[label]):
            needed = set(standing.filter(row__in=keys).values_list("row", flat=True))
            gone = needed - set(model._default_manager.filter(pk__in=needed).values_list("pk", flat=True))
            if gone:
                reason = _("%(what)s：有 %(count)d 条已附佐证材料，请先作废材料") % {
                    "what": model._meta.verbose_name,
                    "count": len(gone),
                }
                raise Unusable("undo_blocked", _("不能撤销，后续工作已建立在这一批之上：%s。") % reason)
