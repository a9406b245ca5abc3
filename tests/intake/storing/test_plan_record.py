"""The plan that is kept of a big file: what it says comes back, what another version kept is made again, and bytes
that somebody slips in make nothing run."""

from __future__ import annotations

import io
import json
import os
import pickle
import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from qiaojie.intake import jobs, queries, services
from qiaojie.intake.judging.plan import Plan, Rows
from qiaojie.intake.models import Upload
from qiaojie.intake.storing import plan_record, upload_store
from qiaojie.intake.storing.plan_record import PlanUnreadable
from qiaojie.intake.vocabulary.mends import Mend
from qiaojie.intake.vocabulary.outcome import (
    AskedCounty,
    Candidate,
    CellChange,
    Gone,
    HeaderColumn,
    HeaderMap,
    Issue,
    Question,
    Rule,
    Side,
    Source,
    Verdict,
)
from qiaojie.intake.vocabulary.places import BoxNaming, CellPlace, pointing
from qiaojie.ledgers import declaration
from qiaojie.ledgers.declaration import Field
from qiaojie.ledgers.viewer import Viewer
from qiaojie.lib.crypto import keyring
from qiaojie.lib.fields import at_row
from qiaojie.lib.findings import Level
from qiaojie.notices.forms import TableDef
from qiaojie.people.likeness import Trait
from qiaojie.queue import services as queueing
from qiaojie.queue.models import Job
from qiaojie.queue.worker import Worker
from qiaojie.regions.models import Region

from .. import material
from ..conftest import Planner

SPOKEN = pointing(
    "%(one)s和%(two)s不同", {"one": CellPlace("D14", "f"), "two": CellPlace("B9", called="甲", row=9)}
)

LEFT_OUT = {"entities", "owners", "bulk", "content", "met", "kinds"}
"""What of a plan is for writing, and made again by a commit; of what a whole list is one is asked of a plan just made."""

values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(st.characters(codec=None)),
    st.dates(), st.datetimes(), st.times(), st.timedeltas(), st.decimals(allow_nan=False),
)  # fmt: skip


@given(values)
def test_every_value_of_a_cell_comes_back_as_it_was(value: Any) -> None:
    back = json.loads(json.dumps(value, default=plan_record._marked), object_hook=plan_record._unmarked)
    assert (type(back), back) == (type(value), value)


def said(part: Any) -> Any:
    """What a part of a plan says, whatever kind of sequence holds it; of the source all but the file's bytes."""
    if isinstance(part, Rows):
        return list(part), list(part.keys)
    if isinstance(part, Source):
        return replace(part, data=b"")
    return list(part) if isinstance(part, (list, tuple)) else part


@pytest.mark.django_db
def test_all_that_a_plan_says_comes_back(plan: Planner) -> None:
    known = declaration.get("persons").field
    odd = ["a\ud800", 1.5, True, None, date(2023, 5, 1), datetime(2023, 5, 1, 8, 30), time(8), timedelta(3)]
    made = plan(material.thirty(), decisions={14: "leave_out"}, year=2023)
    full = replace(
        made,
        source=replace(
            made.source,
            maps=(HeaderMap({"姓名": "person.name"}, "f", "昨天"),),
            typed=True,
            whole_on=date(2023, 3, 31),
            mends=(
                Mend(4, "result", "是", "也许", "x", "2023-05-01T08:30:00+00:00"),
                Mend(5, "f", "", 1.5, "y", ""),
            ),
        ),
        titled="涪陵区",
        rows=Rows(
            [("名册", 0, [4, 5]), ("续表", 2_000_000, [2_000_004])],
            [Verdict.NEW, Verdict.WRONG, Verdict.CONFLICT],
        ),
        issues=[
            Issue("名册", "D14", "id_lost", level, words, 14, "f", raw, 7)
            for level in Level
            for raw in odd
            for words in ("看这里", SPOKEN)
        ],
        changes=[
            CellChange(4, "名册", "C4", "李**", known("birth_date"), None, date(1970, 2, 3), Rule.FILL),
            CellChange(5, "名册", "C5", "李**", known("sex"), "1", "2", Rule.CONFIRMED, foreign=True),
            CellChange(5, "名册", "F5", "李**", known("home"), 7, Decimal("8.10"), Rule.OWN),
        ],
        candidates=[Candidate(14, "person:7", "王**")],
        questions=[
            Question(
                5,
                "名册",
                "B5",
                {"name": "李桂", "birth_date": date(1970, 2, 3)},
                (Side((Trait.NAME, Trait.TOWNSHIP), (Trait.PHONE,), 7), Side((Trait.NAME,), (), cell="B9")),
                "person:7",
                3,
            )
        ],
        columns=[HeaderColumn("名册", "A1", "姓 名", "姓名", "person.name")],
        naming=BoxNaming(("班次", "姓名"), 1, True),
        counties=[AskedCounty(4, None, False, False)],
        gone=[
            Gone(3, 7, "minimum_allowance/allowed", None),
            Gone(4, 8, "", date(2021, 1, 1), date(2023, 3, 1), "死亡"),
            Gone(5, 9, "", date(2021, 1, 1), stays=True),
        ],
        blind=True,
    )
    back = plan_record.read(plan_record.write(full))
    for column in fields(Plan):
        if column.name not in LEFT_OUT:
            assert getattr(full, column.name) != column.default, f"this test says nothing of {column.name}"
            assert said(getattr(back, column.name)) == said(getattr(full, column.name)), column.name
    assert not (back.entities or back.owners or back.bulk or back.met)
    assert not len(back.content)
    assert all(isinstance(change.field, Field) and isinstance(change.rule, Rule) for change in back.changes)
    assert all(isinstance(issue.level, Level) for issue in back.issues)
    assert [type(issue.raw) for issue in back.issues] == [
        type(raw) for raw in odd for _words in range(2)
    ] * len(Level)
    assert {type(trait) for side in back.questions[0].sides for trait in side.agree} == {Trait}


@pytest.mark.django_db
def test_nothing_undeclared_is_kept(plan: Planner) -> None:
    made = plan(material.thirty())
    for raw in (object(), b"bytes", [set()], plan_record.write):
        issue = Issue("名册", "D4", "x", Level.HINT, "看", 4, "f", raw)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="a plan keeps no"):
            plan_record.write(replace(made, issues=[issue]))


# --- what another version kept ----------------------------------------------------------------------------------------


class _PickledOnce(pickle.Pickler):
    """How plans were kept before: tables, regions and fields by name, all else as the classes it was made of."""

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, TableDef):
            return "table", obj.name
        if isinstance(obj, Region):
            return "region", obj.pk
        if isinstance(obj, Field):
            return "field", plan_record._names()[id(obj)]
        return None


def pickled(made: Plan) -> bytes:
    """A plan as the version before kept it."""
    held = io.BytesIO()
    shown = replace(made, source=replace(made.source, data=b""), entities=(), owners={}, bulk=None, met=())
    _PickledOnce(held, protocol=pickle.HIGHEST_PROTOCOL).dump((["Plan.source", "Plan.version"], shown))
    return held.getvalue()


def work() -> None:
    Worker(alone=True).run(once=True)


@pytest.fixture
def kept(fuling: Region, approver: Viewer, settings: LazySettings) -> Upload:
    """Thirty rows, which are many here, with the plan that a job made."""
    settings.AT_ONCE_ROWS = 10
    upload = services.keep([material.thirty()], "名册.xlsx", material.ROSTER, fuling, approver)
    jobs.queue_plan(upload, approver)
    work()
    return queries.upload(upload.pk, approver)


def slipped_in(kept: Upload, held: bytes) -> Upload:
    """The file with other bytes in the place of its plan, encrypted as they have to be."""
    plan = at_row(Upload, kept.pk, plan=keyring().encrypt_bytes(held, upload_store.PLAN))
    Upload.objects.filter(pk=kept.pk).update(**plan)
    return Upload.objects.get(pk=kept.pk)


@pytest.mark.django_db
def test_a_plan_of_the_version_before_is_put_aside_and_made_again(kept: Upload, approver: Viewer) -> None:
    found = upload_store.summary_of(kept)
    assert found is not None
    assert upload_store.current_plan(kept, found, approver) is not None
    made = queries.fresh_plan(kept, approver)
    for old in (pickled(made), pickled(made)[:100], b"", b"plan ", os.urandom(99)):
        upload = slipped_in(kept, old)
        assert upload_store.current_plan(upload, found, approver) is None
        jobs.queue_plan(upload, approver)
        work()
        again = queries.plan_of(queries.upload(kept.pk, approver), approver)
        assert queries.view(again, approver) == queries.view(made, approver)


@pytest.mark.django_db
def test_other_fields_make_another_version(kept: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    held = keyring().decrypt_bytes(bytes(kept.plan or b""), upload_store.PLAN)
    assert plan_record.read(held).to_write == 28
    plan_record._beginning.cache_clear()
    try:
        monkeypatch.setattr(plan_record, "_RECORDS", plan_record._RECORDS[1:])
        with pytest.raises(PlanUnreadable, match="another version"):
            plan_record.read(held)
    finally:
        plan_record._beginning.cache_clear()


# --- what somebody slips in -------------------------------------------------------------------------------------------


class Called:
    """Pickled, it is a call that loading makes."""

    def __init__(self, call: Callable[..., Any], *given: Any) -> None:
        self.made = call, given

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.made

    def __call__(self) -> None:
        """Calls that are called in turn must look as if they could be."""


HOSTILE: dict[str, Callable[[Path], bytes]] = {
    "os.system": lambda mark: pickle.dumps(Called(os.system, f"touch '{mark}'")),
    "builtins.eval": lambda mark: pickle.dumps(Called(eval, f"__import__('os').mkdir({str(mark)!r})")),
    "builtins.exec": lambda mark: pickle.dumps(Called(exec, f"__import__('os').mkdir({str(mark)!r})")),
    "getattr": lambda mark: pickle.dumps(Called(Called(getattr, Called(Path, str(mark)), "touch"))),
    "ours": lambda mark: pickle.dumps(
        Called(partial(queueing.enqueue, jobs.PLAN, str(mark), actor="nobody"))
    ),
    "as text": lambda mark: f"cos\nsystem\n(S'touch {mark}'\ntR.".encode(),
}
"""Bytes that make the file, or queue a job, wherever they are loaded as a pickle."""


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_bytes_that_name_a_call_make_none(name: str, tmp_path: Path, kept: Upload, approver: Viewer) -> None:
    def harmed() -> bool:
        return mark.exists() or Job.objects.filter(subject=str(mark)).exists()

    mark = tmp_path / "mark"
    loaded = HOSTILE[name](mark)
    found = upload_store.summary_of(kept)
    assert found is not None
    for held in (loaded, plan_record._beginning() + loaded, plan_record._beginning() + zlib.compress(loaded)):
        with pytest.raises(PlanUnreadable):
            plan_record.read(held)
        assert upload_store.current_plan(slipped_in(kept, held), found, approver) is None
    assert not harmed()
    # They would have done harm: this is what such bytes are for.
    pickle.loads(loaded)
    assert harmed()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        '{"os.system": "true"}', '{"py/object": "os.system"}', '{"__reduce__": ["os.system", ["true"]]}',
        '{"field": ["persons", "__class__"]}', '{"field": ["os", "system"]}', '{"date": "today"}', '{"date": []}',
        '{"decimal": "one"}', '{"date": "2023-05-01", "time": "08:00"}', "{}", "[]", "7", "[[1,2,3,4]]", "[1,",
    ],
)  # fmt: skip
def test_text_that_is_no_plan_makes_nothing(text: str) -> None:
    with pytest.raises(PlanUnreadable):
        plan_record.read(plan_record._beginning() + zlib.compress(text.encode()))
