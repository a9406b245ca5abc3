"""Accounts, agencies and grants for the administrators; the access log for the one who audits."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import quote

from django.contrib import messages
from django.core import signing as signed
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import authentication, bulk_opening, offices, queries, services
from qiaojie.accounts.models import OFFICES, Grant, Role, User, WorkLine
from qiaojie.ledgers.viewer import Action, demand
from qiaojie.lib.findings import Unusable
from qiaojie.regions import queries as regions
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.requests import DeskRequest

from ..shared import params

PAGE: Final = 100
"""Accounts of one page."""

_SALT: Final = "accounts/bulk"


def _crumbs() -> list[tuple[str, str]]:
    return [(_("账号"), reverse("accounts"))]


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All accounts of the administrator's regions."""
    text = request.GET.get("q", "").strip()
    found = list(queries.accounts(request.viewer, text)[: PAGE + 1])
    request.viewer.note(Action.ADMINISTER, "accounts", rows=min(len(found), PAGE))
    return render(
        request,
        "web/desk/accounts/accounts.html",
        {"accounts": found[:PAGE], "more": len(found) > PAGE, "text": text},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Open an account; its first password is shown on this answer only."""
    viewer = request.viewer
    agencies = queries.agencies(viewer)
    given = request.POST
    fault = ""
    if request.method == "POST":
        agency = queries.agency(viewer, params.demanded_number(given.get("agency", "")))
        try:
            opened = services.open_account(
                viewer,
                given.get("username", "").strip(),
                given.get("holder", ""),
                agency,
                given.get("title", ""),
                given.get("role", ""),
                given.get("reason", ""),
            )
        except Unusable as wrong:
            fault = wrong.message
        else:
            return _told(request, [opened])
    context = {
        "agencies": agencies,
        "roles": Role.choices,
        "given": given,
        "fault": fault,
        "crumbs": _crumbs(),
    }
    return render(request, "web/desk/accounts/account_new.html", context, status=422 if fault else 200)


def _told(request: DeskRequest, opened: list[tuple[User, str]]) -> HttpResponse:
    """First passwords, shown once."""
    return render(request, "web/desk/accounts/first_passwords.html", {"opened": opened, "crumbs": _crumbs()})


@require_safe
def account(request: DeskRequest, pk: int) -> HttpResponse:
    """One account: its post and who held it, what was granted, what can be done."""
    viewer = request.viewer
    user = queries.account(viewer, pk)
    context = {
        "account": user,
        "own": user.pk == request.user.pk,
        "holdings": user.post.holdings.order_by("-begins", "-pk") if user.post else [],
        "grants": user.grants.order_by("-pk"),
        "factors": user.second_factors.count(),
        "shut_until": authentication.shut_until(user.username),
        "may_administer": viewer.may(Action.ADMINISTER),
        "may_grant": viewer.may(Action.GRANT),
        "roles": [choice for choice in Role.choices if choice[0] != user.role],
        "crumbs": _crumbs() if viewer.may(Action.ADMINISTER) else [(_("授权"), reverse("grants"))],
    }
    viewer.note(Action.ADMINISTER, f"account/{user.username}", rows=1)
    return render(request, "web/desk/accounts/account.html", context)


@never_cache
@require_POST
def act(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """Close an account, set its password anew, ask for another role …"""
    viewer = request.viewer
    user = queries.account(viewer, pk)
    reason = request.POST.get("reason", "")
    if what == "password":
        return _told(request, [(user, services.reset_password(viewer, user, reason))])
    if what == "close":
        services.close(viewer, user, reason)
    elif what == "unlock":
        services.unlock(viewer, user)
    elif what == "role":
        services.ask_role(viewer, user, request.POST.get("role", ""), reason)
    elif what == "second":
        services.reset_second(viewer, user, reason)
    else:
        raise Http404(what)
    messages.success(request, _("已办理。"))
    return redirect("account", pk=pk)


# --- many at once ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def many(request: DeskRequest) -> HttpResponse:
    """A workbook of accounts: what it would open, or what is wrong with which cell."""
    viewer = request.viewer
    demand(viewer, Action.ADMINISTER, "accounts/bulk")
    planned, name, payload = None, "", ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            raise Unusable("file_empty", _("请选择文件。"))
        name = file.name or ""
        planned = bulk_opening.plan(file.read(), name, viewer)
        payload = signed.dumps([(one.row, one.parts) for one in planned.accounts], salt=_SALT, compress=True)
    context = {
        "plan": planned,
        "name": name,
        "payload": payload,
        "headings": list(bulk_opening.HEADINGS.values()),
        "crumbs": _crumbs(),
    }
    faulty = planned is not None and bool(planned.faults)
    return render(request, "web/desk/accounts/accounts_many.html", context, status=422 if faulty else 200)


@never_cache
@require_POST
def open_many(request: DeskRequest) -> HttpResponse:
    """Open the accounts of a plan that was looked at, all or none."""
    demand(request.viewer, Action.ADMINISTER, "accounts/bulk")
    try:
        rows = signed.loads(request.POST.get("payload", ""), salt=_SALT, max_age=3600)
    except signed.BadSignature as wrong:
        raise Unusable("plan_outdated", _("计划已过期，请重新上传。")) from wrong
    planned = bulk_opening.again([(int(row), dict(parts)) for row, parts in rows], request.viewer)
    return _told(request, bulk_opening.commit(planned, request.viewer, request.POST.get("reason", "")))


@require_safe
def template(request: DeskRequest) -> HttpResponse:
    """The empty workbook to fill in."""
    demand(request.viewer, Action.ADMINISTER, "accounts/bulk")
    response = HttpResponse(bulk_opening.template(), content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{bulk_opening.TITLE}.xlsx')}"
    return response


# --- agencies --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def agencies(request: DeskRequest) -> HttpResponse:
    """The agencies with their names through time and their agreements; a new one by POST."""
    viewer = request.viewer
    found = queries.agencies(viewer)
    if request.method == "POST":
        given = request.POST
        region = regions.find(given.get("region", "").strip())
        services.open_agency(viewer, region, given.get("line", ""), given.get("name", ""))
        messages.success(request, _("已登记。"))
        return redirect("agencies")
    text = request.GET.get("q", "").strip()
    shown = list(found.filter(name__icontains=text)[: PAGE + 1])
    context = {
        "agencies": shown[:PAGE],
        "more": len(shown) > PAGE,
        "text": text,
        "lines": WorkLine.choices,
        "offices": OFFICES,
        "gaps": offices.gaps(viewer, date.today())[:PAGE],
        "crumbs": _crumbs(),
    }
    return render(request, "web/desk/accounts/agencies.html", context)


@require_POST
def agency_act(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """Rename an agency from a day on, record an agreement with it, or a line for which it stands in."""
    viewer = request.viewer
    agency = queries.agency(viewer, pk)
    given = request.POST
    since = params.day_of(given.get("since", ""), date.today())
    if what == "rename":
        services.rename_agency(viewer, agency, given.get("name", ""), since)
    elif what == "agree":
        until = given.get("until", "")
        ends = params.day_of(until, since) if until else None
        services.agree(viewer, agency, given.get("number", ""), since, ends)
    elif what == "answer":
        services.stand_in(viewer, agency, given.get("line", ""), since, given.get("reason", ""))
    else:
        raise Http404(what)
    messages.success(request, _("已登记。"))
    return redirect("agencies")


# --- grants ----------------------------------------------------------------------------------------------------------


@require_safe
def grants(request: DeskRequest) -> HttpResponse:
    """What waits for confirmation, and what was answered."""
    found = queries.grants(request.viewer)
    context = {
        "open": found.filter(answer=Grant.Answer.OPEN)[:PAGE],
        "answered": found.exclude(answer=Grant.Answer.OPEN).order_by("-answered_at")[:PAGE],
    }
    return render(request, "web/desk/accounts/grants.html", context)


@require_POST
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """Confirm or refuse."""
    confirm = request.POST.get("answer") == "confirm"
    asked = services.answer(request.viewer, pk, confirm=confirm)
    text = _("已确认：%s 从现在起可以办理。") if confirm else _("没有同意 %s 的授权。")
    messages.success(request, text % asked.user)
    return redirect("grants")
