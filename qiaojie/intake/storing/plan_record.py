"""A plan for looking at, as bytes and back: plain values of declared kinds, written as JSON.

Bytes that name classes or functions, as those of ``pickle`` do, make the program run what they name. These hold text,
numbers and the few kinds of values declared here; reading them can make nothing else. They begin with a word for what a
plan is made of in this version of the program, so that what another version kept is told by its beginning and put aside.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import field_of, ledger_of
from qiaojie.regions.models import Region

from ..judging.plan import Plan, Rows
from ..reading.lines import Content
from ..vocabulary.mends import Mend
from ..vocabulary.outcome import (
    AskedCounty,
    Candidate,
    CellChange,
    Gone,
    HeaderColumn,
    HeaderMap,
    Issue,
    NameQuestion,
    NameSide,
    Question,
    Side,
    Source,
    Verdict,
)
from ..vocabulary.places import IN_CELLS, BoxNaming, CellPlace, Naming, Sentence

R = TypeVar("R")

LAYOUT: Final = 3
"""Counted up when the same fields are written in another way."""

_RECORDS: Final = (
    Issue,
    CellChange,
    Candidate,
    HeaderColumn,
    Question,
    Side,
    HeaderMap,
    AskedCounty,
    Gone,
    Mend,
    NameQuestion,
    NameSide,
)
"""What a plan consists of beside its source and the verdicts of its rows; nothing else is made from kept bytes."""

_SPOKEN: Final = (Sentence, CellPlace, BoxNaming)
"""What sentences with places among their words consist of."""

_DENSE: Final = 1
"""How hard zlib tries: the sheets, codes and sentences of a hundred thousand findings repeat, and more effort saves little."""


_NO_PLAN: Final = (
    zlib.error,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    Unusable,
    Region.DoesNotExist,
)
"""What reading raises for text of another layout, and where a table, a field or a region is there no more."""


class PlanUnreadable(Exception):
    """The bytes are no plan as this version of the program keeps one."""


def write(plan: Plan) -> bytes:
    """A plan for looking at: neither the file nor the rows to write, which a commit makes again.

    Raises TypeError for a value of a kind that is not declared here.
    """
    source, rows = plan.source, plan.rows
    held = [
        [source.name, source.table.name, source.region.pk, source.year, source.typed, source.whole_on],
        [
            list(source.decisions.items()),
            _columns_of(HeaderMap, source.maps),
            _columns_of(Mend, source.mends),
            list(source.said.items()),
        ],
        plan.version,
        plan.blind,
        plan.titled,
        _named_by(plan.naming),
        [(sheet, shift, list(keys)) for sheet, shift, keys in rows.parts],
        rows.verdicts,
        _columns_of(Issue, plan.issues),
        _columns_of(CellChange, plan.changes),
        _columns_of(Candidate, plan.candidates),
        _columns_of(HeaderColumn, plan.columns),
        _columns_of(Question, plan.questions),
        _columns_of(AskedCounty, plan.counties),
        _columns_of(Gone, plan.gone),
        _columns_of(NameQuestion, plan.names),
    ]
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"), default=_marked)
    return _beginning() + zlib.compress(text.encode("utf-8", "surrogatepass"), _DENSE)


def read(kept: bytes) -> Plan:
    """What ``write`` gave. Raises PlanUnreadable."""
    beginning = _beginning()
    if not kept.startswith(beginning):
        raise PlanUnreadable("kept by another version of the program")
    try:
        text = zlib.decompress(kept[len(beginning) :]).decode("utf-8", "surrogatepass")
        return _plan(json.loads(text, object_hook=_unmarked))
    except _NO_PLAN as fault:
        raise PlanUnreadable(str(fault)) from fault


def _plan(held: Any) -> Plan:
    (
        (name, table, region, year, typed, whole_on),
        (decisions, maps, mends, said),
        version,
        blind,
        titled,
        naming,
        *told,
    ) = held
    parts, verdicts, *found = told
    issues, changes, candidates, columns, questions, counties, gone, names = found
    source = Source(
        data=b"",
        name=name,
        table=notices.table(table),
        region=Region.objects.get(pk=region),
        year=year,
        decisions=dict(decisions),
        maps=tuple(_records(HeaderMap, maps)),
        typed=typed,
        whole_on=whole_on,
        mends=tuple(_records(Mend, mends)),
        said=dict(said),
    )
    verdict = _members(Verdict)
    return Plan(
        source=source,
        version=version,
        rows=Rows(
            [(sheet, shift, keys) for sheet, shift, keys in parts], [verdict[each] for each in verdicts]
        ),
        issues=_records(Issue, issues),
        changes=_records(CellChange, changes),
        candidates=_records(Candidate, candidates),
        columns=_records(HeaderColumn, columns),
        entities=(),
        owners={},
        bulk=None,
        content=Content(),
        questions=_records(Question, questions),
        counties=_records(AskedCounty, counties),
        gone=_records(Gone, gone),
        names=_records(NameQuestion, names),
        naming=_naming(naming),
        blind=blind,
        titled=titled,
    )


def _named_by(naming: Naming) -> list[Any] | None:
    """How a plan's cells are named: None by their addresses, else by the labels of boxes."""
    return [naming.labels, naming.above, naming.several] if isinstance(naming, BoxNaming) else None


def _naming(kept: Sequence[Any] | None) -> Naming:
    if kept is None:
        return IN_CELLS
    labels, above, several = kept
    return BoxNaming(tuple(labels), above, several)


@cache
def _beginning() -> bytes:
    """A word for what a plan is made of in this version of the program."""
    shape = [
        f"{each.__name__}.{column.name}"
        for each in (Plan, Source, *_SPOKEN, *_RECORDS)
        for column in fields(each)
    ]
    return b"plan " + hashlib.sha256(json.dumps([LAYOUT, *_KINDS, *shape]).encode()).digest()


# --- records, column by column ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """A field of a record: what makes its value plain and what makes it itself again; None where it is plain."""

    plain: Callable[[Any], Any] | None = None
    whole: Callable[[Any], Any] | None = None


def _column(hint: Any) -> _Column:
    """How a field of a type is kept. What is not told here is kept as JSON and ``_KINDS`` have it."""
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _Column(whole=_members(hint).__getitem__)
    if origin is tuple and inner[0] in _RECORDS:
        return _Column(lambda held: _columns_of(inner[0], held), lambda kept: tuple(_records(inner[0], kept)))
    if origin is tuple:
        member = _column(inner[0]).whole
        return _Column(whole=tuple if member is None else lambda kept: tuple(map(member, kept)))
    if origin is not None and issubclass(origin, Mapping):
        return _Column(lambda held: list(held.items()), dict)
    return _Column()


def _columns_of(record: type[Any], held: Iterable[Any]) -> list[Sequence[Any]]:
    names = [column.name for column in fields(record)]
    return [
        values if column.plain is None else [column.plain(value) for value in values]
        for column, values in zip(
            _LAYOUTS[record], zip(*map(attrgetter(*names), held), strict=True), strict=False
        )
    ]


def _records(record: type[R], kept: Sequence[Sequence[Any]]) -> list[R]:
    if not kept:
        return []
    columns = (
        values if column.whole is None else map(column.whole, values)
        for column, values in zip(_LAYOUTS[record], kept, strict=True)
    )
    return [record(*values) for values in zip(*columns, strict=True)]


@cache
def _members(kind: type[StrEnum]) -> dict[str, Any]:
    return {member.value: member for member in kind}


def _layout(record: type) -> tuple[_Column, ...]:
    hints = get_type_hints(record)
    return tuple(_column(hints[column.name]) for column in fields(record))


_LAYOUTS: Final[Mapping[type, tuple[_Column, ...]]] = {record: _layout(record) for record in _RECORDS}


# --- values that JSON does not have ----------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _names(revision: int) -> dict[int, tuple[str, str]]:
    """The fields of all ledgers: there is one object of each as long as no ledger changes."""
    return {id(field): (ledger.code, field.name) for ledger in declaration.every() for field in ledger.fields}


def _field(name: Sequence[str]) -> Field:
    ledger, field = name
    return field_of(ledger_of(ledger), field)


_KINDS: Final[Mapping[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "date": (date, date.isoformat, date.fromisoformat),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "timedelta": (
        timedelta,
        lambda held: (held.days, held.seconds, held.microseconds),
        lambda kept: timedelta(*kept),
    ),
    "decimal": (Decimal, str, Decimal),
    "span": (DateSpan, lambda held: (held.begins, held.ends), lambda kept: DateSpan(*kept)),
    "sentence": (Sentence, lambda held: held.parts, lambda kept: Sentence(tuple(kept))),
    "place": (
        CellPlace,
        lambda held: (held.cell, held.field, held.sheet, held.called, held.row),
        lambda kept: CellPlace(*kept),
    ),
    "field": (Field, lambda held: _names(declaration.revision())[id(held)], _field),
}
"""Each kind's name, its class, and how a value is made plain and itself again. A value is kept as an object with one key."""

_NAMED: Final = {kind: (name, plain) for name, (kind, plain, _whole) in _KINDS.items()}


def _marked(value: Any) -> dict[str, Any]:
    """A value that JSON does not have, under the name of its kind."""
    kind = _NAMED.get(type(value))
    if kind is None:
        raise TypeError(f"a plan keeps no {type(value).__name__}")
    name, plain = kind
    return {name: plain(value)}


def _unmarked(kept: dict[str, Any]) -> Any:
    """The value again. Raises KeyError for a kind that there is not, and what its kind raises for what is no such value."""
    ((name, plain),) = kept.items()
    return _KINDS[name][2](plain)
