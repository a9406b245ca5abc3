"""Lists of every ledger, generated from its declaration; approval of rows; masked values asked for with a purpose."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.intake import editing_many, proving
from qiaojie.ledgers import approving, declaration, proposals, queries, returned, services
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.review import differences
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.people.ledger import PERSONS
from qiaojie.reports import listing as listings
from qiaojie.web.components import addressed, arrangement, filters
from qiaojie.web.desk.shared import table_choices
from qiaojie.web.desk.shared.params import own_address
from qiaojie.web.desk.shared.table_choices import Elsewhere, Offered
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import send
from ..shared.listing import listing, open_rows


@dataclass(frozen=True, slots=True)
class WayIn:
    """A ledger, and how its rows are entered: by a table of its own, or on a page that is said."""

    ledger: Ledger
    table: Offered | None
    way_in: Elsewhere | None


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All ledgers."""
    demand(request.viewer, Action.SEE, "ledgers")
    context = {
        "ledgers": [
            WayIn(
                one, table_choices.own_of(request.viewer, one), table_choices.elsewhere(request.viewer, one)
            )
            for one in declaration.every()
        ],
        "of_offices": not request.viewer.outside,
        "may_enter": request.viewer.may(Action.ENTER),
    }
    return render(request, "web/desk/ledgers/ledgers.html", context)


@require_safe
def ledger(request: DeskRequest, code: str) -> HttpResponse:
    """One ledger: kept views, filters, columns, order, rows, sums, and what can be done with the ticked ones."""
    held = addressed.ledger_of(code)
    viewer = request.viewer
    wanted = filters.read(held, request.GET, viewer)
    arranged = arrangement.read(held, request.GET, viewer)
    found = queries.found(held, viewer, wanted.where)
    # Sorting and adding up read every row that is left: a list that goes on for ever stands newest first.
    order = None if found.more else arranged.order
    page = queries.page(
        held,
        viewer,
        wanted.where,
        fields=arranged.names,
        after=params.number_of(request.GET.get(arrangement.AFTER, "")),
        order=order,
        known=found,
    )
    may_change = editing_many.may(held, viewer)
    context = {
        "ledger": held,
        "filtering": wanted,
        "act": returned.act(held, viewer, wanted.act) if wanted.act is not None else None,
        "arranged": arranged,
        "unsorted": found.more and arranged.order is not None,
        "listing": listing(
            held,
            page,
            headings=arrangement.headings(held, page.fields, order, viewer, sorting=not found.more),
            totals=None if found.more else queries.totals(held, found, page.fields),
            tick_all=may_change,
        ),
        "counted": open_rows(found),
        "formats": listings.FORMATS if viewer.may(Action.EXPORT) else (),
        "moves": _moves(held, request, withdrawn=wanted.where.get("state") == State.WITHDRAWN),
        "may_change": may_change,
        "most_changed": editing_many.MOST,
        "may_approve": held.approved and viewer.may(Action.APPROVE),
        "proves": proving.proven_field(held) is not None and viewer.may(Action.ENTER) and not viewer.outside,
        "may_ask": viewer.may(Action.COUNT) and not viewer.outside,
        "relocates": held is PERSONS and not viewer.outside,
        "views": queries.views(held, viewer),
        "changes": proposals.number(held, viewer),
        "enterable": table_choices.enterable_into(viewer, held.code),
        "query": arrangement.query(request.GET),
        "crumbs": [(_("台账"), reverse("ledgers"))],
    }
    return render(request, "web/desk/ledgers/list.html", context)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done with ticked rows: its word, what the button says, and whether a reason is owed."""

    word: str
    words: str
    reason: bool


def _deeds() -> dict[str, str]:
    return {
        "check": _("核对无误"),
        "approve": _("审核"),
        "return": _("退回修改"),
        "withdraw": _("作废"),
        "restore": _("恢复"),
    }


def _moves(held: Ledger, request: DeskRequest, *, withdrawn: bool) -> list[Deed]:
    """What this viewer may do with ticked rows; withdrawn ones can only be restored."""
    if not held.approved:
        return []
    words = _deeds()
    return [
        Deed(word, words[word], step.reason)
        for word, step in services.MOVES.items()
        if request.viewer.may(step.action) and (word == "restore") == withdrawn
    ]


@require_safe
def review(request: DeskRequest, code: str) -> HttpResponse:
    """The rows that wait for approval, each with what has changed since it was last approved."""
    held = addressed.ledger_of(code)
    viewer = request.viewer
    demand(viewer, Action.APPROVE, held.code)
    if not held.approved:
        raise Http404(code)
    where = {**filters.read(held, request.GET).where, "state": list(PENDING)}
    found = queries.found(held, viewer, where)
    after = params.number_of(request.GET.get(arrangement.AFTER, ""))
    page = queries.page(held, viewer, where, after=after, known=found)
    shown = listing(held, page)
    context = {
        "ledger": held,
        "listing": shown,
        "differences": differences(held, [line.pk for line in shown.lines], viewer),
        "counted": open_rows(found),
        "most": services.MOST,
        "crumbs": [(_("台账"), reverse("ledgers")), (held.label, reverse("ledger", args=[code]))],
    }
    return render(request, "web/desk/ledgers/review.html", context)


@require_POST
def move(request: DeskRequest, code: str, word: str) -> HttpResponse:
    """Carry the ticked rows one step, or (``all``) all that the filters of the address leave and wait for it."""
    held = addressed.ledger_of(code)
    if word not in services.MOVES:
        raise Http404(word)
    viewer = request.viewer
    demand(viewer, services.MOVES[word].action, f"{code}/{word}")
    if request.POST.get("all"):
        begins = [str(state) for state in services.MOVES[word].begins]
        found = queries.rows(held, viewer, {**filters.read(held, request.GET).where, "state": begins})
        ids = list(found.order_by("pk").values_list("pk", flat=True)[: services.MOST + 1])
    else:
        ids = [key for text in request.POST.getlist("row") if (key := params.number_of(text)) is not None]
    done = services.move(held, ids, word, viewer, purpose=request.POST.get("purpose", ""))
    name = _deeds()[word]
    if not ids:
        messages.warning(request, _("没有勾选任何一条。"))
    elif done < len(ids):
        text = _("“%(deed)s”：办了 %(done)d 条；其余 %(left)d 条已不在这一步，或不在您的范围内。")
        messages.warning(request, text % {"deed": name, "done": done, "left": len(ids) - done})
    else:
        text = ngettext("“%(deed)s”：办了 %(done)d 条。", "“%(deed)s”：办了 %(done)d 条。", done)
        messages.success(request, text % {"deed": name, "done": done})
    if word == "approve":
        for other, number in approving.rests_on(held, ids):
            text = _("所依据的“%(ledger)s”还有 %(number)d 条没有审核，审核以后这些记录才计入。")
            messages.warning(request, text % {"ledger": other.label, "number": number})
    return redirect(own_address(request, request.POST.get("back", ""), reverse("ledger", args=[code])))


@require_POST
def keep_view(request: DeskRequest, code: str) -> HttpResponse:
    """Keep the filters, columns and order of the address under a name."""
    held = addressed.ledger_of(code)
    arrangement.read(held, request.GET, request.viewer)
    filters.read(held, request.GET)
    kept = services.keep_view(
        held, request.POST.get("label", ""), arrangement.query(request.GET), request.viewer
    )
    messages.success(request, _("已保存视图“%s”。") % kept.label)
    return redirect(f"{reverse('ledger', args=[code])}?{kept.query}")


@require_POST
def drop_view(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """Forget a kept view."""
    services.drop_view(addressed.ledger_of(code), pk, request.viewer)
    return redirect(own_address(request, request.POST.get("back", ""), reverse("ledger", args=[code])))


@require_POST
def export(request: DeskRequest, code: str, format: str) -> HttpResponse:
    """The list as a file: what the filters of the address leave, as this viewer sees it."""
    held = addressed.ledger_of(code)
    wanted = filters.read(held, request.GET)
    purpose = request.POST.get("purpose", "")
    arranged = arrangement.read(held, request.GET, request.viewer)
    content = listings.export(
        held, request.viewer, wanted.where, format, purpose, names=arranged.names, order=arranged.order
    )
    return send(request.viewer, f"{held.label}.{format}", content, f"{held.code}.{format}", purpose)


@require_POST
def reveal(request: DeskRequest, code: str, pk: int, field: str) -> HttpResponse:
    """A masked value whole, on this one answer only; logged with its purpose."""
    held = addressed.ledger_of(code)
    declared = params.field_of(held, field)
    whole = queries.reveal(held, request.viewer, pk, declared.name, request.POST.get("purpose", ""))
    context = {
        "field": declared,
        "whole": whole,
        "back": own_address(request, request.POST.get("back", ""), "/"),
    }
    return render(request, "web/desk/ledgers/revealed.html", context)
