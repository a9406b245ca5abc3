"""A notice is in force from a day: nothing that was due before it is owed; who may switch it; how it is kept."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from qiaojie.accounts.models import AccessEntry, Agency, Role
from qiaojie.accounts.viewers import SystemViewer
from qiaojie.ledgers.models import Change
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.notices import duties, queries, switching
from qiaojie.notices.models import NoticeInForce
from qiaojie.notices.schema import Notice
from tests.notices.deciding import office
from tests.web.factories import NOTICE

pytestmark = pytest.mark.usefixtures("tree")

FORM = "chongqing-handicraft-2019"
SYSTEM = SystemViewer()


def late(on: date) -> set[date]:
    """The days on which something was due that some unit is late with."""
    found = duties.unit_statuses([queries.notice(FORM)], SYSTEM, on)
    return {one.due.on for one in found if one.overdue}


def test_a_notice_is_in_force_on_its_days_and_nothing_before_is_overdue() -> None:
    held, after = queries.notice(FORM), date(2021, 1, 1)
    days = {one.on for one in duties.dues(held) if one.on < after}
    assert len(days) == 2
    first, last = sorted(days)
    assert queries.in_force(first) == () and late(after) == set(), "a new installation works by none"
    switching.switch_on(held, None, None, SYSTEM)
    assert queries.in_force(date(2000, 1, 1)) == (held,) and late(after) == days
    switching.switch_on(held, first, None, SYSTEM)
    assert late(after) == days, "the day itself is owed"
    switching.switch_on(held, first + timedelta(days=1), None, SYSTEM)
    assert late(after) == {last}
    assert queries.in_force(first) == () and queries.in_force(last) == (held,)
    switching.switch_on(held, first, last - timedelta(days=1), SYSTEM)
    assert late(after) == {first} and queries.in_force(last) == ()
    # What is not owed is shown all the same where somebody asks for it.
    assert {one.due.on for one in duties.unit_statuses([held], SYSTEM, after)} >= days


def test_switching_off_ends_yesterday_and_everything_is_in_the_journal() -> None:
    held, today = queries.notice(FORM), timezone.localdate()
    with pytest.raises(Unusable, match="没有启用"):
        switching.switch_off(held, None, SYSTEM)
    switching.switch_on(held, today, None, SYSTEM)
    kept = switching.switch_off(held, None, SYSTEM)
    assert kept.ends == today - timedelta(days=1) and queries.in_force(today) == ()
    assert queries.in_force(kept.ends) == (), "switched on and off on one day it was never in force"
    with pytest.raises(Unusable) as wrong:
        switching.switch_on(held, today, today - timedelta(days=1), SYSTEM)
    assert wrong.value.code == "order_of_days"
    assert NoticeInForce.objects.count() == 1
    assert Change.objects.filter(model="notices.NoticeInForce").count() == 2


def test_who_administers_all_offices_of_a_notice_may_switch_it_and_nobody_else() -> None:
    held, day = queries.notice(FORM), date(2019, 1, 1)
    county = office("丰都县", Role.SYSTEM)
    switching.switch_on(held, day, None, county)
    assert queries.in_force(day) == (held,), "a county that works alone decides alone"
    city, clerk = office("重庆市", Role.SYSTEM), office("重庆市", Role.CLERK)
    other, leader = office("涪陵区", Role.SYSTEM), office("重庆市", Role.LEADER)
    for viewer in (county, other, clerk, leader):
        assert not switching.may_switch(held, viewer)
        for act in (switching.switch_on, None):
            with pytest.raises(Refused):
                if act is None:
                    switching.switch_off(held, None, viewer)
                else:
                    act(held, date(2018, 1, 1), None, viewer)
    assert AccessEntry.objects.filter(done=False).count() == 8
    assert NoticeInForce.objects.get().begins == day
    switching.switch_on(held, date(2018, 1, 1), None, city)
    jilin = queries.notice("jilin-2018")
    assert not switching.may_switch(jilin, city), "it orders nothing in Chongqing"
    assert Agency.objects.count() >= 3


def test_a_notice_that_names_a_ledger_that_was_not_put_in_force_is_not_switched_on(
    settings: Settings, tmp_path: Path
) -> None:
    settings.LEDGER_DIRS = [*settings.LEDGER_DIRS[:-1], tmp_path]
    held = queries.notice(NOTICE)
    counts = replaced(held, "visits")
    with pytest.raises(Unusable, match="没有台账“visits”") as unknown:
        switching.switch_on(counts, None, None, SYSTEM)
    assert unknown.value.code == "ledger_unknown"
    folder = tmp_path / "visits"
    folder.mkdir()
    text = 'code = "visits"\nlabel = "走访记录"\nday = "on"\n[[fields]]\ncode = "seen"\nlabel = "日期"\nkind = "date"\n'
    (folder / "ledger.toml").write_text(text.replace('"on"', '"seen"'))
    with pytest.raises(Unusable, match=r"“走访记录”（visits）已在文件夹里声明，还没有启用.*系统管理员"):
        switching.switch_on(counts, None, None, SYSTEM)
    (folder / "ledger.toml").write_text(text)
    with pytest.raises(Unusable, match="它还有错误"):
        switching.switch_on(counts, None, None, SYSTEM)
    assert not NoticeInForce.objects.exists()
    # Of one that was in force before, nothing keeps it from being switched off.
    switching.switch_on(held, None, None, SYSTEM)
    switching.switch_off(counts, None, SYSTEM)


def replaced(held: Notice, ledger: str) -> Notice:
    """A notice whose first measured indicator counts another ledger."""
    first = next(one for one in held.indicators if one.ledger)
    other = first.model_copy(update={"ledger": ledger, "where": {}})
    kept = tuple(other if one is first else one for one in held.indicators)
    return held.model_copy(update={"indicators": kept})
