"""Workbooks that are text inside: web pages, XML of Excel 2003, kept pages, lists under a name that is not theirs."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl
import pytest

from qiaojie.lib.findings import Unusable
from qiaojie.sheets import book, file_limits
from qiaojie.sheets.book import Range
from qiaojie.sheets.marking import mark
from qiaojie.sheets.marks import Findings
from qiaojie.sheets.reading import read

ROWS = [["姓名", "身份证号"], ["甲一", "500000197902160020"]]
TABLE = "<table>" + "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in ROWS) + "</table>"


def xml(body: str, styles: str = "", declaration: str = '<?xml version="1.0"?>') -> bytes:
    return (
        f'{declaration}<?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:x="urn:schemas-microsoft-com:office:excel" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>{styles}</Styles>{body}</Workbook>'
    ).encode()


def cell(text: str, kind: str = "String", **more: object) -> str:
    said = "".join(f' ss:{name}="{value}"' for name, value in more.items())
    return f'<Cell{said}><Data ss:Type="{kind}">{text}</Data></Cell>'


def sheet(rows: str, name: str = "名册", more: str = "") -> str:
    return f'<Worksheet ss:Name="{name}"><Table>{rows}</Table>{more}</Worksheet>'


@pytest.mark.parametrize("name", ["名册.xls", "名册.xlsx", "名册.html", "名册"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_web_page_is_a_sheet_whatever_it_is_called(name: str, encoding: str) -> None:
    found = read(f"<html><body>{TABLE}</body></html>".encode(encoding), name)
    assert (found.format, found.sheets[0].rows) == ("html", ROWS)


@pytest.mark.parametrize(
    "before",
    ["", "<!DOCTYPE html>", "\n<!-- x --><html xmlns:o='urn'>", "<?xml version='1.0' encoding='gbk'?>\n"],
)
def test_a_page_may_begin_in_any_way(before: str) -> None:
    head = '<head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"><style>td{x}</style></head>'
    assert read((before + head + TABLE).encode("gb18030"), "a.xls").sheets[0].rows == ROWS


def test_merged_cells_lines_and_layout_tables_of_a_page() -> None:
    page = (
        "<body><h2>学员<br>名册</h2><table><tr><td>"
        "<table><tr><th rowspan=2>姓名</th><th colspan=2>培训</th></tr><tr><th>班</th><th>日期</th></tr>"
        "<tr><td rowspan='2'>甲&nbsp;一</td><td>竹编<br/>班</td><td>6月1日</td></tr>"
        "<tr style='display:none'><td>刺绣班</td><td></td></tr>"
        "</table></td></tr></table>填表人：王某某<script>alert(1)</script></body>"
    )
    (found,) = read(page.encode(), "a.xls").sheets
    assert found.rows == [
        ["学员"], ["名册"], ["姓名", "培训", ""], ["", "班", "日期"], ["甲\xa0一", "竹编\n班", "6月1日"],
        ["", "刺绣班", ""], ["填表人：王某某"],
    ]  # fmt: skip
    assert found.merged == (Range(2, 0, 3, 0), Range(2, 1, 2, 2), Range(4, 0, 5, 0))
    assert found.conceals.rows == ((5, 5),)


def test_a_header_in_a_table_of_its_own_stands_above_its_rows() -> None:
    head, rows = TABLE.replace("</tr><tr>", "</tr></table><div><table><tr>").split("<div>")
    assert read(f"<div>{head}<div>{rows}</div></div>".encode(), "a.xls").sheets[0].rows == ROWS


def test_a_long_number_keeps_its_digits() -> None:
    number = "500000197902160020"
    page = (
        f"<table><tr><td>姓名</td><td style='mso-number-format:\"\\@\"'>{number}</td>"
        f"<td x:num='{number}'>5E+17</td></tr></table>"
    )
    assert read(page.encode(), "a.xls").sheets[0].rows[0][1:] == ["500000197902160020"] * 2


def test_xml_of_excel_2003_is_a_workbook() -> None:
    styles = '<Style ss:ID="t"><NumberFormat ss:Format="@"/></Style>'
    second = [
        cell("500000197902160020", "Number", Index=2), cell("0012", "Number", StyleID="t"),
        cell("2023-06-01T00:00:00.000", "DateTime"), cell("1", "Boolean"), cell("30", "Number"),
    ]  # fmt: skip
    rows = (
        f"<Row>{cell('学员名册', MergeAcross=2)}</Row>"
        f"<Row ss:Index='3'>{cell('姓名', MergeDown=1)}{cell('号', Index=3)}</Row>"
        f"<Row>{''.join(second)}</Row>"
    )
    options = '<WorksheetOptions xmlns="urn:schemas-microsoft-com:office:excel">'
    hidden = f"{options}<Visible>SheetHidden</Visible></WorksheetOptions>"
    found = read(xml(sheet(rows) + sheet("", "另", hidden), styles), "名册.xls")
    assert (found.format, [one.name for one in found.sheets]) == ("xml", ["名册", "另"])
    assert [one.hidden for one in found.sheets] == [False, True]
    assert found.sheets[0].rows == [
        ["学员名册", "", ""], [], ["姓名", "", "号"],
        ["", "500000197902160020", "0012", datetime(2023, 6, 1), True, 30.0],
    ]  # fmt: skip
    assert found.sheets[0].merged == (Range(0, 0, 0, 2), Range(2, 0, 3, 0))


def test_xml_with_entities_is_refused_and_none_is_resolved() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    for text in ("&a;", "&c;", "x"):
        with pytest.raises(Unusable) as refused:
            read(xml(sheet(f"<Row>{cell(text)}</Row>"), declaration=bomb), "名册.xls")
        assert refused.value.code == "file_not_workbook"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (xml(sheet(f"<Row ss:Index='2000000'>{cell('x')}</Row>")), "file_too_large"),
        (xml(sheet(f"<Row>{cell('x', Index=900)}</Row>")), "file_too_wide"),
        (xml(sheet(f"<Row>{cell('x')}</Row>"))[:-30], "file_truncated"),
        (f"<table><tr>{'<td>x</td>' * 501}</tr></table>".encode(), "file_too_wide"),
        (b"<html><body><p>x</p></body></html>", "file_not_workbook"),
        (b"hello", "file_not_workbook"),
        (b"%PDF-1.7\n1,2\n3,4\n", "file_not_workbook"),
        (b"\x00\x01,\x02\n,\x03\n", "file_not_workbook"),
    ],
)
def test_what_is_no_table_or_too_much_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        read(data, "名册.xls")
    assert refused.value.code == code
    assert "名册.xls" in refused.value.message


def test_too_many_cells_of_a_page_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_limits, "MAX_CELLS", 3)
    for data in (TABLE.encode(), xml(sheet(f"<Row>{cell('x') * 5}</Row>"))):
        with pytest.raises(Unusable) as refused:
            read(data, "a.xls")
        assert refused.value.code == "file_too_large"
    assert book.MAX_COLUMNS == 500


def test_a_kept_page_gives_the_tables_of_its_parts() -> None:
    def part(kind: str, body: str) -> str:
        return f'--X\r\nContent-Type: {kind}; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n'

    data = (
        'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="X"\r\n\r\n'
        + part("text/html", "<html><frameset></frameset></html>")
        + part("text/html", f'<html><meta charset="utf-8">{TABLE}</html>')
        + part("text/css", "td{}")
        + "--X--\r\n"
    ).encode()
    found = read(data, "名册.mht")
    assert (found.format, [one.rows for one in found.sheets]) == ("mhtml", [ROWS])


@pytest.mark.parametrize("name", ["名册.xls", "名册.xlsx", "名册.et"])
@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("mark_", ["\t", ","])
def test_a_list_of_text_is_one_under_any_name(name: str, encoding: str, mark_: str) -> None:
    text = "\r\n".join(mark_.join(row) for row in [*ROWS, ["乙二", "500000197903160049"]])
    found = read(text.encode(encoding), name)
    assert (found.format, found.sheets[0].rows[:2]) == ("csv", ROWS)


def test_they_go_back_marked_as_a_workbook() -> None:
    for data in (TABLE.encode("gbk"), xml(sheet("".join(f"<Row>{cell(a)}{cell(b)}</Row>" for a, b in ROWS)))):
        copy = mark(data, "名册.xls", {}, Findings((), {}, ("", "", ""), (), ("",) * 6, []))
        made = openpyxl.load_workbook(io.BytesIO(copy)).worksheets[-1]
        assert [[box.value for box in row] for row in made.iter_rows()] == ROWS
