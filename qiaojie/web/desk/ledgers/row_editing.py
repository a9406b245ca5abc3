"""One row of any ledger: what stands there, what happened to it, and a form to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.intake.public import drafts
from qiaojie.ledgers import declaration, proposals, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, demand, demand_office
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.people import lookups
from qiaojie.reports import same_things
from qiaojie.web.components import addressed
from qiaojie.web.components.history import said_since, steps
from qiaojie.web.components.proposed import drawn
from qiaojie.web.requests import DeskRequest

from ..shared import table_choices
from ..shared.listing import PAGES, address
from ..shared.params import own_address
from ..shared.table_choices import Offered
from .dossiers import copy_at, facts
from .papers import papers

FEW = 5
"""So many later records are named in a message."""


@require_safe
def row(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """One row; persons and classes have fuller pages of their own."""
    ledger = addressed.ledger_of(code)
    viewer = request.viewer
    held = queries.one(ledger, viewer, pk)
    if code in PAGES:
        return redirect(PAGES[code], pk=pk)
    fields = queries.fields_of(ledger, viewer)
    shown = next(queries.shown(ledger, viewer, queries.rows(ledger, viewer).filter(pk=pk), fields))
    viewer.note(Action.SEE, f"{code}/{pk}", rows=1)
    title = shown.cells[ledger.title] if ledger.title else Shown("")
    if not title.text:
        title = Shown(f"{ledger.label} {pk}")
    out_of_use = {one.name for one in fields if one.retired}
    since = said_since(ledger, pk, getattr(held, ledger.date) if ledger.date else None)
    context = {
        "ledger": ledger,
        "pk": pk,
        "title": title,
        "facts": [
            replace(fact, note=_note(ledger, fact.name, since) if fact.shown.value else "")
            for fact in facts(request, ledger, shown, fields)
            if fact.shown.text and (fact.name not in out_of_use or fact.shown.value not in (None, ""))
        ],
        "steps": steps(ledger, pk, viewer),
        "about": address(ledger, shown),
        "papers": papers(request, ledger, pk),
        "groups": drawn(ledger, proposals.listed(ledger, viewer, pk=pk), viewer),
        "same": same_things.of_row(ledger, pk, viewer),
        "may_approve": viewer.may(Action.APPROVE),
        "may_enter": viewer.may(Action.ENTER) and ledger.made and not ledger.closed,
        "closed": ledger.closed,
        "copy_at": copy_at(viewer, ledger, pk),
        "referring": _referring(viewer, ledger),
        "crumbs": _crumbs(ledger),
    }
    return render(request, "web/desk/ledgers/row.html", context)


def _note(ledger: Ledger, name: str, since: Mapping[str, str]) -> str:
    """What stands beside a value: that its field is filled in no longer, else since when it is said so."""
    return _("已停用") if ledger.field(name).retired else since.get(name, "")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """The form of a row, and saving it with a reason."""
    ledger = addressed.ledger_of(code)
    viewer = request.viewer
    demand(viewer, Action.ENTER, f"{code}/{pk}")
    there = reverse(PAGES[code], args=[pk]) if code in PAGES else reverse("row", args=[code, pk])
    there = own_address(request, request.GET.get("back", ""), there)
    form = editing.form(ledger, pk, viewer)
    subject, fault = f"edit/{code}/{pk}", None
    if request.method == "POST":
        if request.POST.get("act") == "drop":
            drafts.drop(subject, viewer)
            return redirect("edit", code=code, pk=pk)
        given = _given(request.POST)
        waited = proposals.of_rows(ledger, [pk]).get(pk, 0)
        try:
            purpose, seen = request.POST.get("purpose", ""), request.POST.get("seen", "")
            wrong = editing.change(ledger, pk, given, seen, viewer, purpose)
        except Unusable as refused:
            # What was typed stands beside the row as it is now.
            fault, fresh = refused, editing.form(ledger, pk, viewer)
            wrong = _beside(fresh, given) if refused.code == "changed_meanwhile" else _taken_up(fresh, given)
        if wrong is None:
            drafts.drop(subject, viewer)
            if later := editing.records_after_death(ledger, pk, given, viewer):
                text = _("死亡日期之后还有记录，请核对日期：%s。")
                messages.warning(request, text % "、".join(later[:FEW]))
            _say(request, waited, proposals.of_rows(ledger, [pk]).get(pk, 0))
            return redirect(there)
        # What was found wrong with a number tells of it, as a row that was typed and not written does.
        lookups.note_trial(f"{ledger.code}/{pk}", given.values(), viewer)
        form = wrong
    held = drafts.held(subject, viewer) if request.method != "POST" else None
    if held is not None and request.GET.get("draft"):
        form, held = _taken_up(form, held.typed), None
    if not form.entries:
        raise Http404(code)
    context = {
        "ledger": ledger,
        "form": form,
        "fault": fault,
        "there": there,
        "held": held,
        "purpose": request.POST.get("purpose", ""),
        "crumbs": [*_crumbs(ledger), (_("这条记录"), there)],
    }
    return render(
        request, "web/desk/ledgers/row_editing.html", context, status=422 if form.wrong or fault else 200
    )


def _say(request: DeskRequest, waited: int, waits: int) -> None:
    """What became of a change: it waits, or holds at once; then changes of others that waited before are pointed out, for they
    were made to what the row said until now."""
    if waits > waited:
        text = _("已提交：有 %d 项修改待审核，采纳以前记录和数字保持原样。")
        messages.success(request, text % waits)
        return
    messages.success(request, _("已保存。"))
    if waits:
        text = ngettext(
            "这条记录另有 %d 项修改在您之前提交、还没有审核，请一并核对。",
            "这条记录另有 %d 项修改在您之前提交、还没有审核，请一并核对。",
            waits,
        )
        messages.warning(request, text % waits)


def _beside(form: editing.Form, typed: Mapping[str, str]) -> editing.Form:
    """What was typed, and beside it what somebody else has put there meanwhile: neither is written over the other unseen."""
    entries = []
    for entry in form.entries:
        text = typed.get(entry.field.name, entry.text).strip()
        words = () if text == entry.text.strip() else (_("现在是“%s”，请核对以哪个为准。") % entry.text,)
        entries.append(replace(entry, text=text, errors=words))
    return replace(form, entries=tuple(entries))


@require_safe
def past(request: DeskRequest, code: str, pk: int) -> HttpResponse:
    """What happened to a row: who changed what, when and why."""
    ledger = addressed.ledger_of(code)
    queries.one(ledger, request.viewer, pk)
    if not ledger.approved:
        # What all offices did to a register's row is for offices.
        demand_office(request.viewer, Action.SEE, f"{code}/{pk}/history")
    request.viewer.note(Action.SEE, f"{code}/{pk}/history", rows=1)
    there = reverse(PAGES[code], args=[pk]) if code in PAGES else reverse("row", args=[code, pk])
    context = {
        "ledger": ledger,
        "steps": steps(ledger, pk, request.viewer),
        "may_enter": request.viewer.may(Action.ENTER) and ledger.made,
        "crumbs": [*_crumbs(ledger), (_("这条记录"), there)],
    }
    return render(request, "web/desk/ledgers/history.html", context)


def _referring(viewer: UserViewer, ledger: Ledger) -> list[tuple[str, Offered]]:
    """The tables whose rows refer to a row of this ledger, each with the word by which they do: help that a base gave."""
    found = []
    for other in declaration.every():
        words = [word for word, part in other.parts.items() if part.ledger == ledger.code]
        own = table_choices.own_of(viewer, other) if words else None
        found += [(word, own) for word in words if own is not None]
    return found


def _taken_up(form: editing.Form, typed: Mapping[str, str]) -> editing.Form:
    """The form with what was typed before."""
    entries = tuple(replace(entry, text=typed.get(entry.field.name, entry.text)) for entry in form.entries)
    return replace(form, entries=entries)


def _given(posted: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by field: boxes are named ``field.NAME``."""
    return {name.removeprefix("field."): posted[name] for name in posted if name.startswith("field.")}


def _crumbs(ledger: Ledger) -> list[tuple[Label, str]]:
    return [(_("台账"), reverse("ledgers")), (ledger.label, reverse("ledger", args=[ledger.code]))]
