"""The reports that the units have sent, and the few that they have not."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final

from qiaojie.notices import duties
from qiaojie.notices import queries as notices
from qiaojie.notices.models import Filing

from .batches import ACTOR

NOTICES: Final = ("chongqing-handicraft-2019", "chongqing-work-2023")
"""Notices of the municipality that ask for reports."""

UNSENT: Final = {
    ("chongqing-handicraft-2019", "year"): ("巫溪县",),
    ("chongqing-work-2023", "year"): ("丰都县", "城口县"),
}
"""Notice and duty → units that have not sent it."""

HOW: Final = "电子邮件、盖章扫描件"


def write() -> int:
    """Register what the units have sent; how many reports."""
    rng = Random("filings")
    made = [
        Filing(
            notice=code,
            duty=due.duty.code,
            due=due.on,
            region_id=unit.region_id,
            sent_on=due.on - timedelta(days=rng.randrange(12)),
            how=HOW,
            by=ACTOR,
        )
        for code in NOTICES
        for due in duties.dues(notices.notice(code))
        for unit in duties.owners(due.notice, due.duty)
        if unit.name not in UNSENT.get((code, due.duty.code), ())
    ]
    return len(Filing.objects.bulk_create(made))
