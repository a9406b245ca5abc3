"""Agencies as a ledger: who sees which, and that no row of it is made or changed but where agencies are kept."""

from __future__ import annotations

import pytest

from qiaojie.accounts.ledger import AGENCIES
from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.intake import editing, editing_many
from qiaojie.ledgers import queries
from qiaojie.ledgers.viewer import Refused
from qiaojie.notices import standard
from qiaojie.regions.models import Region
from tests.intake import material

CODE = "91350100M000100Y43"


@pytest.fixture
def agencies(db: None) -> dict[str, Agency]:
    material.plant_tree()
    return {
        name: Agency.objects.create(
            name=name,
            region=Region.objects.get(code=code),
            line=line,
            credit_code=CODE if name == "涪陵手工公司" else "",
            legal_person="王大明" if name == "涪陵手工公司" else "",
        )
        for name, code, line in (
            ("市残联", "500000", WorkLine.DPF),
            ("涪陵区残联", "500102", WorkLine.DPF),
            ("涪陵手工公司", "500102000", WorkLine.EMPLOYER),
            ("石柱县残联", "500240", WorkLine.DPF),
        )
    }


def viewer(agency: Agency, role: str) -> UserViewer:
    return UserViewer(User.objects.create(username=f"{agency.pk}-{role}", agency=agency, role=role))


def names(who: UserViewer | SystemViewer) -> set[str]:
    return {row.cells["name"].text for row in queries.page(AGENCIES, who).rows}


def test_an_office_sees_those_of_its_region_and_of_what_lies_around_it(agencies: dict[str, Agency]) -> None:
    clerk = viewer(agencies["涪陵区残联"], Role.CLERK)
    assert names(clerk) == {"市残联", "涪陵区残联", "涪陵手工公司"}
    assert names(viewer(agencies["市残联"], Role.CLERK)) == set(agencies) == names(SystemViewer())
    with pytest.raises(Refused):
        queries.one(AGENCIES, clerk, agencies["石柱县残联"].pk)


def test_whoever_stands_outside_and_administrators_see_none(agencies: dict[str, Agency]) -> None:
    assert names(viewer(agencies["涪陵手工公司"], Role.HELPER)) == set()
    with pytest.raises(Refused):
        queries.page(AGENCIES, viewer(agencies["市残联"], Role.SYSTEM))


def test_a_legal_person_is_a_name(agencies: dict[str, Agency]) -> None:
    """Whole for those who work with rows, masked for whoever only looks on; what a body is follows from its code."""
    pk = agencies["涪陵手工公司"].pk
    fields = AGENCIES.fields
    for role, shown in ((Role.CLERK, "王大明"), (Role.LEADER, "王**")):
        row = queries.one_shown(AGENCIES, viewer(agencies["涪陵区残联"], role), pk, fields)
        assert row.cells["legal_person"].text == shown
        assert (row.cells["kind"].text, row.cells["credit_code"].text) == ("企业", CODE)


def test_nobody_makes_or_changes_one_as_a_row(agencies: dict[str, Agency]) -> None:
    clerk = viewer(agencies["涪陵区残联"], Role.APPROVER)
    pk = agencies["涪陵手工公司"].pk
    assert standard.name_of(AGENCIES) == ""
    assert not editing_many.may(AGENCIES, clerk)
    with pytest.raises(Refused):
        editing.form(AGENCIES, pk, clerk)
    with pytest.raises(Refused):
        editing.change(AGENCIES, pk, {"name": "别的"}, "", clerk, "试试")
