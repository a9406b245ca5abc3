"""A file's plan: what it would do, decisions about its rows, commit, undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.contrib import messages
from django.db.models import F, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.intake import kinds, marking, queries, services, showing
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.outcome import (
    LEAVE_OUT,
    NEW_PERSON,
    OVERWRITE,
    USE_CERTIFICATE,
    VERDICTS,
    Plan,
    Verdict,
)
from qiaojie.intake.queries import PlanView
from qiaojie.intake.showing import Asked, IssueGroup, ShownIssue
from qiaojie.ledgers.models import Batch, Change
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.values import Label
from qiaojie.measures import queries as measures
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions import queries as regions
from qiaojie.tables.writing import CONTENT_TYPES

from ..components.progress import Progress, progress
from ..components.tags import form_title
from ..requests import DeskRequest
from . import asking

DECIDED = 20
"""Decisions that are listed with a button to take each back."""

LISTED = 8
"""Cells of one kind of finding that are listed at once; the others open on demand."""

DECISIONS: Mapping[str, Label] = {
    USE_CERTIFICATE: gettext_lazy("采用残疾人证中的号码"),
    OVERWRITE: gettext_lazy("以本表为准"),
    NEW_PERSON: gettext_lazy("不是她，新登记"),
    LEAVE_OUT: gettext_lazy("这一行不导入"),
}

BANDS = {
    Verdict.NEW: "done",
    Verdict.CHANGED: "near",
    Verdict.SAME: "",
    Verdict.CONFLICT: "mid",
    Verdict.WRONG: "low",
    Verdict.LEFT: "",
}

BULK: dict[str, Label] = {
    USE_CERTIFICATE: gettext_lazy("全部采用证号"),
    OVERWRITE: gettext_lazy("全部确认改动"),
    LEAVE_OUT: gettext_lazy("全部不导入"),
}
"""What a decision about all rows of a kind is called on its button."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An indicator that the file's rows may count for, as it stands before they are written."""

    label: str
    unit: str
    place: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Kind:
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
    context = {"upload": kept, "crumbs": [(_("导入"), reverse("uploads"))]}
    if kept.stage is not Stage.PLANNED:
        context |= {"written": list(_written(kept.batch)) if kept.batch else []}
        context |= {"exports": request.viewer.may(Action.EXPORT) and kept.stage is Stage.COMMITTED}
        context |= {"table": notices.table(kept.table), "ledger": kept.batch.ledger if kept.batch else ""}
        return render(request, "web/desk/upload.html", context)
    planned = queries.plan_of(kept, request.viewer)
    asked = _asked(request)
    shown = queries.view(planned, request.viewer, asked)
    table = planned.source.table
    context |= {
        "plan": shown,
        "table": table,
        "title": form_title(table.form.title),
        "chips": [
            (BANDS.get(verdict, ""), verdict, label, number) for verdict, label, number in shown.counts
        ],
        "kinds": [Kind(group, _column(group.first, shown)) for group in shown.groups],
        "errors": sum(group.number for group in shown.groups if group.level is Level.ERROR),
        "listed": f":{LISTED}",
        "asked": asked,
        "filters": _filters(planned) if planned.issues else None,
        "bulk_labels": BULK,
        "fold": LISTED,
        "exports": request.viewer.may(Action.EXPORT),
        "decisions": [
            (row, "，".join(str(_decision(word)) for word in text.split()))
            for row, text in sorted(shown.decisions.items())[:DECIDED]
        ],
        "decided_more": max(0, len(shown.decisions) - DECIDED),
        **_words(),
        "seal": _seal(planned),
        "approves": request.viewer.may(Action.APPROVE),
        "standings": list(_standings(request, planned)),
    }
    return render(request, "web/desk/plan.html", context)


@require_POST
def decide(request: DeskRequest, pk: int) -> HttpResponse:
    """Keep a decision about a row, or take it back."""
    row = asking.number_of(request.POST.get("row", ""))
    if row is None:
        queries.upload(pk, request.viewer)
        raise Unusable("row_missing", _("没有写明是哪一行。"))
    services.decide(pk, row, request.POST.get("word", ""), request.viewer)
    return redirect(_back(request, pk))


@require_POST
def decide_all(request: DeskRequest, pk: int) -> HttpResponse:
    """Keep one decision about all rows of a kind that it is offered for."""
    planned = queries.plan_of(_open(request, pk), request.viewer)
    level, word = _level(request.POST.get("level", "")), request.POST.get("word", "")
    keys = showing.offered(planned, level, request.POST.get("code", "")).get(word)
    if not keys:
        raise Unusable("decision_gone", _("这类问题里没有可以这样处理的行了，请回到计划重新查看。"))
    services.decide_all(pk, keys, word, request.viewer)
    number = len(keys)
    messages.success(
        request, ngettext("已处理 %d 行，计划已重新计算。", "已处理 %d 行，计划已重新计算。", number) % number
    )
    return redirect("plan", pk=pk)


@require_safe
def kind(request: DeskRequest, pk: int, level: str, code: str) -> HttpResponse:
    """All findings of one kind, a page at a time."""
    kept = queries.upload(pk, request.viewer)
    planned = queries.plan_of(kept, request.viewer)
    held = _level(level)
    shown = showing.kind(
        planned, request.viewer, held, code, asking.number_of(request.GET.get("page", "")) or 1
    )
    context = {
        "upload": kept,
        "shown": shown,
        "group": shown.group,
        "column": _column(shown.issues, queries.view(planned, request.viewer)) if shown.group else "",
        "back": request.get_full_path(),
        "bulk_labels": BULK,
        **_words(),
        "crumbs": _crumbs(kept),
    }
    return render(request, "web/desk/plan_kind.html", context)


@require_safe
def rows(request: DeskRequest, pk: int) -> HttpResponse:
    """The rows behind a number of the plan, masked."""
    kept = queries.upload(pk, request.viewer)
    planned = queries.plan_of(kept, request.viewer)
    asked = _asked(request)
    page = asking.number_of(request.GET.get("page", "")) or 1
    context = {
        "upload": kept,
        "shown": showing.rows(planned, request.viewer, asked.verdict, asked.sheet, page),
        "asked": asked,
        "verdict_label": VERDICTS[asked.verdict] if asked.verdict else _("全部"),
        "levels": {level.value: label for level, label in kinds.LEVELS.items()},
        "filters": _filters(planned),
        "crumbs": _crumbs(kept),
    }
    return render(request, "web/desk/plan_rows.html", context)


@require_POST
def marked(request: DeskRequest, pk: int) -> HttpResponse:
    """The file with what was found in it marked at its cells, for a purpose."""
    kept = queries.upload(pk, request.viewer)
    if kept.stage not in (Stage.PLANNED, Stage.COMMITTED):
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    planned = queries.plan_of(kept, request.viewer)
    copy = marking.marked(planned, request.viewer, request.POST.get("purpose", ""), f"upload/{pk}.marked")
    response = HttpResponse(copy.content, content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(copy.name)}"
    return response


@require_POST
def commit(request: DeskRequest, pk: int) -> HttpResponse:
    """Write what the plan showed; a plan that has changed since it was looked at is shown again first."""
    kept = queries.upload(pk, request.viewer)
    if kept.stage is not Stage.PLANNED:
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    planned = queries.plan_of(kept, request.viewer)
    if not constant_time_compare(_seal(planned), request.POST.get("seal", "")):
        messages.warning(request, _("您查看之后登记库有了变动，计划已重新计算，还没有写入。请再核对一遍。"))
        return redirect("plan", pk=pk)
    services.commit_upload(pk, planned, request.viewer, kept.purpose)
    number = planned.to_write
    messages.success(request, ngettext("已写入 %d 行。", "已写入 %d 行。", number) % number)
    return redirect("plan", pk=pk)


@require_POST
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Take back what the file wrote."""
    services.undo_upload(pk, request.viewer)
    messages.success(request, _("已撤销，这个文件写入的内容全部退回。"))
    return redirect("plan", pk=pk)


@require_POST
def discard(request: DeskRequest, pk: int) -> HttpResponse:
    """Put a file aside that will not be written."""
    services.discard(pk, request.viewer)
    messages.success(request, _("已放弃这个文件，没有写入任何内容。"))
    return redirect("uploads")


def _open(request: DeskRequest, pk: int) -> Upload:
    """A file that still waits. Raises Unusable ``upload_closed``."""
    kept = queries.upload(pk, request.viewer)
    if kept.stage is not Stage.PLANNED:
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    return kept


def _asked(request: DeskRequest) -> Asked:
    """What the filters of the address ask for; 404 for a level or verdict that there is not."""
    given = {name: request.GET.get(name, "") for name in ("level", "code", "sheet", "verdict")}
    try:
        verdict = Verdict(given["verdict"]) if given["verdict"] else None
    except ValueError as unknown:
        raise Http404(given["verdict"]) from unknown
    level = _level(given["level"]).value if given["level"] else ""
    return Asked(level, given["code"], given["sheet"], verdict)


def _level(word: str) -> Level:
    try:
        return Level(word)
    except ValueError as unknown:
        raise Http404(word) from unknown


def _filters(planned: Plan) -> dict[str, Any]:
    """The choices of the filters."""
    return {
        "levels": [(level.value, label) for level, label in kinds.LEVELS.items()],
        "codes": showing.kinds_of(planned),
        "sheets": showing.sheets_of(planned),
        "verdicts": [
            (verdict.value, VERDICTS[verdict]) for verdict, number in planned.counts.items() if number
        ],
    }


def _crumbs(kept: Upload) -> list[tuple[str, str]]:
    return [(_("导入"), reverse("uploads")), (kept.name, reverse("plan", args=[kept.pk]))]


def _words() -> dict[str, Any]:
    return {
        "labels": {USE_CERTIFICATE: _decision(USE_CERTIFICATE), OVERWRITE: _decision(OVERWRITE)},
        "otherwise": _decision(""),
    }


def _back(request: DeskRequest, pk: int) -> str:
    """The page of ours that the form stood on."""
    address = request.POST.get("back", "")
    here = url_has_allowed_host_and_scheme(address, {request.get_host()})
    return address if here else reverse("plan", args=[pk])


def _column(first: Iterable[ShownIssue], shown: PlanView) -> str:
    """The label of the one column that findings stand in."""
    labels = {_letters(column.cell): str(column.label) for column in shown.columns}
    letters = {_letters(issue.cell) for issue in first}
    return labels.get(letters.pop(), "") if len(letters) == 1 else ""


def _letters(cell: str) -> str:
    return cell.rstrip("0123456789")


def _decision(word: str) -> Label:
    return DECISIONS.get(word, _("确认是这个人"))


def _seal(planned: Plan) -> str:
    """What a looked-at plan must equal when it is committed; keyed, for it is made from personal data."""
    return salted_hmac("qiaojie.web.plan", repr(planned.outcome), algorithm="sha256").hexdigest()


def _standings(request: DeskRequest, planned: Plan) -> Iterator[Standing]:
    """The indicators of the table's notice that count rows of its ledger, for the file's region, as they stand now."""
    source = planned.source
    notice = notices.notice(source.table.notice)
    fed = [one for one in notice.indicators if one.measured and one.ledger == source.table.ledger]
    if not fed:
        return
    unit = regions.edition(notice.edition).unit_of.get(source.region.pk)
    found = measures.measure(notice, asking.default_day(notice), request.viewer)
    row = next((row for row in found.units if row.region_id == unit), None)
    if row is None:
        return
    for one in fed:
        if _feeds(one.where, source.table):
            yield Standing(one.label, one.unit, row.name, progress(row.values[one.code], one.unit))


def _feeds(where: object, table: TableDef) -> bool:
    """Whether rows of the table can meet an indicator's conditions, as far as the table fixes their fields."""
    fixed = {**table.where, **table.sets}
    return isinstance(where, dict) and all(
        fixed.get(name, wanted) == wanted for name, wanted in where.items()
    )


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
