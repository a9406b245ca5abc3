"""Photographed sheets go back to their classes by the number printed on them: many at once, and those that need a word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from qiaojie.documents.handing_in import HandedFile
from qiaojie.documents.models import Media
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.papers import returning
from qiaojie.papers.models import UnplacedSheet
from qiaojie.papers.returning import AT_ONCE, Placed
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass
from qiaojie.web.requests import DeskRequest

from ..shared import params
from .documents import sealed
from .papers import ACCEPT, megabytes


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A file that waits: its key, name and number as typed, and why; ``elsewhere`` and ``further`` say which tick it needs."""

    pk: int
    name: str
    typed: str
    why: str
    elsewhere: bool
    further: bool


@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request: DeskRequest) -> HttpResponse:
    """Hand in photographed sheets, and say of those that wait what they are."""
    viewer = request.viewer
    demand(viewer, Action.ENTER, "sheets")
    held = _class(request)
    faults: tuple[str, ...] = ()
    if request.method == "POST":
        act, _dot, key = request.POST.get("act", "").partition(".")
        if act in ("place", "drop") and key.isdigit():
            faults = _decide(request, act, int(key))
        elif act == "all":
            faults = _place_all(request)
        else:
            faults = _receive(request, held)
        if not faults:
            return redirect(_back(held))
    context = {
        "held": held,
        "faults": faults,
        "typed": request.POST.get("number", ""),
        "waiting": [_line(one) for one in returning.waiting(viewer)],
        "accept": ACCEPT,
        "limits": {"files": AT_ONCE, "mb": megabytes()},
        "crumbs": _crumbs(held),
    }
    return render(request, "web/desk/ledgers/sheets.html", context, status=422 if faults else 200)


@require_safe
def picture(request: DeskRequest, pk: int) -> HttpResponse:
    """A file that waits, in small."""
    content = returning.picture(pk, request.viewer)
    return sealed(content, Media.JPEG) if content else HttpResponse(status=204)


def _class(request: DeskRequest) -> TrainingClass | None:
    """The class from whose page somebody comes; None where she comes from none."""
    pk = params.number_of((request.POST or request.GET).get("class", ""))
    if not pk:
        return None
    held = ledgers.one(CLASSES, request.viewer, pk)
    assert isinstance(held, TrainingClass)
    return held


def _receive(request: DeskRequest, held: TrainingClass | None) -> tuple[str, ...]:
    files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile) and file.name]
    if not files:
        return (_("请选择一个文件。"),)
    handed = [HandedFile(str(file.name), partial(_read, file)) for file in files]
    taken = returning.receive(
        handed, request.POST.get("number", ""), request.viewer, held.pk if held else None
    )
    _say(request, taken.placed)
    if taken.waiting:
        number = len(taken.waiting)
        text = ngettext("%d 个文件先收着，还要您看一下编号。", "%d 个文件先收着，还要您看一下编号。", number)
        messages.warning(request, text % number)
    return taken.left


def _decide(request: DeskRequest, act: str, pk: int) -> tuple[str, ...]:
    if act == "drop":
        returning.drop(pk, request.viewer)
        messages.success(request, _("已删掉这个文件，没有存。"))
        return ()
    try:
        _say(request, (_placed(request, pk),))
    except Unusable as fault:
        return (fault.message,)
    return ()


def _place_all(request: DeskRequest) -> tuple[str, ...]:
    """Place every file whose number was typed; what does not do waits on, with its reason at it."""
    placed: list[Placed] = []
    wrong = 0
    for one in returning.waiting(request.viewer):
        if request.POST.get(f"number.{one.pk}", "").strip():
            try:
                placed.append(_placed(request, one.pk))
            except Unusable:
                wrong += 1
    _say(request, placed)
    if wrong or not placed:
        text = ngettext("还有 %d 个没有存，原因写在下面。", "还有 %d 个没有存，原因写在下面。", wrong)
        return (text % wrong if wrong else _("请先填编号。"),)
    return ()


def _placed(request: DeskRequest, pk: int) -> Placed:
    return returning.place(
        pk,
        request.POST.get(f"number.{pk}", ""),
        request.viewer,
        elsewhere=bool(request.POST.get(f"elsewhere.{pk}")),
        further=bool(request.POST.get(f"further.{pk}")),
    )


def _say(request: DeskRequest, placed: Any) -> None:
    number = len(placed)
    if not number:
        return
    classes = dict.fromkeys(one.printing.training_class.title for one in placed)
    text = ngettext("存了 %(number)d 张表：%(classes)s。", "存了 %(number)d 张表：%(classes)s。", number)
    messages.success(request, text % {"number": number, "classes": _("、").join(classes)})


def _read(file: UploadedFile[Any]) -> bytes:
    """The file, as far as one that may be kept can go."""
    held: bytes = file.read(megabytes() * 1024**2 + 1)
    return held


def _line(one: UnplacedSheet) -> WaitingLine:
    return WaitingLine(
        one.pk,
        one.name,
        one.typed,
        returning.words(one.fault),
        one.fault == "other_class",
        one.fault == "sheet_there",
    )


def _back(held: TrainingClass | None) -> str:
    return reverse("sheets") + (f"?class={held.pk}" if held else "")


def _crumbs(held: TrainingClass | None) -> list[tuple[Any, str]]:
    above = [(_("台账"), reverse("ledgers")), (CLASSES.label, reverse("ledger", args=["classes"]))]
    return [*above, (held.title, reverse("class", args=[held.pk]))] if held else above
