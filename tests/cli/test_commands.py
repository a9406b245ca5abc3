"""The command line, word for word as it is documented, over the shipped notices."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import OperationalError, connection

from qiaojie.accounts.models import AccessEntry
from qiaojie.ledgers.models import Batch
from qiaojie.lib.dates import DateSpan
from qiaojie.notices import queries as notices
from qiaojie.people.models import Person
from qiaojie.tables.grid import Filled
from qiaojie.tables.writing import write
from qiaojie.training.models import TrainingClass
from tests.cli.conftest import Run
from tests.intake import material

ROSTER = "chongqing-work-2023/roster"
STATUS = "chongqing-handicraft-2019/training-status"


@pytest.fixture
def roster(tmp_path: Path) -> str:
    """Thirty rows, of which one number is lost to Excel and one has a wrong check digit."""
    path = tmp_path / "名册.xlsx"
    path.write_bytes(material.thirty())
    return str(path)


@pytest.fixture
def status_form(tmp_path: Path) -> str:
    """The 2019 form with three classes."""
    path = tmp_path / "情况表.xlsx"
    path.write_bytes(material.status(region="万州区", date_line="填报时间：2019年7月25日"))
    return str(path)


def test_measure_names_all_indicators_in_the_order_of_the_notice(run: Run) -> None:
    status, out, _err = run("measure", "chongqing-work-2023", "--on", "2023-11-30", "--json")
    found = json.loads(out)
    assert status == 0
    assert list(found) == ["notice", "on", "indicators", "regions", "total"]
    assert [one["unit"] for one in found["indicators"]] == [
        "人次", "个", "人", "人", "人", "人", "人", "人", "人", "人", "场次",
    ]  # fmt: skip
    assert [(r["name"], r["code"]) for r in found["regions"][:3]] == [
        ("万州区", "500101"), ("黔江区", "500114"), ("涪陵区", "500102"),
    ]  # fmt: skip
    assert len(found["regions"]) == 41
    assert "忠县" in [region["name"] for region in found["regions"]]
    targets = [value["target"] for value in found["total"].values()]
    assert targets == [10000, 33, 2000, 1746, 2454, 957, 5000, 20441, 7998, 712, 44]
    for region in found["regions"]:
        assert list(region["values"]) == [one["code"] for one in found["indicators"]]
        assert all(
            list(value) == ["target", "approved", "pending", "doubtful"]
            for value in region["values"].values()
        )


def test_a_roster_is_planned_committed_measured_and_undone(run: Run, roster: str) -> None:
    status, out, _err = run("intake", roster, "--table", ROSTER, "--region", "涪陵区", "--json")
    plan = json.loads(out)
    assert status == 1
    counts = ["rows", "new", "changed", "same", "conflict", "wrong", "left"]
    assert list(plan) == [*counts, "issues", "county_asked", "batch"]
    assert (plan["rows"], plan["new"], plan["wrong"], plan["batch"]) == (30, 28, 2, None)
    assert {(issue["cell"], issue["code"], issue["level"]) for issue in plan["issues"]} >= {
        ("D14", "id_lost", "error"), ("D20", "id_checksum", "error"),
    }  # fmt: skip
    assert not Person.objects.exists(), "a plan writes nothing"

    status, out, _err = run("intake", roster, "--table", ROSTER, "--region", "涪陵区", "--commit", "--json")
    batch = json.loads(out)["batch"]
    assert batch is not None
    measured = run("measure", "chongqing-work-2023", "--on", "2023-11-30", "--region", "涪陵区", "--json")[1]
    counted = json.loads(measured)["regions"][0]["values"]["vocational_training"]["approved"]
    assert 0 < counted <= 28

    again = json.loads(run("intake", roster, "--table", ROSTER, "--region", "涪陵区", "--json")[1])
    assert (again["new"], again["same"]) == (0, 28)

    assert run("undo", str(batch))[0] == 2, "approved rows are not taken back without a reason"
    assert run("undo", str(batch), "--reason", "录错了班")[0] == 0
    assert Batch.objects.get(pk=batch).stage == Batch.Stage.UNDONE
    assert not Person.objects.exists()
    measured = run("measure", "chongqing-work-2023", "--on", "2023-11-30", "--region", "涪陵区", "--json")[1]
    assert json.loads(measured)["regions"][0]["values"]["vocational_training"]["approved"] == 0


def test_a_marked_copy_is_saved_beside_the_findings(run: Run, roster: str, tmp_path: Path) -> None:
    out = tmp_path / "OUT.xlsx"
    take = ("--table", ROSTER, "--region", "涪陵区", "--json")
    status, printed, err = run("intake", roster, *take, "--errors", str(out))
    assert (status, err) == (1, "")
    issues = json.loads(printed)["issues"]
    book = openpyxl.load_workbook(out)
    for issue in issues:
        comment = book[issue["sheet"]][issue["cell"]].comment
        assert comment is not None
        assert issue["message"] in comment.text
    assert AccessEntry.objects.filter(action="export", subject=f"intake/{ROSTER}.marked", done=True).exists()
    assert json.loads(run("intake", str(out), *take)[1])["issues"] == issues


@pytest.mark.parametrize("ending", ["xlsx", "html", "csv", "docx"])
def test_the_official_form_is_filled_from_what_was_taken_in(
    run: Run, status_form: str, tmp_path: Path, ending: str
) -> None:
    assert run("intake", status_form, "--table", STATUS, "--region", "万州区", "--commit")[0] in (0, 1)
    assert TrainingClass.objects.filter(filed_by__code="500101").count() == 3
    out = tmp_path / f"f.{ending}"
    status, _out, err = run("table", STATUS, "--region", "万州区", "--period", "2019H1", "--out", str(out))
    assert (status, err) == (0, "")
    if ending == "xlsx":
        sheet = openpyxl.load_workbook(out).active
        assert sheet is not None
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert "重庆市巾帼脱贫残疾妇女手工技能培训情况表" in texts
        assert "合计" in texts
    assert out.stat().st_size > 300
    assert AccessEntry.objects.filter(action="export", done=True).exists()


def test_notices_check_clean_and_each_can_be_shown(run: Run) -> None:
    status, out, _err = run("notice", "check")
    assert status == 0, out
    assert "text_differs_from_table" in out
    for code, indicators in (
        ("national-2017", 2), ("jilin-2018", 2), ("chongqing-handicraft-2019", 0), ("chongqing-bases-2020", 1),
        ("chongqing-work-2023", 11),
    ):  # fmt: skip
        status, out, _err = run("notice", "show", code, "--json")
        assert status == 0
        assert len(json.loads(out)["indicators"]) == indicators


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("measure", "nothing"), "没有通知"),
        (("measure", "chongqing-work-2023", "--on", "2023-02-30"), "2023-02-30"),
        (("measure", "chongqing-work-2023", "--region", "朝阳区"), "不止一处"),
        (("measure", "chongqing-work-2023", "--as", "nobody"), "nobody"),
        (
            (
                "table",
                "chongqing-work-2023/none",
                "--region",
                "涪陵区",
                "--period",
                "2023",
                "--out",
                "f.xlsx",
            ),
            "没有表",
        ),
        (("table", STATUS, "--region", "涪陵区", "--period", "2019X", "--out", "f.xlsx"), "2019X"),
        (("table", STATUS, "--region", "涪陵区", "--period", "2019", "--out", "f.xyz"), "xyz"),
        (("intake", "missing.xlsx", "--table", ROSTER, "--region", "涪陵区"), "missing.xlsx"),
        (("intake", "missing.xlsx", "--table", ROSTER, "--region", "涪零区"), "涪零区"),
        (("undo", "999999"), "999999"),
        (("notice", "check", "no-such-folder"), "no-such-folder"),
        (("notice", "show", "nothing"), "nothing"),
    ],
)
def test_unusable_input_is_one_clear_line_and_nothing_changes(
    run: Run, arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(connection.introspection.table_names())
    status, _out, err = run(*arguments)
    assert status == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
    assert sorted(connection.introspection.table_names()) == before


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04broken"])
def test_a_file_that_is_no_workbook_is_named(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(content)
    status, _out, err = run("intake", str(path), "--table", ROSTER, "--region", "涪陵区")
    assert status == 2
    assert "坏.xlsx" in err
    assert len(err.strip().splitlines()) == 1


def test_somebody_elses_region_is_refused(run: Run, roster: str) -> None:
    from qiaojie.accounts.models import Agency, Role, User, WorkLine
    from qiaojie.regions.queries import find

    county = find("万州区")
    agency = Agency.objects.create(region=county, line=WorkLine.DPF, name="万州区残联")
    User.objects.create(username="wanzhou", agency=agency, role=Role.CLERK)
    User.objects.create(username="looker", agency=agency, role=Role.LEADER)
    for user in ("wanzhou", "looker"):
        status, _out, err = run(
            "intake", roster, "--table", ROSTER, "--region", "涪陵区", "--commit", "--as", user
        )
        assert status == 2
        assert len(err.strip().splitlines()) == 1
    assert not Person.objects.exists()
    assert AccessEntry.objects.filter(username="wanzhou", done=False).exists()


def test_an_outside_list_is_compared_and_what_it_lacks_is_written(
    run: Run, roster: str, tmp_path: Path
) -> None:
    take = ("--table", ROSTER, "--region", "涪陵区")
    run("intake", roster, *take, "--commit")
    theirs = ("--region", "涪陵区", "--table", "cdpf-employment-training/training", "--period", "2023")
    ours = tmp_path / "模板.csv"
    asked = ("cdpf-employment-training/training", "--region", "涪陵区", "--period", "2023", "--out")
    assert run("table", *asked, str(ours), "--missing-only")[0] == 2, "there is no list yet"
    assert run("table", *asked, str(ours))[0] == 0
    lines = ours.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    assert len(lines) == 29
    some = tmp_path / "名单.csv"
    some.write_text("".join(lines[:11]), encoding="utf-8-sig")
    out = tmp_path / "差异.xlsx"
    status, printed, _err = run("compare", str(some), *theirs, "--out", str(out), "--json")
    found = json.loads(printed)
    assert status == 1
    assert (found["total"]["ours"], found["total"]["both"], found["total"]["only_ours"]) == (28, 10, 18)
    assert found["units"][0]["name"] == "涪陵区"
    assert out.stat().st_size > 1000
    assert run("compare", str(some), *theirs)[1].splitlines()[1].split()[:3] == ["涪陵区", "28", "10"]
    assert run("table", *asked, str(ours), "--missing-only")[0] == 0
    assert len(ours.read_text(encoding="utf-8-sig").splitlines()) == 19


ROSTER_HERE = ("--table", ROSTER, "--region", "涪陵区")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "空.xlsx"),
        (b"\x00\xff\xfe rubbish", "名册.xlsx"),
        (b"PK\x03\x04" + b"x" * 40, "名册.xlsx"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 2000, "名册.xls"),
        ("姓名\n".encode("utf-16") + b"\x00", "名册.csv"),
        (b"<table><tr><td>x", "名册.xls"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'", "名册.xls"),
        (b"{\\rtf1", "名册.doc"),
        (b"a,b\n1,2\n3,4\n", "名册.txt"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(run: Run, tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for where in (ROSTER_HERE, ()):
        status, out, err = run("intake", str(path), *where)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert name in err


def test_no_file_a_folder_and_names_that_are_none_are_refused(run: Run, roster: str, tmp_path: Path) -> None:
    for wrong in (str(tmp_path), str(tmp_path / "没有.xlsx"), "a\0b", ""):
        status, _out, err = run("intake", wrong, *ROSTER_HERE)
        assert (status, err.count("\n")) == (2, 1)
    for out in ("/", str(tmp_path / "没有" / "x.xlsx"), "a\0b"):
        assert run("intake", roster, *ROSTER_HERE, "--errors", out)[0] == 2
    for where in (
        ("--table", "no/such"),
        ("--table", "plain"),
        ("--region", "没有区"),
        ("--map", "x"),
        ("--say", "x"),
    ):
        assert run("intake", roster, *ROSTER_HERE, *where)[0] == 2


def test_a_registry_that_cannot_be_used_is_told_without_what_it_holds(
    run: Run, roster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise OperationalError("no such column: 李桂琴")

    monkeypatch.setattr("qiaojie.cli.data.intake.plan", broken)
    status, _out, err = run("intake", roster, *ROSTER_HERE)
    assert (status, "qiaojie prepare" in err, "李桂琴" in err, err.count("\n")) == (3, True, False, 1)


def test_what_holds_for_a_whole_list_is_said_at_the_command_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "人员.csv"
    rows = [
        ("姓名", "性别", "身份证号", "鞋码"),
        *((material.name(n), "女", material.id_number(n), 38) for n in (1, 2)),
    ]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    take = ("intake", str(path), "--table", ROSTER, "--region", "涪陵区", "--json")
    status, _out, err = run(*take)
    assert (status, "--say" in err) == (2, True)
    said = ("--say", "培训班名称=竹编班", "--say", "培训时间=2023年6月1日至6月10日")
    plan = json.loads(run(*take, *said, "--commit")[1])
    assert plan["new"] == 2
    told = {issue["code"]: issue for issue in plan["issues"]}
    assert "“鞋码”" in told["columns_unread"]["message"] and told["columns_unread"]["level"] == "warning"
    assert told["stated_for_all"]["level"] == "hint"
    assert TrainingClass.objects.get(title="竹编班").ends == date(2023, 6, 10)
    text = run("intake", str(path), "--table", ROSTER, "--region", "涪陵区", *said)[1]
    assert "D1  没有读入的栏：“鞋码”" in text
    assert run(*take, "--say", "没有的栏=x")[0] == 2


def test_a_help_table_without_numbers_is_taken_in_answered_and_known_again(run: Run, tmp_path: Path) -> None:
    table = notices.table("chongqing-bases-2020/help-handicraft")
    captions = {"base.name": "竹编合作社", "base.kind": "base", "base.head": "周桂兰"}
    dates = DateSpan(date(2020, 3, 2), date(2020, 3, 9))

    def file(name: str, phone: str, street: str) -> str:
        rows = [
            {"person.name": "李桂琴", "person.phone": phone, "person.address": street, "dates": dates},
            {"person.name": "王梅", "person.address": "龙河镇长江村", "woman_kind": "poor"},
        ]
        path = tmp_path / name
        path.write_bytes(write(Filled(table.form, captions, rows), "xlsx"))
        return str(path)

    def take(path: str, *more: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            run("intake", path, "--table", table.name, "--region", "丰都县", "--json", *more)[1]
        )
        return told

    first = file("带动表.xlsx", "13800000001", "名山街道")
    assert (take(first, "--commit")["new"], take(first)["same"]) == (2, 2)
    assert Person.objects.filter(id_hash=None).count() == 2
    # The same name and telephone with another address may be another woman: it waits until somebody says.
    second = file("带动表2.xlsx", "13800000001", "三合街道")
    asked = take(second, "--commit")
    assert (asked["conflict"], asked["same"], asked["batch"]) == (1, 1, None)
    (issue,) = [one for one in asked["issues"] if one["code"] == "person_likely"]
    row, (she, new, out) = issue["row"], issue["choices"]
    assert she.startswith("person:") and (new, out) == ("new_person", "leave_out")
    assert take(second, "--decide", f"{row}={out}")["left"] == 1
    assert take(second, "--decide", f"{row}={new}")["new"] == 1
    known = take(second, "--decide", f"{row}={she}")
    assert known["same"] + known["changed"] == 2
    assert run("intake", second, "--table", table.name, "--region", "丰都县", "--decide", "x=y")[0] == 2


def test_notices_are_switched_on_and_off_and_listed(run: Run) -> None:
    def listed() -> dict[str, tuple[bool, str | None, str | None]]:
        found = json.loads(run("notice", "list", "--json")[1])
        return {one["code"]: (one["in_force"], one["begins"], one["ends"]) for one in found}

    code = "chongqing-work-2023"
    assert listed()[code] == (False, None, None)
    status, out, _err = run("notice", "on", code, "--from", "2023-03-01", "--until", "2123-12-31")
    assert status == 0 and "2023-03-01" in out
    assert listed()[code] == (True, "2023-03-01", "2123-12-31")
    assert (
        f"{code}  " in run("notice", "list")[1] and "在用 2023-03-01—2123-12-31" in run("notice", "list")[1]
    )
    status, _out, err = run("notice", "on", code, "--from", "2024-01-01", "--until", "2023-12-31")
    assert status == 2 and "停用日期不能早于启用日期" in err
    assert run("notice", "off", code, "--until", "2023-12-31")[0] == 0
    assert listed()[code] == (False, "2023-03-01", "2023-12-31")
    assert run("notice", "off", "jilin-2018")[0] == 2
    assert run("notice", "on", code, "--as", "nobody")[0] == 2
