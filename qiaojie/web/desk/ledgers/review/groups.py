"""Groups of rows that wait, made ready for the page: heads with their evidence, rows with what is new in them and what they
lack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiaojie.accounts import names as accounts
from qiaojie.accounts.viewers import UserViewer
from qiaojie.documents.models import DocumentKind
from qiaojie.intake import queries as intake
from qiaojie.ledgers import declaration, queries, review
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.models import State
from qiaojie.ledgers.queries import Page, Row, RowCount, Shown
from qiaojie.ledgers.review import Difference, ReviewGroup
from qiaojie.lib.cells import Label
from qiaojie.lib.dates import DateSpan, age_on
from qiaojie.measures.approval_effects import Effects, Raised
from qiaojie.people import doubts
from qiaojie.web.components.proposed import ChangesOfBatch, WaitingChange

from ...shared.listing import Value, address, person_link, record_address
from .columns import BIRTH, Columns
from .refusals import Ticks

FIRST = 30
"""Rows of a group that are shown at once: a class fits, and what is larger is opened by itself."""

ROWS = 200
"""Rows of a page: groups beyond stay folded. Chosen so that a page stands in a second and is looked through in one go."""

OPENED = 500
"""Rows of a group that is opened by itself."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A paper that a group should have: what it is, and whether it is there."""

    words: Label
    there: bool


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One row of the table: what is ticked (``name`` and ``pk``), what it is called, its cells, what is to be noticed."""

    name: str
    pk: int
    row: int
    title: Shown
    address: str
    person: str
    cells: SafeString
    notes: tuple[Note, ...]
    ticked: bool
    fault: str = ""
    tickable: bool = True

    @property
    def person_link(self) -> SafeString:
        """The small link to the person."""
        return SafeString(person_link(self.person, self.title.text))


@dataclass(frozen=True, slots=True)
class Note:
    """Something to notice of a row: a change that has no column here (``was`` and ``now``), or words."""

    words: Label
    look: str = ""
    was: Shown | None = None
    now: Shown | None = None
    address: str = ""
    """Where it is settled; '' for nowhere."""


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A group as the table has it: its head and the rows that are shown."""

    key: str
    title: str
    address: str
    number: int
    changes: bool
    about: str
    since: datetime
    by: str
    file: str
    batch: int | None
    evidence: tuple[Evidence, ...] = ()
    idle: str = ""
    """Why approving it would count nothing; '' where it would."""
    waits: str = ""
    """What it rests on and is not approved itself; '' where nothing is."""
    waits_in: str = ""
    """The ledger (by its code) where that waits."""
    doubts: int = 0
    """Rows to be noticed: they lack something, or their person may be another's or counts elsewhere."""
    lines: tuple[ReviewLine, ...] = ()
    ticked: bool = False
    raised: tuple[Raised, ...] = ()
    """The figures that approving all of it raises, where that can be said exactly."""
    narrowed: bool = False
    """Whether only rows to be noticed are shown: then it is not approved as a whole."""

    @property
    def rest(self) -> int:
        """Rows that are not shown."""
        return (self.doubts if self.narrowed else self.number) - len(self.lines)

    @property
    def whole(self) -> bool:
        """Whether its head offers to approve all of it: not where that counts nothing, nor where only a part is shown."""
        return bool(self.number) and not self.idle and not self.narrowed

    @property
    def offered_below(self) -> bool:
        """Whether approving all of it is offered beneath its rows: of what would count nothing, once somebody has opened it."""
        return bool(self.idle and self.lines and not self.narrowed)

    @property
    def sent(self) -> str:
        """What a button of the group sends: which one, and how many rows were there when it was drawn."""
        return f"{self.key}:{self.number}"


@dataclass(frozen=True)
class Drawing:
    """What the groups of a page are drawn from, read once for all of them."""

    ledger: Ledger
    viewer: UserViewer
    columns: Columns
    ticks: Ticks
    faults: Mapping[int, str]
    effects: Effects
    opened: str
    """The group that was opened by itself; '' for none."""
    narrowed: bool = False
    """Whether of that one only rows to be noticed are shown."""

    def groups(self, found: Sequence[ReviewGroup], changes: Sequence[ChangesOfBatch]) -> list[GroupHead]:
        """All groups in the order they are looked through, changes of approved rows after the new ones; some ten queries."""
        parts = _parts(self.ledger, self.viewer, found)
        names = accounts.names(
            [name for one in found for name in one.by] + [line.actor for one in changes for line in one.lines]
        )
        files = intake.files_of([one.batch for one in found if one.batch is not None], self.viewer)
        folded = {one.key: self._idle(parts.get(one.part or 0)) for one in found}
        noted = self._noted(found)
        drawn = self._chosen(found, folded, noted)
        asked = [line for one in changes for line in one.lines]
        keys = {pk for pks in drawn.values() for pk in pks} | {line.row for line in asked}
        rows = {row.pk: row for row in self._page(keys).rows}
        told = review.differences(self.ledger, [pk for pks in drawn.values() for pk in pks], self.viewer)
        made = []
        for one in found:
            part = parts.get(one.part or 0)
            lines = [
                self._line("row", pk, rows[pk], told.get(pk), one.key)
                for pk in drawn.get(one.key, ())
                if pk in rows
            ]
            number = sum(pk in noted for pk in one.keys)
            made.append(self._head(one, part, folded[one.key], lines, names, files, number))
        return made + [self._changed(one, rows, names) for one in changes if one.lines]

    def _page(self, keys: Collection[int]) -> Page:
        known = RowCount(len(keys), False, tuple(sorted(keys, reverse=True)))
        return queries.page(
            self.ledger, self.viewer, fields=self.columns.read, size=max(1, len(keys)), known=known
        )

    def _chosen(
        self, found: Sequence[ReviewGroup], folded: Mapping[str, str], noted: Collection[int]
    ) -> dict[str, tuple[int, ...]]:
        """Which rows of which group are shown."""
        drawn: dict[str, tuple[int, ...]] = {}
        left = ROWS
        for one in found:
            if one.key == self.opened and self.narrowed:
                drawn[one.key] = tuple(pk for pk in one.keys if pk in noted)[:OPENED]
            elif one.key == self.opened:
                drawn[one.key] = one.keys[:OPENED]
            elif not self.opened and not folded[one.key] and left > 0:
                drawn[one.key] = one.keys[: min(FIRST, left)]
                left -= len(drawn[one.key])
        return drawn

    def _noted(self, found: Sequence[ReviewGroup]) -> set[int]:
        """The rows of these groups to be noticed; a query for what keeps them from counting, one for who may be another."""
        own = self._own_conditions()
        keys = [pk for one in found for pk in one.keys]
        noted = {pk for pk in keys if pk in self.effects.elsewhere or pk in self._doubted}
        if own and keys:
            lacking = review.lacking_any(self.ledger, keys, own).values_list("pk", flat=True)
            noted |= set(lacking) - self.effects.counting
        return noted

    @cached_property
    def _doubted(self) -> frozenset[int]:
        """The rows about persons of whom it is open whether they are one woman with another."""
        persons = self.effects.persons
        found = doubts.doubted(persons.values())
        return frozenset(pk for pk, person in persons.items() if person in found)

    def _own_conditions(self) -> list[Field]:
        prefix = f"{self.ledger.reviewed_by}." if self.ledger.reviewed_by else " "
        return [field for field in self.columns.asked if not field.name.startswith(prefix)]

    def _idle(self, part: _Part | None) -> str:
        """What the row that a whole group refers to lacks, so that none of the group counts."""
        if part is None:
            return ""
        prefix = f"{self.ledger.reviewed_by}."
        lacking = [
            str(field.lack)
            for field in self.columns.asked
            if field.name.startswith(prefix)
            and (name := field.name.removeprefix(prefix)) in part.row.cells
            and review.lacks(field, part.row.cells[name].value)
            and (part.row.cells[name].value is not None or field.name not in self.columns.open)
        ]
        return "、".join(lacking)

    def _head(
        self,
        one: ReviewGroup,
        part: _Part | None,
        idle: str,
        lines: list[ReviewLine],
        names: accounts.Names,
        files: Mapping[int, str],
        doubts: int,
    ) -> GroupHead:
        by = "、".join(names.of(name, one.since) for name in one.by[:3])
        title = part.title if part else files.get(one.batch or 0, "") or self._named(one, by)
        return GroupHead(
            one.key,
            title,
            part.address if part else "",
            len(one.keys),
            changes=False,
            about=part.about if part else "",
            since=one.since,
            by=by if part or one.batch in files else "",
            file=files.get(one.batch or 0, "") if part else "",
            batch=one.batch,
            evidence=part.evidence if part else (),
            idle=idle,
            waits=part.waits if part else "",
            waits_in=self.ledger.parts[self.ledger.reviewed_by].ledger if part else "",
            doubts=doubts,
            lines=tuple(lines),
            ticked=one.key in self.ticks.groups,
            raised=() if idle else self.effects.raised.get(one.key, ()),
            narrowed=self.narrowed and one.key == self.opened,
        )

    def _named(self, one: ReviewGroup, by: str) -> str:
        return _("%s登记的") % by if by else _("逐条登记的") if one.batch is None else _("成批登记的")

    def _changed(self, one: ChangesOfBatch, rows: Mapping[int, Row], names: accounts.Names) -> GroupHead:
        lines = [self._change_line(line, rows[line.row]) for line in one.lines if line.row in rows]
        first = one.lines[0]
        batch = None if one.batch is None else one.batch.pk
        key = f"c{batch or 0}"
        return GroupHead(
            key,
            _("改已审核的"),
            "",
            sum(not line.outdated for line in one.lines),
            changes=True,
            about=first.purpose,
            since=first.at,
            by=names.of(first.actor, first.at),
            file="",
            batch=batch,
            doubts=sum(line.outdated for line in one.lines),
            lines=tuple(lines),
            ticked=key in self.ticks.groups,
        )

    def _line(self, name: str, pk: int, row: Row, told: list[Difference] | None, group: str) -> ReviewLine:
        changed = {one.field.name: (one.before, one.now) for one in told or ()}
        notes = [*self._hidden(changed), *self._lacking(row), *self._counting(pk)]
        if told is not None and not told:
            notes.insert(0, Note(_("内容没有变，只是重新提交")))
        return self._drawn(name, pk, row, changed, notes, group)

    def _change_line(self, line: WaitingChange, row: Row) -> ReviewLine:
        changed = {
            name: (was, now)
            for name, (_label, was, now) in zip(line.names, line.changes, strict=True)
            if name
        }
        hidden = [
            Note(label, "changed", was, now)
            for name, (label, was, now) in zip(line.names, line.changes, strict=True)
            if not name or name not in {field.name for field in self.columns.shown}
        ]
        if line.purpose:
            hidden.append(Note(line.purpose, "said"))
        if line.outdated:
            hidden.append(Note(_("提出之后原记录又被改过，只能退回。"), "low"))
        return self._drawn("change", line.pk, row, changed, hidden, "")

    def _drawn(
        self,
        name: str,
        pk: int,
        row: Row,
        changed: Mapping[str, tuple[Shown, Shown]],
        notes: Sequence[Note],
        group: str,
    ) -> ReviewLine:
        title = row.cells[self.ledger.title or self.ledger.fields[0].name]
        own = record_address(self.ledger, row.pk)
        person = address(self.ledger, row) if row.person_id is not None else ""
        sent = self.ticks.rows if name == "row" else self.ticks.changes
        return ReviewLine(
            name,
            pk,
            row.pk,
            title,
            own,
            person if person != own else "",
            SafeString("".join(self._cells(row, changed))),
            tuple(notes),
            pk in sent or (bool(group) and group in self.ticks.groups),
            self.faults.get(row.pk, ""),
        )

    def _cells(self, row: Row, changed: Mapping[str, tuple[Shown, Shown]]) -> Iterator[str]:
        if self.columns.age:
            yield _cell("number", _("年龄"), _age(row.cells[BIRTH].value), "")
        for field in self.columns.shown:
            value = Value(field, row.cells[field.name], "")
            if field.name in changed:
                yield _changed_cell(value, *changed[field.name])
            else:
                yield _cell(
                    value.look, field.label, value.shown.text, value.language, masked=value.shown.masked
                )

    def _hidden(self, changed: Mapping[str, tuple[Shown, Shown]]) -> Iterator[Note]:
        """What has changed in fields that have no column here."""
        shown = {field.name for field in self.columns.shown}
        for name, (was, now) in changed.items():
            if name not in shown:
                yield Note(self.ledger.field(name).label, "changed", was, now)

    def _counting(self, pk: int) -> Iterator[Note]:
        """By whom its person counts already, and that she may be another."""
        told: dict[str, list[str]] = defaultdict(list)
        for one in self.effects.elsewhere.get(pk, ()):
            told[one.unit].append(one.indicator.label)
        for unit, labels in told.items():
            said = {"unit": unit or _("别的单位"), "what": "、".join(dict.fromkeys(labels))}
            yield Note(_("%(what)s已由%(unit)s计入，审核了这里也不再计") % said, "mid")
        if pk in self._doubted:
            address = f"{reverse('doubts')}?person={self.effects.persons[pk]}"
            yield Note(_("可能和另一条记录是同一个人"), "mid", address=address)

    def _lacking(self, row: Row) -> Iterator[Note]:
        # What only another indicator asks for keeps nobody from counting.
        for field in () if row.pk in self.effects.counting else self._own_conditions():
            shown = row.cells[field.name]
            if not shown.masked and review.lacks(field, shown.value):
                yield Note(field.lack, "mid")


@dataclass(frozen=True, slots=True)
class _Part:
    """The row that a group refers to."""

    row: Row
    title: str
    address: str
    about: str
    evidence: tuple[Evidence, ...]
    waits: str


def _parts(ledger: Ledger, viewer: UserViewer, found: Iterable[ReviewGroup]) -> dict[int, _Part]:
    """The rows that groups refer to, by key; one query, none where no group does."""
    keys = [one.part for one in found if one.part is not None]
    if not keys:
        return {}
    other = declaration.get(ledger.parts[ledger.reviewed_by].ledger)
    fields = queries.fields_of(other, viewer)
    held = queries.rows(other, viewer).filter(pk__in=keys)
    made = {}
    for row in queries.shown(other, viewer, held, fields):
        evidence = tuple(
            Evidence(DocumentKind(field.shown_by).label, bool(row.cells[field.name].value))
            for field in fields
            if field.shown_by
        )
        state = row.cells["state"].value if "state" in row.cells else State.APPROVED
        waits = "" if state == State.APPROVED else str(other.label)
        about = " · ".join(
            row.cells[field.name].text
            for field in fields
            if field.kind in ("date_span", "choice")
            and field.name not in ("state", "funding")
            and row.cells[field.name].text
        )
        title = row.cells[other.title].text
        made[row.pk] = _Part(row, title, record_address(other, row.pk), about, evidence, waits)
    return made


def _age(birth: Any) -> str:
    if isinstance(birth, DateSpan) or not isinstance(birth, date):
        return ""
    return str(age_on(birth, timezone.localdate()))


def _cell(look: str, label: Label, text: str, language: str, *, masked: bool = False) -> str:
    said = escape(str(label))
    if not text:
        return f'<td class="{look} void" data-label="{said}"></td>'
    spoken = f' lang="{language}"' if language else ""
    hidden = ' class="masked"' if masked else ""
    return f'<td class="{look}" data-label="{said}"><span{hidden}{spoken}>{escape(text)}</span></td>'


def _changed_cell(value: Value, was: Shown, now: Shown) -> str:
    spoken = f' lang="{value.language}"' if value.language else ""
    return (
        f'<td class="{value.look} altered" data-label="{escape(str(value.field.label))}">'
        f'<span class="unseen">{escape(_("原为"))}</span><s{spoken}>{escape(was.text or _("空"))}</s> '
        f'<span aria-hidden="true">→</span> <span class="unseen">{escape(_("改为"))}</span>'
        f"<ins{spoken}>{escape(now.text or _('空'))}</ins></td>"
    )


def by_group(changes: Iterable[ChangesOfBatch]) -> dict[str, list[int]]:
    """The changes that a group's button takes, by the group's key: those whose row has not changed since."""
    found: dict[str, list[int]] = defaultdict(list)
    for one in changes:
        key = f"c{one.batch.pk if one.batch else 0}"
        found[key] += [line.pk for line in one.lines if not line.outdated]
    return found
