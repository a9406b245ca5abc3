"""Plain rows: every cell read, nothing to be said of any, and no other row has a say in who they are about.

They are told from the others by columns, and judged by columns (``columnar``). A row that is in any doubt is not plain: it is
examined by itself, with all the rest that hangs on it. So what is found here is found again row by row, only slower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from qiaojie.ledgers.conditions import breaches
from qiaojie.lib import identity
from qiaojie.lib.dates import DateSpan
from qiaojie.lib.periods import Period
from qiaojie.lib.text import name_key
from qiaojie.notices.shape import Piece, Shape
from qiaojie.people.identification import CERTIFICATE_LENGTH, ID_LENGTH
from qiaojie.people.ledger import ISSUED_BY
from qiaojie.regions.queries import Matcher

from ...reading.dated_words import DatedWords
from ...reading.lines import Block, Content
from ...vocabulary.outcome import Source
from .. import checks, issuers, row_limits, sizes
from ..issuers import Issuers

Column = Sequence[Any]


class ColumnarSheet:
    """The rows of a file by the columns of ledgers, and which of them are ``odd``. Places count from 0 over all blocks."""

    def __init__(self, content: Content, shape: Shape, source: Source, person: Piece, county: int) -> None:
        self.words = DatedWords(shape, county)
        self.content, self.shape, self.source, self.person = content, shape, source, person
        self.size = len(content)
        self.odd = bytearray(self.size)
        starts = [0]
        for block in content.blocks:
            starts.append(starts[-1] + len(block))
        self.starts = starts
        for start, block in zip(starts, content.blocks, strict=False):
            self.mark(start + place for place in block.columns.odd)
        self.keys = [row.row + 1 + block.shift for block in content.blocks for row in block.columns.rows]
        if source.decisions:
            # Who issued a certificate is asked once it is known which ones are new.
            own = {key for key, text in source.decisions.items() if not issuers.only_answers(text)}
            self.mark(place for place, key in enumerate(self.keys) if key in own)
        self.nothing: Column = [None] * self.size
        self.certificates: Column = self.nothing
        self.issuers: Column = self.nothing
        self.parts: dict[str, dict[str, Column]] = {piece.word: {} for piece in shape.pieces}
        self.named: dict[tuple[str, str], str] = {}

    def mark(self, places: Iterable[int]) -> None:
        """These rows are not plain."""
        odd = self.odd
        for place in places:
            odd[place] = 1

    def block(self, place: int) -> tuple[Block, int]:
        """The block that a row stands in, and its place there."""
        at = next(n for n, start in enumerate(self.starts[1:]) if place < start)
        return self.content.blocks[at], place - self.starts[at]

    def stated(self, name: str) -> Column:
        """What the rows say in a field; captions speak where there is no column."""
        found: list[Column] = []
        for block in self.content.blocks:
            held: Column | None = block.columns.claims.get(name, block.columns.values.get(name))
            if held is None:
                held = [block.said[name][0] if name in block.said else None] * len(block)
            found.append(held)
        whole = found[0] if len(found) == 1 else [value for held in found for value in held]
        return [None if value == "" else value for value in whole] if "" in whole else whole

    def said(self, name: str) -> Column:
        """What the rows state of a field, what the table sets, or what follows from their numbers."""
        piece, column = self.shape.kept_in(name)
        stated = self.stated(name)
        if piece is None:
            return stated
        if column in piece.constants:
            return self.column(piece, column)
        kept = self.parts[piece.word].get(column, self.nothing)
        if piece is self.person and column in self.derived:
            kept = [b if a is None else a for a, b in zip(kept, self.derived[column], strict=True)]
        return [b if a is None else a for a, b in zip(stated, kept, strict=True)]

    def column(self, piece: Piece, name: str) -> Column:
        """The values of a piece's column, constants included."""
        found = self.parts[piece.word].get(name)
        if found is None:
            found = [piece.constants[name]] * self.size if name in piece.constants else self.nothing
        return found

    def spread(self, matcher: Matcher, offices: Issuers) -> None:
        """Put what the rows state into the columns of ledgers, as ``checks.spread`` does for one line."""
        for piece in self.shape.pieces:
            columns = self.parts[piece.word]
            for target in piece.targets:
                values = self.stated(target.name)
                if target.field.kind == "certificate" and piece.is_person:
                    self.certificates = values
                elif piece.own_target.get(ISSUED_BY) is target and piece.is_person:
                    self.issuers = self._issuers(values, offices)
                elif target.until:
                    columns[target.column] = [v.begins if isinstance(v, DateSpan) else v for v in values]
                    columns[target.until] = [v.ends if isinstance(v, DateSpan) else None for v in values]
                elif target.field.kind == "region" and target.column:
                    columns[target.column] = self.regions(values, matcher)
                elif target.column:
                    columns[target.column] = values
                for column in filter(None, (target.column, target.until)):
                    self.named[piece.word, column] = target.name

    def regions(self, values: Column, matcher: Matcher) -> Column:
        known: dict[Any, int | None] = {None: None}
        unsure: set[Any] = set()
        for text in set(values) - {None}:
            found = matcher.match(str(text))
            known[text] = None if found.region is None else found.region.pk
            if found.finding is not None:
                unsure.add(text)
        if unsure:
            self.mark(place for place, text in enumerate(values) if text in unsure)
        return [known[text] for text in values]

    def _issuers(self, values: Column, offices: Issuers) -> Column:
        known = {text: offices.named(str(text)) for text in set(values) - {None}}
        unsure = {text for text, (_county, finding) in known.items() if finding is not None}
        if unsure:
            self.mark(place for place, text in enumerate(values) if text in unsure)
        return [None if text is None else known[text][0] for text in values]

    def check(self, days: Period) -> None:
        """Rows of which ``checks.check`` would say something, and rows that state less than a new row needs, are odd."""
        self.check_person()
        if self.shape.own.is_person:
            # What a death ends, and what came after it, is looked up for the row.
            self.mark_where(lambda value: value is not None, self.column(self.shape.own, "died_on"))
        word, name = checks.counting_column(self.shape)
        for piece in self.shape.pieces:
            for column in piece.required - piece.constants.keys():
                self.mark_where(lambda value: value is None, self.column(piece, column))
            for column in self.parts[piece.word]:
                kept = sizes.column_of(piece, column)
                if kept is not None and (kept.max_length or kept.get_internal_type() in sizes.NUMBERS):
                    self.mark_where(
                        lambda value, kept=kept: not sizes.fits(kept, value), self.column(piece, column)
                    )
            for first, last in piece.spans:
                self.mark_where(
                    lambda begins, ends: (
                        isinstance(begins, date) and isinstance(ends, date) and ends < begins
                    ),
                    self.column(piece, first),
                    self.column(piece, last),
                )
            for target in piece.targets:
                whole = piece.own_target.get(target.field.part_of)
                if whole is not None:
                    self.mark_where(_exceeds, self.stated(target.name), self.stated(whole.name))
            if piece.word == word and name in self.parts[word]:
                self.mark_where(
                    lambda day: isinstance(day, date) and not days.contains(day), self.parts[word][name]
                )
        wanted = self.shape.limits
        columns = {name: self.said(name) for name in breaches.looked_at(wanted, self.shape.own.ledger)}
        broken = row_limits.find(wanted, self.shape.own.ledger, columns, self.size)
        self.mark(each.row for each in broken)
        self.mark(self.words.odd(self.size, self.column))

    def mark_where(self, wrong: Callable[..., bool], *columns: Column) -> None:
        """Rows whose values meet a condition are odd; of rows that say the same it is asked once."""
        if all(column is self.nothing for column in columns) and not wrong(*[None] * len(columns)):
            return
        if len(columns) == 1:
            doubtful = {value for value in set(columns[0]) if wrong(value)}
            if doubtful:
                self.mark(place for place, value in enumerate(columns[0]) if value in doubtful)
            return
        rows = list(zip(*columns, strict=True))
        met = {row for row in set(rows) if wrong(*row)}
        if met:
            self.mark(place for place, row in enumerate(rows) if row in met)

    def check_person(self) -> None:
        """Numbers against each other, the stated sex and day of birth; what follows from numbers is put beside them."""
        stated = self.parts[self.person.word]
        numbers = stated.get("id_number", self.nothing)
        certificates = self.certificates
        self.numbers = [
            number or (certificate[:ID_LENGTH] if certificate else None)
            for number, certificate in zip(numbers, certificates, strict=True)
        ]
        self.mark(place for place, number in enumerate(self.numbers) if number is None)
        born: dict[str, date | None] = {}
        days: list[date | None] = []
        for number in self.numbers:
            text = number[6:14] if number else ""
            if text not in born:
                born[text] = _day(text)
            days.append(born[text])
        sexes = [
            number and (identity.MALE if number[16] in "13579" else identity.FEMALE)
            for number in self.numbers
        ]
        self.derived: dict[str, Column] = {"sex": sexes, "birth_date": days}
        self.mark(
            place
            for place, (number, certificate) in enumerate(zip(numbers, certificates, strict=True))
            if number and certificate and certificate[:ID_LENGTH] != number
        )
        for name, allowed in (("sex", identity.SEXES.keys()), ("birth_date", None)):
            if name in stated:
                self.mark(
                    place
                    for place, (number, said, found) in enumerate(
                        zip(numbers, stated[name], self.derived[name], strict=True)
                    )
                    if said != found and number and said is not None and (allowed is None or said in allowed)
                )

    def groups(self) -> None:
        """Part the rows by whom they are about: ``group`` has a number per row, None where no number tells.

        Persons of whom one row is odd, or whom a number ties to another, or of whom two rows say different things, are
        odd with all their rows.
        """
        index: dict[Any, int] = {}
        self.group = [None if n is None else index.setdefault(n, len(index)) for n in self.numbers]
        self.names = list(index)
        self.bad = bytearray(len(index))
        holder: dict[str, int] = {}
        for certificate, group in zip(self.certificates, self.group, strict=True):
            if certificate and group is not None:
                first = holder.setdefault(certificate[:CERTIFICATE_LENGTH], group)
                if first != group:
                    self.bad[first] = self.bad[group] = 1
        self.same_names()
        first_of: dict[int, int] = {}
        again = [
            place for place, group in enumerate(self.group)
            if group is not None and first_of.setdefault(group, place) != place
        ]  # fmt: skip
        self.first = first_of
        said = [*self.parts[self.person.word].values(), self.certificates, self.issuers]
        for place in again:
            group = self.group[place]
            if group is not None:
                first = first_of[group]
                if any(column[place] != column[first] for column in said):
                    self.bad[group] = 1

    def same_names(self) -> None:
        """Who bears the name of somebody without a number may be her."""
        names = self.parts[self.person.word].get("name", self.nothing)
        doubtful = {
            name_key(name) for name, group in zip(names, self.group, strict=True) if group is None and name
        }
        if doubtful:
            keys = {name: name_key(name) for name in set(names) - {None}}
            self.bar(g for g, name in zip(self.group, names, strict=True) if name and keys[name] in doubtful)

    def bar(self, groups: Iterable[int | None]) -> None:
        """These persons are odd."""
        for group in groups:
            if group is not None:
                self.bad[group] = 1

    def close(self) -> None:
        """A person with an odd row is odd, and an odd person's rows are."""
        odd, bad = self.odd, self.bad
        self.bar(group for place, group in enumerate(self.group) if odd[place])
        self.mark(place for place, group in enumerate(self.group) if group is not None and bad[group])

    def alike(self, piece: Piece) -> tuple[Column, dict[tuple[Any, ...], int]]:
        """The rows of another ledger that the rows mention: a number per row, and by key the row that says it first.

        Where two rows say different things of the same one, or do not say which it is, both are odd.
        """
        keys = list(zip(*(self.column(piece, name) for name in piece.key), strict=True))
        names = [*self.parts[piece.word]]
        said = list(zip(*(self.parts[piece.word][name] for name in names), strict=True)) if names else keys
        first: dict[tuple[Any, ...], int] = {}
        of: list[int] = []
        differing: set[tuple[Any, ...]] = set()
        for place, key in enumerate(keys):
            begin = first.setdefault(key, place)
            of.append(begin)
            if begin != place and said[place] != said[begin]:
                differing.add(key)
        differing |= {key for key in first if None in key}
        differing |= _spelt_otherwise(piece, first)
        if differing:
            self.mark(place for place, key in enumerate(keys) if key in differing)
        return of, {key: place for key, place in first.items() if key not in differing}


def _spelt_otherwise(piece: Piece, keys: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Keys that name one thing in several spellings."""
    met: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    found: set[tuple[Any, ...]] = set()
    for key in keys if piece.spelt else ():
        other = met.setdefault(piece.folded(key), key)
        if other != key:
            found |= {key, other}
    return found


def _exceeds(part: Any, whole: Any) -> bool:
    return isinstance(part, int) and isinstance(whole, int) and part > whole


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def suits(shape: Shape) -> Piece | None:
    """The piece of the persons that a table's rows are about, where its rows can be judged by columns at all."""
    people = shape.people
    if len(people) != 1 or shape.claims or (shape.own.ledger.completes and not shape.own.is_person):
        return None
    # What a row may stand without is known row by row.
    if any(piece.optional for piece in shape.parts):
        return None
    # What repeats a column of a person would have to be known of those who are only written.
    repeated = {source.partition("__")[0] for source in shape.own.ledger.follows.values() if "__" in source}
    return None if people[0].attribute.removesuffix("_id") in repeated else people[0]
