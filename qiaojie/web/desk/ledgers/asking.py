"""Asked at noon (临时要数): a question by a form, its answer as a table and as text, what was answered before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.asking import counting, files, queries, questions, services, usual, wording
from qiaojie.asking.counting import AskedAnswer
from qiaojie.asking.models import KeptAnswer
from qiaojie.asking.queries import Common
from qiaojie.ledgers import declaration
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.cells import Label
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import addressed, asked
from qiaojie.web.components.filters import SpeltOut
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.downloads import send
from ..shared.listing import counted, listing

LATEST = 50
"""Kept answers on the page of all."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A question that one presses: its words, where it leads, how often it was asked (0: it stands ready)."""

    label: Label
    address: str
    number: int = 0


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """Where a question begins: those that are usual, those of this office, ledgers; and what was answered."""
    questions.demand_asking(request.viewer, "index")
    context = {
        "ready": [Ready(one.label, asked.ready(one)) for one in usual.usual(request.viewer)],
        "common": _common(queries.common(request.viewer)),
        "ledgers": declaration.every(),
        "kept": [_kept(one) for one in queries.kept(request.viewer)[:LATEST]],
        "crumbs": [(_("台账"), reverse("ledgers"))],
    }
    return render(request, "web/desk/ledgers/asking.html", context)


def _common(found: list[Common]) -> list[Ready]:
    ready = []
    for one in found:
        address = f"{reverse('ask', args=[one.ledger.code])}?{asked.undated(one.ledger, one.latest.query)}"
        ready.append(Ready(_title(one.latest), address, one.number))
    return ready


def _title(kept: KeptAnswer) -> str:
    ledger = declaration.get(kept.ledger)
    labels = {one.name: str(one.label) for one in ledger.groupings}
    ways = "、".join(labels[name] for name in kept.table["groupings"] if name in labels)
    return _("%(ledger)s，按%(ways)s") % {"ledger": ledger.label, "ways": ways} if ways else str(ledger.label)


def _kept(one: KeptAnswer) -> dict[str, Any]:
    return {"kept": one, "title": _title(one)}


@require_safe
def ask(request: DeskRequest, code: str) -> HttpResponse:
    """The form of a ledger's questions, filled as the address says, and the answer; where the question cannot be answered
    the form as it was, and why."""
    held = addressed.ledger_of(code)
    viewer = request.viewer
    questions.demand_asking(viewer, code)
    form = asked.form(held, request.GET, viewer)
    context: dict[str, Any] = {
        "ledger": held,
        "form": form,
        "units": questions.units_of(held, viewer),
        "groupings": questions.groupings_of(held, viewer),
        "closed": questions.closed_to(held, viewer),
        "day_label": wording.day_label(held),
        "holds": held.holds is not None,
        "crumbs": [
            (_("台账"), reverse("ledgers")),
            (held.label, reverse("ledger", args=[code])),
            (_("临时要数"), reverse("asking")),
        ],
    }
    try:
        question = asked.read(form, request.GET, viewer)
        context |= _answered(request, counting.answer(question, viewer))
    except SpeltOut:
        raise
    except Unusable as fault:
        context["fault"] = fault
        form.controls = form.controls or _empty_controls(request, code)
        return render(request, "web/desk/ledgers/ask.html", context, status=400)
    return render(request, "web/desk/ledgers/ask.html", context)


def _empty_controls(request: DeskRequest, code: str) -> Any:
    """The conditions as they are where none can be read."""
    form = asked.form(addressed.ledger_of(code), QueryDict(), request.viewer)
    asked.read(form, QueryDict(), request.viewer)
    return form.controls


def _answered(request: DeskRequest, found: AskedAnswer) -> dict[str, Any]:
    viewer, question = request.viewer, found.question
    base = asked.query(question, request.GET)
    total = found.table.total.total
    return {
        "question": question,
        "query": base,
        "total": wording.amount(question.unit, total.approved),
        "pending": wording.amount(question.unit, total.pending) if total.pending else "",
        "unit_words": question.unit.words,
        "heads": found.table.heads,
        "heads_language": asked.language(question.columns),
        "rows": asked.rows(question, found.table, base),
        "text": wording.sentence(found, viewer.region),
        "meaning": wording.meaning(found, None),
        "cut": wording.cut_words(found),
        "conditions": wording.condition_words(question.ledger, question.where),
        "earlier": queries.earlier(found, viewer),
        "common": _common(queries.common(viewer)),
        "may_export": viewer.may(Action.EXPORT),
    }


def _asked(request: DeskRequest, code: str) -> AskedAnswer:
    """The answer that an address asks for, for what is done with it."""
    held = addressed.ledger_of(code)
    questions.demand_asking(request.viewer, code)
    form = asked.form(held, request.GET, request.viewer)
    return counting.answer(asked.read(form, request.GET, request.viewer), request.viewer)


@require_safe
def rows(request: DeskRequest, code: str) -> HttpResponse:
    """The rows behind one number of an answer, or those that tell it from an earlier one."""
    held = addressed.ledger_of(code)
    viewer = request.viewer
    questions.demand_asking(viewer, code)
    form = asked.form(held, request.GET, viewer)
    question = asked.read(form, request.GET, viewer)
    part = request.GET.get(asked.PART, "approved")
    earlier = params.number_of(request.GET.get(asked.THAN, ""))
    if earlier is not None:
        within = queries.rows_between(queries.one(viewer, earlier), counting.answer(question, viewer))
    else:
        at = [request.GET.get(name, "") for name in (asked.ROW, asked.COLUMN)]
        behind = counting.rows_behind(question, viewer, at[0], at[1], pending=part == "pending")
        if behind is None or part not in ("approved", "pending"):
            raise Http404(code)
        within = behind
    page = ledgers.page(held, viewer, within=within, after=params.number_of(request.GET.get("after", "")))
    context = {
        "ledger": held,
        "part": part,
        "between": earlier is not None,
        "conditions": wording.condition_words(held, question.where),
        "listing": listing(held, page),
        "counted": counted(held, viewer, within),
        "crumbs": [
            (_("台账"), reverse("ledgers")),
            (_("临时要数"), f"{reverse('ask', args=[code])}?{asked.query(question, request.GET)}"),
        ],
    }
    return render(request, "web/desk/ledgers/ask_rows.html", context)


@require_POST
def export(request: DeskRequest, code: str) -> HttpResponse:
    """The answer as a workbook."""
    found = _asked(request, code)
    content = files.workbook(found, request.viewer, request.viewer.region)
    name = f"{_('临时要数')}-{found.question.ledger.label}-{found.question.as_of}.xlsx"
    return send(request.viewer, name, content, f"asking/{code}.xlsx", "")


@require_POST
def keep(request: DeskRequest, code: str) -> HttpResponse:
    """Keep the answer, with who asked."""
    found = _asked(request, code)
    query = asked.query(found.question, request.GET)
    services.keep(found, query, request.POST.get("asked_for", ""), request.viewer)
    messages.success(request, _("已存下这次答复，下次问到同样的数会摆在旁边。"))
    return redirect(f"{reverse('ask', args=[code])}?{query}")


@require_safe
def kept(request: DeskRequest, pk: int) -> HttpResponse:
    """An answer as it was given."""
    found = queries.one(request.viewer, pk)
    ledger = declaration.get(found.ledger)
    told = found.table
    units = {unit.code: unit for unit in questions.units_of(ledger, request.viewer)}
    unit = units.get(found.unit)

    def words(number: int) -> str:
        return wording.amount(unit, number) if unit else f"{number:,}"

    lines = [
        {
            "label": line["label"] or _("合计"),
            "cells": [(words(one), words(more) if more else "") for one, more in line["cells"]],
        }
        for line in told["lines"]
    ]
    context = {
        "kept": found,
        "told": told,
        "title": _title(found),
        "unit": unit,
        "lines": lines,
        "again": f"{reverse('ask', args=[found.ledger])}?{asked.undated(ledger, found.query)}",
        "crumbs": [(_("台账"), reverse("ledgers")), (_("临时要数"), reverse("asking"))],
    }
    return render(request, "web/desk/ledgers/ask_kept.html", context)
