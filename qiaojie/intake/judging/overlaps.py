"""New rows held against what other offices, or other classes, already have of the same person at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Alike, Ledger
from qiaojie.ledgers.rows import column
from qiaojie.lib.dates import print_date
from qiaojie.lib.dialects import among
from qiaojie.lib.findings import Finding, Level
from qiaojie.people.models import Person

from ..reading.lines import Line
from ..vocabulary.entity import Entity


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record that the registry has: what tells it apart, its days, its name and the unit that filed it."""

    same: tuple[Any, ...]
    begins: date
    ends: date | None
    title: str
    unit: str

    def meets(self, begins: date | None, ends: date | None, same: Iterable[Any]) -> bool:
        """Whether it may be the very thing that lies between these days and is told apart by ``same``."""
        return begins is not None and _overlap(begins, ends, self) and _matches(same, self.same)


def warn(ledger: Ledger, made: Iterable[tuple[Entity, Line]], name: str) -> None:
    """``elsewhere_too`` at the cell of ``name`` where a new row's person has a record of the same kind whose days overlap,
    under another unit or in another class (base, employer …). Nothing is merged. A few queries per thousand rows."""
    alike = ledger.alike
    if alike is None or ledger.person is None:
        return
    path = column(ledger.model, ledger.person).attname
    new = [(entity, line) for entity, line in made if entity.key is None and entity.refs[path].key]
    held = known_records(ledger, alike, {entity.refs[path].key or 0 for entity, _line in new})
    for entity, line in new:
        begins, ends = (_value(entity, ledger, at) for at in (alike.begins, alike.ends))
        same = tuple(_value(entity, ledger, at) for at in alike.same)
        for one in held.get(entity.refs[path].key or 0, ()):
            if one.meets(begins, ends, same):
                line.say(Finding("elsewhere_too", _sentence(one), Level.WARNING), name)


def _sentence(one: KnownRecord) -> str:
    days = print_date(one.begins) if one.ends == one.begins else f"{print_date(one.begins)}—{_end(one.ends)}"
    text = _(
        "%(unit)s已有她的一条同类记录“%(title)s”（%(days)s），时间重叠，请核对是不是同一件事；不是的可以照常写入。"
    )
    return text % {"unit": one.unit, "title": one.title or "—", "days": days}


def _end(day: date | None) -> str:
    return _("至今") if day is None else print_date(day)


def known_records(ledger: Ledger, alike: Alike, people: set[int]) -> Mapping[int, list[KnownRecord]]:
    """What the registry has of these persons, by person: two queries."""
    found: dict[int, list[KnownRecord]] = defaultdict(list)
    paths = (alike.begins, alike.ends, alike.title, f"{ledger.filed_by}__short_name", *alike.same)
    records = {key: key for key in people}
    merged = Person.objects.filter(canonical__in=among(sorted(people)))
    records.update(merged.values_list("pk", "canonical_id"))
    rows = ledgers.facts(ledger).filter(
        **{f"{ledger.person}__in": among(sorted(records)), f"{alike.begins}__isnull": False}
    )
    told = rows.order_by("pk").values_list(f"{ledger.person}_id", *paths)
    for person, begins, ends, title, unit, *same in told:
        found[records[person]].append(KnownRecord(tuple(same), begins, ends, title, unit))
    return found


def _value(entity: Entity, ledger: Ledger, path: str) -> Any:
    """What a new row (or a row it refers to) has at a path of the ledger."""
    attribute, sep, rest = path.partition("__")
    if not sep:
        return entity.value(attribute)
    ref = entity.refs.get(column(ledger.model, attribute).attname)
    return ref.value(rest) if ref is not None else None


def _overlap(begins: date, ends: date | None, one: KnownRecord) -> bool:
    return (one.ends is None or begins <= one.ends) and (ends is None or one.begins <= ends)


def _matches(said: Iterable[Any], held: Iterable[Any]) -> bool:
    """Whether nothing that both state differs."""
    return all(a == b for a, b in zip(said, held, strict=True) if a not in (None, "") and b not in (None, ""))
