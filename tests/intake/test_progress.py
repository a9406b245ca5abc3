"""A plan and a commit tell how far they are, and may be stopped at any such point, which leaves nothing behind."""

from __future__ import annotations

import pytest

from qiaojie.intake import services
from qiaojie.intake.vocabulary.progress import Cancelled
from qiaojie.ledgers.models import Batch
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region

from . import material
from .conftest import Planner

pytestmark = pytest.mark.django_db


class Waiting:
    """Whoever waits: writes down what it is told, and stops at the ``stop``-th word."""

    def __init__(self, stop: int = 0) -> None:
        self.heard: list[tuple[str, int, int]] = []
        self.stop = stop

    def __call__(self, step: str, done: int, total: int) -> None:
        self.heard.append((step, done, total))
        if len(self.heard) == self.stop:
            raise Cancelled


def test_the_steps_are_told_in_order_up_to_their_end(fuling: Region, approver: Viewer) -> None:
    waiting = Waiting()
    table = notices.table(material.ROSTER)
    planned = services.plan(material.thirty(), "名册.xlsx", table, fuling, approver, progress=waiting)
    services.commit(planned, approver, progress=waiting)
    assert list(dict.fromkeys(step for step, _done, _total in waiting.heard)) == ["读取", "核对", "写入"]
    for step in ("读取", "核对", "写入"):
        dones = [done for word, done, total in waiting.heard if word == step and total == 30]
        assert dones == sorted(dones) and dones[0] == 0 and dones[-1] == 30


def test_a_commit_that_is_stopped_writes_nothing(plan: Planner, approver: Viewer) -> None:
    planned = plan(material.thirty())
    whole = Waiting()
    before = material.dump()
    for stop in range(1, 50):
        waiting = whole = Waiting(stop)
        try:
            services.commit(planned, approver, progress=waiting)
        except Cancelled:
            assert material.dump() == before
            assert not Batch.objects.exists()
        else:
            break
    assert len(whole.heard) >= 2
    assert Batch.objects.count() == 1
