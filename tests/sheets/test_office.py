"""Old text documents through LibreOffice, where it is; a clear line where it is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import docx
import pytest

from qiaojie.lib.findings import Unusable
from qiaojie.sheets import office
from qiaojie.sheets.reading import read

RTF = (
    r"{\rtf1\ansi Names\par\trowd\cellx3000\cellx6000\pard\intbl A\cell\pard\intbl B\cell\row"
    r"\trowd\cellx3000\cellx6000\pard\intbl 1\cell\pard\intbl 2\cell\row\pard End\par}"
)


def refused(data: bytes, name: str) -> Unusable:
    with pytest.raises(Unusable) as caught:
        read(data, name)
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


def test_an_old_document_of_word_or_wps_is_read_like_a_new_one(tmp_path: Path):
    made = docx.Document()
    made.add_paragraph("结业学员名单")
    table = made.add_table(2, 2)
    for col, text in enumerate(["姓名", "电话"]):
        table.cell(0, col).text = text
    table.cell(1, 0).text = "李桂"
    made.add_paragraph("填表人：王琴")
    path = tmp_path / "名单.docx"
    made.save(path)
    program = office.program()
    assert program is not None
    command = [
        program,
        f"-env:UserInstallation={(tmp_path / 'own').as_uri()}",
        "--headless",
        "--convert-to",
        "doc",
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(path)], check=True, capture_output=True, timeout=120
    )
    old = (tmp_path / "名单.doc").read_bytes()
    book = read(old, "名单.wps")
    assert (book.name, book.format) == ("名单.wps", "docx")
    assert book.sheets[0].rows == [["结业学员名单"], ["姓名", "电话"], ["李桂", ""], ["填表人：王琴"]]


def test_a_rich_text_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert read(RTF.encode(), "list.doc").sheets[0].rows[:3] == [["Names"], ["A", "B"], ["1", "2"]]
    assert list(tmp_path.iterdir()) == [], "nothing of the document stays behind"


def test_without_an_office_program_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(office, "program", lambda: None)
    fault = refused(RTF.encode(), "名单.wps")
    assert fault.code == "office_missing"
    assert "docx" in fault.message
    assert "libreoffice-writer" in fault.message


def test_a_program_that_does_not_come_back_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    slow = tmp_path / "soffice"
    slow.write_text("#!/bin/sh\nsleep 600 &\nsleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setattr(office, "program", lambda: str(slow))
    monkeypatch.setattr(office, "SECONDS", 1)
    assert refused(RTF.encode(), "a.doc").code == "office_failed"


def test_a_program_that_leaves_something_else_than_a_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    odd = tmp_path / "soffice"
    odd.write_text("#!/bin/sh\nmkdir -p out; echo nonsense > out/document.docx\n")
    odd.chmod(0o755)
    monkeypatch.setattr(office, "program", lambda: str(odd))
    assert refused(RTF.encode(), "a.doc").code == "file_not_workbook"


def test_macros_links_and_the_network_are_shut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    seen = tmp_path / "seen"
    spy = tmp_path / "soffice"
    spy.write_text(
        f'#!/bin/sh\ncat profile/user/registrymodifications.xcu > {seen}; echo "$@ $http_proxy" >> {seen}\n'
    )
    spy.chmod(0o755)
    monkeypatch.setattr(office, "program", lambda: str(spy))
    refused(RTF.encode(), "$(id).doc")
    said = seen.read_text()
    for word in ("DisableMacrosExecution", "BlockUntrustedRefererLinks", "127.0.0.1:9", "--headless"):
        assert word in said
    assert "$(id)" not in said
