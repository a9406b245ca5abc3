"""Template tags of the desk: the frame's navigation, and small parts that many pages use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from qiaojie.accounts import contact, names
from qiaojie.ledgers.viewer import Action
from qiaojie.lib.money import print_money
from qiaojie.lib.percentages import printed
from qiaojie.lib.practice import notice
from qiaojie.notices.naming import notice_called
from qiaojie.notices.schema import Notice

from . import display, forms, handbook
from . import purposes as offered
from .arrangement import Heading

register = template.Library()

_HAN = re.compile("[\u3400-\u9fff]")
_HAN_WORDS = re.compile("([\u3400-\u9fff]+)")

_UNITS = {
    "人": gettext_lazy("人"),
    "名": gettext_lazy("名"),
    "人次": gettext_lazy("人次"),
    "户": gettext_lazy("户"),
    "次": gettext_lazy("次"),
    "场次": gettext_lazy("场次"),
    "个": gettext_lazy("个"),
    "家": gettext_lazy("家"),
    "元": gettext_lazy("元"),
    "万元": gettext_lazy("万元"),
}
"""Units as notices write them, with the page's words."""

PLACES = (
    # (url name of the page, addresses that belong to it begin with, what one must be allowed to do there)
    ("home", "home", None),
    ("boards", "/board/", Action.COUNT),
    ("ledgers", "/ledgers/", Action.SEE),
    ("uploads", "/intake/", Action.ENTER),
    ("forms", "/forms/", Action.COUNT),
    ("notices", "/notices/", Action.SEE),
    ("accounts", "/accounts/", Action.ADMINISTER),
    ("agencies", "/agencies/", Action.ADMINISTER),
    ("grants", "/grants/", Action.GRANT),
    ("log", "/log/", Action.AUDIT),
)


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One entry of the main navigation."""

    label: str
    address: str
    current: bool


def labels() -> dict[str, str]:
    """What the pages of the main navigation are called, by their url names."""
    return {
        "home": _("今日"),
        "boards": _("任务进度"),
        "ledgers": _("台账"),
        "uploads": _("导入"),
        "forms": _("报表"),
        "notices": _("通知"),
        "accounts": _("账号"),
        "agencies": _("机构"),
        "grants": _("授权"),
        "log": _("访问日志"),
    }


@register.simple_tag(takes_context=True)
def places(context: Context) -> list[NavigationEntry]:
    """The main navigation as far as the viewer may go; empty for strangers."""
    request = context.get("request")
    # A request for another host is refused before anybody is asked who sent it.
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return []
    names = labels()
    found: list[NavigationEntry] = []
    for name, begins, action in PLACES:
        if action is None or request.viewer.may(action):
            address = reverse(name)
            here = request.path == address or (begins != "home" and request.path.startswith(begins))
            found.append(NavigationEntry(names[name], address, here))
    return found


@register.simple_tag(takes_context=True)
def how(context: Context) -> tuple[handbook.HandbookTask, ...]:
    """Tasks of the handbook that this page is used for and that whoever looks does."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is None or match.url_name is None:
        return ()
    return handbook.for_page(match.url_name, getattr(getattr(request, "user", None), "role", None))


@register.simple_tag
def practice() -> dict[str, Any]:
    """Practising: what this place says of itself if it is made up, where the real one is, and where one may practise.

    Of the addresses one is given at most; '' where none is set. ``accounts`` are those to practise with, name and words.
    """
    said = notice()
    lead, *accounts = settings.QIAOJIE_PRACTICE_ACCOUNTS or [""]
    return {
        "said": said,
        "real": settings.QIAOJIE_REAL_URL if said else "",
        "address": "" if said else settings.QIAOJIE_PRACTICE_URL,
        "lead": lead,
        "accounts": [line.split(maxsplit=1) for line in accounts],
    }


@register.simple_tag(takes_context=True)
def may(context: Context, action: str) -> bool:
    """Whether whoever looks at the page may do something at all, by the word of the action."""
    request = context.get("request")
    return request is not None and request.user.is_authenticated and request.viewer.may(Action(action))


@register.simple_tag(takes_context=True)
def display_attributes(context: Context) -> SafeString:
    """Attributes of the page for the chosen look; nothing where the system decides."""
    request = context.get("request")
    looks = display.chosen(request) if request is not None else {}
    return format_html_join("", ' data-{}="{}"', ((name, word) for name, word in looks.items() if word))


@register.simple_tag(takes_context=True)
def style_sheets(context: Context) -> SafeString:
    """Links to the style sheets, those of colours as far as the chosen look asks for them."""
    request = context.get("request")
    found = display.sheets(display.chosen(request) if request is not None else {})
    return format_html_join(
        "\n",
        '<link rel="stylesheet" href="{}"{}>',
        (
            (static(f"web/style/{name}.css"), format_html(' media="{}"', media) if media != "all" else "")
            for name, media in found
        ),
    )


@register.simple_tag(takes_context=True)
def displays(context: Context) -> list[tuple[str, str, display.Choices, str]]:
    """What can be chosen of the look: name, words, choices, and what is chosen now."""
    words = {"theme": _("颜色"), "contrast": _("对比度"), "size": _("字号")}
    request = context.get("request")
    now = display.chosen(request) if request is not None else {}
    return [(name, words[name], choices(), now.get(name, "")) for name, choices in display.CHOICES.items()]


WARN_BEFORE = 2
"""Minutes before an unused session ends at which the page asks."""


@register.simple_tag
def idle() -> dict[str, int]:
    """When an unused session ends: minutes, and in seconds when the page warns of it."""
    minutes = settings.QIAOJIE_IDLE_MINUTES
    left = min(WARN_BEFORE, minutes)
    return {"minutes": minutes, "left": left, "warn": (minutes - left) * 60, "end": minutes * 60}


@register.simple_tag(takes_context=True)
def purposes(context: Context) -> offered.Purposes:
    """What whoever looks at the page may choose as a purpose; asked once a page, however many forms it has."""
    request = context["request"]
    held: offered.Purposes | None = getattr(request, "purposes", None)
    if held is None:
        held = request.purposes = offered.choices(request.viewer)
    return held


@register.simple_tag(takes_context=True)
def person(context: Context, username: str, at: date | datetime | None = None) -> SafeString:
    """The name of whoever held an account then (now, where no day is given), marked as Chinese where the page is not. One
    query a page."""
    request = context["request"]
    held: names.Names | None = getattr(request, "names", None)
    if held is None:
        held = request.names = names.names()
    return voiced(held.of(username or "", at or None))


@register.simple_tag
def whom_to_ask() -> contact.Whom:
    """Whom somebody asks who cannot get in, or on a new installation how the first account is made."""
    return contact.whom()


@register.simple_tag(takes_context=True)
def csrf_token(context: Context) -> SafeString | str:
    """Django's own tag, and with the token what every form sends along (``forms``): no form has to think of it."""
    token, request = context.get("csrf_token"), context.get("request")
    if not token or token == "NOTPROVIDED" or request is None:  # noqa: S105 - Django's word for none
        return ""
    return forms.hidden_fields(request, str(token))


@register.simple_tag(takes_context=True)
def page_before(context: Context) -> str:
    """The page of ours from which somebody came here; '' where none is known, or it is this one."""
    request = context.get("request")
    if request is None:
        return ""
    return next((one for one in forms.pages_before(request) if one != request.get_full_path()), "")


@dataclass(frozen=True, slots=True)
class SaidOfStep:
    """What is said of the last step, and whether at the foot of the window: the page is shown further down."""

    messages: list[Any]
    at_foot: bool


@register.simple_tag(takes_context=True)
def said_of_step(context: Context) -> SaidOfStep | None:
    """The messages of the page; None where there are none."""
    held = list(context.get("messages") or ())
    if not held:
        return None
    return SaidOfStep(held, all(forms.AT_FOOT in (one.extra_tags or "").split() for one in held))


@register.simple_tag
def page_language() -> str:
    """The language of the page as HTML writes it."""
    language = get_language() or "zh-hans"
    return "zh-Hans" if language == "zh-hans" else language


@register.filter
def language_of(text: object) -> str:
    """``zh-Hans`` for Chinese data on a page in another language, so that a screen reader changes its voice; else ''."""
    return "zh-Hans" if page_language() != "zh-Hans" and _HAN.search(str(text)) else ""


@register.filter
def voiced(text: object) -> SafeString:
    """A sentence of the interface with the Chinese data in it marked as such."""
    if page_language() == "zh-Hans":
        return conditional_escape(str(text))
    parts = _HAN_WORDS.split(str(text))
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<span lang="zh-Hans">{}</span>', part) if place % 2 else part,)
            for place, part in enumerate(parts)
        ),
    )


class _Called(Protocol):
    """An indicator, for its names."""

    label: str
    short: str
    english: str


@register.filter
def named(indicator: _Called | None) -> SafeString:
    """What an indicator is called in the language of the page; its Chinese name, marked as such, where it has no other."""
    return SafeString("") if indicator is None else _called(indicator, indicator.label)


@register.filter
def shortly(indicator: _Called) -> SafeString:
    """The same where there is little room."""
    return _called(indicator, indicator.short or indicator.label)


@register.filter
def plainly(indicator: _Called) -> str:
    """The same in full where no marks can stand: in a title, in an attribute."""
    return indicator.label if page_language() == "zh-Hans" else indicator.english or indicator.label


def _called(indicator: _Called, chinese: str) -> SafeString:
    if page_language() == "zh-Hans":
        return conditional_escape(chinese)
    if indicator.english:
        return conditional_escape(indicator.english)
    return format_html('<span lang="zh-Hans">{}</span>', chinese)


@register.filter
def briefly(notice: Notice) -> SafeString:
    """A notice where there is little room: what offices call it, or its English name on an English page; the whole title is told
    to whoever points at it."""
    if page_language() != "zh-Hans" and notice.english:
        # The title is Chinese on every page, and what stands within is not.
        said = '<span lang="zh-Hans" title="{}"><span lang="{}">{}</span></span>'
        return format_html(said, notice.title, page_language(), notice.english)
    return format_html('<span lang="zh-Hans" title="{}">{}</span>', notice.title, notice_called(notice))


@register.filter
def in_units(unit: str) -> str:
    """A unit as the page's language says it; one that has no other word as it is."""
    return str(_UNITS.get(unit, unit))


@register.filter
def grouped(number: int | None) -> str:
    """``20,441``; '' for nothing."""
    return "" if number is None else f"{number:,}"


@register.filter
def percent(share: Decimal | None) -> str:
    """A percentage as every page and form prints it: 66.7%, — for none."""
    return printed(share)


@register.filter
def yuan(fen: int | str | None) -> str:
    """An amount in 分 as ``39,200`` or ``39,200.5``, in 元; '' for nothing."""
    if not isinstance(fen, int):
        return ""
    whole, point, rest = print_money(fen).partition(".")
    return f"{int(whole):,}{point}{rest}"


@register.filter
def of(found: Mapping[str, Any], key: str) -> Any:
    """What a mapping holds under a key; None where it holds nothing."""
    return found.get(key)


@register.filter
def title_label(ledger: Any) -> Any:
    """What the column is called that names the rows of a ledger."""
    return ledger.field(ledger.title).label if ledger.title else ledger.fields[0].label


@register.filter
def cell(row: Any, name: str) -> Any:
    """A row's cell by the name of its field."""
    return row.cells[name]


@register.simple_tag(takes_context=True)
def address_with(context: Context, **changes: object) -> str:
    """The page's own address with some parameters changed; None or '' takes one out. A page that answers a refused step names
    its own path (``page_path``): it stands under the step's."""
    request = context["request"]
    path = str(context.get("page_path") or "")
    given = [(name, text) for name, texts in request.GET.lists() if name not in changes for text in texts]
    encoded = urlencode([*given, *((name, str(v)) for name, v in changes.items() if v not in (None, ""))])
    return f"{path}?{encoded}" if encoded else path or str(request.path)


@register.simple_tag(takes_context=True)
def column_head(context: Context, heading: Heading) -> SafeString:
    """The head of a column; pressing it sorts by it."""
    field = heading.field
    label: str = escape(str(field.label))
    number = ' class="number"' if field.kind in ("money", "integer") else ""
    order = f' aria-sort="{heading.sorted}"' if heading.sorted in ("ascending", "descending") else ""
    if heading.sorted:
        address = address_with(context, sort=None if heading.sort == "-" else heading.sort, after=None)
        label = f'<a class="sort {heading.sorted}" href="{escape(address)}">{label}</a>'
    unit = f'<small class="soft" lang="zh-Hans">（{escape(field.unit)}）</small>' if field.unit else ""
    return SafeString(f'<th scope="col"{number}{order}>{label}{unit}</th>')


@register.simple_tag
def bar(approved: int, pending: int) -> SafeString:
    """Two parts of a hundred as a bar; says nothing to a screen reader, for the words stand beside it."""
    return mark_safe(  # noqa: S308 - two numbers
        '<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect width="{int(approved)}" height="4"/>'
        f'<rect class="pending" x="{int(approved)}" width="{int(pending)}" height="4"/></svg>'
    )
