"""A ledger as a file: scope, masks and filters of the list, a purpose, a line in the log."""

from __future__ import annotations

import csv
import io

import pytest

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.ledgers.declaration import get
from qiaojie.ledgers.viewer import Refused
from qiaojie.lib.findings import Unusable
from qiaojie.reports.listing import export
from qiaojie.sheets.reading import read
from tests.web.factories import World

pytestmark = pytest.mark.django_db


def lines(content: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) if any(row)]


def test_the_file_holds_what_the_list_shows_and_is_logged(world: World) -> None:
    viewer = UserViewer(world.users["clerk"])
    content = export(get("enrolments"), viewer, {}, "csv", "核对名册")
    text = content.decode("utf-8-sig")
    here, there = world.people["here"][1], world.people["there"][1]
    assert here.name in text
    assert there.name not in text
    assert here.id_number is not None
    assert here.id_number not in text, "numbers stay masked"
    logged = AccessEntry.objects.get(action="export")
    assert (logged.username, logged.purpose, logged.done) == ("clerk", "核对名册", True)
    assert logged.rows == len(lines(content)) - 3, "title, heads and who took it out"


def test_filters_narrow_and_workbooks_hold_the_same_rows(world: World) -> None:
    viewer = UserViewer(world.users["clerk"])
    every = lines(export(get("enrolments"), viewer, {}, "csv", "核对"))
    fewer = lines(export(get("enrolments"), viewer, {"result": "completed"}, "csv", "核对"))
    assert len(fewer) <= len(every)
    sheet = read(export(get("enrolments"), viewer, {}, "xlsx", "核对"), "a.xlsx").sheets[0]
    assert len([row for row in sheet.rows if any(cell not in (None, "") for cell in row)]) == len(every) - 1


def test_a_purpose_is_asked_and_a_reader_is_refused(world: World) -> None:
    with pytest.raises(Unusable, match="用途"):
        export(get("enrolments"), UserViewer(world.users["clerk"]), {}, "csv", " ")
    with pytest.raises(Unusable):
        export(get("enrolments"), UserViewer(world.users["clerk"]), {}, "exe", "核对")
    with pytest.raises(Refused):
        export(get("enrolments"), UserViewer(world.users["reader"]), {}, "csv", "核对")
    assert AccessEntry.objects.filter(action="export", done=False, username="reader").exists()
