"""The plan: what a file says, held against the registry as it is. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.ledgers import approving, journal
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.garbage import put_off
from qiaojie.lib.periods import Period
from qiaojie.notices import queries as notices
from qiaojie.notices.shape import Piece
from qiaojie.people import identification
from qiaojie.people.identification import CERTIFICATE_LENGTH, ID_LENGTH, Evidence, Identity, Known
from qiaojie.regions.queries import Matcher

from ..reading.dated_words import DatedWords
from ..reading.lines import Content, Line, read
from ..vocabulary.entity import Entity
from ..vocabulary.outcome import (
    LEAVE_OUT,
    OVERWRITE,
    Candidate,
    CellChange,
    Gone,
    Question,
    Source,
    Verdict,
    discreet,
    words,
)
from ..vocabulary.progress import CHECK, Progress, silent, told
from ..vocabulary.registry import Nothing, Registry, county_of
from . import (
    as_registered,
    cell_changes,
    checks,
    claims,
    contradictions,
    deaths,
    derivation,
    lost_numbers,
    overlaps,
    questions,
    repeated,
    row_limits,
    titled_county,
)
from .by_columns import judge as columnar
from .carried import StandingChanges
from .cell_changes import Comparison
from .contradictions import Alias
from .exactness import Exactness
from .hung_rows import HungRows
from .issuers import Issuers
from .looked_up import LookedUp, said_of
from .near_names import NearNames
from .plan import Plan, Rows
from .whole_lists import WholeList


def make(source: Source, viewer: Viewer, progress: Progress = silent, *, by_columns: bool = True) -> Plan:
    """Plan a file. Raises Unusable for a file or table that cannot be used, what ``progress`` raises; never writes.

    Without ``by_columns`` every row is examined by itself, to the same plan. For somebody outside the offices it is made as if
    nothing were registered: what it says, and how long it takes, hangs on the file alone.
    """
    source.table.demand_taken()
    version = journal.registry_version()
    with put_off():
        content = read(source, progress)
        return _Planner(source, viewer, content, by_columns).plan(version, progress)


class _Planner:
    """One plan in the making."""

    def __init__(self, source: Source, viewer: Viewer, content: Content, by_columns: bool) -> None:
        self.source = source
        self.shape = form = source.table.shape_with(content.fields)
        self.viewer = viewer
        self.content = content
        self.lines: list[Line] = []
        self.county = county_of(source.region)
        self.blind = viewer.outside
        self.exactness = Exactness()
        self.hung = HungRows(form, self.exactness.says_less)
        self.registry = Nothing(source.region) if self.blind else Registry(source.region)
        self.looked = LookedUp(form, source.region, viewer)
        self.people = form.people
        self.identities: dict[tuple[str, int], Identity] = {}
        self.known: dict[int, Known] = {}
        self.entities: dict[str, list[Entity]] = {piece.ledger.code: [] for piece in form.pieces}
        self.by_alias: dict[Alias, Entity] = {}
        self.asserted: dict[int, tuple[Line, dict[str, Any]]] = {}
        self.computed: Mapping[int, Mapping[str, Any]] = {}
        self.changes: list[CellChange] = []
        self.questions: list[Question] = []
        self.candidates: list[Candidate] = []
        spells, day = form.own.ledger.spells, source.whole_on
        listed = spells is not None and day is not None and not self.blind
        self.whole = WholeList(form, spells, source.region, day) if listed and spells and day else None
        self.by_columns = by_columns and not self.blind and self.whole is None and not form.hung
        self.final = approving.final_at(source.region.pk, viewer)
        self.standing = StandingChanges(self.final)
        self.near = None if self.blind else NearNames(content, form, source, self.registry)
        self.offices = Issuers(source.region)
        self.words = DatedWords(form, self.county.pk)
        self.titled = titled_county.named(content.titles, source.region)

    def plan(self, version: int, progress: Progress) -> Plan:
        """Plain rows are judged by columns, the others one by one: once more for each question that is asked of all."""
        total = len(self.content)
        progress(str(CHECK), 0, total)
        given = (self.content, self.shape, self.source, self.county, self.looked)
        judge = columnar.judge(*given) if self.by_columns else None
        self._examine_all(judge, progress)
        self.lines.sort(key=lambda line: line.key)
        for piece in self.shape.parts:
            if not piece.is_person and piece.made:
                self.registry.load(piece, (self._key(line, piece) for line in self.lines if not line.wrong))
        self._load_own()
        judged = self._judge_all()
        self.standing.say()
        met = list(questions.met(self.lines, judged, self.questions, self.people, self._person))
        claims.compare(self.shape, self._existing_own())
        own = self.shape.own
        if self.people and not own.is_person and not self.blind:
            overlaps.warn(own.ledger, self._owners(), self.people[0].own_target["name"].name)
        # Verdicts first: plain rows tell their changes with them.
        rows = self._rows(judge, judged)
        progress(str(CHECK), total, total)
        gone = self.whole.gone(self.source.decisions) if self.whole is not None else []
        asserting = dict(self._owners())
        self._end(gone, asserting)
        changes = sorted([*self.changes, *(judge.changes if judge else ())], key=lambda change: change.row)
        above = titled_county.issues_above(self.source.region, self.titled, self.content)
        issues = [*above, *(issue for line in self.lines for issue in line.issues)]
        entities = [
            entity for piece in self.shape.pieces for entity in self.entities.pop(piece.ledger.code, ())
        ]
        bulk, asked = derivation.issued(entities, judge, asserting, self.shape, self.source.decisions)
        return Plan(
            source=self.source,
            version=version,
            rows=rows,
            issues=[discreet(issue) for issue in issues],
            changes=[] if self.blind else changes,
            candidates=sorted(self.candidates, key=lambda candidate: candidate.row),
            columns=self.content.columns,
            entities=entities,
            questions=sorted(self.questions, key=lambda question: question.row),
            names=sorted(self.near.questions, key=lambda one: one.row) if self.near is not None else (),
            met=met,
            blind=self.blind,
            owners={line.key: entity for entity, line in asserting.items()},
            bulk=bulk,
            counties=[] if self.blind else sorted(asked, key=lambda one: one.row),
            gone=gone,
            kinds=self.whole.kinds if self.whole is not None else (),
            content=self.content,
            titled=self.titled.short_name if self.titled is not None else "",
            naming=self.content.naming,
        )

    def _end(self, gone: Sequence[Gone], asserting: Mapping[Entity, Line]) -> None:
        """What ends with what the file says: spells that give way or are gone, what goes on of somebody who has died."""
        ended = [
            *(self.whole.ended(gone) if self.whole is not None else ()),
            *deaths.stopped(asserting, self.viewer),
        ]
        self.entities[self.shape.own.ledger.code] += [entity for entity, _line in ended]
        for entity, line in ended:
            if line is not None:
                self.changes += cell_changes.ending(line, entity)

    def _examine_all(self, judge: columnar.Judge | None, progress: Progress) -> None:
        """Examine all rows that columns do not judge; what these say of other ledgers is noted too."""
        matcher, days = titled_county.matcher(self.source.region, self.titled), self._days()
        if judge is None:
            self._examine(range(len(self.content)), matcher, days, progress)
            return
        if self.near is not None:
            judge.sheet.mark(self.near.places)
        judge.part(matcher, self.offices, days, self.registry)
        self._examine(judge.odd(), matcher, days, progress)
        # A person whom only an odd row could tell may be one that plain rows are about.
        meant = {i.person for i in self.identities.values() if i.person is not None}
        self._examine(judge.release(meant), matcher, days, progress)
        for alias, entity in judge.entities_of_parts():
            self.by_alias[alias] = entity
            self.entities[entity.piece.ledger.code].append(entity)

    def _rows(self, judge: columnar.Judge | None, judged: Mapping[int, Verdict]) -> Rows:
        """All rows of the file with their verdicts, from top to bottom."""
        plain = judge.verdicts() if judge is not None else [None] * len(self.content)
        parts = [
            (block.sheet.name, block.shift, [row.row + 1 + block.shift for row in block.columns.rows])
            for block in self.content.blocks
        ]
        keys = (key for _sheet, _shift, keys in parts for key in keys)
        verdicts = [found or judged.get(key, Verdict.LEFT) for found, key in zip(plain, keys, strict=True)]
        return Rows(parts, verdicts)

    def _examine(self, places: Sequence[int], matcher: Matcher, days: Period, progress: Progress) -> None:
        """Ask of some rows all that can be asked before it is known who the others are about."""
        decided = self.source.decisions
        lines = [line for line in self.content.at(places) if LEAVE_OUT not in words(decided, line.key)]
        for piece in self.people:
            lost_numbers.apply(lines, piece, decided, self.viewer)
        for line in told(lines, CHECK, progress, len(self.content)):
            checks.spread(line, self.shape, matcher, self.offices)
            self.words.take_own(line)
            if self.near is not None:
                self.near.apply(line)
            checks.check(line, self.shape, days)
            self.looked.apply(line)
        row_limits.hold(lines, self.shape)
        if not self.blind:
            as_registered.excuse(lines, self.shape, Registry(self.source.region), self.looked)
        for piece in self.people:
            seen_by = None if self.blind else self.viewer
            self.candidates += lost_numbers.offer(lines, piece, seen_by, self.county.pk)
        for piece in self.people:
            self._identify(lines, piece)
        self.lines += lines

    def _days(self) -> Period:
        if self.source.year is not None:
            return Period.of_year(self.source.year)
        return notices.notice(self.source.table.notice).span

    # --- who the lines are about ------------------------------------------------------------------------------------

    def _identify(self, lines: Sequence[Line], piece: Piece) -> None:
        asked = [line for line in lines if not line.wrong]
        evidence = [
            Evidence(
                line.parts[piece.word].get("id_number", ""), line.certificate if line.person is None else ""
            )
            for line in asked
        ]
        found = [Identity()] * len(asked) if self.blind else identification.identify(evidence)
        for line, identity in zip(asked, found, strict=True):
            if line.person is not None:
                identity = Identity(None if self.blind else line.person)
            self.identities[piece.word, line.key] = identity
        asker = questions.Asker(
            piece, self.source.decisions, self.county.pk, self.viewer, self.content.naming
        )
        if self.blind:
            asker.describe(asked)
            return
        self.questions += asker.ask(asked, self.identities)
        keys = {
            i.person
            for (word, _key), i in self.identities.items()
            if word == piece.word and i.person is not None
        }
        self.known.update(identification.known(keys))

    def _aliases(self, line: Line, piece: Piece) -> list[Alias]:
        """What tells the person of a line apart within the file, surest first."""
        identity = self.identities[piece.word, line.key]
        number = line.parts[piece.word].get("id_number")
        found: list[Alias] = []
        if identity.person is not None:
            found.append(("key", identity.person))
        if number:
            found.append(("number", number))
        if line.certificate and line.person is None:
            found.append(("certificate", line.certificate[:CERTIFICATE_LENGTH]))
            if not number:
                found.append(("number", line.certificate[:ID_LENGTH]))
        if line.evidence:
            found.append(("said", line.evidence))
        return found

    def _person(self, line: Line, piece: Piece) -> Entity:
        """The person of a line: met before in the file, in the registry, or new."""
        met = next((e for a in self._aliases(line, piece) if (e := self.by_alias.get(a)) is not None), None)
        if met is not None:
            return met
        key = self.identities[piece.word, line.key].person
        if key is None:
            return Entity(piece)
        known = self.known[key]
        return Entity(piece, key, known.columns, held=dict(known.certificates), counties=known.counties)

    # --- the table's own rows ---------------------------------------------------------------------------------------

    def _key(self, line: Line, piece: Piece) -> tuple[Any, ...]:
        held = {**piece.constants, **line.parts[piece.word]}
        return tuple(held.get(column) for column in piece.key)

    def _refs(self, line: Line) -> dict[str, Entity]:
        return {p.attribute: self._part(line, p) for p in self.shape.parts if p.named(line.parts[p.word])}

    def _part(self, line: Line, piece: Piece) -> Entity:
        if piece.is_person:
            return self._person(line, piece)
        if not piece.made:
            return self.looked.entity(piece, said_of(piece, line.parts[piece.word]))
        key = self._key(line, piece)
        return self._keyed(piece, key, key)

    def _keyed(self, piece: Piece, alias: tuple[Any, ...], key: tuple[Any, ...] | None) -> Entity:
        """The row with this key: met before in the file, in the registry, or new."""
        found = self.registry.row(piece, key) if key is not None else None
        name = columnar.alias_of(piece, alias, found["id"] if found else None)
        entity = self.by_alias.get(name)
        if entity is None:
            entity = Entity(piece, found["id"], found) if found else Entity(piece)
            if found and piece is self.shape.own:
                entity.computed = self.computed.get(found["id"], {})
            self.by_alias[name] = entity
        return entity

    def _own_key(
        self, line: Line, refs: Mapping[str, Entity]
    ) -> tuple[tuple[Any, ...], tuple[Any, ...] | None]:
        """Of the table's own row: what tells it apart in the file, and in the registry (None: nothing there yet)."""
        piece = self.shape.own
        held = {**piece.constants, **line.parts[""]}
        inside = tuple(refs[column] if column in refs else held.get(column) for column in piece.key)
        keys = tuple(value.key if isinstance(value, Entity) else value for value in inside)
        return inside, None if any(isinstance(v, Entity) and v.key is None for v in inside) else keys

    def _load_own(self) -> None:
        """Load the table's own rows that refer to rows which are there already, once all is known that tells them apart."""
        own = self.shape.own
        derivation.derive(self.lines, self.shape, self.identities, self.known)
        if self.whole is not None:
            self.whole.begin(self.lines, self.identities)
        if not self.blind:
            deaths.warn(self.lines, self.shape, self.identities, self.known)
        if own.is_person:
            self.hung.load(self.known)
            return
        keys = [key for line in self.lines if not line.wrong for key in self._present(line)]
        self.registry.load(own, keys)
        standing = {row["id"] for key in keys if (row := self.registry.row(own, key)) is not None}
        self.computed = claims.computed(self.shape, standing)
        self.hung.load(standing)

    def _present(self, line: Line) -> Iterable[tuple[Any, ...]]:
        """The key of the line's own row by the registry's keys, if all that it refers to is there."""
        held = {**self.shape.own.constants, **line.parts[""]}
        for piece in self.shape.parts:
            if piece.is_person:
                key = self.identities[piece.word, line.key].person
            elif not piece.made:
                key = self._part(line, piece).key
            else:
                found = self.registry.row(piece, self._key(line, piece))
                key = found["id"] if found else None
            if key is None and not piece.optional:
                return
            held[piece.attribute] = key
        yield tuple(held.get(column) for column in self.shape.own.key)

    # --- verdicts ---------------------------------------------------------------------------------------------------

    def _says_less(self, line: Line) -> bool:
        """Whether the line lacks something that a new row of some ledger needs."""
        return any(self._unstated(line, piece) for piece in self.shape.pieces)

    def _unstated(self, line: Line, piece: Piece) -> frozenset[str]:
        said = {*piece.constants, *line.parts[piece.word], *line.derived[piece.word]}
        return piece.required - said if piece.named(line.parts[piece.word]) else frozenset()

    def _judge_all(self) -> dict[int, Verdict]:
        """The verdict of every line. Lines that state everything come first, then those for whom all they leave unsaid is
        known or was added by a line before, over and over: so what a file does never hangs on the order of its lines."""
        verdicts = {line.key: self._judge(line) for line in self.lines if not self._says_less(line)}
        rest = [line for line in self.lines if line.key not in verdicts]
        while ready := [line for line in rest if self._has_all(line)]:
            verdicts.update((line.key, self._judge(line)) for line in ready)
            rest = [line for line in rest if line.key not in verdicts]
        verdicts.update((line.key, self._judge(line)) for line in rest)
        return verdicts

    def _has_all(self, line: Line) -> bool:
        """Whether nothing that the line leaves unsaid is needed for a row that is not there yet."""
        if line.wrong or line.waits or line.unsettled:
            return True
        refs = self._refs(line)
        own = None if self.shape.own.is_person else self._keyed(self.shape.own, *self._own_key(line, refs))
        for piece in self.shape.referring(refs):
            entity = refs[piece.attribute] if piece.attribute else own or self._person(line, self.shape.own)
            if entity.key is None and not entity.asserted and self._unstated(line, piece):
                return False
        return True

    def _judge(self, line: Line) -> Verdict:
        if line.wrong:
            return Verdict.WRONG
        if line.waits or line.unsettled:
            return Verdict.CONFLICT
        for piece in self.people:
            identity = self.identities[piece.word, line.key]
            known = self.known.get(identity.person) if identity.person is not None else None
            here = known is not None and self.county.pk in known.counties
            if contradictions.with_registry(line, piece, identity, known, here=here):
                return Verdict.CONFLICT
        refs = self._refs(line)
        if self.shape.own.is_person:
            own = self._person(line, self.shape.own)
        else:
            own = self._keyed(self.shape.own, *self._own_key(line, refs))
        if self._mixed_up(line, refs, own):
            return Verdict.WRONG
        again = self.asserted.get(id(own))
        if again is not None:
            return repeated.verdict(line, *again, self.people)
        if self._lacking(line, refs, own) or self.words.refuse(line, self._asserted(refs, own)):
            return Verdict.WRONG
        self.asserted[id(own)] = (line, repeated.said(line))
        own.refs = refs
        return self._compare(line, refs, own)

    def _mixed_up(self, line: Line, refs: Mapping[str, Entity], own: Entity) -> bool:
        """Whether earlier lines of the file contradict who this one is about."""
        return any(
            contradictions.within_file(
                line, piece, refs.get(piece.attribute, own), self._aliases(line, piece), self.by_alias
            )
            for piece in self.people
        )

    def _lacking(self, line: Line, refs: Mapping[str, Entity], own: Entity) -> bool:
        """Note what a new row of a ledger would lack; whether there was any."""
        lacking = False
        for piece, entity in self._asserted(refs, own):
            if entity.key is not None or entity.asserted:
                continue
            for column in sorted(self._unstated(line, piece)):
                target = piece.columns.get(column)
                message = _("缺少“%s”，请补填。") % piece.label(column)
                line.say(Finding("required", message), target.name if target else "")
                lacking = True
        return lacking

    def _asserted(self, refs: Mapping[str, Entity], own: Entity) -> list[tuple[Piece, Entity]]:
        """The rows that a line asserts, by what of it belongs to each."""
        return [(p, refs[p.attribute] if p.attribute else own) for p in self.shape.referring(refs)]

    def _compare(self, line: Line, refs: Mapping[str, Entity], own: Entity) -> Verdict:
        total = Comparison()
        confirmed = OVERWRITE in words(self.source.decisions, line.key)
        for piece, entity in self._asserted(refs, own):
            if contradictions.reference_kept(line, piece, own, entity) or not piece.made:
                continue
            if not entity.asserted:
                entity.asserted = True
                self.entities[piece.ledger.code].append(entity)
            if piece.is_person:
                for alias in self._aliases(line, piece):
                    self.by_alias[alias] = entity
            foreign = bool(entity.counties) and self.county.pk not in entity.counties
            compared = cell_changes.compare(
                line,
                entity,
                self.exactness.says_less,
                foreign=foreign,
                shared=piece.is_person and bool(entity.counties - {self.county.pk}),
                confirmed=confirmed,
            )
            self.standing.note(line, entity, compared.changes)
            total += compared
            approved = entity.before.get("state") == State.APPROVED
            if approved and not self.final and compared.changes and not piece.attribute:
                message = _("这条记录已审核：改动要等审核人采纳，采纳前记录和数字都不变。")
                line.say(Finding("approval_again", message, Level.HINT), "")
        total += self.hung.compare(line, own, self.entities)
        self.changes.extend(total.changes)
        if own.key is None:
            return Verdict.NEW
        if total.changes:
            return Verdict.CHANGED
        return Verdict.CONFLICT if total.withheld else Verdict.SAME

    def _existing_own(self) -> Iterable[tuple[Entity, Line]]:
        for entity, line in self._owners():
            if entity.key is not None:
                yield entity, line

    def _owners(self) -> Iterable[tuple[Entity, Line]]:
        """The table's own rows that are asserted, each with the line that asserts it."""
        for entity in self.entities[self.shape.own.ledger.code]:
            if id(entity) in self.asserted:
                yield entity, self.asserted[id(entity)][0]
