"""A class with its roster, and a person's dossier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts import names
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing
from qiaojie.ledgers import joining, proposals, queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.viewer import Action
from qiaojie.livelihoods.ledger import INCOMES
from qiaojie.people import doubts
from qiaojie.people.ledger import CERTIFICATES, PERSONS, STATUSES
from qiaojie.reports import classes, same_things
from qiaojie.reports import dossier as dossiers
from qiaojie.reports.classes import Light, Outcome
from qiaojie.reports.dossier import Dossier, Month
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.training import register
from qiaojie.training.ledger import CLASSES, ENROLMENTS
from qiaojie.web.components.history import said_since
from qiaojie.web.components.proposed import ChangesOfBatch, drawn
from qiaojie.web.desk.ledgers import same_person
from qiaojie.web.desk.shared import table_choices
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import Value, counted, listing
from . import attendance, class_papers
from .papers import papers


@dataclass(frozen=True, slots=True)
class Fact:
    """One named value about a thing; ``reveal`` is where the whole value may be asked for ('' where it may not)."""

    label: str
    shown: Shown
    name: str
    code: str
    language: str
    reveal: str
    note: str = ""
    """What else is to be known of the value: how long after the event it was said."""


def facts(request: DeskRequest, ledger: Ledger, row: Row, fields: tuple[Field, ...]) -> tuple[Fact, ...]:
    """A row's values with their names."""
    may = request.viewer.may(Action.REVEAL)
    row = names.told(fields, [row])[0]
    return tuple(_fact(ledger, row, field, may) for field in fields)


def _fact(ledger: Ledger, row: Row, field: Field, may_reveal: bool) -> Fact:
    shown = row.cells[field.name]
    address = reverse("reveal", args=[ledger.code, row.pk, field.name]) if shown.masked and may_reveal else ""
    value = Value(field, shown, str(shown.value or "") if field.name in ("state", "result") else "")
    return Fact(str(field.label), shown, field.name, value.code, value.language, address)


def copy_at(viewer: UserViewer, ledger: Ledger, pk: int) -> str:
    """Where a new row is entered after the pattern of this one; '' where the viewer enters none."""
    table = table_choices.own_of(viewer, ledger)
    return "" if table is None else f"{reverse('enter', args=table.place)}?copy={pk}"


def _trainees_by(viewer: UserViewer) -> list[table_choices.Offered]:
    """The table by which trainees of a class are added: the ledger's own, which asks for no more than needed."""
    own = table_choices.own_of(viewer, ENROLMENTS)
    return [] if own is None else [own]


@require_safe
def training_class(request: DeskRequest, pk: int) -> HttpResponse:
    """A class: what is known of it, and who was in it."""
    viewer = request.viewer
    sheet = classes.sheet(pk, viewer)
    row = sheet.row
    every = queries.rows(ENROLMENTS, viewer) if viewer.outside else queries.facts(ENROLMENTS)
    enrolled = every.filter(training_class__in=joining.together(CLASSES, pk))
    page = queries.page(
        ENROLMENTS, viewer, within=enrolled, after=params.number_of(request.GET.get("after", ""))
    )
    told = {
        "title",
        "begins",
        "ends",
        "planned_headcount",
        "planned_jobs",
        *(one.name for one in sheet.lights),
    }
    said = tuple(field for field in queries.fields_of(CLASSES, viewer) if field.name not in told)
    taught = register.register(pk, viewer)
    since = said_since(CLASSES, pk, row.cells["ends"].value)
    context = {
        "title": row.cells["title"],
        "begins": row.cells["begins"],
        "ends": row.cells["ends"],
        "pk": pk,
        "lights": [_sign(one, pk, viewer.may(Action.ENTER), since.get(one.name, "")) for one in sheet.lights],
        "seen": _seen(sheet.lights, pk, viewer),
        "register": attendance.shown(taught),
        "papers": papers(request, CLASSES, pk, list(sheet.documents)),
        "class_papers": class_papers.form(taught.held, viewer),
        "outcome": sheet.outcome,
        "steps": _steps(sheet.outcome),
        "cost_each": CLASSES.field("cost").value_kind.print(
            sheet.outcome.cost_each, CLASSES.field("cost").unit
        )
        if sheet.outcome.cost_each is not None
        else "",
        "may_enter": viewer.may(Action.ENTER),
        "enterable": _trainees_by(viewer),
        "copy_at": copy_at(viewer, CLASSES, pk),
        "facts": [fact for fact in facts(request, CLASSES, row, said) if fact.shown.text],
        "ledger": ENROLMENTS,
        "listing": listing(ENROLMENTS, page),
        "counted": counted(ENROLMENTS, viewer, enrolled),
        "may_approve": viewer.may(Action.APPROVE),
        "groups": drawn(CLASSES, proposals.listed(CLASSES, viewer, pk=pk), viewer),
        "same": same_things.of_row(CLASSES, pk, viewer),
        "class_waits": row.pk if row.cells["state"].value in PENDING else None,
        "crumbs": [(_("台账"), reverse("ledgers")), (CLASSES.label, reverse("ledger", args=["classes"]))],
    }
    return render(request, "web/desk/ledgers/class.html", context)


@dataclass(frozen=True, slots=True)
class Sign:
    """A light as the page shows it: the class of its sign, words, and whether kept documents and what is said disagree.

    ``add`` is where a document that is missing is handed in ('' where nobody can, or none is).
    """

    name: str
    label: str
    look: str
    words: str
    unsaid: bool
    add: str


def _sign(light: Light, pk: int, may_enter: bool, since: str) -> Sign:
    """Lit is what is said to be there and kept; what is said without a document, or kept without being said, is half lit.
    ``since`` says how long after the class it was said to be there ('' where it was said at once)."""
    unsaid = bool(light.papers) and light.there is not True
    if light.papers:
        words = ngettext("存 %d 件", "存 %d 件", light.papers) % light.papers
        if unsaid:
            words += _("，登记为缺") if light.there is False else _("，还没有认定")
        look = "half" if unsaid else "done"
    elif light.there is None:
        look, words = "none", _("没人看过")
    elif not light.there:
        look, words = "low", _("缺")
    else:
        look, words = ("half", _("登记为有，没有存件")) if light.kind else ("done", _("有"))
    if light.there and since:
        words += _("，%s") % since
    add = reverse("add-documents", args=[CLASSES.code, pk]) if may_enter and light.kind else ""
    return Sign(
        light.name,
        light.words,
        look,
        words,
        unsaid and may_enter,
        f"{add}?kind={light.kind}" if add and not light.papers else "",
    )


def _seen(lights: Iterable[Light], pk: int, viewer: UserViewer) -> str:
    """What a change of the class must bring along; '' where no light asks for one."""
    if not viewer.may(Action.ENTER) or not any(one.papers and one.there is not True for one in lights):
        return ""
    return editing.form(CLASSES, pk, viewer).seen


@dataclass(frozen=True, slots=True)
class Stride:
    """One step of a class, from plan to work: its number (None is "not known") and a bar of 100."""

    label: str
    number: int | None
    width: int
    words: str


def _steps(outcome: Outcome) -> list[Stride]:
    """Planned → attended → passed → employed, measured against the longest of them."""
    numbers = [
        (_("计划"), outcome.planned, ""),
        (
            _("参加"),
            outcome.came,
            _("按签到，名册 %d 人") % outcome.enrolled if outcome.attended is not None else "",
        ),
        (_("结业"), outcome.passed, _("其中已审核 %d") % outcome.counted),
        (
            _("就业"),
            outcome.employed,
            _("计划就业 %d") % outcome.planned_jobs if outcome.planned_jobs is not None else "",
        ),
    ]
    most = max((number or 0 for _label, number, _words in numbers), default=0)
    return [
        Stride(label, number, (number or 0) * 100 // most if most else 0, words)
        for label, number, words in numbers
    ]


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """One certificate through its time. ``standing``: valid, soon (ends within half a year), over."""

    pk: int
    standing: str
    words: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A month's income as a bar of a picture 100 high, and in words."""

    month: str
    amount: str
    x: int
    height: int

    @property
    def top(self) -> int:
        """Where it ends at the top."""
        return 100 - self.height


@dataclass(frozen=True, slots=True)
class Bars:
    """A picture of months, ``width`` wide."""

    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        """Twelve for each month."""
        return 12 * len(self.bars)


@require_safe
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """Everything known of a person on one page: her certificate, who answers for her and what to do next stand first."""
    viewer = request.viewer
    record = dossiers.record_of(pk, viewer)
    if (kept := dossiers.kept_under(record)) is not None:
        return redirect("person", pk=kept)
    held = dossiers.dossier(pk, viewer, record=record)
    crumbs = [(_("台账"), reverse("ledgers")), (PERSONS.label, reverse("ledger", args=["persons"]))]
    if viewer.outside:
        entered = {"held": held, "name": held.person.cells["name"], "pk": pk, "crumbs": crumbs}
        entered |= {"bars": _bars(held.months), "enterable": table_choices.enterable_of_persons(viewer)}
        entered |= {"formats": dossiers.FORMATS if viewer.may(Action.EXPORT) else ()}
        return render(request, "web/desk/ledgers/person_outside.html", entered)
    said = tuple(field for field in PERSONS.fields if field.name not in ("name", "certificate"))
    context = {
        "pk": pk,
        "name": held.person.cells["name"],
        "held": held,
        "facts": [
            fact
            for fact in facts(request, PERSONS, held.person, said)
            if fact.name != "numberless" or fact.shown.value
        ],
        "certificates": _certificates(request, held),
        "papers": papers(request, PERSONS, pk, list(held.documents)),
        "telling": dossiers.telling(held.certificates, date.today()),
        "bars": _bars(held.months),
        "formats": dossiers.FORMATS if viewer.may(Action.EXPORT) else (),
        "may_enter": viewer.may(Action.ENTER),
        "enterable": table_choices.enterable_of_persons(viewer),
        "may_approve": viewer.may(Action.APPROVE),
        "groups": _waiting(pk, held, viewer),
        **same_person.of_person(pk, held.own[1:], viewer),
        "doubted": len(doubts.others_of(pk)),
        "crumbs": crumbs,
    }
    return render(request, "web/desk/ledgers/person.html", context)


@require_POST
def person_paper(request: DeskRequest, pk: int, format: str) -> HttpResponse:
    """The dossier as a file to print."""
    queries.one(PERSONS, request.viewer, pk)
    content = dossiers.paper(pk, request.viewer, format, params.purpose_of(request))
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(_('档案'))}-{pk}.{format}"
    return response


def _waiting(pk: int, held: Dossier, viewer: UserViewer) -> list[ChangesOfBatch]:
    """Changes of what is registered of her that wait for an approver."""
    registers = (
        (PERSONS, [pk]),
        (CERTIFICATES, [row.pk for row in held.certificates]),
        (STATUSES, [row.pk for row in held.statuses]),
    )
    return [
        group
        for ledger, lines in proposals.beside(registers, viewer)
        for group in drawn(ledger, lines, viewer)
    ]


def _certificates(request: DeskRequest, held: Dossier) -> list[ShownCertificate]:
    fields = tuple(field for field in CERTIFICATES.fields if not field.name.startswith("person."))
    today = date.today()
    return [
        ShownCertificate(
            row.pk,
            *dossiers.certificate_validity(row, today),
            tuple(fact for fact in facts(request, CERTIFICATES, row, fields) if fact.shown.text),
        )
        for row in held.certificates
    ]


def _bars(months: tuple[Month, ...]) -> Bars:
    amount = INCOMES.field("amount")
    highest = max((month.amount for month in months), default=0)
    return Bars(
        tuple(
            Bar(
                month.begins.strftime("%Y-%m"),
                amount.value_kind.print(month.amount, amount.unit),
                place * 12,
                round(month.amount * 100 / highest) if highest else 0,
            )
            for place, month in enumerate(months)
        )
    )
