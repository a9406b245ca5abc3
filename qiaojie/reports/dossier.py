"""One person on one page (一人一档): what comes next for her, who answers for her, and all that happened, from ledgers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Model, QuerySet, Value
from django.utils.translation import gettext as _

from qiaojie.documents import queries as papers
from qiaojie.documents.models import Document
from qiaojie.ledgers import declaration, queries, sight, statements
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import PENDING
from qiaojie.ledgers.queries import Row, Shown
from qiaojie.ledgers.statements import OneOf
from qiaojie.ledgers.viewer import Action, Sight, Viewer, demand
from qiaojie.lib.cells import Label
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.ledger import INCOMES
from qiaojie.measures.queries import Answering, answering
from qiaojie.people.ledger import CERTIFICATES, HOUSEHOLDS, PERSONS, STATUSES
from qiaojie.people.models import Person
from qiaojie.tables.form import Column, Form
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write

SOON = timedelta(days=183)
"""A certificate that ends within this time is pointed out: renewing one takes an office some months."""
FORMATS = ("docx", "pdf")
_DAY = "the day that counts"
_DIED = Field("died_on", "", "date")
_KEPT = Field("canonical", "", "integer", path="canonical_id")
_SAID = 5
"""Values of a fact that are told in a line; the rest stands on the fact's own page."""
_FIGURES = re.compile(r"[\d.,/]+")


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
class NextStep:
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
    own: tuple[int, ...]
    """The key of her record, then those of records found to be hers."""
    died_on: date | None
    certificates: tuple[Row, ...]
    statuses: tuple[Row, ...]
    households: tuple[Row, ...]
    """Her belonging to households, each with its days; the latest first."""
    relatives: tuple[Row, ...]
    answering: tuple[Answering, ...]
    months: tuple[Month, ...]
    events: tuple[Event, ...]
    closed: int
    documents: tuple[Document, ...]
    steps: tuple[NextStep, ...]


def record_of(pk: int, viewer: Viewer) -> Row:
    """A person's own record. Refused where the viewer may not see her, and the attempt is logged."""
    return queries.one_shown(PERSONS, viewer, pk, (*queries.fields_of(PERSONS, viewer), _DIED, _KEPT))


def kept_under(record: Row) -> int | None:
    """The key of the record that this one was found to be another of; None for one that stands by itself."""
    key: int | None = record.cells[_KEPT.name].value
    return key


def dossier(pk: int, viewer: Viewer, on: date | None = None, record: Row | None = None) -> Dossier:
    """What is known of a person on a day (today). Raises Refused where the viewer may not see her; the look is logged.

    A record found to be another's leads to hers (``kept_under``), which the caller follows first. The number of
    queries hangs on how many ledgers she is in, not on how much happened. ``record`` is hers if it was read already.
    """
    on = on or date.today()
    person = record or record_of(pk, viewer)
    died_on = person.cells[_DIED.name].value
    own = (pk, *(key for (key,) in statements.plain("duplicates", _duplicates, [pk])))
    there = _there(own)
    facts = list(_facts(own, there, viewer))
    events = _latest_first(facts, viewer)
    if viewer.outside:
        # What their own agency entered, and nothing that is known of her besides.
        viewer.note(Action.SEE, f"persons/{pk}", rows=1)
        return Dossier(person, own, None, (), (), (), (), (), _months(facts), events, 0, (), ())
    certificates = _shown(CERTIFICATES, viewer, own, "-issued_on") if there[CERTIFICATES.code] else ()
    viewer.note(Action.SEE, f"persons/{pk}", rows=1)
    return Dossier(
        person=person,
        own=own,
        died_on=died_on,
        certificates=certificates,
        statuses=_shown(STATUSES, viewer, own, "-begins") if there[STATUSES.code] else (),
        households=_shown(HOUSEHOLDS, viewer, own, "-begins") if there[HOUSEHOLDS.code] else (),
        relatives=_relatives(pk, viewer) if there[HOUSEHOLDS.code] else (),
        answering=tuple(answering(own, viewer, on)),
        months=_months(facts),
        events=events,
        closed=sum(there[ledger.code] for ledger in _ledgers() if ledger.approved) - len(events),
        documents=_documents(own, events, viewer),
        steps=() if died_on else tuple(_steps(person, certificates, events, on)),
    )


def certificate_validity(row: Row, on: date) -> tuple[str, str]:
    """How a certificate stands on a day: ``over``, ``soon`` (ends within half a year) or ``valid``, and in words."""
    ended, expires = row.cells["ended_on"].value, row.cells["expires_on"].value
    if ended is not None and ended < on:
        return "over", _("已失效")
    if expires is None:
        return "valid", _("有效，有效期未登记")
    left = (expires - on).days
    if left < 0:
        return "over", _("已过期 %d 天") % -left
    if expires - on <= SOON:
        return "soon", _("还有 %d 天到期，请提醒换证") % left
    return "valid", _("有效")


def _ledgers() -> list[Ledger]:
    """The ledgers whose rows are about a person."""
    return [ledger for ledger in declaration.every() if ledger.person]


def _duplicates(given: Sequence[Any]) -> QuerySet[Any]:
    return Person.objects.filter(canonical=given[0]).order_by("pk").values_list("pk")


def _there(own: Iterable[int]) -> Counter[str]:
    """How many rows of each ledger are about her, open to the viewer or not; one query. Where there is none, no more is
    asked: most people are in few ledgers."""
    ledgers = _ledgers()

    def build(given: Sequence[Any]) -> QuerySet[Any]:
        each: list[QuerySet[Any]] = [
            queries.facts(ledger)
            .filter(OneOf(F(f"{ledger.person}_id"), given[0]))
            .order_by()
            .annotate(place=Value(place))
            .values_list("place")
            for place, ledger in enumerate(ledgers)
        ]
        together: QuerySet[Any] = each[0].union(*each[1:], all=True)
        return together

    found = statements.plain(("there", *(ledger.code for ledger in ledgers)), build, [list(own)])
    return Counter(ledgers[place].code for (place,) in found)


def _shown(ledger: Ledger, viewer: Viewer, own: Iterable[int], order: str) -> tuple[Row, ...]:
    def hers(rows: QuerySet[Model], given: Sequence[Any]) -> QuerySet[Model]:
        return rows.filter(OneOf(F(f"{ledger.person}_id"), given[0])).order_by(order, "-pk")

    return tuple(queries.kept("hers", ledger, viewer, ledger.fields, hers, [list(own)]))


def _relatives(pk: int, viewer: Viewer) -> tuple[Row, ...]:
    def with_her(rows: QuerySet[Model], given: Sequence[Any]) -> QuerySet[Model]:
        of_one = Person.objects.filter(
            memberships__household__members__person=given[0], canonical__isnull=True
        )
        return rows.filter(pk__in=of_one.exclude(pk=given[0]).values("pk")).order_by("pk")

    return tuple(queries.kept("relatives", PERSONS, viewer, PERSONS.fields, with_her, [pk]))


def _facts(own: Iterable[int], there: Counter[str], viewer: Viewer) -> Iterator[tuple[Ledger, Row]]:
    """The facts about her in every ledger, as far as they are open to the viewer."""
    for ledger in _ledgers():
        if not ledger.approved or not there[ledger.code]:
            continue

        def hers(rows: QuerySet[Model], given: Sequence[Any], path: str = f"{ledger.person}_id") -> Any:
            return rows.filter(OneOf(F(path), given[0])).order_by("-pk")

        for row in queries.kept("facts of one", ledger, viewer, _said_of(ledger), hers, [list(own)]):
            yield ledger, row


def _said_of(ledger: Ledger) -> tuple[Field, ...]:
    """What is read of a fact: its day, what a line tells of it, where it is filed and how far it has come."""
    ends = (field for field in ledger.fields if field.name in ("unit", "state"))
    return (Field(_DAY, "", "date", path=ledger.date), *_told(ledger), *ends)


def _latest_first(facts: Iterable[tuple[Ledger, Row]], viewer: Viewer) -> tuple[Event, ...]:
    def told(ledger: Ledger) -> Iterable[Field]:
        return [f for f in _told(ledger) if sight.registered(ledger, f, viewer) is not Sight.HIDDEN]

    events = [_event(ledger, row, row.cells[_DAY].value, told(ledger)) for ledger, row in facts]
    return tuple(sorted(events, key=lambda event: (event.day or date.min, event.pk), reverse=True))


def _months(facts: Iterable[tuple[Ledger, Row]]) -> tuple[Month, ...]:
    """What she earned, month by month, all kinds together; months without an entry between two with one are 0."""
    sums: dict[date, int] = {}
    for ledger, row in facts:
        if ledger is INCOMES:
            first = row.cells["month"].value.replace(day=1)
            sums[first] = sums.get(first, 0) + row.cells["amount"].value
    found = []
    at, last = min(sums, default=None), max(sums, default=None)
    while at is not None and last is not None and at <= last:
        found.append(Month(at, sums.get(at, 0)))
        at = (at + timedelta(days=31)).replace(day=1)
    return tuple(found)


def _documents(own: Iterable[int], events: Iterable[Event], viewer: Viewer) -> tuple[Document, ...]:
    """What is kept of her and of what happened to her; one query."""
    about: dict[str, list[int]] = {PERSONS.code: list(own)}
    for event in events:
        about.setdefault(event.ledger.code, []).append(event.pk)
    return tuple(papers.of_rows(about, viewer))


def _told(ledger: Ledger) -> list[Field]:
    """What a line about a fact may tell: not who she is, which stands above, nor where and how far it is."""
    return [
        field
        for field in ledger.fields
        if not field.name.startswith("person.")
        and field.name not in ("unit", "state")
        and (field.listed or bool(field.lack))
    ]


def _event(ledger: Ledger, row: Row, day: date | None, told: Iterable[Field]) -> Event:
    words, lacks = [], []
    for field in told:
        shown = row.cells[field.name]
        if field.lack and _lacking(field, shown):
            lacks.append(field.lack)
        elif field.listed and shown.text and field.kind != "yes_no" and shown.value != day:
            # A figure alone tells nothing: 到课次数 8/8.
            words.append(f"{field.label} {shown.text}" if _FIGURES.fullmatch(shown.text) else shown.text)
    unit = row.cells["unit"].text if "unit" in row.cells else ""
    return Event(ledger, row.pk, day, tuple(words[:_SAID]), unit, row.cells["state"], tuple(lacks))


def _lacking(field: Field, shown: Shown) -> bool:
    """Whether what somebody can still mend is missing."""
    return shown.value in field.lack_only if field.lack_only else shown.value in (None, "", False)


def telling(certificates: Iterable[Row], on: date) -> list[tuple[str, str]]:
    """How her certificates stand, in short: those that are over are told only where none is left."""
    stand = [certificate_validity(row, on) for row in certificates]
    return [one for one in stand if one[0] != "over"] or stand[:1]


def _steps(person: Row, certificates: Iterable[Row], events: Iterable[Event], on: date) -> Iterator[NextStep]:
    """What to do next, the gravest first."""
    stand = [certificate_validity(row, on) for row in certificates]
    if not stand:
        yield NextStep(_("没有登记残疾人证：有证的请补登，符合条件的提醒申办。"))
    elif all(code == "over" for code, _words in stand):
        yield NextStep(
            _("残疾人证都已失效，按残疾人计算的培训、就业和托养不再计入，请提醒换证。"), grave=True
        )
    elif not any(code == "valid" for code, _words in stand):
        yield from (NextStep(_("残疾人证%s。") % words) for code, words in stand if code == "soon")
    if not person.cells["id_number"].text:
        yield NextStep(_("没有身份证号，别处来的名单可能对不上，请补登。"), grave=True)
    if not person.cells["phone"].text:
        yield NextStep(_("没有联系电话，请补登。"))
    for event in events:
        what = " ".join((str(event.ledger.label), *event.words[:1]))
        if event.lacks:
            lacks = _("、").join(str(lack) for lack in event.lacks)
            # Whether she counts then hangs on all the rest, and she may count already: 差一步 says who is one step short.
            yield NextStep(_("%(what)s：%(lacks)s，请补齐。") % {"what": what, "lacks": lacks})
        if event.state.value in PENDING:
            yield NextStep(_("%(what)s：还没有审核，不计入进度。") % {"what": what})


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
        if field.name in held.person.cells:
            yield field.label, held.person.cells[field.name].text
    for one in held.certificates:
        yield CERTIFICATES.label, _said(CERTIFICATES, one)
    for one in held.statuses:
        yield STATUSES.label, _said(STATUSES, one)
    for one in held.households:
        yield HOUSEHOLDS.label, _said(HOUSEHOLDS, one)
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
        row.cells[f.name].text
        for f in ledger.fields
        if not f.name.startswith("person.") and row.cells[f.name].text
    )
