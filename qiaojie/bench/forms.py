"""Lines of forms: one county's out of a registry of the whole city."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.lib.periods import read_period
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.reports import filling
from qiaojie.training.models import Enrolment

from .registry import YEAR, Made
from .timing import BenchLine, timed

TABLE = "chongqing-handicraft-2019/training-status"
SECONDS = 0.5


def training_status(made: Made) -> Iterator[BenchLine]:
    """Filling the half-yearly form of one county."""
    table, period = notices.table(TABLE), read_period(f"{YEAR}H1")
    region = Region.objects.get(pk=made.counties[0])
    filled = filling.fill(table, region, period, SystemViewer())
    times = timed(partial(filling.fill, table, region, period, SystemViewer()))
    size, note = f"{Enrolment.objects.count():,}", f"enrolments; the form has {len(filled.rows)} rows"
    yield BenchLine(
        "training-status of one county, seconds", size, times.middle, 1.0, SECONDS, times.spread, note
    )
