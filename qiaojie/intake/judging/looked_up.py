"""Rows that a file names and nobody makes (``Ledger.made``): an agency is found by its code or its name, or the row is wrong.

Looked for are rows of the county of whoever hands in, and of what lies around it; by what tells a row alone (a credit code) all
that the viewer may see. A file changes nothing of them: where it says something else, that is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Q
from django.utils.translation import gettext as _

from qiaojie.ledgers import rows
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.findings import Finding, Level
from qiaojie.lib.titles import core, title_key
from qiaojie.notices.shape import Piece, Shape
from qiaojie.regions.models import Region

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from ..vocabulary.registry import county_of
from .cell_changes import equal

_OFFERED: Final = 3
"""So many names that are nearly right are told at once."""

_LIKE: Final = 0.6
"""Names are nearly right from this share of pairs of characters on that both have: 区残联 and 区残疾人联合会 are not, a word
more or less is."""

Row = Mapping[str, Any]
_Told = tuple[Finding, str]
"""A finding and the column of which it is."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The row that is meant, None where there is none; and what is to be said of it."""

    row: Row | None
    told: tuple[_Told, ...] = ()


class LookedUp:
    """The rows that a file's lines refer to and that nobody makes; each ledger is read once, in a few queries."""

    def __init__(self, shape: Shape, region: Region, viewer: Viewer) -> None:
        self.pieces = [piece for piece in shape.parts if not piece.made]
        self._registers = {piece.word: _Register(piece, shape, region, viewer) for piece in self.pieces}
        self._answers: dict[tuple[str, tuple[Any, ...]], Meant] = {}
        self._entities: dict[tuple[Any, ...], Entity] = {}
        self.blind = viewer.outside
        """To somebody outside the offices nothing is registered: which one is meant, an office finds out."""

    def apply(self, line: Line) -> None:
        """Say of a line what is to be said of the rows that it names."""
        for piece in self.pieces:
            stated = said_of(piece, line.parts[piece.word])
            if not piece.named(stated):
                continue
            for finding, column in self.answer(piece, stated).told:
                target = piece.columns.get(column) or (piece.targets[0] if piece.targets else None)
                line.say(finding, target.name if target is not None else "")

    def answer(self, piece: Piece, stated: Row) -> Meant:
        """Which row is meant by what is stated of it (by column)."""
        key = (piece.word, tuple(sorted(stated.items(), key=lambda item: item[0])))
        found = self._answers.get(key)
        if found is None:
            found = Meant(None) if self.blind else self._registers[piece.word].find(stated)
            self._answers[key] = found
        return found

    def entity(self, piece: Piece, stated: Row) -> Entity:
        """The row that is meant, as something that lines refer to; one without a key where none is."""
        found = self.answer(piece, stated).row
        alias = (piece.word, found["id"]) if found is not None else (piece.word, "", *stated.values())
        held = self._entities.get(alias)
        if held is None:
            held = Entity(piece) if found is None else Entity(piece, found["id"], found)
            self._entities[alias] = held
        return held


class _Register:
    """The rows of one ledger that may be meant, by what tells them."""

    def __init__(self, piece: Piece, shape: Shape, region: Region, viewer: Viewer) -> None:
        self.piece, self.viewer = piece, viewer
        self.county = county_of(region)
        self.region = region
        known = {rows.column(piece.model, name).attname for name in piece.ledger.known_by}
        self.alone = tuple(column for column in piece.telling if column in known)
        self.title = next((column for column in piece.telling if column not in known), "")
        repeated = {
            source.partition("__")[2]
            for source in shape.own.ledger.follows.values()
            if source.partition("__")[0] == piece.attribute.removesuffix("_id")
        }
        self.columns = sorted(
            {*piece.telling, *piece.key, *piece.columns, *piece.constants, *repeated} - {""}
        )
        self._all: list[Row] | None = None
        self._by_title: dict[str, list[Row]] = defaultdict(list)
        self._cores: dict[str, tuple[str, frozenset[str]]] = {}

    def find(self, stated: Row) -> Meant:
        """The row that is meant by what is stated."""
        for column in self.alone:
            if stated.get(column) not in (None, ""):
                found = self._alone(column, stated[column])
                if found is not None:
                    return Meant(found, tuple(self._differing(found, stated, column)))
        name = stated.get(self.title)
        if name in (None, ""):
            return Meant(None, (self._unknown(stated, ()),))
        return self._named(str(name), stated)

    def _alone(self, column: str, value: Any) -> Row | None:
        """The row that is told by one column alone; of several the nearest."""
        found = self._rows(Q(**{column: value}))
        return min(found, key=self._distance) if found else None

    def _named(self, name: str, stated: Row) -> Meant:
        self._load()
        found = self._by_title.get(title_key(name), [])
        for column in self.piece.key:
            if column != self.title and stated.get(column) not in (None, ""):
                found = [row for row in found if equal(self.piece, column, row.get(column), stated[column])]
        # What the file states of what tells a row alone is none of theirs.
        other = [
            row
            for row in found
            if any(row.get(c) and stated.get(c) and row[c] != stated[c] for c in self.alone)
        ]
        if found and len(other) == len(found):
            column = next(c for c in self.alone if stated.get(c) and other[0].get(c))
            message = _("登记的“%(name)s”的%(what)s与这里的不同，可能不是同一个，请核对。")
            said = {"name": other[0][self.title], "what": self.piece.label(column)}
            return Meant(None, ((Finding("referred_differs", message % said), column),))
        found = sorted((row for row in found if row not in other), key=self._distance)
        # What else is stated tells one of several, and shuts none out where it fits none.
        for column, value in stated.items():
            if column not in (self.title, *self.piece.key):
                found = [row for row in found if equal(self.piece, column, row.get(column), value)] or found
        if not found:
            return Meant(None, (self._unknown(stated, self._near(name)),))
        if len(found) > 1 and self._distance(found[0]) == self._distance(found[1]):
            message = _("“%(name)s”在登记里有%(count)d个，看不出是哪一个%(what)s，请补填%(more)s。")
            more = "、".join(self.piece.label(c) for c in self.alone or self.piece.key)
            said = {"name": name, "count": len(found), "what": self.piece.ledger.label, "more": more}
            return Meant(None, ((Finding("referred_several", message % said), self.title),))
        return Meant(found[0], tuple(self._differing(found[0], stated, self.title)))

    def _differing(self, row: Row, stated: Row, by: str) -> Sequence[_Told]:
        """What a file says otherwise of a row than is registered: told, and left as it is."""
        told: list[_Told] = []
        for column, value in stated.items():
            if column == by or value in (None, "") or equal(self.piece, column, row.get(column), value):
                continue
            if column == self.title and row in self._by_title.get(title_key(str(value)), ()):
                # An earlier name of it.
                continue
            message = _("登记的%(ledger)s“%(name)s”的%(what)s与这里的不同，按登记的没有改，请核对。")
            said = {
                "ledger": self.piece.ledger.label,
                "name": row.get(self.title, ""),
                "what": self.piece.label(column),
            }
            level = Level.WARNING if column == self.title else Level.HINT
            told.append((Finding("referred_differs", message % said, level), column))
        return told

    def _unknown(self, stated: Row, near: Sequence[str]) -> _Told:
        what = self.piece.ledger.label
        column = next((c for c in (self.title, *self.alone) if stated.get(c) not in (None, "")), self.title)
        if not stated.get(column):
            return Finding("required", _("没有写明是哪个%s，请补填。") % what), column
        if near:
            message = _(
                "没有登记过%(what)s“%(said)s”，相近的有%(near)s；是其中之一的请照登记的写，都不是的请先登记。"
            )
            names = "、".join(f"“{one}”" for one in near)
            said = {"what": what, "said": stated[column], "near": names}
            return Finding("referred_unknown", message % said), column
        message = _("没有登记过%(what)s“%(said)s”，请核对，或者先登记再导入。")
        return Finding("referred_unknown", message % {"what": what, "said": stated[column]}), column

    def _near(self, name: str) -> list[str]:
        """Registered names that are nearly this one, the nearest first."""
        wanted = self._pairs(name)
        scored = []
        for row in self._all or ():
            held = self._pairs(str(row[self.title]))
            shared = 2 * len(wanted & held) / (len(wanted) + len(held)) if wanted and held else 0.0
            inside = wanted < held or held < wanted
            if shared >= _LIKE or inside:
                scored.append((-shared, str(row[self.title])))
        return list(dict.fromkeys(text for _score, text in sorted(scored)))[:_OFFERED]

    def _pairs(self, name: str) -> frozenset[str]:
        known = self._cores.get(name)
        if known is None:
            text = core(title_key(name), (title_key(self.county.name), title_key(self.county.short_name)))
            known = self._cores[name] = (text, frozenset(text[at : at + 2] for at in range(len(text) - 1)))
        return known[1]

    def _load(self) -> None:
        """All rows of the county and of what lies around it, by all of their names: one query, another for earlier names."""
        if self._all is not None:
            return
        self._all = self._rows(self._around())
        for row in self._all:
            self._by_title[title_key(str(row[self.title]))].append(row)
        former = self.piece.ledger.once_called
        if former:
            by_key = {row["id"]: row for row in self._all}
            held = self.piece.model._default_manager.filter(self.piece.ledger.visible(self.viewer))
            for pk, name in held.filter(self._around()).values_list("pk", former):
                known = by_key.get(pk)
                if name and known is not None and known not in self._by_title[title_key(name)]:
                    self._by_title[title_key(name)].append(known)

    def _around(self) -> Q:
        path = self.piece.ledger.filed_by
        if not path:
            return Q()
        first, last = f"{path}__first", f"{path}__last"
        inside = Q(**{f"{first}__gte": self.county.first, f"{first}__lte": self.county.last})
        return inside | Q(**{f"{first}__lte": self.county.first, f"{last}__gte": self.county.last})

    def _rows(self, wanted: Q) -> list[Row]:
        ledger = self.piece.ledger
        queryset = self.piece.model._default_manager.filter(ledger.visible(self.viewer)).filter(wanted)
        if ledger.approved:
            queryset = queryset.exclude(state=State.WITHDRAWN)
        if ledger.filed_by:
            bounds = {"x_first": F(f"{ledger.filed_by}__first"), "x_last": F(f"{ledger.filed_by}__last")}
            queryset = queryset.annotate(**bounds)
            return list(queryset.order_by("pk").values("id", *self.columns, *bounds))
        return list(queryset.order_by("pk").values("id", *self.columns))

    def _distance(self, row: Row) -> int:
        """How far from whoever hands in: theirs, within their county, around it, elsewhere."""
        if "x_first" not in row:
            return 0
        first, last = row["x_first"], row["x_last"]
        if (first, last) == (self.region.first, self.region.last):
            return 0
        if self.county.first <= first <= self.county.last:
            return 1
        return 2 if first <= self.county.first and self.county.last <= last else 3


def said_of(piece: Piece, values: Row) -> dict[str, Any]:
    """What is stated of a row by column, constants included; what says nothing left out."""
    stated = {**piece.constants, **values}
    return {column: value for column, value in stated.items() if value not in (None, "")}
