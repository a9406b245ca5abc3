"""Boards, dossiers and 差一步 never contradict one another: every person of a small programme is looked at."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.measures import near_misses
from qiaojie.measures import queries as measures
from qiaojie.measures.facts import counts_persons, key_of, rested
from qiaojie.measures.models import ValuePart
from qiaojie.notices.queries import notice
from qiaojie.notices.schema import Indicator
from qiaojie.people.models import Person
from qiaojie.people.queries import canonical
from qiaojie.regions import queries as regions
from qiaojie.reports.dossier import dossier

pytestmark = [pytest.mark.django_db, pytest.mark.later, pytest.mark.usefixtures("stories")]

WORK = "chongqing-work-2023"
DAYS = (date(2023, 6, 30), date(2023, 11, 30))


def persons_of(indicator: Indicator) -> list[tuple[int, str]]:
    """The sources of an indicator (their places) with the path to the person of their facts."""
    sources = [] if indicator.count is None else rested(WORK, indicator)
    return [(rest.place, rest.ledger.person) for rest in sources if rest.ledger.person is not None]


@pytest.mark.parametrize("on", DAYS)
def test_a_dossier_says_of_everybody_what_the_board_opens_to(on: date) -> None:
    held, viewer = notice(WORK), SystemViewer()
    unit_of = regions.edition(held.edition).unit_of
    behind: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for indicator in held.indicators:
        if not counts_persons(indicator):
            continue
        for unit in set(unit_of.values()):
            for place, path in persons_of(indicator):
                _ledger, rows = measures.behind(held, indicator.code, unit, on, source=place)
                for person in rows.annotate(who=canonical(path)).values_list("who", flat=True):
                    behind[person].add((indicator.label, unit))
    assert len(behind) > 300
    names = dict(regions.Region.objects.filter(pk__in=unit_of).values_list("short_name", "pk"))
    own: dict[int, list[int]] = defaultdict(list)
    for pk, into in Person.objects.values_list("pk", "canonical_id"):
        own[into or pk].append(pk)
    for person, records in own.items():
        said = measures.answering(records, viewer, on)
        assert {
            (one.indicator, unit_of[names[one.unit]]) for one in said if one.notice == held.title
        } == behind.get(person, set()), person
    somebody = next(iter(behind))
    assert {one.indicator for one in dossier(somebody, viewer, on).answering if one.notice == held.title} == {
        label for label, _unit in behind[somebody]
    }


@pytest.mark.parametrize("on", DAYS)
def test_nobody_on_a_list_of_one_step_is_counted_or_waits(on: date) -> None:
    held = notice(WORK)
    listed = 0
    for indicator in held.indicators:
        counted: set[int] = set()
        for rest in rested(WORK, indicator):
            for part in (ValuePart.APPROVED, ValuePart.PENDING):
                _ledger, rows = measures.behind(held, indicator.code, None, on, part, source=rest.place)
                counted |= set(rows.annotate(k=key_of(indicator, rest.ledger)).values_list("k", flat=True))
        for step in near_misses.steps(held, indicator, on):
            if step.name == near_misses.APPROVAL:
                assert step.number == measures.measure(held, on, SystemViewer()).total[indicator.code].pending
                continue
            _ledger, rows = near_misses.behind(held, indicator, step.name, on, source=step.source)
            keys = list(rows.values_list("k", flat=True))
            assert len(set(keys)) == step.number
            assert not counted & set(keys), (indicator.code, step.name)
            listed += len(keys)
    assert listed > 10
