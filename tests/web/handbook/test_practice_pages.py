"""In a practice place everything says that it is made up: every page, every fault, every file; a real one says where it is."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from django.conf import LazySettings
from django.template.loader import render_to_string
from django.test import Client

from qiaojie.lib.practice import AFRESH
from qiaojie.sheets.marks import MARK, Findings
from qiaojie.tables.defining import from_mapping
from qiaojie.tables.grid import Filled
from qiaojie.tables.long import write_long
from qiaojie.tables.writing import write
from tests.tables.forms import LIST
from tests.web.conftest import SignIn
from tests.web.factories import World

pytestmark = pytest.mark.later


SAID = "练习：这里的人和数都是编的"


@pytest.fixture
def practising(settings: LazySettings) -> LazySettings:
    settings.QIAOJIE_PRACTICE = True
    settings.QIAOJIE_REAL_URL = "http://127.0.0.1:8000/"
    settings.QIAOJIE_PRACTICE_ACCOUNTS = [
        "演示账号（口令都是 made-up）：",
        "  fengdu-clerk   经办  某残疾人联合会",
    ]
    return settings


@pytest.mark.django_db
def test_every_page_says_that_it_is_practice_and_leads_back(
    practising: LazySettings, world: World, sign_in: SignIn
) -> None:
    clerk = sign_in("clerk")
    for address in ("/", "/ledgers/enrolments/", "/handbook/", "/nowhere/", "/ledgers/classes/?ends.min=x"):
        page = clerk.get(address).content.decode()
        assert SAID in page and 'href="http://127.0.0.1:8000/"' in page, address
    assert SAID in render_to_string("500.html")
    clerk.cookies["language"] = "en"
    assert 'class="practice"' in clerk.get("/").content.decode()
    gate = Client().get("/sign-in/").content.decode()
    assert SAID in gate and "fengdu-clerk" in gate and "made-up" in gate


@pytest.mark.django_db
def test_a_real_place_says_nothing_of_it_and_links_to_it_where_it_is_known(
    settings: LazySettings, world: World, sign_in: SignIn
) -> None:
    clerk = sign_in("clerk")
    assert SAID not in clerk.get("/handbook/").content.decode()
    assert (
        "去练习" not in clerk.get("/handbook/").content.decode() + Client().get("/sign-in/").content.decode()
    )
    settings.QIAOJIE_PRACTICE_URL = "http://127.0.0.1:8001/"
    for page in (clerk.get("/handbook/"), clerk.get("/handbook/review/"), Client().get("/sign-in/")):
        assert 'href="http://127.0.0.1:8001/"' in page.content.decode()


@pytest.mark.parametrize("bare", [False, True], ids=["form", "bare"])
def test_every_file_says_so(practising: LazySettings, bare: bool) -> None:
    filled = Filled(
        from_mapping({**LIST, "bare": bare}, "list"), rows=[{"name": "王某某", "ended": date(2023, 7, 1)}]
    )
    for made in (write(filled, "xlsx"), write_long(filled)):
        sheet = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]
        assert SAID in [cell.value for row in sheet.iter_rows() for cell in row]
    for format in ("html", "csv"):
        assert SAID in write(filled, format).decode()
    document = pypdfium2.PdfDocument(write(filled, "pdf"))
    assert SAID in document[0].get_textpage().get_text_bounded()
    document.close()
    practising.QIAOJIE_PRACTICE = False
    assert SAID not in write(filled, "html").decode()


def test_a_marked_copy_says_so(practising: LazySettings) -> None:
    findings = Findings(
        ("某单位",), {}, ("级别", "问题", "个数"), (), ("级别", "问题", "格", "表", "说明", "处理"), ()
    )
    lines = [line.cells for line in findings.lines({})]
    assert lines[:3] == [(MARK,), (SAID,), ("某单位",)]
    assert lines[findings.listing] == findings.listed


@pytest.mark.django_db
def test_its_administrator_takes_it_back_to_its_beginning(
    practising: LazySettings, world: World, sign_in: SignIn, tmp_path: Path
) -> None:
    practising.HOME = tmp_path
    assert "/practice/afresh/" not in sign_in("clerk").get("/handbook/").content.decode()
    assert sign_in("clerk").post("/practice/afresh/").status_code == 404
    assert not (tmp_path / AFRESH).exists()
    administrator = sign_in("administrator")
    assert "/practice/afresh/" in administrator.get("/handbook/").content.decode()
    assert administrator.post("/practice/afresh/").status_code == 200
    assert (tmp_path / AFRESH).exists()
    practising.QIAOJIE_PRACTICE = False
    assert administrator.post("/practice/afresh/").status_code == 404
