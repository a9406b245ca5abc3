"""Statements worked out once say what Django's say, to whoever asks, and hold nothing of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from qiaojie.accounts.models import Agreement, User
from qiaojie.accounts.viewers import SystemViewer, UserViewer
from qiaojie.ledgers import declaration, queries, statements
from qiaojie.ledgers.viewer import Refused, Viewer
from qiaojie.training.ledger import ENROLMENTS
from qiaojie.training.models import Enrolment
from tests.web.factories import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_is_worked_out() -> None:
    statements.forget()


def newest(rows: QuerySet[Model], _given: Sequence[Any]) -> QuerySet[Model]:
    return rows.order_by("-pk")


def test_kept_statements_show_what_django_shows(world: World) -> None:
    names = ("clerk", "base", "other", "city", "women", "helper")
    viewers: list[Viewer] = [SystemViewer(), *(UserViewer(world.users[name]) for name in names)]
    for ledger in declaration.every():
        for viewer in (*viewers, *viewers):
            asked = list(queries.kept("all", ledger, viewer, ledger.fields, newest, []))
            usual = queries.rows(ledger, viewer).order_by("-pk")
            assert asked == list(queries.shown(ledger, viewer, usual, ledger.fields))


def test_what_one_sees_the_next_does_not(world: World) -> None:
    keys = list(Enrolment.objects.values_list("pk", flat=True))

    def seen(name: str) -> set[int]:
        page = queries.kept(
            "keys", ENROLMENTS, UserViewer(world.users[name]), ENROLMENTS.fields, queries.with_keys, [keys]
        )
        return {row.pk for row in page}

    here, there, all_ = seen("clerk"), seen("other"), seen("city")
    assert here and there and not here & there
    assert here | there == all_ == set(keys)
    assert seen("clerk") == here
    base = world.users["base"]
    assert seen("base") == set()
    Enrolment.objects.filter(pk=min(here)).update(entered_by=base.username)
    assert seen("base") == {min(here)}
    Agreement.objects.update(ends=date(2020, 1, 1))
    assert seen("base") == set()


def test_no_value_of_a_viewer_is_kept(world: World) -> None:
    fuling = world.regions["涪陵区"]
    fuling.first, fuling.last = 777_001, 777_003
    viewer = UserViewer(User.objects.select_related("agency__region").get(username="clerk"))
    object.__setattr__(viewer, "_region", fuling)
    for ledger in declaration.every():
        list(queries.kept("all", ledger, viewer, ledger.fields, newest, []))
    assert statements._kept
    for statement in statements._kept.values():
        assert not {777_001, 777_003} & {item for item in statement.params if isinstance(item, int)}
        assert "777" not in statement.sql


def test_a_statement_is_worked_out_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    worked = []
    original = statements._worked_out
    monkeypatch.setattr(
        statements, "_worked_out", lambda query, **how: worked.append(1) or original(query, **how)
    )
    for name in ("clerk", "other", "city"):
        for size in (1, 3):
            keys = list(Enrolment.objects.values_list("pk", flat=True)[:size])
            with CaptureQueriesContext(connection) as caught:
                list(
                    queries.kept(
                        "keys",
                        ENROLMENTS,
                        UserViewer(world.users[name]),
                        ENROLMENTS.fields,
                        queries.with_keys,
                        [keys],
                    )
                )
            assert len(caught) == 1
    # One for a county's bounds, one for a wide area's.
    assert len(worked) == 2


def test_words_are_those_of_the_language_of_the_moment(world: World) -> None:
    def kind() -> str:
        page = queries.page(ENROLMENTS, UserViewer(world.users["clerk"]))
        return page.rows[0].cells["state"].text

    chinese = kind()
    with translation.override("en"):
        assert kind() != chinese
    assert kind() == chinese


def test_a_process_keeps_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST", 3)
    viewer = UserViewer(world.users["clerk"])
    for field in ENROLMENTS.fields:
        list(queries.kept("all", ENROLMENTS, viewer, (field,), newest, []))
    assert len(statements._kept) <= 3


def test_one_row_is_shown_or_refused(world: World) -> None:
    mine = Enrolment.objects.filter(filed_by=world.regions["涪陵区"]).first()
    assert mine is not None
    fields = ENROLMENTS.fields
    assert queries.one_shown(ENROLMENTS, UserViewer(world.users["clerk"]), mine.pk, fields).pk == mine.pk
    for name in ("other", "audit", "base"):
        with pytest.raises(Refused):
            queries.one_shown(ENROLMENTS, UserViewer(world.users[name]), mine.pk, fields)


def test_a_ledger_that_is_closed_to_somebody_stays_closed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks first, and whatever is kept by then."""
    open_to, closed_to = UserViewer(world.users["clerk"]), UserViewer(world.users["clerk"])
    kept = queries.kept("all", ENROLMENTS, open_to, ENROLMENTS.fields, newest, [])
    assert list(kept) and statements._kept
    monkeypatch.setattr(UserViewer, "opens", lambda self, code: self is not closed_to)
    assert not list(queries.kept("all", ENROLMENTS, closed_to, ENROLMENTS.fields, newest, []))
    assert list(queries.kept("all", ENROLMENTS, open_to, ENROLMENTS.fields, newest, []))
