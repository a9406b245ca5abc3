"""What was found in a file: kinds and rows a page at a time, decisions and reasons for many rows, the file handed back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.intake import queries, services
from qiaojie.intake.models import Stage, Upload
from qiaojie.intake.public import (
    ANOTHER,
    LEAVE_OUT,
    NEW_PERSON,
    OVERWRITE,
    SAME_AS,
    USE_CERTIFICATE,
    FindingFilter,
    Plan,
    ShownIssue,
    Verdict,
    finding_titles,
    issuers,
    plan_pages,
    reasons,
)
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.values import Label
from qiaojie.web.desk.shared.params import own_address
from qiaojie.web.requests import DeskRequest

from ..shared import params
from . import jobs

DECISIONS: Mapping[str, Label] = {
    USE_CERTIFICATE: gettext_lazy("采用残疾人证中的号码"),
    OVERWRITE: gettext_lazy("以本表为准"),
    NEW_PERSON: gettext_lazy("不是她，新登记"),
    LEAVE_OUT: gettext_lazy("这一行不导入"),
}

BULK: dict[str, Label] = {
    USE_CERTIFICATE: gettext_lazy("全部采用证号"),
    OVERWRITE: gettext_lazy("全部确认改动"),
}
"""What a decision about all rows of a kind is called on its button."""


@dataclass(frozen=True, slots=True)
class RefusedMend:
    """A mend that was not taken: its row and the key of its form, what was typed, and why."""

    row: int
    key: str
    text: str
    message: str


@require_safe
def kind(request: DeskRequest, pk: int, level: str, code: str) -> HttpResponse:
    """All findings of one kind, a page at a time."""
    kept = queries.upload(pk, request.viewer)
    return kind_page(request, kept, level, code, request.get_full_path())


def kind_page(
    request: DeskRequest, kept: Upload, level: str, code: str, back: str, refused: RefusedMend | None = None
) -> HttpResponse:
    """The page of one kind of findings at its address ``back``; with what was refused there, in its place."""
    asked = QueryDict(urlsplit(back).query)
    planned = queries.plan_of(kept, request.viewer)
    held = _level(level)
    page = params.number_of(asked.get("page", "")) or 1
    shown = plan_pages.kind(planned, request.viewer, held, code, page)
    there = {issue.key for issue in shown.issues} | {
        form.key for issue in shown.issues for form in issue.mends
    }
    context = {
        "upload": kept,
        "shown": shown,
        "group": shown.group,
        "column": column_of(shown.issues) if shown.group else "",
        "back": without_place(back),
        **place(planned, request.viewer, asked.get("at", ""), there, refused),
        "reasons": reasons_of(kept, request.viewer, planned),
        "bulk_labels": BULK,
        **words(),
        "crumbs": crumbs_to(kept),
    }
    return render(request, "web/desk/intake/plan_kind.html", context, status=422 if refused else 200)


@require_safe
def rows(request: DeskRequest, pk: int) -> HttpResponse:
    """The rows behind a number of the plan, masked."""
    kept = queries.upload(pk, request.viewer)
    planned = queries.plan_of(kept, request.viewer)
    asked = asked_of(request.GET)
    page = params.number_of(request.GET.get("page", "")) or 1
    context = {
        "upload": kept,
        "shown": plan_pages.rows(planned, request.viewer, asked.verdict, asked.sheet, page),
        "asked": asked,
        "verdict_label": planned.called(asked.verdict) if asked.verdict else _("全部"),
        "levels": {level.value: label for level, label in finding_titles.LEVELS.items()},
        "filters": filters_of(planned),
        "crumbs": crumbs_to(kept),
    }
    return render(request, "web/desk/intake/plan_rows.html", context)


@require_POST
def decide_all(request: DeskRequest, pk: int) -> HttpResponse:
    """Keep one decision about all rows of a kind that it is offered for."""
    planned = queries.plan_of(open_upload(request, pk), request.viewer)
    level, word = _level(request.POST.get("level", "")), request.POST.get("word", "")
    keys = plan_pages.offered(planned, level, request.POST.get("code", "")).get(word)
    if not keys:
        raise Unusable("decision_gone", _("这类问题里没有可以这样处理的行了，请回到计划重新查看。"))
    services.decide_all(pk, keys, word, request.viewer)
    jobs.after_deciding(pk, request)
    number = len(keys)
    messages.success(
        request, ngettext("已处理 %d 行，计划已重新计算。", "已处理 %d 行，计划已重新计算。", number) % number
    )
    return redirect("plan", pk=pk)


@require_POST
def explain(request: DeskRequest, pk: int) -> HttpResponse:
    """Keep why warnings of a kind may pass, all of them or one row's; an empty reason takes it back."""
    row = params.number_of(request.POST.get("row", ""))
    services.explain(pk, request.POST.get("code", ""), row, request.POST.get("reason", ""), request.viewer)
    return redirect(back_to(request, pk))


def open_upload(request: DeskRequest, pk: int) -> Upload:
    """A file that still waits. Raises Unusable ``upload_closed``."""
    kept = queries.upload(pk, request.viewer)
    if kept.stage is not Stage.PLANNED:
        raise Unusable("upload_closed", _("“%s”已经处理过了。") % kept.name)
    return kept


def asked_of(sent: Mapping[str, str]) -> FindingFilter:
    """What the filters of the address ask for; 404 for a level or verdict that there is not."""
    given = {name: sent.get(name, "") for name in ("level", "code", "sheet", "verdict")}
    try:
        verdict = Verdict(given["verdict"]) if given["verdict"] else None
    except ValueError as unknown:
        raise Http404(given["verdict"]) from unknown
    level = _level(given["level"]).value if given["level"] else ""
    return FindingFilter(level, given["code"], given["sheet"], verdict)


def _level(word: str) -> Level:
    try:
        return Level(word)
    except ValueError as unknown:
        raise Http404(word) from unknown


def filters_of(planned: Plan) -> dict[str, Any]:
    """The choices of the filters."""
    return {
        "levels": [(level.value, label) for level, label in finding_titles.LEVELS.items()],
        "codes": plan_pages.kinds_of(planned),
        "sheets": plan_pages.sheets_of(planned),
        "verdicts": [
            (verdict.value, planned.called(verdict)) for verdict, number in planned.counts.items() if number
        ],
    }


def crumbs_to(kept: Upload) -> list[tuple[str, str]]:
    """Where pages beneath a plan stand."""
    return [(_("导入"), reverse("uploads")), (kept.name, reverse("plan", args=[kept.pk]))]


def words() -> dict[str, Any]:
    """What decisions are called on their buttons."""
    return {
        "labels": {USE_CERTIFICATE: decision(USE_CERTIFICATE), OVERWRITE: decision(OVERWRITE)},
        "otherwise": decision(""),
    }


def reasons_of(kept: Upload, viewer: Viewer, planned: Plan | None = None) -> dict[str, Any]:
    """The reasons given: under ``kinds`` by kind, under ``rows`` by kind and row; how many rows still want one."""
    found = list(reasons.given(kept))
    if viewer.outside:
        found = [one for one in found if viewer.covers(kept.region_id, one.given_by)]
    return {
        "kinds": {one.code: one for one in found if one.row is None},
        "rows": {f"{one.code}/{one.row}": one for one in found if one.row is not None},
        "all": [(finding_titles.KINDS.get(one.code, one.code), one) for one in found],
        "wanted": planned.source.table.reasons if planned else (),
        "lacking": reasons.unexplained(planned, found) if planned else 0,
    }


def back_to(request: DeskRequest, pk: int) -> str:
    """The page of ours that the form stood on, at the cell that it was about."""
    address = own_address(request, request.POST.get("back", ""), reverse("plan", args=[pk]))
    at = request.POST.get("at", "")
    if not at:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'at': at})}"


def without_place(address: str) -> str:
    """The address of a page without the cell that one comes back to there."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "at"]
    return urlunsplit(parts._replace(query=urlencode(query)))


def place(
    planned: Plan, viewer: Viewer, at: str, there: Collection[str], refused: RefusedMend | None = None
) -> dict[str, Any]:
    """Where on a page somebody goes on: at the cell that she was at, or with what became of it where nothing is found there any
    more; and what was refused. ``there`` are the keys of what the page shows."""
    row, _dot, name = at.partition(".")
    key = params.number_of(row) if at and at not in there else None
    done = plan_pages.at(planned, viewer, key, name) if key is not None and refused is None else None
    return {
        "at": at,
        "done": done,
        "refused": refused,
        "lost": refused is not None and refused.key not in there,
    }


def column_of(first: Iterable[ShownIssue]) -> str:
    """The label of the one column that findings stand in."""
    columns = {issue.column for issue in first}
    return columns.pop() if len(columns) == 1 else ""


def decided(decisions: Mapping[int, str]) -> list[tuple[int, str]]:
    """What was decided about rows, in words; who issued their certificates is shown where it is asked."""
    found = []
    for row, text in sorted(decisions.items()):
        said = [str(decision(word)) for word in text.split() if not issuers.is_answer(word)]
        # Below 0 stand those who are missing from a whole list, who have a page of their own.
        if said and row > 0:
            found.append((row, "，".join(said)))
    return found


def decision(word: str) -> Label:
    """What a decision about a row is called."""
    if word.startswith(SAME_AS):
        return _("名称认定为同一个")
    if word.startswith(ANOTHER):
        return _("名称认定为另一个")
    return DECISIONS.get(word, _("确认是这个人"))
