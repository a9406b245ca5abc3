"""Papers as they are declared: files in ``data``, read once and checked whole, each fault with its file and key.

A paper is one or several tables in the keys of a notice's tables (``tables.defining``) and a few of its own. What lies open in a
room carries nothing of a person but her name: an ``open`` paper with any other personal field, or with a column for a number or a
category to be written in by hand, is not loaded.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from django.utils.translation import gettext as _

from qiaojie.documents.models import DocumentKind
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import UNGUARDED, Personal
from qiaojie.lib.findings import Unusable
from qiaojie.tables.defining import from_mapping
from qiaojie.tables.form import Form
from qiaojie.training.ledger import BUDGET_LINES, CLASSES, ENROLMENTS, LESSONS

FOLDER: Final = Path(__file__).parent / "data"

When = Literal["before", "during", "after"]
"""When a paper is wanted: before the class, while it goes on, after it."""

Rows = Literal["roster", "completers", "lessons", "budget", "fixed"]

LEDGERS: Final[Mapping[str, Ledger | None]] = {
    "roster": ENROLMENTS,
    "completers": ENROLMENTS,
    "lessons": LESSONS,
    "budget": BUDGET_LINES,
    "fixed": None,
}
"""Where the rows of a table come from, by its word ``rows``."""

WORKED_OUT: Final[Mapping[str, str]] = {"days": "integer", "rate": "money", "due": "money"}
"""What a trainee's row also has: days that she came to (by the register), the daily allowance, both multiplied. Name → kind."""

SHEET_BLANKS: Final = frozenset(
    {"unit", "today", "names", "day", "weekday", "part", "month", "teacher", "certificate_number"}
)
"""What texts of a paper may name besides ``class.…`` and, where each row has a sheet of its own, the row's own fields."""

REPEATED: Final = frozenset({"date", "part"})
"""What the texts of a column name that is repeated for each day or session of its sheet."""

_BLANK = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")
_BY_HAND = re.compile("身份证|残疾人?证|残疾类别|残疾等级|类别及等级|残疾程度")
"""Headings under which somebody would write by hand what an open paper must not have."""

_KEYS: Final = frozenset({"code", "label", "order", "when", "each", "open", "kind", "late", "tables"})
_OWN: Final = frozenset({"rows", "lines", "least", "spare"})
_EACH: Final = ("", "session", "month", "row")
_LATE: Final = ("", "begins", "ends", "day")


@dataclass(frozen=True, slots=True)
class PaperTable:
    """One table of a paper: the mapping of its form with blanks still in its texts, and where its rows come from.

    ``lines`` are its rows where they are ``fixed``; ``least`` rows stand in it at least and ``spare`` empty ones at its end.
    """

    form: Mapping[str, Any]
    rows: Rows
    fields: tuple[Field, ...]
    lines: tuple[Mapping[str, str], ...]
    least: int
    spare: int
    where: str

    @property
    def ledger(self) -> Ledger | None:
        """The ledger of its rows; None where they are fixed."""
        return LEDGERS[self.rows]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of a class. ``each`` says of what there is a sheet (once, of each session, month or row), ``late`` after which day
    a sheet says 补打 ('' never), ``kind`` as what kind of document it is kept when it comes back."""

    code: str
    label: str
    order: int
    when: When
    each: str
    open: bool
    kind: DocumentKind
    late: str
    tables: tuple[PaperTable, ...]

    @property
    def titled(self) -> str:
        """What its sheets are called in a sentence: the label without what stands in brackets."""
        return self.label.partition("（")[0]


def every() -> tuple[Paper, ...]:
    """All papers in the order in which a class needs them. Raises Unusable for a declaration that is wrong."""
    return _papers()


def paper(code: str) -> Paper:
    """The paper of that code. Raises Unusable ``paper_unknown``."""
    found = next((one for one in every() if one.code == code), None)
    if found is None:
        raise Unusable("paper_unknown", _("没有“%s”这种表。") % code[:40])
    return found


@cache
def _papers() -> tuple[Paper, ...]:
    found = [load(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.toml"))]
    return tuple(sorted(found, key=lambda one: one.order))


def load(text: str, where: str) -> Paper:
    """A paper from the text of its file; ``where`` begins every message.

    Raises Unusable: ``paper_key`` (missing, unknown, or with a value that is none), ``paper_blank_unknown``, ``paper_open`` (what
    may not lie open), ``field_unknown``, and what ``tables.defining`` says of its forms.
    """
    mapping = tomllib.loads(text)
    unknown = mapping.keys() - _KEYS
    if unknown:
        _fail("paper_key", where, "、".join(sorted(unknown)), _("不认识的键"))
    for key in ("code", "label", "order", "when", "kind", "tables"):
        if key not in mapping:
            _fail("paper_key", where, key, _("缺少这一项"))
    _one_of(mapping["when"], ("before", "during", "after"), where, "when")
    _one_of(mapping["kind"], DocumentKind.values, where, "kind")
    _one_of(mapping.get("each", ""), _EACH, where, "each")
    _one_of(mapping.get("late", ""), _LATE, where, "late")
    found = Paper(
        mapping["code"],
        mapping["label"],
        mapping["order"],
        mapping["when"],
        mapping.get("each", ""),
        mapping.get("open", False),
        DocumentKind(mapping["kind"]),
        mapping.get("late", ""),
        tuple(_table(table, f"{where} tables[{at}]") for at, table in enumerate(mapping["tables"])),
    )
    for table in found.tables:
        _check(found, table)
    return found


def form(table: PaperTable, blanks: Mapping[str, str], repeated: Sequence[Mapping[str, str]] = ()) -> Form:
    """The form of a table with its blanks filled, and with a column for each of ``repeated`` where one repeats."""
    made = from_mapping(_filled(table.form, blanks, repeated), table.where)
    # What is still to be written begins where there is room for it.
    captions = tuple(replace(one, align="left") if one.label.endswith("：") else one for one in made.captions)
    return replace(made, captions=captions)


def line(given: Mapping[str, str], blanks: Mapping[str, str]) -> dict[str, str]:
    """A fixed row with its blanks filled."""
    return {name: substituted(text, blanks) for name, text in given.items()}


def substituted(text: str, blanks: Mapping[str, str]) -> str:
    """A text with its blanks filled; one that nothing is known of stays empty."""
    return _BLANK.sub(lambda found: blanks.get(found[1], ""), text)


def named(table: PaperTable) -> list[str]:
    """The blanks that the texts of a table name."""
    texts = _texts((table.form, table.lines))
    return list(dict.fromkeys(found[1] for text in texts for found in _BLANK.finditer(text)))


def _table(given: Mapping[str, Any], where: str) -> PaperTable:
    rows = given.get("rows", "")
    _one_of(rows, tuple(LEDGERS), where, "rows")
    ledger = LEDGERS[rows]
    mapping = {key: value for key, value in given.items() if key not in _OWN}
    mapping["columns"] = [_column(column, ledger, where) for column in mapping.get("columns", [])]
    # A label that ends in a blank is no blank of a form: it is filled before the form is made.
    for key in ("captions", "signatures"):
        mapping[key] = [{"label": one} if isinstance(one, str) else one for one in mapping.get(key, [])]
    names = [name for name in _fields(mapping["columns"]) if name not in WORKED_OUT]
    fields = tuple(_field(ledger, name, where) for name in names) if ledger else ()
    lines = tuple(given.get("lines", ()))
    return PaperTable(mapping, rows, fields, lines, given.get("least", 0), given.get("spare", 0), where)


def _column(given: Mapping[str, Any], ledger: Ledger | None, where: str) -> dict[str, Any]:
    """A column with what the ledger says of its field."""
    column = dict(given)
    if "columns" in column:
        column["columns"] = [_column(one, ledger, where) for one in column["columns"]]
        return column
    name = column.get("field", "")
    if ledger is None or not name:
        return column
    if name in WORKED_OUT:
        return {"kind": WORKED_OUT[name], **column}
    field = _field(ledger, name, where)
    said: dict[str, Any] = {"kind": field.kind}
    if field.choices:
        said["choices"] = {str(code): str(label) for code, label in field.choices.items()}
    return {**said, **column}


def _field(ledger: Ledger, name: str, where: str) -> Field:
    try:
        return ledger.field(name)
    except KeyError as unknown:
        raise Unusable("field_unknown", f"{where}：{unknown.args[0]}") from unknown


def _fields(columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for column in columns:
        if "columns" in column:
            yield from _fields(column["columns"])
        elif column.get("field"):
            yield column["field"]


def _labels(columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for column in columns:
        yield column.get("label", "")
        yield from _labels(column.get("columns", ()))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, Sequence):
        for value in node:
            yield from _texts(value)


def _filled(node: Any, blanks: Mapping[str, str], repeated: Sequence[Mapping[str, str]]) -> Any:
    """A declaration with its blanks filled and its repeated columns drawn out."""
    if isinstance(node, str):
        return substituted(node, blanks)
    if isinstance(node, Mapping):
        return {key: _filled(value, blanks, repeated) for key, value in node.items() if key != "each"}
    if isinstance(node, Sequence):
        drawn: list[Any] = []
        for one in node:
            if isinstance(one, Mapping) and "each" in one:
                drawn += [_filled(one, {**blanks, **more}, repeated) for more in repeated]
            else:
                drawn.append(_filled(one, blanks, repeated))
        return drawn
    return node


def _check(paper: Paper, table: PaperTable) -> None:
    """Its blanks are known, its form can be made, and where it lies open it says no more of anybody than a name."""
    personal = {one.name: one.personal for one in table.fields}
    known = SHEET_BLANKS | {f"class.{one.name}" for one in CLASSES.fields} | REPEATED
    if paper.each == "row":
        personal |= {one.name: one.personal for one in ENROLMENTS.fields}
        known |= personal.keys()
    blanks = set(named(table))
    if blanks - known:
        _fail("paper_blank_unknown", table.where, "、".join(sorted(blanks - known)), _("没有这个空"))
    form(table, {}, [{"date": "1"}])
    if not paper.open:
        return
    used = {one.name for one in table.fields} | (blanks & personal.keys())
    shown = sorted(name for name in used if personal[name] not in UNGUARDED | {Personal.NAME})
    if shown:
        _fail("paper_open", table.where, "、".join(shown), _("摊开放的表上不能有这一项"))
    written = [
        text for text in _texts((list(_labels(table.form["columns"])), table.lines)) if _BY_HAND.search(text)
    ]
    above = list(_texts([table.form.get(key, ()) for key in ("captions", "notes", "signatures", "text")]))
    written += [text for text in above if _BY_HAND.search(text)]
    if written:
        _fail("paper_open", table.where, written[0], _("摊开放的表上不能有这一项"))


def _one_of(value: object, allowed: Sequence[str], where: str, key: str) -> None:
    if value not in allowed:
        _fail("paper_key", where, key, _("只能是：%s") % "、".join(one or '""' for one in allowed))


def _fail(code: str, where: str, key: str, text: str) -> None:
    raise Unusable(code, f"{where} {key}：{text}")
