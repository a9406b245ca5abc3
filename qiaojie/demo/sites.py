"""Made-up bases with the money they were given, and events counted by session."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Final

from qiaojie.ledgers.models import State
from qiaojie.lib.identity import FEMALE, MALE

from .chance import LATE_AUTUMN, Pace, day_between, day_in, filed, moment, waiting, weekday
from .names import personal_name
from .world import Base, Event, Payment, Place, World

BASES: Final = "support_bases"
SESSIONS: Final = "massage_sessions"
"""The two indicators."""

SLOW: Final = 0.66
"""A unit whose pace is no better than this has not come to bases and sessions yet."""

PLAQUE_ONLY: Final = "500235"
"""云阳: a plaque on the wall, but no money paid."""
TWICE: Final = "500233"
"""忠县: two payments to one base."""
NOT_APPROVED: Final = "500238"
"""巫溪: paid, but nobody has approved the base."""
NO_SHEET: Final = "500154"
"""开州: the second of two sessions lacks its sign-in sheet."""

BASE: Final = "农村残疾人就业帮扶基地"
SESSION: Final = "2023年第%d场“德法相伴 助盲提升”培训"
TRADES: Final = (
    ("柑橘种植", "farming"),
    ("生态养殖", "farming"),
    ("蔬菜种植", "farming"),
    ("中药材种植", "farming"),
    ("农产品加工", "processing"),
    ("乡村旅游", "tourism"),
    ("农村电商", "ecommerce"),
    ("竹编", "handicraft"),
)
SOURCES: Final = ("市级残疾人事业发展补助资金", "区县残疾人就业保障金")
MONTHS: Final = {5: 1, 6: 3, 7: 2, 8: 2, 9: 4, 10: 3}


def support(rng: Random, world: World, place: Place, pace: Pace) -> None:
    """The base of a unit that has a target, set up some years ago, and what was paid to it in 2023."""
    if not place.target(BASES) or not pace.approved:
        return
    trade, industry = rng.choice(TRADES)
    founded = day_between(rng, date(2018, 3, 1), date(2022, 11, 30))
    base = Base(
        **filed(rng, place, founded, waiting(rng) if place.code == NOT_APPROVED else State.APPROVED),
        name=f"{place.name}{trade}{BASE}",
        kind="rural",
        industry=industry,
        head=personal_name(rng, rng.choice((FEMALE, MALE))),
    )
    world.bases.append(base)
    if place.code == PLAQUE_ONLY:
        return
    late = pace.approved <= SLOW and place.code != NOT_APPROVED
    state = waiting(rng) if late else State.APPROVED
    days = [day_between(rng, *LATE_AUTUMN) if late else day_in(rng, MONTHS)]
    if place.code == TWICE:
        days.append(days[0] + timedelta(days=14))
    for day in days:
        world.payments.append(
            Payment(
                **filed(rng, place, weekday(day), state),
                base=base,
                amount=rng.randrange(4, 11) * 1_000_000,
                source=rng.choice(SOURCES),
            )
        )


def hold_sessions(rng: Random, world: World, place: Place, pace: Pace) -> None:
    """The sessions for blind masseurs, of one to three days each; one for December is planned where one is due."""
    for nth in range(1, place.target(SESSIONS) + 1):
        if not pace.approved and not pace.pending:
            return
        late = pace.approved <= SLOW
        ahead = late and rng.random() < 0.5
        if ahead:
            day = weekday(day_between(rng, date(2023, 12, 11), date(2023, 12, 22)))
        else:
            day = weekday(day_between(rng, *LATE_AUTUMN) if late else day_in(rng, MONTHS))
        begins = day - timedelta(days=rng.randint(0, 2))
        event = Event(
            **filed(rng, place, day, waiting(rng) if late else State.APPROVED),
            title=place.name + SESSION % nth,
            begins=begins,
            attendance=0 if ahead else rng.randint(12, 45),
            has_sign_in=not ahead and not (place.code == NO_SHEET and nth == place.target(SESSIONS)),
        )
        if ahead:
            event.entered_at = moment(rng, begins - timedelta(days=rng.randint(5, 12)))
            event.state = State.DRAFT
        world.events.append(event)
