"""A file's plan: what it would do, decisions about its rows, commit, undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.contrib import messages
from django.db.models import F, Sum
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from qiaojie.intake import proving, queries, services
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.public import IssueGroup, Plan
from qiaojie.intake.queries import PlanView
from qiaojie.ledgers import declaration, proposals
from qiaojie.ledgers.conditions import evaluating, reading, tree
from qiaojie.ledgers.models import Batch, Change
from qiaojie.ledgers.viewer import Action, demand_office
from qiaojie.lib.findings import Level, Unusable
from qiaojie.measures import queries as measures
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions import queries as regions
from qiaojie.web.components.progress import Progress, progress
from qiaojie.web.requests import DeskRequest

from ..shared import params
from . import findings, issuers, jobs, near_names, owners_lists, questions

DECIDED = 20
"""Decisions that are listed with a button to take each back."""

MENDED = 200
"""Cells that were mended before a file was written, as they are listed afterwards."""

LISTED = 8
"""Cells of one kind of finding that are listed at once; the others open on demand."""


@dataclass(frozen=True, slots=True)
class ExpectedEffect:
    """An indicator that the file's rows may count for, as it stands before they are written."""

    label: str
    unit: str
    place: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one kind and the column that they stand in ('' where they are not of one column)."""

    group: IssueGroup
    column: str


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of one kind that a batch made or changed."""

    act: str
    label: str
    number: int


@require_safe
def plan(request: DeskRequest, pk: int) -> HttpResponse:
    """What the file would do, or what became of it."""
    kept = queries.upload(pk, request.viewer)
    if elsewhere := jobs.instead(kept, request.viewer):
        # Whoever waits with the page open is taken there as a whole: the other page has nothing to put in this one's place.
        return HttpResponseClientRedirect(elsewhere.url) if request.htmx else elsewhere
    return page(request, kept, request.get_full_path())


def page(
    request: DeskRequest, kept: Upload, address: str, refused: findings.RefusedMend | None = None
) -> HttpResponse:
    """The page of a plan at its address; with a mend that was refused, in its place."""
    context = {"upload": kept, "crumbs": [(_("导入"), reverse("uploads"))]}
    if kept.stage is not Stage.PLANNED and request.viewer.outside:
        # What an office made of the file is told by the rows that came of it.
        return render(request, "web/desk/intake/upload_outside.html", context)
    if kept.stage is not Stage.PLANNED:
        context |= {"written": list(_written(kept.batch)) if kept.batch else []}
        context |= {"changes": proposals.of_batch(kept.batch) if kept.batch else []}
        context |= {"reasons": findings.reasons_of(kept, request.viewer)}
        mended = queries.mended(kept, request.viewer)
        context |= {"mended": mended[:MENDED], "mended_more": max(0, len(mended) - MENDED)}
        context |= {"unproven": _unproven(kept, request)}
        context |= {"exports": request.viewer.may(Action.EXPORT) and kept.stage is Stage.COMMITTED}
        context |= {"table": notices.table(kept.table), "ledger": kept.batch.ledger if kept.batch else ""}
        return render(request, "web/desk/intake/upload.html", context)
    try:
        planned = queries.plan_of(kept, request.viewer)
    except Unusable as fault:
        if fault.code != "plan_outdated":
            raise
        return redirect("progress", pk=kept.pk)
    sent = QueryDict(urlsplit(address).query)
    asked = findings.asked_of(sent)
    shown = queries.view(planned, request.viewer, asked)
    table = planned.source.table
    decided = findings.decided(shown.decisions)
    context |= {
        "plan": shown,
        "table": table,
        "title": table.called,
        "back": findings.without_place(address),
        **findings.place(planned, request.viewer, sent.get("at", ""), _keys(shown), refused),
        "kinds": [FindingGroup(group, findings.column_of(group.first)) for group in shown.groups],
        "errors": sum(group.number for group in shown.groups if group.level is Level.ERROR),
        "listed": f":{LISTED}",
        "asked": asked,
        "reasons": findings.reasons_of(kept, request.viewer, planned),
        "filters": findings.filters_of(planned) if planned.issues else None,
        "bulk_labels": findings.BULK,
        "fold": LISTED,
        "exports": request.viewer.may(Action.EXPORT),
        "decisions": decided[:DECIDED],
        "decided_more": max(0, len(decided) - DECIDED),
        "may_write": not request.viewer.outside and (planned.to_write > 0 or kept.whole_on is not None),
        "may_be_whole": owners_lists.may_be_whole(kept, request.viewer),
        **owners_lists.numbers(planned),
        "asked_county": issuers.of_plan(planned),
        **near_names.of_plan(planned),
        **findings.words(),
        "seal": queries.seal_of(kept, planned),
        "approves": request.viewer.may(Action.APPROVE),
        "standings": list(_standings(request, planned)) if request.viewer.may(Action.COUNT) else [],
        **questions.of_plan(planned, kept.pk, request.viewer),
        "rehearsed": planned.to_write <= services.REHEARSED,
    }
    return render(request, "web/desk/intake/plan.html", context, status=422 if refused else 200)


def _unproven(kept: Upload, request: DeskRequest) -> int:
    """How many of the rows that a file wrote still lack the proof that one source may give them all."""
    if kept.batch is None or not kept.batch.ledger or not request.viewer.may(Action.ENTER):
        return 0
    return len(proving.unproven(declaration.get(kept.batch.ledger), kept.batch.pk, request.viewer))


@require_POST
def decide(request: DeskRequest, pk: int) -> HttpResponse:
    """Keep a decision about a row, or take it back."""
    row = params.number_of(request.POST.get("row", ""))
    if row is None:
        queries.upload(pk, request.viewer)
        raise Unusable("row_missing", _("没有写明是哪一行。"))
    services.decide(pk, row, request.POST.get("word", ""), request.viewer)
    jobs.after_deciding(pk, request)
    return redirect(findings.back_to(request, pk))


@require_POST
def commit(request: DeskRequest, pk: int) -> HttpResponse:
    """Write what the plan showed; a plan that has changed since it was looked at is shown again first."""
    demand_office(request.viewer, Action.ENTER, f"upload/{pk}/commit")
    kept = queries.upload(pk, request.viewer)
    if kept.stage is not Stage.PLANNED:
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    seal = request.POST.get("seal", "")
    if elsewhere := jobs.for_commit(kept, seal, request):
        return elsewhere
    planned = queries.plan_of(kept, request.viewer)
    if not constant_time_compare(queries.seal_of(kept, planned), seal):
        messages.warning(request, _("您查看之后登记库有了变动，计划已重新计算，还没有写入。请再核对一遍。"))
        return redirect("plan", pk=pk)
    services.commit_upload(pk, planned, request.viewer, kept.purpose)
    number = planned.to_write
    messages.success(request, ngettext("已写入 %d 行。", "已写入 %d 行。", number) % number)
    return redirect("plan", pk=pk)


@require_POST
def effect(request: DeskRequest, pk: int) -> HttpResponse:
    """What the rows would do to the indicators that count them: tried, looked at, and taken back."""
    kept = findings.open_upload(request, pk)
    # A kept plan of a big file holds nothing to write.
    planned = queries.fresh_plan(kept, request.viewer)
    now = list(_standings(request, planned))
    then = services.rehearse(planned, request.viewer, lambda: list(_standings(request, planned)))
    context = {
        "upload": kept,
        "rows": planned.to_write,
        "pairs": list(zip(now, then, strict=True)),
        "approves": request.viewer.may(Action.APPROVE),
        "crumbs": findings.crumbs_to(kept),
    }
    return render(request, "web/desk/intake/plan_effect.html", context)


@require_POST
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back what the file wrote; nothing brings it back, so a tick says that it is meant."""
    held = queries.upload(pk, request.viewer)
    if "sure" not in request.POST:
        raise Unusable("not_confirmed", _("没有撤销：请先勾选“确认整批退回”。"))
    if elsewhere := jobs.for_undo(held, request):
        return elsewhere
    services.undo_upload(pk, request.viewer, request.POST.get("reason", ""))
    messages.success(request, _("已撤销，这个文件写入的内容全部退回。"))
    return redirect("plan", pk=pk)


@require_POST
def discard(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a file aside that will not be written."""
    services.discard(pk, request.viewer)
    jobs.after_discarding(pk, request)
    messages.success(request, _("已放弃这个文件，没有写入任何内容；放弃错了，点开它可以恢复。"))
    return redirect("uploads")


@require_POST
def restore(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back that a file was put aside."""
    services.restore(pk, request.viewer)
    messages.success(request, _("已恢复，可以接着核对。"))
    return redirect("plan", pk=pk)


def _keys(shown: PlanView) -> set[str]:
    """The keys of the cells and of the boxes that a plan's page lists."""
    issues = [issue for group in shown.groups for issue in group.first[:LISTED]]
    return {issue.key for issue in issues} | {form.key for issue in issues for form in issue.mends}


def _standings(request: DeskRequest, planned: Plan) -> Iterator[ExpectedEffect]:
    """The indicators of the table's notice that count rows of its ledger, for the file's region, as they stand now."""
    source = planned.source
    notice = notices.notice(source.table.notice)
    fed = [one for one in notice.indicators if one.measured and one.ledger == source.table.ledger]
    if not fed:
        return
    unit = regions.edition(notice.edition).unit_of.get(source.region.pk)
    found = measures.measure(notice, params.default_day(notice), request.viewer)
    row = next((row for row in found.units if row.region_id == unit), None)
    if row is None:
        return
    for one in fed:
        if _feeds(one.where, source.table):
            yield ExpectedEffect(one.label, one.unit, row.name, progress(row.values[one.code], one.unit))


def _feeds(where: Mapping[str, Any], table: TableDef) -> bool:
    """Whether rows of the table can meet an indicator's conditions, as far as the table fixes their fields."""
    stated = {**table.where, **table.sets}
    fixed = {name: value for name, value in stated.items() if not isinstance(value, dict | list | tuple)}
    ledger = declaration.get(table.ledger)
    return not evaluating.holds(tree.refuted(reading.typed(ledger, where)), fixed)


def _written(batch: Batch) -> Iterator[Written]:
    """What a batch made and changed, by kind of row."""
    acts = dict(Change.Act.choices)
    found = (
        Change.objects.filter(batch=batch)
        .values_list("act", "model")
        .annotate(number=Sum(F("last_id") - F("object_id") + 1))
        .order_by("act", "-number")
    )
    for act, model, number in found:
        yield Written(str(acts[act]), str(apps.get_model(model)._meta.verbose_name), number)
