"""Finding a person by what somebody types: a name or its beginning, pinyin, initials, a number or how it ends."""

from __future__ import annotations

import re

from django.db.models import Model, Q, QuerySet

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers import sight
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Sight, Viewer
from qiaojie.lib import pinyin
from qiaojie.lib.crypto import keyring
from qiaojie.lib.identity import normalise
from qiaojie.lib.text import name_key

from .identification import CERTIFICATE_LENGTH, ID_LENGTH, TAIL
from .ledger import CERTIFICATES, PERSONS

_NUMBER = re.compile(r"[0-9]+[0-9X]?(B[0-9]{1,2})?")
_PHONE = 11
"""Digits of a mobile number."""

_CANDIDATES = 400
"""Names of the same initials, or the same beginning, that are read to find those meant."""


def find(text: str, viewer: Viewer, size: int = 20) -> list[Row]:
    """Up to ``size`` persons whom the viewer may see and who fit what was typed, as the viewer sees them; logged.

    A whole number (identity, certificate, telephone) finds its owner, the last four characters of an identity number
    all whose number ends so, the last six of a certificate (these four, category and grade) all of that grade among them;
    Latin letters find names by spelling or initials; anything else the beginning of a name, then names that contain it.
    At most four queries.
    """
    found = _keys(text.strip(), ledgers.rows(PERSONS, viewer).filter(canonical__isnull=True), size, viewer)
    told = ("name", "sex", "birth_date", "id_number", "hukou")
    fields = [field for field in ledgers.fields_of(PERSONS, viewer) if field.name in told]
    shown = ledgers.shown(PERSONS, viewer, ledgers.rows(PERSONS, viewer).filter(pk__in=found), fields)
    by_key = {row.pk: row for row in shown}
    viewer.note(Action.SEE, "search", rows=len(by_key))
    return [by_key[pk] for pk in found if pk in by_key]


def _keys(text: str, rows: QuerySet[Model], size: int, viewer: Viewer) -> list[int]:
    number = normalise(text)
    if _NUMBER.fullmatch(number):
        graded = sight.registered(CERTIFICATES, CERTIFICATES.field("grade"), viewer) is Sight.WHOLE
        wanted = _by_number(number, graded=graded)
        # Outside the offices a number is not known to be hers, though their own agency entered her.
        if wanted is None or viewer.outside:
            return []
        return list(rows.filter(wanted).order_by("pk").distinct().values_list("pk", flat=True)[:size])
    letters = pinyin.typed(text)
    if letters:
        return _by_letters(letters, rows, size)
    key = name_key(text)
    if not key:
        return []
    # Sorted here: a database that has to sort finds all who bear the name of a province first.
    begun = rows.filter(name_key__startswith=key).order_by().values_list("name_key", "pk")[:_CANDIDATES]
    found = [pk for _name, pk in sorted(begun)][:size]
    if len(found) < size:
        more = rows.filter(name_key__contains=key).exclude(pk__in=found).order_by("name_key", "pk")
        found += more.values_list("pk", flat=True)[: size - len(found)]
    return found


def _by_number(number: str, *, graded: bool) -> Q | None:
    ring = keyring()
    if len(number) == TAIL:
        return Q(id_tail__in=ring.blinds(number, "person.id_tail"))
    if len(number) == TAIL + 2 and number.isdigit():
        # Her category is not asked for, nor her grade by whoever may not see it: nobody must learn them by trying.
        held = Q(certificates__number_hash__isnull=False)
        held &= Q(certificates__grade=number[-1]) if graded else Q()
        return Q(id_tail__in=ring.blinds(number[:TAIL], "person.id_tail")) & held
    if len(number) == _PHONE:
        return Q(phone_hash__in=ring.blinds(number, "person.phone"))
    if len(number) == ID_LENGTH:
        return Q(id_hash__in=ring.blinds(number, "person.id_number"))
    if len(number) >= CERTIFICATE_LENGTH:
        hashes = ring.blinds(number[:CERTIFICATE_LENGTH], "certificate.number")
        carried = ring.blinds(number[:ID_LENGTH], "person.id_number")
        return Q(certificates__number_hash__in=hashes) | Q(id_hash__in=carried)
    return None


def _by_letters(letters: str, rows: QuerySet[Model], size: int) -> list[int]:
    wanted = Q()
    for begun in pinyin.possible_initials(letters):
        # A range, since the order of small letters is the same under every collation and an index serves it.
        wanted |= Q(initials__gte=begun, initials__lt=begun[:-1] + chr(ord(begun[-1]) + 1))
    near = rows.filter(wanted).order_by("name_key", "pk").values_list("pk", "name")[:_CANDIDATES]
    return [pk for pk, name in near if pinyin.begins_with(name, letters)][:size]
