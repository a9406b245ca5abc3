"""One person on one page (一人一档): what comes next for her, who answers for her, and all that happened, from ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, queries
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.viewer import Action, Viewer, demand
from qiaojie.lib.cells import Label
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.ledger import INCOMES
from qiaojie.measures.queries import Answering, answering
from qiaojie.people.ledger import CERTIFICATES, PERSONS, STATUSES
from qiaojie.people.models import Person
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

SOON = timedelta(days=183)
"""A certificate that ends within this time is pointed out: renewing one takes an office some months."""
FORMATS = ("docx", "pdf")
_DAY = "the day that counts"
_SAID = 5
"""Values of a fact that are told in a line; the rest stands on the fact's own page."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about a person: when, what kind, what was said of it, which office filed it, how far it has come."""

    ledger: Ledger
    pk: int
    day: date | None
    words: tuple[str, ...]
    unit: str
    state: Shown
    lacks: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done for her next; ``grave`` where rights are already lost by waiting."""

    words: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """Income of one month, in fen."""

    begins: date
    amount: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that a viewer may see of a person; ``closed`` facts are other offices' and only counted."""

    person: Row
    died_on: date | None
    certificates: tuple[Row, ...]
    statuses: tuple[Row, ...]
    relatives: tuple[Row, ...]
    answering: tuple[Answering, ...]
    months: tuple[Month, ...]
    events: tuple[Event, ...]
    closed: int
    steps: tuple[Step, ...]


def dossier(pk: int, viewer: Viewer, on: date | None = None) -> Dossier:
    """What is known of a person on a day (today). Raises Refused where the viewer may not see her; the look is logged.

    A record found to be another's leads to hers by ``canonical_id``, which the caller follows first. The number of
    queries hangs on how many ledgers there are, not on how much happened.
    """
    on = on or date.today()
    found = queries.one(PERSONS, viewer, pk)
    assert isinstance(found, Person)
    person = _first(PERSONS, viewer, Q(pk=pk))
    own = [pk, *Person.objects.filter(canonical=pk).values_list("pk", flat=True)]
    certificates = tuple(_shown(CERTIFICATES, viewer, Q(person__in=own), "-issued_on"))
    household = Person.objects.filter(memberships__household__members__person=pk, canonical__isnull=True)
    events, closed = _events(own, viewer)
    viewer.note(Action.SEE, f"persons/{pk}", rows=1)
    return Dossier(
        person=person,
        died_on=found.died_on,
        certificates=certificates,
        statuses=tuple(_shown(STATUSES, viewer, Q(person__in=own), "-begins")),
        relatives=tuple(_shown(PERSONS, viewer, Q(pk__in=household.exclude(pk=pk).values("pk")), "pk")),
        answering=tuple(answering(own, viewer)),
        months=_months(own, viewer),
        events=events,
        closed=closed,
        steps=() if found.died_on else tuple(_steps(person, certificates, events, on)),
    )


def standing(row: Row, on: date) -> tuple[str, str]:
    """How a certificate stands on a day: ``over``, ``soon`` (ends within half a year) or ``valid``, and in words."""
    ended, expires = row.cells["ended_on"].value, row.cells["expires_on"].value
    if ended is not None and ended <= on:
        return "over", _("已失效")
    if expires is None:
        return "valid", _("有效，有效期未登记")
    left = (expires - on).days
    if left < 0:
        return "over", _("已过期 %d 天") % -left
    if expires - on <= SOON:
        return "soon", _("还有 %d 天到期，请提醒换证") % left
    return "valid", _("有效")


def _first(ledger: Ledger, viewer: Viewer, which: Q) -> Row:
    return next(queries.shown(ledger, viewer, queries.rows(ledger, viewer).filter(which), ledger.fields))


def _shown(ledger: Ledger, viewer: Viewer, which: Q, order: str) -> Iterator[Row]:
    rows = queries.rows(ledger, viewer).filter(which).order_by(order, "-pk")
    return queries.shown(ledger, viewer, rows, ledger.fields)


def _events(own: list[int], viewer: Viewer) -> tuple[tuple[Event, ...], int]:
    """The facts about her in every ledger, the latest first, and how many more are not open to the viewer."""
    events: list[Event] = []
    hers: list[QuerySet[Model, Any]] = []
    for ledger in declaration.every():
        if not ledger.person or not ledger.approved:
            continue
        mine = Q(**{f"{ledger.person}__in": own})
        hers.append(queries.facts(ledger).filter(mine).order_by().values("pk"))
        told = [field for field in ledger.fields if _told(field)]
        day = Field(_DAY, "", "date", path=ledger.date)
        rows = queries.rows(ledger, viewer).filter(mine).order_by("-pk")
        for row in queries.shown(ledger, viewer, rows, (day, *told, *_standing(ledger))):
            events.append(_event(ledger, row, row.cells[_DAY].value, told))
    events.sort(key=lambda event: (event.day or date.min, event.pk), reverse=True)
    every = hers[0].union(*hers[1:], all=True).count()
    return tuple(events), every - len(events)


def _months(own: list[int], viewer: Viewer) -> tuple[Month, ...]:
    """What she earned, month by month, all kinds together; months without an entry between two with one are 0."""
    sums: dict[date, int] = {}
    for month, amount in queries.rows(INCOMES, viewer).filter(person__in=own).values_list("month", "amount"):
        first = month.replace(day=1)
        sums[first] = sums.get(first, 0) + amount
    found = []
    at, last = min(sums, default=None), max(sums, default=None)
    while at is not None and last is not None and at <= last:
        found.append(Month(at, sums.get(at, 0)))
        at = (at + timedelta(days=31)).replace(day=1)
    return tuple(found)


def _standing(ledger: Ledger) -> tuple[Field, ...]:
    return tuple(field for field in ledger.fields if field.name in ("unit", "state"))


def _told(field: Field) -> bool:
    """Whether a line about a fact tells a value: not who she is, which stands above, nor where and how far it is."""
    return (
        not field.name.startswith("person.")
        and field.name not in ("unit", "state")
        and (field.listed or bool(field.lack))
    )


def _event(ledger: Ledger, row: Row, day: date | None, told: Iterable[Field]) -> Event:
    words, lacks = [], []
    for field in told:
        shown = row.cells[field.name]
        if field.lack and _lacking(field, shown):
            lacks.append(field.lack)
        elif field.listed and shown.text and field.kind != "yes_no" and shown.value != day:
            words.append(shown.text)
    unit = row.cells["unit"].text if "unit" in row.cells else ""
    return Event(ledger, row.pk, day, tuple(words[:_SAID]), unit, row.cells["state"], tuple(lacks))


def _lacking(field: Field, shown: Shown) -> bool:
    """Whether what somebody can still mend is missing."""
    return shown.value in field.lack_only if field.lack_only else shown.value in (None, "", False)


def telling(certificates: Iterable[Row], on: date) -> list[tuple[str, str]]:
    """How her certificates stand, in short: those that are over are told only where none is left."""
    stand = [standing(row, on) for row in certificates]
    return [one for one in stand if one[0] != "over"] or stand[:1]


def _steps(person: Row, certificates: Iterable[Row], events: Iterable[Event], on: date) -> Iterator[Step]:
    """What to do next, the gravest first."""
    stand = [standing(row, on) for row in certificates]
    if not stand:
        yield Step(_("没有登记残疾人证：有证的请补登，符合条件的提醒申办。"))
    elif all(code == "over" for code, _words in stand):
        yield Step(_("残疾人证都已失效，按残疾人计算的培训、就业和托养不再计入，请提醒换证。"), grave=True)
    elif not any(code == "valid" for code, _words in stand):
        yield from (Step(_("残疾人证%s。") % words) for code, words in stand if code == "soon")
    if not person.cells["id_number"].text:
        yield Step(_("没有身份证号，别处来的名单可能对不上，请补登。"), grave=True)
    if not person.cells["phone"].text:
        yield Step(_("没有联系电话，请补登。"))
    for event in events:
        what = " ".join((str(event.ledger.label), *event.words[:1]))
        if event.lacks:
            lacks = _("、").join(str(lack) for lack in event.lacks)
            yield Step(_("%(what)s：%(lacks)s，补齐就能计入。") % {"what": what, "lacks": lacks})
        if event.state.value in PENDING:
            yield Step(_("%(what)s：还没有审核，不计入进度。") % {"what": what})


def paper(pk: int, viewer: Viewer, form: str, purpose: str) -> bytes:
    """The dossier as a file to print, as this viewer sees it; logged. Raises Refused, Unusable ``purpose_missing``,
    ``format_unknown``."""
    demand(viewer, Action.EXPORT, f"persons/{pk}.{form}")
    if form not in FORMATS:
        raise Unusable("format_unknown", _("不能导出为“%s”。") % form[:20])
    if not purpose.strip():
        raise Unusable("purpose_missing", _("档案含有个人信息，请写明导出的用途。"))
    held = dossier(pk, viewer)
    lines = [{"item": str(item), "content": content} for item, content in _lines(held) if content]
    columns = (Column(_("项目"), "item"), Column(_("内容"), "content"))
    title = _("%s 档案") % held.person.cells["name"].text
    content = write(Filled(Form("dossier", title, columns), {}, lines), form)
    viewer.note(Action.EXPORT, f"persons/{pk}.{form}", rows=1, purpose=purpose)
    return content


def _lines(held: Dossier) -> Iterator[tuple[Label, str]]:
    for step in held.steps:
        yield _("下一步"), step.words
    for field in PERSONS.fields:
        yield field.label, held.person.cells[field.name].text
    for one in held.certificates:
        yield CERTIFICATES.label, _said(CERTIFICATES, one)
    for one in held.statuses:
        yield STATUSES.label, _said(STATUSES, one)
    for relative in held.relatives:
        yield _("同户成员"), " ".join(relative.cells[name].text for name in ("name", "sex", "birth_date"))
    for counted in held.answering:
        yield _("计入"), f"{counted.notice} {counted.indicator}：{counted.unit}"
    for event in held.events:
        day = print_date(event.day) if event.day else ""
        yield event.ledger.label, " ".join((day, *event.words, event.unit, event.state.text))
    if held.closed:
        yield _("其他单位"), _("另有 %d 条由其他单位登记，不在您的查看范围内。") % held.closed


def _said(ledger: Ledger, row: Row) -> str:
    return " ".join(
        row.cells[f.name].text for f in ledger.fields if f.name != "person.name" and row.cells[f.name].text
    )
