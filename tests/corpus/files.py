"""One roster in every format, and what programs leave in files besides cells."""

from __future__ import annotations

import io

import openpyxl
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from tests.intake import material

from .build import (
    CAPTION,
    HEADER,
    STATUS,
    STATUS_MERGED,
    TITLE,
    Case,
    case,
    course,
    roster,
    roster_rows,
    status_rows,
    trap,
    woman,
    women,
)
from .making import Page, altered, delimited, ods, saved, word, xls, xlsx

THREE = {"person.id_number": [material.id_number(n) for n in (1, 2, 3)]}
PAGE = Page(roster_rows(women(3)), "学员名册", merged=("A1:L1", "A2:L2"))
NEW = "new new new"


@trap("nothing odd")
def _plain() -> Case:
    return case(roster(women(3)), NEW, values=THREE)


@trap("xls of Excel 97")
def _xls() -> Case:
    return case(xls(PAGE), NEW, values=THREE, file="名册.xls")


@trap("et of WPS")
def _et() -> Case:
    return case(xls(PAGE), NEW, values=THREE, file="名册.et")


@trap("et of WPS that is an xlsx inside")
def _et_new() -> Case:
    return case(xlsx(PAGE), NEW, values=THREE, file="名册.et")


@trap("xls by name, xlsx by content")
def _misnamed() -> Case:
    return case(xlsx(PAGE), NEW, values=THREE, file="名册.xls")


@trap("ods of LibreOffice")
def _ods() -> Case:
    return case(ods(PAGE), NEW, values=THREE, file="名册.ods")


@trap("xlsm with a macro, which is not run")
def _xlsm() -> Case:
    def macro(types: bytes) -> bytes:
        return types.replace(
            b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )

    data = altered(xlsx(PAGE), {"[Content_Types].xml": macro, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 200})
    return case(data, NEW, "A1 macros_ignored", values=THREE, file="名册.xlsm")


@trap("csv, UTF-8 without mark")
def _csv() -> Case:
    return case(delimited(PAGE), NEW, values=THREE, file="名册.csv")


@trap("csv, UTF-8 with mark")
def _csv_mark() -> Case:
    return case(delimited(PAGE, "utf-8-sig"), NEW, values=THREE, file="名册.csv")


@trap("csv, GB18030 with a rare character")
def _csv_gb() -> Case:
    rows = [woman(1, name="王𬭎"), woman(2), woman(3)]
    return case(
        delimited(Page(roster_rows(rows)), "gb18030"),
        NEW,
        values={"person.name": ["王𬭎", material.name(2), material.name(3)]},
        file="名册.csv",
    )


@trap("text with tabs, UTF-16, as Excel calls Unicode text")
def _unicode_text() -> Case:
    return case(delimited(PAGE, "utf-16", "\t"), NEW, values=THREE, file="名册.txt")


@trap("csv whose numbers are guarded against rounding")
def _csv_guarded() -> Case:
    rows = [
        woman(1, id=f'="{material.id_number(1)}"'),
        woman(2, id=f"'{material.id_number(2)}"),
        woman(3, id=f"{material.id_number(3)}\t"),
    ]
    return case(delimited(Page([HEADER, *rows])), NEW, values=THREE, file="名册.csv")


@trap("csv with empty lines, short lines and commas without end")
def _csv_ragged() -> Case:
    data = delimited(Page([HEADER, woman(1), [], woman(2)[:10], woman(3)]))
    data = data.replace(b"\r\n", b",,,,\r\n")
    return case(data, NEW, values=THREE, file="名册.csv")


@trap("a table of a Word document, between its lines")
def _docx() -> Case:
    page = Page([HEADER, *women(3)])
    return case(word(page, [TITLE, CAPTION], ["填表人：王某某"]), NEW, values=THREE, file="名册.docx")


@trap("a Word document with two header rows and merged cells")
def _docx_merged() -> Case:
    rows = [*status_rows([course(1, content="编织"), course(2, content=None)])[2:]]
    page = Page(rows, merged=("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1", "H1:H2", "C3:C4"))
    data = word(page, ["手工技能培训情况表", "区县（自治县）：涪陵区      填报时间：2019年7月25日"])
    return case(data, "new new", values={"content": ["编织", "编织"]}, table=STATUS, file="情况表.docx")


@trap("a Word document with one table per page of the list")
def _docx_pages() -> Case:
    import docx

    document = docx.Document()
    document.add_paragraph(TITLE)
    for rows in (women(2), women(1, 3)):
        table = document.add_table(1 + len(rows), len(HEADER))
        for line, cells in zip([HEADER, *rows], table.rows, strict=True):
            for cell, text in zip(cells.cells, line, strict=True):
                cell.text = "" if text is None else str(text)
        document.add_paragraph("")
    return case(saved(document), NEW, values=THREE, file="名册.docx")


@trap("formulas with their values kept")
def _formulas() -> Case:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("情况表")
        for number, row in enumerate(status_rows([course(1), course(2)])):
            for col, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, col, cell)
        sheet.write_formula(4, 3, "=20+10", None, 30)
        sheet.write_formula(6, 0, '="合"&"计"', None, "合计")
        for col, letters in ((3, "D"), (4, "E")):
            sheet.write_formula(6, col, f"=SUM({letters}5:{letters}6)", None, 60 if col == 3 else 40)
    return case(out.getvalue(), "new new", values={"headcount": [30, 30]}, table=STATUS, file="情况表.xlsx")


@trap("formulas that no program has ever calculated")
def _formulas_without_value() -> Case:
    def finish(sheet: Worksheet) -> None:
        sheet["D5"] = "=20+10"
        sheet["B6"] = "=B5"

    data = xlsx(Page(status_rows([course(1), course(2)]), "情况表", merged=STATUS_MERGED, finish=finish))
    return case(
        data,
        "wrong wrong",
        "D5 formula_without_value, B6 formula_without_value",
        {"headcount": [None, 30]},
        table=STATUS,
        file="情况表.xlsx",
    )


@trap("formula errors")
def _errors() -> Case:
    def finish(sheet: Worksheet) -> None:
        for cell, error in (("B4", "#REF!"), ("D5", "#N/A"), ("H6", "#VALUE!")):
            sheet[cell] = error
            sheet[cell].data_type = "e"

    return case(
        roster(women(3), finish=finish),
        "wrong new wrong",
        "B4 cell_error, H6 cell_error",
        {"person.id_number": [material.id_number(1), None, material.id_number(3)]},
    )


@trap("links to other files and data fetched from programs")
def _links() -> Case:
    link = (
        b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<ddeLink ddeService="cmd" ddeTopic="/c calc"><ddeItems><ddeItem name="A1" advise="1"/></ddeItems></ddeLink>'
        b"</externalLink>"
    )
    data = altered(roster(women(3)), {"xl/externalLinks/externalLink1.xml": link})
    return case(data, NEW, "A1 links_ignored", values=THREE)


@trap("formulas and scripts written as text")
def _scripts() -> Case:
    rows = [
        woman(1, remark="=cmd|' /C calc'!A0"),
        woman(2, remark='<script>alert("x")</script>'),
        woman(3, remark="@SUM(A1)"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(roster(rows)))
    book.worksheets[0]["L4"].data_type = "s"
    return case(
        saved(book),
        NEW,
        values={"remark": ["=cmd|' /C calc'!A0", '<script>alert("x")</script>', "@SUM(A1)"]},
    )


@trap("comments, colours and widths")
def _painted() -> Case:
    def finish(sheet: Worksheet) -> None:
        sheet["D5"].fill = PatternFill("solid", fgColor="FFFF00")
        sheet["D5"].comment = Comment("请核对", "审核人")
        for row in range(7, 2000):
            sheet.cell(row, 13).fill = PatternFill("solid", fgColor="FFFFFF")

    return case(roster(women(3), finish=finish), NEW, values=THREE)


@trap("text in several fonts")
def _rich() -> Case:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("学员名册")
        red = book.add_format({"font_color": "red"})
        for number, row in enumerate(roster_rows(women(3))):
            sheet.write_row(number, 0, row)
        number = material.id_number(1)
        sheet.write_rich_string(3, 3, number[:6], red, number[6:14], number[14:])
    return case(out.getvalue(), NEW, values=THREE)


@trap("a file with a password")
def _encrypted() -> Case:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le")
    return case(data, refused="file_encrypted")


@trap("half of a file")
def _half() -> Case:
    data = roster(women(3))
    return case(data[: len(data) // 2], refused="file_truncated")


@trap("a header and nothing below it")
def _empty() -> Case:
    return case(roster([]), refused="table_empty")


@trap("another table of the same notice")
def _other() -> Case:
    data = xlsx(Page(status_rows([course(1)]), merged=STATUS_MERGED))
    return case(data, refused="table_not_found")
