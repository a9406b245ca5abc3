"""What a plan says: a verdict per row, findings at cells, what would change and why, what may be confirmed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Any, overload

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.models import Batch
from qiaojie.lib import masks
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Cell, Label
from qiaojie.notices.forms import TableDef
from qiaojie.people.likeness import Mark, reasons
from qiaojie.regions.models import Region

from .entities import Entity

if TYPE_CHECKING:
    from .bulk import Bulk
    from .reading import Content

_LONG_NUMBER = re.compile(r"[0-9]{14,}[0-9Xx]*")

USE_CERTIFICATE = "use_certificate"
"""Decision: the lost identity number of this row is the one that its certificate carries."""

OVERWRITE = "overwrite"
"""Decision: this row may change what another unit has entered about the person."""

PERSON = "person:"
"""Decision: this row is about the person with the key that follows."""

NEW_PERSON = "new_person"
"""Decision: this row is about none of those who are like her, but about somebody not yet known."""

LEAVE_OUT = "leave_out"
"""Decision: this row is not taken in."""


def words(decisions: Mapping[int, str], row: int) -> frozenset[str]:
    """What was decided about a row: who she is and whether to overwrite are two questions, parted by a space."""
    return frozenset(decisions.get(row, "").split())


ASKED = frozenset({"person_likely", "person_elsewhere", "person_in_file"})
"""Findings that ask who is meant."""


class Verdict(StrEnum):
    """What becomes of a row. Only new and changed rows are written."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"
    """It contradicts the registry; nothing is written until somebody has looked."""
    WRONG = "wrong"
    """It is wrong in itself."""
    LEFT = "left"
    """Somebody decided to leave it out."""


VERDICTS: Mapping[Verdict, Label] = {
    Verdict.NEW: _("新增"),
    Verdict.CHANGED: _("有变化"),
    Verdict.SAME: _("已存在"),
    Verdict.CONFLICT: _("待确认"),
    Verdict.WRONG: _("有错"),
    Verdict.LEFT: _("不导入"),
}


class Rule(StrEnum):
    """By which rule a value that is there may be changed. A blank cell changes nothing."""

    FILL = "fill"
    OWN = "own"
    CONFIRMED = "confirmed"
    ADDED = "added"


RULES: Mapping[Rule, Label] = {
    Rule.FILL: _("补空"),
    Rule.OWN: _("本单位所填，可改"),
    Rule.CONFIRMED: _("经办已确认"),
    Rule.ADDED: _("另记一项"),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """A finding at a cell. ``row`` is the key of its row (0: the sheet or file), ``raw`` what the cell holds."""

    sheet: str
    cell: str
    code: str
    level: Level
    message: str
    row: int = 0
    field: str = ""
    raw: Cell = None


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value of the registry that a row would change. ``foreign``: the person is none of the viewer's region."""

    row: int
    sheet: str
    cell: str
    subject: str
    field: Field
    before: Any
    after: Any
    rule: Rule
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who a row without a usable number may be about: the decision to confirm it, and words without the number."""

    row: int
    decision: str
    words: str


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody whom a row may mean. ``person`` is her key where the viewer may see her; ``cell`` is a cell of the row of the
    same file that may mean the same woman. Neither: somebody known to other counties only. ``moved``: she is registered
    otherwise than when the file was planned."""

    agree: tuple[Mark, ...]
    differ: tuple[Mark, ...]
    person: int | None = None
    cell: str = ""
    moved: bool = False

    @property
    def reasons(self) -> tuple[Label, ...]:
        """Why she may be meant, in words."""
        return reasons(self.agree, self.differ)


@dataclass(frozen=True, slots=True)
class Question:
    """A row of which it is not certain whom it means: what it says of her (columns of a person), and who is like her.

    ``answer`` is what was decided about the row, ``memory`` the key of the earlier answer that was taken instead.
    """

    row: int
    sheet: str
    cell: str
    said: Mapping[str, Any]
    sides: tuple[Side, ...]
    answer: str = ""
    memory: int | None = None

    @property
    def waits(self) -> bool:
        """Whether nobody has answered it."""
        return not self.answer and self.memory is None

    @property
    def choices(self) -> tuple[str, ...]:
        """The decisions that answer it."""
        return (*(f"{PERSON}{side.person}" for side in self.sides if side.person), NEW_PERSON, LEAVE_OUT)


@dataclass(frozen=True, slots=True)
class Met:
    """Whom a description without a number turned out to mean, to be remembered. ``confirmed``: somebody said so."""

    evidence: str
    person: Entity
    confirmed: bool


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """A column of a sheet: its header cell and text, and the label of the field it was read as ('' if not read)."""

    sheet: str
    cell: str
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A data row. ``key`` names it in decisions: its row number, in further sheets of a file after the first shifted."""

    key: int
    sheet: str
    number: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """What columns are to be read as: the key of a head -> the name of a target (``tables.headers.targets``), '' for not read.

    ``fingerprint`` is that of the header it holds for, '' for any; ``said`` tells who chose it, and when.
    """

    chosen: Mapping[str, str]
    fingerprint: str = ""
    said: str = ""


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
class Source:
    """What a plan is made from; with the registry it decides the plan."""

    data: bytes = field(repr=False)
    name: str
    table: TableDef
    region: Region
    year: int | None = None
    decisions: Mapping[int, str] = field(default_factory=dict)
    maps: tuple[HeaderMap, ...] = ()


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
    met: Sequence[Met] = field(default=(), repr=False)
    blind: bool = False
    """Whether it was made without looking at what is registered, for somebody outside the offices."""

    def called(self, verdict: Verdict) -> Label:
        """What a verdict is called."""
        return _("待区县核对") if self.blind and verdict is Verdict.NEW else VERDICTS[verdict]

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many rows of each verdict; they add up to the number of rows."""
        found = Counter(self.rows.verdicts)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def to_write(self) -> int:
        """How many rows a commit writes."""
        counts = self.counts
        return counts[Verdict.NEW] + counts[Verdict.CHANGED]

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
        )


def hide_numbers(text: str) -> str:
    """The text without any whole identity number: what is shown, printed or handed on never carries one."""
    return _LONG_NUMBER.sub(lambda found: masks.mask_id(found[0]), text)


def as_mapping(plan: Plan, batch: Batch | None = None) -> dict[str, Any]:
    """The plan as programs read it; ``batch`` is the number of the batch once it is committed."""
    choices = {question.row: list(question.choices) for question in plan.questions if question.waits}
    return {
        "rows": len(plan.rows),
        **{verdict.value: number for verdict, number in plan.counts.items()},
        "issues": [
            {
                "sheet": issue.sheet,
                "cell": issue.cell,
                "code": issue.code,
                "level": issue.level.value,
                "message": issue.message,
                **({"row": issue.row, "choices": choices[issue.row]} if issue.code in ASKED else {}),
            }
            for issue in plan.issues
        ],
        "batch": None if batch is None else batch.pk,
    }
