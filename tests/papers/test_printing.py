"""Printing is recorded: each sheet has its number, 补打 where its occasion was over, and only who may takes names out."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pypdfium2
import pytest
from django.utils import timezone

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.models import Change
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.papers import numbers, queries, services
from qiaojie.papers.models import Printing
from qiaojie.training.models import TrainingClass
from tests.web.factories import World, training_class

pytestmark = pytest.mark.django_db


def printed(
    held: TrainingClass, world: World, *codes: str, user: str = "clerk", form: str = "pdf", **days: date
) -> services.PrintedFile:
    return services.print_papers(
        held.pk,
        codes,
        form,
        UserViewer(world.users[user]),
        "制作名册",
        first=days.get("first"),
        last=days.get("last"),
    )


def texts(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]
    finally:
        document.close()


def test_several_papers_are_one_file_and_each_sheet_has_a_number_of_its_own(
    held: TrainingClass, world: World
) -> None:
    made = printed(held, world, "headcount", "sign-in", "roster")
    assert (made.sheets, made.name) == (7, "涪陵区手工编织提高班班级用表.pdf")
    kept = list(Printing.objects.order_by("pk"))
    # In the order in which a class needs them, whatever was ticked first.
    assert [one.paper for one in kept] == ["roster", *["sign-in"] * 5, "headcount"]
    assert [(one.day, one.part) for one in kept[1:3]] == [
        (held.begins, "morning"),
        (held.begins, "afternoon"),
    ]
    assert all((one.rows, one.title, one.printed_by) == (7, held.title, "clerk") for one in kept)
    pages = texts(made.content)
    for one, page in zip(kept, pages, strict=True):
        assert f"编号 {numbers.printed(one.pk)}" in page
    line = AccessEntry.objects.filter(action="export").latest("pk")
    assert (line.purpose, line.rows) == ("制作名册", 21)
    assert line.subject == f"papers/{held.pk}/roster+sign-in+headcount.pdf"
    assert Change.objects.filter(model="papers.Printing").exists()


def test_what_is_over_says_that_it_was_printed_afterwards(world: World) -> None:
    today = timezone.localdate()
    fuling = world.regions["涪陵区"]
    made = training_class(
        fuling, "正在上的班", begins=today - timedelta(days=1), ends=today + timedelta(days=1)
    )
    pages = texts(printed(made, world, "roster", "sign-in", "headcount", "scores").content)
    late = {(one.paper, one.day): one.late for one in Printing.objects.all()}
    assert late == {
        ("roster", None): True,
        ("sign-in", today - timedelta(days=1)): True,
        ("sign-in", today): False,
        ("sign-in", today + timedelta(days=1)): False,
        ("headcount", None): False,
        ("scores", None): False,
    }
    said = f"补打 {today.year}年{today.month}月{today.day}日"
    assert [said in page for page in pages] == [True, True, True, *[False] * 6]


def test_word_and_excel_come_as_an_archive_of_papers(held: TrainingClass, world: World) -> None:
    for form in ("docx", "xlsx"):
        made = printed(held, world, "roster", "scores", form=form)
        assert made.name.endswith(".zip")
        with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
            assert archive.namelist() == [f"学员花名册.{form}", f"考核成绩表.{form}"]
        assert printed(held, world, "roster", form=form).name == f"{held.title}学员花名册.{form}"


def test_only_some_days_are_printed_where_that_is_asked(held: TrainingClass, world: World) -> None:
    second = held.begins + timedelta(days=1)
    assert printed(held, world, "sign-in", first=second, last=second).sheets == 1
    last = Printing.objects.latest("pk")
    assert (last.day, last.part) == (second, "morning")


@pytest.mark.parametrize(
    ("codes", "form", "purpose", "days", "code"),
    [
        ((), "pdf", "制作名册", {}, "papers_none"),
        (("poem",), "pdf", "制作名册", {}, "paper_unknown"),
        (("roster",), "odt", "制作名册", {}, "format_unknown"),
        (("roster",), "pdf", " ", {}, "purpose_missing"),
        (
            ("sign-in",),
            "pdf",
            "制作名册",
            {"first": date(2030, 7, 2), "last": date(2030, 7, 1)},
            "days_order",
        ),
        (
            ("sign-in",),
            "pdf",
            "制作名册",
            {"first": date(2031, 7, 1), "last": date(2031, 7, 2)},
            "papers_no_day",
        ),
    ],
)
def test_what_does_not_do_prints_nothing(
    held: TrainingClass,
    world: World,
    codes: tuple[str, ...],
    form: str,
    purpose: str,
    days: dict[str, date],
    code: str,
) -> None:
    with pytest.raises(Unusable) as refused:
        services.print_papers(held.pk, codes, form, UserViewer(world.users["clerk"]), purpose, **days)
    assert refused.value.code == code
    assert not Printing.objects.exists()


def test_a_year_of_half_days_is_a_wrong_date(world: World) -> None:
    long = training_class(world.regions["涪陵区"], "两年班", begins=date(2029, 1, 1), ends=date(2030, 12, 31))
    with pytest.raises(Unusable) as refused:
        printed(long, world, "sign-in")
    assert refused.value.code == "papers_too_many" and "1460" in refused.value.message
    assert printed(long, world, "sign-in", first=date(2029, 3, 1), last=date(2029, 3, 3)).sheets == 6


@pytest.mark.parametrize("user", ["other", "trainer", "base", "bank", "helper", "reader", "administrator"])
def test_who_may_not_prints_nothing_and_is_logged(held: TrainingClass, world: World, user: str) -> None:
    with pytest.raises(Refused):
        printed(held, world, "roster", user=user)
    assert not Printing.objects.exists()
    assert AccessEntry.objects.filter(username=user, done=False, subject__contains=f"{held.pk}").exists()


def test_due_is_what_was_not_printed_when_it_is_wanted(held: TrainingClass, world: World) -> None:
    def due(today: date) -> set[str]:
        return {one.paper.code for lines in queries.states(held, today).values() for one in lines if one.due}

    assert due(held.begins - timedelta(days=30)) == {"filing", "roster"}
    assert "sign-in" in due(held.begins - timedelta(days=3))
    assert due(held.begins + timedelta(days=1)) == {"sign-in", "allowance"}
    assert due(held.ends + timedelta(days=10)) == {"satisfaction", "certificate", "follow-up"}
    assert due(held.ends + timedelta(days=400)) == set()
    printed(held, world, "roster", "certificate")
    assert due(held.begins - timedelta(days=30)) == {"filing"}
    (line,) = (one for one in queries.states(held, held.ends)["after"] if one.paper.code == "certificate")
    assert (line.printed, line.back, line.due) == (4, 0, False) and line.printed_at is not None
