"""Names of classes, bases, events and sources that are nearly another's, in the same file or in the registry: asked about.

All spellings of one name are one without a word (``Piece.folded``). What is nearly another name may be the same thing with a
slip, or another thing: rows of it wait until somebody has said which. One answer holds for all rows of that name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from qiaojie.lib.dates import DateSpan, print_date
from qiaojie.lib.findings import Level
from qiaojie.lib.titles import core, figures, nearly, title_key, variants
from qiaojie.notices.shape import Piece, Shape
from qiaojie.regions.models import Region

from ..reading.lines import Block, Content, Line
from ..vocabulary.outcome import ANOTHER, SAME_AS, NameQuestion, NameSide, Source, words
from ..vocabulary.places import CellPlace, Words, pointing
from ..vocabulary.registry import Registry, Thing, county_of

_MOST: Final = 6
"""So many names are offered at once."""

_ROW: Final = "row"
_OWN: Final = "own"
"""What stands in a decision for the piece that is the table's own row."""
_DECISION: Final = re.compile(rf"(?:{SAME_AS}[a-z_]+:(?:{_ROW})?[0-9]+|{ANOTHER}[a-z_]+)")
_KINDS: Final = re.compile("(?:特别行政区|自治县|自治州|自治区|新区|[省市区县])$")

Key = tuple[Any, ...]


def is_answer(word: str) -> bool:
    """Whether a decision says which thing a name means."""
    return _DECISION.fullmatch(word) is not None


def matter(word: str) -> str:
    """Which question such a decision answers: that about the class, the base …"""
    return f"{SAME_AS}{word.split(':')[1]}"


@dataclass(slots=True)
class _Group:
    """Rows of a file that name the same thing: how its first row names it, until when it goes on, and where the rows stand."""

    key: Key
    ends: date | None
    places: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of all rows of a name, or of the ``first`` once it is ``settled``; whether they wait."""

    words: Words
    first: int
    settled: bool = True
    waits: bool = False


class NearNames:
    """The names in a file held against each other and against the registry. ``places`` are those of rows that are to be examined
    by themselves; ``questions`` what is asked, answered ones among them."""

    def __init__(self, content: Content, shape: Shape, source: Source, registry: Registry) -> None:
        self.content, self.source, self.registry = content, source, registry
        self.questions: list[NameQuestion] = []
        self.places: set[int] = set()
        self._told: dict[tuple[str, Key], _Told] = {}
        self._means: dict[tuple[str, Key], Key] = {}
        self._prefixes = tuple(_prefixes(county_of(source.region)))
        self._keys: list[int] | None = None
        self.pieces = [piece for piece in shape.pieces if _names_things(piece)]
        for piece in self.pieces:
            self._hold(piece)

    def apply(self, line: Line) -> None:
        """Tell a line what its names mean: it means another thing, or waits."""
        for piece in self.pieces:
            held = {**piece.constants, **line.parts[piece.word]}
            folded = piece.folded(tuple(held.get(column) for column in piece.key))
            told = self._told.get((piece.word, folded))
            if told is not None and not told.settled:
                line.tell("name_near", told.words, _name_target(piece), Level.WARNING)
                line.unsettled = line.unsettled or told.waits
            elif told is not None and line.key == told.first:
                line.tell("name_settled", told.words, _name_target(piece), Level.HINT)
            for column, value in zip(piece.key, self._means.get((piece.word, folded), ()), strict=False):
                if column in line.parts[piece.word]:
                    line.parts[piece.word][column] = value

    # --- which names are near --------------------------------------------------------------------------------------

    def _hold(self, piece: Piece) -> None:
        groups = self._groups(piece)
        if not groups:
            return
        standing = {one.pk: one for one in self.registry.things(piece)}
        known = {piece.folded(one.key): one for one in standing.values()}
        index: dict[tuple[tuple[str, ...], str], list[Thing | Key]] = defaultdict(list)
        for thing in standing.values():
            self._enter(index, piece, thing.key, thing)
        answers = self._answers(piece, groups)
        # A slip is rarer than what it slipped from.
        order = sorted(groups, key=lambda key: (-len(groups[key].places), groups[key].places[0]))
        for folded in order:
            if folded in known:
                continue
            group = groups[folded]
            found = list(dict.fromkeys(self._near(index, piece, group, groups)))
            self._enter(index, piece, group.key, folded)
            if found:
                self._ask(piece, folded, group, found[:_MOST], groups, standing, answers.get(folded, ""))
        self._follow(piece)

    def _groups(self, piece: Piece) -> dict[Key, _Group]:
        groups: dict[Key, _Group] = {}
        fold: dict[Key, Key] = {}
        ends = next((last for first, last in piece.spans if first in piece.key), "")
        columns = [self._column(piece, name) for name in (*piece.key, *([ends] if ends else []))]
        width = len(piece.key)
        for place, values in enumerate(zip(*columns, strict=True)):
            key = values[:width]
            if None in key:
                continue
            folded = fold.get(key)
            if folded is None:
                folded = fold[key] = piece.folded(key)
            group = groups.get(folded)
            if group is None:
                last = values[width] if ends else None
                group = groups[folded] = _Group(key, last if isinstance(last, date) else None)
            group.places.append(place)
        return groups

    def _column(self, piece: Piece, name: str) -> Sequence[Any]:
        """The values of a piece's column, as far as columns tell them."""
        if name in piece.constants:
            return [piece.constants[name]] * len(self.content)
        target = piece.columns.get(name)
        if target is None:
            return [None] * len(self.content)
        found: list[Any] = []
        for block in self.content.blocks:
            found += _stated(block, target.name)
        if target.until:
            last = name == target.until
            return [_of_span(value, last) for value in found]
        return [value if value != "" else None for value in found]

    def _core(self, piece: Piece, key: Key) -> str:
        year = next((value.year for value in key if isinstance(value, date)), None)
        return core(title_key(key[piece.spelt[0]]), self._prefixes, year)

    def _enter(
        self,
        index: dict[tuple[tuple[str, ...], str], list[Thing | Key]],
        piece: Piece,
        key: Key,
        what: Thing | Key,
    ) -> None:
        text = self._core(piece, key)
        for variant in variants(text) if text else ():
            index[figures(text), variant].append(what)

    def _near(
        self,
        index: Mapping[tuple[tuple[str, ...], str], list[Thing | Key]],
        piece: Piece,
        group: _Group,
        groups: Mapping[Key, _Group],
    ) -> Iterator[Thing | Key]:
        text = self._core(piece, group.key)
        for variant in variants(text) if text else ():
            for other in index.get((figures(text), variant), ()):
                held = other if isinstance(other, Thing) else groups[other]
                if nearly(text, self._core(piece, held.key)) and _meet(piece, group, held):
                    yield other

    # --- what is asked, and what was answered ----------------------------------------------------------------------

    def _answers(self, piece: Piece, groups: Mapping[Key, _Group]) -> dict[Key, str]:
        """The answer that some row of each name carries; the first row's holds."""
        wanted = f"{SAME_AS}{_word(piece)}"
        given = {
            row: word
            for row in sorted(self.source.decisions)
            for word in words(self.source.decisions, row)
            if is_answer(word) and matter(word) == wanted
        }
        if not given:
            return {}
        at = {row: place for place, row in enumerate(self._rows())}
        by_place = {place: key for key, group in groups.items() for place in group.places}
        found: dict[Key, str] = {}
        for row, word in given.items():
            key = by_place.get(at.get(row, -1))
            if key is not None:
                found.setdefault(key, word)
        return found

    def _rows(self) -> list[int]:
        if self._keys is None:
            self._keys = [block.key(place) for block in self.content.blocks for place in range(len(block))]
        return self._keys

    def _ask(
        self,
        piece: Piece,
        folded: Key,
        group: _Group,
        near: Sequence[Thing | Key],
        groups: Mapping[Key, _Group],
        standing: Mapping[int, Thing],
        answer: str,
    ) -> None:
        sides = [self._side(piece, one, groups) for one in near]
        offered = {side.word for side in sides}
        another = f"{ANOTHER}{_word(piece)}"
        answer = answer if answer in {*offered, another} else ""
        rows = self._rows()
        first = group.places[0]
        block, at = _block(self.content, first)
        target = _name_target(piece)
        said = str(group.key[piece.spelt[0]])
        cell = self.content.naming.where(block.cell(target, at))
        question = NameQuestion(
            rows[first],
            block.sheet.name,
            cell,
            piece.ledger.code,
            said,
            _days(piece, group),
            tuple(rows[place] for place in group.places),
            tuple(sides),
            another,
            answer,
        )
        self.questions.append(question)
        self.places.update(group.places)
        self._told[piece.word, folded] = _said(
            piece, question, self._where(piece, near, groups), self.source.typed
        )
        if answer.startswith(SAME_AS):
            self._means[piece.word, folded] = self._meant(answer, groups, standing)

    def _side(self, piece: Piece, one: Thing | Key, groups: Mapping[Key, _Group]) -> NameSide:
        word = f"{SAME_AS}{_word(piece)}:"
        if isinstance(one, Thing):
            return NameSide(f"{word}{one.pk}", str(one.key[piece.spelt[0]]), _days(piece, one))
        group = groups[one]
        block, at = _block(self.content, group.places[0])
        cell = self.content.naming.where(block.cell(_name_target(piece), at))
        row = self._rows()[group.places[0]]
        return NameSide(f"{word}{_ROW}{row}", str(group.key[piece.spelt[0]]), _days(piece, group), cell)

    def _where(self, piece: Piece, near: Sequence[Thing | Key], groups: Mapping[Key, _Group]) -> Words:
        """The first of what is near, for a sentence to point at."""
        one = near[0]
        if isinstance(one, Thing):
            text = _("台账里的%(kind)s“%(name)s”%(days)s")
            place: object = ""
            name, days = one.key[piece.spelt[0]], _days(piece, one)
        else:
            group = groups[one]
            block, at = _block(self.content, group.places[0])
            place = CellPlace(block.cell(_name_target(piece), at), _name_target(piece))
            text = _("%(place)s的%(kind)s“%(name)s”%(days)s")
            name, days = group.key[piece.spelt[0]], _days(piece, group)
        bracketed = _("（%s）") % days if days else ""
        return pointing(
            text, {"place": place, "kind": piece.ledger.label, "name": str(name), "days": bracketed}
        )

    def _meant(self, answer: str, groups: Mapping[Key, _Group], standing: Mapping[int, Thing]) -> Key:
        named = answer.rpartition(":")[2]
        if not named.startswith(_ROW):
            return standing[int(named)].key
        row = int(named.removeprefix(_ROW))
        place = self._rows().index(row)
        return next(group.key for group in groups.values() if group.places[0] == place)

    def _follow(self, piece: Piece) -> None:
        """What means a name that itself means another, means that."""
        for (word, folded), key in list(self._means.items()):
            seen = {folded}
            meant = piece.folded(key)
            while word == piece.word and (word, meant) in self._means and meant not in seen:
                seen.add(meant)
                key = self._means[word, meant]
                meant = piece.folded(key)
            self._means[word, folded] = key


def _said(piece: Piece, question: NameQuestion, where: Words, typed: bool) -> _Told:
    kind = piece.ledger.label
    if question.answer.startswith(ANOTHER):
        text = _("按经办认定，是另一个%s。") % kind
        return _Told(text, question.row)
    if question.answer:
        side = next(side for side in question.sides if side.word == question.answer)
        text = _("按经办认定，这里的“%(said)s”就是“%(name)s”。") % {"said": question.said, "name": side.title}
        return _Told(text, question.row)
    if typed:
        text = _("“%(said)s”与%(where)s很像：是同一个的，请写成一样；不是的，写明理由。")
    else:
        text = _("“%(said)s”与%(where)s很像，请认定是不是同一个；认定之前这些行不写入。")
    asked = pointing(text, {"said": question.said, "where": where})
    return _Told(asked, question.row, settled=False, waits=not typed)


def _names_things(piece: Piece) -> bool:
    """Whether the rows of a piece are things with a name of their own: a class, a base; not what a person did."""
    return piece.made and bool(piece.spelt) and piece.ledger.person is None and not piece.ledger.parts


def _word(piece: Piece) -> str:
    return piece.word or _OWN


def _name_target(piece: Piece) -> str:
    target = piece.columns.get(piece.key[piece.spelt[0]])
    return target.name if target is not None else ""


def _meet(piece: Piece, one: _Group | Thing, other: _Group | Thing) -> bool:
    """Whether two things may be one by their days; what has no days always may."""
    first = next((at for at, value in enumerate(one.key) if isinstance(value, date)), None)
    if first is None:
        return True
    begins, also = one.key[first], other.key[first]
    if not isinstance(also, date):
        return False
    return bool(begins <= max(also, other.ends or also) and also <= max(begins, one.ends or begins))


def _days(piece: Piece, one: _Group | Thing) -> str:
    begins = next((value for value in one.key if isinstance(value, date)), None)
    if begins is None:
        return ""
    same = one.ends is None or one.ends == begins
    return print_date(begins) if same or one.ends is None else f"{print_date(begins)}—{print_date(one.ends)}"


def _stated(block: Block, name: str) -> Sequence[Any]:
    held = block.columns.claims.get(name, block.columns.values.get(name))
    return held if held is not None else [block.said[name][0] if name in block.said else None] * len(block)


def _of_span(value: Any, last: bool) -> Any:
    if isinstance(value, DateSpan):
        return value.ends if last else value.begins
    return None if last else value


def _block(content: Content, place: int) -> tuple[Block, int]:
    at = place
    for block in content.blocks:
        if at < len(block):
            return block, at
        at -= len(block)
    raise IndexError(place)


def _prefixes(region: Region) -> Iterable[str]:
    """The names with which an office begins those of its things: 涪陵区, 涪陵."""
    names = dict.fromkeys((region.name, region.short_name))
    every = dict.fromkeys([*names, *(_KINDS.sub("", name) for name in names)])
    return sorted((title_key(name) for name in every if len(name) > 1), key=lambda name: -len(name))
