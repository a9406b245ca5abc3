"""Accounts and grants for the administrators, and whom the sign-in page names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import authentication, closing, contact, corrections, queries, services
from qiaojie.accounts.credentials import handed_out
from qiaojie.accounts.credentials.secret_codes import spaced
from qiaojie.accounts.models import Grant, Role, User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.findings import Unusable
from qiaojie.web.components import acts
from qiaojie.web.components.acts import ActField, ActForm
from qiaojie.web.requests import DeskRequest

from ..shared import params

PAGE: Final = 100
"""Accounts of one page."""

_FIELDS: Final = {
    "reason_missing": "reason",
    "account_holder": "holder",
    "three_exclusive": "holder",
    "nothing_changed": "holder",
    "account_title": "title",
    "account_role": "role",
    "grant_open": "role",
}
"""What was refused → the field at which it is said."""


def _crumbs() -> list[tuple[str, str]]:
    return [(_("账号"), reverse("accounts"))]


@require_safe
def index(request: DeskRequest) -> HttpResponse:
    """All accounts of the administrator's regions."""
    return _list(request)


def _list(request: DeskRequest, fault: Unusable | None = None) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    found = list(queries.accounts(request.viewer, text)[: PAGE + 1])
    request.viewer.note(Action.ADMINISTER, "accounts", rows=min(len(found), PAGE))
    context = {
        "accounts": found[:PAGE],
        "more": len(found) > PAGE,
        "text": text,
        "asked": request.GET.urlencode(),
        "may_settle": contact.may_settle(request.viewer),
        "ticked": set(request.POST.getlist("account")),
        "reason": request.POST.get("reason", ""),
        "faults": {} if fault is None else {_FIELDS.get(fault.code, "accounts"): fault.message},
    }
    return render(request, "web/desk/accounts/accounts.html", context, status=422 if fault else 200)


@never_cache
@require_POST
def several(request: DeskRequest) -> HttpResponse:
    """Close the accounts that were ticked, or open them again, all or none; refused on the list, with its ticks kept."""
    viewer = request.viewer
    users = [queries.account(viewer, params.demanded_number(pk)) for pk in request.POST.getlist("account")]
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("what") == "reopen":
            return _told(request, closing.reopen_accounts(viewer, users, reason))
        closing.close_accounts(viewer, users, reason)
    except Unusable as wrong:
        return _list(request, wrong)
    text = ngettext("已停用 %d 个账号。", "已停用 %d 个账号。", len(users)) % len(users)
    messages.success(request, text)
    return redirect("accounts")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Open an account; its first password is shown on this answer only."""
    viewer = request.viewer
    agencies = queries.agencies(viewer).filter(closed_from__isnull=True)
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
    user = queries.account(request.viewer, pk)
    request.viewer.note(Action.ADMINISTER, f"account/{user.username}", rows=1)
    return _page(request, user)


def _page(request: DeskRequest, user: User, what: str = "", fault: Unusable | None = None) -> HttpResponse:
    viewer = request.viewer
    own = user.pk == request.user.pk
    shut_until = authentication.shut_until(user.username)
    faults = {} if fault is None else {_FIELDS.get(fault.code, ""): fault.message}
    found = [] if own else _forms(viewer, user, shut=shut_until is not None)
    context = {
        "account": user,
        "own": own,
        "holdings": user.post.holdings.order_by("-begins", "-pk") if user.post else [],
        "grants": user.grants.order_by("-pk"),
        "shut_until": shut_until,
        "acts": acts.forms(found, what, request.POST, faults),
        "factors_missing": viewer.may(Action.GRANT) and not own and not user.second_factors.exists(),
        "crumbs": _crumbs() if viewer.may(Action.ADMINISTER) else [(_("授权"), reverse("grants"))],
    }
    return render(request, "web/desk/accounts/account.html", context, status=422 if fault else 200)


def _forms(viewer: UserViewer, user: User, *, shut: bool) -> list[ActForm]:
    """What the viewer can do about somebody else's account as it is now."""

    def form(word: str, title: str, *fields: ActField, help: str = "", grave: bool = False) -> ActForm:
        address = reverse("account-act", args=[user.pk, word])
        return ActForm(word, address, title, help, title, fields, grave)

    reason = ActField("reason", _("事由"))
    found = []
    if viewer.may(Action.ADMINISTER):
        title = user.post.title if user.post is not None else ""
        found.append(
            form(
                "correct",
                _("更正姓名或岗位名称"),
                ActField("holder", _("使用人姓名"), user.holder, longest=50, chinese=True),
                ActField("title", _("岗位"), title, longest=60, chinese=True),
                reason,
                help=_("只更正写错的字。换人要办工作交接，或另开账号。"),
            )
        )
        if not user.is_active:
            help_ = _("误停用的可以恢复：重发初始密码，权限由安全管理员重新确认后生效。")
            return [*found, form("reopen", _("恢复账号"), reason, help=help_)]
        others = tuple((str(code), str(label)) for code, label in Role.choices if code != user.role)
        role = ActField("role", _("改为角色（安全管理员确认后生效）"), kind="select", choices=others)
        found += [
            form("role", _("提出改换角色"), role, reason),
            form("password", _("重设密码"), reason),
            *([form("unlock", _("解除暂停登录"))] if shut else []),
            form("close", _("停用账号"), reason, grave=True),
        ]
    return [*found, *_security_forms(viewer, user, reason)]


def _security_forms(viewer: UserViewer, user: User, reason: ActField) -> list[ActForm]:
    """What the security administrator can do about somebody's way in."""
    found: list[ActForm] = []
    if not viewer.may(Action.GRANT) or not user.is_active:
        return found

    def form(
        word: str, name: str, title: str, *fields: ActField, help: str = "", grave: bool = False
    ) -> None:
        address = reverse(name, args=[user.pk] if name != "account-act" else [user.pk, word])
        found.append(ActForm(word, address, title, help, title, fields, grave))

    if handed_out.needs_code(user):
        help_ = _("密码是系统管理员设的。核实是本人，再把一次性验证码直接告诉本人；本人的接口密钥同时停用。")
        form("first_code", "first-code", _("核实本人，发一次性验证码"), help=help_)
    help_ = _("没有手机的人用它作第二重验证。打印后当面交给本人，以前的卡作废。")
    form("card", "account-card", _("发放验证卡"), reason, help=help_)
    if user.second_factors.exists():
        form("second", "account-act", _("重置第二重验证"), reason, grave=True)
    return found


@never_cache
@require_POST
def act(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """Correct an account, close it or open it again, set its password anew, ask for another role … What was refused is said
    on its page, at its field."""
    user = queries.account(request.viewer, pk)
    done = _ACTS.get(what)
    if done is None:
        raise Http404(what)
    try:
        passwords = done(request, user)
    except Unusable as wrong:
        return _page(request, queries.account(request.viewer, pk), what, wrong)
    if passwords:
        return _told(request, passwords)
    messages.success(request, _("已办理。"))
    return redirect("account", pk=pk)


_Opened = list[tuple[User, str]]


def _reason(request: DeskRequest) -> str:
    return request.POST.get("reason", "")


def _password(request: DeskRequest, user: User) -> _Opened:
    return [(user, services.reset_password(request.viewer, user, _reason(request)))]


def _reopen(request: DeskRequest, user: User) -> _Opened:
    return closing.reopen_accounts(request.viewer, [user], _reason(request))


def _close(request: DeskRequest, user: User) -> _Opened:
    services.close(request.viewer, user, _reason(request))
    return []


def _unlock(request: DeskRequest, user: User) -> _Opened:
    services.unlock(request.viewer, user)
    return []


def _role(request: DeskRequest, user: User) -> _Opened:
    services.ask_role(request.viewer, user, request.POST.get("role", ""), _reason(request))
    return []


def _second(request: DeskRequest, user: User) -> _Opened:
    services.reset_second(request.viewer, user, _reason(request))
    return []


def _correct(request: DeskRequest, user: User) -> _Opened:
    given = request.POST
    corrections.correct_account(
        request.viewer, user, given.get("holder", ""), given.get("title", ""), _reason(request)
    )
    return []


_ACTS: Final[dict[str, Callable[[DeskRequest, User], _Opened]]] = {
    "password": _password,
    "reopen": _reopen,
    "close": _close,
    "unlock": _unlock,
    "role": _role,
    "second": _second,
    "correct": _correct,
}


# --- whom to ask -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def contact_settings(request: DeskRequest) -> HttpResponse:
    """Whom the sign-in page names; who it was before."""
    viewer = request.viewer
    kept = contact.history(viewer)
    faults: dict[str, str] = {}
    given = {name: request.POST.get(name, "") for name in ("name", "office", "telephone")}
    if request.method == "POST":
        try:
            contact.settle(viewer, given["name"], given["office"], given["telephone"])
        except Unusable as wrong:
            faults = {"telephone" if wrong.code == "telephone_wrong" else "name": wrong.message}
        else:
            messages.success(request, _("已保存，登录页从现在起这样写。"))
            return redirect("contact")
    elif kept:
        given = {"name": kept[0].name, "office": kept[0].office, "telephone": kept[0].telephone}
    context = {"given": given, "faults": faults, "kept": kept, "crumbs": _crumbs()}
    return render(request, "web/desk/accounts/contact.html", context, status=422 if faults else 200)


# --- grants ----------------------------------------------------------------------------------------------------------


@require_safe
def grants(request: DeskRequest) -> HttpResponse:
    """What waits for confirmation, and what was answered."""
    found = queries.grants(request.viewer)
    context = {
        "open": found.filter(answer=Grant.Answer.OPEN)[:PAGE],
        "answered": found.exclude(answer=Grant.Answer.OPEN).order_by("-answered_at")[:PAGE],
        "waiting": queries.waiting_for_code(request.viewer)[:PAGE],
    }
    return render(request, "web/desk/accounts/grants.html", context)


@never_cache
@require_POST
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """Confirm or refuse; where the account waits to be let in for the first time, its one-time code is shown on this answer."""
    confirm = request.POST.get("answer") == "confirm"
    asked = services.answer(request.viewer, pk, confirm=confirm)
    code = services.code_with_grant(request.viewer, asked)
    if code:
        return _codes(request, asked.user, code)
    text = _("已确认：%s 从现在起可以办理。") if confirm else _("没有同意 %s 的授权。")
    messages.success(request, text % asked.user)
    return redirect("grants")


@never_cache
@require_POST
def first_code(request: DeskRequest, pk: int) -> HttpResponse:
    """Hand over a one-time code to somebody whose password another administrator has set: shown on this answer only."""
    user = queries.account(request.viewer, pk)
    return _codes(request, user, services.give_first_code(request.viewer, user))


def _codes(request: DeskRequest, user: User, code: str) -> HttpResponse:
    context = {"codes": [(user, spaced(code))], "crumbs": [(_("授权"), reverse("grants"))]}
    return render(request, "web/desk/accounts/first_codes.html", context)


@never_cache
@require_POST
def hand_out_card(request: DeskRequest, pk: int) -> HttpResponse:
    """A card of codes for somebody: shown on this answer only, to be printed."""
    user = queries.account(request.viewer, pk)
    try:
        codes = services.hand_out_card(request.viewer, user, request.POST.get("reason", ""))
    except Unusable as wrong:
        return _page(request, user, "card", wrong)
    context = {
        "account": user,
        "numbered": [(number, spaced(code)) for number, code in enumerate(codes, 1)],
        "holder": user.holder,
        "day": timezone.localdate(),
        "crumbs": [(_("授权"), reverse("grants")), (user.username, reverse("account", args=[user.pk]))],
    }
    return render(request, "web/desk/accounts/handed_card.html", context)
