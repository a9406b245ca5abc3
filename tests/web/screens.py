"""What a clerk does at the screens, in tests without a browser: the pages' own forms, found and filled in by their labels."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lxml.html
import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from qiaojie.accounts.models import Role
from qiaojie.intake.models import Upload
from qiaojie.notices.queries import notice
from qiaojie.regions.models import Region
from tests.web.factories import account, identity
from tests.web.markup import flat

Element = lxml.html.HtmlElement

WHO = ("姓名", "身份证号")

PEOPLE = (*WHO, "残疾人证号", "发证残联", "户籍地", "户口性质")

ODD = "已核对原件"
"""The reason that is given for what is odd and still true."""


def said(element: Element) -> str:
    """The text of an element."""
    return " ".join(element.text_content().split())


@dataclass
class Desk:
    """An office's screens: one account's client, and whether it is used for rows of its own county alone."""

    client: Client

    def page(self, address: str) -> Element:
        """A page that opens."""
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code, flat(answer))
        return lxml.html.fromstring(answer.content.decode())

    def enter(self, address: str, row: Mapping[str, str]) -> Upload:
        """One row typed into the boxes of a form, by their labels; what is odd is explained once."""
        form = self.form(self.page(address), "登记")
        sent = self.filled(form, row)
        answer = self.client.post(address, sent)
        if answer.status_code == 422 and 'name="reason"' in answer.content.decode():
            answer = self.client.post(address, {**sent, "reason": ODD})
        assert answer.status_code == 302, self.faults(answer)
        return Upload.objects.latest("pk")

    def paste(self, address: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Upload:
        """Rows as a sheet copies them, pasted and written."""
        form = self.form(self.page(address), "看计划")
        text = "\r\n".join("\t".join(line) for line in (heads, *rows))
        answer = self.client.post(address, {**self.filled(form, {}), "rows": text})
        assert answer.status_code == 302, self.faults(answer)
        kept = Upload.objects.latest("pk")
        self.take_in(kept)
        return kept

    def fill_in(self, ledger: str, rows: Sequence[Mapping[str, str]]) -> Upload:
        """A ledger's template filled in, handed in and written."""
        kept = self.hand_in(ledger, rows)
        self.take_in(kept)
        return kept

    def hand_in(self, ledger: str, rows: Sequence[Mapping[str, str]]) -> Upload:
        """A ledger's template, fetched from the place that its list names, filled in and handed in."""
        links = self.page(f"/ledgers/{ledger}/").xpath("//a[contains(@href, 'download.xlsx?blank=1')]/@href")
        place = f"/forms/ledgers/{ledger.replace('_', '-')}/"
        (link,) = [one for one in links if one.startswith(place)]
        book = openpyxl.load_workbook(io.BytesIO(b"".join(self.client.get(link))))  # type: ignore[arg-type]
        sheet = book.active
        assert sheet is not None
        top = next(one for one in sheet.iter_rows() if sum(cell.value is not None for cell in one) > 2)
        heads = {str(cell.value).split("（")[0]: cell for cell in top if cell.value}
        for down, row in enumerate(rows, start=1):
            for head, text in row.items():
                sheet.cell(heads[head].row + down, heads[head].column, text)
        filled = io.BytesIO()
        book.save(filled)
        file = SimpleUploadedFile("登记.xlsx", filled.getvalue())
        answer = self.client.post("/intake/new/", {"file": file})
        assert answer.status_code == 302, self.faults(answer)
        return Upload.objects.latest("pk")

    def take_in(self, kept: Upload) -> None:
        """Write what a plan says; what is odd is explained, what is wrong stops it."""
        address = f"/intake/{kept.pk}/"
        page = flat(self.client.get(address))
        for level, kind in sorted(set(re.findall(r"/kind/(\w+)/(\w+)/", page))):
            assert level != "error", page
            if level == "warning":
                self.client.post(f"{address}reason/", {"code": kind, "words": ODD})
        plan = self.page(address)
        wrong = [said(one) for one in plan.xpath("//*[@class='findings']")]
        assert any(said(one).startswith("写入") for one in plan.xpath("//form//button")), wrong
        form = self.form(plan, "写入")
        answer = self.client.post(f"{address}commit/", self.filled(form, {}))
        assert answer.status_code == 302, self.faults(answer)
        kept.refresh_from_db()
        assert kept.stage == "committed", flat(self.client.get(address))

    def key(self, ledger: str, title: str) -> int:
        """The key of the row that a ledger's list shows under a title."""
        (link,) = self.page(f"/ledgers/{ledger}/").xpath(f"//main//th//a[normalize-space()='{title}']/@href")
        return int(link.rstrip("/").rsplit("/", 1)[1])

    def confirm(self) -> int:
        """Confirm every batch of the registers that waits; how many there were."""
        batches = self.page("/batches/unconfirmed/").xpath("//main//a[starts-with(@href, '/batches/')]/@href")
        for one in batches:
            form = self.form(self.page(one), "确认")
            self.client.post(form.get("action"), self.filled(form, {}))
        return len(batches)

    def change(self, ledger: str, pk: int, row: Mapping[str, str]) -> None:
        """Change a row in the form of its page, with a reason."""
        address = f"/ledgers/{ledger}/{pk}/edit/"
        form = self.form(self.page(address), "保存")
        answer = self.client.post(address, {**self.filled(form, row), "purpose": ODD})
        assert answer.status_code == 302, self.faults(answer)

    def accept(self, ledger: str) -> int:
        """Take all changes of a ledger's rows that wait; how many there were."""
        waits = self.page(f"/ledgers/{ledger}/changes/").xpath("//input[@name='change']/@value")
        answer = self.client.post("/changes/take/", {"change": waits})
        assert answer.status_code == 302, self.faults(answer)
        assert not self.page(f"/ledgers/{ledger}/changes/").xpath("//input[@name='change']")
        return len(waits)

    def approve(self, ledger: str) -> None:
        """Approve all rows of a ledger that wait, group by group, from the page on which they are looked through."""
        address = f"/ledgers/{ledger}/review/"
        while groups := self.page(address).xpath("//button[@name='group']"):
            sent = {"group": groups[0].get("value"), "page": "review"}
            answer = self.client.post(groups[0].get("formaction"), sent)
            assert answer.status_code == 302, self.faults(answer)
        assert not self.page(address).xpath("//input[@name='row']"), ledger

    def form(self, page: Element, button: str) -> Element:
        """The form of a page that has a button beginning so."""
        found = [one for one in page.forms if any(said(b).startswith(button) for b in one.xpath(".//button"))]
        assert len(found) == 1, (button, [said(one)[:200] for one in page.forms])
        return found[0]

    def filled(self, form: Element, row: Mapping[str, str]) -> dict[str, Any]:
        """What a form sends when the boxes of these labels are filled: words of choices, days as a browser sends them."""
        sent = {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}
        boxes = {label_of(one): one for one in form.xpath(".//label[@for]")}
        for label, text in row.items():
            assert label in boxes, (label, list(boxes))
            (box,) = form.xpath(f".//*[@id='{boxes[label].get('for')}']")
            if box.tag == "select":
                options = {said(one): one.get("value") for one in box.xpath(".//option")}
                assert text in options, (label, text, list(options))
                text = options[text]
            sent[box.get("name")] = text
        return sent

    def faults(self, answer: HttpResponse) -> str:
        """What a page says is wrong."""
        page = lxml.html.fromstring(answer.content.decode() or "<p>")
        return " | ".join(said(one) for one in page.xpath("//*[@role='alert']")) or flat(answer)


def label_of(element: Element) -> str:
    """What a label calls its box, without unit and 必填."""
    return "".join(element.xpath("./text()")).strip()


def desks(county: Region, word: str) -> tuple[Desk, Desk]:
    """The screens of a county's clerk and approver, the only accounts there are."""
    found = []
    for role in (Role.CLERK, Role.APPROVER):
        client = Client()
        client.force_login(account(f"{word}-{role}", county, role, holder="田经办"))
        found.append(Desk(client))
    return found[0], found[1]


def woman(number: int) -> tuple[str, str]:
    """Her name and number; born from 1980 on."""
    return "冉" + "春夏秋冬梅兰竹菊松柏桃李"[number] + "香", identity(20 + number)


def who(number: int) -> dict[str, str]:
    """The boxes that say whom a row is about."""
    return dict(zip(WHO, woman(number), strict=True))


def register(desk: Desk, county: str, numbers: range, kind: str = "农业") -> None:
    """People with their certificates, pasted from the federation's list."""
    rows = [(*woman(n), f"{woman(n)[1]}43", county, county, kind) for n in numbers]
    desk.paste("/intake/paste/ledgers/persons/", PEOPLE, rows)


def shown(desk: Desk, code: str, on: str, region: str) -> dict[str, int]:
    """What a board says is approved, by indicator: of one unit where the board is opened for it."""
    page = desk.page(f"/board/{code}/?on={on}&region={region}")
    found = {}
    for row in page.xpath('//table[contains(@class, "standing")]/tbody/tr'):
        number = re.search(r"已审核 ([\d,]+)", said(row[1]))
        assert number is not None, said(row)
        found[said(row[0])] = int(number[1].replace(",", ""))
    assert len(found) == len([one for one in notice(code).indicators if one.measured])
    return found
