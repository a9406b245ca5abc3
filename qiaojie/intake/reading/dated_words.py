"""Words of lists that may not be entered for the day on which a row counts: a kind that has ended, one that has not begun, the
own word of another county. What is stored prints for ever; it is what is newly said that is held against the day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.codes.choices import DatedChoices
from qiaojie.ledgers.declaration import Field, Ledger
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.dates import print_date
from qiaojie.lib.findings import Finding
from qiaojie.notices.shape import Piece, Shape
from qiaojie.regions.models import Level, Region

from ..vocabulary.entity import Entity
from ..vocabulary.registry import county_of
from .lines import Line

TOLD: Final = 20
"""So many words in force are named in a sentence: all of nearly every list, and of the few long ones (民族) no page full."""


def finding(field: Field, code: Any, day: date | None, county: int | None) -> Finding | None:
    """``word_not_in_force`` where a code of a dated list may not be entered for a day (None: today) by a county; with the words
    that may be."""
    choices = field.choices
    if not isinstance(choices, DatedChoices) or code in (None, "") or code not in choices:
        return None
    on = day or timezone.localdate()
    open_words = choices.on(on, county)
    if code in open_words:
        return None
    text = _("“%(label)s”不能用于%(day)s的记录，这一天可以选的有：%(known)s。")
    known = [str(label) for label in open_words.values()]
    said = _("、").join(known[:TOLD]) + (_(" 等") if len(known) > TOLD else "")
    label = choices[code]
    return Finding(
        "word_not_in_force", text % {"label": label, "day": print_date(on), "known": said or _("无")}
    )


def restricted(pieces: Iterable[Piece]) -> list[tuple[Piece, str, Field]]:
    """The columns of a table's pieces whose lists have words that may not always be entered by everybody."""
    found = []
    for piece in pieces:
        for column in (*piece.columns, *piece.constants):
            field = piece.declared(column)
            if field is not None and asks(field):
                found.append((piece, column, field))
    return found


class DatedWords:
    """The words of a table's rows that are held against their days; ``county`` is the key of the county that enters them."""

    def __init__(self, shape: Shape, county: int) -> None:
        self.shape, self.county = shape, county
        self._held = restricted(shape.pieces)

    def take_own(self, line: Line) -> None:
        """A word that several counties have of their own is the county's that enters it."""
        for piece, column, field in self._held:
            said, choices = line.parts[piece.word].get(column), field.choices
            if isinstance(said, str) and isinstance(choices, DatedChoices):
                line.parts[piece.word][column] = choices.of_county(said, self.county)

    def refuse(self, line: Line, asserted: Iterable[tuple[Piece, Entity]]) -> bool:
        """Note at a line what words may not be entered for its day in the rows that it asserts; whether there were any. What such
        a row has already is left alone, whatever else of it changes."""
        entities = {piece.word: entity for piece, entity in asserted}
        wrong = False
        for piece, column, field in self._held:
            entity = entities.get(piece.word)
            said = line.parts[piece.word].get(column, piece.constants.get(column))
            if entity is None or (entity.key is not None and entity.before.get(column) == said):
                continue
            found = finding(field, said, self._day(line, piece), self.county)
            if found is not None:
                line.say(found, _name(piece, column))
                wrong = True
        return wrong

    def odd(self, size: int, column_of: Callable[[Piece, str], Sequence[Any]]) -> Iterator[int]:
        """The rows that have to be looked at one by one, by columns: those with a word that may not be entered for their day."""
        for piece, column, field in self._held:
            word, name = day_column(self.shape, piece)
            of = next(one for one in self.shape.pieces if one.word == word)
            days = column_of(of, name) if name else [None] * size
            known: dict[tuple[Any, Any], bool] = {}
            for place, pair in enumerate(zip(column_of(piece, column), days, strict=True)):
                if pair not in known:
                    known[pair] = finding(field, pair[0], _a_day(pair[1]), self.county) is not None
                if known[pair]:
                    yield place

    def _day(self, line: Line, piece: Piece) -> date | None:
        word, name = day_column(self.shape, piece)
        return _a_day(line.parts[word].get(name, line.derived[word].get(name))) if name else None


def day_column(shape: Shape, piece: Piece) -> tuple[str, str]:
    """The piece (by its word) and the column of the day for which a word of a piece is entered: on which its row counts, and of
    what has no such day that of the table's own row."""
    ledger = piece.ledger
    source = ledger.follows.get(ledger.date, ledger.date)
    attribute, sep, column = source.partition("__")
    if not sep:
        if any(one.attname == source for one in piece.model._meta.concrete_fields):
            return piece.word, source
        return ("", "") if piece is shape.own else day_column(shape, shape.own)
    if piece is not shape.own:
        return day_column(shape, shape.own)
    word = next((one for one, part in ledger.parts.items() if part.attribute == attribute), "")
    return (word, column) if word in {one.word for one in shape.pieces} else ("", "")


def county_at(region_id: int | None) -> int | None:
    """The key of the county that a region is or lies in; None above counties, and where no region is said. Few queries."""
    region = Region.objects.filter(pk=region_id).first() if region_id is not None else None
    found = county_of(region) if region is not None else None
    return found.pk if found is not None and found.level >= Level.COUNTY else None


def asks(*fields: Field) -> bool:
    """Whether a list of some field has words that may not always be entered by everybody."""
    return any(isinstance(one.choices, DatedChoices) and one.choices.restricted for one in fields)


def of_rows(
    field: Field, code: Any, rows: Mapping[int, tuple[date | None, int | None]], viewer: Viewer
) -> dict[int, Finding]:
    """The rows that may not have a word, by key, each with why. ``rows`` have their days and where they were filed (the number of
    the region in the tree; None: where the viewer is). One query where it is a county's own word."""
    choices = field.choices
    if not isinstance(choices, DatedChoices) or not asks(field) or code not in choices:
        return {}
    whose = choices.word(code).county
    county = Region.objects.filter(pk=whose).first() if whose is not None else None
    found: dict[int, Finding] = {}
    for pk, (day, place) in rows.items():
        own = county is not None and (
            viewer.covers(county.pk) if place is None else county.first <= place <= county.last
        )
        told = finding(field, code, day, whose if own else None)
        if told is not None:
            found[pk] = told
    return found


def of_row(ledger: Ledger, row: Model, after: Mapping[str, Any]) -> date | None:
    """The day on which a row counts once these columns are changed; None where it has none."""
    source = ledger.follows.get(ledger.date, ledger.date)
    if "__" in source or not hasattr(row, source):
        source = ledger.date
    return _a_day(after.get(source, getattr(row, source, None)))


def _a_day(value: Any) -> date | None:
    return value if isinstance(value, date) else None


def _name(piece: Piece, column: str) -> str:
    target = piece.columns.get(column)
    return target.name if target is not None else ""
