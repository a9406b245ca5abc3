"""One field of many rows: for every ledger from its declaration, looked at first, those that may not have it left and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qiaojie.accounts.models import AccessEntry
from qiaojie.accounts.viewers import UserViewer
from qiaojie.intake import editing, editing_many
from qiaojie.intake.editing_many import Outlook
from qiaojie.ledgers import declaration, proposals, services, undoing
from qiaojie.ledgers.declaration import Ledger
from qiaojie.ledgers.models import ApprovalRule, Batch, Change, Proposal, RegistryVersion, State
from qiaojie.ledgers.viewer import Personal, Refused
from qiaojie.lib.findings import Unusable
from qiaojie.livelihoods.models import Employment
from qiaojie.people.models import Certificate
from qiaojie.support.models import CareService
from qiaojie.training.models import Enrolment, TrainingClass
from tests.web import factories
from tests.web.factories import World

pytestmark = pytest.mark.django_db

ENROLMENTS, CLASSES = "enrolments", "classes"


@pytest.fixture
def clerk(world: World) -> UserViewer:
    return UserViewer(world.users["clerk"])


@pytest.fixture
def approver(world: World) -> UserViewer:
    return UserViewer(world.users["approver"])


def ledger(code: str) -> Ledger:
    return declaration.get(code)


def left(outlook: Outlook) -> dict[str, tuple[int, ...]]:
    return {one.code: one.keys for one in outlook.left}


def care(world: World, number: int, form: str, **given: object) -> CareService:
    return CareService.objects.create(
        person=world.people["here"][number],
        form=form,
        begins=date(2023, 3, 1),
        happened_on=date(2023, 3, 1),
        filed_by=world.regions["涪陵区"],
        state=State.DRAFT,
        **given,
    )


@pytest.mark.parametrize("held", [one for one in declaration.every() if one.made], ids=lambda one: one.code)
def test_every_ledger_offers_what_may_be_set_for_many_and_nothing_that_tells_people_or_rows_apart(
    world: World, approver: UserViewer, held: Ledger
) -> None:
    offered = editing_many.offers(held, approver)
    assert offered, "from its declaration alone"
    keys = {editing.rows.column(held.model, name).attname for name in held.key}
    for one in offered:
        assert one.field.personal in (Personal.NONE, Personal.DISABILITY, Personal.BIRTH, Personal.PLACE)
        assert one.field.kind not in ("name", "id_number", "certificate", "phone")
        assert one.field.expression is None and one.field.name != held.title
        assert one.column not in keys
    shown = editing_many.entry(held, offered[0].field.name, approver)
    assert shown.column == offered[0].column
    # Nothing there is changed, nothing is said of it, and no ledger raises.
    outlook = editing_many.look(held, [], offered[0].field.name, sample(offered[0]), approver)
    assert (outlook.going, outlook.staying) == (0, 0)


def sample(offer: editing_many.Offer) -> str:
    """A value that the field takes."""
    field = offer.field
    if field.kind == "choice":
        return next(code for code in field.choices if code)
    return {"yes_no": "1", "date": "2023-07-01", "integer": "3", "money": "5", "region": "涪陵区"}.get(
        field.kind, "甲"
    )


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("persons", "id_number"),
        ("persons", "name"),
        ("persons", "phone"),
        ("certificates", "number"),
        ("classes", "title"),
        ("incomes", "month"),
        ("enrolments", "class.title"),
        ("enrolments", "state"),
        ("enrolments", "attended"),
        ("bases", "head"),
        ("documents", "days_after"),
        ("classes", "nonsense"),
    ],
)
def test_names_numbers_keys_and_what_is_worked_out_are_not_set_for_many(
    world: World, approver: UserViewer, code: str, name: str
) -> None:
    with pytest.raises(Unusable) as refused:
        editing_many.look(ledger(code), [1], name, "甲", approver)
    assert refused.value.code == "field_unknown"


def test_a_look_says_what_becomes_of_each_row_and_changes_nothing(world: World, approver: UserViewer) -> None:
    rows = list(Enrolment.objects.filter(training_class=world.classes["weaving"]).order_by("pk"))
    foreign = Enrolment.objects.filter(training_class=world.classes["there"]).order_by("pk").first()
    assert foreign is not None
    rows[0].remark = "城区班"
    rows[0].save()
    Enrolment.objects.filter(pk=rows[1].pk).update(state=State.WITHDRAWN)
    services.move(ledger(ENROLMENTS), [rows[2].pk], "return", approver, purpose="缺签到")
    version = RegistryVersion.objects.get().number
    wanted = [*(row.pk for row in rows), foreign.pk, 10**9]
    outlook = editing_many.look(ledger(ENROLMENTS), wanted, "remark", " 城区班 ", approver)
    assert outlook.same == (rows[0].pk,)
    assert left(outlook) == {
        "void": (rows[1].pk,), "returned": (rows[2].pk,), "elsewhere": (foreign.pk, 10**9),
    }  # fmt: skip
    assert outlook.changes == tuple(row.pk for row in rows[3:]) and outlook.waits == ()
    shown = editing_many.rows_of(outlook, approver)
    assert foreign.pk not in shown, "what is elsewhere is not shown"
    assert shown[rows[1].pk].cells["person.name"].text == rows[1].person.name
    assert not Batch.objects.filter(actor="approver", ledger=ENROLMENTS).exists()
    assert RegistryVersion.objects.get().number == version
    assert "城区班" not in Enrolment.objects.filter(pk__in=wanted[3:]).values_list("remark", flat=True)
    # Whoever has come to mend what was sent back changes that too.
    mended = editing_many.look(ledger(ENROLMENTS), wanted, "remark", "城区班", approver, mending=True)
    assert rows[2].pk in mended.changes


def test_one_batch_a_line_a_row_and_undone_as_one(world: World, approver: UserViewer) -> None:
    rows = list(Enrolment.objects.filter(training_class=world.classes["weaving"]).order_by("pk"))
    wanted = [row.pk for row in rows]
    seen = editing_many.look(ledger(ENROLMENTS), wanted, "result", "dropped", approver).seen
    with pytest.raises(Unusable) as unsaid:
        editing_many.change(ledger(ENROLMENTS), wanted, "result", "dropped", seen, approver, " ")
    assert unsaid.value.code == "reason_missing"
    done = editing_many.change(ledger(ENROLMENTS), wanted, "result", "dropped", seen, approver, "没有结业")
    assert (len(done.changes), done.staying) == (20, 0)
    lines = Change.objects.filter(batch=done.batch)
    assert (lines.count(), {line.purpose for line in lines}) == (20, {"没有结业"})
    assert {line.object_id for line in lines} == set(wanted)
    assert set(Enrolment.objects.filter(pk__in=wanted).values_list("result", "state")) == {
        ("dropped", State.APPROVED)
    }
    batch = Batch.objects.get(pk=done.batch)
    assert (batch.region, batch.ledger, batch.purpose) == (world.regions["涪陵区"], ENROLMENTS, "没有结业")
    line = AccessEntry.objects.get(subject="enrolments/change-many", action="enter")
    assert (line.rows, line.purpose, line.done) == (20, "没有结业", True)
    undoing.undo(batch.pk, approver, "改错了")
    assert set(Enrolment.objects.filter(pk__in=wanted).values_list("result", flat=True)) == {"completed"}


def test_a_field_that_some_rows_may_not_have_is_set_for_the_others(
    world: World, approver: UserViewer
) -> None:
    boarding, home = care(world, 1, "boarding"), care(world, 2, "home")
    day = care(world, 3, "day", ends=date(2023, 9, 1))
    held, wanted = ledger("care_services"), [boarding.pk, home.pk, day.pk]
    outlook = editing_many.look(held, wanted, "boarding_months", "6", approver)
    assert outlook.changes == (boarding.pk,)
    (misplaced,) = outlook.left
    assert (misplaced.code, misplaced.keys) == ("field_misplaced", (home.pk, day.pk))
    assert misplaced.words == "“已付费寄宿月数”只有“托养形式为寄宿制”的记录才有。"
    done = editing_many.change(held, wanted, "boarding_months", "6", outlook.seen, approver, "按付款单")
    assert (done.changes, left(done)) == ((boarding.pk,), {"field_misplaced": (home.pk, day.pk)})
    assert list(CareService.objects.order_by("pk").values_list("boarding_months", flat=True)) == [6, 0, 0]
    # Taking it away may be done anywhere; why it ended only where it has.
    assert editing_many.look(held, wanted, "boarding_months", "0", approver).staying == 0
    ended = editing_many.look(held, wanted, "end_reason", "迁走", approver)
    assert (ended.changes, left(ended)) == ((day.pk,), {"field_misplaced": (boarding.pk, home.pk)})
    # One row by hand is held to the same.
    form = editing.form(held, home.pk, approver)
    wrong = editing.change(held, home.pk, {"boarding_months": "6"}, form.seen, approver, "更正")
    assert wrong is not None and wrong.wrong


def test_a_limit_that_the_value_breaks_in_some_rows_is_said_for_these(
    world: World, approver: UserViewer
) -> None:
    late = factories.training_class(
        world.regions["涪陵区"], "九月班", begins=date(2023, 9, 1), ends=date(2023, 9, 20)
    )
    early = world.classes["weaving"]
    outlook = editing_many.look(ledger(CLASSES), [early.pk, late.pk], "ends", "2023-06-25", approver)
    assert outlook.changes == (early.pk,)
    assert left(outlook) == {"date_order": (late.pk,)} and "早于开班日期" in outlook.left[0].words


def test_what_follows_moves_along_here_and_elsewhere(world: World, approver: UserViewer) -> None:
    held = [world.classes["weaving"], world.classes["farming"]]
    wanted = [one.pk for one in held]
    seen = editing_many.look(ledger(CLASSES), wanted, "ends", "2023-06-28", approver).seen
    done = editing_many.change(ledger(CLASSES), wanted, "ends", "2023-06-28", seen, approver, "延期")
    day = date(2023, 6, 28)
    assert set(TrainingClass.objects.filter(pk__in=wanted).values_list("ends", "happened_on")) == {(day, day)}
    moved = Enrolment.objects.filter(training_class__in=wanted)
    assert set(moved.values_list("happened_on", flat=True)) == {day}
    assert Change.objects.filter(batch=done.batch, model="training.Enrolment").count() == moved.count()
    undoing.undo(done.batch or 0, approver, "没有延期")
    assert set(moved.values_list("happened_on", flat=True)) == {date(2023, 6, 20)}


def test_a_clerks_changes_of_approved_rows_wait_and_drafts_change_at_once(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    draft, approved = world.classes["pending"], [world.classes["weaving"], world.classes["farming"]]
    wanted = [draft.pk, *(one.pk for one in approved)]
    outlook = editing_many.look(ledger(CLASSES), wanted, "funding", "municipal", clerk)
    assert (outlook.changes, set(outlook.waits)) == ((draft.pk,), {one.pk for one in approved})
    done = editing_many.change(ledger(CLASSES), wanted, "funding", "municipal", outlook.seen, clerk, "按批复")
    assert (done.changes, set(done.waits)) == (outlook.changes, set(outlook.waits))
    assert TrainingClass.objects.filter(funding="municipal").get() == draft
    assert Proposal.objects.filter(batch=done.batch, region=world.regions["涪陵区"]).count() == 2
    # Proposed once more it is said, and nothing waits twice.
    again = editing_many.look(ledger(CLASSES), wanted, "funding", "municipal", clerk)
    assert (again.same, left(again)) == ((draft.pk,), {"waits_already": tuple(sorted(outlook.waits))})
    with pytest.raises(Unusable) as nothing:
        editing_many.change(ledger(CLASSES), wanted, "funding", "municipal", again.seen, clerk, "按批复")
    assert nothing.value.code == "nothing_changed"
    ids = [one.proposal.pk for one in proposals.listed(ledger(CLASSES), approver)]
    assert proposals.take(ids, approver) == 2
    assert TrainingClass.objects.filter(funding="municipal").count() == 3


def test_whose_word_is_the_last_is_asked_of_each_rows_own_county(world: World) -> None:
    city = UserViewer(world.users["city"])
    ApprovalRule.objects.create(
        region=world.regions["涪陵区"], two_persons=True, reason="两人", by="approver"
    )
    wanted = [world.classes["weaving"].pk, world.classes["there"].pk]
    outlook = editing_many.look(ledger(CLASSES), wanted, "funding", "own", city)
    assert (outlook.changes, outlook.waits) == ((wanted[1],), (wanted[0],))
    done = editing_many.change(ledger(CLASSES), wanted, "funding", "own", outlook.seen, city, "核实")
    assert Proposal.objects.get().region == world.regions["涪陵区"], "its own approver is asked"
    assert Batch.objects.get(pk=done.batch).region == world.regions["重庆市"]


def test_rows_that_changed_since_the_look_are_left(
    world: World, clerk: UserViewer, approver: UserViewer
) -> None:
    rows = [
        row.pk for row in Enrolment.objects.filter(training_class=world.classes["pending"]).order_by("pk")
    ]
    held = ledger(ENROLMENTS)
    seen = editing_many.look(held, rows, "remark", "补录", clerk).seen
    form = editing.form(held, rows[0], approver)
    assert editing.change(held, rows[0], {"remark": "别的"}, form.seen, approver, "更正") is None
    services.approve(held, [rows[1]], approver)
    done = editing_many.change(held, rows, "remark", "补录", seen, clerk, "补录")
    assert left(done) == {"changed_meanwhile": (rows[0], rows[1])}
    assert done.changes == tuple(rows[2:]) and done.waits == ()
    assert Enrolment.objects.get(pk=rows[0]).remark == "别的"


def test_what_only_the_database_refuses_is_left_too(world: World, approver: UserViewer) -> None:
    """A job whose end no declared limit would hold against its begin, were the limit not there."""
    jobs = [
        Employment.objects.create(
            person=woman,
            form="flexible",
            employer="绣坊",
            begins=begins,
            happened_on=begins,
            filed_by=world.regions["涪陵区"],
        )
        for woman, begins in zip(
            world.people["here"], [date(2023, 1, 1), date(2023, 8, 1), date(2023, 2, 1)], strict=False
        )
    ]
    held, keys = ledger("employments"), [job.pk for job in jobs]
    bare = replace(held, limits=())
    seen = editing_many.look(bare, keys, "ends", "2023-06-30", approver).seen
    done = editing_many.change(bare, keys, "ends", "2023-06-30", seen, approver, "合同到期")
    assert (done.changes, left(done)) == ((keys[0], keys[2]), {"contradicts": (keys[1],)})
    jobs[1].refresh_from_db()
    assert jobs[1].ends is None


def test_a_column_is_emptied_where_it_may_be(world: World, approver: UserViewer) -> None:
    wanted = [world.classes["weaving"].pk, world.classes["farming"].pk]
    held = ledger(CLASSES)
    outlook = editing_many.look(held, wanted, "cost", "", approver, empty=True)
    assert len(outlook.changes) == 2 and outlook.shown == ""
    editing_many.change(held, wanted, "cost", "", outlook.seen, approver, "费用没有决算", empty=True)
    assert set(TrainingClass.objects.filter(pk__in=wanted).values_list("cost", flat=True)) == {None}
    for name, text, empty in (
        ("ends", "", True),
        ("cost", " ", False),
        ("cost", "很多", False),
        ("ends", "x", False),
    ):
        with pytest.raises(Unusable) as wrong:
            editing_many.look(held, wanted, name, text, approver, empty=empty)
        assert wrong.value.code == "value_wrong", name


def test_a_county_that_somebody_names_for_many_certificates_is_asked_no_more(
    world: World, approver: UserViewer
) -> None:
    Certificate.objects.update(county_asked=True)
    mine = list(Certificate.objects.filter(person__in=world.people["here"][:3]).values_list("pk", flat=True))
    held = ledger("certificates")
    outlook = editing_many.look(held, mine, "county", "万州区", approver)
    editing_many.change(held, mine, "county", "万州区", outlook.seen, approver, "电话核实")
    assert outlook.shown.endswith("万州区")
    assert set(Certificate.objects.filter(pk__in=mine).values_list("county__name", "county_asked")) == {
        ("万州区", False)
    }


def test_who_may_not_enter_looks_at_nothing_and_registers_are_for_offices(world: World) -> None:
    for name, code in (("reader", CLASSES), ("inspector", CLASSES), ("trainer", "persons")):
        viewer = UserViewer(world.users[name])
        assert not editing_many.may(ledger(code), viewer)
        with pytest.raises(Refused):
            editing_many.look(ledger(code), [world.classes["weaving"].pk], "funding", "own", viewer)
        assert AccessEntry.objects.filter(username=name, subject=f"{code}/change-many", done=False).exists()


def test_more_than_one_act_takes_is_said(world: World, approver: UserViewer) -> None:
    with pytest.raises(Unusable) as many:
        editing_many.look(ledger(CLASSES), range(1, editing_many.MOST + 2), "funding", "own", approver)
    assert many.value.code == "too_many" and "5,000" in many.value.message


@pytest.mark.parametrize("name", ["clerk", "approver"])
def test_a_thousand_rows_cost_a_constant_number_of_queries(world: World, name: str) -> None:
    viewer, fuling = UserViewer(world.users[name]), world.regions["涪陵区"]
    factories.training_class(fuling, "大班", state=State.APPROVED)
    common = {"filed_by": fuling, "kind": "vocational", "begins": date(2023, 6, 1), "ends": date(2023, 6, 20)}
    TrainingClass.objects.bulk_create(
        TrainingClass(title=f"第{number}班", happened_on=date(2023, 6, 20), **common,
                      state=State.APPROVED if number % 2 else State.DRAFT)
        for number in range(1800)
    )  # fmt: skip
    keys = list(
        TrainingClass.objects.filter(title__startswith="第").order_by("pk").values_list("pk", flat=True)
    )
    held = ledger(CLASSES)

    def cost(some: list[int], content: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as looking:
            outlook = editing_many.look(held, some, "ends", content, viewer)
        with CaptureQueriesContext(connection) as doing:
            done = editing_many.change(held, some, "ends", content, outlook.seen, viewer, "更正")
        assert done.going == len(some)
        return len(looking), len(doing)

    few, many = cost(keys[:4], "2023-06-21"), cost(keys[4:], "2023-06-22")
    # Twice as many rounds of some hundred rows; within a round it costs the same for one row as for all.
    assert many[0] <= few[0] + 6
    assert many[1] <= few[1] + 12
