"""A photographed sheet goes back to its class by the number printed on it; what cannot be placed is kept and asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents import handing_in, sanitising
from qiaojie.documents import services as documents
from qiaojie.documents.handing_in import HandedFile
from qiaojie.documents.models import Document
from qiaojie.documents.services import DocumentDetails
from qiaojie.ledgers import joining
from qiaojie.ledgers.changing import permitted, together
from qiaojie.ledgers.viewer import Action, refuse
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import DayPart

from . import declaring, numbers, queries
from .models import HandedBack, Printing, UnplacedSheet

CONTENT: Final = "sheet.content"
"""The purpose that a file which waits for its number is encrypted for."""

AT_ONCE: Final = 60
"""Files that are taken together: the sheets of a class of a month, a half-day each."""

WAITING: Final = 120
"""Files of one account that may wait for their numbers."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A sheet that is kept now: which, and the document."""

    printing: Printing
    document: Document


@dataclass(frozen=True, slots=True)
class Received:
    """What became of files handed in together: placed, waiting for a number, and in words what is no picture of a sheet."""

    placed: tuple[Placed, ...]
    waiting: tuple[UnplacedSheet, ...]
    left: tuple[str, ...]


def words(fault: str) -> str:
    """Why a file waits, and what to do, in words."""
    return {
        "number_missing": _("文件名里没有编号，请照着表的右上角填上。"),
        "number_wrong": _("编号不对，可能抄错了一位，请对着表的右上角再看一遍。"),
        "number_unknown": _("没有这个编号的表，或者它不是您单位的班。请核对编号。"),
        "other_class": _("这是另一个班的表，不是您刚才打开的那个班的。确认后存到它自己的班。"),
        "sheet_there": _("这张表已经交过一次。如果这是它的另一页，请勾选“是另一页”。"),
        "several_numbers": _("文件名里有几个编号，请填上是哪一个。"),
        "file_there": _("这个文件已经存过，不用再交，可以删掉。"),
        "refused": _("没有存下，请稍后再试。"),
    }.get(fault, fault)


def receive(
    files: Sequence[HandedFile], typed: str, viewer: UserViewer, training_class: int | None = None
) -> Received:
    """Take files handed in as sheets: ``typed`` is the number of the only one (else each is told by its name), ``training_class``
    the class from whose page they come. What can be placed is; all else that is a picture or a paper waits. Raises Refused where
    the role enters nothing."""
    permitted(viewer, Action.ENTER, "sheets")
    placed: list[Placed] = []
    waiting: list[UnplacedSheet] = []
    left: list[str] = []
    for file in files[:AT_ONCE]:
        data = file.read()
        try:
            sanitising.take(data, file.name)
        except Unusable as fault:
            left.append(fault.message)
            continue
        number = typed if typed.strip() and len(files) == 1 else ""
        try:
            placed.append(_place(data, file.name, number, viewer, training_class))
        except Unusable as fault:
            kept = _keep(data, file.name, number, fault.code, viewer, training_class)
            if kept is None:
                left.append(_("“%s”没有收：等着填编号的文件太多了，请先处理下面这些。") % file.name)
            else:
                waiting.append(kept)
    if len(files) > AT_ONCE:
        left.append(
            _("一次最多收 %(most)d 个，后面 %(more)d 个请再交一次。")
            % {"most": AT_ONCE, "more": len(files) - AT_ONCE}
        )
    return Received(tuple(placed), tuple(waiting), tuple(left))


def waiting(viewer: UserViewer) -> QuerySet[UnplacedSheet]:
    """One's own files that wait for their number, without what they hold, the oldest first."""
    return UnplacedSheet.objects.filter(owner=viewer.name).defer("content").order_by("pk")


def place(
    pk: int, typed: str, viewer: UserViewer, *, elsewhere: bool = False, further: bool = False
) -> Placed:
    """Place a file that waits, under the number typed. ``elsewhere``: also in another class than the one that it came from;
    ``further``: it is another page of a sheet that has come back.

    Raises Refused for another's file; Unusable, whose code stands at the file from then on.
    """
    held = _own(pk, viewer)
    data = keyring().decrypt_bytes(bytes(held.content), CONTENT)
    try:
        found = _place(
            data,
            "" if typed.strip() else held.name,
            typed,
            viewer,
            held.training_class_id,
            elsewhere=elsewhere,
            further=further,
        )
    except Unusable as fault:
        UnplacedSheet.objects.filter(pk=pk).update(typed=typed.strip()[:20], fault=fault.code[:20])
        raise
    _drop(held, viewer)
    return found


def drop(pk: int, viewer: UserViewer) -> None:
    """Throw away a file that waits. Raises Refused for another's."""
    _drop(_own(pk, viewer), viewer)


def picture(pk: int, viewer: UserViewer) -> bytes:
    """A file that waits, as a small picture, so that its number can be read off it; b'' for what is no picture. Raises Refused
    for another's."""
    held = _own(pk, viewer)
    viewer.note(Action.SEE, f"sheets/waiting/{pk}", rows=1)
    taken = sanitising.take(keyring().decrypt_bytes(bytes(held.content), CONTENT), held.name)
    return taken.preview or b""


def _own(pk: int, viewer: UserViewer) -> UnplacedSheet:
    found = UnplacedSheet.objects.filter(pk=pk, owner=viewer.name).first()
    if found is None:
        refuse(viewer, Action.ENTER, f"sheets/waiting/{pk}")
    return found


def _keep(
    data: bytes, name: str, typed: str, fault: str, viewer: UserViewer, training_class: int | None
) -> UnplacedSheet | None:
    if UnplacedSheet.objects.filter(owner=viewer.name).count() >= WAITING:
        return None
    with permitted(viewer, Action.ENTER, "sheets", registry=False) as change:
        kept = UnplacedSheet.objects.create(
            owner=viewer.name,
            name=name[:200],
            content=keyring().encrypt_bytes(data, CONTENT),
            training_class_id=training_class,
            typed=typed.strip()[:20],
            fault=fault[:20],
        )
        change.note(f"sheets/waiting/{kept.pk}", rows=1)
    return kept


def _drop(held: UnplacedSheet, viewer: UserViewer) -> None:
    with permitted(viewer, Action.ENTER, f"sheets/waiting/{held.pk}", registry=False) as change:
        UnplacedSheet.objects.filter(pk=held.pk).delete()
        change.note(rows=1)


def _place(
    data: bytes,
    name: str,
    typed: str,
    viewer: UserViewer,
    training_class: int | None,
    *,
    elsewhere: bool = False,
    further: bool = False,
) -> Placed:
    printing = _numbered(typed, name, viewer)
    owner = joining.kept_of(CLASSES, [printing.training_class_id]).get(
        printing.training_class_id, printing.training_class_id
    )
    if (
        training_class is not None
        and not elsewhere
        and training_class not in joining.together(CLASSES, owner)
    ):
        _fail("other_class")
    before = queries.documents(printing.pk)
    if before and not further:
        _fail("sheet_there")
    details = _details(printing, owner, len(before), viewer)
    try:
        with together():
            document = documents.hand_in(CLASSES, owner, data, name, details, viewer)
            # The registry is held from here on: whoever handed in the same sheet meanwhile is seen now.
            if len(queries.documents(printing.pk)) != len(before):
                _fail("sheet_there")
            with permitted(viewer, Action.ENTER, f"sheets/{printing.pk}", registry=False) as change:
                kept = HandedBack.objects.create(printing=printing, document=document)
                change.created(HandedBack, [kept.pk], told=False)
                change.note(rows=1)
    except Unusable as fault:
        if fault.code == "document_there":
            _fail("file_there")
        raise
    return Placed(printing, document)


def _numbered(typed: str, name: str, viewer: UserViewer) -> Printing:
    """The sheet that is meant: by the number typed, else by the only one in the file's name of a sheet that there is."""
    if typed.strip():
        key = numbers.read(typed)
        if key is None:
            _fail("number_wrong")
        found = queries.numbered(key, viewer)
        if found is None:
            _fail("number_unknown")
        return found
    keys = numbers.in_name(name)
    known = [one for key in keys if (one := queries.numbered(key, viewer)) is not None]
    if len(known) > 1:
        _fail("several_numbers")
    if not known:
        _fail("number_unknown" if keys else "number_missing")
    return known[0]


def _details(printing: Printing, owner: int, before: int, viewer: UserViewer) -> DocumentDetails:
    paper = declaring.paper(printing.paper)
    day = f"{printing.day:%Y-%m-%d}" if printing.day else ""
    part = str(DayPart(printing.part).label) if printing.part else ""
    page = _("第%d页") % (before + 1) if before else ""
    late = _("补打") if printing.late else ""
    said = (paper.titled, day, part, page, late, numbers.printed(printing.pk))
    otherwise = handing_in.day_of(CLASSES, owner, viewer)
    today = printing.day if printing.day and printing.day <= otherwise else otherwise
    return DocumentDetails(paper.kind, " ".join(filter(None, said)), otherwise=today, day=today)


def _fail(code: str) -> NoReturn:
    raise Unusable(code, words(code))
