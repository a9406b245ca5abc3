"""Reading comparisons: lists of the viewer's regions, units as a tree, the names behind each number, what they hold."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qiaojie.intake import services as intake
from qiaojie.intake.models import Upload
from qiaojie.ledgers import queries as ledgers
from qiaojie.ledgers.declaration import Field, Ledger, get
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.queries import Shown, show_registered
from qiaojie.ledgers.viewer import Action, Viewer, demand, refuse
from qiaojie.lib.crypto import keyring
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import Period
from qiaojie.notices import queries as notices
from qiaojie.notices.forms import TableDef
from qiaojie.regions.models import Level, Region
from qiaojie.regions.queries import under

from . import reading, serialising
from .matching import compare
from .models import Line, LineStanding, OutsideList

PAGE = 50
"""Lines of one page."""

_BOTH = (LineStanding.SAME, LineStanding.DIFFERS)
_HELD = (*_BOTH, LineStanding.WAITING)
"""The standings in which the other system has a row of ours already."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many rows: ours (approved), theirs, in both, of these with other values, in one only, ours not yet approved,
    theirs without a number that are likely about somebody of ours."""

    ours: int
    theirs: int
    both: int
    differs: int
    only_ours: int
    only_theirs: int
    waiting: int
    likely: int


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the tree; None is what the list says of no unit. ``depth`` counts from the region that was compared."""

    region: Region | None
    depth: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Differing:
    """A field in which a pair differs: its label, what ours says, what theirs says."""

    label: str
    ours: Shown
    theirs: Shown


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as a viewer sees it: cells by field (ours where there is a row of ours), and what differs."""

    pk: int
    standing: LineStanding
    unit: str
    row: int | None
    fact: int | None
    cells: Mapping[str, Shown]
    differing: tuple[Differing, ...]


@dataclass(frozen=True, slots=True)
class LinePage:
    """Some lines, and after which key the next ones begin (None at the end)."""

    fields: tuple[Field, ...]
    lines: tuple[ShownLine, ...]
    following: int | None


def lists(viewer: Viewer, table: str = "", size: int = PAGE) -> list[OutsideList]:
    """The lists of the viewer's regions, the latest first. Raises Refused where the role may see none."""
    demand(viewer, Action.SEE, "comparison")
    found = OutsideList.objects.filter(viewer.scope("region")).select_related("region")
    if table:
        found = found.filter(table=table)
    return list(found.defer("content", "findings").order_by("-pk")[:size])


def one(pk: int, viewer: Viewer) -> OutsideList:
    """A list of the viewer's regions. Refused, and logged, for any other."""
    demand(viewer, Action.SEE, f"comparison/{pk}")
    found = OutsideList.objects.filter(viewer.scope("region"), pk=pk).select_related("region").first()
    if found is None:
        refuse(viewer, Action.SEE, f"comparison/{pk}")
    return found


def figures(held: OutsideList) -> Figures:
    """The numbers of the whole list."""
    return _figures([_numbers(counts) for counts in held.counts.values()])


def units(held: OutsideList) -> list[UnitRow]:
    """The units with rows on either side, each with all beneath it, in the order of the tree. One query."""
    keys = [int(unit) for unit in held.counts if unit]
    wanted = Q(pk__in=keys) | Q(level__lte=Level.COUNTY)
    regions = list(Region.objects.filter(under(held.region, "")).filter(wanted).order_by("first"))
    own = [_numbers(held.counts.get(str(region.pk), {})) for region in regions]
    sums = [tuple(accumulate((one[at] for one in own), initial=0)) for at in range(len(LineStanding))]
    starts = [region.first for region in regions]
    found: list[UnitRow] = []
    above: list[Region] = []
    for region in regions:
        first, last = bisect_left(starts, region.first), bisect_right(starts, region.last)
        numbers = tuple(sum_[last] - sum_[first] for sum_ in sums)
        if any(numbers):
            while above and not above[-1].holds(region):
                above.pop()
            found.append(UnitRow(region, len(above), _figures([numbers])))
            above.append(region)
    if "" in held.counts:
        found.append(UnitRow(None, 1, _figures([_numbers(held.counts[""])])))
    return found


def _numbers(counts: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(counts.get(standing.value, 0) for standing in LineStanding)


def _figures(numbers: Sequence[tuple[int, ...]]) -> Figures:
    same, differs, ours, theirs, waiting, likely = (
        sum(one[at] for one in numbers) for at in range(len(LineStanding))
    )
    both = same + differs
    all_theirs = both + theirs + waiting + likely
    return Figures(both + ours, all_theirs, both, differs, ours, theirs, waiting, likely)


def lines(
    held: OutsideList,
    viewer: Viewer,
    *,
    standing: LineStanding | None = None,
    unit: Region | None = None,
    nowhere: bool = False,
    after: int = 0,
    size: int = PAGE,
) -> LinePage:
    """The names behind a number, as the viewer sees them; the look is logged. Two queries, whatever the page.

    ``unit`` narrows to a region and all beneath it, ``nowhere`` to rows of which the list says no unit.
    """
    page = part(held, viewer, standing=standing, unit=unit, nowhere=nowhere, after=after, size=size)
    viewer.note(Action.SEE, f"comparison/{held.pk}/lines", rows=len(page.lines))
    return page


def part(
    held: OutsideList,
    viewer: Viewer,
    *,
    standing: LineStanding | None = None,
    unit: Region | None = None,
    nowhere: bool = False,
    after: int = 0,
    size: int = PAGE,
) -> LinePage:
    """As ``lines``, for whoever logs the whole of several parts."""
    found = held.lines.filter(pk__gt=after).select_related("unit").order_by("pk")
    if standing is not None:
        found = found.filter(standing=standing)
    if unit is not None:
        found = found.filter(under(unit, "unit"))
    elif nowhere:
        found = found.filter(unit__isnull=True)
    table = notices.table(held.table)
    ledger = get(table.ledger)
    fields = listed(table)
    taken = list(found[: size + 1])
    shown = tuple(_shown(taken[:size], ledger, fields, viewer))
    return LinePage(fields, shown, taken[size - 1].pk if len(taken) > size else None)


def listed(table: TableDef) -> tuple[Field, ...]:
    """The fields of a list as the ledger declares them, in the order of its columns."""
    ledger = get(table.ledger)
    return tuple(ledger.field(name) for name in table.form.fields)


def _shown(
    taken: Sequence[Line], ledger: Ledger, fields: tuple[Field, ...], viewer: Viewer
) -> Iterator[ShownLine]:
    by_name = {field.name: field for field in fields}
    facts = [line.fact for line in taken if line.fact is not None]
    open_to = ledgers.rows(ledger, viewer).filter(pk__in=facts)
    ours = {row.pk: row.cells for row in ledgers.shown(ledger, viewer, open_to, fields)}
    for line in taken:
        said = serialising.unseal(bytes(line.said), by_name) if line.said is not None else {}
        theirs = {
            name: show_registered(ledger, field, said.get(name), viewer) for name, field in by_name.items()
        }
        held = ours.get(line.fact or 0)
        differing = tuple(
            Differing(str(by_name[name].label), held[name] if held else Shown(""), theirs[name])
            for name in line.differing.split(",")
            if name in by_name
        )
        yield ShownLine(
            line.pk,
            LineStanding(line.standing),
            line.unit.short_name if line.unit else "",
            line.row,
            line.fact,
            held or theirs,
            differing,
        )


def findings(held: OutsideList) -> list[dict[str, str]]:
    """What was wrong with cells of the list: sheet, cell, code, level, message."""
    if held.findings is None:
        return []
    found: list[dict[str, str]] = json.loads(keyring().decrypt(bytes(held.findings), serialising.FINDINGS))
    return found


def aside() -> dict[str, str]:
    """Why rows of theirs were not compared, in words, by the reason's code."""
    return {
        "outside": _("时段之外，未比对"),
        "twice": _("名单里重复，只比一次"),
        "unread": _("没有可用的证件号码，也没有姓名，未比对"),
    }


def they_hold(table: TableDef, region: Region, period: Period, viewer: Viewer) -> frozenset[int]:
    """The keys of our rows that the other system has already, by the last list of it: compared, or taken in.

    Raises Unusable ``no_list`` where there is none for the region; Refused.
    """
    demand(viewer, Action.SEE, f"comparison/{table.name}")
    around = Q(region__first__lte=region.first, region__last__gte=region.last, table=table.name)
    compared = OutsideList.objects.filter(around, compared_at__isnull=False)
    last = compared.defer("content").order_by("-pk").first()
    taken = _taken(around)
    if taken is not None and (last is None or taken.received_at > last.received_at):
        data = reading.read(intake.workbook_of(taken), taken.name, table, period)
        pairs = compare(data.rows, table, region, period, viewer)
        return frozenset(one.ours.fact for one in pairs if one.ours and one.standing in _HELD)
    if last is None:
        text = _("还没有“%s”的名单可以对照，请先比对一份对方导出的名单。")
        raise Unusable("no_list", text % table.form.title)
    facts = last.lines.filter(standing__in=_HELD, fact__isnull=False).values_list("fact", flat=True)
    return frozenset(fact for fact in facts if fact is not None)


def _taken(around: Q) -> Upload | None:
    committed: QuerySet[Upload] = Upload.objects.filter(around, batch__isnull=False)
    return committed.exclude(batch__stage=Batch.Stage.UNDONE).order_by("-pk").first()
