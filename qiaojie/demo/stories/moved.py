"""Three people cared for by 涪陵 who moved to 丰都 in July, where their care went on: one person, one unit.

涪陵 counts them, for it began. Of 丰都's three claims one was granted (a hand-over: she counts for 丰都), one refused, and
one has not been answered.
"""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import Final

from qiaojie.lib.identity import FEMALE
from qiaojie.measures.models import Dispute
from qiaojie.support.models import CareForm

from ..care import CARE, OWN
from ..chance import BEIJING, filed
from ..population import VALID, move, someone
from ..world import Care, Claim, Place, World

FROM: Final = "500102"
TO: Final = "500230"
BEGAN: Final = (date(2023, 2, 20), date(2023, 3, 6), date(2023, 3, 20))
MOVED_ON: Final = date(2023, 7, 18)
WENT_ON: Final = date(2023, 8, 1)

REASON: Final = "本人7月已迁入丰都，全年大部分服务由丰都提供"
CLAIMED_AT: Final = datetime(2023, 10, 16, 10, 20, tzinfo=BEIJING)
ANSWERED_AT: Final = datetime(2023, 10, 19, 15, 5, tzinfo=BEIJING)
ANSWERS: Final = (
    (Dispute.Answer.GIVEN, "情况属实，同意划转丰都计数"),
    (Dispute.Answer.KEPT, "首次服务在涪陵，按口径由涪陵计数"),
    (Dispute.Answer.OPEN, ""),
)


def tell(world: World, origin: Place, place: Place) -> None:
    """Put the people, their services and the claims into the world."""
    rng = Random("moved-2023")
    for began, (answer, words) in zip(BEGAN, ANSWERS, strict=True):
        person = someone(rng, world, origin, sex=FEMALE, papers=VALID, category="5", grade="2")
        move(rng, world, person, place, MOVED_ON)
        first = Care(
            **filed(rng, origin, began),
            person=person,
            form=CareForm.DAY,
            provider=f"{origin.name}{OWN}",
            ends=MOVED_ON,
            end_reason="户籍迁出",
        )
        second = Care(
            **filed(rng, place, WENT_ON), person=person, form=CareForm.DAY, provider=f"{place.name}{OWN}"
        )
        world.cares += [first, second]
        world.claims.append(
            Claim(
                indicator=CARE,
                person=person,
                claimant=place,
                holder=origin,
                reason=REASON,
                at=CLAIMED_AT,
                answer=answer,
                answer_reason=words,
                answered_at=ANSWERED_AT if words else None,
            )
        )
        counts_for = place if answer == Dispute.Answer.GIVEN else origin
        world.counted[counts_for.region, CARE] += 1
