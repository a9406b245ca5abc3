"""The plan of a file: every row with its verdict, what was found, what would change, and what is to be written."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, overload

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiaojie.ledgers import declaration
from qiaojie.ledgers.models import Batch
from qiaojie.lib.values import Label

from ..reading.lines import Content
from ..vocabulary import mends
from ..vocabulary.entity import Entity, NewCertificate
from ..vocabulary.outcome import (
    ASKED,
    VERDICTS,
    AskedCounty,
    Candidate,
    CellChange,
    Gone,
    HeaderColumn,
    Issue,
    NameQuestion,
    PlannedRow,
    Question,
    RememberedPerson,
    Source,
    Verdict,
)
from ..vocabulary.places import IN_CELLS, Naming
from .by_columns.judge import Bulk

_waiting: Label = gettext_lazy("待区县核对")


class Rows(Sequence[PlannedRow]):
    """Data rows from top to bottom, each made when it is asked for: a file may have a million.

    ``parts`` are the sheets in their order: name, what is added to a row's number to make its key, and the keys.
    """

    def __init__(self, parts: Sequence[tuple[str, int, Sequence[int]]], verdicts: Sequence[Verdict]) -> None:
        self.parts = parts
        self.verdicts = verdicts
        self.ends = list(accumulate(len(keys) for _sheet, _shift, keys in parts))

    @property
    def keys(self) -> Iterator[int]:
        """The keys from top to bottom."""
        return (key for _sheet, _shift, keys in self.parts for key in keys)

    def __len__(self) -> int:
        return len(self.verdicts)

    @overload
    def __getitem__(self, at: int) -> PlannedRow: ...

    @overload
    def __getitem__(self, at: slice) -> list[PlannedRow]: ...

    def __getitem__(self, at: int | slice) -> PlannedRow | list[PlannedRow]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        part = bisect_right(self.ends, place)
        sheet, shift, keys = self.parts[part]
        key = keys[place - (self.ends[part - 1] if part else 0)]
        return PlannedRow(key, sheet, key - shift, self.verdicts[place])


@dataclass(frozen=True)
class Plan:
    """What a file would do to the registry. ``version`` is the registry's that it was made on."""

    source: Source = field(repr=False)
    version: int
    rows: Rows = field(repr=False)
    issues: Sequence[Issue] = field(repr=False)
    changes: Sequence[CellChange] = field(repr=False)
    candidates: Sequence[Candidate] = field(repr=False)
    columns: Sequence[HeaderColumn] = field(repr=False)
    entities: Sequence[Entity] = field(repr=False)
    """Rows of ledgers to write that were judged one by one, those that others refer to first."""
    owners: Mapping[int, Entity] = field(repr=False)
    """The table's own row that a line says, by the line's key; of lines judged one by one."""
    bulk: Bulk | None = field(repr=False)
    """What the other lines say."""
    content: Content = field(repr=False)
    """The file as it was read."""
    questions: Sequence[Question] = field(default=(), repr=False)
    names: Sequence[NameQuestion] = field(default=(), repr=False)
    """Names that are nearly another's, with what was answered."""
    met: Sequence[RememberedPerson] = field(default=(), repr=False)
    naming: Naming = field(default=IN_CELLS, repr=False)
    """How its cells are named to whoever handed it in."""
    counties: Sequence[AskedCounty] = field(default=(), repr=False)
    """Rows to write whose new certificate says nowhere by which county it was issued."""
    gone: Sequence[Gone] = field(default=(), repr=False)
    """Of a whole list: the spells of its kinds that it no longer has."""
    kinds: Sequence[str] = field(default=(), repr=False)
    """Of a whole list that was just read: of what it is a list."""
    titled: str = ""
    """The one county that the file's title speaks of ('' for none)."""
    blind: bool = False
    """Whether it was made without looking at what is registered, for somebody outside the offices."""

    def told(self, issue: Issue) -> str:
        """What was found, for whoever handed it in."""
        return issue.told(self.naming)

    def called(self, verdict: Verdict) -> Label:
        """What a verdict is called."""
        return _waiting if self.blind and verdict is Verdict.NEW else VERDICTS[verdict]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many rows of each verdict; they add up to the number of rows."""
        found = Counter(self.rows.verdicts)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def carried(self) -> dict[str, int]:
        """How many rows that stand new rows change by the way, by ledger: the class, the base, the person that they refer to."""
        new = {row.key for row in self.rows if row.verdict is Verdict.NEW} if self.changes else set()
        found = {(one.ledger, one.key) for one in self.changes if one.row in new and one.key is not None}
        return dict(Counter(ledger for ledger, _key in sorted(found)))

    @property
    def carried_words(self) -> str:
        """``carried`` in words ('' for nothing)."""
        return "、".join(
            _("%(ledger)s %(number)d 条") % {"ledger": declaration.get(ledger).label, "number": number}
            for ledger, number in self.carried.items()
        )

    @property
    def to_write(self) -> int:
        """How many rows a commit writes, spells that a whole list ends counted in."""
        counts = self.counts
        return counts[Verdict.NEW] + counts[Verdict.CHANGED] + sum(one.ended is not None for one in self.gone)

    @property
    def outcome(self) -> tuple[object, ...]:
        """What a second plan of the same file must equal if the registry has not moved under it."""
        changes = [(c.row, c.cell, c.field.name, c.before, c.after) for c in self.changes]
        return (
            [(sheet, list(keys)) for sheet, _shift, keys in self.rows.parts],
            list(self.rows.verdicts),
            changes,
            [entity.key for entity in self.entities],
            self.bulk.keys if self.bulk else (),
            [(one.row, one.county) for one in self._issued()],
            [(one.key, one.ended, one.reason) for one in self.gone],
            # Of a new row the outcome tells no values: what was mended of it does.
            mends.said(self.source.mends),
            sorted(self.source.said.items()),
        )

    def _issued(self) -> Iterator[NewCertificate]:
        for entity in self.entities:
            yield from entity.certificates
        yield from (one for _at, one in (self.bulk.certificates if self.bulk else ()))


def choices_of(plan: Plan) -> dict[int, list[str]]:
    """The decisions that answer what is asked of a row, by its key: who she is, which class (base …) is meant."""
    found = {row: list(one.choices) for one in plan.names if one.waits for row in one.rows}
    for question in plan.questions:
        if question.waits:
            found[question.row] = list(dict.fromkeys([*question.choices, *found.get(question.row, ())]))
    return found


def as_mapping(plan: Plan, batch: Batch | None = None) -> dict[str, Any]:
    """The plan as programs read it; ``batch`` is the number of the batch once it is committed. ``changed`` counts rows that
    stand: the table's own, and those that new rows change by the way (``carried``, by ledger)."""
    carried = plan.carried
    numbers = {verdict.value: number for verdict, number in plan.counts.items()}
    choices = choices_of(plan)
    return {
        "rows": len(plan.rows),
        **numbers,
        "changed": numbers["changed"] + sum(carried.values()),
        **({"carried": carried} if carried else {}),
        "issues": [
            {
                "sheet": issue.sheet,
                "cell": issue.cell,
                "code": issue.code,
                "level": issue.level.value,
                "message": plan.told(issue),
                **({"row": issue.row, "choices": choices.get(issue.row, [])} if issue.code in ASKED else {}),
            }
            for issue in plan.issues
        ],
        "county_asked": [one.row for one in plan.counties if one.county is None],
        "batch": None if batch is None else batch.pk,
    }
