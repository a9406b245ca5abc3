"""What counties did with their targets and with years before the system: a split to townships, an own aim, typed totals."""

from __future__ import annotations

from typing import Final

from qiaojie.accounts.models import User
from qiaojie.accounts.viewers import UserViewer
from qiaojie.measures import year_entry
from qiaojie.notices import queries as notices
from qiaojie.notices import services as targets
from qiaojie.notices.schema import Notice
from qiaojie.notices.targets.splitting import Basis, Method

NOTICE: Final = "chongqing-work-2023"
SPLIT: Final = {"fengdu": ("vocational_training",), "fuling": ("vocational_training", "practical_training")}
"""Counties (first words of their accounts) that split targets to their townships, by who is concerned there."""

AIM: Final = ("fengdu", "vocational_training", 150)
"""丰都 set itself 150 beside the 141 that it was given; its townships share the 141."""

TOTALS: Final = {
    "fengdu": {2022: (128, 610, 402), 2021: (117, 585, 390)},
    "shizhu": {2022: (70, 480, 260), 2021: (66, 455, 251)},
    "fuling": {2022: (196, 1120, 640)},
}
"""Totals of years before the system, of the indicators in ``TYPED``: made up, of about what the orders of 2023 are."""

TYPED: Final = ("vocational_training", "practical_training", "care")

SOURCE: Final = "%d年残疾人事业统计年报"
CAUSE: Final = "县里加码"
SHARED: Final = "按持证人数分解到乡镇"


def decide() -> int:
    """Decide and type all of it as the counties' approvers; how many figures were typed."""
    held = notices.notice(NOTICE)
    word, code, value = AIM
    own = _viewer(word)
    targets.add_locally(held, code, _region(own), value, own, reason=CAUSE)
    for word, codes in SPLIT.items():
        for code in codes:
            _split(held, code, _viewer(word))
    return sum(_type(held, word) for word in TOTALS)


def _split(held: Notice, code: str, viewer: UserViewer) -> None:
    """By need; evenly where of nobody is known in which township she lives, as in a small demo."""
    region = _region(viewer)
    weights = notices.need(held, code, region).weights
    method = Method.NEED if any(weights.values()) else Method.EQUAL
    targets.split(held, code, region, weights, method, viewer, reason=SHARED, basis=Basis.ISSUED)


def _type(held: Notice, word: str) -> int:
    viewer = _viewer(word)
    for year, numbers in TOTALS[word].items():
        grid = year_entry.grid(held, viewer)
        texts = {(_region(viewer), year, code): str(n) for code, n in zip(TYPED, numbers, strict=True)}
        typed = year_entry.read(grid, {**grid.texts(), **texts})
        year_entry.save(grid, typed, SOURCE % year, grid.seen, viewer)
    return len(TYPED) * len(TOTALS[word])


def _viewer(word: str) -> UserViewer:
    return UserViewer(User.objects.select_related("agency__region").get(username=f"{word}-approver"))


def _region(viewer: UserViewer) -> int:
    assert viewer.region_id is not None
    return viewer.region_id
