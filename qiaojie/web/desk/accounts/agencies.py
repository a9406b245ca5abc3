"""Agencies: their list, a new one, and the page of each, where it is renamed, corrected, closed and opened again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qiaojie.accounts import closing, corrections, offices, queries, services
from qiaojie.accounts.models import OFFICES, Agency, User, WorkLine
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions import queries as regions
from qiaojie.web.components import acts
from qiaojie.web.components.acts import ActField, ActForm
from qiaojie.web.requests import DeskRequest

from ..shared import params

PAGE: Final = 100
"""Agencies of one page."""

_FIELDS: Final = {
    "name_missing": "name",
    "agency_there": "name",
    "nothing_changed": "name",
    "line_unknown": "line",
    "line_held": "line",
    "not_an_office": "line",
    "agency_used": "region",
    "region_unknown": "region",
    "region_ambiguous": "region",
    "date_unreadable": "since",
    "date_order": "since",
    "closing_day": "since",
    "agency_closed": "since",
    "credit_chars": "credit_code",
    "credit_checksum": "credit_code",
    "credit_length": "credit_code",
    "credit_lost": "credit_code",
    "name_implausible": "legal_person",
    "name_several": "legal_person",
    "reason_missing": "reason",
    "agency_open": "reason",
    "agency_own": "seen",
    "agency_accounts": "seen",
}
"""What was refused → the field at which it is said."""


def _crumbs(*, own: bool = False) -> list[tuple[str, str]]:
    agencies = [(_("机构"), reverse("agencies"))] if own else []
    return [(_("账号"), reverse("accounts")), *agencies]


@require_http_methods(["GET", "HEAD", "POST"])
def agencies(request: DeskRequest) -> HttpResponse:
    """The agencies with their names through time and their agreements; a new one by POST."""
    fault: tuple[str, str] | None = None
    if request.method == "POST":
        try:
            made = _open(request)
        except Unusable as wrong:
            fault = _at(wrong)
        else:
            messages.success(request, _("已登记。"))
            return redirect("agency", pk=made.pk)
    viewer = request.viewer
    text = request.GET.get("q", "").strip()
    shown = list(queries.agencies(viewer).filter(name__icontains=text)[: PAGE + 1])
    context = {
        "agencies": shown[:PAGE],
        "more": len(shown) > PAGE,
        "text": text,
        "lines": WorkLine.choices,
        "gaps": offices.gaps(viewer, date.today())[:PAGE],
        "given": request.POST,
        "fault": dict([fault]) if fault else {},
        "crumbs": _crumbs(),
    }
    return render(request, "web/desk/accounts/agencies.html", context, status=422 if fault else 200)


def _open(request: DeskRequest) -> Agency:
    given = request.POST
    region = regions.find(given.get("region", "").strip())
    since = _day(given.get("since", "")) if given.get("since") else None
    return services.open_agency(request.viewer, region, given.get("line", ""), given.get("name", ""), since)


@require_safe
def agency(request: DeskRequest, pk: int) -> HttpResponse:
    """One agency: what it is, its accounts, and what can be done about it."""
    return _page(request, queries.agency(request.viewer, pk), "", None)


@require_POST
def agency_act(request: DeskRequest, pk: int, what: str) -> HttpResponse:
    """Rename an agency from a day on, correct it, close it or open it again, record an agreement with it, or a line for
    which it stands in. What was refused is said on its page, at its field."""
    act = _ACTS.get(what)
    if act is None:
        raise Http404(what)
    try:
        act(request, queries.agency(request.viewer, pk))
    except Unusable as wrong:
        return _page(request, queries.agency(request.viewer, pk), what, _at(wrong))
    messages.success(request, _("已办理。") if what in ("correct", "close", "reopen") else _("已登记。"))
    return redirect("agency", pk=pk)


def _at(wrong: Unusable) -> tuple[str, str]:
    return _FIELDS.get(wrong.code, "name"), wrong.message


def _day(text: str) -> date:
    return params.day_of(text, timezone.localdate())


def _rename(request: DeskRequest, held: Agency) -> None:
    given = request.POST
    services.rename_agency(request.viewer, held, given.get("name", ""), _day(given.get("since", "")))


def _agree(request: DeskRequest, held: Agency) -> None:
    given = request.POST
    since = _day(given.get("since", ""))
    until = given.get("until", "")
    ends = params.day_of(until, since) if until else None
    services.agree(request.viewer, held, given.get("number", ""), since, ends)


def _answer(request: DeskRequest, held: Agency) -> None:
    given = request.POST
    since, reason = _day(given.get("since", "")), given.get("reason", "")
    services.stand_in(request.viewer, held, given.get("line", ""), since, reason)


def _correct(request: DeskRequest, held: Agency) -> None:
    given = request.POST
    asked = given.get("region", "").strip()
    # The name shown may be borne by several regions: left as it was it means the agency's own.
    region = held.region if asked == held.region.short_name else regions.find(asked)
    corrections.correct_agency(
        request.viewer, held, region, given.get("line", ""), given.get("name", ""), given.get("reason", "")
    )


def _identify(request: DeskRequest, held: Agency) -> None:
    given, asked = request.POST, _asked_of(held)
    said = {name: given.get(name, "") if name in asked else getattr(held, name) for name in _ON_ORDER}
    corrections.identify_agency(request.viewer, held, **said, reason=given.get("reason", ""))


def _close(request: DeskRequest, held: Agency) -> None:
    given = request.POST
    seen = [params.demanded_number(key) for key in given.getlist("seen")]
    day = _day(given.get("since", ""))
    closing.close_agency(request.viewer, held, day, given.get("reason", ""), seen)


def _reopen(request: DeskRequest, held: Agency) -> None:
    closing.reopen_agency(request.viewer, held, request.POST.get("reason", ""))


_ACTS: Final[dict[str, Callable[[DeskRequest, Agency], None]]] = {
    "rename": _rename,
    "agree": _agree,
    "answer": _answer,
    "identify": _identify,
    "correct": _correct,
    "close": _close,
    "reopen": _reopen,
}


def _page(request: DeskRequest, held: Agency, what: str, fault: tuple[str, str] | None) -> HttpResponse:
    users = list(held.users.select_related("post").order_by("-is_active", "pk"))
    found = _forms(held, [user for user in users if user.is_active])
    context = {
        "agency": held,
        "users": users,
        "acts": acts.forms(found, what, request.POST, dict([fault]) if fault else {}),
        "crumbs": _crumbs(own=True),
    }
    return render(request, "web/desk/accounts/agency.html", context, status=422 if fault else 200)


_ON_ORDER: Final = ("credit_code", "legal_person")
"""What is asked of an agency only where a form of a notice in force orders it."""


def _asked_of(held: Agency) -> list[str]:
    """What of that is asked of an agency: what an order collects, and what was collected already."""
    collected = notices.collected()
    return [name for name in _ON_ORDER if ("agencies", name) in collected or getattr(held, name)]


def _identifying(held: Agency, form: Callable[..., ActForm], reason: ActField) -> list[ActForm]:
    """Saying which body it is, where anybody asks."""
    fields = {
        "credit_code": ActField(
            "credit_code", _("社会信用代码"), held.credit_code, longest=40, required=False
        ),
        "legal_person": ActField(
            "legal_person", _("法定代表人"), held.legal_person, longest=64, chinese=True, required=False
        ),
    }
    asked = [fields[name] for name in _asked_of(held)]
    if not asked:
        return []
    title, button = _("登记信用代码和法定代表人"), _("登记")
    return [
        form(
            "identify",
            title,
            button,
            *asked,
            reason,
            help=_("启用的通知有表要填；照营业执照或登记证书填写。"),
        )
    ]


def _forms(held: Agency, users: list[User]) -> list[ActForm]:
    """What can be done about an agency as it is now."""
    reason = ActField("reason", _("事由"))
    since = ActField("since", _("从哪天起"), kind="date")
    lines = tuple((str(value), str(label)) for value, label in WorkLine.choices)

    def form(
        word: str, title: str, button: str, *fields: ActField, help: str = "", grave: bool = False
    ) -> ActForm:
        address = reverse("agency-act", args=[held.pk, word])
        return ActForm(word, address, title, help, button, fields, grave)

    name = ActField("name", _("名称"), held.name, longest=100, chinese=True)
    correct = form(
        "correct",
        _("更正（登记时写错了）"),
        _("更正"),
        name,
        ActField("region", _("区域（名称或代码）"), held.region.short_name, longest=100, chinese=True),
        ActField("line", _("条线"), held.line, "select", lines),
        reason,
        help=_hanging(held),
    )
    if held.closed_from is not None:
        help_ = _("按没有停用过处理。随它停用的账号不会自动恢复，请在账号里勾选恢复。")
        return [correct, form("reopen", _("恢复（误停用的）"), _("恢复机构"), reason, help=help_)]
    seen = ActField(
        "seen",
        _("这些账号同时停用，请逐个勾选确认"),
        kind="ticks",
        choices=tuple((str(user.pk), _described(user)) for user in users),
    )
    number, until = (
        ActField("number", _("协议编号"), longest=60),
        ActField("until", _("止（可不填）"), kind="date", required=False),
    )
    rename = form(
        "rename",
        _("改名（从某天起改称）"),
        _("改名"),
        ActField("name", _("改称"), longest=100, chinese=True),
        since,
    )
    closing_ = form(
        "close",
        _("停用"),
        _("停用机构"),
        since,
        reason,
        *([seen] if users else []),
        help=_("已经报送和录入的都保留；停用后不能再选这家机构。误停用的可以恢复。"),
        grave=True,
    )
    agree = form(
        "agree", _("登记协议"), _("登记协议"), number, ActField("since", _("起"), kind="date"), until
    )
    identify = _identifying(held, form, reason)
    return [rename, correct, *identify, agree, *_answering(held, form, since), closing_]


def _answering(held: Agency, form: Callable[..., ActForm], since: ActField) -> list[ActForm]:
    """Standing in for a line: for offices only."""
    if held.line not in OFFICES:
        return []
    lines = tuple((line.value, str(line.label)) for line in OFFICES if line != held.line)
    line = ActField("line", _("代管条线（本区域没有机构的）"), kind="select", choices=lines)
    return [form("answer", _("登记代管"), _("登记代管"), line, since, ActField("reason", _("依据")))]


def _hanging(held: Agency) -> str:
    found = corrections.hangs_on(held)
    if not found:
        return _("名称、区域、条线都可以更正。")
    return _("名下已有%s，只能更正名称。") % "、".join(found)


def _described(user: User) -> str:
    title = user.post.title if user.post is not None else ""
    return " · ".join(part for part in (user.username, user.holder, title) if part)
