"""Papers filled from a made-up class: what stands on each, how it looks, and that classes of any size come out well."""

from __future__ import annotations

import io
import os
from datetime import date, timedelta

import docx
import openpyxl
import pypdfium2
import pytest

from qiaojie.accounts.viewers import UserViewer
from qiaojie.papers import declaring
from qiaojie.papers.filling import ClassPapers, PaperSheet
from qiaojie.tables.grid import Filled, Stamp, build
from qiaojie.tables.writing import write_sheets
from qiaojie.training.models import Enrolment, TrainingClass
from tests.papers import layouts
from tests.web.factories import World, enrol, person, training_class

pytestmark = [pytest.mark.django_db, pytest.mark.later]

STAMP = Stamp("编号 000123-4", "0001234", "补打 2030年6月10日")
DAY = date(2030, 6, 1)


def papers_of(held: TrainingClass, world: World, user: str = "clerk") -> ClassPapers:
    return ClassPapers(held.pk, UserViewer(world.users[user]), DAY)


def sheets(papers: ClassPapers, code: str) -> list[PaperSheet]:
    return papers.sheets(declaring.paper(code), papers.held.begins, papers.held.ends)


def filled(papers: ClassPapers, code: str, at: int = 0) -> list[Filled]:
    return papers.filled(sheets(papers, code)[at], STAMP, "")


@pytest.mark.parametrize("code", [one.code for one in declaring.every()])
def test_every_paper_says_and_looks_what_was_kept(held: TrainingClass, world: World, code: str) -> None:
    made = filled(papers_of(held, world), code)
    # Keys differ from one database to the next.
    said = layouts.described(made).replace(f"：{held.pk}-", "：班-")
    keys = Enrolment.objects.filter(training_class=held).order_by("pk").values_list("pk", flat=True)
    said = said.replace(f"：班-{keys[0]}\n", "：班-人\n")
    if os.environ.get("QIAOJIE_KEEP_PAPERS"):
        layouts.keep(code, made, said)
    words, picture = layouts.kept(code)
    assert said == words
    drawn = layouts.picture(made)
    assert layouts.apart(drawn, picture) < layouts.NEAR


def test_a_picture_of_another_paper_does_not_pass(held: TrainingClass, world: World) -> None:
    papers = papers_of(held, world)
    drawn = layouts.picture(filled(papers, "scores"))
    for other in ("headcount", "sign-in", "filing"):
        assert layouts.apart(drawn, layouts.kept(other)[1]) > layouts.NEAR, other
    fewer = [Filled(one.form, one.captions, one.rows[:9], stamp=STAMP) for one in filled(papers, "scores")]
    assert layouts.apart(layouts.picture(fewer), drawn) > layouts.NEAR


def test_half_days_follow_the_timetable_and_without_one_every_day_has_two(
    held: TrainingClass, world: World
) -> None:
    words = [(one.day, one.part) for one in sheets(papers_of(held, world), "sign-in")]
    third, fifth = held.begins, held.begins + timedelta(days=2)
    assert words == [
        (third, "morning"),
        (third, "afternoon"),
        (third + timedelta(days=1), "morning"),
        (fifth, "morning"),
        (fifth, "afternoon"),
    ]
    held.lessons.all().delete()
    assert len(sheets(papers_of(held, world), "sign-in")) == 10


def test_days_worked_out_from_the_register_are_multiplied_with_the_rate(
    held: TrainingClass, world: World
) -> None:
    (made,) = filled(papers_of(held, world), "allowance")
    assert [(row.get("days"), row.get("due")) for row in made.rows[:3]] == [
        (2, 60_00),
        (1, 30_00),
        (2, 60_00),
    ]
    assert build(made).body[-1][2].text == "13"
    held.enrolments.first().attendances.all().delete()
    (made,) = filled(papers_of(held, world), "allowance")
    assert (made.rows[0]["days"], made.rows[0]["due"]) == (None, None), "nothing was registered of her"


def test_certificates_are_of_those_who_completed_one_each(held: TrainingClass, world: World) -> None:
    papers = papers_of(held, world)
    found = sheets(papers, "certificate")
    assert len(found) == 4
    names = [row.person.name for row in held.enrolments.order_by("pk")[:4]]
    for at, name in enumerate(names):
        (made,) = filled(papers, "certificate", at)
        assert made.form.text[0] == f"{name}同志："


def test_a_class_without_trainees_has_lines_to_write_on(world: World) -> None:
    empty = training_class(world.regions["涪陵区"], "空班", begins=date(2030, 1, 1), ends=date(2030, 1, 1))
    papers = papers_of(empty, world)
    for paper in declaring.every():
        for sheet in papers.sheets(paper, empty.begins, empty.ends):
            made = papers.filled(sheet, STAMP, "")
            assert write_sheets([made], "pdf").startswith(b"%PDF")
            for one, table in zip(made, paper.tables, strict=True):
                assert not table.least or len(one.rows) >= table.least
    (made,) = filled(papers, "certificate")
    assert made.form.text[0] == "＿＿＿＿＿＿同志："
    assert len(sheets(papers, "sign-in")) == 2


def test_forty_days_and_sixty_long_names_come_out_well(world: World) -> None:
    fuling = world.regions["涪陵区"]
    title = "残疾妇女手工编织（棕编、竹编、藤编）与电商销售职业技能提升培训班第二期（龙潭片区）"
    big = training_class(fuling, title, begins=date(2030, 5, 20), ends=date(2030, 6, 28))
    people = [person(number, fuling) for number in range(300, 360)]
    for one in people[::2]:
        one.name = "阿卜杜勒·买买提·依布拉音江·玉素甫"
        one.save()
    enrol(big, people)
    papers = papers_of(big, world)
    assert len(sheets(papers, "sign-in")) == 80
    months = sheets(papers, "sign-in-month")
    assert [(one.day, len(one.month.days)) for one in months if one.month] == [
        (date(2030, 5, 20), 12),
        (date(2030, 6, 1), 28),
    ]
    made = [papers.filled(one, STAMP, "") for one in (*months, *sheets(papers, "sign-in")[:2])]
    document = pypdfium2.PdfDocument(write_sheets(made, "pdf"))
    try:
        texts = [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]
    finally:
        document.close()
    # Of every page it can be told of what sheet it is, and each sheet counts its own pages.
    assert all("000123-4" in text and "补打 2030年6月10日" in text for text in texts)
    assert "第 1 页，共 3 页" in texts[-3] and "第 3 页，共 3 页" in texts[-1]
    whole = "".join(texts)
    assert all(f"{number}" in whole for number in (60, 61, 62)), (
        "two empty lines for those who come in addition"
    )


def test_whoever_may_not_see_it_does_not_print_it_either(held: TrainingClass, world: World) -> None:
    """A number that a role does not see in a list stays out of its papers; names of people whom others enrolled too."""
    (roster,) = filled(papers_of(held, world), "roster")
    assert all(len(row["person.id_number"]) == 18 for row in roster.rows[:7])
    TrainingClass.objects.filter(pk=held.pk).update(entered_by="trainer")
    held.enrolments.filter(pk=held.enrolments.order_by("pk")[0].pk).update(entered_by="trainer")
    (hers,) = filled(papers_of(held, world, "trainer"), "roster")
    named = [row for row in hers.rows if row.get("person.name")]
    assert len(named) == 1 and named[0]["person.id_number"] is None and named[0]["person.phone"] is None


def test_word_and_excel_hold_the_same_sheets(held: TrainingClass, world: World) -> None:
    papers = papers_of(held, world)
    made = [papers.filled(one, STAMP, "") for one in sheets(papers, "sign-in")]
    document = docx.Document(io.BytesIO(write_sheets(made, "docx")))
    assert [one.text for one in document.paragraphs].count("涪陵区手工编织提高班签到表") == 5
    assert len(document.tables) == len(document.sections) == 5
    assert all("000123-4" in one.header.paragraphs[0].text for one in document.sections)
    book = openpyxl.load_workbook(io.BytesIO(write_sheets(made, "xlsx")))
    assert [sheet["A1"].value for sheet in book] == ["涪陵区手工编织提高班签到表"] * 5
    assert all("000123-4" in str(sheet.oddHeader.center.text) for sheet in book)
    for format, read in (("docx", _word), ("xlsx", _excel)):
        text = read(write_sheets([filled(papers, "certificate")], format))
        assert "准予结业" in text and "结业证书" in text


def _word(data: bytes) -> str:
    return "".join(one.text for one in docx.Document(io.BytesIO(data)).paragraphs)


def _excel(data: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "".join(str(cell.value or "") for sheet in book for row in sheet.iter_rows() for cell in row)
