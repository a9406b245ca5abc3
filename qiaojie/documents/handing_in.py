"""Several files handed in together as documents of one row: which were kept, which were not, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import queries, sight
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Sight, Viewer
from qiaojie.lib.findings import Unusable

from . import services
from .ledger import DOCUMENTS
from .models import Document, DocumentKind, showing
from .services import DocumentDetails, hand_in

AT_ONCE: Final = 30
"""Files that are kept of those handed in together."""

NAMED: Final = 5
"""Files that a sentence names; of the others it says how many."""

_TITLE: Final = 80
"""Characters of a row's title that a document's is made of."""


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file that somebody hands in: what it is called there (only for sentences), and how it is read."""

    name: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What became of files handed in together: the documents kept, and in words which were not and why. ``doubts`` say of
    kept ones that the very same file is kept of another row, too; ``code`` is what all that were not kept lack, if it is one
    thing."""

    kept: tuple[Document, ...]
    left: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    code: str = ""

    @property
    def said(self) -> str:
        """How many were kept, in words; '' where none was."""
        if any(one.boxed for one in self.kept):
            return _("登记了：原件在档案盒“%s”。") % self.kept[0].box
        number = len(self.kept)
        return ngettext("存了 %d 件材料。", "存了 %d 件材料。", number) % number if number else ""


def hand_in_several(
    ledger: Ledger,
    pk: int,
    files: Sequence[HandedFile],
    said: DocumentDetails,
    viewer: UserViewer | SystemViewer,
) -> HandedIn:
    """Keep each file as a document of its own, the first ``AT_ONCE`` of them; what is wrong with one stops none of the others.

    A title that somebody wrote gets a number behind it where there are several; where nobody did it is made of the row's, of the
    kind and of a number. Raises Refused where the row is not the viewer's.
    """
    name = said.title.strip()
    begins, number = _made_title(ledger, pk, said.kind, viewer)
    kept: list[Document] = []
    faults: list[tuple[str, str]] = []
    codes: set[str] = set()
    for place, file in enumerate(files[:AT_ONCE], start=1):
        title = f"{begins} {number + len(kept)}"
        if name:
            title = f"{name[:110]} {place}" if len(files) > 1 else name
        try:
            kept.append(hand_in(ledger, pk, file.read(), file.name, replace(said, title=title), viewer))
        except Unusable as fault:
            faults.append((fault.message, file.name))
            codes.add(fault.code)
    over = _("一次最多收 %d 个，其余的请再交一次") % AT_ONCE
    faults += [(over, file.name) for file in files[AT_ONCE:]]
    code = codes.pop() if len(codes) == 1 else ""
    return HandedIn(tuple(kept), tuple(_told(faults)), tuple(_elsewhere(kept, viewer)), code)


def _elsewhere(kept: Sequence[Document], viewer: UserViewer | SystemViewer) -> Iterator[str]:
    """Of documents just kept, those whose very file is kept of another row that the viewer sees: a sheet of another class,
    perhaps; one query."""
    hashes = {one.sha256: one for one in kept}
    same = Document.objects.filter(DOCUMENTS.visible(viewer), sha256__in=list(hashes))
    others = same.exclude(state=State.WITHDRAWN).exclude(pk__in=[one.pk for one in kept])
    for other in others.order_by("pk")[:NAMED]:
        said = {"title": hashes[other.sha256].title, "other": other.title}
        yield _("“%(title)s”和已存的“%(other)s”是同一个文件，请核对是不是交错了；交错的请作废。") % said


def put_in_box(ledger: Ledger, pk: int, said: DocumentDetails, viewer: UserViewer | SystemViewer) -> HandedIn:
    """Register a paper that lies in a box; its title is made as that of a file. Raises Refused where the row is not the
    viewer's."""
    begins, number = _made_title(ledger, pk, said.kind, viewer)
    title = said.title.strip() or f"{begins} {number}"
    day = said.day or said.otherwise or day_of(ledger, pk, viewer)
    try:
        return HandedIn((services.put_in_box(ledger, pk, replace(said, title=title, day=day), viewer),), ())
    except Unusable as fault:
        return HandedIn((), (fault.message,), code=fault.code)


def first_kind(ledger: Ledger, row: int, documents: Iterable[Document]) -> str:
    """The kind of document that is most probably handed in next of a row, given those that are kept of it: the first that a field
    speaks of and that is not there, else the ledger's usual one."""
    there = {one.kind for one in documents if (one.ledger, one.row) == (ledger.code, row)}
    lacking = (
        showing(field.shown_by)[0]
        for field in ledger.fields
        if field.shown_by and there.isdisjoint(showing(field.shown_by))
    )
    return next(lacking, ledger.paper) or DocumentKind.OTHER


def day_of(ledger: Ledger, pk: int, viewer: Viewer) -> date:
    """The day that a picture is of which does not say it itself: the row's own day, today where that has none or is ahead; one
    query."""
    today = timezone.localdate()
    if not ledger.date:
        return today
    found: date | None = (
        queries.rows(ledger, viewer).filter(pk=pk).values_list(ledger.date, flat=True).first()
    )
    return today if found is None or found > today else found


def _made_title(ledger: Ledger, pk: int, kind: DocumentKind, viewer: Viewer) -> tuple[str, int]:
    """How the titles of documents of a row begin, and the number of the next of that kind. Of a row that is called by somebody's
    name it is the ledger's: titles stand in lists that do not mask them."""
    title = ledger.field(ledger.title)
    about = str(ledger.label)
    if not title.guarded and sight.registered(ledger, title, viewer) is Sight.WHOLE:
        row = queries.rows(ledger, viewer).filter(pk=pk)
        found = next(iter(queries.shown(ledger, viewer, row, [title])), None)
        about = found.cells[title.name].text[:_TITLE] if found is not None else about
    standing = Document.objects.filter(ledger=ledger.code, row=pk, kind=kind).exclude(state=State.WITHDRAWN)
    return f"{about} {kind.label}", standing.count() + 1


def _told(faults: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Each thing that is wrong once, with the files that it is said of."""
    names: dict[str, list[str]] = {}
    for message, name in faults:
        names.setdefault(message, []).append(name)
    for message, files in names.items():
        if len(files) == 1 and files[0] in message:
            yield message
            continue
        shown = "、".join(f"“{name}”" for name in files[:NAMED])
        if len(files) > NAMED:
            shown = _("%(shown)s等 %(number)d 个") % {"shown": shown, "number": len(files)}
        yield _("%(files)s没有收：%(why)s") % {"files": shown, "why": message}
