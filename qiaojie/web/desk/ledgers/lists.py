"""Lists of every ledger, generated from its declaration; kept views, files, masked values asked for with a purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts import names as accounts
from qiaojie.intake import editing_many, proving
from qiaojie.ledgers import journal, proposals, queries, returned, review, services
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.queries import KEYS, RowCount
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.fields import Unreadable
from qiaojie.notices import queries as notices
from qiaojie.people.ledger import PERSONS
from qiaojie.reports import listing as listings
from qiaojie.web.components import addressed, arrangement, filters
from qiaojie.web.components.filters import Filtering
from qiaojie.web.components.forms import FROM
from qiaojie.web.desk.shared import table_choices
from qiaojie.web.desk.shared.params import own_address
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import send
from ..shared.listing import listing, open_rows
from .review.refusals import RefusedStep, Ticks

_VIEWS = ("state", filters.RETURNED, filters.SHORT, filters.AFTER, arrangement.CHOSEN)
"""Parameters of an address that the views on top set."""


@require_safe
def ledger(request: DeskRequest, code: str) -> HttpResponse:
    """One ledger: its views with their counts, filters, columns, order, rows, sums, and what can be done with the ticked ones."""
    return drawn_page(request, addressed.ledger_of(code))


def drawn_page(request: DeskRequest, held: Ledger, refused: RefusedStep | None = None) -> HttpResponse:
    """The list, as it stood when a step was refused (status 422) where one was."""
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
        after=params.number_of(request.GET.get(filters.AFTER, "")),
        order=order,
        known=found,
    )
    may_change = editing_many.may(held, viewer)
    ticks = refused.ticks if refused else Ticks()
    here = reverse("ledger", args=[held.code])
    moves = _moves(held, request, withdrawn=wanted.where.get("state") == State.WITHDRAWN)
    act = returned.act(held, viewer, wanted.act) if wanted.act is not None else None
    context = {
        "ledger": held,
        "page_path": here if refused else "",
        "here": here,
        "refused": refused,
        "ticks": ticks,
        "seen": journal.mark(held.model) if moves else "",
        "filtering": wanted,
        "chips": filters.chips(wanted, request.GET, states=_own_state(wanted)),
        "tabs": _tabs(request, held, wanted, found) if held.approved else [],
        "act": act,
        "act_by": accounts.names([act.by]).of(act.by, act.at) if act else "",
        "arranged": arranged,
        "unsorted": found.more and arranged.order is not None,
        "listing": listing(
            held,
            page,
            headings=arrangement.headings(held, page.fields, order, viewer, sorting=not found.more),
            totals=None if found.more else queries.totals(held, found, page.fields),
            tick_all=may_change,
            records=True,
            ticked=ticks.rows,
            faults=refused.rows if refused else None,
        ),
        "counted": open_rows(found),
        "formats": listings.FORMATS if viewer.may(Action.EXPORT) else (),
        "moves": [one for one in moves if not one.reason],
        "reasoned": [one for one in moves if one.reason],
        "may_change": may_change,
        "most_changed": editing_many.MOST,
        "every": (refused.ticks.every if refused else request.GET.get(arrangement.CHOSEN) == "all")
        and not found.more,
        "may_approve": held.approved and viewer.may(Action.APPROVE),
        "proves": proving.proven_field(held) is not None and viewer.may(Action.ENTER) and not viewer.outside,
        "may_ask": viewer.may(Action.COUNT) and not viewer.outside,
        "relocates": held is PERSONS and not viewer.outside,
        "views": _views(held, request),
        "changes": proposals.number(held, viewer),
        "enterable": table_choices.enterable_into(viewer, held.code),
        "query": arrangement.query(request.GET),
        "ask_query": arrangement.query(filters.without_people(held, request.GET)),
        "crumbs": [(_("台账"), reverse("ledgers"))],
    }
    return render(request, "web/desk/ledgers/list.html", context, status=422 if refused else 200)


@dataclass(frozen=True, slots=True)
class View:
    """A kept view: the query of its address, in which what was typed is sealed, and whether it is the one looked at; or what is
    the matter with one that cannot be opened. It is kept as it was typed, encrypted whole: what is sealed for an address is
    lost when keys are exchanged."""

    pk: int
    label: str
    query: str
    current: bool
    trouble: str = ""


def _views(held: Ledger, request: DeskRequest) -> list[View]:
    viewer = request.viewer
    here = filters.opened(held, QueryDict(arrangement.query(request.GET)), viewer).urlencode()
    found = []
    for one in queries.views(held, viewer):
        if isinstance(one.query, Unreadable):
            found.append(View(one.pk, one.label, "", False, one.query.advice))
            continue
        typed = arrangement.kept(held, one.query, viewer)
        query = filters.sealed(held, typed, viewer).urlencode()
        found.append(View(one.pk, one.label, query, typed.urlencode() == here))
    return found


@dataclass(frozen=True, slots=True)
class Tab:
    """A view on top of a list: its words, how many rows it has (None where that is not counted; ``more`` where counting stopped),
    the parameters of its address, and whether it is the one that is looked at."""

    words: str
    number: int | None
    more: bool
    query: str
    current: bool
    look: str = ""


def _own_state(wanted: Filtering) -> bool:
    """Whether the state that is asked for is none of the views'."""
    return wanted.state not in ("", filters.WAITING, State.APPROVED)


def _tabs(request: DeskRequest, held: Ledger, wanted: Filtering, found: RowCount) -> list[Tab]:
    """The views on top of a list, each counted under the other filters; some six queries, bounded however large the ledger."""
    viewer = request.viewer
    base = {name: value for name, value in wanted.where.items() if name not in ("state", KEYS)}
    everything = found if len(base) == len(wanted.where) else queries.found(held, viewer, base)
    numbers = _by_state(held, request, base, everything)
    sent_back = returned.every_key(held, viewer)
    if base or everything.more:
        sent_back = list(set(sent_back) & set(everything.keys)) if not everything.more else sent_back
    rest = _without(request.GET)

    def tab(words: str, number: int | None, look: str, *, current: bool, **asked: str) -> Tab:
        more = number is not None and number > queries.COUNTED_TO
        shown = min(number, queries.COUNTED_TO) if number is not None else None
        return Tab(words, shown, more, urlencode([*rest, *asked.items()]), current, look)

    plain = not (wanted.state or wanted.act or wanted.sent_back or wanted.short)
    total = queries.COUNTED_TO + 1 if everything.more else everything.number
    tabs = [
        tab(_("全部"), total, "", current=plain),
        tab(
            _("已审核"), numbers["approved"], "", current=wanted.state == State.APPROVED, state=State.APPROVED
        ),
        tab(
            _("待审核"),
            numbers["pending"],
            "mid",
            current=wanted.state == filters.WAITING,
            state=filters.WAITING,
        ),
        tab(_("退回待改"), len(sent_back), "low", current=wanted.sent_back, returned=filters.EVERY_ACT),
    ]
    conditions = notices.conditions(held.code, timezone.localdate())
    if review.lack_fields(held, conditions):
        short = None
        if not everything.more:
            short = review.one_short(held, viewer, conditions).filter(everything.condition()).count()
        tabs.append(tab(_("差一步"), short, "", current=wanted.short, short="1"))
    return tabs


def _by_state(
    held: Ledger, request: DeskRequest, base: dict[str, Any], everything: RowCount
) -> dict[str, int]:
    if not everything.more:
        within = held.model._default_manager.filter(everything.condition()).order_by()
        states = dict(within.values_list("state").annotate(number=Count("pk")))
        pending = sum(states.get(state, 0) for state in PENDING)
        return {"approved": states.get(State.APPROVED, 0), "pending": pending}
    found = {}
    for name, wanted in (("approved", [State.APPROVED]), ("pending", list(PENDING))):
        rows = queries.rows(held, request.viewer, {**base, "state": wanted}).order_by().values("pk")
        found[name] = rows[: queries.COUNTED_TO + 1].count()
    return found


def _without(given: QueryDict) -> list[tuple[str, str]]:
    """The parameters of an address that stay when another view is looked at."""
    return [(name, text) for name, texts in given.lists() for text in texts if text and name not in _VIEWS]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done with ticked rows: its word, what the button says, what it says with a number in the place of #, and
    whether a reason is owed."""

    word: str
    words: str
    counted: str
    reason: bool


def deeds() -> dict[str, str]:
    """What can be done with rows, as buttons and messages say it."""
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
    words = deeds()
    return [
        Deed(word, words[word], _("%(deed)s # 条") % {"deed": words[word]}, step.reason)
        for word, step in services.MOVES.items()
        if request.viewer.may(step.action) and (word == "restore") == withdrawn
    ]


@require_POST
def narrow(request: DeskRequest, code: str, page: str) -> HttpResponse:
    """From the filters that were filled in to the address of what they leave (the list, or the page of review): what was typed
    stands sealed in it."""
    held = addressed.ledger_of(code)
    demand(request.viewer, Action.SEE, code)
    if page not in _NARROWED:
        raise Http404(page)
    given = request.POST.copy()
    for name in [name for name, texts in given.lists() if name in _NOT_KEPT or not any(texts)]:
        given.pop(name)
    if arrangement.are_usual(held, given.getlist(arrangement.COLUMN), request.viewer):
        given.pop(arrangement.COLUMN, None)
    query = filters.sealed(held, given, request.viewer).urlencode()
    here = reverse(_NARROWED[page], args=[code])
    return redirect(f"{here}?{query}" if query else here)


_NARROWED = {"list": "ledger", "review": "review"}
"""Pages that are narrowed by filters, and the names of their addresses."""

_NOT_KEPT = ("csrfmiddlewaretoken", FROM)


@require_POST
def keep_view(request: DeskRequest, code: str) -> HttpResponse:
    """Keep the filters, columns and order of the address under a name."""
    held = addressed.ledger_of(code)
    arrangement.read(held, request.GET, request.viewer)
    filters.read(held, request.GET, request.viewer)
    query = arrangement.query(request.GET)
    typed = filters.opened(held, QueryDict(query), request.viewer).urlencode()
    kept = services.keep_view(held, request.POST.get("label", ""), typed, request.viewer)
    messages.success(request, _("已保存视图“%s”。") % kept.label)
    return redirect(f"{reverse('ledger', args=[code])}?{query}")


@require_POST
def drop_view(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """Forget a kept view."""
    services.drop_view(addressed.ledger_of(code), pk, request.viewer)
    return redirect(own_address(request, request.POST.get("back", ""), reverse("ledger", args=[code])))


@require_POST
def export(request: DeskRequest, code: str, format: str) -> HttpResponse:
    """The list as a file: what the filters of the address leave, as this viewer sees it."""
    held = addressed.ledger_of(code)
    wanted = filters.read(held, request.GET, request.viewer)
    purpose = params.purpose_of(request)
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
    whole = queries.reveal(held, request.viewer, pk, declared.name, params.purpose_of(request))
    context = {
        "field": declared,
        "whole": whole,
        "back": own_address(request, request.POST.get("back", ""), "/"),
    }
    return render(request, "web/desk/ledgers/revealed.html", context)
