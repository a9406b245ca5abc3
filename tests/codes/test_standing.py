"""Lists hold as they were last prepared: a fault stops no other list, and what is gone from a file stays printable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from qiaojie.codes import checking, preparing, standing
from qiaojie.codes.choices import choices, dated
from qiaojie.codes.models import PreparedList

Write = Callable[..., Path]
DAYS = "code\tlabel\talso\tparent\tfrom\tuntil\tenglish"


def _prepare() -> list[str]:
    return list(preparing.prepare().said)


def test_choices_are_named_before_there_is_anything_to_read(db: None, write: Write) -> None:
    looms = choices("looms")
    assert dict(looms) == {} and not looms and looms.under("loom") == {"loom"}
    write("looms", "loom\t织机\t\t\t\t\tLoom", "wheel\t纺车", columns=DAYS)
    standing.refresh()
    assert dict(looms) == {"loom": "织机", "wheel": "纺车"}
    with override("en"):
        assert dict(looms) == {"loom": "Loom", "wheel": "纺车"}


def test_a_date_limits_what_may_be_entered_and_never_how_it_prints(db: None, write: Write) -> None:
    write(
        "looms",
        "old\t旧织机\t\t\t\t2025-12-31",
        "new\t新织机\t新机\t\t2026-01-01",
        "wood\t木织机\t\tnew",
        columns=DAYS,
    )
    _prepare()
    looms = choices("looms")
    assert list(looms.on(date(2025, 12, 31))) == ["old", "wood"]
    assert list(looms.on(date(2026, 1, 1))) == ["new", "wood"]
    assert looms["old"] == "旧织机" and looms.also == {"新机": "new"}
    assert looms.under("new") == {"new", "wood"} and looms.under("old") == {"old"}


def test_printing_asks_no_database(
    db: None, write: Write, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    write("looms", "loom\t织机")
    _prepare()
    with django_assert_num_queries(0):
        assert [choices("looms").get(code, code) for code in ("loom", "gone")] == ["织机", "gone"]
    with django_assert_num_queries(2):
        standing.refresh()


def test_a_list_holds_as_it_was_prepared_until_it_is_prepared_again(db: None, write: Write) -> None:
    write("looms", "loom\t织机")
    assert _prepare() == []
    write("looms", "loom\t织布机", "wheel\t纺车")
    standing.refresh()
    assert dict(choices("looms")) == {"loom": "织机"}
    assert preparing.waiting() == ["looms"]
    stamp = standing.stamp()
    _prepare()
    assert dict(choices("looms")) == {"loom": "织布机", "wheel": "纺车"}
    assert preparing.waiting() == [] and standing.stamp() != stamp


def test_preparing_again_writes_nothing(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _prepare()
    with django_assert_num_queries(3):
        _prepare()


def test_a_fault_leaves_its_list_as_it_was_and_all_others_go_on(db: None, write: Write) -> None:
    write("looms", "loom\t织机")
    write("wheels", "wheel\t纺车")
    _prepare()
    write("looms", "loom\t织机", "LOOM\t木机")
    write("wheels", "wheel\t手摇纺车")
    said = _prepare()
    assert len(said) == 2 and "looms" in said[0] and "looms.tsv 第4行 [code]" in said[1]
    assert dict(choices("looms")) == {"loom": "织机"}
    assert dict(choices("wheels")) == {"wheel": "手摇纺车"}
    lines, status = checking.report()
    assert status == 1 and any("looms.tsv 第4行 [code]" in line for line in lines)


def test_a_word_that_is_gone_from_its_file_prints_and_is_entered_no_longer(db: None, write: Write) -> None:
    path = write("looms", "loom\t织机", "wheel\t纺车")
    _prepare()
    write("looms", "wheel\t纺车")
    _prepare()
    looms = choices("looms")
    assert dict(looms) == {"wheel": "纺车", "loom": "织机"}
    assert list(looms.on(date(2026, 1, 1))) == ["wheel"]
    path.unlink()
    _prepare()
    assert dict(looms) == {"wheel": "纺车", "loom": "织机"} and looms.on(date(2026, 1, 1)) == {}
    write("looms", "loom\t织机")
    _prepare()
    assert list(looms.on(date(2026, 1, 1))) == ["loom"]
    assert PreparedList.objects.filter(code="looms").count() == 1


def test_a_word_that_stands_under_another_now_has_sums_counted_anew(db: None, write: Write) -> None:
    rows = ["loom\t织机", "wheel\t纺车", "wood\t木织机\tloom"]
    write("looms", *rows, columns="code\tlabel\tparent")
    assert not preparing.prepare().regrouped
    write("looms", *rows, "band\t织带机\tloom", columns="code\tlabel\tparent")
    assert not preparing.prepare().regrouped
    write("looms", *rows[:2], "wood\t木织机\twheel", columns="code\tlabel\tparent")
    assert preparing.prepare().regrouped


def test_choices_in_code_have_days_too() -> None:
    found = dated(
        [("old", "旧"), ("new", "新")],
        {"old": (None, date(2025, 12, 31)), "new": (date(2026, 1, 1), None)},
        {"new": ["新的"]},
    )
    assert found.on(date(2025, 12, 31)) == {"old": "旧"} and found.on(date(2026, 1, 1)) == {"new": "新"}
    assert dict(found) == {"old": "旧", "new": "新"} and found.also == {"新的": "new"}
