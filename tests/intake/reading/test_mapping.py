"""What columns are read as: put right by somebody, remembered for the unit's files of that header, taken back."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.intake.models import HeaderMapping
from qiaojie.intake.reading import header_mapping
from qiaojie.intake.reading.header_mapping import Layout
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from qiaojie.sheets.reading import read
from tests.intake import material
from tests.intake.conftest import Planner

ODD = [
    "编号", "学员", "男或女", "证件", "残疾人证号", "住在哪里", "打得通的", "哪个班", "开班日期", "结业日期", "是否结业", "说明",
]  # fmt: skip
"""The header of an office that names its columns in its own way."""

RIGHT = {
    "学员": "person.name", "男或女": "person.sex", "证件": "person.id_number", "残疾人证号": "person.certificate",
    "住在哪里": "person.hukou", "打得通的": "person.phone", "哪个班": "class.title", "开班日期": "class.begins",
    "结业日期": "class.ends", "是否结业": "result", "说明": "", "编号": "",
}  # fmt: skip


def workbook(header: list[str], order: list[int] | None = None, title: str = "名册") -> bytes:
    order = order or list(range(len(header)))
    book = openpyxl.Workbook()
    book.active.title = title
    for line in ([f"{title}"], header, material.person_row(1), material.person_row(2)):
        book.active.append([line[n] for n in order] if len(line) > 1 else line)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


Shown = Callable[..., Layout]


@pytest.fixture
def shown(approver: Viewer, fuling: Region) -> Shown:
    def _shown(data: bytes, who: Viewer = approver, region: Region = fuling, **place: object) -> Layout:
        table = notices.table(material.ROSTER)
        return header_mapping.layout(
            read(data, "名册.xlsx"), table, who, header_mapping.remembered(region, table, who), **place
        )

    return _shown


def save(layout: Layout, region: Region, who: Viewer, chosen: dict[str, str] = RIGHT) -> HeaderMapping:
    return header_mapping.remember(layout, chosen, notices.table(material.ROSTER), region, who)


def test_a_header_that_nobody_knows_is_refused_put_right_and_read(
    plan: Planner, shown: Shown, fuling: Region, approver: Viewer
) -> None:
    data = workbook(ODD)
    with pytest.raises(Unusable) as fault:
        plan(data)
    assert fault.value.code == "table_not_found"
    layout = shown(data)
    assert (layout.sheet, layout.first, layout.last) == ("名册", 2, 2)
    assert [column.text for column in layout.columns] == ODD
    save(layout, fuling, approver)
    planned = plan(data)
    assert [row.verdict for row in planned.rows] == ["new", "new"]
    hint = next(issue for issue in planned.issues if issue.code == "header_remembered")
    assert "fuling-approver" in hint.message
    assert {column.text: str(column.label) for column in planned.columns}["打得通的"] == "联系电话"


def test_it_holds_whatever_the_order_of_the_columns_and_for_no_other_header(
    plan: Planner, shown: Shown, fuling: Region, approver: Viewer
) -> None:
    save(shown(workbook(ODD)), fuling, approver)
    moved = plan(workbook(ODD, order=[11, 3, 1, 2, 0, 4, 6, 5, 9, 8, 7, 10]))
    assert [row.verdict for row in moved.rows] == ["new", "new"]
    with pytest.raises(Unusable):
        plan(workbook([*ODD[:6], "又一种叫法", *ODD[7:]]))


def test_it_holds_for_the_unit_that_said_so_only(
    plan: Planner, shown: Shown, fuling: Region, shizhu: Region, approver: Viewer, neighbour: Viewer
) -> None:
    made = save(shown(workbook(ODD)), fuling, approver)
    with pytest.raises(Unusable):
        plan(workbook(ODD), region=shizhu, who=neighbour)
    table = notices.table(material.ROSTER)
    assert header_mapping.kept(fuling, table, neighbour) == []
    for attempt in (
        lambda: header_mapping.revoke(made.pk, neighbour),
        lambda: save(shown(workbook(ODD)), fuling, neighbour),
    ):
        AccessEntry.objects.all().delete()
        with pytest.raises(Refused):
            attempt()
        assert AccessEntry.objects.filter(username="shizhu-approver", done=False).exists()
    assert len(header_mapping.kept(fuling, table, approver)) == 1


def test_said_again_the_later_counts_and_taken_back_it_is_forgotten(
    plan: Planner, shown: Shown, fuling: Region, approver: Viewer
) -> None:
    data = workbook(list(material.HEADER))
    right = {column.key: column.target for column in shown(data).columns}
    save(shown(data), fuling, approver, {**right, key(shown(data), "联系电话"): ""})
    save(
        shown(data),
        fuling,
        approver,
        {**right, key(shown(data), "联系电话"): "", key(shown(data), "备注"): ""},
    )
    read_as = {column.text: column.label for column in plan(data).columns}
    assert (read_as["联系电话"], read_as["备注"]) == ("", "")
    [held] = header_mapping.kept(fuling, notices.table(material.ROSTER), approver)
    assert (held.made_by, dict(held.pairs)["联系电话"]) == ("fuling-approver", "")
    header_mapping.revoke(held.pk, approver)
    assert header_mapping.kept(fuling, notices.table(material.ROSTER), approver) == []
    assert {column.text: column.label for column in plan(data).columns}["联系电话"] == "联系电话"
    with pytest.raises(Refused):
        header_mapping.revoke(held.pk, approver)


def key(layout: Layout, text: str) -> str:
    return next(column.key for column in layout.columns if column.text == text)


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"说明": "person.phone"}, "map_twice", "打得通的"),
        ({"说明": "person.nothing"}, "map_unknown", "说明"),
        ({"学员": ""}, "map_required", "姓名"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    shown: Shown, fuling: Region, approver: Viewer, changed: dict[str, str], code: str, named: str
) -> None:
    with pytest.raises(Unusable) as fault:
        save(shown(workbook(ODD)), fuling, approver, {**RIGHT, **changed})
    assert fault.value.code == code
    assert named in fault.value.message
    assert not HeaderMapping.objects.exists()


def test_first_values_are_masked(shown: Shown) -> None:
    layout = shown(workbook(list(material.HEADER)))
    samples = {column.text: column.samples for column in layout.columns}
    assert samples["身份证号"][0].startswith("500****")
    assert samples["联系电话"][0].startswith("138****")
    odd = shown(workbook(ODD))
    said = " ".join(sample for column in odd.columns for sample in column.samples)
    assert material.id_number(1) not in said
    assert "13800000001" not in said
    assert "18 位" in said


def test_the_place_of_the_header_can_be_pointed_out(shown: Shown) -> None:
    layout = shown(workbook(ODD), first=3, last=3)
    assert layout.columns[1].text == material.name(1)
    for place in ({"first": 40}, {"sheet": "没有"}, {"first": 3, "last": 2}):
        with pytest.raises(Unusable) as fault:
            shown(workbook(ODD), **place)
        assert fault.value.code in ("header_missing", "sheet_unknown")


def test_what_is_kept_of_a_header_is_encrypted(shown: Shown, fuling: Region, approver: Viewer) -> None:
    made = save(shown(workbook(ODD)), fuling, approver)
    made.refresh_from_db()
    assert "打得通的".encode() not in bytes(made.chosen)


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        (["电话"], "map_unreadable"),
        (["=person.phone"], "map_unreadable"),
        (["电话=person.nothing"], "map_unknown"),
        (["电话=person.phone", "手机=person.phone"], "map_twice"),
    ],
)
def test_pairs_that_say_nothing_usable(tree: None, pairs: list[str], code: str) -> None:
    with pytest.raises(Unusable) as fault:
        header_mapping.asked(pairs, notices.table(material.ROSTER))
    assert fault.value.code == code


def test_reading_by_what_is_remembered_costs_two_queries(
    plan: Planner, shown: Shown, fuling: Region, approver: Viewer, django_assert_num_queries
) -> None:
    for header in (ODD, [*ODD[:-1], "别的"]):
        chosen = {head: RIGHT.get(head, "") for head in header}
        save(shown(workbook(header)), fuling, approver, chosen)
    with django_assert_num_queries(2):
        assert len(header_mapping.remembered(fuling, notices.table(material.ROSTER), approver)) == 2
