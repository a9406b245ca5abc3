"""What each writer puts into its file: the same cells, the office's look, nothing that runs."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import docx
import openpyxl
import pypdfium2
import pytest

from qiaojie.lib.dates import DateSpan
from qiaojie.lib.findings import Unusable
from qiaojie.lib.values import Context
from qiaojie.sheets.reading import read
from qiaojie.tables import typesetting
from qiaojie.tables.grid import Filled, Mark, build
from qiaojie.tables.html import table_html
from qiaojie.tables.matching import match, read_rows
from qiaojie.tables.writing import CONTENT_TYPES, FORMATS, write

from .forms import CLASSES, HELP, LIST, MATRIX, form

CLASS = {
    "dates": DateSpan(date(2019, 3, 11), date(2019, 3, 22)),
    "title": "编织班",
    "craft": "竹编",
    "all": 45,
    "women": 38,
    "cost": 3_600_050,
    "each": 80_000,
    "source": "city",
}
RARE = "㵲𬭎玉"


def classes(*rows, **more) -> Filled:
    return Filled(form(CLASSES), {"region": "涪陵区", "date": date(2019, 7, 25)}, rows, **more)


def workbook(filled: Filled):
    return openpyxl.load_workbook(io.BytesIO(write(filled, "xlsx"))).active


def pdf_text(filled: Filled) -> list[str]:
    document = pypdfium2.PdfDocument(write(filled, "pdf"))
    return [page.get_textpage().get_text_range() for page in document]


def test_workbook_has_the_agencys_look():
    sheet = workbook(classes(CLASS, CLASS))
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    # One page wide is what a workbook means when it does not say.
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$3:$4"
    assert sheet.oddFooter.center.text == "第 &P 页，共 &N 页"
    faces = [(sheet[at].font.name, sheet[at].font.size) for at in ("A1", "A3", "A5", "A7")]
    assert faces == [("方正小标宋简体", 18), ("黑体", 11), ("仿宋_GB2312", 11), ("黑体", 11)]
    assert {str(block) for block in sheet.merged_cells.ranges} >= {
        "A1:H1",
        "A3:A4",
        "D3:E3",
        "F3:G3",
        "H3:H4",
        "A8:H8",
    }
    assert [cell.value for cell in sheet[7]] == ["合计", None, None, 90, 76, 72001, None, None]
    assert all(cell.border.left.style == cell.border.top.style == "thin" for cell in sheet[5])


def test_numbers_are_numbers_and_look_as_printed():
    sheet = workbook(classes(CLASS))
    assert (sheet["F5"].value, sheet["F5"].number_format) == (36000.5, "0.0")
    assert (sheet["D5"].value, sheet["D5"].number_format) == (45, "0")


def test_money_in_ten_thousands_is_exact():
    sheet = workbook(Filled(form(HELP), {}, [{"name": "陈英", "income": 1_234_567}]))
    assert (sheet["D6"].value, sheet["D6"].number_format) == (1.234567, "0.000000")


@pytest.mark.parametrize(
    ("ratio", "shown", "kept", "look"),
    [
        (Decimal("0.667"), "66.7%", 0.667, "0.0%"),
        (Decimal("0.842"), "84.2%", 0.842, "0.0%"),
        (Decimal("0.7"), "70%", 0.7, "0%"),
        (Decimal("1.125"), "112.5%", 1.125, "0.0%"),
        (Decimal(2), "200%", 2, "0%"),
        (Mark("—"), "—", "—", "General"),
    ],
)
def test_a_ratio_is_a_clean_number_with_the_digits_that_all_formats_show(ratio, shown, kept, look):
    filled = Filled(form(LIST), {}, [{"name": "李桂", "presence": ratio}])
    cell = openpyxl.load_workbook(io.BytesIO(write(filled, "xlsx"))).active["H3"]
    assert (repr(cell.value), cell.number_format) == (repr(kept), look)
    assert f",{shown}," in write(filled, "csv").decode("utf-8-sig")
    assert f">{shown}</td>" in write(filled, "html").decode()
    again = match(read(write(filled, "xlsx"), "表.xlsx").sheets[0], form(LIST))
    (row,) = read_rows(again, Context())
    if ratio != 2:
        # A bare 2 may be 2 % as well as 200 %: taken for the first, with a warning.
        assert row.values["presence"] == (None if isinstance(ratio, Mark) else ratio)


def test_identity_numbers_stay_text_also_where_they_are_still_to_be_typed():
    filled = workbook(Filled(form(LIST), {}, [{"name": "李桂", "id": "500000198603136682"}]))
    assert (filled["C3"].value, filled["C3"].data_type, filled["C3"].number_format) == (
        "500000198603136682",
        "s",
        "@",
    )
    assert workbook(Filled(form(LIST), blank=True))["C3"].number_format == "@"


def test_a_choice_is_offered_as_a_list():
    rules = workbook(classes(blank=True)).data_validations.dataValidation
    assert [(rule.formula1, str(rule.sqref)) for rule in rules] == [('"市级资金,区县资金"', "H5:H15")]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "http://a.example"]
)
def test_no_text_becomes_a_formula_or_a_link(text):
    filled = classes({**CLASS, "title": text})
    cell = workbook(filled)["B5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    line = write(filled, "csv").decode("utf-8-sig").split("2019年3月11日—3月22日,")[1]
    assert not re.match('"?[=+\\-@\t]', line)


def test_ticks_and_yes_or_no_are_offered_too():
    rules = workbook(Filled(form(HELP), blank=True)).data_validations.dataValidation
    assert [rule.formula1 for rule in rules] == ['"√"'] * 3
    rules = workbook(Filled(form(LIST), blank=True)).data_validations.dataValidation
    assert [rule.formula1 for rule in rules] == ['"是,否"']


def test_word_offers_choices_in_a_blank_only():
    def lists(filled: Filled) -> list[list[str]]:
        body = docx.Document(io.BytesIO(write(filled, "docx"))).element.body
        value = docx.oxml.ns.qn("w:value")
        return [[item.get(value) for item in box] for box in body.iter(docx.oxml.ns.qn("w:dropDownList"))]

    assert lists(classes(CLASS)) == []
    assert lists(classes(blank=True)) == [["市级资金", "区县资金"]] * 10


def test_what_was_chosen_in_word_is_read():
    data = write(classes(blank=True), "docx")
    made = docx.Document(io.BytesIO(data))
    box = next(made.element.body.iter(docx.oxml.ns.qn("w:sdtContent")))
    next(box.iter(docx.oxml.ns.qn("w:t"))).text = "区县资金"
    out = io.BytesIO()
    made.save(out)
    found = match(read(out.getvalue(), "a.docx").sheets[0], form(CLASSES))
    assert found is not None
    assert read_rows(found, Context())[0].values["source"] == "county"


@pytest.mark.parametrize("format", ["docx", "pdf"])
@pytest.mark.parametrize("rows", [300, pytest.param(5000, marks=pytest.mark.long)])
def test_many_rows_go_over_pages_under_a_repeated_header(format, rows):
    begun = time.perf_counter()
    data = write(classes(*[{**CLASS, "title": f"第{n}班"} for n in range(rows)]), format)
    # Seconds where the first way of drawing took a minute; the bound is for a machine under load.
    assert time.perf_counter() - begun < 40
    if format == "pdf":
        document = pypdfium2.PdfDocument(data)
        last = document[len(document) - 1].get_textpage().get_text_range()
        assert f"第 {len(document)} 页，共 {len(document)} 页" in last
        assert f"第{rows - 1}班" in last
        assert "妇女人数" in last
        assert len(document) > rows // 34


@pytest.mark.parametrize("rows", [20, 24, 25, 48, 71])
def test_the_last_page_of_a_list_never_holds_a_single_line(rows):
    """24 lines are one too many for a page as they usually stand; of 71 only the signatures would go over."""
    content = write(Filled(form(LIST), {}, [{"name": f"某{number}"} for number in range(rows)]), "pdf")
    with pypdfium2.PdfDocument(content) as pages:
        texts = [page.get_textpage().get_text_range() for page in pages]
    shown = [text.count("某") for text in texts]
    assert sum(shown) == rows and (len(shown) == 1 or shown[-1] > 1), shown


def test_rare_characters_are_drawn_and_are_no_boxes():
    """A face without a character draws the same box for every one it lacks."""
    rare = "㵲𬭎祎珺喆镕垚䶮㛃"
    page = pypdfium2.PdfDocument(write(Filled(form(LIST), {}, [{"name": c} for c in rare]), "pdf"))[0]
    bitmap = page.render(scale=4).to_pil().convert("L")
    text = page.get_textpage()
    seen = set()
    for char in rare:
        first = int.from_bytes(char.encode("utf-16-be")[:2])
        index = next(
            place
            for place in range(text.count_chars())
            if pypdfium2.raw.FPDFText_GetUnicode(text.raw, place) in (ord(char), first)
        )
        left, bottom, right, top = text.get_charbox(index)
        height = page.get_height()
        box = tuple(round(4 * edge) for edge in (left, height - top, right, height - bottom))
        glyph = bitmap.crop(box).resize((24, 24)).point(lambda ink: ink < 128 and 255)
        assert 0.08 < sum(bytes(glyph.tobytes())) / 255 / 576 < 0.8
        seen.add(glyph.tobytes())
    assert len(seen) == len(rare)


def test_csv_keeps_long_numbers_from_being_rounded():
    data = write(Filled(form(LIST), {}, [{"name": "李桂", "id": "500000198603136682"}]), "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    assert "500000198603136682\t," in data.decode("utf-8-sig")


@pytest.mark.parametrize("format", FORMATS)
def test_control_characters_are_dropped_and_rare_ones_kept(format):
    data = write(classes({**CLASS, "title": f"{RARE}\x00\x0b\x1f\ud800<&>\ufffe"}), format)
    assert len(data) > 200
    if format == "pdf":
        return
    if format == "html":
        text = data.decode()
        assert f"{RARE}&lt;&amp;&gt;</" in text
    else:
        cells = [cell for row in read(data, f"a.{format}").sheets[0].rows for cell in row]
        assert f"{RARE}<&>" in cells


def test_a_text_longer_than_a_cell_holds_ends_with_an_ellipsis():
    cell = workbook(classes({**CLASS, "title": "长" * 40_000}))["B5"]
    assert (len(cell.value), cell.value[-1]) == (32_767, "…")


@pytest.mark.parametrize("mapping", [LIST, CLASSES, HELP, MATRIX])
@pytest.mark.parametrize("format", ["docx", "csv"])
def test_all_formats_hold_the_same_cells(mapping, format):
    rows = [
        {"name": "李桂", "unit": "忠县", "dates": None, "c1": 5, "income": 100, "type": "left", **CLASS}
    ] * 3
    drawn = Filled(form(mapping), {}, rows)
    grid = build(drawn)
    want = [[cell.text for cell in row] for row in grid.body]
    sheet = read(write(drawn, format), f"a.{format}").sheets[0]
    held = [["" if cell is None else str(cell) for cell in row] for row in sheet.rows]
    at = next(place for place in range(len(held)) if held[place] == want[0])
    assert held[at : at + len(want)] == want


class Tree(HTMLParser):
    """The table's cells with their attributes, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, dict[str, str | None]]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append((tag, dict(attrs)))


def test_html_says_what_heads_what():
    text = table_html(
        build(Filled(form(MATRIX), {}, [{"unit": "忠县", "c1": 3}], links=lambda row, name: f"/{row}/{name}"))
    )
    rows = Tree(text).rows
    assert [len(row) for row in rows[:3]] == [5, 4, 2]
    assert rows[0][0] == ("th", {"scope": "col", "rowspan": "3", "class": "form-diagonal"})
    assert rows[0][2] == ("th", {"scope": "colgroup", "colspan": "2"})
    assert rows[2][0] == ("th", {"scope": "col", "aria-label": "其中购买服务"})
    assert [[tag for tag, _attrs in row][:2] for row in rows[3:]] == [["th", "td"], ["th", "td"]]
    assert all(row[0][1]["scope"] == "row" for row in rows[3:])
    assert '<a href="/0/c1">3</a>' in text
    assert '<a href="/-1/c1">3</a>' in text
    assert "<caption>" in text


def test_html_escapes_everything():
    bad = "<script>alert(1)</script>\"'&"
    evil = form(
        CLASSES, title=bad, notes=[bad], statutory={bad: bad}, captions=[bad + "{region}"], signatures=[bad]
    )
    text = write(Filled(evil, {"region": bad}, [{**CLASS, "title": bad}]), "html").decode()
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 8


def test_files_carry_no_links_into_the_system():
    filled = classes(CLASS, links=lambda row, name: "/secret")
    assert b"/secret" not in write(filled, "html")
    assert all(cell.hyperlink is None for row in workbook(filled) for cell in row)


def test_totals_are_sums_of_the_declared_columns_only_or_what_is_given():
    grid = build(classes(CLASS, {**CLASS, "women": None}, totals={"all": 60}))
    assert [cell.text for cell in grid.body[-1]] == ["合计", "", "", "60", "38", "72001", "", ""]


def test_word_repeats_its_header_and_breaks_no_row():
    made = docx.Document(io.BytesIO(write(classes(CLASS), "docx")))
    rows = made.tables[0]._tbl.tr_lst
    assert [bool(row.xpath("./w:trPr/w:tblHeader")) for row in rows] == [True, True, False, False]
    assert all(row.xpath("./w:trPr/w:cantSplit") for row in rows)
    section = made.sections[0]
    assert section.page_width > section.page_height
    assert re.findall(r"instr=\" (\w+) \"", section.footer._element.xml) == ["PAGE", "NUMPAGES"]
    own = [style for style in made.styles if style.name.startswith("Form")]
    faces = {style.name: style.element.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia")) for style in own}
    assert faces == {"FormTitle": "方正小标宋简体", "FormHeading": "黑体", "FormBody": "仿宋_GB2312"}


def test_word_draws_the_diagonal():
    with zipfile.ZipFile(io.BytesIO(write(Filled(form(MATRIX), {}, []), "docx"))) as archive:
        assert b"<w:tl2br " in archive.read("word/document.xml")


def test_five_hundred_rows_of_word_take_less_than_a_second():
    columns = [{"label": f"栏{n}", "field": f"f{n}"} for n in range(15)]
    filled = Filled(
        form(CLASSES, total=None, columns=columns), {}, [{f"f{n}": "内容" for n in range(15)}] * 500
    )
    begun = time.perf_counter()
    write(filled, "docx")
    assert time.perf_counter() - begun < 1


def test_pdf_repeats_its_header_and_counts_its_pages():
    pages = pdf_text(classes(*[{**CLASS, "title": f"第{n}班"} for n in range(60)]))
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert "妇女人数" in page
        assert f"第 {number} 页，共 {len(pages)} 页" in page
    assert "手工技能培训情况表" in pages[0]
    assert "第59班" in "".join(pages)
    assert "资金来源只填所列三种" in pages[-1]


def test_pdf_embeds_its_faces_and_is_landscape():
    data = write(classes({**CLASS, "title": RARE}), "pdf")
    page = pypdfium2.PdfDocument(data)[0]
    width, height = page.get_size()
    assert (round(width), round(height)) == (842, 595)
    assert RARE in page.get_textpage().get_text_range()
    raw = pypdfium2.raw
    fonts = [
        raw.FPDFTextObj_GetFont(each.raw) for each in page.get_objects([raw.FPDF_PAGEOBJ_TEXT], max_depth=9)
    ]
    assert fonts
    assert all(raw.FPDFFont_GetIsEmbedded(font) == 1 for font in fonts)


def test_pdf_columns_are_as_wide_as_their_content_asks():
    page = pypdfium2.PdfDocument(
        write(Filled(form(LIST), {}, [{"name": "李桂", "id": "500000198603136682"}]), "pdf")
    )[0]
    text = page.get_textpage()

    def middle(word: str) -> float:
        index, count = text.search(word).get_next()
        return (text.get_charbox(index)[0] + text.get_charbox(index + count - 1)[2]) / 2

    assert middle("身份证号") - middle("姓名") > 1.5 * (middle("姓名") - middle("序号"))


def test_pdf_without_a_chinese_face_says_what_to_install(monkeypatch):
    class None_:
        def families(self) -> list[str]:
            return ["DejaVu Sans"]

    monkeypatch.setattr(typesetting, "faces", None_)
    with pytest.raises(Unusable) as caught:
        write(classes(CLASS), "pdf")
    assert caught.value.code == "pdf_no_face"
    assert "apt-get install -y fonts-noto-cjk" in caught.value.message


@pytest.mark.parametrize("format", FORMATS)
def test_sixty_columns_still_fit_one_page_wide(format):
    columns = [{"label": f"栏{n}", "field": f"f{n}", "kind": "integer"} for n in range(60)]
    filled = Filled(form(CLASSES, total=None, columns=columns), {}, [{f"f{n}": n for n in range(60)}])
    data = write(filled, format)
    if format == "pdf":
        assert len(pypdfium2.PdfDocument(data)) == 1
    assert data


def test_statutory_marks_and_signatures_stand_in_every_format():
    marked = form(
        CLASSES,
        statutory={"表号": "动态1表", "有效期至": "2026年12月"},
        signatures=["负责人：{head}", "填表人："],
    )
    filled = Filled(marked, {"head": "李桂"}, [CLASS])
    for format in ("xlsx", "csv", "docx"):
        said = " ".join(
            str(cell) for row in read(write(filled, format), f"a.{format}").sheets[0].rows for cell in row
        )
        assert "表号：动态1表" in said
        assert "负责人：李桂" in said
    for text in (write(filled, "html").decode(), pdf_text(filled)[0]):
        assert "表号：动态1表" in text
        assert "负责人：李桂" in text


def test_an_unknown_format_is_refused():
    with pytest.raises(Unusable) as caught:
        write(classes(CLASS), "wps")
    assert caught.value.code == "format_unknown"
    assert set(CONTENT_TYPES) == set(FORMATS)
