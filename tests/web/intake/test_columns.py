"""The screen on which a clerk says what the columns of a header are."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import queries, services
from qiaojie.intake.models import HeaderMapping, Upload
from qiaojie.notices import queries as notices
from tests.web.conftest import SignIn
from tests.web.factories import FORM, NOTICE, World

pytestmark = pytest.mark.django_db

HEADER = ["姓名", "身份证号", "打得通的", "手机", "培训班名称", "开班日期", "结业日期", "是否结业"]


@pytest.fixture
def upload(world: World) -> Upload:
    """A roster with two columns of telephones, one of a name that nobody knows."""
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    held = world.people["here"][1]
    line = [held.name, held.id_number, "13800138000", "13900139000", "新班", "2023-05-08", "2023-05-26", "是"]
    book.active.append(line)
    kept = io.BytesIO()
    book.save(kept)
    who = UserViewer(world.users["clerk"])
    table = notices.table(f"{NOTICE}/roster")
    return services.receive(kept.getvalue(), "名册.xlsx", table, world.regions["涪陵区"], who)


def options(page: str, number: int) -> str:
    """The target that a column is read as."""
    select = re.search(rf'<select id="c{number}".*?</select>', page, re.S)
    assert select is not None
    chosen = re.findall(r'<option value="([^"]*)" selected>', select[0])
    return chosen[0] if chosen else ""


def sent(page: str, number: int = len(HEADER), **changed: str) -> dict[str, str]:
    hidden = dict(re.findall(r'<input type="hidden" name="(sheet|first|last)" value="([^"]*)"', page))
    return {**hidden, **{f"c{n}": options(page, n) for n in range(number)}, **changed}


def test_a_column_is_put_right_the_file_is_planned_again_and_the_next_one_too(
    upload: Upload, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    address = f"/intake/{upload.pk}/columns/"
    assert address in client.get(f"/intake/{upload.pk}/").content.decode()
    page = client.get(address).content.decode()
    assert (options(page, 2), options(page, 3)) == ("", "person.phone")
    assert "13800138000" not in page
    assert "13900139000" not in page
    response = client.post(address, sent(page, c2="person.phone", c3=""))
    assert response.status_code == 302
    plan = client.get(f"/intake/{upload.pk}/").content.decode()
    assert "照此读入" in plan
    again = client.get(address).content.decode()
    assert (options(again, 2), options(again, 3)) == ("person.phone", "")
    assert "不再这样读" in again
    held = HeaderMapping.objects.get()
    assert client.post(f"/intake/columns/{held.pk}/revoke/", {"upload": upload.pk}).status_code == 302
    page = client.get(address).content.decode()
    assert (options(page, 2), options(page, 3)) == ("", "person.phone")


def test_two_columns_for_one_field_are_refused_and_what_was_chosen_stays(
    upload: Upload, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    address = f"/intake/{upload.pk}/columns/"
    response = client.post(address, sent(client.get(address).content.decode(), c2="person.phone"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "打得通的" in re.search(r'role="alert"[^>]*>(.*?)</p>', page)[1]  # type: ignore[index]
    assert (options(page, 2), options(page, 3)) == ("person.phone", "person.phone")
    assert not HeaderMapping.objects.exists()


def handed_in(client: Client, header: list[str], table: str = "", **line: str) -> HttpResponse:
    values = {
        "姓名": "王春", "身份证号": "", "培训班名称": "新班", "开班日期": "2023-05-08", "结业日期": "2023-05-26",
        "是否结业": "是", **line,
    }  # fmt: skip
    text = "\n".join([",".join(header), ",".join(values.get(head, "") for head in header)])
    file = SimpleUploadedFile("名册.csv", text.encode())
    return client.post("/intake/new/", {"table": table, "file": file})


def test_the_table_is_told_by_the_header(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    response = handed_in(
        client, ["时间", "培训班名称", "培训内容", "总人数（人）", "资金来源"], 时间="2019.3.1-2019.3.5"
    )
    assert response.status_code == 302
    kept = Upload.objects.latest("pk")
    assert (kept.table, kept.region) == (f"{FORM}/training-status", world.regions["涪陵区"])


def test_a_header_that_fits_several_tables_or_none_is_said_and_the_file_waits_for_an_answer(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    before = Upload.objects.count()
    several = handed_in(
        client, ["姓名", "身份证号", "残疾人证号", "培训班名称", "开班日期", "结业日期", "是否结业"]
    )
    page = client.get(several["Location"]).content.decode()
    assert "请指明是哪一张" in page
    assert 'name="table"' in page
    none = handed_in(client, ["甲", "乙", "丙"])
    assert 'name="table"' in client.get(none["Location"]).content.decode()
    assert Upload.objects.filter(batch=None, table="").count() == Upload.objects.count() - before == 2


def test_a_file_whose_columns_nobody_knows_is_kept_and_they_are_asked(world: World, sign_in: SignIn) -> None:
    client = sign_in("clerk")
    response = handed_in(client, ["人", "证", "班", "起", "止", "是否结业"], f"{NOTICE}/roster", 人="王春")
    kept = Upload.objects.latest("pk")
    assert response["Location"] == f"/intake/{kept.pk}/columns/"
    page = client.get(response["Location"]).content.decode()
    assert "没有表" in page
    assert "王春" not in page, "nobody has said yet what the column is"


def test_a_place_without_a_header_is_said(upload: Upload, sign_in: SignIn) -> None:
    response = sign_in("clerk").get(f"/intake/{upload.pk}/columns/", {"first": "999"})
    assert response.status_code == 400
    assert "999" in response.content.decode()


def test_the_page_asks_few_questions(upload: Upload, sign_in: SignIn, django_assert_max_num_queries) -> None:
    client = sign_in("clerk")
    client.get(f"/intake/{upload.pk}/columns/")
    with django_assert_max_num_queries(14):
        client.get(f"/intake/{upload.pk}/columns/")


def test_what_the_whole_list_is_of_is_said_on_the_page_of_its_columns_and_kept(
    world: World, sign_in: SignIn
) -> None:
    client = sign_in("clerk")
    response = handed_in(client, ["姓名", "身份证号", "性别", "联系电话"], f"{NOTICE}/roster", 姓名="王春")
    kept = Upload.objects.latest("pk")
    address = response["Location"]
    assert address == f"/intake/{kept.pk}/columns/"
    page = client.get(address).content.decode()
    assert "整张表都是" in page and 'name="s.class.title"' in page
    assert 'name="s.person.name"' not in page, "nobody's name is that of a whole list"
    said = {"s.class.title": "竹编班", "s.class.begins": "2023-05-08", "s.class.ends": "2023-05-99"}
    refused = client.post(address, {**sent(page, 4), **said})
    again = refused.content.decode()
    assert refused.status_code == 422
    assert 'value="竹编班"' in again and 'aria-invalid="true"' in again
    assert queries.said_of(Upload.objects.get(pk=kept.pk)) == {}
    assert client.post(address, {**sent(page, 4), **said, "s.class.ends": "2023-05-26"}).status_code == 302
    plan = client.get(f"/intake/{kept.pk}/").content.decode()
    assert "竹编班" in plan and "没有另填" not in plan
    page = client.get(address).content.decode()
    assert 'value="竹编班"' in page
    assert not HeaderMapping.objects.exists(), "of the columns nothing was said"
    cleared = {**sent(page, 4), **dict.fromkeys(said, "")}
    assert client.post(address, cleared).status_code == 422
