"""One field of many rows: choosing it, looking at what it would do, doing it. Pages hand on the rows from step to step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.intake import editing_many
from qiaojie.intake.editing import Entry
from qiaojie.intake.editing_many import Outlook
from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.queries import KEYS, Shown
from qiaojie.ledgers.rows import spans
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.reports import listing as listings
from qiaojie.web.components import addressed, arrangement, filters
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import send

_LONGEST = 100_000
"""Characters in which a page hands on which rows are meant: far more than ``MOST`` rows take."""


@dataclass(frozen=True, slots=True)
class RowOfKind:
    """A row as the look at what would happen shows it: what it is called, where it stands, its present value."""

    title: Shown
    address: str
    value: Shown


@dataclass(frozen=True, slots=True)
class KindOfOutcome:
    """Rows of which one thing becomes: the words for it, how many, the first of them, and all of them for the form that
    downloads them ('' where the viewer is not shown which)."""

    look: str
    words: str
    number: int
    first: tuple[RowOfKind, ...]
    keys: str
    void: bool = False

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.number - len(self.first)


@require_http_methods(["GET", "HEAD", "POST"])
def change_many(request: DeskRequest, code: str) -> HttpResponse:
    """Set one field of the ticked rows, or of all that the filters of the address leave."""
    ledger = addressed.ledger_of(code)
    viewer = request.viewer
    keys = editing_many.chosen(ledger, _rows(request, ledger), viewer)
    asked = request.POST
    if request.method == "POST" and not keys:
        messages.warning(request, _("没有勾选任何一条。"))
        return redirect(_list(request, code))
    if asked.get("act") == "download":
        return _download(request, ledger, keys)
    context: dict[str, Any] = {
        "ledger": ledger,
        "number": len(keys),
        "rows": _packed(keys),
        "query": arrangement.query(request.GET),
        "offers": editing_many.offers(ledger, viewer),
        "elsewhere": editing_many.elsewhere(ledger, viewer),
        "asked": asked,
        "empty": bool(asked.get("empty")),
        "there": _list(request, code),
        "crumbs": [(_("台账"), reverse("ledgers")), (ledger.label, _list(request, code))],
    }
    try:
        context |= _step(request, ledger, keys)
    except Unusable as fault:
        context |= {"fault": fault.message, **_box(request, ledger, fault.message)}
        return render(request, "web/desk/ledgers/change_many.html", context, status=422)
    return render(request, "web/desk/ledgers/change_many.html", context)


def _step(request: DeskRequest, ledger: Ledger, keys: list[int]) -> dict[str, Any]:
    """What the page shows next: the box of the chosen field, what would happen, or what has."""
    act = request.POST.get("act", "")
    if act == "":
        return {}
    if act not in ("look", "do"):
        return _box(request, ledger)
    asked, viewer = request.POST, request.viewer
    name, text = asked.get("field", ""), asked.get("value", "")
    how = {"empty": bool(asked.get("empty")), "mending": _mending(request)}
    if not asked.get("purpose", "").strip():
        raise Unusable("reason_missing", _("请写明修改的原因或依据，会和记录一起留存。"))
    if act == "look":
        outlook = editing_many.look(ledger, keys, name, text, viewer, **how)
        return {"outlook": outlook, "kinds": list(_kinds(ledger, outlook, request))}
    seen = params.demanded_number(asked.get("seen", ""))
    outlook = editing_many.change(ledger, keys, name, text, seen, viewer, asked["purpose"], **how)
    return {"outlook": outlook, "kinds": list(_kinds(ledger, outlook, request)), "done": True}


def _box(request: DeskRequest, ledger: Ledger, fault: str = "") -> dict[str, Any]:
    """The box of the chosen field, with what was put in; nothing where none is chosen."""
    name = request.POST.get("field", "")
    if name not in {offer.field.name for offer in editing_many.offers(ledger, request.viewer)}:
        return {}
    box = editing_many.entry(ledger, name, request.viewer, request.POST.get("value", ""))
    entry: Entry = replace(box, errors=(fault,)) if fault and request.POST.get("purpose", "").strip() else box
    return {"entry": entry}


def _rows(request: DeskRequest, ledger: Ledger) -> Iterable[int]:
    """Which rows: those handed on by the step before, those ticked, or all that the filters of the address leave."""
    if request.method == "POST" and "rows" in request.POST:
        return _unpacked(request.POST["rows"])
    if request.method == "POST" and not request.POST.get("all"):
        ticked = (params.number_of(text) for text in request.POST.getlist("row"))
        return [key for key in ticked if key is not None]
    wanted = filters.read(ledger, request.GET, request.viewer)
    found = queries.rows(ledger, request.viewer, wanted.where).order_by("pk")
    return list(found.values_list("pk", flat=True)[: editing_many.MOST + 1])


def _mending(request: DeskRequest) -> bool:
    """Whether the list was of rows that were sent back: they are what the viewer has come for."""
    return bool(request.GET.get(filters.RETURNED))


def _packed(keys: Iterable[int]) -> str:
    return ",".join(f"{first}-{last}" if first != last else str(first) for first, last in spans(keys))


def _unpacked(text: str) -> Iterator[int]:
    """The keys that a step hands on; 404 for anything else, and for more than one act takes."""
    if len(text) > _LONGEST:
        raise Http404("rows")
    left = editing_many.MOST + 1
    for part in filter(None, text.split(",")):
        begins, _dash, ends = part.partition("-")
        first = params.demanded_number(begins)
        last = params.demanded_number(ends) if ends else first
        for key in range(first, min(last, first + left) + 1):
            left -= 1
            yield key
        if left < 0:
            return


def _kinds(ledger: Ledger, outlook: Outlook, request: DeskRequest) -> Iterator[KindOfOutcome]:
    """What becomes of the rows, kind by kind, those that change first."""
    done = outlook.batch is not None
    shown = editing_many.rows_of(outlook, request.viewer)
    title = ledger.title or ledger.fields[0].name

    def kind(look: str, words: str, keys: tuple[int, ...], *, known: bool = True) -> KindOfOutcome:
        first = tuple(
            RowOfKind(
                shown[pk].cells[title],
                reverse("row", args=[ledger.code, pk]),
                shown[pk].cells[outlook.offer.field.name],
            )
            for pk in keys[: editing_many.SHOWN]
            if known and pk in shown
        )
        export = known and request.viewer.may(Action.EXPORT)
        return KindOfOutcome(look, words, len(keys), first, _packed(keys) if export else "")

    if outlook.changes:
        yield kind("done", _("已改") if done else _("会改"), outlook.changes)
    if outlook.waits:
        words = _("已提交，待审核；采纳以前保持原样") if done else _("已审核，改动要等审核采纳")
        yield kind("mid", words, outlook.waits)
    if outlook.same:
        yield kind("", _("已经是这个内容，不用改"), outlook.same)
    for left in outlook.left:
        found = kind("low", left.words, left.keys, known=left.open)
        yield replace(found, void=left.code == "void")


def _download(request: DeskRequest, ledger: Ledger, keys: list[int]) -> HttpResponse:
    """Rows of one kind as a file, as the viewer sees them, for a purpose."""
    purpose = params.purpose_of(request)
    where: dict[str, Any] = {KEYS: keys}
    if request.POST.get("void") and ledger.approved:
        where["state"] = State.WITHDRAWN
    content = listings.export(ledger, request.viewer, where, "xlsx", purpose)
    return send(request.viewer, f"{ledger.label}.xlsx", content, f"{ledger.code}.xlsx", purpose)


def _list(request: DeskRequest, code: str) -> str:
    query = arrangement.query(request.GET)
    return reverse("ledger", args=[code]) + (f"?{query}" if query else "")
