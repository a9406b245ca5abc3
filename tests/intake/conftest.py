from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.conf import LazySettings

from qiaojie.accounts.models import Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.intake import services
from qiaojie.intake.judging.plan import Plan
from qiaojie.ledgers.viewer import Viewer
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region

from . import material

Planner = Callable[..., Plan]


@pytest.fixture
def tree(db: None, settings: LazySettings, tmp_path: Path) -> None:
    """The small tree and the notice of these tests."""
    material.plant_tree()
    settings.NOTICE_DIRS = [material.write_notice(tmp_path / "notices")]


@pytest.fixture
def fuling(tree: None) -> Region:
    return Region.objects.get(code="500102")


@pytest.fixture
def shizhu(tree: None) -> Region:
    return Region.objects.get(code="500240")


@pytest.fixture
def everyone() -> Viewer:
    """The installation itself: enters and approves everywhere."""
    return SystemViewer()


def viewer(region: Region, role: str, name: str) -> UserViewer:
    agency, _new = Agency.objects.get_or_create(
        region=region, line=WorkLine.DPF, name=f"{region.short_name}残联"
    )
    return UserViewer(User.objects.create(username=name, agency=agency, role=role))


@pytest.fixture
def clerk(fuling: Region) -> Viewer:
    return viewer(fuling, Role.CLERK, "fuling-clerk")


@pytest.fixture
def approver(fuling: Region) -> Viewer:
    return viewer(fuling, Role.APPROVER, "fuling-approver")


@pytest.fixture
def neighbour(shizhu: Region) -> Viewer:
    return viewer(shizhu, Role.APPROVER, "shizhu-approver")


@pytest.fixture
def plan(fuling: Region, approver: Viewer) -> Planner:
    """Plans a file for 涪陵区 as its approver, unless told otherwise."""

    def _plan(
        data: bytes,
        table: str = material.ROSTER,
        *,
        region: Region = fuling,
        who: Viewer = approver,
        decisions: Mapping[int, str] | None = None,
        year: int | None = None,
        file: str = "名册.xlsx",
    ) -> Plan:
        return services.plan(data, file, notices.table(table), region, who, year, decisions)

    return _plan
