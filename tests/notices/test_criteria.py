"""Criteria of bases held against given measures: met, not met, short in principle, or not to be shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from qiaojie.ledgers.conditions import criteria as measuring
from qiaojie.ledgers.conditions.criteria import CriterionOutcome as Outcome
from qiaojie.ledgers.conditions.tree import Not, RowKeys
from qiaojie.notices import loading
from qiaojie.notices.conditions import criteria
from qiaojie.notices.schema import Criterion


def criterion(code: str) -> Criterion:
    (path,) = (
        folder / "chongqing-bases-2020"
        for folder in settings.NOTICE_DIRS
        if (folder / "chongqing-bases-2020").is_dir()
    )
    notice = loading.read(path).notice
    assert notice is not None
    return next(one for one in notice.criteria if one.code == code)


MET, SHORT, NOT, UNPROVEN = Outcome.MET, Outcome.SHORT, Outcome.NOT_MET, Outcome.UNPROVEN


@pytest.mark.parametrize(
    ("code", "measures", "outcome", "missing"),
    [
        ("base-farming", {"trainings": 100, "employed": 20}, MET, ()),
        ("base-farming", {"trainings": 99, "employed": 20}, NOT, ("年培训贫困妇女还差1人次",)),
        (
            "base-farming",
            {"trainings": 40, "employed": 0},
            NOT,
            ("年培训贫困妇女还差60人次", "带动就业贫困妇女还差20名"),
        ),
        ("base-farming", {"trainings": 100}, UNPROVEN, ()),
        # What falls short decides, whatever is not known.
        ("base-farming", {"trainings": 1}, NOT, ("年培训贫困妇女还差99人次",)),
        # One of two is enough; 20万元 are 2,000万分.
        ("base-ecommerce", {"employed": 0, "sales": 20_000_000}, MET, ()),
        ("base-ecommerce", {"employed": 5}, MET, ()),
        (
            "base-ecommerce",
            {"employed": 4, "sales": 19_999_900},
            NOT,
            ("年吸纳贫困妇女就业还差1人", "年帮助贫困妇女销售产品还差1元"),
        ),
        ("base-ecommerce", {"employed": 4}, UNPROVEN, ("年吸纳贫困妇女就业还差1人",)),
        # 原则上: short is not out.
        ("base-tourism", {"employed": 9}, SHORT, ("年吸收或带动贫困妇女就业还差1人",)),
        (
            "workshop-housekeeping",
            {"trainings": 10, "passed": 7, "attended": 10, "placed": 5, "completed": 10},
            SHORT,
            ("年培训贫困妇女还差40人次",),
        ),
        (
            "workshop-housekeeping",
            {"trainings": 50, "passed": 69, "attended": 100, "placed": 5, "completed": 10},
            NOT,
            ("培训合格率还差1%",),
        ),
        (
            "workshop-housekeeping",
            {"trainings": 50, "passed": 0, "attended": 0, "placed": 5, "completed": 10},
            UNPROVEN,
            (),
        ),
        # For one household, times the households; of one alone, times 1.
        ("home-handicraft", {"sessions": 60, "sales": 3_000_000, "households": 3}, MET, ()),
        (
            "home-handicraft",
            {"sessions": 59, "sales": 3_000_000, "households": 3},
            NOT,
            ("年开展培训还差1次",),
        ),
        ("home-handicraft", {"sessions": 20, "sales": 1_000_000, "households": 1}, MET, ()),
        ("home-handicraft", {"sessions": 60, "sales": 3_000_000}, UNPROVEN, ()),
        # Shown by papers.
        ("home-tourism", {"sessions": 20, "households": 1, "businesses_opened": 1}, MET, ()),
        (
            "home-tourism",
            {"sessions": 20, "households": 1, "businesses_opened": 0},
            NOT,
            ("带动开办农家乐、民宿等没有材料",),
        ),
        ("home-tourism", {"sessions": 20, "households": 1}, UNPROVEN, ()),
    ],
)
def test_every_way(code: str, measures: dict[str, Any], outcome: Outcome, missing: tuple[str, ...]) -> None:
    found = criteria.standing(criterion(code), measures)
    assert (found.outcome, found.missing) == (outcome, missing)


def test_what_is_required_and_reached_is_said() -> None:
    found = criteria.standing(criterion("home-handicraft"), {"sessions": 50, "households": 3})
    assert (
        found.required == "年开展培训不低于每户20次，共60次，并且带动销售产品不低于每户10,000元，共30,000元"
    )
    assert [one.reached for one in found.demands] == ["50次", ""]
    soft = criteria.standing(criterion("base-tourism"), {})
    assert soft.required == "原则上年吸收或带动贫困妇女就业不低于10人"
    either = criteria.standing(criterion("base-ecommerce"), {"sales": 25_000_000})
    assert "，或者" in either.required
    assert either.demands[1].reached == "25万元"


def test_the_opposite_of_what_is_not_known_is_not_known() -> None:
    node = criteria.condition(criterion("base-farming"))
    assert measuring.outcome(Not(node), {"trainings": 100, "employed": 20}) is NOT
    assert measuring.outcome(Not(node), {"trainings": 1, "employed": 20}) is MET
    assert measuring.outcome(Not(node), {}) is UNPROVEN
    assert measuring.words(node) == ("trainings", "employed")


def test_a_condition_on_rows_is_no_criterion() -> None:
    with pytest.raises(TypeError):
        measuring.outcome(RowKeys((1,)), {})
