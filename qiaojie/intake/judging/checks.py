"""From a line's fields to the columns of ledgers, and what cells must have to do with each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.lib import identity
from qiaojie.lib.dates import DateSpan, print_date
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.periods import Period
from qiaojie.notices.shape import KeptField, Piece, Shape
from qiaojie.people.ledger import ISSUED_BY
from qiaojie.regions.queries import FINER, Matcher

from ..reading.lines import Line
from ..vocabulary.places import CellPlace, pointing
from . import sizes
from .issuers import Issuers


def spread(line: Line, shape: Shape, matcher: Matcher, issuers: Issuers) -> None:
    """Put what the line states into columns, the table's constants and what follows from numbers included."""
    claims = shape.claims
    kept_as = {keeper: claimed for claimed, keeper in claims.items()}
    for piece in shape.pieces:
        columns: dict[str, Any] = {}
        line.derived[piece.word] = {}
        for target in piece.targets:
            # A figure that came back in a computed column is kept where the table says, to be compared.
            name = kept_as.get(target.name, target.name) if target.name not in line.stated else target.name
            value = line.stated.get(name)
            if value is None:
                continue
            if target.field.kind == "certificate":
                # Whose it is, also where the row itself is the certificate.
                line.certificate = value
                if not piece.is_person:
                    columns[target.column] = value
            elif piece.own_target.get(ISSUED_BY) is target and piece.is_person:
                line.issuer, unknown = issuers.named(str(value))
                _say(line, target, unknown)
            elif isinstance(value, DateSpan):
                columns[target.column], columns[target.until] = value.begins, value.ends
                line.at[piece.word, target.until] = line.cell(name)
            elif target.field.kind == "region" and target.column:
                value = _region(line, piece, target, str(value), matcher)
                if value is not None:
                    columns[target.column] = value
            elif target.column:
                columns[target.column] = value
            line.at[piece.word, target.column] = line.cell(name)
        line.parts[piece.word] = _completed(piece, columns)
        if piece.is_person:
            _from_numbers(line, piece)


def _completed(piece: Piece, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say something, with those that follow from them (of a person they follow when she is written)."""
    said = {column: value for column, value in columns.items() if value not in (None, "")}
    return (
        piece.ledger.completes(said) if piece.ledger.completes is not None and not piece.is_person else said
    )


def _region(line: Line, piece: Piece, target: KeptField, text: str, matcher: Matcher) -> int | None:
    """The key of the region that a text names. What is unknown is kept in words, as the address."""
    found = matcher.match(text)
    if found.finding is not None:
        finding = found.finding
        # Where a person lives is kept in words at least; any other row would stand without its place.
        if finding.level is Level.ERROR and piece.is_person:
            message = finding.message + _("原文已记入住址。")
            finding = Finding(finding.code, message, Level.WARNING)
        if piece.is_person and (found.region is None or finding.code == FINER):
            line.derived[piece.word]["address"] = text
        line.say(finding, target.name)
    return None if found.region is None else found.region.pk


def _from_numbers(line: Line, piece: Piece) -> None:
    """Sex and day of birth as the identity number (or the one that the certificate carries) gives them."""
    number = line.parts[piece.word].get("id_number") or line.certificate[:18]
    read = identity.read_id(number).value if number else None
    if isinstance(read, identity.IdNumber):
        line.derived[piece.word].update(sex=read.sex, birth_date=read.birth_date)


def check(line: Line, shape: Shape, days: Period) -> None:
    """Note what contradicts itself within the line. ``days`` are those that the table is about."""
    for piece in shape.pieces:
        if piece.is_person:
            _check_person(line, piece, shape)
        _check_sizes(line, piece)
        _check_parts_of_wholes(line, piece)
        for first, last in piece.spans:
            _check_order(line, piece, first, last)
    _check_day(line, shape, days)


def _check_sizes(line: Line, piece: Piece) -> None:
    """``text_too_long``, ``number_too_large`` where a column cannot keep what a cell says."""
    for column, value in line.parts[piece.word].items():
        kept = sizes.column_of(piece, column)
        if kept is None:
            continue
        finding = sizes.misfit(kept, value, piece.label(column))
        if finding is not None:
            line.say(finding, _name(piece, column))


def _own_number(shape: Shape) -> KeptField | None:
    """The number of the certificate that a table's own rows are."""
    return next((one for one in shape.own.targets if one.field.kind == "certificate"), None)


def _check_person(line: Line, piece: Piece, shape: Shape) -> None:
    """The identity number against the certificate, the stated sex and the stated day of birth."""
    held, stated = line.parts[piece.word], piece.own_target
    number = identity.read_id(held.get("id_number")).value
    if not isinstance(number, identity.IdNumber):
        number = None
    certificate = identity.read_certificate(line.certificate).value if line.certificate else None
    if number and isinstance(certificate, identity.CertificateNumber):
        _say(line, stated.get("certificate") or _own_number(shape), identity.agree(number, certificate))
    if number and "sex" in held:
        _say(line, stated.get("sex"), identity.sex_differs(held["sex"], number))
    if number and held.get("birth_date") not in (None, number.birth_date):
        message = _("填的出生日期与身份证号里的 %(day)s 不一致，请核对。") % {
            "day": print_date(number.birth_date)
        }
        _say(line, stated.get("birth_date"), Finding("birth_differs", message, Level.WARNING))
    names = {"id_number", "certificate"} & stated.keys()
    unread = {issue.field for issue in line.issues if issue.level is Level.ERROR}
    if not (number or certificate or line.person) and not unread & {stated[name].name for name in names}:
        _without_number(line, piece, stated)


def _without_number(line: Line, piece: Piece, stated: Mapping[str, KeptField]) -> None:
    """``id_missing`` where a table that asks for numbers gives none: an error unless the name comes with a telephone or a
    day of birth. ``person_vague`` where a table that asks for none says nothing but a name."""
    held = line.parts[piece.word]
    known = bool(held.get("phone") or held.get("birth_date"))
    target = next((stated[name].name for name in ("id_number", "certificate") if name in stated), None)
    if target is not None and held.get("name") and known:
        message = _(
            "没有身份证号，也没有残疾人证号，按姓名、电话或出生日期认人，登记时标为无身份证号；有号码的请补填。"
        )
        line.say(Finding("id_missing", message, Level.WARNING), target)
    elif target is not None:
        message = _("没有身份证号，也没有残疾人证号，不能确定是谁，请至少填写一项。")
        line.say(Finding("id_missing", message), target)
    elif held.get("name") and not (known or {"address", "hukou_id", "home_id"} & held.keys()):
        message = _("除了姓名什么都没有，以后难以认出是谁，请补填电话或住址。")
        line.say(Finding("person_vague", message, Level.WARNING), stated["name"].name)


def _say(line: Line, target: KeptField | None, finding: Finding | None) -> None:
    if finding is not None and target is not None:
        line.say(finding, target.name)


def _check_parts_of_wholes(line: Line, piece: Piece) -> None:
    """``part_exceeds_whole`` where an 其中 is larger than what it is part of."""
    by_name = piece.own_target
    for target in piece.targets:
        whole = by_name.get(target.field.part_of)
        if whole is None or target.name not in line.cells or whole.name not in line.cells:
            continue
        part, of = line.stated.get(target.name), line.stated.get(whole.name)
        if isinstance(part, int) and isinstance(of, int) and part > of:
            there = line.place(whole.name, str(whole.field.label))
            text = _("“%(part)s”不能大于%(whole)s，请核对两格。")
            words = pointing(text, {"part": target.field.label, "whole": there})
            line.tell("part_exceeds_whole", words, target.name)


def _check_order(line: Line, piece: Piece, first: str, last: str) -> None:
    """``date_order`` where something ends before it begins."""
    begins, ends = (line.parts[piece.word].get(column) for column in (first, last))
    if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
        cell = line.at.get((piece.word, first), line.first_cell)
        there = CellPlace(cell, _name(piece, first), called=piece.label(first))
        text = _("“%(last)s”早于%(first)s，请核对两个日期。")
        words = pointing(text, {"last": piece.label(last), "first": there})
        line.tell("date_order", words, _name(piece, last), cell=line.at.get((piece.word, last), ""))


def _check_day(line: Line, shape: Shape, days: Period) -> None:
    """``date_outside`` where the day that counts lies outside the days that the table is about."""
    word, column = counting_column(shape)
    day = line.parts.get(word, {}).get(column)
    if isinstance(day, date) and not days.contains(day):
        message = _("%(day)s不在%(days)s之内，请核对年份；确实如此的，请注明后允许写入。") % {
            "day": print_date(day),
            "days": days.label,
        }
        piece = next(piece for piece in shape.pieces if piece.word == word)
        line.say(
            Finding("date_outside", message, Level.WARNING),
            _name(piece, column),
            line.at.get((word, column), ""),
        )


def counting_column(shape: Shape) -> tuple[str, str]:
    """The piece (by its word) and the column that hold the day on which a row of the table counts."""
    ledger = shape.own.ledger
    source = ledger.follows.get(ledger.date, ledger.date)
    attribute, sep, column = source.partition("__")
    if not sep:
        return "", source
    word = next((word for word, part in ledger.parts.items() if part.attribute == attribute), "")
    return word, column


def _name(piece: Piece, column: str) -> str:
    target = piece.columns.get(column)
    return target.name if target is not None else ""


def claims_against(
    line: Line, shape: Shape, computed: Mapping[str, Any], before: Mapping[str, Any]
) -> Iterable[tuple[str, Finding]]:
    """``claim_differs`` where a computed column came back with another figure than the registry's own.

    Where nothing is known but an earlier form's figure, that one is no computation and is not compared with.
    """
    for claimed, keeper in shape.claims.items():
        said, known = line.stated.get(claimed), computed.get(claimed)
        kept = next((t.column for t in shape.own.targets if t.name == keeper), "")
        if said is None or known is None or said == known or known == before.get(kept):
            continue
        field = shape.own.ledger.field(claimed)
        printed = field.value_kind.print(known, field.unit)
        message = _("“%(field)s”按台账计算是%(known)s，与填报的不同；填报数只作对照，不改台账。") % {
            "field": field.label,
            "known": printed,
        }
        yield claimed, Finding("claim_differs", message, Level.WARNING)
