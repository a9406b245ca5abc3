"""Rows whose identity number a spreadsheet destroyed: who they may be about, and what somebody has confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib import identity, masks
from qiaojie.lib.cells import number_of, plain
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.text import squeeze
from qiaojie.lib.values import Cell
from qiaojie.notices.shape import KeptField, Piece
from qiaojie.people import likeness
from qiaojie.people.likeness import Profile
from qiaojie.people.models import Person
from qiaojie.people.queries import visible

from ..reading.lines import Line
from ..vocabulary.outcome import (
    ISSUED_BY,
    LEAVE_OUT,
    NEW_PERSON,
    OVERWRITE,
    PERSON,
    USE_CERTIFICATE,
    Candidate,
    words,
)
from ..vocabulary.places import Words, plus, pointing
from . import issuers, near_names

LOST = "id_lost"


def surviving(cell: Cell) -> str:
    """The digits of a destroyed number that are still true: the first 15; '' where not even those can be seen."""
    number = number_of(cell)
    text = plain(number) if number is not None else squeeze(cell)
    return text[: identity.EXACT_DIGITS] if text.isascii() and text.isalnum() and len(text) == 18 else ""


def apply(lines: Sequence[Line], piece: Piece, decisions: Mapping[int, str], viewer: Viewer) -> None:
    """Carry out what was confirmed for rows with a lost number; before anything else is checked."""
    number, certificate = (piece.own_target.get(name) for name in ("id_number", "certificate"))
    named = {
        key: int(word.removeprefix(PERSON))
        for key in decisions
        for word in words(decisions, key)
        if _names_person(word)
    }
    known = (
        set(visible(viewer).filter(pk__in=named.values()).values_list("pk", flat=True)) if named else set()
    )
    for line in lines:
        if number is not None and named.get(line.key) in known and _untold(line, piece):
            # Nothing but the decision tells who she is: a row entered from her page.
            line.person = named[line.key]
            line.say(Finding("person_confirmed", _("按经办确认，是登记的这个人。"), Level.HINT), number.name)
            continue
        if number is None or not _lost(line, number):
            continue
        if USE_CERTIFICATE in words(decisions, line.key) and certificate is not None:
            carried = _carried(line, number, certificate)
            if carried:
                _clear(line, number)
                line.stated[number.name] = carried
                message = _("按经办确认，采用残疾人证号前18位。")
                line.say(Finding("id_from_certificate", message, Level.HINT), number.name)
        elif named.get(line.key) in known:
            _clear(line, number)
            line.person = named[line.key]
            line.say(Finding("person_confirmed", _("按经办确认，是登记的这个人。"), Level.HINT), number.name)


def offer(lines: Sequence[Line], piece: Piece, viewer: Viewer | None, county: int) -> list[Candidate]:
    """Who the lost numbers may belong to: as the certificate says, else who may be meant by the rest, the day of birth in the
    digits that survived among it (without a viewer nobody who is registered)."""
    number, certificate = (piece.own_target.get(name) for name in ("id_number", "certificate"))
    if number is None:
        return []
    found: list[Candidate] = []
    searched: dict[int, Profile] = {}
    for line in lines:
        if not _lost(line, number):
            continue
        carried = _carried(line, number, certificate) if certificate is not None else ""
        if carried and certificate is not None:
            there = line.place(certificate.name, str(certificate.field.label))
            text = _("%(certificate)s前18位为%(number)s，校验通过，可以确认采用。")
            carrying = pointing(text, {"certificate": there, "number": masks.mask_id(carried)})
            found.append(Candidate(line.key, USE_CERTIFICATE, carrying))
            _append(line, number, carrying)
            continue
        told = _said(line, piece, number, county)
        if told is not None and viewer is not None:
            searched[line.key] = told
    answers = likeness.search([*searched.values()], county, viewer) if viewer and searched else []
    alike = dict(zip(searched, answers, strict=True))
    labels = _labels({one.person for like in alike.values() for one in like.alike if one.known})
    for line in lines:
        for one in alike[line.key].alike if line.key in alike else ():
            if not one.known:
                continue
            why = "、".join(str(reason) for reason in one.reasons)
            text = _("登记库中可能是她的人：%(who)s（%(why)s），可以确认是她。")
            words = text % {"who": labels[one.person], "why": why}
            found.append(Candidate(line.key, f"{PERSON}{one.person}", words))
            _append(line, number, words)
    return found


def is_decision(word: str) -> bool:
    """Whether the word is one that a row's decision may be."""
    plain = (USE_CERTIFICATE, OVERWRITE, NEW_PERSON, LEAVE_OUT)
    return word in plain or _names_person(word) or issuers.is_answer(word) or near_names.is_answer(word)


def may_decide(word: str, viewer: Viewer) -> bool:
    """Whether the viewer may decide so: who is meant, and whose words hold, is for an office to say. Somebody outside may
    leave a row out, take the number of a certificate, or name a person whom their own agency entered."""
    if word.startswith(ISSUED_BY) and not issuers.names_county(word):
        return False
    if not viewer.outside or word in (LEAVE_OUT, USE_CERTIFICATE):
        return True
    return _names_person(word) and visible(viewer).filter(pk=int(word.removeprefix(PERSON))).exists()


def joined(before: str, word: str) -> str:
    """A row's decisions with one more: it replaces what answered the same question, and leaving out replaces all."""
    if LEAVE_OUT in (before, word):
        return word
    kept = {one for one in before.split() if _matter(one) != _matter(word)}
    return " ".join(sorted({*kept, word}))


def _matter(word: str) -> str:
    """Which question about a row a decision answers: who she is, whose words hold, who issued her certificate, which class …"""
    if issuers.is_answer(word):
        return ISSUED_BY
    if near_names.is_answer(word):
        return near_names.matter(word)
    return OVERWRITE if word == OVERWRITE else PERSON


def _names_person(word: str) -> bool:
    return word.startswith(PERSON) and word.removeprefix(PERSON).isdecimal()


def _lost(line: Line, number: KeptField) -> bool:
    return any(issue.code == LOST and issue.field == number.name for issue in line.issues)


def _untold(line: Line, piece: Piece) -> bool:
    """Whether a line says nothing that could tell one woman from another of her name."""
    names = (piece.own_target.get(word) for word in ("id_number", "certificate", "phone", "birth_date"))
    return all(
        target is None or target.name not in line.cells or not squeeze(line.cells[target.name][1])
        for target in names
    )


def _clear(line: Line, number: KeptField) -> None:
    line.issues = [issue for issue in line.issues if not (issue.code == LOST and issue.field == number.name)]


def _append(line: Line, number: KeptField, words: Words) -> None:
    line.issues = [
        replace(issue, words=plus(issue.words, words))
        if issue.code == LOST and issue.field == number.name
        else issue
        for issue in line.issues
    ]


def _carried(line: Line, number: KeptField, certificate: KeptField) -> str:
    """The identity number that the line's certificate carries, unless the digits that survived say otherwise."""
    read = identity.read_certificate(line.stated.get(certificate.name)).value
    if not isinstance(read, identity.CertificateNumber):
        return ""
    raw = line.cells[number.name][1] if number.name in line.cells else None
    seen = surviving(raw)
    return read.id_number.number if read.id_number.number.startswith(seen) else ""


def _said(line: Line, piece: Piece, number: KeptField, county: int) -> Profile | None:
    """What a row says of her beside the number; None where it is not even a name and a day."""
    told = {
        word: line.stated.get(target.name)
        for word in ("name", "birth_date", "phone", "address")
        if (target := piece.own_target.get(word)) is not None
    }
    if told.get("birth_date") is None:
        told["birth_date"] = _birth(surviving(line.cells[number.name][1]))
    if not told.get("name") or not isinstance(told["birth_date"], date):
        return None
    return likeness.said({word: value for word, value in told.items() if value is not None}, (), county)


def _birth(digits: str) -> date | None:
    """The day of birth in the digits that survived of an 18-character number."""
    try:
        return date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return None


def _labels(keys: set[int]) -> dict[int, str]:
    rows = Person.objects.filter(pk__in=keys).values_list("pk", "name", "id_number")
    return {pk: f"{masks.mask_name(name)} {masks.mask_id(number or '')}".strip() for pk, name, number in rows}
