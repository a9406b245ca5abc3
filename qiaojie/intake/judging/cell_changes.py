"""What a line changes in a row that the registry has, and by which rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.text import name_key
from qiaojie.lib.titles import title_key
from qiaojie.notices.shape import Piece
from qiaojie.people.identification import CERTIFICATE_LENGTH
from qiaojie.people.models import HukouKind, Sex

from ..reading.lines import Line
from ..vocabulary.entity import Entity, NewCertificate
from ..vocabulary.outcome import CellChange, Rule
from ..vocabulary.places import CellPlace, pointing

_SAYS_NOTHING: Mapping[str, frozenset[str]] = {
    "sex": frozenset({Sex.UNKNOWN, Sex.UNSTATED}),
    "hukou_kind": frozenset({HukouKind.UNSTATED}),
    "marriage": frozenset({"90"}),
}
"""Codes of a person's columns that stand for "not known"."""


@dataclass
class Comparison:
    """Changes that a line makes, and whether one was withheld."""

    changes: list[CellChange] = field(default_factory=list)
    withheld: bool = False

    def __iadd__(self, other: Comparison) -> Comparison:
        self.changes += other.changes
        self.withheld |= other.withheld
        return self


SaysLess = Callable[[Piece, str, Any, Any], bool]
"""Of a column: whether what a file says is true of what is kept, and says less."""


def compare(
    line: Line, entity: Entity, says_less: SaysLess, *, foreign: bool, shared: bool, confirmed: bool
) -> Comparison:
    """Assert what a line says of one row: new values into ``entity.values``, differences into ``entity.changes``.

    A blank erases nothing, and what says less than what is kept changes nothing. Of two lines that differ, the first
    counts and the second is told. What another county may have entered about a person (``shared``) is changed only where
    ``confirmed``. ``foreign``: the person is known to other counties only, so what is known of her is shown masked.
    """
    piece = entity.piece
    result = Comparison()
    stated = {**piece.constants, **line.parts[piece.word]}
    if _issued_again(entity, stated):
        _keep_first_day(line, piece, stated)
    derived = {c: v for c, v in line.derived[piece.word].items() if c not in stated}
    for column, value in {**stated, **derived}.items():
        if column in entity.values:
            _same_as_before_in_file(line, entity, column, value, told=column in line.parts[piece.word])
            continue
        entity.values[column] = value
        entity.origin[column] = _place(line, piece, column)
        if entity.key is None or equal(piece, column, entity.before.get(column), value):
            continue
        before = entity.before.get(column)
        if column in entity.computed and entity.computed[column] == value:
            # Our own form come back: it says what was counted, and nobody has said otherwise.
            continue
        if blank(piece, column, before):
            rule = Rule.FILL
        elif column in derived or says_less(piece, column, before, value):
            continue
        elif not shared:
            rule = Rule.OWN
        elif confirmed:
            rule = Rule.CONFIRMED
        else:
            _withhold(line, piece, column)
            result.withheld = True
            continue
        entity.changes[column] = (before, value)
        change = told(line, entity, column, before, value, rule, foreign=foreign)
        if change is not None:
            result.changes.append(change)
    if piece.is_person and line.certificate:
        _certificate(line, entity, result, foreign)
    return result


def ending(line: Line, entity: Entity) -> list[CellChange]:
    """What a line ends of a row that it does not speak of itself: the spell that its own gives way to, what went on of somebody
    who has died. Told under the name of the ledger, at the cell of the day."""
    ledger = entity.piece.ledger
    cell = line.cell("died_on") if "died_on" in line.cells else line.first_cell
    found = []
    for column, (before, after) in entity.changes.items():
        declared = entity.piece.declared(column)
        if declared is not None:
            rule = Rule.FILL if before in (None, "") else Rule.OWN
            where = (line.key, line.sheet, cell, str(ledger.label), declared)
            found.append(CellChange(*where, before, after, rule, False, ledger.code, entity.key, column))
    return found


def _issued_again(entity: Entity, stated: Mapping[str, Any]) -> bool:
    """Whether a line tells a certificate that is known, under the number that it has since it was issued again (…B1)."""
    number, known = stated.get("number"), entity.before.get("number")
    if entity.piece.ledger.spells is None or not isinstance(number, str) or not isinstance(known, str):
        return False
    return number != known and number[:CERTIFICATE_LENGTH] == known[:CERTIFICATE_LENGTH]


def _keep_first_day(line: Line, piece: Piece, stated: dict[str, Any]) -> None:
    """What counted under the certificate before goes on counting: its first day is not that of the paper issued again."""
    spells = piece.ledger.spells
    if spells is None or stated.pop(spells.begins, None) is None:
        return
    message = _("是同一本证的补办，发证日期仍按登记的，没有改；以前计入的不受影响。")
    target = piece.columns.get(spells.begins)
    line.say(Finding("certificate_reissued", message, Level.HINT), target.name if target else "")


def _same_as_before_in_file(line: Line, entity: Entity, column: str, value: Any, *, told: bool) -> None:
    """``differs_in_file`` where an earlier line said something else of the same row."""
    piece = entity.piece
    if not told or equal(piece, column, entity.values[column], value):
        return
    text = _("“%(what)s”与%(cell)s不同，而两处说的是同一个%(kind)s；已按先出现的为准，请核对。")
    said = {"what": piece.label(column), "cell": entity.origin[column], "kind": piece.ledger.label}
    target = piece.columns.get(column)
    line.tell("differs_in_file", pointing(text, said), target.name if target else "", Level.WARNING)


def _withhold(line: Line, piece: Piece, column: str) -> None:
    message = _("“%s”与登记的不同，而登记的内容可能由其他区县填报，没有改动；确认要改的，请在计划中确认。")
    target = piece.columns.get(column)
    finding = Finding("other_agency", message % piece.label(column), Level.WARNING)
    line.say(finding, target.name if target else "")


def _certificate(line: Line, entity: Entity, result: Comparison, foreign: bool) -> None:
    """A certificate that the registry does not know of her yet is added beside those it knows."""
    number = line.certificate
    prefix = number[:CERTIFICATE_LENGTH]
    target = entity.piece.own_target.get("certificate")
    if prefix in entity.held or target is None:
        # Where the row itself is the certificate, it is added as such.
        return
    if entity.key is not None:
        known = next(iter(entity.held.values()), None)
        if known is not None:
            message = _("登记的残疾人证号与此不同，已另记为一本证，请核对哪一本有效。")
            line.say(Finding("certificate_changed", message, Level.WARNING), target.name)
        result.changes.append(
            CellChange(
                line.key,
                line.sheet,
                line.cell(target.name),
                _subject(entity),
                target.field,
                known,
                number,
                Rule.ADDED if known else Rule.FILL,
                foreign,
                entity.piece.ledger.code,
                entity.key,
            )
        )
    entity.held[prefix] = number
    entity.certificates.append(NewCertificate(number, line.key, line.issuer))


def told(
    line: Line, entity: Entity, column: str, before: Any, value: Any, rule: Rule, *, foreign: bool
) -> CellChange | None:
    """A change of one column as it is told at its cell; None for a column that no field names."""
    piece = entity.piece
    declared = piece.declared(column)
    if declared is None:
        span = piece.span(column)
        if span is None:
            return None
        # Only the span has a name: both sides are told with both days.
        declared, first, last = span
        known = {name: entity.before.get(name) for name in (first, last)}
        said = {**known, **entity.values}
        before, value = _days(known[first], known[last]), _days(said[first], said[last])
    cell = line.at.get((piece.word, column), line.first_cell)
    ledger = piece.ledger.code
    return CellChange(
        line.key,
        line.sheet,
        cell,
        _subject(entity),
        declared,
        before,
        value,
        rule,
        foreign,
        ledger,
        entity.key,
        column,
    )


def _days(begins: date | None, ends: date | None) -> DateSpan | None:
    known = begins is not None and (ends is None or begins <= ends)
    return DateSpan(begins, ends) if known else None


def _subject(entity: Entity) -> str:
    """The row in a word: a person's name masked, a class by its title."""
    piece = entity.piece
    if piece.is_person:
        return str(piece.ledger.field("name").value_kind.mask(entity.value("name")))
    if not piece.ledger.title or "." in piece.ledger.title:
        ref = next((each for each in entity.refs.values() if each.piece.is_person), None)
        return _subject(ref) if ref is not None else ""
    return str(entity.value(piece.ledger.field(piece.ledger.title).column) or "")


def _place(line: Line, piece: Piece, column: str) -> CellPlace:
    target = piece.columns.get(column)
    cell = line.at.get((piece.word, column), line.first_cell)
    return CellPlace(cell, target.name if target else "", line.sheet)


def blank(piece: Piece, column: str, value: Any) -> bool:
    """Whether a value that is kept says nothing, so that it may be filled in."""
    return value is None or value == "" or silent(piece, column, value)


def silent(piece: Piece, column: str, value: Any) -> bool:
    """Whether a code stands for "not known"."""
    return piece.is_person and value in _SAYS_NOTHING.get(column, ())


def equal(piece: Piece, column: str, left: Any, right: Any) -> bool:
    """Whether two values of a column are the same; spellings of one name are."""
    if left == right or not isinstance(left, str) or not isinstance(right, str):
        return bool(left == right)
    if column in piece.ledger.spelt:
        return title_key(left) == title_key(right)
    return column == "name" and name_key(left) == name_key(right)
