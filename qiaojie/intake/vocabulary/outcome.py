"""What a plan says: a verdict per row, findings at cells, what would change and why, what may be confirmed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from qiaojie.ledgers.declaration import Field
from qiaojie.lib import masks
from qiaojie.lib.findings import Level
from qiaojie.lib.values import Cell, Label
from qiaojie.notices.forms import TableDef
from qiaojie.people.likeness import Rarity, Trait, Weighed, reasons, weighed
from qiaojie.regions.models import Region

from .entity import Entity
from .mends import Mend
from .places import IN_CELLS, Naming, Words, changed, told

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

ISSUED_BY = "issued_by:"
"""Decision: where nothing says who issued the certificate, it was the county (or zone) with the key that follows."""

LEFT_OPEN = "issuer_open"
"""Decision: who issued the certificate stays open; what rests on it waits."""

SAME_AS = "same:"
"""Decision: the class (base …; the word that follows says which piece of the row) is the one with the key that follows, or
the one that a row of the file names (row12)."""

ANOTHER = "another:"
"""Decision: the class (base …) is none of those that are called nearly so."""

WHOLE_FILE = 0
"""What stands in the place of a row's key where a decision is about all rows of a file."""


ENDED = "ended:"
"""Decision about a spell that a whole list no longer has (its key with a minus in place of a row's): it ended with the day that
follows, and why, where a reason is kept."""

STAYS = "stays"
"""Decision about such a spell: it goes on, the list has left it out."""


def words(decisions: Mapping[int, str], row: int) -> frozenset[str]:
    """What was decided about a row: who she is and whether to overwrite are two questions, parted by a space."""
    return frozenset(decisions.get(row, "").split())


ASKED = frozenset({"person_likely", "person_elsewhere", "person_in_file", "name_near"})
"""Findings that ask who or which thing is meant."""


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
    words: Words
    row: int = 0
    field: str = ""
    raw: Cell = None
    person: int | None = None
    """The key of the registered person that it speaks of."""

    @property
    def message(self) -> str:
        """The sentence for whoever has the workbook; for others see ``Plan.told``."""
        return self.told(IN_CELLS)

    def told(self, naming: Naming) -> str:
        """The sentence with places named as ``naming`` does."""
        return told(self.words, naming, self.row)


@dataclass(frozen=True, slots=True)
class CellChange:
    """A value of the registry that a row would change. ``foreign``: the person is none of the viewer's region; ``ledger``,
    ``key`` and ``column`` say which row of which ledger, and where."""

    row: int
    sheet: str
    cell: str
    subject: str
    field: Field
    before: Any
    after: Any
    rule: Rule
    foreign: bool = False
    ledger: str = ""
    key: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who a row without a usable number may be about: the decision to confirm it, and words without the number."""

    row: int
    decision: str
    words: Words


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody whom a row may mean. ``person`` is her key where the viewer may see her; ``cell`` names a cell of the row of the
    same file that may mean the same woman. Neither: somebody known to other counties only. ``moved``: she is registered
    otherwise than when the file was planned. ``weights`` (in bits) of what the two agree and then of what they differ in, their
    ``total``, ``version`` and the ``rarity`` of the name: as ``likeness.Score``; of somebody who may not be seen nothing."""

    agree: tuple[Trait, ...]
    differ: tuple[Trait, ...]
    person: int | None = None
    cell: str = ""
    moved: bool = False
    weights: tuple[float, ...] = ()
    total: float = 0.0
    version: str = ""
    rarity: Rarity | None = None

    @property
    def reasons(self) -> tuple[Label, ...]:
        """Why she may be meant, in words."""
        return reasons(self.agree, self.differ)

    @property
    def weighed(self) -> tuple[Weighed, ...]:
        """How much each of it weighs; () of somebody who may not be seen."""
        return weighed(self.agree, self.differ, self.weights, self.total, self.rarity)


@dataclass(frozen=True, slots=True)
class Question:
    """A row of which it is not certain whom it means: what it says of her (columns of a person), and who is like her.

    ``cell`` names the cell to look at; ``answer`` is what was decided about the row, ``memory`` the key of the earlier
    answer that was taken instead.
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
class NameSide:
    """A thing that a name may mean: the decision that says so, how it is called, its days in words ('' for none), and the cell of
    the same file that names it ('' for one of the registry)."""

    word: str
    title: str
    days: str
    cell: str = ""


@dataclass(frozen=True, slots=True)
class NameQuestion:
    """A name that is nearly another's: the row (by its key) and cell that say it first, the ledger of the thing, all rows that
    say it, what it may mean. ``another`` is the decision that it is none of them, ``answer`` what was decided."""

    row: int
    sheet: str
    cell: str
    ledger: str
    said: str
    days: str
    rows: tuple[int, ...]
    sides: tuple[NameSide, ...]
    another: str
    answer: str = ""

    @property
    def waits(self) -> bool:
        """Whether nobody has answered it."""
        return not self.answer

    @property
    def choices(self) -> tuple[str, ...]:
        """The decisions that answer it."""
        return (*(side.word for side in self.sides), self.another, LEAVE_OUT)


@dataclass(frozen=True, slots=True)
class AskedCounty:
    """A row whose new certificate says nowhere by which county it was issued. ``county`` is the answer (None: it stays open),
    ``decided`` whether there was one, ``own`` whether it was given for this row alone."""

    row: int
    county: int | None = None
    decided: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class RememberedPerson:
    """Whom a description without a number turned out to mean, to be remembered. ``confirmed``: somebody said so."""

    evidence: str
    person: Entity
    confirmed: bool


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """A column of a sheet: its header cell and text, label and name of the field it was read as ('' if not read)."""

    sheet: str
    cell: str
    text: str
    label: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A data row. ``key`` names it in decisions: its row number, in further sheets of a file after the first shifted."""

    key: int
    sheet: str
    number: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """What columns are to be read as: the key of a head -> the name of a target (``tables.bindings.targets``), '' for not read.

    ``fingerprint`` is that of the header it holds for, '' for any; ``said`` tells who chose it, and when. ``values`` are what
    holds for all rows instead of a column: field -> text.
    """

    chosen: Mapping[str, str]
    fingerprint: str = ""
    said: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


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
    typed: bool = False
    """Whether ``data`` are rows that were typed or handed in by a program (``reading.typed_rows``), and no file."""
    whole_on: date | None = None
    """The day as of which it is its owner's whole list; None where it is no whole list."""
    mends: tuple[Mend, ...] = ()
    """Cells that are read otherwise than they were handed in."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What whoever handed it in says of all its rows: field -> text, as a cell of its column would say it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A spell that goes on in the registry and that a whole list does not have: its row's key, whose it is, what kind of spell,
    since when, and what was answered: the last day (``ended``), that it ``stays``, or nothing yet."""

    key: int
    person: int
    kind: str
    begins: date | None
    ended: date | None = None
    reason: str = ""
    stays: bool = False

    @property
    def asked(self) -> bool:
        """Whether nobody has answered."""
        return self.ended is None and not self.stays


def hide_numbers(text: str) -> str:
    """The text without any whole identity number: what is shown, printed or handed on never carries one."""
    return _LONG_NUMBER.sub(lambda found: masks.mask_id(found[0]), text)


def discreet(issue: Issue) -> Issue:
    """The finding without any whole identity number in its words."""
    words = changed(issue.words, hide_numbers)
    return issue if words == issue.words else replace(issue, words=words)
