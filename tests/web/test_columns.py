"""The screen on which a clerk says what the columns of a header are."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from qiaojie.intake import services
from qiaojie.intake.models import HeaderMapping, Upload
from qiaojie.notices import queries as notices
from tests.web.conftest import SignIn
from tests.web.factories import NOTICE, World

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
    from qiaojie.accounts.viewers import UserViewer

    who = UserViewer(world.users["clerk"])
    table = notices.table(f"{NOTICE}/roster")
    return services.receive(kept.getvalue(), "名册.xlsx", table, world.regions["涪陵区"], who)


def options(page: str, number: int) -> str:
    """The target that a column is read as."""
    select = re.search(rf'<select id="c{number}".*?</select>', page, re.S)
    assert select is not None
    chosen = re.findall(r'<option value="([^"]*)" selected>', select[0])
    return chosen[0] if chosen else ""


def sent(page: str, **changed: str) -> dict[str, str]:
    hidden = dict(re.findall(r'<input type="hidden" name="(sheet|first|last)" value="([^"]*)"', page))
    return {**hidden, **{f"c{n}": options(page, n) for n in range(len(HEADER))}, **changed}


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


def test_a_place_without_a_header_is_said(upload: Upload, sign_in: SignIn) -> None:
    response = sign_in("clerk").get(f"/intake/{upload.pk}/columns/", {"first": "999"})
    assert response.status_code == 400
    assert "999" in response.content.decode()


def test_the_page_asks_few_questions(upload: Upload, sign_in: SignIn, django_assert_max_num_queries) -> None:
    client = sign_in("clerk")
    client.get(f"/intake/{upload.pk}/columns/")
    with django_assert_max_num_queries(14):
        client.get(f"/intake/{upload.pk}/columns/")
