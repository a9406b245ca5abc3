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
from qiaojie.notices.models import Ruling
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
