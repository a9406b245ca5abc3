"""One row entered by a form: boxes from a table's columns, errors at the box, a draft that waits for whoever was called away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import ResolverMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import entering
from qiaojie.intake.entering import About, Box, RowMessage, Trial
from qiaojie.intake.public import ISSUED_BY, NEW_PERSON, OVERWRITE, Question, Verdict, drafts
from qiaojie.intake.public import issuers as asked
from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.findings import Level, Unusable
from qiaojie.lib.values import Label
from qiaojie.notices import queries as notices
from qiaojie.notices import standard
from qiaojie.notices.forms import TableDef
from qiaojie.people.ledger import PERSONS
from qiaojie.regions.models import Region
from qiaojie.web.components import addressed
from qiaojie.web.requests import DeskRequest

from ..shared import params, table_choices
from ..shared.listing import PAGES
from . import issuers

PREFIX = "box."
_OVERRULED = "other_agency"


@dataclass(frozen=True, slots=True)
class Filled:
    """A box with what was typed into it and what was found."""

    box: Box
    number: int
    text: str
    errors: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    names: bool = False
    """Whether it takes somebody's name, and her number after it."""

    @property
    def control(self) -> str:
        """How it is filled in: a choice, a day (what is no day stays a text), a number, a text."""
        return entering.control(self.box, self.text)

    @property
    def choices(self) -> Sequence[tuple[str, Label]]:
        """What may be chosen."""
        return entering.offers(self.box)


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """Somebody who may be meant: the decision that says so, and who she is as lists show her."""

    decision: str
    words: str


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: DeskRequest, notice: str, table: str) -> HttpResponse:
    """The form of a table, what is wrong with what was typed, and taking it in."""
    viewer = request.viewer
    demand(viewer, Action.ENTER, f"enter/{notice}/{table}")
    found = table_of(notice, table, viewer)
    sent = request.POST if request.method == "POST" else request.GET
    about = about_of(request, sent, found)
    region = about.region or params.region_of(request, sent.get("region", ""), f"enter/{found.name}")
    if region is None:
        raise Unusable("region_missing", _("您的账号没有所属机构，请写明是哪个区域的表。"))
    subject = f"enter/{found.name}"
    held = drafts.held(subject, viewer)
    page = _Page(request, found, region, about, held)
    if request.method != "POST":
        return page.answer(page.begun())
    typed = page.typed()
    if request.POST.get("act") == "drop":
        drafts.drop(subject, viewer)
        return redirect(request.get_full_path())
    if request.POST.get("act") == "keep":
        drafts.keep(subject, typed, viewer)
        messages.success(request, _("草稿已保存，%d 天内再来接着填。") % drafts.DAYS)
        return redirect("uploads")
    decision = page.decision()
    try:
        trial = entering.attempt(found, typed, region, viewer, decision)
        unexplained = trial.warnings and not request.POST.get("reason", "").strip()
        if not trial.ready or unexplained or trial.asks_county:
            entering.note_trial(found, typed, viewer)
            return page.answer(typed, trial)
        kept = entering.enter(trial, viewer, decision, request.POST.get("reason", ""))
    except Unusable as fault:
        entering.note_trial(found, typed, viewer)
        return page.answer(typed, fault=fault)
    drafts.drop(subject, viewer)
    if request.POST.get("act") == "again":
        return redirect(f"{request.path}?{urlencode({**page.asked(), 'after': kept.pk})}")
    said = _("已交给区县办公室，核对后写入。") if viewer.outside else _("已登记。填错了可以在这里撤销。")
    messages.success(request, said)
    return redirect("plan", pk=kept.pk)


def given(posted: Mapping[str, str], prefix: str) -> dict[str, str]:
    """What was typed, by box."""
    return {name.removeprefix(prefix): posted[name] for name in posted if name.startswith(prefix)}


class _Page:
    """The page of one table's form."""

    def __init__(
        self,
        request: DeskRequest,
        table: TableDef,
        region: Region,
        about: About,
        held: drafts.Held | None,
    ) -> None:
        self.request, self.table, self.region, self.about, self.held = request, table, region, about, held
        self.boxes = [
            box
            for box in entering.boxes(table, entering.county_at(region.pk))
            if box.name not in about.closed
        ]
        self.named = entering.name_box(table)

    def typed(self) -> dict[str, str]:
        """What was typed into the boxes that the form has; what it is about says the registry."""
        posted = given(self.request.POST, PREFIX)
        return {**{box.name: posted.get(box.name, "") for box in self.boxes}, **self.about.closed}

    def begun(self) -> dict[str, str]:
        """What the boxes hold at first: the draft if it is taken up, else what stays of the row before, else of the one that
        it is entered after."""
        asked, viewer = self.request.GET, self.request.viewer
        taken: dict[str, str] = {}
        if self.held is not None and asked.get("draft"):
            taken = dict(self.held.typed)
        elif (after := params.number_of(asked.get("after", ""))) is not None:
            taken = entering.again(self.table, entering.entered_before(after, self.table, viewer))
        elif (pattern := params.number_of(asked.get("copy", ""))) is not None:
            taken = entering.like(self.table, pattern, viewer)
        return {**taken, **self.about.closed}

    def asked(self) -> dict[str, str]:
        """What the form is about, as its address says it."""
        own = self.request.viewer.region
        elsewhere = self.about.region is None and own is not None and own.pk != self.region.pk
        unit = {"region": self.region.key} if elsewhere else {}
        return {**{word: str(key) for word, key in self.about.keys.items()}, **unit}

    def decision(self) -> str:
        """Whom the row is about as far as that was said, and whether it overrules what another unit entered."""
        person = self.about.person
        words = [entering.chosen(person)] if person is not None else []
        answer = self.request.POST.get("who", "")
        if not words and (answer == NEW_PERSON or answer.startswith("person:")):
            words = [answer]
        if self.request.POST.get("overrule"):
            words.append(OVERWRITE)
        if asked.is_answer(self.request.POST.get("issuer", "")):
            words.append(self.request.POST["issuer"])
        return " ".join(words)

    def answer(
        self, typed: Mapping[str, str], trial: Trial | None = None, fault: Unusable | None = None
    ) -> HttpResponse:
        """The form with what was typed and what was found."""
        said = trial.said if trial is not None else ()
        filled = [self.filled(number, box, typed, said) for number, box in enumerate(self.boxes, start=1)]
        verdict = trial.plan.rows[0].verdict if trial is not None else None
        question = trial.question if trial is not None else None
        errors = [(one, error) for one in filled for error in one.errors]
        loose = [one for one in said if not one.box and one.level is Level.ERROR]
        context = {
            "table": self.table,
            "title": self.table.called,
            "region": self.region,
            "regions": table_choices.regions_of(self.request),
            "filled": filled,
            "about": [
                (word, key, self.about.titles[word], address_of(self.table, word, key))
                for word, key in self.about.keys.items()
            ],
            "after": params.number_of(self.request.GET.get("after", "")),
            "entered": self._entered(),
            "there": urlencode(self.asked()),
            "errors": errors,
            "loose": [*(one.message for one in loose), *([fault.message] if fault else [])],
            "wrong": bool(errors or loose or fault),
            "warnings": trial.warnings if trial is not None else (),
            "explained": self.request.POST.get("reason", ""),
            "may_pass": trial is not None and trial.ready,
            "same": verdict is Verdict.SAME,
            "who": _choices(question, self.request.viewer) if question else (),
            "answered": "" if question else self.request.POST.get("who", ""),
            "issuers": _issuers(self.region) if trial is not None and trial.plan.counties else None,
            "issuer": self.request.POST.get("issuer", ""),
            "overrule": any(one.code == _OVERRULED for one in said) or self.request.POST.get("overrule"),
            "overruled": self.request.POST.get("overrule"),
            "held": self.held
            if trial is None and fault is None and not self.request.GET.get("draft")
            else None,
            "crumbs": [(_("导入"), reverse("uploads"))],
        }
        status = 422 if trial is not None or fault is not None else 200
        return render(self.request, "web/desk/intake/row_entry.html", context, status=status)

    def _entered(self) -> str:
        """Whom the row that was entered just now is about; '' where none was."""
        after = params.number_of(self.request.GET.get("after", ""))
        if after is None or self.request.method == "POST":
            return ""
        said = entering.entered_before(after, self.table, self.request.viewer)
        named = (entering.name_box(self.table), self.table.shape.own.ledger.title)
        return next((said[name] for name in named if said.get(name)), "")

    def filled(self, number: int, box: Box, typed: Mapping[str, str], said: Sequence[RowMessage]) -> Filled:
        """One box."""
        of_it = [one for one in said if one.box == box.name]
        return Filled(
            box,
            number,
            typed.get(box.name, ""),
            tuple(one.message for one in of_it if one.level is Level.ERROR),
            tuple(one.message for one in of_it if one.level is not Level.ERROR),
            box.name == self.named,
        )


def keep_unsent(request: HttpRequest, match: ResolverMatch, viewer: Viewer) -> bool:
    """Keep as a draft what somebody sent whose session had ended meanwhile; False for a form that keeps no drafts."""
    words = match.kwargs
    if match.url_name == "enter":
        drafts.keep(f"enter/{words['notice']}/{words['table']}", given(request.POST, PREFIX), viewer)
    elif match.url_name == "edit":
        drafts.keep(f"edit/{words['code']}/{words['pk']}", given(request.POST, "field."), viewer)
    return match.url_name in ("enter", "edit")


def table_of(notice: str, table: str, viewer: UserViewer) -> TableDef:
    """The table that an address names, if rows of it can be typed by the viewer; 404 for any other."""
    held = addressed.tables_of(notice)
    if table not in {declared.code for declared in held.tables}:
        if notice == standard.CODE:
            standard.demand_open(table)
        raise Http404(table)
    found = notices.table(f"{notice}/{table}")
    if not entering.enterable(found) or not table_choices.opens(viewer, found):
        raise Http404(table)
    return found


def about_of(request: DeskRequest, sent: Mapping[str, str], table: TableDef) -> About:
    """The person, the class, the base that a form is about, as its address says; whoever may not see one is refused. 404 where
    rows of the table are about nothing of that kind."""
    keys = {
        word: key
        for word in (*entering.words(table), "person")
        if (key := params.number_of(sent.get(word, ""))) is not None
    }
    if keys.keys() - set(entering.words(table)):
        raise Http404(table.name)
    return entering.about(table, keys, request.viewer)


def address_of(table: TableDef, word: str, key: int) -> str:
    """The page about a row that a form is about."""
    code = declaration.get(table.ledger).parts[word].ledger
    return reverse(PAGES[code], args=[key]) if code in PAGES else reverse("row", args=[code, key])


def _issuers(region: Region) -> list[tuple[str, str]]:
    """Who may have issued her certificate: the decision that says so, and its words; the county that files first."""
    own = issuers.own_county(region)
    rest = [one for one in issuers.choices(region) if own is None or one.pk != own.pk]
    return [(f"{ISSUED_BY}{one.pk}", one.short_name) for one in ([own] if own else []) + rest]


def _choices(question: Question, viewer: Viewer) -> list[PersonChoice]:
    """Who may be meant, as lists show her, and nobody of them."""
    sides = {side.person: side for side in question.sides if side.person is not None}
    fields = tuple(PERSONS.field(name) for name in ("name", "birth_date", "phone", "home"))
    rows = queries.shown(PERSONS, viewer, queries.rows(PERSONS, viewer).filter(pk__in=sides), fields)
    found = [
        PersonChoice(
            entering.chosen(row.pk),
            " · ".join([*(row.cells[f.name].text for f in fields if row.cells[f.name].text)])
            + "（"
            + "、".join(str(reason) for reason in sides[row.pk].reasons)
            + "）",
        )
        for row in rows
    ]
    return [*found, PersonChoice(NEW_PERSON, _("都不是，新登记一个人"))]
