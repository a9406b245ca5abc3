"""Keeping the totals: counted once for all, then again only for those whom a change touches.

Nobody asks for it and nothing is journalled (totals follow the rows), so nothing here is ``permitted``: what a change touches
is counted in its transaction, and whole indicators in one of their own for each group that is gathered together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from qiaojie.ledgers.viewer import Action, Viewer, refuse
from qiaojie.lib import dialects
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Indicator, Notice
from qiaojie.regions import queries as regions
from qiaojie.regions.editions import EditionView

from . import days, engine, facts
from .models import Counted, Measure, Tally

Kept = tuple[Measure, Indicator]

MANY = 5_000
"""Above this many touched keys it is cheaper to count the whole indicator again than to ask for each."""

_GATHERED = "measures_gathered"
"""A temporary table: the facts that some indicators rest on, while these are counted."""

_PLACED = "measures_placed"
"""Another: what one of them counts, before it is written down and summed."""

_COLUMNS = ", ".join(engine.COLUMNS)

_NEW_SUMS = """
INSERT INTO measures_tally (measure_id, unit_id, part, day, number)
SELECT %s, unit_id, part, day, SUM(n) FROM (
  SELECT unit_id, part, day, number AS n FROM measures_placed
  UNION ALL
  SELECT unit_id, part, until, -number AS n FROM measures_placed WHERE until IS NOT NULL
) t GROUP BY unit_id, part, day ORDER BY unit_id, part, day
"""

# In one order for all, so that two who add to the same days wait for each other only once.
_SUMS = """
INSERT INTO measures_tally (measure_id, unit_id, part, day, number)
SELECT %s, unit_id, part, day, SUM(n) FROM (
  SELECT unit_id, part, day, {sign}number AS n FROM {rows}
  UNION ALL
  SELECT unit_id, part, until, {back}number AS n FROM {rows} AND until IS NOT NULL
) t GROUP BY unit_id, part, day ORDER BY unit_id, part, day
ON CONFLICT (measure_id, unit_id, part, day) DO UPDATE SET number = measures_tally.number + excluded.number
"""


def measured(notice: Notice) -> list[Indicator]:
    """The indicators of a notice that can be counted from ledgers."""
    return [indicator for indicator in notice.indicators if indicator.count is not None]


def recount(notice: Notice, *, force: bool = False) -> int:
    """Count every indicator of a notice whose kept totals are missing or of another definition; how many were."""
    known = dict(Measure.objects.filter(notice=notice.code).values_list("indicator", "definition"))
    marks = engine.marks(notice, measured(notice))
    due = [i for i in measured(notice) if force or known.get(i.code) != marks[i.code]]
    for alike in engine.alike(due):
        with transaction.atomic():
            kept: list[Kept] = []
            for indicator in alike:
                Measure.objects.get_or_create(notice=notice.code, indicator=indicator.code)
                held = Measure.objects.select_for_update().get(notice=notice.code, indicator=indicator.code)
                kept.append((held, indicator))
            _count_all(kept, notice)
            for measure, indicator in kept:
                measure.definition = marks[indicator.code]
                measure.save(update_fields=["definition"])
    if due:
        # Not a minute later, as a server would by itself: the next change already looks for its people in them.
        dialects.look_anew(Counted._meta.db_table, Tally._meta.db_table)
    return len(due)


def count_years_before() -> int:
    """``count_year_before`` for all notices: what an installation does when it is brought up to date."""
    return sum(count_year_before(notice) for notice in notices.every())


def recount_every(*, force: bool = False) -> int:
    """``recount`` for all notices."""
    return sum(recount(notice, force=force) for notice in notices.every())


def count_year_before(notice: Notice, *, force: bool = False) -> int:
    """Count, by the notice's definitions, the twelve months before its time, and keep that with the day on which it was
    counted; how many indicators were. Those of the current definition stay as they are, unless ``force``.

    No change counts it again: last year hardly changes, and who needs it exactly has an indicator's own page.
    """
    past = days.year_before(notice.span)
    if past is None:
        return 0
    kept = Measure.everything.filter(notice=notice.code, before=True)
    known = dict(kept.values_list("indicator", "definition"))
    marks = engine.marks(notice, measured(notice), past)
    due = [i for i in measured(notice) if force or known.get(i.code) != marks[i.code]]
    for indicator in due:
        with transaction.atomic():
            held, _new = Measure.everything.select_for_update().get_or_create(
                notice=notice.code, indicator=indicator.code, before=True
            )
            dialects.work_in_memory()
            Tally.objects.filter(measure=held).delete()
            with _temporary(_GATHERED, *engine.counted_sql(notice, indicator, past)):
                _sum(held, f"{_GATHERED} WHERE part IN (%s, %s)", [part.value for part in days.DONE])
            held.definition, held.counted_at = marks[indicator.code], timezone.now()
            held.save(update_fields=["definition", "counted_at"])
    return len(due)


def may_renew(view: EditionView, viewer: Viewer) -> bool:
    """Whether somebody approves for the whole area of a notice's map."""
    return viewer.may(Action.APPROVE) and viewer.covers(view.root_id)


def renew_year_before(notice: Notice, viewer: Viewer) -> int:
    """Count the year before again, as its records are now; for whoever approves for the notice's whole area; logged.

    Raises Refused for others.
    """
    subject = f"year-before/{notice.code}"
    if not may_renew(regions.edition(notice.edition), viewer):
        refuse(viewer, Action.APPROVE, subject)
    number = count_year_before(notice, force=True)
    viewer.note(Action.APPROVE, subject, rows=number)
    return number


def _count_all(kept: Sequence[Kept], notice: Notice) -> None:
    """Count indicators anew that are alike but for their splits: the facts are gathered once for all of them."""
    alike = [indicator for _measure, indicator in kept]
    dialects.work_in_memory()
    for measure, _indicator in kept:
        Counted.objects.filter(measure=measure).delete()
        Tally.objects.filter(measure=measure).delete()
    if len(kept) == 1:
        _keep(kept[0][0], *engine.counted_sql(notice, alike[0], notice.span))
        return
    with _temporary(_GATHERED, *engine.gathered_sql(notice, alike, notice.span)):
        for place, (measure, indicator) in enumerate(kept):
            _keep(measure, *engine.parts_sql(notice, indicator, _GATHERED, place))


def _keep(measure: Measure, sql: str, params: Sequence[Any]) -> None:
    """Write what a statement counts for a measure of which nothing is kept, in the order of its key, and its sums."""
    with _temporary(_PLACED, sql, params):
        _insert(measure, f"SELECT {_COLUMNS} FROM {_PLACED}", [], ordered=True)  # noqa: S608  (our own)
        with connection.cursor() as cursor:
            cursor.execute(_NEW_SUMS, [measure.pk])


@contextmanager
def _temporary(table: str, sql: str, params: Sequence[Any]) -> Iterator[None]:
    """A table with what a statement yields. Where something fails the transaction fails, and the table goes with it."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} AS {sql}", params)
        yield
        cursor.execute(f"DROP TABLE {table}")


def _insert(measure: Measure, sql: str, params: Sequence[Any], *, ordered: bool = False) -> None:
    order = " ORDER BY key" if ordered else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO measures_counted (measure_id, {_COLUMNS}) SELECT %s, {_COLUMNS} FROM ({sql}) t{order}",  # noqa: S608
            [measure.pk, *params],
        )


def _sum(measure: Measure, rows: str, params: Sequence[Any], *, take: bool = False) -> None:
    """Add rows of ``COLUMNS`` to the sums of their days, or take them off."""
    sign, back = ("-", "") if take else ("", "-")
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(sign=sign, back=back, rows=rows), [measure.pk, *params, *params])


def recount_touched(
    sender: object, touched: Mapping[str, Iterable[int]], memo: dict[str, Any] | None = None, **_: object
) -> None:
    """Count again whoever a change touches, in the transaction of the change, so that totals are never behind.

    ``memo`` carries what ``note_touched`` found before the change, for rows that are gone afterwards.
    """
    dialects.work_in_memory()
    before: dict[int, set[int]] = (memo or {}).get("measures", {})
    touched = facts.widened(touched)
    registers, maps = facts.registers(), dict[str, engine.Map]()
    for measure, indicator, notice in _kept():
        keys = before.get(measure.pk, set()) | _keys(measure, indicator, touched)
        if len(keys) > MANY:
            _count_all([(measure, indicator)], notice)
        elif keys:
            if notice.code not in maps:
                maps[notice.code] = engine.map_of(notice)
            _count_again(measure, indicator, notice, sorted(keys), engine.Now(registers, maps[notice.code]))


def note_touched(
    sender: object, touched: Mapping[str, Iterable[int]], memo: dict[str, Any], **_: object
) -> None:
    """Before a change that deletes rows: remember whose totals rest on them."""
    touched = facts.widened(touched)
    memo["measures"] = {measure.pk: _keys(measure, indicator, touched) for measure, indicator, _n in _kept()}


def _kept() -> list[tuple[Measure, Indicator, Notice]]:
    """Measures with totals of the current definition; missing or outdated ones are counted whole first."""
    found: list[tuple[Measure, Indicator, Notice]] = []
    for notice in notices.every():
        recount(notice)
        kept = {m.indicator: m for m in Measure.objects.filter(notice=notice.code)}
        found += [(kept[i.code], i, notice) for i in measured(notice)]
    return found


def _keys(measure: Measure, indicator: Indicator, touched: Mapping[str, Iterable[int]]) -> set[int]:
    keys: set[int] = set()
    for rest in facts.rested(measure.notice, indicator):
        for label, ids in touched.items():
            keys |= facts.touched_keys(indicator, rest, label, ids, MANY)
            if len(keys) > MANY:
                # All is counted anew, so it does not matter whose the rest are.
                return keys
    return keys


def _count_again(
    measure: Measure, indicator: Indicator, notice: Notice, keys: list[int], now: engine.Now
) -> None:
    rows = f"measures_counted WHERE measure_id = %s AND {dialects.one_of(connection, 'key')}"
    given: list[int | str] = [measure.pk, dialects.as_list(connection, keys)]
    _sum(measure, rows, given, take=True)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {rows}", given)  # noqa: S608  (our own)
    _insert(measure, *engine.counted_sql(notice, indicator, notice.span, keys, now))
    _sum(measure, rows, given)
