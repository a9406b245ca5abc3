"""Finding a person by her name as somebody types it: its beginning, pinyin, initials. By a number: ``lookups``."""

from __future__ import annotations

from django.db.models import Model, Q, QuerySet

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers import sight
from qiaojie.ledgers.queries import Row
from qiaojie.ledgers.viewer import Action, Viewer
from qiaojie.lib import pinyin
from qiaojie.lib.text import name_key

from . import lookups
from .ledger import PERSONS

_CANDIDATES = 400
"""Names of the same initials, or the same beginning, that are read to find those meant."""


def find(text: str, viewer: Viewer, size: int = 20) -> list[Row]:
    """Up to ``size`` persons whom the viewer may see and whose name fits what was typed, as the viewer sees them; logged.

    Latin letters find names by spelling or initials; anything else the beginning of a name, then names that contain it. A
    number finds nobody here, and whoever sees names masked finds nobody by anything. At most four queries.
    """
    if not sight.seeks_people(viewer) or lookups.is_number(text):
        return []
    found = _keys(text.strip(), ledgers.rows(PERSONS, viewer).filter(canonical__isnull=True), size)
    people = lookups.shown(found, viewer)
    viewer.note(Action.SEE, "search", rows=len(people))
    return people


def _keys(text: str, rows: QuerySet[Model], size: int) -> list[int]:
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


def _by_letters(letters: str, rows: QuerySet[Model], size: int) -> list[int]:
    wanted = Q()
    for begun in pinyin.possible_initials(letters):
        # A range, since the order of small letters is the same under every collation and an index serves it.
        wanted |= Q(initials__gte=begun, initials__lt=begun[:-1] + chr(ord(begun[-1]) + 1))
    near = rows.filter(wanted).order_by("name_key", "pk").values_list("pk", "name")[:_CANDIDATES]
    return [pk for pk, name in near if pinyin.begins_with(name, letters)][:size]
