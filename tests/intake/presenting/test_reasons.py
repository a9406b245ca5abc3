"""Warnings that pass only with a reason, where a notice says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qiaojie.intake import queries, services
from qiaojie.intake.judging.plan import Plan
from qiaojie.intake.models import Reason, Upload
from qiaojie.intake.presenting import reasons
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.training.models import Enrolment
from tests.intake import material
from tests.intake.conftest import Planner
from tests.intake.material import person_row, roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def data() -> bytes:
    """Two of three women with the other sex in its column: a warning each."""
    return roster([person_row(1, sex="男"), person_row(2, sex="男"), person_row(3)])


@pytest.fixture
def kept(data: bytes, fuling: Region, approver: Viewer) -> Upload:
    return services.receive(data, "名册.xlsx", notices.table(material.ROSTER), fuling, approver)


def wanting(planned: Plan) -> Plan:
    """The plan as if the notice wanted a reason for it."""
    table = replace(planned.source.table, reasons=("sex_differs",))
    return replace(planned, source=replace(planned.source, table=table))


def look(kept: Upload, who: Viewer) -> Plan:
    return wanting(queries.plan_of(queries.upload(kept.pk, who), who))


def lacking(kept: Upload, who: Viewer) -> int:
    return reasons.unexplained(look(kept, who), reasons.given(kept))


def test_warnings_need_none_unless_the_notice_says_so(plan: Planner, approver: Viewer, data: bytes) -> None:
    planned = plan(data)
    assert reasons.unexplained(planned, ()) == 0
    services.commit(planned, approver)
    assert Enrolment.objects.count() == 3


def test_rows_are_written_once_each_has_its_reason_or_its_kind_has(kept: Upload, approver: Viewer) -> None:
    assert lacking(kept, approver) == 2
    services.explain(kept.pk, "sex_differs", 4, "证件如此", approver)
    assert lacking(kept, approver) == 1
    with pytest.raises(Unusable) as refused:
        services.commit_upload(kept.pk, look(kept, approver), approver, "一班")
    assert refused.value.code == "reason_missing"
    assert not Enrolment.objects.exists()
    services.explain(kept.pk, "sex_differs", 4, "", approver)
    services.explain(kept.pk, "sex_differs", None, "证件都核对过", approver)
    assert lacking(kept, approver) == 0
    batch = services.commit_upload(kept.pk, look(kept, approver), approver, "一班")
    assert [one.words for one in Reason.objects.filter(upload__batch=batch)] == ["证件都核对过"]


def test_without_a_kept_file_the_purpose_is_the_reason(plan: Planner, approver: Viewer, data: bytes) -> None:
    planned = wanting(plan(data))
    with pytest.raises(Unusable):
        services.commit(planned, approver, " ")
    assert services.commit(planned, approver, "证件都核对过").purpose == "证件都核对过"


def test_nobody_else_explains(kept: Upload, neighbour: Viewer) -> None:
    with pytest.raises(Refused):
        services.explain(kept.pk, "sex_differs", None, "不该", neighbour)
    assert not Reason.objects.exists()
