"""Writing a plan: keys handed out first, then one statement per table, then the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from django.db.models import Model
from django.utils import timezone

from qiaojie.ledgers import approving, declaration, journal, proposals, rows
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import Batch, State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.crypto import keyring
from qiaojie.notices.shape import Piece
from qiaojie.people import services as people
from qiaojie.people.ledger import PERSONS
from qiaojie.people.models import Certificate, Person, Tie

from ..judging.by_columns.judge import Bulk
from ..judging.plan import Plan
from ..judging.questions import EVIDENCE
from ..models import Answer, evidence_of
from ..vocabulary.entity import Entity
from ..vocabulary.outcome import Verdict
from ..vocabulary.progress import WRITE, Progress, silent
from ..vocabulary.registry import county_of
from . import originals, revising

Touched = dict[str, set[int]]
"""Model label → keys of rows made or changed."""


def write(
    plan: Plan, batch: Batch, viewer: Viewer, progress: Progress = silent, brought_by: str = ""
) -> Touched:
    """Write what a plan asserts; the caller holds the registry and the transaction, which what ``progress`` raises ends.

    ``brought_by`` is the account that entered the rows, where the viewer only takes them in.
    """
    return _Writer(plan, batch, viewer, brought_by or viewer.name).write(progress)


class _Writer:
    def __init__(self, plan: Plan, batch: Batch, viewer: Viewer, entered_by: str) -> None:
        self.plan = plan
        self.batch = batch
        self.actor = viewer.name
        self.entered_by = entered_by
        self.viewer = viewer
        self.final = approving.final_at(plan.source.region.pk, viewer)
        self.now: datetime = timezone.now()
        self.region = plan.source.region
        self.county = county_of(plan.source.region)
        self.touched: Touched = defaultdict(set)
        self.keys: dict[Entity, int] = {}
        self.by_piece: dict[Piece, list[Entity]] = {}
        self.bulk = plan.bulk
        self.people: list[int] = []
        self.made: list[int] = []
        self.later: set[tuple[str, int, str]] = set()
        """What waits for an approver: ledger, key and column of a row that stands."""
        for entity in plan.entities:
            self.by_piece.setdefault(entity.piece, []).append(entity)

    def write(self, progress: Progress) -> Touched:
        """Persons, then what other rows refer to, then the table's own rows."""
        total = len(self.plan.rows)
        progress(str(WRITE), 0, total)
        persons = [entity for entity in self.plan.entities if entity.piece.is_person]
        self._persons(persons)
        self._remember()
        progress(str(WRITE), total // 4, total)
        for piece, entities in self.by_piece.items():
            if not piece.is_person:
                self._add(piece, [entity for entity in entities if entity.key is None])
                self._change(piece, [entity for entity in entities if entity.changes])
        if self.bulk is not None and self.bulk.rows:
            progress(str(WRITE), total // 2, total)
            self._add_rows(self.bulk)
        progress(str(WRITE), total * 3 // 4, total)
        originals.keep(self.plan, self.batch, self._written())
        progress(str(WRITE), total, total)
        return dict(self.touched)

    def _key(self, entity: Entity) -> int:
        return self.keys[entity] if entity.key is None else entity.key

    def _persons(self, entities: Sequence[Entity]) -> None:
        new = [entity for entity in entities if entity.key is None]
        confirmed = {"confirmed": self.final}
        keys = people.register(
            [{**entity.values, **confirmed} for entity in new], actor=self.actor, batch=self.batch
        )
        self.keys.update(zip(new, keys, strict=True))
        self.touched[Person._meta.label].update(keys)
        changes = [(self._key(entity), entity.changes) for entity in entities if entity.changes]
        held = [(self._key(entity), one) for entity in entities for one in entity.certificates]
        everybody = [self._key(entity) for entity in entities]
        if self.bulk is not None:
            made = people.register_columns(
                {**self.bulk.values, "confirmed": [self.final] * len(self.bulk.new)},
                len(self.bulk.new),
                actor=self.actor,
                batch=self.batch,
            )
            self.touched[Person._meta.label].update(made)
            self.people = made_known(self.bulk, made)
            changes += [(self.people[at], columns) for at, columns in self.bulk.changes.items()]
            held += [(self.people[at], one) for at, one in self.bulk.certificates]
            everybody += self.people
        self._revise(PERSONS, changes)
        issued = [(person, one.number, one.county) for person, one in held]
        certificates = people.certify(issued, actor=self.actor, batch=self.batch, confirmed=self.final)
        self.touched[Certificate._meta.label].update(certificates)
        # Undoing goes backwards: facts, which may stand for a tie, must be journalled after it.
        ties = people.tie(everybody, self.county.pk, actor=self.actor, batch=self.batch)
        self.touched[Tie._meta.label].update(ties)

    def _remember(self) -> None:
        """Keep whom descriptions without a number meant, so that the same ones are not asked about again."""
        keys = rows.hand_out(Answer, len(self.plan.met))
        columns = ["id", "county_id", "evidence", "said", "person_id", "confirmed", "answered_by"]
        hashed = keyring().blind
        lines = (
            (
                key,
                self.county.pk,
                hashed(evidence_of(self.county.pk, met.evidence), EVIDENCE),
                met.evidence,
                self._key(met.person),
                met.confirmed,
                self.actor,
            )
            for key, met in zip(keys, self.plan.met, strict=True)
        )
        rows.insert(Answer, columns, lines)
        journal.created(Answer, keys, actor=self.actor, batch=self.batch)

    def _add(self, piece: Piece, entities: Sequence[Entity]) -> None:
        if not entities:
            return
        model = piece.model
        keys = rows.hand_out(model, len(entities))
        self.keys.update(zip(entities, keys, strict=True))
        given = self._given(piece.ledger)
        follows = _follows(piece)
        stated = sorted({column for entity in entities for column in entity.values} - follows.keys())
        refs = sorted({column for entity in entities for column in entity.refs})
        defaults = {column: rows.column(model, column).get_default() for column in stated}
        columns = ["id", *stated, *refs, *follows, *given]
        lines = (
            (
                self.keys[entity],
                *(entity.values.get(column, defaults[column]) for column in stated),
                *(self._key(entity.refs[column]) if column in entity.refs else None for column in refs),
                *(self._followed(entity, source) for source in follows.values()),
                *given.values(),
            )
            for entity in entities
        )
        rows.insert(model, columns, lines)
        journal.created(model, keys, actor=self.actor, batch=self.batch)
        self.touched[model._meta.label].update(keys)

    def _add_rows(self, bulk: Bulk) -> None:
        """The rows of the table's own ledger that plain rows add."""
        model, count = bulk.own.model, len(bulk.rows)
        keys = self.made = rows.hand_out(model, count)
        columns: dict[str, Iterable[Any]] = {"id": keys}
        for name, values in bulk.columns.items():
            blank = rows.column(model, name).get_default()
            columns[name] = values if blank is None else [blank if v is None else v for v in values]
        columns[bulk.person.attribute] = [self.people[at] for at in bulk.people]
        for attribute, entities in bulk.refs.items():
            columns[attribute] = map(self._key, entities)
        for name, source in _follows(bulk.own).items():
            attribute, sep, repeated = source.partition("__")
            if sep:
                columns[name] = [self._stands(entity, repeated) for entity in bulk.refs[f"{attribute}_id"]]
            else:
                columns[name] = bulk.columns.get(source, [None] * count)
        columns |= {name: repeat(value, count) for name, value in self._given(bulk.own.ledger).items()}
        rows.insert(model, list(columns), zip(*columns.values(), strict=True))
        journal.created(model, keys, actor=self.actor, batch=self.batch)
        self.touched[model._meta.label].update(keys)

    def _written(self) -> Iterable[tuple[int, int]]:
        """The places of the file's rows that are written, each with the key of the table's own row."""
        plan, bulk = self.plan, self.bulk
        keys = {}
        if bulk is not None:
            keys = {place: self.people[at] for place, at in bulk.about.items()} or {
                **bulk.present,
                **dict(zip(bulk.rows, self.made, strict=True)),
            }
        if plan.owners:
            places = {key: place for place, key in enumerate(plan.rows.keys)}
            keys |= {places[key]: self._key(entity) for key, entity in plan.owners.items()}
        written = (Verdict.NEW, Verdict.CHANGED)
        return (
            (p, keys[p]) for p, verdict in enumerate(plan.rows.verdicts) if verdict in written and p in keys
        )

    def _given(self, ledger: Ledger) -> dict[str, Any]:
        """What intake itself says of a new row: who filed and entered it, how far it has come."""
        given: dict[str, Any] = {}
        if ledger.filed_by:
            given[f"{ledger.filed_by}_id"] = self.region.pk
        if ledger.approved:
            given["entered_by"] = self.entered_by
            given["state"] = State.APPROVED if self.final else State.DRAFT
            if self.final:
                given |= {"approved_at": self.now, "approved_by": self.actor}
        elif any(field.name == "state" for field in ledger.model._meta.concrete_fields):
            # Of a ledger whose rows nobody approves: they stand as soon as they are there.
            given |= {"entered_by": self.entered_by, "state": State.APPROVED}
        if ledger.confirmed:
            given["confirmed"] = self.final
        return given

    def _change(self, piece: Piece, entities: Sequence[Entity]) -> None:
        changes: list[tuple[int, Mapping[str, tuple[Any, Any]]]] = []
        for entity in entities:
            columns = dict(entity.changes)
            for column, source in _follows(piece).items():
                if source in entity.changes:
                    columns[column] = (entity.before.get(column), entity.changes[source][1])
            changes.append((self._key(entity), columns))
        self._revise(piece.ledger, changes)

    def _revise(self, ledger: Ledger, changes: Sequence[tuple[int, Mapping[str, tuple[Any, Any]]]]) -> None:
        """Change rows that are there; what an approver has to see first waits beside them."""
        lines = [_completed(ledger, key, columns) for key, columns in changes]
        if not self.final and lines:
            lines = self._proposed(ledger, lines)
        self._amend(ledger.model, lines)
        self._follow(ledger, lines)

    def _proposed(self, ledger: Ledger, lines: Sequence[proposals.Line]) -> list[proposals.Line]:
        """What takes place at once of these changes; the rest is kept beside the rows."""
        columns = revising.standing_columns(ledger)
        standing: dict[int, Any] = {}
        if columns:
            for keys in rows.chunks([key for key, _was, _becomes in lines]):
                found = ledger.model._default_manager.filter(pk__in=keys)
                standing.update({row["pk"]: row for row in found.values("pk", *columns)})
        # Only where the word of whoever writes is not the last.
        now, later = revising.split(ledger, lines, standing, lambda _key: False)
        self.later |= {(ledger.code, key, column) for key, _was, becomes in later for column in becomes}
        proposals.propose(ledger, later, self.batch, self.viewer, self.batch.purpose)
        return now

    def _follow(self, ledger: Ledger, lines: Sequence[proposals.Line]) -> None:
        """Rows of any ledger whose columns repeat one that has changed here (the day that counts)."""
        for one in declaration.followers(ledger.code):
            moved = {key: becomes[one.repeats] for key, _was, becomes in lines if one.repeats in becomes}
            self._repeat(one.ledger.model, one.key, one.column, moved)

    def _repeat(self, model: type[Model], attribute: str, column: str, moved: Mapping[int, Any]) -> None:
        for keys in rows.chunks(moved):
            found = model._default_manager.filter(**{f"{attribute}__in": keys}).values(
                "id", attribute, column
            )
            self._amend(
                model,
                [
                    (row["id"], {column: row[column]}, {column: moved[row[attribute]]})
                    for row in found
                    if row[column] != moved[row[attribute]]
                ],
            )

    def _followed(self, entity: Entity, source: str) -> Any:
        """What a new row repeats of its own or of the row that it refers to."""
        attribute, sep, column = source.partition("__")
        return self._stands(entity.refs[f"{attribute}_id"], column) if sep else entity.value(source)

    def _stands(self, entity: Entity, column: str) -> Any:
        """What a row has once this is written: what waits for an approver is not there yet."""
        follows = _follows(entity.piece)
        if entity.key is None and column in follows:
            return self._followed(entity, follows[column])
        waits = entity.key is not None and (entity.piece.ledger.code, entity.key, column) in self.later
        return entity.before.get(column) if waits else entity.value(column)

    def _amend(self, model: type[Model], lines: Sequence[proposals.Line]) -> None:
        if not lines:
            return
        rows.update(model, ((key, becomes) for key, _was, becomes in lines))
        journal.updated(model, lines, actor=self.actor, batch=self.batch)
        self.touched[model._meta.label].update(key for key, _was, _becomes in lines)


def _completed(ledger: Ledger, key: int, columns: Mapping[str, tuple[Any, Any]]) -> proposals.Line:
    """A change as the columns before and after, with those that follow from a person's."""
    was = {column: pair[0] for column, pair in columns.items()}
    becomes = {column: pair[1] for column, pair in columns.items()}
    if ledger.completes is not None:
        was, becomes = ledger.completes(was), ledger.completes(becomes)
    return key, was, becomes


def made_known(bulk: Bulk, made: Sequence[int]) -> list[int]:
    """The keys of all persons that plain rows are about, once the new ones have got theirs."""
    new = dict(zip(bulk.new, made, strict=True))
    return [new[at] if key is None else key for at, key in enumerate(bulk.keys)]


def _follows(piece: Piece) -> dict[str, str]:
    """Columns that follow from others, those that the table states itself left out."""
    return {column: source for column, source in piece.ledger.follows.items() if column not in piece.columns}
