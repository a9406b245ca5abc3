"""A person's dossier, and what is known of a thing by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qiaojie.accounts import names
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import proposals, queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.viewer import Action
from qiaojie.livelihoods.ledger import INCOMES
from qiaojie.people import doubts
from qiaojie.people.ledger import CERTIFICATES, PERSONS, STATUSES
from qiaojie.reports import dossier as dossiers
from qiaojie.reports.dossier import Dossier, Month
from qiaojie.tables.writing import CONTENT_TYPES
from qiaojie.web.components.proposed import ChangesOfBatch, drawn
from qiaojie.web.desk.ledgers import same_person
from qiaojie.web.desk.shared import table_choices
from qiaojie.web.requests import DeskRequest

from ..shared import params
from ..shared.listing import Value
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
