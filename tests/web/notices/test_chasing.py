"""Who has not sent what is due, as text for a chat group and as a small list."""

from __future__ import annotations

import html
import io
import re
from datetime import date

import openpyxl
import pytest

from qiaojie.accounts.models import Agency, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.notices import chasing, duties, queries
from qiaojie.notices.models import Filing
from qiaojie.regions.models import Region
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

pytestmark = [pytest.mark.django_db, pytest.mark.later]

DAY = date(2023, 11, 30)
ADDRESS = f"/duties/{NOTICE}/year/{DAY}/"


def sent_by_all_but(world: World, missing: set[str]) -> int:
    """Everybody has sent it but these units; how many owe it."""
    notice = queries.notice(NOTICE)
    due = duties.due(notice, "year", DAY)
    assert due is not None
    owing = duties.owners(notice, due.duty)
    Filing.objects.bulk_create(
        Filing(
            notice=NOTICE,
            duty="year",
            due=DAY,
            region_id=one.region_id,
            agency=one.agency,
            sent_on=DAY,
            by="x",
        )
        for one in owing
        if one.name not in missing
    )
    return len(owing)


def texts(sign_in: SignIn, who: str = "city") -> tuple[str, str]:
    """What stands in the two boxes of the page."""
    page = sign_in(who).get(f"{ADDRESS}chase/").content.decode()
    polite, reprimand = (
        html.unescape(one) for one in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)
    )
    return polite, reprimand


def test_nobody_is_missing(world: World, sign_in: SignIn) -> None:
    owing = sent_by_all_but(world, set())
    polite, reprimand = texts(sign_in)
    assert f"{owing}个单位都已报齐，谢谢大家！" in polite
    assert f"应报{owing}个单位，已报{owing}个，未报0个" in reprimand and "未报单位：" not in reprimand


def test_one_is_missing_and_called_by_its_name(world: World, sign_in: SignIn) -> None:
    owing = sent_by_all_but(world, {"涪陵区"})
    agency = Agency.objects.get(region=world.regions["涪陵区"], line=WorkLine.DPF)
    agency.name = "重庆市涪陵区残疾人联合会"
    agency.save()
    agency.names.all().delete()
    polite, reprimand = texts(sign_in)
    notice = queries.notice(NOTICE)
    assert notice.title.strip("《》") in polite and "2023年11月30日前报送的“年度总结”" in polite
    assert "还有1个单位没有收到：\n重庆市涪陵区残疾人联合会" in polite
    assert "已逾期" in polite and "谢谢" in polite and polite.endswith("陈市级")
    assert f"应报{owing}个单位，已报{owing - 1}个，未报1个" in reprimand and "立即报送" in reprimand
    assert "万州区" not in polite + reprimand


def test_forty_are_missing_grouped_by_kind(world: World, sign_in: SignIn) -> None:
    Region.objects.filter(name__in=["万州区", "丰都县"]).update(kind="zone")
    every = {
        one.name
        for one in duties.owners(queries.notice(NOTICE), duties.due(queries.notice(NOTICE), "year", DAY).duty)
    }  # type: ignore[union-attr]
    owing = sent_by_all_but(world, every - {"涪陵区"})
    polite, reprimand = texts(sign_in)
    assert f"未报{owing - 1}个" in reprimand and f"还有{owing - 1}个单位没有收到" in polite
    counted = [int(number) for number in re.findall(r"（(\d+)）：", polite)]
    assert sum(counted) == owing - 1 and len(counted) > 1
    assert "涪陵区" not in polite and "功能区（2）：万州区残联、丰都县" in polite
    response = sign_in("city").get(f"{ADDRESS}chase.xlsx")
    rows = list(
        openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0].iter_rows(values_only=True)
    )
    assert sum(1 for row in rows if isinstance(row[0], int)) == owing - 1


@pytest.mark.parametrize(("late", "said"), [(-3, "还有3天到期"), (0, "今天到期"), (5, "已逾期5天")])
def test_the_time_that_is_left_is_said(world: World, late: int, said: str) -> None:
    notice = queries.notice(NOTICE)
    due = duties.due(notice, "year", DAY)
    assert due is not None
    viewer = UserViewer(world.users["city"])
    statuses = [one for one in duties.unit_statuses([notice], viewer, DAY) if one.due.key == due.key]
    found = chasing.chase(due, statuses, {}, "", date.fromordinal(DAY.toordinal() + late))
    assert said in chasing.polite(found) and said in chasing.reprimand(found)
    assert ("立即" in chasing.reprimand(found)) == (late > 0)
    assert "联系：" not in chasing.polite(found)


def test_who_looks_after_one_unit_or_none_chases_nobody(world: World, sign_in: SignIn) -> None:
    for who in ("clerk", "approver", "women", "base", "administrator"):
        assert sign_in(who).get(f"{ADDRESS}chase/").status_code == 404, who
        assert sign_in(who).get(f"{ADDRESS}chase.xlsx").status_code == 404, who
    assert "催报" not in sign_in("clerk").get(ADDRESS).content.decode()
    assert f"{ADDRESS}chase/" in sign_in("city").get(ADDRESS).content.decode()
