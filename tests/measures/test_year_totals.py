"""Totals of years before the system: typed by unit and year, approved like any row, used where nothing was counted, marked."""

from __future__ import annotations

from datetime import date

import pytest

from qiaojie.accounts.models import Role
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers import proposals, undoing
from qiaojie.ledgers import services as moves
from qiaojie.ledgers.models import Batch, State
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.measures import queries, services, year_entry, year_totals
from qiaojie.measures.ledger import TYPED
from qiaojie.measures.models import TypedFigure
from qiaojie.measures.year_entry import EntryGrid, Key, Typed
from qiaojie.measures.year_totals import YearTotal
from qiaojie.notices import queries as notices
from qiaojie.notices.schema import Notice
from qiaojie.regions.models import Region
from tests.web import factories
from tests.web.factories import NOTICE

pytestmark = pytest.mark.django_db

CODE = "vocational_training"
ON = date(2023, 12, 31)


class Office:
    """涪陵区 and the city above it, each with a clerk and an approver."""

    def __init__(self) -> None:
        regions = factories.tree()
        self.regions = regions
        self.fuling, self.wanzhou = regions["涪陵区"], regions["万州区"]
        self.clerk, self.approver = self._office("涪陵区", "here")
        self.city_clerk, self.city = self._office("重庆市", "city")
        self.notice: Notice = notices.notice(NOTICE)

    def _office(self, name: str, word: str) -> tuple[UserViewer, UserViewer]:
        made = [
            factories.account(f"{word}-{role}", self.regions[name], role)
            for role in (Role.CLERK, Role.APPROVER)
        ]
        return UserViewer(made[0]), UserViewer(made[1])

    def key(self, unit: Region | None = None, year: int = 2022, code: str = CODE) -> Key:
        return (unit or self.fuling).pk, year, code

    def save(self, viewer: UserViewer, texts: dict[Key, str], evidence: str = "2022年统计年鉴") -> int:
        held = year_entry.grid(self.notice, viewer)
        typed = year_entry.read(held, {**held.texts(), **texts})
        return year_entry.save(held, typed, evidence, held.seen, viewer)

    def used(self, *units: Region) -> YearTotal | None:
        indicators = [self.notice.indicator(CODE)]
        view = year_totals.map_of(self.notice)
        wanted = [one.pk for one in units] or list(view.unit_ids)
        return year_totals.year_before(self.notice, indicators, wanted, view).get(CODE)


@pytest.fixture
def office() -> Office:
    return Office()


def refused(held: EntryGrid, typed: Typed, viewer: UserViewer, evidence: str = "年鉴") -> str:
    with pytest.raises(Unusable) as wrong:
        year_entry.save(held, typed, evidence, held.seen, viewer)
    assert not Batch.objects.exists()
    return wrong.value.code


# --- typing -----------------------------------------------------------------------------------------------------------


def test_a_clerks_figures_wait_and_are_used_once_approved(office: Office) -> None:
    assert office.save(office.clerk, {office.key(): "１，２００", office.key(year=2021): "1.1千"}) == 2
    row = TypedFigure.objects.get(year=2022)
    assert (row.number, row.state, row.evidence, row.entered_by) == (
        1200,
        State.DRAFT,
        "2022年统计年鉴",
        "here-clerk",
    )
    assert row.happened_on == date(2022, 12, 31) and row.filed_by == office.fuling
    assert office.used(office.fuling) is None
    moves.move(TYPED, [row.pk], "approve", office.approver)
    total = office.used(office.fuling)
    assert total is not None and (total.number, total.typed, total.alone) == (1200, 1200, True)
    (source,) = total.sources
    assert (source.evidence, source.by, source.name) == ("2022年统计年鉴", "here-approver", "涪陵区")


def test_who_has_the_last_word_types_what_holds_at_once(office: Office) -> None:
    office.save(office.approver, {office.key(): "300"})
    assert TypedFigure.objects.get().state == State.APPROVED
    total = office.used(office.fuling)
    assert total is not None and total.number == 300


def test_a_superior_types_for_all_its_units_in_one_batch(office: Office) -> None:
    office.save(office.city, {office.key(): "300", office.key(office.wanzhou): "400"})
    assert Batch.objects.get().region == office.regions["重庆市"]
    total = office.used()
    assert total is not None and (total.number, [one.name for one in total.sources]) == (
        700,
        ["万州区", "涪陵区"],
    )
    assert {row.filed_by for row in TypedFigure.objects.all()} == {office.fuling, office.wanzhou}


def test_a_unit_does_not_type_for_another_and_an_outsider_not_at_all(office: Office) -> None:
    held = year_entry.grid(office.notice, office.clerk)
    assert {one.unit for one in held.lines} == {office.fuling.pk} and held.year is None
    assert year_entry.read(held, {office.key(office.wanzhou): "9"}).texts == {}
    reader = UserViewer(factories.account("reader", office.fuling, Role.LEADER))
    with pytest.raises(Refused):
        office.save(reader, {office.key(): "5"})
    street = UserViewer(factories.account("street", office.regions["甲0街道"], Role.CLERK))
    assert year_entry.grid(office.notice, street).lines == ()


def test_nothing_is_saved_while_one_cell_is_wrong_and_the_cell_is_named(office: Office) -> None:
    held = year_entry.grid(office.notice, office.clerk)
    typed = year_entry.read(
        held, {office.key(): "12", office.key(year=2021): "约一打", office.key(year=2020): "-3"}
    )
    assert set(typed.faults) == {office.key(year=2021), office.key(year=2020)}
    assert refused(held, typed, office.clerk) == "figures_wrong"
    sound = year_entry.read(held, {office.key(): "12"})
    assert refused(held, sound, office.clerk, " ") == "evidence_missing"
    assert refused(held, year_entry.read(held, {}), office.clerk) == "nothing_changed"


def test_what_somebody_changed_meanwhile_is_not_written_over(office: Office) -> None:
    held = year_entry.grid(office.notice, office.clerk)
    office.save(office.approver, {office.key(): "300"})
    with pytest.raises(Unusable) as wrong:
        year_entry.save(held, year_entry.read(held, {office.key(): "310"}), "年鉴", held.seen, office.clerk)
    assert wrong.value.code == "changed_meanwhile"


def test_a_clerks_correction_of_an_approved_figure_waits_beside_it(office: Office) -> None:
    office.save(office.approver, {office.key(): "300"})
    office.save(office.clerk, {office.key(): "310"}, "2022年工作总结")
    assert TypedFigure.objects.get().number == 300
    (waiting,) = proposals.listed(TYPED, office.approver)
    proposals.take([waiting.proposal.pk], office.approver)
    row = TypedFigure.objects.get()
    assert (row.number, row.evidence) == (310, "2022年工作总结")
    # A draft is changed as it stands, and a figure is not blanked here.
    held = year_entry.grid(office.notice, office.clerk)
    assert "台账" in year_entry.read(held, {office.key(): " "}).faults[office.key()]


def test_a_batch_is_taken_back_whole(office: Office) -> None:
    office.save(office.approver, {office.key(): "300", office.key(year=2021): "200"})
    undoing.undo(Batch.objects.get().pk, office.approver, "填错了年")
    assert not TypedFigure.objects.exists() and office.used(office.fuling) is None


def test_a_figure_voided_can_be_typed_again(office: Office) -> None:
    office.save(office.approver, {office.key(): "300"})
    moves.move(TYPED, [TypedFigure.objects.get().pk], "withdraw", office.approver, purpose="填错")
    assert office.used(office.fuling) is None
    office.save(office.approver, {office.key(): "350"})
    total = office.used(office.fuling)
    assert total is not None and total.number == 350


# --- pasting ----------------------------------------------------------------------------------------------------------


def test_a_block_with_names_finds_its_cells_whatever_its_order(office: Office) -> None:
    held = year_entry.grid(office.notice, office.city)
    one, two = office.notice.indicator("care"), office.notice.indicator(CODE)
    block = (
        f"单位\t{two.label}\t{one.name}\r\n合计\t1600\t30\r\n万州区\t1,200\t—\r\n 涪 陵 区\t４００\t1.2万\r\n"
    )
    typed = year_entry.pasted(held, block)
    assert typed.sound
    assert typed.texts == {
        office.key(office.wanzhou): "1200",
        office.key(): "400",
        office.key(code="care"): "12000",
    }


def test_a_bare_block_is_laid_from_the_cell_chosen(office: Office) -> None:
    held = year_entry.grid(office.notice, office.clerk)
    codes = [one.code for one in held.indicators]
    typed = year_entry.pasted(held, "5\t6\n\t8\n", office.key(year=2021, code=codes[1]))
    assert typed.sound and typed.texts == {
        office.key(year=2021, code=codes[1]): "5",
        office.key(year=2021, code=codes[2]): "6",
        office.key(year=2020, code=codes[2]): "8",
    }
    by_year = year_entry.pasted(held, "2022年\t5\n2020年度\t7\n")
    assert by_year.texts == {office.key(code=codes[0]): "5", office.key(year=2020, code=codes[0]): "7"}


def test_a_block_that_does_not_fit_is_said_and_a_wrong_cell_named(office: Office) -> None:
    held = year_entry.grid(office.notice, office.clerk)
    label = office.notice.indicator(CODE).label
    unknown = year_entry.pasted(held, f"年度\t{label}\t没有的指标\n2022\t5\t6\n1999\t7\t8\n")
    assert (
        len(unknown.problems) == 2 and "没有的指标" in unknown.problems[0] and "1999" in unknown.problems[1]
    )
    twice = year_entry.pasted(held, f"年度\t{label}\n2022\t5\n2022\t6\n")
    assert "两行" in twice.problems[0]
    wide = year_entry.pasted(held, "\t".join(["1"] * 30))
    assert "30 列" in wide.problems[0]
    long = year_entry.pasted(held, "1\n" * 5000)
    assert "5000 行" in long.problems[0]
    assert year_entry.pasted(held, " \n\t\n").problems
    wrong = year_entry.pasted(held, f"年度\t{label}\n2022\t十几\n")
    assert set(wrong.faults) == {office.key()}


# --- using ------------------------------------------------------------------------------------------------------------


def counted_last_year(office: Office, number: int, unit: Region | None = None) -> None:
    county = unit or office.fuling
    held = factories.training_class(county, "去年班", begins=date(2022, 5, 1), ends=date(2022, 5, 9))
    factories.enrol(held, [factories.person(number * 50 + n, county) for n in range(number)])


def test_what_was_counted_goes_before_what_was_typed_and_that_is_said(office: Office) -> None:
    counted_last_year(office, 3)
    office.save(office.city, {office.key(): "300", office.key(office.wanzhou): "400"})
    assert office.used(office.fuling) is None
    total = office.used()
    assert total is not None
    assert (total.number, total.counted, total.typed, total.alone) == (403, 3, 400, False)
    assert [(one.name, one.number, one.counted) for one in total.unused] == [("涪陵区", 300, 3)]
    # The same from what is kept of the year before.
    services.count_year_before(office.notice, force=True)
    again = office.used()
    assert again is not None and (again.number, again.counted) == (403, 3)
    (year,) = year_totals.by_year(
        office.notice, office.notice.indicator(CODE), [office.fuling.pk], year_totals.map_of(office.notice)
    )
    assert (year.number, year.sources, len(year.unused)) == (3, (), 1)


def test_a_typed_total_is_no_part_of_this_years_number(office: Office) -> None:
    services.recount(office.notice, force=True)
    before = queries.measure(office.notice, ON, office.city)
    office.save(office.city, {office.key(): "300", office.key(year=2021): "5"})
    after = queries.measure(office.notice, ON, office.city)
    assert before.total == after.total and before.units == after.units
    for indicator in office.notice.indicators:
        assert queries.live(office.notice, indicator, ON) == queries.live(office.notice, indicator, ON)


def test_only_years_before_the_notice_can_be_typed(office: Office) -> None:
    with pytest.raises(Unusable) as wrong:
        year_entry.grid(office.notice, office.city, 2023)
    assert wrong.value.code == "year_unknown"
    assert year_entry.grid(office.notice, office.city, 2018).lines[0].year == 2018
