"""What is pasted as clerks have it: merged cells, headers in the middle, lists out of a chat, far too much, nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

import lxml.html
import pytest
from django.http import HttpResponse
from django.test import Client

from qiaojie.intake import entering
from qiaojie.intake.models import Stage, Upload
from qiaojie.livelihoods.models import Employment
from qiaojie.notices import queries as notices
from qiaojie.queue.worker import Worker
from qiaojie.training.models import Enrolment
from tests.web.conftest import SignIn
from tests.web.factories import World, identity
from tests.web.intake.test_ways_in import commit
from tests.web.markup import flat

pytestmark = pytest.mark.django_db

JOBS = "/intake/paste/ledgers/employments/"
TRAINEES = "/intake/paste/ledgers/enrolments/"

HEADS = ("姓名", "身份证号", "培训班名称", "培训类别", "开班日期", "结业日期", "结业情况")
CLASS = ("手工编织一班", "职业技能培训", "2023-06-01", "2023-06-20", "结业")


def trainee(number: int, *of_class: str) -> tuple[str, ...]:
    return (name(number), identity(number), *of_class)


def name(number: int) -> str:
    return "王新" + "一二三四五六七八九"[number % 9]


def text(*rows: Iterable[str]) -> str:
    """Rows as a sheet copies them: text with a line break stands in quotation marks."""
    return "\r\n".join(
        "\t".join(f'"{cell}"' if "\n" in cell or '"' in cell else cell for cell in row) for row in rows
    )


def paste(client: Client, address: str, rows: str, **more: str) -> tuple[Upload, str]:
    """What is pasted, kept; and its plan with what is said above it."""
    answer = client.post(address, {"rows": rows, **more})
    assert answer.status_code == 302, alerts(answer)
    kept = Upload.objects.latest("pk")
    assert answer["Location"] == f"/intake/{kept.pk}/"
    return kept, flat(client.get(answer["Location"]))


def alerts(page: HttpResponse) -> list[str]:
    """What is said to be wrong."""
    found = lxml.html.fromstring(page.content.decode()).xpath("//*[@role='alert'] | //*[@id='columns']")
    return [" ".join(one.text_content().split()) for one in found]


def enrolled() -> list[str]:
    found = Enrolment.objects.filter(person__name__startswith="王新").order_by("pk")
    return [one.person.name for one in found]


def test_cells_that_were_merged(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    blank = ("",) * 4
    rows = text(
        ("", *HEADS[:2], "", *HEADS[2:]),
        ("1", *trainee(901), "", *CLASS),
        ("2", *trainee(902), "", *blank, "结业"),
        ("3", *trainee(903), "", *blank, "结业"),
    )
    kept, plan = paste(client, TRAINEES, rows)
    assert "“培训班名称”有 2 格空着，按合并的格子读作上一行的内容，请核对。" in plan
    assert "“开班日期”有 2 格空着" in plan
    commit(client, kept, plan)
    assert enrolled() == [name(901), name(902), name(903)]
    assert world.classes["weaving"].enrolments.filter(person__name__startswith="王新").count() == 3


def test_an_employer_over_several_rows(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = text(
        ("姓名", "身份证号", "就业形式", "就业单位", "开始日期", "城乡类别", "就业凭证"),
        (*trainee(901), "灵活就业", "织锦坊", "2023-03-01", "农村", "收入凭证"),
        (*trainee(902), "灵活就业", "", "2023-03-01", "农村", "收入凭证"),
        (*trainee(903), "灵活就业", "编织社", "2023-03-01", "农村", "收入凭证"),
        (*trainee(904), "灵活就业", "", "2023-03-01", "农村", "收入凭证"),
    )
    kept, plan = paste(client, JOBS, rows)
    assert "“就业单位”有 2 格空着" in plan
    commit(client, kept, plan)
    held = Employment.objects.filter(person__name__startswith="王新").order_by("pk")
    assert [one.employer for one in held] == ["织锦坊", "织锦坊", "编织社", "编织社"]


def test_a_header_in_the_middle_and_a_sum(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = text(
        ("", "", "涪陵区学员名册"),
        HEADS,
        trainee(901, *CLASS),
        ("小计", "1人"),
        (),
        HEADS,
        trainee(902, *CLASS),
        ("合计", "2人"),
    )
    kept, plan = paste(client, TRAINEES, rows)
    assert "<b>2</b>行" in plan
    commit(client, kept, plan)
    assert enrolled() == [name(901), name(902)]


def test_the_same_as_above(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = text(HEADS, trainee(901, *CLASS), trainee(902, *["同上"] * 5), trainee(903, *["〃"] * 5))
    kept, plan = paste(client, TRAINEES, rows)
    commit(client, kept, plan)
    assert enrolled() == [name(901), name(902), name(903)]
    assert world.classes["weaving"].enrolments.filter(person__name=name(903)).exists()


def test_cells_with_line_breaks(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = text(
        (*HEADS[:-1], "结业\n情况", "备注"),
        (*trainee(901, *CLASS), '自带材料\n"下月补"照片'),
        (*trainee(902, *CLASS), ""),
    )
    kept, plan = paste(client, TRAINEES, rows)
    assert "<b>2</b>行" in plan
    commit(client, kept, plan)
    remark = Enrolment.objects.get(person__name=name(901)).remark
    assert "自带材料" in remark and "下月补" in remark
    assert enrolled() == [name(901), name(902)]


@pytest.mark.parametrize("sign", ["，", ", ", "、", "；", "  ", " "])
def test_a_list_out_of_a_chat(world: World, sign_in: SignIn, sign: str) -> None:
    client = sign_in("approver")
    held = world.classes["weaving"]
    rows = "\n".join(sign.join((*trainee(n), f"13900000{n}")) for n in (901, 902, 903))
    kept, plan = paste(client, TRAINEES, rows, **{"class": str(held.pk)})
    commit(client, kept, plan)
    assert held.enrolments.filter(person__name__startswith="王新").count() == 3
    assert enrolled() == [name(901), name(902), name(903)]


def test_five_thousand_rows_go_to_the_worker(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = text(HEADS, *(trainee(number, *CLASS) for number in range(1_000, 6_000)))
    answer = client.post(TRAINEES, {"rows": rows})
    kept = Upload.objects.latest("pk")
    assert answer.status_code == 302 and answer["Location"] == f"/intake/{kept.pk}/progress/"
    assert client.get(answer["Location"]).status_code == 200
    Worker(alone=True).run(once=True)
    kept.refresh_from_db()
    assert kept.stage == Stage.PLANNED
    assert "<b>5,000</b>行" in flat(client.get(f"/intake/{kept.pk}/"))


@pytest.mark.parametrize("rows", ["", "   ", "\n\t\n \n"])
def test_nothing_is_pasted(world: World, sign_in: SignIn, rows: str) -> None:
    before = Upload.objects.count()
    answer = sign_in("clerk").post(TRAINEES, {"rows": rows})
    assert answer.status_code == 422 and "还没有粘贴任何内容。" in flat(answer)
    assert Upload.objects.count() == before


def test_far_too_much_is_refused_and_kept_in_the_box(world: World, sign_in: SignIn) -> None:
    before = Upload.objects.count()
    rows = "\n".join(["姓名", *["王新一"] * 20_000])
    answer = sign_in("clerk").post(TRAINEES, {"rows": rows})
    page = answer.content.decode()
    assert answer.status_code == 422
    (fault,) = alerts(answer)
    assert "粘贴了20,001行，一次最多20,000行；请存成文件，用“导入”上传。" in fault
    box = re.search(r"<textarea.*?>(.*?)</textarea>", page, re.S)
    assert box is not None and box[1].count("王新一") == 20_000
    assert Upload.objects.count() == before


def test_the_columns_of_last_year(world: World, sign_in: SignIn) -> None:
    """One renamed so that it is known, one that nobody knows, one that is not there any more: said, and the rest is read."""
    client = sign_in("approver")
    heads = ("学员姓名", "公民身份号码", "培训班", "培训类别", "开班日期", "结业日期", "扶贫手册编号")
    kept, plan = paste(client, TRAINEES, text(heads, (*trainee(901, *CLASS[:-1]), "F-7")))
    assert "扶贫手册编号" in plan
    commit(client, kept, plan)
    assert enrolled() == [name(901)]


def test_a_column_that_no_row_can_do_without(world: World, sign_in: SignIn) -> None:
    client = sign_in("approver")
    rows = text(("姓名", "身份证号", "学习班", "培训类别", "开班日期", "结业日期"), trainee(901, *CLASS[:-1]))
    answer = client.post(TRAINEES, {"rows": rows})
    assert answer.status_code == 302
    page = flat(client.get(answer["Location"]))
    assert "培训班名称" in page and "学习班" in page
    assert not enrolled()


def test_somebody_elses_class(world: World, sign_in: SignIn) -> None:
    client, theirs = sign_in("clerk"), world.classes["there"]
    rows = text(("姓名", "身份证号"), trainee(901))
    assert client.get(f"{TRAINEES}?class={theirs.pk}").status_code == 404
    assert client.post(TRAINEES, {"rows": rows, "class": theirs.pk}).status_code == 404
    assert client.get(f"/intake/enter/ledgers/enrolments/?class={theirs.pk}").status_code == 404
    assert client.get(f"{TRAINEES}?class=999999").status_code == 404
    assert not enrolled()


def test_a_day_of_late_is_no_day_of_birth() -> None:
    table = notices.table("ledgers/employments")
    line = f"李新娘\t{identity(900)}\t2023-05-01\t某厂"
    told = entering.pasted_columns(table, line, {})
    assert [one.field for one in told][:3] == ["person.name", "person.id_number", "begins"]
    born = entering.pasted_columns(table, f"李新娘\t{identity(900)}\t1980-01-05\t某厂", {})
    assert born[2].field == "person.birth_date"


def test_what_was_not_pasted_is_no_column() -> None:
    table = notices.table("ledgers/incomes")
    made = entering.pasted_file(table, "姓名\t月份\t收入金额\n李新娘\t2023-05-01\t1200", {})
    assert made.data.decode("utf-8-sig").splitlines()[0] == "姓名,月份,收入金额"


@pytest.mark.django_db
def test_a_list_that_is_all_of_one_kind_says_so_once(world: World, sign_in: SignIn) -> None:
    client, at = sign_in("approver"), "/intake/paste/ledgers/statuses/"
    rows = f"姓名\t身份证号\t起\n王新人\t{identity(900)}\t2023-03-31"
    asked = client.post(at, {"rows": rows})
    assert asked.status_code == 422
    page = flat(asked)
    assert 'name="all.scheme"' in page and identity(900) in page
    answer = client.post(at, {"rows": rows, "all.scheme": "minimum_allowance"})
    assert answer.status_code == 302, flat(answer)
    assert "1 行" in flat(client.get(answer["Location"])) or "1</b>" in flat(client.get(answer["Location"]))


@pytest.mark.django_db
def test_what_is_not_read_is_said(world: World, sign_in: SignIn) -> None:
    rows = f"姓名\t身份证号\t月份\t收入来源\t收入金额\t心情\n王新人\t{identity(900)}\t2023-05-01\t手工制作\t100\t好"
    answer = sign_in("approver").post("/intake/paste/ledgers/incomes/", {"rows": rows}, follow=True)
    assert "没有认出，没有导入：心情" in flat(answer)
