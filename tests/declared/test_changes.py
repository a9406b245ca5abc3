"""What becomes of rows when their ledger changes: nothing is lost, what cannot be is refused, what is gone stays readable."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from qiaojie.accounts.viewers import SystemViewer
from qiaojie.declared import queries, running, tables
from qiaojie.declared.models import PreparedLedger
from qiaojie.declared.naming import model_of
from qiaojie.intake import services as intake
from qiaojie.ledgers import declaration, undoing
from qiaojie.ledgers import queries as ledgers
from qiaojie.lib.findings import Unusable
from qiaojie.notices import queries as notices
from qiaojie.regions.models import Region
from tests.declared.conftest import Prepare
from tests.web.factories import tree

HEAD = 'code = "visits"\nlabel = "走访"\nday = "on_day"\ntitle = "place"\nkey = ["place", "on_day"]\n'
DAY = '[[fields]]\ncode = "on_day"\nlabel = "走访日期"\nkind = "date"\n'
PLACE = '[[fields]]\ncode = "place"\nlabel = "地点"\nrequired = true\n'
HOW = (
    '[[fields]]\ncode = "how"\nlabel = "情况"\nkind = "choice"\nchoices = { well = "较好", poor = "困难" }\n'
)
PLAIN = HEAD + DAY + PLACE + HOW


@pytest.fixture
def fuling(prepare: Prepare) -> Region:
    return tree()["涪陵区"]


def enter(region: Region, *lines: str) -> Any:
    data = "\n".join(["走访日期,地点,情况", *lines]).encode("utf-8-sig")
    plan = intake.plan(data, "走访.csv", notices.table("ledgers/visits"), region, SystemViewer())
    return plan


def put(region: Region, *lines: str) -> Any:
    plan = enter(region, *lines)
    assert not [issue for issue in plan.issues if issue.level == "error"], plan.issues
    return intake.commit(plan, SystemViewer())


def shown() -> list[dict[str, str]]:
    ledger = declaration.get("visits")
    found = ledgers.rows(ledger, SystemViewer()).order_by("pk")
    rows = ledgers.shown(ledger, SystemViewer(), found, ledger.fields)
    return [{name: cell.text for name, cell in row.cells.items()} for row in rows]


def codes(done: Any) -> list[str]:
    return [fault.code for fault in done.faults if fault.level == "error"]


def test_a_renamed_field_keeps_its_rows_whatever_their_number(prepare: Prepare, fuling: Region) -> None:
    prepare(visits=PLAIN)
    put(fuling, *(f"2023.5.8,村{number},困难" for number in range(300)))
    renamed = PLAIN.replace('code = "how"', 'code = "state_of_it"\nwas = "how"')
    done = prepare(visits=renamed)
    assert not done.faults and not done.widened
    assert {row["state_of_it"] for row in shown()} == {"困难"}
    put(fuling, "2023.5.9,新村,较好")
    assert not prepare(visits=renamed).done, "saying it again changes nothing"
    forgotten = prepare(visits=PLAIN.replace('code = "how"', 'code = "condition"').replace("情况", "近况"))
    hint = next(fault for fault in forgotten.faults if fault.code == "field_retired")
    assert "301" in hint.message and "was" in hint.message
    assert {row["state_of_it"] for row in shown()} == {"困难", "较好"}, "what is retired stays readable"


def test_a_choice_that_rows_have_is_removed(prepare: Prepare, fuling: Region) -> None:
    prepare(visits=PLAIN)
    put(fuling, "2023.5.8,新村,困难")
    done = prepare(visits=PLAIN.replace(', poor = "困难"', ""))
    assert [fault.code for fault in done.faults] == ["choice_retired"]
    assert shown()[0]["how"] == "困难"
    today = f"{date.today():%Y.%m.%d}"
    issues = enter(fuling, f"{today},旧村,困难").issues
    assert [issue.level for issue in issues if issue.field == "how"] == ["error"]


def test_what_rows_stand_by_cannot_change(prepare: Prepare, fuling: Region) -> None:
    prepare(visits=PLAIN)
    put(fuling, "2023.5.8,新村,困难")
    other_day = PLAIN.replace('day = "on_day"', 'day = "later"') + DAY.replace("on_day", "later").replace(
        "走访日期", "改期"
    )
    for changed, wanted in (
        (PLAIN.replace('label = "地点"\n', 'label = "地点"\nkind = "integer"\n'), "field_kind_changed"),
        (other_day, "ledger_fixed"),
        ('about = ["person"]\n' + PLAIN, ""),
        (PLAIN.replace(HEAD, HEAD + "approved = false\n"), "ledger_fixed"),
    ):
        done = prepare(visits=changed)
        assert set(codes(done)) == ({wanted} if wanted else set())
        assert shown()[0]["place"] == "新村"


def test_a_new_required_field_says_how_many_rows_lack_it(prepare: Prepare, fuling: Region) -> None:
    prepare(visits=PLAIN)
    put(fuling, "2023.5.8,新村,困难", "2023.5.8,旧村,困难")
    more = PLAIN + '[[fields]]\ncode = "who"\nlabel = "走访人"\nrequired = true\n'
    done = prepare(visits=more)
    (hint,) = done.faults
    assert hint.code == "required_lacking" and "2" in hint.message
    assert done.widened == {"visits": ("who",)}
    assert [row["who"] for row in shown()] == ["", ""]
    with pytest.raises(Unusable, match="走访人"):
        enter(fuling, "2023.5.9,三村,困难")


def test_an_edit_between_prepare_and_serve_changes_nothing(
    prepare: Prepare, fuling: Region, settings: Any
) -> None:
    prepare(visits=PLAIN)
    file = settings.OWN_LEDGERS / "visits" / "ledger.toml"
    file.write_text(PLAIN.replace("情况", "改了"), encoding="utf-8")
    running.take_up()
    assert str(declaration.get("visits").field("how").label) == "情况"
    assert [(one.code, one.what) for one in queries.waiting()] == [("visits", "changed")]


def test_a_folder_is_gone_while_a_batch_can_be_undone(prepare: Prepare, fuling: Region) -> None:
    prepare(visits=PLAIN)
    batch = put(fuling, "2023.5.8,新村,困难")
    done = prepare(visits="")
    assert done.left == ["visits"]
    ledger = declaration.get("visits")
    assert not ledger.entered and shown()[0]["place"] == "新村"
    running.build([])
    running.take_up()
    assert declaration.get("visits").label == "走访", "a process that starts now knows it still"
    undoing.undo(batch.pk, SystemViewer(), "录错了")
    assert not model_of("visits").objects.exists()
    assert prepare(visits=PLAIN).changed == ["visits"], "the folder is back"
    assert declaration.get("visits").entered


def test_two_folders_of_one_code_are_both_refused(prepare: Prepare, fuling: Region) -> None:
    prepare(visits=PLAIN)
    done = prepare(visits=PLAIN.replace("情况", "甲"), other=PLAIN.replace("情况", "乙"))
    assert sorted(set(codes(done))) == ["folder_differs", "ledger_twice"]
    assert str(declaration.get("visits").field("how").label) == "情况", "it runs as it was"


def test_a_table_that_was_half_made_is_made_whole(prepare: Prepare, fuling: Region) -> None:
    """Killed between the table and what is kept of it: the next run finds the table, and goes on."""
    prepare(visits=PLAIN)
    PreparedLedger.objects.filter(code="visits").delete()
    done = prepare(visits=PLAIN + '[[fields]]\ncode = "who"\nlabel = "走访人"\n')
    assert not done.faults and done.widened == {"visits": ("who",)}
    put(fuling, "2023.5.8,新村,困难")
    assert not tables.bring(model_of("visits"))


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        (PLAIN.replace('day = "on_day"', 'day = "on_dya"'), "field_unknown", "day"),
        ('about = ["visits"]\n' + PLAIN, "about_itself", "about.visits"),
        ('about = ["persons_of"]\n' + PLAIN, "ledger_unknown", "about.persons_of"),
        (PLAIN.replace('code = "how"', 'code = "state"'), "code_reserved", "fields.state.code"),
        (PLAIN.replace('label = "情况"', 'label = "地点"'), "label_twice", "fields.place.label"),
        (PLAIN.replace('code = "visits"', 'code = "classes"'), "ledger_taken", "code"),
        (PLAIN.replace('code = "visits"', 'code = "asking"'), "code_reserved", "code"),
        (PLAIN.replace("required = true", "requierd = true"), "key_unknown", "fields.place.requierd"),
        (PLAIN.replace('kind = "date"', 'kind = "dates"'), "value_unknown", "fields.on_day.kind"),
        (PLAIN.replace('label = "走访"', "label = “走访”"), "toml_broken", ""),
        (PLAIN.replace("choices = {", 'list = "crafts"\nchoices = {'), "field_form", "fields.how"),
        (PLAIN.replace('choices = { well = "较好", poor = "困难" }', 'list = "craft"'), "list_unknown", "fields.how.list"),
        (PLAIN + '[[fields]]\ncode = "paid"\nlabel = "金额"\nkind = "money"\n', "field_form", "fields.paid"),
        (
            PLAIN + '[[fields]]\ncode = "a"\nlabel = "甲"\nkind = "integer"\npart_of = "b"\n'
            '[[fields]]\ncode = "b"\nlabel = "乙"\nkind = "integer"\npart_of = "a"\n',
            "parent_cycle",
            "fields.a.part_of",
        ),
        (PLAIN.replace('poor = "困难"', 'poor = "较好"'), "field_form", "fields.how"),
        (
            PLAIN.replace(
                'choices = { well = "较好", poor = "困难" }',
                'choices = [{ code = "a", label = "甲", from = 2024-01-01, until = 2023-01-01 }]',
            ),
            "field_form",
            "fields.how",
        ),
        (PLAIN.replace('code = "how"', 'code = "how"\nwas = "place"'), "field_twice", "fields.how.was"),
        (PLAIN + 'applies = { how = "well" }\n', "field_form", "fields.how.applies"),
        (PLAIN.replace("[[fields]]", "[fields]"), "toml_broken", ""),
        (PLAIN.replace("well =", "较好 ="), "toml_broken", ""),
        (PLAIN.replace("required = true", 'required = "是"'), "value_type", "fields.place.required"),
        (PLAIN + 'applies = { colour = "red" }\n', "field_unknown", "fields.how.applies.colour"),
        (
            PLAIN + '[[checks]]\ncode = "late"\nfield = "how"\nwords = "晚了"\nmust = { on_day = { min = 3 } }\n',
            "value_type",
            "checks.late.must.on_day",
        ),
    ],
)  # fmt: skip
def test_every_fault_is_named_with_its_place(prepare: Prepare, text: str, code: str, key: str) -> None:
    done = prepare(visits=text)
    found = [(fault.code, fault.key) for fault in done.faults if fault.file.startswith("visits/")]
    assert (code, key) in found, done.faults
    assert "visits" not in done.made
    assert all(fault.message for fault in done.faults)


def test_ledgers_about_one_another_are_a_circle(prepare: Prepare) -> None:
    one = 'about = ["round"]\n' + PLAIN
    other = 'about = ["visits"]\n' + PLAIN.replace('code = "visits"', 'code = "round"')
    done = prepare(visits=one, round=other)
    assert set(codes(done)) == {"about_cycle"} and not {"visits", "round"} & set(done.made)


def test_a_folder_without_its_file_is_told(prepare: Prepare, settings: Any) -> None:
    (settings.OWN_LEDGERS / "empty").mkdir(parents=True)
    assert [(fault.file, fault.code) for fault in prepare().faults] == [("empty/ledger.toml", "file_missing")]


def test_a_place_that_is_not_found_refuses_the_row_and_rows_that_nobody_approves_stand(
    prepare: Prepare, fuling: Region
) -> None:
    text = (
        'code = "month_end"\nlabel = "月报"\nabout = ["region"]\nday = "month"\nkey = ["region", "month"]\n'
        'approved = false\n[[fields]]\ncode = "month"\nlabel = "月份"\nkind = "month"\n'
        '[[fields]]\ncode = "stock"\nlabel = "库存"\nkind = "integer"\nunit = "件"\n'
        '[[fields]]\ncode = "spent"\nlabel = "支出"\nkind = "money"\nunit = "万元"\n'
    )
    assert not prepare(month_end=text).faults
    table = notices.table("ledgers/month-end")
    assert "支出（万元）" in {leaf.label for leaf in table.form.leaves}

    def planned(*lines: str) -> Any:
        data = "\n".join(["所在地,月份,库存,支出（万元）", *lines]).encode("utf-8-sig")
        return intake.plan(data, "月报.csv", table, fuling, SystemViewer())

    wrong = planned("无此县,2023-08,3,2.5", "涪陵区,2023-13,3,2.5")
    assert [(issue.cell, issue.level) for issue in wrong.issues] == [("A2", "error"), ("B3", "error")]
    intake.commit(planned("涪陵区,2023-08,3,2.5"), SystemViewer())
    row = model_of("month_end").objects.get()
    assert (row.state, row.spent, row.region_id) == ("approved", 2_500_000, fuling.pk)
    ledger = declaration.get("month_end")
    assert "state" not in {field.name for field in ledger.fields}
    (seen,) = ledgers.shown(ledger, SystemViewer(), ledgers.rows(ledger, SystemViewer()), ledger.fields)
    assert seen.cells["month"].text == "2023年8月"
