"""A list of women who move as the two counties see it: on screen, and as a paper to sign and send along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.accounts.exports import watermark
from qiaojie.ledgers import queries, sight
from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.queries import Shown
from qiaojie.ledgers.viewer import Action, Personal, Sight, Viewer, demand, refuse
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.tables.form import Caption, Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

from . import relocations
from .ledger import CERTIFICATES, PERSONS
from .models import Certificate, Relocation, RelocationList

FORMATS = ("docx", "xlsx", "pdf")

_OF_PERSON = ("name", "sex", "birth_date", "id_number", "phone")
_OF_CERTIFICATE = ("number", "category", "grade", "expires_on")


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """One woman on a list: her values by ``fields()``, and how far it has come."""

    relocation: Relocation
    person: int
    values: tuple[Shown, ...]

    @property
    def waits(self) -> bool:
        """Whether nobody has answered."""
        return self.relocation.state == relocations.OFFERED


def fields() -> tuple[Field, ...]:
    """What a list says of each: who she is, and which certificate moves with her."""
    return (
        *(PERSONS.field(name) for name in _OF_PERSON),
        *(CERTIFICATES.field(name) for name in _OF_CERTIFICATE),
    )


def persons(held: RelocationList, viewer: Viewer) -> list[ListedPerson]:
    """The women of a list as its reader may see what was handed to him; three queries. The caller has asked who may see it.

    Of whom the list's receiver did not take, or may not take any more, he is shown the name alone.
    """
    own = viewer.covers(held.origin_id)
    rows = list(held.relocations.select_related("person", "place").order_by("pk"))
    certificates = _moving(held, [row.person_id for row in rows])
    made = []
    for row in rows:
        paper = certificates.get(row.person_id)
        values = [getattr(row.person, PERSONS.field(name).column) for name in _OF_PERSON]
        values += [getattr(paper, name) if paper is not None else None for name in _OF_CERTIFICATE]
        shown = tuple(
            queries.show(field, value, _sight(field, viewer, told=own or row.state in _TOLD))
            for field, value in zip(fields(), values, strict=True)
        )
        made.append(ListedPerson(row, row.person_id, shown))
    return made


_TOLD = (relocations.OFFERED, relocations.ACCEPTED)
"""Where the receiver has to know who it is that he takes, or has taken."""


def _sight(field: Field, viewer: Viewer, *, told: bool) -> Sight:
    if not told and field.personal is not Personal.NAME:
        return Sight.HIDDEN
    return sight.handed_in(field, viewer)


def _moving(held: RelocationList, keys: Sequence[int]) -> dict[int, Certificate]:
    """Each one's latest certificate of the old county."""
    found = Certificate.objects.filter(person__in=keys, county=held.origin_id).order_by("issued_on", "pk")
    return {each.person_id: each for each in found}


def number(held: RelocationList) -> str:
    """What stands on the paper to name the list."""
    return f"{timezone.localtime(held.offered_at):%Y}-{held.pk}"


def paper(pk: int, viewer: Viewer, format: str, purpose: str) -> bytes:
    """A list as a file to print; logged. Raises Refused, Unusable ``purpose_missing``, ``format_unknown``."""
    subject = f"relocations/{pk}.{format}"
    demand(viewer, Action.EXPORT, subject)
    held = relocations.one(pk, viewer)
    if held is None:
        refuse(viewer, Action.EXPORT, subject)
    if format not in FORMATS:
        raise Unusable("format_unknown", _("不能导出为“%s”。") % format[:20])
    if not purpose.strip():
        raise Unusable("purpose_missing", _("名单含有个人信息，请写明导出的用途。"))
    listed = persons(held, viewer)
    rows = [
        {
            **{field.name: shown.text for field, shown in zip(fields(), one.values, strict=True)},
            "state": one.relocation.get_state_display(),
        }
        for one in listed
    ]
    content = write(Filled(_form(held), _captions(held), rows, mark=watermark(viewer)), format)
    viewer.note(Action.EXPORT, subject, rows=len(rows), purpose=purpose)
    return content


def _form(held: RelocationList) -> Form:
    columns = (
        Column(_("序号"), kind="ordinal"),
        *(Column(str(field.label), field.name) for field in fields()),
        Column(_("状态"), "state"),
    )
    captions = (
        Caption(_("编号："), "list"),
        Caption(_("迁出区县："), "origin", line=2),
        Caption(_("迁入区县："), "destination", line=2),
        Caption(_("迁出日期："), "moved_on", line=2),
        Caption(_("依据："), "reason", line=3),
    )
    signatures = (Caption(_("迁出区县（盖章）：")), Caption(_("迁入区县（盖章）：")))
    note = _("注：迁出日期是属于迁出区县的最后一天，当天及以前的计入迁出区县，次日起的计入迁入区县。")
    return Form("relocation", _("迁出名单"), columns, captions, (note,), signatures=signatures)


def _captions(held: RelocationList) -> dict[str, str]:
    return {
        "list": number(held),
        "origin": held.origin.short_name,
        "destination": held.destination.short_name,
        "moved_on": print_date(held.moved_on),
        "reason": held.reason,
    }
