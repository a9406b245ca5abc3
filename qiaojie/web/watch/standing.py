"""How the installation stands when it is asked: jobs, nights, sessions, room on the disk. Numbers only."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connections
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from qiaojie.accounts.models import AccessOpen
from qiaojie.lib.dialects import size_of
from qiaojie.queue import nightly
from qiaojie.queue import queries as queue


class StandingFigures(Collector):
    """Asks the database when it is asked itself: some six queries, whatever there is."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Gauges of this moment."""
        yield from _jobs()
        yield from _nights()
        yield _one(
            "qiaojie_sessions",
            "Sessions that have not run out.",
            Session.objects.filter(expire_date__gt=timezone.now()).count(),
        )
        yield _one(
            "qiaojie_log_unsealed", "Lines of the access log under no seal yet.", AccessOpen.objects.count()
        )
        yield _one(
            "qiaojie_disk_free_bytes", "Room on the disk of the home.", shutil.disk_usage(settings.HOME).free
        )
        sizes = GaugeMetricFamily("qiaojie_database_bytes", "What a database takes.", labels=["database"])
        for alias in settings.DATABASES:
            sizes.add_metric([alias], size_of(connections[alias]))
        yield sizes


def _jobs() -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("qiaojie_jobs", "Jobs by kind and state.", labels=["kind", "state"])
    for kind, state, number in queue.numbers():
        jobs.add_metric([kind, state], number)
    yield jobs
    yield _one(
        "qiaojie_job_waiting_seconds",
        "For how long the job that has waited longest has waited.",
        queue.oldest_waiting().total_seconds(),
    )


def _nights() -> Iterator[GaugeMetricFamily]:
    last = GaugeMetricFamily(
        "qiaojie_nightly_success_timestamp_seconds",
        "When a job of the night last succeeded.",
        labels=["name"],
    )
    unsound = GaugeMetricFamily(
        "qiaojie_nightly_unsound", "1 where a job of the night failed or is late.", labels=["name"]
    )
    for one in nightly.statuses():
        if one.succeeded_at is not None:
            last.add_metric([one.name], one.succeeded_at.timestamp())
        unsound.add_metric([one.name], float(not one.sound))
    yield last
    yield unsound


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)
