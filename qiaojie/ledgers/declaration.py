"""How a ledger is declared: its fields, and which of them are the person, the unit, the date and the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date as Day
from enum import StrEnum
from typing import Any, Final, Literal

from django.apps import apps
from django.db.models import Expression, F, Model, Q
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qiaojie.lib import values
from qiaojie.lib.findings import Unusable

from .limits import Limit
from .viewer import UNGUARDED, Personal, Viewer

Label = str | Promise

Derivation = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""From the columns of a row, and those of the person it is about, to the value of another column; None where nothing says it."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to part the rows of a ledger when somebody asks how many there are (临时要数).

    ``value`` is the value by which a row is parted: a ``choice`` of ``choices``, a ``text``, the key of a ``region``, the day
    whose ``month`` it is, or a ``number`` (in ``unit``) that falls into one of ``bands`` (the first and the last of each, both
    inclusive; None: without end). ``personal`` is what kind of personal data it tells; to whom that is hidden, it is no grouping.
    """

    name: str
    label: Label
    kind: Literal["choice", "text", "region", "month", "number"]
    value: Callable[[], Expression | Combinable]
    choices: Mapping[Any, Label] = field(default_factory=dict)
    bands: tuple[tuple[int | None, int | None], ...] = ()
    unit: Label = ""
    personal: Personal = Personal.NONE


@dataclass(frozen=True, slots=True)
class Remedy:
    """How what a field lacks is mended. ``way`` says where: a paper handed in of the row that the field is of, its form, its
    approval, a proof, a certificate of the person. ``words`` is what the button says; ``bring`` what whoever is called up brings
    along ('' where the office mends it alone)."""

    way: Literal["paper", "edit", "approve", "prove", "certificate"]
    words: Label
    bring: Label = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a ledger.

    ``name`` is the word that notices and tables use (``class.kind``); ``path`` is where the value lies (ORM path from
    the ledger's model; by default the name with ``__`` for dots). A value that has to be worked out (``person.disabled``
    on the day of the event) is an ``expression`` instead, and is never entered. ``until`` is the second column of a
    span of days, whose first is ``path``.
    """

    name: str
    label: Label
    kind: str = "text"
    path: str = ""
    until: str = ""
    expression: Callable[[], Expression | Combinable] | None = None
    choices: Mapping[str, Label] = field(default_factory=dict)
    personal: Personal = Personal.NONE
    unit: str = ""
    listed: bool = True
    filtered: bool = False
    required: bool = False
    """Whether every row states it, though the column may be empty: of ledgers that are declared as data."""
    part_of: str = ""
    """The field of which this one is a part (其中): its value is never the larger."""
    flow: Literal["", "spent", "earned"] = ""
    """Of money of its own kind (no part or share of other money): whether the programme spent it or somebody earned it."""
    by: str = ""
    """The field that tells sums of this one apart: from where money came, for what it was paid."""
    told: bool = False
    """Whether it is the row's own, though not entered in it or not approved: open to whoever outside the offices sees the row."""
    by_source: str = ""
    """The part that must be named when this field is set for many rows at once: what was said of all of them, and is kept."""
    lack: Label = ""
    """What a row lacks, in a clerk's words, when this field keeps it from counting and somebody can mend that."""
    lack_only: tuple[Any, ...] = ()
    """The values that can still be mended, if not all."""
    remedy: Remedy | None = None
    """How that is mended; of every field that may lack."""
    asked: bool = True
    """Whether the ledger's own table has a column for it; not for what only some form claims."""
    copied: bool = True
    """Whether a new row that is entered after the pattern of an earlier one takes it over; not what is evidence of that one."""
    applies: Mapping[str, Any] = field(default_factory=dict)
    """Which rows may have it, by other fields of theirs (conditions as in ``Limit.when``); empty: all of them."""
    account: bool = False
    """Whether the value is the name of an account: pages and files say whose it is."""
    headers: tuple[str, ...] = ()
    """What else offices write over a column of it: read so in every table that has no better use for the word."""
    whole_month: bool = False
    """Whether a date stands for its whole month: tables print and read the month, and its first day is kept."""
    shown_by: str = ""
    """Of a yes or no that says whether a paper is there: the kind of document that shows it."""
    grouped: bool | None = None
    """Whether rows can be parted by its values when somebody asks for a number; None: choices, yes or no and regions can."""
    coarse: Callable[[], Expression | Combinable] | None = None
    """What is shown instead, as an expression, to whom the value is masked (the county of a place)."""
    groups: tuple[Grouping, ...] = ()
    """Further ways to part rows, by what is worked out from it or hangs on it (an age band, the township of a place)."""
    sealed: bool = False
    """Whether its column is encrypted though it is shown whole: rows are neither sorted nor narrowed by it."""
    retired: bool = False
    """Whether it is filled in no longer: shown where a row has a value of it, asked nowhere."""
    on_order: bool = False
    """Whether it is collected only where a form of a notice in force orders it; elsewhere nobody is asked for it."""

    @property
    def value_kind(self) -> values.ValueKind:
        """The kind that parses, prints and masks this field."""
        return values.kind(self.table_kind)

    @property
    def table_kind(self) -> str:
        """The kind by which tables print and read this field."""
        return "month" if self.whole_month else self.kind

    @property
    def column(self) -> str:
        """The name under which a query carries the value."""
        if self.expression is not None:
            return "x_" + self.name.replace(".", "_")
        return self.path or self.name.replace(".", "__")

    @property
    def sortable(self) -> bool:
        """Whether a list may stand in the order of this field: a stored value, in the clear; names for whom they are."""
        return (
            self.expression is None
            and not self.sealed
            and (self.personal is Personal.NAME or not self.guarded)
        )

    @property
    def guarded(self) -> bool:
        """Whether it is a name, a number or the like, not only a day or a place that every clerk's list shows."""
        return self.personal not in UNGUARDED

    @property
    def summable(self) -> bool:
        """Whether values of many rows add up: a quantity in a unit, not a number that only names something."""
        return self.kind in ("integer", "money") and bool(self.unit)

    def value(self) -> Expression | Combinable:
        """The value as an expression of a query over the ledger's model."""
        return self.expression() if self.expression is not None else F(self.column)

    @property
    def grouping(self) -> Grouping | None:
        """How rows are parted by its values; None where they are not. How far rows have come is told apart in any case."""
        by_kind = self.kind in ("choice", "yes_no", "region") and self.name != "state"
        if not (by_kind if self.grouped is None else self.grouped):
            return None
        if self.kind == "region" and self.expression is None and "__" in self.column:
            # Two places may have one name: they are told apart by their keys.
            key = f"{self.column.rpartition('__')[0]}_id"
            return Grouping(self.name, self.label, "region", lambda: F(key), personal=self.personal)
        if self.kind == "yes_no":
            answers = {True: _("是"), False: _("否")}
            return Grouping(self.name, self.label, "choice", self.value, answers, personal=self.personal)
        if self.kind == "choice":
            return Grouping(self.name, self.label, "choice", self.value, self.choices, personal=self.personal)
        return Grouping(self.name, self.label, "text", self.value, personal=self.personal)


@dataclass(frozen=True, slots=True)
class LedgerPart:
    """A row of another ledger that a row refers to: its ledger and the foreign key that points to it."""

    ledger: str
    attribute: str
    made: bool = True
    """Whether a row that a form names and that is not there yet is made; False where it is only looked up (``Ledger.made``)."""


@dataclass(frozen=True, slots=True)
class Alike:
    """What makes two rows about one person records of the same matter, whichever office filed them: these columns are the
    same (where both are stated) and the days overlap. ``title`` names the matter. All are paths of the model."""

    same: tuple[str, ...]
    begins: str
    ends: str
    title: str


@dataclass(frozen=True, slots=True)
class Joins:
    """How rows that are one thing, entered twice, are joined (``ledgers.joining``): the model's column ``canonical`` points from
    a row to the one that is kept.

    ``words`` say what they are (同一个班); fields ``agree`` where they are one thing: where these contradict, they are two.
    ``begins`` and ``ends`` are the columns of its days ('' where it has none), ``people`` the ledger that says who was in it.
    """

    words: Label
    agree: tuple[str, ...]
    begins: str = ""
    ends: str = ""
    people: str = ""


@dataclass(frozen=True, slots=True)
class Spells:
    """Rows are spells of something that a whole list of its owner, handed in again and again, continues, begins and ends.

    ``begins`` and ``ends`` are the columns of its first and last day, ``same`` those in which a spell stays the same (besides
    the person), ``kind`` those by which a person has one at a time: 低保 of one category gives way to another, a certificate to
    the next. ``begun`` is True where a row that states no first day begins with the list. ``reason`` is the column that says why
    it ended ('' for none), ``replaced`` what it says where another spell follows.
    """

    begins: str
    ends: str
    same: tuple[str, ...]
    kind: tuple[str, ...] = ()
    begun: bool = True
    reason: str = ""
    replaced: Label = ""


class Station(StrEnum):
    """Where on a woman's way a ledger belongs: she is known, learns a craft, earns by it, works with a base, is cared for; and
    what shows all that. The order is that of the way."""

    PERSON = "person"
    TRAINING = "training"
    LIVELIHOOD = "livelihood"
    BASE = "base"
    SUPPORT = "support"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Ledger:
    """A kind of fact.

    ``person`` is the ORM path to the person (None where a row is no fact about one person), ``date`` the day that
    counts, ``filed_by`` the region of the office that entered the row, ``units`` other regions that may answer for the
    fact (统计归属) by the word that notices use, as expressions. ``scope`` says which rows a viewer may see; by default
    those that an office in the viewer's regions filed.
    """

    code: str
    label: Label
    model_label: str
    fields: tuple[Field, ...]
    date: str = "happened_on"
    filed_by: str = "filed_by"
    person: str | None = None
    units: Mapping[str, Callable[[], Expression | Combinable]] = field(default_factory=dict)
    approved: bool = True
    """Whether rows go through approval; registers such as persons do not."""
    key: tuple[str, ...] = ()
    """Columns of the model that, with the filing unit, tell one row from another: what comes again is the same row."""
    spelt: tuple[str, ...] = ()
    """Columns of ``key`` that hold the name of a thing as people write it: all spellings of one name (widths, brackets, spaces,
    numerals) are one, and a name that is nearly another's is asked about."""
    parts: Mapping[str, LedgerPart] = field(default_factory=dict)
    """Rows of other ledgers that a row refers to, by the first word of its fields (``class.title`` → ``class``)."""
    follows: Mapping[str, str] = field(default_factory=dict)
    """Columns that follow from others: column → column it repeats, of the row itself (``ends``) or of a row it refers
    to (``training_class__ends``). The day that counts is set so, and stays so when the other row changes."""
    lasts: str = ""
    """The column of the last day of what goes on from year to year (``ends``; empty: it goes on): what began before a
    period and still goes on in it counts in it from its first day, and nobody enters it again. '' for what counts once."""
    title: str = ""
    """The field that names a row in a sentence."""
    alike: Alike | None = None
    """When a row is probably entered elsewhere too; None where one person may have any number of rows at a time."""
    joins: Joins | None = None
    """How two rows that are one thing are joined; None where rows are not things that others refer to."""
    order: tuple[str, ...] = ("-pk",)
    limits: tuple[Limit, ...] = ()
    """What holds of every row, whatever table brings it; a notice adds its own."""
    scope: Callable[[Viewer], Q] | None = None
    documented: bool = False
    """Whether papers and photos (佐证材料) are kept of its rows."""
    paper: str = ""
    """The kind of paper that is handed in most of its rows, where nothing that a field speaks of (``Field.shown_by``) lacks."""
    closed: bool = False
    """Whether its declaration is gone: rows are shown, exported and undone, and none is entered or changed."""
    entered: bool = True
    """Whether rows are entered by a table of the ledger's own; some come about on a page of their own (a register of a class)."""
    completes: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    """Columns with those that follow from them (the key of a name, the hash of a number), typed; None where none do."""
    derives: Mapping[str, Derivation] = field(default_factory=dict)
    """What a list may leave out of a new row since it follows from the rest of it or from what is known of the person."""
    spells: Spells | None = None
    """How whole lists of their owner carry the rows on; None where no list is whole."""
    stops: str = ""
    """The column of the last day, which a person's death sets where it is open; '' where nothing goes on."""
    places: tuple[str, ...] = ()
    """Of rows about no person: paths to the regions that say where they happened, the closest first; the filing office's is
    known without them."""
    station: Station = Station.EVIDENCE
    """The group under which the list of all ledgers has it."""
    reviewed_by: str = ""
    """The word of ``parts`` whose rows an approver looks through at a time (the class of a trainee); '' where rows stand together
    by the batch that brought them."""
    free: tuple[str, ...] = ()
    """Of a register whose rows are confirmed: columns on which no count rests, which whoever enters changes at once."""
    made: bool = True
    """Whether a row that a form names and that is not there is made. False: rows come about on pages of their own alone
    (agencies); a form's row that names one is looked up, and one that nobody bears is a finding with the nearly right ones."""
    known_by: tuple[str, ...] = ()
    """Columns of which each alone tells a row that is looked up (a credit code); its title where none is stated."""
    once_called: str = ""
    """Of rows that are looked up: the path to the other names that a row has borne (``names__name``)."""
    holds: Callable[[Day], Q] | None = None
    """Of a register the condition that a row holds on a day (a certificate is valid, somebody lives); None: rows are of a day."""

    @property
    def confirmed(self) -> bool:
        """Whether it is a register whose rows an approver confirms (``people.models``)."""
        return not self.approved and any(f.name == "confirmed" for f in self.model._meta.concrete_fields)

    def optional(self, part: LedgerPart) -> bool:
        """Whether a row may stand without a row of that part: it then rests on nothing there."""
        return bool(self.model._meta.get_field(part.attribute).null)

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """All ways to part rows, in the order of the fields; by the month of the day that counts last."""
        found = [
            one
            for declared in self.fields
            for one in (*((declared.grouping,) if declared.grouping else ()), *declared.groups)
        ]
        if self.date:
            found.append(Grouping("month", _("月份"), "month", lambda: F(self.date)))
        return tuple(found)

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Pairs of columns that one field keeps as the first and the last day of something."""
        return [(one.path, one.until) for one in self.fields if one.until]

    @property
    def model(self) -> type[Model]:
        """The model whose rows are the facts."""
        return apps.get_model(self.model_label)

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError with the names there are."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(f"{self.code} has no field {name}; it has: {', '.join(f.name for f in self.fields)}")

    def makes(self, word: str) -> bool:
        """Whether a row that a form names by this word of ``parts``, and that is not there, is made."""
        part = self.parts[word]
        return part.made and get(part.ledger).made

    def whose(self, name: str) -> tuple[str, str, str]:
        """Of which row a field tells: the code of its ledger, the column of a row here that points to it ('' where it is this
        row), and what the field is called there."""
        word, _dot, rest = name.partition(".")
        part = self.parts.get(word) if rest else None
        return (part.ledger, f"{part.attribute}_id", rest) if part is not None else (self.code, "", name)

    def visible(self, viewer: Viewer) -> Q:
        """Condition for the rows that this viewer may see."""
        if not viewer.opens(self.code):
            return Q(pk__in=[])
        return self.scope(viewer) if self.scope is not None else viewer.scope(self.filed_by, "entered_by")


_ledgers: dict[str, Ledger] = {}
_added: dict[str, dict[str, str]] = {}

ROW: Final = "row"
"""The column by which a row of added fields refers to the row that it belongs to."""

_revision = 0
"""Counts up whenever a ledger is made known, changed or forgotten."""


def register(ledger: Ledger) -> Ledger:
    """Make a ledger known by its code. Raises ValueError when the code or a field name is taken."""
    global _revision
    names = [f.name for f in ledger.fields]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"ledger {ledger.code} declares {', '.join(sorted(twice))} twice")
    if _ledgers.get(ledger.code, ledger) is not ledger:
        raise ValueError(f"ledger {ledger.code} is declared twice")
    _ledgers[ledger.code] = ledger
    _revision += 1
    return ledger


def replace_declared(ledger: Ledger) -> Ledger:
    """Make a ledger known that is declared as data, in the place of an earlier declaration of it. Raises ValueError as
    ``register`` does for fields."""
    _ledgers.pop(ledger.code, None)
    register(ledger)
    return ledger


def forget(code: str) -> None:
    """A ledger that was declared as data is known no longer."""
    global _revision
    _ledgers.pop(code, None)
    _revision += 1


def add_fields(ledger: Ledger, word: str, code: str, fields: tuple[Field, ...]) -> None:
    """Give a ledger fields that the ledger ``code`` adds to its rows, named ``word.…``; those that it added before give way.
    Whoever holds the ledger has them from then on. Without fields nothing is added any more."""
    global _revision
    held = _added.setdefault(ledger.code, {})
    before = {known for known, by in held.items() if by == code}
    kept = tuple(one for one in ledger.fields if one.name.partition(".")[0] not in before)
    for known in before:
        del held[known]
    if fields:
        held[word] = code
    object.__setattr__(ledger, "fields", (*kept, *fields))
    _revision += 1


def added(code: str) -> Mapping[str, str]:
    """What others add to the rows of a ledger: the word before the dot in the names of their fields → the ledger that keeps them,
    whose rows refer to these by the column ``ROW``."""
    return _added.get(code, {})


def revision() -> int:
    """Counts up whenever a ledger is made known, changed or forgotten: what is worked out from ledgers and kept, is kept for
    one revision."""
    return _revision


def get(code: str) -> Ledger:
    """The ledger of that code. Raises KeyError with the codes there are."""
    try:
        return _ledgers[code]
    except KeyError:
        raise KeyError(f"no ledger {code}; there are: {', '.join(sorted(_ledgers))}") from None


def demand_open(ledger: Ledger) -> None:
    """Raise Unusable ``ledger_closed`` for a ledger whose declaration is gone."""
    if ledger.closed:
        text = gettext("“%s”已停用（它的文件夹不在了）：记录照样看、照样导出、照样撤销，不能再填、再改。")
        raise Unusable("ledger_closed", text % ledger.label)


def every() -> tuple[Ledger, ...]:
    """All ledgers in the order of their codes."""
    return tuple(_ledgers[code] for code in sorted(_ledgers))


def declared() -> tuple[Ledger, ...]:
    """All ledgers in the order in which they were declared: in a room the one first on which the others rest."""
    return tuple(_ledgers.values())


@dataclass(frozen=True, slots=True)
class Follower:
    """A column of a ledger's rows that repeats a column of the row which ``key`` refers to."""

    ledger: Ledger
    key: str
    column: str
    repeats: str


def followers(code: str) -> list[Follower]:
    """The columns of other ledgers' rows that move when a row of this ledger changes (the day that counts)."""
    found = []
    for ledger in every():
        for part in ledger.parts.values():
            for column, source in ledger.follows.items():
                attribute, _sep, repeats = source.partition("__")
                if repeats and part.ledger == code and attribute == part.attribute:
                    found.append(Follower(ledger, f"{attribute}_id", column, repeats))
    return found
