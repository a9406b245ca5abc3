"""Ours, theirs and the difference: who is paired with whom, in which unit, and what is said of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry
from qiaojie.comparison import exporting, queries, services
from qiaojie.comparison.models import Line, LineStanding, OutsideList
from qiaojie.ledgers import rows
from qiaojie.ledgers.models import State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.lib.periods import read_period
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person, Tie
from qiaojie.people.services import completed
from qiaojie.regions.models import Region

from .conftest import JOBS, County, identity, listed, row

Take = Callable[..., OutsideList]


@pytest.fixture
def take(county: County) -> Take:
    def _take(*rows: list[Any], who: Any = None, period: str = "2023") -> OutsideList:
        viewer = who or county.clerk
        table = notices.table(JOBS)
        return services.take(listed(rows), "就业.csv", table, county.region, read_period(period), viewer)

    return _take


def standings(held: OutsideList) -> dict[str, int]:
    found = queries.figures(held)
    return {
        name: getattr(found, name)
        for name in ("ours", "theirs", "both", "differs", "only_ours", "only_theirs", "waiting", "likely")
    }


def test_everybody_stands_where_she_belongs(county: County, take: Take) -> None:
    for number in range(6):
        county.job(county.woman(number), state=State.DRAFT if number == 3 else State.APPROVED)
    county.job(county.woman(7), begins=date(2022, 5, 1))
    held = take(
        row(0),
        row(1, 就业单位="另一家"),
        row(3),
        row(20),
        row(20),
        row(21, 就业时间="2021-01-01"),
        row(22, 证号="", 身份证号="", 姓名=""),
    )
    assert standings(held) == {
        "ours": 5, "theirs": 4, "both": 2, "differs": 1, "only_ours": 3, "only_theirs": 1, "waiting": 1,
        "likely": 0,
    }  # fmt: skip
    assert held.aside == {"twice": 1, "outside": 1, "unread": 1}
    assert held.fields == {"employer": 1}
    assert [one["code"] for one in queries.findings(held)] == ["id_missing"]


def test_who_has_no_number_is_found_by_her_certificate(county: County, take: Take) -> None:
    county.job(county.woman(1, id_number=None))
    county.job(county.woman(2))
    held = take(row(1, 身份证号=""), row(2, 身份证号=""))
    assert standings(held)["both"] == 2


def test_who_has_no_number_at_all_is_likely_by_the_rest_and_never_equal(
    county: County, take: Take, system: Any
) -> None:
    text = (system / "system.toml").read_text(encoding="utf-8")
    phone = text.replace('label = "行业", by_hand = true', 'label = "行业", field = "person.phone"')
    (system / "system.toml").write_text(phone, encoding="utf-8")
    woman, other, elsewhere = (county.woman(number) for number in (1, 2, 3))
    for person, name in ((woman, "欧阳秀英"), (other, "牟淑芬"), (elsewhere, "万春花")):
        columns = completed({"name": name, "phone": f"1380000000{person.pk % 10}"})
        rows.update(Person, [(person.pk, columns)])
    Tie.objects.filter(person=elsewhere).update(region=Region.objects.get(code="500240"))
    fact = county.job(woman)
    county.job(other)
    bare = {"证号": "", "身份证号": ""}
    phones = {one.pk: one.phone for one in Person.objects.all()}
    held = take(
        row(1, 姓名="欧阳秀瑛", 就业单位="另一家", 行业=phones[woman.pk], **bare),
        row(2, 姓名="牟淑芬", 行业="13911112222", **bare),
        row(3, 姓名="万春花", 行业=phones[elsewhere.pk], **bare),
    )
    found = standings(held)
    assert (found["likely"], found["only_theirs"], found["both"], found["only_ours"]) == (1, 2, 0, 2)
    (line,) = queries.lines(held, county.clerk, standing=LineStanding.LIKELY).lines
    assert line.fact == fact.pk
    told = {one.label: (one.ours.text, one.theirs.text) for one in line.differing}
    assert told == {"姓名": ("欧阳秀英", "欧阳秀瑛"), "就业单位": ("梅花刺绣社", "另一家")}
    assert not queries.findings(held)


def test_a_person_found_to_be_another_is_compared_as_her(county: County, take: Take) -> None:
    kept, double = county.woman(1), county.woman(2)
    double.canonical = kept
    double.save()
    county.job(double)
    assert standings(take(row(1)))["both"] == 1


def test_codes_are_compared_as_theirs_and_what_cannot_be_read_is_told(county: County, take: Take) -> None:
    county.job(county.woman(1, education="71"))
    county.job(county.woman(2, education="81"), form="flexible")
    held = take(row(1, 学历="初中", 就业形式=3), row(2, 学历="初中", 就业形式="09"))
    assert held.fields == {"person.education": 1}
    assert [(one["cell"], one["code"]) for one in queries.findings(held)] == [("E3", "choice_unknown")]
    assert standings(held)["only_theirs"] == 0


def test_two_jobs_of_one_woman_go_with_the_rows_that_say_the_same(county: County, take: Take) -> None:
    woman = county.woman(1)
    county.job(woman, employer="甲")
    county.job(woman, employer="乙", begins=date(2023, 6, 1))
    held = take(row(1, 就业单位="乙", 就业时间="2023-06-01"))
    assert (standings(held)["both"], standings(held)["only_ours"], held.fields) == (1, 1, {})
    held = take(row(1, 就业单位="乙", 就业时间="2023-06-01"), row(1, 就业单位="甲"), row(1, 就业单位="丙"))
    assert (standings(held)["both"], standings(held)["only_theirs"], held.fields) == (2, 1, {})


def test_fields_that_tell_which_row_is_meant_keep_rows_apart(county: County, take: Take, system: Any) -> None:
    text = (system / "system.toml").read_text(encoding="utf-8")
    (system / "system.toml").write_text(
        text.replace('unit = "unit"', 'unit = "unit"\nmatch = ["begins"]'), encoding="utf-8"
    )
    county.job(county.woman(1))
    held = take(row(1, 就业时间="2023-03-02"))
    assert (standings(held)["only_ours"], standings(held)["only_theirs"]) == (1, 1)


def test_units_add_up_along_the_tree(county: County) -> None:
    there = Region.objects.get(code="500240")
    city = Region.objects.get(code="500000")
    county.job(county.woman(1))
    county.job(county.woman(2))
    county.job(county.woman(3), filed_by=there)
    from qiaojie.accounts.viewers import SystemViewer

    rows = [row(1), row(5, 区县="石柱县"), row(6, 区县=""), row(7, 区县="马武镇")]
    held = services.take(
        listed(rows), "x.csv", notices.table(JOBS), city, read_period("2023"), SystemViewer()
    )
    found = [
        (unit.region.short_name if unit.region else None, unit.depth, unit.figures.ours, unit.figures.theirs)
        for unit in queries.units(held)
    ]
    assert found == [
        ("重庆市", 0, 3, 3), ("涪陵区", 1, 2, 2), ("马武镇", 2, 0, 1), ("石柱县", 1, 1, 1), (None, 1, 0, 1),
    ]  # fmt: skip


def test_the_names_behind_a_number_are_masked_and_logged(county: County, take: Take) -> None:
    county.job(county.woman(1))
    held = take(row(1, 就业单位="另一家"), row(5))
    page = queries.lines(held, county.clerk)
    by_standing = {line.standing: line for line in page.lines}
    pair, stranger = by_standing[LineStanding.DIFFERS], by_standing[LineStanding.THEIRS]
    assert [(one.label, one.ours.text, one.theirs.text) for one in pair.differing] == [
        ("就业单位", "梅花刺绣社", "另一家")
    ]
    assert stranger.cells["person.name"].text == "李兰"
    shown = " ".join(cell.text for line in page.lines for cell in line.cells.values())
    assert identity(1) not in shown
    assert identity(5) not in shown
    assert queries.lines(held, county.reader).lines[0].cells["person.name"].masked
    entry = AccessEntry.objects.filter(subject=f"comparison/{held.pk}/lines", username="clerk").get()
    assert entry.rows == 2


def test_lists_are_the_regions_own_and_kept_encrypted(county: County, take: Take) -> None:
    county.job(county.woman(1))
    held = take(row(1), row(5))
    assert queries.lists(county.neighbour) == []
    with pytest.raises(Refused):
        queries.one(held.pk, county.neighbour)
    assert AccessEntry.objects.filter(username="neighbour", done=False).exists()
    with pytest.raises(Refused):
        take(row(1), who=county.reader)
    with pytest.raises(Unusable, match="不在您的区域内"):
        take(row(1), who=county.neighbour)
    plain = identity(5).encode()
    kept = OutsideList.objects.get(pk=held.pk)
    assert plain not in bytes(kept.content)
    assert not any(plain in bytes(line.said or b"") for line in Line.objects.all())


def test_compared_again_a_list_says_what_is_so_now_and_may_be_thrown_away(county: County, take: Take) -> None:
    held = take(row(1), row(2))
    county.job(county.woman(1))
    assert standings(services.again(held.pk, county.clerk))["both"] == 1
    services.discard(held.pk, county.clerk)
    assert not Line.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_rows(county: County, take: Take) -> None:
    def asked(count: int) -> int:
        with CaptureQueriesContext(connection) as caught:
            take(*(row(number) for number in range(count)))
        return len(caught)

    for number in range(40):
        county.job(county.woman(number))
    asked(1)  # a table that never had a row begins to count its keys
    assert asked(40) == asked(4)


def test_the_workbook_has_units_and_differences_and_asks_for_a_purpose(county: County, take: Take) -> None:
    county.job(county.woman(1))
    county.job(county.woman(2))
    held = take(row(1, 就业单位="=1+1"), row(5))
    with pytest.raises(Unusable, match="用途"):
        exporting.export(held, county.clerk, " ")
    with pytest.raises(Refused):
        exporting.export(held, county.reader, "核对")
    book = openpyxl.load_workbook(io.BytesIO(exporting.export(held, county.clerk, "核对")))
    assert [cell.value for cell in book.worksheets[0][2]] == ["涪陵区", 2, 2, 1, 1, 1, 1, 0, 0]
    rows = [[cell.value for cell in line] for line in book.worksheets[1].iter_rows()]
    assert rows[0][:4] == ["单位", "情况", "对方行号", "不同之处"]
    assert [line[1] for line in rows[1:]] == ["两边都有，内容不同", "只有我方有", "只有对方有"]
    assert rows[1][3] == "就业单位：我方“梅花刺绣社”，对方“=1+1”"
    assert not any(identity(1) in str(value) for line in rows for value in line)
    assert AccessEntry.objects.filter(action="export", purpose="核对", rows=3).exists()


def test_a_list_that_is_none_is_refused_in_one_line(county: County, take: Take) -> None:
    with pytest.raises(Unusable) as told:
        services.take(
            b"a,b\n1,2\n", "x.csv", notices.table(JOBS), county.region, read_period("2023"), county.clerk
        )
    assert told.value.code == "table_not_found"
    with pytest.raises(Unusable) as told:
        take()
    assert told.value.code == "table_empty"
    assert not OutsideList.objects.exists()
