"""A class with its roster, and a person's dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qiaojie.ledgers import queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.viewer import Action
from qiaojie.people.ledger import CERTIFICATES, PERSONS, STATUSES
from qiaojie.people.models import Person
from qiaojie.training.ledger import CLASSES, ENROLMENTS

from ..requests import DeskRequest
from . import asking
from .rows import Value, counted, listing

SOON = timedelta(days=183)
"""A certificate that ends within this time is pointed out: renewing one takes an office some months."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One named value about a thing; ``reveal`` is where the whole value may be asked for ('' where it may not)."""

    label: str
    shown: Shown
    name: str
    code: str
    language: str
    reveal: str


def facts(request: DeskRequest, ledger: Ledger, row: Row, fields: tuple[Field, ...]) -> tuple[Fact, ...]:
    """A row's values with their names."""
    may = request.viewer.may(Action.REVEAL)
    return tuple(_fact(ledger, row, field, may) for field in fields)


def _fact(ledger: Ledger, row: Row, field: Field, may_reveal: bool) -> Fact:
    shown = row.cells[field.name]
    address = reverse("reveal", args=[ledger.code, row.pk, field.name]) if shown.masked and may_reveal else ""
    value = Value(field, shown, str(shown.value or "") if field.name in ("state", "result") else "")
    return Fact(str(field.label), shown, field.name, value.code, value.language, address)


@require_safe
def training_class(request: DeskRequest, pk: int) -> HttpResponse:
    """A class: what is known of it, and who was in it."""
    viewer = request.viewer
    queries.one(CLASSES, viewer, pk)
    row = next(queries.shown(CLASSES, viewer, queries.rows(CLASSES, viewer).filter(pk=pk), CLASSES.fields))
    enrolled = queries.facts(ENROLMENTS).filter(training_class=pk)
    page = queries.page(
        ENROLMENTS, viewer, within=enrolled, after=asking.number_of(request.GET.get("after", ""))
    )
    said = tuple(field for field in CLASSES.fields if field.name not in ("title", "begins", "ends"))
    context = {
        "title": row.cells["title"],
        "state": Value(CLASSES.field("state"), row.cells["state"], str(row.cells["state"].value)),
        "facts": [fact for fact in facts(request, CLASSES, row, said) if fact.shown.text],
        "ledger": ENROLMENTS,
        "listing": listing(ENROLMENTS, page),
        "counted": counted(ENROLMENTS, viewer, enrolled),
        "may_approve": viewer.may(Action.APPROVE),
        "class_waits": row.pk if row.cells["state"].value in ("draft", "checked") else None,
        "crumbs": [(_("台账"), reverse("ledgers")), (CLASSES.label, reverse("ledger", args=["classes"]))],
    }
    return render(request, "web/desk/class.html", context)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate through its time. ``standing``: valid, soon (ends within half a year), over."""

    standing: str
    words: str
    facts: tuple[Fact, ...]


@require_safe
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """Everything known of a person on one page, certificates and their end first."""
    viewer = request.viewer
    found = queries.one(PERSONS, viewer, pk)
    assert isinstance(found, Person)
    if found.canonical_id is not None:
        return redirect("person", pk=found.canonical_id)
    row = next(queries.shown(PERSONS, viewer, queries.rows(PERSONS, viewer).filter(pk=pk), PERSONS.fields))
    said = tuple(field for field in PERSONS.fields if field.name not in ("name", "certificate"))
    household = Person.objects.filter(memberships__household__members__person=pk, canonical__isnull=True)
    relatives = queries.rows(PERSONS, viewer).filter(pk__in=household.exclude(pk=pk).values("pk"))
    enrolled = queries.rows(ENROLMENTS, viewer).filter(person=pk).order_by("-happened_on", "-pk")
    spells = queries.rows(STATUSES, viewer).filter(person=pk).order_by("-begins", "-pk")
    context = {
        "name": row.cells["name"],
        "facts": facts(request, PERSONS, row, said),
        "died_on": found.died_on,
        "certificates": _certificates(request, pk),
        "statuses": [_row(STATUSES, one) for one in queries.shown(STATUSES, viewer, spells, STATUSES.fields)],
        "relatives": list(queries.shown(PERSONS, viewer, relatives, PERSONS.fields[:3])),
        "enrolments": [
            _row(ENROLMENTS, one) for one in queries.shown(ENROLMENTS, viewer, enrolled, ENROLMENTS.fields)
        ],
        "crumbs": [(_("台账"), reverse("ledgers")), (PERSONS.label, reverse("ledger", args=["persons"]))],
    }
    viewer.note(Action.SEE, f"persons/{pk}", rows=1)
    return render(request, "web/desk/person.html", context)


def _row(ledger: Ledger, row: Row) -> dict[str, Value]:
    """A row's values by the last word of their fields, for a page that names them itself."""
    return {
        field.name.replace(".", "_"): Value(
            field, row.cells[field.name], str(row.cells[field.name].value or "")
        )
        for field in ledger.fields
    }


def _certificates(request: DeskRequest, pk: int) -> list[Certificate]:
    fields = tuple(field for field in CERTIFICATES.fields if field.name != "person.name")
    rows = queries.rows(CERTIFICATES, request.viewer).filter(person=pk).order_by("-issued_on", "-pk")
    today = date.today()
    found = []
    for row in queries.shown(CERTIFICATES, request.viewer, rows, fields):
        standing, words = _standing(row.cells["ended_on"].value, row.cells["expires_on"].value, today)
        said = tuple(fact for fact in facts(request, CERTIFICATES, row, fields) if fact.shown.text)
        found.append(Certificate(standing, words, said))
    return found


def _standing(ended: date | None, expires: date | None, today: date) -> tuple[str, str]:
    if ended is not None and ended <= today:
        return "over", _("已失效")
    if expires is None:
        return "valid", _("有效，有效期未登记")
    left = (expires - today).days
    if left < 0:
        return "over", _("已过期 %d 天") % -left
    if expires - today <= SOON:
        return "soon", _("还有 %d 天到期，请提醒换证") % left
    return "valid", _("有效")
