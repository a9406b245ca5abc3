"""Whom the counties work with at present: people of theirs who are there already, with certificates that still hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from ..population import RENEWAL
from ..work import MEN_UNTIL, WOMEN_UNTIL
from ..world import Paper, Place, Someone, World, last_valid_day, years_on

ADULT: Final = 18

BETWEEN: Final = 7
"""Among so many people of a class one is a man."""


def pool(world: World, place: Place, today: date) -> list[Someone]:
    """People of a unit whom nobody else knows, of working age this year and the next, every seventh a man.

    They held its certificate at the end of 2023, died nowhere in the demo and are not at work. Who needs a new certificate
    comes after who does not.
    """
    busy = {job.person for job in world.jobs if job.ends is None}
    able = [
        person
        for person in world.people
        if person.unit == place.region
        and person.ties == {place.region}
        and person.died_on is None
        and person.county(date(2023, 12, 31)) == place.region
        and person not in busy
        and _of_working_age(person, today)
    ]
    able.sort(key=lambda person: person.papers[-1].expires_on < years_on(today, 1))
    found, men = ([one for one in able if one.woman == woman] for woman in (True, False))
    for at, man in enumerate(men, start=1):
        found.insert(at * BETWEEN - 1, man)
    return found


def renew(people: Sequence[Someone], until: date) -> None:
    """Issue certificates that expire before a day again, on the day after their last one and as often as that takes."""
    for person in people:
        while (last := person.papers[-1]).expires_on < until:
            again = last.expires_on + timedelta(days=1)
            person.papers[-1] = replace(last, ended_on=last.expires_on, end_reason=RENEWAL)
            number = f"{last.number[:20]}B{len(person.papers)}"
            person.papers.append(
                Paper(number, last.category, last.grade, last.county, again, last_valid_day(again))
            )


def _of_working_age(person: Someone, today: date) -> bool:
    until = WOMEN_UNTIL if person.woman else MEN_UNTIL
    return years_on(person.born, ADULT) < date(today.year - 1, 1, 1) and years_on(person.born, until) > date(
        today.year + 1, 12, 31
    )
