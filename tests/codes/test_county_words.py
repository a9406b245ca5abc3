"""A county adds its own words under a word of everybody's: offered to it alone, printed everywhere, counted under that one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry, Agency, Role, User, WorkLine
from qiaojie.accounts.viewers import UserViewer
from qiaojie.codes import services
from qiaojie.codes.choices import choices
from qiaojie.codes.models import CountyWord
from qiaojie.intake import services as intake
from qiaojie.ledgers import queries
from qiaojie.ledgers.models import Change, State
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.training.ledger import CLASSES
from qiaojie.training.models import TrainingClass
from tests.codes import kinds
from tests.codes.test_entered import CLASS, HEADS, _book
from tests.intake import material

REASON = "县里一直这样分"


@pytest.fixture
def fuling(db: None) -> Region:
    material.plant_tree()
    kinds.put_in_force()
    return Region.objects.get(code="500102")


@pytest.fixture
def shizhu(fuling: Region) -> Region:
    return Region.objects.get(code="500240")


def _viewer(region: Region, role: str, line: str = WorkLine.DPF) -> UserViewer:
    agency, _new = Agency.objects.get_or_create(region=region, line=line, name=f"{region.short_name}{line}")
    return UserViewer(User.objects.create(username=f"{role}-{region.key}", agency=agency, role=role))


@pytest.fixture
def clerk(fuling: Region) -> Viewer:
    return _viewer(fuling, Role.CLERK)


def _add(county: Region, viewer: Viewer, label: str = "蜀绣培训", parent: str = "vocational") -> CountyWord:
    return services.add("training_kinds", parent, label, county, viewer, REASON)


def _codes(table: str, region: Region, viewer: Viewer, kind: str) -> list[str]:
    data = _book(HEADS, ("甲班", kind, "2023-01-01", "2023-01-09"))
    plan = intake.plan(data, "班.xlsx", notices.table(table), region, viewer, None, None)
    return [issue.code for issue in plan.issues if issue.level == "error"]


def test_a_word_is_offered_to_its_county_alone_printed_everywhere_and_counts_above(
    fuling: Region, shizhu: Region, clerk: Viewer
) -> None:
    neighbour = _viewer(shizhu, Role.CLERK)
    made = _add(fuling, clerk)
    kind, today = choices("training_kinds"), timezone.localdate()
    assert made.code in kind.on(today, fuling.pk)
    assert made.code not in kind.on(today, shizhu.pk) and made.code not in kind.on(today)
    assert kind[made.code] == "蜀绣培训" and kind.national(made.code) == "vocational"
    assert kind.under("vocational") == {"vocational", made.code}
    assert _codes(CLASS, fuling, clerk, "蜀绣培训") == []
    assert _codes(CLASS, shizhu, neighbour, "蜀绣培训") == ["word_not_in_force"]
    held = TrainingClass.objects.create(
        title="甲班", kind=made.code, begins="2023-01-01", ends="2023-01-09", happened_on="2023-01-09",
        filed_by=fuling, state=State.DRAFT,
    )  # fmt: skip
    city = _viewer(Region.objects.get(code="500000"), Role.CLERK)
    told = {}
    for viewer in (clerk, city):
        rows = queries.rows(CLASSES, viewer).filter(pk=held.pk)
        (row,) = queries.shown(CLASSES, viewer, rows, [CLASSES.field("kind")])
        told[viewer.name] = row.cells["kind"].text
    assert told == {clerk.name: "蜀绣培训", city.name: "蜀绣培训（职业技能培训）"}


def test_two_counties_call_their_own_by_one_name(fuling: Region, shizhu: Region, clerk: Viewer) -> None:
    neighbour = _viewer(shizhu, Role.CLERK)
    first, second = _add(fuling, clerk), _add(shizhu, neighbour)
    assert first.code != second.code
    data = _book(HEADS, ("甲班", "蜀绣培训", "2023-01-01", "2023-01-09"))
    plan = intake.plan(data, "班.xlsx", notices.table(CLASS), shizhu, neighbour, None, None)
    intake.commit(plan, neighbour)
    assert TrainingClass.objects.get().kind == second.code


def test_an_ended_word_is_entered_no_longer_and_its_rows_print(fuling: Region, clerk: Viewer) -> None:
    made = _add(fuling, clerk)
    services.end(made.pk, date(2022, 12, 31), clerk, "不再办了")
    assert _codes(CLASS, fuling, clerk, "蜀绣培训") == ["word_not_in_force"]
    assert choices("training_kinds")[made.code] == "蜀绣培训"
    services.end(made.pk, None, clerk, "又办了")
    assert _codes(CLASS, fuling, clerk, "蜀绣培训") == []
    assert Change.objects.filter(model="codes.CountyWord", object_id=made.pk).count() == 3
    assert AccessEntry.objects.filter(subject="codes/training_kinds", done=True).count() == 3


def test_with_its_national_word_a_countys_word_ends_too(fuling: Region, clerk: Viewer) -> None:
    made = _add(fuling, clerk)
    kinds.put_in_force((kinds.CodeWord("vocational", "职业技能培训", ends=date(2022, 12, 31)),))
    assert made.code not in choices("training_kinds").on(date(2023, 1, 1), fuling.pk)
    assert made.code in choices("training_kinds").on(date(2022, 1, 1), fuling.pk)


@pytest.mark.parametrize(
    ("parent", "label", "code"),
    [
        ("weaving", "蜀绣培训", "parent_unknown"),
        ("", "蜀绣培训", "parent_unknown"),
        ("practical", "蜀绣培训", "parent_ended"),
        ("vocational", "技能 培训", "label_taken"),
        ("vocational", "职业技能培训", "label_taken"),
        ("vocational", "  ", "label_missing"),
        ("vocational", "绣" * 61, "label_long"),
    ],
)
def test_what_cannot_be_a_word_is_refused_at_its_field(
    fuling: Region, clerk: Viewer, parent: str, label: str, code: str
) -> None:
    with pytest.raises(Unusable) as refused:
        _add(fuling, clerk, label, parent)
    assert refused.value.code == code and refused.value.field == code.partition("_")[0]
    assert not CountyWord.objects.exists()


def test_a_word_stands_neither_under_a_countys_word_nor_twice(fuling: Region, clerk: Viewer) -> None:
    made = _add(fuling, clerk)
    for parent, label, code in ((made.code, "新绣", "parent_own"), ("vocational", "蜀绣培训", "label_taken")):
        with pytest.raises(Unusable) as refused:
            _add(fuling, clerk, label, parent)
        assert refused.value.code == code
    with pytest.raises(Unusable, match="停用日期"):
        services.end(
            services.add("training_kinds", "vocational", "夏绣", fuling, clerk, REASON, begins=date(2023, 6, 1)).pk,
            date(2023, 5, 31), clerk, REASON,
        )  # fmt: skip
    with pytest.raises(Unusable, match="原因"):
        services.add("training_kinds", "vocational", "秋绣", fuling, clerk, " ")
    with pytest.raises(Unusable, match="没有代码表"):
        services.add("nowhere", "vocational", "冬绣", fuling, clerk, REASON)


def test_only_the_countys_own_clerks_and_administrators_add_or_end(fuling: Region, shizhu: Region) -> None:
    town = Region.objects.filter(parent=fuling).first()
    assert town is not None
    own = [_viewer(fuling, role) for role in (Role.CLERK, Role.APPROVER, Role.SYSTEM)]
    others = [
        _viewer(shizhu, Role.CLERK),
        _viewer(town, Role.CLERK),
        _viewer(Region.objects.get(code="500000"), Role.CLERK),
        *(_viewer(fuling, role) for role in (Role.LEADER, Role.INSPECTOR, Role.SECURITY, Role.AUDIT)),
        _viewer(fuling, Role.BASE_MANAGER, WorkLine.BASE),
    ]
    for number, viewer in enumerate(own):
        made = _add(fuling, viewer, f"绣{number}")
        services.end(made.pk, timezone.localdate() + timedelta(days=1), viewer, REASON)
    for viewer in others:
        with pytest.raises(Refused):
            _add(fuling, viewer, "别人的")
        with pytest.raises(Refused):
            services.end(made.pk, None, viewer, REASON)
        assert AccessEntry.objects.filter(username=viewer.name, done=False).count() == 2
    with pytest.raises(Refused):
        services.add("training_kinds", "vocational", "镇里的", town, own[0], REASON)
    with pytest.raises(Refused):
        services.end(10**6, None, own[0], REASON)


def test_a_condition_on_a_word_holds_for_what_stands_under_it(fuling: Region, clerk: Viewer) -> None:
    made = _add(fuling, clerk)
    for title, kind in (("甲班", made.code), ("乙班", "vocational"), ("丙班", "practical")):
        TrainingClass.objects.create(
            title=title, kind=kind, begins="2022-01-01", ends="2022-01-09", happened_on="2022-01-09",
            filed_by=fuling, state=State.APPROVED,
        )  # fmt: skip
    where = {"kind": "vocational"}
    held = queries.facts(CLASSES, where)
    assert set(held.values_list("title", flat=True)) == {"甲班", "乙班"}
    assert queries.facts(CLASSES, {"kind": made.code}).count() == 1
    services.end(made.pk, date(2022, 6, 30), clerk, REASON)
    assert queries.facts(CLASSES, where).count() == 2
