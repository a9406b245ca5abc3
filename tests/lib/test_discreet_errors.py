"""No error carries what stands in a row into a log: not through a logger, not out of a thread, not at the end of a process."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from qiaojie.accounts.models import User
from qiaojie.lib import discreet_errors

SECRET = "李桂芳50000019790616028X"


def formatter() -> logging.Formatter:
    declared: dict[str, str] = dict(settings.LOGGING["formatters"]["line"])  # type: ignore[index]
    assert declared.pop("()").endswith("DiscreetFormatter")
    return discreet_errors.DiscreetFormatter(declared["format"])


def line(log: Callable[[logging.Logger], None]) -> str:
    """What a call of a logger writes by the formatter of the installation."""
    kept: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(formatter().format(record))

    logger = logging.getLogger("qiaojie.test.discreet")
    handler = Kept()
    logger.addHandler(handler)
    try:
        log(logger)
    finally:
        logger.removeHandler(handler)
    (text,) = kept
    return text


def taken() -> None:
    """A row that the database refuses, and repeats in the error on PostgreSQL."""
    User.objects.create(username=SECRET)
    with transaction.atomic():
        User.objects.create(username=SECRET)


@pytest.mark.django_db
def test_a_database_that_refuses_a_row_does_not_write_it_into_the_log() -> None:
    def log(logger: logging.Logger) -> None:
        try:
            taken()
        except IntegrityError as error:
            assert SECRET in repr(error) or connection.vendor == "sqlite"
            logger.exception("not written: %s", error)

    text = line(log)
    assert SECRET not in text
    assert "DETAIL" not in text
    assert "IntegrityError" in text
    assert "test_discreet_errors.py" in text
    assert "sqlstate=23505" in text or "SQLITE_CONSTRAINT" in text


@pytest.mark.django_db
def test_nor_one_that_does_not_fit() -> None:
    def log(logger: logging.Logger) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT CAST(%s AS integer) + nothing", [SECRET])
        except Exception as error:
            logger.error(error, exc_info=True)

    text = line(log)
    assert SECRET not in text
    assert "test_discreet_errors.py" in text


def nested() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        error.add_note(SECRET)
        raise DataError(SECRET) from error


@pytest.mark.parametrize("group", [False, True])
def test_what_an_error_came_from_and_what_it_holds_is_told_by_kind(group: bool) -> None:
    def log(logger: logging.Logger) -> None:
        try:
            if group:
                raise ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])
            nested()
        except (DataError, ExceptionGroup):
            logger.exception("broken %(what)s", {"what": ValueError(SECRET)})

    text = line(log)
    assert SECRET not in text
    assert text.count("Traceback") == (3 if group else 2)
    assert "ValueError" in text


def test_words_that_another_handler_left_are_not_repeated() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "broken", None, None)
    record.exc_text = SECRET
    assert SECRET not in formatter().format(record)


def broken(_request: HttpRequest) -> HttpResponse:
    nested()
    return HttpResponse()


urlpatterns = [path("broken", broken)]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@override_settings(MIDDLEWARE=[])
def test_a_page_that_breaks_is_logged_without_what_broke_it() -> None:
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(formatter().format(record))

    handler = Kept()
    logging.getLogger("django.request").addHandler(handler)
    try:
        answer = Client(raise_request_exception=False).get("/broken")
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert answer.status_code == 500
    assert SECRET not in answer.content.decode()
    (text,) = written
    assert SECRET not in text
    assert "DataError" in text


@pytest.mark.parametrize("brief", [True, False])
def test_what_ends_a_process_or_a_thread_is_told_without_values(
    brief: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    discreet_errors.install(brief=brief)
    try:
        nested()
    except DataError as error:
        sys.excepthook(type(error), error, error.__traceback__)
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
    said = capsys.readouterr().err
    assert SECRET not in said
    first = said.splitlines()[0]
    assert (
        ("DataError" in first and "test_discreet_errors:" in first)
        if brief
        else first.startswith("Traceback")
    )
