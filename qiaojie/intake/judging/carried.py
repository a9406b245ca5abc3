"""What rows change of things that stand and that others refer to: told at the cell, with what moves along.

A class, a base, a household, a source of proof comes with the rows of a list. Where the list says something else of it than
stands, the thing is changed by the way: seen by nobody who looks at the rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.models import State
from qiaojie.ledgers.rows import chunks
from qiaojie.ledgers.viewer import Sight
from qiaojie.lib.findings import Finding, Level
from qiaojie.regions.models import Region

from ..reading.lines import Line
from ..vocabulary.entity import Entity
from ..vocabulary.outcome import CellChange, Rule


@dataclass(frozen=True, slots=True)
class _Told:
    """A change of a row that stands: the line that makes it, the row, and the change."""

    line: Line
    entity: Entity
    change: CellChange


class StandingChanges:
    """Changes of rows that stand, noted while lines are judged and told once all are known. ``final``: whether the word of
    whoever hands the list in is the last."""

    def __init__(self, final: bool) -> None:
        self.final = final
        self._told: list[_Told] = []
        self._moved: dict[str, dict[int, tuple[Line, Entity, CellChange]]] = {}

    def note(self, line: Line, entity: Entity, changes: Sequence[CellChange]) -> None:
        """What a line changes of one row. Persons are told in the list of changes alone: most lists know a telephone."""
        piece = entity.piece
        if entity.key is None or piece.is_person:
            return
        if piece.attribute:
            self._told += [_Told(line, entity, change) for change in changes]
        repeated = {one.repeats for one in declaration.followers(piece.ledger.code)}
        for change in changes:
            if change.column in repeated:
                self._moved.setdefault(piece.ledger.code, {})[entity.key] = line, entity, change

    def say(self) -> None:
        """``standing_changed`` and ``days_follow`` at their cells: one query for the names of regions, one for each ledger whose
        rows move along."""
        names = _region_names(told.change for told in self._told)
        for told in self._told:
            told.line.say(self._changed(told, names), _field(told.entity, told.change), told.change.cell)
        for code, moved in self._moved.items():
            followed = _followers(code, moved)
            for key, (line, entity, change) in moved.items():
                if key in followed:
                    text = _("%(subject)s的%(what)s一改，随它计数的日期一起改：%(rows)s。")
                    words = {
                        "subject": _named(entity, change),
                        "what": change.field.label,
                        "rows": followed[key],
                    }
                    found = Finding("days_follow", text % words, Level.WARNING)
                    line.say(found, _field(entity, change), change.cell)

    def _changed(self, told: _Told, names: Mapping[int, str]) -> Finding:
        change = told.change
        words = {
            "subject": _named(told.entity, change),
            "what": change.field.label,
            "before": _shown(change, change.before, names),
            "after": _shown(change, change.after, names),
        }
        if change.rule is Rule.FILL:
            text = _("台账里%(subject)s的%(what)s是空的，会填上“%(after)s”。")
        else:
            text = _(
                "台账里%(subject)s的%(what)s是“%(before)s”，会改为“%(after)s”；不该改的，请把这一格改成台账里的。"
            )
        if told.entity.before.get("state") == State.APPROVED and not self.final:
            text += _("已审核：采纳前台账和数字都不变。")
        return Finding(
            "standing_changed", text % words, Level.HINT if change.rule is Rule.FILL else Level.WARNING
        )


def _named(entity: Entity, change: CellChange) -> str:
    kind = str(entity.piece.ledger.label)
    return f"{kind}“{change.subject}”" if change.subject else kind


def _field(entity: Entity, change: CellChange) -> str:
    target = entity.piece.columns.get(change.column)
    return target.name if target is not None else ""


def _shown(change: CellChange, value: object, names: Mapping[int, str]) -> str:
    """A value in words; what is personal only as its mask."""
    if change.field.kind == "region":
        return names.get(value, "") if isinstance(value, int) else ""
    sight = Sight.MASKED if change.field.guarded else Sight.WHOLE
    return ledgers.show(change.field, value, sight).text


def _region_names(changes: Iterable[CellChange]) -> dict[int, str]:
    found = {
        key
        for change in changes
        if change.field.kind == "region"
        for key in (change.before, change.after)
        if key is not None
    }
    return dict(Region.objects.filter(pk__in=found).values_list("pk", "name")) if found else {}


def _followers(code: str, moved: Mapping[int, tuple[Line, Entity, CellChange]]) -> dict[int, str]:
    """Of rows of a ledger whose day is changed: how many rows of which ledgers count on that day too, in words."""
    said: dict[int, list[str]] = {}
    columns = {change.column for _line, _entity, change in moved.values()}
    for one in declaration.followers(code):
        if one.repeats not in columns:
            continue
        for keys in chunks(moved):
            held = one.ledger.model._default_manager.filter(**{f"{one.key}__in": keys})
            if one.ledger.approved:
                held = held.exclude(state=State.WITHDRAWN)
            for key, number in held.order_by().values_list(one.key).annotate(number=Count("pk")):
                text = _("%(ledger)s %(number)d 条") % {"ledger": one.ledger.label, "number": number}
                said.setdefault(key, []).append(text)
    return {key: "、".join(words) for key, words in said.items()}
