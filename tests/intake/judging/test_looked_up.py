"""Rows that a file names and nobody makes: found by code or name, told when not, and never changed by a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from qiaojie.accounts.ledger import AGENCIES
from qiaojie.accounts.models import Agency, AgencyName, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import services
from qiaojie.intake.judging.looked_up import LookedUp
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.vocabulary.outcome import Verdict
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices.shape import KeptField, Piece, Shape
from qiaojie.regions.models import Region
from qiaojie.training.ledger import ENROLMENTS
from qiaojie.training.models import Enrolment, TrainingClass

from .. import material

Planner = Callable[..., Plan]
CODE, OTHER = "91350100M000100Y43", "91500102MA5U0TEST0"


def agency(name: str, region: str, code: str = "", line: str = WorkLine.EMPLOYER) -> Agency:
    return Agency.objects.create(
        name=name, region=Region.objects.get(code=region), line=line, credit_code=code
    )


def looked_up(region: Region, viewer: Viewer) -> tuple[LookedUp, Piece]:
    targets = tuple(
        KeptField(f"agency.{name}", AGENCIES.field(name), name)
        for name in ("name", "credit_code", "line", "legal_person")
    )
    piece = Piece("agency", AGENCIES, "agency_id", targets, {}, made=False)
    own = Piece("", ENROLMENTS, "", (), {})
    return LookedUp(Shape((piece,), own, {}, ()), region, viewer), piece


@pytest.fixture
def find(fuling: Region, approver: Viewer) -> Callable[..., tuple[str, list[str]]]:
    """(name of the agency that is meant, findings) for what a row of 涪陵区 states."""

    def _find(who: Viewer = approver, **stated: str) -> tuple[str, list[str]]:
        looked, piece = looked_up(fuling, who)
        found = looked.answer(piece, stated)
        return (found.row or {}).get("name", ""), [one.code for one, _column in found.told]

    return _find


def test_a_code_tells_it_and_a_name_does_where_there_is_none(find: Any) -> None:
    agency("涪陵手工艺品有限公司", "500102", CODE)
    agency("李渡绣坊", "500102001")
    assert find(credit_code=CODE) == ("涪陵手工艺品有限公司", [])
    assert find(name="涪陵手工艺品有限公司", credit_code=CODE) == ("涪陵手工艺品有限公司", [])
    assert find(name="李渡绣坊") == find(name="李渡 绣坊") == ("李渡绣坊", [])
    assert find(name="李渡绣坊", credit_code=OTHER) == ("李渡绣坊", ["referred_differs"])


def test_another_name_beside_the_right_code_is_told(find: Any) -> None:
    agency("涪陵手工艺品有限公司", "500102", CODE)
    assert find(name="长寿竹编厂", credit_code=CODE) == ("涪陵手工艺品有限公司", ["referred_differs"])


def test_another_code_beside_the_right_name_is_another_agency(find: Any) -> None:
    agency("涪陵手工艺品有限公司", "500102", CODE)
    assert find(name="涪陵手工艺品有限公司", credit_code=OTHER) == ("", ["referred_differs"])


def test_an_unknown_name_comes_with_those_that_are_nearly_right(fuling: Region, approver: Viewer) -> None:
    agency("重庆市涪陵区巧手手工艺品有限公司", "500102")
    agency("石柱巧手手工艺品有限公司", "500240")
    looked, piece = looked_up(fuling, approver)
    ((finding, column),) = looked.answer(piece, {"name": "涪陵区巧手手工艺有限公司"}).told
    assert (finding.code, column) == ("referred_unknown", "name")
    assert "重庆市涪陵区巧手手工艺品有限公司" in finding.message
    # What another county has is not told.
    assert "石柱" not in finding.message


def test_a_former_name_still_tells_it(find: Any) -> None:
    held = agency("涪陵区农业农村委", "500102", line=WorkLine.POVERTY)
    AgencyName.objects.create(agency=held, name="涪陵区扶贫办")
    assert find(name="涪陵区扶贫办") == ("涪陵区农业农村委", [])


def test_of_one_name_twice_the_nearer_is_meant(find: Any, fuling: Region) -> None:
    agency("巧姐合作社", "500000")
    agency("巧姐合作社", "500102")
    assert find(name="巧姐合作社") == ("巧姐合作社", [])
    agency("巧姐合作社", "500102", line=WorkLine.BASE)
    assert find(name="巧姐合作社") == ("", ["referred_several"])
    assert find(name="巧姐合作社", line=WorkLine.BASE) == ("巧姐合作社", [])


def test_another_county_finds_none_of_ours(find: Any, shizhu: Region, neighbour: Viewer) -> None:
    agency("涪陵手工艺品有限公司", "500102", CODE)
    looked, piece = looked_up(shizhu, neighbour)
    for stated in ({"name": "涪陵手工艺品有限公司"}, {"credit_code": CODE}):
        found = looked.answer(piece, stated)
        assert found.row is None
        assert [one.code for one, _column in found.told] == ["referred_unknown"]


def test_outside_the_offices_nothing_is_looked_up(find: Any, fuling: Region) -> None:
    held = agency("涪陵手工艺品有限公司", "500102", CODE)
    helper = UserViewer(User.objects.create(username="helper", agency=held, role=Role.HELPER))
    assert find(helper, name="涪陵手工艺品有限公司") == find(helper, name="没有的公司") == ("", [])


# --- through whole files ------------------------------------------------------------------------------------------------


@pytest.fixture
def only_looked_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rosters refer to classes that are there; they make none."""
    part = replace(ENROLMENTS.parts["class"], made=False)
    changed = replace(ENROLMENTS, parts={**ENROLMENTS.parts, "class": part})
    monkeypatch.setitem(declaration._ledgers, "enrolments", changed)
    yield


def registered(region: Region) -> TrainingClass:
    return TrainingClass.objects.create(
        title="手工编织一班",
        kind="vocational",
        begins="2023-05-08",
        ends="2023-05-26",
        happened_on="2023-05-26",
        filed_by=region,
        content="原来的内容",
    )


@pytest.mark.parametrize("by_columns", [True, False])
def test_a_roster_refers_to_the_class_that_is_there(
    only_looked_up: None, plan: Planner, fuling: Region, approver: Viewer, by_columns: bool
) -> None:
    held = registered(fuling)
    data = material.roster([material.person_row(number, RESULT="是") for number in range(1, 6)])
    made = plan(data)
    if not by_columns:
        from qiaojie.intake.judging import planning

        made = planning.make(made.source, approver, by_columns=False)
    assert set(made.rows.verdicts) == {Verdict.NEW}
    batch = services.commit(made, approver)
    assert TrainingClass.objects.count() == 1
    assert set(Enrolment.objects.values_list("training_class_id", flat=True)) == {held.pk}
    assert batch.ledger == "enrolments"
    # The same file again says what is there.
    assert set(plan(data).rows.verdicts) == {Verdict.SAME}


def test_a_class_that_is_not_there_is_a_finding_and_not_made(
    only_looked_up: None, plan: Planner, fuling: Region, approver: Viewer
) -> None:
    registered(fuling)
    rows = [material.person_row(number) for number in range(1, 4)]
    rows[1][material.CLASS] = "手工编织二班"
    made = plan(material.roster(rows))
    assert [str(one) for one in made.rows.verdicts] == ["new", "wrong", "new"]
    (issue,) = [one for one in made.issues if one.code == "referred_unknown"]
    assert issue.cell == "H5"
    services.commit(made, approver)
    assert TrainingClass.objects.count() == 1
    assert Enrolment.objects.count() == 2


def test_a_field_of_the_ledger_says_that_it_is_on_order() -> None:
    ordered = {field.name for field in AGENCIES.fields if field.on_order}
    assert ordered == {"credit_code", "legal_person"}
    assert isinstance(AGENCIES.field("kind"), Field)
