"""Many agencies and accounts at once: a workbook, its plan, cells mended in place, and all of it opened or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from django.core import signing as signed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import bulk_opening
from qiaojie.accounts.bulk_opening import BulkPlan, BulkSheet
from qiaojie.accounts.models import WorkLine
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.requests import DeskRequest

_SALT: Final = "accounts/bulk"


@dataclass(frozen=True, slots=True)
class PlanCell:
    """A cell as the page shows it: ``name`` is that of its field, and ``message`` what is wrong with it ('' for nothing)."""

    label: str
    text: str
    name: str
    message: str
    where: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanTable:
    """The lines of one kind, each as its cells."""

    label: str
    headings: tuple[str, ...]
    lines: tuple[tuple[PlanCell, ...], ...]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def many(request: DeskRequest) -> HttpResponse:
    """A workbook of agencies and accounts: what it would open, or what is wrong with which cell, to be mended here."""
    demand(request.viewer, Action.ADMINISTER, "accounts/bulk")
    if request.method != "POST":
        return _page(request, None, "")
    file = request.FILES.get("file")
    if file is not None:
        name = file.name or ""
        try:
            return _page(request, bulk_opening.plan(file.read(), name, request.viewer), name)
        except Unusable as wrong:
            return _page(request, None, name, fault=wrong.message)
    if not request.POST.get("payload"):
        return _page(request, None, "", fault=_("请选择文件。"))
    name, sheets = _carried(request)
    sheets = bulk_opening.mended(sheets, _cells(request))
    for place, wanted in enumerate(request.POST.getlist("agency")):
        region = request.POST.get(f"region-{place}", "")
        if region.strip():
            line = request.POST.get(f"line-{place}", "")
            sheets = bulk_opening.with_agency(sheets, wanted, line, region)
    return _page(request, bulk_opening.again(sheets, request.viewer), name)


@never_cache
@require_POST
def open_many(request: DeskRequest) -> HttpResponse:
    """Open what a plan holds that was looked at, all or none; where something is wrong by now, the plan is shown again."""
    demand(request.viewer, Action.ADMINISTER, "accounts/bulk")
    name, sheets = _carried(request)
    planned = bulk_opening.again(sheets, request.viewer)
    if planned.faults:
        return _page(request, planned, name)
    opened = bulk_opening.commit(planned, request.viewer, request.POST.get("reason", ""))
    context = {"opened": opened, "agencies": planned.agencies, "crumbs": _crumbs()}
    return render(request, "web/desk/accounts/first_passwords.html", context)


@require_safe
def template(request: DeskRequest) -> HttpResponse:
    """The empty workbook to fill in."""
    demand(request.viewer, Action.ADMINISTER, "accounts/bulk")
    response = HttpResponse(bulk_opening.template(), content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{bulk_opening.TITLE}.xlsx')}"
    return response


def _crumbs() -> list[tuple[str, str]]:
    return [(_("账号"), reverse("accounts"))]


def _page(request: DeskRequest, planned: BulkPlan | None, name: str, *, fault: str = "") -> HttpResponse:
    tables = _tables(planned) if planned is not None else []
    context = {
        "plan": planned,
        "tables": tables,
        "name": name,
        "fault": fault,
        "payload": _payload(planned, name),
        "lines": WorkLine.choices,
        "crumbs": _crumbs(),
    }
    faulty = bool(fault or (planned is not None and planned.faults))
    return render(request, "web/desk/accounts/accounts_many.html", context, status=422 if faulty else 200)


def _tables(planned: BulkPlan) -> list[PlanTable]:
    faults: dict[tuple[str, int, str], list[tuple[str, str]]] = {}
    for one in planned.faults:
        faults.setdefault((one.kind, one.row, one.part), []).append((one.cell, one.message))
    labels = {"agencies": _("要登记的机构"), "accounts": _("要开通的账号")}
    found = []
    for kind, label in labels.items():
        sheet = (planned.sheets or {}).get(kind)
        if sheet is None or not sheet.rows:
            continue
        headings = bulk_opening.SHEETS[kind]
        lines = tuple(
            tuple(_cell(kind, row, part, parts[part], faults.get((kind, row, part), [])) for part in headings)
            for row, parts in sheet.rows
        )
        found.append(PlanTable(label, tuple(headings.values()), lines))
    return found


def _cell(kind: str, row: int, part: str, text: str, faults: list[tuple[str, str]]) -> PlanCell:
    offered = bulk_opening.choices(part).values() if part in bulk_opening.CHOICES else ()
    return PlanCell(
        bulk_opening.SHEETS[kind][part],
        text,
        f"cell.{kind}.{row}.{part}",
        "".join(message for _where, message in faults),
        faults[0][0] if faults else "",
        tuple(offered),
    )


def _cells(request: HttpRequest) -> dict[tuple[str, int, str], str]:
    """The cells that were mended on the page: (kind, line, part) → text."""
    found = {}
    for key, value in request.POST.items():
        word, *rest = key.split(".")
        if word == "cell" and len(rest) == 3 and rest[1].lstrip("-").isdigit():
            found[rest[0], int(rest[1]), rest[2]] = str(value)[:200]
    return found


def _payload(planned: BulkPlan | None, name: str) -> str:
    if planned is None or planned.sheets is None:
        return ""
    sheets = {kind: [sheet.name, sheet.columns, sheet.rows] for kind, sheet in planned.sheets.items()}
    return signed.dumps([name, sheets], salt=_SALT, compress=True)


def _carried(request: HttpRequest) -> tuple[str, dict[str, BulkSheet]]:
    """The lines that the page carried: name of the file, and its sheets. Raises Unusable ``plan_outdated``."""
    try:
        name, sheets = signed.loads(request.POST.get("payload", ""), salt=_SALT, max_age=3600)
    except signed.BadSignature as wrong:
        raise Unusable("plan_outdated", _("计划已过期，请重新上传。")) from wrong
    return name, {
        kind: BulkSheet(title, dict(columns), [(int(row), dict(parts)) for row, parts in rows])
        for kind, (title, columns, rows) in sheets.items()
    }
