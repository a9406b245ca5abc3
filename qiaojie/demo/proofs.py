"""Made-up sources of proof: of every told office a compared list that shows some jobs, and a roster on which others merely stand.

No job counts that did not count before, and none stops counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qiaojie.ledgers import journal
from qiaojie.ledgers.models import Batch, State
from qiaojie.livelihoods.models import Employment, Proof, ProofSource, SourceKind

from .batches import ACTOR
from .evidence import paper_of
from .offices import entered_by
from .world import Place

COMPARED_ON: Final = date(2023, 10, 31)
"""The day of the social insurance office's list."""
LISTED_ON: Final = date(2023, 9, 30)
"""The day of the townships' roster."""
COMPARED: Final = "2023年10月社保比对名单"
ROSTER: Final = "乡镇就业花名册"
SHELF: Final = "残联档案室三号柜"


def keep(places: Sequence[Place]) -> None:
    """Write the sources for the units whose accounts are told, and point jobs to them, in the caller's transaction."""
    for place in places:
        clerk, approver = entered_by(place)
        if not clerk:
            continue
        jobs = Employment.objects.filter(
            filed_by=place.region, happened_on__year=2023, state=State.APPROVED, handicraft=False
        ).order_by("pk")
        hands = (clerk, approver or ACTOR)
        # What the insurance office says of every other insured job stands on its list.
        _point(jobs.filter(proof=Proof.INSURANCE), 2, Proof.COMPARED, _source(place, True, hands))
        # Of the jobs without proof every other one stands on a roster, and does not count.
        _point(jobs.filter(proof=Proof.NONE), 2, Proof.LIST, _source(place, False, hands))


def _point(jobs: Iterable[Employment], every: int, proof: Proof, source: ProofSource) -> None:
    keys = [job.pk for job in jobs][::every]
    Employment.objects.filter(pk__in=keys).update(proof=proof, source=source)


def _source(place: Place, compared: bool, hands: tuple[str, str]) -> ProofSource:
    purpose = _("演示数据：%s") % _("凭证来源")
    day = COMPARED_ON if compared else LISTED_ON
    made = ProofSource.objects.create(
        title=place.name + (COMPARED if compared else ROSTER),
        kind=SourceKind.COMPARED if compared else SourceKind.ROSTER,
        from_whom=f"{place.name}人社局" if compared else f"{place.name}各乡镇",
        happened_on=day,
        proof_place=place.name + SHELF,
        filed_by_id=place.region,
        state=State.APPROVED,
        entered_by=hands[0],
        approved_by=hands[1],
        approved_at=timezone.now(),
    )
    batch = Batch.objects.create(ledger="proof_sources", region_id=place.region, actor=ACTOR, purpose=purpose)
    journal.created(ProofSource, [made.pk], actor=ACTOR, batch=batch, purpose=purpose)
    paper_of(made, day, hands)
    return made
