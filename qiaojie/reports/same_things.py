"""Classes and bases that may be one, entered twice: found for the page of one of them, beside those it was joined with."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, Model, Q
from django.utils.translation import gettext as _

from qiaojie.ledgers import declaration, joining, queries
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import PENDING, State
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.numbers import chinese
from qiaojie.people.queries import canonical
from qiaojie.regions import queries as regions
from qiaojie.regions.models import Level, Region

READ: Final = 500
"""Rows of a county that are looked at: more of one kind on overlapping days no county has."""

SHOWN: Final = 5
"""So many are offered on a page."""

_TERM = re.compile(r"第?([0-9]+|[〇零一二两三四五六七八九十百]+)期")
_BRACKETS = str.maketrans("", "", "()[]{}<>《》〈〉【】〔〕「」『』“”\"'‘’·-—－_")


@dataclass(frozen=True, slots=True)
class Other:
    """Another row of the ledger; ``keeps`` where it would be kept, not the page's own; ``reasons`` why they may be one."""

    pk: int
    title: str
    days: str
    keeps: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SameThings:
    """What a row is one thing with. ``words`` say what they are; ``into`` is the row kept, where it is not this one, with no
    title where it is not the viewer's; ``joined`` point to this one, ``likely`` may be the same. ``may`` join and part."""

    ledger: Ledger
    pk: int
    words: str
    into: Other | None
    joined: tuple[Other, ...]
    likely: tuple[Other, ...]
    may: bool


def of_row(ledger: Ledger, pk: int, viewer: Viewer) -> SameThings | None:
    """What the page of a row says of others that are it or may be it; None where the ledger joins nothing, and outside the
    offices. Three queries, two more where likely ones are looked for. Raises Refused where the row is not the viewer's."""
    if ledger.joins is None or viewer.outside:
        return None
    row = queries.one(ledger, viewer, pk)
    into_id: int | None = getattr(row, f"{joining.POINTER}_id")
    around = queries.rows(ledger, viewer).filter(Q(pk=into_id) | Q(**{joining.POINTER: pk})).order_by("pk")
    others = {one.pk: Other(one.pk, _title(ledger, one), _days(ledger, one)) for one in around}
    into = None if into_id is None else others.pop(into_id, Other(into_id, "", ""))
    may = joining.may_decide(ledger, viewer, [pk] if into_id is None else [pk, into_id])
    found = likely(ledger, row, viewer) if into is None else ()
    return SameThings(ledger, pk, str(ledger.joins.words), into, tuple(others.values()), found, may)


def likely(ledger: Ledger, row: Model, viewer: Viewer) -> tuple[Other, ...]:
    """Rows of the viewer's that may be this one, entered twice: of the same county and kind, their days overlap, and the name
    is the same but for spaces and brackets, or the days are the same and so are more than half of the people. Two queries
    beside that for the county."""
    joins = ledger.joins
    assert joins is not None
    same = {ledger.field(name).column: getattr(row, ledger.field(name).column) for name in joins.agree}
    rows = queries.rows(ledger, viewer).filter(_nearby(ledger, row), **same)
    rows = rows.filter(**{f"{joining.POINTER}__isnull": True}).exclude(pk=row.pk)
    if joins.begins:
        begins, ends = getattr(row, joins.begins), getattr(row, joins.ends)
        rows = rows.filter(**{f"{joins.begins}__lte": ends, f"{joins.ends}__gte": begins})
    held = list(rows.order_by("-pk")[:READ])
    key = title_key(_title(ledger, row))
    named = {one.pk for one in held if title_key(_title(ledger, one)) == key}
    on_its_days = [one.pk for one in held if joins.begins and _span(ledger, one) == _span(ledger, row)]
    shared = _shared(ledger, row.pk, on_its_days)
    found = []
    for one in held:
        reasons = [_("名称相同")] if one.pk in named else []
        if one.pk in shared:
            reasons.append(_("时间相同，%d 人相同") % shared[one.pk])
        if reasons:
            found.append(
                Other(one.pk, _title(ledger, one), _days(ledger, one), _before(one, row), tuple(reasons))
            )
    return tuple(found[:SHOWN])


def title_key(title: str) -> str:
    """What two spellings of one title have in common: no spaces and brackets, half-width letters; of 第二期 the number."""
    plain = "".join(unicodedata.normalize("NFKC", title).split()).translate(_BRACKETS).casefold()
    return _TERM.sub(lambda term: f"#{_number(term[1])}#", plain)


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else chinese(text) or text


def _title(ledger: Ledger, row: Model) -> str:
    return str(getattr(row, ledger.field(ledger.title).column))


def _span(ledger: Ledger, row: Model) -> tuple[Any, Any]:
    joins = ledger.joins
    assert joins is not None
    return getattr(row, joins.begins), getattr(row, joins.ends)


def _days(ledger: Ledger, row: Model) -> str:
    joins = ledger.joins
    return (
        "" if joins is None or not joins.begins else "—".join(f"{day:%Y-%m-%d}" for day in _span(ledger, row))
    )


def _before(one: Model, row: Model) -> bool:
    """Whether another row would be kept rather than the page's own: what is approved, then what was entered first."""

    def rank(each: Model) -> tuple[bool, int]:
        return getattr(each, "state") != State.APPROVED, each.pk  # noqa: B009

    return rank(one) < rank(row)


def _nearby(ledger: Ledger, row: Model) -> Q:
    """Condition: filed in the row's county."""
    above = regions.with_path(Region.objects.filter(pk=getattr(row, f"{ledger.filed_by}_id"))).get()
    while above.level > Level.COUNTY and above.parent is not None:
        above = above.parent
    return regions.under(above, ledger.filed_by)


def _shared(ledger: Ledger, pk: int, others: Iterable[int]) -> Mapping[int, int]:
    """Of rows those that have more than half of the people of each in common with one, with how many; one query at most."""
    wanted = list(others)
    joins = ledger.joins
    if not wanted or joins is None or not joins.people:
        return {}
    other = declaration.get(joins.people)
    (to_it,) = (part.attribute for part in other.parts.values() if part.ledger == ledger.code)
    lines = other.model._default_manager.filter(
        state__in=[*PENDING, State.APPROVED], **{f"{to_it}__in": [pk, *wanted]}
    )
    people: dict[int, set[int]] = defaultdict(set)
    for thing, who in lines.annotate(of=F(f"{to_it}_id"), who=canonical(other.person or "")).values_list(
        "of", "who"
    ):
        people[thing].add(who)
    mine = people[pk]
    common = {one: len(mine & people[one]) for one in wanted}
    return {one: number for one, number in common.items() if number * 2 > max(len(mine), len(people[one]))}
