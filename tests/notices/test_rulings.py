"""What superiors said of a definition: the folder's and those entered since, dated, never lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry, Role
from qiaojie.ledgers import journal
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries, services
from qiaojie.notices.describing import describe
from qiaojie.notices.models import Ruling
from qiaojie.notices.rulings import lines
from tests.notices.conftest import INDICATORS, Writer
from tests.notices.deciding import office, place

FOLDER = """
[[rulings]]
indicator = "training"
on = 2020-06-01
by = "市残联教育就业部"
text = "线上培训也算。"
"""


@pytest.fixture(autouse=True)
def notice(tree: None, write: Writer, settings: Any) -> Any:
    settings.NOTICE_DIRS = [write(INDICATORS + FOLDER)]
    return queries.notice("trial-2020")


def enter(notice: Any, day: date = date(2020, 5, 1), code: str = "training", **given: Any) -> Ruling:
    said = {"office": "市残联", "text": "补训的只算一次。", "viewer": office("重庆市"), **given}
    return services.add_ruling(notice, code, day, **said)


def test_both_sources_stand_in_the_order_of_their_dates(notice: Any) -> None:
    later = enter(notice, date(2020, 7, 1), question="补训算几次？", asked_by="石柱县残联")
    earlier = enter(notice)
    enter(notice, code="women")
    found = queries.rulings(notice, "training")
    assert [(one.on.month, one.key) for one in found] == [(5, earlier.pk), (6, None), (7, later.pk)]
    assert (found[1].office, found[1].text) == ("市残联教育就业部", "线上培训也算。")
    assert (found[2].question, found[2].asked_by, found[2].by) == (
        "补训算几次？",
        "石柱县残联",
        later.by,
    )
    assert [one.indicator for one in queries.rulings(notice)] == ["training", "women", "training", "training"]


def test_a_ruling_is_superseded_and_stays(notice: Any) -> None:
    first = enter(notice)
    second = enter(notice, date(2020, 8, 1), text="补训的不算。", supersedes=first.pk)
    found = {one.key: one.superseded_by for one in queries.rulings(notice, "training")}
    assert found == {first.pk: second.pk, None: None, second.pk: None}
    with pytest.raises(Unusable) as again:
        enter(notice, supersedes=first.pk)
    assert again.value.code == "ruling_superseded"
    with pytest.raises(Unusable) as stranger:
        enter(notice, code="women", supersedes=second.pk)
    assert stranger.value.code == "ruling_unknown"
    assert Ruling.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"text": " "}, "ruling_empty"),
        ({"office": ""}, "office_missing"),
        ({"code": "dreams"}, "indicator_unknown"),
    ],
)
def test_what_is_missing_is_said(notice: Any, given: dict[str, Any], code: str) -> None:
    with pytest.raises(Unusable) as wrong:
        enter(notice, **given)
    assert wrong.value.code == code
    assert not Ruling.objects.exists()


def test_nobody_rules_from_tomorrow(notice: Any) -> None:
    with pytest.raises(Unusable) as wrong:
        enter(notice, timezone.localdate() + timedelta(days=1))
    assert wrong.value.code == "ruling_in_future"


@pytest.mark.parametrize(("name", "role"), [("石柱县", Role.APPROVER), ("重庆市", Role.CLERK)])
def test_only_the_superior_rules(notice: Any, name: str, role: Role) -> None:
    with pytest.raises(Refused):
        enter(notice, viewer=office(name, role))
    assert not Ruling.objects.exists()
    entry = AccessEntry.objects.latest("pk")
    assert (entry.subject, entry.done) == ("ruling/trial-2020/training", False)


def test_a_ruling_is_journalled_and_logged(notice: Any) -> None:
    made = enter(notice)
    (line,) = journal.history(Ruling, made.pk)
    assert line.actor == made.by == office("重庆市").name
    assert AccessEntry.objects.latest("pk").done
    assert place("重庆市").pk == office("重庆市").region.pk


def test_all_rulings_are_one_query(notice: Any) -> None:
    first = enter(notice)
    enter(notice, supersedes=first.pk)
    with CaptureQueriesContext(connection) as caught:
        queries.rulings(notice)
    assert len(caught) == 1


COUNTED = """
[[indicators]]
code = "trained"
label = "结业"
unit = "人"
count = "persons"
ledger = "enrolments"
where = { result = "completed", "class.has_sign_in" = { not = false } }
answered_by = "certificate"
definition = "结业的人。"

[[rulings]]
indicator = "trained"
on = 2020-06-01
by = "市残联教育就业部"
text = "没有签到表的一律不算。"
where = { "class.has_sign_in" = true }
"""


@pytest.fixture
def counted(write: Writer, settings: Any) -> Any:
    settings.NOTICE_DIRS = [write(COUNTED, under="counted")]
    return queries.notice("trial-2020")


def test_a_ruling_that_the_indicator_does_not_follow_says_so_with_both_sides(counted: Any) -> None:
    (told,) = queries.rulings(counted, "trained")
    assert told.contradiction == "答疑：有签到表为是；计数条件：有签到表不是否"
    assert "口径答疑与计数条件不一致" in told.line("结业")
    # What the indicator does count by is no contradiction; what it has no condition on is.
    agreed = enter(counted, code="trained", condition=("result", "结业"))
    other = enter(counted, date(2020, 7, 1), code="trained", condition=("class.kind", "职业技能培训"))
    found = {one.key: one.contradiction for one in queries.rulings(counted, "trained")}
    assert found[agreed.pk] == ""
    assert found[other.pk].endswith("不限") and "职业技能培训" in found[other.pk]
    assert agreed.condition == {"result": "completed"}
    # The last word on a field holds: the earlier one is not held against the indicator any more.
    enter(
        counted, date(2020, 8, 1), code="trained", condition=("class.kind", "practical"), supersedes=other.pk
    )
    last = enter(counted, date(2020, 9, 1), code="trained", condition=("class.has_sign_in", "否"))
    found = {one.key: one.contradiction for one in queries.rulings(counted, "trained")}
    assert found[None] == found[other.pk] == "" and found[last.pk].startswith("答疑：有签到表为否")


def test_rulings_stand_in_the_notice_as_data_with_what_they_contradict(counted: Any) -> None:
    first = enter(counted, code="trained", question="补训？")
    enter(counted, date(2020, 8, 1), code="trained", text="补训的不算。", supersedes=first.pk)
    told = describe(counted)["rulings"]
    assert [(one["on"], one["superseded"]) for one in told] == [
        ("2020-05-01", True),
        ("2020-06-01", False),
        ("2020-08-01", False),
    ]
    assert told[0]["question"] == "补训？" and told[1]["where"] == {"class.has_sign_in": True}
    assert "计数条件" in told[1]["contradiction"]
    assert lines(counted, ["trained"]) == [
        "口径答疑（结业，2020-06-01，市残联教育就业部）：没有签到表的一律不算。"
        "（口径答疑与计数条件不一致：答疑：有签到表为是；计数条件：有签到表不是否）",
        "口径答疑（结业，2020-08-01，市残联）：补训的不算。",
    ]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (("dreams", "1"), "field_unknown"),
        (("result", "也许"), "ruling_condition"),
        (("result", ""), "ruling_condition"),
    ],
)
def test_a_condition_that_nobody_can_count_by_is_not_taken(
    counted: Any, condition: tuple[str, str], code: str
) -> None:
    with pytest.raises(Unusable) as refused:
        enter(counted, code="trained", condition=condition)
    assert refused.value.code == code
    assert not Ruling.objects.exists()
